// INQUIRY: the standard data and the pages of vital product data.
#include "unit.h"

#include <string.h>

enum {
    VPD_SUPPORTED = 0x00,
    VPD_SERIAL = 0x80,
    VPD_IDENTIFICATION = 0x83,
    VPD_BLOCK_LIMITS = 0xB0,
    VPD_CHARACTERISTICS = 0xB1,
    VPD_PROVISIONING = 0xB2,

    // More than any of them has.
    VPD_PAGE_BYTES = 64 + SCSI_MAXIMUM_DESIGNATORS * (4 + SCSI_DESIGNATOR_BYTES),
};

static uint32_t ScsiStandardInquiry(const SCSI_UNIT *Unit, uint8_t *Bytes)
{
    Bytes[1] = Unit->Removable ? 0x80 : 0;
    Bytes[2] = 0x06; // SPC-4
    Bytes[3] = 0x02; // response data format
    Bytes[4] = 36 - 5;
    Bytes[7] = 0x02; // CMDQUE
    memcpy(Bytes + 8, Unit->Vendor, sizeof(Unit->Vendor));
    memcpy(Bytes + 16, Unit->Product, sizeof(Unit->Product));
    memcpy(Bytes + 32, Unit->Revision, sizeof(Unit->Revision));
    return 36;
}

static uint32_t ScsiSupportedPages(const SCSI_UNIT *Unit, uint8_t *Bytes)
{
    static const uint8_t Pages[] = {VPD_SUPPORTED,    VPD_SERIAL,          VPD_IDENTIFICATION,
                                    VPD_BLOCK_LIMITS, VPD_CHARACTERISTICS, VPD_PROVISIONING};
    (void)Unit;
    memcpy(Bytes + 4, Pages, sizeof(Pages));
    return 4 + sizeof(Pages);
}

static uint32_t ScsiSerialPage(const SCSI_UNIT *Unit, uint8_t *Bytes)
{
    memcpy(Bytes + 4, Unit->Serial, sizeof(Unit->Serial));
    return 4 + sizeof(Unit->Serial);
}

static uint32_t ScsiIdentificationPage(const SCSI_UNIT *Unit, uint8_t *Bytes)
{
    uint32_t Length = 4;
    for (uint32_t i = 0; i < Unit->DesignatorCount && i < SCSI_MAXIMUM_DESIGNATORS; i++) {
        const SCSI_DESIGNATOR *Designator = &Unit->Designators[i];
        Bytes[Length] = Designator->CodeSet;
        Bytes[Length + 1] = Designator->Type;
        Bytes[Length + 3] = Designator->Length;
        memcpy(Bytes + Length + 4, Designator->Bytes, Designator->Length);
        Length += 4u + Designator->Length;
    }
    return Length;
}

static uint32_t ScsiBlockLimitsPage(const SCSI_UNIT *Unit, uint8_t *Bytes)
{
    ScsiPutBigEndian(Bytes + 8, 4, Unit->MaximumTransfer >> Unit->BlockShift);
    ScsiPutBigEndian(Bytes + 20, 4, Unit->UnmapBlocks);
    ScsiPutBigEndian(Bytes + 24, 4, Unit->UnmapDescriptors);
    ScsiPutBigEndian(Bytes + 36, 8, Unit->WriteSameBlocks);
    return 64;
}

static uint32_t ScsiCharacteristicsPage(const SCSI_UNIT *Unit, uint8_t *Bytes)
{
    ScsiPutBigEndian(Bytes + 4, 2, Unit->Rotation);
    Bytes[7] = Unit->FormFactor & 0xF;
    return 64;
}

static uint32_t ScsiProvisioningPage(const SCSI_UNIT *Unit, uint8_t *Bytes)
{
    enum { ByUnmap = 0x80, ReadsZero = 0x04, Full = 1, Thin = 2 };
    if (Unit->UnmapDescriptors)
        Bytes[5] = ByUnmap | (Unit->UnmapReadsZero ? ReadsZero : 0);
    Bytes[6] = Unit->Thin ? Thin : Full;
    return 8;
}

static const struct {
    uint8_t Page;
    uint32_t (*Make)(const SCSI_UNIT *Unit, uint8_t *Bytes); // returns its length
} ScsiPages[] = {
    {VPD_SUPPORTED, ScsiSupportedPages},
    {VPD_SERIAL, ScsiSerialPage},
    {VPD_IDENTIFICATION, ScsiIdentificationPage},
    {VPD_BLOCK_LIMITS, ScsiBlockLimitsPage},
    {VPD_CHARACTERISTICS, ScsiCharacteristicsPage},
    {VPD_PROVISIONING, ScsiProvisioningPage},
};

// Its length; 0: there is no such page.
static uint32_t ScsiMakePage(uint8_t Page, const SCSI_UNIT *Unit, uint8_t *Bytes)
{
    for (size_t i = 0; i < sizeof(ScsiPages) / sizeof(ScsiPages[0]); i++) {
        if (ScsiPages[i].Page != Page)
            continue;
        uint32_t Count = ScsiPages[i].Make(Unit, Bytes);
        Bytes[1] = Page;
        ScsiPutBigEndian(Bytes + 2, 2, Count - 4);
        return Count;
    }
    return 0;
}

SCSI_ACTION ScsiInquiry(const uint8_t *Cdb, const SCSI_UNIT *Unit, void *Data, uint32_t Length,
                        SCSI_ANSWER *Answer)
{
    uint8_t Bytes[VPD_PAGE_BYTES] = {};
    uint32_t Allocated = (uint32_t)ScsiBigEndian(Cdb + 3, 2), Count = 0;
    if (Cdb[1] & 1)
        Count = ScsiMakePage(Cdb[2], Unit, Bytes);
    else if (!Cdb[2])
        Count = ScsiStandardInquiry(Unit, Bytes);
    if (!Count)
        return ScsiFail(Answer, SCSI_KEY_ILLEGAL_REQUEST, SCSI_CODE_INVALID_FIELD);
    return ScsiReturn(Answer, Data, Length, Allocated, Bytes, Count);
}
