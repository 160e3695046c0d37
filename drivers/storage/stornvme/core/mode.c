// MODE SENSE and MODE SELECT: the control page and the caching page, of which the write cache can be changed.
#include "translate.h"

#include <string.h>

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

static uint32_t NvmeCachingPage(uint8_t Control, const NVME_IDENTITY *Identity, uint8_t *Page)
{
    bool On = Control == MODE_CURRENT ? Identity->CacheEnabled : Identity->HasCache;
    Page[0] = MODE_CACHING;
    Page[1] = MODE_CACHING_BYTES - 2;
    Page[2] = On ? MODE_WRITE_CACHE : 0;
    return MODE_CACHING_BYTES;
}

static uint32_t NvmeControlPage(uint8_t Control, uint8_t *Page)
{
    Page[0] = MODE_CONTROL;
    Page[1] = MODE_CONTROL_BYTES - 2;
    if (Control != MODE_CHANGEABLE)
        Page[3] = 0x10; // unrestricted reordering
    return MODE_CONTROL_BYTES;
}

static uint32_t NvmePutBlockDescriptor(const NVME_NAMESPACE *Namespace, uint8_t *Place)
{
    NvmePutBigEndian(Place, 4, Namespace->Blocks > UINT32_MAX ? UINT32_MAX : Namespace->Blocks);
    NvmePutBigEndian(Place + 5, 3, 1u << Namespace->BlockShift);
    return MODE_BLOCK_DESCRIPTOR_BYTES;
}

NVME_ACTION NvmeModeSense(const uint8_t *Cdb, bool Ten, const NVME_NAMESPACE *Namespace,
                          const NVME_IDENTITY *Identity, void *Data, uint32_t Length,
                          NVME_TRANSLATION *Translation)
{
    uint8_t Answer[64] = {}, Page = Cdb[2] & 0x3F, Control = Cdb[2] >> 6;
    uint32_t Header = Ten ? 8 : 4, Count = Header;
    uint32_t Allocated = Ten ? (uint32_t)NvmeBigEndian(Cdb + 7, 2) : Cdb[4];
    if (Control == MODE_SAVED)
        return NvmeFail(Translation, NVME_SENSE_ILLEGAL_REQUEST, NVME_CODE_SAVING_UNSUPPORTED);
    if (Page != MODE_CACHING && Page != MODE_CONTROL && Page != MODE_ALL)
        return NvmeFail(Translation, NVME_SENSE_ILLEGAL_REQUEST, NVME_CODE_INVALID_FIELD);
    if (!(Cdb[1] & 0x08)) // DBD
        Count += NvmePutBlockDescriptor(Namespace, Answer + Count);
    uint32_t Descriptors = Count - Header;
    if (Page != MODE_CONTROL)
        Count += NvmeCachingPage(Control, Identity, Answer + Count);
    if (Page != MODE_CACHING)
        Count += NvmeControlPage(Control, Answer + Count);

    uint8_t Device = MODE_SUPPORTS_FUA | (Namespace->ReadOnly ? MODE_WRITE_PROTECTED : 0);
    if (Ten) {
        NvmePutBigEndian(Answer, 2, Count - 2);
        Answer[3] = Device;
        NvmePutBigEndian(Answer + 6, 2, Descriptors);
    } else {
        Answer[0] = (uint8_t)(Count - 1);
        Answer[2] = Device;
        Answer[3] = (uint8_t)Descriptors;
    }
    return NvmeAnswer(Translation, Data, Length, Allocated, Answer, Count);
}

NVME_ACTION NvmeModeSelect(const uint8_t *Cdb, bool Ten, const NVME_IDENTITY *Identity,
                           const void *Data, uint32_t Length, NVME_TRANSLATION *Translation)
{
    const uint8_t *List = Data;
    uint32_t Given = Ten ? (uint32_t)NvmeBigEndian(Cdb + 7, 2) : Cdb[4], Header = Ten ? 8 : 4;
    if (!Given)
        return NvmeAnswered;
    if (!List || Given > Length || Given < Header)
        return NvmeFail(Translation, NVME_SENSE_ILLEGAL_REQUEST, NVME_CODE_PARAMETER_LENGTH);
    uint32_t Place = Header + (Ten ? (uint32_t)NvmeBigEndian(List + 6, 2) : List[3]);
    NVME_ACTION Action = NvmeAnswered;
    while (Place < Given) {
        if (Given - Place < 2 || List[Place + 1] + 2u > Given - Place)
            return NvmeFail(Translation, NVME_SENSE_ILLEGAL_REQUEST, NVME_CODE_PARAMETER_LENGTH);
        uint8_t Page = List[Place] & 0x3F;
        if (Page != MODE_CACHING && Page != MODE_CONTROL)
            return NvmeFail(Translation, NVME_SENSE_ILLEGAL_REQUEST, NVME_CODE_INVALID_PARAMETER);
        if (Page == MODE_CACHING && List[Place + 1] + 2 != MODE_CACHING_BYTES)
            return NvmeFail(Translation, NVME_SENSE_ILLEGAL_REQUEST, NVME_CODE_INVALID_PARAMETER);
        if (Page == MODE_CACHING) {
            Translation->CacheOn = List[Place + 2] & MODE_WRITE_CACHE;
            if (Translation->CacheOn && !Identity->HasCache)
                return NvmeFail(Translation, NVME_SENSE_ILLEGAL_REQUEST,
                                NVME_CODE_INVALID_PARAMETER);
            if (Identity->HasCache)
                Action = NvmeSetCache;
        }
        Place += List[Place + 1] + 2u;
    }
    return Action;
}
