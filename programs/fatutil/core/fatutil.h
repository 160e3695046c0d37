// Making and checking FAT volumes as pure logic (Microsoft's FAT specification 1.03): for format and chkdsk, and for
// tests on the build machine. What is on the medium is told by the file system driver's core.
#pragma once

#include "fatp.h"

// Zeroed.
static inline void *FuAllocate(const FAT_STORE *Store, size_t Size)
{
    void *Memory = Store->Allocate(Size);
    if (Memory)
        memset(Memory, 0, Size);
    return Memory;
}

static inline void FuFree(const FAT_STORE *Store, void *Memory)
{
    if (Memory)
        Store->Free(Memory);
}

// ---- layout.c: where everything of a new volume is

typedef struct _FMT_WISH {
    uint32_t Bits;        // 12, 16, 32; 0: as fits
    bool OnlySmall;       // with Bits 0: FAT12 or FAT16
    uint32_t ClusterSize; // 0: as fits
    uint32_t HiddenSectors, SectorsPerTrack, Heads;
} FMT_WISH;

typedef enum _FMT_REFUSAL {
    FmtGood,
    FmtBadSector,  // no such sector size
    FmtBadCluster, // no such cluster size
    FmtTooSmall,   // fewer clusters than this kind has
    FmtTooLarge,   // more clusters than this kind has
} FMT_REFUSAL;

typedef struct _FMT_LAYOUT {
    uint32_t Bits, SectorSize, ClusterSectors;
    uint32_t Reserved, Fats, FatSectors, RootSlots; // RootSlots 0: FAT32
    uint32_t TotalSectors, Clusters;
    uint32_t HiddenSectors, SectorsPerTrack, Heads;
    uint8_t Media, Drive;
} FMT_LAYOUT;

FMT_REFUSAL FmtPlan(const FMT_WISH *Wish, uint32_t SectorSize, uint64_t Bytes, FMT_LAYOUT *Layout);

// ---- format.c: writing it

typedef struct _FMT_ORDER {
    const FAT_STORE *Store;
    FMT_LAYOUT Layout;
    uint8_t Label[FAT_SHORT_BYTES]; // blanks: none
    uint32_t Serial;
    FAT_STAMP Now;
    bool Quick;        // the data area is left as it is
    uint32_t BadFound; // out: clusters that could not be written, and are marked
    // Null, or told how far it is; false: enough, and FatIoError comes.
    bool (*Progress)(void *Context, uint32_t Percent);
    void *Context;
} FMT_ORDER;

// Until it has all been written there is no boot sector, so that nobody takes a half for a whole.
FAT_RESULT FmtWrite(FMT_ORDER *Order);
// As a label stands in a directory. False: not a label.
bool FmtLabel(const FAT_STORE *Store, const uint16_t *Text, uint32_t Length,
              uint8_t Label[FAT_SHORT_BYTES]);

// ---- check.c: checking, and repairing

// What is wrong, and what is done about it when the check may repair. Number: as the comment says.
typedef enum _CHK_PROBLEM {
    ChkBootRestored,   // the boot sector was no good: its backup is taken
    ChkBootSignature,  // the mark at the end of the boot sector
    ChkBackupDiffers,  // the backup of the boot sector is written anew
    ChkInfoDamaged,    // FSInfo is no such sector
    ChkInfoCounts,     // FSInfo tells other numbers
    ChkFatUnreadable,  // Number: sectors of a FAT that cannot be read
    ChkFatsDiffer,     // Number: sectors that differ between the copies
    ChkFatHead,        // the first two entries
    ChkDirty,          // the volume was not dismounted, or had errors
    ChkDotEntry,       // . or .. is missing or leads elsewhere
    ChkNotDirectory,   // what should be a directory is none: it becomes a file
    ChkNoDirectory,    // a directory without clusters: removed
    ChkDirectoryTwice, // a directory with two names: the one it does not know is removed
    ChkDirectoryChain, // the chain of a directory is cut; Number: clusters that are left
    ChkDirectoryEnd,   // there are entries behind the end of the directory
    ChkDirectoryTail,  // there is something else behind it
    ChkGarbage,        // an entry that makes no sense: removed
    ChkBadName,        // characters that must not be: replaced
    ChkBadAttributes,
    ChkLabel,         // a volume label where none should be: removed
    ChkOrphanLong,    // parts of a long name without their entry: removed
    ChkLongField,     // fields of a long name that must be 0
    ChkDuplicate,     // two entries of one name: one is renamed
    ChkDirectorySize, // the size of a directory is not 0
    ChkBadStart,      // the first cluster cannot be: the file becomes empty
    ChkBadChain,      // a chain leads to nowhere: cut; Number: clusters that are left
    ChkLoop,          // a chain leads to itself: cut; Number: clusters that are left
    ChkCrossLink,     // Number: the cluster that two files have: the second gets a copy
    ChkSize,          // a chain is too short: the size becomes that of the chain
    ChkTooLong,       // Number: clusters behind the end of the file
    ChkLostChain,     // Number: clusters that nothing leads to
    ChkBadFree,       // Number: free clusters that cannot be read
    ChkBadCluster, // Number: clusters of a file that cannot be read: replaced, with what was left of them
    ChkSlotsLost, // Number: bytes of a directory that cannot be read
    ChkNoSpace,   // for what is to be repaired
    ChkProblems,
} CHK_PROBLEM;

typedef struct _CHK_TOTALS {
    uint32_t Bits, ClusterSize, Clusters, Serial;
    uint32_t Files, Directories, Hidden; // Hidden: of both
    uint32_t FileClusters, DirectoryClusters, HiddenClusters, BadClusters, FreeClusters;
    uint32_t LostChains, LostClusters, Recovered;
    uint8_t Label[FAT_SHORT_BYTES];
} CHK_TOTALS;

typedef struct _CHK_ORDER {
    const FAT_STORE *Store;
    bool Fix;
    bool InUse;   // a file system has it mounted: the mark and FSInfo are its own
    bool Surface; // with Fix: read every cluster
    FAT_STAMP Now;
    // Any of these may be null. Path begins with a backslash; of a volume as a whole it is empty.
    void (*Tell)(void *Context, CHK_PROBLEM Problem, const uint16_t *Path, uint32_t Length,
                 uint32_t Number);
    void (*Visit)(void *Context, const uint16_t *Path, uint32_t Length); // everything there is
    void (*Stage)(void *Context, uint32_t Stage);                        // 1 to 5
    void (*Progress)(void *Context, uint32_t Percent);                   // of stage 4, the surface
    bool (*Convert)(void *Context, uint32_t Chains, uint32_t Clusters);  // lost chains to files?
    void *Context;
    CHK_TOTALS Totals;
    uint32_t Problems; // how many were told
    bool Written;
} CHK_ORDER;

// Everything is looked at before anything is written. FatNotFat: neither the boot sector nor its backup is one.
FAT_RESULT ChkRun(CHK_ORDER *Order);
