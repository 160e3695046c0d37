// Writing a GPT: two copies, of which one is whole at any time.
#include "tablep.h"

static void PtFillArray(const PT_TABLE *Table, uint8_t *Array)
{
    for (uint32_t i = 0; i < Table->Count; i++) {
        const PT_PARTITION *Partition = &Table->Partitions[i];
        PT_GPT_ENTRY *Entry =
            (PT_GPT_ENTRY *)(Array + (uint64_t)Partition->Slot * Table->EntrySize);
        *Entry = (PT_GPT_ENTRY){
            .Type = Partition->Type,
            .Id = Partition->Id,
            .First = Partition->Start,
            .Last = Partition->Start + Partition->Sectors - 1,
            .Attributes = Partition->Attributes,
        };
        memcpy(Entry->Name, Partition->Name, sizeof(Entry->Name));
    }
}

static void PtFillHeader(const PT_DISK *Disk, const PT_TABLE *Table, bool Backup, uint32_t ArrayCrc,
                         uint8_t *Sector)
{
    uint64_t Last = Disk->Sectors - 1;
    PT_GPT_HEADER *Header = (PT_GPT_HEADER *)Sector;
    memset(Sector, 0, Disk->SectorSize);
    *Header = (PT_GPT_HEADER){
        .Signature = PT_GPT_SIGNATURE,
        .Revision = PT_GPT_REVISION,
        .HeaderSize = sizeof(*Header),
        .Sector = Backup ? Last : 1,
        .Alternate = Backup ? 1 : Last,
        .FirstUsable = Table->FirstUsable,
        .LastUsable = Table->LastUsable,
        .DiskId = Table->DiskId,
        .ArraySector = Backup ? Last - PtArraySectors(Disk, Table) : Table->ArraySector,
        .EntryCount = Table->EntryCount,
        .EntrySize = Table->EntrySize,
        .ArrayCrc = ArrayCrc,
    };
    Header->HeaderCrc = PtCrc32(Header, sizeof(*Header));
}

// The entries first: until the header follows, that copy is damaged or the old one.
static PT_RESULT PtWriteCopy(const PT_DISK *Disk, const PT_TABLE *Table, bool Backup,
                             const uint8_t *Array, uint8_t *Sector)
{
    PtFillHeader(Disk, Table, Backup, PtCrc32(Array, Table->EntryCount * Table->EntrySize), Sector);
    const PT_GPT_HEADER *Header = (const PT_GPT_HEADER *)Sector;
    if (!Disk->Write(Disk->Context, Header->ArraySector, PtArraySectors(Disk, Table), Array) ||
        !Disk->Flush(Disk->Context) || !Disk->Write(Disk->Context, Header->Sector, 1, Sector) ||
        !Disk->Flush(Disk->Context))
        return PtIoError;
    return PtDone;
}

// 5.2.3: one entry over the whole disk, as far as 32 bits go. It is what makes the disk a GPT's.
static PT_RESULT PtWriteProtective(const PT_DISK *Disk, uint8_t *Sector)
{
    PT_MBR *Mbr = (PT_MBR *)Sector;
    uint64_t Sectors = Disk->Sectors - 1;
    PT_PARTITION Whole = {
        .Start = 1,
        .Sectors = Sectors > UINT32_MAX ? UINT32_MAX : Sectors,
        .MbrType = PT_MBR_TYPE_GPT,
    };
    memset(Sector, 0, Disk->SectorSize);
    PtFillEntry(&Mbr->Entries[0], &Whole, 0);
    Mbr->Magic = PT_MBR_MAGIC;
    return Disk->Write(Disk->Context, 0, 1, Sector) && Disk->Flush(Disk->Context) ? PtDone
                                                                                  : PtIoError;
}

// The copy that is the only good one is written last.
static PT_RESULT PtWriteCopies(const PT_DISK *Disk, const PT_TABLE *Old, const PT_TABLE *New,
                               const uint8_t *Array, uint8_t *Sector)
{
    bool BackupFirst = Old->Style != PtStyleGpt || !Old->FromBackup;
    PT_RESULT Result = PtWriteCopy(Disk, New, BackupFirst, Array, Sector);
    if (Result == PtDone)
        Result = PtWriteCopy(Disk, New, !BackupFirst, Array, Sector);
    if (Result == PtDone && Old->Style != PtStyleGpt)
        Result = PtWriteProtective(Disk, Sector);
    return Result;
}

// Entries keep their places in the array; new ones take free ones.
static const PT_PARTITION *PtFindId(const PT_TABLE *Table, const PT_GUID *Id)
{
    for (uint32_t i = 0; i < Table->Count; i++) {
        if (PtSameGuid(&Table->Partitions[i].Id, Id))
            return &Table->Partitions[i];
    }
    return nullptr;
}

static bool PtIsSlotTaken(const PT_TABLE *Table, uint32_t Count, uint32_t Slot)
{
    for (uint32_t i = 0; i < Count; i++) {
        if (Table->Partitions[i].Slot == Slot)
            return true;
    }
    return false;
}

static void PtAssignSlots(const PT_TABLE *Old, PT_TABLE *New)
{
    uint32_t Next = 0;
    for (uint32_t i = 0; i < New->Count; i++) {
        const PT_PARTITION *Before =
            Old->Style == PtStyleGpt ? PtFindId(Old, &New->Partitions[i].Id) : nullptr;
        New->Partitions[i].Slot =
            Before && Before->Slot < New->EntryCount ? Before->Slot : UINT32_MAX;
    }
    for (uint32_t i = 0; i < New->Count; i++) {
        if (New->Partitions[i].Slot != UINT32_MAX)
            continue;
        while (PtIsSlotTaken(New, New->Count, Next))
            Next++;
        New->Partitions[i].Slot = Next;
    }
}

PT_RESULT PtWriteGpt(const PT_DISK *Disk, const PT_TABLE *Old, PT_TABLE *New)
{
    uint32_t ArrayBytes = PtArraySectors(Disk, New) * Disk->SectorSize;
    uint8_t *Array = Disk->Allocate(ArrayBytes + Disk->SectorSize);
    if (!Array)
        return PtNoMemory;
    PtAssignSlots(Old, New);
    memset(Array, 0, ArrayBytes);
    PtFillArray(New, Array);
    PT_RESULT Result = PtWriteCopies(Disk, Old, New, Array, Array + ArrayBytes);
    Disk->Free(Array);
    return Result;
}

// The headers of a GPT that has gone: nobody shall find them again. What else may lie there by now stays.
PT_RESULT PtWipeGpt(const PT_DISK *Disk, const PT_TABLE *Old)
{
    const uint64_t Places[] = {1, Disk->Sectors - 1};
    PT_RESULT Result = PtDone;
    if (Old->Style != PtStyleGpt)
        return PtDone;
    uint8_t *Sector = Disk->Allocate(Disk->SectorSize);
    if (!Sector)
        return PtNoMemory;
    for (uint32_t i = 0; i < 2; i++) {
        if (!Disk->Read(Disk->Context, Places[i], 1, Sector) ||
            ((PT_GPT_HEADER *)Sector)->Signature != PT_GPT_SIGNATURE)
            continue;
        memset(Sector, 0, Disk->SectorSize);
        if (!Disk->Write(Disk->Context, Places[i], 1, Sector))
            Result = PtIoError;
    }
    Disk->Free(Sector);
    return Disk->Flush(Disk->Context) ? Result : PtIoError;
}
