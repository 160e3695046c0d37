// Writing an MBR and extended boot records. What no chain leads to yet is written first, the MBR last.
#include "tablep.h"

// Cylinder, head and sector of old BIOSes, with 255 heads and 63 sectors; what lies behind is at their end.
static void PtFillChs(uint8_t *Chs, uint64_t Sector)
{
    enum { Heads = 255, Sectors = 63, Cylinders = 1024 };
    uint64_t Cylinder = Sector / (Heads * Sectors);
    if (Cylinder >= Cylinders) {
        Chs[0] = 0xFE;
        Chs[1] = Chs[2] = 0xFF;
        return;
    }
    Chs[0] = (uint8_t)(Sector / Sectors % Heads);
    Chs[1] = (uint8_t)((Sector % Sectors + 1) | (Cylinder >> 8 << 6));
    Chs[2] = (uint8_t)Cylinder;
}

void PtFillEntry(PT_MBR_ENTRY *Entry, const PT_PARTITION *Partition, uint64_t Base)
{
    *Entry = (PT_MBR_ENTRY){};
    if (Partition->MbrType == PT_MBR_TYPE_EMPTY)
        return;
    Entry->Boot = Partition->Boot ? PT_MBR_BOOT : 0;
    Entry->Type = Partition->MbrType;
    Entry->Start = (uint32_t)(Partition->Start - Base);
    Entry->Sectors = (uint32_t)Partition->Sectors;
    PtFillChs(Entry->FirstChs, Partition->Start);
    PtFillChs(Entry->LastChs, Partition->Start + Partition->Sectors - 1);
}

static void PtFillGroup(PT_MBR *Mbr, const PT_TABLE *Table, uint32_t Group, uint64_t Record)
{
    const PT_PARTITION *Extended = PtGroupLink(Table, 0);
    for (uint32_t i = 0; i < 4; i++) {
        const PT_PARTITION *Partition = &Table->Partitions[4 * Group + i];
        bool Counts = Group && PtIsExtended(Partition->MbrType);
        PtFillEntry(&Mbr->Entries[i], Partition, Counts ? Extended->Start : Record);
    }
    Mbr->Magic = PT_MBR_MAGIC;
}

PT_RESULT PtWriteChanged(const PT_DISK *Disk, uint64_t Sector, const void *Data, void *Space)
{
    if (Disk->Read(Disk->Context, Sector, 1, Space) && memcmp(Space, Data, Disk->SectorSize) == 0)
        return PtDone;
    if (!Disk->Write(Disk->Context, Sector, 1, Data) || !Disk->Flush(Disk->Context))
        return PtIoError;
    return PtDone;
}

// From the chain's end to its beginning: while a record is not written, the ones behind it do not count.
static PT_RESULT PtWriteChain(const PT_DISK *Disk, const PT_TABLE *New, uint8_t *Sector,
                              uint8_t *Space)
{
    PT_RESULT Result = PtDone;
    for (uint32_t Group = New->Count / 4 - 1; Group && Result == PtDone; Group--) {
        uint64_t Record = PtGroupLink(New, Group - 1)->Start;
        memset(Sector, 0, Disk->SectorSize);
        PtFillGroup((PT_MBR *)Sector, New, Group, Record);
        Result = PtWriteChanged(Disk, Record, Sector, Space);
    }
    return Result;
}

// Boot code stays where there was an MBR before.
static PT_RESULT PtWriteFirst(const PT_DISK *Disk, const PT_TABLE *Old, const PT_TABLE *New,
                              uint8_t *Sector, uint8_t *Space)
{
    PT_MBR *Mbr = (PT_MBR *)Sector;
    memset(Sector, 0, Disk->SectorSize);
    if (Old->Style == PtStyleMbr && !Disk->Read(Disk->Context, 0, 1, Sector))
        return PtIoError;
    Mbr->Signature = New->Signature;
    PtFillGroup(Mbr, New, 0, 0);
    return PtWriteChanged(Disk, 0, Sector, Space);
}

PT_RESULT PtWriteMbr(const PT_DISK *Disk, const PT_TABLE *Old, const PT_TABLE *New)
{
    uint8_t *Sector = Disk->Allocate(2 * Disk->SectorSize);
    if (!Sector)
        return PtNoMemory;
    uint8_t *Space = Sector + Disk->SectorSize;
    PT_RESULT Result = PtWriteChain(Disk, New, Sector, Space);
    if (Result == PtDone)
        Result = PtWriteFirst(Disk, Old, New, Sector, Space);
    Disk->Free(Sector);
    return Result;
}
