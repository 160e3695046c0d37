// Events, semaphores, mutexes, time-outs.

#include "suite.h"

VOID TestNotificationEvent(void)
{
    KEVENT Event;
    KeInitializeEvent(&Event, NotificationEvent, FALSE);
    CHECK_EQUAL(KeReadStateEvent(&Event), 0);
    CHECK_STATUS(TestWait(&Event, 0), STATUS_TIMEOUT);
    CHECK_EQUAL(KeSetEvent(&Event, IO_NO_INCREMENT, FALSE), 0);
    CHECK_STATUS(TestWait(&Event, 0), STATUS_SUCCESS);
    CHECK_STATUS(TestWait(&Event, 0), STATUS_SUCCESS);
    CHECK_EQUAL(KeSetEvent(&Event, IO_NO_INCREMENT, FALSE), 1);
    CHECK_EQUAL(KeResetEvent(&Event), 1);
    CHECK_STATUS(TestWait(&Event, 0), STATUS_TIMEOUT);
    KeSetEvent(&Event, IO_NO_INCREMENT, FALSE);
    KeClearEvent(&Event);
    CHECK_EQUAL(KeReadStateEvent(&Event), 0);
}

VOID TestSynchronizationEvent(void)
{
    KEVENT Event;
    KeInitializeEvent(&Event, SynchronizationEvent, TRUE);
    CHECK_STATUS(TestWait(&Event, 0), STATUS_SUCCESS);
    CHECK_STATUS(TestWait(&Event, 0), STATUS_TIMEOUT);
}

typedef struct _WAITER {
    PVOID Object;
    volatile LONG *Count;
    NTSTATUS Status;
} WAITER;

static VOID NTAPI WaitAndCount(PVOID Context)
{
    WAITER *Waiter = Context;
    Waiter->Status = KeWaitForSingleObject(Waiter->Object, Executive, KernelMode, FALSE, nullptr);
    InterlockedIncrement(Waiter->Count);
}

VOID TestEventWakesThreads(void)
{
    KEVENT Event;
    volatile LONG Count = 0;
    WAITER Waiters[3];
    PKTHREAD Threads[3];
    KeInitializeEvent(&Event, SynchronizationEvent, FALSE);
    for (ULONG i = 0; i < 3; i++) {
        Waiters[i] = (WAITER){&Event, &Count, STATUS_PENDING};
        Threads[i] = TestStartThread(WaitAndCount, &Waiters[i]);
    }
    TestSleep(30);
    CHECK_EQUAL(Count, 0);
    KeSetEvent(&Event, IO_NO_INCREMENT, FALSE);
    TestSleep(30);
    CHECK_EQUAL(Count, 1); // one wait and no more
    KeSetEvent(&Event, IO_NO_INCREMENT, FALSE);
    KeSetEvent(&Event, IO_NO_INCREMENT, FALSE);
    for (ULONG i = 0; i < 3; i++) {
        TestJoinThread(Threads[i]);
        CHECK_STATUS(Waiters[i].Status, STATUS_SUCCESS);
    }
}

VOID TestPulseEvent(void)
{
    KEVENT Event;
    volatile LONG Count = 0;
    KeInitializeEvent(&Event, NotificationEvent, FALSE);
    WAITER Waiter = {&Event, &Count, STATUS_PENDING};
    PKTHREAD Thread = TestStartThread(WaitAndCount, &Waiter);
    TestSleep(30);
    KePulseEvent(&Event, IO_NO_INCREMENT, FALSE);
    TestJoinThread(Thread);
    CHECK_EQUAL(Count, 1);
    CHECK_EQUAL(KeReadStateEvent(&Event), 0);
}

VOID TestSemaphore(void)
{
    KSEMAPHORE Semaphore;
    KeInitializeSemaphore(&Semaphore, 2, 5);
    CHECK_STATUS(TestWait(&Semaphore, 0), STATUS_SUCCESS);
    CHECK_STATUS(TestWait(&Semaphore, 0), STATUS_SUCCESS);
    CHECK_STATUS(TestWait(&Semaphore, 0), STATUS_TIMEOUT);
    CHECK_EQUAL(KeReleaseSemaphore(&Semaphore, IO_NO_INCREMENT, 3, FALSE), 0);
    CHECK_EQUAL(KeReadStateSemaphore(&Semaphore), 3);
}

VOID TestSemaphoreLimit(void)
{
    KSEMAPHORE Semaphore;
    NTSTATUS Status = STATUS_SUCCESS;
    KeInitializeSemaphore(&Semaphore, 1, 2);
    __try {
        KeReleaseSemaphore(&Semaphore, IO_NO_INCREMENT, 2, FALSE);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Status = GetExceptionCode();
    }
    CHECK_STATUS(Status, STATUS_SEMAPHORE_LIMIT_EXCEEDED);
    CHECK_EQUAL(KeReadStateSemaphore(&Semaphore), 1);
}

VOID TestMutex(void)
{
    KMUTEX Mutex;
    KeInitializeMutex(&Mutex, 0);
    CHECK(!KeAreApcsDisabled());
    CHECK_STATUS(TestWait(&Mutex, 0), STATUS_SUCCESS);
    CHECK_STATUS(TestWait(&Mutex, 0), STATUS_SUCCESS);
    CHECK(KeAreApcsDisabled());
    CHECK_EQUAL(KeReadStateMutex(&Mutex), (ULONGLONG)-1);
    KeReleaseMutex(&Mutex, FALSE);
    CHECK(KeAreApcsDisabled());
    KeReleaseMutex(&Mutex, FALSE);
    CHECK(!KeAreApcsDisabled());
    CHECK_EQUAL(KeReadStateMutex(&Mutex), 1);
}

static VOID NTAPI ReleaseOther(PVOID Context)
{
    WAITER *Waiter = Context;
    __try {
        KeReleaseMutex(Waiter->Object, FALSE);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Waiter->Status = GetExceptionCode();
    }
}

VOID TestMutexNotOwned(void)
{
    KMUTEX Mutex;
    KeInitializeMutex(&Mutex, 0);
    TestWait(&Mutex, 0);
    WAITER Waiter = {.Object = &Mutex};
    TestJoinThread(TestStartThread(ReleaseOther, &Waiter));
    CHECK_STATUS(Waiter.Status, STATUS_MUTANT_NOT_OWNED);
    KeReleaseMutex(&Mutex, FALSE);
}

static VOID NTAPI TakeAndLeave(PVOID Context)
{
    TestWait(Context, 0);
}

VOID TestMutexAbandoned(void)
{
    KMUTEX Mutex;
    KeInitializeMutex(&Mutex, 0);
    TestJoinThread(TestStartThread(TakeAndLeave, &Mutex));
    CHECK_STATUS(TestWait(&Mutex, 0), STATUS_ABANDONED);
    KeReleaseMutex(&Mutex, FALSE);
    CHECK_STATUS(TestWait(&Mutex, 0), STATUS_SUCCESS);
    KeReleaseMutex(&Mutex, FALSE);
}

VOID TestWaitTimeout(void)
{
    KEVENT Event;
    ULONG64 Counter;
    KeInitializeEvent(&Event, NotificationEvent, FALSE);
    ULONGLONG Start = KeQueryInterruptTimePrecise(&Counter);
    CHECK_STATUS(TestWait(&Event, 50), STATUS_TIMEOUT);
    ULONGLONG Taken = KeQueryInterruptTimePrecise(&Counter) - Start;
    CHECK(Taken >= 500'000);
    CHECK(Taken < 20'000'000);
    CHECK(IsListEmpty(&Event.Header.WaitListHead));
}

VOID TestDelay(void)
{
    ULONG64 Counter;
    ULONGLONG Start = KeQueryInterruptTimePrecise(&Counter);
    TestSleep(20);
    CHECK(KeQueryInterruptTimePrecise(&Counter) - Start >= 200'000);
}

static VOID NTAPI WaitAlertable(PVOID Context)
{
    WAITER *Waiter = Context;
    Waiter->Status = KeWaitForSingleObject(Waiter->Object, Executive, KernelMode, TRUE, nullptr);
}

VOID TestAlert(void)
{
    KEVENT Event;
    KeInitializeEvent(&Event, NotificationEvent, FALSE);
    WAITER Waiter = {.Object = &Event};
    PKTHREAD Thread = TestStartThread(WaitAlertable, &Waiter);
    TestSleep(20);
    CHECK(!KeAlertThread(Thread, KernelMode));
    TestJoinThread(Thread);
    CHECK_STATUS(Waiter.Status, STATUS_ALERTED);
}
