// Queue objects and device queues.

#include "suite.h"

typedef struct _ITEM {
    LIST_ENTRY Link;
    ULONG Number;
} ITEM;

static ULONG RemoveNumber(PKQUEUE Queue)
{
    LARGE_INTEGER Timeout = TestMilliseconds(1'000);
    PLIST_ENTRY Entry = KeRemoveQueue(Queue, KernelMode, &Timeout);
    if ((NTSTATUS)(ULONG_PTR)Entry == STATUS_TIMEOUT)
        return 0;
    return CONTAINING_RECORD(Entry, ITEM, Link)->Number;
}

VOID TestQueueOrder(void)
{
    KQUEUE Queue;
    ITEM Items[3] = {{.Number = 1}, {.Number = 2}, {.Number = 3}};
    KeInitializeQueue(&Queue, 1);
    CHECK_EQUAL(KeInsertQueue(&Queue, &Items[0].Link), 0);
    CHECK_EQUAL(KeInsertQueue(&Queue, &Items[1].Link), 1);
    KeInsertHeadQueue(&Queue, &Items[2].Link);
    CHECK_EQUAL(KeReadStateQueue(&Queue), 3);
    CHECK_EQUAL(RemoveNumber(&Queue), 3);
    CHECK_EQUAL(RemoveNumber(&Queue), 1);
    CHECK_EQUAL(RemoveNumber(&Queue), 2);
    CHECK(KeRundownQueue(&Queue) == nullptr);
}

typedef struct _CONSUMER {
    PKQUEUE Queue;
    volatile ULONG Number;
} CONSUMER;

static VOID NTAPI Consume(PVOID Context)
{
    CONSUMER *Consumer = Context;
    Consumer->Number = RemoveNumber(Consumer->Queue);
}

VOID TestQueueWakesWaiter(void)
{
    KQUEUE Queue;
    ITEM Item = {.Number = 7};
    KeInitializeQueue(&Queue, 0);
    CONSUMER Consumer = {&Queue, 0};
    PKTHREAD Thread = TestStartThread(Consume, &Consumer);
    TestSleep(20);
    KeInsertQueue(&Queue, &Item.Link);
    TestJoinThread(Thread);
    CHECK_EQUAL(Consumer.Number, 7);
    KeRundownQueue(&Queue);
}

VOID TestQueueTimeout(void)
{
    KQUEUE Queue;
    LARGE_INTEGER Timeout = TestMilliseconds(10);
    KeInitializeQueue(&Queue, 0);
    CHECK_STATUS((NTSTATUS)(ULONG_PTR)KeRemoveQueue(&Queue, KernelMode, &Timeout), STATUS_TIMEOUT);
    KeRundownQueue(&Queue);
}

VOID TestQueueRundown(void)
{
    KQUEUE Queue;
    ITEM Items[2];
    KeInitializeQueue(&Queue, 0);
    KeInsertQueue(&Queue, &Items[0].Link);
    KeInsertQueue(&Queue, &Items[1].Link);
    PLIST_ENTRY First = KeRundownQueue(&Queue);
    CHECK(First == &Items[0].Link);
    CHECK(First->Flink == &Items[1].Link);
    CHECK(First->Flink->Flink == First);
}

VOID TestDeviceQueue(void)
{
    KDEVICE_QUEUE Queue;
    KDEVICE_QUEUE_ENTRY Entries[4];
    KeInitializeDeviceQueue(&Queue);
    CHECK(!KeInsertByKeyDeviceQueue(&Queue, &Entries[0], 50)); // idle: becomes busy
    CHECK(KeInsertByKeyDeviceQueue(&Queue, &Entries[1], 30));
    CHECK(KeInsertByKeyDeviceQueue(&Queue, &Entries[2], 10));
    CHECK(KeInsertByKeyDeviceQueue(&Queue, &Entries[3], 20));
    CHECK(KeRemoveByKeyDeviceQueue(&Queue, 15) == &Entries[3]);
    CHECK(KeRemoveByKeyDeviceQueue(&Queue, 40) == &Entries[2]); // behind the last: the first
    CHECK(KeRemoveDeviceQueue(&Queue) == &Entries[1]);
    CHECK(KeRemoveDeviceQueue(&Queue) == nullptr);
    CHECK(!Queue.Busy);
}
