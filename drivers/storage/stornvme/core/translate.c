#include "translate.h"

#include <string.h>

enum {
    SCSI_TEST_UNIT_READY = 0x00,
    SCSI_REQUEST_SENSE = 0x03,
    SCSI_READ_6 = 0x08,
    SCSI_WRITE_6 = 0x0A,
    SCSI_INQUIRY = 0x12,
    SCSI_MODE_SELECT_6 = 0x15,
    SCSI_MODE_SENSE_6 = 0x1A,
    SCSI_START_STOP_UNIT = 0x1B,
    SCSI_PREVENT_REMOVAL = 0x1E,
    SCSI_READ_CAPACITY_10 = 0x25,
    SCSI_READ_10 = 0x28,
    SCSI_WRITE_10 = 0x2A,
    SCSI_VERIFY_10 = 0x2F,
    SCSI_SYNCHRONIZE_CACHE_10 = 0x35,
    SCSI_UNMAP = 0x42,
    SCSI_MODE_SELECT_10 = 0x55,
    SCSI_MODE_SENSE_10 = 0x5A,
    SCSI_READ_16 = 0x88,
    SCSI_WRITE_16 = 0x8A,
    SCSI_VERIFY_16 = 0x8F,
    SCSI_SYNCHRONIZE_CACHE_16 = 0x91,
    SCSI_WRITE_SAME_16 = 0x93,
    SCSI_SERVICE_ACTION_IN_16 = 0x9E,
    SCSI_REPORT_LUNS = 0xA0,
    SCSI_READ_12 = 0xA8,
    SCSI_WRITE_12 = 0xAA,

    SCSI_READ_CAPACITY_16 = 0x10, // service action
};

NVME_ACTION NvmeFail(NVME_TRANSLATION *Translation, uint8_t SenseKey, uint16_t SenseCode)
{
    Translation->SenseKey = SenseKey;
    Translation->SenseCode = SenseCode;
    return NvmeFailed;
}

NVME_ACTION NvmeAnswer(NVME_TRANSLATION *Translation, void *Data, uint32_t Length,
                       uint32_t Allocated, const void *Bytes, uint32_t Count)
{
    uint32_t Room = Allocated < Length ? Allocated : Length;
    Translation->Length = Count < Room ? Count : Room;
    if (Translation->Length)
        memcpy(Data, Bytes, Translation->Length);
    return NvmeAnswered;
}

// ---- Reading and writing

typedef struct _NVME_EXTENT {
    uint64_t Start;
    uint32_t Blocks;
} NVME_EXTENT;

// Where the operation code says the addresses are.
static NVME_EXTENT NvmeExtentOf(const uint8_t *Cdb)
{
    switch (Cdb[0] >> 5) {
    case 0: // 6 bytes; no blocks are 256
        return (NVME_EXTENT){NvmeBigEndian(Cdb + 1, 3) & 0x1FFFFF, Cdb[4] ? Cdb[4] : 256};
    case 4: // 16 bytes
        return (NVME_EXTENT){NvmeBigEndian(Cdb + 2, 8), (uint32_t)NvmeBigEndian(Cdb + 10, 4)};
    case 5: // 12 bytes
        return (NVME_EXTENT){NvmeBigEndian(Cdb + 2, 4), (uint32_t)NvmeBigEndian(Cdb + 6, 4)};
    default:
        return (NVME_EXTENT){NvmeBigEndian(Cdb + 2, 4), (uint32_t)NvmeBigEndian(Cdb + 7, 2)};
    }
}

static bool NvmeIsOutside(const NVME_NAMESPACE *Namespace, NVME_EXTENT Extent)
{
    return Extent.Start > Namespace->Blocks || Extent.Blocks > Namespace->Blocks - Extent.Start;
}

static void NvmeSetExtent(NVME_COMMAND *Command, const NVME_NAMESPACE *Namespace,
                          NVME_EXTENT Extent)
{
    Command->NamespaceId = Namespace->Id;
    Command->Cdw10 = (uint32_t)Extent.Start;
    Command->Cdw11 = (uint32_t)(Extent.Start >> 32);
    Command->Cdw12 = Extent.Blocks - 1; // 0-based
}

static NVME_ACTION NvmeReadWrite(const uint8_t *Cdb, const NVME_NAMESPACE *Namespace, bool Write,
                                 uint32_t Length, NVME_TRANSLATION *Translation)
{
    NVME_EXTENT Extent = NvmeExtentOf(Cdb);
    if (NvmeIsOutside(Namespace, Extent))
        return NvmeFail(Translation, NVME_SENSE_ILLEGAL_REQUEST, NVME_CODE_OUT_OF_RANGE);
    if (Write && Namespace->ReadOnly)
        return NvmeFail(Translation, NVME_SENSE_DATA_PROTECT, NVME_CODE_WRITE_PROTECTED);
    if (!Extent.Blocks)
        return NvmeAnswered;
    if (Extent.Blocks > 0x10000 || (uint64_t)Extent.Blocks << Namespace->BlockShift != Length)
        return NvmeFail(Translation, NVME_SENSE_ILLEGAL_REQUEST, NVME_CODE_INVALID_FIELD);
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
        return NvmeFail(Translation, NVME_SENSE_ILLEGAL_REQUEST, NVME_CODE_INVALID_FIELD);
    if (NvmeIsOutside(Namespace, NvmeExtentOf(Cdb)))
        return NvmeFail(Translation, NVME_SENSE_ILLEGAL_REQUEST, NVME_CODE_OUT_OF_RANGE);
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
    uint32_t Given = (uint32_t)NvmeBigEndian(Cdb + 7, 2);
    if (!Identity->DatasetManagement)
        return NvmeFail(Translation, NVME_SENSE_ILLEGAL_REQUEST, NVME_CODE_INVALID_OPCODE);
    if (Namespace->ReadOnly)
        return NvmeFail(Translation, NVME_SENSE_DATA_PROTECT, NVME_CODE_WRITE_PROTECTED);
    if (!Given)
        return NvmeAnswered;
    if (!List || Given < HeaderBytes || Given > Length)
        return NvmeFail(Translation, NVME_SENSE_ILLEGAL_REQUEST, NVME_CODE_PARAMETER_LENGTH);
    uint32_t Descriptors = (uint32_t)NvmeBigEndian(List + 2, 2) / DescriptorBytes;
    if (Descriptors > (Given - HeaderBytes) / DescriptorBytes || Descriptors > NVME_MAX_RANGES)
        return NvmeFail(Translation, NVME_SENSE_ILLEGAL_REQUEST, NVME_CODE_INVALID_PARAMETER);
    for (uint32_t i = 0; i < Descriptors; i++) {
        const uint8_t *Descriptor = List + HeaderBytes + (size_t)i * DescriptorBytes;
        NVME_EXTENT Extent = {NvmeBigEndian(Descriptor, 8),
                              (uint32_t)NvmeBigEndian(Descriptor + 8, 4)};
        if (NvmeIsOutside(Namespace, Extent))
            return NvmeFail(Translation, NVME_SENSE_ILLEGAL_REQUEST, NVME_CODE_OUT_OF_RANGE);
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
    NVME_EXTENT Extent = NvmeExtentOf(Cdb);
    uint32_t BlockBytes = 1u << Namespace->BlockShift;
    bool NoData = Cdb[1] & 0x01;
    if (!Identity->WriteZeroes)
        return NvmeFail(Translation, NVME_SENSE_ILLEGAL_REQUEST, NVME_CODE_INVALID_OPCODE);
    if (Namespace->ReadOnly)
        return NvmeFail(Translation, NVME_SENSE_DATA_PROTECT, NVME_CODE_WRITE_PROTECTED);
    if (NvmeIsOutside(Namespace, Extent))
        return NvmeFail(Translation, NVME_SENSE_ILLEGAL_REQUEST, NVME_CODE_OUT_OF_RANGE);
    if (!Extent.Blocks || Extent.Blocks > 0x10000 ||
        (!NoData && (!Data || Length < BlockBytes || !NvmeIsZero(Data, BlockBytes))))
        return NvmeFail(Translation, NVME_SENSE_ILLEGAL_REQUEST, NVME_CODE_INVALID_FIELD);
    Translation->Command.Opcode = NVME_IO_WRITE_ZEROES;
    NvmeSetExtent(&Translation->Command, Namespace, Extent);
    if (Cdb[1] & 0x08) // UNMAP
        Translation->Command.Cdw12 |= NVME_ZEROES_DEALLOCATE;
    return NvmeCommand;
}

// ---- What the unit is

static NVME_ACTION NvmeReadCapacity10(const NVME_NAMESPACE *Namespace, void *Data, uint32_t Length,
                                      NVME_TRANSLATION *Translation)
{
    uint8_t Answer[8];
    uint64_t Last = Namespace->Blocks - 1;
    NvmePutBigEndian(Answer, 4, Last > UINT32_MAX ? UINT32_MAX : Last);
    NvmePutBigEndian(Answer + 4, 4, 1u << Namespace->BlockShift);
    return NvmeAnswer(Translation, Data, Length, sizeof(Answer), Answer, sizeof(Answer));
}

static NVME_ACTION NvmeReadCapacity16(const uint8_t *Cdb, const NVME_NAMESPACE *Namespace,
                                      const NVME_IDENTITY *Identity, void *Data, uint32_t Length,
                                      NVME_TRANSLATION *Translation)
{
    uint8_t Answer[32] = {};
    if ((Cdb[1] & 0x1F) != SCSI_READ_CAPACITY_16)
        return NvmeFail(Translation, NVME_SENSE_ILLEGAL_REQUEST, NVME_CODE_INVALID_FIELD);
    NvmePutBigEndian(Answer, 8, Namespace->Blocks - 1);
    NvmePutBigEndian(Answer + 8, 4, 1u << Namespace->BlockShift);
    if (Identity->DatasetManagement)
        Answer[14] = 0x80; // LBPME
    return NvmeAnswer(Translation, Data, Length, (uint32_t)NvmeBigEndian(Cdb + 10, 4), Answer,
                      sizeof(Answer));
}

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
    NvmePutBigEndian(Answer, 4, Count * EntryBytes);
    return NvmeAnswer(Translation, Data, Length, (uint32_t)NvmeBigEndian(Cdb + 6, 4), Answer,
                      HeaderBytes + Count * EntryBytes);
}

static NVME_ACTION NvmeRequestSense(const uint8_t *Cdb, void *Data, uint32_t Length,
                                    NVME_TRANSLATION *Translation)
{
    uint8_t Sense[NVME_SENSE_BYTES];
    NvmeMakeSense(NVME_SENSE_NONE, 0, Sense);
    return NvmeAnswer(Translation, Data, Length, Cdb[4], Sense, sizeof(Sense));
}

static uint32_t NvmeCdbLength(uint8_t Opcode)
{
    static const uint8_t Lengths[8] = {6, 10, 10, 0, 16, 12, 0, 0};
    return Lengths[Opcode >> 5];
}

NVME_ACTION NvmeTranslate(const uint8_t *Cdb, uint32_t CdbLength, const NVME_NAMESPACE *Namespace,
                          const NVME_IDENTITY *Identity, void *Data, uint32_t Length,
                          NVME_TRANSLATION *Translation)
{
    Translation->Command = (NVME_COMMAND){};
    Translation->Length = Translation->RangeCount = 0;
    uint32_t Needed = CdbLength ? NvmeCdbLength(Cdb[0]) : 0;
    if (!Needed || CdbLength < Needed)
        return NvmeFail(Translation, NVME_SENSE_ILLEGAL_REQUEST, NVME_CODE_INVALID_OPCODE);
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
    case SCSI_TEST_UNIT_READY:
    case SCSI_PREVENT_REMOVAL:
        return NvmeAnswered;
    case SCSI_INQUIRY:
        return NvmeInquiry(Cdb, Namespace, Identity, Data, Length, Translation);
    case SCSI_READ_CAPACITY_10:
        return NvmeReadCapacity10(Namespace, Data, Length, Translation);
    case SCSI_SERVICE_ACTION_IN_16:
        return NvmeReadCapacity16(Cdb, Namespace, Identity, Data, Length, Translation);
    case SCSI_MODE_SENSE_6:
    case SCSI_MODE_SENSE_10:
        return NvmeModeSense(Cdb, Cdb[0] == SCSI_MODE_SENSE_10, Namespace, Identity, Data, Length,
                             Translation);
    case SCSI_MODE_SELECT_6:
    case SCSI_MODE_SELECT_10:
        return NvmeModeSelect(Cdb, Cdb[0] == SCSI_MODE_SELECT_10, Identity, Data, Length,
                              Translation);
    case SCSI_REPORT_LUNS:
        return NvmeReportLuns(Cdb, Identity, Data, Length, Translation);
    case SCSI_REQUEST_SENSE:
        return NvmeRequestSense(Cdb, Data, Length, Translation);
    default:
        return NvmeFail(Translation, NVME_SENSE_ILLEGAL_REQUEST, NVME_CODE_INVALID_OPCODE);
    }
}
