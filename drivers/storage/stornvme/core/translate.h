// SCSI commands for a namespace, as NVM Express commands or answers. Pure logic: no hardware, no Windows.
// NVM Express: SCSI Translation Reference 1.5; SPC-4, SBC-3.
#pragma once

#include "hardware.h"
#include "unit.h"

enum {
    NVME_MAX_RANGES = 128,      // of one UNMAP: what fits into a list
    NVME_PROTOCOL_BYTES = 4096, // of a program's command: two pages, however they lie
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
    bool DatasetManagement, WriteZeroes, ShadowDoorbells;
    bool ScatterGather;       // it takes lists of pieces for I/O
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
// namespace.c
void NvmeDescribeUnit(const NVME_NAMESPACE *Namespace, const NVME_IDENTITY *Identity,
                      SCSI_UNIT *Unit);

// protocol.c: commands of programs, with so many bytes of data in or out
bool NvmeCheckProtocol(const NVME_COMMAND *Given, bool Admin, uint32_t In, uint32_t Out);
void NvmeMakeProtocol(const NVME_COMMAND *Given, bool Admin, uint32_t NamespaceId,
                      NVME_COMMAND *Command);

NVME_ACTION NvmeFail(NVME_TRANSLATION *Translation, uint8_t SenseKey, uint16_t SenseCode);

// The sense key and code for a status of the controller's. FALSE: it says nothing about the data, the
// command was aborted.
bool NvmeSenseOfStatus(uint16_t Status, uint8_t *SenseKey, uint16_t *SenseCode);
