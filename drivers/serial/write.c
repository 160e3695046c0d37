// Writing: the interrupt routine takes the characters from the current request's buffer. A request is complete
// when its last character is in the transmitter. A single character may overtake them (IOCTL_SERIAL_IMMEDIATE_CHAR).
#include "serial.h"

static KDEFERRED_ROUTINE SerialWriteExpired;

static ULONG SerialWriteLength(PIRP Irp)
{
    return IoGetCurrentIrpStackLocation(Irp)->Parameters.Write.Length;
}

static VOID SerialStartWrite(PSERIAL_DEVICE Device)
{
    PIRP Irp = Device->Writes.Current;
    PSERIAL_LINE Line = &Device->Line;
    LONGLONG Total =
        (LONGLONG)Device->Timeouts.WriteTotalTimeoutMultiplier * SerialWriteLength(Irp) +
        Device->Timeouts.WriteTotalTimeoutConstant;
    Device->WriteTimerSet = Total != 0;
    if (Total) {
        LARGE_INTEGER Due = {.QuadPart = -10'000ll * Total};
        KeSetTimer(&Device->WriteTimer, Due, &Device->WriteTimerDpc);
    }
    KIRQL Irql = KeAcquireInterruptSpinLock(Device->Interrupt);
    Line->Output = Irp->AssociatedIrp.SystemBuffer;
    Line->OutputLeft = SerialWriteLength(Irp);
    SerialStartTransmitter(Device);
    KeReleaseInterruptSpinLock(Device->Interrupt, Irql);
}

// How many characters are not sent yet.
static ULONG SerialUpdateWrite(PSERIAL_DEVICE Device)
{
    KIRQL Irql = KeAcquireInterruptSpinLock(Device->Interrupt);
    ULONG Left = Device->Line.OutputLeft;
    KeReleaseInterruptSpinLock(Device->Interrupt, Irql);
    Device->Writes.Current->IoStatus.Information = SerialWriteLength(Device->Writes.Current) - Left;
    return Left;
}

static VOID SerialStopWrite(PSERIAL_DEVICE Device)
{
    PSERIAL_LINE Line = &Device->Line;
    Device->WriteTimerSet = FALSE;
    KeCancelTimer(&Device->WriteTimer);
    KIRQL Irql = KeAcquireInterruptSpinLock(Device->Interrupt);
    ULONG Left = Line->OutputLeft;
    Line->Output = NULL;
    Line->OutputLeft = 0;
    if (!Line->OutputBusy)
        SerialNote(Device, SERIAL_EV_TXEMPTY);
    KeReleaseInterruptSpinLock(Device->Interrupt, Irql);
    Device->Writes.Current->IoStatus.Information = SerialWriteLength(Device->Writes.Current) - Left;
}

static VOID SerialServeWrites(PSERIAL_DEVICE Device, PSERIAL_DONE Done)
{
    for (;;) {
        if (!Device->Writes.Current) {
            if (!SerialNextIrp(&Device->Writes))
                return;
            SerialStartWrite(Device);
        }
        if (SerialUpdateWrite(Device))
            return;
        SerialStopWrite(Device);
        SerialFinishCurrent(&Device->Writes, Done, STATUS_SUCCESS);
    }
}

static VOID NTAPI SerialWriteExpired(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    PSERIAL_DEVICE Device = Context;
    SERIAL_DONE Done;
    KIRQL Irql = SerialLock(Device, &Done);
    if (Device->WriteTimerSet && KeReadStateTimer(&Device->WriteTimer) && Device->Writes.Current) {
        NTSTATUS Status = SerialUpdateWrite(Device) ? STATUS_TIMEOUT : STATUS_SUCCESS;
        SerialStopWrite(Device);
        SerialFinishCurrent(&Device->Writes, &Done, Status);
        SerialServeWrites(Device, &Done);
    }
    SerialUnlock(Device, &Done, Irql);
}

ULONG SerialOutputCount(PSERIAL_DEVICE Device)
{
    ULONG Count = 0;
    for (PLIST_ENTRY Link = Device->Writes.Irps.Flink; Link != &Device->Writes.Irps;
         Link = Link->Flink) {
        PIRP Irp = CONTAINING_RECORD(Link, IRP, Tail.Overlay.ListEntry);
        Count += Irp == Device->Writes.Current ? SerialUpdateWrite(Device) : SerialWriteLength(Irp);
    }
    return Count;
}

// ---- The character that overtakes

static VOID SerialStopImmediate(PSERIAL_DEVICE Device)
{
    KIRQL Irql = KeAcquireInterruptSpinLock(Device->Interrupt);
    Device->Line.ImmediatePending = FALSE;
    KeReleaseInterruptSpinLock(Device->Interrupt, Irql);
}

static VOID SerialServeImmediates(PSERIAL_DEVICE Device, PSERIAL_DONE Done)
{
    PSERIAL_LINE Line = &Device->Line;
    BOOLEAN Begin = !Device->Immediates.Current;
    if (Begin && !SerialNextIrp(&Device->Immediates))
        return;
    KIRQL Irql = KeAcquireInterruptSpinLock(Device->Interrupt);
    if (Begin) {
        Line->Immediate = *(PUCHAR)Device->Immediates.Current->AssociatedIrp.SystemBuffer;
        Line->ImmediatePending = TRUE;
        SerialStartTransmitter(Device);
    }
    BOOLEAN Sent = !Line->ImmediatePending;
    KeReleaseInterruptSpinLock(Device->Interrupt, Irql);
    if (Sent)
        SerialFinishCurrent(&Device->Immediates, Done, STATUS_SUCCESS);
}

VOID SerialInitializeWrites(PSERIAL_DEVICE Device)
{
    SerialInitializeQueue(&Device->Writes, FALSE, SerialServeWrites, SerialStopWrite);
    SerialInitializeQueue(&Device->Immediates, TRUE, SerialServeImmediates, SerialStopImmediate);
    KeInitializeTimer(&Device->WriteTimer);
    KeInitializeDpc(&Device->WriteTimerDpc, SerialWriteExpired, Device);
}

NTSTATUS NTAPI SerialWriteRequest(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PSERIAL_DEVICE Device = SerialOf(DeviceObject);
    if (!ExAcquireRundownProtection(&Device->Running))
        return SerialComplete(Irp, STATUS_DELETE_PENDING, 0);
    return SerialEnqueue(Device, &Device->Writes, Irp);
}
