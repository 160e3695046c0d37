// Deferred procedure calls.

#include "suite.h"

typedef struct _LOG {
    ULONG Count;
    PVOID Who[16];
    KIRQL Irql;
    PVOID Argument1, Argument2;
} LOG;

static VOID NTAPI LogDpc(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    LOG *Log = Context;
    Log->Irql = KeGetCurrentIrql();
    Log->Argument1 = Argument1;
    Log->Argument2 = Argument2;
    if (Log->Count < RTL_NUMBER_OF(Log->Who))
        Log->Who[Log->Count] = Dpc;
    Log->Count++;
}

VOID TestDpcRunsAtDispatch(void)
{
    KDPC Dpc;
    LOG Log = {};
    KeInitializeDpc(&Dpc, LogDpc, &Log);
    CHECK(KeInsertQueueDpc(&Dpc, (PVOID)1, (PVOID)2));
    CHECK_EQUAL(Log.Count, 1);
    CHECK_EQUAL(Log.Irql, DISPATCH_LEVEL);
    CHECK(Log.Argument1 == (PVOID)1 && Log.Argument2 == (PVOID)2);
    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
}

VOID TestDpcOrder(void)
{
    KDPC Dpcs[4];
    LOG Log = {};
    for (ULONG i = 0; i < 4; i++)
        KeInitializeDpc(&Dpcs[i], LogDpc, &Log);
    KeSetImportanceDpc(&Dpcs[2], HighImportance);
    KeSetImportanceDpc(&Dpcs[0], LowImportance);
    KIRQL Irql;
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    for (ULONG i = 0; i < 4; i++)
        KeInsertQueueDpc(&Dpcs[i], nullptr, nullptr);
    CHECK_EQUAL(Log.Count, 0);
    KeLowerIrql(Irql);
    CHECK_EQUAL(Log.Count, 4);
    CHECK(Log.Who[0] == &Dpcs[2] && Log.Who[1] == &Dpcs[0] && Log.Who[2] == &Dpcs[1] &&
          Log.Who[3] == &Dpcs[3]);
}

VOID TestDpcQueuedOnce(void)
{
    KDPC Dpc;
    LOG Log = {};
    KIRQL Irql;
    KeInitializeDpc(&Dpc, LogDpc, &Log);
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    CHECK(KeInsertQueueDpc(&Dpc, (PVOID)1, nullptr));
    CHECK(!KeInsertQueueDpc(&Dpc, (PVOID)2, nullptr));
    KeLowerIrql(Irql);
    CHECK_EQUAL(Log.Count, 1);
    CHECK(Log.Argument1 == (PVOID)1);
}

VOID TestDpcRemoved(void)
{
    KDPC Dpc;
    LOG Log = {};
    KIRQL Irql;
    KeInitializeDpc(&Dpc, LogDpc, &Log);
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    KeInsertQueueDpc(&Dpc, nullptr, nullptr);
    CHECK(KeRemoveQueueDpc(&Dpc));
    CHECK(!KeRemoveQueueDpc(&Dpc));
    KeLowerIrql(Irql);
    CHECK_EQUAL(Log.Count, 0);
}

static VOID NTAPI QueueAgain(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    ULONG *Count = Context;
    if (++*Count < 5)
        KeInsertQueueDpc(Dpc, nullptr, nullptr);
}

VOID TestDpcQueuesItself(void)
{
    KDPC Dpc;
    ULONG Count = 0;
    KeInitializeDpc(&Dpc, QueueAgain, &Count);
    KeInsertQueueDpc(&Dpc, nullptr, nullptr);
    CHECK_EQUAL(Count, 5);
}

static VOID NTAPI SlowDpc(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    KeStallExecutionProcessor(30'000);
    *(volatile BOOLEAN *)Context = TRUE;
}

VOID TestDpcFlush(void)
{
    KDPC Dpc;
    KTIMER Timer;
    volatile BOOLEAN Done = FALSE;
    KeInitializeDpc(&Dpc, SlowDpc, (PVOID)&Done);
    KeInitializeTimer(&Timer);
    KeSetTimer(&Timer, TestMilliseconds(5), &Dpc);
    TestSleep(15); // the timer's thread is in the DPC
    KeFlushQueuedDpcs();
    CHECK(Done);
}
