// Simple callbacks and work.

#include "suite.h"

static VOID NTAPI NoteThread(PTP_CALLBACK_INSTANCE Instance, PVOID Context)
{
    UNREFERENCED_PARAMETER(Instance);
    __atomic_store_n((HANDLE *)Context, NtCurrentTeb()->ClientId.UniqueThread, __ATOMIC_SEQ_CST);
}

VOID TestSimpleCallback(void)
{
    static HANDLE Thread;
    REQUIRE_STATUS(TpSimpleTryPost(NoteThread, &Thread, nullptr), STATUS_SUCCESS);
    for (int i = 0; i < 400 && !__atomic_load_n(&Thread, __ATOMIC_SEQ_CST); i++)
        PoolSleep(5);
    CHECK(Thread);
    CHECK(Thread != NtCurrentTeb()->ClientId.UniqueThread);
}

static VOID NTAPI CountWork(PTP_CALLBACK_INSTANCE Instance, PVOID Context, PTP_WORK Work)
{
    UNREFERENCED_PARAMETER(Instance);
    UNREFERENCED_PARAMETER(Work);
    PoolIncrement(Context);
}

VOID TestWorkCounts(void)
{
    LONG Count = 0;
    PTP_WORK Work;
    REQUIRE_STATUS(TpAllocWork(&Work, CountWork, &Count, nullptr), STATUS_SUCCESS);
    for (int i = 0; i < 100; i++)
        TpPostWork(Work);
    TpWaitForWork(Work, FALSE);
    CHECK_EQUAL(Count, 100);
    TpWaitForWork(Work, FALSE); // nothing is pending
    TpPostWork(Work);
    TpWaitForWork(Work, FALSE);
    CHECK_EQUAL(Count, 101);
    TpReleaseWork(Work);
}

VOID TestTenThousand(void)
{
    enum { Items = 10'000, Objects = 100 };
    static PTP_WORK Work[Objects];
    LONG Count = 0;
    for (int i = 0; i < Objects; i++)
        REQUIRE_STATUS(TpAllocWork(&Work[i], CountWork, &Count, nullptr), STATUS_SUCCESS);
    for (int i = 0; i < Items; i++)
        TpPostWork(Work[i % Objects]);
    for (int i = 0; i < Objects; i++) {
        TpWaitForWork(Work[i], FALSE);
        TpReleaseWork(Work[i]);
    }
    CHECK_EQUAL(Count, Items);
}

VOID TestWorkCancel(void)
{
    POOL_BLOCKED Blocked;
    REQUIRE(PoolBlock(&Blocked));
    LONG Count = 0;
    PTP_WORK Work;
    REQUIRE_STATUS(TpAllocWork(&Work, CountWork, &Count, &Blocked.Environ), STATUS_SUCCESS);
    for (int i = 0; i < 10; i++)
        TpPostWork(Work);
    TpWaitForWork(Work, TRUE); // does not wait for the callback that holds the thread up
    TpReleaseWork(Work);
    PoolUnblock(&Blocked);
    PoolSleep(30);
    CHECK_EQUAL(Count, 0);
    NtClose(Blocked.Go);
}

VOID TestWorkReleasedEarly(void)
{
    POOL_BLOCKED Blocked;
    REQUIRE(PoolBlock(&Blocked));
    static LONG Count;
    Count = 0;
    PTP_WORK Work;
    REQUIRE_STATUS(TpAllocWork(&Work, CountWork, &Count, &Blocked.Environ), STATUS_SUCCESS);
    TpPostWork(Work);
    TpPostWork(Work);
    TpReleaseWork(Work);
    PoolUnblock(&Blocked);
    CHECK(PoolWaitForCount(&Count, 2));
    NtClose(Blocked.Go);
}

static LONG PriorityOrder[6], PriorityCount;

static VOID NTAPI NoteOrder(PTP_CALLBACK_INSTANCE Instance, PVOID Context)
{
    UNREFERENCED_PARAMETER(Instance);
    LONG Place = PoolIncrement(&PriorityCount) - 1;
    if (Place < (LONG)RTL_NUMBER_OF(PriorityOrder))
        PriorityOrder[Place] = (LONG)(LONG_PTR)Context;
}

VOID TestPriorities(void)
{
    static const TP_CALLBACK_PRIORITY Posted[] = {
        TP_CALLBACK_PRIORITY_LOW, TP_CALLBACK_PRIORITY_NORMAL, TP_CALLBACK_PRIORITY_HIGH,
        TP_CALLBACK_PRIORITY_LOW, TP_CALLBACK_PRIORITY_HIGH,   TP_CALLBACK_PRIORITY_NORMAL,
    };
    static const LONG Expected[] = {2, 4, 1, 5, 0, 3};
    POOL_BLOCKED Blocked;
    REQUIRE(PoolBlock(&Blocked));
    PriorityCount = 0;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Posted); i++) {
        TpSetCallbackPriority(&Blocked.Environ, Posted[i]);
        REQUIRE_STATUS(TpSimpleTryPost(NoteOrder, (PVOID)(ULONG_PTR)i, &Blocked.Environ),
                       STATUS_SUCCESS);
    }
    PoolUnblock(&Blocked);
    REQUIRE(PoolWaitForCount(&PriorityCount, RTL_NUMBER_OF(Posted)));
    for (ULONG i = 0; i < RTL_NUMBER_OF(Expected); i++)
        CHECK_EQUAL(PriorityOrder[i], Expected[i]);
    NtClose(Blocked.Go);
}

// Each level posts the next and waits for it: so many threads must there be.
static VOID NTAPI Nest(PTP_CALLBACK_INSTANCE Instance, PVOID Context, PTP_WORK Work)
{
    UNREFERENCED_PARAMETER(Instance);
    UNREFERENCED_PARAMETER(Work);
    volatile LONG *Depth = Context;
    if (PoolIncrement(Depth) >= 5)
        return;
    PTP_WORK Next;
    if (!NT_SUCCESS(TpAllocWork(&Next, Nest, Context, nullptr)))
        return;
    TpPostWork(Next);
    TpWaitForWork(Next, FALSE);
    TpReleaseWork(Next);
}

VOID TestNestedWait(void)
{
    LONG Depth = 0;
    PTP_WORK Work;
    REQUIRE_STATUS(TpAllocWork(&Work, Nest, &Depth, nullptr), STATUS_SUCCESS);
    TpPostWork(Work);
    TpWaitForWork(Work, FALSE);
    TpReleaseWork(Work);
    CHECK_EQUAL(Depth, 5);
}

VOID TestWorkBadParameters(void)
{
    TP_CALLBACK_ENVIRON Environ;
    PTP_WORK Work;
    PTP_POOL Pool;
    CHECK(!NT_SUCCESS(TpAllocWork(&Work, nullptr, nullptr, nullptr)));
    CHECK(!NT_SUCCESS(TpAllocPool(&Pool, &Environ)));
    TpInitializeCallbackEnviron(&Environ);
    Environ.Version = 9;
    CHECK_STATUS(TpAllocWork(&Work, CountWork, nullptr, &Environ), STATUS_INVALID_PARAMETER);
    TpInitializeCallbackEnviron(&Environ);
    Environ.CallbackPriority = TP_CALLBACK_PRIORITY_INVALID;
    CHECK_STATUS(TpAllocWork(&Work, CountWork, nullptr, &Environ), STATUS_INVALID_PARAMETER);
}
