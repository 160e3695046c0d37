// Tables in the form of the device controls: DRIVE_LAYOUT_INFORMATION_EX. Also the driver host's.
#include "layoutex.h"

// ---- From the table

// FAT, NTFS and their LBA forms: what a file system of Windows may be in.
BOOLEAN PtIsRecognized(UCHAR MbrType)
{
    static const UCHAR Types[] = {0x01, 0x04, 0x06, 0x07, 0x0B, 0x0C, 0x0E};
    for (ULONG i = 0; i < sizeof(Types); i++) {
        if (Types[i] == MbrType)
            return TRUE;
    }
    return FALSE;
}

static VOID PtpDescribeMbr(const PT_TABLE *Table, const PT_PARTITION *Partition, ULONG SectorSize,
                           PPARTITION_INFORMATION_MBR Mbr)
{
    LONGLONG Offset = (LONGLONG)(Partition->Start * SectorSize);
    Mbr->PartitionType = Partition->MbrType;
    Mbr->BootIndicator = Partition->Boot;
    Mbr->RecognizedPartition = PtIsRecognized(Partition->MbrType);
    Mbr->HiddenSectors = (ULONG)Partition->Start;
    if (!Partition->Number)
        return;
    Mbr->PartitionId.Data1 = Table->Signature;
    RtlCopyMemory(Mbr->PartitionId.Data4, &Offset, sizeof(Offset));
}

VOID PtDescribePartition(const PT_TABLE *Table, ULONG Index, ULONG SectorSize,
                         PPARTITION_INFORMATION_EX Information)
{
    const PT_PARTITION *Partition = &Table->Partitions[Index];
    RtlZeroMemory(Information, sizeof(*Information));
    Information->PartitionStyle = (PARTITION_STYLE)Table->Style;
    Information->StartingOffset.QuadPart = (LONGLONG)(Partition->Start * SectorSize);
    Information->PartitionLength.QuadPart = (LONGLONG)(Partition->Sectors * SectorSize);
    Information->PartitionNumber = Partition->Number;
    if (Table->Style == PtStyleMbr) {
        PtpDescribeMbr(Table, Partition, SectorSize, &Information->Mbr);
    } else if (Table->Style == PtStyleGpt) {
        RtlCopyMemory(&Information->Gpt.PartitionType, &Partition->Type, sizeof(GUID));
        RtlCopyMemory(&Information->Gpt.PartitionId, &Partition->Id, sizeof(GUID));
        Information->Gpt.Attributes = Partition->Attributes;
        RtlCopyMemory(Information->Gpt.Name, Partition->Name, sizeof(Partition->Name));
    }
}

ULONG PtLayoutSize(const PT_TABLE *Table)
{
    return FIELD_OFFSET(DRIVE_LAYOUT_INFORMATION_EX, PartitionEntry) +
           Table->Count * (ULONG)sizeof(PARTITION_INFORMATION_EX);
}

VOID PtDescribeLayout(const PT_TABLE *Table, ULONG SectorSize, PDRIVE_LAYOUT_INFORMATION_EX Layout)
{
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
        PtDescribePartition(Table, i, SectorSize, &Layout->PartitionEntry[i]);
}

// ---- To a table

static NTSTATUS PtpTakeRange(const PT_DISK *Disk, LONGLONG Offset, LONGLONG Length,
                             PT_PARTITION *Partition)
{
    ULONG Rest = Disk->SectorSize - 1;
    if (Offset < 0 || Length < 0 || (Offset & Rest) || (Length & Rest))
        return STATUS_INVALID_PARAMETER;
    Partition->Start = (ULONGLONG)Offset / Disk->SectorSize;
    Partition->Sectors = (ULONGLONG)Length / Disk->SectorSize;
    return STATUS_SUCCESS;
}

static NTSTATUS PtpTakeGptEntry(const PT_DISK *Disk, const PARTITION_INFORMATION_EX *From,
                                PT_TABLE *New)
{
    static const GUID Unused = {};
    UUID Id;
    if (RtlEqualMemory(&From->Gpt.PartitionType, &Unused, sizeof(GUID)))
        return STATUS_SUCCESS;
    PT_PARTITION *Partition = PtAddPartition(Disk, New);
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
    return PtpTakeRange(Disk, From->StartingOffset.QuadPart, From->PartitionLength.QuadPart,
                        Partition);
}

NTSTATUS PtTakeMbrEntry(const PT_DISK *Disk, const PARTITION_INFORMATION_EX *From, PT_TABLE *New)
{
    PT_PARTITION *Partition = PtAddPartition(Disk, New);
    if (!Partition)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (From->Mbr.PartitionType == PT_MBR_TYPE_EMPTY)
        return STATUS_SUCCESS;
    Partition->MbrType = From->Mbr.PartitionType;
    Partition->Boot = From->Mbr.BootIndicator != FALSE;
    return PtpTakeRange(Disk, From->StartingOffset.QuadPart, From->PartitionLength.QuadPart,
                        Partition);
}

// An MBR has entries by fours, at least four. Who needs fewer may give fewer.
NTSTATUS PtFillRecord(const PT_DISK *Disk, PT_TABLE *New)
{
    enum { RecordEntries = 4 };
    while (New->Style == PtStyleMbr && (!New->Count || New->Count % RecordEntries)) {
        if (!PtAddPartition(Disk, New))
            return STATUS_INSUFFICIENT_RESOURCES;
    }
    return STATUS_SUCCESS;
}

// A GPT stays where it is; another style begins with an empty table of it.
NTSTATUS PtBeginTable(const PT_DISK *Disk, const PT_TABLE *Old, PT_STYLE Style,
                      const PT_GUID *DiskId, PT_TABLE *New)
{
    if (PtCreateTable(Disk, Style, DiskId, New) != PtDone)
        return STATUS_INVALID_PARAMETER;
    if (Style == PtStyleGpt && Old->Style == PtStyleGpt) {
        New->FirstUsable = Old->FirstUsable;
        New->LastUsable = Old->LastUsable;
        New->ArraySector = Old->ArraySector;
        New->EntryCount = Old->EntryCount;
        New->EntrySize = Old->EntrySize;
    }
    New->Count = 0;
    return STATUS_SUCCESS;
}

NTSTATUS PtTakeLayout(const PT_DISK *Disk, const PT_TABLE *Old, const VOID *Buffer, ULONG Length,
                      PT_TABLE *New)
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
    NTSTATUS Status = PtBeginTable(Disk, Old, (PT_STYLE)Layout->PartitionStyle, &DiskId, New);
    for (ULONG i = 0; i < Layout->PartitionCount && NT_SUCCESS(Status); i++)
        Status = New->Style == PtStyleGpt ? PtpTakeGptEntry(Disk, &Layout->PartitionEntry[i], New)
                                          : PtTakeMbrEntry(Disk, &Layout->PartitionEntry[i], New);
    return NT_SUCCESS(Status) ? PtFillRecord(Disk, New) : Status;
}
