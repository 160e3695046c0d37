// The first process, and ntdll, which every process begins in.
#include "psp.h"

#include <image/image.h>

PSECTION PspNtdllSection;
ULONG_PTR PspNtdllBase;

static NTSTATUS PspOpenBootImage(PCWSTR Path, PSECTION *Section)
{
    // Name in the archive, and in the object namespace.
    UNICODE_STRING Name;
    const VOID *Data;
    SIZE_T Size;
    RtlInitUnicodeString(&Name, Path);
    NTSTATUS Status = LdrFindBootFile(&Name, &Data, &Size);
    if (!NT_SUCCESS(Status))
        return Status;
    WCHAR Buffer[128];
    _snwprintf(Buffer, RTL_NUMBER_OF(Buffer), L"\\SystemRoot\\%ls", Path);
    Buffer[RTL_NUMBER_OF(Buffer) - 1] = 0;
    RtlInitUnicodeString(&Name, Buffer);
    return MmCreateImageSection(Data, Size, nullptr, &Name, Section);
}

// Where the Executive enters ntdll, by the names that Windows has.
static const struct {
    PCSZ Name;
    ULONG_PTR *Address;
} PspEntries[] = {
    {"LdrInitializeThunk", &KeUserEntries.LdrInitializeThunk},
    {"RtlUserThreadStart", &KeUserEntries.RtlUserThreadStart},
    {"KiUserExceptionDispatcher", &KeUserEntries.KiUserExceptionDispatcher},
    {"KiUserApcDispatcher", &KeUserEntries.KiUserApcDispatcher},
    {"KiRaiseUserExceptionDispatcher", &KeUserEntries.KiRaiseUserExceptionDispatcher},
};

static NTSTATUS PspFindEntries(const VOID *Data, SIZE_T Size)
{
    RTL_IMAGE Image;
    NTSTATUS Status = RtlpParseImage((PVOID)Data, Size, FALSE, &Image);
    if (!NT_SUCCESS(Status))
        return Status;
    PspNtdllBase = Image.NtHeaders->OptionalHeader.ImageBase;
    for (ULONG i = 0; i < RTL_NUMBER_OF(PspEntries); i++) {
        RTL_IMAGE_EXPORT Export;
        Status = RtlpFindExportByName(&Image, PspEntries[i].Name, 0, &Export);
        if (!NT_SUCCESS(Status)) {
            DbgPrint("ps: ntdll has no %s\n", PspEntries[i].Name);
            return Status;
        }
        *PspEntries[i].Address = PspNtdllBase + Export.Rva;
    }
    return STATUS_SUCCESS;
}

NTSTATUS PspLoadNtdll(VOID)
{
    static const UNICODE_STRING Name = RTL_CONSTANT_STRING(L"System32\\ntdll.dll");
    const VOID *Data;
    SIZE_T Size;
    NTSTATUS Status = LdrFindBootFile(&Name, &Data, &Size);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = PspFindEntries(Data, Size);
    if (!NT_SUCCESS(Status))
        return Status;
    return PspOpenBootImage(L"System32\\ntdll.dll", &PspNtdllSection);
}

static NTSTATUS PspStartBootProgram(PCWSTR Path)
{
    PSECTION Section;
    NTSTATUS Status = PspOpenBootImage(Path, &Section);
    if (!NT_SUCCESS(Status))
        return Status;
    PSP_PROCESS_REQUEST Request = {.Section = Section};
    PEPROCESS Process;
    Status = PspCreateProcess(&Request, &Process);
    ObDereferenceObject(Section);
    if (!NT_SUCCESS(Status))
        return Status;

    SECTION_IMAGE_INFORMATION Image;
    MmQuerySectionImageInformation(Process->SectionObject, &Image);
    PSP_THREAD_REQUEST First = {.StartRoutine = Image.TransferAddress, .Argument = Process->Peb};
    PETHREAD Thread;
    Status = ObAssignSecurity(Process, nullptr);
    if (NT_SUCCESS(Status))
        Status = PspCreateThread(Process, &First, &Thread);
    if (NT_SUCCESS(Status)) {
        Status = ObAssignSecurity(Thread, nullptr);
        if (NT_SUCCESS(Status))
            Status = PspStartThread(Thread, &First);
        ObDereferenceObject(Thread);
    }
    ObDereferenceObject(Process);
    return Status;
}

VOID PsStartInitialProcess(VOID)
{
    static const WCHAR Program[] = L"System32\\smss.exe";
    NTSTATUS Status = PspLoadNtdll();
    if (!NT_SUCCESS(Status))
        DbgPrint("ps: no ntdll: 0x%08lX\n", (ULONG)Status);
    Status = PspStartBootProgram(Program);
    if (!NT_SUCCESS(Status))
        KeBugCheckEx(SESSION1_INITIALIZATION_FAILED, (ULONG_PTR)Status, 0, 0, 0);
}
