// Private to the pool: the header of a block, and what a checked pool (PROTEUS_CHECK_POOL) does with blocks.
#pragma once

#include "mmp.h"

typedef struct _POOL_HEADER {
    ULONG Tag;
    ULONG Size; // as asked for
    USHORT Class;
    USHORT State;
    ULONG Pages; // of a large block
} POOL_HEADER, *PPOOL_HEADER;
static_assert(sizeof(POOL_HEADER) == 16);

enum {
    POOL_BLOCK_FREE = 0x4546,
    POOL_BLOCK_USED = 0x5355,
    POOL_BLOCK_KEPT = 0x504B, // freed, and kept from its next use for a while
};

// ---- poolcheck.c

#ifdef PROTEUS_CHECK_POOL

enum { POOL_GUARD = 16 }; // bytes that follow the data of each block

VOID MmpSetGuard(PPOOL_HEADER Block);
VOID MmpCheckGuard(PPOOL_HEADER Block);
// A freed small block, Bytes with its header. What comes back can be used again: another that was kept, or null.
PPOOL_HEADER MmpKeepFreed(PPOOL_HEADER Block, SIZE_T Bytes, PVOID FreedBy);
// The block that was kept longest, or null.
PPOOL_HEADER MmpTakeKept(VOID);

// So its return address is in who freed the block.
[[gnu::noinline]] VOID ExFreePoolWithTag(PVOID Block, ULONG Tag);

#else

enum { POOL_GUARD = 0 };

static inline VOID MmpSetGuard(PPOOL_HEADER Block)
{
    UNREFERENCED_PARAMETER(Block);
}

static inline VOID MmpCheckGuard(PPOOL_HEADER Block)
{
    UNREFERENCED_PARAMETER(Block);
}

static inline PPOOL_HEADER MmpKeepFreed(PPOOL_HEADER Block, SIZE_T Bytes, PVOID FreedBy)
{
    UNREFERENCED_PARAMETER(Bytes);
    UNREFERENCED_PARAMETER(FreedBy);
    return Block;
}

static inline PPOOL_HEADER MmpTakeKept(VOID)
{
    return nullptr;
}

#endif
