// Work that ACPICA puts off: GPE methods and notifications, each kind in order on a thread of its own, because
// a notification's handler may wait for a GPE method. Work comes from the SCI's service routine too.
#include "osl.h"

enum { OslMaximumWork = 256 };

typedef struct _OSL_WORK {
    LIST_ENTRY Link;
    acpi_osd_exec_callback Function;
    void *Context;
} OSL_WORK, *POSL_WORK;

typedef struct _OSL_QUEUE {
    LIST_ENTRY Work;
    BOOLEAN Busy; // a piece of work is under way
    KEVENT Wake;
    PVOID Thread; // referenced
} OSL_QUEUE, *POSL_QUEUE;

typedef enum _OSL_QUEUE_KIND { OslGpeQueue, OslNotifyQueue, OslQueueKinds } OSL_QUEUE_KIND;

static struct {
    KSPIN_LOCK Lock;
    LIST_ENTRY Free;
    OSL_WORK Work[OslMaximumWork];
    OSL_QUEUE Queues[OslQueueKinds];
    KDPC Dpc; // wakes the threads, for a service routine cannot
    BOOLEAN Stopping;
} OslQueues;

static POSL_WORK OslTakeWork(POSL_QUEUE Queue)
{
    POSL_WORK Work = NULL;
    KIRQL Irql = OslAcquireLock(&OslQueues.Lock);
    Queue->Busy = !IsListEmpty(&Queue->Work);
    if (Queue->Busy)
        Work = CONTAINING_RECORD(RemoveHeadList(&Queue->Work), OSL_WORK, Link);
    OslReleaseLock(&OslQueues.Lock, Irql);
    return Work;
}

static VOID OslFreeWork(POSL_WORK Work)
{
    KIRQL Irql = OslAcquireLock(&OslQueues.Lock);
    InsertTailList(&OslQueues.Free, &Work->Link);
    OslReleaseLock(&OslQueues.Lock, Irql);
}

static VOID NTAPI OslQueueThread(PVOID Context)
{
    POSL_QUEUE Queue = Context;
    while (!OslQueues.Stopping) {
        POSL_WORK Work = OslTakeWork(Queue);
        if (!Work) {
            KeWaitForSingleObject(&Queue->Wake, Executive, KernelMode, FALSE, NULL);
            continue;
        }
        OSL_WORK Copy = *Work;
        OslFreeWork(Work); // before it runs, for it may queue more
        Copy.Function(Copy.Context);
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID NTAPI OslWakeDpc(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    for (ULONG i = 0; i < OslQueueKinds; i++)
        KeSetEvent(&OslQueues.Queues[i].Wake, IO_NO_INCREMENT, FALSE);
}

acpi_status acpi_os_execute(acpi_execute_type type, acpi_osd_exec_callback function, void *context)
{
    POSL_QUEUE Queue = &OslQueues.Queues[type == OSL_NOTIFY_HANDLER ? OslNotifyQueue : OslGpeQueue];
    POSL_WORK Work = NULL;
    KIRQL Irql = OslAcquireLock(&OslQueues.Lock);
    if (!IsListEmpty(&OslQueues.Free)) {
        Work = CONTAINING_RECORD(RemoveHeadList(&OslQueues.Free), OSL_WORK, Link);
        Work->Function = function;
        Work->Context = context;
        InsertTailList(&Queue->Work, &Work->Link);
    }
    OslReleaseLock(&OslQueues.Lock, Irql);
    if (!Work)
        return AE_LIMIT;
    if (Irql > DISPATCH_LEVEL)
        KeInsertQueueDpc(&OslQueues.Dpc, NULL, NULL);
    else
        KeSetEvent(&Queue->Wake, IO_NO_INCREMENT, FALSE);
    return AE_OK;
}

static BOOLEAN OslIsIdle(VOID)
{
    BOOLEAN Idle = TRUE;
    KIRQL Irql = OslAcquireLock(&OslQueues.Lock);
    for (ULONG i = 0; i < OslQueueKinds; i++)
        Idle = Idle && !OslQueues.Queues[i].Busy && IsListEmpty(&OslQueues.Queues[i].Work);
    OslReleaseLock(&OslQueues.Lock, Irql);
    return Idle;
}

// Called when handlers are removed, which is rare: looking again every few milliseconds is enough. Work that
// asks for this itself is not waited for.
void acpi_os_wait_events_complete(void)
{
    enum { Tries = 200, Milliseconds = 5 };
    for (ULONG i = 0; i < OslQueueKinds; i++) {
        if (OslQueues.Queues[i].Thread == PsGetCurrentThread())
            return;
    }
    for (ULONG i = 0; i < Tries && !OslIsIdle(); i++)
        acpi_os_sleep(Milliseconds);
}

static NTSTATUS OslStartThread(POSL_QUEUE Queue)
{
    HANDLE Handle;
    NTSTATUS Status =
        PsCreateSystemThread(&Handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, OslQueueThread, Queue);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ObReferenceObjectByHandle(Handle, SYNCHRONIZE, NULL, KernelMode, &Queue->Thread, NULL);
    ZwClose(Handle);
    return Status;
}

NTSTATUS OslStartQueues(PDEVICE_OBJECT Device)
{
    NTSTATUS Status = STATUS_SUCCESS;
    UNREFERENCED_PARAMETER(Device);
    KeInitializeSpinLock(&OslQueues.Lock);
    KeInitializeDpc(&OslQueues.Dpc, OslWakeDpc, NULL);
    InitializeListHead(&OslQueues.Free);
    OslQueues.Stopping = FALSE;
    for (ULONG i = 0; i < OslMaximumWork; i++)
        InsertTailList(&OslQueues.Free, &OslQueues.Work[i].Link);
    for (ULONG i = 0; i < OslQueueKinds; i++) {
        InitializeListHead(&OslQueues.Queues[i].Work);
        KeInitializeEvent(&OslQueues.Queues[i].Wake, SynchronizationEvent, FALSE);
    }
    for (ULONG i = 0; i < OslQueueKinds && NT_SUCCESS(Status); i++)
        Status = OslStartThread(&OslQueues.Queues[i]);
    if (!NT_SUCCESS(Status))
        OslStopQueues();
    return Status;
}

VOID OslStopQueues(VOID)
{
    OslQueues.Stopping = TRUE;
    for (ULONG i = 0; i < OslQueueKinds; i++) {
        POSL_QUEUE Queue = &OslQueues.Queues[i];
        if (!Queue->Thread)
            continue;
        KeSetEvent(&Queue->Wake, IO_NO_INCREMENT, FALSE);
        KeWaitForSingleObject(Queue->Thread, Executive, KernelMode, FALSE, NULL);
        ObDereferenceObject(Queue->Thread);
        Queue->Thread = NULL;
    }
}
