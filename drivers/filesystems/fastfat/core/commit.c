// Bringing changes to the medium, in an order in which a power cut at any point leaves nothing worse than clusters
// without an owner and a volume marked dirty. README.md tells why it is this one.
#include "fatp.h"

static FAT_RESULT FatBarrier(FAT_VOLUME *Volume)
{
    Volume->Barriers++;
    Volume->Unsure = !Volume->Store->Barrier(Volume->Store->Context);
    return Volume->Unsure ? FatIoError : FatDone;
}

bool FatNeedsCommit(const FAT_VOLUME *Volume)
{
    return Volume->DirtyBlocks || Volume->FreedCount || Volume->LinkCount;
}

FAT_RESULT FatMarkDirty(FAT_VOLUME *Volume)
{
    if (Volume->MarkedDirty || Volume->ReadOnly)
        return FatDone;
    FAT_RESULT Result = FatWriteDirtyBit(Volume, true);
    if (Result == FatDone)
        Volume->MarkedDirty = true;
    return Result;
}

static FAT_RESULT FatWritePhase(FAT_VOLUME *Volume, FAT_DIRTY Kind)
{
    if (!Volume->DirtyFirst[Kind])
        return FatDone;
    FAT_RESULT Result = FatWriteDirty(Volume, Kind);
    return Result == FatDone ? FatBarrier(Volume) : Result;
}

// Joins or cuts, one half after the other of those in two sectors.
static FAT_RESULT FatWriteLinks(FAT_VOLUME *Volume, bool Cuts)
{
    FAT_RESULT Result = FatDone;
    for (int i = 0; Result == FatDone && i < 2; i++) {
        Result = FatApplyLinks(Volume, Cuts, i == 0);
        if (Result == FatDone)
            Result = FatWritePhase(Volume, FatDirtyFat);
    }
    return Result;
}

FAT_RESULT FatCommit(FAT_VOLUME *Volume)
{
    if (!FatNeedsCommit(Volume))
        return FatDone;
    // Also if it fails: what was new until now may be a part of chains on the medium.
    Volume->Epoch++;
    FatForgetFreed(Volume);
    FAT_RESULT Result = Volume->Unsure ? FatBarrier(Volume) : FatDone;
    if (Result == FatDone)
        Result = FatWritePhase(Volume, FatDirtyNew);
    if (Result == FatDone)
        Result = FatMarkDirty(Volume);
    if (Result == FatDone)
        Result = FatWritePhase(Volume, FatDirtyFat);
    if (Result == FatDone)
        Result = FatWriteLinks(Volume, false);
    if (Result == FatDone)
        Result = FatWritePhase(Volume, FatDirtySlots);
    if (Result == FatDone)
        Result = FatWriteLinks(Volume, true);
    if (Result == FatDone)
        Result = FatApplyFreed(Volume);
    if (Result == FatDone)
        Result = FatWritePhase(Volume, FatDirtyFat);
    if (Result != FatDone)
        return Result;
    FatFinishFreed(Volume);
    Volume->OutOfStock = false;
    FatForgetGone(Volume);
    return FatDone;
}

// Nothing changes in the FAT, and what entries of directories lead to is there: they may be written in any order.
static bool FatHasSlotsOnly(const FAT_VOLUME *Volume)
{
    return !Volume->Unsure && Volume->MarkedDirty && !Volume->LinkCount &&
           !Volume->DirtyFirst[FatDirtyNew] && !Volume->DirtyFirst[FatDirtyFat];
}

FAT_RESULT FatFlush(FAT_VOLUME *Volume)
{
    FAT_RESULT Result = FatDone;
    uint64_t Barriers = Volume->Barriers;
    if (!FatNeedsCommit(Volume))
        return FatBarrier(Volume);
    if (FatHasSlotsOnly(Volume)) {
        Volume->Epoch++;
        FatForgetFreed(Volume);
        Result = FatWriteDirty(Volume, FatDirtySlots);
        if (Result == FatDone)
            FatForgetGone(Volume);
    } else {
        if (Volume->OutOfStock)
            (void)FatRenewStock(Volume); // an error comes again, if it counts
        Result = FatCommit(Volume);
    }
    return Result == FatDone && Volume->Barriers == Barriers ? FatBarrier(Volume) : Result;
}

FAT_RESULT FatMarkClean(FAT_VOLUME *Volume)
{
    if (Volume->ReadOnly)
        return FatDone;
    FAT_RESULT Result = FatReturnStock(Volume);
    if (Result == FatDone)
        Result = FatCommit(Volume);
    if (Result == FatDone && Volume->InfoStale)
        Result = FatWriteInfo(Volume);
    if (Result != FatDone || !Volume->MarkedDirty || Volume->WasDirty)
        return Result;
    Result = FatBarrier(Volume);
    if (Result == FatDone)
        Result = FatWriteDirtyBit(Volume, false);
    if (Result != FatDone)
        return Result;
    Volume->MarkedDirty =
        false; // if it is not written, the next commit marks it again all the same
    Result = FatWriteDirty(Volume, FatDirtyFat);
    return Result == FatDone ? FatBarrier(Volume) : Result;
}
