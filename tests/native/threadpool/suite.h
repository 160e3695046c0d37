// The tests of the suite, and what they share.
#pragma once

#include <test.h>

// A pool of its own with at most MaxThreads threads; null: failed, reported.
PTP_POOL PoolMake(ULONG MaxThreads);
// Sleep until *Counter is Value, at most five seconds. FALSE: it is not.
BOOLEAN PoolWaitForCount(volatile LONG *Counter, LONG Value);
VOID PoolSleep(ULONG Milliseconds);
ULONG PoolHandleCount(void);
HANDLE PoolMakeEvent(EVENT_TYPE Type);
BOOLEAN PoolIsSet(HANDLE Event);

// A pool whose one thread is held up in a callback until the event is set.
typedef struct _POOL_BLOCKED {
    PTP_POOL Pool;
    TP_CALLBACK_ENVIRON Environ;
    HANDLE Go;
    volatile LONG Entered;
} POOL_BLOCKED, *PPOOL_BLOCKED;

BOOLEAN PoolBlock(PPOOL_BLOCKED Blocked);
VOID PoolUnblock(PPOOL_BLOCKED Blocked); // and release the pool

// NOLINTNEXTLINE(readability-non-const-parameter): it is written
static inline LONG PoolIncrement(volatile LONG *Counter)
{
    return __atomic_add_fetch(Counter, 1, __ATOMIC_SEQ_CST);
}

// work.c
VOID TestSimpleCallback(void);
VOID TestWorkCounts(void);
VOID TestTenThousand(void);
VOID TestWorkCancel(void);
VOID TestWorkReleasedEarly(void);
VOID TestPriorities(void);
VOID TestNestedWait(void);
VOID TestWorkBadParameters(void);

// pool.c
VOID TestGrowth(void);
VOID TestMaxThreads(void);
VOID TestMinThreads(void);
VOID TestMayRunLong(void);
VOID TestLongFunction(void);
VOID TestStackInformation(void);
VOID TestPoolsEnd(void);

// callback.c
VOID TestCompletionObjects(void);
VOID TestCompletionCriticalSection(void);
VOID TestDisassociate(void);
VOID TestFinalization(void);

// group.c
VOID TestGroupWaits(void);
VOID TestGroupCancels(void);
VOID TestGroupReleasedMember(void);
VOID TestGroupMixed(void);

// timer.c
VOID TestTimerOnce(void);
VOID TestTimerAbsolute(void);
VOID TestTimerPeriodic(void);
VOID TestTimerUnset(void);
VOID TestTimerWindow(void);
VOID TestTimersInOrder(void);
VOID TestTimerReset(void);

// wait.c
VOID TestWaitSignalled(void);
VOID TestWaitTimeout(void);
VOID TestWaitZeroTimeout(void);
VOID TestWaitReplaced(void);
VOID TestWaitRearmed(void);
VOID TestManyWaits(void);
VOID TestWaitBadHandle(void);
VOID TestIoBadHandle(void);

// older.c
VOID TestQueueWorkItem(void);
VOID TestPersistentThread(void);
VOID TestRegisterWait(void);
VOID TestRegisterWaitOnce(void);
VOID TestRegisterWaitTimeout(void);
VOID TestDeregisterWaits(void);
VOID TestDeregisterInCallback(void);
VOID TestQueueTimer(void);
VOID TestUpdateTimer(void);
VOID TestDeleteTimer(void);
VOID TestDeleteTimerQueue(void);
