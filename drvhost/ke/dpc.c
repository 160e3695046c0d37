// Deferred procedure calls. One queue for the host; it is emptied by the thread that leaves
// DISPATCH_LEVEL. Threaded DPCs run like the others, as they do on Windows when threaded DPCs are off.

#include "kep.h"

static RTL_SRWLOCK KiDpcLock; // of the queue alone: interrupt service routines insert too
static LIST_ENTRY KiDpcQueue = {&KiDpcQueue, &KiDpcQueue};
static volatile ULONG KiDpcCount;

BOOLEAN KiDpcsQueued(void)
{
    return __atomic_load_n(&KiDpcCount, __ATOMIC_SEQ_CST) != 0;
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
        Dpc->DpcData = &KiDpcQueue;
        Dpc->SystemArgument1 = SystemArgument1;
        Dpc->SystemArgument2 = SystemArgument2;
        if (Dpc->Importance == HighImportance)
            InsertHeadList(&KiDpcQueue, &Dpc->DpcListEntry);
        else
            InsertTailList(&KiDpcQueue, &Dpc->DpcListEntry);
        __atomic_add_fetch(&KiDpcCount, 1, __ATOMIC_SEQ_CST);
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
        Dpc->DpcData = nullptr;
        __atomic_sub_fetch(&KiDpcCount, 1, __ATOMIC_SEQ_CST);
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
        (*Dpc)->DpcData = nullptr;
        __atomic_sub_fetch(&KiDpcCount, 1, __ATOMIC_SEQ_CST);
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
    KeLowerIrql(KfRaiseIrql(DISPATCH_LEVEL));
}
