// Queues of requests, any of which can be cancelled at any time. A packet whose cancel routine has been taken
// belongs to that routine, which removes it when it gets the lock; everyone else passes over it.
#include "serial.h"

static DRIVER_CANCEL SerialCancel;

VOID SerialInitializeQueue(PSERIAL_QUEUE Queue, BOOLEAN Single,
                           VOID (*Serve)(PSERIAL_DEVICE, PSERIAL_DONE),
                           VOID (*Stop)(PSERIAL_DEVICE))
{
    InitializeListHead(&Queue->Irps);
    Queue->Current = NULL;
    Queue->Single = Single;
    Queue->Serve = Serve;
    Queue->Stop = Stop;
}

// ---- Completion behind the lock

KIRQL SerialLock(PSERIAL_DEVICE Device, PSERIAL_DONE Done)
{
    KIRQL Irql;
    InitializeListHead(&Done->Irps);
    KeAcquireSpinLock(&Device->Lock, &Irql);
    return Irql;
}

VOID SerialUnlock(PSERIAL_DEVICE Device, PSERIAL_DONE Done, KIRQL Irql)
{
    KeReleaseSpinLock(&Device->Lock, Irql);
    while (!IsListEmpty(&Done->Irps)) {
        PIRP Irp = CONTAINING_RECORD(RemoveHeadList(&Done->Irps), IRP, Tail.Overlay.ListEntry);
        IoCompleteRequest(Irp, IO_SERIAL_INCREMENT);
        ExReleaseRundownProtection(&Device->Running);
    }
}

static VOID SerialAddDone(PSERIAL_DONE Done, PIRP Irp, NTSTATUS Status)
{
    Irp->IoStatus.Status = Status;
    InsertTailList(&Done->Irps, &Irp->Tail.Overlay.ListEntry);
}

// ---- The queue

static PIRP SerialIrpOf(PLIST_ENTRY Link)
{
    return CONTAINING_RECORD(Link, IRP, Tail.Overlay.ListEntry);
}

BOOLEAN SerialNextIrp(PSERIAL_QUEUE Queue)
{
    Queue->Current = NULL;
    for (PLIST_ENTRY Link = Queue->Irps.Flink; Link != &Queue->Irps; Link = Link->Flink) {
        if (SerialIrpOf(Link)->Cancel)
            continue;
        Queue->Current = SerialIrpOf(Link);
        return TRUE;
    }
    return FALSE;
}

VOID SerialFinishCurrent(PSERIAL_QUEUE Queue, PSERIAL_DONE Done, NTSTATUS Status)
{
    PIRP Irp = Queue->Current;
    Queue->Current = NULL;
    if (!IoSetCancelRoutine(Irp, NULL))
        return;
    RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
    SerialAddDone(Done, Irp, Status);
}

static VOID SerialStopIfCurrent(PSERIAL_DEVICE Device, PSERIAL_QUEUE Queue, PIRP Irp)
{
    if (Queue->Current != Irp)
        return;
    Queue->Stop(Device);
    Queue->Current = NULL;
}

static VOID NTAPI SerialCancel(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PSERIAL_DEVICE Device = SerialOf(DeviceObject);
    PSERIAL_QUEUE Queue = Irp->Tail.Overlay.DriverContext[0];
    SERIAL_DONE Done;
    IoReleaseCancelSpinLock(Irp->CancelIrql);
    KIRQL Irql = SerialLock(Device, &Done);
    RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
    SerialStopIfCurrent(Device, Queue, Irp);
    SerialAddDone(&Done, Irp, STATUS_CANCELLED);
    Queue->Serve(Device, &Done);
    SerialUnlock(Device, &Done, Irql);
}

static NTSTATUS SerialInsert(PSERIAL_DEVICE Device, PSERIAL_QUEUE Queue, PIRP Irp)
{
    if (Device->Ending)
        return STATUS_DELETE_PENDING;
    if (Queue->Single && !IsListEmpty(&Queue->Irps))
        return STATUS_INVALID_PARAMETER;
    if (Device->Line.HandFlow.ControlHandShake & SERIAL_ERROR_ABORT && Device->Line.Errors)
        return STATUS_CANCELLED; // until somebody asks what the error was
    Irp->Tail.Overlay.DriverContext[0] = Queue;
    (VOID) IoSetCancelRoutine(Irp, SerialCancel);
    if (Irp->Cancel && IoSetCancelRoutine(Irp, NULL))
        return STATUS_CANCELLED;
    IoMarkIrpPending(Irp);
    Irp->IoStatus.Information = 0;
    InsertTailList(&Queue->Irps, &Irp->Tail.Overlay.ListEntry);
    return STATUS_PENDING;
}

NTSTATUS SerialEnqueue(PSERIAL_DEVICE Device, PSERIAL_QUEUE Queue, PIRP Irp)
{
    SERIAL_DONE Done;
    KIRQL Irql = SerialLock(Device, &Done);
    NTSTATUS Status = SerialInsert(Device, Queue, Irp);
    if (Status == STATUS_PENDING) {
        Queue->Serve(Device, &Done);
    } else {
        Irp->IoStatus.Information = 0;
        SerialAddDone(&Done, Irp, Status);
    }
    SerialUnlock(Device, &Done, Irql);
    return Status;
}

VOID SerialCancelQueue(PSERIAL_DEVICE Device, PSERIAL_QUEUE Queue)
{
    SERIAL_DONE Done;
    KIRQL Irql = SerialLock(Device, &Done);
    PLIST_ENTRY Link = Queue->Irps.Flink;
    while (Link != &Queue->Irps) {
        PIRP Irp = SerialIrpOf(Link);
        Link = Link->Flink;
        if (!IoSetCancelRoutine(Irp, NULL))
            continue;
        RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
        SerialStopIfCurrent(Device, Queue, Irp);
        SerialAddDone(&Done, Irp, STATUS_CANCELLED);
    }
    SerialUnlock(Device, &Done, Irql);
}

VOID SerialCancelAll(PSERIAL_DEVICE Device)
{
    SerialCancelQueue(Device, &Device->Reads);
    SerialCancelQueue(Device, &Device->Writes);
    SerialCancelQueue(Device, &Device->Waits);
    SerialCancelQueue(Device, &Device->Immediates);
}
