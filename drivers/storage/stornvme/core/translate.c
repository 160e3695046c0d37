#include "translate.h"

NVME_ACTION NvmeFail(NVME_TRANSLATION *Translation, uint8_t SenseKey, uint16_t SenseCode)
{
    Translation->SenseKey = SenseKey;
    Translation->SenseCode = SenseCode;
    return NvmeFailed;
}

// ---- Reading and writing

static bool NvmeIsOutside(const NVME_NAMESPACE *Namespace, SCSI_EXTENT Extent)
{
    return Extent.Start > Namespace->Blocks || Extent.Blocks > Namespace->Blocks - Extent.Start;
}

static void NvmeSetExtent(NVME_COMMAND *Command, const NVME_NAMESPACE *Namespace,
                          SCSI_EXTENT Extent)
{
    Command->NamespaceId = Namespace->Id;
    Command->Cdw10 = (uint32_t)Extent.Start;
    Command->Cdw11 = (uint32_t)(Extent.Start >> 32);
    Command->Cdw12 = Extent.Blocks - 1; // 0-based
}

static NVME_ACTION NvmeReadWrite(const uint8_t *Cdb, const NVME_NAMESPACE *Namespace, bool Write,
                                 uint32_t Length, NVME_TRANSLATION *Translation)
{
    SCSI_EXTENT Extent = ScsiExtentOf(Cdb);
    if (NvmeIsOutside(Namespace, Extent))
        return NvmeFail(Translation, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_OUT_OF_RANGE);
    if (Write && Namespace->ReadOnly)
        return NvmeFail(Translation, SCSI_KEY_DATA_PROTECT, SCSI_CODE_WRITE_PROTECTED);
    if (!Extent.Blocks)
        return NvmeAnswered;
    if (Extent.Blocks > 0x10000 || (uint64_t)Extent.Blocks << Namespace->BlockShift != Length)
        return NvmeFail(Translation, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_INVALID_FIELD);
    Translation->Command.Opcode = Write ? NVME_IO_WRITE : NVME_IO_READ;
    NvmeSetExtent(&Translation->Command, Namespace, Extent);
    if (Cdb[0] >> 5 && (Cdb[1] & 0x08)) // FUA; the command of 6 bytes has none
        Translation->Command.Cdw12 |= NVME_RW_FORCE_UNIT_ACCESS;
    Translation->Length = Length;
    return NvmeTransfer;
}

// Nothing is compared; that the blocks can be read is what the controller checks all the time.
static NVME_ACTION NvmeVerify(const uint8_t *Cdb, const NVME_NAMESPACE *Namespace,
                              NVME_TRANSLATION *Translation)
{
    if (Cdb[1] & 0x06) // BYTCHK
        return NvmeFail(Translation, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_INVALID_FIELD);
    if (NvmeIsOutside(Namespace, ScsiExtentOf(Cdb)))
        return NvmeFail(Translation, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_OUT_OF_RANGE);
    return NvmeAnswered;
}

static NVME_ACTION NvmeSynchronize(const NVME_NAMESPACE *Namespace, const NVME_IDENTITY *Identity,
                                   NVME_TRANSLATION *Translation)
{
    if (!Identity->HasCache)
        return NvmeAnswered;
    Translation->Command.Opcode = NVME_IO_FLUSH;
    Translation->Command.NamespaceId = Namespace->Id;
    return NvmeCommand;
}

// ---- Giving blocks back

static NVME_ACTION NvmeUnmapBlocks(const NVME_NAMESPACE *Namespace, const NVME_IDENTITY *Identity,
                                   const uint8_t *Cdb, const uint8_t *List, uint32_t Length,
                                   NVME_TRANSLATION *Translation)
{
    enum { HeaderBytes = 8, DescriptorBytes = 16 };
    uint32_t Given = (uint32_t)ScsiBigEndian(Cdb + 7, 2);
    if (!Identity->DatasetManagement)
        return NvmeFail(Translation, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_INVALID_OPCODE);
    if (Namespace->ReadOnly)
        return NvmeFail(Translation, SCSI_KEY_DATA_PROTECT, SCSI_CODE_WRITE_PROTECTED);
    if (!Given)
        return NvmeAnswered;
    if (!List || Given < HeaderBytes || Given > Length)
        return NvmeFail(Translation, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_PARAMETER_LENGTH);
    uint32_t Descriptors = (uint32_t)ScsiBigEndian(List + 2, 2) / DescriptorBytes;
    if (Descriptors > (Given - HeaderBytes) / DescriptorBytes || Descriptors > NVME_MAX_RANGES)
        return NvmeFail(Translation, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_INVALID_PARAMETER);
    for (uint32_t i = 0; i < Descriptors; i++) {
        const uint8_t *Descriptor = List + HeaderBytes + (size_t)i * DescriptorBytes;
        SCSI_EXTENT Extent = {ScsiBigEndian(Descriptor, 8),
                              (uint32_t)ScsiBigEndian(Descriptor + 8, 4)};
        if (NvmeIsOutside(Namespace, Extent))
            return NvmeFail(Translation, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_OUT_OF_RANGE);
        if (Extent.Blocks)
            Translation->Ranges[Translation->RangeCount++] =
                (NVME_RANGE){.Blocks = Extent.Blocks, .Start = Extent.Start};
    }
    if (!Translation->RangeCount)
        return NvmeAnswered;
    Translation->Command.Opcode = NVME_IO_DATASET_MANAGEMENT;
    Translation->Command.NamespaceId = Namespace->Id;
    Translation->Command.Cdw10 = Translation->RangeCount - 1;
    Translation->Command.Cdw11 = NVME_DATASET_DEALLOCATE;
    return NvmeUnmap;
}

static bool NvmeIsZero(const uint8_t *Bytes, uint32_t Count)
{
    for (uint32_t i = 0; i < Count; i++) {
        if (Bytes[i])
            return false;
    }
    return true;
}

// Only zeroes can be written many times by one command.
static NVME_ACTION NvmeWriteSame(const uint8_t *Cdb, const NVME_NAMESPACE *Namespace,
                                 const NVME_IDENTITY *Identity, const void *Data, uint32_t Length,
                                 NVME_TRANSLATION *Translation)
{
    SCSI_EXTENT Extent = ScsiExtentOf(Cdb);
    uint32_t BlockBytes = 1u << Namespace->BlockShift;
    bool NoData = Cdb[1] & 0x01;
    if (!Identity->WriteZeroes)
        return NvmeFail(Translation, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_INVALID_OPCODE);
    if (Namespace->ReadOnly)
        return NvmeFail(Translation, SCSI_KEY_DATA_PROTECT, SCSI_CODE_WRITE_PROTECTED);
    if (NvmeIsOutside(Namespace, Extent))
        return NvmeFail(Translation, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_OUT_OF_RANGE);
    if (!Extent.Blocks || Extent.Blocks > 0x10000 ||
        (!NoData && (!Data || Length < BlockBytes || !NvmeIsZero(Data, BlockBytes))))
        return NvmeFail(Translation, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_INVALID_FIELD);
    Translation->Command.Opcode = NVME_IO_WRITE_ZEROES;
    NvmeSetExtent(&Translation->Command, Namespace, Extent);
    if (Cdb[1] & 0x08) // UNMAP
        Translation->Command.Cdw12 |= NVME_ZEROES_DEALLOCATE;
    return NvmeCommand;
}

// ---- What the unit is

static NVME_ACTION NvmeReportLuns(const uint8_t *Cdb, const NVME_IDENTITY *Identity, void *Data,
                                  uint32_t Length, NVME_TRANSLATION *Translation)
{
    enum { HeaderBytes = 8, EntryBytes = 8, MostUnits = 64 };
    uint8_t Answer[HeaderBytes + MostUnits * EntryBytes] = {};
    uint32_t Count = 0;
    for (uint32_t Unit = 0; Unit < MostUnits; Unit++) {
        if (Identity->Units >> Unit & 1)
            Answer[HeaderBytes + EntryBytes * Count++ + 1] = (uint8_t)Unit;
    }
    ScsiPutBigEndian(Answer, 4, Count * EntryBytes);
    SCSI_ANSWER Told;
    (void)ScsiReturn(&Told, Data, Length, ScsiBigEndian32(Cdb + 6), Answer,
                     HeaderBytes + Count * EntryBytes);
    Translation->Length = Told.Length;
    return NvmeAnswered;
}

// For what asks about the unit itself.
static NVME_ACTION NvmeAnswerUnit(const uint8_t *Cdb, const NVME_NAMESPACE *Namespace,
                                  const NVME_IDENTITY *Identity, void *Data, uint32_t Length,
                                  NVME_TRANSLATION *Translation)
{
    SCSI_UNIT Unit;
    SCSI_ANSWER Answer = {};
    NvmeDescribeUnit(Namespace, Identity, &Unit);
    switch (ScsiAnswerUnit(Cdb, &Unit, Data, Length, &Answer)) {
    case ScsiAnswered:
        Translation->Length = Answer.Length;
        return NvmeAnswered;
    case ScsiSetCache:
        Translation->CacheOn = Answer.CacheOn;
        return NvmeSetCache;
    case ScsiFailed:
        return NvmeFail(Translation, Answer.Sense.Key, Answer.Sense.Code);
    default:
        return NvmeFail(Translation, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_INVALID_OPCODE);
    }
}

NVME_ACTION NvmeTranslate(const uint8_t *Cdb, uint32_t CdbLength, const NVME_NAMESPACE *Namespace,
                          const NVME_IDENTITY *Identity, void *Data, uint32_t Length,
                          NVME_TRANSLATION *Translation)
{
    Translation->Command = (NVME_COMMAND){};
    Translation->Length = Translation->RangeCount = 0;
    uint32_t Needed = CdbLength ? ScsiCdbLength(Cdb[0]) : 0;
    if (!Needed || CdbLength < Needed)
        return NvmeFail(Translation, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_INVALID_OPCODE);
    switch (Cdb[0]) {
    case SCSI_READ_6:
    case SCSI_READ_10:
    case SCSI_READ_12:
    case SCSI_READ_16:
        return NvmeReadWrite(Cdb, Namespace, false, Length, Translation);
    case SCSI_WRITE_6:
    case SCSI_WRITE_10:
    case SCSI_WRITE_12:
    case SCSI_WRITE_16:
        return NvmeReadWrite(Cdb, Namespace, true, Length, Translation);
    case SCSI_SYNCHRONIZE_CACHE_10:
    case SCSI_SYNCHRONIZE_CACHE_16:
        return NvmeSynchronize(Namespace, Identity, Translation);
    case SCSI_START_STOP_UNIT: // stopping: what is in the cache goes to the medium
        return Cdb[4] & 1 ? NvmeAnswered : NvmeSynchronize(Namespace, Identity, Translation);
    case SCSI_VERIFY_10:
    case SCSI_VERIFY_16:
        return NvmeVerify(Cdb, Namespace, Translation);
    case SCSI_UNMAP:
        return NvmeUnmapBlocks(Namespace, Identity, Cdb, Data, Length, Translation);
    case SCSI_WRITE_SAME_16:
        return NvmeWriteSame(Cdb, Namespace, Identity, Data, Length, Translation);
    case SCSI_REPORT_LUNS:
        return NvmeReportLuns(Cdb, Identity, Data, Length, Translation);
    default:
        return NvmeAnswerUnit(Cdb, Namespace, Identity, Data, Length, Translation);
    }
}
