// Numbers as SCSI has them: the most significant byte first.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline uint16_t CoreGet16(const uint8_t *Bytes)
{
    return (uint16_t)(Bytes[0] << 8 | Bytes[1]);
}

static inline uint32_t CoreGet32(const uint8_t *Bytes)
{
    return (uint32_t)CoreGet16(Bytes) << 16 | CoreGet16(Bytes + 2);
}

static inline uint64_t CoreGet64(const uint8_t *Bytes)
{
    return (uint64_t)CoreGet32(Bytes) << 32 | CoreGet32(Bytes + 4);
}

static inline void CorePut16(uint8_t *Bytes, uint16_t Value)
{
    Bytes[0] = (uint8_t)(Value >> 8);
    Bytes[1] = (uint8_t)Value;
}

static inline void CorePut32(uint8_t *Bytes, uint32_t Value)
{
    CorePut16(Bytes, (uint16_t)(Value >> 16));
    CorePut16(Bytes + 2, (uint16_t)Value);
}

static inline void CorePut64(uint8_t *Bytes, uint64_t Value)
{
    CorePut32(Bytes, (uint32_t)(Value >> 32));
    CorePut32(Bytes + 4, (uint32_t)Value);
}
