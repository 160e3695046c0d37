// What is on a disk: the first sector tells.
#include "tablep.h"

// ---- A boot sector of a volume (FAT: "FAT: General Overview of On-Disk Format"; NTFS and exFAT by their names)

enum {
    PT_BPB_OEM = 3,
    PT_BPB_SECTOR_SIZE = 11,
    PT_BPB_CLUSTER = 13,
    PT_BPB_RESERVED = 14,
    PT_BPB_FATS = 16,
    PT_BPB_MEDIA = 21,
};

static uint32_t PtWord(const uint8_t *Bytes)
{
    return Bytes[0] | (uint32_t)Bytes[1] << 8;
}

static bool PtIsPowerOfTwo(uint32_t Value)
{
    return Value && !(Value & (Value - 1));
}

static bool PtIsVolume(const uint8_t *Sector)
{
    bool Jumps = (Sector[0] == 0xEB && Sector[2] == 0x90) || Sector[0] == 0xE9;
    uint32_t SectorSize = PtWord(Sector + PT_BPB_SECTOR_SIZE);
    if (!Jumps)
        return false;
    if (memcmp(Sector + PT_BPB_OEM, "EXFAT   ", 8) == 0)
        return true;
    if (!PtIsPowerOfTwo(SectorSize) || SectorSize < 512 || SectorSize > 4096)
        return false;
    if (memcmp(Sector + PT_BPB_OEM, "NTFS    ", 8) == 0)
        return true;
    return PtIsPowerOfTwo(Sector[PT_BPB_CLUSTER]) && PtWord(Sector + PT_BPB_RESERVED) &&
           Sector[PT_BPB_FATS] && Sector[PT_BPB_FATS] <= 4 && Sector[PT_BPB_MEDIA] >= 0xF0;
}

// Boot code stands where the table would be, or a table of nothing but what covers the disk.
static bool PtHasPlausibleEntries(const PT_DISK *Disk, const PT_MBR *Mbr)
{
    bool Used = false;
    for (int i = 0; i < 4; i++) {
        const PT_MBR_ENTRY *Entry = &Mbr->Entries[i];
        if (Entry->Boot & ~PT_MBR_BOOT)
            return false;
        if (Entry->Type == PT_MBR_TYPE_EMPTY)
            continue;
        if (!Entry->Start || !Entry->Sectors || Entry->Start >= Disk->Sectors)
            return false;
        Used = true;
    }
    return Used;
}

static PT_RESULT PtMakeSuperfloppy(const PT_DISK *Disk, PT_TABLE *Table)
{
    PT_PARTITION *Partition = PtAddPartition(Disk, Table);
    if (!Partition)
        return PtNoMemory;
    Partition->Sectors = Disk->Sectors;
    Table->Superfloppy = true;
    return PtDone;
}

static bool PtFindProtective(const PT_MBR *Mbr, bool *Hybrid)
{
    bool Found = false;
    *Hybrid = false;
    for (int i = 0; i < 4; i++) {
        if (Mbr->Entries[i].Type == PT_MBR_TYPE_GPT)
            Found = true;
        else if (Mbr->Entries[i].Type != PT_MBR_TYPE_EMPTY)
            *Hybrid = true;
    }
    return Found;
}

static PT_RESULT PtReadFrom(const PT_DISK *Disk, const uint8_t *Sector, PT_TABLE *Table)
{
    const PT_MBR *Mbr = (const PT_MBR *)Sector;
    bool Hybrid;
    if (Mbr->Magic != PT_MBR_MAGIC)
        return Disk->Removable ? PtMakeSuperfloppy(Disk, Table) : PtDone;
    if (PtFindProtective(Mbr, &Hybrid)) {
        PT_RESULT Result = PtReadGpt(Disk, Table);
        Table->Hybrid = Hybrid;
        return Result;
    }
    if (PtIsVolume(Sector) && !PtHasPlausibleEntries(Disk, Mbr))
        return PtMakeSuperfloppy(Disk, Table);
    return PtReadMbr(Disk, Mbr, Table);
}

PT_RESULT PtReadTable(const PT_DISK *Disk, PT_TABLE *Table)
{
    *Table = (PT_TABLE){.Style = PtStyleRaw};
    if (!Disk->Sectors)
        return PtDone;
    uint8_t *Sector = Disk->Allocate(Disk->SectorSize);
    if (!Sector)
        return PtNoMemory;
    PT_RESULT Result = PtIoError;
    if (Disk->Read(Disk->Context, 0, 1, Sector))
        Result = PtReadFrom(Disk, Sector, Table);
    Disk->Free(Sector);
    if (Result == PtDone) {
        PtNumberPartitions(nullptr, Table);
        return PtDone;
    }
    PT_TABLE Refused = {
        .Style = PtStyleRaw, .Problem = Table->Problem, .ProblemEntry = Table->ProblemEntry};
    PtFreeTable(Disk, Table);
    *Table = Refused;
    return Result;
}
