// The partition table of a disk, as its driver asks for it. The tables' logic is that of partmgr.

#include "../ntos.h"

#include "ask.h"

#include "disktable.h"

// ---- Requests to the disk

static bool IopTransfer(PIOP_DISK Disk, ULONG Function, uint64_t Sector, uint32_t Count,
                        PVOID Buffer)
{
    KEVENT Done;
    IO_STATUS_BLOCK Io = {};
    LARGE_INTEGER Offset = {.QuadPart = (LONGLONG)(Sector * Disk->Table.SectorSize)};
    KeInitializeEvent(&Done, NotificationEvent, FALSE);
    PIRP Irp = IoBuildSynchronousFsdRequest(Function, Disk->Device, Buffer,
                                            Count * Disk->Table.SectorSize, &Offset, &Done, &Io);
    NTSTATUS Status = Irp ? IoCallDriver(Disk->Device, Irp) : STATUS_INSUFFICIENT_RESOURCES;
    if (Status == STATUS_PENDING) {
        KeWaitForSingleObject(&Done, Executive, KernelMode, FALSE, nullptr);
        Status = Io.Status;
    }
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
        AskDevice(Device, IOCTL_DISK_GET_DRIVE_GEOMETRY, nullptr, 0, &Geometry, sizeof(Geometry));
    if (NT_SUCCESS(Status))
        Status = AskDevice(Device, IOCTL_DISK_GET_LENGTH_INFO, nullptr, 0, &Length, sizeof(Length));
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
