// The partition table of a disk, as its driver asks for it. The tables' logic is that of partmgr.

#include "../ntos.h"

#include <ntdddisk.h>

#include "table.h"

typedef struct _IOP_DISK {
    PT_DISK Table; // first
    PDEVICE_OBJECT Device;
    NTSTATUS Status; // of the last transfer that failed
} IOP_DISK, *PIOP_DISK;

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

static bool IopReadSectors(void *Context, uint64_t Sector, uint32_t Count, void *Buffer)
{
    PIOP_DISK Disk = Context;
    KEVENT Done;
    IO_STATUS_BLOCK Io = {};
    LARGE_INTEGER Offset = {.QuadPart = (LONGLONG)(Sector * Disk->Table.SectorSize)};
    KeInitializeEvent(&Done, NotificationEvent, FALSE);
    PIRP Irp = IoBuildSynchronousFsdRequest(IRP_MJ_READ, Disk->Device, Buffer,
                                            Count * Disk->Table.SectorSize, &Offset, &Done, &Io);
    NTSTATUS Status = IopWaitForDisk(Disk->Device, Irp, &Done, &Io);
    if (!NT_SUCCESS(Status))
        Disk->Status = Status;
    return NT_SUCCESS(Status);
}

static void *IopAllocateTable(uint32_t Size)
{
    return ExAllocatePoolWithTag(NonPagedPoolNx, Size, 'tPoI');
}

static void IopFreeTable(void *Memory)
{
    ExFreePoolWithTag(Memory, 'tPoI');
}

static NTSTATUS IopDescribeDisk(PIOP_DISK Disk, PDEVICE_OBJECT Device)
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

// ---- In the form of the device controls

static VOID IopDescribePartition(const PT_TABLE *Table, const PT_PARTITION *From, ULONG SectorSize,
                                 PPARTITION_INFORMATION_EX To)
{
    To->PartitionStyle = (PARTITION_STYLE)Table->Style;
    To->StartingOffset.QuadPart = (LONGLONG)(From->Start * SectorSize);
    To->PartitionLength.QuadPart = (LONGLONG)(From->Sectors * SectorSize);
    To->PartitionNumber = From->Number;
    if (Table->Style == PtStyleMbr) {
        To->Mbr.PartitionType = From->MbrType;
        To->Mbr.BootIndicator = From->Boot;
        To->Mbr.RecognizedPartition = From->Number != 0;
        To->Mbr.HiddenSectors = (ULONG)From->Start;
    } else if (Table->Style == PtStyleGpt) {
        RtlCopyMemory(&To->Gpt.PartitionType, &From->Type, sizeof(GUID));
        RtlCopyMemory(&To->Gpt.PartitionId, &From->Id, sizeof(GUID));
        To->Gpt.Attributes = From->Attributes;
        RtlCopyMemory(To->Gpt.Name, From->Name, sizeof(From->Name));
    }
}

static VOID IopDescribeTable(const PT_TABLE *Table, ULONG SectorSize,
                             PDRIVE_LAYOUT_INFORMATION_EX Layout)
{
    Layout->PartitionStyle = (ULONG)Table->Style;
    Layout->PartitionCount = Table->Count;
    if (Table->Style == PtStyleMbr) {
        Layout->Mbr.Signature = Table->Signature;
    } else if (Table->Style == PtStyleGpt) {
        RtlCopyMemory(&Layout->Gpt.DiskId, &Table->DiskId, sizeof(GUID));
        Layout->Gpt.StartingUsableOffset.QuadPart = (LONGLONG)(Table->FirstUsable * SectorSize);
        Layout->Gpt.UsableLength.QuadPart =
            (LONGLONG)((Table->LastUsable - Table->FirstUsable + 1) * SectorSize);
        Layout->Gpt.MaxPartitionCount = Table->EntryCount;
    }
    for (ULONG i = 0; i < Table->Count; i++)
        IopDescribePartition(Table, &Table->Partitions[i], SectorSize, &Layout->PartitionEntry[i]);
}

static NTSTATUS IopTableStatus(const IOP_DISK *Disk, PT_RESULT Result)
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
    SIZE_T Size = FIELD_OFFSET(DRIVE_LAYOUT_INFORMATION_EX, PartitionEntry) +
                  Table.Count * sizeof(PARTITION_INFORMATION_EX);
    PDRIVE_LAYOUT_INFORMATION_EX Layout =
        ExAllocatePoolWithTag(NonPagedPoolNx, max(Size, sizeof(*Layout)), 'tPoI');
    if (Layout) {
        RtlZeroMemory(Layout, max(Size, sizeof(*Layout)));
        IopDescribeTable(&Table, Disk.Table.SectorSize, Layout);
        *DriveLayout = Layout;
    }
    PtFreeTable(&Disk.Table, &Table);
    return Layout ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}
