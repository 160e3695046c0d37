// The process heap.

#include "suite.h"

static const TEST Tests[] = {
    {"blocks of all sizes", TestSizes},
    {"blocks are aligned to 16 bytes", TestAlignment},
    {"memory that is asked for zero is zero", TestZeroMemory},
    {"a block grows and keeps its data", TestGrowBlock},
    {"a block shrinks and keeps its data", TestShrinkBlock},
    {"a block that may not move", TestInPlaceOnly},
    {"huge blocks", TestHugeBlocks},
    {"too much memory", TestNoMemory},
    {"user values", TestUserValues},
    {"user flags", TestUserFlags},
    {"freeing nothing", TestFreeNull},
    {"an overrun is found", TestOverrun},
    {"freeing twice is found", TestFreeTwice},
    {"blocks of another heap are refused", TestForeignBlock},
    {"a damaged header is found", TestHeaderDamage},
    {"damage raises where that was asked for", TestDamageRaises},
    {"damage ends the process where that was asked for", TestTermination},
    {"a heap of fixed size", TestFixedHeap},
    {"a heap in memory of the caller", TestCallersMemory},
    {"destroying a heap gives its memory back", TestDestroy},
    {"walking a heap", TestWalk},
    {"locking a heap", TestLock},
    {"the heaps of the process", TestProcessHeaps},
    {"compacting a heap", TestCompact},
    {"heap information", TestInformation},
    {"small blocks are used again", TestSmallBlocksReused},
    {"random sizes in random order", TestRandom},
    {"many threads", TestManyThreads},
    {"freed memory serves other sizes", TestMemoryComesBack},
};

static const TEST_CHILD Children[] = {{L"damage", ChildDamage}};

const TEST_SUITE TestSuite = TEST_SUITE_WITH_CHILDREN(Tests, Children);

PVOID HeapMake(ULONG Flags)
{
    PVOID Heap = RtlCreateHeap(HEAP_GROWABLE | Flags, nullptr, 0, 0, nullptr, nullptr);
    CHECK(Heap);
    return Heap;
}

BOOLEAN HeapIsFilled(const VOID *Data, UCHAR Value, SIZE_T Size)
{
    const UCHAR *Bytes = Data;
    for (SIZE_T i = 0; i < Size; i++) {
        if (Bytes[i] != Value)
            return FALSE;
    }
    return TRUE;
}
