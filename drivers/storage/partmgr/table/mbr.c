// Reading an MBR and the chain of its logical partitions. An extended boot record has one logical partition, whose
// start counts from the record, and a link to the next record, whose start counts from the extended partition.
#include "tablep.h"

static PT_PARTITION *PtGroup(const PT_TABLE *Table, uint32_t Group)
{
    return &Table->Partitions[(uint64_t)4 * Group];
}

PT_PARTITION *PtGroupLink(const PT_TABLE *Table, uint32_t Group)
{
    for (uint32_t i = 0; i < 4; i++) {
        PT_PARTITION *Partition = PtGroup(Table, Group) + i;
        if (PtIsExtended(Partition->MbrType))
            return Partition;
    }
    return nullptr;
}

// ---- Reading

static PT_RESULT PtTakeGroup(const PT_DISK *Disk, PT_TABLE *Table, const PT_MBR *Mbr,
                             uint64_t Record, uint64_t Extended)
{
    for (uint32_t i = 0; i < 4; i++) {
        const PT_MBR_ENTRY *Entry = &Mbr->Entries[i];
        PT_PARTITION *Partition = PtAddPartition(Disk, Table);
        if (!Partition)
            return PtNoMemory;
        if (Entry->Type == PT_MBR_TYPE_EMPTY)
            continue;
        if (Entry->Boot & ~PT_MBR_BOOT)
            return PtRefuse(Table, PtProblemBootFlag, Table->Count - 1);
        Partition->MbrType = Entry->Type;
        Partition->Boot = Entry->Boot != 0;
        Partition->Start = (PtIsExtended(Entry->Type) ? Extended : Record) + Entry->Start;
        Partition->Sectors = Entry->Sectors;
    }
    return PtDone;
}

static PT_RESULT PtReadRecord(const PT_DISK *Disk, PT_TABLE *Table, uint64_t Record,
                              uint64_t Extended, void *Buffer)
{
    const PT_MBR *Mbr = Buffer;
    if (Record >= Disk->Sectors)
        return PtRefuse(Table, PtProblemEntryRange, Table->Count - 1);
    if (!Disk->Read(Disk->Context, Record, 1, Buffer))
        return PtRefuse(Table, PtProblemUnreadable, Table->Count - 1);
    if (Mbr->Magic != PT_MBR_MAGIC)
        return PtRefuse(Table, PtProblemChainSignature, Table->Count - 1);
    return PtTakeGroup(Disk, Table, Mbr, Record, Extended);
}

static bool PtIsRecord(const PT_TABLE *Table, uint32_t Groups, uint64_t Sector)
{
    for (uint32_t i = 0; i < Groups; i++) {
        if (PtGroupLink(Table, i)->Start == Sector)
            return true;
    }
    return false;
}

static PT_RESULT PtReadChain(const PT_DISK *Disk, PT_TABLE *Table, void *Buffer)
{
    const PT_PARTITION *Link = PtGroupLink(Table, 0);
    uint64_t Extended = Link ? Link->Start : 0;
    PT_RESULT Result = PtDone;
    for (uint32_t Group = 0; Link && Result == PtDone; Group++) {
        if (Group == PT_MAX_CHAIN)
            return PtRefuse(Table, PtProblemChainLong, Table->Count - 1);
        if (PtIsRecord(Table, Group, Link->Start))
            return PtRefuse(Table, PtProblemChainLoop, Table->Count - 1);
        Result = PtReadRecord(Disk, Table, Link->Start, Extended, Buffer);
        if (Result == PtDone)
            Link = PtGroupLink(Table, Group + 1);
    }
    return Result;
}

PT_RESULT PtReadMbr(const PT_DISK *Disk, const PT_MBR *Mbr, PT_TABLE *Table)
{
    *Table = (PT_TABLE){.Style = PtStyleMbr, .Signature = Mbr->Signature};
    memcpy(Table->DiskId.Bytes, &Mbr->Signature, sizeof(Mbr->Signature));
    PT_RESULT Result = PtTakeGroup(Disk, Table, Mbr, 0, 0);
    if (Result != PtDone)
        return Result;
    uint8_t *Buffer = Disk->Allocate(Disk->SectorSize);
    if (!Buffer)
        return PtNoMemory;
    Result = PtReadChain(Disk, Table, Buffer);
    Disk->Free(Buffer);
    return Result == PtDone ? PtCheckMbr(Disk, Table) : Result;
}

// ---- Checking

static bool PtWithin(const PT_PARTITION *Partition, uint64_t Start, uint64_t End)
{
    return Partition->Sectors && Partition->Start >= Start && Partition->Start < End &&
           Partition->Sectors <= End - Partition->Start;
}

static bool PtHasRecord(const PT_TABLE *Table, const PT_PARTITION *Partition)
{
    for (uint32_t Group = 0; 4 * (Group + 1) < Table->Count; Group++) {
        uint64_t Record = PtGroupLink(Table, Group)->Start;
        if (Record >= Partition->Start && Record - Partition->Start < Partition->Sectors)
            return true;
    }
    return false;
}

// Every group but the last has one link, which leads to the next; none leads back.
static PT_RESULT PtCheckChain(PT_TABLE *Table)
{
    uint32_t Groups = Table->Count / 4;
    if (!Groups || Table->Count % 4 || Groups > PT_MAX_CHAIN + 1)
        return PtRefuse(Table, PtProblemExtended, Table->Count);
    for (uint32_t i = 0; i < Table->Count; i++) {
        const PT_PARTITION *Partition = &Table->Partitions[i], *Link = PtGroupLink(Table, i / 4);
        if (PtIsExtended(Partition->MbrType) && Partition != Link)
            return PtRefuse(Table, PtProblemExtended, i);
        if (Partition->MbrType == PT_MBR_TYPE_GPT)
            return PtRefuse(Table, PtProblemProtective, i);
    }
    for (uint32_t Group = 0; Group < Groups; Group++) {
        const PT_PARTITION *Link = PtGroupLink(Table, Group);
        if ((Link != nullptr) != (Group + 1 < Groups))
            return PtRefuse(Table, PtProblemExtended, 4 * Group);
        if (Link && PtIsRecord(Table, Group, Link->Start))
            return PtRefuse(Table, PtProblemChainLoop, 4 * Group);
    }
    return PtDone;
}

// Where an entry of a group may lie: primary ones on the disk, but not in the extended partition; the others in that,
// behind their record.
static PT_PROBLEM PtCheckPlace(const PT_DISK *Disk, const PT_TABLE *Table, uint32_t Index)
{
    const PT_PARTITION *Partition = &Table->Partitions[Index], *Extended = PtGroupLink(Table, 0);
    bool IsLink = PtIsExtended(Partition->MbrType);
    uint64_t First = 1, End = Disk->Sectors;
    if (Index >= 4) {
        First = IsLink ? Extended->Start + 1 : PtGroupLink(Table, Index / 4 - 1)->Start + 1;
        End = Extended->Start + Extended->Sectors;
    }
    if (IsLink && Index >= 4) // its length means nothing
        return Partition->Start >= First && Partition->Start < End ? PtNoProblem
                                                                   : PtProblemEntryRange;
    if (!PtWithin(Partition, First, End) || Partition->Start > UINT32_MAX ||
        Partition->Sectors > UINT32_MAX)
        return PtProblemEntryRange;
    if (IsLink)
        return PtNoProblem;
    if (Index < 4 && Extended && Partition->Start < Extended->Start + Extended->Sectors &&
        Extended->Start < Partition->Start + Partition->Sectors)
        return PtProblemEntryOverlap;
    return PtHasRecord(Table, Partition) ? PtProblemEntryOverlap : PtNoProblem;
}

PT_RESULT PtCheckMbr(const PT_DISK *Disk, PT_TABLE *Table)
{
    PT_RESULT Result = PtCheckChain(Table);
    if (Result != PtDone)
        return Result;
    for (uint32_t i = 0; i < Table->Count; i++) {
        if (Table->Partitions[i].MbrType == PT_MBR_TYPE_EMPTY)
            continue;
        PT_PROBLEM Problem = PtCheckPlace(Disk, Table, i);
        if (Problem != PtNoProblem)
            return PtRefuse(Table, Problem, i);
    }
    uint32_t Overlap = PtFindOverlap(Table);
    return Overlap < Table->Count ? PtRefuse(Table, PtProblemEntryOverlap, Overlap) : PtDone;
}
