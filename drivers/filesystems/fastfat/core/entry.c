// Entries of the FAT (FAT specification, chapter 4).
#include "fatp.h"

enum { FAT_CLEAN16 = 0x8000, FAT_CLEAN32 = 0x08000000 }; // ClnShutBit, in entry 1

static uint64_t FatActiveOffset(const FAT_GEOMETRY *Geometry)
{
    return Geometry->FatOffset + Geometry->ActiveFat * Geometry->FatBytes;
}

static uint64_t FatEntryOffset(const FAT_GEOMETRY *Geometry, uint32_t Cluster)
{
    return FatActiveOffset(Geometry) + (uint64_t)Cluster * Geometry->Bits / 8;
}

bool FatShareSector(const FAT_GEOMETRY *Geometry, uint32_t First, uint32_t Second)
{
    uint64_t Bits = Geometry->Bits, Sector = (uint64_t)Geometry->SectorSize * 8;
    uint64_t Begin = First * Bits / Sector;
    return ((First + 1ULL) * Bits - 1) / Sector == Begin && Second * Bits / Sector == Begin &&
           ((Second + 1ULL) * Bits - 1) / Sector == Begin;
}

uint32_t FatDecodeEntry(const FAT_GEOMETRY *Geometry, uint32_t Raw)
{
    uint32_t Bad = Geometry->Bits == 32 ? 0x0FFFFFF7 : Geometry->Bits == 16 ? 0xFFF7 : 0xFF7;
    if (Geometry->Bits == 32)
        Raw &= 0x0FFFFFFF;
    if (Raw == Bad)
        return 1;
    return Raw > Bad ? FAT_NO_CLUSTER : Raw;
}

// A FAT12 entry may lie across two blocks, so bytes are reached one by one.
static FAT_RESULT FatReadRaw(FAT_VOLUME *Volume, uint32_t Cluster, uint32_t *Raw)
{
    const FAT_GEOMETRY *Geometry = &Volume->Geometry;
    uint64_t Offset = FatEntryOffset(Geometry, Cluster);
    uint8_t *Data;
    FAT_RESULT Result = FatMap(Volume, Offset, &Data);
    if (Result != FatDone)
        return Result;
    if (Geometry->Bits == 32) {
        *Raw = FatGet32(Data);
        return FatDone;
    }
    if (Geometry->Bits == 16) {
        *Raw = FatGet16(Data);
        return FatDone;
    }
    uint32_t Low = Data[0];
    Result = FatMap(Volume, Offset + 1, &Data);
    if (Result != FatDone)
        return Result;
    Low |= (uint32_t)Data[0] << 8;
    *Raw = Cluster & 1 ? Low >> 4 : Low & 0xFFF;
    return FatDone;
}

static FAT_RESULT FatWrite12(FAT_VOLUME *Volume, uint64_t Offset, uint32_t Cluster, uint32_t Raw)
{
    uint8_t *Low, *High;
    FAT_RESULT Result = FatMap(Volume, Offset, &Low);
    if (Result == FatDone)
        Result = FatMap(Volume, Offset + 1, &High);
    if (Result != FatDone)
        return Result;
    uint32_t Old = (uint32_t)(*Low | *High << 8);
    if ((Cluster & 1 ? Old >> 4 : Old & 0xFFF) == (Raw & 0xFFF))
        return FatDone;
    if (Cluster & 1) {
        *Low = (uint8_t)((*Low & 0x0F) | (Raw << 4 & 0xF0));
        *High = (uint8_t)(Raw >> 4);
    } else {
        *Low = (uint8_t)Raw;
        *High = (uint8_t)((*High & 0xF0) | (Raw >> 8 & 0x0F));
    }
    FatTouch(Volume, Offset, 1, FatDirtyFat);
    FatTouch(Volume, Offset + 1, 1, FatDirtyFat);
    return FatDone;
}

static FAT_RESULT FatWriteRaw(FAT_VOLUME *Volume, uint32_t Cluster, uint32_t Raw)
{
    const FAT_GEOMETRY *Geometry = &Volume->Geometry;
    uint64_t Offset = FatEntryOffset(Geometry, Cluster);
    uint8_t *Data;
    if (Geometry->Bits == 12)
        return FatWrite12(Volume, Offset, Cluster, Raw);
    FAT_RESULT Result = FatMap(Volume, Offset, &Data);
    if (Result != FatDone)
        return Result;
    if (Geometry->Bits == 16 ? FatGet16(Data) == (Raw & 0xFFFF)
                             : (FatGet32(Data) & 0x0FFFFFFF) == (Raw & 0x0FFFFFFF))
        return FatDone;
    if (Geometry->Bits == 16)
        FatPut16(Data, Raw);
    else // the high four bits are reserved and stay
        FatPut32(Data, (FatGet32(Data) & 0xF0000000) | (Raw & 0x0FFFFFFF));
    FatTouch(Volume, Offset, Geometry->Bits / 8, FatDirtyFat);
    return FatDone;
}

FAT_RESULT FatReadEntry(FAT_VOLUME *Volume, uint32_t Cluster, uint32_t *Next)
{
    uint32_t Raw;
    if (!FatIsCluster(&Volume->Geometry, Cluster))
        return FatCorrupt;
    FAT_RESULT Result = FatReadRaw(Volume, Cluster, &Raw);
    if (Result == FatDone)
        *Next = FatDecodeEntry(&Volume->Geometry, Raw);
    return Result;
}

FAT_RESULT FatSetEntry(FAT_VOLUME *Volume, uint32_t Cluster, uint32_t Next)
{
    if (!FatIsCluster(&Volume->Geometry, Cluster))
        return FatCorrupt;
    return FatWriteRaw(Volume, Cluster, Next); // FAT_NO_CLUSTER: all ones is the end of a chain
}

// ---- An entry of a FAT12 in two sectors. The second one has its high bits, which are all ones in the end of a chain: with
// these and the low bits of a cluster it leads behind the last one of almost every volume.

static uint32_t FatHighBits(uint32_t Cluster)
{
    return Cluster & 1 ? 0xFF0 : 0xF00;
}

bool FatIsSafeHalf(const FAT_GEOMETRY *Geometry, uint32_t Cluster, uint32_t Next)
{
    uint32_t High = FatHighBits(Cluster), Half = High | (Next & ~High & 0xFFF);
    return Half == Next || Half > 0xFF7 || (Half > Geometry->Clusters + 1 && Half != 0xFF7);
}

FAT_RESULT FatSetHalf(FAT_VOLUME *Volume, uint32_t Cluster, uint32_t Next)
{
    uint32_t Raw, Mask = FatHighBits(Cluster);
    if (!FatIsCluster(&Volume->Geometry, Cluster))
        return FatCorrupt;
    if (Next != FAT_NO_CLUSTER)
        Mask = ~Mask;
    FAT_RESULT Result = FatReadRaw(Volume, Cluster, &Raw);
    return Result == FatDone ? FatWriteRaw(Volume, Cluster, (Raw & ~Mask) | (Next & Mask)) : Result;
}

// FAT12 has no such bit.
FAT_RESULT FatReadDirtyBit(FAT_VOLUME *Volume, bool *Dirty)
{
    uint32_t Raw, Bits = Volume->Geometry.Bits;
    *Dirty = false;
    if (Bits == 12)
        return FatDone;
    FAT_RESULT Result = FatReadRaw(Volume, 1, &Raw);
    if (Result == FatDone)
        *Dirty = !(Raw & (Bits == 32 ? FAT_CLEAN32 : FAT_CLEAN16));
    return Result;
}

FAT_RESULT FatWriteDirtyBit(FAT_VOLUME *Volume, bool Dirty)
{
    uint32_t Raw, Bits = Volume->Geometry.Bits, Clean = Bits == 32 ? FAT_CLEAN32 : FAT_CLEAN16;
    if (Bits == 12)
        return FatDone;
    FAT_RESULT Result = FatReadRaw(Volume, 1, &Raw);
    if (Result != FatDone)
        return Result;
    return FatWriteRaw(Volume, 1, Dirty ? Raw & ~Clean : Raw | Clean);
}
