// Firmware of controllers: NVM Express 1.4, 5.11, 5.12, 5.14.1.3, 5.15.2.2.
#pragma once

#include "hardware.h"

enum {
    NVME_ADMIN_FIRMWARE_COMMIT = 0x10,
    NVME_ADMIN_FIRMWARE_DOWNLOAD = 0x11,
    NVME_LOG_FIRMWARE = 0x03,
    NVME_FIRMWARE_SLOTS = 7,
};

typedef struct _NVME_FIRMWARE { // what the controller says when it is identified
    bool Upgrade;               // it takes images, in pieces that can be given to it
    bool FirstReadOnly;         // slot 1
    bool AtOnce;                // an image can be activated without a reset
    uint8_t Slots;
    uint32_t Alignment; // of pieces, bytes
    uint32_t MostPiece; // bytes of one download
} NVME_FIRMWARE;

// The log page, as far as it tells anything.
typedef struct _NVME_FIRMWARE_LOG {
    uint8_t
        Active; // bits 0-2: the slot that runs; 4-6: the one that will after a reset, 0: the same
    uint8_t Reserved[7];
    char Revision[NVME_FIRMWARE_SLOTS][8]; // zeroes: the slot is empty
} NVME_FIRMWARE_LOG;
static_assert(sizeof(NVME_FIRMWARE_LOG) == 64);

// MostTransfer: bytes of one command
void NvmeReadFirmware(const uint8_t *Identify, uint32_t MostTransfer, NVME_FIRMWARE *Firmware);
void NvmeMakeFirmwareLog(NVME_COMMAND *Command);
// false: it is not a piece that can be given to the controller
bool NvmeMakeDownload(const NVME_FIRMWARE *Firmware, uint64_t Offset, uint64_t Length,
                      NVME_COMMAND *Command);
// Slot 0: the controller chooses. Existing: the image that is in the slot, else the one that was downloaded.
// false: there is no such slot, or it takes no image
bool NvmeMakeCommit(const NVME_FIRMWARE *Firmware, uint8_t Slot, bool Existing,
                    NVME_COMMAND *Command);

typedef enum _NVME_FIRMWARE_RESULT {
    NvmeFirmwareGood,
    NvmeFirmwareNeedsReset,      // of the controller: it runs after the next one
    NvmeFirmwareNeedsPowerCycle, // of more than the controller
    NvmeFirmwareUnknown,         // the controller does not know the command
    NvmeFirmwareBadSlot,
    NvmeFirmwareBadImage,
    NvmeFirmwareFailed,
} NVME_FIRMWARE_RESULT;

NVME_FIRMWARE_RESULT NvmeFirmwareResult(uint16_t Status);

// The image that the command has committed, with this result, runs when the controller has been reset.
bool NvmeRunsAfterReset(const NVME_COMMAND *Commit, NVME_FIRMWARE_RESULT Result);
