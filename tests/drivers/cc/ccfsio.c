// Reading and writing: paging requests and uncached ones move bytes of the disk, others go to the cache.

#include "ccfs.h"

static VOID CcfsSleep(ULONG Milliseconds)
{
    LARGE_INTEGER Interval = {.QuadPart = -10000ll * Milliseconds};
    if (Milliseconds)
        KeDelayExecutionThread(KernelMode, FALSE, &Interval);
}

static NTSTATUS CcfsTrouble(PCCFS_FCB Fcb, ULONG64 Offset, ULONG Length, BOOLEAN Write)
{
    const CCFS_TROUBLES *Troubles = &Fcb->Troubles;
    CcfsSleep(Troubles->Milliseconds);
    if (Offset >= Troubles->End || Offset + Length <= Troubles->First)
        return STATUS_SUCCESS;
    return Write ? Troubles->WriteStatus : Troubles->ReadStatus;
}

static PUCHAR CcfsBuffer(PIRP Irp)
{
    return Irp->MdlAddress ? MmGetSystemAddressForMdlSafe(Irp->MdlAddress, NormalPagePriority)
                           : Irp->UserBuffer;
}

static VOID CcfsCount(PCCFS_FCB Fcb, PIRP Irp, ULONG Length, BOOLEAN Write)
{
    if (!(Irp->Flags & IRP_PAGING_IO))
        return;
    ULONG Pages = (Length + PAGE_SIZE - 1) / PAGE_SIZE;
    InterlockedIncrement((PLONG)(Write ? &Fcb->Counters.Writes : &Fcb->Counters.Reads));
    InterlockedExchangeAdd((PLONG)(Write ? &Fcb->Counters.PagesWritten : &Fcb->Counters.PagesRead),
                           (LONG)Pages);
}

static NTSTATUS CcfsCoherent(PCCFS_FCB Fcb, PLARGE_INTEGER Offset, ULONG Length, BOOLEAN Write);

static NTSTATUS CcfsReadDisk(PCCFS_FCB Fcb, PIRP Irp, ULONG64 Offset, ULONG Length)
{
    ULONG64 Size = (ULONG64)Fcb->Header.FileSize.QuadPart;
    CcfsCount(Fcb, Irp, Length, FALSE);
    NTSTATUS Status = CcfsTrouble(Fcb, Offset, Length, FALSE);
    if (!NT_SUCCESS(Status))
        return CcfsComplete(Irp, Status, 0);
    if (Offset >= Size)
        return CcfsComplete(Irp, STATUS_END_OF_FILE, 0);
    PUCHAR Buffer = CcfsBuffer(Irp);
    ULONG Read = (ULONG)min((ULONG64)Length, Size - Offset);
    if (!Buffer)
        return CcfsComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    RtlCopyMemory(Buffer, Fcb->Disk + Offset, Read);
    return CcfsComplete(Irp, STATUS_SUCCESS, Read);
}

static NTSTATUS CcfsReadCached(PCCFS_FCB Fcb, PFILE_OBJECT FileObject, PIRP Irp,
                               LARGE_INTEGER Offset, ULONG Length)
{
    NTSTATUS Status = STATUS_SUCCESS;
    InterlockedIncrement((PLONG)&Fcb->Counters.CachedReads);
    if (Offset.QuadPart >= Fcb->Header.FileSize.QuadPart)
        return CcfsComplete(Irp, STATUS_END_OF_FILE, 0);
    Length = (ULONG)min((LONGLONG)Length, Fcb->Header.FileSize.QuadPart - Offset.QuadPart);
    __try {
        CcfsStartCache(FileObject, Fcb, FALSE);
        if (!CcCopyRead(FileObject, &Offset, Length, TRUE, CcfsBuffer(Irp), &Irp->IoStatus))
            Status = STATUS_UNSUCCESSFUL;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Status = GetExceptionCode();
    }
    if (NT_SUCCESS(Status) && (FileObject->Flags & FO_SYNCHRONOUS_IO))
        FileObject->CurrentByteOffset.QuadPart = Offset.QuadPart + Length;
    return CcfsComplete(Irp, Status, NT_SUCCESS(Status) ? Irp->IoStatus.Information : 0);
}

NTSTATUS NTAPI CcfsRead(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PCCFS_FCB Fcb = Stack->FileObject->FsContext;
    LARGE_INTEGER Offset = Stack->Parameters.Read.ByteOffset;
    ULONG Length = Stack->Parameters.Read.Length;
    if (!Fcb)
        return CcfsComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    if (Irp->Flags & IRP_NOCACHE) {
        NTSTATUS Flushed =
            Irp->Flags & IRP_PAGING_IO ? STATUS_SUCCESS : CcfsCoherent(Fcb, &Offset, Length, FALSE);
        return NT_SUCCESS(Flushed) ? CcfsReadDisk(Fcb, Irp, (ULONG64)Offset.QuadPart, Length)
                                   : CcfsComplete(Irp, Flushed, 0);
    }
    ExAcquireResourceSharedLite(&Fcb->Resource, TRUE);
    NTSTATUS Status = CcfsReadCached(Fcb, Stack->FileObject, Irp, Offset, Length);
    ExReleaseResourceLite(&Fcb->Resource);
    return Status;
}

// A paging write never makes the file larger.
static NTSTATUS CcfsWriteDisk(PCCFS_FCB Fcb, PIRP Irp, ULONG64 Offset, ULONG Length)
{
    ULONG64 Size = (ULONG64)Fcb->Header.FileSize.QuadPart;
    CcfsCount(Fcb, Irp, Length, TRUE);
    NTSTATUS Status = CcfsTrouble(Fcb, Offset, Length, TRUE);
    if (!NT_SUCCESS(Status))
        return CcfsComplete(Irp, Status, 0);
    PUCHAR Buffer = CcfsBuffer(Irp);
    ULONG Write = Offset < Size ? (ULONG)min((ULONG64)Length, Size - Offset) : 0;
    if (!Buffer)
        return CcfsComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    RtlCopyMemory(Fcb->Disk + Offset, Buffer, Write);
    return CcfsComplete(Irp, STATUS_SUCCESS, Write);
}

static NTSTATUS CcfsGrow(PCCFS_FCB Fcb, PFILE_OBJECT FileObject, LONGLONG End)
{
    if (End <= Fcb->Header.FileSize.QuadPart)
        return STATUS_SUCCESS;
    ExAcquireResourceExclusiveLite(&Fcb->PagingResource, TRUE);
    NTSTATUS Status = CcfsResize(Fcb, (ULONG64)End);
    if (NT_SUCCESS(Status))
        Fcb->Header.FileSize.QuadPart = End;
    ExReleaseResourceLite(&Fcb->PagingResource);
    if (NT_SUCCESS(Status))
        CcSetFileSizes(FileObject, (PCC_FILE_SIZES)&Fcb->Header.AllocationSize);
    return Status;
}

static NTSTATUS CcfsWriteCached(PCCFS_FCB Fcb, PFILE_OBJECT FileObject, PIRP Irp,
                                LARGE_INTEGER Offset, ULONG Length)
{
    NTSTATUS Status = STATUS_SUCCESS;
    InterlockedIncrement((PLONG)&Fcb->Counters.CachedWrites);
    if (Offset.LowPart == FILE_WRITE_TO_END_OF_FILE && Offset.HighPart == -1)
        Offset = Fcb->Header.FileSize;
    LARGE_INTEGER End = {.QuadPart = Offset.QuadPart + Length};
    __try {
        CcfsStartCache(FileObject, Fcb, FALSE);
        Status = CcfsGrow(Fcb, FileObject, End.QuadPart);
        if (NT_SUCCESS(Status) && Offset.QuadPart > Fcb->Header.ValidDataLength.QuadPart)
            CcZeroData(FileObject, &Fcb->Header.ValidDataLength, &Offset, TRUE);
        if (NT_SUCCESS(Status) && !CcCopyWrite(FileObject, &Offset, Length, TRUE, CcfsBuffer(Irp)))
            Status = STATUS_UNSUCCESSFUL;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Status = GetExceptionCode();
    }
    if (NT_SUCCESS(Status)) {
        Fcb->Header.ValidDataLength.QuadPart =
            max(Fcb->Header.ValidDataLength.QuadPart, End.QuadPart);
        if (FileObject->Flags & FO_SYNCHRONOUS_IO)
            FileObject->CurrentByteOffset = End;
    }
    return CcfsComplete(Irp, Status, NT_SUCCESS(Status) ? Length : 0);
}

// What is cached goes to the disk before somebody looks past the cache, and away before somebody writes past it.
static NTSTATUS CcfsCoherent(PCCFS_FCB Fcb, PLARGE_INTEGER Offset, ULONG Length, BOOLEAN Write)
{
    IO_STATUS_BLOCK Io = {};
    CcFlushCache(&Fcb->Section, Offset, Length, &Io);
    if (NT_SUCCESS(Io.Status) && Write)
        CcPurgeCacheSection(&Fcb->Section, Offset, Length, FALSE);
    return Io.Status;
}

NTSTATUS NTAPI CcfsWrite(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PCCFS_FCB Fcb = Stack->FileObject->FsContext;
    LARGE_INTEGER Offset = Stack->Parameters.Write.ByteOffset;
    ULONG Length = Stack->Parameters.Write.Length;
    NTSTATUS Status;
    if (!Fcb)
        return CcfsComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    if (Irp->Flags & IRP_PAGING_IO) {
        ExAcquireResourceSharedLite(&Fcb->PagingResource, TRUE);
        Status = CcfsWriteDisk(Fcb, Irp, (ULONG64)Offset.QuadPart, Length);
        ExReleaseResourceLite(&Fcb->PagingResource);
        return Status;
    }
    ExAcquireResourceExclusiveLite(&Fcb->Resource, TRUE);
    if (Irp->Flags & IRP_NOCACHE) {
        Status = CcfsCoherent(Fcb, &Offset, Length, TRUE);
        if (NT_SUCCESS(Status))
            Status = CcfsGrow(Fcb, Stack->FileObject, Offset.QuadPart + Length);
        if (NT_SUCCESS(Status))
            Status = CcfsWriteDisk(Fcb, Irp, (ULONG64)Offset.QuadPart, Length);
        else
            CcfsComplete(Irp, Status, 0);
        Fcb->Header.ValidDataLength.QuadPart =
            max(Fcb->Header.ValidDataLength.QuadPart, Offset.QuadPart + Length);
    } else {
        Status = CcfsWriteCached(Fcb, Stack->FileObject, Irp, Offset, Length);
    }
    ExReleaseResourceLite(&Fcb->Resource);
    return Status;
}

NTSTATUS NTAPI CcfsFlushBuffers(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    PCCFS_FCB Fcb = IoGetCurrentIrpStackLocation(Irp)->FileObject->FsContext;
    IO_STATUS_BLOCK Io = {};
    if (Fcb)
        CcFlushCache(&Fcb->Section, NULL, 0, &Io);
    return CcfsComplete(Irp, Io.Status, 0);
}
