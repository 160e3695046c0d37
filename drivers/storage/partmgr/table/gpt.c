// Reading a GPT: UEFI 2.10, 5.3.
#include "tablep.h"

// ---- The header (5.3.2)

static bool PtOutside(uint64_t Start, uint64_t Count, uint64_t First, uint64_t Last)
{
    return Start + Count <= First || Start > Last;
}

static PT_PROBLEM PtCheckArrayPlace(const PT_DISK *Disk, const PT_GPT_HEADER *Header)
{
    uint32_t Size = Header->EntrySize;
    if (Size < sizeof(PT_GPT_ENTRY) || (Size & (Size - 1)) || Size > PT_MAX_ARRAY)
        return PtProblemArraySize;
    if (!Header->EntryCount || Header->EntryCount > PT_MAX_GPT_ENTRIES ||
        (uint64_t)Header->EntryCount * Size > PT_MAX_ARRAY)
        return PtProblemArraySize;
    uint64_t Count = (Header->EntryCount * Size + Disk->SectorSize - 1) / Disk->SectorSize;
    if (Header->ArraySector < 2 || Header->ArraySector >= Disk->Sectors ||
        Count > Disk->Sectors - Header->ArraySector)
        return PtProblemArrayPlace;
    if (!PtOutside(Header->ArraySector, Count, Header->FirstUsable, Header->LastUsable) ||
        !PtOutside(Header->ArraySector, Count, Header->Sector, Header->Sector))
        return PtProblemArrayPlace;
    return PtNoProblem;
}

static PT_PROBLEM PtCheckHeader(const PT_DISK *Disk, uint64_t Sector, uint8_t *Buffer)
{
    PT_GPT_HEADER *Header = (PT_GPT_HEADER *)Buffer;
    if (Header->Signature != PT_GPT_SIGNATURE)
        return PtProblemSignature;
    if (Header->HeaderSize < sizeof(*Header) || Header->HeaderSize > Disk->SectorSize)
        return PtProblemHeaderSize;
    uint32_t Crc = Header->HeaderCrc;
    Header->HeaderCrc = 0;
    bool Matches = PtCrc32(Buffer, Header->HeaderSize) == Crc;
    Header->HeaderCrc = Crc;
    if (!Matches)
        return PtProblemHeaderCrc;
    if (Header->Sector != Sector)
        return PtProblemHeaderPlace;
    if (Header->FirstUsable < 2 || Header->FirstUsable > Header->LastUsable ||
        Header->LastUsable >= Disk->Sectors)
        return PtProblemUsableRange;
    return PtCheckArrayPlace(Disk, Header);
}

static void PtTakeHeader(PT_TABLE *Table, const PT_GPT_HEADER *Header)
{
    *Table = (PT_TABLE){
        .Style = PtStyleGpt,
        .DiskId = Header->DiskId,
        .FirstUsable = Header->FirstUsable,
        .LastUsable = Header->LastUsable,
        .ArraySector = Header->ArraySector,
        .EntryCount = Header->EntryCount,
        .EntrySize = Header->EntrySize,
    };
}

// ---- The entries (5.3.3)

static PT_RESULT PtTakeEntries(const PT_DISK *Disk, PT_TABLE *Table, const uint8_t *Array)
{
    for (uint32_t i = 0; i < Table->EntryCount; i++) {
        const PT_GPT_ENTRY *Entry = (const PT_GPT_ENTRY *)(Array + (uint64_t)i * Table->EntrySize);
        if (PtIsZero(&Entry->Type, sizeof(Entry->Type)))
            continue;
        if (Entry->First > Entry->Last || Entry->Last > Table->LastUsable)
            return PtRefuse(Table, PtProblemEntryRange, i);
        PT_PARTITION *Partition = PtAddPartition(Disk, Table);
        if (!Partition)
            return PtNoMemory;
        Partition->Slot = i;
        Partition->Start = Entry->First;
        Partition->Sectors = Entry->Last - Entry->First + 1;
        Partition->Type = Entry->Type;
        Partition->Id = Entry->Id;
        Partition->Attributes = Entry->Attributes;
        memcpy(Partition->Name, Entry->Name, sizeof(Partition->Name));
    }
    return PtCheckGpt(Disk, Table);
}

static PT_RESULT PtReadArray(const PT_DISK *Disk, PT_TABLE *Table, uint32_t Crc)
{
    uint32_t Sectors = PtArraySectors(Disk, Table);
    uint8_t *Array = Disk->Allocate(Sectors * Disk->SectorSize);
    if (!Array)
        return PtNoMemory;
    PT_RESULT Result;
    if (!Disk->Read(Disk->Context, Table->ArraySector, Sectors, Array))
        Result = PtRefuse(Table, PtProblemUnreadable, 0);
    else if (PtCrc32(Array, Table->EntryCount * Table->EntrySize) != Crc)
        Result = PtRefuse(Table, PtProblemArrayCrc, 0);
    else
        Result = PtTakeEntries(Disk, Table, Array);
    Disk->Free(Array);
    return Result;
}

// A partition must lie in the usable area, share no sector with another, and have an identifier of its own:
// names of devices and volumes come from it.
PT_RESULT PtCheckGpt(const PT_DISK *Disk, PT_TABLE *Table)
{
    if (Table->Count > Table->EntryCount)
        return PtRefuse(Table, PtProblemEntryCount, Table->EntryCount);
    if (Table->LastUsable >= Disk->Sectors)
        return PtRefuse(Table, PtProblemUsableRange, 0);
    for (uint32_t i = 0; i < Table->Count; i++) {
        const PT_PARTITION *Partition = &Table->Partitions[i];
        if (!Partition->Sectors || Partition->Start < Table->FirstUsable ||
            Partition->Start > Table->LastUsable ||
            Partition->Sectors > Table->LastUsable - Partition->Start + 1)
            return PtRefuse(Table, PtProblemEntryRange, i);
        if (PtIsZero(&Partition->Id, sizeof(Partition->Id)))
            return PtRefuse(Table, PtProblemEntryId, i);
        for (uint32_t j = 0; j < i; j++) {
            if (PtSameGuid(&Partition->Id, &Table->Partitions[j].Id))
                return PtRefuse(Table, PtProblemEntryId, i);
        }
    }
    uint32_t Overlap = PtFindOverlap(Table);
    return Overlap < Table->Count ? PtRefuse(Table, PtProblemEntryOverlap, Overlap) : PtDone;
}

// ---- The two copies

PT_RESULT PtReadGptCopy(const PT_DISK *Disk, uint64_t Sector, PT_TABLE *Table, uint64_t *Alternate)
{
    PT_PROBLEM Problem = PtProblemUnreadable;
    *Table = (PT_TABLE){.Style = PtStyleRaw};
    uint8_t *Buffer = Disk->Allocate(Disk->SectorSize);
    if (!Buffer)
        return PtNoMemory;
    const PT_GPT_HEADER *Header = (const PT_GPT_HEADER *)Buffer;
    if (Disk->Read(Disk->Context, Sector, 1, Buffer))
        Problem = PtCheckHeader(Disk, Sector, Buffer);
    PT_RESULT Result = PtRefuse(Table, Problem, 0);
    if (Problem == PtNoProblem) {
        *Alternate = Header->Alternate;
        PtTakeHeader(Table, Header);
        Result = PtReadArray(Disk, Table, Header->ArrayCrc);
    }
    Disk->Free(Buffer);
    if (Result != PtDone) {
        PT_TABLE Refused = {
            .Style = PtStyleRaw, .Problem = Table->Problem, .ProblemEntry = Table->ProblemEntry};
        PtFreeTable(Disk, Table);
        *Table = Refused;
    }
    return Result;
}

// The backup is in the last sector; on a disk that has grown it is where the primary header says.
static PT_RESULT PtReadBackup(const PT_DISK *Disk, uint64_t Alternate, PT_TABLE *Table, bool *AtEnd)
{
    uint64_t Ignored, Last = Disk->Sectors - 1;
    PT_RESULT Result = PtReadGptCopy(Disk, Last, Table, &Ignored);
    *AtEnd = Result == PtDone;
    if (Result != PtRefused || Alternate < 2 || Alternate >= Last)
        return Result;
    PT_TABLE Other;
    Result = PtReadGptCopy(Disk, Alternate, &Other, &Ignored);
    if (Result == PtDone)
        *Table = Other;
    return Result;
}

// The primary copy is what counts; the backup is looked at, so that damage is known before it is needed.
PT_RESULT PtReadGpt(const PT_DISK *Disk, PT_TABLE *Table)
{
    PT_TABLE Backup;
    bool AtEnd = false;
    uint64_t Alternate = 0;
    if (Disk->Sectors < 6)
        return PtRefuse(Table, PtProblemTooSmall, 0);
    PT_RESULT Primary = PtReadGptCopy(Disk, 1, Table, &Alternate);
    if (Primary != PtDone && Primary != PtRefused)
        return Primary;
    PT_PROBLEM Problem = Table->Problem;
    uint32_t Entry = Table->ProblemEntry;
    PT_RESULT Second = PtReadBackup(Disk, Alternate, &Backup, &AtEnd);
    if (Primary == PtDone) {
        Table->BackupBad = Second != PtDone || !AtEnd;
        if (Second != PtDone)
            Table->Problem = Backup.Problem;
        PtFreeTable(Disk, &Backup);
        return PtDone;
    }
    *Table = Backup;
    if (Second == PtDone) {
        Table->FromBackup = true;
        Table->BackupBad = !AtEnd;
        Table->ArraySector = 2;
    }
    Table->Problem = Problem; // the primary's says more
    Table->ProblemEntry = Entry;
    return Second;
}
