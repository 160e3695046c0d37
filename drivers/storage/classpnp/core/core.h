// SCSI without a system around it: what devices answer, and what they are sent. Lengths are checked here: the bytes
// come from devices.
#pragma once

#include "bytes.h"

// ---- Sense data (SPC-4, 4.5), fixed or with descriptors

typedef struct _CORE_SENSE {
    uint8_t Key, Code, Qualifier;
    bool Deferred; // it is about an earlier command
    bool FileMark, EndOfMedium, IncorrectLength;
    bool InformationValid;
    uint64_t Information;
    bool ProgressValid; // Progress: in 65536ths
    uint16_t Progress;
} CORE_SENSE;

// False: this is no sense data.
bool CoreParseSense(const uint8_t *Bytes, size_t Length, CORE_SENSE *Sense);

// ---- What follows from an error

enum {                            // CORE_OUTCOME.Actions
    CORE_START_UNIT = 0x01,       // the unit waits for START STOP UNIT
    CORE_MEDIA_CHANGED = 0x02,    // the medium may be another
    CORE_NO_MEDIA = 0x04,         // there is none
    CORE_CAPACITY_CHANGED = 0x08, // ask again how large it is
    CORE_INQUIRY_CHANGED = 0x10,
    CORE_LUNS_CHANGED = 0x20,
    CORE_FAILURE_PREDICTED = 0x40,
    CORE_UNIT_ATTENTION = 0x80,
};

typedef struct _CORE_OUTCOME {
    int32_t Status; // an NTSTATUS: what the request ends with when it is not tried again
    bool Retry;
    uint16_t Retries; // at most so many; 0: as many as usual
    uint32_t Delay;   // before the retry, in milliseconds
    uint32_t Actions;
    uint32_t LogCode; // IO_ERR_...; 0: nothing for the log
} CORE_OUTCOME;

// How a command ended, in terms of SRBs: SrbStatus without its flags.
typedef struct _CORE_FAILURE {
    uint8_t SrbStatus, ScsiStatus;
    const uint8_t *Sense; // null: there is none
    size_t SenseLength;
    bool Removable;         // the medium is: a change of it is to be verified
    int32_t InternalStatus; // with SRB_STATUS_INTERNAL_ERROR
} CORE_FAILURE;

void CoreInterpret(const CORE_FAILURE *Failure, CORE_OUTCOME *Outcome);

// ---- Transfers

typedef struct _CORE_LIMITS {
    uint32_t MaximumLength;
    uint32_t MaximumPages; // that one transfer may touch; 0: any number
    uint32_t SectorSize;   // a power of two
} CORE_LIMITS;

// How long the next part of a transfer is, whole sectors, that begins at that address with so many bytes to
// go. 0: there is none that the limits allow.
uint32_t CoreNextPiece(const CORE_LIMITS *Limits, uint64_t Address, uint32_t Remaining);
// The number of parts. 0: not possible.
uint32_t CoreCountPieces(const CORE_LIMITS *Limits, uint64_t Address, uint32_t Length);

enum { CORE_CDB_BYTES = 16 };

// READ or WRITE, of 10 bytes where that is enough unless Long, else of 16. The length of the CDB.
uint8_t CoreBuildTransfer(uint8_t Cdb[CORE_CDB_BYTES], bool Write, bool Long, bool ForceUnitAccess,
                          uint64_t Block, uint32_t Blocks);
// VERIFY without a comparison, by the same rule.
uint8_t CoreBuildVerify(uint8_t Cdb[CORE_CDB_BYTES], bool Long, uint64_t Block, uint32_t Blocks);

// ---- Capacity (SBC-3, 5.15, 5.16)

typedef struct _CORE_CAPACITY {
    uint64_t LastBlock;
    uint32_t BlockBytes;
    uint32_t PhysicalBytes;       // of a physical block
    uint32_t LowestAligned;       // the first logical block that begins a physical one
    bool Provisioned, ReadsZeros; // LBPME, LBPRZ
} CORE_CAPACITY;

// False: too short, or sizes that cannot be. A LastBlock of 0xFFFFFFFF in the short form asks for the long one.
bool CoreParseCapacity10(const uint8_t *Bytes, size_t Length, CORE_CAPACITY *Capacity);
bool CoreParseCapacity16(const uint8_t *Bytes, size_t Length, CORE_CAPACITY *Capacity);

// ---- Mode pages (SPC-4, 7.5)

enum { CORE_ALL_MODE_PAGES = 0x3F };

// The page in what MODE SENSE(6) or (10) returned; null: not there, or not whole. CORE_ALL_MODE_PAGES: the first.
const uint8_t *CoreFindModePage(const uint8_t *Bytes, size_t Length, uint8_t Page, bool SixBytes,
                                size_t *PageLength);

// ---- Vital product data (SPC-4, 7.8; SBC-3, 6.5)

// The bytes of a page, header included. 0: it is not this page.
size_t CoreVpdLength(const uint8_t *Bytes, size_t Length, uint8_t Page);
// In the list of supported pages (page 0).
bool CoreVpdSupports(const uint8_t *Bytes, size_t Length, uint8_t Page);

typedef struct _CORE_BLOCK_LIMITS { // page B0h
    uint16_t Granularity;           // of transfers, in blocks
    uint32_t MaximumTransfer, OptimalTransfer;
    uint32_t MaximumUnmapBlocks, MaximumUnmapDescriptors;
    uint32_t UnmapGranularity, UnmapAlignment;
    bool UnmapAlignmentValid;
} CORE_BLOCK_LIMITS;

bool CoreParseBlockLimits(const uint8_t *Bytes, size_t Length, CORE_BLOCK_LIMITS *Limits);

typedef struct _CORE_CHARACTERISTICS { // page B1h
    uint16_t RotationRate;             // per minute; 0: not told; 1: it does not rotate
    uint8_t ProductType, FormFactor, Zoned;
} CORE_CHARACTERISTICS;

bool CoreParseCharacteristics(const uint8_t *Bytes, size_t Length, CORE_CHARACTERISTICS *Values);

typedef struct _CORE_PROVISIONING { // page B2h
    uint8_t ThresholdExponent;
    bool Unmap, WriteSame, WriteSame10, ReadsZeros, Anchor, Descriptor;
    uint8_t Type;
} CORE_PROVISIONING;

bool CoreParseProvisioning(const uint8_t *Bytes, size_t Length, CORE_PROVISIONING *Values);

// Page 83h as a row of STORAGE_IDENTIFIER. The bytes that all of them need; as many whole ones as fit are in
// Identifiers. Count: of all.
size_t CoreMakeIdentifiers(const uint8_t *Bytes, size_t Length, uint8_t *Identifiers, size_t Room,
                           uint32_t *Count);

// ---- UNMAP (SBC-3, 5.28)

enum { CORE_UNMAP_HEADER_BYTES = 8, CORE_UNMAP_DESCRIPTOR_BYTES = 16 };

typedef struct _CORE_RANGE {
    uint64_t Block, Blocks;
} CORE_RANGE;

// Takes what fits into one parameter list from the front of Range, and returns the length of the list; 0: nothing
// was left. Descriptors, Blocks: the most that the device takes.
typedef struct _CORE_UNMAP {
    CORE_RANGE *Ranges;
    uint32_t Count, Next;
    uint32_t MaximumDescriptors, MaximumBlocks;
} CORE_UNMAP;

size_t CoreBuildUnmap(CORE_UNMAP *Unmap, uint8_t *List, size_t Room);
