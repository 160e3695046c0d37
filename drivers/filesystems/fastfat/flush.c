// IRP_MJ_FLUSH_BUFFERS and IRP_MJ_LOCK_CONTROL.
#include "ff.h"

static NTSTATUS FfFlushFcb(PFF_FCB Fcb)
{
    IO_STATUS_BLOCK Flushed = {.Status = STATUS_SUCCESS};
    ExAcquireResourceExclusiveLite(&Fcb->MainResource, TRUE);
    if (FfIsFile(Fcb))
        CcFlushCache(&Fcb->Section, NULL, 0, &Flushed);
    if (NT_SUCCESS(Flushed.Status))
        Flushed.Status = FfWriteEntry(Fcb);
    ExReleaseResourceLite(&Fcb->MainResource);
    return NT_SUCCESS(Flushed.Status) ? FfFlushMetadata(Fcb->Volume) : Flushed.Status;
}

NTSTATUS FfFlushBuffers(PFF_VOLUME Volume, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    PFF_FCB Fcb = FfFcb(Stack->FileObject);
    NTSTATUS Status = FfGone(Volume);
    ExAcquireResourceExclusiveLite(&Volume->Resource, TRUE);
    BOOLEAN Whole = Fcb && (Fcb == Volume->VolumeFcb || !Fcb->Parent);
    if (!Volume->Dismounted && Whole)
        Status = FfFlushVolume(Volume);
    else if (!Volume->Dismounted && Fcb)
        Status = FfFlushFcb(Fcb);
    ExReleaseResourceLite(&Volume->Resource);
    if (NT_SUCCESS(Status) && Whole && !Volume->Store.Barrier(Volume))
        Status = Volume->StoreStatus;
    return FfComplete(Irp, Status, 0);
}

NTSTATUS FfLockControl(PFF_VOLUME Volume, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    PFF_FCB Fcb = FfFcb(Stack->FileObject);
    if (!Fcb || !FfIsFile(Fcb) || Volume->Dismounted)
        return FfComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    ExAcquireResourceSharedLite(&Fcb->MainResource, TRUE);
    NTSTATUS Status = FsRtlProcessFileLock(&Fcb->Lock, Irp, NULL); // completes it
    ExReleaseResourceLite(&Fcb->MainResource);
    return Status;
}
