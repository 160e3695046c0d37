// Reading: from the ring that the interrupt routine fills, with the time-outs of SERIAL_TIMEOUTS.
#include "serial.h"

static KDEFERRED_ROUTINE SerialReadExpired, SerialIntervalExpired;

static PIO_STACK_LOCATION SerialReadStack(PSERIAL_DEVICE Device)
{
    return IoGetCurrentIrpStackLocation(Device->Reads.Current);
}

static LONGLONG SerialReadTotal(const SERIAL_TIMEOUTS *Timeouts, ULONG Length)
{
    return (LONGLONG)Timeouts->ReadTotalTimeoutMultiplier * Length +
           Timeouts->ReadTotalTimeoutConstant;
}

// What MAXULONG means in these is told by the description of SERIAL_TIMEOUTS.
static VOID SerialStartRead(PSERIAL_DEVICE Device)
{
    const SERIAL_TIMEOUTS *Timeouts = &Device->Timeouts;
    LONGLONG Total = 0;
    Device->ReadNow = Device->ReadAnything = FALSE;
    Device->ReadInterval = 0;
    if (Timeouts->ReadIntervalTimeout == MAXULONG && !Timeouts->ReadTotalTimeoutMultiplier &&
        !Timeouts->ReadTotalTimeoutConstant) {
        Device->ReadNow = TRUE;
    } else if (Timeouts->ReadIntervalTimeout == MAXULONG &&
               Timeouts->ReadTotalTimeoutMultiplier == MAXULONG) {
        Device->ReadAnything = TRUE;
        Total = Timeouts->ReadTotalTimeoutConstant;
    } else {
        Total = SerialReadTotal(Timeouts, SerialReadStack(Device)->Parameters.Read.Length);
        if (Timeouts->ReadIntervalTimeout != MAXULONG)
            Device->ReadInterval = Timeouts->ReadIntervalTimeout;
    }
    Device->ReadTimerSet = Total != 0;
    if (Total) {
        LARGE_INTEGER Due = {.QuadPart = -10'000ll * Total};
        KeSetTimer(&Device->ReadTimer, Due, &Device->ReadTimerDpc);
    }
}

static VOID SerialStopRead(PSERIAL_DEVICE Device)
{
    Device->ReadTimerSet = Device->IntervalTimerSet = FALSE;
    KeCancelTimer(&Device->ReadTimer);
    KeCancelTimer(&Device->IntervalTimer);
}

// The interval counts from the last character.
static VOID SerialRestartInterval(PSERIAL_DEVICE Device)
{
    LARGE_INTEGER Due = {.QuadPart = -10'000ll * Device->ReadInterval};
    if (!Device->ReadInterval)
        return;
    Device->IntervalTimerSet = TRUE;
    KeSetTimer(&Device->IntervalTimer, Due, &Device->IntervalTimerDpc);
}

// From the ring into the current request. Returns whether that is as much as it wants.
static BOOLEAN SerialMoveInput(PSERIAL_DEVICE Device)
{
    PSERIAL_LINE Line = &Device->Line;
    PIRP Irp = Device->Reads.Current;
    ULONG Wanted = SerialReadStack(Device)->Parameters.Read.Length;
    ULONG Done = (ULONG)Irp->IoStatus.Information;
    PUCHAR Buffer = Irp->AssociatedIrp.SystemBuffer;
    KIRQL Irql = KeAcquireInterruptSpinLock(Device->Interrupt);
    ULONG Before = Done;
    while (Done < Wanted && SerialInputCount(Line))
        Buffer[Done++] = Line->Input[Line->InputTail++ & (Line->InputSize - 1)];
    SerialReleaseInput(Device);
    KeReleaseInterruptSpinLock(Device->Interrupt, Irql);
    Irp->IoStatus.Information = Done;
    if (Done != Before && Done != Wanted)
        SerialRestartInterval(Device);
    return Done == Wanted || Device->ReadNow || (Device->ReadAnything && Done);
}

static VOID SerialServeReads(PSERIAL_DEVICE Device, PSERIAL_DONE Done)
{
    for (;;) {
        if (!Device->Reads.Current) {
            if (!SerialNextIrp(&Device->Reads))
                return;
            SerialStartRead(Device);
        }
        if (!SerialMoveInput(Device))
            return;
        SerialStopRead(Device);
        SerialFinishCurrent(&Device->Reads, Done, STATUS_SUCCESS);
    }
}

// Which the characters that have come meanwhile may have completed. A DPC that comes late finds its timer
// not set, or set anew and not expired.
static VOID SerialTimeOutRead(PSERIAL_DEVICE Device, const BOOLEAN *Set, PKTIMER Timer)
{
    SERIAL_DONE Done;
    KIRQL Irql = SerialLock(Device, &Done);
    if (*Set && KeReadStateTimer(Timer) && Device->Reads.Current) {
        NTSTATUS Status = SerialMoveInput(Device) ? STATUS_SUCCESS : STATUS_TIMEOUT;
        SerialStopRead(Device);
        SerialFinishCurrent(&Device->Reads, &Done, Status);
        SerialServeReads(Device, &Done);
    }
    SerialUnlock(Device, &Done, Irql);
}

static VOID NTAPI SerialReadExpired(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    PSERIAL_DEVICE Device = Context;
    SerialTimeOutRead(Device, &Device->ReadTimerSet, &Device->ReadTimer);
}

static VOID NTAPI SerialIntervalExpired(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    PSERIAL_DEVICE Device = Context;
    SerialTimeOutRead(Device, &Device->IntervalTimerSet, &Device->IntervalTimer);
}

VOID SerialInitializeReads(PSERIAL_DEVICE Device)
{
    SerialInitializeQueue(&Device->Reads, FALSE, SerialServeReads, SerialStopRead);
    KeInitializeTimer(&Device->ReadTimer);
    KeInitializeTimer(&Device->IntervalTimer);
    KeInitializeDpc(&Device->ReadTimerDpc, SerialReadExpired, Device);
    KeInitializeDpc(&Device->IntervalTimerDpc, SerialIntervalExpired, Device);
}

NTSTATUS NTAPI SerialReadRequest(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PSERIAL_DEVICE Device = SerialOf(DeviceObject);
    if (!ExAcquireRundownProtection(&Device->Running))
        return SerialComplete(Irp, STATUS_DELETE_PENDING, 0);
    return SerialEnqueue(Device, &Device->Reads, Irp);
}
