// Private to the pool. Regions of pages; a page is free, part of a large block, or cut into blocks of one
// size class. Small blocks carry a header before their data and a pattern behind it; large ones begin at
// a page, as Windows promises.
#pragma once

#include "../ntos.h"

enum {
    ExpPoolHeaderSize = 16,
    ExpPoolTailSize = 8, // at least that much pattern follows the data
    ExpLargestSmall = PAGE_SIZE - ExpPoolHeaderSize - ExpPoolTailSize,
    ExpRegionPages = 64,
};

typedef struct _EXP_POOL_HEADER {
    ULONG Tag;
    USHORT Size; // bytes that were asked for
    USHORT Back; // bytes from the block's start to the header: blocks on a cache line have some
    ULONG State; // ExpPoolAllocated or ExpPoolFree
    UCHAR Class;
    UCHAR Kind; // index of the pool
    USHORT Reserved;
} EXP_POOL_HEADER, *PEXP_POOL_HEADER;
static_assert(sizeof(EXP_POOL_HEADER) == ExpPoolHeaderSize);

typedef struct _EXP_PAGE {
    UCHAR State; // ExpPage*
    UCHAR Class;
    USHORT FreeBlocks;
    ULONG Tag;       // large: of the block
    SIZE_T Size;     // large: bytes that were asked for
    LIST_ENTRY Link; // cut: in the list of pages with free blocks of the class
    PVOID FirstFree; // cut: list through the blocks
} EXP_PAGE, *PEXP_PAGE;

enum { ExpPageFree, ExpPageCut, ExpPageLarge, ExpPageLargeTail };

typedef struct _EXP_REGION {
    LIST_ENTRY Link;
    PUCHAR Base;
    ULONG Pages, FreePages;
    ULONG Kind;
    PULONG64 Pfns; // of nonpaged memory, or null
    EXP_PAGE Page[];
} EXP_REGION, *PEXP_REGION;

enum { ExpNonPaged, ExpPaged, ExpKinds };

// poolregion.c; all with the pool lock held
PVOID ExpAllocatePages(ULONG Kind, ULONG Count, PEXP_REGION *Region);
VOID ExpFreePages(PEXP_REGION Region, PVOID Base);
PEXP_REGION ExpFindRegion(PVOID Address);
static inline PEXP_PAGE ExpPageOf(PEXP_REGION Region, PVOID Address)
{
    return &Region->Page[((PUCHAR)Address - Region->Base) >> PAGE_SHIFT];
}

// pooltag.c; with the pool lock held
VOID ExpCountTag(ULONG Tag, ULONG Kind, LONG64 Bytes);

// pool.c. Kind: ExpNonPaged, ExpPaged. Tag 0 frees a block of any tag.
PVOID ExpAllocate(ULONG Kind, SIZE_T Size, ULONG Alignment, ULONG Tag);
VOID ExpFree(PVOID Block, ULONG ExpectedTag);
