#include "unit.h"

#include <string.h>

void ScsiAddDesignator(SCSI_UNIT *Unit, uint8_t CodeSet, uint8_t Type, const void *Bytes,
                       uint8_t Length)
{
    SCSI_DESIGNATOR *New = &Unit->Designators[Unit->DesignatorCount++];
    *New = (SCSI_DESIGNATOR){.CodeSet = CodeSet, .Type = Type, .Length = Length};
    memcpy(New->Bytes, Bytes, Length);
}

SCSI_ACTION ScsiFail(SCSI_ANSWER *Answer, uint8_t SenseKey, uint16_t SenseCode)
{
    Answer->Sense = (SCSI_SENSE){.Key = SenseKey, .Code = SenseCode};
    return ScsiFailed;
}

SCSI_ACTION ScsiReturn(SCSI_ANSWER *Answer, void *Data, uint32_t Length, uint32_t Allocated,
                       const void *Bytes, uint32_t Count)
{
    uint32_t Room = Allocated < Length ? Allocated : Length;
    if (!Data)
        Room = 0;
    Answer->Length = Count < Room ? Count : Room;
    if (Answer->Length)
        memcpy(Data, Bytes, Answer->Length);
    return ScsiAnswered;
}

static SCSI_ACTION ScsiReadCapacity10(const SCSI_UNIT *Unit, void *Data, uint32_t Length,
                                      SCSI_ANSWER *Answer)
{
    uint8_t Bytes[8];
    uint64_t Last = Unit->Blocks - 1;
    ScsiPutBigEndian(Bytes, 4, Last > UINT32_MAX ? UINT32_MAX : Last);
    ScsiPutBigEndian(Bytes + 4, 4, 1u << Unit->BlockShift);
    return ScsiReturn(Answer, Data, Length, sizeof(Bytes), Bytes, sizeof(Bytes));
}

static SCSI_ACTION ScsiReadCapacity16(const uint8_t *Cdb, const SCSI_UNIT *Unit, void *Data,
                                      uint32_t Length, SCSI_ANSWER *Answer)
{
    enum { ProvisioningEnabled = 0x80, ReadsZero = 0x40 };
    uint8_t Bytes[32] = {};
    if ((Cdb[1] & 0x1F) != SCSI_READ_CAPACITY_16)
        return ScsiFail(Answer, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_INVALID_FIELD);
    ScsiPutBigEndian(Bytes, 8, Unit->Blocks - 1);
    ScsiPutBigEndian(Bytes + 8, 4, 1u << Unit->BlockShift);
    Bytes[13] = Unit->PhysicalShift;
    ScsiPutBigEndian(Bytes + 14, 2, Unit->LowestAligned & 0x3FFF);
    if (Unit->UnmapDescriptors)
        Bytes[14] |= ProvisioningEnabled | (Unit->UnmapReadsZero ? ReadsZero : 0);
    return ScsiReturn(Answer, Data, Length, ScsiBigEndian32(Cdb + 10), Bytes, sizeof(Bytes));
}

// The port driver asks each unit about itself; how many there are it finds out by asking.
static SCSI_ACTION ScsiReportLuns(const uint8_t *Cdb, void *Data, uint32_t Length,
                                  SCSI_ANSWER *Answer)
{
    uint8_t Bytes[16] = {[3] = 8};
    return ScsiReturn(Answer, Data, Length, ScsiBigEndian32(Cdb + 6), Bytes, sizeof(Bytes));
}

static SCSI_ACTION ScsiRequestSense(const uint8_t *Cdb, void *Data, uint32_t Length,
                                    SCSI_ANSWER *Answer)
{
    uint8_t Bytes[SCSI_SENSE_BYTES];
    ScsiMakeSense(&(SCSI_SENSE){}, Bytes);
    return ScsiReturn(Answer, Data, Length, Cdb[4], Bytes, sizeof(Bytes));
}

SCSI_ACTION ScsiAnswerUnit(const uint8_t *Cdb, const SCSI_UNIT *Unit, void *Data, uint32_t Length,
                           SCSI_ANSWER *Answer)
{
    Answer->Length = 0;
    switch (Cdb[0]) {
    case SCSI_TEST_UNIT_READY:
    case SCSI_PREVENT_REMOVAL:
        return ScsiAnswered;
    case SCSI_INQUIRY:
        return ScsiInquiry(Cdb, Unit, Data, Length, Answer);
    case SCSI_READ_CAPACITY_10:
        return ScsiReadCapacity10(Unit, Data, Length, Answer);
    case SCSI_SERVICE_ACTION_IN_16:
        return ScsiReadCapacity16(Cdb, Unit, Data, Length, Answer);
    case SCSI_MODE_SENSE_6:
    case SCSI_MODE_SENSE_10:
        return ScsiModeSense(Cdb, Unit, Data, Length, Answer);
    case SCSI_MODE_SELECT_6:
    case SCSI_MODE_SELECT_10:
        return ScsiModeSelect(Cdb, Unit, Data, Length, Answer);
    case SCSI_REPORT_LUNS:
        return ScsiReportLuns(Cdb, Data, Length, Answer);
    case SCSI_REQUEST_SENSE:
        return ScsiRequestSense(Cdb, Data, Length, Answer);
    default:
        return ScsiUnknown;
    }
}
