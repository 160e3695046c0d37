// Renaming: two entries change, and the power may go between any two writes. Three ways, the first that can be had:
//
// 1. The new entry goes into the sector of the old one, whose write then changes both at once.
// 2. A file gets a new first cluster with the same bytes, which the new entry leads to. The chain behind it goes over from
//    the old first cluster to the new one by one write of a sector of the FAT, so that at each moment one of the names has
//    all of the file, and no cluster has two owners. Where no cluster is free whose entry lies in that sector, another one
//    of the file goes elsewhere first.
// 3. Both names are there for one write: losing the name would be worse. That is left for directories, and for files that
//    have nothing but their first cluster in a full sector of the FAT.
#include "fatp.h"

enum { FAT_PLACE_SEARCH = 1024 }; // clusters; of one that lies together no more are in a sector

// ---- 1: in one sector

bool FatIsHere(const FAT_RENAME *Rename, uint32_t Slot)
{
    return FatSectorOfSlot(Rename->Volume, Slot) ==
           FatSectorOfSlot(Rename->Volume, Rename->Old->Slot + Rename->Old->Slots - 1);
}

static bool FatIsOld(const FAT_RENAME *Rename, uint32_t Slot)
{
    return Slot >= Rename->Old->Slot && Slot - Rename->Old->Slot < Rename->Old->Slots;
}

static bool FatMayTake(const FAT_RENAME *Rename, uint32_t Slot)
{
    return !FatIsUsed(Rename->From, Slot) || (FatIsOld(Rename, Slot) && FatIsHere(Rename, Slot));
}

// Slots for the new entry that end in the sector where the old one ends.
static bool FatFindHere(const FAT_RENAME *Rename, uint32_t *Found)
{
    uint32_t Slots = Rename->Volume->Geometry.SectorSize / FAT_SLOT_BYTES;
    uint32_t Begin =
        FatSectorOfSlot(Rename->Volume, Rename->Old->Slot + Rename->Old->Slots - 1) * Slots;
    uint32_t Count = 0, First = Begin > Rename->New->Slots ? Begin - Rename->New->Slots : 0;
    if (Rename->From != Rename->To)
        return false;
    for (uint32_t i = First; i < Begin + Slots && i < Rename->From->Slots; i++) {
        Count = FatMayTake(Rename, i) ? Count + 1 : 0;
        if (Count < Rename->New->Slots || i < Begin)
            continue;
        *Found = i + 1 - Rename->New->Slots;
        return true;
    }
    return false;
}

static FAT_RESULT FatWriteParts(const FAT_RENAME *Rename, bool Here)
{
    const FAT_ENTRY *New = Rename->New;
    uint8_t Slot[FAT_SLOT_BYTES], Checksum = FatChecksum(New->ShortRaw);
    uint32_t Parts = FatLongParts(New);
    FAT_RESULT Result = FatDone;
    for (uint32_t i = 0; Result == FatDone && i < Parts; i++) {
        if (FatIsHere(Rename, New->Slot + i) != Here)
            continue;
        FatEncodeLong(Slot, New->Name, New->NameLength, Parts - i, Parts, Checksum);
        Result = FatWriteSlot(Rename->To, New->Slot + i, Slot);
    }
    return Result;
}

static FAT_RESULT FatClearOld(const FAT_RENAME *Rename, bool Here)
{
    FAT_RESULT Result = FatDone;
    for (uint32_t i = 0; Result == FatDone && i < Rename->Old->Slots; i++) {
        if (FatIsHere(Rename, Rename->Old->Slot + i) == Here)
            Result = FatClearSlot(Rename->From, Rename->Old->Slot + i);
    }
    return Result;
}

// The entry before parts of its name in another sector: it is not to be there with its short name only.
FAT_RESULT FatDropOld(const FAT_RENAME *Rename)
{
    FAT_RESULT Result = FatClearOld(Rename, true);
    if (Result != FatDone || FatIsHere(Rename, Rename->Old->Slot))
        return Result;
    (void)FatCommit(Rename->Volume); // it has happened: what fails is tried again with the next one
    return FatClearOld(Rename, false);
}

// Parts of the new name elsewhere are nothing before their entry is there, those of the old one are nothing without it.
static FAT_RESULT FatRenameHere(const FAT_RENAME *Rename)
{
    uint8_t Slot[FAT_SLOT_BYTES];
    FAT_ENTRY *New = Rename->New;
    FAT_RESULT Result = FatMoveEnd(Rename->To, New->Slot + New->Slots);
    if (Result == FatDone)
        Result = FatWriteParts(Rename, false);
    if (Result == FatDone)
        Result = FatCommit(Rename->Volume);
    if (Result != FatDone)
        return Result;
    FatEncodeShort(Slot, New, Rename->Case);
    Result = FatClearOld(Rename, true);
    if (Result == FatDone)
        Result = FatWriteParts(Rename, true);
    if (Result == FatDone)
        Result = FatWriteSlot(Rename->To, New->Slot + New->Slots - 1, Slot);
    if (Result != FatDone)
        return Result;
    FatSetUsed(Rename->To, New->Slot, New->Slots, true);
    (void)FatCommit(Rename->Volume); // it has happened: what fails is tried again with the next one
    (void)FatClearOld(Rename, false);
    return FatInsertNames(Rename->To, New); // its nodes are free
}

// ---- 2: another first cluster

static FAT_RESULT FatCopyCluster(FAT_VOLUME *Volume, uint32_t From, uint32_t To)
{
    FAT_COPY Copy;
    FAT_RESULT Result = FatBeginCopy(Volume, 1, &Copy);
    if (Result == FatDone)
        Result = FatCopyRun(&Copy, (FAT_FREED){From, 1}, To);
    return FatEndCopy(&Copy, Result);
}

// Another cluster of the file, whose entry lies beside that of the first one. FatFull: there is none.
static FAT_RESULT FatFindOther(FAT_VOLUME *Volume, FAT_CHAIN *Chain, uint32_t *Index)
{
    FAT_RUN Run;
    uint32_t Count;
    FAT_RESULT Result = FatCountClusters(Volume, Chain, &Count);
    for (uint32_t i = 1; Result == FatDone && i < FatMin(Count, FAT_PLACE_SEARCH); i++) {
        Result = FatLookup(Volume, Chain, i, &Run);
        *Index = i;
        if (Result == FatDone &&
            FatShareSector(&Volume->Geometry, Chain->FirstCluster, Run.Cluster))
            return FatDone;
    }
    return Result == FatDone ? FatFull : Result;
}

static FAT_RESULT FatMakePlace(FAT_VOLUME *Volume, uint32_t First)
{
    FAT_CHAIN Chain = {.FirstCluster = First};
    FAT_FREED Gap;
    uint32_t Index;
    FAT_RESULT Result = FatFindOther(Volume, &Chain, &Index);
    FatNextGap(Volume, 1, &Gap);
    if (Result == FatDone)
        Result = Gap.Count ? FatMove(Volume, &Chain, Index, Gap.Cluster, 1) : FatFull;
    FatForgetChain(Volume, &Chain);
    return Result == FatDone ? FatCommit(Volume) : Result; // before that it is not free
}

// FatFull: it cannot be done. The cluster is the end of a chain in the FAT.
FAT_RESULT FatMakeFirst(const FAT_RENAME *Rename, uint32_t *Next, uint32_t *Cluster)
{
    FAT_VOLUME *Volume = Rename->Volume;
    FAT_RESULT Result = FatGetEntry(Volume, Rename->Old->FirstCluster, Next);
    *Cluster = 0;
    if (Result != FatDone)
        return Result;
    if (*Next == FAT_NO_CLUSTER) {
        FAT_FREED Run;
        Result = FatAllocateRun(Volume, Rename->Old->FirstCluster + 1, 1, &Run);
        *Cluster = Run.Cluster;
    } else {
        Result = FatAllocateBeside(Volume, Rename->Old->FirstCluster, Cluster);
        if (Result == FatFull)
            Result = FatMakePlace(Volume, Rename->Old->FirstCluster);
        if (Result == FatDone && !*Cluster)
            Result = FatAllocateBeside(Volume, Rename->Old->FirstCluster, Cluster);
        if (Result == FatDone)
            Result = FatGetEntry(Volume, Rename->Old->FirstCluster, Next); // may be another now
    }
    if (Result != FatDone)
        return FatFull;
    Result = FatCopyCluster(Volume, Rename->Old->FirstCluster, *Cluster);
    if (Result == FatDone)
        Result = FatReserveFreed(Volume, 1);
    if (Result == FatDone)
        Result = FatSetEntry(Volume, *Cluster, FAT_NO_CLUSTER);
    if (Result == FatDone)
        return FatDone;
    FatReleaseRun(Volume, (FAT_FREED){*Cluster, 1});
    return FatFull;
}

static FAT_RESULT FatHandOver(const FAT_RENAME *Rename, uint32_t Next)
{
    FAT_VOLUME *Volume = Rename->Volume;
    FAT_RESULT Result = FatCommit(Volume); // both names are there, each with a chain of its own
    if (Result != FatDone || Next == FAT_NO_CLUSTER)
        return Result;
    Result = FatSetEntry(Volume, Rename->Old->FirstCluster, FAT_NO_CLUSTER);
    if (Result == FatDone)
        Result = FatSetEntry(Volume, Rename->New->FirstCluster, Next);
    if (Result == FatDone)
        (void)FatCommit(Volume); // it has happened: what fails is tried again with the next one
    return Result;
}

static FAT_RESULT FatRenameCopy(const FAT_RENAME *Rename)
{
    FAT_VOLUME *Volume = Rename->Volume;
    uint32_t First = Rename->Old->FirstCluster, Next, Cluster;
    if (!First || (Rename->Old->Attributes & FAT_ATTRIBUTE_DIRECTORY))
        return FatFull;
    FAT_RESULT Result = FatMakeFirst(Rename, &Next, &Cluster);
    if (Result != FatDone)
        return Result;
    Rename->New->FirstCluster = Cluster;
    Result = FatAddPrepared(Rename->To, Rename->New, Rename->Case);
    if (Result == FatDone) {
        Result = FatHandOver(Rename, Next);
        if (Result == FatDone)
            Result = FatDropOld(Rename);
        if (Result == FatDone)
            return FatFreeRun(Volume, First, 1);
        (void)FatRemove(Rename->To, Rename->New);
    }
    (void)FatFreeRun(Volume, Cluster, 1);
    Rename->New->FirstCluster = First; // for the next way
    return Result;
}

// ---- 3: both for a moment

static FAT_RESULT FatPointUp(FAT_DIRECTORY *To, const FAT_ENTRY *Entry)
{
    uint64_t Offset = FatClusterOffset(&To->Volume->Geometry, Entry->FirstCluster);
    uint8_t *Data;
    FAT_RESULT Result = FatMap(To->Volume, Offset, &Data);
    if (Result != FatDone)
        return Result;
    Data += FAT_SLOT_BYTES;
    if (Data[0] != '.' || Data[1] != '.')
        return FatCorrupt;
    FatPut16(Data + FAT_AT_CLUSTER_HIGH, To->FirstCluster >> 16);
    FatPut16(Data + FAT_AT_CLUSTER_LOW, To->FirstCluster);
    FatTouch(To->Volume, Offset + FAT_SLOT_BYTES, FAT_SLOT_BYTES, FatDirtySlots);
    return FatDone;
}

static FAT_RESULT FatRenameBoth(const FAT_RENAME *Rename)
{
    FAT_RESULT Result = FatAddPrepared(Rename->To, Rename->New, Rename->Case);
    if (Result != FatDone)
        return Result;
    if (Rename->From != Rename->To && (Rename->New->Attributes & FAT_ATTRIBUTE_DIRECTORY))
        Result = FatPointUp(Rename->To, Rename->New);
    if (Result == FatDone)
        Result = FatCommit(Rename->Volume);
    if (Result == FatDone)
        return FatDropOld(Rename);
    (void)FatRemove(Rename->To, Rename->New);
    return Result;
}

// Both names are there for a moment, but not with one short name.
static FAT_RESULT FatPrepareOther(FAT_RENAME *Rename)
{
    if (Rename->From != Rename->To)
        return FatDone;
    (void)FatInsertNames(Rename->From, Rename->Old); // its nodes are free
    FAT_RESULT Result = FatPrepareName(Rename->To, Rename->New, &Rename->Case);
    FatDeleteNames(Rename->From, Rename->Old);
    return Result;
}

static FAT_RESULT FatRenameSomehow(FAT_RENAME *Rename)
{
    FAT_ENTRY *Found = Rename->Volume->Store->Allocate(sizeof(*Found));
    if (!Found)
        return FatNoMemory;
    FAT_RESULT Result = FatFind(Rename->To, Rename->New->Name, Rename->New->NameLength, Found);
    Rename->Volume->Store->Free(Found);
    if (Result != FatNotFound)
        return Result == FatDone ? FatExists : Result;
    Result = FatPrepareName(Rename->To, Rename->New, &Rename->Case);
    if (Result == FatDone)
        Result = FatReserveNames(Rename->To);
    if (Result != FatDone)
        return Result;
    if (FatFindHere(Rename, &Rename->New->Slot))
        return FatRenameHere(Rename);
    Result = FatPrepareOther(Rename);
    if (Result == FatDone)
        Result = FatRenameCopy(Rename);
    return Result == FatFull ? FatRenameBoth(Rename) : Result;
}

FAT_RESULT FatRename(FAT_DIRECTORY *From, const FAT_ENTRY *Old, FAT_DIRECTORY *To, FAT_ENTRY *New)
{
    if (From->Volume->ReadOnly)
        return FatReadOnly;
    FAT_RESULT Result = FatCommit(From->Volume);
    if (Result != FatDone)
        return Result;
    New->Attributes = Old->Attributes;
    New->FirstCluster = Old->FirstCluster;
    New->Size = Old->Size;
    New->Created = Old->Created;
    New->Modified = Old->Modified;
    New->Accessed = Old->Accessed;
    FatDeleteNames(From, Old); // it does not stand in its own way
    Result = FatRenameSomehow(&(FAT_RENAME){From->Volume, From, To, Old, New, 0});
    if (Result != FatDone) {
        (void)FatInsertNames(From, Old); // its nodes are free
        return Result;
    }
    (void)FatCommit(From->Volume);
    return FatDone;
}
