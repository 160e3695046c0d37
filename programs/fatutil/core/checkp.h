// Private to the check.
#pragma once

#include "fatutil.h"

constexpr uint32_t ChkFree = 0, ChkBad = 0xFFFFFFF7, ChkEnd = 0xFFFFFFFF, ChkInvalid = 1;
enum { ChkMostPath = 4096 };

typedef struct _CHK_DIRECTORY {
    struct _CHK_DIRECTORY *Next;
    uint32_t Cluster; // its first; 0: the root of FAT12 and FAT16
    uint32_t Parent;  // as it stands in ..
    bool IsRoot, Claimed, Changed, AnyBad;
    uint16_t *Path;
    uint32_t PathLength;
    uint8_t *Slots; // while it is worked on, and from the first change on
    uint32_t SlotCount;
    uint8_t *Good; // a bit each slot: files that are as they should be
} CHK_DIRECTORY;

typedef struct _CHK_COPY {
    uint32_t From, To;
} CHK_COPY;

typedef struct
    _CHK_DEFERRED { // a directory whose .. does not name the directory that its entry is in
    CHK_DIRECTORY *In;
    uint32_t Slot;
    struct _CHK_DEFERRED *Next;
} CHK_DEFERRED;

typedef struct _CHK {
    CHK_ORDER *Order;
    const FAT_STORE *Store;
    FAT_GEOMETRY Geometry;
    uint8_t *Boot; // as it is to be
    bool BootChanged, BackupChanged, InfoChanged, FatChanged, HasLabel;
    uint8_t *Fat; // the raw FAT, as it is to be
    uint8_t *Owned;
    uint32_t NextFree, FoundNumber;
    uint32_t FreeBefore;                // clusters, before anything is repaired
    CHK_DIRECTORY *First, *Last, *Done; // all of them; up to Done they have been walked
    CHK_DIRECTORY *Found;               // where lost chains go
    CHK_DEFERRED *Deferred;
    CHK_COPY *Copies;
    uint32_t CopyCount, CopyCapacity;
} CHK;

static inline bool ChkIsOwned(const CHK *Check, uint32_t Cluster)
{
    return Check->Owned[Cluster / 8] >> Cluster % 8 & 1;
}

static inline void ChkOwn(CHK *Check, uint32_t Cluster)
{
    Check->Owned[Cluster / 8] |= (uint8_t)(1 << Cluster % 8);
}

static inline uint8_t *ChkSlot(const CHK_DIRECTORY *Directory, uint32_t Slot)
{
    return Directory->Slots + (size_t)Slot * FAT_SLOT_BYTES;
}

// In: the directory with the entry at Slot, or null for the volume as a whole.
void ChkTell(CHK *Check, CHK_PROBLEM Problem, const CHK_DIRECTORY *In, uint32_t Slot,
             uint32_t Number);

// ---- checkboot.c
FAT_RESULT ChkReadBoot(CHK *Check);
FAT_RESULT ChkCheckInfo(CHK *Check);
FAT_RESULT ChkWriteBoot(CHK *Check);

// ---- checkfat.c
FAT_RESULT ChkReadFats(CHK *Check);
// What follows in the chain: a cluster, or ChkFree, ChkBad, ChkEnd, ChkInvalid.
uint32_t ChkGet(const CHK *Check, uint32_t Cluster);
void ChkSet(CHK *Check, uint32_t Cluster, uint32_t Next);
uint32_t ChkAllocate(CHK *Check); // ends its chain, and is owned; 0: none is free
void ChkCheckHead(CHK *Check);
FAT_RESULT ChkWriteFats(CHK *Check);

// ---- checkdir.c
CHK_DIRECTORY *ChkAddDirectory(CHK *Check, const CHK_DIRECTORY *In, uint32_t Slot,
                               uint32_t Cluster);
FAT_RESULT ChkLoad(CHK *Check, CHK_DIRECTORY *Directory);
void ChkUnload(CHK *Check, CHK_DIRECTORY *Directory); // what has changed stays
// A slot that is free, with a cluster more if need be. False: no space.
bool ChkFindSlot(CHK *Check, CHK_DIRECTORY *Directory, uint32_t *Slot);
FAT_RESULT ChkInsertSlots(CHK *Check, CHK_DIRECTORY *Directory, uint32_t Count); // at its begin
FAT_RESULT ChkWriteDirectory(CHK *Check, const CHK_DIRECTORY *Directory);
FAT_RESULT ChkReadCluster(CHK *Check, uint32_t Cluster, uint8_t *Data, uint32_t Length);
// A cluster whose contents go on. If the surface is checked, zeroes stand for the sectors that cannot be read; Lost: so many bytes.
FAT_RESULT ChkTakeCluster(CHK *Check, uint32_t Cluster, uint8_t *Data, uint32_t *Lost);
uint32_t ChkStart(const CHK *Check, const uint8_t *Slot);
void ChkSetStart(const CHK *Check, uint8_t *Slot, uint32_t Cluster);
// Path of the entry at Slot, to Path[ChkMostPath]; the length.
uint32_t ChkPath(CHK *Check, const CHK_DIRECTORY *In, uint32_t Slot, uint16_t *Path);
bool ChkIsDot(const uint8_t *Slot, uint32_t Dots);

// ---- checkslot.c: one directory's entries
FAT_RESULT ChkCheckSlots(CHK *Check, CHK_DIRECTORY *Directory);
bool ChkIsEntry(const uint8_t *Slot); // in use, and no part of a long name
bool ChkLooksReal(const CHK *Check, const uint8_t *Slot);
void ChkRemove(CHK_DIRECTORY *Directory, uint32_t Slot); // with its long name
uint32_t ChkLongStart(const CHK_DIRECTORY *Directory,
                      uint32_t Slot); // the first slot of its long name

// ---- checktree.c: directories, pass 1
FAT_RESULT ChkWalkDirectories(CHK *Check);
void ChkClaim(CHK *Check,
              CHK_DIRECTORY *Directory); // the clusters of its chain, unless it has them already
void ChkMakeDots(const CHK *Check, uint8_t *Slots, uint32_t Cluster, uint32_t Parent);
// The first cluster of a directory, to judge by the entry ".", which knows where it is. Parent: as .. says.
bool ChkIsDirectoryHead(CHK *Check, uint32_t Cluster, uint32_t *Parent);

// ---- checkfile.c: files, pass 2
FAT_RESULT ChkWalkFiles(CHK *Check, CHK_DIRECTORY *From);
FAT_RESULT ChkWriteCopies(CHK *Check);

// For ChkWriteCopies, in their order. False: no memory.
bool ChkRememberCopy(CHK *Check, uint32_t From, uint32_t To);

// ---- checklost.c: pass 3
FAT_RESULT ChkFindLost(CHK *Check);

// ---- checksurface.c: pass 4, if it is wanted
FAT_RESULT ChkCheckSurface(CHK *Check);
