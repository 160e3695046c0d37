// Work items.

#include "suite.h"

typedef struct _WORK {
    WORK_QUEUE_ITEM Item;
    KEVENT Done, *Before;
    KIRQL Irql;
    BOOLEAN System;
    ULONG Runs;
} WORK;

static VOID NTAPI NoteWork(PVOID Context)
{
    WORK *Work = Context;
    Work->Irql = KeGetCurrentIrql();
    Work->System = PsIsSystemThread((PETHREAD)KeGetCurrentThread());
    KeSetEvent(&Work->Done, IO_NO_INCREMENT, FALSE);
}

static VOID InitializeWork(WORK *Work, PWORKER_THREAD_ROUTINE Routine)
{
    *Work = (WORK){};
    KeInitializeEvent(&Work->Done, NotificationEvent, FALSE);
    ExInitializeWorkItem(&Work->Item, Routine, Work);
}

VOID TestWorkItem(void)
{
    static const WORK_QUEUE_TYPE Types[] = {CriticalWorkQueue, DelayedWorkQueue,
                                            HyperCriticalWorkQueue};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Types); i++) {
        WORK Work;
        InitializeWork(&Work, NoteWork);
        ExQueueWorkItem(&Work.Item, Types[i]);
        REQUIRE_STATUS(TestWait(&Work.Done, 5'000), STATUS_SUCCESS);
        CHECK_EQUAL(Work.Irql, PASSIVE_LEVEL);
        CHECK(Work.System);
    }
}

static VOID NTAPI WaitForBefore(PVOID Context)
{
    WORK *Work = Context;
    if (Work->Before)
        TestWait(Work->Before, 10'000);
    KeSetEvent(&Work->Done, IO_NO_INCREMENT, FALSE);
}

// Each waits for the one that is queued behind it: with one thread, none would ever end.
VOID TestWorkItemsThatBlock(void)
{
    enum { Count = 8 };
    static WORK Works[Count];
    for (ULONG i = 0; i < Count; i++)
        InitializeWork(&Works[i], WaitForBefore);
    for (ULONG i = 0; i + 1 < Count; i++)
        Works[i].Before = &Works[i + 1].Done;
    for (ULONG i = 0; i < Count; i++)
        ExQueueWorkItem(&Works[i].Item, DelayedWorkQueue);
    CHECK_STATUS(TestWait(&Works[0].Done, 5'000), STATUS_SUCCESS);
}

static VOID NTAPI QueueAgain(PVOID Context)
{
    WORK *Work = Context;
    if (++Work->Runs < 5)
        ExQueueWorkItem(&Work->Item, DelayedWorkQueue);
    else
        KeSetEvent(&Work->Done, IO_NO_INCREMENT, FALSE);
}

VOID TestWorkItemRequeues(void)
{
    WORK Work;
    InitializeWork(&Work, QueueAgain);
    ExQueueWorkItem(&Work.Item, DelayedWorkQueue);
    CHECK_STATUS(TestWait(&Work.Done, 5'000), STATUS_SUCCESS);
    CHECK_EQUAL(Work.Runs, 5);
}

static VOID QueueIt(PVOID Item)
{
    ExQueueWorkItem(Item, DelayedWorkQueue);
}

VOID TestWorkItemTwice(void)
{
    WORK Work;
    InitializeWork(&Work, NoteWork);
    Work.Item.List.Flink = &Work.Item.List; // as it is while it waits in a queue
    EXPECT_BUGCHECK(QueueIt, &Work.Item, WORKER_INVALID);
}
