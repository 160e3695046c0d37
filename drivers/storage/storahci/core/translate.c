#include "translate.h"

// ---- Reading and writing

bool AtaIsReadWrite(uint8_t Opcode, bool *Write)
{
    switch (Opcode) {
    case SCSI_READ_6:
    case SCSI_READ_10:
    case SCSI_READ_12:
    case SCSI_READ_16:
        *Write = false;
        return true;
    case SCSI_WRITE_6:
    case SCSI_WRITE_10:
    case SCSI_WRITE_12:
    case SCSI_WRITE_16:
        *Write = true;
        return true;
    default:
        return false;
    }
}

void AtaMakeUnqueued(ATA_COMMAND *Command, const ATA_DRIVE *Drive)
{
    bool Write = Command->Direction == AtaOut;
    if (Command->Queued)
        Command->Count = Command->Features;
    Command->Queued = false;
    Command->Features = 0;
    Command->Device = ATA_DEVICE_LBA;
    Command->Opcode = Write ? ATA_WRITE_DMA_EXT : ATA_READ_DMA_EXT;
    if (!Write || !Command->Force)
        return;
    if (Drive->HasForce)
        Command->Opcode = ATA_WRITE_DMA_FUA_EXT;
    else if (Drive->Unit.HasCache)
        Command->Next = ATA_FLUSH_CACHE_EXT;
}

static void AtaSetExtent(ATA_COMMAND *Command, SCSI_EXTENT Extent)
{
    Command->Device = ATA_DEVICE_LBA;
    Command->Lba = Extent.Start;
    Command->Count = (uint16_t)Extent.Blocks; // 0: 65536
}

ATA_ACTION AtaReadWrite(const uint8_t *Cdb, const ATA_DRIVE *Drive, bool Write, uint32_t Length,
                        ATA_TRANSLATION *Translation)
{
    SCSI_EXTENT Extent = ScsiExtentOf(Cdb);
    if (ScsiIsOutside(&Drive->Unit, Extent))
        return AtaFail(Translation, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_OUT_OF_RANGE);
    Translation->Length = 0;
    if (!Extent.Blocks)
        return AtaAnswered;
    if (Extent.Blocks > 0x10000 || (uint64_t)Extent.Blocks << Drive->Unit.BlockShift != Length)
        return AtaFail(Translation, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_INVALID_FIELD);
    Translation->Length = Length;
    ATA_COMMAND *Command = &Translation->Command;
    *Command = (ATA_COMMAND){
        .Direction = Write ? AtaOut : AtaIn,
        .Force = Cdb[0] >> 5 && (Cdb[1] & 0x08), // the command of 6 bytes has no FUA
    };
    AtaSetExtent(Command, Extent);
    if (!Drive->QueueDepth) {
        AtaMakeUnqueued(Command, Drive);
        return AtaTransfer;
    }
    Command->Queued = true;
    Command->Opcode = Write ? ATA_WRITE_FPDMA_QUEUED : ATA_READ_FPDMA_QUEUED;
    Command->Features = Command->Count;
    Command->Count = 0;
    if (Command->Force)
        Command->Device |= ATA_DEVICE_FUA;
    return AtaTransfer;
}

static ATA_ACTION AtaVerify(const uint8_t *Cdb, const ATA_DRIVE *Drive,
                            ATA_TRANSLATION *Translation)
{
    enum { ByteCheck = 0x06 };
    SCSI_EXTENT Extent = ScsiExtentOf(Cdb);
    if ((Cdb[1] & ByteCheck) || Extent.Blocks > 0x10000)
        return AtaFail(Translation, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_INVALID_FIELD);
    if (ScsiIsOutside(&Drive->Unit, Extent))
        return AtaFail(Translation, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_OUT_OF_RANGE);
    if (!Extent.Blocks)
        return AtaAnswered;
    Translation->Command.Opcode = ATA_READ_VERIFY_EXT;
    AtaSetExtent(&Translation->Command, Extent);
    return AtaTransfer;
}

// ---- The cache, and the motor

static ATA_ACTION AtaSynchronize(const ATA_DRIVE *Drive, ATA_TRANSLATION *Translation)
{
    if (!Drive->Unit.HasCache)
        return AtaAnswered;
    Translation->Command.Opcode = ATA_FLUSH_CACHE_EXT;
    Translation->Command.Device = ATA_DEVICE_LBA;
    return AtaTransfer;
}

// SAT-3, 9.11. Before the drive stops, what is in its cache goes to the medium, unless the command says otherwise.
static ATA_ACTION AtaStartStop(const uint8_t *Cdb, const ATA_DRIVE *Drive,
                               ATA_TRANSLATION *Translation)
{
    enum { Start = 1, LoadEject = 2, NoFlush = 4, Active = 1, Idle = 2, Standby = 3 };
    uint8_t Condition = Cdb[4] >> 4, Opcode = 0;
    if (!Condition && (Cdb[4] & LoadEject))
        return AtaFail(Translation, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_INVALID_FIELD);
    if (Condition > Standby)
        return AtaFail(Translation, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_INVALID_FIELD);
    if (Condition == Active || (!Condition && (Cdb[4] & Start))) {
        // Reading a block makes it ready.
        Translation->Command.Opcode = ATA_READ_VERIFY_EXT;
        AtaSetExtent(&Translation->Command, (SCSI_EXTENT){.Blocks = 1});
        return AtaTransfer;
    }
    Opcode = Condition == Idle ? ATA_IDLE_IMMEDIATE : ATA_STANDBY_IMMEDIATE;
    Translation->Command.Device = ATA_DEVICE_LBA;
    Translation->Command.Opcode = Opcode;
    if (Drive->Unit.HasCache && !(Cdb[4] & NoFlush)) {
        Translation->Command.Opcode = ATA_FLUSH_CACHE_EXT;
        Translation->Command.Next = Opcode;
    }
    return AtaTransfer;
}

static ATA_ACTION AtaSetCache(bool On, ATA_TRANSLATION *Translation)
{
    Translation->Command.Opcode = ATA_SET_FEATURES;
    Translation->Command.Features = On ? ATA_FEATURE_CACHE_ON : ATA_FEATURE_CACHE_OFF;
    return AtaTransfer;
}

// ---- Giving blocks back

// The blocks of one descriptor as ranges of the drive's. False: there is no room.
static bool AtaAddRanges(ATA_TRANSLATION *Translation, uint32_t Room, SCSI_EXTENT Extent)
{
    while (Extent.Blocks) {
        uint32_t Part = Extent.Blocks < ATA_TRIM_MOST ? Extent.Blocks : (uint32_t)ATA_TRIM_MOST;
        if (Translation->RangeCount == Room)
            return false;
        Translation->Ranges[Translation->RangeCount++] = Extent.Start | (uint64_t)Part << 48;
        Extent.Start += Part;
        Extent.Blocks -= Part;
    }
    return true;
}

static ATA_ACTION AtaMakeTrim(ATA_TRANSLATION *Translation)
{
    uint32_t Sectors = (Translation->RangeCount + ATA_TRIM_ENTRIES - 1) / ATA_TRIM_ENTRIES;
    if (!Sectors)
        return AtaAnswered;
    while (Translation->RangeCount < Sectors * ATA_TRIM_ENTRIES)
        Translation->Ranges[Translation->RangeCount++] = 0; // says nothing
    Translation->Command = (ATA_COMMAND){
        .Opcode = ATA_DATA_SET_MANAGEMENT,
        .Features = ATA_FEATURE_TRIM,
        .Device = ATA_DEVICE_LBA,
        .Count = (uint16_t)Sectors,
        .Direction = AtaOut,
    };
    return AtaTrim;
}

static ATA_ACTION AtaUnmap(const uint8_t *Cdb, const ATA_DRIVE *Drive, const uint8_t *List,
                           uint32_t Length, ATA_TRANSLATION *Translation)
{
    enum { HeaderBytes = 8, DescriptorBytes = 16 };
    uint32_t Given = (uint32_t)ScsiBigEndian(Cdb + 7, 2);
    if (!Drive->TrimRanges)
        return AtaFail(Translation, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_INVALID_OPCODE);
    if (!Given)
        return AtaAnswered;
    if (!List || Given < HeaderBytes || Given > Length)
        return AtaFail(Translation, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_PARAMETER_LENGTH);
    uint32_t Descriptors = (uint32_t)ScsiBigEndian(List + 2, 2) / DescriptorBytes;
    if (Descriptors > (Given - HeaderBytes) / DescriptorBytes)
        return AtaFail(Translation, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_INVALID_PARAMETER);
    Translation->Length = Given;
    for (uint32_t i = 0; i < Descriptors; i++) {
        const uint8_t *Descriptor = List + HeaderBytes + (size_t)i * DescriptorBytes;
        SCSI_EXTENT Extent = {ScsiBigEndian64(Descriptor), ScsiBigEndian32(Descriptor + 8)};
        if (ScsiIsOutside(&Drive->Unit, Extent))
            return AtaFail(Translation, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_OUT_OF_RANGE);
        if (!AtaAddRanges(Translation, Drive->TrimRanges, Extent))
            return AtaFail(Translation, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_INVALID_PARAMETER);
    }
    return AtaMakeTrim(Translation);
}

// ---- All of them

static ATA_ACTION AtaAskUnit(const uint8_t *Cdb, const ATA_DRIVE *Drive, void *Data,
                             uint32_t Length, ATA_TRANSLATION *Translation)
{
    SCSI_ANSWER Answer = {};
    SCSI_ACTION Action = ScsiAnswerUnit(Cdb, &Drive->Unit, Data, Length, &Answer);
    Translation->Length = Answer.Length;
    Translation->Sense = Answer.Sense;
    switch (Action) {
    case ScsiAnswered:
        return AtaAnswered;
    case ScsiSetCache:
        return AtaSetCache(Answer.CacheOn, Translation);
    case ScsiFailed:
        return AtaFailed;
    default:
        return AtaFail(Translation, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_INVALID_OPCODE);
    }
}

ATA_ACTION AtaTranslate(const uint8_t *Cdb, uint32_t CdbLength, const ATA_DRIVE *Drive, void *Data,
                        uint32_t Length, ATA_TRANSLATION *Translation)
{
    bool Write;
    Translation->Command = (ATA_COMMAND){};
    Translation->Length = Translation->RangeCount = 0;
    uint32_t Needed = CdbLength ? ScsiCdbLength(Cdb[0]) : 0;
    if (!Needed || CdbLength < Needed)
        return AtaFail(Translation, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_INVALID_OPCODE);
    if (AtaIsReadWrite(Cdb[0], &Write))
        return AtaReadWrite(Cdb, Drive, Write, Length, Translation);
    switch (Cdb[0]) {
    case SCSI_SYNCHRONIZE_CACHE_10:
    case SCSI_SYNCHRONIZE_CACHE_16:
        return AtaSynchronize(Drive, Translation);
    case SCSI_START_STOP_UNIT:
        return AtaStartStop(Cdb, Drive, Translation);
    case SCSI_VERIFY_10:
    case SCSI_VERIFY_12:
    case SCSI_VERIFY_16:
        return AtaVerify(Cdb, Drive, Translation);
    case SCSI_WRITE_BUFFER:
        return AtaWriteBuffer(Cdb, Drive, Length, Translation);
    case SCSI_UNMAP:
        return AtaUnmap(Cdb, Drive, Data, Length, Translation);
    case SCSI_ATA_PASS_THROUGH_12:
    case SCSI_ATA_PASS_THROUGH_16:
        return AtaPassThrough(Cdb, Drive, Length, Translation);
    default:
        return AtaAskUnit(Cdb, Drive, Data, Length, Translation);
    }
}
