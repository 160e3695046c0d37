// The drive's firmware: WRITE BUFFER as DOWNLOAD MICROCODE (SAT-3; ACS-3, 7.7), of drives that say they have it.
#include "translate.h"

enum {
    WordSupported2 = 83,
    WordSupported4 = 119,
    WordLeast = 234, // blocks of a piece
    WordMost = 235,

    ModeSave = 0x05,        // all of it at once, in use from then on
    ModePieces = 0x07,      // in pieces, in use after the last one
    ModePiecesDefer = 0x0E, // in pieces, in use when it is activated
    ModeActivate = 0x0F,

    SubcommandPieces = 0x03,
    SubcommandSave = 0x07,
    SubcommandPiecesDefer = 0x0E,
    SubcommandActivate = 0x0F,
};

static uint16_t AtaLimit(uint16_t Word, uint16_t Otherwise)
{
    return Word && Word != 0xFFFF ? Word : Otherwise;
}

void AtaParseMicrocode(const uint16_t Words[256], ATA_MICROCODE *Microcode)
{
    enum { Download = 1 << 0, Pieces = 1 << 4, ValidMask = 0xC000, Valid = 0x4000 };
    *Microcode = (ATA_MICROCODE){
        .Download =
            (Words[WordSupported2] & ValidMask) == Valid && (Words[WordSupported2] & Download),
        .Pieces = (Words[WordSupported4] & ValidMask) == Valid && (Words[WordSupported4] & Pieces),
        .Least = AtaLimit(Words[WordLeast], 1),
        .Most = AtaLimit(Words[WordMost], UINT16_MAX),
    };
}

// 0: there is no such mode, or the drive has it not.
static uint8_t AtaSubcommand(const ATA_MICROCODE *Microcode, uint8_t Mode)
{
    switch (Mode) {
    case ModeSave:
        return SubcommandSave;
    case ModePieces:
        return Microcode->Pieces ? SubcommandPieces : 0;
    case ModePiecesDefer: // whether it can, the drive's log says; the drive itself refuses
        return Microcode->Pieces ? SubcommandPiecesDefer : 0;
    case ModeActivate:
        return SubcommandActivate;
    default:
        return 0;
    }
}

ATA_ACTION AtaWriteBuffer(const uint8_t *Cdb, const ATA_DRIVE *Drive, uint32_t Length,
                          ATA_TRANSLATION *Translation)
{
    enum { ModeMask = 0x1F };
    const ATA_MICROCODE *Microcode = &Drive->Microcode;
    uint32_t Offset = (uint32_t)ScsiBigEndian(Cdb + 3, 3);
    uint32_t Bytes = (uint32_t)ScsiBigEndian(Cdb + 6, 3);
    uint32_t Blocks = Bytes / ATA_SECTOR_BYTES;
    if (!Microcode->Download)
        return AtaFail(Translation, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_INVALID_OPCODE);
    uint8_t Subcommand = AtaSubcommand(Microcode, Cdb[1] & ModeMask);
    bool Activate = Subcommand == SubcommandActivate;
    bool Piece = Subcommand == SubcommandPieces || Subcommand == SubcommandPiecesDefer;
    if (!Subcommand || Bytes != (Activate ? 0 : Length) || Bytes % ATA_SECTOR_BYTES ||
        (!Activate && !Bytes) || Offset % ATA_SECTOR_BYTES || (!Piece && Offset) ||
        Offset / ATA_SECTOR_BYTES > UINT16_MAX || Blocks > Microcode->Most)
        return AtaFail(Translation, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_INVALID_FIELD);
    Translation->Length = Bytes;
    // The count is cut in two: its upper byte stands in the address, below the offset.
    Translation->Command = (ATA_COMMAND){
        .Opcode = ATA_DOWNLOAD_MICROCODE,
        .Features = Subcommand,
        .Count = Blocks & 0xFF,
        .Lba = Blocks >> 8 | (uint64_t)(Offset / ATA_SECTOR_BYTES) << 8,
        .Direction = Activate ? AtaNone : AtaOut,
        .Pio = !Activate,
    };
    return AtaTransfer;
}
