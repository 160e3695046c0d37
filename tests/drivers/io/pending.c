// Requests that are completed later: by a DPC, a work item, a system thread.

#include "driver.h"

static KSPIN_LOCK DpcLock;
static LIST_ENTRY DpcIrps;
static KTIMER DpcTimer;
static KDPC Dpc;
static LIST_ENTRY LaterIrps; // under DpcLock, too
static KDPC LaterDpc;
static KEVENT LaterDone;

static PIRP TakeDpcIrp(VOID)
{
    PIRP Irp = NULL;
    KeAcquireSpinLockAtDpcLevel(&DpcLock);
    if (!IsListEmpty(&DpcIrps))
        Irp = CONTAINING_RECORD(RemoveHeadList(&DpcIrps), IRP, Tail.Overlay.ListEntry);
    KeReleaseSpinLockFromDpcLevel(&DpcLock);
    return Irp;
}

static VOID NTAPI CompleteInDpc(PKDPC Object, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Object);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    PIRP Irp;
    while ((Irp = TakeDpcIrp()))
        TestComplete(Irp, STATUS_SUCCESS, 0);
}

// Of requests that come together one DPC completes many.
static VOID NTAPI CompleteLater(PKDPC Object, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    LIST_ENTRY Irps;
    ULONG Count = 0;
    UNREFERENCED_PARAMETER(Object);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    InitializeListHead(&Irps);
    KeAcquireSpinLockAtDpcLevel(&DpcLock);
    for (; !IsListEmpty(&LaterIrps); Count++)
        InsertTailList(&Irps, RemoveHeadList(&LaterIrps));
    KeReleaseSpinLockFromDpcLevel(&DpcLock);
    while (!IsListEmpty(&Irps))
        TestComplete(CONTAINING_RECORD(RemoveHeadList(&Irps), IRP, Tail.Overlay.ListEntry),
                     STATUS_SUCCESS, Count);
    KeSetEvent(&LaterDone, IO_NO_INCREMENT, FALSE);
}

NTSTATUS TestPendLater(PIRP Irp)
{
    PULONG Key = Irp->AssociatedIrp.SystemBuffer;
    BOOLEAN Waits = Key && *Key == IOTEST_HELD_KEY;
    KIRQL Irql;
    IoMarkIrpPending(Irp);
    if (Waits)
        KeClearEvent(&LaterDone);
    KeAcquireSpinLock(&DpcLock, &Irql);
    InsertTailList(&LaterIrps, &Irp->Tail.Overlay.ListEntry);
    KeReleaseSpinLock(&DpcLock, Irql);
    KeInsertQueueDpc(&LaterDpc, NULL, NULL);
    if (Waits)
        KeWaitForSingleObject(&LaterDone, Executive, KernelMode, FALSE, NULL);
    return STATUS_PENDING;
}

VOID TestStartPending(VOID)
{
    InitializeListHead(&LaterIrps);
    KeInitializeEvent(&LaterDone, NotificationEvent, FALSE);
    KeInitializeDpc(&LaterDpc, CompleteLater, NULL);
    KeSetImportanceDpc(&LaterDpc, LowImportance);
    KeInitializeSpinLock(&DpcLock);
    InitializeListHead(&DpcIrps);
    KeInitializeTimer(&DpcTimer);
    KeInitializeDpc(&Dpc, CompleteInDpc, NULL);
}

static NTSTATUS PendForDpc(PIRP Irp)
{
    LARGE_INTEGER Due = {.QuadPart = -50'000};
    KIRQL Irql;
    IoMarkIrpPending(Irp);
    KeAcquireSpinLock(&DpcLock, &Irql);
    InsertTailList(&DpcIrps, &Irp->Tail.Overlay.ListEntry);
    KeReleaseSpinLock(&DpcLock, Irql);
    KeSetTimer(&DpcTimer, Due, &Dpc);
    return STATUS_PENDING;
}

static VOID NTAPI CompleteInWork(PVOID IoObject, PVOID Context, PIO_WORKITEM Item)
{
    PIRP Irp = Context;
    BOOLEAN Good = IoObject == TestDevice && KeGetCurrentIrql() == PASSIVE_LEVEL;
    IoFreeWorkItem(Item);
    TestComplete(Irp, Good ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL, 0);
}

static NTSTATUS PendForWork(PIRP Irp)
{
    PIO_WORKITEM Item = IoAllocateWorkItem(TestDevice);
    if (!Item)
        return TestComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    IoMarkIrpPending(Irp);
    IoQueueWorkItemEx(Item, CompleteInWork, DelayedWorkQueue, Irp);
    return STATUS_PENDING;
}

static VOID NTAPI CompleteInThread(PVOID Context)
{
    LARGE_INTEGER Interval = {.QuadPart = -20'000};
    KeDelayExecutionThread(KernelMode, FALSE, &Interval);
    TestComplete(Context, STATUS_SUCCESS, 0);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static NTSTATUS PendForThread(PIRP Irp)
{
    HANDLE Thread;
    IoMarkIrpPending(Irp);
    NTSTATUS Status =
        PsCreateSystemThread(&Thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, CompleteInThread, Irp);
    if (NT_SUCCESS(Status))
        ZwClose(Thread);
    else
        TestComplete(Irp, Status, 0);
    return STATUS_PENDING;
}

NTSTATUS TestPend(PIRP Irp, ULONG Code)
{
    if (Code == IOTEST_DPC)
        return PendForDpc(Irp);
    return Code == IOTEST_WORK ? PendForWork(Irp) : PendForThread(Irp);
}
