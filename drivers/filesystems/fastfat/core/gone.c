// Names that were deleted since the last commit. Slots are written in any order: if such a name is made again in another
// sector, it may be on the medium twice. So it goes into the sector where it was, which changes by one write, or it waits
// for a commit. The same is true of its short name, which another one may get.
#include "fatp.h"

static uint32_t FatGoneKey(const FAT_DIRECTORY *Directory, const uint16_t *Name, uint32_t Length)
{
    return FatHashName(Directory->Volume->Store, Name, Length) ^
           Directory->FirstCluster * 0x9E3779B1u;
}

static uint32_t *FatGoneBucket(FAT_VOLUME *Volume, uint32_t Key)
{
    return &Volume->GoneBuckets[(Key ^ Key >> 16) % FAT_GONE_BUCKETS];
}

// Room for the two names of an entry.
FAT_RESULT FatReserveGone(FAT_VOLUME *Volume)
{
    return FatGrowArray(Volume->Store, &Volume->Gone, Volume->GoneCount + 1, &Volume->GoneCapacity,
                        sizeof(FAT_GONE));
}

static void FatNoteKey(FAT_VOLUME *Volume, uint32_t Key, uint32_t Sector)
{
    uint32_t *Bucket = FatGoneBucket(Volume, Key);
    for (uint32_t i = *Bucket; i; i = Volume->Gone[i - 1].Next) {
        if (Volume->Gone[i - 1].Key == Key && Volume->Gone[i - 1].Sector == Sector)
            return; // once more
    }
    Volume->Gone[Volume->GoneCount++] = (FAT_GONE){Key, Sector, *Bucket};
    *Bucket = Volume->GoneCount;
}

void FatNoteGone(FAT_DIRECTORY *Directory, const FAT_ENTRY *Entry)
{
    FAT_VOLUME *Volume = Directory->Volume;
    uint32_t Sector = FatSectorOfSlot(Volume, Entry->Slot + Entry->Slots - 1);
    FatNoteKey(Volume, FatGoneKey(Directory, Entry->Name, Entry->NameLength), Sector);
    FatNoteKey(Volume, FatGoneKey(Directory, Entry->ShortName, Entry->ShortLength), Sector);
}

void FatForgetGone(FAT_VOLUME *Volume)
{
    if (Volume->GoneCount)
        memset(Volume->GoneBuckets, 0, sizeof(Volume->GoneBuckets));
    Volume->GoneCount = 0;
}

static void FatFindKey(FAT_VOLUME *Volume, uint32_t Key, uint32_t *Sector)
{
    for (uint32_t i = *FatGoneBucket(Volume, Key); i; i = Volume->Gone[i - 1].Next) {
        const FAT_GONE *Gone = &Volume->Gone[i - 1];
        if (Gone->Key == Key)
            *Sector =
                *Sector == FAT_NOT_GONE || *Sector == Gone->Sector ? Gone->Sector : FAT_GONE_TWICE;
    }
}

// Where a name of the entry was, or one of the two constants.
uint32_t FatSectorOfGone(FAT_DIRECTORY *Directory, const FAT_ENTRY *Entry)
{
    FAT_VOLUME *Volume = Directory->Volume;
    uint32_t Sector = FAT_NOT_GONE;
    if (!Volume->GoneCount)
        return Sector;
    FatFindKey(Volume, FatGoneKey(Directory, Entry->Name, Entry->NameLength), &Sector);
    FatFindKey(Volume, FatGoneKey(Directory, Entry->ShortName, Entry->ShortLength), &Sector);
    return Sector;
}
