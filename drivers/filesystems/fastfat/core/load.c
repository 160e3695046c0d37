// Reading a directory once as a whole, and the directories that are known.
#include "fatp.h"

enum {
    FAT_MOST_IDLE = 64,          // directories that nobody has open
    FAT_AHEAD_BYTES = 64 * 1024, // bytes of a directory
};

static FAT_RESULT FatSizeDirectory(FAT_DIRECTORY *Directory)
{
    FAT_VOLUME *Volume = Directory->Volume;
    uint32_t Clusters, Slots = Volume->Geometry.RootSlots;
    if (!Directory->Fixed) {
        FAT_RESULT Result = FatCountClusters(Volume, &Directory->Chain, &Clusters);
        if (Result != FatDone)
            return Result;
        Slots = FatMin((uint64_t)Clusters * (Volume->Geometry.ClusterSize / FAT_SLOT_BYTES),
                       FAT_MAX_SLOTS);
    }
    FAT_RESULT Result = FatGrowBitmaps(Directory, Slots);
    if (Result == FatDone)
        Directory->Slots = Slots;
    return Result;
}

// What stands at Slot: 0 the end, else how many slots to go on.
static FAT_RESULT FatLoadSlot(FAT_DIRECTORY *Directory, uint32_t Slot, FAT_ENTRY *Entry,
                              uint32_t *Step)
{
    uint64_t Offset;
    uint8_t *Data;
    FAT_RESULT Result = FatMapSlot(Directory, Slot, &Data, &Offset);
    if (Result != FatDone)
        return Result;
    *Step = 1;
    if (Data[0] == FAT_SLOT_END) {
        *Step = 0;
        return FatDone;
    }
    if (Data[0] == FAT_SLOT_FREE)
        return FatDone;
    bool Orphan = (Data[FAT_AT_ATTRIBUTES] & FAT_ATTRIBUTE_LONG_MASK) == FAT_ATTRIBUTE_LONG;
    Result = FatParseSlots(Directory, Slot, Entry);
    *Step = Entry->Slots;
    if (Result == FatNotFound) {
        if (!Orphan) // parts of a name without an entry are as good as free
            FatSetUsed(Directory, Slot, 1, true);
        return FatDone;
    }
    if (Result == FatDone)
        Result = FatInsertNames(Directory, Entry);
    if (Result == FatDone)
        FatSetUsed(Directory, Slot, Entry->Slots, true);
    return Result;
}

// Where the slots from this one on are, and how many lie together, no more than Most bytes; 0: nobody knows.
static uint32_t FatFindSlots(FAT_DIRECTORY *Directory, uint32_t Slot, uint32_t Most,
                             uint64_t *Offset)
{
    const FAT_GEOMETRY *Geometry = &Directory->Volume->Geometry;
    uint64_t Place = (uint64_t)Slot * FAT_SLOT_BYTES;
    uint32_t Length = FatMin(Most, (uint64_t)(Directory->Slots - Slot) * FAT_SLOT_BYTES);
    FAT_RUN Run;
    *Offset = Geometry->RootOffset + Place;
    if (Directory->Fixed)
        return Length;
    uint32_t Within = (uint32_t)Place & (Geometry->ClusterSize - 1);
    if (FatLookup(Directory->Volume, &Directory->Chain, (uint32_t)(Place >> Geometry->ClusterShift),
                  &Run) != FatDone)
        return 0;
    *Offset = FatClusterOffset(Geometry, Run.Cluster) + Within;
    return FatMin(Length, ((uint64_t)Run.Count << Geometry->ClusterShift) - Within);
}

// Some slots from this one on come to memory. The first one behind them.
static uint32_t FatReadSlots(FAT_DIRECTORY *Directory, uint32_t Slot)
{
    FAT_AHEAD Ahead = {};
    while (Slot < Directory->Slots && Ahead.Count < FAT_MOST_PIECES &&
           Ahead.Bytes < FAT_AHEAD_BYTES) {
        uint64_t Offset;
        uint32_t Length = FatFindSlots(Directory, Slot, FAT_AHEAD_BYTES - Ahead.Bytes, &Offset);
        if (!Length)
            break;
        FatAddAhead(Directory->Volume, &Ahead, Offset, Length);
        Slot += Length / FAT_SLOT_BYTES;
    }
    FatReadAhead(Directory->Volume, &Ahead);
    return Slot;
}

FAT_RESULT FatLoadDirectory(FAT_DIRECTORY *Directory)
{
    FAT_ENTRY *Entry = Directory->Volume->Store->Allocate(sizeof(*Entry));
    FAT_RESULT Result = Entry ? FatSizeDirectory(Directory) : FatNoMemory;
    uint32_t Slot = 0, Read = 0;
    while (Result == FatDone && Slot < Directory->Slots) {
        uint32_t Step;
        if (Slot >= Read)
            Read = FatReadSlots(Directory, Slot);
        Result = FatLoadSlot(Directory, Slot, Entry, &Step);
        if (Result == FatDone && !Step)
            break;
        Slot += Step;
    }
    Directory->End = Slot;
    Directory->Loaded = Result == FatDone;
    if (Entry)
        Directory->Volume->Store->Free(Entry);
    return Result;
}

// ---- Known directories

static FAT_DIRECTORY *FatNewDirectory(FAT_VOLUME *Volume, uint32_t FirstCluster)
{
    FAT_DIRECTORY *Directory = FatAllocateZeroed(Volume->Store, sizeof(*Directory));
    if (!Directory)
        return nullptr;
    Directory->Volume = Volume;
    Directory->FirstCluster = FirstCluster;
    Directory->Fixed = !FirstCluster && Volume->Geometry.Bits != 32;
    Directory->Chain.Metadata = true;
    Directory->Chain.FirstCluster = FirstCluster ? FirstCluster : Volume->Geometry.RootCluster;
    Directory->FreeNode = FAT_NO_NODE;
    Directory->Next = Volume->Directories;
    Volume->Directories = Directory;
    return Directory;
}

void FatForgetDirectory(FAT_DIRECTORY *Directory)
{
    FAT_VOLUME *Volume = Directory->Volume;
    FAT_DIRECTORY **Link = &Volume->Directories;
    while (*Link != Directory)
        Link = &(*Link)->Next;
    *Link = Directory->Next;
    FatForgetChain(Volume, &Directory->Chain);
    void *const Parts[] = {Directory->Used, Directory->Heads, Directory->Nodes, Directory->Buckets,
                           Directory};
    for (uint32_t i = 0; i < sizeof(Parts) / sizeof(Parts[0]); i++) {
        if (Parts[i])
            Volume->Store->Free(Parts[i]);
    }
}

static void FatTrimDirectories(FAT_VOLUME *Volume)
{
    FAT_DIRECTORY *Oldest = nullptr;
    uint32_t Idle = 0;
    for (FAT_DIRECTORY *Each = Volume->Directories; Each; Each = Each->Next) {
        if (!Each->References) {
            Oldest = Each; // new ones are put before
            Idle++;
        }
    }
    if (Idle > FAT_MOST_IDLE)
        FatForgetDirectory(Oldest);
}

FAT_RESULT FatOpenDirectory(FAT_VOLUME *Volume, uint32_t FirstCluster, FAT_DIRECTORY **Opened)
{
    if (Volume->Geometry.Bits == 32 && FirstCluster == Volume->Geometry.RootCluster)
        FirstCluster = 0;
    if (FirstCluster && !FatIsCluster(&Volume->Geometry, FirstCluster))
        return FatCorrupt;
    FAT_DIRECTORY *Directory = Volume->Directories;
    while (Directory && (Directory->FirstCluster != FirstCluster || Directory->Removed))
        Directory = Directory->Next;
    if (!Directory) {
        FatTrimDirectories(Volume);
        Directory = FatNewDirectory(Volume, FirstCluster);
        if (!Directory)
            return FatNoMemory;
        FAT_RESULT Result = FatLoadDirectory(Directory);
        if (Result != FatDone) {
            FatForgetDirectory(Directory);
            return Result;
        }
    }
    Directory->References++;
    *Opened = Directory;
    return FatDone;
}

void FatCloseDirectory(FAT_DIRECTORY *Directory)
{
    if (--Directory->References == 0 && Directory->Removed)
        FatForgetDirectory(Directory);
}

uint32_t FatDirectoryCluster(const FAT_DIRECTORY *Directory)
{
    return Directory->FirstCluster;
}

uint32_t FatDirectoryEntries(const FAT_DIRECTORY *Directory)
{
    return Directory->Entries;
}

FAT_CHAIN *FatDirectoryChain(FAT_DIRECTORY *Directory)
{
    return &Directory->Chain;
}
