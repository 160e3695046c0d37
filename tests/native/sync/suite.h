// The tests of the suite, and what they share.
#pragma once

#include <test.h>

enum { SyncThreads = 6 };

// Run Routine in several threads at a time and wait for all. Their exit statuses are checked.
VOID SyncRunThreads(PUSER_THREAD_START_ROUTINE Routine, PVOID Context, ULONG Count);
VOID SyncSleep(ULONG Milliseconds);
// Sleep until *Counter is Value, at most five seconds.
BOOLEAN SyncWaitForCount(volatile LONG *Counter, LONG Value);

// NOLINTNEXTLINE(readability-non-const-parameter): it is written
static inline LONG SyncAdd(volatile LONG *Counter, LONG Value)
{
    return __atomic_add_fetch(Counter, Value, __ATOMIC_SEQ_CST);
}

// critsect.c
VOID TestSectionRecursion(void);
VOID TestSectionOwner(void);
VOID TestSectionContention(void);
VOID TestSectionWaiterGetsIt(void);
VOID TestSectionSpinCount(void);
VOID TestSectionDebugInfo(void);

// srwlock.c
VOID TestSrwExclusive(void);
VOID TestSrwShared(void);
VOID TestSrwTry(void);
VOID TestSrwContention(void);
VOID TestSrwWriterGetsTurn(void);
VOID TestSrwNotOwned(void);

// condition.c
VOID TestConditionWake(void);
VOID TestConditionWakeAll(void);
VOID TestConditionTimeout(void);
VOID TestConditionShared(void);
VOID TestConditionQueue(void);
VOID TestConditionBadFlags(void);

// runonce.c
VOID TestRunOnce(void);
VOID TestRunOnceFails(void);
VOID TestRunOnceRace(void);
VOID TestRunOnceAsync(void);
VOID TestRunOnceBadParameters(void);

// waitaddr.c
VOID TestWaitAddressValue(void);
VOID TestWaitAddressWake(void);
VOID TestWaitAddressTimeout(void);
VOID TestWaitAddressSingle(void);
VOID TestWaitAddressBadSize(void);
VOID TestAlertIsRemembered(void);

// slist.c
VOID TestListOrder(void);
VOID TestListOfMany(void);
VOID TestListThreads(void);
VOID TestListMisaligned(void);
