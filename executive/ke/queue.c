// Queues: entries, and consumers that wait for them. The last consumer to come is served first, so that
// a busy system keeps few threads running, as on Windows.
#include "kep.h"

VOID KeInitializeQueue(PKQUEUE Queue)
{
    KeInitializeObject(&Queue->Header, QueueObject);
    InitializeListHead(&Queue->EntryListHead);
}

LONG KeInsertQueue(PKQUEUE Queue, PLIST_ENTRY Entry)
{
    LONG Previous = Queue->Header.SignalState;
    Entry->Flink = nullptr; // until it is in the list
    if (!IsListEmpty(&Queue->Header.WaitListHead)) {
        PLIST_ENTRY Last = Queue->Header.WaitListHead.Blink;
        PKFIBER Consumer = CONTAINING_RECORD(Last, KWAIT_BLOCK, WaitListEntry)->Fiber;
        Consumer->QueueEntry = Entry;
        KiEndWait(Consumer, STATUS_WAIT_0);
        return Previous;
    }
    Queue->Header.SignalState++;
    InsertTailList(&Queue->EntryListHead, Entry);
    return Previous;
}

static VOID KiUnlinkEntry(PKQUEUE Queue, PLIST_ENTRY Entry)
{
    Queue->Header.SignalState--;
    RemoveEntryList(Entry);
    Entry->Flink = nullptr;
}

// A consumer that was handed the entry has it, even if it has not run yet.
BOOLEAN KeRemoveEntryQueue(PKQUEUE Queue, PLIST_ENTRY Entry)
{
    if (!Entry->Flink)
        return FALSE;
    KiUnlinkEntry(Queue, Entry);
    return TRUE;
}

PLIST_ENTRY KeRemoveQueue(PKQUEUE Queue, KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                          PLARGE_INTEGER Timeout)
{
    if (Queue->Header.SignalState > 0) {
        PLIST_ENTRY First = Queue->EntryListHead.Flink;
        KiUnlinkEntry(Queue, First);
        return First;
    }
    NTSTATUS Status = KeWaitForSingleObject(Queue, UserRequest, WaitMode, Alertable, Timeout);
    if (Status != STATUS_WAIT_0)
        return (PLIST_ENTRY)(LONG_PTR)Status;
    return KiCurrentFiber->QueueEntry;
}
