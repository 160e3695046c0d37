// IRP_MJ_READ.
#include "ff.h"

// Nothing is to be held around what the cache writes: its requests take what they need, and a file that is cut
// meanwhile has its size looked at then.
static BOOLEAN NTAPI FfAcquire(PVOID Context, BOOLEAN Wait)
{
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Wait);
    return TRUE;
}

static VOID NTAPI FfRelease(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
}

static CACHE_MANAGER_CALLBACKS FfCallbacks = {FfAcquire, FfRelease, FfAcquire, FfRelease};

VOID FfStartCache(PFF_FCB Fcb, PFILE_OBJECT FileObject)
{
    if (!FileObject->PrivateCacheMap)
        CcInitializeCacheMap(FileObject, (PCC_FILE_SIZES)&Fcb->Header.AllocationSize, FALSE,
                             &FfCallbacks, Fcb);
}

// A caller's buffer in pages that the device can reach.
NTSTATUS FfLockBuffer(PIRP Irp, ULONG Length, LOCK_OPERATION Operation)
{
    if (Irp->MdlAddress)
        return STATUS_SUCCESS;
    PMDL Mdl = IoAllocateMdl(Irp->UserBuffer, Length, FALSE, FALSE, Irp);
    if (!Mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = STATUS_SUCCESS;
    __try {
        MmProbeAndLockPages(Mdl, Irp->RequestorMode, Operation);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Status = GetExceptionCode();
    }
    if (!NT_SUCCESS(Status)) {
        Irp->MdlAddress = NULL;
        IoFreeMdl(Mdl);
    }
    return Status;
}

static VOID FfZeroBuffer(PIRP Irp, ULONG From, ULONG To)
{
    PUCHAR Buffer = From < To ? FfBuffer(Irp) : NULL;
    if (Buffer)
        RtlZeroMemory(Buffer + From, To - From);
}

// From the medium what is valid there, zeros for the rest of the file. Sectors are read as a whole.
static NTSTATUS FfReadClusters(PFF_FCB Fcb, PIRP Irp, LONGLONG Offset, ULONG Length)
{
    ULONG Sector = Fcb->Volume->Store.SectorSize;
    LONGLONG Size = Fcb->Header.FileSize.QuadPart, Valid = Fcb->ValidToDisk;
    ULONG Wanted = (ULONG)min((LONGLONG)Length, Size - Offset);
    ULONG Real = Offset < Valid ? (ULONG)min((LONGLONG)Wanted, Valid - Offset) : 0;
    ULONG Whole = min(Length, (Real + Sector - 1) / Sector * Sector);
    NTSTATUS Status = FfLockBuffer(Irp, Length, IoWriteAccess);
    if (NT_SUCCESS(Status) && Whole)
        Status = FfTransfer(Fcb, Irp, IRP_MJ_READ, Offset, Whole);
    if (!NT_SUCCESS(Status))
        return Status;
    FfZeroBuffer(Irp, Real, Length);
    Irp->IoStatus.Information = Wanted;
    return STATUS_SUCCESS;
}

static NTSTATUS FfReadUncached(PFF_FCB Fcb, PIRP Irp, PIO_STACK_LOCATION Stack, LONGLONG Offset,
                               ULONG Length)
{
    ULONG Sector = Fcb->Volume->Store.SectorSize;
    BOOLEAN Paging = (Irp->Flags & IRP_PAGING_IO) != 0;
    if (Offset % Sector || Length % Sector)
        return STATUS_INVALID_PARAMETER;
    if (!Paging) { // a section may have pages though nobody has cached the file
        LARGE_INTEGER Start = {.QuadPart = Offset};
        IO_STATUS_BLOCK Flushed;
        CcFlushCache(&Fcb->Section, &Start, Length, &Flushed);
        if (!NT_SUCCESS(Flushed.Status))
            return Flushed.Status;
    }
    UNREFERENCED_PARAMETER(Stack);
    ExAcquireResourceSharedLite(&Fcb->PagingResource, TRUE);
    NTSTATUS Status = Offset < Fcb->Header.FileSize.QuadPart
                          ? FfReadClusters(Fcb, Irp, Offset, Length)
                          : STATUS_END_OF_FILE;
    ExReleaseResourceLite(&Fcb->PagingResource);
    return Status;
}

static NTSTATUS FfReadCached(PFF_FCB Fcb, PIRP Irp, PIO_STACK_LOCATION Stack, LONGLONG Offset,
                             ULONG Length)
{
    LARGE_INTEGER Start = {.QuadPart = Offset};
    NTSTATUS Status = STATUS_SUCCESS;
    if (Offset >= Fcb->Header.FileSize.QuadPart)
        return STATUS_END_OF_FILE;
    Length = (ULONG)min((LONGLONG)Length, Fcb->Header.FileSize.QuadPart - Offset);
    __try {
        FfStartCache(Fcb, Stack->FileObject);
        if (!CcCopyRead(Stack->FileObject, &Start, Length, TRUE, FfBuffer(Irp), &Irp->IoStatus))
            Status = STATUS_UNSUCCESSFUL;
    } __except (FfExceptionFilter(GetExceptionInformation())) {
        Status = GetExceptionCode();
    }
    return Status;
}

static NTSTATUS FfReadVolume(PFF_VOLUME Volume, PIRP Irp, LONGLONG Offset, ULONG Length)
{
    LONGLONG Size = Volume->VolumeFcb->Header.FileSize.QuadPart;
    if (Offset % Volume->Store.SectorSize || Length % Volume->Store.SectorSize)
        return STATUS_INVALID_PARAMETER;
    if (Offset >= Size)
        return STATUS_END_OF_FILE;
    Length = (ULONG)min((LONGLONG)Length, Size - Offset);
    NTSTATUS Status = FfLockBuffer(Irp, Length, IoWriteAccess);
    if (NT_SUCCESS(Status))
        Status = FfCommit(Volume); // what is read is what is there
    if (NT_SUCCESS(Status))
        Status = FfTransferVolume(Volume, Irp, IRP_MJ_READ, Offset, Length);
    if (NT_SUCCESS(Status))
        Irp->IoStatus.Information = Length;
    return Status;
}

static NTSTATUS FfReadFile(PFF_FCB Fcb, PIRP Irp, PIO_STACK_LOCATION Stack, LONGLONG Offset,
                           ULONG Length)
{
    if (Irp->Flags & IRP_PAGING_IO)
        return FfReadUncached(Fcb, Irp, Stack, Offset, Length);
    ExAcquireResourceSharedLite(&Fcb->MainResource, TRUE);
    NTSTATUS Status;
    if (!FsRtlCheckLockForReadAccess(&Fcb->Lock, Irp))
        Status = STATUS_FILE_LOCK_CONFLICT;
    else if ((Irp->Flags & IRP_NOCACHE) ||
             (Stack->FileObject->Flags & FO_NO_INTERMEDIATE_BUFFERING))
        Status = FfReadUncached(Fcb, Irp, Stack, Offset, Length);
    else
        Status = FfReadCached(Fcb, Irp, Stack, Offset, Length);
    ExReleaseResourceLite(&Fcb->MainResource);
    if (NT_SUCCESS(Status) && (Stack->FileObject->Flags & FO_SYNCHRONOUS_IO))
        Stack->FileObject->CurrentByteOffset.QuadPart =
            Offset + (LONGLONG)Irp->IoStatus.Information;
    return Status;
}

NTSTATUS FfRead(PFF_VOLUME Volume, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    PFF_FCB Fcb = FfFcb(Stack->FileObject);
    LONGLONG Offset = Stack->Parameters.Read.ByteOffset.QuadPart;
    ULONG Length = Stack->Parameters.Read.Length;
    NTSTATUS Status;
    Irp->IoStatus.Information = 0;
    if (!Fcb || FfIsDirectory(Fcb))
        Status = STATUS_INVALID_DEVICE_REQUEST;
    else if (Volume->Dismounted && !(Irp->Flags & IRP_PAGING_IO))
        Status = FfGone(Volume);
    else if (Offset < 0)
        Status = STATUS_INVALID_PARAMETER;
    else if (!Length)
        Status = STATUS_SUCCESS;
    else if (Fcb == Volume->VolumeFcb)
        Status = FfReadVolume(Volume, Irp, Offset, Length);
    else
        Status = FfReadFile(Fcb, Irp, Stack, Offset, Length);
    Volume->Statistics[0]++;
    Volume->Statistics[1] += Irp->IoStatus.Information;
    return FfComplete(Irp, Status, NT_SUCCESS(Status) ? Irp->IoStatus.Information : 0);
}
