// The process heap's own structures.
//
// A heap is a list of segments (reserved regions, committed from the start as they fill) that are cut
// into blocks with boundary tags. Free blocks hang in two-level segregated lists: the first level is
// the power of two of the size, the second cuts it in 16; a bitmap for each level finds a block that
// fits in a few instructions. Small blocks that are freed stay, still marked busy, on a
// short list of their exact size (the front end), where the next allocation of that size takes
// them; they join their neighbours only when the list is full or memory runs out. Large
// allocations are regions of their own.
#pragma once

#include <nt.h>

enum {
    HeapUnitShift = 4,
    HeapUnit = 1 << HeapUnitShift, // block sizes are multiples of this, and so is their alignment

    HeapFirstLevels = 28, // up to 2^28 units
    HeapSecondLevelShift = 4,
    HeapSecondLevels = 1 << HeapSecondLevelShift,

    HeapFrontEndUnits = 65,    // block sizes below this many units have a front-end list
    HeapFrontEndBytes = 32768, // what one front-end list may hold

    HeapSegmentSize = 0x100000,
    HeapSegmentLimit = 0x4000000,
    HeapCommitStep = 0x10000,
    HeapLargeSize = 0x80000, // from here on an allocation is a region of its own
};

constexpr ULONG HeapSignature = 0xEEFFEEFF;

// Block flags
enum {
    HeapBlockBusy = 1,
    HeapBlockLast = 2,     // no block follows in the segment's committed part
    HeapBlockLarge = 4,    // in a region of its own
    HeapBlockFrontEnd = 8, // free, but kept by the front end
    HeapBlockHasExtra = 0x10,
    HeapBlockUserFlags = 0xE0,
};

typedef struct _HEAP_BLOCK {
    ULONG Units;         // size, this header included
    ULONG PreviousUnits; // of the block before, 0: first of its segment
    UCHAR Flags;
    UCHAR Check;        // so that an overrun is found: see HeappSeal
    USHORT UnusedBytes; // of the units, what the caller did not ask for
    ULONG Spare;        // keeps the data 16-aligned
} HEAP_BLOCK, *PHEAP_BLOCK;

static_assert(sizeof(HEAP_BLOCK) == HeapUnit);

// The data of a free block.
typedef struct _HEAP_FREE_BLOCK {
    HEAP_BLOCK Block;
    struct _HEAP_FREE_BLOCK *Next, *Previous;
} HEAP_FREE_BLOCK, *PHEAP_FREE_BLOCK;

enum { HeapMinimumUnits = sizeof(HEAP_FREE_BLOCK) / HeapUnit };

// The extra data behind a busy block with a user value, at its end.
typedef struct _HEAP_EXTRA {
    PVOID UserValue;
    ULONG_PTR Spare;
} HEAP_EXTRA, *PHEAP_EXTRA;

typedef struct _HEAP_SEGMENT {
    LIST_ENTRY Entry;
    PUCHAR Start, Committed, End; // blocks lie in [Start, Committed), reserved up to End
    PHEAP_BLOCK Last;             // the last block, or null
    PVOID Region;                 // what to release
} HEAP_SEGMENT, *PHEAP_SEGMENT;

typedef struct _HEAP_LARGE {
    LIST_ENTRY Entry;
    SIZE_T RegionSize;
    SIZE_T Size; // bytes asked for
    PVOID UserValue;
    ULONG UserFlags;
    ULONG Spare;
    HEAP_BLOCK Block; // the data follows
} HEAP_LARGE, *PHEAP_LARGE;

static_assert(sizeof(HEAP_LARGE) % HeapUnit == 0);

typedef struct _HEAP {
    ULONG Signature;
    ULONG Flags;
    UCHAR Cookie;
    LIST_ENTRY ProcessEntry;
    RTL_CRITICAL_SECTION Lock;
    SIZE_T NextSegmentSize;
    SIZE_T AllocatedBytes, CommittedBytes;
    LIST_ENTRY SegmentList;
    LIST_ENTRY LargeList;
    ULONG FirstLevelBitmap;
    USHORT SecondLevelBitmap[HeapFirstLevels];
    PHEAP_FREE_BLOCK FreeLists[HeapFirstLevels][HeapSecondLevels];
    PHEAP_FREE_BLOCK FrontEnd[HeapFrontEndUnits]; // singly linked through Next
    USHORT FrontEndCount[HeapFrontEndUnits];
    HEAP_SEGMENT FirstSegment;
} HEAP, *PHEAP;

static inline PVOID HeappData(PHEAP_BLOCK Block)
{
    return Block + 1;
}

static inline PHEAP_BLOCK HeappBlock(PVOID Data)
{
    return (PHEAP_BLOCK)Data - 1;
}

static inline PHEAP_BLOCK HeappNext(PHEAP_BLOCK Block)
{
    return (Block->Flags & HeapBlockLast) ? nullptr : Block + Block->Units;
}

static inline PHEAP_BLOCK HeappPrevious(PHEAP_BLOCK Block)
{
    return Block->PreviousUnits ? Block - Block->PreviousUnits : nullptr;
}

// One byte over the header that changes with any part of it, and from heap to heap.
static inline UCHAR HeappChecksum(PHEAP Heap, const HEAP_BLOCK *Block)
{
    ULONG Sum = Block->Units ^ Block->PreviousUnits ^ Block->Flags ^ (ULONG)Block->UnusedBytes << 8;
    Sum ^= Sum >> 16;
    return (UCHAR)(Sum ^ Sum >> 8) ^ Heap->Cookie;
}

static inline VOID HeappSeal(PHEAP Heap, PHEAP_BLOCK Block)
{
    Block->Check = HeappChecksum(Heap, Block);
}

static inline BOOLEAN HeappIsSealed(PHEAP Heap, const HEAP_BLOCK *Block)
{
    return Block->Check == HeappChecksum(Heap, Block);
}

// backend.c: blocks of a number of units. The heap's lock is held.
PHEAP_BLOCK HeappAllocateUnits(PHEAP Heap, ULONG Units);
VOID HeappFreeBlock(PHEAP Heap, PHEAP_BLOCK Block);
// Grow or shrink in place. FALSE: there is no room behind the block.
BOOLEAN HeappResizeBlock(PHEAP Heap, PHEAP_BLOCK Block, ULONG Units);
VOID HeappFlushFrontEnd(PHEAP Heap);
VOID HeappReleaseEmptySegments(PHEAP Heap);
NTSTATUS HeappInitializeSegment(PHEAP Heap, PHEAP_SEGMENT Segment, PUCHAR Start, PUCHAR Committed,
                                PUCHAR End);

// large.c
PVOID HeappAllocateLarge(PHEAP Heap, SIZE_T Size);
VOID HeappFreeLarge(PHEAP Heap, PHEAP_BLOCK Block);
static inline PHEAP_LARGE HeappLarge(PHEAP_BLOCK Block)
{
    return CONTAINING_RECORD(Block, HEAP_LARGE, Block);
}

// validate.c
PHEAP_SEGMENT HeappSegmentOf(PHEAP Heap, PHEAP_BLOCK Block);
BOOLEAN HeappValidateBlock(PHEAP Heap, PHEAP_BLOCK Block);
BOOLEAN HeappValidateHeap(PHEAP Heap);
// A block that the caller named is damaged or was never ours: report it, and raise when the heap was
// made with exceptions.
VOID HeappReportCorruption(PHEAP Heap, PVOID Data, PCSTR Operation);

// heap.c
BOOLEAN HeappIsHeap(PHEAP Heap);
VOID HeappEnter(PHEAP Heap, ULONG Flags);
VOID HeappLeave(PHEAP Heap, ULONG Flags);
SIZE_T HeappBlockSize(PHEAP_BLOCK Block); // bytes that the caller may use

// uservalue.c
typedef struct _HEAP_USER_INFO {
    PVOID Value;
    ULONG Flags; // HEAP_SETTABLE_USER_FLAGS
} HEAP_USER_INFO;
HEAP_USER_INFO HeappUserInfo(PHEAP_BLOCK Block);
VOID HeappSetUserInfo(PHEAP Heap, PHEAP_BLOCK Block, HEAP_USER_INFO Info);
BOOLEAN HeappHasUserInfo(PHEAP_BLOCK Block); // has it room for a value?

static inline PHEAP_EXTRA HeappExtra(PHEAP_BLOCK Block)
{
    return (PHEAP_EXTRA)((PUCHAR)Block + (SIZE_T)Block->Units * HeapUnit - sizeof(HEAP_EXTRA));
}
