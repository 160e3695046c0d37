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
    if (Irp->Flags & (IRP_PAGING_IO | IRP_NOCACHE))
        return CcfsReadDisk(Fcb, Irp, (ULONG64)Offset.QuadPart, Length);
    ExAcquireResourceSharedLite(&Fcb->Resource, TRUE);
    NTSTATUS Status = CcfsReadCached(Fcb, Stack->FileObject, Irp, Offset, Length);
    ExReleaseResourceLite(&Fcb->Resource);
    return Status;
}

NTSTATUS NTAPI CcfsWrite(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    return CcfsComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
}

NTSTATUS NTAPI CcfsFlushBuffers(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    return CcfsComplete(Irp, STATUS_SUCCESS, 0);
}
