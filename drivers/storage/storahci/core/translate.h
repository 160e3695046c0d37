// SCSI commands for a drive, as ATA commands or answers. Pure logic: no hardware, no Windows. SAT-3.
#pragma once

#include "ata.h"

typedef enum _ATA_ACTION {
    AtaAnswered, // Length bytes have been put into the data buffer
    AtaTransfer, // Command; with the data buffer if it has a direction
    AtaTrim,     // Command, whose data are the ranges
    AtaFailed,   // Sense
} ATA_ACTION;

typedef struct _ATA_TRANSLATION {
    ATA_COMMAND Command;
    uint32_t Length; // of what was answered, or is moved
    SCSI_SENSE Sense;
    uint64_t *Ranges; // given: room for as many as the drive takes
    uint32_t RangeCount;
} ATA_TRANSLATION;

// Data: the buffer of the request, as far as it is mapped (reads and writes need it not), of Length bytes.
ATA_ACTION AtaTranslate(const uint8_t *Cdb, uint32_t CdbLength, const ATA_DRIVE *Drive, void *Data,
                        uint32_t Length, ATA_TRANSLATION *Translation);

// A read or write, which is most of what comes: by itself, because it needs none of the rest.
bool AtaIsReadWrite(uint8_t Opcode, bool *Write);
ATA_ACTION AtaReadWrite(const uint8_t *Cdb, const ATA_DRIVE *Drive, bool Write, uint32_t Length,
                        ATA_TRANSLATION *Translation);

// The same read or write without queuing.
void AtaMakeUnqueued(ATA_COMMAND *Command, const ATA_DRIVE *Drive);

// passthrough.c: a command as it is (SAT-3, 12.2).
ATA_ACTION AtaPassThrough(const uint8_t *Cdb, const ATA_DRIVE *Drive, uint32_t Length,
                          ATA_TRANSLATION *Translation);

// microcode.c: WRITE BUFFER
ATA_ACTION AtaWriteBuffer(const uint8_t *Cdb, const ATA_DRIVE *Drive, uint32_t Length,
                          ATA_TRANSLATION *Translation);

static inline ATA_ACTION AtaFail(ATA_TRANSLATION *Translation, uint8_t SenseKey, uint16_t SenseCode)
{
    Translation->Sense = (SCSI_SENSE){.Key = SenseKey, .Code = SenseCode};
    return AtaFailed;
}
