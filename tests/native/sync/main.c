// Locks, condition variables, one-time initialisation, waiting on addresses, lock-free lists.

#include "suite.h"

static const TEST Tests[] = {
    {"a critical section counts its owner's entries", TestSectionRecursion},
    {"a critical section has one owner", TestSectionOwner},
    {"a critical section among threads", TestSectionContention},
    {"a critical section goes to who waits", TestSectionWaiterGetsIt},
    {"the spin count of a critical section", TestSectionSpinCount},
    {"debug information of a critical section", TestSectionDebugInfo},
    {"an SRW lock excludes", TestSrwExclusive},
    {"an SRW lock is shared", TestSrwShared},
    {"trying an SRW lock", TestSrwTry},
    {"an SRW lock among threads", TestSrwContention},
    {"a writer gets its turn", TestSrwWriterGetsTurn},
    {"releasing an SRW lock that is free raises", TestSrwNotOwned},
    {"a condition variable wakes one", TestConditionWake},
    {"a condition variable wakes all", TestConditionWakeAll},
    {"sleeping on a condition variable times out", TestConditionTimeout},
    {"a condition variable with a shared lock", TestConditionShared},
    {"a queue with two condition variables", TestConditionQueue},
    {"a condition variable refuses unknown flags", TestConditionBadFlags},
    {"one-time initialisation", TestRunOnce},
    {"one-time initialisation that fails", TestRunOnceFails},
    {"one-time initialisation by many threads", TestRunOnceRace},
    {"asynchronous one-time initialisation", TestRunOnceAsync},
    {"one-time initialisation refuses bad parameters", TestRunOnceBadParameters},
    {"a value that differs is not waited for", TestWaitAddressValue},
    {"waking an address", TestWaitAddressWake},
    {"waiting on an address times out", TestWaitAddressTimeout},
    {"waking one of several", TestWaitAddressSingle},
    {"sizes that are not waited for", TestWaitAddressBadSize},
    {"an alert before the wait is remembered", TestAlertIsRemembered},
    {"a lock-free list is last in, first out", TestListOrder},
    {"a chain is pushed at once, and all is taken at once", TestListOfMany},
    {"a lock-free list among threads", TestListThreads},
    {"a misaligned list head raises", TestListMisaligned},
};

const TEST_SUITE TestSuite = TEST_SUITE_OF(Tests);

VOID SyncRunThreads(PUSER_THREAD_START_ROUTINE Routine, PVOID Context, ULONG Count)
{
    HANDLE Threads[32] = {};
    REQUIRE(Count <= RTL_NUMBER_OF(Threads));
    for (ULONG i = 0; i < Count; i++)
        Threads[i] = TestStartThread(Routine, Context);
    for (ULONG i = 0; i < Count; i++)
        CHECK_STATUS(TestJoin(Threads[i]), STATUS_SUCCESS);
}

VOID SyncSleep(ULONG Milliseconds)
{
    LARGE_INTEGER Delay = TestMilliseconds(Milliseconds);
    NtDelayExecution(FALSE, &Delay);
}

BOOLEAN SyncWaitForCount(volatile LONG *Counter, LONG Value)
{
    for (int i = 0; i < 1000 && __atomic_load_n(Counter, __ATOMIC_SEQ_CST) < Value; i++)
        SyncSleep(5);
    return __atomic_load_n(Counter, __ATOMIC_SEQ_CST) == Value;
}
