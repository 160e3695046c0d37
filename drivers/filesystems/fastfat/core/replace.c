// Renaming over a file: the entry that has the name stays where it is and leads to the other file from one write on, so
// that the name is never without a whole file. Four ways, the first that can be had:
//
// 1. The other file's entry lies in the same sector: that write takes it away, too.
// 2. A small file is copied: the entry leads to the copy, then the other name goes.
// 3. As in rename.c, a new first cluster takes the chain over from the old one, by one write of a sector of the FAT, but
//    before an entry leads to it. For one write the other name, which is to go anyhow, has its first cluster only. Where
//    no cluster is free whose entry lies in the same sector of the FAT, a large file is copied, too.
// 4. The file goes before the other one gets its name. That is left for directories that change sectors, and where there
//    is no room.
#include "fatp.h"

constexpr uint64_t FAT_SMALL_FILE = 1 << 20;

// What is beyond the name.
static void FatTakeValues(FAT_ENTRY *Entry, const FAT_ENTRY *From, uint32_t FirstCluster)
{
    Entry->Attributes = From->Attributes;
    Entry->Size = From->Size;
    Entry->Created = From->Created;
    Entry->Modified = From->Modified;
    Entry->Accessed = From->Accessed;
    Entry->FirstCluster = FirstCluster;
}

static FAT_RESULT FatCopyChain(FAT_VOLUME *Volume, FAT_CHAIN *From, FAT_CHAIN *To)
{
    FAT_COPY Copy;
    FAT_RESULT Result = FatBeginCopy(Volume, From->Known, &Copy);
    if (Result == FatDone)
        Result = FatExtend(Volume, To, From->Known);
    for (uint32_t i = 0; Result == FatDone && i < From->Known;) {
        FAT_RUN Source, Target;
        Result = FatLookup(Volume, From, i, &Source);
        if (Result == FatDone)
            Result = FatLookup(Volume, To, i, &Target);
        if (Result != FatDone)
            break;
        uint32_t Count = FatMin(Source.Count, Target.Count);
        Result = FatCopyRun(&Copy, (FAT_FREED){Source.Cluster, Count}, Target.Cluster);
        i += Count;
    }
    return FatEndCopy(&Copy, Result);
}

// The entry leads to FirstCluster, or all is as it was.
static FAT_RESULT FatSwitch(const FAT_RENAME *Rename, const FAT_ENTRY *There, uint32_t FirstCluster)
{
    FatTakeValues(Rename->New, Rename->Old, FirstCluster);
    FAT_RESULT Result = FatUpdate(Rename->To, Rename->New);
    if (Result == FatDone)
        Result = FatCommit(Rename->Volume);
    if (Result != FatDone)
        (void)FatUpdate(Rename->To, There);
    return Result;
}

static FAT_RESULT FatReplaceHere(const FAT_RENAME *Rename)
{
    FatTakeValues(Rename->New, Rename->Old, Rename->Old->FirstCluster);
    FAT_RESULT Result = FatUpdate(Rename->To, Rename->New);
    if (Result == FatDone)
        (void)FatDropOld(Rename); // the sector is at hand; parts of its name elsewhere may stay
    return Result;
}

// FatFull: it cannot be done.
static FAT_RESULT FatReplaceCopy(const FAT_RENAME *Rename, const FAT_ENTRY *There, uint64_t Most)
{
    FAT_VOLUME *Volume = Rename->Volume;
    FAT_CHAIN Old = {.FirstCluster = Rename->Old->FirstCluster}, Copy = {};
    uint32_t Count;
    FAT_RESULT Result = FatCountClusters(Volume, &Old, &Count);
    if (Result == FatDone && (uint64_t)Count << Volume->Geometry.ClusterShift > Most)
        Result = FatFull;
    if (Result == FatDone && Count)
        Result = FatCopyChain(Volume, &Old, &Copy);
    if (Result == FatDone)
        Result = FatSwitch(Rename, There, Copy.FirstCluster);
    if (Result == FatDone && FatDropOld(Rename) == FatDone)
        (void)FatTruncate(Volume, &Old, 0); // it has happened: at worst clusters have no owner
    else if (Result != FatDone && Copy.FirstCluster)
        (void)FatTruncate(Volume, &Copy, 0);
    FatForgetChain(Volume, &Old);
    FatForgetChain(Volume, &Copy);
    return Result;
}

static FAT_RESULT FatPassOn(const FAT_RENAME *Rename, uint32_t From, uint32_t To, uint32_t Next)
{
    FAT_RESULT Result = FatSetEntry(Rename->Volume, From, FAT_NO_CLUSTER);
    if (Result == FatDone)
        Result = FatSetEntry(Rename->Volume, To, Next);
    return Result == FatDone ? FatCommit(Rename->Volume) : Result;
}

static FAT_RESULT FatReplaceFirst(const FAT_RENAME *Rename, const FAT_ENTRY *There)
{
    uint32_t First = Rename->Old->FirstCluster, Next, Cluster;
    FAT_RESULT Result = First ? FatMakeFirst(Rename, &Next, &Cluster) : FatFull;
    if (Result != FatDone)
        return Result;
    Result = FatPassOn(Rename, First, Cluster, Next);
    if (Result == FatDone)
        Result = FatSwitch(Rename, There, Cluster);
    if (Result == FatDone) {
        if (FatDropOld(Rename) == FatDone)
            (void)FatFreeRun(Rename->Volume, First, 1);
        return FatDone;
    }
    (void)FatPassOn(Rename, Cluster, First, Next);
    (void)FatFreeRun(Rename->Volume, Cluster, 1);
    return Result;
}

static FAT_RESULT FatReplaceSomehow(const FAT_RENAME *Rename, const FAT_ENTRY *There)
{
    if (Rename->From == Rename->To && FatIsHere(Rename, There->Slot + There->Slots - 1))
        return FatReplaceHere(Rename);
    if (Rename->Old->Attributes & FAT_ATTRIBUTE_DIRECTORY)
        return FatFull;
    FAT_RESULT Result = FatReplaceCopy(Rename, There, FAT_SMALL_FILE);
    if (Result == FatFull)
        Result = FatReplaceFirst(Rename, There);
    return Result == FatFull ? FatReplaceCopy(Rename, There, UINT64_MAX) : Result;
}

static FAT_RESULT FatRemoveFirst(const FAT_RENAME *Rename, const FAT_ENTRY *There, FAT_CHAIN *Chain)
{
    FAT_RESULT Result = FatRemoveFile(Rename->To, There, Chain);
    return Result == FatDone ? FatRename(Rename->From, Rename->Old, Rename->To, Rename->New)
                             : Result;
}

// The name may be in other letters, or was the short one of what was there.
static void FatCorrectName(const FAT_RENAME *Rename, const FAT_ENTRY *Wanted)
{
    FAT_ENTRY *New = Rename->New, *Now = Rename->Volume->Store->Allocate(sizeof(*Now));
    uint32_t Length = FatTrimName(Wanted->Name, Wanted->NameLength);
    bool Same = New->NameLength == Length &&
                memcmp(New->Name, Wanted->Name, Length * sizeof(uint16_t)) == 0;
    if (Now && !Same) {
        *Now = *New;
        *New = *Wanted;
        if (FatRename(Rename->To, Now, Rename->To, New) != FatDone)
            *New = *Now; // it has happened, with the old letters
    }
    if (Now)
        Rename->Volume->Store->Free(Now);
}

FAT_RESULT FatReplace(FAT_DIRECTORY *From, const FAT_ENTRY *Old, FAT_DIRECTORY *To,
                      const FAT_ENTRY *There, FAT_CHAIN *Chain, FAT_ENTRY *New)
{
    FAT_VOLUME *Volume = From->Volume;
    FAT_RENAME Rename = {Volume, From, To, Old, New, 0};
    uint32_t Count;
    if (Volume->ReadOnly)
        return FatReadOnly;
    FAT_ENTRY *Wanted = Volume->Store->Allocate(sizeof(*Wanted));
    if (!Wanted)
        return FatNoMemory;
    *Wanted = *New;
    FAT_RESULT Result = FatCountClusters(Volume, Chain, &Count);
    if (Result == FatDone)
        Result = FatCommit(Volume);
    if (Result == FatDone) {
        *New = *There;
        Result = FatReplaceSomehow(&Rename, There);
    }
    if (Result == FatDone) {
        FatDeleteNames(From, Old);
        (void)FatTruncate(Volume, Chain, 0);
        (void)FatCommit(Volume); // it has happened: what fails is tried again with the next one
        FatCorrectName(&Rename, Wanted);
    } else if (Result == FatFull) {
        *New = *Wanted;
        Result = FatRemoveFirst(&Rename, There, Chain);
    }
    Volume->Store->Free(Wanted);
    return Result;
}
