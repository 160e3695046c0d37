// Locks on ranges of bytes, and flushing.
#include "iop.h"

static NTSTATUS IopReferenceForLock(HANDLE Handle, PFILE_OBJECT *File)
{
    ACCESS_MASK Granted;
    NTSTATUS Status = IopReferenceFile(Handle, 0, File, &Granted);
    if (!NT_SUCCESS(Status) || (Granted & (FILE_READ_DATA | FILE_WRITE_DATA)))
        return Status;
    ObDereferenceObject(*File);
    return STATUS_ACCESS_DENIED;
}

typedef struct _IOP_RANGE {
    LARGE_INTEGER Offset, Length;
    ULONG Key;
} IOP_RANGE;

static NTSTATUS IopCaptureRange(IOP_RANGE *Range, const LARGE_INTEGER USER *ByteOffset,
                                const LARGE_INTEGER USER *Length)
{
    NTSTATUS Status = MmCopyFromUser(&Range->Offset, ByteOffset, sizeof(Range->Offset));
    if (NT_SUCCESS(Status))
        Status = MmCopyFromUser(&Range->Length, Length, sizeof(Range->Length));
    return Status;
}

static VOID IopFillRange(PIO_REQUEST Request, const IOP_RANGE *Range)
{
    Request->Parameters[0] = (ULONG64)Range->Length.QuadPart;
    Request->Parameters[1] = Range->Key;
    Request->Parameters[2] = (ULONG64)Range->Offset.QuadPart;
}

NTSTATUS NtLockFile(HANDLE FileHandle, HANDLE Event, PVOID ApcRoutine, PVOID ApcContext,
                    IO_STATUS_BLOCK USER *IoStatusBlock, const LARGE_INTEGER USER *ByteOffset,
                    const LARGE_INTEGER USER *Length, ULONG Key, BOOLEAN FailImmediately,
                    BOOLEAN ExclusiveLock)
{
    const IOP_SERVICE Service = {Event, ApcRoutine, ApcContext, IoStatusBlock, FALSE, nullptr};
    IOP_RANGE Range = {.Key = Key};
    PFILE_OBJECT File;
    PIO_REQUEST Request;
    NTSTATUS Status = IopProbeStatusBlock(IoStatusBlock);
    if (NT_SUCCESS(Status))
        Status = IopCaptureRange(&Range, ByteOffset, Length);
    if (NT_SUCCESS(Status))
        Status = IopReferenceForLock(FileHandle, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopNoteLocks(File);
    if (Status == STATUS_SUCCESS)
        Status = IopBeginRequest(&Service, File, IRP_MJ_LOCK_CONTROL, IRP_MN_LOCK, &Request);
    if (Status == STATUS_SUCCESS && !NT_SUCCESS(Status = IopPrepareLock(Request)))
        IopAbandonRequest(Request);
    if (Status == STATUS_SUCCESS) {
        IopFillRange(Request, &Range);
        Request->StackFlags = (UCHAR)((FailImmediately ? SL_FAIL_IMMEDIATELY : 0) |
                                      (ExclusiveLock ? SL_EXCLUSIVE_LOCK : 0));
        Status = IopPerformRequest(Request);
    }
    ObDereferenceObject(File);
    return Status;
}

NTSTATUS NtUnlockFile(HANDLE FileHandle, IO_STATUS_BLOCK USER *IoStatusBlock,
                      const LARGE_INTEGER USER *ByteOffset, const LARGE_INTEGER USER *Length,
                      ULONG Key)
{
    const IOP_SERVICE Service = {.StatusBlock = IoStatusBlock, .Api = TRUE};
    IOP_RANGE Range = {.Key = Key};
    PFILE_OBJECT File;
    PIO_REQUEST Request;
    NTSTATUS Status = IopProbeStatusBlock(IoStatusBlock);
    if (NT_SUCCESS(Status))
        Status = IopCaptureRange(&Range, ByteOffset, Length);
    if (NT_SUCCESS(Status))
        Status = IopReferenceForLock(FileHandle, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopBeginRequest(&Service, File, IRP_MJ_LOCK_CONTROL, IRP_MN_UNLOCK_SINGLE, &Request);
    if (Status == STATUS_SUCCESS) {
        IopFillRange(Request, &Range);
        Status = IopPerformRequest(Request);
    }
    ObDereferenceObject(File);
    return Status;
}

// ---- Flushing

static NTSTATUS IopCheckFlush(ACCESS_MASK Granted)
{
    return Granted & (FILE_WRITE_DATA | FILE_APPEND_DATA) ? STATUS_SUCCESS : STATUS_ACCESS_DENIED;
}

static NTSTATUS IopReferenceForFlush(HANDLE Handle, PFILE_OBJECT *File)
{
    ACCESS_MASK Granted;
    NTSTATUS Status = IopReferenceFile(Handle, 0, File, &Granted);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopCheckFlush(Granted);
    if (!NT_SUCCESS(Status))
        ObDereferenceObject(*File);
    return Status;
}

// Flags are the minor function's, one at a time.
static NTSTATUS IopFlushFunction(ULONG Flags, PUCHAR MinorFunction)
{
    static const struct {
        ULONG Flags;
        UCHAR MinorFunction;
    } Functions[] = {
        {0, IRP_MN_NORMAL},
        {FLUSH_FLAGS_FILE_DATA_ONLY, IRP_MN_FLUSH_DATA_ONLY},
        {FLUSH_FLAGS_NO_SYNC, IRP_MN_FLUSH_NO_SYNC},
        {FLUSH_FLAGS_FILE_DATA_SYNC_ONLY, IRP_MN_FLUSH_DATA_SYNC_ONLY},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Functions); i++) {
        if (Functions[i].Flags != Flags)
            continue;
        *MinorFunction = Functions[i].MinorFunction;
        return STATUS_SUCCESS;
    }
    return STATUS_INVALID_PARAMETER;
}

NTSTATUS NtFlushBuffersFileEx(HANDLE FileHandle, ULONG Flags, const VOID USER *Parameters,
                              ULONG ParametersSize, IO_STATUS_BLOCK USER *IoStatusBlock)
{
    const IOP_SERVICE Service = {.StatusBlock = IoStatusBlock, .Api = TRUE};
    UCHAR MinorFunction;
    PFILE_OBJECT File;
    PIO_REQUEST Request;
    if (Parameters || ParametersSize)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = IopFlushFunction(Flags, &MinorFunction);
    if (NT_SUCCESS(Status))
        Status = IopProbeStatusBlock(IoStatusBlock);
    if (NT_SUCCESS(Status))
        Status = IopReferenceForFlush(FileHandle, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopBeginRequest(&Service, File, IRP_MJ_FLUSH_BUFFERS, MinorFunction, &Request);
    if (Status == STATUS_SUCCESS)
        Status = IopPerformRequest(Request);
    ObDereferenceObject(File);
    return Status;
}

NTSTATUS IopFlushForRing(const IOP_SERVICE *Service, PFILE_OBJECT File, ACCESS_MASK Granted,
                         ULONG Flags)
{
    UCHAR MinorFunction;
    PIO_REQUEST Request;
    NTSTATUS Status = IopFlushFunction(Flags, &MinorFunction);
    if (NT_SUCCESS(Status))
        Status = IopCheckFlush(Granted);
    if (NT_SUCCESS(Status))
        Status = IopBeginRequest(Service, File, IRP_MJ_FLUSH_BUFFERS, MinorFunction, &Request);
    return Status == STATUS_SUCCESS ? IopPerformRequest(Request) : Status;
}

NTSTATUS NtFlushBuffersFile(HANDLE FileHandle, IO_STATUS_BLOCK USER *IoStatusBlock)
{
    return NtFlushBuffersFileEx(FileHandle, 0, nullptr, 0, IoStatusBlock);
}
