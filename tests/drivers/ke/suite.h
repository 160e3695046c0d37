// The tests of the suite.
#pragma once

#include <driver.h>

// wait.c
VOID TestNotificationEvent(void);
VOID TestSynchronizationEvent(void);
VOID TestEventWakesThreads(void);
VOID TestPulseEvent(void);
VOID TestSemaphore(void);
VOID TestSemaphoreLimit(void);
VOID TestMutex(void);
VOID TestMutexNotOwned(void);
VOID TestMutexAbandoned(void);
VOID TestWaitTimeout(void);
VOID TestDelay(void);
VOID TestAlert(void);

// multiple.c
VOID TestWaitAny(void);
VOID TestWaitAll(void);
VOID TestWaitAllTakesNothing(void);
VOID TestWaitManyObjects(void);
VOID TestWaitTooMany(void);

// thread.c
VOID TestThreadEnds(void);
VOID TestThreadIdentity(void);
VOID TestManyThreads(void);
VOID TestThreadException(void);

// queue.c
VOID TestQueueOrder(void);
VOID TestQueueWakesWaiter(void);
VOID TestQueueTimeout(void);
VOID TestQueueRundown(void);
VOID TestDeviceQueue(void);

// dpc.c
VOID TestDpcRunsAtDispatch(void);
VOID TestDpcOrder(void);
VOID TestDpcQueuedOnce(void);
VOID TestDpcRemoved(void);
VOID TestDpcQueuesItself(void);
VOID TestDpcFlush(void);

// timer.c
VOID TestTimerSignals(void);
VOID TestTimerDpc(void);
VOID TestTimerPeriodic(void);
VOID TestTimerCancel(void);
VOID TestTimerOrder(void);
VOID TestTimerAbsolute(void);
VOID TestTimerResetMoves(void);
VOID TestExTimer(void);

// irql.c
VOID TestRaiseLower(void);
VOID TestSpinLock(void);
VOID TestSpinLockTwice(void);
VOID TestSpinLockContention(void);
VOID TestWaitAtDispatch(void);
VOID TestSpinLockNotOwned(void);
VOID TestReaderWriterSpinLock(void);
VOID TestInterlockedList(void);

// inline.c
VOID TestInlineIrql(void);
VOID TestInlineCurrentThread(void);
VOID TestInlineSharedData(void);
