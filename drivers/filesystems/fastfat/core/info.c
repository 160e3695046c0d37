// FSInfo of FAT32 (FAT specification, chapter 5): hints. The counts of this system come from the FAT itself; they are
// written for other systems.
#include "fatp.h"

static bool FatInfoIsThere(const uint8_t *Info)
{
    return FatGet32(Info) == FAT_INFO_SIGNATURE1 &&
           FatGet32(Info + FAT_INFO_AT_SIGNATURE2) == FAT_INFO_SIGNATURE2;
}

FAT_RESULT FatReadInfo(FAT_VOLUME *Volume)
{
    uint8_t *Info;
    if (!Volume->Geometry.InfoOffset)
        return FatDone;
    FAT_RESULT Result = FatMap(Volume, Volume->Geometry.InfoOffset, &Info);
    if (Result != FatDone || !FatInfoIsThere(Info))
        return Result;
    uint32_t Next = FatGet32(Info + FAT_INFO_AT_NEXT);
    if (FatIsCluster(&Volume->Geometry, Next))
        Volume->NextFree = Next;
    Volume->InfoStale = FatGet32(Info + FAT_INFO_AT_FREE) != Volume->FreeClusters;
    return FatDone;
}

FAT_RESULT FatWriteInfo(FAT_VOLUME *Volume)
{
    uint64_t Offset = Volume->Geometry.InfoOffset;
    uint8_t *Info;
    Volume->InfoStale = false;
    if (!Offset)
        return FatDone;
    FAT_RESULT Result = FatMap(Volume, Offset, &Info);
    if (Result != FatDone || !FatInfoIsThere(Info))
        return Result;
    FatPut32(Info + FAT_INFO_AT_FREE, Volume->FreeClusters);
    FatPut32(Info + FAT_INFO_AT_NEXT, Volume->NextFree);
    FatTouch(Volume, Offset, 512, FatDirtySlots);
    return FatWriteDirty(Volume, FatDirtySlots);
}
