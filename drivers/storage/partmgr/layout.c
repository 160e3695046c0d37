// Tables in the form of the device controls: DRIVE_LAYOUT_INFORMATION_EX and its older kin.
#include "partmgr.h"

// ---- From the table

// FAT, NTFS and their LBA forms: what a file system of Windows may be in.
BOOLEAN PmIsRecognized(UCHAR MbrType)
{
    static const UCHAR Types[] = {0x01, 0x04, 0x06, 0x07, 0x0B, 0x0C, 0x0E};
    for (ULONG i = 0; i < sizeof(Types); i++) {
        if (Types[i] == MbrType)
            return TRUE;
    }
    return FALSE;
}

static VOID PmDescribeMbr(const PT_TABLE *Table, const PT_PARTITION *Partition, ULONG SectorSize,
                          PPARTITION_INFORMATION_MBR Mbr)
{
    LONGLONG Offset = (LONGLONG)(Partition->Start * SectorSize);
    Mbr->PartitionType = Partition->MbrType;
    Mbr->BootIndicator = Partition->Boot;
    Mbr->RecognizedPartition = PmIsRecognized(Partition->MbrType);
    Mbr->HiddenSectors = (ULONG)Partition->Start;
    if (!Partition->Number)
        return;
    Mbr->PartitionId.Data1 = Table->Signature;
    RtlCopyMemory(Mbr->PartitionId.Data4, &Offset, sizeof(Offset));
}

VOID PmDescribePartition(const PT_TABLE *Table, ULONG Index, ULONG SectorSize,
                         PPARTITION_INFORMATION_EX Information)
{
    const PT_PARTITION *Partition = &Table->Partitions[Index];
    RtlZeroMemory(Information, sizeof(*Information));
    Information->PartitionStyle = (PARTITION_STYLE)Table->Style;
    Information->StartingOffset.QuadPart = (LONGLONG)(Partition->Start * SectorSize);
    Information->PartitionLength.QuadPart = (LONGLONG)(Partition->Sectors * SectorSize);
    Information->PartitionNumber = Partition->Number;
    if (Table->Style == PtStyleMbr) {
        PmDescribeMbr(Table, Partition, SectorSize, &Information->Mbr);
    } else if (Table->Style == PtStyleGpt) {
        RtlCopyMemory(&Information->Gpt.PartitionType, &Partition->Type, sizeof(GUID));
        RtlCopyMemory(&Information->Gpt.PartitionId, &Partition->Id, sizeof(GUID));
        Information->Gpt.Attributes = Partition->Attributes;
        RtlCopyMemory(Information->Gpt.Name, Partition->Name, sizeof(Partition->Name));
    }
}

NTSTATUS PmGetLayoutEx(PPM_DISK Disk, PVOID Buffer, ULONG Length, PULONG_PTR Information)
{
    const PT_TABLE *Table = &Disk->Table;
    PDRIVE_LAYOUT_INFORMATION_EX Layout = Buffer;
    ULONG SectorSize = Disk->Io.SectorSize;
    ULONG Size = FIELD_OFFSET(DRIVE_LAYOUT_INFORMATION_EX, PartitionEntry) +
                 Table->Count * sizeof(PARTITION_INFORMATION_EX);
    if (Length < Size)
        return STATUS_BUFFER_TOO_SMALL;
    RtlZeroMemory(Layout, FIELD_OFFSET(DRIVE_LAYOUT_INFORMATION_EX, PartitionEntry));
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
        PmDescribePartition(Table, i, SectorSize, &Layout->PartitionEntry[i]);
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
            .RecognizedPartition = PmIsRecognized(From->MbrType),
        };
    }
    *Information = Size;
    return STATUS_SUCCESS;
}

// ---- To a table

static NTSTATUS PmTakeRange(const PM_DISK *Disk, LONGLONG Offset, LONGLONG Length,
                            PT_PARTITION *Partition)
{
    ULONG Rest = Disk->Io.SectorSize - 1;
    if (Offset < 0 || Length < 0 || (Offset & Rest) || (Length & Rest))
        return STATUS_INVALID_PARAMETER;
    Partition->Start = (ULONGLONG)Offset / Disk->Io.SectorSize;
    Partition->Sectors = (ULONGLONG)Length / Disk->Io.SectorSize;
    return STATUS_SUCCESS;
}

static NTSTATUS PmTakeGptEntry(const PM_DISK *Disk, const PARTITION_INFORMATION_EX *From,
                               PT_TABLE *New)
{
    static const GUID Unused = {};
    UUID Id;
    if (RtlEqualMemory(&From->Gpt.PartitionType, &Unused, sizeof(GUID)))
        return STATUS_SUCCESS;
    PT_PARTITION *Partition = PtAddPartition(&Disk->Io, New);
    if (!Partition)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlCopyMemory(&Partition->Type, &From->Gpt.PartitionType, sizeof(GUID));
    RtlCopyMemory(&Partition->Id, &From->Gpt.PartitionId, sizeof(GUID));
    Partition->Attributes = From->Gpt.Attributes;
    RtlCopyMemory(Partition->Name, From->Gpt.Name, sizeof(Partition->Name));
    if (RtlEqualMemory(&From->Gpt.PartitionId, &Unused, sizeof(GUID))) {
        NTSTATUS Status = ExUuidCreate(&Id);
        if (!NT_SUCCESS(Status))
            return Status;
        RtlCopyMemory(&Partition->Id, &Id, sizeof(Id));
    }
    return PmTakeRange(Disk, From->StartingOffset.QuadPart, From->PartitionLength.QuadPart,
                       Partition);
}

static NTSTATUS PmTakeMbrEntry(const PM_DISK *Disk, const PARTITION_INFORMATION_EX *From,
                               PT_TABLE *New)
{
    PT_PARTITION *Partition = PtAddPartition(&Disk->Io, New);
    if (!Partition)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (From->Mbr.PartitionType == PT_MBR_TYPE_EMPTY)
        return STATUS_SUCCESS;
    Partition->MbrType = From->Mbr.PartitionType;
    Partition->Boot = From->Mbr.BootIndicator != FALSE;
    return PmTakeRange(Disk, From->StartingOffset.QuadPart, From->PartitionLength.QuadPart,
                       Partition);
}

// An MBR has entries by fours, at least four. Who needs fewer may give fewer.
static NTSTATUS PmFillRecord(const PM_DISK *Disk, PT_TABLE *New)
{
    enum { RecordEntries = 4 };
    while (New->Style == PtStyleMbr && (!New->Count || New->Count % RecordEntries)) {
        if (!PtAddPartition(&Disk->Io, New))
            return STATUS_INSUFFICIENT_RESOURCES;
    }
    return STATUS_SUCCESS;
}

// A GPT stays where it is; another style begins with an empty table of it.
static NTSTATUS PmBeginTable(const PM_DISK *Disk, PT_STYLE Style, const PT_GUID *DiskId,
                             PT_TABLE *New)
{
    if (PtCreateTable(&Disk->Io, Style, DiskId, New) != PtDone)
        return STATUS_INVALID_PARAMETER;
    if (Style == PtStyleGpt && Disk->Table.Style == PtStyleGpt) {
        New->FirstUsable = Disk->Table.FirstUsable;
        New->LastUsable = Disk->Table.LastUsable;
        New->ArraySector = Disk->Table.ArraySector;
        New->EntryCount = Disk->Table.EntryCount;
        New->EntrySize = Disk->Table.EntrySize;
    }
    New->Count = 0;
    return STATUS_SUCCESS;
}

NTSTATUS PmTakeLayoutEx(PPM_DISK Disk, const VOID *Buffer, ULONG Length, PT_TABLE *New)
{
    const DRIVE_LAYOUT_INFORMATION_EX *Layout = Buffer;
    ULONG Head = FIELD_OFFSET(DRIVE_LAYOUT_INFORMATION_EX, PartitionEntry);
    PT_GUID DiskId = {};
    *New = (PT_TABLE){.Style = PtStyleRaw};
    if (Length < Head ||
        Layout->PartitionCount > (Length - Head) / sizeof(PARTITION_INFORMATION_EX))
        return STATUS_INFO_LENGTH_MISMATCH;
    if (Layout->PartitionStyle == PARTITION_STYLE_GPT)
        RtlCopyMemory(&DiskId, &Layout->Gpt.DiskId, sizeof(DiskId));
    else if (Layout->PartitionStyle == PARTITION_STYLE_MBR)
        RtlCopyMemory(&DiskId, &Layout->Mbr.Signature, sizeof(Layout->Mbr.Signature));
    else
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = PmBeginTable(Disk, (PT_STYLE)Layout->PartitionStyle, &DiskId, New);
    for (ULONG i = 0; i < Layout->PartitionCount && NT_SUCCESS(Status); i++)
        Status = New->Style == PtStyleGpt ? PmTakeGptEntry(Disk, &Layout->PartitionEntry[i], New)
                                          : PmTakeMbrEntry(Disk, &Layout->PartitionEntry[i], New);
    return NT_SUCCESS(Status) ? PmFillRecord(Disk, New) : Status;
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
    NTSTATUS Status = PmBeginTable(Disk, PtStyleMbr, &DiskId, New);
    for (ULONG i = 0; i < Layout->PartitionCount && NT_SUCCESS(Status); i++) {
        const PARTITION_INFORMATION *From = &Layout->PartitionEntry[i];
        PARTITION_INFORMATION_EX Entry = {.StartingOffset = From->StartingOffset,
                                          .PartitionLength = From->PartitionLength};
        Entry.Mbr.PartitionType = From->PartitionType;
        Entry.Mbr.BootIndicator = From->BootIndicator;
        Status = PmTakeMbrEntry(Disk, &Entry, New);
    }
    return NT_SUCCESS(Status) ? PmFillRecord(Disk, New) : Status;
}
