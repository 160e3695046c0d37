// Links that wait for a commit. A FAT sector with new entries may be written after another that leads to them, and
// each may lead to the other; so what joins new clusters to a chain of the medium is put into the FAT only when the
// new entries are there. What cuts a chain off, a link to FAT_NO_CLUSTER, waits until the smaller size is there.
#include "fatp.h"

static FAT_LINK *FatFindLink(const FAT_VOLUME *Volume, uint32_t Cluster)
{
    for (uint32_t i = 0; i < Volume->LinkCount; i++) {
        if (Volume->Links[i].Cluster == Cluster)
            return &Volume->Links[i];
    }
    return nullptr;
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
    if (Result != FatDone)
        return Result;
    Volume->Links[Volume->LinkCount++] = (FAT_LINK){Cluster, Next};
    Volume->Changes++;
    return FatDone;
}

void FatDropLink(FAT_VOLUME *Volume, uint32_t Cluster)
{
    FAT_LINK *Link = FatFindLink(Volume, Cluster);
    if (Link)
        *Link = Volume->Links[--Volume->LinkCount];
}

bool FatIsCut(const FAT_VOLUME *Volume, uint32_t Cluster)
{
    const FAT_LINK *Link = FatFindLink(Volume, Cluster);
    return Link && Link->Next == FAT_NO_CLUSTER;
}

FAT_RESULT FatApplyLinks(FAT_VOLUME *Volume, bool Cuts)
{
    for (uint32_t i = Volume->LinkCount; i-- > 0;) {
        FAT_LINK Link = Volume->Links[i];
        if ((Link.Next == FAT_NO_CLUSTER) != Cuts)
            continue;
        FAT_RESULT Result = FatSetEntry(Volume, Link.Cluster, Link.Next);
        if (Result != FatDone)
            return Result;
        Volume->Links[i] = Volume->Links[--Volume->LinkCount];
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
