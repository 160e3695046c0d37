// The surface: every cluster is read. What cannot be read is marked, and taken out of the chain that it is in: another
// cluster gets what can be read of it.
#include "checkp.h"

enum { ChkSurfaceChunk = 256 * 1024 };

typedef struct _CHK_SURFACE {
    uint8_t *Bad; // a bit each cluster
    uint32_t Count, Free;
} CHK_SURFACE;

static bool ChkIsUnreadable(const CHK_SURFACE *Surface, uint32_t Cluster)
{
    return Surface->Bad[Cluster / 8] >> Cluster % 8 & 1;
}

// ---- Looking

static void ChkTryClusters(CHK *Check, CHK_SURFACE *Surface, uint32_t First, uint32_t Count,
                           uint8_t *Data)
{
    for (uint32_t i = First; i < First + Count; i++) {
        if (ChkGet(Check, i) == ChkBad ||
            ChkReadCluster(Check, i, Data, Check->Geometry.ClusterSize) == FatDone)
            continue;
        Surface->Bad[i / 8] |= (uint8_t)(1 << i % 8);
        Surface->Count++;
    }
}

static FAT_RESULT ChkReadSurface(CHK *Check, CHK_SURFACE *Surface)
{
    const FAT_GEOMETRY *Geometry = &Check->Geometry;
    CHK_ORDER *Order = Check->Order;
    uint32_t Chunk =
        Geometry->ClusterSize > ChkSurfaceChunk ? Geometry->ClusterSize : ChkSurfaceChunk;
    uint32_t Step = Chunk >> Geometry->ClusterShift, Shown = 0;
    uint8_t *Data = FuAllocate(Check->Store, Chunk);
    if (!Data)
        return FatNoMemory;
    for (uint32_t Done = 0; Done < Geometry->Clusters; Done += Step) {
        uint32_t Count = FatMin(Step, Geometry->Clusters - Done);
        if (ChkReadCluster(Check, Done + 2, Data, Count << Geometry->ClusterShift) != FatDone)
            ChkTryClusters(Check, Surface, Done + 2, Count, Data);
        uint32_t Percent = (uint32_t)((uint64_t)(Done + Count) * 100 / Geometry->Clusters);
        if (Order->Progress && Percent != Shown)
            Order->Progress(Order->Context, Percent);
        Shown = Percent;
    }
    FuFree(Check->Store, Data);
    return FatDone;
}

static void ChkMarkFree(CHK *Check, CHK_SURFACE *Surface)
{
    for (uint32_t i = 2; i < Check->Geometry.Clusters + 2; i++) {
        if (!ChkIsUnreadable(Surface, i) || ChkGet(Check, i) != ChkFree)
            continue;
        ChkSet(Check, i, ChkBad);
        Surface->Free++;
    }
    if (Surface->Free)
        ChkTell(Check, ChkBadFree, nullptr, 0, Surface->Free);
}

// ---- Replacing, in a chain

// Along the chain that begins at *Start. How many were replaced; what there is no space for stays.
static FAT_RESULT ChkReplaceIn(CHK *Check, const CHK_SURFACE *Surface, uint32_t *Start,
                               uint32_t *Replaced, bool *Full)
{
    uint32_t Last = 0, Cluster = *Start, Next;
    *Replaced = 0;
    *Full = false;
    for (; FatIsCluster(&Check->Geometry, Cluster); Last = Cluster, Cluster = Next) {
        Next = ChkGet(Check, Cluster);
        if (!ChkIsUnreadable(Surface, Cluster) || Next == ChkBad)
            continue;
        uint32_t New = ChkAllocate(Check);
        *Full |= !New;
        if (!New)
            continue;
        if (!ChkRememberCopy(Check, Cluster, New))
            return FatNoMemory;
        ChkSet(Check, New, Next);
        ChkSet(Check, Cluster, ChkBad);
        if (Last)
            ChkSet(Check, Last, New);
        else
            *Start = New;
        Cluster = New;
        ++*Replaced;
    }
    return FatDone;
}

static bool ChkHasUnreadable(const CHK *Check, const CHK_SURFACE *Surface, uint32_t Cluster)
{
    for (; FatIsCluster(&Check->Geometry, Cluster); Cluster = ChkGet(Check, Cluster)) {
        if (ChkIsUnreadable(Surface, Cluster))
            return true;
    }
    return false;
}

// Directories are written from memory, so those that change must be there before their chains do.
static FAT_RESULT ChkKeepDirectories(CHK *Check, const CHK_SURFACE *Surface)
{
    FAT_RESULT Result = FatDone;
    for (CHK_DIRECTORY *In = Check->First; In && Result == FatDone; In = In->Next) {
        if (!ChkHasUnreadable(Check, Surface, In->Cluster))
            continue;
        Result = ChkLoad(Check, In);
        In->Changed = true;
    }
    return Result;
}

// A directory begins elsewhere now: it says so itself, and those in it.
static FAT_RESULT ChkMoveDirectory(CHK *Check, uint32_t Old, uint32_t New)
{
    FAT_RESULT Result = FatDone;
    for (CHK_DIRECTORY *In = Check->First; In && Result == FatDone; In = In->Next) {
        bool Itself = In->Cluster == Old, Child = !In->IsRoot && In->Parent == Old;
        if (!Itself && !Child)
            continue;
        Result = ChkLoad(Check, In);
        if (Result != FatDone)
            break;
        if (Itself)
            In->Cluster = New;
        if (Child)
            In->Parent = New;
        if (!In->IsRoot && In->SlotCount > 1)
            ChkSetStart(Check, ChkSlot(In, Child ? 1 : 0), New);
        In->Changed = true;
    }
    return Result;
}

static FAT_RESULT ChkMendRoot(CHK *Check, const CHK_SURFACE *Surface)
{
    uint32_t Start = Check->First->Cluster, Old = Start, Replaced;
    bool Full;
    if (!Start)
        return FatDone;
    FAT_RESULT Result = ChkReplaceIn(Check, Surface, &Start, &Replaced, &Full);
    if (Result != FatDone || (!Replaced && !Full))
        return Result;
    ChkTell(Check, Full ? ChkNoSpace : ChkBadCluster, Check->First, Check->First->SlotCount,
            Replaced);
    if (Start == Old)
        return FatDone;
    Check->First->Cluster = Check->Geometry.RootCluster = Start;
    FatPut32(Check->Boot + FAT_BOOT32_ROOT, Start);
    Check->BootChanged = true;
    return FatDone;
}

static FAT_RESULT ChkMendEntry(CHK *Check, const CHK_SURFACE *Surface, CHK_DIRECTORY *In,
                               uint32_t Slot)
{
    uint8_t *Entry = ChkSlot(In, Slot);
    uint32_t Start = ChkStart(Check, Entry), Old = Start, Replaced;
    bool Full;
    FAT_RESULT Result = ChkReplaceIn(Check, Surface, &Start, &Replaced, &Full);
    if (Result != FatDone || (!Replaced && !Full))
        return Result;
    ChkTell(Check, ChkBadCluster, In, Slot, Replaced);
    if (Full)
        ChkTell(Check, ChkNoSpace, In, Slot, 0);
    if (Start == Old)
        return FatDone;
    ChkSetStart(Check, Entry, Start);
    In->Changed = true;
    return Entry[FAT_AT_ATTRIBUTES] & FAT_ATTRIBUTE_DIRECTORY ? ChkMoveDirectory(Check, Old, Start)
                                                              : FatDone;
}

static FAT_RESULT ChkMendIn(CHK *Check, const CHK_SURFACE *Surface, CHK_DIRECTORY *In)
{
    FAT_RESULT Result = ChkLoad(Check, In);
    for (uint32_t i = 0; Result == FatDone && i < In->SlotCount && ChkSlot(In, i)[0]; i++) {
        const uint8_t *Entry = ChkSlot(In, i);
        if (!ChkIsEntry(Entry) || (Entry[FAT_AT_ATTRIBUTES] & FAT_ATTRIBUTE_LABEL) ||
            ChkIsDot(Entry, 1) || ChkIsDot(Entry, 2))
            continue;
        Result = ChkMendEntry(Check, Surface, In, i);
    }
    ChkUnload(Check, In);
    return Result;
}

// ---- All of it

static FAT_RESULT ChkMendSurface(CHK *Check, CHK_SURFACE *Surface)
{
    ChkMarkFree(Check, Surface);
    if (Surface->Free == Surface->Count)
        return FatDone;
    FAT_RESULT Result = ChkKeepDirectories(Check, Surface);
    if (Result == FatDone)
        Result = ChkMendRoot(Check, Surface);
    for (CHK_DIRECTORY *In = Check->First; In && Result == FatDone; In = In->Next)
        Result = ChkMendIn(Check, Surface, In);
    return Result;
}

FAT_RESULT ChkCheckSurface(CHK *Check)
{
    CHK_SURFACE Surface = {.Bad = FuAllocate(Check->Store, Check->Geometry.Clusters / 8 + 2)};
    FAT_RESULT Result = Surface.Bad ? ChkReadSurface(Check, &Surface) : FatNoMemory;
    if (Result == FatDone && Surface.Count)
        Result = ChkMendSurface(Check, &Surface);
    FuFree(Check->Store, Surface.Bad);
    return Result;
}
