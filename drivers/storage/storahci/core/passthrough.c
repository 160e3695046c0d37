// ATA PASS-THROUGH(12) and (16): the registers of a command, its protocol, and where its length stands. SAT-3, 12.2.
#include "translate.h"

enum { // PROTOCOL
    ProtocolNone = 3,
    ProtocolPioIn = 4,
    ProtocolPioOut = 5,
    ProtocolDma = 6,
    ProtocolUltraDmaIn = 10,
    ProtocolUltraDmaOut = 11,
};

enum { // of the third byte
    CheckCondition = 0x20,
    LogicalBlocks = 0x10,
    DirectionIn = 0x08,
    InBlocks = 0x04,
    LengthMask = 0x03,
    LengthInFeatures = 1,
    LengthInCount = 2,
    LengthOfBuffer = 3,
};

static void AtaSetRegisters16(const uint8_t *Cdb, ATA_COMMAND *Command)
{
    bool Extended = Cdb[1] & 1;
    Command->Features = Cdb[4];
    Command->Count = Cdb[6];
    Command->Lba = Cdb[8] | (uint32_t)Cdb[10] << 8 | (uint32_t)Cdb[12] << 16;
    Command->Device = Cdb[13];
    Command->Opcode = Cdb[14];
    if (!Extended)
        return;
    Command->Features |= (uint16_t)(Cdb[3] << 8);
    Command->Count |= (uint16_t)(Cdb[5] << 8);
    Command->Lba |= (uint64_t)Cdb[7] << 24 | (uint64_t)Cdb[9] << 32 | (uint64_t)Cdb[11] << 40;
}

static void AtaSetRegisters12(const uint8_t *Cdb, ATA_COMMAND *Command)
{
    Command->Features = Cdb[3];
    Command->Count = Cdb[4];
    Command->Lba = Cdb[5] | (uint32_t)Cdb[6] << 8 | (uint32_t)Cdb[7] << 16;
    Command->Device = Cdb[8];
    Command->Opcode = Cdb[9];
}

// False: a protocol that does not exist, or that cannot be passed through.
static bool AtaSetProtocol(const uint8_t *Cdb, ATA_COMMAND *Command)
{
    bool In = Cdb[2] & DirectionIn;
    switch (Cdb[1] >> 1 & 0xF) {
    case ProtocolNone:
        return true;
    case ProtocolPioIn:
        Command->Pio = true;
        Command->Direction = AtaIn;
        return In;
    case ProtocolPioOut:
        Command->Pio = true;
        Command->Direction = AtaOut;
        return !In;
    case ProtocolDma:
        Command->Direction = In ? AtaIn : AtaOut;
        return true;
    case ProtocolUltraDmaIn:
        Command->Direction = AtaIn;
        return In;
    case ProtocolUltraDmaOut:
        Command->Direction = AtaOut;
        return !In;
    default:
        return false;
    }
}

static uint64_t AtaLengthOf(const uint8_t *Cdb, const ATA_DRIVE *Drive, const ATA_COMMAND *Command,
                            uint32_t Length)
{
    uint64_t Number;
    switch (Cdb[2] & LengthMask) {
    case LengthInFeatures:
        Number = Command->Features;
        break;
    case LengthInCount:
        Number = Command->Count;
        break;
    case LengthOfBuffer:
        return Length;
    default:
        return 0;
    }
    if (!(Cdb[2] & InBlocks))
        return Number;
    return (Cdb[2] & LogicalBlocks) ? Number << Drive->Unit.BlockShift : Number * ATA_SECTOR_BYTES;
}

ATA_ACTION AtaPassThrough(const uint8_t *Cdb, const ATA_DRIVE *Drive, uint32_t Length,
                          ATA_TRANSLATION *Translation)
{
    ATA_COMMAND *Command = &Translation->Command;
    *Command = (ATA_COMMAND){.Registers = Cdb[2] & CheckCondition};
    if (Cdb[0] == SCSI_ATA_PASS_THROUGH_16)
        AtaSetRegisters16(Cdb, Command);
    else
        AtaSetRegisters12(Cdb, Command);
    if (!AtaSetProtocol(Cdb, Command) || Command->Opcode == ATA_READ_FPDMA_QUEUED ||
        Command->Opcode == ATA_WRITE_FPDMA_QUEUED || Command->Opcode == ATA_PACKET)
        return AtaFail(Translation, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_INVALID_FIELD);
    uint64_t Moved = AtaLengthOf(Cdb, Drive, Command, Length);
    if (Moved > Length || (Moved & 1) || !Moved != (Command->Direction == AtaNone))
        return AtaFail(Translation, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_INVALID_FIELD);
    Translation->Length = (uint32_t)Moved;
    return AtaTransfer;
}
