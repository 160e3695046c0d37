// The device controls' forms of a disk's table: DRIVE_LAYOUT_INFORMATION_EX (layoutex.c) and its older kin.
#include "partmgr.h"

NTSTATUS PmGetLayoutEx(PPM_DISK Disk, PVOID Buffer, ULONG Length, PULONG_PTR Information)
{
    ULONG Size = PtLayoutSize(&Disk->Table);
    if (Length < Size)
        return STATUS_BUFFER_TOO_SMALL;
    PtDescribeLayout(&Disk->Table, Disk->Io.SectorSize, Buffer);
    *Information = Size;
    return STATUS_SUCCESS;
}

// The older form knows no GPT.
NTSTATUS PmGetLayout(PPM_DISK Disk, PVOID Buffer, ULONG Length, PULONG_PTR Information)
{
    const PT_TABLE *Table = &Disk->Table;
    PDRIVE_LAYOUT_INFORMATION Layout = Buffer;
    ULONG Size = FIELD_OFFSET(DRIVE_LAYOUT_INFORMATION, PartitionEntry) +
                 Table->Count * sizeof(PARTITION_INFORMATION);
    if (Table->Style == PtStyleGpt)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (Length < Size)
        return STATUS_BUFFER_TOO_SMALL;
    RtlZeroMemory(Layout, Size);
    Layout->PartitionCount = Table->Count;
    Layout->Signature = Table->Signature;
    for (ULONG i = 0; i < Table->Count; i++) {
        const PT_PARTITION *From = &Table->Partitions[i];
        Layout->PartitionEntry[i] = (PARTITION_INFORMATION){
            .StartingOffset.QuadPart = (LONGLONG)(From->Start * Disk->Io.SectorSize),
            .PartitionLength.QuadPart = (LONGLONG)(From->Sectors * Disk->Io.SectorSize),
            .HiddenSectors = (ULONG)From->Start,
            .PartitionNumber = From->Number,
            .PartitionType = From->MbrType,
            .BootIndicator = From->Boot,
            .RecognizedPartition = PtIsRecognized(From->MbrType),
        };
    }
    *Information = Size;
    return STATUS_SUCCESS;
}

NTSTATUS PmTakeLayoutEx(PPM_DISK Disk, const VOID *Buffer, ULONG Length, PT_TABLE *New)
{
    return PtTakeLayout(&Disk->Io, &Disk->Table, Buffer, Length, New);
}

NTSTATUS PmTakeLayout(PPM_DISK Disk, const VOID *Buffer, ULONG Length, PT_TABLE *New)
{
    const DRIVE_LAYOUT_INFORMATION *Layout = Buffer;
    ULONG Head = FIELD_OFFSET(DRIVE_LAYOUT_INFORMATION, PartitionEntry);
    PT_GUID DiskId = {};
    *New = (PT_TABLE){.Style = PtStyleRaw};
    if (Length < Head || Layout->PartitionCount > (Length - Head) / sizeof(PARTITION_INFORMATION))
        return STATUS_INFO_LENGTH_MISMATCH;
    RtlCopyMemory(&DiskId, &Layout->Signature, sizeof(Layout->Signature));
    NTSTATUS Status = PtBeginTable(&Disk->Io, &Disk->Table, PtStyleMbr, &DiskId, New);
    for (ULONG i = 0; i < Layout->PartitionCount && NT_SUCCESS(Status); i++) {
        const PARTITION_INFORMATION *From = &Layout->PartitionEntry[i];
        PARTITION_INFORMATION_EX Entry = {.StartingOffset = From->StartingOffset,
                                          .PartitionLength = From->PartitionLength};
        Entry.Mbr.PartitionType = From->PartitionType;
        Entry.Mbr.BootIndicator = From->BootIndicator;
        Status = PtTakeMbrEntry(&Disk->Io, &Entry, New);
    }
    return NT_SUCCESS(Status) ? PtFillRecord(&Disk->Io, New) : Status;
}
