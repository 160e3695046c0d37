// Timers.

#include "suite.h"

VOID TestTimerSignals(void)
{
    KTIMER Timer;
    KeInitializeTimerEx(&Timer, SynchronizationTimer);
    CHECK(!KeSetTimer(&Timer, TestMilliseconds(20), nullptr));
    CHECK(!KeReadStateTimer(&Timer));
    CHECK_STATUS(TestWait(&Timer, 5'000), STATUS_SUCCESS);
    CHECK(!KeReadStateTimer(&Timer)); // the wait took the signal
    KeInitializeTimer(&Timer);
    KeSetTimer(&Timer, TestMilliseconds(1), nullptr);
    CHECK_STATUS(TestWait(&Timer, 5'000), STATUS_SUCCESS);
    CHECK(KeReadStateTimer(&Timer));
}

typedef struct _COUNTER {
    KEVENT Event;
    volatile ULONG Count, Wanted;
    KIRQL Irql;
    ULONG *Log;
    ULONG Number;
} COUNTER;

static VOID NTAPI CountDpc(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    COUNTER *Counter = Context;
    Counter->Irql = KeGetCurrentIrql();
    if (++Counter->Count == Counter->Wanted)
        KeSetEvent(&Counter->Event, IO_NO_INCREMENT, FALSE);
}

static VOID InitializeCounter(COUNTER *Counter, ULONG Wanted)
{
    *Counter = (COUNTER){.Wanted = Wanted};
    KeInitializeEvent(&Counter->Event, NotificationEvent, FALSE);
}

VOID TestTimerDpc(void)
{
    KTIMER Timer;
    KDPC Dpc;
    COUNTER Counter;
    InitializeCounter(&Counter, 1);
    KeInitializeTimer(&Timer);
    KeInitializeDpc(&Dpc, CountDpc, &Counter);
    KeSetTimer(&Timer, TestMilliseconds(5), &Dpc);
    CHECK_STATUS(TestWait(&Counter.Event, 5'000), STATUS_SUCCESS);
    CHECK_EQUAL(Counter.Irql, DISPATCH_LEVEL);
}

VOID TestTimerPeriodic(void)
{
    KTIMER Timer;
    KDPC Dpc;
    COUNTER Counter;
    InitializeCounter(&Counter, 4);
    KeInitializeTimer(&Timer);
    KeInitializeDpc(&Dpc, CountDpc, &Counter);
    KeSetTimerEx(&Timer, TestMilliseconds(5), 10, &Dpc);
    CHECK_STATUS(TestWait(&Counter.Event, 5'000), STATUS_SUCCESS);
    CHECK(KeCancelTimer(&Timer));
    KeFlushQueuedDpcs();
    ULONG Count = Counter.Count;
    TestSleep(30);
    CHECK_EQUAL(Counter.Count, Count);
}

VOID TestTimerCancel(void)
{
    KTIMER Timer;
    KDPC Dpc;
    COUNTER Counter;
    InitializeCounter(&Counter, 1);
    KeInitializeTimer(&Timer);
    KeInitializeDpc(&Dpc, CountDpc, &Counter);
    KeSetTimer(&Timer, TestMilliseconds(20), &Dpc);
    CHECK(KeCancelTimer(&Timer));
    CHECK(!KeCancelTimer(&Timer));
    TestSleep(40);
    CHECK_EQUAL(Counter.Count, 0);
    CHECK(!KeReadStateTimer(&Timer));
}

typedef struct _ORDERED {
    KTIMER Timer;
    KDPC Dpc;
    ULONG Number;
} ORDERED;

static ULONG OrderLog[4];
static volatile ULONG OrderCount;

static VOID NTAPI OrderDpc(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    OrderLog[OrderCount++] = ((ORDERED *)Context)->Number;
}

VOID TestTimerOrder(void)
{
    static const LONGLONG Due[4] = {40, 10, 30, 20};
    static ORDERED Ordered[4];
    OrderCount = 0;
    for (ULONG i = 0; i < 4; i++) {
        Ordered[i].Number = i;
        KeInitializeTimer(&Ordered[i].Timer);
        KeInitializeDpc(&Ordered[i].Dpc, OrderDpc, &Ordered[i]);
        KeSetTimer(&Ordered[i].Timer, TestMilliseconds(Due[i]), &Ordered[i].Dpc);
    }
    CHECK_STATUS(TestWait(&Ordered[0].Timer, 5'000), STATUS_SUCCESS);
    KeFlushQueuedDpcs();
    CHECK_EQUAL(OrderCount, 4);
    CHECK(OrderLog[0] == 1 && OrderLog[1] == 3 && OrderLog[2] == 2 && OrderLog[3] == 0);
}

VOID TestTimerAbsolute(void)
{
    KTIMER Timer;
    LARGE_INTEGER Due;
    KeInitializeTimer(&Timer);
    KeQuerySystemTimePrecise(&Due);
    Due.QuadPart += 200'000;
    KeSetTimer(&Timer, Due, nullptr);
    CHECK_STATUS(TestWait(&Timer, 5'000), STATUS_SUCCESS);
    Due.QuadPart -= 10'000'000; // past: at once
    KeSetTimer(&Timer, Due, nullptr);
    CHECK_STATUS(TestWait(&Timer, 1'000), STATUS_SUCCESS);
}

VOID TestTimerResetMoves(void)
{
    KTIMER Timer;
    KeInitializeTimer(&Timer);
    KeSetTimer(&Timer, TestMilliseconds(10'000), nullptr);
    CHECK(KeSetTimer(&Timer, TestMilliseconds(5), nullptr));
    CHECK_STATUS(TestWait(&Timer, 5'000), STATUS_SUCCESS);
}

static VOID NTAPI CountCallback(PEX_TIMER Timer, PVOID Context)
{
    UNREFERENCED_PARAMETER(Timer);
    COUNTER *Counter = Context;
    Counter->Irql = KeGetCurrentIrql();
    if (++Counter->Count == Counter->Wanted)
        KeSetEvent(&Counter->Event, IO_NO_INCREMENT, FALSE);
}

VOID TestExTimer(void)
{
    COUNTER Counter;
    InitializeCounter(&Counter, 3);
    PEX_TIMER Timer = ExAllocateTimer(CountCallback, &Counter, 0);
    REQUIRE(Timer != nullptr);
    CHECK(!ExSetTimer(Timer, -50'000, 50'000, nullptr));
    CHECK_STATUS(TestWait(&Counter.Event, 5'000), STATUS_SUCCESS);
    CHECK_EQUAL(Counter.Irql, DISPATCH_LEVEL);
    CHECK(ExCancelTimer(Timer, nullptr));
    CHECK(!ExDeleteTimer(Timer, TRUE, TRUE, nullptr));
}
