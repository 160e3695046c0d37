// Tables in memory: made, copied, freed.
#include "tablep.h"

// The sectors of the disk that partitions may have, as the UEFI specification lays a GPT out: the protective MBR, the
// header and at least 16 KiB of entries; the same without the MBR at the end.
static PT_RESULT PtPlaceGpt(const PT_DISK *Disk, PT_TABLE *Table)
{
    Table->EntryCount = PT_GPT_ENTRY_COUNT;
    Table->EntrySize = sizeof(PT_GPT_ENTRY);
    Table->ArraySector = 2;
    uint64_t Array = PtArraySectors(Disk, Table);
    if (Disk->Sectors < 2 * Array + 4)
        return PtRefuse(Table, PtProblemTooSmall, 0);
    Table->FirstUsable = 2 + Array;
    Table->LastUsable = Disk->Sectors - Array - 2;
    return PtDone;
}

PT_PARTITION *PtAddPartition(const PT_DISK *Disk, PT_TABLE *Table)
{
    if (Table->Count == Table->Capacity) {
        uint32_t Capacity = Table->Capacity ? 2 * Table->Capacity : 8;
        PT_PARTITION *Larger = Disk->Allocate(Capacity * sizeof(*Larger));
        if (!Larger)
            return nullptr;
        if (Table->Count)
            memcpy(Larger, Table->Partitions, Table->Count * sizeof(*Larger));
        if (Table->Partitions)
            Disk->Free(Table->Partitions);
        Table->Partitions = Larger;
        Table->Capacity = Capacity;
    }
    PT_PARTITION *Partition = &Table->Partitions[Table->Count++];
    memset(Partition, 0, sizeof(*Partition));
    return Partition;
}

PT_RESULT PtCreateTable(const PT_DISK *Disk, PT_STYLE Style, const PT_GUID *Id, PT_TABLE *Table)
{
    *Table = (PT_TABLE){.Style = Style, .DiskId = *Id};
    if (Style == PtStyleGpt)
        return PtPlaceGpt(Disk, Table);
    if (Style == PtStyleRaw)
        return PtDone;
    memcpy(&Table->Signature, Id->Bytes, sizeof(Table->Signature));
    for (int i = 0; i < 4; i++) {
        if (!PtAddPartition(Disk, Table)) {
            PtFreeTable(Disk, Table);
            return PtNoMemory;
        }
    }
    return PtDone;
}

PT_RESULT PtCopyTable(const PT_DISK *Disk, const PT_TABLE *From, PT_TABLE *To)
{
    *To = *From;
    To->Partitions = nullptr;
    To->Capacity = From->Count;
    if (!From->Count)
        return PtDone;
    To->Partitions = Disk->Allocate(From->Count * sizeof(PT_PARTITION));
    if (!To->Partitions) {
        *To = (PT_TABLE){.Style = PtStyleRaw};
        return PtNoMemory;
    }
    memcpy(To->Partitions, From->Partitions, From->Count * sizeof(PT_PARTITION));
    return PtDone;
}

void PtFreeTable(const PT_DISK *Disk, PT_TABLE *Table)
{
    if (Table->Partitions)
        Disk->Free(Table->Partitions);
    *Table = (PT_TABLE){.Style = PtStyleRaw};
}
