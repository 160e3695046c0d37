// The first process, and ntdll, which every process begins in.
#include "psp.h"

#include "inbv/inbv.h"

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
    _snwprintf(Buffer, RTL_NUMBER_OF(Buffer), L"\\Device\\BootVolume\\Windows\\%ls", Path);
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
            DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL, "ps: ntdll has no %s\n",
                       PspEntries[i].Name);
            return Status;
        }
        *PspEntries[i].Address = PspNtdllBase + Export.Rva;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS PspLoadNtdll(VOID)
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

VOID PsLoadNtdll(VOID)
{
    NTSTATUS Status = PspLoadNtdll();
    if (!NT_SUCCESS(Status))
        DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL, "ps: no ntdll: 0x%08lX\n", (ULONG)Status);
}

static NTSTATUS PspRunFirstThread(PEPROCESS Process)
{
    SECTION_IMAGE_INFORMATION Image;
    MmQuerySectionImageInformation(Process->SectionObject, &Image);
    PSP_THREAD_REQUEST First = {.StartRoutine = Image.TransferAddress, .Argument = Process->Peb};
    PETHREAD Thread;
    NTSTATUS Status = ObAssignSecurity(Process, nullptr);
    if (NT_SUCCESS(Status))
        Status = PspCreateThread(Process, &First, &Thread);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ObAssignSecurity(Thread, nullptr);
    if (NT_SUCCESS(Status))
        Status = PspStartThread(Thread, &First);
    ObDereferenceObject(Thread);
    return Status;
}

// Consumes the reference to the section.
static NTSTATUS PspCreateFromSection(PSECTION Section, PEPROCESS *Process)
{
    PSP_PROCESS_REQUEST Request = {.Section = Section};
    NTSTATUS Status = PspCreateProcess(&Request, Process);
    ObDereferenceObject(Section);
    return Status;
}

NTSTATUS PsCreateHostProcess(struct _IO_HOST *Host, seL4_CPtr HostCNode, PEPROCESS *Process)
{
    PSECTION Section;
    NTSTATUS Status = PspOpenBootImage(L"System32\\drvhost.exe", &Section);
    if (NT_SUCCESS(Status))
        Status = PspCreateFromSection(Section, Process);
    if (!NT_SUCCESS(Status))
        return Status;
    (*Process)->HostCNode = HostCNode;
    PspSetPriorityClass(*Process, PROCESS_PRIORITY_CLASS_HIGH);
    Status = PspRunFirstThread(*Process);
    if (NT_SUCCESS(Status)) {
        (*Process)->Host = Host; // from here on its end is told to io
        return STATUS_SUCCESS;
    }
    ObDereferenceObject(*Process);
    return Status;
}

NTSTATUS PsRunBootProgram(PCWSTR Path)
{
    PSECTION Section;
    PEPROCESS Process;
    NTSTATUS Status = PspOpenBootImage(Path, &Section);
    if (NT_SUCCESS(Status))
        Status = PspCreateFromSection(Section, &Process);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = PspRunFirstThread(Process);
    if (NT_SUCCESS(Status))
        Status = KeWaitForSingleObject(&Process->Header, Executive, KernelMode, FALSE, nullptr);
    ObDereferenceObject(Process);
    return Status;
}

static NTSTATUS PspOpenFirstImage(PSECTION *Section)
{
    static const UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\SystemRoot\\System32\\smss.exe");
    IO_FILE_IMAGE File;
    NTSTATUS Status = IoOpenFileImage(&Name, KernelMode, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = MmCreateImageSection(File.Data, File.Size, File.Object, &Name, Section);
    IoReleaseFileImage(&File);
    return Status;
}

static NTSTATUS PspStartFirstProgram(VOID)
{
    PSECTION Section;
    PEPROCESS Process;
    NTSTATUS Status = PspOpenFirstImage(&Section);
    if (NT_SUCCESS(Status))
        Status = PspCreateFromSection(Section, &Process);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = PspRunFirstThread(Process);
    ObDereferenceObject(Process);
    return Status;
}

VOID PsStartInitialProcess(VOID)
{
    NTSTATUS Status = PspStartFirstProgram();
    if (!NT_SUCCESS(Status))
        KeBugCheckEx(SESSION1_INITIALIZATION_FAILED, (ULONG_PTR)Status, 0, 0, 0);
}
