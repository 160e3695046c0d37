// The FAT in memory: the best of its copies.
#include "checkp.h"

enum { ChkFatChunk = 64 * 1024, ChkMostMerges = 16 };

static uint32_t ChkRaw(const CHK *Check, const uint8_t *Fat, uint32_t Cluster)
{
    uint32_t Bits = Check->Geometry.Bits;
    const uint8_t *At = Fat + (uint64_t)Cluster * Bits / 8;
    if (Bits == 32)
        return FatGet32(At) & 0x0FFFFFFF;
    if (Bits == 16)
        return FatGet16(At);
    return Cluster & 1 ? FatGet16(At) >> 4 : FatGet16(At) & 0xFFF;
}

static uint32_t ChkDecode(const CHK *Check, const uint8_t *Fat, uint32_t Cluster)
{
    uint32_t Mask = Check->Geometry.Bits == 32 ? 0x0FFFFFFF : (1U << Check->Geometry.Bits) - 1;
    uint32_t Raw = ChkRaw(Check, Fat, Cluster);
    if (!Raw || FatIsCluster(&Check->Geometry, Raw))
        return Raw;
    if (Raw >= (Mask & ~7U))
        return ChkEnd;
    return Raw == (Mask & ~8U) ? ChkBad : ChkInvalid;
}

uint32_t ChkGet(const CHK *Check, uint32_t Cluster)
{
    return ChkDecode(Check, Check->Fat, Cluster);
}

static void ChkSetRaw(CHK *Check, uint32_t Cluster, uint32_t Raw)
{
    uint32_t Bits = Check->Geometry.Bits;
    uint8_t *At = Check->Fat + (uint64_t)Cluster * Bits / 8;
    if (Bits == 32)
        FatPut32(At, (FatGet32(At) & 0xF0000000) | (Raw & 0x0FFFFFFF));
    else if (Bits == 16)
        FatPut16(At, Raw);
    else if (Cluster & 1)
        FatPut16(At, (FatGet16(At) & 0xF) | (Raw & 0xFFF) << 4);
    else
        FatPut16(At, (FatGet16(At) & 0xF000) | (Raw & 0xFFF));
    Check->FatChanged = true;
}

void ChkSet(CHK *Check, uint32_t Cluster, uint32_t Next)
{
    ChkSetRaw(Check, Cluster, Next);
}

uint32_t ChkAllocate(CHK *Check)
{
    uint32_t Clusters = Check->Geometry.Clusters;
    for (uint32_t i = 0; i < Clusters; i++) {
        uint32_t Cluster = 2 + (Check->NextFree + i) % Clusters;
        if (ChkGet(Check, Cluster) != ChkFree || ChkIsOwned(Check, Cluster))
            continue;
        Check->NextFree = Cluster - 1;
        ChkOwn(Check, Cluster);
        ChkSet(Check, Cluster, ChkEnd);
        return Cluster;
    }
    return 0;
}

// ---- Which copy is the best

// How many entries make sense, less those that lead to where no chain can go on, or to where another one went before: nothing
// is wrong in a copy that is zero, but then nothing is there. Used: a bit each cluster, for the work.
static int64_t ChkWorth(const CHK *Check, const uint8_t *Fat, uint8_t *Used)
{
    int64_t Worth = 0;
    uint32_t Last = Check->Geometry.Clusters + 1;
    memset(Used, 0, Last / 8 + 1);
    for (uint32_t i = 2; i <= Last; i++) {
        uint32_t Next = ChkDecode(Check, Fat, i);
        if (Next == ChkFree)
            continue;
        if (Next == ChkBad || Next == ChkEnd || Next == ChkInvalid) {
            Worth += Next == ChkInvalid ? -1 : 1;
            continue;
        }
        uint32_t After = ChkDecode(Check, Fat, Next);
        bool Fault = After == ChkFree || After == ChkBad || (Used[Next / 8] >> Next % 8 & 1);
        Worth += Fault ? -1 : 1;
        Used[Next / 8] |= (uint8_t)(1 << Next % 8);
    }
    return Worth;
}

static uint32_t ChkNonZero(const uint8_t *Data, uint32_t Length)
{
    uint32_t Count = 0;
    for (uint32_t i = 0; i < Length; i++)
        Count += Data[i] != 0;
    return Count;
}

static void ChkSwap(uint8_t *One, uint8_t *Other, uint32_t Length)
{
    for (uint32_t i = 0; i < Length; i++) {
        uint8_t Byte = One[i];
        One[i] = Other[i];
        Other[i] = Byte;
    }
}

// Sector by sector, that of the other copy is taken where it is worth more, or where both are as good and it has more clusters
// in use: those that nothing leads to are found later.
static void ChkMerge(CHK *Check, uint8_t *Other, uint8_t *Used, uint32_t Differ)
{
    uint32_t Size = Check->Geometry.SectorSize;
    int64_t Worth = ChkWorth(Check, Check->Fat, Used);
    if (Differ > ChkMostMerges) {
        if (ChkWorth(Check, Other, Used) > Worth)
            ChkSwap(Check->Fat, Other, (uint32_t)Check->Geometry.FatBytes);
        return;
    }
    for (uint64_t At = 0; At < Check->Geometry.FatBytes; At += Size) {
        if (!memcmp(Check->Fat + At, Other + At, Size))
            continue;
        bool More = ChkNonZero(Other + At, Size) > ChkNonZero(Check->Fat + At, Size);
        ChkSwap(Check->Fat + At, Other + At, Size);
        int64_t Now = ChkWorth(Check, Check->Fat, Used);
        if (Now > Worth || (Now == Worth && More))
            Worth = Now;
        else
            ChkSwap(Check->Fat + At, Other + At, Size);
    }
}

// ---- Reading and writing

// Good: null, or a copy to take sectors from that cannot be read. The number of those is added to *Failed.
static FAT_RESULT ChkReadFat(CHK *Check, uint32_t Number, uint8_t *Fat, const uint8_t *Good,
                             uint32_t *Failed)
{
    const FAT_GEOMETRY *Geometry = &Check->Geometry;
    const FAT_STORE *Store = Check->Store;
    uint64_t Base = Geometry->FatOffset + Number * Geometry->FatBytes;
    for (uint64_t At = 0; At < Geometry->FatBytes;) {
        uint32_t Length = FatMin(ChkFatChunk, Geometry->FatBytes - At);
        if (Store->Read(Store->Context, Base + At, Length, Fat + At)) {
            At += Length;
            continue;
        }
        for (uint64_t End = At + Length; At < End; At += Geometry->SectorSize) {
            if (Store->Read(Store->Context, Base + At, Geometry->SectorSize, Fat + At))
                continue;
            ++*Failed;
            if (Good)
                memcpy(Fat + At, Good + At, Geometry->SectorSize);
            else
                memset(Fat + At, 0, Geometry->SectorSize);
        }
    }
    return FatDone;
}

static uint32_t ChkCompare(const CHK *Check, const uint8_t *Other)
{
    uint32_t Differ = 0, Size = Check->Geometry.SectorSize;
    for (uint64_t At = 0; At < Check->Geometry.FatBytes; At += Size)
        Differ += memcmp(Check->Fat + At, Other + At, Size) != 0;
    return Differ;
}

static void ChkTakeOther(CHK *Check, uint8_t *Other, uint8_t *Used, uint32_t Failed)
{
    uint32_t Differ = ChkCompare(Check, Other);
    if (Failed)
        ChkTell(Check, ChkFatUnreadable, nullptr, 0, Failed);
    if (!Differ)
        return;
    ChkTell(Check, ChkFatsDiffer, nullptr, 0, Differ);
    ChkMerge(Check, Other, Used, Differ);
    Check->FatChanged = true;
}

static FAT_RESULT ChkReadOthers(CHK *Check, uint32_t Failed)
{
    const FAT_GEOMETRY *Geometry = &Check->Geometry;
    uint8_t *Other = FuAllocate(Check->Store, Geometry->FatBytes + 4);
    uint8_t *Used = FuAllocate(Check->Store, Geometry->Clusters / 8 + 2);
    FAT_RESULT Result = Other && Used ? FatDone : FatNoMemory;
    for (uint32_t i = 1; i < Geometry->Fats && Result == FatDone; i++) {
        uint32_t OtherFailed = 0;
        ChkReadFat(Check, i, Other, Check->Fat, &OtherFailed);
        if (Failed && OtherFailed)
            Result = FatIoError;
        else
            ChkTakeOther(Check, Other, Used, OtherFailed);
    }
    FuFree(Check->Store, Other);
    FuFree(Check->Store, Used);
    return Result;
}

FAT_RESULT ChkReadFats(CHK *Check)
{
    const FAT_GEOMETRY *Geometry = &Check->Geometry;
    uint32_t Failed = 0;
    // Entries of 12 bits are read and written two bytes at a time.
    Check->Fat = FuAllocate(Check->Store, Geometry->FatBytes + 4);
    Check->Owned = FuAllocate(Check->Store, Geometry->Clusters / 8 + 2);
    if (!Check->Fat || !Check->Owned)
        return FatNoMemory;
    uint32_t Active = Geometry->Mirrored ? 0 : Geometry->ActiveFat;
    ChkReadFat(Check, Active, Check->Fat, nullptr, &Failed);
    if (Failed)
        ChkTell(Check, ChkFatUnreadable, nullptr, 0, Failed);
    if (!Geometry->Mirrored || Geometry->Fats < 2)
        return Failed ? FatIoError : FatDone;
    return ChkReadOthers(Check, Failed);
}

// The media byte, and in the second one whether the volume was dismounted (4.2).
void ChkCheckHead(CHK *Check)
{
    uint32_t Bits = Check->Geometry.Bits;
    uint32_t Ones = Bits == 32 ? 0x0FFFFFFF : (1U << Bits) - 1;
    uint32_t Clean = Bits == 32 ? 0x08000000 : Bits == 16 ? 0x8000 : 0;
    uint32_t NoError = Clean >> 1, Second = ChkRaw(Check, Check->Fat, 1);
    if (ChkRaw(Check, Check->Fat, 0) != ((Ones & ~0xFFU) | Check->Geometry.Media)) {
        ChkTell(Check, ChkFatHead, nullptr, 0, 0);
        ChkSetRaw(Check, 0, (Ones & ~0xFFU) | Check->Geometry.Media);
    }
    if ((Second | Clean | NoError) != Ones)
        ChkTell(Check, ChkFatHead, nullptr, 0, 1);
    else if ((Second & (Clean | NoError)) != (Clean | NoError) && !Check->Order->InUse)
        ChkTell(Check, ChkDirty, nullptr, 0, 0);
    if (Second != Ones)
        ChkSetRaw(Check, 1, Ones);
}

static FAT_RESULT ChkWriteFat(CHK *Check, uint32_t Number, uint8_t *Old)
{
    const FAT_GEOMETRY *Geometry = &Check->Geometry;
    const FAT_STORE *Store = Check->Store;
    for (uint64_t At = 0; At < Geometry->FatBytes; At += ChkFatChunk) {
        uint32_t Length = FatMin(ChkFatChunk, Geometry->FatBytes - At);
        uint64_t Offset = Geometry->FatOffset + Number * Geometry->FatBytes + At;
        if (Store->Read(Store->Context, Offset, Length, Old) &&
            !memcmp(Old, Check->Fat + At, Length))
            continue;
        if (!Store->Write(Store->Context, Offset, Length, Check->Fat + At))
            return FatIoError;
    }
    return FatDone;
}

FAT_RESULT ChkWriteFats(CHK *Check)
{
    const FAT_GEOMETRY *Geometry = &Check->Geometry;
    FAT_RESULT Result = FatDone;
    if (!Check->FatChanged)
        return FatDone;
    uint8_t *Old = FuAllocate(Check->Store, ChkFatChunk);
    if (!Old)
        return FatNoMemory;
    for (uint32_t i = 0; i < Geometry->Fats && Result == FatDone; i++) {
        if (Geometry->Mirrored || i == Geometry->ActiveFat)
            Result = ChkWriteFat(Check, i, Old);
    }
    FuFree(Check->Store, Old);
    return Result;
}
