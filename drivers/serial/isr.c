// The interrupt: characters in and out, and changes of the modem's lines. What concerns requests is left to the
// DPC.
#include "serial.h"

VOID SerialNote(PSERIAL_DEVICE Device, ULONG Event)
{
    Device->Line.Events |= Event & Device->Line.WaitMask;
}

// ---- Receiving

// What becomes of a character that came with an error. FALSE: it is dropped.
static BOOLEAN SerialReplaceFaulty(PSERIAL_LINE Line, UCHAR Status, PUCHAR Character)
{
    if (Status & UartStatusBreak) {
        *Character = Line->Chars.BreakChar;
        return (Line->HandFlow.FlowReplace & SERIAL_BREAK_CHAR) != 0;
    }
    if (Status & (UartStatusParity | UartStatusFraming) &&
        Line->HandFlow.FlowReplace & SERIAL_ERROR_CHAR)
        *Character = Line->Chars.ErrorChar;
    return TRUE;
}

static VOID SerialNoteErrors(PSERIAL_DEVICE Device, UCHAR Status)
{
    static const struct {
        UCHAR Status;
        ULONG Error, Event;
        ULONG Counter; // in the statistics
    } Errors[] = {
        {UartStatusBreak, SERIAL_ERROR_BREAK, SERIAL_EV_BREAK, 0},
        {UartStatusOverrun, SERIAL_ERROR_OVERRUN, SERIAL_EV_ERR,
         FIELD_OFFSET(SERIALPERF_STATS, SerialOverrunErrorCount)},
        {UartStatusParity, SERIAL_ERROR_PARITY, SERIAL_EV_ERR,
         FIELD_OFFSET(SERIALPERF_STATS, ParityErrorCount)},
        {UartStatusFraming, SERIAL_ERROR_FRAMING, SERIAL_EV_ERR,
         FIELD_OFFSET(SERIALPERF_STATS, FrameErrorCount)},
    };
    PSERIAL_LINE Line = &Device->Line;
    if (Status & UartStatusBreak)
        Status &= (UCHAR)~UartStatusFraming; // a break looks like one, too
    for (ULONG i = 0; i < RTL_NUMBER_OF(Errors); i++) {
        if (!(Status & Errors[i].Status))
            continue;
        Line->Errors |= Errors[i].Error;
        SerialNote(Device, Errors[i].Event);
        if (Errors[i].Counter)
            ++*(PULONG)((PUCHAR)&Line->Statistics + Errors[i].Counter);
    }
    if (Line->HandFlow.ControlHandShake & SERIAL_ERROR_ABORT)
        Line->Abort = TRUE;
}

static VOID SerialPutInput(PSERIAL_DEVICE Device, UCHAR Character)
{
    PSERIAL_LINE Line = &Device->Line;
    ULONG Count = SerialInputCount(Line);
    if (Count == Line->InputSize) {
        Line->Errors |= SERIAL_ERROR_QUEUEOVERRUN;
        Line->Statistics.BufferOverrunErrorCount++;
        SerialNote(Device, SERIAL_EV_ERR);
        if (Line->HandFlow.FlowReplace & SERIAL_ERROR_CHAR)
            Line->Input[(Line->InputHead - 1) & (Line->InputSize - 1)] = Line->Chars.ErrorChar;
        return;
    }
    Line->Input[Line->InputHead++ & (Line->InputSize - 1)] = Character;
    Line->Statistics.ReceivedCount++;
    SerialNote(Device, SERIAL_EV_RXCHAR);
    if (Character == Line->Chars.EventChar)
        SerialNote(Device, SERIAL_EV_RXFLAG);
    if (Count + 1 == Line->InputSize * 4 / 5)
        SerialNote(Device, SERIAL_EV_RX80FULL);
    if (Count + 1 >= Line->InputSize - (ULONG)Line->HandFlow.XoffLimit)
        SerialHoldInput(Device);
}

static VOID SerialReceiveCharacter(PSERIAL_DEVICE Device, UCHAR Status)
{
    PSERIAL_LINE Line = &Device->Line;
    UCHAR Character = SerialRead(Device, UartData);
    if (Line->Off) {
        Line->Woken = TRUE;
        return;
    }
    if (!SerialReplaceFaulty(Line, Status, &Character))
        return;
    if (!(Status & UartStatusErrors) && SerialTakeFlowCharacter(Device, Character))
        return;
    if (Line->HandFlow.ControlHandShake & SERIAL_DSR_SENSITIVITY &&
        !(SerialRead(Device, UartModemStatus) & UartModemDsr))
        return;
    if (!Character && Line->HandFlow.FlowReplace & SERIAL_NULL_STRIPPING)
        return;
    SerialPutInput(Device, Character);
}

// Until the FIFO is empty.
static VOID SerialReceive(PSERIAL_DEVICE Device)
{
    for (;;) {
        UCHAR Status = SerialRead(Device, UartLineStatus);
        if (Status == UartStatusFloating)
            return; // the device is gone
        if (Status & UartStatusErrors)
            SerialNoteErrors(Device, Status);
        if (!(Status & UartStatusData))
            return;
        SerialReceiveCharacter(Device, Status);
    }
}

// ---- Sending

// The transmitter is empty: fill it. XON and XOFF go first, and whatever holds the rest.
static VOID SerialFillFifo(PSERIAL_DEVICE Device)
{
    PSERIAL_LINE Line = &Device->Line;
    ULONG Room = Line->FifoControl & UartFifoEnable ? UartFifoSize : 1;
    ULONG Free = Room;
    if (Line->ControlCharacter >= 0) {
        SerialWrite(Device, UartData, (UCHAR)Line->ControlCharacter);
        Line->ControlCharacter = -1;
        Free--;
    }
    if (Free && Line->ImmediatePending && !(Line->TransmitHolds & ~SERIAL_TX_WAITING_FOR_XON)) {
        SerialWrite(Device, UartData, Line->Immediate);
        Line->ImmediatePending = FALSE;
        Line->Statistics.TransmittedCount++;
        Free--;
    }
    for (; Free && Line->OutputLeft && !Line->TransmitHolds; Free--) {
        SerialWrite(Device, UartData, *Line->Output++);
        Line->OutputLeft--;
        Line->Statistics.TransmittedCount++;
    }
    if (Free != Room)
        Line->OutputBusy = TRUE;
}

// Reading the line status takes errors away, and what has come meanwhile must not fill its FIFO.
static BOOLEAN SerialIsHoldingEmpty(PSERIAL_DEVICE Device)
{
    for (;;) {
        UCHAR Status = SerialRead(Device, UartLineStatus);
        if (Status == UartStatusFloating)
            return FALSE;
        if (Status & UartStatusErrors)
            SerialNoteErrors(Device, Status);
        if (Status & (UartStatusErrors | UartStatusData))
            KeInsertQueueDpc(&Device->Dpc, NULL, NULL);
        if (!(Status & UartStatusData))
            return (Status & UartStatusHoldingEmpty) != 0;
        SerialReceiveCharacter(Device, Status);
    }
}

// A line that is no line, as a virtual machine's, takes the next ones at once.
static VOID SerialFillTransmitter(PSERIAL_DEVICE Device)
{
    enum { MostFills = 64 }; // others want the processor, too
    PSERIAL_LINE Line = &Device->Line;
    if (Line->Off)
        return;
    SerialFillFifo(Device);
    for (ULONG i = 1;
         i < MostFills && Line->OutputLeft && !Line->TransmitHolds && SerialIsHoldingEmpty(Device);
         i++)
        SerialFillFifo(Device);
}

VOID SerialStartTransmitter(PSERIAL_DEVICE Device)
{
    if (!Device->Line.OutputBusy)
        SerialFillTransmitter(Device);
}

static VOID SerialTransmitterEmpty(PSERIAL_DEVICE Device)
{
    PSERIAL_LINE Line = &Device->Line;
    BOOLEAN WasBusy = Line->OutputBusy;
    Line->OutputBusy = FALSE;
    SerialFillTransmitter(Device);
    // With a write that is sent but not complete, it is said when that is completed.
    if (WasBusy && !Line->OutputBusy && !Line->Output)
        SerialNote(Device, SERIAL_EV_TXEMPTY);
}

// ---- The modem's lines

static VOID SerialModemChange(PSERIAL_DEVICE Device)
{
    static const ULONG Events[] = {SERIAL_EV_CTS, SERIAL_EV_DSR, SERIAL_EV_RING, SERIAL_EV_RLSD};
    UCHAR Status = SerialRead(Device, UartModemStatus);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Events); i++) {
        if (Status & 1 << i)
            SerialNote(Device, Events[i]);
    }
    SerialUpdateHolds(Device, Status);
}

// ---- The interrupt

// The line may be edge-triggered: until the device has nothing more to say.
BOOLEAN NTAPI SerialInterrupt(PKINTERRUPT Interrupt, PVOID Context)
{
    UNREFERENCED_PARAMETER(Interrupt);
    PSERIAL_DEVICE Device = Context;
    BOOLEAN Mine = FALSE;
    for (;;) {
        UCHAR Identification = SerialRead(Device, UartInterruptId);
        if (Identification & UartNoInterrupt || Identification == UartStatusFloating)
            break;
        Mine = TRUE;
        switch (Identification & UartIdMask) {
        case UartIdTransmit:
            SerialTransmitterEmpty(Device);
            break;
        case UartIdModemStatus:
            SerialModemChange(Device);
            break;
        default:
            SerialReceive(Device);
            break;
        }
    }
    if (Mine)
        KeInsertQueueDpc(&Device->Dpc, NULL, NULL);
    return Mine;
}

static BOOLEAN SerialTakeFlag(PSERIAL_DEVICE Device, PBOOLEAN Flag)
{
    KIRQL Irql = KeAcquireInterruptSpinLock(Device->Interrupt);
    BOOLEAN Was = *Flag;
    *Flag = FALSE;
    KeReleaseInterruptSpinLock(Device->Interrupt, Irql);
    return Was;
}

VOID NTAPI SerialDpc(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    PSERIAL_DEVICE Device = Context;
    SERIAL_DONE Done;
    KIRQL Irql = SerialLock(Device, &Done);
    Device->Reads.Serve(Device, &Done);
    Device->Writes.Serve(Device, &Done);
    Device->Immediates.Serve(Device, &Done);
    Device->Waits.Serve(Device, &Done);
    SerialUnlock(Device, &Done, Irql);
    if (SerialTakeFlag(Device, &Device->Line.Woken))
        PoSetSystemState(ES_USER_PRESENT);
    if (SerialTakeFlag(Device, &Device->Line.Abort)) {
        SerialCancelQueue(Device, &Device->Reads);
        SerialCancelQueue(Device, &Device->Writes);
    }
}
