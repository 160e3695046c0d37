// MODE SENSE and MODE SELECT: the control page and the caching page, of which the write cache can be changed.
#include "unit.h"

enum {
    MODE_CACHING = 0x08,
    MODE_CONTROL = 0x0A,
    MODE_ALL = 0x3F,
    MODE_CACHING_BYTES = 20,
    MODE_CONTROL_BYTES = 12,
    MODE_BLOCK_DESCRIPTOR_BYTES = 8,

    MODE_CURRENT = 0, // page control
    MODE_CHANGEABLE = 1,
    MODE_SAVED = 3,

    MODE_WRITE_PROTECTED = 0x80, // device-specific parameter
    MODE_SUPPORTS_FUA = 0x10,
    MODE_WRITE_CACHE = 0x04, // of the caching page
};

static uint32_t ScsiCachingPage(uint8_t Control, const SCSI_UNIT *Unit, uint8_t *Page)
{
    bool On = Control == MODE_CURRENT ? Unit->CacheEnabled : Unit->HasCache;
    Page[0] = MODE_CACHING;
    Page[1] = MODE_CACHING_BYTES - 2;
    Page[2] = On ? MODE_WRITE_CACHE : 0;
    return MODE_CACHING_BYTES;
}

static uint32_t ScsiControlPage(uint8_t Control, uint8_t *Page)
{
    Page[0] = MODE_CONTROL;
    Page[1] = MODE_CONTROL_BYTES - 2;
    if (Control != MODE_CHANGEABLE)
        Page[3] = 0x10; // unrestricted reordering
    return MODE_CONTROL_BYTES;
}

static uint32_t ScsiPutBlockDescriptor(const SCSI_UNIT *Unit, uint8_t *Place)
{
    ScsiPutBigEndian(Place, 4, Unit->Blocks > UINT32_MAX ? UINT32_MAX : Unit->Blocks);
    ScsiPutBigEndian(Place + 5, 3, 1u << Unit->BlockShift);
    return MODE_BLOCK_DESCRIPTOR_BYTES;
}

SCSI_ACTION ScsiModeSense(const uint8_t *Cdb, const SCSI_UNIT *Unit, void *Data, uint32_t Length,
                          SCSI_ANSWER *Answer)
{
    bool Ten = Cdb[0] == SCSI_MODE_SENSE_10;
    uint8_t Bytes[64] = {}, Page = Cdb[2] & 0x3F, Control = Cdb[2] >> 6;
    uint32_t Header = Ten ? 8 : 4, Count = Header;
    uint32_t Allocated = Ten ? (uint32_t)ScsiBigEndian(Cdb + 7, 2) : Cdb[4];
    if (Control == MODE_SAVED)
        return ScsiFail(Answer, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_SAVING_UNSUPPORTED);
    if (Page != MODE_CACHING && Page != MODE_CONTROL && Page != MODE_ALL)
        return ScsiFail(Answer, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_INVALID_FIELD);
    if (!(Cdb[1] & 0x08)) // DBD
        Count += ScsiPutBlockDescriptor(Unit, Bytes + Count);
    uint32_t Descriptors = Count - Header;
    if (Page != MODE_CONTROL)
        Count += ScsiCachingPage(Control, Unit, Bytes + Count);
    if (Page != MODE_CACHING)
        Count += ScsiControlPage(Control, Bytes + Count);

    uint8_t Device =
        (Unit->HasFua ? MODE_SUPPORTS_FUA : 0) | (Unit->ReadOnly ? MODE_WRITE_PROTECTED : 0);
    if (Ten) {
        ScsiPutBigEndian(Bytes, 2, Count - 2);
        Bytes[3] = Device;
        ScsiPutBigEndian(Bytes + 6, 2, Descriptors);
    } else {
        Bytes[0] = (uint8_t)(Count - 1);
        Bytes[2] = Device;
        Bytes[3] = (uint8_t)Descriptors;
    }
    return ScsiReturn(Answer, Data, Length, Allocated, Bytes, Count);
}

// One page of the list, of which Left bytes are there.
static SCSI_ACTION ScsiSelectPage(const uint8_t *Page, uint32_t Left, const SCSI_UNIT *Unit,
                                  SCSI_ANSWER *Answer, bool *CacheGiven)
{
    if (Left < 2 || Page[1] + 2u > Left)
        return ScsiFail(Answer, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_PARAMETER_LENGTH);
    uint8_t Code = Page[0] & 0x3F;
    if (Code == MODE_CONTROL)
        return ScsiAnswered;
    if (Code != MODE_CACHING || Page[1] + 2 != MODE_CACHING_BYTES)
        return ScsiFail(Answer, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_INVALID_PARAMETER);
    Answer->CacheOn = Page[2] & MODE_WRITE_CACHE;
    if (Answer->CacheOn && !Unit->HasCache)
        return ScsiFail(Answer, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_INVALID_PARAMETER);
    *CacheGiven = true;
    return ScsiAnswered;
}

SCSI_ACTION ScsiModeSelect(const uint8_t *Cdb, const SCSI_UNIT *Unit, const void *Data,
                           uint32_t Length, SCSI_ANSWER *Answer)
{
    bool Ten = Cdb[0] == SCSI_MODE_SELECT_10, CacheGiven = false;
    const uint8_t *List = Data;
    uint32_t Given = Ten ? (uint32_t)ScsiBigEndian(Cdb + 7, 2) : Cdb[4], Header = Ten ? 8 : 4;
    if (!Given)
        return ScsiAnswered;
    if (!List || Given > Length || Given < Header)
        return ScsiFail(Answer, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_PARAMETER_LENGTH);
    uint32_t Place = Header + (Ten ? (uint32_t)ScsiBigEndian(List + 6, 2) : List[3]);
    while (Place < Given) {
        if (ScsiSelectPage(List + Place, Given - Place, Unit, Answer, &CacheGiven) == ScsiFailed)
            return ScsiFailed;
        Place += List[Place + 1] + 2u;
    }
    Answer->Length = Given;
    return CacheGiven && Unit->HasCache ? ScsiSetCache : ScsiAnswered;
}
