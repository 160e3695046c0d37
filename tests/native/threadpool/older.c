// Work items, registered waits and timer queues.

#include "suite.h"

typedef struct _OLDER {
    volatile LONG Count, TimedOut, Left;
    HANDLE Go, Handle;
    NTSTATUS Status;
    HANDLE Thread;
} OLDER, *POLDER;

static VOID NTAPI CountItem(PVOID Context)
{
    POLDER Older = Context;
    Older->Thread = NtCurrentTeb()->ClientId.UniqueThread;
    PoolIncrement(&Older->Count);
}

static VOID NTAPI CountFired(PVOID Context, BOOLEAN TimedOut)
{
    POLDER Older = Context;
    PoolIncrement(TimedOut ? &Older->TimedOut : &Older->Count);
}

// Stays in the callback until it is let go.
static VOID NTAPI StayInside(PVOID Context, BOOLEAN TimedOut)
{
    UNREFERENCED_PARAMETER(TimedOut);
    POLDER Older = Context;
    PoolIncrement(&Older->Count);
    NtWaitForSingleObject(Older->Go, FALSE, nullptr);
    PoolIncrement(&Older->Left);
}

VOID TestQueueWorkItem(void)
{
    OLDER Older = {};
    for (int i = 0; i < 50; i++)
        REQUIRE_STATUS(
            RtlQueueWorkItem(CountItem, &Older, i % 2 ? WT_EXECUTELONGFUNCTION : WT_EXECUTEDEFAULT),
            STATUS_SUCCESS);
    CHECK(PoolWaitForCount(&Older.Count, 50));
}

VOID TestPersistentThread(void)
{
    OLDER Older = {};
    HANDLE Thread = nullptr;
    for (int i = 0; i < 5; i++) {
        REQUIRE_STATUS(RtlQueueWorkItem(CountItem, &Older, WT_EXECUTEINPERSISTENTTHREAD),
                       STATUS_SUCCESS);
        REQUIRE(PoolWaitForCount(&Older.Count, i + 1));
        CHECK(!Thread || Thread == Older.Thread);
        Thread = Older.Thread;
    }
}

VOID TestRegisterWait(void)
{
    OLDER Older = {};
    HANDLE Event = PoolMakeEvent(SynchronizationEvent), Wait;
    REQUIRE_STATUS(RtlRegisterWait(&Wait, Event, CountFired, &Older, MAXULONG, WT_EXECUTEDEFAULT),
                   STATUS_SUCCESS);
    for (int i = 0; i < 5; i++) {
        NtSetEvent(Event, nullptr);
        CHECK(PoolWaitForCount(&Older.Count, i + 1));
    }
    CHECK_STATUS(RtlDeregisterWaitEx(Wait, (HANDLE)-1), STATUS_SUCCESS);
    NtSetEvent(Event, nullptr);
    PoolSleep(20);
    CHECK_EQUAL(Older.Count, 5);
    CHECK_EQUAL(Older.TimedOut, 0);
    NtClose(Event);
}

VOID TestRegisterWaitOnce(void)
{
    OLDER Older = {};
    HANDLE Event = PoolMakeEvent(NotificationEvent), Wait;
    NtSetEvent(Event, nullptr);
    REQUIRE_STATUS(RtlRegisterWait(&Wait, Event, CountFired, &Older, MAXULONG, WT_EXECUTEONLYONCE),
                   STATUS_SUCCESS);
    CHECK(PoolWaitForCount(&Older.Count, 1));
    PoolSleep(20);
    CHECK_EQUAL(Older.Count, 1);
    CHECK_STATUS(RtlDeregisterWait(Wait), STATUS_SUCCESS);
    CHECK_STATUS(RtlDeregisterWait(nullptr), STATUS_INVALID_HANDLE);
    NtClose(Event);
}

VOID TestRegisterWaitTimeout(void)
{
    OLDER Older = {};
    HANDLE Event = PoolMakeEvent(NotificationEvent), Wait;
    REQUIRE_STATUS(RtlRegisterWait(&Wait, Event, CountFired, &Older, 10, WT_EXECUTEDEFAULT),
                   STATUS_SUCCESS);
    for (int i = 0; i < 400 && Older.TimedOut < 3; i++)
        PoolSleep(5);
    CHECK(Older.TimedOut >= 3);
    CHECK_EQUAL(Older.Count, 0);
    CHECK_STATUS(RtlDeregisterWaitEx(Wait, (HANDLE)-1), STATUS_SUCCESS);
    NtClose(Event);
}

VOID TestDeregisterWaits(void)
{
    OLDER Older = {.Go = PoolMakeEvent(NotificationEvent)};
    HANDLE Event = PoolMakeEvent(NotificationEvent), Done = PoolMakeEvent(NotificationEvent), Wait;
    NtSetEvent(Event, nullptr);
    REQUIRE_STATUS(RtlRegisterWait(&Wait, Event, StayInside, &Older, MAXULONG, WT_EXECUTEONLYONCE),
                   STATUS_SUCCESS);
    REQUIRE(PoolWaitForCount(&Older.Count, 1));
    CHECK_STATUS(RtlDeregisterWaitEx(Wait, Done), STATUS_PENDING);
    CHECK(!PoolIsSet(Done));
    NtSetEvent(Older.Go, nullptr);
    LARGE_INTEGER Timeout = TestMilliseconds(2000);
    CHECK_STATUS(NtWaitForSingleObject(Done, FALSE, &Timeout), STATUS_WAIT_0);
    CHECK_EQUAL(Older.Left, 1);

    REQUIRE_STATUS(RtlRegisterWait(&Wait, Older.Go, CountFired, &Older, MAXULONG, 0),
                   STATUS_SUCCESS);
    NtResetEvent(Older.Go, nullptr);
    NTSTATUS Status = RtlDeregisterWaitEx(Wait, (HANDLE)-1);
    CHECK_STATUS(Status, STATUS_SUCCESS); // and no callback runs any more
    NtClose(Event);
    NtClose(Done);
    NtClose(Older.Go);
}

static VOID NTAPI DeregisterSelf(PVOID Context, BOOLEAN TimedOut)
{
    UNREFERENCED_PARAMETER(TimedOut);
    POLDER Older = Context;
    Older->Status = RtlDeregisterWait(Older->Handle);
    PoolIncrement(&Older->Count);
}

VOID TestDeregisterInCallback(void)
{
    OLDER Older = {};
    HANDLE Event = PoolMakeEvent(NotificationEvent);
    NtSetEvent(Event, nullptr);
    REQUIRE_STATUS(RtlRegisterWait(&Older.Handle, Event, DeregisterSelf, &Older, MAXULONG, 0),
                   STATUS_SUCCESS);
    CHECK(PoolWaitForCount(&Older.Count, 1));
    PoolSleep(20);
    CHECK_EQUAL(Older.Count, 1);
    CHECK_STATUS(Older.Status, STATUS_PENDING);
    NtClose(Event);
}

// ---- Timer queues

VOID TestQueueTimer(void)
{
    OLDER Once = {}, Periodic = {};
    HANDLE Queue, OnceTimer, PeriodicTimer;
    REQUIRE_STATUS(RtlCreateTimerQueue(&Queue), STATUS_SUCCESS);
    REQUIRE_STATUS(RtlCreateTimer(Queue, &OnceTimer, CountFired, &Once, 10, 0, 0), STATUS_SUCCESS);
    REQUIRE_STATUS(RtlCreateTimer(Queue, &PeriodicTimer, CountFired, &Periodic, 10, 10, 0),
                   STATUS_SUCCESS);
    PoolSleep(105);
    CHECK_STATUS(RtlDeleteTimer(Queue, PeriodicTimer, (HANDLE)-1), STATUS_SUCCESS);
    CHECK_EQUAL(Once.TimedOut, 1);
    if (Periodic.TimedOut < 8 || Periodic.TimedOut > 11)
        TestFail(__FILE__, __LINE__, "%ld callbacks in 10 periods", Periodic.TimedOut);
    CHECK_STATUS(RtlDeleteTimer(Queue, OnceTimer, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(RtlDeleteTimerQueue(Queue), STATUS_SUCCESS);
    CHECK_STATUS(RtlDeleteTimerQueueEx(nullptr, nullptr), STATUS_INVALID_HANDLE);

    REQUIRE_STATUS(RtlCreateTimer(nullptr, &OnceTimer, CountFired, &Once, 0, 0, 0), STATUS_SUCCESS);
    CHECK(PoolWaitForCount(&Once.TimedOut, 2)); // of the default queue
    CHECK_STATUS(RtlDeleteTimer(nullptr, OnceTimer, (HANDLE)-1), STATUS_SUCCESS);
}

VOID TestUpdateTimer(void)
{
    OLDER Older = {};
    HANDLE Queue, Timer;
    REQUIRE_STATUS(RtlCreateTimerQueue(&Queue), STATUS_SUCCESS);
    REQUIRE_STATUS(RtlCreateTimer(Queue, &Timer, CountFired, &Older, 60'000, 0, 0), STATUS_SUCCESS);
    CHECK_STATUS(RtlUpdateTimer(Queue, Timer, 10, 0), STATUS_SUCCESS);
    CHECK(PoolWaitForCount(&Older.TimedOut, 1));
    CHECK_STATUS(RtlUpdateTimer(Queue, Timer, 1, 0), STATUS_SUCCESS); // too late
    PoolSleep(20);
    CHECK_EQUAL(Older.TimedOut, 1);
    CHECK_STATUS(RtlDeleteTimerQueueEx(Queue, (HANDLE)-1), STATUS_SUCCESS);
}

VOID TestDeleteTimer(void)
{
    OLDER Older = {.Go = PoolMakeEvent(NotificationEvent)};
    HANDLE Queue, Timer, Done = PoolMakeEvent(NotificationEvent);
    REQUIRE_STATUS(RtlCreateTimerQueue(&Queue), STATUS_SUCCESS);
    REQUIRE_STATUS(RtlCreateTimer(Queue, &Timer, StayInside, &Older, 1, 0, 0), STATUS_SUCCESS);
    REQUIRE(PoolWaitForCount(&Older.Count, 1));
    CHECK_STATUS(RtlDeleteTimer(Queue, Timer, Done), STATUS_PENDING);
    CHECK(!PoolIsSet(Done));
    NtSetEvent(Older.Go, nullptr);
    LARGE_INTEGER Timeout = TestMilliseconds(2000);
    CHECK_STATUS(NtWaitForSingleObject(Done, FALSE, &Timeout), STATUS_WAIT_0);
    CHECK_STATUS(RtlDeleteTimer(Queue, nullptr, nullptr), STATUS_INVALID_PARAMETER_2);
    RtlDeleteTimerQueueEx(Queue, (HANDLE)-1);
    NtClose(Done);
    NtClose(Older.Go);
}

VOID TestDeleteTimerQueue(void)
{
    OLDER Older = {.Go = PoolMakeEvent(NotificationEvent)}, Late = {};
    HANDLE Queue, Timer, Done = PoolMakeEvent(NotificationEvent);
    REQUIRE_STATUS(RtlCreateTimerQueue(&Queue), STATUS_SUCCESS);
    REQUIRE_STATUS(RtlCreateTimer(Queue, &Timer, StayInside, &Older, 1, 0, 0), STATUS_SUCCESS);
    REQUIRE_STATUS(RtlCreateTimer(Queue, &Timer, CountFired, &Late, 200, 0, 0), STATUS_SUCCESS);
    REQUIRE(PoolWaitForCount(&Older.Count, 1));
    CHECK_STATUS(RtlDeleteTimerQueueEx(Queue, Done), STATUS_PENDING);
    CHECK(!PoolIsSet(Done));
    NtSetEvent(Older.Go, nullptr);
    LARGE_INTEGER Timeout = TestMilliseconds(2000);
    CHECK_STATUS(NtWaitForSingleObject(Done, FALSE, &Timeout), STATUS_WAIT_0);
    PoolSleep(250);
    CHECK_EQUAL(Late.TimedOut, 0);
    NtClose(Done);
    NtClose(Older.Go);
}
