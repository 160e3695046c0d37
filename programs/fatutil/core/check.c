// The check from begin to end. All changes are made in memory; when everything has been looked at they are written, if
// that is wanted at all.
#include "checkp.h"

void ChkTell(CHK *Check, CHK_PROBLEM Problem, const CHK_DIRECTORY *In, uint32_t Slot,
             uint32_t Number)
{
    uint16_t Path[ChkMostPath];
    CHK_ORDER *Order = Check->Order;
    Order->Problems++;
    if (Order->Tell)
        Order->Tell(Order->Context, Problem, Path, In ? ChkPath(Check, In, Slot, Path) : 0, Number);
}

static void ChkStage(CHK *Check, uint32_t Stage)
{
    if (Check->Order->Stage)
        Check->Order->Stage(Check->Order->Context, Stage);
}

// ---- The root

// Of FAT32: a chain that must be there. If its first cluster is not in use it is made so.
static FAT_RESULT ChkStartTree(CHK *Check)
{
    uint32_t Cluster = Check->Geometry.Bits == 32 ? Check->Geometry.RootCluster : 0;
    CHK_DIRECTORY *Root = ChkAddDirectory(Check, nullptr, 0, Cluster);
    if (!Root)
        return FatNoMemory;
    ChkClaim(Check, Root);
    return FatDone;
}

static void ChkSum(CHK *Check)
{
    CHK_TOTALS *Totals = &Check->Order->Totals;
    Totals->FreeClusters = Totals->BadClusters = 0;
    for (uint32_t i = 2; i < Check->Geometry.Clusters + 2; i++) {
        uint32_t Next = ChkGet(Check, i);
        Totals->FreeClusters += Next == ChkFree;
        Totals->BadClusters += Next == ChkBad;
    }
}

// ---- Writing

static bool ChkAnyChange(const CHK *Check)
{
    bool Any = Check->BootChanged || Check->BackupChanged || Check->FatChanged || Check->CopyCount;
    for (const CHK_DIRECTORY *Directory = Check->First; Directory; Directory = Directory->Next)
        Any |= Directory->Changed;
    return Any;
}

// Copies first, so that what points to them finds them there; the dirty bit goes with the FAT, which is last.
static FAT_RESULT ChkWrite(CHK *Check)
{
    const FAT_STORE *Store = Check->Store;
    if (!ChkAnyChange(Check))
        return FatDone;
    Check->Order->Written = true;
    FAT_RESULT Result = ChkWriteCopies(Check);
    for (CHK_DIRECTORY *Directory = Check->First; Directory && Result == FatDone;
         Directory = Directory->Next) {
        if (Directory->Changed)
            Result = ChkWriteDirectory(Check, Directory);
    }
    if (Result == FatDone && !Store->Barrier(Store->Context))
        Result = FatIoError;
    if (Result == FatDone)
        Result = ChkWriteFats(Check);
    return Result == FatDone ? ChkWriteBoot(Check) : Result;
}

// ---- All of it

static FAT_RESULT ChkRunStages(CHK *Check)
{
    ChkStage(Check, 1);
    FAT_RESULT Result = ChkReadFats(Check);
    if (Result != FatDone)
        return Result;
    ChkSum(Check);
    Check->FreeBefore = Check->Order->Totals.FreeClusters;
    Result = ChkStartTree(Check);
    if (Result == FatDone)
        Result = ChkWalkDirectories(Check);
    if (Result != FatDone)
        return Result;
    ChkStage(Check, 2);
    Result = ChkWalkFiles(Check, Check->First);
    if (Result != FatDone)
        return Result;
    ChkStage(Check, 3);
    Result = ChkFindLost(Check);
    if (Result != FatDone)
        return Result;
    if (Check->Order->Surface) {
        ChkStage(Check, 4);
        Result = ChkCheckSurface(Check);
        if (Result != FatDone)
            return Result;
    }
    ChkCheckHead(Check);
    ChkSum(Check);
    if (Check->Order->Fix)
        Result = ChkWrite(Check);
    if (Result == FatDone)
        Result = ChkCheckInfo(Check);
    ChkStage(Check, 5);
    return Result;
}

static void ChkRelease(CHK *Check)
{
    const FAT_STORE *Store = Check->Store;
    while (Check->First) {
        CHK_DIRECTORY *Directory = Check->First;
        Check->First = Directory->Next;
        FuFree(Store, Directory->Slots);
        FuFree(Store, Directory->Path);
        FuFree(Store, Directory->Good);
        FuFree(Store, Directory);
    }
    while (Check->Deferred) {
        CHK_DEFERRED *Deferred = Check->Deferred;
        Check->Deferred = Deferred->Next;
        FuFree(Store, Deferred);
    }
    FuFree(Store, Check->Boot);
    FuFree(Store, Check->Fat);
    FuFree(Store, Check->Owned);
    FuFree(Store, Check->Copies);
}

FAT_RESULT ChkRun(CHK_ORDER *Order)
{
    CHK Check = {.Order = Order, .Store = Order->Store};
    Order->Totals = (CHK_TOTALS){};
    memset(Order->Totals.Label, ' ', FAT_SHORT_BYTES);
    Order->Problems = 0;
    Order->Written = false;
    FAT_RESULT Result = ChkReadBoot(&Check);
    if (Result == FatDone) {
        Order->Totals.Bits = Check.Geometry.Bits;
        Order->Totals.ClusterSize = Check.Geometry.ClusterSize;
        Order->Totals.Clusters = Check.Geometry.Clusters;
        Order->Totals.Serial = Check.Geometry.SerialNumber;
        Result = ChkRunStages(&Check);
    }
    if (Order->Written || Check.InfoChanged)
        Order->Written = Order->Fix;
    if (Result == FatDone && Order->Written && !Order->Store->Barrier(Order->Store->Context))
        Result = FatIoError;
    ChkRelease(&Check);
    return Result;
}
