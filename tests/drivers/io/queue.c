// Packets that wait: for StartIo, and in a cancel-safe queue.

#include "driver.h"

// ---- StartIo: each packet takes a few milliseconds, until a timer's DPC completes it

static KTIMER StartTimer;
static KDPC StartDpc;
static ULONG Order[64], OrderCount;

static VOID NTAPI FinishStarted(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    PIRP Irp = TestDevice->CurrentIrp;
    IoStartNextPacket(TestDevice, TRUE);
    TestComplete(Irp, STATUS_SUCCESS, 0);
}

static ULONG KeyOf(PIRP Irp)
{
    return *(PULONG)Irp->AssociatedIrp.SystemBuffer;
}

static ULONG DeferredDepth, DeferredDeepest;

// The lower device's packets end at once, and start the next from here.
static VOID StartDeferred(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    DeferredDepth++;
    DeferredDeepest = max(DeferredDeepest, DeferredDepth);
    IoStartNextPacket(DeviceObject, FALSE);
    TestComplete(Irp, STATUS_SUCCESS, 0);
    DeferredDepth--;
}

VOID NTAPI TestStartIo(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    LARGE_INTEGER Due = {.QuadPart = -30'000};
    KIRQL Irql;
    if (DeviceObject == TestLower) {
        StartDeferred(DeviceObject, Irp);
        return;
    }
    IoAcquireCancelSpinLock(&Irql);
    BOOLEAN Cancelled = Irp->Cancel && !IoSetCancelRoutine(Irp, NULL);
    IoSetCancelRoutine(Irp, NULL);
    IoReleaseCancelSpinLock(Irql);
    if (Cancelled)
        return; // its cancel routine starts the next
    if (OrderCount < RTL_NUMBER_OF(Order))
        Order[OrderCount++] = KeyOf(Irp);
    if (KeyOf(Irp) == IOTEST_HELD_KEY)
        return; // until TestRelease
    KeSetTimer(&StartTimer, Due, &StartDpc);
}

// Called with the cancel lock.
static VOID NTAPI CancelStart(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    if (Irp == DeviceObject->CurrentIrp) {
        IoReleaseCancelSpinLock(Irp->CancelIrql);
        KIRQL Irql;
        KeRaiseIrql(DISPATCH_LEVEL, &Irql);
        IoStartNextPacket(DeviceObject, TRUE);
        KeLowerIrql(Irql);
    } else {
        KeRemoveEntryDeviceQueue(&DeviceObject->DeviceQueue, &Irp->Tail.Overlay.DeviceQueueEntry);
        IoReleaseCancelSpinLock(Irp->CancelIrql);
    }
    TestComplete(Irp, STATUS_CANCELLED, 0);
}

NTSTATUS TestStart(PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    if (Stack->Parameters.DeviceIoControl.InputBufferLength < sizeof(ULONG))
        return TestComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    ULONG Key = KeyOf(Irp);
    IoMarkIrpPending(Irp);
    IoStartPacket(TestDevice, Irp, &Key, CancelStart);
    return STATUS_PENDING;
}

NTSTATUS TestOrder(PIRP Irp, ULONG Length)
{
    ULONG Size = OrderCount * sizeof(ULONG);
    if (Length < Size)
        return TestComplete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    RtlCopyMemory(Irp->AssociatedIrp.SystemBuffer, Order, Size);
    OrderCount = 0;
    return TestComplete(Irp, STATUS_SUCCESS, Size);
}

enum { DeferredPackets = 4 };

static NTSTATUS NTAPI CountCompletion(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    ++*(PULONG)Context;
    IoFreeIrp(Irp);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

// The first packet's routine finds three more in the queue; each is started when the one before returns.
ULONG TestDeferredStart(VOID)
{
    static BOOLEAN Attributes;
    ULONG Done = 0;
    KIRQL Irql;
    PIRP Irps[DeferredPackets];
    if (!Attributes)
        IoSetStartIoAttributes(TestLower, TRUE, TRUE);
    Attributes = TRUE;
    for (ULONG i = 0; i < DeferredPackets; i++) {
        Irps[i] = IoAllocateIrp(2, FALSE);
        EXPECT(Irps[i]);
        IoSetCompletionRoutine(Irps[i], CountCompletion, &Done, TRUE, TRUE, TRUE);
        IoSetNextIrpStackLocation(Irps[i]);
    }
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    for (ULONG i = 1; i < DeferredPackets; i++) {
        // The queue is busy with a packet that is not there, until the loop is over.
        TestLower->DeviceQueue.Busy = TRUE;
        IoStartPacket(TestLower, Irps[i], NULL, NULL);
    }
    TestLower->DeviceQueue.Busy = TRUE;
    StartDeferred(TestLower, Irps[0]);
    KeLowerIrql(Irql);
    EXPECT(Done == DeferredPackets);
    EXPECT(DeferredDeepest <= 2); // the call above was no StartIo of the system's
    EXPECT(!TestLower->DeviceQueue.Busy);
    return 0;
}

// ---- The cancel-safe queue

static IO_CSQ Csq;
static KSPIN_LOCK CsqLock;
static LIST_ENTRY CsqIrps;

static VOID NTAPI CsqInsert(PIO_CSQ Queue, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Queue);
    InsertTailList(&CsqIrps, &Irp->Tail.Overlay.ListEntry);
}

static VOID NTAPI CsqRemove(PIO_CSQ Queue, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Queue);
    RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
}

static PIRP NTAPI CsqPeek(PIO_CSQ Queue, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(Context);
    PLIST_ENTRY Next = Irp ? Irp->Tail.Overlay.ListEntry.Flink : CsqIrps.Flink;
    return Next == &CsqIrps ? NULL : CONTAINING_RECORD(Next, IRP, Tail.Overlay.ListEntry);
}

static VOID NTAPI CsqAcquire(PIO_CSQ Queue, PKIRQL Irql)
{
    UNREFERENCED_PARAMETER(Queue);
    KeAcquireSpinLock(&CsqLock, Irql);
}

static VOID NTAPI CsqRelease(PIO_CSQ Queue, KIRQL Irql)
{
    UNREFERENCED_PARAMETER(Queue);
    KeReleaseSpinLock(&CsqLock, Irql);
}

static VOID NTAPI CsqCancelled(PIO_CSQ Queue, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Queue);
    TestComplete(Irp, STATUS_CANCELLED, 0);
}

VOID TestStartQueues(VOID)
{
    KeInitializeTimer(&StartTimer);
    KeInitializeDpc(&StartDpc, FinishStarted, NULL);
    KeInitializeSpinLock(&CsqLock);
    InitializeListHead(&CsqIrps);
    IoCsqInitialize(&Csq, CsqInsert, CsqRemove, CsqPeek, CsqAcquire, CsqRelease, CsqCancelled);
}

NTSTATUS TestQueue(PIRP Irp)
{
    IoCsqInsertIrp(&Csq, Irp, NULL);
    return STATUS_PENDING;
}

NTSTATUS TestRelease(PIRP Irp)
{
    LARGE_INTEGER Soon = {.QuadPart = -1};
    PIRP Waiting;
    ULONG Count = 0;
    while ((Waiting = IoCsqRemoveNextIrp(&Csq, NULL))) {
        TestComplete(Waiting, STATUS_SUCCESS, 0);
        Count++;
    }
    if (TestDevice->CurrentIrp)
        KeSetTimer(&StartTimer, Soon, &StartDpc);
    return TestComplete(Irp, STATUS_SUCCESS, Count);
}

ULONG TestQueueContext(VOID)
{
    IO_CSQ_IRP_CONTEXT Context;
    ULONG Done = 0;
    PIRP Irp = IoAllocateIrp(2, FALSE);
    EXPECT(Irp);
    IoSetCompletionRoutine(Irp, CountCompletion, &Done, TRUE, TRUE, TRUE);
    IoSetNextIrpStackLocation(Irp);
    IoCsqInsertIrp(&Csq, Irp, &Context);
    EXPECT(IoGetCurrentIrpStackLocation(Irp)->Control & SL_PENDING_RETURNED);
    EXPECT(IoCsqRemoveIrp(&Csq, &Context) == Irp);
    EXPECT(!IoCsqRemoveIrp(&Csq, &Context));
    EXPECT(!IoCsqRemoveNextIrp(&Csq, NULL));
    IoCsqInsertIrp(&Csq, Irp, &Context);
    EXPECT(IoCancelIrp(Irp));
    EXPECT(Done == 1);
    EXPECT(!IoCsqRemoveIrp(&Csq, &Context));
    return 0;
}
