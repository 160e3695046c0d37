// Queue objects: entries, and threads that take them, of which only as many run at once as the queue's
// maximum says. A thread that blocks on something else makes room for another one.

#include "kep.h"

VOID NTAPI KeInitializeQueue(PRKQUEUE Queue, ULONG Count)
{
    KiInitializeHeader(&Queue->Header, QueueObject, sizeof(*Queue), 0);
    InitializeListHead(&Queue->EntryListHead);
    InitializeListHead(&Queue->ThreadListHead);
    Queue->CurrentCount = 0;
    Queue->MaximumCount = Count ? Count : 1;
}

static VOID KiActivate(PKTHREAD Thread)
{
    if (Thread->QueueActive)
        return;
    Thread->QueueActive = TRUE;
    Thread->Queue->CurrentCount++;
}

// Hand an entry to the thread that came last: its working set is the warmest, and the others can end.
static BOOLEAN KiHandOver(PKQUEUE Queue, PLIST_ENTRY Entry)
{
    if (IsListEmpty(&Queue->Header.WaitListHead) || Queue->CurrentCount >= Queue->MaximumCount)
        return FALSE;
    PLIST_ENTRY Last = Queue->Header.WaitListHead.Blink;
    PKTHREAD Thread = CONTAINING_RECORD(Last, KWAIT_BLOCK, WaitListEntry)->Thread;
    Thread->QueueEntry = Entry;
    KiActivate(Thread);
    KiEndWait(Thread, STATUS_WAIT_0);
    return TRUE;
}

static PLIST_ENTRY KiTakeEntry(PKQUEUE Queue)
{
    Queue->Header.SignalState--;
    PLIST_ENTRY Entry = RemoveHeadList(&Queue->EntryListHead);
    Entry->Flink = nullptr;
    return Entry;
}

VOID KiLeaveQueue(PKTHREAD Thread)
{
    PKQUEUE Queue = Thread->Queue;
    if (!Queue || !Thread->QueueActive)
        return;
    Thread->QueueActive = FALSE;
    Queue->CurrentCount--;
    if (Queue->Header.SignalState > 0 && Queue->CurrentCount < Queue->MaximumCount &&
        !IsListEmpty(&Queue->Header.WaitListHead))
        KiHandOver(Queue, KiTakeEntry(Queue));
}

VOID KiRejoinQueue(PKTHREAD Thread)
{
    if (Thread->Queue)
        KiActivate(Thread);
}

static LONG KiInsertQueue(PRKQUEUE Queue, PLIST_ENTRY Entry, BOOLEAN AtHead)
{
    KiLockDispatcher();
    LONG Previous = Queue->Header.SignalState;
    if (!KiHandOver(Queue, Entry)) {
        Queue->Header.SignalState++;
        if (AtHead)
            InsertHeadList(&Queue->EntryListHead, Entry);
        else
            InsertTailList(&Queue->EntryListHead, Entry);
    }
    KiUnlockDispatcher();
    return Previous;
}

LONG NTAPI KeInsertQueue(PRKQUEUE Queue, PLIST_ENTRY Entry)
{
    return KiInsertQueue(Queue, Entry, FALSE);
}

LONG NTAPI KeInsertHeadQueue(PRKQUEUE Queue, PLIST_ENTRY Entry)
{
    return KiInsertQueue(Queue, Entry, TRUE);
}

LONG NTAPI KeReadStateQueue(PRKQUEUE Queue)
{
    return Queue->Header.SignalState;
}

static VOID KiAssociate(PKTHREAD Thread, PKQUEUE Queue)
{
    if (Thread->Queue == Queue)
        return;
    if (Thread->Queue) {
        KiLeaveQueue(Thread);
        RemoveEntryList(&Thread->QueueListEntry);
    }
    Thread->Queue = Queue;
    InsertTailList(&Queue->ThreadListHead, &Thread->QueueListEntry);
}

// The next entry, or null; then the thread is no longer one that runs. With the dispatcher lock held.
static PLIST_ENTRY KiTryRemove(PKTHREAD Thread, PKQUEUE Queue)
{
    KiAssociate(Thread, Queue);
    if (Thread->QueueActive) { // what it took before is done
        Thread->QueueActive = FALSE;
        Queue->CurrentCount--;
    }
    if (Queue->Header.SignalState <= 0 || Queue->CurrentCount >= Queue->MaximumCount)
        return nullptr;
    KiActivate(Thread);
    return KiTakeEntry(Queue);
}

static VOID KiPrepareQueueWait(PKTHREAD Thread, PKQUEUE Queue, KPROCESSOR_MODE WaitMode)
{
    Thread->WaitBlock[0].Thread = Thread;
    Thread->WaitBlock[0].Object = Queue;
    Thread->WaitBlock[0].WaitKey = 0;
    Thread->WaitBlocks = Thread->WaitBlock;
    Thread->WaitCount = 1;
    Thread->WaitType = WaitAny;
    Thread->WaitMode = WaitMode;
    Thread->Alertable = FALSE;
}

// An entry, or the status of the wait in place of its address.
PLIST_ENTRY NTAPI KeRemoveQueue(PRKQUEUE Queue, KPROCESSOR_MODE WaitMode, PLARGE_INTEGER Timeout)
{
    KiRequireIrql(APC_LEVEL, "KeRemoveQueue");
    PKTHREAD Thread = KiCurrentThread();
    ULONGLONG Deadline = 0;
    NTSTATUS Status;
    do {
        KiLockDispatcherForWait(Thread);
        PLIST_ENTRY Entry = KiTryRemove(Thread, Queue);
        KiPrepareQueueWait(Thread, Queue, WaitMode);
        Status = KiTestAlert(Thread);
        if (Status == STATUS_PENDING && Timeout && !Timeout->QuadPart)
            Status = STATUS_TIMEOUT;
        if (Entry || Status != STATUS_PENDING) {
            Thread->WaitCount = 0;
            KiActivate(Thread);
            KiUnlockDispatcher();
            return Entry ? Entry : (PLIST_ENTRY)(LONG_PTR)Status;
        }
        if (!Deadline)
            Deadline = KiDeadline(Timeout);
        KiInsertWaitBlocks(Thread);
        Status = KiBlock(Thread, Deadline);
    } while (Status == STATUS_KERNEL_APC);
    return Status == STATUS_WAIT_0 ? Thread->QueueEntry : (PLIST_ENTRY)(LONG_PTR)Status;
}

// The first of the entries that are left, which form a ring, or null. Threads that wait are told.
PLIST_ENTRY NTAPI KeRundownQueue(PRKQUEUE Queue)
{
    KiLockDispatcher();
    PLIST_ENTRY First = Queue->EntryListHead.Flink;
    if (First == &Queue->EntryListHead)
        First = nullptr;
    else
        RemoveEntryList(&Queue->EntryListHead);
    InitializeListHead(&Queue->EntryListHead);
    Queue->Header.SignalState = 0;
    while (!IsListEmpty(&Queue->Header.WaitListHead)) {
        PLIST_ENTRY Entry = Queue->Header.WaitListHead.Flink;
        KiEndWait(CONTAINING_RECORD(Entry, KWAIT_BLOCK, WaitListEntry)->Thread, STATUS_ABANDONED);
    }
    while (!IsListEmpty(&Queue->ThreadListHead)) {
        PLIST_ENTRY Entry = RemoveHeadList(&Queue->ThreadListHead);
        PKTHREAD Thread = CONTAINING_RECORD(Entry, KTHREAD, QueueListEntry);
        Thread->Queue = nullptr;
        Thread->QueueActive = FALSE;
    }
    KiUnlockDispatcher();
    return First;
}
