// Files: their chains against their sizes and against one another.
#include "checkp.h"

typedef struct _CHK_WALK {
    CHK_DIRECTORY *In;
    uint32_t Slot, Start, Need; // clusters that the size needs
    uint32_t Last, Count;       // so far
} CHK_WALK;

static void ChkEndChain(CHK *Check, CHK_WALK *Walk)
{
    uint8_t *Entry = ChkSlot(Walk->In, Walk->Slot);
    if (Walk->Last) {
        ChkSet(Check, Walk->Last, ChkEnd);
        return;
    }
    ChkSetStart(Check, Entry, 0);
    Walk->In->Changed = true;
}

// One of the first Count clusters of the chain.
static bool ChkIsOwn(const CHK *Check, const CHK_WALK *Walk, uint32_t Cluster)
{
    uint32_t At = Walk->Start;
    for (uint32_t i = 0; i < Walk->Count; i++, At = ChkGet(Check, At)) {
        if (At == Cluster)
            return true;
    }
    return false;
}

// ---- Cross-links: the second file gets copies of the clusters

bool ChkRememberCopy(CHK *Check, uint32_t From, uint32_t To)
{
    if (Check->CopyCount == Check->CopyCapacity) {
        uint32_t Capacity = Check->CopyCapacity * 2 + 64;
        CHK_COPY *Copies = FuAllocate(Check->Store, Capacity * sizeof(*Copies));
        if (!Copies)
            return false;
        if (Check->CopyCount)
            memcpy(Copies, Check->Copies, Check->CopyCount * sizeof(*Copies));
        FuFree(Check->Store, Check->Copies);
        Check->Copies = Copies;
        Check->CopyCapacity = Capacity;
    }
    Check->Copies[Check->CopyCount++] = (CHK_COPY){From, To};
    return true;
}

static void ChkAppend(CHK *Check, CHK_WALK *Walk, uint32_t Cluster)
{
    if (Walk->Last) {
        ChkSet(Check, Walk->Last, Cluster);
    } else {
        ChkSetStart(Check, ChkSlot(Walk->In, Walk->Slot), Cluster);
        Walk->Start = Cluster;
        Walk->In->Changed = true;
    }
    Walk->Last = Cluster;
    Walk->Count++;
}

// From the cluster on that belongs to someone else, up to the file's size or where the other chain ends.
static FAT_RESULT ChkCopyRest(CHK *Check, CHK_WALK *Walk, uint32_t Cluster)
{
    ChkTell(Check, ChkCrossLink, Walk->In, Walk->Slot, Cluster);
    while (Walk->Count < Walk->Need && FatIsCluster(&Check->Geometry, Cluster)) {
        uint32_t Next = ChkGet(Check, Cluster), Copy = ChkAllocate(Check);
        if (!Copy) {
            ChkTell(Check, ChkNoSpace, Walk->In, Walk->Slot, 0);
            break;
        }
        if (!ChkRememberCopy(Check, Cluster, Copy))
            return FatNoMemory;
        ChkAppend(Check, Walk, Copy);
        Cluster = Next;
    }
    ChkEndChain(Check, Walk);
    return FatDone;
}

FAT_RESULT ChkWriteCopies(CHK *Check)
{
    const FAT_STORE *Store = Check->Store;
    uint32_t Size = Check->Geometry.ClusterSize;
    FAT_RESULT Result = FatDone;
    uint8_t *Data = Check->CopyCount ? FuAllocate(Store, Size) : nullptr;
    if (Check->CopyCount && !Data)
        return FatNoMemory;
    for (uint32_t i = 0; i < Check->CopyCount && Result == FatDone; i++) {
        const CHK_COPY *Copy = &Check->Copies[i];
        uint64_t To = FatClusterOffset(&Check->Geometry, Copy->To);
        uint32_t Lost;
        Result = ChkTakeCluster(Check, Copy->From, Data, &Lost);
        if (Result == FatDone && !Store->Write(Store->Context, To, Size, Data))
            Result = FatIoError;
    }
    FuFree(Store, Data);
    return Result;
}

// ---- One file

// The chain ends by itself, or is made to end.
static FAT_RESULT ChkWalkChain(CHK *Check, CHK_WALK *Walk)
{
    uint32_t Cluster = Walk->Start;
    if (!Cluster)
        return FatDone;
    while (Cluster != ChkEnd) {
        bool Valid = FatIsCluster(&Check->Geometry, Cluster);
        uint32_t Next = Valid ? ChkGet(Check, Cluster) : ChkInvalid;
        if (!Valid || Next == ChkFree || Next == ChkBad) {
            ChkTell(Check, Walk->Last ? ChkBadChain : ChkBadStart, Walk->In, Walk->Slot,
                    Walk->Count);
            ChkEndChain(Check, Walk);
            return FatDone;
        }
        bool Owned = ChkIsOwned(Check, Cluster);
        if (Owned && ChkIsOwn(Check, Walk, Cluster)) {
            ChkTell(Check, ChkLoop, Walk->In, Walk->Slot, Walk->Count);
            ChkEndChain(Check, Walk);
            return FatDone;
        }
        if (Walk->Count == Walk->Need) {
            ChkTell(Check, ChkTooLong, Walk->In, Walk->Slot, Cluster);
            ChkEndChain(Check, Walk);
            return FatDone;
        }
        if (Owned)
            return ChkCopyRest(Check, Walk, Cluster);
        ChkOwn(Check, Cluster);
        Walk->Last = Cluster;
        Walk->Count++;
        Cluster = Next;
    }
    return FatDone;
}

// As it should be: as many clusters as the size needs, all of them nobody else's. Then they are this file's.
static bool ChkOwnExactly(CHK *Check, const CHK_WALK *Walk)
{
    uint32_t Count = 0, Cluster = Walk->Start;
    if (!Walk->Need)
        return !Cluster;
    for (uint32_t Next = Cluster; Next != ChkEnd; Count++, Next = ChkGet(Check, Next)) {
        if (Count == Walk->Need || !FatIsCluster(&Check->Geometry, Next) || ChkIsOwned(Check, Next))
            return false;
    }
    if (Count != Walk->Need)
        return false;
    for (; Count; Count--, Cluster = ChkGet(Check, Cluster))
        ChkOwn(Check, Cluster);
    return true;
}

static FAT_RESULT ChkMendFile(CHK *Check, CHK_WALK *Walk)
{
    FAT_RESULT Result = ChkWalkChain(Check, Walk);
    if (Result != FatDone || Walk->Count >= Walk->Need)
        return Result;
    ChkTell(Check, ChkSize, Walk->In, Walk->Slot, Walk->Count);
    uint64_t Size = (uint64_t)Walk->Count << Check->Geometry.ClusterShift;
    FatPut32(ChkSlot(Walk->In, Walk->Slot) + FAT_AT_SIZE, FatMin(Size, UINT32_MAX));
    Walk->In->Changed = true;
    return FatDone;
}

// Files that are as they should be come first: what another one's chain leads into stays theirs.
static FAT_RESULT ChkCheckFile(CHK *Check, CHK_DIRECTORY *In, uint32_t Slot, bool Mend)
{
    const uint8_t *Entry = ChkSlot(In, Slot);
    CHK_TOTALS *Totals = &Check->Order->Totals;
    CHK_WALK Walk = {
        .In = In,
        .Slot = Slot,
        .Start = ChkStart(Check, Entry),
        .Need = (uint32_t)(((uint64_t)FatGet32(Entry + FAT_AT_SIZE) + Check->Geometry.ClusterSize -
                            1) >>
                           Check->Geometry.ClusterShift),
    };
    if (Mend && (In->Good[Slot / 8] >> Slot % 8 & 1))
        return FatDone;
    if (Mend) {
        FAT_RESULT Result = ChkMendFile(Check, &Walk);
        if (Result != FatDone)
            return Result;
    } else if (ChkOwnExactly(Check, &Walk)) {
        In->Good[Slot / 8] |= (uint8_t)(1 << Slot % 8);
        Walk.Count = Walk.Need;
    } else {
        In->AnyBad = true;
        return FatDone;
    }
    bool Hidden = Entry[FAT_AT_ATTRIBUTES] & FAT_ATTRIBUTE_HIDDEN;
    *(Hidden ? &Totals->Hidden : &Totals->Files) += 1;
    *(Hidden ? &Totals->HiddenClusters : &Totals->FileClusters) += Walk.Count;
    return FatDone;
}

static void ChkVisit(CHK *Check, const CHK_DIRECTORY *In, uint32_t Slot)
{
    uint16_t Path[ChkMostPath];
    if (Check->Order->Visit)
        Check->Order->Visit(Check->Order->Context, Path, ChkPath(Check, In, Slot, Path));
}

static FAT_RESULT ChkWalkFilesOf(CHK *Check, CHK_DIRECTORY *In, bool Mend)
{
    FAT_RESULT Result = ChkLoad(Check, In);
    if (Result == FatDone && !In->Good)
        In->Good = FuAllocate(Check->Store, In->SlotCount / 8 + 1);
    if (!In->Good)
        return Result == FatDone ? FatNoMemory : Result;
    for (uint32_t i = 0; Result == FatDone && i < In->SlotCount; i++) {
        const uint8_t *Entry = ChkSlot(In, i);
        if (!Entry[0])
            break;
        if (!ChkIsEntry(Entry) || (Entry[FAT_AT_ATTRIBUTES] & FAT_ATTRIBUTE_LABEL) ||
            ChkIsDot(Entry, 1) || ChkIsDot(Entry, 2))
            continue;
        if (!Mend)
            ChkVisit(Check, In, i);
        if (!(Entry[FAT_AT_ATTRIBUTES] & FAT_ATTRIBUTE_DIRECTORY))
            Result = ChkCheckFile(Check, In, i, Mend);
        else
            Check->Order->Totals.Directories += !Mend;
    }
    ChkUnload(Check, In);
    return Result;
}

FAT_RESULT ChkWalkFiles(CHK *Check, CHK_DIRECTORY *From)
{
    FAT_RESULT Result = FatDone;
    for (CHK_DIRECTORY *In = From; In && Result == FatDone; In = In->Next)
        Result = ChkWalkFilesOf(Check, In, false);
    for (CHK_DIRECTORY *In = From; In && Result == FatDone; In = In->Next) {
        if (In->AnyBad)
            Result = ChkWalkFilesOf(Check, In, true);
        FuFree(Check->Store, In->Good);
        In->Good = nullptr;
    }
    return Result;
}
