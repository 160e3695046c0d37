// Links that wait for a commit. A FAT sector with new entries may be written after another that leads to them, and
// each may lead to the other; so what joins new clusters to a chain of the medium is put into the FAT only when the
// new entries are there. What cuts a chain off, a link to FAT_NO_CLUSTER, waits until the smaller size is there. They are
// found by hash: each step along a chain asks whether there is one.
#include "fatp.h"

enum { FAT_FIRST_LINK_BUCKETS = 64 };

static uint32_t *FatLinkBucket(const FAT_VOLUME *Volume, uint32_t Cluster)
{
    uint64_t Hash = Cluster * 0x9E3779B97F4A7C15 >> 32;
    return &Volume->LinkBuckets[Hash & (Volume->LinkBucketCount - 1)];
}

// What leads to the cluster's link: an index from 1, or 0 if there is none.
static uint32_t *FatLinkReference(const FAT_VOLUME *Volume, uint32_t Cluster)
{
    uint32_t *Reference = FatLinkBucket(Volume, Cluster);
    while (*Reference && Volume->Links[*Reference - 1].Cluster != Cluster)
        Reference = &Volume->Links[*Reference - 1].Following;
    return Reference;
}

static FAT_LINK *FatFindLink(const FAT_VOLUME *Volume, uint32_t Cluster)
{
    uint32_t Index = Volume->LinkCount ? *FatLinkReference(Volume, Cluster) : 0;
    return Index ? &Volume->Links[Index - 1] : nullptr;
}

static void FatEnterLink(FAT_VOLUME *Volume, uint32_t Index)
{
    uint32_t *Bucket = FatLinkBucket(Volume, Volume->Links[Index].Cluster);
    Volume->Links[Index].Following = *Bucket;
    *Bucket = Index + 1;
}

static FAT_RESULT FatGrowLinkBuckets(FAT_VOLUME *Volume)
{
    uint32_t Count = Volume->LinkBucketCount ? Volume->LinkBucketCount * 4 : FAT_FIRST_LINK_BUCKETS;
    uint32_t *Buckets = FatAllocateZeroed(Volume->Store, Count * sizeof(uint32_t));
    if (!Buckets)
        return FatNoMemory;
    if (Volume->LinkBuckets)
        Volume->Store->Free(Volume->LinkBuckets);
    Volume->LinkBuckets = Buckets;
    Volume->LinkBucketCount = Count;
    for (uint32_t i = 0; i < Volume->LinkCount; i++)
        FatEnterLink(Volume, i);
    return FatDone;
}

FAT_RESULT FatDeferLink(FAT_VOLUME *Volume, uint32_t Cluster, uint32_t Next)
{
    FAT_LINK *Link = FatFindLink(Volume, Cluster);
    if (Link) {
        Link->Next = Next;
        return FatDone;
    }
    FAT_RESULT Result = FatGrowArray(Volume->Store, &Volume->Links, Volume->LinkCount,
                                     &Volume->LinkCapacity, sizeof(FAT_LINK));
    if (Result == FatDone && Volume->LinkCount >= Volume->LinkBucketCount)
        Result = FatGrowLinkBuckets(Volume);
    if (Result != FatDone)
        return Result;
    Volume->Links[Volume->LinkCount] = (FAT_LINK){.Cluster = Cluster, .Next = Next};
    FatEnterLink(Volume, Volume->LinkCount++);
    Volume->Changes++;
    return FatDone;
}

// The last one takes its place.
static void FatRemoveLink(FAT_VOLUME *Volume, uint32_t Index)
{
    FAT_LINK *Link = &Volume->Links[Index];
    *FatLinkReference(Volume, Link->Cluster) = Link->Following;
    uint32_t Last = --Volume->LinkCount;
    if (Index == Last)
        return;
    *FatLinkReference(Volume, Volume->Links[Last].Cluster) = Index + 1;
    *Link = Volume->Links[Last];
}

void FatDropLink(FAT_VOLUME *Volume, uint32_t Cluster)
{
    const FAT_LINK *Link = FatFindLink(Volume, Cluster);
    if (Link)
        FatRemoveLink(Volume, (uint32_t)(Link - Volume->Links));
}

bool FatIsCut(const FAT_VOLUME *Volume, uint32_t Cluster)
{
    const FAT_LINK *Link = FatFindLink(Volume, Cluster);
    return Link && Link->Next == FAT_NO_CLUSTER;
}

FAT_RESULT FatApplyLinks(FAT_VOLUME *Volume, bool Cuts, bool First)
{
    for (uint32_t i = Volume->LinkCount; i-- > 0;) {
        FAT_LINK Link = Volume->Links[i];
        bool Half = First && FatIsSplit(&Volume->Geometry, Link.Cluster);
        if ((Link.Next == FAT_NO_CLUSTER) != Cuts)
            continue;
        FAT_RESULT Result = Half ? FatSetHalf(Volume, Link.Cluster, Link.Next)
                                 : FatSetEntry(Volume, Link.Cluster, Link.Next);
        if (Result != FatDone)
            return Result;
        if (!Half)
            FatRemoveLink(Volume, i);
    }
    return FatDone;
}

FAT_RESULT FatGetEntry(FAT_VOLUME *Volume, uint32_t Cluster, uint32_t *Next)
{
    const FAT_LINK *Link = FatFindLink(Volume, Cluster);
    if (!Link)
        return FatReadEntry(Volume, Cluster, Next);
    *Next = Link->Next;
    return FatDone;
}
