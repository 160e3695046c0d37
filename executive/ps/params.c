// Process parameters: the caller's block becomes one in the new process, with its strings at their new
// addresses.
#include "psp.h"

enum {
    PSP_LONGEST_PARAMETERS = 256 * 1024,
    PSP_LONGEST_ENVIRONMENT = 1024 * 1024,
};

static NTSTATUS PspCheckParameters(const RTL_USER_PROCESS_PARAMETERS *Head)
{
    if (Head->Length < sizeof(*Head) || Head->MaximumLength < Head->Length ||
        Head->MaximumLength > PSP_LONGEST_PARAMETERS)
        return STATUS_INVALID_PARAMETER;
    return Head->EnvironmentSize > PSP_LONGEST_ENVIRONMENT ? STATUS_INVALID_PARAMETER
                                                           : STATUS_SUCCESS;
}

NTSTATUS PspCaptureParameters(const RTL_USER_PROCESS_PARAMETERS USER *Source,
                              PPSP_PARAMETERS Captured)
{
    RTL_USER_PROCESS_PARAMETERS Head;
    *Captured = (PSP_PARAMETERS){.Source = (ULONG_PTR)Source};
    NTSTATUS Status = MmCopyFromUser(&Head, Source, sizeof(Head));
    if (NT_SUCCESS(Status))
        Status = PspCheckParameters(&Head);
    if (!NT_SUCCESS(Status))
        return Status;
    Captured->Size = Head.MaximumLength;
    Captured->Block = ExAllocatePoolWithTag(PagedPool, Captured->Size, 'rPsP');
    if (!Captured->Block)
        return STATUS_INSUFFICIENT_RESOURCES;
    Status = MmCopyFromUser(Captured->Block, Source, Captured->Size);
    // Between the two reads the caller may have changed the block: what was checked is what counts.
    if (NT_SUCCESS(Status))
        memcpy(Captured->Block, &Head, sizeof(Head));
    ULONG_PTR Environment = (ULONG_PTR)Head.Environment;
    BOOLEAN Inside = Environment - Captured->Source < Captured->Size;
    if (NT_SUCCESS(Status) && Environment && Head.EnvironmentSize && !Inside) {
        Captured->EnvironmentSize = Head.EnvironmentSize;
        Captured->Environment = ExAllocatePoolWithTag(PagedPool, Head.EnvironmentSize, 'rPsP');
        Status = Captured->Environment
                     ? MmCopyFromUser(Captured->Environment, (const VOID USER *)Environment,
                                      Head.EnvironmentSize)
                     : STATUS_INSUFFICIENT_RESOURCES;
    }
    if (!NT_SUCCESS(Status))
        PspReleaseParameters(Captured);
    return Status;
}

VOID PspReleaseParameters(PPSP_PARAMETERS Captured)
{
    if (Captured->Block)
        ExFreePool(Captured->Block);
    if (Captured->Environment)
        ExFreePool(Captured->Environment);
    *Captured = (PSP_PARAMETERS){};
}

// A pointer into the caller's block points into the new one; others would mean nothing there.
static PVOID PspRebase(const PSP_PARAMETERS *Captured, PVOID Pointer, ULONG_PTR NewBase)
{
    ULONG_PTR Offset = (ULONG_PTR)Pointer - Captured->Source;
    return Offset < Captured->Size ? (PVOID)(NewBase + Offset) : nullptr;
}

static VOID PspRebaseString(const PSP_PARAMETERS *Captured, PUNICODE_STRING String,
                            ULONG_PTR NewBase)
{
    String->Buffer = PspRebase(Captured, String->Buffer, NewBase);
    if (!String->Buffer)
        *String = (UNICODE_STRING){};
}

static VOID PspRebaseAll(const PSP_PARAMETERS *Captured, ULONG_PTR NewBase)
{
    PRTL_USER_PROCESS_PARAMETERS Block = Captured->Block;
    const PUNICODE_STRING Strings[] = {
        &Block->CurrentDirectory.DosPath,
        &Block->DllPath,
        &Block->ImagePathName,
        &Block->CommandLine,
        &Block->WindowTitle,
        &Block->DesktopInfo,
        &Block->ShellInfo,
        &Block->RuntimeData,
        &Block->RedirectionDllName,
        &Block->HeapPartitionName,
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Strings); i++)
        PspRebaseString(Captured, Strings[i], NewBase);
    for (ULONG i = 0; i < RTL_MAX_DRIVE_LETTERS; i++) {
        PSTRING Path = &Block->CurrentDirectories[i].DosPath;
        Path->Buffer = PspRebase(Captured, Path->Buffer, NewBase);
    }
    Block->PackageDependencyData = nullptr;
    Block->DefaultThreadpoolCpuSetMasks = nullptr;
    Block->DefaultThreadpoolCpuSetMaskCount = 0;
}

NTSTATUS PspWriteParameters(PEPROCESS Process, PPSP_PARAMETERS Captured)
{
    PRTL_USER_PROCESS_PARAMETERS Block = Captured->Block;
    SIZE_T EnvironmentOffset = ALIGN_UP_BY(Captured->Size, 16);
    SIZE_T Size = EnvironmentOffset + Captured->EnvironmentSize;
    PVOID Base = nullptr;
    NTSTATUS Status =
        MmAllocateVirtualMemory(Process, &Base, 0, &Size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    if (!NT_SUCCESS(Status))
        return Status;
    BOOLEAN Normalized = (Block->Flags & RTL_USER_PROC_PARAMS_NORMALIZED) != 0;
    PVOID Environment = nullptr;
    if (Captured->Environment)
        Environment = (PVOID)((ULONG_PTR)Base + EnvironmentOffset);
    else if (Normalized)
        Environment = PspRebase(Captured, Block->Environment, (ULONG_PTR)Base);
    else
        Environment = Block->Environment; // an offset, as the strings are
    if (Normalized)
        PspRebaseAll(Captured, (ULONG_PTR)Base);
    Block->Environment = Environment;
    Status = MmWriteProcess(Process, (ULONG_PTR)Base, Block, Captured->Size);
    if (NT_SUCCESS(Status) && Captured->Environment)
        Status = MmWriteProcess(Process, (ULONG_PTR)Environment, Captured->Environment,
                                Captured->EnvironmentSize);
    if (!NT_SUCCESS(Status))
        return Status;
    return MmWriteProcess(Process, (ULONG_PTR)Process->Peb + offsetof(PEB, ProcessParameters),
                          &Base, sizeof(Base));
}
