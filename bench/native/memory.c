// The first touch of committed pages: a fault, a zeroed page, a mapping.

#include "bench.h"

enum { Pages = 2048, Step = 1597 }; // Step is odd: its multiples visit every page

static VOID TouchPages(PCSTR Name, ULONG Stride)
{
    BENCH Bench = {};
    for (int Round = 0; Round < BenchRounds; Round++) {
        PUCHAR Base = nullptr;
        SIZE_T Size = Pages * PAGE_SIZE;
        REQUIRE_STATUS(NtAllocateVirtualMemory(NtCurrentProcess(), (PVOID *)&Base, 0, &Size,
                                               MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE),
                       STATUS_SUCCESS);
        BenchStart(&Bench);
        for (ULONG i = 0; i < Pages; i++)
            ((volatile UCHAR *)Base)[(SIZE_T)(i * Stride % Pages) * PAGE_SIZE] = 1;
        BenchStop(&Bench);
        Size = 0;
        CHECK_STATUS(NtFreeVirtualMemory(NtCurrentProcess(), (PVOID *)&Base, &Size, MEM_RELEASE),
                     STATUS_SUCCESS);
    }
    BenchReport(&Bench, Name, Pages);
}

VOID BenchFirstTouch(void)
{
    TouchPages("first-touch-sequential", 1);
}

VOID BenchFirstTouchAtRandom(void)
{
    TouchPages("first-touch-random", Step);
}
