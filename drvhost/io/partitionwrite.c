// Partition tables that a disk's driver writes: at any time the old or the new one is on the disk. Who has opened the
// disk's partitions hears of it from partmgr, by IOCTL_DISK_UPDATE_PROPERTIES.

#include "../ntos.h"

#include "disktable.h"

// The disk and its table. One that cannot be believed is none: it may be replaced.
static NTSTATUS IopOpenTable(PIOP_DISK Disk, PDEVICE_OBJECT Device, PT_TABLE *Table,
                             PT_RESULT *Result)
{
    *Table = (PT_TABLE){.Style = PtStyleRaw};
    NTSTATUS Status = IopDescribeDisk(Disk, Device);
    if (!NT_SUCCESS(Status))
        return Status;
    *Result = PtReadTable(&Disk->Table, Table);
    return *Result == PtRefused ? STATUS_SUCCESS : IopTableStatus(Disk, *Result);
}

static NTSTATUS IopWriteTable(PIOP_DISK Disk, PT_TABLE *Old, PT_TABLE *New)
{
    PT_RESULT Result = PtWriteTable(&Disk->Table, Old, New);
    return Result == PtRefused ? STATUS_INVALID_PARAMETER : IopTableStatus(Disk, Result);
}

static VOID IopCloseTable(PIOP_DISK Disk, PT_TABLE *Old, PT_TABLE *New)
{
    PtFreeTable(&Disk->Table, New);
    PtFreeTable(&Disk->Table, Old);
}

NTSTATUS NTAPI IoWritePartitionTableEx(PDEVICE_OBJECT DeviceObject,
                                       PDRIVE_LAYOUT_INFORMATION_EX DriveLayout)
{
    IOP_DISK Disk;
    PT_TABLE Old, New = {};
    PT_RESULT Result;
    ULONG Length = FIELD_OFFSET(DRIVE_LAYOUT_INFORMATION_EX, PartitionEntry) +
                   DriveLayout->PartitionCount * (ULONG)sizeof(PARTITION_INFORMATION_EX);
    NTSTATUS Status = IopOpenTable(&Disk, DeviceObject, &Old, &Result);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = PtTakeLayout(&Disk.Table, &Old, DriveLayout, Length, &New);
    if (NT_SUCCESS(Status))
        Status = IopWriteTable(&Disk, &Old, &New);
    IopCloseTable(&Disk, &Old, &New);
    return Status;
}

static NTSTATUS IopCreateTable(PIOP_DISK Disk, const CREATE_DISK *Create, PT_TABLE *Old,
                               PT_TABLE *New)
{
    PT_GUID DiskId = {};
    PARTITION_STYLE Style = Create ? Create->PartitionStyle : PARTITION_STYLE_RAW;
    if (Style == PARTITION_STYLE_RAW)
        return IopTableStatus(Disk, PtEraseTable(&Disk->Table, Old));
    if (Style == PARTITION_STYLE_GPT)
        RtlCopyMemory(&DiskId, &Create->Gpt.DiskId, sizeof(DiskId));
    else if (Style == PARTITION_STYLE_MBR)
        RtlCopyMemory(&DiskId, &Create->Mbr.Signature, sizeof(Create->Mbr.Signature));
    else
        return STATUS_INVALID_PARAMETER;
    PT_RESULT Result = PtCreateTable(&Disk->Table, (PT_STYLE)Style, &DiskId, New);
    return Result == PtDone ? IopWriteTable(Disk, Old, New) : STATUS_INVALID_PARAMETER;
}

// An empty table; none at all without a description.
NTSTATUS NTAPI IoCreateDisk(PDEVICE_OBJECT DeviceObject, struct _CREATE_DISK *Create)
{
    IOP_DISK Disk;
    PT_TABLE Old, New = {};
    PT_RESULT Result;
    NTSTATUS Status = IopOpenTable(&Disk, DeviceObject, &Old, &Result);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopCreateTable(&Disk, Create, &Old, &New);
    IopCloseTable(&Disk, &Old, &New);
    return Status;
}

static PT_PARTITION *IopFindPartition(PT_TABLE *Table, ULONG Number)
{
    for (ULONG i = 0; i < Table->Count && Number; i++) {
        if (Table->Partitions[i].Number == Number)
            return &Table->Partitions[i];
    }
    return nullptr;
}

static NTSTATUS IopSetPartition(PT_TABLE *New, ULONG Number,
                                const SET_PARTITION_INFORMATION_EX *Set)
{
    PT_PARTITION *Partition = IopFindPartition(New, Number);
    if (!Partition || (PT_STYLE)Set->PartitionStyle != New->Style)
        return STATUS_INVALID_PARAMETER;
    if (New->Style == PtStyleMbr) {
        Partition->MbrType = Set->Mbr.PartitionType;
        return STATUS_SUCCESS;
    }
    RtlCopyMemory(&Partition->Type, &Set->Gpt.PartitionType, sizeof(GUID));
    Partition->Attributes = Set->Gpt.Attributes;
    RtlCopyMemory(Partition->Name, Set->Gpt.Name, sizeof(Partition->Name));
    return STATUS_SUCCESS;
}

// The type, and of a GPT name and attributes.
NTSTATUS NTAPI IoSetPartitionInformationEx(PDEVICE_OBJECT DeviceObject, ULONG PartitionNumber,
                                           struct _SET_PARTITION_INFORMATION_EX *PartitionInfo)
{
    IOP_DISK Disk;
    PT_TABLE Old, New = {};
    PT_RESULT Result;
    NTSTATUS Status = IopOpenTable(&Disk, DeviceObject, &Old, &Result);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopTableStatus(&Disk, PtCopyTable(&Disk.Table, &Old, &New));
    if (NT_SUCCESS(Status))
        Status = IopSetPartition(&New, PartitionNumber, PartitionInfo);
    if (NT_SUCCESS(Status))
        Status = IopWriteTable(&Disk, &Old, &New);
    IopCloseTable(&Disk, &Old, &New);
    return Status;
}

// A GPT whose copies do not agree is written anew from the good one, if the driver wants that.
NTSTATUS NTAPI IoVerifyPartitionTable(PDEVICE_OBJECT DeviceObject, BOOLEAN FixErrors)
{
    IOP_DISK Disk;
    PT_TABLE Old, New = {};
    PT_RESULT Result;
    NTSTATUS Status = IopOpenTable(&Disk, DeviceObject, &Old, &Result);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Result == PtRefused)
        Status = STATUS_DISK_CORRUPT_ERROR;
    else if ((Old.FromBackup || Old.BackupBad) && !FixErrors)
        Status = STATUS_DISK_CORRUPT_ERROR;
    else if (Old.FromBackup || Old.BackupBad)
        Status = IopTableStatus(&Disk, PtCopyTable(&Disk.Table, &Old, &New));
    if (NT_SUCCESS(Status) && New.Count + New.EntryCount)
        Status = IopWriteTable(&Disk, &Old, &New);
    IopCloseTable(&Disk, &Old, &New);
    return Status;
}
