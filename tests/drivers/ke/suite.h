// The tests of the suite.
#pragma once

#include <driver.h>

// What Windows exports and its headers leave out
typedef enum _KAPC_ENVIRONMENT {
    OriginalApcEnvironment,
    AttachedApcEnvironment,
    CurrentApcEnvironment
} KAPC_ENVIRONMENT;

NTKERNELAPI VOID NTAPI KeInitializeApc(PRKAPC Apc, PRKTHREAD Thread, KAPC_ENVIRONMENT Environment,
                                       PKKERNEL_ROUTINE KernelRoutine,
                                       PKRUNDOWN_ROUTINE RundownRoutine,
                                       PKNORMAL_ROUTINE NormalRoutine, KPROCESSOR_MODE Mode,
                                       PVOID Context);
NTKERNELAPI BOOLEAN NTAPI KeInsertQueueApc(PRKAPC Apc, PVOID SystemArgument1, PVOID SystemArgument2,
                                           KPRIORITY Increment);
NTKERNELAPI BOOLEAN NTAPI KeRemoveQueueApc(PRKAPC Apc);
NTKERNELAPI BOOLEAN NTAPI KeTestAlertThread(KPROCESSOR_MODE AlertMode);
NTKERNELAPI BOOLEAN NTAPI KeAlertThread(PKTHREAD Thread, KPROCESSOR_MODE AlertMode);

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

// alert.c
VOID TestAlertBefore(void);
VOID TestAlertModes(void);
VOID TestTestAlert(void);

// apc.c
VOID TestApcSelf(void);
VOID TestApcDisabled(void);
VOID TestApcSpecial(void);
VOID TestApcInWait(void);
VOID TestApcInOtherWaits(void);
VOID TestApcInRegion(void);
VOID TestApcKernelRoutine(void);
VOID TestApcRemove(void);
VOID TestApcUser(void);
VOID TestApcRundown(void);
VOID TestApcAfterEnd(void);

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
