// Reads and writes of files that are cached: straight from and into the cache's pages, without their driver.
#include "iop.h"

CC_ADVICE IopAdvice(PFILE_OBJECT File)
{
    if (File->Flags & FO_RANDOM_ACCESS)
        return CcAdviceRandom;
    return File->Flags & FO_SEQUENTIAL_ONLY ? CcAdviceSequential : CcAdviceNone;
}

// Where byte ranges are locked, the driver decides.
BOOLEAN IopIsReadCached(PFILE_OBJECT File)
{
    return File->Cached && !(File->Flags & FO_NO_INTERMEDIATE_BUFFERING) &&
           !CcIsStreamLocked(File->Stream) && !IopIsFileLost(File) && !File->Device->Away;
}

// The first write of a file object goes to the driver, which so learns that the file changes; and so does all that is more
// than data: a larger file, or one to be written through.
BOOLEAN IopIsWriteCached(PFILE_OBJECT File, LONGLONG Offset, ULONG Length)
{
    return IopIsReadCached(File) && File->Written && !(File->Flags & FO_WRITE_THROUGH) &&
           Offset >= 0 && CcIsWritable(File->Stream, (ULONG64)Offset, Length);
}

// ---- Without a request, where the service waits and tells nobody else

NTSTATUS IopReadCached(PFILE_OBJECT File, IO_STATUS_BLOCK USER *StatusBlock, ULONG_PTR Address,
                       ULONG Length, LONGLONG Offset)
{
    IO_STATUS_BLOCK Block = {};
    ULONG Done;
    CC_BUFFER Buffer = {PsGetCurrentProcess(), Address};
    NTSTATUS Status = CcReadStream(File->Stream, &File->ReadAhead, IopAdvice(File), &Buffer,
                                   (ULONG64)Offset, Length, TRUE, &Done);
    if (NT_ERROR(Status) && Status != STATUS_END_OF_FILE)
        return Status;
    if (Status != STATUS_END_OF_FILE)
        File->CurrentByteOffset.QuadPart = Offset + Done;
    Block.Status = Status;
    Block.Information = Done;
    NTSTATUS Written = MmCopyToUser(StatusBlock, &Block, sizeof(Block));
    return NT_SUCCESS(Written) ? Status : Written;
}

NTSTATUS IopWriteCached(PFILE_OBJECT File, IO_STATUS_BLOCK USER *StatusBlock, ULONG_PTR Address,
                        ULONG Length, LONGLONG Offset)
{
    IO_STATUS_BLOCK Block = {.Status = STATUS_SUCCESS};
    ULONG64 Done;
    CC_BUFFER Buffer = {PsGetCurrentProcess(), Address};
    NTSTATUS Status = CcWriteStream(File->Stream, &Buffer, (ULONG64)Offset, Length, TRUE, &Done);
    if (!NT_SUCCESS(Status))
        return Status;
    File->CurrentByteOffset.QuadPart = Offset + (LONGLONG)Done;
    Block.Information = (ULONG_PTR)Done;
    return MmCopyToUser(StatusBlock, &Block, sizeof(Block));
}

// ---- By a request

typedef struct _IOP_CACHED_WORK {
    IOP_WORK Work;
    PIO_REQUEST Request;
} IOP_CACHED_WORK, *PIOP_CACHED_WORK;

static NTSTATUS IopWriteFor(PIO_REQUEST Request, BOOLEAN Wait)
{
    ULONG64 Done;
    CC_BUFFER Buffer = {Request->Process, Request->InputBuffer};
    NTSTATUS Status = CcWriteStream(Request->File->Stream, &Buffer, Request->Parameters[2],
                                    Request->InputLength, Wait, &Done);
    Request->IoStatus.Information = NT_SUCCESS(Status) ? (ULONG_PTR)Done : 0;
    return Status;
}

static NTSTATUS IopTransferFor(PIO_REQUEST Request, BOOLEAN Wait)
{
    if (Request->MajorFunction == IRP_MJ_WRITE)
        return IopWriteFor(Request, Wait);
    ULONG Done;
    PFILE_OBJECT File = Request->File;
    CC_BUFFER Buffer = {Request->Process, Request->OutputBuffer};
    NTSTATUS Status = CcReadStream(File->Stream, &File->ReadAhead, IopAdvice(File), &Buffer,
                                   Request->Parameters[2], Request->OutputLength, Wait, &Done);
    Request->IoStatus.Information = NT_SUCCESS(Status) ? Done : 0;
    return Status;
}

static VOID IopTransferLater(PVOID Context)
{
    PIO_REQUEST Request = ((PIOP_CACHED_WORK)Context)->Request;
    ExFreePool(Context);
    NTSTATUS Status = Request->Detached ? STATUS_CANCELLED : IopTransferFor(Request, TRUE);
    IopCompleteRequest(Request, Status, Request->IoStatus.Information);
}

NTSTATUS IopSubmitCached(PIO_REQUEST Request)
{
    NTSTATUS Status = IopTransferFor(Request, Request->Wait != IopWaitNone);
    if (Status != STATUS_CANT_WAIT)
        return Status;
    PIOP_CACHED_WORK Work = ExAllocatePoolWithTag(NonPagedPool, sizeof(*Work), 'wCoI');
    if (!Work)
        return STATUS_INSUFFICIENT_RESOURCES;
    Work->Request = Request;
    Work->Work = (IOP_WORK){.Routine = IopTransferLater, .Context = Work};
    IopQueueWork(&Work->Work);
    return STATUS_PENDING;
}
