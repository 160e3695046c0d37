// Making and checking FAT volumes as pure logic (Microsoft's FAT specification 1.03): for format and chkdsk, and for
// tests on the build machine. What is on the medium is told by the file system driver's core.
#pragma once

#include "fatp.h"

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
