// SCSI commands as a driver sees them that answers them itself or makes others of them: operation codes, addresses
// in a command, sense data. Plain C. SPC-4, SBC-3.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SCSI_TEST_UNIT_READY = 0x00,
    SCSI_REQUEST_SENSE = 0x03,
    SCSI_READ_6 = 0x08,
    SCSI_WRITE_6 = 0x0A,
    SCSI_INQUIRY = 0x12,
    SCSI_MODE_SELECT_6 = 0x15,
    SCSI_MODE_SENSE_6 = 0x1A,
    SCSI_START_STOP_UNIT = 0x1B,
    SCSI_PREVENT_REMOVAL = 0x1E,
    SCSI_READ_CAPACITY_10 = 0x25,
    SCSI_READ_10 = 0x28,
    SCSI_WRITE_10 = 0x2A,
    SCSI_VERIFY_10 = 0x2F,
    SCSI_SYNCHRONIZE_CACHE_10 = 0x35,
    SCSI_WRITE_BUFFER = 0x3B,
    SCSI_UNMAP = 0x42,
    SCSI_MODE_SELECT_10 = 0x55,
    SCSI_MODE_SENSE_10 = 0x5A,
    SCSI_ATA_PASS_THROUGH_16 = 0x85,
    SCSI_READ_16 = 0x88,
    SCSI_WRITE_16 = 0x8A,
    SCSI_VERIFY_16 = 0x8F,
    SCSI_SYNCHRONIZE_CACHE_16 = 0x91,
    SCSI_WRITE_SAME_16 = 0x93,
    SCSI_SERVICE_ACTION_IN_16 = 0x9E,
    SCSI_REPORT_LUNS = 0xA0,
    SCSI_ATA_PASS_THROUGH_12 = 0xA1,
    SCSI_READ_12 = 0xA8,
    SCSI_WRITE_12 = 0xAA,
    SCSI_VERIFY_12 = 0xAF,

    SCSI_READ_CAPACITY_16 = 0x10, // service action
};

enum { // sense keys
    SCSI_KEY_NONE = 0x0,
    SCSI_KEY_RECOVERED = 0x1,
    SCSI_KEY_NOT_READY = 0x2,
    SCSI_KEY_MEDIUM_ERROR = 0x3,
    SCSI_KEY_HARDWARE_ERROR = 0x4,
    SCSI_KEY_ILLEGAL_REQUEST = 0x5,
    SCSI_KEY_UNIT_ATTENTION = 0x6,
    SCSI_KEY_DATA_PROTECT = 0x7,
    SCSI_KEY_ABORTED_COMMAND = 0xB,
    SCSI_KEY_MISCOMPARE = 0xE,
};

enum { // additional sense code << 8 | qualifier
    SCSI_CODE_NONE = 0x0000,
    SCSI_CODE_ATA_REGISTERS = 0x001D,
    SCSI_CODE_WRITE_ERROR = 0x0C00,
    SCSI_CODE_UNRECOVERED_READ = 0x1100,
    SCSI_CODE_RECORD_NOT_FOUND = 0x1401,
    SCSI_CODE_PARAMETER_LENGTH = 0x1A00,
    SCSI_CODE_INVALID_OPCODE = 0x2000,
    SCSI_CODE_OUT_OF_RANGE = 0x2100,
    SCSI_CODE_INVALID_FIELD = 0x2400,
    SCSI_CODE_NO_UNIT = 0x2500,
    SCSI_CODE_INVALID_PARAMETER = 0x2600,
    SCSI_CODE_WRITE_PROTECTED = 0x2700,
    SCSI_CODE_MEDIUM_CHANGED = 0x2800,
    SCSI_CODE_SAVING_UNSUPPORTED = 0x3900,
    SCSI_CODE_NO_MEDIUM = 0x3A00,
    SCSI_CODE_INTERNAL_FAILURE = 0x4400,
    SCSI_CODE_INTERFACE_CRC = 0x4703,
    SCSI_CODE_REMOVAL_REQUESTED = 0x5A01,
};

enum { SCSI_SENSE_BYTES = 18 }; // of the fixed format

typedef struct _SCSI_SENSE {
    uint8_t Key;
    uint16_t Code;
    bool HasInformation;
    uint64_t Information; // the block that the error is about
} SCSI_SENSE;

typedef struct _SCSI_EXTENT {
    uint64_t Start;
    uint32_t Blocks;
} SCSI_EXTENT;

static inline uint64_t ScsiBigEndian(const uint8_t *Bytes, uint32_t Count)
{
    uint64_t Value = 0;
    for (uint32_t i = 0; i < Count; i++)
        Value = Value << 8 | Bytes[i];
    return Value;
}

static inline uint32_t ScsiBigEndian32(const uint8_t *Bytes)
{
    uint32_t Value;
    __builtin_memcpy(&Value, Bytes, sizeof(Value));
    return __builtin_bswap32(Value);
}

static inline uint64_t ScsiBigEndian64(const uint8_t *Bytes)
{
    uint64_t Value;
    __builtin_memcpy(&Value, Bytes, sizeof(Value));
    return __builtin_bswap64(Value);
}

static inline void ScsiPutBigEndian(uint8_t *Bytes, uint32_t Count, uint64_t Value)
{
    while (Count--) {
        Bytes[Count] = (uint8_t)Value;
        Value >>= 8;
    }
}

// The length that an operation code gives a command; 0: it does not say.
static inline uint32_t ScsiCdbLength(uint8_t Opcode)
{
    static const uint8_t Lengths[8] = {6, 10, 10, 0, 16, 12, 0, 0};
    return Lengths[Opcode >> 5];
}

// Where the operation code says that the addresses are.
static inline SCSI_EXTENT ScsiExtentOf(const uint8_t *Cdb)
{
    switch (Cdb[0] >> 5) {
    case 0: // 6 bytes; no blocks are 256
        return (SCSI_EXTENT){ScsiBigEndian32(Cdb) & 0x1FFFFF, Cdb[4] ? Cdb[4] : 256};
    case 4: // 16 bytes
        return (SCSI_EXTENT){ScsiBigEndian64(Cdb + 2), ScsiBigEndian32(Cdb + 10)};
    case 5: // 12 bytes
        return (SCSI_EXTENT){ScsiBigEndian32(Cdb + 2), ScsiBigEndian32(Cdb + 6)};
    default:
        return (SCSI_EXTENT){ScsiBigEndian32(Cdb + 2), (uint32_t)(Cdb[7] << 8 | Cdb[8])};
    }
}

// Current errors in the fixed format.
static inline void ScsiMakeSense(const SCSI_SENSE *Sense, uint8_t Bytes[SCSI_SENSE_BYTES])
{
    enum { FixedCurrent = 0x70, InformationValid = 0x80 };
    __builtin_memset(Bytes, 0, SCSI_SENSE_BYTES);
    Bytes[0] = FixedCurrent;
    if (Sense->HasInformation && Sense->Information <= UINT32_MAX) {
        Bytes[0] |= InformationValid;
        ScsiPutBigEndian(Bytes + 3, 4, Sense->Information);
    }
    Bytes[2] = Sense->Key;
    Bytes[7] = SCSI_SENSE_BYTES - 8;
    Bytes[12] = (uint8_t)(Sense->Code >> 8);
    Bytes[13] = (uint8_t)Sense->Code;
}
