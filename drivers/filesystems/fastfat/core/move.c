// Clusters of a file go to another place. The new ones are in the FAT before anything leads to them; then one write, of what
// leads to the first of them, makes them the file's, and the old ones are freed.
#include "fatp.h"

static FAT_RESULT FatCheckMove(FAT_VOLUME *Volume, FAT_CHAIN *Chain, uint32_t First, FAT_FREED To)
{
    uint32_t Known;
    FAT_RESULT Result = FatCountClusters(Volume, Chain, &Known);
    if (Result == FatDone)
        Result = FatKnowSpace(Volume);
    if (Result != FatDone)
        return Result;
    if (First > Known || To.Count > Known - First)
        return FatNotFound;
    for (uint32_t i = 0; i < To.Count; i++) {
        if (FatClusterInUse(Volume, To.Cluster + i))
            return FatExists;
    }
    return FatDone;
}

// A piece of the chain that lies together, no longer than Most.
static FAT_RESULT FatPieceAt(FAT_VOLUME *Volume, FAT_CHAIN *Chain, uint32_t Index, uint32_t Most,
                             FAT_FREED *Piece)
{
    FAT_RUN Run;
    FAT_RESULT Result = FatLookup(Volume, Chain, Index, &Run);
    if (Result == FatDone)
        *Piece = (FAT_FREED){Run.Cluster, FatMin(Run.Count, Most)};
    return Result;
}

static FAT_RESULT FatCopyOver(FAT_VOLUME *Volume, FAT_CHAIN *Chain, uint32_t First, FAT_FREED To)
{
    FAT_COPY Copy;
    FAT_FREED Piece;
    FAT_RESULT Result = FatBeginCopy(Volume, To.Count, &Copy);
    for (uint32_t i = 0; Result == FatDone && i < To.Count; i += Piece.Count) {
        Result = FatPieceAt(Volume, Chain, First + i, To.Count - i, &Piece);
        if (Result == FatDone)
            Result = FatCopyRun(&Copy, Piece, To.Cluster + i);
    }
    return FatEndCopy(&Copy, Result);
}

// The same of a directory: its clusters are among the blocks of metadata, and are written as new ones.
static FAT_RESULT FatCopyCluster(FAT_VOLUME *Volume, uint64_t From, uint64_t To)
{
    for (uint32_t Done = 0, Length; Done < Volume->Geometry.ClusterSize; Done += Length) {
        uint8_t *Source, *Target;
        uint64_t Within = (From + Done) % FAT_BLOCK_BYTES, Into = (To + Done) % FAT_BLOCK_BYTES;
        Length = FatMin(FAT_BLOCK_BYTES - (Within > Into ? Within : Into),
                        Volume->Geometry.ClusterSize - Done);
        FAT_RESULT Result = FatMapFresh(Volume, To + Done, Length, &Target);
        for (uint32_t i = 0; Result == FatDone && i < Length; i += FAT_SLOT_BYTES) {
            Result = FatMap(Volume, From + Done + i, &Source);
            if (Result == FatDone)
                memcpy(Target + i, Source, FAT_SLOT_BYTES);
        }
        if (Result != FatDone)
            return Result;
        FatTouch(Volume, To + Done, Length, FatDirtyNew);
    }
    return FatDone;
}

static FAT_RESULT FatCopyDirectory(FAT_VOLUME *Volume, FAT_CHAIN *Chain, uint32_t First,
                                   FAT_FREED To)
{
    const FAT_GEOMETRY *Geometry = &Volume->Geometry;
    FAT_RESULT Result = FatDone;
    for (uint32_t i = 0; Result == FatDone && i < To.Count; i++) {
        FAT_RUN Run;
        Result = FatLookup(Volume, Chain, First + i, &Run);
        if (Result == FatDone)
            Result = FatCopyCluster(Volume, FatClusterOffset(Geometry, Run.Cluster),
                                    FatClusterOffset(Geometry, To.Cluster + i));
    }
    return Result;
}

// The entries of the new ones; the last leads to where the old ones led.
static FAT_RESULT FatSetMoved(FAT_VOLUME *Volume, FAT_CHAIN *Chain, uint32_t First, FAT_FREED To)
{
    FAT_RUN Last;
    uint32_t Behind = FAT_NO_CLUSTER;
    FAT_RESULT Result = FatLookup(Volume, Chain, First + To.Count - 1, &Last);
    if (Result == FatDone)
        Result = FatGetEntry(Volume, Last.Cluster, &Behind);
    for (uint32_t i = 0; Result == FatDone && i < To.Count; i++)
        Result =
            FatSetEntry(Volume, To.Cluster + i, i + 1 < To.Count ? To.Cluster + i + 1 : Behind);
    return Result;
}

// Room for what is freed has been reserved: each piece is at least a cluster.
static void FatFreeMoved(FAT_VOLUME *Volume, FAT_CHAIN *Chain, uint32_t First, uint32_t Count)
{
    FAT_FREED Piece;
    for (uint32_t i = 0; i < Count; i += Piece.Count) {
        if (FatPieceAt(Volume, Chain, First + i, Count - i, &Piece) != FatDone)
            return; // cannot be: they are known
        (void)FatFreeRun(Volume, Piece.Cluster, Piece.Count);
    }
}

static FAT_RESULT FatLeadTo(FAT_VOLUME *Volume, FAT_CHAIN *Chain, uint32_t First, uint32_t Cluster)
{
    FAT_RUN Before;
    if (!First)
        return FatDone; // who has the chain does
    FAT_RESULT Result = FatLookup(Volume, Chain, First - 1, &Before);
    return Result == FatDone ? FatDeferLink(Volume, Before.Cluster, Cluster) : Result;
}

// To is taken.
static FAT_RESULT FatMoveRun(FAT_VOLUME *Volume, FAT_CHAIN *Chain, uint32_t First, FAT_FREED To)
{
    FAT_RESULT Result = FatReserveFreed(Volume, To.Count + 1);
    if (Result != FatDone) {
        FatReleaseRun(Volume, To);
        return Result;
    }
    Result = Chain->Metadata ? FatCopyDirectory(Volume, Chain, First, To)
                             : FatCopyOver(Volume, Chain, First, To);
    if (Result == FatDone)
        Result = FatSetMoved(Volume, Chain, First, To);
    if (Result == FatDone)
        Result = FatLeadTo(Volume, Chain, First, To.Cluster);
    if (Result != FatDone) {
        (void)FatFreeRun(Volume, To.Cluster, To.Count); // what has changed may be written
        return Result;
    }
    FatFreeMoved(Volume, Chain, First, To.Count);
    if (!First)
        Chain->FirstCluster = To.Cluster;
    FatForgetChain(Volume, Chain);
    return FatDone;
}

uint32_t FatFindWhole(const FAT_VOLUME *Volume)
{
    for (uint32_t i = 2; i < Volume->Geometry.Clusters + 2; i++) {
        if (!FatClusterInUse(Volume, i) && !FatIsSplit(&Volume->Geometry, i))
            return i;
    }
    return 0;
}

static bool FatIsSplitAt(FAT_VOLUME *Volume, FAT_CHAIN *Chain, uint32_t Index)
{
    FAT_RUN Run;
    return Index != UINT32_MAX && FatLookup(Volume, Chain, Index, &Run) == FatDone &&
           FatIsSplit(&Volume->Geometry, Run.Cluster);
}

FAT_RESULT FatUnsplit(FAT_VOLUME *Volume, FAT_CHAIN *Chain, uint32_t Index)
{
    FAT_RUN Old;
    if (Volume->Geometry.Bits != 12 || (Chain->Metadata && !Index))
        return FatDone;
    FAT_RESULT Result = FatLookup(Volume, Chain, Index, &Old);
    if (Result != FatDone || !FatIsSplit(&Volume->Geometry, Old.Cluster))
        return Result;
    if (Index)
        Result = FatUnsplit(Volume, Chain, Index - 1); // which is to lead to another
    FAT_FREED To = {FatFindWhole(Volume), 1};
    if (Result != FatDone || !To.Cluster || FatIsSplitAt(Volume, Chain, Index - 1))
        return Result; // it changes in two steps (link.c)
    FatTakeRun(Volume, To);
    return FatMoveRun(Volume, Chain, Index, To);
}

FAT_RESULT FatMove(FAT_VOLUME *Volume, FAT_CHAIN *Chain, uint32_t First, uint32_t Cluster,
                   uint32_t Count)
{
    FAT_FREED To = {Cluster, Count};
    if (Volume->ReadOnly)
        return FatReadOnly;
    if (Chain->Metadata && !First)
        return FatTooLarge; // what is in a directory leads back to where that begins
    FAT_RESULT Result = FatCommit(Volume);
    if (Result == FatDone)
        Result = FatCheckMove(Volume, Chain, First, To);
    if (Result != FatDone)
        return Result;
    FatTakeRun(Volume, To);
    if (First)
        Result = FatUnsplit(Volume, Chain, First - 1);
    if (Result == FatDone && FatIsSplitAt(Volume, Chain, First - 1))
        Result = FatFull; // from one cluster to another there are no two steps
    if (Result == FatDone)
        return FatMoveRun(Volume, Chain, First, To);
    FatReleaseRun(Volume, To);
    return Result;
}
