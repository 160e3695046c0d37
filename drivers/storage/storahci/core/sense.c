// What the registers of a drive mean to SCSI. SAT-3, 11; Serial ATA 3, 13.7 (the log of queued commands' errors).
#include "ata.h"

#include <string.h>

enum { // error register
    ErrorCrc = 0x80,
    ErrorData = 0x40, // uncorrectable; write protected, for writes
    ErrorMediumChanged = 0x20,
    ErrorNotFound = 0x10,
    ErrorChangeRequest = 0x08,
    ErrorAborted = 0x04,
    ErrorNoMedium = 0x02,
};

typedef struct _ATA_SENSE {
    uint8_t Bit, Key;
    uint16_t Code;
    bool AtBlock; // the registers have the block's address
} ATA_SENSE;

static const ATA_SENSE AtaReadSenses[] = {
    // the first that is set
    {ErrorNoMedium, SCSI_KEY_NOT_READY, SCSI_CODE_NO_MEDIUM, false},
    {ErrorCrc, SCSI_KEY_ABORTED_COMMAND, SCSI_CODE_INTERFACE_CRC, false},
    {ErrorData, SCSI_KEY_MEDIUM_ERROR, SCSI_CODE_UNRECOVERED_READ, true},
    {ErrorMediumChanged, SCSI_KEY_UNIT_ATTENTION, SCSI_CODE_MEDIUM_CHANGED, false},
    {ErrorNotFound, SCSI_KEY_MEDIUM_ERROR, SCSI_CODE_RECORD_NOT_FOUND, true},
    {ErrorChangeRequest, SCSI_KEY_UNIT_ATTENTION, SCSI_CODE_REMOVAL_REQUESTED, false},
    {ErrorAborted, SCSI_KEY_ABORTED_COMMAND, SCSI_CODE_NONE, false},
    {},
};

static const ATA_SENSE AtaWriteSenses[] = {
    {ErrorNoMedium, SCSI_KEY_NOT_READY, SCSI_CODE_NO_MEDIUM, false},
    {ErrorCrc, SCSI_KEY_ABORTED_COMMAND, SCSI_CODE_INTERFACE_CRC, false},
    {ErrorData, SCSI_KEY_DATA_PROTECT, SCSI_CODE_WRITE_PROTECTED, false},
    {ErrorMediumChanged, SCSI_KEY_UNIT_ATTENTION, SCSI_CODE_MEDIUM_CHANGED, false},
    {ErrorNotFound, SCSI_KEY_MEDIUM_ERROR, SCSI_CODE_RECORD_NOT_FOUND, true},
    {ErrorChangeRequest, SCSI_KEY_UNIT_ATTENTION, SCSI_CODE_REMOVAL_REQUESTED, false},
    {ErrorAborted, SCSI_KEY_ABORTED_COMMAND, SCSI_CODE_NONE, false},
    {},
};

void AtaSenseOfRegisters(const ATA_REGISTERS *Registers, ATA_DIRECTION Direction, SCSI_SENSE *Sense)
{
    *Sense = (SCSI_SENSE){.Key = SCSI_KEY_HARDWARE_ERROR, .Code = SCSI_CODE_INTERNAL_FAILURE};
    if (Registers->Status & ATA_STATUS_FAULT)
        return;
    const ATA_SENSE *Entry = Direction == AtaOut ? AtaWriteSenses : AtaReadSenses;
    while (Entry->Bit && !(Registers->Error & Entry->Bit))
        Entry++;
    if (!Entry->Bit)
        return;
    Sense->Key = Entry->Key;
    Sense->Code = Entry->Code;
    Sense->HasInformation = Entry->AtBlock;
    Sense->Information = Registers->Lba;
}

ATA_REGISTERS AtaRegistersOfFrame(const uint8_t *Frame)
{
    uint64_t Low = Frame[4] | (uint32_t)Frame[5] << 8 | (uint32_t)Frame[6] << 16;
    uint64_t High = Frame[8] | (uint32_t)Frame[9] << 8 | (uint32_t)Frame[10] << 16;
    return (ATA_REGISTERS){
        .Status = Frame[2],
        .Error = Frame[3],
        .Device = Frame[7],
        .Count = (uint16_t)(Frame[12] | Frame[13] << 8),
        .Lba = Low | High << 24,
    };
}

// The page has the registers where a frame has them.
bool AtaParseNcqError(const uint8_t Page[ATA_SECTOR_BYTES], uint8_t *Tag, ATA_REGISTERS *Registers)
{
    enum { NotQueued = 0x80, TagMask = 0x1F };
    uint8_t Sum = 0;
    for (uint32_t i = 0; i < ATA_SECTOR_BYTES; i++)
        Sum = (uint8_t)(Sum + Page[i]);
    *Tag = Page[0] & TagMask;
    *Registers = AtaRegistersOfFrame(Page);
    return !Sum && !(Page[0] & NotQueued);
}

void AtaMakeRegisterSense(const ATA_REGISTERS *Registers, const SCSI_SENSE *Sense,
                          uint8_t Bytes[ATA_SENSE_BYTES])
{
    enum { DescriptorCurrent = 0x72, StatusReturn = 0x09, Extended = 1 };
    uint8_t *Descriptor = Bytes + 8;
    memset(Bytes, 0, ATA_SENSE_BYTES);
    Bytes[0] = DescriptorCurrent;
    Bytes[1] = Sense->Key;
    Bytes[2] = (uint8_t)(Sense->Code >> 8);
    Bytes[3] = (uint8_t)Sense->Code;
    Bytes[7] = ATA_SENSE_BYTES - 8;
    Descriptor[0] = StatusReturn;
    Descriptor[1] = ATA_SENSE_BYTES - 8 - 2;
    Descriptor[2] = Extended;
    Descriptor[3] = Registers->Error;
    ScsiPutBigEndian(Descriptor + 4, 2, Registers->Count);
    for (uint32_t i = 0; i < 3; i++) { // each register's upper byte, then its lower one
        Descriptor[6 + 2 * (size_t)i] = (uint8_t)(Registers->Lba >> (24 + 8 * i));
        Descriptor[7 + 2 * (size_t)i] = (uint8_t)(Registers->Lba >> (8 * i));
    }
    Descriptor[12] = Registers->Device;
    Descriptor[13] = Registers->Status;
}
