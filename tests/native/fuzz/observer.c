// Beside the fuzzer: a process that goes on with its own things, and checks each time that they are what
// they were.

#include "fuzz.h"

enum { PatternSize = 0x10000 };

typedef struct _OBSERVER {
    HANDLE Event, Mutant, Section, Key;
    PULONG Private, View;
} OBSERVER, *POBSERVER;

static ULONG PatternAt(ULONG Index)
{
    return Index * 2654435761U ^ 0x5A5A;
}

static NTSTATUS Prepare(POBSERVER Observer)
{
    SIZE_T Size = PatternSize, ViewSize = 0;
    LARGE_INTEGER SectionSize = {.QuadPart = PatternSize};
    NTSTATUS Status =
        NtCreateEvent(&Observer->Event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE);
    if (NT_SUCCESS(Status))
        Status = NtCreateMutant(&Observer->Mutant, MUTANT_ALL_ACCESS, nullptr, TRUE);
    if (NT_SUCCESS(Status))
        Status = NtAllocateVirtualMemory(NtCurrentProcess(), (PVOID *)&Observer->Private, 0, &Size,
                                         MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    if (NT_SUCCESS(Status))
        Status = NtCreateSection(&Observer->Section, SECTION_ALL_ACCESS, nullptr, &SectionSize,
                                 PAGE_READWRITE, SEC_COMMIT, nullptr);
    if (NT_SUCCESS(Status))
        Status = NtMapViewOfSection(Observer->Section, NtCurrentProcess(), (PVOID *)&Observer->View,
                                    0, 0, nullptr, &ViewSize, ViewUnmap, 0, PAGE_READWRITE);
    if (!NT_SUCCESS(Status))
        return Status;
    for (ULONG i = 0; i < PatternSize / sizeof(ULONG); i++)
        Observer->Private[i] = Observer->View[i] = PatternAt(i);
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Registry\\Machine\\SOFTWARE\\Observer");
    UNICODE_STRING Value = RTL_CONSTANT_STRING(L"Number");
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    ULONG Number = PatternAt(1);
    Status = NtCreateKey(&Observer->Key, KEY_ALL_ACCESS, &Attributes, 0, nullptr,
                         REG_OPTION_VOLATILE, nullptr);
    return NT_SUCCESS(Status)
               ? NtSetValueKey(Observer->Key, &Value, 0, REG_DWORD, &Number, sizeof(Number))
               : Status;
}

static BOOLEAN MemoryIsIntact(POBSERVER Observer)
{
    for (ULONG i = 0; i < PatternSize / sizeof(ULONG); i++)
        if (Observer->Private[i] != PatternAt(i) || Observer->View[i] != PatternAt(i))
            return FALSE;
    return TRUE;
}

static BOOLEAN ObjectsAreIntact(POBSERVER Observer)
{
    EVENT_BASIC_INFORMATION Event;
    MUTANT_BASIC_INFORMATION Mutant;
    return !NtQueryEvent(Observer->Event, EventBasicInformation, &Event, sizeof(Event), nullptr) &&
           Event.EventState == 0 &&
           !NtQueryMutant(Observer->Mutant, MutantBasicInformation, &Mutant, sizeof(Mutant),
                          nullptr) &&
           Mutant.OwnedByCaller && Mutant.CurrentCount == 0;
}

static BOOLEAN KeyIsIntact(POBSERVER Observer)
{
    UNICODE_STRING Value = RTL_CONSTANT_STRING(L"Number");
    alignas(8) UCHAR Buffer[32];
    PKEY_VALUE_PARTIAL_INFORMATION Information = (PVOID)Buffer;
    ULONG Length;
    return !NtQueryValueKey(Observer->Key, &Value, KeyValuePartialInformation, Buffer,
                            sizeof(Buffer), &Length) &&
           *(PULONG)Information->Data == PatternAt(1);
}

static NTSTATUS EchoThread(PVOID Argument)
{
    return (NTSTATUS)(ULONG_PTR)Argument;
}

// Services that make and end things still answer.
static BOOLEAN ServicesAnswer(void)
{
    SIZE_T Size = PAGE_SIZE;
    PULONG Page = nullptr;
    if (NtAllocateVirtualMemory(NtCurrentProcess(), (PVOID *)&Page, 0, &Size,
                                MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE))
        return FALSE;
    BOOLEAN Cleared = Page[0] == 0;
    Page[0] = 1;
    Size = 0;
    NtFreeVirtualMemory(NtCurrentProcess(), (PVOID *)&Page, &Size, MEM_RELEASE);
    HANDLE Thread = TestStartThread(EchoThread, (PVOID)0x1234);
    return Cleared && Thread && TestJoin(Thread) == 0x1234;
}

NTSTATUS ObserverChild(PCWSTR Argument)
{
    OBSERVER Observer;
    ULONG End = 0;
    UNICODE_STRING Text;
    LARGE_INTEGER Pause = TestMilliseconds(20);
    NTSTATUS Status = Prepare(&Observer);
    if (!NT_SUCCESS(Status))
        return Status;
    RtlInitUnicodeString(&Text, Argument);
    RtlUnicodeStringToInteger(&Text, 10, &End);
    do {
        if (!MemoryIsIntact(&Observer))
            return STATUS_DATA_ERROR;
        if (!ObjectsAreIntact(&Observer))
            return STATUS_INVALID_HANDLE;
        if (!KeyIsIntact(&Observer))
            return STATUS_REGISTRY_CORRUPT;
        if (!ServicesAnswer())
            return STATUS_UNSUCCESSFUL;
        Status = NtWaitForSingleObject((HANDLE)(ULONG_PTR)End, FALSE, &Pause);
    } while (Status == STATUS_TIMEOUT);
    NtDeleteKey(Observer.Key);
    return Status;
}
