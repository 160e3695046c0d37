// Handles: of every type, closed ones, and numbers that are none.

#include "fuzz.h"

enum { PoolSize = 64 };
static HANDLE Pool[PoolSize];
static ULONG PoolUsed;

VOID FuzzKeepHandle(HANDLE Handle)
{
    if (!Handle)
        return;
    if (PoolUsed < PoolSize) {
        Pool[PoolUsed++] = Handle;
        return;
    }
    ULONG Place = PoolSize / 2 + FuzzBelow(PoolSize / 2); // the first half stays what it was
    if (FuzzBelow(2))
        NtClose(Pool[Place]);
    Pool[Place] = Handle;
}

HANDLE FuzzHandle(void)
{
    switch (FuzzBelow(24)) {
    case 0:
        return nullptr;
    case 1:
        return NtCurrentProcess();
    case 2:
        return NtCurrentThread();
    case 3:
        return (HANDLE)FuzzRandom();
    case 4:
        return (HANDLE)(ULONG_PTR)(FuzzBelow(1024) * 4);
    case 5:
        return (HANDLE)(LONG_PTR) - (LONG)FuzzBelow(8);
    default:
        return PoolUsed ? Pool[FuzzBelow(PoolUsed)] : nullptr;
    }
}

static OBJECT_ATTRIBUTES Named(PUNICODE_STRING Name, PCWSTR Text)
{
    OBJECT_ATTRIBUTES Attributes;
    RtlInitUnicodeString(Name, Text);
    InitializeObjectAttributes(&Attributes, Name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    return Attributes;
}

static VOID OpenThings(void)
{
    HANDLE Handle;
    UNICODE_STRING Name;
    IO_STATUS_BLOCK Block;
    OBJECT_ATTRIBUTES Attributes = Named(&Name, L"\\SystemRoot\\System32\\ntdll.dll");
    if (!NtOpenFile(&Handle, FILE_GENERIC_READ | FILE_EXECUTE, &Attributes, &Block, FILE_SHARE_READ,
                    FILE_SYNCHRONOUS_IO_NONALERT)) {
        HANDLE Section;
        FuzzKeepHandle(Handle);
        if (!NtCreateSection(&Section, SECTION_ALL_ACCESS, nullptr, nullptr, PAGE_EXECUTE,
                             SEC_IMAGE, Handle))
            FuzzKeepHandle(Section);
    }
    Attributes = Named(&Name, L"\\SystemRoot\\System32");
    if (!NtOpenFile(&Handle, FILE_LIST_DIRECTORY | SYNCHRONIZE, &Attributes, &Block,
                    FILE_SHARE_READ, FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT))
        FuzzKeepHandle(Handle);
    Attributes = Named(&Name, L"\\BaseNamedObjects");
    if (!NtOpenDirectoryObject(&Handle, MAXIMUM_ALLOWED, &Attributes))
        FuzzKeepHandle(Handle);
    Attributes = Named(&Name, L"\\SystemRoot");
    if (!NtOpenSymbolicLinkObject(&Handle, MAXIMUM_ALLOWED, &Attributes))
        FuzzKeepHandle(Handle);
    Attributes = Named(&Name, L"\\Registry\\Machine\\SOFTWARE\\Microsoft");
    if (!NtOpenKey(&Handle, MAXIMUM_ALLOWED, &Attributes))
        FuzzKeepHandle(Handle);
}

static VOID OpenOwn(void)
{
    HANDLE Handle;
    OBJECT_ATTRIBUTES Attributes = {.Length = sizeof(Attributes)};
    CLIENT_ID Id = {NtCurrentTeb()->ClientId.UniqueProcess, nullptr};
    if (!NtOpenProcess(&Handle, MAXIMUM_ALLOWED, &Attributes, &Id))
        FuzzKeepHandle(Handle);
    Id = NtCurrentTeb()->ClientId;
    if (!NtOpenThread(&Handle, MAXIMUM_ALLOWED, &Attributes, &Id))
        FuzzKeepHandle(Handle);
    HANDLE Token, Copy;
    if (!NtOpenProcessToken(NtCurrentProcess(), MAXIMUM_ALLOWED, &Token)) {
        FuzzKeepHandle(Token);
        SECURITY_QUALITY_OF_SERVICE Quality = {sizeof(Quality), SecurityImpersonation, 0, FALSE};
        Attributes.SecurityQualityOfService = &Quality;
        if (!NtDuplicateToken(Token, MAXIMUM_ALLOWED, &Attributes, FALSE, TokenImpersonation,
                              &Copy))
            FuzzKeepHandle(Copy);
    }
}

VOID FuzzInitHandles(HANDLE Key)
{
    HANDLE Handle;
    LARGE_INTEGER Size = {.QuadPart = 0x20000};
    FuzzKeepHandle(Key);
    if (!NtCreateEvent(&Handle, EVENT_ALL_ACCESS, nullptr, NotificationEvent, TRUE))
        FuzzKeepHandle(Handle);
    if (!NtCreateEvent(&Handle, EVENT_ALL_ACCESS, nullptr, SynchronizationEvent, FALSE))
        FuzzKeepHandle(Handle);
    if (!NtCreateMutant(&Handle, MUTANT_ALL_ACCESS, nullptr, FALSE))
        FuzzKeepHandle(Handle);
    if (!NtCreateSemaphore(&Handle, SEMAPHORE_ALL_ACCESS, nullptr, 1, 10))
        FuzzKeepHandle(Handle);
    if (!NtCreateTimer(&Handle, TIMER_ALL_ACCESS, nullptr, NotificationTimer))
        FuzzKeepHandle(Handle);
    if (!NtCreateKeyedEvent(&Handle, MAXIMUM_ALLOWED, nullptr, 0))
        FuzzKeepHandle(Handle);
    if (!NtCreateIoCompletion(&Handle, IO_COMPLETION_ALL_ACCESS, nullptr, 0))
        FuzzKeepHandle(Handle);
    if (!NtCreateSection(&Handle, SECTION_ALL_ACCESS, nullptr, &Size, PAGE_READWRITE, SEC_COMMIT,
                         nullptr))
        FuzzKeepHandle(Handle);
    if (!NtCreateJobObject(&Handle, MAXIMUM_ALLOWED, nullptr))
        FuzzKeepHandle(Handle);
    if (!NtCreateDirectoryObject(&Handle, MAXIMUM_ALLOWED, nullptr))
        FuzzKeepHandle(Handle);
    if (!NtAlpcCreatePort(&Handle, nullptr, nullptr))
        FuzzKeepHandle(Handle);
    if (!NtCreateWaitCompletionPacket(&Handle, MAXIMUM_ALLOWED, nullptr))
        FuzzKeepHandle(Handle);
    OpenThings();
    OpenOwn();
}
