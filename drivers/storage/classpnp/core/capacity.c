#include "core.h"

// A block has a size that is a power of two, 64 KiB at most: what divides addresses and pages.
static bool Plausible(uint32_t BlockBytes)
{
    return BlockBytes >= 256 && BlockBytes <= 65536 && (BlockBytes & (BlockBytes - 1)) == 0;
}

bool CoreParseCapacity10(const uint8_t *Bytes, size_t Length, CORE_CAPACITY *Capacity)
{
    *Capacity = (CORE_CAPACITY){};
    if (Length < 8 || !Plausible(CoreGet32(Bytes + 4)))
        return false;
    Capacity->LastBlock = CoreGet32(Bytes);
    Capacity->BlockBytes = CoreGet32(Bytes + 4);
    Capacity->PhysicalBytes = Capacity->BlockBytes;
    return true;
}

bool CoreParseCapacity16(const uint8_t *Bytes, size_t Length, CORE_CAPACITY *Capacity)
{
    *Capacity = (CORE_CAPACITY){};
    if (Length < 12 || !Plausible(CoreGet32(Bytes + 8)))
        return false;
    uint64_t Last = CoreGet64(Bytes);
    uint32_t Size = CoreGet32(Bytes + 8);
    if (Last >= INT64_MAX / Size) // offsets in bytes are signed 64-bit numbers
        return false;
    Capacity->LastBlock = Last;
    Capacity->BlockBytes = Capacity->PhysicalBytes = Size;
    if (Length < 16)
        return true;
    uint32_t Exponent = Bytes[13] & 0x0F;
    if ((uint64_t)Size << Exponent <= UINT32_MAX)
        Capacity->PhysicalBytes = Size << Exponent;
    Capacity->LowestAligned = CoreGet16(Bytes + 14) & 0x3FFF;
    Capacity->Provisioned = (Bytes[14] & 0x80) != 0;
    Capacity->ReadsZeros = (Bytes[14] & 0x40) != 0;
    return true;
}
