// A disk's transfers and device controls.
#include "rambusp.h"

// ---- Transfers

// Sectors are written one by one, as far as the power goes.
static VOID RamStore(PRAM_MEDIUM Medium, PUCHAR Place, const UCHAR *Data, ULONG Length)
{
    for (ULONG Done = 0; Done < Length && Medium->PowerLeft; Done += Medium->SectorSize) {
        RtlCopyMemory(Place + Done, Data + Done, Medium->SectorSize);
        Medium->PowerLeft--;
        Medium->Counts.SectorsWritten++;
    }
}

static NTSTATUS RamMove(PRAM_DISK Disk, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PRAM_MEDIUM Medium = Disk->Medium;
    ULONGLONG Offset = (ULONGLONG)Stack->Parameters.Read.ByteOffset.QuadPart;
    ULONG Length = Stack->Parameters.Read.Length;
    ULONGLONG Size = Medium->Sectors * Medium->SectorSize;
    if (Stack->MajorFunction == IRP_MJ_FLUSH_BUFFERS) {
        Medium->Counts.Flushes++;
        return Medium->PowerLeft ? STATUS_SUCCESS : STATUS_IO_DEVICE_ERROR;
    }
    if (Offset > Size || Length > Size - Offset || Offset % Medium->SectorSize ||
        Length % Medium->SectorSize)
        return STATUS_INVALID_PARAMETER;
    if (!Length)
        return STATUS_SUCCESS;
    PUCHAR Data = MmGetSystemAddressForMdlSafe(Irp->MdlAddress, NormalPagePriority);
    if (!Data)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (Stack->MajorFunction == IRP_MJ_READ) {
        Medium->Counts.Reads++;
        RtlCopyMemory(Data, Medium->Bytes + Offset, Length);
        return STATUS_SUCCESS;
    }
    RamStore(Medium, Medium->Bytes + Offset, Data, Length);
    return Medium->PowerLeft ? STATUS_SUCCESS : STATUS_IO_DEVICE_ERROR;
}

static NTSTATUS RamFinish(PRAM_DISK Disk, PIRP Irp, NTSTATUS Status)
{
    BOOLEAN IsFlush = IoGetCurrentIrpStackLocation(Irp)->MajorFunction == IRP_MJ_FLUSH_BUFFERS;
    ULONG Length = IsFlush ? 0 : IoGetCurrentIrpStackLocation(Irp)->Parameters.Read.Length;
    if (NT_SUCCESS(Status))
        Status = RamMove(Disk, Irp);
    return RamComplete(Irp, Status, NT_SUCCESS(Status) ? Length : 0);
}

static BOOLEAN RamHold(PRAM_DISK Disk, PIRP Irp)
{
    KIRQL Irql;
    KeAcquireSpinLock(&RamBus->Lock, &Irql);
    BOOLEAN Held = Disk->Holding && Disk->Present;
    if (Held) {
        IoMarkIrpPending(Irp);
        InsertTailList(&Disk->Held, &Irp->Tail.Overlay.ListEntry);
        Disk->Medium->Counts.Held++;
    }
    KeReleaseSpinLock(&RamBus->Lock, Irql);
    return Held;
}

VOID RamRelease(PRAM_DISK Disk, NTSTATUS Status)
{
    for (;;) {
        KIRQL Irql;
        PIRP Irp = nullptr;
        KeAcquireSpinLock(&RamBus->Lock, &Irql);
        if (!IsListEmpty(&Disk->Held)) {
            Irp = CONTAINING_RECORD(RemoveHeadList(&Disk->Held), IRP, Tail.Overlay.ListEntry);
            Disk->Medium->Counts.Held--;
        }
        KeReleaseSpinLock(&RamBus->Lock, Irql);
        if (!Irp)
            return;
        (VOID) RamFinish(Disk, Irp, Status);
    }
}

NTSTATUS RamTransfer(PRAM_DISK Disk, PIRP Irp)
{
    if (!Disk->Present)
        return RamComplete(Irp, STATUS_NO_SUCH_DEVICE, 0);
    if (RamHold(Disk, Irp))
        return STATUS_PENDING;
    return RamFinish(Disk, Irp, STATUS_SUCCESS);
}

// ---- Controls

static NTSTATUS RamPut(PIRP Irp, const VOID *Answer, ULONG Size)
{
    ULONG Room = IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.OutputBufferLength;
    if (Room < Size)
        return RamComplete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    RtlCopyMemory(Irp->AssociatedIrp.SystemBuffer, Answer, Size);
    return RamComplete(Irp, STATUS_SUCCESS, Size);
}

static NTSTATUS RamGeometry(PRAM_DISK Disk, PIRP Irp)
{
    PRAM_MEDIUM Medium = Disk->Medium;
    DISK_GEOMETRY_EX Geometry = {.DiskSize.QuadPart =
                                     (LONGLONG)(Medium->Sectors * Medium->SectorSize)};
    Geometry.Geometry.MediaType = Medium->Removable ? RemovableMedia : FixedMedia;
    Geometry.Geometry.BytesPerSector = Medium->SectorSize;
    Geometry.Geometry.SectorsPerTrack = 63;
    Geometry.Geometry.TracksPerCylinder = 255;
    return RamPut(Irp, &Geometry, FIELD_OFFSET(DISK_GEOMETRY_EX, Data));
}

NTSTATUS RamDiskControl(PRAM_DISK Disk, PIRP Irp)
{
    PRAM_MEDIUM Medium = Disk->Medium;
    GET_LENGTH_INFORMATION Length = {
        {.QuadPart = (LONGLONG)(Medium->Sectors * Medium->SectorSize)}};
    STORAGE_DEVICE_NUMBER Number = {.DeviceType = FILE_DEVICE_DISK, .DeviceNumber = Disk->Number};
    if (!Disk->Present)
        return RamComplete(Irp, STATUS_NO_SUCH_DEVICE, 0);
    switch (IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_DISK_GET_DRIVE_GEOMETRY_EX:
        return Medium->Sectors ? RamGeometry(Disk, Irp)
                               : RamComplete(Irp, STATUS_NO_MEDIA_IN_DEVICE, 0);
    case IOCTL_DISK_GET_LENGTH_INFO:
        return RamPut(Irp, &Length, sizeof(Length));
    case IOCTL_STORAGE_GET_DEVICE_NUMBER:
        return RamPut(Irp, &Number, sizeof(Number));
    case IOCTL_STORAGE_CHECK_VERIFY2:
        return Medium->Sectors ? RamPut(Irp, &Disk->Changes, sizeof(Disk->Changes))
                               : RamComplete(Irp, STATUS_NO_MEDIA_IN_DEVICE, 0);
    case IOCTL_DISK_IS_WRITABLE:
    case IOCTL_DISK_VERIFY:
        return RamComplete(Irp, STATUS_SUCCESS, 0);
    default:
        return RamComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
}
