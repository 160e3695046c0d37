// INQUIRY: the standard data and the pages of vital product data.
#include "translate.h"

#include <string.h>

enum {
    VPD_SUPPORTED = 0x00,
    VPD_SERIAL = 0x80,
    VPD_IDENTIFICATION = 0x83,
    VPD_BLOCK_LIMITS = 0xB0,
    VPD_CHARACTERISTICS = 0xB1,
    VPD_PROVISIONING = 0xB2,

    NVME_PAGE_BYTES = 128, // more than any of them has
};

static uint32_t NvmeStandardInquiry(const NVME_IDENTITY *Identity, uint8_t *Answer)
{
    Answer[2] = 0x06; // SPC-4
    Answer[3] = 0x02; // response data format
    Answer[4] = 36 - 5;
    Answer[7] = 0x02; // CMDQUE
    memcpy(Answer + 8, "NVMe    ", 8);
    memcpy(Answer + 16, Identity->Model, 16);
    memcpy(Answer + 32, Identity->Firmware, 4);
    return 36;
}

static uint32_t NvmeSerialPage(const NVME_IDENTITY *Identity, uint8_t *Answer)
{
    memcpy(Answer + 4, Identity->Serial, sizeof(Identity->Serial));
    return 4 + sizeof(Identity->Serial);
}

static uint32_t NvmePutDesignator(uint8_t *Place, uint8_t CodeSet, uint8_t Type, const void *Bytes,
                                  uint8_t Count)
{
    Place[0] = CodeSet;
    Place[1] = Type;
    Place[3] = Count;
    memcpy(Place + 4, Bytes, Count);
    return 4u + Count;
}

// What the namespace has of its own (NGUID, EUI-64), and a name that is unique enough without: vendor, model,
// serial number and the namespace's number.
static uint32_t NvmeIdentificationPage(const NVME_NAMESPACE *Namespace,
                                       const NVME_IDENTITY *Identity, uint8_t *Answer)
{
    static const uint8_t Nothing[16];
    uint8_t Name[8 + 16 + 20 + 8];
    uint32_t Length = 4;
    if (memcmp(Namespace->Nguid, Nothing, sizeof(Namespace->Nguid)) != 0)
        Length += NvmePutDesignator(Answer + Length, 1, 2, Namespace->Nguid, 16);
    if (memcmp(Namespace->Eui64, Nothing, sizeof(Namespace->Eui64)) != 0)
        Length += NvmePutDesignator(Answer + Length, 1, 2, Namespace->Eui64, 8);
    memcpy(Name, "NVMe    ", 8);
    memcpy(Name + 8, Identity->Model, 16);
    memcpy(Name + 24, Identity->Serial, 20);
    for (uint32_t i = 0; i < 8; i++)
        Name[44 + i] = (uint8_t)"0123456789ABCDEF"[Namespace->Id >> (28 - 4 * i) & 0xF];
    return Length + NvmePutDesignator(Answer + Length, 2, 1, Name, sizeof(Name));
}

static uint32_t NvmeBlockLimitsPage(const NVME_NAMESPACE *Namespace, const NVME_IDENTITY *Identity,
                                    uint8_t *Answer)
{
    NvmePutBigEndian(Answer + 8, 4, Identity->MaximumTransfer >> Namespace->BlockShift);
    if (Identity->DatasetManagement) {
        NvmePutBigEndian(Answer + 20, 4, UINT32_MAX);
        NvmePutBigEndian(Answer + 24, 4, NVME_MAX_RANGES);
    }
    if (Identity->WriteZeroes)
        NvmePutBigEndian(Answer + 36, 8, 0x10000);
    return 64;
}

static uint32_t NvmeCharacteristicsPage(uint8_t *Answer)
{
    Answer[5] = 1; // medium rotation rate: it does not rotate
    return 64;
}

static uint32_t NvmeProvisioningPage(const NVME_NAMESPACE *Namespace, const NVME_IDENTITY *Identity,
                                     uint8_t *Answer)
{
    if (Identity->DatasetManagement)
        Answer[5] = 0x80; // LBPU
    Answer[6] = Namespace->Thin ? 2 : 1;
    return 8;
}

// Its length; 0: there is no such page.
static uint32_t NvmeMakePage(uint8_t Page, const NVME_NAMESPACE *Namespace,
                             const NVME_IDENTITY *Identity, uint8_t *Answer)
{
    static const uint8_t Pages[] = {VPD_SUPPORTED,    VPD_SERIAL,          VPD_IDENTIFICATION,
                                    VPD_BLOCK_LIMITS, VPD_CHARACTERISTICS, VPD_PROVISIONING};
    switch (Page) {
    case VPD_SUPPORTED:
        memcpy(Answer + 4, Pages, sizeof(Pages));
        return 4 + sizeof(Pages);
    case VPD_SERIAL:
        return NvmeSerialPage(Identity, Answer);
    case VPD_IDENTIFICATION:
        return NvmeIdentificationPage(Namespace, Identity, Answer);
    case VPD_BLOCK_LIMITS:
        return NvmeBlockLimitsPage(Namespace, Identity, Answer);
    case VPD_CHARACTERISTICS:
        return NvmeCharacteristicsPage(Answer);
    case VPD_PROVISIONING:
        return NvmeProvisioningPage(Namespace, Identity, Answer);
    default:
        return 0;
    }
}

NVME_ACTION NvmeInquiry(const uint8_t *Cdb, const NVME_NAMESPACE *Namespace,
                        const NVME_IDENTITY *Identity, void *Data, uint32_t Length,
                        NVME_TRANSLATION *Translation)
{
    uint8_t Answer[NVME_PAGE_BYTES] = {};
    uint32_t Allocated = (uint32_t)NvmeBigEndian(Cdb + 3, 2), Count;
    if (!(Cdb[1] & 1)) {
        if (Cdb[2])
            return NvmeFail(Translation, NVME_SENSE_ILLEGAL_REQUEST, NVME_CODE_INVALID_FIELD);
        Count = NvmeStandardInquiry(Identity, Answer);
    } else {
        Count = NvmeMakePage(Cdb[2], Namespace, Identity, Answer);
        if (!Count)
            return NvmeFail(Translation, NVME_SENSE_ILLEGAL_REQUEST, NVME_CODE_INVALID_FIELD);
        Answer[1] = Cdb[2];
        NvmePutBigEndian(Answer + 2, 2, Count - 4);
    }
    return NvmeAnswer(Translation, Data, Length, Allocated, Answer, Count);
}
