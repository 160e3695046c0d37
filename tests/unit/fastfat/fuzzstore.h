// A medium in memory for the fuzzers: access behind its end is a crash.
#pragma once

#include "fat.h"

#include <stdlib.h>

typedef struct _FUZZ_MEDIUM {
    uint8_t *Data;
    uint64_t Bytes;
} FUZZ_MEDIUM;

bool FuzzRead(void *Context, uint64_t Offset, uint32_t Length, void *Buffer);
bool FuzzWrite(void *Context, uint64_t Offset, uint32_t Length, const void *Buffer);
bool FuzzBarrier(void *Context);
uint16_t FuzzUpcase(uint16_t Character);
uint8_t FuzzToOem(uint16_t Character);
uint16_t FuzzFromOem(uint8_t Character);

// Of a static FUZZ_MEDIUM with so many bytes.
#define FUZZ_STORE(Medium, Size) \
    {                            \
        .Context = &(Medium),    \
        .Read = FuzzRead,        \
        .Write = FuzzWrite,      \
        .Barrier = FuzzBarrier,  \
        .Allocate = malloc,      \
        .Free = free,            \
        .Upcase = FuzzUpcase,    \
        .ToOem = FuzzToOem,      \
        .FromOem = FuzzFromOem,  \
        .Bytes = (Size),         \
        .SectorSize = 512,       \
    }
