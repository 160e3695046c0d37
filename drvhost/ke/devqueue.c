// Device queues: a busy flag and a list that is sorted by key, for StartIo routines.

#include "kep.h"

VOID NTAPI KeInitializeDeviceQueue(PKDEVICE_QUEUE Queue)
{
    Queue->Type = DeviceQueueObject;
    Queue->Size = sizeof(*Queue);
    InitializeListHead(&Queue->DeviceListHead);
    KeInitializeSpinLock(&Queue->Lock);
    Queue->Busy = FALSE;
}

// FALSE: the queue was idle, is busy now, and the entry is not in it.
static BOOLEAN KiInsertDevice(PKDEVICE_QUEUE Queue, PKDEVICE_QUEUE_ENTRY Entry, PLIST_ENTRY After)
{
    Entry->Inserted = Queue->Busy;
    if (Queue->Busy)
        InsertHeadList(After, &Entry->DeviceListEntry);
    Queue->Busy = TRUE;
    return Entry->Inserted;
}

BOOLEAN NTAPI KeInsertDeviceQueue(PKDEVICE_QUEUE Queue, PKDEVICE_QUEUE_ENTRY Entry)
{
    KIRQL Irql = KeAcquireSpinLockForDpc(&Queue->Lock);
    BOOLEAN Inserted = KiInsertDevice(Queue, Entry, Queue->DeviceListHead.Blink);
    KeReleaseSpinLockForDpc(&Queue->Lock, Irql);
    return Inserted;
}

BOOLEAN NTAPI KeInsertByKeyDeviceQueue(PKDEVICE_QUEUE Queue, PKDEVICE_QUEUE_ENTRY Entry,
                                       ULONG SortKey)
{
    KIRQL Irql = KeAcquireSpinLockForDpc(&Queue->Lock);
    Entry->SortKey = SortKey;
    PLIST_ENTRY After = Queue->DeviceListHead.Blink; // behind those of the same key
    while (After != &Queue->DeviceListHead &&
           CONTAINING_RECORD(After, KDEVICE_QUEUE_ENTRY, DeviceListEntry)->SortKey > SortKey)
        After = After->Blink;
    BOOLEAN Inserted = KiInsertDevice(Queue, Entry, After);
    KeReleaseSpinLockForDpc(&Queue->Lock, Irql);
    return Inserted;
}

// Null, and the queue idle, when there is none. Link: where to begin looking, or null for the first.
static PKDEVICE_QUEUE_ENTRY KiRemoveDevice(PKDEVICE_QUEUE Queue, PLIST_ENTRY Link)
{
    if (IsListEmpty(&Queue->DeviceListHead)) {
        Queue->Busy = FALSE;
        return nullptr;
    }
    if (!Link || Link == &Queue->DeviceListHead)
        Link = Queue->DeviceListHead.Flink;
    RemoveEntryList(Link);
    PKDEVICE_QUEUE_ENTRY Entry = CONTAINING_RECORD(Link, KDEVICE_QUEUE_ENTRY, DeviceListEntry);
    Entry->Inserted = FALSE;
    return Entry;
}

PKDEVICE_QUEUE_ENTRY NTAPI KeRemoveDeviceQueue(PKDEVICE_QUEUE Queue)
{
    KIRQL Irql = KeAcquireSpinLockForDpc(&Queue->Lock);
    PKDEVICE_QUEUE_ENTRY Entry = KiRemoveDevice(Queue, nullptr);
    KeReleaseSpinLockForDpc(&Queue->Lock, Irql);
    return Entry;
}

// The first whose key is not below SortKey; behind the last comes the first again.
PKDEVICE_QUEUE_ENTRY NTAPI KeRemoveByKeyDeviceQueue(PKDEVICE_QUEUE Queue, ULONG SortKey)
{
    KIRQL Irql = KeAcquireSpinLockForDpc(&Queue->Lock);
    PLIST_ENTRY Link = Queue->DeviceListHead.Flink;
    while (Link != &Queue->DeviceListHead &&
           CONTAINING_RECORD(Link, KDEVICE_QUEUE_ENTRY, DeviceListEntry)->SortKey < SortKey)
        Link = Link->Flink;
    PKDEVICE_QUEUE_ENTRY Entry = KiRemoveDevice(Queue, Link);
    KeReleaseSpinLockForDpc(&Queue->Lock, Irql);
    return Entry;
}

PKDEVICE_QUEUE_ENTRY NTAPI KeRemoveByKeyDeviceQueueIfBusy(PKDEVICE_QUEUE Queue, ULONG SortKey)
{
    return Queue->Busy ? KeRemoveByKeyDeviceQueue(Queue, SortKey) : nullptr;
}

BOOLEAN NTAPI KeRemoveEntryDeviceQueue(PKDEVICE_QUEUE Queue, PKDEVICE_QUEUE_ENTRY Entry)
{
    KIRQL Irql = KeAcquireSpinLockForDpc(&Queue->Lock);
    BOOLEAN Inserted = Entry->Inserted;
    if (Inserted)
        RemoveEntryList(&Entry->DeviceListEntry);
    Entry->Inserted = FALSE;
    KeReleaseSpinLockForDpc(&Queue->Lock, Irql);
    return Inserted;
}
