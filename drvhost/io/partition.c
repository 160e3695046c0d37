// The partition table of a disk, as its driver asks for it. The tables' logic is that of partmgr.

#include "../ntos.h"

#include "disktable.h"

// ---- Requests to the disk

static NTSTATUS IopWaitForDisk(PDEVICE_OBJECT Device, PIRP Irp, PKEVENT Done, PIO_STATUS_BLOCK Io)
{
    if (!Irp)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = IoCallDriver(Device, Irp);
    if (Status != STATUS_PENDING)
        return Status;
    KeWaitForSingleObject(Done, Executive, KernelMode, FALSE, nullptr);
    return Io->Status;
}

static NTSTATUS IopAskDisk(PDEVICE_OBJECT Device, ULONG Code, PVOID Output, ULONG Length)
{
    KEVENT Done;
    IO_STATUS_BLOCK Io = {};
    KeInitializeEvent(&Done, NotificationEvent, FALSE);
    PIRP Irp =
        IoBuildDeviceIoControlRequest(Code, Device, nullptr, 0, Output, Length, FALSE, &Done, &Io);
    return IopWaitForDisk(Device, Irp, &Done, &Io);
}

static bool IopTransfer(PIOP_DISK Disk, ULONG Function, uint64_t Sector, uint32_t Count,
                        PVOID Buffer)
{
    KEVENT Done;
    IO_STATUS_BLOCK Io = {};
    LARGE_INTEGER Offset = {.QuadPart = (LONGLONG)(Sector * Disk->Table.SectorSize)};
    KeInitializeEvent(&Done, NotificationEvent, FALSE);
    PIRP Irp = IoBuildSynchronousFsdRequest(Function, Disk->Device, Buffer,
                                            Count * Disk->Table.SectorSize, &Offset, &Done, &Io);
    NTSTATUS Status = IopWaitForDisk(Disk->Device, Irp, &Done, &Io);
    if (!NT_SUCCESS(Status))
        Disk->Status = Status;
    return NT_SUCCESS(Status);
}

static bool IopReadSectors(void *Context, uint64_t Sector, uint32_t Count, void *Buffer)
{
    return IopTransfer(Context, IRP_MJ_READ, Sector, Count, Buffer);
}

static bool IopWriteSectors(void *Context, uint64_t Sector, uint32_t Count, const void *Buffer)
{
    return IopTransfer(Context, IRP_MJ_WRITE, Sector, Count, (PVOID)(ULONG_PTR)Buffer);
}

static bool IopFlushDisk(void *Context)
{
    return IopTransfer(Context, IRP_MJ_FLUSH_BUFFERS, 0, 0, nullptr);
}

static void *IopAllocateTable(uint32_t Size)
{
    return ExAllocatePoolWithTag(NonPagedPoolNx, Size, 'tPoI');
}

static void IopFreeTable(void *Memory)
{
    ExFreePoolWithTag(Memory, 'tPoI');
}

NTSTATUS IopDescribeDisk(PIOP_DISK Disk, PDEVICE_OBJECT Device)
{
    DISK_GEOMETRY Geometry;
    GET_LENGTH_INFORMATION Length;
    NTSTATUS Status =
        IopAskDisk(Device, IOCTL_DISK_GET_DRIVE_GEOMETRY, &Geometry, sizeof(Geometry));
    if (NT_SUCCESS(Status))
        Status = IopAskDisk(Device, IOCTL_DISK_GET_LENGTH_INFO, &Length, sizeof(Length));
    if (!NT_SUCCESS(Status))
        return Status;
    ULONG SectorSize = Geometry.BytesPerSector;
    if (SectorSize < 512 || SectorSize > 4096 || (SectorSize & (SectorSize - 1)))
        return STATUS_UNRECOGNIZED_MEDIA;
    *Disk = (IOP_DISK){
        .Table =
            {
                .Read = IopReadSectors,
                .Write = IopWriteSectors,
                .Flush = IopFlushDisk,
                .Allocate = IopAllocateTable,
                .Free = IopFreeTable,
                .Context = Disk,
                .Sectors = (uint64_t)Length.Length.QuadPart / SectorSize,
                .SectorSize = SectorSize,
                .Removable = Geometry.MediaType == RemovableMedia,
            },
        .Device = Device,
        .Status = STATUS_UNSUCCESSFUL,
    };
    return STATUS_SUCCESS;
}

NTSTATUS IopTableStatus(const IOP_DISK *Disk, PT_RESULT Result)
{
    switch (Result) {
    case PtDone:
        return STATUS_SUCCESS;
    case PtNoMemory:
        return STATUS_INSUFFICIENT_RESOURCES;
    case PtIoError:
        return Disk->Status;
    default:
        return STATUS_DISK_CORRUPT_ERROR;
    }
}

// In pool, which is the caller's.
NTSTATUS NTAPI IoReadPartitionTableEx(PDEVICE_OBJECT DeviceObject,
                                      PDRIVE_LAYOUT_INFORMATION_EX *DriveLayout)
{
    IOP_DISK Disk;
    PT_TABLE Table = {};
    *DriveLayout = nullptr;
    NTSTATUS Status = IopDescribeDisk(&Disk, DeviceObject);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopTableStatus(&Disk, PtReadTable(&Disk.Table, &Table));
    if (!NT_SUCCESS(Status))
        return Status;
    SIZE_T Size = max(PtLayoutSize(&Table), sizeof(DRIVE_LAYOUT_INFORMATION_EX));
    PDRIVE_LAYOUT_INFORMATION_EX Layout = ExAllocatePoolWithTag(NonPagedPoolNx, Size, 'tPoI');
    if (Layout) {
        RtlZeroMemory(Layout, Size);
        PtDescribeLayout(&Table, Disk.Table.SectorSize, Layout);
        *DriveLayout = Layout;
    }
    PtFreeTable(&Disk.Table, &Table);
    return Layout ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}
