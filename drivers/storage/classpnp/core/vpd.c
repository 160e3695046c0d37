#include "core.h"

enum {
    HeaderBytes = 4,
    PageSupported = 0x00,
    PageLimits = 0xB0,
    PageCharacteristics = 0xB1,
    PageProvisioning = 0xB2
};

size_t CoreVpdLength(const uint8_t *Bytes, size_t Length, uint8_t Page)
{
    if (Length < HeaderBytes || Bytes[1] != Page)
        return 0;
    size_t Told = HeaderBytes + CoreGet16(Bytes + 2);
    return Told < Length ? Told : Length;
}

bool CoreVpdSupports(const uint8_t *Bytes, size_t Length, uint8_t Page)
{
    size_t End = CoreVpdLength(Bytes, Length, PageSupported);
    for (size_t i = HeaderBytes; i < End; i++) {
        if (Bytes[i] == Page)
            return true;
    }
    return false;
}

bool CoreParseBlockLimits(const uint8_t *Bytes, size_t Length, CORE_BLOCK_LIMITS *Limits)
{
    *Limits = (CORE_BLOCK_LIMITS){};
    size_t End = CoreVpdLength(Bytes, Length, PageLimits);
    if (End < 16)
        return false;
    Limits->Granularity = CoreGet16(Bytes + 6);
    Limits->MaximumTransfer = CoreGet32(Bytes + 8);
    Limits->OptimalTransfer = CoreGet32(Bytes + 12);
    if (End < 36) // before SBC-3 the page ended here
        return true;
    Limits->MaximumUnmapBlocks = CoreGet32(Bytes + 20);
    Limits->MaximumUnmapDescriptors = CoreGet32(Bytes + 24);
    Limits->UnmapGranularity = CoreGet32(Bytes + 28);
    Limits->UnmapAlignmentValid = (Bytes[32] & 0x80) != 0;
    Limits->UnmapAlignment = CoreGet32(Bytes + 32) & 0x7FFFFFFF;
    return true;
}

bool CoreParseCharacteristics(const uint8_t *Bytes, size_t Length, CORE_CHARACTERISTICS *Values)
{
    *Values = (CORE_CHARACTERISTICS){};
    if (CoreVpdLength(Bytes, Length, PageCharacteristics) < 9)
        return false;
    Values->RotationRate = CoreGet16(Bytes + 4);
    Values->ProductType = Bytes[6];
    Values->FormFactor = Bytes[7] & 0x0F;
    Values->Zoned = Bytes[8] >> 4 & 3;
    return true;
}

bool CoreParseProvisioning(const uint8_t *Bytes, size_t Length, CORE_PROVISIONING *Values)
{
    *Values = (CORE_PROVISIONING){};
    if (CoreVpdLength(Bytes, Length, PageProvisioning) < 7)
        return false;
    *Values = (CORE_PROVISIONING){
        .ThresholdExponent = Bytes[4],
        .Unmap = (Bytes[5] & 0x80) != 0,
        .WriteSame = (Bytes[5] & 0x40) != 0,
        .WriteSame10 = (Bytes[5] & 0x20) != 0,
        .ReadsZeros = (Bytes[5] & 0x04) != 0,
        .Anchor = (Bytes[5] & 0x02) != 0,
        .Descriptor = (Bytes[5] & 0x01) != 0,
        .Type = Bytes[6] & 0x07,
    };
    return true;
}
