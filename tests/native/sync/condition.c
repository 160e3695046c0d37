// Condition variables.

#include "suite.h"

enum { QueueSize = 4, QueueItems = 300 };

typedef struct _SHARED {
    RTL_SRWLOCK Lock;
    RTL_CRITICAL_SECTION Section;
    RTL_CONDITION_VARIABLE Changed, NotFull;
    volatile LONG Sleeping, Go, Awake;
    LONG Items[QueueSize];
    ULONG First, Count;
    LONG Sum;
    ULONG Flags;
} SHARED, *PSHARED;

// Sleeps until Go is positive, and takes one from it.
static NTSTATUS NTAPI SleepForGo(PVOID Context)
{
    PSHARED Shared = Context;
    RtlAcquireSRWLockExclusive(&Shared->Lock);
    SyncAdd(&Shared->Sleeping, 1);
    while (!Shared->Go)
        RtlSleepConditionVariableSRW(&Shared->Changed, &Shared->Lock, nullptr, 0);
    Shared->Go--;
    RtlReleaseSRWLockExclusive(&Shared->Lock);
    SyncAdd(&Shared->Awake, 1);
    return STATUS_SUCCESS;
}

static VOID LetGo(PSHARED Shared, LONG Count)
{
    RtlAcquireSRWLockExclusive(&Shared->Lock);
    Shared->Go += Count;
    RtlReleaseSRWLockExclusive(&Shared->Lock);
}

static VOID StartSleepers(PSHARED Shared, PUSER_THREAD_START_ROUTINE Routine, HANDLE *Threads,
                          LONG Count)
{
    for (LONG i = 0; i < Count; i++)
        Threads[i] = TestStartThread(Routine, Shared);
    CHECK(SyncWaitForCount(&Shared->Sleeping, Count));
    SyncSleep(20);
}

VOID TestConditionWake(void)
{
    SHARED Shared = {};
    HANDLE Threads[3];
    StartSleepers(&Shared, SleepForGo, Threads, 3);
    for (LONG i = 1; i <= 3; i++) {
        LetGo(&Shared, 1);
        RtlWakeConditionVariable(&Shared.Changed);
        CHECK(SyncWaitForCount(&Shared.Awake, i));
        SyncSleep(10);
        CHECK_EQUAL(Shared.Awake, i);
    }
    for (LONG i = 0; i < 3; i++)
        CHECK_STATUS(TestJoin(Threads[i]), STATUS_SUCCESS);
}

VOID TestConditionWakeAll(void)
{
    SHARED Shared = {};
    HANDLE Threads[SyncThreads];
    StartSleepers(&Shared, SleepForGo, Threads, SyncThreads);
    LetGo(&Shared, SyncThreads);
    RtlWakeAllConditionVariable(&Shared.Changed);
    CHECK(SyncWaitForCount(&Shared.Awake, SyncThreads));
    for (LONG i = 0; i < SyncThreads; i++)
        CHECK_STATUS(TestJoin(Threads[i]), STATUS_SUCCESS);
}

VOID TestConditionTimeout(void)
{
    SHARED Shared = {};
    RtlInitializeCriticalSection(&Shared.Section);
    LARGE_INTEGER Timeout = TestMilliseconds(20), Zero = {};
    RtlAcquireSRWLockExclusive(&Shared.Lock);
    CHECK_STATUS(RtlSleepConditionVariableSRW(&Shared.Changed, &Shared.Lock, &Timeout, 0),
                 STATUS_TIMEOUT);
    CHECK_STATUS(RtlSleepConditionVariableSRW(&Shared.Changed, &Shared.Lock, &Zero, 0),
                 STATUS_TIMEOUT);
    CHECK(!RtlTryAcquireSRWLockShared(&Shared.Lock)); // is held again
    RtlReleaseSRWLockExclusive(&Shared.Lock);

    RtlEnterCriticalSection(&Shared.Section);
    CHECK_STATUS(RtlSleepConditionVariableCS(&Shared.Changed, &Shared.Section, &Timeout),
                 STATUS_TIMEOUT);
    CHECK(RtlIsCriticalSectionLockedByThread(&Shared.Section));
    RtlLeaveCriticalSection(&Shared.Section);
    RtlDeleteCriticalSection(&Shared.Section);
}

static NTSTATUS NTAPI SleepShared(PVOID Context)
{
    PSHARED Shared = Context;
    RtlAcquireSRWLockShared(&Shared->Lock);
    SyncAdd(&Shared->Sleeping, 1);
    while (!Shared->Go)
        RtlSleepConditionVariableSRW(&Shared->Changed, &Shared->Lock, nullptr,
                                     RTL_CONDITION_VARIABLE_LOCKMODE_SHARED);
    RtlReleaseSRWLockShared(&Shared->Lock);
    SyncAdd(&Shared->Awake, 1);
    return STATUS_SUCCESS;
}

VOID TestConditionShared(void)
{
    SHARED Shared = {};
    HANDLE Threads[3];
    StartSleepers(&Shared, SleepShared, Threads, 3);
    LetGo(&Shared, 1);
    RtlWakeAllConditionVariable(&Shared.Changed);
    CHECK(SyncWaitForCount(&Shared.Awake, 3));
    for (LONG i = 0; i < 3; i++)
        CHECK_STATUS(TestJoin(Threads[i]), STATUS_SUCCESS);
    CHECK(!Shared.Lock.Ptr);
}

static NTSTATUS NTAPI Produce(PVOID Context)
{
    PSHARED Shared = Context;
    for (LONG i = 1; i <= QueueItems; i++) {
        RtlEnterCriticalSection(&Shared->Section);
        while (Shared->Count == QueueSize)
            RtlSleepConditionVariableCS(&Shared->NotFull, &Shared->Section, nullptr);
        Shared->Items[(Shared->First + Shared->Count++) % QueueSize] = i;
        RtlLeaveCriticalSection(&Shared->Section);
        RtlWakeConditionVariable(&Shared->Changed);
    }
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI Consume(PVOID Context)
{
    PSHARED Shared = Context;
    for (LONG i = 1; i <= QueueItems; i++) {
        RtlEnterCriticalSection(&Shared->Section);
        while (!Shared->Count)
            RtlSleepConditionVariableCS(&Shared->Changed, &Shared->Section, nullptr);
        Shared->Sum += Shared->Items[Shared->First];
        Shared->First = (Shared->First + 1) % QueueSize;
        Shared->Count--;
        RtlLeaveCriticalSection(&Shared->Section);
        RtlWakeConditionVariable(&Shared->NotFull);
    }
    return STATUS_SUCCESS;
}

VOID TestConditionQueue(void)
{
    SHARED Shared = {};
    HANDLE Threads[4];
    RtlInitializeCriticalSection(&Shared.Section);
    for (int i = 0; i < 4; i++)
        Threads[i] = TestStartThread(i % 2 ? Produce : Consume, &Shared);
    for (int i = 0; i < 4; i++)
        CHECK_STATUS(TestJoin(Threads[i]), STATUS_SUCCESS);
    CHECK_EQUAL(Shared.Sum, QueueItems * (QueueItems + 1));
    RtlDeleteCriticalSection(&Shared.Section);
}

VOID TestConditionBadFlags(void)
{
    SHARED Shared = {};
    LARGE_INTEGER Zero = {};
    RtlAcquireSRWLockExclusive(&Shared.Lock);
    CHECK_STATUS(RtlSleepConditionVariableSRW(&Shared.Changed, &Shared.Lock, &Zero, 2),
                 STATUS_INVALID_PARAMETER_4);
    RtlReleaseSRWLockExclusive(&Shared.Lock);
}
