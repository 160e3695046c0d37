// SCSI commands for a namespace, as NVM Express commands or answers. Pure logic: no hardware, no Windows.
// NVM Express: SCSI Translation Reference 1.5; SPC-4, SBC-3.
#pragma once

#include "hardware.h"

enum {
    NVME_MAX_RANGES = 128, // of one UNMAP: what fits into a list
    NVME_SENSE_BYTES = 18,
};

typedef struct _NVME_NAMESPACE {
    uint32_t Id; // 0: none
    uint64_t Blocks;
    uint32_t BlockShift;
    bool ReadOnly, Thin;
    uint8_t Nguid[16], Eui64[8];
} NVME_NAMESPACE;

typedef struct _NVME_IDENTITY { // of the controller
    char Model[40], Serial[20], Firmware[8];
    bool HasCache, CacheEnabled;
    bool DatasetManagement, WriteZeroes;
    uint32_t MaximumTransfer; // bytes
    uint64_t Units;           // bit n: there is a unit with this number
} NVME_IDENTITY;

typedef enum _NVME_ACTION {
    NvmeAnswered, // Length bytes have been put into the data buffer
    NvmeTransfer, // Command, with the data buffer
    NvmeCommand,  // Command, without
    NvmeUnmap,    // Command, with RangeCount ranges in Ranges
    NvmeSetCache, // the volatile cache is to be CacheOn
    NvmeFailed,   // SenseKey, SenseCode
} NVME_ACTION;

typedef struct _NVME_TRANSLATION {
    NVME_COMMAND Command;
    uint32_t Length;
    uint8_t SenseKey;
    uint16_t SenseCode; // additional code << 8 | qualifier
    bool CacheOn;
    uint32_t RangeCount;
    NVME_RANGE Ranges[NVME_MAX_RANGES];
} NVME_TRANSLATION;

// Data: the buffer of the request, as far as it is mapped (reads and writes need it not), of Length bytes.
NVME_ACTION NvmeTranslate(const uint8_t *Cdb, uint32_t CdbLength, const NVME_NAMESPACE *Namespace,
                          const NVME_IDENTITY *Identity, void *Data, uint32_t Length,
                          NVME_TRANSLATION *Translation);
// inquiry.c, mode.c
NVME_ACTION NvmeInquiry(const uint8_t *Cdb, const NVME_NAMESPACE *Namespace,
                        const NVME_IDENTITY *Identity, void *Data, uint32_t Length,
                        NVME_TRANSLATION *Translation);
NVME_ACTION NvmeModeSense(const uint8_t *Cdb, bool Ten, const NVME_NAMESPACE *Namespace,
                          const NVME_IDENTITY *Identity, void *Data, uint32_t Length,
                          NVME_TRANSLATION *Translation);
NVME_ACTION NvmeModeSelect(const uint8_t *Cdb, bool Ten, const NVME_IDENTITY *Identity,
                           const void *Data, uint32_t Length, NVME_TRANSLATION *Translation);

NVME_ACTION NvmeFail(NVME_TRANSLATION *Translation, uint8_t SenseKey, uint16_t SenseCode);
// Bytes, as many as the command allows and there is room for.
NVME_ACTION NvmeAnswer(NVME_TRANSLATION *Translation, void *Data, uint32_t Length,
                       uint32_t Allocated, const void *Bytes, uint32_t Count);

// The sense key and code for a status of the controller's. FALSE: it says nothing about the data, the
// command was aborted.
bool NvmeSenseOfStatus(uint16_t Status, uint8_t *SenseKey, uint16_t *SenseCode);
void NvmeMakeSense(uint8_t SenseKey, uint16_t SenseCode, uint8_t Sense[NVME_SENSE_BYTES]);

static inline uint64_t NvmeBigEndian(const uint8_t *Bytes, uint32_t Count)
{
    uint64_t Value = 0;
    for (uint32_t i = 0; i < Count; i++)
        Value = Value << 8 | Bytes[i];
    return Value;
}

static inline void NvmePutBigEndian(uint8_t *Bytes, uint32_t Count, uint64_t Value)
{
    while (Count--) {
        Bytes[Count] = (uint8_t)Value;
        Value >>= 8;
    }
}

enum { // sense keys
    NVME_SENSE_NONE = 0x0,
    NVME_SENSE_NOT_READY = 0x2,
    NVME_SENSE_MEDIUM_ERROR = 0x3,
    NVME_SENSE_HARDWARE_ERROR = 0x4,
    NVME_SENSE_ILLEGAL_REQUEST = 0x5,
    NVME_SENSE_DATA_PROTECT = 0x7,
    NVME_SENSE_ABORTED_COMMAND = 0xB,
    NVME_SENSE_MISCOMPARE = 0xE,
};

enum { // additional sense codes
    NVME_CODE_INVALID_OPCODE = 0x2000,
    NVME_CODE_OUT_OF_RANGE = 0x2100,
    NVME_CODE_INVALID_FIELD = 0x2400,
    NVME_CODE_NO_UNIT = 0x2500,
    NVME_CODE_INVALID_PARAMETER = 0x2600,
    NVME_CODE_PARAMETER_LENGTH = 0x1A00,
    NVME_CODE_WRITE_PROTECTED = 0x2700,
    NVME_CODE_SAVING_UNSUPPORTED = 0x3900,
};
