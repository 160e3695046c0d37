// Waiting for events: the interrupt routine notes those of the mask.
#include "serial.h"

static ULONG SerialTakeEvents(PSERIAL_DEVICE Device)
{
    KIRQL Irql = KeAcquireInterruptSpinLock(Device->Interrupt);
    ULONG Events = Device->Line.Events;
    Device->Line.Events = 0;
    KeReleaseInterruptSpinLock(Device->Interrupt, Irql);
    return Events;
}

static VOID SerialFinishWait(PSERIAL_DEVICE Device, PSERIAL_DONE Done, ULONG Events)
{
    PIRP Irp = Device->Waits.Current;
    *(PULONG)Irp->AssociatedIrp.SystemBuffer = Events;
    Irp->IoStatus.Information = sizeof(Events);
    SerialFinishCurrent(&Device->Waits, Done, STATUS_SUCCESS);
}

// Without a mask there is nothing to wait for.
static VOID SerialServeWaits(PSERIAL_DEVICE Device, PSERIAL_DONE Done)
{
    if (!Device->Waits.Current && !SerialNextIrp(&Device->Waits))
        return;
    if (!Device->Line.WaitMask) {
        SerialFinishCurrent(&Device->Waits, Done, STATUS_INVALID_PARAMETER);
        return;
    }
    ULONG Events = SerialTakeEvents(Device);
    if (Events)
        SerialFinishWait(Device, Done, Events);
}

static VOID SerialStopWait(PSERIAL_DEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
}

VOID SerialInitializeWaits(PSERIAL_DEVICE Device)
{
    SerialInitializeQueue(&Device->Waits, TRUE, SerialServeWaits, SerialStopWait);
}

// Who waits for events of the old mask is told of none.
VOID SerialSetWaitMask(PSERIAL_DEVICE Device, ULONG Mask)
{
    SERIAL_DONE Done;
    KIRQL Irql = SerialLock(Device, &Done);
    if (Device->Waits.Current)
        SerialFinishWait(Device, &Done, 0);
    KIRQL Interrupt = KeAcquireInterruptSpinLock(Device->Interrupt);
    Device->Line.WaitMask = Mask;
    Device->Line.Events = 0;
    KeReleaseInterruptSpinLock(Device->Interrupt, Interrupt);
    SerialUnlock(Device, &Done, Irql);
}
