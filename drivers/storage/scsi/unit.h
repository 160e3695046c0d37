// What a disk says of itself, and the commands that ask for it: INQUIRY, READ CAPACITY, MODE SENSE and SELECT, and
// the like. A miniport whose device does not speak SCSI fills in a SCSI_UNIT. Pure logic: no hardware, no Windows.
#pragma once

#include "scsicommand.h"

enum { SCSI_MAXIMUM_DESIGNATORS = 3, SCSI_DESIGNATOR_BYTES = 72 };

typedef struct _SCSI_DESIGNATOR { // of the identification page
    uint8_t CodeSet, Type, Length;
    uint8_t Bytes[SCSI_DESIGNATOR_BYTES];
} SCSI_DESIGNATOR;

enum { // code sets and types of designators
    SCSI_SET_BINARY = 1,
    SCSI_SET_ASCII = 2,
    SCSI_TYPE_VENDOR = 1,
    SCSI_TYPE_EUI64 = 2,
    SCSI_TYPE_NAA = 3,
};

typedef struct _SCSI_UNIT {
    uint64_t Blocks;
    uint32_t BlockShift;
    uint8_t PhysicalShift;  // blocks of a physical block, as power of two
    uint16_t LowestAligned; // the first block at a physical one's start
    char Vendor[8], Product[16], Revision[4], Serial[20];
    uint8_t DesignatorCount;
    SCSI_DESIGNATOR Designators[SCSI_MAXIMUM_DESIGNATORS];
    bool ReadOnly, Removable, Thin;
    bool HasCache, CacheEnabled, HasFua;
    uint32_t MaximumTransfer; // bytes; 0: not told
    uint16_t Rotation;        // 1: does not rotate; 0: not told
    uint8_t FormFactor;
    // UNMAP; no descriptors: there is none
    uint32_t UnmapBlocks, UnmapDescriptors;
    bool UnmapReadsZero;
    uint64_t WriteSameBlocks; // 0: there is none
} SCSI_UNIT;

typedef enum _SCSI_ACTION {
    ScsiAnswered, // Length bytes have been put into the data buffer
    ScsiFailed,   // Sense
    ScsiSetCache, // the write cache is to be CacheOn
    ScsiUnknown,  // none of these commands
} SCSI_ACTION;

typedef struct _SCSI_ANSWER {
    uint32_t Length;
    SCSI_SENSE Sense;
    bool CacheOn;
} SCSI_ANSWER;

// Data: the request's buffer of Length bytes; null: it has none. The command has its full length.
SCSI_ACTION ScsiAnswerUnit(const uint8_t *Cdb, const SCSI_UNIT *Unit, void *Data, uint32_t Length,
                           SCSI_ANSWER *Answer);

// The unit has room for SCSI_MAXIMUM_DESIGNATORS, each of up to SCSI_DESIGNATOR_BYTES.
void ScsiAddDesignator(SCSI_UNIT *Unit, uint8_t CodeSet, uint8_t Type, const void *Bytes,
                       uint8_t Length);

// For what comes after the command's own checks.
SCSI_ACTION ScsiFail(SCSI_ANSWER *Answer, uint8_t SenseKey, uint16_t SenseCode);
// Bytes, as many as the command allows and there is room for.
SCSI_ACTION ScsiReturn(SCSI_ANSWER *Answer, void *Data, uint32_t Length, uint32_t Allocated,
                       const void *Bytes, uint32_t Count);

// unitinquiry.c, unitmode.c
SCSI_ACTION ScsiInquiry(const uint8_t *Cdb, const SCSI_UNIT *Unit, void *Data, uint32_t Length,
                        SCSI_ANSWER *Answer);
SCSI_ACTION ScsiModeSense(const uint8_t *Cdb, const SCSI_UNIT *Unit, void *Data, uint32_t Length,
                          SCSI_ANSWER *Answer);
SCSI_ACTION ScsiModeSelect(const uint8_t *Cdb, const SCSI_UNIT *Unit, const void *Data,
                           uint32_t Length, SCSI_ANSWER *Answer);

static inline bool ScsiIsOutside(const SCSI_UNIT *Unit, SCSI_EXTENT Extent)
{
    return Extent.Start > Unit->Blocks || Extent.Blocks > Unit->Blocks - Extent.Start;
}
