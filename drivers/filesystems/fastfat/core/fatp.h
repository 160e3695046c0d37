// Private to the FAT logic: what is on the medium, and what the files share.
#pragma once

#include "fat.h"

#include <string.h>

// Where things are in the boot sector (FAT specification, 3.1 to 3.3).
enum {
    FAT_BOOT_JUMP = 0,
    FAT_BOOT_OEM = 3,
    FAT_BOOT_SECTOR_SIZE = 11,
    FAT_BOOT_CLUSTER_SECTORS = 13,
    FAT_BOOT_RESERVED = 14,
    FAT_BOOT_FATS = 16,
    FAT_BOOT_ROOT_SLOTS = 17,
    FAT_BOOT_TOTAL16 = 19,
    FAT_BOOT_MEDIA = 21,
    FAT_BOOT_FAT_SECTORS16 = 22,
    FAT_BOOT_TRACK_SECTORS = 24,
    FAT_BOOT_HEADS = 26,
    FAT_BOOT_HIDDEN = 28,
    FAT_BOOT_TOTAL32 = 32,
    FAT_BOOT16_DRIVE = 36, // the extension: drive, flags, signature, serial, label, type
    FAT_BOOT32_FAT_SECTORS = 36,
    FAT_BOOT32_FLAGS = 40,
    FAT_BOOT32_VERSION = 42,
    FAT_BOOT32_ROOT = 44,
    FAT_BOOT32_INFO = 48,
    FAT_BOOT32_BACKUP = 50,
    FAT_BOOT32_DRIVE = 64,
    FAT_EXTENSION_FLAGS = 1, // from the drive number on
    FAT_EXTENSION_SIGNATURE = 2,
    FAT_EXTENSION_SERIAL = 3,
    FAT_EXTENSION_LABEL = 7,
    FAT_EXTENSION_TYPE = 18,
    FAT_BOOT_MAGIC = 510,

    FAT_INFO_SIGNATURE1 = 0x41615252,
    FAT_INFO_SIGNATURE2 = 0x61417272,
    FAT_INFO_AT_SIGNATURE2 = 484,
    FAT_INFO_AT_FREE = 488,
    FAT_INFO_AT_NEXT = 492,
};

// Of a directory slot (6.1, 7).
enum {
    FAT_AT_ATTRIBUTES = 11,
    FAT_AT_CASE = 12,
    FAT_AT_CREATED_HUNDREDTHS = 13,
    FAT_AT_CREATED_TIME = 14,
    FAT_AT_CREATED_DATE = 16,
    FAT_AT_ACCESSED_DATE = 18,
    FAT_AT_CLUSTER_HIGH = 20,
    FAT_AT_MODIFIED_TIME = 22,
    FAT_AT_MODIFIED_DATE = 24,
    FAT_AT_CLUSTER_LOW = 26,
    FAT_AT_SIZE = 28,
    FAT_LONG_AT_TYPE = 12,
    FAT_LONG_AT_CHECKSUM = 13,

    FAT_SLOT_FREE = 0xE5,
    FAT_SLOT_END = 0,
    FAT_SLOT_KANJI = 0x05, // stands for 0xE5
    FAT_LONG_LAST = 0x40,
    FAT_LONG_CHARS = 13,
    FAT_LONG_SLOTS = 20,
    FAT_ATTRIBUTE_LONG = 0x0F,
    FAT_ATTRIBUTE_LONG_MASK = 0x3F,
    FAT_CASE_BASE = 0x08, // the name is shown in lower case
    FAT_CASE_EXTENSION = 0x10,
};

struct _FAT_BLOCK {
    uint64_t Number; // its offset in the volume, in blocks
    FAT_BLOCK *HashNext;
    FAT_BLOCK *Newer, *Older;
    FAT_BLOCK *DirtyNext[FatDirtyKinds];
    bool Listed[FatDirtyKinds];
    uint8_t Missing;                           // a bit each 512 bytes that could not be read
    uint8_t Dirty[FatDirtyKinds];              // a bit each 512 bytes
    alignas(16) uint8_t Data[FAT_BLOCK_BYTES]; // devices want it aligned
};

static inline uint16_t FatGet16(const uint8_t *Data)
{
    return (uint16_t)(Data[0] | Data[1] << 8);
}

static inline uint32_t FatGet32(const uint8_t *Data)
{
    return FatGet16(Data) | (uint32_t)FatGet16(Data + 2) << 16;
}

static inline void FatPut16(uint8_t *Data, uint32_t Value)
{
    Data[0] = (uint8_t)Value;
    Data[1] = (uint8_t)(Value >> 8);
}

static inline void FatPut32(uint8_t *Data, uint32_t Value)
{
    FatPut16(Data, Value);
    FatPut16(Data + 2, Value >> 16);
}

static inline uint32_t FatMin(uint64_t First, uint64_t Second)
{
    return (uint32_t)(First < Second ? First : Second);
}

void *FatAllocateZeroed(const FAT_STORE *Store, size_t Size);
// Array of Count elements gets room for one more at least.
FAT_RESULT FatGrowArray(const FAT_STORE *Store, void *ArrayPointer, uint32_t Count,
                        uint32_t *Capacity, uint32_t ElementSize);

// ---- block.c. The address of a byte of the volume, good to the end of its block and until sixteen other blocks
// have been asked for.
FAT_RESULT FatMap(FAT_VOLUME *Volume, uint64_t Offset, uint8_t **Data);
// The same where nothing on the medium counts, if a whole block does not.
// Nobody will ask for these bytes again: of a directory that is gone.
void FatForgetBlocks(FAT_VOLUME *Volume, uint64_t Offset, uint64_t Length);
FAT_RESULT FatMapFresh(FAT_VOLUME *Volume, uint64_t Offset, uint32_t Length, uint8_t **Data);
// Bytes that were just mapped have changed.
void FatTouch(FAT_VOLUME *Volume, uint64_t Offset, uint32_t Length, FAT_DIRTY Kind);
// All at once. What cannot be read this way is read when it is asked for.
enum { FAT_MOST_PIECES = 16 };
typedef struct _FAT_AHEAD {
    FAT_PIECE Pieces[FAT_MOST_PIECES];
    uint32_t Count, Bytes;
} FAT_AHEAD;
void FatAddAhead(FAT_VOLUME *Volume, FAT_AHEAD *Ahead, uint64_t Offset, uint32_t Length);
void FatReadAhead(FAT_VOLUME *Volume, FAT_AHEAD *Ahead);
FAT_RESULT FatInitBlocks(FAT_VOLUME *Volume);
void FatFreeBlocks(FAT_VOLUME *Volume);
FAT_RESULT FatWriteDirty(FAT_VOLUME *Volume, FAT_DIRTY Kind);
// What was to be written there need not be: nothing will lead to it.
void FatForgetDirty(FAT_VOLUME *Volume, uint64_t Offset, uint64_t Length);

// ---- entry.c
FAT_RESULT FatSetEntry(FAT_VOLUME *Volume, uint32_t Cluster, uint32_t Next);
// Of one that lies in two sectors: the sector which comes first on the way from the end of a chain to a cluster, or back.
FAT_RESULT FatSetHalf(FAT_VOLUME *Volume, uint32_t Cluster, uint32_t Next);
// In between it is the end of a chain, or leads behind the last cluster, which is as good.
bool FatIsSafeHalf(const FAT_GEOMETRY *Geometry, uint32_t Cluster, uint32_t Next);
// Raw numbers of FAT entries as they come from a piece of the FAT.
uint32_t FatDecodeEntry(const FAT_GEOMETRY *Geometry, uint32_t Raw);
FAT_RESULT FatReadEntry(FAT_VOLUME *Volume, uint32_t Cluster,
                        uint32_t *Next); // as it is in the FAT
FAT_RESULT FatReadDirtyBit(FAT_VOLUME *Volume, bool *Dirty);
FAT_RESULT FatWriteDirtyBit(FAT_VOLUME *Volume, bool Dirty);

// ---- link.c
FAT_RESULT FatDeferLink(FAT_VOLUME *Volume, uint32_t Cluster, uint32_t Next);
void FatDropLink(FAT_VOLUME *Volume, uint32_t Cluster);
bool FatIsCut(const FAT_VOLUME *Volume, uint32_t Cluster); // not in the FAT yet
// First: of an entry that lies in two sectors only the half that leaves the end of a chain an end.
FAT_RESULT FatApplyLinks(FAT_VOLUME *Volume, bool Cuts, bool First);

// ---- entry.c, space.c
// Both entries of the FAT lie in one sector, which is written at once.
bool FatShareSector(const FAT_GEOMETRY *Geometry, uint32_t First, uint32_t Second);
// One of a FAT12 may lie in two: after a power cut it may have changed by half.
static inline bool FatIsSplit(const FAT_GEOMETRY *Geometry, uint32_t Cluster)
{
    return Geometry->Bits == 12 && !FatShareSector(Geometry, Cluster, Cluster);
}
// One whose entry lies in the same sector of the FAT; taken.
FAT_RESULT FatAllocateBeside(FAT_VOLUME *Volume, uint32_t Cluster, uint32_t *Found);
FAT_RESULT FatAllocateRun(FAT_VOLUME *Volume, uint32_t Goal, uint32_t Count, FAT_FREED *Run);
void FatTakeRun(FAT_VOLUME *Volume, FAT_FREED Run);    // clusters that are free
void FatReleaseRun(FAT_VOLUME *Volume, FAT_FREED Run); // one that never got into the FAT
FAT_RESULT FatFreeRun(FAT_VOLUME *Volume, uint32_t Cluster, uint32_t Count);
FAT_RESULT FatReserveFreed(FAT_VOLUME *Volume, uint32_t Runs);
FAT_RESULT FatApplyFreed(FAT_VOLUME *Volume);
void FatFinishFreed(FAT_VOLUME *Volume);
void FatForgetFreed(FAT_VOLUME *Volume); // what waits to be written of them
void FatNextGap(const FAT_VOLUME *Volume, uint32_t Most, FAT_FREED *Run);

// ---- move.c
// Another cluster takes the place of the one at Index if its entry, which is to change, lies in two sectors. Nothing has
// been committed when it returns, so that who has the chain tells where it begins. The chain may be forgotten.
uint32_t FatFindWhole(const FAT_VOLUME *Volume); // a free cluster whose entry lies in one; 0: none
FAT_RESULT FatUnsplit(FAT_VOLUME *Volume, FAT_CHAIN *Chain, uint32_t Index);

// ---- stock.c
bool FatIsInStock(const FAT_VOLUME *Volume, uint32_t Cluster, uint32_t Count);
FAT_RESULT FatReturnStock(FAT_VOLUME *Volume);
FAT_RESULT FatRenewStock(FAT_VOLUME *Volume);

// ---- info.c
FAT_RESULT FatReadInfo(FAT_VOLUME *Volume);
FAT_RESULT FatWriteInfo(FAT_VOLUME *Volume);

// ---- name.c
uint8_t FatChecksum(const uint8_t *ShortRaw);
uint32_t FatHashName(const FAT_STORE *Store, const uint16_t *Name, uint32_t Length);
bool FatSameName(const FAT_STORE *Store, const uint16_t *First, uint32_t FirstLength,
                 const uint16_t *Second, uint32_t SecondLength);
uint32_t FatShortText(const FAT_STORE *Store, const uint8_t *ShortRaw, uint8_t Case,
                      uint16_t *Text);
uint32_t FatTrimName(const uint16_t *Name, uint32_t Length); // without dots and spaces at the end
// A name of at most Room characters, which a 0 may end, to Name (FAT_MAX_NAME). False: it is none, or could not be asked for.
bool FatCopyName(const uint16_t *Text, uint32_t Room, uint16_t *Name, uint32_t *Length);
void FatEncodeLong(uint8_t *Slot, const uint16_t *Name, uint32_t Length, uint32_t Part,
                   uint32_t Parts, uint8_t Checksum);
// Characters of one slot go to Name; false: it is not a part of a name.
bool FatDecodeLong(const uint8_t *Slot, uint32_t Part, uint16_t *Name);

// ---- shortname.c
// The name as it is a short one. False: it needs a long name, too.
bool FatShortOfName(const FAT_STORE *Store, const uint16_t *Name, uint32_t Length,
                    uint8_t *ShortRaw, uint8_t *Case);
// A short name that nothing in the directory has.
FAT_RESULT FatMakeShort(FAT_DIRECTORY *Directory, const uint16_t *Name, uint32_t Length,
                        uint8_t *ShortRaw);

// ---- directory.c, index.c, slots.c, load.c
typedef struct _FAT_NODE { // a name in the index
    uint32_t Hash, Slot, Next;
} FAT_NODE;

struct _FAT_DIRECTORY {
    FAT_VOLUME *Volume;
    FAT_DIRECTORY *Next;
    uint32_t References;
    uint32_t FirstCluster; // 0: the root
    bool Fixed;            // the root of FAT12 and FAT16
    bool Loaded;
    FAT_CHAIN Chain;
    uint32_t Slots;    // there is room for
    uint32_t End;      // the first slot that was never used
    uint32_t FreeHint; // no free slot is below
    uint32_t Entries;
    uint64_t *Used;  // a bit each slot
    uint64_t *Heads; // the first slots of entries
    FAT_NODE *Nodes;
    uint32_t NodeCount, NodeCapacity, FreeNode;
    uint32_t *Buckets;
    uint32_t BucketCount;
    bool Removed; // its chain is freed: nobody finds it again
};
constexpr uint32_t FAT_NO_NODE = 0xFFFFFFFF;

FAT_RESULT FatMapSlot(FAT_DIRECTORY *Directory, uint32_t Slot, uint8_t **Data, uint64_t *Offset);
// What stands at Slot: FatDone with the entry; FatNotFound with Entry->Slots to pass over.
FAT_RESULT FatParseSlots(FAT_DIRECTORY *Directory, uint32_t Slot, FAT_ENTRY *Entry);
FAT_RESULT FatParseAt(FAT_DIRECTORY *Directory, FAT_CURSOR *Cursor, uint32_t Slot,
                      FAT_ENTRY *Entry);
FAT_RESULT FatInsertNames(FAT_DIRECTORY *Directory, const FAT_ENTRY *Entry);
void FatDeleteNames(FAT_DIRECTORY *Directory, const FAT_ENTRY *Entry);
FAT_RESULT FatReserveNames(FAT_DIRECTORY *Directory);
void FatSetUsed(FAT_DIRECTORY *Directory, uint32_t Slot, uint32_t Count, bool Used);
bool FatIsUsed(const FAT_DIRECTORY *Directory, uint32_t Slot);
void FatSetHead(FAT_DIRECTORY *Directory, uint32_t Slot, bool Head);
FAT_RESULT FatLoadDirectory(FAT_DIRECTORY *Directory);
FAT_RESULT FatGrowBitmaps(FAT_DIRECTORY *Directory, uint32_t Slots);
FAT_RESULT FatZeroClusters(FAT_VOLUME *Volume, FAT_CHAIN *Chain, uint32_t First);
FAT_RESULT FatReserveSlots(FAT_DIRECTORY *Directory, uint32_t Count, uint32_t *Slot);
// The end mark goes behind it.
FAT_RESULT FatMoveEnd(FAT_DIRECTORY *Directory, uint32_t End);
FAT_RESULT FatWriteSlot(FAT_DIRECTORY *Directory, uint32_t Slot, const uint8_t *New);
FAT_RESULT FatClearSlot(FAT_DIRECTORY *Directory, uint32_t Slot);
uint32_t FatSectorOfSlot(const FAT_VOLUME *Volume, uint32_t Slot); // of the directory
// Free slots, of which the last is in the sector.
bool FatFindGapIn(const FAT_DIRECTORY *Directory, uint32_t Sector, uint32_t Count, uint32_t *Slot);

// ---- gone.c
constexpr uint32_t FAT_NOT_GONE = 0xFFFFFFFF, FAT_GONE_TWICE = 0xFFFFFFFE; // no sectors
FAT_RESULT FatReserveGone(FAT_VOLUME *Volume); // so that FatNoteGone cannot fail
void FatNoteGone(FAT_DIRECTORY *Directory, const FAT_ENTRY *Entry);
void FatForgetGone(FAT_VOLUME *Volume);
uint32_t FatSectorOfGone(FAT_DIRECTORY *Directory, const FAT_ENTRY *Entry);
uint32_t FatLongParts(const FAT_ENTRY *Entry);
// The short name, the case flags, and how many slots it takes; then the entry.
FAT_RESULT FatPrepareName(FAT_DIRECTORY *Directory, FAT_ENTRY *Entry, uint8_t *Case);
FAT_RESULT FatAddPrepared(FAT_DIRECTORY *Directory, FAT_ENTRY *Entry, uint8_t Case);
void FatEncodeShort(uint8_t *Slot, const FAT_ENTRY *Entry, uint8_t Case);
void FatForgetDirectory(FAT_DIRECTORY *Directory);
// FatNotFound: nothing has it.
FAT_RESULT FatFindShort(FAT_DIRECTORY *Directory, const uint8_t *ShortRaw);

// ---- copy.c
typedef struct _FAT_COPY {
    FAT_VOLUME *Volume;
    void *Buffer;
    uint32_t Room; // whole sectors
} FAT_COPY;

FAT_RESULT FatBeginCopy(FAT_VOLUME *Volume, uint32_t Clusters, FAT_COPY *Copy);
FAT_RESULT FatCopyRun(const FAT_COPY *Copy, FAT_FREED From, uint32_t To);
// Also after an error, which it passes on. FatDone: the bytes are on the medium.
FAT_RESULT FatEndCopy(FAT_COPY *Copy, FAT_RESULT Result);

// ---- rename.c, replace.c
typedef struct _FAT_RENAME {
    FAT_VOLUME *Volume;
    FAT_DIRECTORY *From, *To;
    const FAT_ENTRY *Old;
    FAT_ENTRY *New;
    uint8_t Case;
} FAT_RENAME;

// The slot lies in the sector that the old entry's short one is in.
bool FatIsHere(const FAT_RENAME *Rename, uint32_t Slot);
FAT_RESULT FatDropOld(const FAT_RENAME *Rename);
FAT_RESULT FatMakeFirst(const FAT_RENAME *Rename, uint32_t *Next, uint32_t *Cluster);
