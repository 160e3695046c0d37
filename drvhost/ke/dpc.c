// Deferred procedure calls. One queue for the host; it is emptied by the thread that leaves
// DISPATCH_LEVEL. Threaded DPCs run like the others, as they do on Windows when threaded DPCs are off.
//
// One of low importance does not have the queue emptied. As long as the worker that has queued it finds more requests, it
// waits for the last of them: what a driver does once for many requests it can do there. Any other DPC takes it along.
// A worker that blocks meanwhile is noticed by the Executive, which wakes another one for what is left (HOST_SHARED.Deferred).

#include "kep.h"

static RTL_SRWLOCK KiDpcLock; // of the queue alone: interrupt service routines insert too
static LIST_ENTRY KiDpcQueue = {&KiDpcQueue, &KiDpcQueue};
static volatile ULONG KiDpcCount;     // that are to run at once
static volatile ULONG KiDeferredDpcs; // that may wait while there are requests

// What DpcData of a queued DPC points to: either of the counts.

BOOLEAN KiDpcsQueued(void)
{
    if (__atomic_load_n(&KiDpcCount, __ATOMIC_SEQ_CST))
        return TRUE;
    return __atomic_load_n(&KiDeferredDpcs, __ATOMIC_SEQ_CST) && !KiRequestsWaiting();
}

// The thread has requests to come back to.
static BOOLEAN KiMayDefer(const KDPC *Dpc)
{
    return Dpc->Importance == LowImportance && KiShared &&
           KiShared->WorkThread == (ULONG)(ULONG_PTR)KiCurrentThread()->ThreadId &&
           KiRequestsWaiting();
}

// With the lock.
static VOID KiCountDpc(PRKDPC Dpc, BOOLEAN Deferred)
{
    Dpc->DpcData = Deferred ? (PVOID)&KiDeferredDpcs : (PVOID)&KiDpcCount;
    __atomic_add_fetch((volatile ULONG *)Dpc->DpcData, 1, __ATOMIC_SEQ_CST);
    if (Deferred)
        KiShared->Deferred = 1;
}

static VOID KiUncountDpc(PRKDPC Dpc)
{
    volatile ULONG *Count = Dpc->DpcData;
    Dpc->DpcData = nullptr;
    if (!__atomic_sub_fetch(Count, 1, __ATOMIC_SEQ_CST) && Count == &KiDeferredDpcs)
        KiShared->Deferred = 0;
}

static VOID KiInitializeDpc(PRKDPC Dpc, UCHAR Type, PKDEFERRED_ROUTINE Routine, PVOID Context)
{
    Dpc->Type = Type;
    Dpc->Importance = MediumImportance;
    Dpc->Number = 0;
    Dpc->DeferredRoutine = Routine;
    Dpc->DeferredContext = Context;
    Dpc->DpcData = nullptr;
}

VOID NTAPI KeInitializeDpc(PRKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine, PVOID DeferredContext)
{
    KiInitializeDpc(Dpc, DpcObject, DeferredRoutine, DeferredContext);
}

VOID NTAPI KeInitializeThreadedDpc(PRKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine,
                                   PVOID DeferredContext)
{
    KiInitializeDpc(Dpc, ThreadedDpcObject, DeferredRoutine, DeferredContext);
}

VOID NTAPI KeSetImportanceDpc(PRKDPC Dpc, KDPC_IMPORTANCE Importance)
{
    Dpc->Importance = (UCHAR)Importance;
}

VOID NTAPI KeSetTargetProcessorDpc(PRKDPC Dpc, CCHAR Number)
{
    UNREFERENCED_PARAMETER(Dpc); // the system has one processor
    UNREFERENCED_PARAMETER(Number);
}

NTSTATUS NTAPI KeSetTargetProcessorDpcEx(PKDPC Dpc, PPROCESSOR_NUMBER ProcNumber)
{
    UNREFERENCED_PARAMETER(Dpc);
    return ProcNumber->Group || ProcNumber->Number || ProcNumber->Reserved
               ? STATUS_INVALID_PARAMETER
               : STATUS_SUCCESS;
}

// Put it into the queue; the caller sees to it that the queue is emptied. FALSE: it is there already.
BOOLEAN KiQueueDpc(PRKDPC Dpc, PVOID SystemArgument1, PVOID SystemArgument2)
{
    KiLock(&KiDpcLock);
    BOOLEAN Inserted = !Dpc->DpcData;
    if (Inserted) {
        Dpc->SystemArgument1 = SystemArgument1;
        Dpc->SystemArgument2 = SystemArgument2;
        if (Dpc->Importance == HighImportance)
            InsertHeadList(&KiDpcQueue, &Dpc->DpcListEntry);
        else
            InsertTailList(&KiDpcQueue, &Dpc->DpcListEntry);
        KiCountDpc(Dpc, KiMayDefer(Dpc));
    }
    KiUnlock(&KiDpcLock);
    return Inserted;
}

BOOLEAN NTAPI KeInsertQueueDpc(PRKDPC Dpc, PVOID SystemArgument1, PVOID SystemArgument2)
{
    BOOLEAN Inserted = KiQueueDpc(Dpc, SystemArgument1, SystemArgument2);
    KiDrainIfIdle(KiCurrentThread());
    return Inserted;
}

BOOLEAN NTAPI KeRemoveQueueDpc(PRKDPC Dpc)
{
    KiLock(&KiDpcLock);
    BOOLEAN Queued = Dpc->DpcData != nullptr;
    if (Queued) {
        RemoveEntryList(&Dpc->DpcListEntry);
        KiUncountDpc(Dpc);
    }
    KiUnlock(&KiDpcLock);
    return Queued;
}

// The routine may free the DPC or queue it again: all that is needed of it is copied first.
static BOOLEAN KiTakeDpc(PRKDPC *Dpc, KDPC *Copy)
{
    KiLock(&KiDpcLock);
    BOOLEAN Found = !IsListEmpty(&KiDpcQueue);
    if (Found) {
        *Dpc = CONTAINING_RECORD(RemoveHeadList(&KiDpcQueue), KDPC, DpcListEntry);
        *Copy = **Dpc;
        KiUncountDpc(*Dpc);
    }
    KiUnlock(&KiDpcLock);
    return Found;
}

VOID KiRunDpcs(void)
{
    PRKDPC Dpc;
    KDPC Copy;
    PKTHREAD Thread = KiCurrentThread();
    while (KiTakeDpc(&Dpc, &Copy)) {
        Copy.DeferredRoutine(Dpc, Copy.DeferredContext, Copy.SystemArgument1, Copy.SystemArgument2);
        if (Thread->Irql != DISPATCH_LEVEL)
            KeBugCheckEx(IRQL_NOT_DISPATCH_LEVEL, (ULONG_PTR)Copy.DeferredRoutine, Thread->Irql, 0,
                         0);
    }
}

// Whoever runs DPCs holds the dispatch lock: having had it means that they have run.
VOID NTAPI KeFlushQueuedDpcs(void)
{
    KiRequireIrql(APC_LEVEL, "KeFlushQueuedDpcs");
    KIRQL Irql = KfRaiseIrql(DISPATCH_LEVEL);
    KiRunDpcs(); // deferred ones, too
    KeLowerIrql(Irql);
}
