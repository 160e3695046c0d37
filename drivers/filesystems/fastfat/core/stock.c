// Clusters in stock: each the end of a chain in the FAT of the medium, but nobody's; in memory they are free. What takes
// one, and no other, needs nothing in the FAT before an entry leads to it: a flush after that need not go step by step.
#include "fatp.h"

enum {
    FAT_STOCK_STEP = 128, // a sector of a FAT32
    FAT_STOCK_SHARE = 16, // no more than this part of what is free
};

bool FatIsInStock(const FAT_VOLUME *Volume, uint32_t Cluster, uint32_t Count)
{
    const FAT_FREED *Stock = &Volume->Stock;
    return Cluster >= Stock->Cluster && Cluster - Stock->Cluster < Stock->Count &&
           Count <= Stock->Count - (Cluster - Stock->Cluster);
}

// Those that nobody has taken become free in the FAT, too. What is freed now stays what it is until its commit.
FAT_RESULT FatReturnStock(FAT_VOLUME *Volume)
{
    FAT_FREED *Stock = &Volume->Stock;
    for (; Stock->Count; Stock->Cluster++, Stock->Count--) {
        if (FatClusterInUse(Volume, Stock->Cluster))
            continue;
        FAT_RESULT Result = FatSetEntry(Volume, Stock->Cluster, 0);
        if (Result != FatDone)
            return Result;
    }
    return FatDone;
}

// Another stock, where clusters are taken next: with the next commit, by steps, it is on the medium.
FAT_RESULT FatRenewStock(FAT_VOLUME *Volume)
{
    FAT_FREED Run;
    FatNextGap(Volume, 2 * FAT_STOCK_STEP, &Run);
    if (FatIsInStock(Volume, Run.Cluster, 1))
        return FatDone;
    FAT_RESULT Result = FatReturnStock(Volume);
    if (Result != FatDone)
        return Result;
    uint32_t End = (Run.Cluster + FAT_STOCK_STEP / 2 + FAT_STOCK_STEP - 1) & ~(FAT_STOCK_STEP - 1u);
    Run.Count =
        FatMin(FatMin(Run.Count, End - Run.Cluster), Volume->FreeClusters / FAT_STOCK_SHARE);
    Volume->Stock.Cluster = Run.Cluster;
    for (uint32_t i = 0; Result == FatDone && i < Run.Count; i++) {
        Result = FatSetEntry(Volume, Run.Cluster + i, FAT_NO_CLUSTER);
        Volume->Stock.Count = i + 1; // also that one: it may have changed in part
    }
    return Result;
}
