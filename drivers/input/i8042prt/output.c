// Commands to the keyboard while it is in use. Each byte is sent when the one before it has been acknowledged,
// by interrupt. Requests wait in a queue: each takes some milliseconds, and fails when the keyboard does not answer.
#include "i8042prt.h"

static KDEFERRED_ROUTINE KbdOutputExpired;

enum { KbdOutputMilliseconds = 1000 };

// ---- With the interrupt's lock held

// The controller takes a byte within microseconds.
static BOOLEAN KbdSendByte(PKBD_PORT Port, UCHAR Byte)
{
    enum { Polls = 100, Microseconds = 10 };
    for (ULONG i = 0; i < Polls; i++) {
        if (!(KbdStatus(Port) & KbdStatusInputFull)) {
            WRITE_PORT_UCHAR(Port->DataPort, Byte);
            return TRUE;
        }
        KeStallExecutionProcessor(Microseconds);
    }
    return FALSE;
}

static VOID KbdEndCommand(PKBD_PORT Port, BOOLEAN Failed)
{
    Port->Command.Active = FALSE;
    Port->Command.Failed = Failed;
    Port->Command.Done = TRUE;
}

static VOID KbdSendNext(PKBD_PORT Port)
{
    if (Port->Command.Sent == KbdCommandBytes)
        KbdEndCommand(Port, FALSE);
    else if (!KbdSendByte(Port, Port->Command.Bytes[Port->Command.Sent]))
        KbdEndCommand(Port, TRUE);
}

BOOLEAN KbdTakeAnswer(PKBD_PORT Port, UCHAR Byte)
{
    if (!Port->Command.Active || (Byte != KbdAcknowledge && Byte != KbdResend))
        return FALSE;
    if (Byte == KbdAcknowledge) {
        Port->Command.Sent++;
        Port->Command.Retries = 0;
        KbdSendNext(Port);
    } else if (++Port->Command.Retries < KbdRetries) {
        KbdSendNext(Port);
    } else {
        KbdEndCommand(Port, TRUE);
    }
    return TRUE;
}

// ---- Requests; with the port's lock held

static VOID KbdMakeCommand(PKBD_PORT Port, PIRP Irp, PUCHAR Bytes)
{
    const IO_STACK_LOCATION *Stack = IoGetCurrentIrpStackLocation(Irp);
    if (Stack->Parameters.DeviceIoControl.IoControlCode == IOCTL_KEYBOARD_SET_INDICATORS) {
        const KEYBOARD_INDICATOR_PARAMETERS *Indicators = Irp->AssociatedIrp.SystemBuffer;
        Port->Indicators = *Indicators;
        Bytes[0] = KbdSetIndicators;
        Bytes[1] = (UCHAR)Indicators->LedFlags;
    } else {
        const KEYBOARD_TYPEMATIC_PARAMETERS *Typematic = Irp->AssociatedIrp.SystemBuffer;
        Port->Typematic = *Typematic;
        Bytes[0] = KbdSetTypematic;
        Bytes[1] = KbdTypematicByte(Typematic->Rate, Typematic->Delay);
    }
}

static VOID KbdStartOutput(PKBD_PORT Port)
{
    LARGE_INTEGER Due = {.QuadPart = -10'000ll * KbdOutputMilliseconds};
    PIRP Irp = CONTAINING_RECORD(Port->Outputs.Flink, IRP, Tail.Overlay.ListEntry);
    KBD_COMMAND Command = {.Active = TRUE};
    KbdMakeCommand(Port, Irp, Command.Bytes);
    KeSetTimer(&Port->OutputTimer, Due, &Port->OutputDpc);
    KIRQL Irql = KeAcquireInterruptSpinLock(Port->Interrupt);
    Port->Command = Command;
    KbdSendNext(Port);
    KeReleaseInterruptSpinLock(Port->Interrupt, Irql);
}

// The first request's command has come to its end, or is brought to it.
static BOOLEAN KbdTakeResult(PKBD_PORT Port, BOOLEAN End, PNTSTATUS Status)
{
    KIRQL Irql = KeAcquireInterruptSpinLock(Port->Interrupt);
    if (End && !Port->Command.Done)
        KbdEndCommand(Port, TRUE);
    BOOLEAN Done = Port->Command.Done;
    *Status = Port->Command.Failed ? STATUS_IO_TIMEOUT : STATUS_SUCCESS;
    if (Done)
        Port->Command.Done = FALSE;
    KeReleaseInterruptSpinLock(Port->Interrupt, Irql);
    return Done;
}

static PIRP KbdFinishOutput(PKBD_PORT Port, BOOLEAN End, PNTSTATUS Status)
{
    if (IsListEmpty(&Port->Outputs) || !KbdTakeResult(Port, End, Status))
        return NULL;
    KeCancelTimer(&Port->OutputTimer);
    return CONTAINING_RECORD(RemoveHeadList(&Port->Outputs), IRP, Tail.Overlay.ListEntry);
}

// ---- Without

static VOID KbdServe(PKBD_PORT Port, BOOLEAN End)
{
    for (;;) {
        NTSTATUS Status;
        KIRQL Irql;
        KeAcquireSpinLock(&Port->Lock, &Irql);
        PIRP Irp = KbdFinishOutput(Port, End, &Status);
        if (Irp && !IsListEmpty(&Port->Outputs))
            KbdStartOutput(Port);
        KeReleaseSpinLock(&Port->Lock, Irql);
        if (!Irp)
            return;
        KbdComplete(Irp, Status, 0);
        ExReleaseRundownProtection(&Port->Running);
    }
}

VOID KbdServeOutput(PKBD_PORT Port)
{
    KbdServe(Port, FALSE);
}

VOID KbdCancelOutput(PKBD_PORT Port)
{
    KbdServe(Port, TRUE);
}

static VOID NTAPI KbdOutputExpired(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    PKBD_PORT Port = Context;
    // A timer that has been set anew belongs to another command, whose time has not come.
    if (KeReadStateTimer(&Port->OutputTimer))
        KbdServe(Port, TRUE);
}

NTSTATUS KbdQueueOutput(PKBD_PORT Port, PIRP Irp)
{
    KIRQL Irql;
    IoMarkIrpPending(Irp);
    KeAcquireSpinLock(&Port->Lock, &Irql);
    BOOLEAN First = IsListEmpty(&Port->Outputs);
    InsertTailList(&Port->Outputs, &Irp->Tail.Overlay.ListEntry);
    if (First)
        KbdStartOutput(Port);
    KeReleaseSpinLock(&Port->Lock, Irql);
    KbdServe(Port, FALSE); // it may have failed at once
    return STATUS_PENDING;
}

VOID KbdInitializeOutput(PKBD_PORT Port)
{
    KeInitializeSpinLock(&Port->Lock);
    InitializeListHead(&Port->Outputs);
    KeInitializeTimer(&Port->OutputTimer);
    KeInitializeDpc(&Port->OutputDpc, KbdOutputExpired, Port);
}
