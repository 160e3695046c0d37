// Services that return at once, and switches of threads.

#include "bench.h"

enum { Operations = 1000 };

// No APC is pending.
VOID BenchService(void)
{
    BENCH Bench = {};
    for (int Round = 0; Round < BenchRounds; Round++) {
        BenchStart(&Bench);
        for (int i = 0; i < Operations; i++)
            NtTestAlert();
        BenchStop(&Bench);
    }
    BenchReport(&Bench, "null-service", Operations);
}

VOID BenchYield(void)
{
    BENCH Bench = {};
    for (int Round = 0; Round < BenchRounds; Round++) {
        BenchStart(&Bench);
        for (int i = 0; i < Operations; i++)
            NtYieldExecution();
        BenchStop(&Bench);
    }
    BenchReport(&Bench, "yield", Operations);
}

static NTSTATUS NTAPI YieldUntil(PVOID Stop)
{
    while (!__atomic_load_n((BOOLEAN *)Stop, __ATOMIC_RELAXED))
        NtYieldExecution();
    return STATUS_SUCCESS;
}

// Each yield switches to the other thread: two of them make a turn.
VOID BenchSwitch(void)
{
    BENCH Bench = {};
    BOOLEAN Stop = FALSE;
    HANDLE Thread = TestStartThread(YieldUntil, &Stop);
    REQUIRE(Thread);
    for (int Round = 0; Round < BenchRounds; Round++) {
        BenchStart(&Bench);
        for (int i = 0; i < Operations; i++)
            NtYieldExecution();
        BenchStop(&Bench);
    }
    __atomic_store_n(&Stop, TRUE, __ATOMIC_RELAXED);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    BenchReport(&Bench, "context-switch", 2 * Operations);
}
