// FAT volumes as pure logic (Microsoft's FAT specification 1.03): for fastfat.sys, for format and chkdsk, and for
// tests on the build machine. One caller at a time: whoever calls holds the volume's lock.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum _FAT_RESULT {
    FatDone,
    FatIoError, // the store has remembered why
    FatNoMemory,
    FatNotFat,  // no volume of this kind
    FatCorrupt, // contradicts itself
    FatFull,
    FatDirectoryFull,
    FatNotFound,
    FatExists,
    FatBadName,
    FatNotEmpty,
    FatTooLarge,
    FatReadOnly,
} FAT_RESULT;

// How the medium is reached. Offsets and lengths are multiples of SectorSize, counted from the volume's begin.
typedef struct _FAT_PIECE {
    uint64_t Offset;
    uint32_t Length;
    uint8_t *Buffer;
} FAT_PIECE;

typedef struct _FAT_STORE {
    bool (*Read)(void *Context, uint64_t Offset, uint32_t Length, void *Buffer);
    bool (*ReadPieces)(void *Context, const FAT_PIECE *Pieces,
                       uint32_t Count); // null: there is none
    bool (*Write)(void *Context, uint64_t Offset, uint32_t Length, const void *Buffer);
    bool (*Barrier)(void *Context); // what was written before is there before what is written after
    void *(*Allocate)(size_t Size);
    void (*Free)(void *Memory);
    uint16_t (*Upcase)(uint16_t Character);
    uint8_t (*ToOem)(uint16_t Character); // 0: not in the code page
    uint16_t (*FromOem)(uint8_t Character);
    void *Context;
    uint64_t Bytes;
    uint32_t SectorSize; // of the medium
} FAT_STORE;

enum {
    FAT_MAX_NAME = 255,
    FAT_SHORT_BYTES = 11,
    FAT_SHORT_TEXT = 12, // "FILENAME.EXT"
    FAT_SLOT_BYTES = 32,
    FAT_MAX_SLOTS = 65536, // of a directory

    FAT_ATTRIBUTE_READONLY = 0x01,
    FAT_ATTRIBUTE_HIDDEN = 0x02,
    FAT_ATTRIBUTE_SYSTEM = 0x04,
    FAT_ATTRIBUTE_LABEL = 0x08,
    FAT_ATTRIBUTE_DIRECTORY = 0x10,
    FAT_ATTRIBUTE_ARCHIVE = 0x20,

    FAT_BLOCK_BYTES = 4096,
};
constexpr uint32_t FAT_MAX_FILE = 0xFFFFFFFF;
constexpr uint32_t FAT_NO_CLUSTER = 0xFFFFFFFF; // beyond the end of a chain

// ---- The volume's form (boot.c)

typedef struct _FAT_GEOMETRY {
    uint32_t Bits; // of a FAT entry: 12, 16 or 32
    uint32_t SectorSize, ClusterSize, ClusterShift;
    uint32_t Clusters; // numbers 2 to Clusters + 1
    uint32_t Fats, ActiveFat;
    bool Mirrored;
    uint64_t FatOffset, FatBytes; // the first FAT; the length of each
    uint64_t RootOffset;          // FAT12 and FAT16
    uint32_t RootSlots;
    uint32_t RootCluster; // FAT32
    uint64_t DataOffset;  // of cluster 2
    uint64_t TotalBytes;
    uint64_t InfoOffset; // FSInfo; 0: none
    uint64_t BackupOffset;
    uint32_t SerialNumber;
    uint8_t Label[FAT_SHORT_BYTES]; // of the boot sector
    uint8_t Media;
    uint32_t Reserved, HiddenSectors; // sectors
    uint16_t SectorsPerTrack, Heads;
} FAT_GEOMETRY;

// Sector: the first 512 bytes.
FAT_RESULT FatParseBoot(const uint8_t *Sector, uint32_t MediumSectorSize, uint64_t MediumBytes,
                        FAT_GEOMETRY *Geometry);

static inline uint64_t FatClusterOffset(const FAT_GEOMETRY *Geometry, uint32_t Cluster)
{
    return Geometry->DataOffset + ((uint64_t)(Cluster - 2) << Geometry->ClusterShift);
}

static inline bool FatIsCluster(const FAT_GEOMETRY *Geometry, uint32_t Cluster)
{
    return Cluster >= 2 && Cluster - 2 < Geometry->Clusters;
}

// ---- Chains of clusters, known as runs (runs.c)

typedef struct _FAT_RUN {
    uint32_t First; // place in the file, in clusters
    uint32_t Cluster;
    uint32_t Count;
} FAT_RUN;

typedef struct _FAT_CHAIN {
    uint32_t FirstCluster; // 0: empty
    uint32_t Known;        // clusters that Runs describe
    bool Complete;         // Runs reach the end
    uint64_t Epoch;        // of the volume when it last grew
    uint32_t Older;        // clusters that it had before that epoch
    bool Metadata;         // of a directory
    uint32_t Count, Capacity;
    FAT_RUN *Runs;
} FAT_CHAIN;

// ---- A mounted volume

typedef struct _FAT_BLOCK FAT_BLOCK;
typedef struct _FAT_DIRECTORY FAT_DIRECTORY;

// What a dirty sector holds decides when it is written (commit.c).
typedef enum _FAT_DIRTY { FatDirtyNew, FatDirtyFat, FatDirtySlots, FatDirtyKinds } FAT_DIRTY;

typedef struct _FAT_FREED {
    uint32_t Cluster, Count;
} FAT_FREED;

typedef struct _FAT_LINK { // link.c
    uint32_t Cluster, Next;
    uint32_t Following; // of those with its hash: an index from 1
} FAT_LINK;

typedef struct _FAT_GONE { // gone.c
    uint32_t Key, Sector, Next;
} FAT_GONE;
constexpr uint32_t FAT_GONE_BUCKETS = 256;

typedef struct _FAT_VOLUME {
    const FAT_STORE *Store;
    FAT_GEOMETRY Geometry;
    bool ReadOnly;
    bool WasDirty;    // at mount: stays so until it is checked
    bool MarkedDirty; // on the medium
    bool InfoStale;   // FSInfo tells other numbers

    // Metadata blocks (block.c)
    FAT_BLOCK **Buckets;
    FAT_BLOCK *Newest, *Oldest; // clean ones and dirty ones, by use
    FAT_BLOCK *DirtyFirst[FatDirtyKinds],
        *DirtyLast[FatDirtyKinds]; // in the order of becoming dirty
    uint32_t Blocks, DirtyBlocks;

    // Space (space.c)
    uint64_t *
        InUse; // null: not known yet; a bit each cluster; freed ones stay in use until the next commit
    uint32_t FreeClusters, NextFree;
    FAT_FREED *Freed;
    uint32_t FreedCount, FreedCapacity, FreedClusters;
    FAT_FREED Stock; // stock.c

    // Entries that join new clusters to chains that were there before (link.c)
    FAT_LINK *Links;
    uint32_t LinkCount, LinkCapacity;
    uint32_t *LinkBuckets, LinkBucketCount; // indexes from 1
    uint64_t Epoch;                         // counts commits that were begun, from 1

    FAT_GONE *Gone; // names deleted since the last commit
    uint32_t GoneCount, GoneCapacity;
    uint32_t GoneBuckets[FAT_GONE_BUCKETS]; // indexes from 1

    uint64_t Barriers; // so far
    bool Unsure; // the last one failed: what was written before may come after what is written now
    bool OutOfStock; // since the last commit a cluster was taken that is not in stock

    FAT_DIRECTORY *Directories; // loaded ones
    FAT_DIRECTORY *Root;
    uint64_t Changes; // counts modifications, for who waits for quiet
} FAT_VOLUME;

FAT_RESULT FatMount(const FAT_STORE *Store, bool ReadOnly, FAT_VOLUME **Volume);
// Nothing is written: FatCommit and FatMarkClean come before.
void FatUnmount(FAT_VOLUME *Volume);
// Everything that has changed is on the medium afterwards, in the order that README.md explains.
FAT_RESULT FatCommit(FAT_VOLUME *Volume);
// The same for who waits for it: but clusters that are freed may wait for the next commit. What the store was told to write
// before is there, too, whoever did.
FAT_RESULT FatFlush(FAT_VOLUME *Volume);
bool FatNeedsCommit(const FAT_VOLUME *Volume);
// After a commit: the dirty bit is cleared, FSInfo is right.
FAT_RESULT FatMarkClean(FAT_VOLUME *Volume);
FAT_RESULT FatMarkDirty(FAT_VOLUME *Volume);
FAT_RESULT FatGetLabel(FAT_VOLUME *Volume, uint16_t *Text, uint32_t *Length);
FAT_RESULT FatSetLabel(FAT_VOLUME *Volume, const uint16_t *Text, uint32_t Length);

// ---- Space

// FAT_NO_CLUSTER for the end of a chain, 0 for a free one, 1 for a bad one.
FAT_RESULT FatGetEntry(FAT_VOLUME *Volume, uint32_t Cluster, uint32_t *Next);
// FreeClusters counts, and FatClusterInUse may be asked, from then on.
FAT_RESULT FatKnowSpace(FAT_VOLUME *Volume);
bool FatClusterInUse(const FAT_VOLUME *Volume, uint32_t Cluster);
// The run that holds cluster number Index of the file, cut so that it begins there. FatNotFound: beyond the end.
FAT_RESULT FatLookup(FAT_VOLUME *Volume, FAT_CHAIN *Chain, uint32_t Index, FAT_RUN *Run);
FAT_RESULT FatCountClusters(FAT_VOLUME *Volume, FAT_CHAIN *Chain, uint32_t *Count);
// Chains change in memory and in the FAT; who points to FirstCluster is told by the caller (FatUpdate) before the next commit. A
// file may have another first cluster afterwards, with the same bytes, also after an error: nothing may be written to it
// meanwhile.
FAT_RESULT FatExtend(FAT_VOLUME *Volume, FAT_CHAIN *Chain, uint32_t Clusters);
FAT_RESULT FatTruncate(FAT_VOLUME *Volume, FAT_CHAIN *Chain, uint32_t Clusters);
void FatForgetChain(FAT_VOLUME *Volume, FAT_CHAIN *Chain);
// Count clusters from place First on, with their bytes, to Cluster and those behind it. FatExists: these are not free;
// FatNotFound: the chain is shorter; FatTooLarge: a directory's first one, which stays. Nothing may be written to them meanwhile, and a commit follows.
FAT_RESULT FatMove(FAT_VOLUME *Volume, FAT_CHAIN *Chain, uint32_t First, uint32_t Cluster,
                   uint32_t Count);

// ---- Directories and what is in them

typedef struct _FAT_STAMP { // local time; all zero: none
    uint16_t Date, Time;
    uint8_t Hundredths; // 0 to 199
} FAT_STAMP;

typedef struct _FAT_ENTRY {
    uint32_t Slot, Slots; // the first one, and how many: the last is the short entry
    uint32_t FirstCluster, Size;
    uint8_t Attributes;
    FAT_STAMP Created, Modified, Accessed;
    bool HasLongName;
    uint8_t ShortRaw[FAT_SHORT_BYTES];
    uint16_t ShortName[FAT_SHORT_TEXT];
    uint32_t ShortLength;
    uint16_t Name[FAT_MAX_NAME];
    uint32_t NameLength;
} FAT_ENTRY;

// A directory's index, shared by all that have opened it. FirstCluster 0: the root.
FAT_RESULT FatOpenDirectory(FAT_VOLUME *Volume, uint32_t FirstCluster, FAT_DIRECTORY **Directory);
void FatCloseDirectory(FAT_DIRECTORY *Directory);
uint32_t FatDirectoryCluster(const FAT_DIRECTORY *Directory); // 0: the root
uint32_t FatDirectoryEntries(const FAT_DIRECTORY *Directory);
FAT_CHAIN *FatDirectoryChain(FAT_DIRECTORY *Directory);

bool FatNameIsValid(const uint16_t *Name, uint32_t Length);
FAT_RESULT FatFind(FAT_DIRECTORY *Directory, const uint16_t *Name, uint32_t Length,
                   FAT_ENTRY *Entry);
// The next one at or behind Slot. FatNotFound: there is none.
FAT_RESULT FatNext(FAT_DIRECTORY *Directory, uint32_t Slot, FAT_ENTRY *Entry);
// The same for who goes through all of it, and asks nothing else of the volume meanwhile. All null: nowhere yet.
typedef struct _FAT_CURSOR {
    uint8_t *Data;
    uint64_t Offset;
    uint32_t Slot; // that Data is of
    bool Short;    // ShortName is wanted, too
} FAT_CURSOR;
FAT_RESULT FatNextAt(FAT_DIRECTORY *Directory, FAT_CURSOR *Cursor, uint32_t Slot, FAT_ENTRY *Entry);
// The entry whose last slot is the one before SlotEnd.
FAT_RESULT FatFindSlot(FAT_DIRECTORY *Directory, uint32_t SlotEnd, FAT_ENTRY *Entry);
// The directory in this one that begins with the cluster.
FAT_RESULT FatFindSubdirectory(FAT_DIRECTORY *Directory, uint32_t Cluster, FAT_ENTRY *Entry);
// Where the directory above is that begins with Cluster, 0 for the root; if there is none, FatNotFound, or anything: who goes
// down that way looks each up.
FAT_RESULT FatReadParent(FAT_VOLUME *Volume, uint32_t Cluster, uint32_t *Parent);
// In: Name, Attributes, times, FirstCluster, Size. Out: the rest.
FAT_RESULT FatAdd(FAT_DIRECTORY *Directory, FAT_ENTRY *Entry);
// Attributes, times, cluster and size of an entry that is there.
FAT_RESULT FatUpdate(FAT_DIRECTORY *Directory, const FAT_ENTRY *Entry);
FAT_RESULT FatRemove(FAT_DIRECTORY *Directory, const FAT_ENTRY *Entry);
// The same with its clusters.
FAT_RESULT FatRemoveFile(FAT_DIRECTORY *Directory, const FAT_ENTRY *Entry, FAT_CHAIN *Chain);
// A directory: a cluster with the two entries, then as FatAdd.
FAT_RESULT FatAddDirectory(FAT_DIRECTORY *Parent, FAT_ENTRY *Entry);
// An empty directory and its clusters.
FAT_RESULT FatRemoveDirectory(FAT_DIRECTORY *Parent, const FAT_ENTRY *Entry);
// To another name, here or elsewhere. The new name must be free or that of the entry itself. New: as for FatAdd's
// Name; filled. The medium is brought up to date before and after, as the order of writes matters. A file may have another
// first cluster afterwards, with the same bytes: nothing may be written to it meanwhile.
FAT_RESULT FatRename(FAT_DIRECTORY *From, const FAT_ENTRY *Old, FAT_DIRECTORY *To, FAT_ENTRY *New);

// The same where a file has the new name, which goes for it. Chain: the file's; empty afterwards.
FAT_RESULT FatReplace(FAT_DIRECTORY *From, const FAT_ENTRY *Old, FAT_DIRECTORY *To,
                      const FAT_ENTRY *There, FAT_CHAIN *Chain, FAT_ENTRY *New);

// ---- Times: 100 ns since 1601, local time
FAT_STAMP FatStampOfTime(int64_t LocalTime);
int64_t FatTimeOfStamp(FAT_STAMP Stamp); // 0: none, or no date
