// Partition tables that a disk's driver writes: at any time the old or the new one is on the disk. Who has opened the
// disk's partitions hears of it from partmgr, by IOCTL_DISK_UPDATE_PROPERTIES.

#include "../ntos.h"

#include "disktable.h"

typedef struct _IOP_TABLE_CHANGE {
    IOP_DISK Disk;
    PT_TABLE Old, New;
    PT_RESULT Result; // PtRefused: the old one cannot be believed
} IOP_TABLE_CHANGE, *PIOP_TABLE_CHANGE;

static NTSTATUS IopWriteTable(PIOP_TABLE_CHANGE Change)
{
    PT_RESULT Result = PtWriteTable(&Change->Disk.Table, &Change->Old, &Change->New);
    return Result == PtRefused ? STATUS_INVALID_PARAMETER : IopTableStatus(&Change->Disk, Result);
}

static NTSTATUS IopCopyTable(PIOP_TABLE_CHANGE Change)
{
    return IopTableStatus(&Change->Disk,
                          PtCopyTable(&Change->Disk.Table, &Change->Old, &Change->New));
}

typedef NTSTATUS IOP_CHANGE_TABLE(PIOP_TABLE_CHANGE Change, const VOID *Context);

// A table that cannot be believed is none: it may be replaced.
static NTSTATUS IopChangeTable(PDEVICE_OBJECT Device, IOP_CHANGE_TABLE *Routine,
                               const VOID *Context)
{
    IOP_TABLE_CHANGE Change = {.Old.Style = PtStyleRaw};
    NTSTATUS Status = IopDescribeDisk(&Change.Disk, Device);
    if (!NT_SUCCESS(Status))
        return Status;
    Change.Result = PtReadTable(&Change.Disk.Table, &Change.Old);
    if (Change.Result != PtRefused)
        Status = IopTableStatus(&Change.Disk, Change.Result);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = Routine(&Change, Context);
    PtFreeTable(&Change.Disk.Table, &Change.New);
    PtFreeTable(&Change.Disk.Table, &Change.Old);
    return Status;
}

// ---- A layout

static NTSTATUS IopTakeLayout(PIOP_TABLE_CHANGE Change, const VOID *Context)
{
    const DRIVE_LAYOUT_INFORMATION_EX *Layout = Context;
    ULONG Length = FIELD_OFFSET(DRIVE_LAYOUT_INFORMATION_EX, PartitionEntry) +
                   Layout->PartitionCount * (ULONG)sizeof(PARTITION_INFORMATION_EX);
    NTSTATUS Status = PtTakeLayout(&Change->Disk.Table, &Change->Old, Layout, Length, &Change->New);
    return NT_SUCCESS(Status) ? IopWriteTable(Change) : Status;
}

NTSTATUS NTAPI IoWritePartitionTableEx(PDEVICE_OBJECT DeviceObject,
                                       PDRIVE_LAYOUT_INFORMATION_EX DriveLayout)
{
    return IopChangeTable(DeviceObject, IopTakeLayout, DriveLayout);
}

// ---- An empty table; none at all without a description

static NTSTATUS IopCreateTable(PIOP_TABLE_CHANGE Change, const VOID *Context)
{
    const CREATE_DISK *Create = Context;
    PT_GUID DiskId = {};
    PARTITION_STYLE Style = Create ? Create->PartitionStyle : PARTITION_STYLE_RAW;
    if (Style == PARTITION_STYLE_RAW)
        return IopTableStatus(&Change->Disk, PtEraseTable(&Change->Disk.Table, &Change->Old));
    if (Style == PARTITION_STYLE_GPT)
        RtlCopyMemory(&DiskId, &Create->Gpt.DiskId, sizeof(DiskId));
    else if (Style == PARTITION_STYLE_MBR)
        RtlCopyMemory(&DiskId, &Create->Mbr.Signature, sizeof(Create->Mbr.Signature));
    else
        return STATUS_INVALID_PARAMETER;
    PT_RESULT Result = PtCreateTable(&Change->Disk.Table, (PT_STYLE)Style, &DiskId, &Change->New);
    return Result == PtDone ? IopWriteTable(Change) : STATUS_INVALID_PARAMETER;
}

NTSTATUS NTAPI IoCreateDisk(PDEVICE_OBJECT DeviceObject, struct _CREATE_DISK *Create)
{
    return IopChangeTable(DeviceObject, IopCreateTable, Create);
}

// ---- One partition: the type, and of a GPT name and attributes

typedef struct _IOP_SET {
    ULONG Number;
    const SET_PARTITION_INFORMATION_EX *Information;
} IOP_SET;

static PT_PARTITION *IopFindPartition(PT_TABLE *Table, ULONG Number)
{
    for (ULONG i = 0; i < Table->Count && Number; i++) {
        if (Table->Partitions[i].Number == Number)
            return &Table->Partitions[i];
    }
    return nullptr;
}

static NTSTATUS IopFillPartition(PT_TABLE *New, const IOP_SET *Given)
{
    const SET_PARTITION_INFORMATION_EX *Set = Given->Information;
    PT_PARTITION *Partition = IopFindPartition(New, Given->Number);
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

static NTSTATUS IopSetPartition(PIOP_TABLE_CHANGE Change, const VOID *Context)
{
    NTSTATUS Status = IopCopyTable(Change);
    if (NT_SUCCESS(Status))
        Status = IopFillPartition(&Change->New, Context);
    return NT_SUCCESS(Status) ? IopWriteTable(Change) : Status;
}

NTSTATUS NTAPI IoSetPartitionInformationEx(PDEVICE_OBJECT DeviceObject, ULONG PartitionNumber,
                                           struct _SET_PARTITION_INFORMATION_EX *PartitionInfo)
{
    const IOP_SET Set = {PartitionNumber, PartitionInfo};
    return IopChangeTable(DeviceObject, IopSetPartition, &Set);
}

// ---- A GPT whose copies do not agree is written anew from the good one, if the driver wants that

static NTSTATUS IopVerifyTable(PIOP_TABLE_CHANGE Change, const VOID *Context)
{
    BOOLEAN FixErrors = *(const BOOLEAN *)Context;
    BOOLEAN Damaged = Change->Old.FromBackup || Change->Old.BackupBad;
    if (Change->Result == PtRefused || (Damaged && !FixErrors))
        return STATUS_DISK_CORRUPT_ERROR;
    if (!Damaged)
        return STATUS_SUCCESS;
    NTSTATUS Status = IopCopyTable(Change);
    return NT_SUCCESS(Status) ? IopWriteTable(Change) : Status;
}

NTSTATUS NTAPI IoVerifyPartitionTable(PDEVICE_OBJECT DeviceObject, BOOLEAN FixErrors)
{
    return IopChangeTable(DeviceObject, IopVerifyTable, &FixErrors);
}
