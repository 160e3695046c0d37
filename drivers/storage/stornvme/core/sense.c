// What a status of the controller means to SCSI. NVM Express: SCSI Translation Reference 1.5, 7.
#include "translate.h"

#include <string.h>

static const struct {
    uint16_t Status;
    uint8_t SenseKey;
    uint16_t SenseCode;
} NvmeSenses[] = {
    {0x001, NVME_SENSE_ILLEGAL_REQUEST, NVME_CODE_INVALID_OPCODE},
    {0x002, NVME_SENSE_ILLEGAL_REQUEST, NVME_CODE_INVALID_FIELD},
    {0x004, NVME_SENSE_MEDIUM_ERROR, 0x0000},
    {0x005, NVME_SENSE_ABORTED_COMMAND, 0x0B08}, // power loss expected
    {0x006, NVME_SENSE_HARDWARE_ERROR, 0x4400},  // internal target failure
    {0x00B, NVME_SENSE_ILLEGAL_REQUEST, NVME_CODE_NO_UNIT},
    {0x020, NVME_SENSE_DATA_PROTECT, NVME_CODE_WRITE_PROTECTED},
    {0x080, NVME_SENSE_ILLEGAL_REQUEST, NVME_CODE_OUT_OF_RANGE},
    {0x081, NVME_SENSE_DATA_PROTECT, 0x2707}, // space allocation failed
    {0x082, NVME_SENSE_NOT_READY, 0x0400},
    {0x084, NVME_SENSE_NOT_READY, 0x0404}, // format in progress
    {0x182, NVME_SENSE_DATA_PROTECT, NVME_CODE_WRITE_PROTECTED},
    {0x280, NVME_SENSE_MEDIUM_ERROR, 0x0300}, // write fault
    {0x281, NVME_SENSE_MEDIUM_ERROR, 0x1100}, // unrecovered read error
    {0x282, NVME_SENSE_MEDIUM_ERROR, 0x1001}, // guard
    {0x283, NVME_SENSE_MEDIUM_ERROR, 0x1002},
    {0x284, NVME_SENSE_MEDIUM_ERROR, 0x1003},
    {0x285, NVME_SENSE_MISCOMPARE, 0x1D00},
    {0x286, NVME_SENSE_DATA_PROTECT, 0x2002}, // access denied
    {0x287, NVME_SENSE_MEDIUM_ERROR, 0x1100}, // deallocated block
};

bool NvmeSenseOfStatus(uint16_t Status, uint8_t *SenseKey, uint16_t *SenseCode)
{
    if (Status == NVME_STATUS_ABORT_REQUESTED || Status == NVME_STATUS_QUEUE_DELETED)
        return false;
    *SenseKey = NVME_SENSE_HARDWARE_ERROR;
    *SenseCode = 0x4400;
    for (size_t i = 0; i < sizeof(NvmeSenses) / sizeof(NvmeSenses[0]); i++) {
        if (NvmeSenses[i].Status != Status)
            continue;
        *SenseKey = NvmeSenses[i].SenseKey;
        *SenseCode = NvmeSenses[i].SenseCode;
    }
    return true;
}

// Fixed format, current errors.
void NvmeMakeSense(uint8_t SenseKey, uint16_t SenseCode, uint8_t Sense[NVME_SENSE_BYTES])
{
    memset(Sense, 0, NVME_SENSE_BYTES);
    Sense[0] = 0x70;
    Sense[2] = SenseKey;
    Sense[7] = NVME_SENSE_BYTES - 8;
    Sense[12] = (uint8_t)(SenseCode >> 8);
    Sense[13] = (uint8_t)SenseCode;
}
