// IOCTL_DISK_GET_DRIVE_GEOMETRY_EX: what the disk says, and behind it, as far as there is room, whose table is on it.
#include "partmgr.h"

static VOID PmFillTableInfo(const PT_TABLE *Table, PDISK_PARTITION_INFO Info)
{
    RtlZeroMemory(Info, sizeof(*Info));
    Info->SizeOfPartitionInfo = sizeof(*Info);
    Info->PartitionStyle = (PARTITION_STYLE)Table->Style;
    if (Table->Style == PtStyleMbr)
        Info->Mbr.Signature = Table->Signature;
    else if (Table->Style == PtStyleGpt)
        RtlCopyMemory(&Info->Gpt.DiskId, &Table->DiskId, sizeof(GUID));
}

NTSTATUS PmGetGeometryEx(PPM_DISK Disk, PVOID Buffer, ULONG Room, PULONG_PTR Information)
{
    const ULONG Fixed = FIELD_OFFSET(DISK_GEOMETRY_EX, Data);
    const DISK_DETECTION_INFO Detection = {.SizeOfDetectInfo = sizeof(Detection),
                                           .DetectionType = DetectNone}; // no firmware is asked
    DISK_PARTITION_INFO Table;
    DISK_GEOMETRY_EX Geometry = {};
    NTSTATUS Status = PmAskDisk(Disk, IOCTL_DISK_GET_DRIVE_GEOMETRY_EX, &Geometry, Fixed);
    if (!NT_SUCCESS(Status))
        return Status;
    RtlCopyMemory(Buffer, &Geometry, Fixed);
    *Information = Fixed;
    if (Room < Fixed + sizeof(Table))
        return STATUS_SUCCESS;
    PmFillTableInfo(&Disk->Table, &Table);
    RtlCopyMemory((PUCHAR)Buffer + Fixed, &Table, sizeof(Table));
    *Information += sizeof(Table);
    if (Room < *Information + sizeof(Detection))
        return STATUS_SUCCESS;
    RtlCopyMemory((PUCHAR)Buffer + *Information, &Detection, sizeof(Detection));
    *Information += sizeof(Detection);
    return STATUS_SUCCESS;
}
