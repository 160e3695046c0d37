// IRP_MJ_WRITE.
#include "ff.h"

// The paging resource is held exclusively if the write goes beyond what is valid on the medium, else shared.
static NTSTATUS FfWriteClusters(PFF_FCB Fcb, PIRP Irp, LONGLONG Offset, ULONG Length)
{
    ULONG Sector = Fcb->Volume->Store.SectorSize;
    LONGLONG End = Offset + Length, Size = Fcb->Header.FileSize.QuadPart;
    NTSTATUS Status = FfLockBuffer(Irp, Length, IoReadAccess);
    if (NT_SUCCESS(Status) && Offset > Fcb->ValidToDisk)
        Status = FfZeroToDisk(Fcb, Offset);
    if (!NT_SUCCESS(Status))
        return Status;
    if (End > Size)
        End = Size;
    ULONG Whole = (ULONG)((End - Offset + Sector - 1) / Sector * Sector);
    Status = FfTransfer(Fcb, Irp, IRP_MJ_WRITE, Offset, Whole);
    if (!NT_SUCCESS(Status))
        return Status;
    if (End > Fcb->ValidToDisk)
        Fcb->ValidToDisk = End;
    Irp->IoStatus.Information = (ULONG_PTR)(End - Offset);
    return STATUS_SUCCESS;
}

static NTSTATUS FfWriteToDisk(PFF_FCB Fcb, PIRP Irp, LONGLONG Offset, ULONG Length)
{
    NTSTATUS Status = STATUS_SUCCESS;
    ExAcquireResourceSharedLite(&Fcb->PagingResource, TRUE);
    if (Offset + Length > Fcb->ValidToDisk) {
        ExReleaseResourceLite(&Fcb->PagingResource);
        ExAcquireResourceExclusiveLite(&Fcb->PagingResource, TRUE);
    }
    // A page behind the end: the file was cut while it was being written.
    if (Offset < Fcb->Header.FileSize.QuadPart)
        Status = FfWriteClusters(Fcb, Irp, Offset, Length);
    ExReleaseResourceLite(&Fcb->PagingResource);
    return Status;
}

// ---- Users' writes: the main resource is held exclusively

static NTSTATUS FfWriteUncached(PFF_FCB Fcb, PIRP Irp, PIO_STACK_LOCATION Stack, LONGLONG Offset,
                                ULONG Length)
{
    ULONG Sector = Fcb->Volume->Store.SectorSize;
    LARGE_INTEGER Start = {.QuadPart = Offset};
    IO_STATUS_BLOCK Flushed;
    if (Offset % Sector || Length % Sector)
        return STATUS_INVALID_PARAMETER;
    CcFlushCache(&Fcb->Section, &Start, Length, &Flushed);
    if (!NT_SUCCESS(Flushed.Status))
        return Flushed.Status;
    (VOID) CcPurgeCacheSection(&Fcb->Section, &Start, Length, FALSE);
    if (Offset + Length > Fcb->Header.FileSize.QuadPart) {
        NTSTATUS Status = FfSetSize(Fcb, Stack->FileObject, Offset + Length);
        if (!NT_SUCCESS(Status))
            return Status;
    }
    NTSTATUS Status = FfWriteToDisk(Fcb, Irp, Offset, Length);
    if (NT_SUCCESS(Status) && Offset + Length > Fcb->Header.ValidDataLength.QuadPart) {
        Fcb->Header.ValidDataLength.QuadPart = Offset + Length;
        FfTellCache(Fcb, Stack->FileObject);
    }
    return Status;
}

// What a view has written behind the valid data is there, though nobody has told: the file has been as long as OldSize.
static LONGLONG FfFindValid(PFF_FCB Fcb, LONGLONG OldSize)
{
    LARGE_INTEGER Valid = Fcb->Header.ValidDataLength;
    IO_STATUS_BLOCK Flushed;
    if (Valid.QuadPart >= OldSize)
        return Valid.QuadPart;
    if (MmDoesFileHaveUserWritableReferences(&Fcb->Section))
        return OldSize;
    CcFlushCache(&Fcb->Section, &Valid, (ULONG)min(OldSize - Valid.QuadPart, MAXLONG), &Flushed);
    ExAcquireResourceSharedLite(&Fcb->PagingResource, TRUE);
    LONGLONG OnDisk = Fcb->ValidToDisk;
    ExReleaseResourceLite(&Fcb->PagingResource);
    return max(Valid.QuadPart, min(OnDisk, OldSize));
}

// A long way from the valid data to where something is written: the pages between go to the medium as zeros without being in the
// cache. Valid: moves there.
static NTSTATUS FfSkipPages(PFF_FCB Fcb, PFILE_OBJECT FileObject, PLARGE_INTEGER Valid,
                            LONGLONG Start)
{
    constexpr LONGLONG Far = 1 << 20;
    LARGE_INTEGER First = {.QuadPart = (LONGLONG)ALIGN_UP_BY(Valid->QuadPart, PAGE_SIZE)};
    LONGLONG Last = (LONGLONG)ALIGN_DOWN_BY(Start, PAGE_SIZE);
    if (Last - First.QuadPart < Far)
        return STATUS_SUCCESS;
    if (First.QuadPart > Valid->QuadPart && !CcZeroData(FileObject, Valid, &First, TRUE))
        return STATUS_UNSUCCESSFUL;
    NTSTATUS Status = FfZeroStretches(Fcb, Last);
    if (!NT_SUCCESS(Status))
        return Status;
    Valid->QuadPart = Fcb->Header.ValidDataLength.QuadPart = Last;
    FfTellCache(Fcb, FileObject);
    return STATUS_SUCCESS;
}

static NTSTATUS FfCopyIn(PFF_FCB Fcb, PIRP Irp, PFILE_OBJECT FileObject, LONGLONG Offset,
                         ULONG Length, LONGLONG OldSize)
{
    LARGE_INTEGER Start = {.QuadPart = Offset};
    LARGE_INTEGER Valid = Fcb->Header.ValidDataLength;
    if (Offset > Valid.QuadPart) {
        Valid.QuadPart = FfFindValid(Fcb, OldSize);
        NTSTATUS Status = FfSkipPages(Fcb, FileObject, &Valid, Offset);
        if (!NT_SUCCESS(Status))
            return Status;
        if (!CcZeroData(FileObject, &Valid, &Start, TRUE))
            return STATUS_UNSUCCESSFUL;
    }
    if (!CcCopyWrite(FileObject, &Start, Length, TRUE, FfBuffer(Irp)))
        return STATUS_UNSUCCESSFUL;
    if (Offset + Length > Valid.QuadPart) {
        Fcb->Header.ValidDataLength.QuadPart = Offset + Length;
        CcSetFileSizes(FileObject, (PCC_FILE_SIZES)&Fcb->Header.AllocationSize);
    }
    Irp->IoStatus.Information = Length;
    return STATUS_SUCCESS;
}

static NTSTATUS FfWriteCached(PFF_FCB Fcb, PIRP Irp, PIO_STACK_LOCATION Stack, LONGLONG Offset,
                              ULONG Length)
{
    PFILE_OBJECT FileObject = Stack->FileObject;
    LONGLONG OldSize = Fcb->Header.FileSize.QuadPart;
    NTSTATUS Status = STATUS_SUCCESS;
    __try {
        FfStartCache(Fcb, FileObject);
        if (Offset + Length > OldSize)
            Status = FfSetSize(Fcb, FileObject, Offset + Length);
        if (NT_SUCCESS(Status))
            Status = FfCopyIn(Fcb, Irp, FileObject, Offset, Length, OldSize);
    } __except (FfExceptionFilter(GetExceptionInformation())) {
        Status = GetExceptionCode();
    }
    // What was to be added is not there.
    if (!NT_SUCCESS(Status) && Fcb->Header.FileSize.QuadPart > OldSize)
        (VOID) FfSetSize(Fcb, FileObject, OldSize);
    return Status;
}

static NTSTATUS FfWriteThrough(PFF_FCB Fcb, PIO_STACK_LOCATION Stack, LONGLONG Offset, ULONG Length)
{
    LARGE_INTEGER Start = {.QuadPart = Offset};
    IO_STATUS_BLOCK Flushed = {.Status = STATUS_SUCCESS};
    if (!(Stack->FileObject->Flags & FO_WRITE_THROUGH))
        return STATUS_SUCCESS;
    CcFlushCache(&Fcb->Section, &Start, Length, &Flushed);
    if (NT_SUCCESS(Flushed.Status))
        Flushed.Status = FfWriteEntry(Fcb);
    return NT_SUCCESS(Flushed.Status) ? FfCommit(Fcb->Volume) : Flushed.Status;
}

static NTSTATUS FfWriteUser(PFF_FCB Fcb, PIRP Irp, PIO_STACK_LOCATION Stack, LONGLONG Offset,
                            ULONG Length)
{
    PFILE_OBJECT FileObject = Stack->FileObject;
    NTSTATUS Status;
    if (Fcb->Volume->Fat->ReadOnly)
        return STATUS_MEDIA_WRITE_PROTECTED;
    if (Offset < 0) // FILE_WRITE_TO_END_OF_FILE
        Offset = Fcb->Header.FileSize.QuadPart;
    Stack->Parameters.Write.ByteOffset.QuadPart = Offset; // what the locks are asked about
    if (!FsRtlCheckLockForWriteAccess(&Fcb->Lock, Irp))
        return STATUS_FILE_LOCK_CONFLICT;
    if (Offset + Length > FAT_MAX_FILE)
        return STATUS_DISK_FULL;
    if ((Irp->Flags & IRP_NOCACHE) || (FileObject->Flags & FO_NO_INTERMEDIATE_BUFFERING))
        Status = FfWriteUncached(Fcb, Irp, Stack, Offset, Length);
    else
        Status = FfWriteCached(Fcb, Irp, Stack, Offset, Length);
    if (NT_SUCCESS(Status))
        Status = FfWriteThrough(Fcb, Stack, Offset, Length);
    if (!NT_SUCCESS(Status))
        return Status;
    FileObject->Flags |= FO_FILE_MODIFIED;
    if (FileObject->Flags & FO_SYNCHRONOUS_IO)
        FileObject->CurrentByteOffset.QuadPart = Offset + Length;
    return Status;
}

static NTSTATUS FfWriteFile(PFF_FCB Fcb, PIRP Irp, PIO_STACK_LOCATION Stack, LONGLONG Offset,
                            ULONG Length)
{
    if (Irp->Flags & IRP_PAGING_IO)
        return Fcb->Deleted ? STATUS_SUCCESS : FfWriteToDisk(Fcb, Irp, Offset, Length);
    ExAcquireResourceExclusiveLite(&Fcb->MainResource, TRUE);
    LONGLONG OldSize = Fcb->Header.FileSize.QuadPart;
    NTSTATUS Status = FfWriteUser(Fcb, Irp, Stack, Offset, Length);
    ULONG Filter = FILE_NOTIFY_CHANGE_LAST_WRITE;
    if (Fcb->Header.FileSize.QuadPart != OldSize)
        Filter |= FILE_NOTIFY_CHANGE_SIZE;
    ExReleaseResourceLite(&Fcb->MainResource);
    if (NT_SUCCESS(Status))
        FfReport(Fcb, Filter, FILE_ACTION_MODIFIED);
    return Status;
}

// Whoever has locked the volume may write anywhere; others only where no file system is: nowhere.
static NTSTATUS FfWriteVolume(PFF_VOLUME Volume, PIRP Irp, PIO_STACK_LOCATION Stack,
                              LONGLONG Offset, ULONG Length)
{
    LONGLONG Size = Volume->VolumeFcb->Header.FileSize.QuadPart;
    if (Volume->Locker != Stack->FileObject && !Volume->Dismounted)
        return STATUS_ACCESS_DENIED;
    if (Offset < 0 || Offset % Volume->Store.SectorSize || Length % Volume->Store.SectorSize)
        return STATUS_INVALID_PARAMETER;
    if (Offset >= Size || Length > Size - Offset)
        return STATUS_END_OF_FILE;
    NTSTATUS Status = FfLockBuffer(Irp, Length, IoReadAccess);
    if (NT_SUCCESS(Status))
        Status = FfTransferVolume(Volume, Irp, IRP_MJ_WRITE, Offset, Length);
    if (NT_SUCCESS(Status))
        Irp->IoStatus.Information = Length;
    return Status;
}

NTSTATUS FfWrite(PFF_VOLUME Volume, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    PFF_FCB Fcb = FfFcb(Stack->FileObject);
    LONGLONG Offset = Stack->Parameters.Write.ByteOffset.QuadPart;
    ULONG Length = Stack->Parameters.Write.Length;
    NTSTATUS Status;
    Irp->IoStatus.Information = 0;
    if (!Fcb || FfIsDirectory(Fcb))
        Status = STATUS_INVALID_DEVICE_REQUEST;
    else if (Fcb == Volume->VolumeFcb && Length)
        Status = FfWriteVolume(Volume, Irp, Stack, Offset, Length);
    else if (Volume->Dismounted && (Irp->Flags & IRP_PAGING_IO))
        Status = STATUS_SUCCESS; // there is no place for it any more
    else if (Volume->Dismounted)
        Status = FfGone(Volume);
    else if (Offset < -1)
        Status = STATUS_INVALID_PARAMETER;
    else if (!Length)
        Status = STATUS_SUCCESS;
    else
        Status = FfWriteFile(Fcb, Irp, Stack, Offset, Length);
    Volume->Statistics[2]++;
    Volume->Statistics[3] += Irp->IoStatus.Information;
    return FfComplete(Irp, Status, NT_SUCCESS(Status) ? Irp->IoStatus.Information : 0);
}
