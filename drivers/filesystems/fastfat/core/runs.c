// Chains. What has been followed is kept as runs, sorted by place, so that any place is found by halving; the FAT is
// read only where the chain has not been followed yet.
#include "fatp.h"

enum { FAT_FOLLOW = 1024 }; // clusters at a time

static FAT_RESULT FatAppendRun(FAT_VOLUME *Volume, FAT_CHAIN *Chain, uint32_t Cluster,
                               uint32_t Count)
{
    FAT_RUN *Last = Chain->Count ? &Chain->Runs[Chain->Count - 1] : nullptr;
    if (Last && Last->Cluster + Last->Count == Cluster) {
        Last->Count += Count;
    } else {
        FAT_RESULT Result = FatGrowArray(Volume->Store, &Chain->Runs, Chain->Count,
                                         &Chain->Capacity, sizeof(FAT_RUN));
        if (Result != FatDone)
            return Result;
        Chain->Runs[Chain->Count++] = (FAT_RUN){Chain->Known, Cluster, Count};
    }
    Chain->Known += Count;
    return FatDone;
}

static uint32_t FatLastCluster(const FAT_CHAIN *Chain)
{
    const FAT_RUN *Last = &Chain->Runs[Chain->Count - 1];
    return Last->Cluster + Last->Count - 1;
}

// The power may have gone between the two halves of an entry of a FAT12: then it leads behind the last cluster.
static bool FatIsEnd(const FAT_GEOMETRY *Geometry, uint32_t Next)
{
    return Next == FAT_NO_CLUSTER || (Geometry->Bits == 12 && Next > Geometry->Clusters + 1);
}

// Until Clusters are known or the end is reached. A chain longer than the volume is a loop.
static FAT_RESULT FatFollow(FAT_VOLUME *Volume, FAT_CHAIN *Chain, uint32_t Clusters)
{
    FAT_RESULT Result = FatDone;
    if (!Chain->FirstCluster)
        Chain->Complete = true;
    while (Result == FatDone && !Chain->Complete && Chain->Known < Clusters) {
        uint32_t Next = Chain->FirstCluster;
        if (Chain->Known) {
            Result = FatGetEntry(Volume, FatLastCluster(Chain), &Next);
            if (Result != FatDone)
                return Result;
            if (FatIsEnd(&Volume->Geometry, Next)) {
                Chain->Complete = true;
                break;
            }
        }
        if (!FatIsCluster(&Volume->Geometry, Next) || Chain->Known >= Volume->Geometry.Clusters)
            return FatCorrupt;
        Result = FatAppendRun(Volume, Chain, Next, 1);
    }
    return Result;
}

FAT_RESULT FatLookup(FAT_VOLUME *Volume, FAT_CHAIN *Chain, uint32_t Index, FAT_RUN *Run)
{
    if (Index >= Chain->Known) {
        FAT_RESULT Result =
            FatFollow(Volume, Chain, FatMin((uint64_t)Index + FAT_FOLLOW, UINT32_MAX));
        if (Index >= Chain->Known)
            return Result != FatDone ? Result : FatNotFound;
    }
    uint32_t Low = 0, High = Chain->Count;
    while (High - Low > 1) {
        uint32_t Middle = (Low + High) / 2;
        if (Chain->Runs[Middle].First <= Index)
            Low = Middle;
        else
            High = Middle;
    }
    const FAT_RUN *Found = &Chain->Runs[Low];
    uint32_t Skip = Index - Found->First;
    *Run = (FAT_RUN){Index, Found->Cluster + Skip, Found->Count - Skip};
    return FatDone;
}

FAT_RESULT FatCountClusters(FAT_VOLUME *Volume, FAT_CHAIN *Chain, uint32_t *Count)
{
    FAT_RESULT Result = FatFollow(Volume, Chain, UINT32_MAX);
    *Count = Chain->Known;
    return Result;
}

// ---- Growing

static FAT_RESULT FatLinkRun(FAT_VOLUME *Volume, FAT_FREED Run)
{
    FAT_RESULT Result = FatDone;
    for (uint32_t i = 0; Result == FatDone && i < Run.Count; i++) {
        uint32_t Next = i + 1 < Run.Count ? Run.Cluster + i + 1 : FAT_NO_CLUSTER;
        Result = FatSetEntry(Volume, Run.Cluster + i, Next);
    }
    return Result;
}

// What is the end of the chain on the medium may lead to the cluster.
static bool FatMayJoin(const FAT_VOLUME *Volume, const FAT_CHAIN *Chain, uint32_t Cluster)
{
    return !Chain->Count || Chain->Epoch == Volume->Epoch ||
           !FatIsSplit(&Volume->Geometry, FatLastCluster(Chain)) ||
           FatIsSafeHalf(&Volume->Geometry, FatLastCluster(Chain), Cluster);
}

// Another one instead of the run that the chain may not lead to; nothing has been changed for that.
static FAT_RESULT FatTakeOther(FAT_VOLUME *Volume, const FAT_CHAIN *Chain, FAT_FREED *Run)
{
    uint32_t Other = 2, End = Volume->Geometry.Clusters + 2;
    FatReleaseRun(Volume, *Run);
    while (Other < End && (FatClusterInUse(Volume, Other) || !FatMayJoin(Volume, Chain, Other)))
        Other++;
    if (Other == End)
        return FatFull;
    *Run = (FAT_FREED){Other, 1};
    FatTakeRun(Volume, *Run);
    return FatDone;
}

// The run's own entries come first. What joins them to clusters that are on the medium already waits for the commit: a
// chain there never leads to a cluster that is not its own yet.
static FAT_RESULT FatAttachRun(FAT_VOLUME *Volume, FAT_CHAIN *Chain, FAT_FREED Run)
{
    FAT_RESULT Result =
        FatGrowArray(Volume->Store, &Chain->Runs, Chain->Count, &Chain->Capacity, sizeof(FAT_RUN));
    if (Result == FatDone)
        Result = FatLinkRun(Volume, Run);
    if (Result == FatDone && Chain->Count)
        Result = Chain->Epoch == Volume->Epoch
                     ? FatSetEntry(Volume, FatLastCluster(Chain), Run.Cluster)
                     : FatDeferLink(Volume, FatLastCluster(Chain), Run.Cluster);
    if (Result != FatDone)
        return Result;
    if (Chain->Epoch != Volume->Epoch)
        Chain->Older = Chain->Known;
    Chain->Epoch = Volume->Epoch;
    if (!Chain->Count)
        Chain->FirstCluster = Run.Cluster;
    return FatAppendRun(Volume, Chain, Run.Cluster, Run.Count);
}

// The last entry of a directory's chain, which changes when it grows, is in one sector if that can be had.
static void FatTakeWhole(FAT_VOLUME *Volume, FAT_FREED *Run)
{
    FAT_FREED Last = {Run->Cluster + Run->Count - 1, 1};
    if (!FatIsSplit(&Volume->Geometry, Last.Cluster))
        return;
    uint32_t Other = Run->Count > 1 ? 0 : FatFindWhole(Volume);
    if (Run->Count == 1 && !Other)
        return;
    FatReleaseRun(Volume, Last);
    Run->Count--;
    if (!Other)
        return;
    *Run = (FAT_FREED){Other, 1};
    FatTakeRun(Volume, *Run);
}

static FAT_RESULT FatExtendOnce(FAT_VOLUME *Volume, FAT_CHAIN *Chain, uint32_t Count)
{
    FAT_FREED Run;
    uint32_t Goal = Chain->Count ? FatLastCluster(Chain) + 1 : 0;
    FAT_RESULT Result = FatReserveFreed(Volume, 1);
    if (Result == FatDone)
        Result = FatAllocateRun(Volume, Goal, Count, &Run);
    if (Result != FatDone)
        return Result;
    if (Chain->Metadata)
        FatTakeWhole(Volume, &Run);
    if (!FatMayJoin(Volume, Chain, Run.Cluster))
        Result = FatTakeOther(Volume, Chain, &Run);
    if (Result != FatDone)
        return Result;
    Result = FatAttachRun(Volume, Chain, Run);
    if (Result != FatDone) // some of its entries may have changed
        (void)FatFreeRun(Volume, Run.Cluster, Run.Count);
    return Result;
}

FAT_RESULT FatExtend(FAT_VOLUME *Volume, FAT_CHAIN *Chain, uint32_t Clusters)
{
    uint32_t Had;
    if (Volume->ReadOnly)
        return FatReadOnly;
    FAT_RESULT Result = FatCountClusters(Volume, Chain, &Had);
    if (Result != FatDone || Had >= Clusters)
        return Result;
    Result = FatKnowSpace(Volume);
    if (Result != FatDone)
        return Result;
    uint32_t Wanted = Clusters - Had;
    // What was freed may be used then. And a chain grows no more where it is yet to be cut off: the medium has a size that
    // needs more of it.
    if ((Wanted > Volume->FreeClusters && Wanted <= Volume->FreeClusters + Volume->FreedClusters) ||
        (Had && FatIsCut(Volume, FatLastCluster(Chain))))
        Result = FatCommit(Volume);
    if (Result == FatDone && Wanted > Volume->FreeClusters)
        Result = FatFull;
    if (Result == FatDone && Had && Chain->Epoch != Volume->Epoch && Volume->FreeClusters > Wanted)
        Result = FatUnsplit(Volume, Chain, Had - 1);
    if (Result == FatDone)
        Result = FatCountClusters(Volume, Chain, &Had);
    if (Result != FatDone)
        return Result;
    while (Result == FatDone && Chain->Known < Clusters)
        Result = FatExtendOnce(Volume, Chain, Clusters - Chain->Known);
    if (Result != FatDone)
        (void)FatTruncate(Volume, Chain, Had);
    return Result;
}

// ---- Shrinking

static uint32_t FatRunsBehind(const FAT_CHAIN *Chain, uint32_t Clusters)
{
    uint32_t Count = 0;
    while (Count < Chain->Count) {
        const FAT_RUN *Run = &Chain->Runs[Chain->Count - 1 - Count];
        if (Run->First + Run->Count <= Clusters)
            break;
        Count++;
    }
    return Count;
}

// Cut off there, it ends with a cluster that the medium knows, with others behind it.
static bool FatIsOlder(const FAT_VOLUME *Volume, const FAT_CHAIN *Chain, uint32_t Clusters)
{
    return Chain->Epoch != Volume->Epoch || Clusters < Chain->Older;
}

// The chain ends there. The medium has a size that needs what lies behind, unless the last cluster that is left is
// newer than the last commit, or was the end until then.
static FAT_RESULT FatCutOff(FAT_VOLUME *Volume, FAT_CHAIN *Chain, uint32_t Clusters)
{
    FAT_RUN Last;
    FAT_RESULT Result = FatLookup(Volume, Chain, Clusters - 1, &Last);
    if (Result != FatDone)
        return Result;
    if (FatIsOlder(Volume, Chain, Clusters))
        return FatDeferLink(Volume, Last.Cluster, FAT_NO_CLUSTER);
    Result = FatSetEntry(Volume, Last.Cluster, FAT_NO_CLUSTER);
    if (Result == FatDone)
        FatDropLink(Volume, Last.Cluster);
    return Result;
}

// Where to cut the chain: a cluster later where the entry cannot be made an end one half after the other.
static uint32_t FatPlaceOfCut(FAT_VOLUME *Volume, FAT_CHAIN *Chain, uint32_t Clusters)
{
    FAT_RUN Last, Next;
    if (!Clusters || !FatIsOlder(Volume, Chain, Clusters) ||
        FatLookup(Volume, Chain, Clusters - 1, &Last) != FatDone ||
        FatLookup(Volume, Chain, Clusters, &Next) != FatDone ||
        !FatIsSplit(&Volume->Geometry, Last.Cluster))
        return Clusters;
    return Clusters + !FatIsSafeHalf(&Volume->Geometry, Last.Cluster, Next.Cluster);
}

FAT_RESULT FatTruncate(FAT_VOLUME *Volume, FAT_CHAIN *Chain, uint32_t Clusters)
{
    uint32_t Had;
    if (Volume->ReadOnly)
        return FatReadOnly;
    FAT_RESULT Result = FatCountClusters(Volume, Chain, &Had);
    if (Result != FatDone || Had <= Clusters)
        return Result;
    Result = FatKnowSpace(Volume);
    if (Result == FatDone && Clusters && FatIsOlder(Volume, Chain, Clusters))
        Result = FatUnsplit(Volume, Chain, Clusters - 1);
    if (Result == FatDone)
        Result = FatCountClusters(Volume, Chain, &Had);
    Clusters = FatPlaceOfCut(Volume, Chain, Clusters);
    if (Result != FatDone || Had <= Clusters)
        return Result;
    Result = FatReserveFreed(Volume, FatRunsBehind(Chain, Clusters));
    if (Result == FatDone && Clusters)
        Result = FatCutOff(Volume, Chain, Clusters);
    if (Result != FatDone)
        return Result;
    while (Chain->Known > Clusters) {
        FAT_RUN *Run = &Chain->Runs[Chain->Count - 1];
        uint32_t Keep = Run->First < Clusters ? Clusters - Run->First : 0;
        (void)FatFreeRun(Volume, Run->Cluster + Keep, Run->Count - Keep); // there is room
        Chain->Known -= Run->Count - Keep;
        Run->Count = Keep;
        if (!Keep)
            Chain->Count--;
    }
    Chain->Epoch = 0; // the last cluster is an older one now
    if (!Clusters)
        Chain->FirstCluster = 0;
    return FatDone;
}

void FatForgetChain(FAT_VOLUME *Volume, FAT_CHAIN *Chain)
{
    if (Chain->Runs)
        Volume->Store->Free(Chain->Runs);
    *Chain = (FAT_CHAIN){.FirstCluster = Chain->FirstCluster, .Metadata = Chain->Metadata};
}
