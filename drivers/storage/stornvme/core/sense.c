// What a status of the controller means to SCSI. NVM Express: SCSI Translation Reference 1.5, 7.
#include "translate.h"

static const struct {
    uint16_t Status;
    uint8_t SenseKey;
    uint16_t SenseCode;
} NvmeSenses[] = {
    {0x001, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_INVALID_OPCODE},
    {0x002, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_INVALID_FIELD},
    {0x004, SCSI_KEY_MEDIUM_ERROR, 0x0000},
    {0x005, SCSI_KEY_ABORTED_COMMAND, 0x0B08}, // power loss expected
    {0x006, SCSI_KEY_HARDWARE_ERROR, 0x4400},  // internal target failure
    {0x00B, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_NO_UNIT},
    {0x020, SCSI_KEY_DATA_PROTECT, SCSI_CODE_WRITE_PROTECTED},
    {0x080, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_OUT_OF_RANGE},
    {0x081, SCSI_KEY_DATA_PROTECT, 0x2707}, // space allocation failed
    {0x082, SCSI_KEY_NOT_READY, 0x0400},
    {0x084, SCSI_KEY_NOT_READY, 0x0404}, // format in progress
    {0x182, SCSI_KEY_DATA_PROTECT, SCSI_CODE_WRITE_PROTECTED},
    {0x280, SCSI_KEY_MEDIUM_ERROR, 0x0300}, // write fault
    {0x281, SCSI_KEY_MEDIUM_ERROR, 0x1100}, // unrecovered read error
    {0x282, SCSI_KEY_MEDIUM_ERROR, 0x1001}, // guard
    {0x283, SCSI_KEY_MEDIUM_ERROR, 0x1002},
    {0x284, SCSI_KEY_MEDIUM_ERROR, 0x1003},
    {0x285, SCSI_KEY_MISCOMPARE, 0x1D00},
    {0x286, SCSI_KEY_DATA_PROTECT, 0x2002}, // access denied
    {0x287, SCSI_KEY_MEDIUM_ERROR, 0x1100}, // deallocated block
};

bool NvmeSenseOfStatus(uint16_t Status, uint8_t *SenseKey, uint16_t *SenseCode)
{
    if (Status == NVME_STATUS_ABORT_REQUESTED || Status == NVME_STATUS_QUEUE_DELETED)
        return false;
    *SenseKey = SCSI_KEY_HARDWARE_ERROR;
    *SenseCode = 0x4400;
    for (size_t i = 0; i < sizeof(NvmeSenses) / sizeof(NvmeSenses[0]); i++) {
        if (NvmeSenses[i].Status != Status)
            continue;
        *SenseKey = NvmeSenses[i].SenseKey;
        *SenseCode = NvmeSenses[i].SenseCode;
    }
    return true;
}
