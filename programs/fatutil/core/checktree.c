// The tree of directories: their chains, their entries . and .., and which of them is whose.
#include "checkp.h"

// ---- Chains

// Cuts the chain behind Last (0: there is nothing left of it).
static void ChkCut(CHK *Check, CHK_DIRECTORY *Directory, uint32_t Last, uint32_t Count)
{
    ChkTell(Check, ChkDirectoryChain, Directory, Directory->SlotCount, Count);
    if (Last)
        ChkSet(Check, Last, ChkEnd);
}

bool ChkIsDirectoryHead(CHK *Check, uint32_t Cluster, uint32_t *Parent)
{
    uint32_t Size = Check->Geometry.SectorSize;
    uint8_t *Data = FuAllocate(Check->Store, Size);
    bool Head = false;
    if (Data && ChkReadCluster(Check, Cluster, Data, Size) == FatDone) {
        Head = ChkIsDot(Data, 1) && (Data[FAT_AT_ATTRIBUTES] & FAT_ATTRIBUTE_DIRECTORY) &&
               ChkStart(Check, Data) == Cluster && ChkIsDot(Data + FAT_SLOT_BYTES, 2);
        *Parent = ChkStart(Check, Data + FAT_SLOT_BYTES);
    }
    FuFree(Check->Store, Data);
    return Head;
}

// Its clusters become those of the directory. A chain does not go on with the begin of another directory.
void ChkClaim(CHK *Check, CHK_DIRECTORY *Directory)
{
    uint32_t Last = 0, Count = 0, Cluster = Directory->Cluster, Parent;
    uint32_t Most = FAT_MAX_SLOTS / (Check->Geometry.ClusterSize / FAT_SLOT_BYTES);
    if (Directory->Claimed || !Cluster)
        return;
    Directory->Claimed = true;
    uint32_t First = ChkGet(Check, Cluster);
    // What is in it looks like a directory; and a root there must be.
    if (First == ChkFree || (Directory->IsRoot && First == ChkBad))
        ChkCut(Check, Directory, Cluster, 1);
    while (Cluster != ChkEnd) {
        uint32_t Next =
            FatIsCluster(&Check->Geometry, Cluster) ? ChkGet(Check, Cluster) : ChkInvalid;
        if (Next == ChkInvalid || Next == ChkFree || Next == ChkBad) {
            // An entry that leads nowhere still has its own cluster.
            bool Own = Next == ChkInvalid && FatIsCluster(&Check->Geometry, Cluster) &&
                       !ChkIsOwned(Check, Cluster);
            if (Own)
                ChkOwn(Check, Cluster);
            ChkCut(Check, Directory, Own ? Cluster : Last, Count + Own);
            Count += Own;
            break;
        }
        if (ChkIsOwned(Check, Cluster) || Count >= Most ||
            (Count && ChkIsDirectoryHead(Check, Cluster, &Parent))) {
            ChkCut(Check, Directory, Last, Count);
            break;
        }
        ChkOwn(Check, Cluster);
        Last = Cluster;
        Cluster = Next;
        Count++;
    }
    Check->Order->Totals.DirectoryClusters += Count;
}

// ---- . and ..

static void ChkMakeDot(const CHK *Check, uint8_t *Slot, uint32_t Dots, uint32_t Cluster)
{
    memset(Slot, 0, FAT_SLOT_BYTES);
    memset(Slot, ' ', FAT_SHORT_BYTES);
    memset(Slot, '.', Dots);
    Slot[FAT_AT_ATTRIBUTES] = FAT_ATTRIBUTE_DIRECTORY;
    ChkSetStart(Check, Slot, Cluster);
    FatPut16(Slot + FAT_AT_MODIFIED_TIME, Check->Order->Now.Time);
    FatPut16(Slot + FAT_AT_MODIFIED_DATE, Check->Order->Now.Date);
}

void ChkMakeDots(const CHK *Check, uint8_t *Slots, uint32_t Cluster, uint32_t Parent)
{
    ChkMakeDot(Check, Slots, 1, Cluster);
    ChkMakeDot(Check, Slots + FAT_SLOT_BYTES, 2, Parent);
}

static bool ChkDotIsRight(const CHK *Check, const uint8_t *Slot, uint32_t Dots, uint32_t Cluster)
{
    return ChkIsDot(Slot, Dots) && (Slot[FAT_AT_ATTRIBUTES] & 0xD8) == FAT_ATTRIBUTE_DIRECTORY &&
           ChkStart(Check, Slot) == Cluster && !FatGet32(Slot + FAT_AT_SIZE);
}

// False: there was no space for them.
static bool ChkCheckDots(CHK *Check, CHK_DIRECTORY *Directory)
{
    bool One = ChkIsDot(Directory->Slots, 1), Two = ChkIsDot(ChkSlot(Directory, 1), 2);
    if (ChkDotIsRight(Check, Directory->Slots, 1, Directory->Cluster) &&
        ChkDotIsRight(Check, ChkSlot(Directory, 1), 2, Directory->Parent))
        return true;
    ChkTell(Check, ChkDotEntry, Directory, Directory->SlotCount, 0);
    if (!One && !Two && ChkInsertSlots(Check, Directory, 2) != FatDone)
        return false;
    ChkMakeDots(Check, Directory->Slots, Directory->Cluster, Directory->Parent);
    Directory->Changed = true;
    return true;
}

// Neither . nor .., and nothing that could be an entry: these are data.
static bool ChkIsData(CHK *Check, const uint8_t *Slots, uint32_t Count)
{
    bool Strange = false;
    if (ChkIsDot(Slots, 1) || ChkIsDot(Slots + FAT_SLOT_BYTES, 2))
        return false;
    for (uint32_t i = 0; i < Count; i++) {
        const uint8_t *Slot = Slots + (size_t)i * FAT_SLOT_BYTES;
        if (ChkLooksReal(Check, Slot))
            return false;
        Strange |= ChkIsEntry(Slot);
    }
    return Strange;
}

// ---- Directories in a directory

// It becomes a file, of which ChkWalkFiles sets the size right.
static void ChkMakeFile(CHK *Check, CHK_DIRECTORY *In, uint32_t Slot)
{
    uint8_t *Entry = ChkSlot(In, Slot);
    ChkTell(Check, ChkNotDirectory, In, Slot, 0);
    Entry[FAT_AT_ATTRIBUTES] &= (uint8_t)~FAT_ATTRIBUTE_DIRECTORY;
    if (!FatGet32(Entry + FAT_AT_SIZE))
        FatPut32(Entry + FAT_AT_SIZE, UINT32_MAX);
    In->Changed = true;
}

static FAT_RESULT ChkDefer(CHK *Check, CHK_DIRECTORY *In, uint32_t Slot)
{
    CHK_DEFERRED *Deferred = FuAllocate(Check->Store, sizeof(*Deferred));
    if (!Deferred)
        return FatNoMemory;
    *Deferred = (CHK_DEFERRED){In, Slot, Check->Deferred};
    Check->Deferred = Deferred;
    return FatDone;
}

static FAT_RESULT ChkAdopt(CHK *Check, CHK_DIRECTORY *In, uint32_t Slot, uint32_t Cluster)
{
    CHK_DIRECTORY *Directory = ChkAddDirectory(Check, In, Slot, Cluster);
    uint8_t *Entry = ChkSlot(In, Slot);
    if (!Directory)
        return FatNoMemory;
    if (FatGet32(Entry + FAT_AT_SIZE)) {
        ChkTell(Check, ChkDirectorySize, In, Slot, 0);
        FatPut32(Entry + FAT_AT_SIZE, 0);
        In->Changed = true;
    }
    ChkClaim(Check, Directory);
    return FatDone;
}

static FAT_RESULT ChkLookAtHead(CHK *Check, CHK_DIRECTORY *In, uint32_t Slot, uint32_t Cluster,
                                bool Last)
{
    uint32_t Parent = 0, Size = Check->Geometry.ClusterSize, Lost;
    if (ChkIsDirectoryHead(Check, Cluster, &Parent)) {
        if (!Last && Parent != (In->IsRoot ? 0 : In->Cluster))
            return ChkDefer(Check, In, Slot);
        return ChkAdopt(Check, In, Slot, Cluster);
    }
    uint8_t *Data = FuAllocate(Check->Store, Size);
    if (!Data)
        return FatNoMemory;
    // What cannot be read says nothing against its being a directory, if the rest is to be saved.
    FAT_RESULT Result = ChkTakeCluster(Check, Cluster, Data, &Lost);
    // A directory has no size, and this one is not where it says.
    bool IsData = FatGet32(ChkSlot(In, Slot) + FAT_AT_SIZE) || ChkGet(Check, Cluster) == ChkFree ||
                  ChkIsData(Check, Data, Size / FAT_SLOT_BYTES);
    FuFree(Check->Store, Data);
    if (Result != FatDone)
        return Result;
    if (IsData) {
        ChkMakeFile(Check, In, Slot);
        return FatDone;
    }
    // Others that know better who they are come first.
    return Last ? ChkAdopt(Check, In, Slot, Cluster) : ChkDefer(Check, In, Slot);
}

// Last: it was put off before.
static FAT_RESULT ChkCheckChild(CHK *Check, CHK_DIRECTORY *In, uint32_t Slot, bool Last)
{
    uint8_t *Entry = ChkSlot(In, Slot);
    uint32_t Cluster = ChkStart(Check, Entry);
    if (!FatIsCluster(&Check->Geometry, Cluster) || ChkGet(Check, Cluster) == ChkBad) {
        ChkTell(Check, ChkNoDirectory, In, Slot, 0);
        ChkRemove(In, Slot);
        return FatDone;
    }
    if (ChkIsOwned(Check, Cluster)) {
        ChkTell(Check, ChkDirectoryTwice, In, Slot, Cluster);
        ChkRemove(In, Slot);
        return FatDone;
    }
    return ChkLookAtHead(Check, In, Slot, Cluster, Last);
}

static bool ChkIsChild(const CHK_DIRECTORY *In, uint32_t Slot)
{
    const uint8_t *Entry = ChkSlot(In, Slot);
    return ChkIsEntry(Entry) && (Entry[FAT_AT_ATTRIBUTES] & FAT_ATTRIBUTE_DIRECTORY) &&
           !ChkIsDot(Entry, 1) && !ChkIsDot(Entry, 2);
}

// An empty file that has clusters may be a directory whose attribute was lost: it knows where it belongs.
static void ChkFindLostChildren(CHK *Check, CHK_DIRECTORY *In)
{
    for (uint32_t i = 0; i < In->SlotCount; i++) {
        uint8_t *Entry = ChkSlot(In, i);
        uint32_t Start = ChkStart(Check, Entry), Parent;
        if (!ChkIsEntry(Entry) ||
            (Entry[FAT_AT_ATTRIBUTES] & (FAT_ATTRIBUTE_DIRECTORY | FAT_ATTRIBUTE_LABEL)) ||
            FatGet32(Entry + FAT_AT_SIZE) || !FatIsCluster(&Check->Geometry, Start) ||
            ChkIsOwned(Check, Start) || !ChkIsDirectoryHead(Check, Start, &Parent) ||
            Parent != (In->IsRoot ? 0 : In->Cluster))
            continue;
        ChkTell(Check, ChkBadAttributes, In, i, Entry[FAT_AT_ATTRIBUTES]);
        Entry[FAT_AT_ATTRIBUTES] |= FAT_ATTRIBUTE_DIRECTORY;
        In->Changed = true;
    }
}

static FAT_RESULT ChkWalkOne(CHK *Check, CHK_DIRECTORY *Directory)
{
    FAT_RESULT Result = ChkLoad(Check, Directory);
    if (Result != FatDone)
        return Result;
    if (Directory->IsRoot || ChkCheckDots(Check, Directory))
        Result = ChkCheckSlots(Check, Directory);
    ChkFindLostChildren(Check, Directory);
    for (uint32_t i = 0; i < Directory->SlotCount && Result == FatDone; i++) {
        if (ChkIsChild(Directory, i))
            Result = ChkCheckChild(Check, Directory, i, false);
    }
    ChkUnload(Check, Directory);
    return Result;
}

static FAT_RESULT ChkWalkNew(CHK *Check)
{
    for (;;) {
        CHK_DIRECTORY *Next = Check->Done ? Check->Done->Next : Check->First;
        if (!Next)
            return FatDone;
        FAT_RESULT Result = ChkWalkOne(Check, Next);
        if (Result != FatDone)
            return Result;
        Check->Done = Next;
    }
}

// Directories with the right parents first; what then still has no place belongs to where it was named.
FAT_RESULT ChkWalkDirectories(CHK *Check)
{
    FAT_RESULT Result = ChkWalkNew(Check);
    while (Result == FatDone && Check->Deferred) {
        CHK_DEFERRED *Deferred = Check->Deferred;
        Check->Deferred = Deferred->Next;
        Result = ChkLoad(Check, Deferred->In);
        if (Result == FatDone)
            Result = ChkCheckChild(Check, Deferred->In, Deferred->Slot, true);
        ChkUnload(Check, Deferred->In);
        FuFree(Check->Store, Deferred);
        if (Result == FatDone)
            Result = ChkWalkNew(Check);
    }
    return Result;
}
