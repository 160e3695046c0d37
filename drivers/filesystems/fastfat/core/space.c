// Free space. A bitmap tells which clusters are in use; it is made of the FAT before the first entry of that changes, or when
// somebody asks: who only reads does not wait for it. A cluster that is freed stays in use until the commit that has written the free entry: so nothing on the medium ever refers to
// a cluster that has got another owner.
#include "fatp.h"

enum {
    FAT_SCAN_BYTES = 384 * 1024, // whole FAT12 entries and sectors
    FAT_SMALL_RUN = 64,          // clusters of a directory; files have no blocks
};

static bool FatTestBit(const FAT_VOLUME *Volume, uint32_t Cluster)
{
    return Volume->InUse[Cluster / 64] >> (Cluster % 64) & 1;
}

static void FatMarkRun(FAT_VOLUME *Volume, uint32_t Cluster, uint32_t Count, bool InUse)
{
    for (uint32_t End = Cluster + Count; Cluster < End;) {
        uint32_t Bit = Cluster % 64, Bits = FatMin(64 - Bit, End - Cluster);
        uint64_t Mask = (Bits == 64 ? ~0ULL : (1ULL << Bits) - 1) << Bit;
        if (InUse)
            Volume->InUse[Cluster / 64] |= Mask;
        else
            Volume->InUse[Cluster / 64] &= ~Mask;
        Cluster += Bits;
    }
    Volume->FreeClusters += InUse ? 0 - Count : Count;
}

// Clusters are numbered 2 to End - 1.
static uint32_t FatEnd(const FAT_VOLUME *Volume)
{
    return Volume->Geometry.Clusters + 2;
}

bool FatClusterInUse(const FAT_VOLUME *Volume, uint32_t Cluster)
{
    return FatTestBit(Volume, Cluster);
}

// ---- Making the bitmap

static uint32_t FatRawAt(uint32_t Bits, const uint8_t *Data, uint32_t Index)
{
    if (Bits == 32)
        return FatGet32(Data + (size_t)Index * 4) & 0x0FFFFFFF;
    if (Bits == 16)
        return FatGet16(Data + (size_t)Index * 2);
    uint32_t Raw = FatGet16(Data + Index * 3 / 2);
    return Index & 1 ? Raw >> 4 : Raw & 0xFFF;
}

// A bit for each free one of up to 64 entries, which begin at bit Shift.
static inline uint64_t FatFreeBits(uint32_t Bits, const uint8_t *Data, uint32_t Index,
                                   uint32_t Shift, uint32_t Count)
{
    uint64_t Free = 0;
    for (uint32_t i = 0; i < Count; i++)
        Free |= (uint64_t)(FatRawAt(Bits, Data, Index + i) == 0) << (Shift + i);
    return Free;
}

// Mostly there is nothing, or a lot.
static bool FatIsZero(const uint8_t *Data, uint32_t Length)
{
    uint64_t Any = 0, Word;
    for (uint32_t i = 0; i < Length; i += sizeof(Word)) {
        memcpy(&Word, Data + i, sizeof(Word));
        Any |= Word;
    }
    return !Any;
}

// The same of entries that are bytes long.
static uint64_t FatFreeEntries(uint32_t Bits, const uint8_t *Data, uint32_t Index, uint32_t Shift,
                               uint32_t Count)
{
    if (Count == 64 && FatIsZero(Data + (size_t)Index * Bits / 8, 8 * Bits))
        return UINT64_MAX;
    return Bits == 32 ? FatFreeBits(32, Data, Index, Shift, Count)
                      : FatFreeBits(16, Data, Index, Shift, Count);
}

static void FatScanPiece(FAT_VOLUME *Volume, const uint8_t *Data, uint32_t First, uint32_t Count)
{
    uint32_t Bits = Volume->Geometry.Bits, End = FatMin((uint64_t)First + Count, FatEnd(Volume));
    for (uint32_t Cluster = First < 2 ? 2 : First; Cluster < End;) {
        uint32_t WordEnd = FatMin(End, (Cluster / 64 + 1) * 64ULL);
        uint32_t Length = WordEnd - Cluster;
        uint64_t Free = Bits == 12
                            ? FatFreeBits(12, Data, Cluster - First, Cluster % 64, Length)
                            : FatFreeEntries(Bits, Data, Cluster - First, Cluster % 64, Length);
        Volume->InUse[Cluster / 64] &= ~Free;
        Volume->FreeClusters += (uint32_t)__builtin_popcountll(Free);
        Cluster = WordEnd;
    }
}

static FAT_RESULT FatScan(FAT_VOLUME *Volume)
{
    const FAT_STORE *Store = Volume->Store;
    const FAT_GEOMETRY *Geometry = &Volume->Geometry;
    size_t Words = ((size_t)Geometry->Clusters + 2) / 64 + 1;
    uint64_t Base = Geometry->FatOffset + Geometry->ActiveFat * Geometry->FatBytes;
    uint64_t Needed = ((uint64_t)(Geometry->Clusters + 2) * Geometry->Bits + 7) / 8;
    Volume->InUse = Store->Allocate(Words * sizeof(uint64_t));
    uint8_t *Buffer = Store->Allocate(FatMin(FAT_SCAN_BYTES, Geometry->FatBytes));
    FAT_RESULT Result = Volume->InUse && Buffer ? FatDone : FatNoMemory;
    if (Result == FatDone)
        memset(Volume->InUse, 0xFF, Words * sizeof(uint64_t));
    for (uint64_t Done = 0; Result == FatDone && Done < Needed; Done += FAT_SCAN_BYTES) {
        uint32_t Length = FatMin(FAT_SCAN_BYTES, Geometry->FatBytes - Done);
        uint32_t Entries = (uint32_t)((uint64_t)Length * 8 / Geometry->Bits);
        if (Store->Read(Store->Context, Base + Done, Length, Buffer))
            FatScanPiece(Volume, Buffer, (uint32_t)(Done * 8 / Geometry->Bits), Entries);
        else
            Result = FatIoError;
    }
    if (Buffer)
        Store->Free(Buffer);
    return Result;
}

FAT_RESULT FatKnowSpace(FAT_VOLUME *Volume)
{
    if (Volume->InUse)
        return FatDone;
    Volume->NextFree = 2;
    Volume->FreeClusters = 0;
    FAT_RESULT Result = FatScan(Volume);
    if (Result == FatDone)
        (void)FatReadInfo(Volume); // hints
    if (Result == FatDone || !Volume->InUse)
        return Result;
    Volume->Store->Free(Volume->InUse);
    Volume->InUse = nullptr;
    return Result;
}

// ---- Searching

// The first one from Cluster on whose bit is InUse, or End.
static uint32_t FatSearch(const FAT_VOLUME *Volume, uint32_t Cluster, uint32_t End, bool InUse)
{
    while (Cluster < End) {
        uint64_t Word = Volume->InUse[Cluster / 64];
        Word = (InUse ? Word : ~Word) >> (Cluster % 64);
        if (Word)
            return FatMin(End, Cluster + (uint32_t)__builtin_ctzll(Word));
        Cluster = (Cluster / 64 + 1) * 64;
    }
    return End;
}

static bool FatBestRun(const FAT_VOLUME *Volume, uint32_t Begin, uint32_t End, uint32_t Count,
                       FAT_FREED *Best)
{
    for (uint32_t Cluster = Begin; Cluster < End;) {
        uint32_t Free = FatSearch(Volume, Cluster, End, false);
        uint32_t Used = FatSearch(Volume, Free, FatMin(End, (uint64_t)Free + Count), true);
        if (Used - Free > Best->Count)
            *Best = (FAT_FREED){Free, Used - Free};
        if (Best->Count >= Count)
            return true;
        Cluster = Used + 1;
    }
    return false;
}

void FatTakeRun(FAT_VOLUME *Volume, FAT_FREED Run)
{
    FatMarkRun(Volume, Run.Cluster, Run.Count, true);
    Volume->InfoStale = true;
    if (!FatIsInStock(Volume, Run.Cluster, Run.Count))
        Volume->OutOfStock = true;
}

// Up to Count clusters in one run: at Goal if there is anything free, else the first gap from the hint on that has room
// for all, else the largest that there is. FatFull: nothing at all.
FAT_RESULT FatAllocateRun(FAT_VOLUME *Volume, uint32_t Goal, uint32_t Count, FAT_FREED *Run)
{
    uint32_t End = FatEnd(Volume);
    FAT_RESULT Result = FatKnowSpace(Volume);
    *Run = (FAT_FREED){};
    if (Result != FatDone || !Volume->FreeClusters)
        return Result != FatDone ? Result : FatFull;
    if (Goal >= 2 && Goal < End && !FatTestBit(Volume, Goal)) {
        uint32_t Used = FatSearch(Volume, Goal, FatMin(End, (uint64_t)Goal + Count), true);
        *Run = (FAT_FREED){Goal, Used - Goal};
    } else if (!FatBestRun(Volume, Volume->NextFree, End, Count, Run)) {
        (void)FatBestRun(Volume, 2, Volume->NextFree, Count, Run);
    }
    if (!Run->Count)
        return FatCorrupt; // the count of free ones was not true
    FatTakeRun(Volume, *Run);
    Volume->NextFree = Run->Cluster + Run->Count < End ? Run->Cluster + Run->Count : 2;
    return FatDone;
}

// What FatAllocateRun takes from next for who has no goal: no more than Most, none if all are in use.
void FatNextGap(const FAT_VOLUME *Volume, uint32_t Most, FAT_FREED *Run)
{
    uint32_t End = FatEnd(Volume), First = FatSearch(Volume, Volume->NextFree, End, false);
    if (First == End)
        First = FatSearch(Volume, 2, End, false);
    uint32_t Used = FatSearch(Volume, First, FatMin(End, (uint64_t)First + Most), true);
    *Run = (FAT_FREED){First, Used - First};
}

FAT_RESULT FatAllocateBeside(FAT_VOLUME *Volume, uint32_t Cluster, uint32_t *Found)
{
    const FAT_GEOMETRY *Geometry = &Volume->Geometry;
    uint32_t Reach = Geometry->SectorSize * 8 / Geometry->Bits;
    uint32_t Begin = Cluster > Reach + 2 ? Cluster - Reach : 2;
    uint32_t End = FatMin(FatEnd(Volume), (uint64_t)Cluster + Reach);
    FAT_RESULT Result = FatKnowSpace(Volume);
    if (Result != FatDone)
        return Result;
    for (uint32_t i = Begin; i < End; i++) {
        if (FatTestBit(Volume, i) || !FatShareSector(Geometry, Cluster, i))
            continue;
        FatTakeRun(Volume, (FAT_FREED){i, 1});
        *Found = i;
        return FatDone;
    }
    return FatFull;
}

void FatReleaseRun(FAT_VOLUME *Volume, FAT_FREED Run)
{
    FatMarkRun(Volume, Run.Cluster, Run.Count, false);
}

// ---- Freeing

FAT_RESULT FatReserveFreed(FAT_VOLUME *Volume, uint32_t Runs)
{
    FAT_RESULT Result = FatKnowSpace(Volume);
    while (Result == FatDone && Volume->FreedCapacity - Volume->FreedCount < Runs)
        Result = FatGrowArray(Volume->Store, &Volume->Freed, Volume->FreedCapacity,
                              &Volume->FreedCapacity, sizeof(FAT_FREED));
    return Result;
}

FAT_RESULT FatFreeRun(FAT_VOLUME *Volume, uint32_t Cluster, uint32_t Count)
{
    FAT_RESULT Result = FatReserveFreed(Volume, 1);
    if (Result != FatDone)
        return Result;
    Volume->Freed[Volume->FreedCount++] = (FAT_FREED){Cluster, Count};
    Volume->FreedClusters += Count;
    Volume->Changes++;
    return FatDone;
}

// Of directories: what waits to be written there need not be, and a sector that cannot be written is in nobody's way.
void FatForgetFreed(FAT_VOLUME *Volume)
{
    for (uint32_t i = 0; i < Volume->FreedCount; i++) {
        const FAT_FREED *Run = &Volume->Freed[i];
        if (Run->Count <= FAT_SMALL_RUN)
            FatForgetDirty(Volume, FatClusterOffset(&Volume->Geometry, Run->Cluster),
                           (uint64_t)Run->Count << Volume->Geometry.ClusterShift);
    }
}

// The entries become free in the FAT, to be written, or are in stock again.
FAT_RESULT FatApplyFreed(FAT_VOLUME *Volume)
{
    for (uint32_t i = 0; i < Volume->FreedCount; i++) {
        for (uint32_t j = 0; j < Volume->Freed[i].Count; j++) {
            uint32_t Cluster = Volume->Freed[i].Cluster + j;
            FAT_RESULT Result =
                FatSetEntry(Volume, Cluster, FatIsInStock(Volume, Cluster, 1) ? FAT_NO_CLUSTER : 0);
            if (Result != FatDone)
                return Result;
        }
    }
    return FatDone;
}

// They are free on the medium: now somebody else may have them.
void FatFinishFreed(FAT_VOLUME *Volume)
{
    for (uint32_t i = 0; i < Volume->FreedCount; i++) {
        const FAT_FREED *Run = &Volume->Freed[i];
        FatMarkRun(Volume, Run->Cluster, Run->Count, false);
        if (Run->Count <= FAT_SMALL_RUN)
            FatForgetBlocks(Volume, FatClusterOffset(&Volume->Geometry, Run->Cluster),
                            (uint64_t)Run->Count << Volume->Geometry.ClusterShift);
    }
    if (Volume->FreedCount)
        Volume->InfoStale = true;
    Volume->FreedCount = 0;
    Volume->FreedClusters = 0;
}
