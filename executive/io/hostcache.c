// The cache's services for driver hosts: what is behind the Cc functions of ntoskrnl.exe. A host reaches only the
// streams of files on its own devices.
#include "hostp.h"

PIO_HOST IopFileHost(PFILE_OBJECT File)
{
    PDEVICE_OBJECT Device = IopTopOfStack(File->Device);
    return Device->Operations == &IopHostOperations ? Device->Extension : nullptr;
}

static NTSTATUS IopReferenceOwnFile(ULONG Number, PFILE_OBJECT *File)
{
    PIO_HOST Host = IopCurrentHost();
    if (!Host)
        return STATUS_ACCESS_DENIED;
    *File = IopLookupFile(Number);
    if (!*File)
        return STATUS_INVALID_PARAMETER;
    if (IopFileHost(*File) == Host)
        return STATUS_SUCCESS;
    ObDereferenceObject(*File);
    return STATUS_ACCESS_DENIED;
}

// The stream of a file that is cached.
static NTSTATUS IopReferenceCached(ULONG Number, PFILE_OBJECT *File)
{
    NTSTATUS Status = IopReferenceOwnFile(Number, File);
    if (NT_SUCCESS(Status) && !(*File)->Stream) {
        ObDereferenceObject(*File);
        Status = STATUS_INVALID_PARAMETER;
    }
    return Status;
}

static NTSTATUS IopCaptureSizes(const HOST_CACHE_SIZES USER *Given, PCC_SIZES Sizes)
{
    HOST_CACHE_SIZES Captured;
    NTSTATUS Status = MmCopyFromUser(&Captured, Given, sizeof(Captured));
    if (!NT_SUCCESS(Status))
        return Status;
    if (Captured.Allocation < 0 || Captured.File < 0 || Captured.Valid < 0)
        return STATUS_INVALID_PARAMETER;
    *Sizes =
        (CC_SIZES){(ULONG64)Captured.Allocation, (ULONG64)Captured.File, (ULONG64)Captured.Valid};
    return STATUS_SUCCESS;
}

// One stream for the life of a file object.
static NTSTATUS IopAttachStream(PFILE_OBJECT File, PIO_HOST Host, ULONG64 Key)
{
    if (!Key)
        return STATUS_INVALID_PARAMETER;
    if (File->Stream)
        return File->SectionKey == Key ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
    NTSTATUS Status = CcOpenStream(Host, Key, &File->Stream);
    if (NT_SUCCESS(Status))
        File->SectionKey = Key;
    return Status;
}

VOID IopNoteLocks(PFILE_OBJECT File)
{
    PIO_HOST Host = IopFileHost(File);
    if (Host && File->SectionKey && NT_SUCCESS(IopAttachStream(File, Host, File->SectionKey)))
        CcSetStreamLocked(File->Stream);
}

NTSTATUS NtHostCcInitialize(ULONG Number, ULONG64 Key, const HOST_CACHE_SIZES USER *GivenSizes,
                            ULONG PinAccess)
{
    PFILE_OBJECT File;
    CC_SIZES Sizes;
    NTSTATUS Status = IopCaptureSizes(GivenSizes, &Sizes);
    if (NT_SUCCESS(Status))
        Status = IopReferenceOwnFile(Number, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopAttachStream(File, IopCurrentHost(), Key);
    if (NT_SUCCESS(Status) && !File->Cached) {
        Status = CcInitializeStream(File->Stream, File, &Sizes, PinAccess ? CC_PIN_ACCESS : 0);
        File->Cached = NT_SUCCESS(Status);
    }
    ObDereferenceObject(File);
    return Status;
}

NTSTATUS NtHostCcUninitialize(ULONG Number, LONG64 TruncateSize, ULONG USER *Maps)
{
    PFILE_OBJECT File;
    NTSTATUS Status = IopReferenceCached(Number, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    if (File->Cached) {
        ULONG64 Size = (ULONG64)TruncateSize;
        File->Cached = FALSE;
        CcUninitializeStream(File->Stream, TruncateSize < 0 ? nullptr : &Size);
    }
    Status = MmWriteUser(Maps, CcCountStreamMaps(File->Stream));
    ObDereferenceObject(File);
    return Status;
}

// A buffer of the host, or what it stands for; the process is referenced.
static CC_BUFFER IopHostBuffer(PVOID Address, ULONG Length)
{
    CC_BUFFER Buffer = {PsGetCurrentProcess(), (ULONG_PTR)Address};
    MmResolveAlias(&Buffer.Process, &Buffer.Address, Length);
    ObReferenceObject(Buffer.Process);
    return Buffer;
}

NTSTATUS NtHostCcRead(ULONG Number, ULONG64 Offset, ULONG Length, PVOID Address, ULONG Wait,
                      ULONG USER *Done)
{
    PFILE_OBJECT File;
    ULONG Read;
    NTSTATUS Status = IopReferenceCached(Number, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    CC_BUFFER Buffer = IopHostBuffer(Address, Length);
    Status = CcReadStream(File->Stream, &File->ReadAhead, IopAdvice(File), &Buffer, Offset, Length,
                          Wait != 0, &Read);
    ObDereferenceObject(Buffer.Process);
    ObDereferenceObject(File);
    NTSTATUS Written = MmWriteUser(Done, Read);
    return NT_SUCCESS(Status) ? Written : Status;
}
