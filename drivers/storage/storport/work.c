// Work items and threads of miniports.
#include "storportp.h"

typedef struct _STOR_WORKER {
    LIST_ENTRY Link; // in the adapter's list
    PSTOR_ADAPTER Adapter;
    PIO_WORKITEM Item;
    volatile LONG Queued;
    PHW_WORKITEM Routine;
    PVOID Context;
} STOR_WORKER, *PSTOR_WORKER;

static IO_WORKITEM_ROUTINE StorpRunWorker;

ULONG StorpInitWorker(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PVOID *Handle = va_arg(Arguments, PVOID *);
    if (!Handle)
        return STOR_STATUS_INVALID_PARAMETER;
    PSTOR_WORKER Worker = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Worker), StorTag);
    if (!Worker)
        return STOR_STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(Worker, sizeof(*Worker));
    Worker->Adapter = Adapter;
    Worker->Item = IoAllocateWorkItem(Adapter->Self);
    if (!Worker->Item) {
        ExFreePoolWithTag(Worker, StorTag);
        return STOR_STATUS_INSUFFICIENT_RESOURCES;
    }
    ExInterlockedInsertTailList(&Adapter->Workers, &Worker->Link, &Adapter->UnitLock);
    *Handle = Worker;
    return STOR_STATUS_SUCCESS;
}

static VOID NTAPI StorpRunWorker(PDEVICE_OBJECT DeviceObject, PVOID Context)
{
    PSTOR_WORKER Worker = Context;
    PSTOR_ADAPTER Adapter = Worker->Adapter;
    UNREFERENCED_PARAMETER(DeviceObject);
    InterlockedExchange(&Worker->Queued, FALSE); // the routine may free it
    Worker->Routine(Adapter->HwExtension, Worker->Context, Worker);
    IoReleaseRemoveLock(&Adapter->RemoveLock, StorpRunWorker);
}

ULONG StorpQueueWorker(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PHW_WORKITEM Routine = va_arg(Arguments, PHW_WORKITEM);
    PSTOR_WORKER Worker = va_arg(Arguments, PSTOR_WORKER);
    PVOID Context = va_arg(Arguments, PVOID);
    if (!Routine || !Worker)
        return STOR_STATUS_INVALID_PARAMETER;
    if (KeGetCurrentIrql() > DISPATCH_LEVEL)
        return STOR_STATUS_INVALID_IRQL;
    if (InterlockedExchange(&Worker->Queued, TRUE))
        return STOR_STATUS_BUSY;
    if (!NT_SUCCESS(IoAcquireRemoveLock(&Adapter->RemoveLock, StorpRunWorker))) {
        Worker->Queued = FALSE;
        return STOR_STATUS_INVALID_DEVICE_STATE;
    }
    Worker->Routine = Routine;
    Worker->Context = Context;
    IoQueueWorkItem(Worker->Item, StorpRunWorker, DelayedWorkQueue, Worker);
    return STOR_STATUS_SUCCESS;
}

static VOID StorpDeleteWorker(PSTOR_WORKER Worker)
{
    IoFreeWorkItem(Worker->Item);
    ExFreePoolWithTag(Worker, StorTag);
}

ULONG StorpFreeWorker(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PSTOR_WORKER Worker = va_arg(Arguments, PSTOR_WORKER);
    KIRQL Irql;
    if (!Worker)
        return STOR_STATUS_INVALID_PARAMETER;
    if (Worker->Queued)
        return STOR_STATUS_BUSY;
    KeAcquireSpinLock(&Adapter->UnitLock, &Irql);
    RemoveEntryList(&Worker->Link);
    KeReleaseSpinLock(&Adapter->UnitLock, Irql);
    StorpDeleteWorker(Worker);
    return STOR_STATUS_SUCCESS;
}

// The adapter goes, and nothing of it is at work any more. What a miniport has not freed goes with it.
VOID StorpFreeWorkers(PSTOR_ADAPTER Adapter)
{
    while (!IsListEmpty(&Adapter->Workers))
        StorpDeleteWorker(CONTAINING_RECORD(RemoveHeadList(&Adapter->Workers), STOR_WORKER, Link));
}

// ---- Threads

static const KPRIORITY StorpPriorities[] = {
    [StorThreadPriorityBackground] = 4,
    [StorThreadPriorityNormal] = 8,
    [StorThreadPriorityDelayed] = 12,
    [StorThreadPriorityCritical] = 13,
    [StorThreadPrioritySuperCritical] = 14,
    [StorThreadPriorityHyperCritical] = 15,
    [StorThreadPriorityRealTime] = LOW_REALTIME_PRIORITY,
};

ULONG StorpCreateThread(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PSTOR_THREAD_START_ROUTINE Routine = va_arg(Arguments, PSTOR_THREAD_START_ROUTINE);
    PVOID Context = va_arg(Arguments, PVOID);
    PSTOR_THREAD_PRIORITY Priority = va_arg(Arguments, PSTOR_THREAD_PRIORITY);
    PVOID *ThreadContext = va_arg(Arguments, PVOID *);
    HANDLE Handle;
    PVOID Thread;
    UNREFERENCED_PARAMETER(Adapter);
    if (!Routine || (Priority && (ULONG)*Priority >= RTL_NUMBER_OF(StorpPriorities)))
        return STOR_STATUS_INVALID_PARAMETER;
    if (KeGetCurrentIrql() != PASSIVE_LEVEL)
        return STOR_STATUS_INVALID_IRQL;
    if (!NT_SUCCESS(PsCreateSystemThread(&Handle, THREAD_ALL_ACCESS, nullptr, nullptr, nullptr,
                                         Routine, Context)))
        return STOR_STATUS_INSUFFICIENT_RESOURCES;
    if ((ThreadContext || Priority) &&
        NT_SUCCESS(ObReferenceObjectByHandle(Handle, 0, nullptr, KernelMode, &Thread, nullptr))) {
        if (Priority)
            KeSetPriorityThread(Thread, StorpPriorities[*Priority]);
        if (ThreadContext)
            *ThreadContext = Thread;
        ObDereferenceObject(Thread); // a name for the miniport: it is there while the thread runs
    }
    ZwClose(Handle);
    return STOR_STATUS_SUCCESS;
}

ULONG StorpSetThreadPriority(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PVOID Thread = va_arg(Arguments, PVOID);
    STOR_THREAD_PRIORITY Priority = va_arg(Arguments, STOR_THREAD_PRIORITY);
    UNREFERENCED_PARAMETER(Adapter);
    if (!Thread || (ULONG)Priority >= RTL_NUMBER_OF(StorpPriorities))
        return STOR_STATUS_INVALID_PARAMETER;
    if (KeGetCurrentIrql() != PASSIVE_LEVEL)
        return STOR_STATUS_INVALID_IRQL;
    KeSetPriorityThread(Thread, StorpPriorities[Priority]);
    return STOR_STATUS_SUCCESS;
}

// Of the calling thread, whose context it must be.
ULONG StorpSetThreadAffinity(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PVOID Thread = va_arg(Arguments, PVOID);
    PGROUP_AFFINITY Affinity = va_arg(Arguments, PGROUP_AFFINITY);
    PGROUP_AFFINITY Previous = va_arg(Arguments, PGROUP_AFFINITY);
    UNREFERENCED_PARAMETER(Adapter);
    if (!Thread || !Affinity)
        return STOR_STATUS_INVALID_PARAMETER;
    if (KeGetCurrentIrql() > APC_LEVEL)
        return STOR_STATUS_INVALID_IRQL;
    KeSetSystemGroupAffinityThread(Affinity, Previous);
    return STOR_STATUS_SUCCESS;
}

ULONG StorpRevertThreadAffinity(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PVOID Thread = va_arg(Arguments, PVOID);
    PGROUP_AFFINITY Previous = va_arg(Arguments, PGROUP_AFFINITY);
    UNREFERENCED_PARAMETER(Adapter);
    if (!Thread || !Previous)
        return STOR_STATUS_INVALID_PARAMETER;
    if (KeGetCurrentIrql() > APC_LEVEL)
        return STOR_STATUS_INVALID_IRQL;
    KeRevertToUserGroupAffinityThread(Previous);
    return STOR_STATUS_SUCCESS;
}

VOID StorpNotifyEndThread(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    UNREFERENCED_PARAMETER(Adapter);
    UNREFERENCED_PARAMETER(Arguments);
    PsTerminateSystemThread(STATUS_SUCCESS);
}
