// The device controls: one line each in the table, and those that are no mere settings.
#include "serial.h"

// ---- Lines

static NTSTATUS SerialSetDtr(PSERIAL_DEVICE Device, PVOID Buffer)
{
    UNREFERENCED_PARAMETER(Buffer);
    if ((Device->Line.HandFlow.ControlHandShake & SERIAL_DTR_MASK) == SERIAL_DTR_HANDSHAKE)
        return STATUS_INVALID_PARAMETER; // it is the driver's
    SerialSetModemControl(Device, UartModemDtr, 0);
    return STATUS_SUCCESS;
}

static NTSTATUS SerialClearDtr(PSERIAL_DEVICE Device, PVOID Buffer)
{
    UNREFERENCED_PARAMETER(Buffer);
    if ((Device->Line.HandFlow.ControlHandShake & SERIAL_DTR_MASK) == SERIAL_DTR_HANDSHAKE)
        return STATUS_INVALID_PARAMETER;
    SerialSetModemControl(Device, 0, UartModemDtr);
    return STATUS_SUCCESS;
}

static NTSTATUS SerialSetRts(PSERIAL_DEVICE Device, PVOID Buffer)
{
    UNREFERENCED_PARAMETER(Buffer);
    if (Device->Line.HandFlow.FlowReplace & SERIAL_RTS_HANDSHAKE)
        return STATUS_INVALID_PARAMETER;
    SerialSetModemControl(Device, UartModemRts, 0);
    return STATUS_SUCCESS;
}

static NTSTATUS SerialClearRts(PSERIAL_DEVICE Device, PVOID Buffer)
{
    UNREFERENCED_PARAMETER(Buffer);
    if (Device->Line.HandFlow.FlowReplace & SERIAL_RTS_HANDSHAKE)
        return STATUS_INVALID_PARAMETER;
    SerialSetModemControl(Device, 0, UartModemRts);
    return STATUS_SUCCESS;
}

static NTSTATUS SerialGetDtrRts(PSERIAL_DEVICE Device, PVOID Buffer)
{
    *(PULONG)Buffer = Device->Line.ModemControl & (SERIAL_DTR_STATE | SERIAL_RTS_STATE);
    return STATUS_SUCCESS;
}

// The register as it is, with the changes that it forgets when it is read noted.
static NTSTATUS SerialGetModemStatus(PSERIAL_DEVICE Device, PVOID Buffer)
{
    UCHAR Status = SerialRead(Device, UartModemStatus);
    SerialUpdateHolds(Device, Status);
    *(PULONG)Buffer =
        Status & (SERIAL_CTS_STATE | SERIAL_DSR_STATE | SERIAL_RI_STATE | SERIAL_DCD_STATE);
    return STATUS_SUCCESS;
}

static NTSTATUS SerialGetModemControl(PSERIAL_DEVICE Device, PVOID Buffer)
{
    *(PULONG)Buffer = Device->Line.ModemControl;
    return STATUS_SUCCESS;
}

// OUT2 stays: without it no interrupt comes.
static NTSTATUS SerialChangeModemControl(PSERIAL_DEVICE Device, PVOID Buffer)
{
    UCHAR Settable =
        SERIAL_IOC_MCR_DTR | SERIAL_IOC_MCR_RTS | SERIAL_IOC_MCR_OUT1 | SERIAL_IOC_MCR_LOOP;
    UCHAR Wanted = (UCHAR)(*(PULONG)Buffer & Settable);
    SerialSetModemControl(Device, Wanted, Settable & (UCHAR)~Wanted);
    SerialUpdateHolds(Device, SerialRead(Device, UartModemStatus));
    return STATUS_SUCCESS;
}

static NTSTATUS SerialSetBreak(PSERIAL_DEVICE Device, PVOID Buffer)
{
    UNREFERENCED_PARAMETER(Buffer);
    SerialSetLineControl(Device, Device->Line.LineControl | UartLineBreak);
    Device->Line.TransmitHolds |= SERIAL_TX_WAITING_ON_BREAK;
    return STATUS_SUCCESS;
}

static NTSTATUS SerialClearBreak(PSERIAL_DEVICE Device, PVOID Buffer)
{
    UNREFERENCED_PARAMETER(Buffer);
    SerialSetLineControl(Device, Device->Line.LineControl & (UCHAR)~UartLineBreak);
    Device->Line.TransmitHolds &= ~(ULONG)SERIAL_TX_WAITING_ON_BREAK;
    SerialStartTransmitter(Device);
    return STATUS_SUCCESS;
}

// As if the character had been received.
static NTSTATUS SerialSetXoff(PSERIAL_DEVICE Device, PVOID Buffer)
{
    UNREFERENCED_PARAMETER(Buffer);
    Device->Line.TransmitHolds |= SERIAL_TX_WAITING_FOR_XON;
    return STATUS_SUCCESS;
}

static NTSTATUS SerialSetXon(PSERIAL_DEVICE Device, PVOID Buffer)
{
    UNREFERENCED_PARAMETER(Buffer);
    Device->Line.TransmitHolds &= ~(ULONG)SERIAL_TX_WAITING_FOR_XON;
    SerialStartTransmitter(Device);
    return STATUS_SUCCESS;
}

static NTSTATUS SerialChangeFifoControl(PSERIAL_DEVICE Device, PVOID Buffer)
{
    Device->Line.FifoControl = (UCHAR)(*(PULONG)Buffer & (UartFifoEnable | 0xC0));
    SerialWrite(Device, UartFifoControl, (UCHAR) * (PULONG)Buffer);
    return STATUS_SUCCESS;
}

// There is nothing to reset that the settings do not reach.
static NTSTATUS SerialReset(PSERIAL_DEVICE Device, PVOID Buffer)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(Buffer);
    return STATUS_SUCCESS;
}

// ---- Status, events, purging; without the interrupt's lock

static NTSTATUS SerialGetCommStatus(PSERIAL_DEVICE Device, PVOID Buffer)
{
    PSERIAL_STATUS Status = Buffer;
    PSERIAL_LINE Line = &Device->Line;
    KIRQL Irql, Interrupt;
    KeAcquireSpinLock(&Device->Lock, &Irql);
    Status->AmountInOutQueue = SerialOutputCount(Device);
    Interrupt = KeAcquireInterruptSpinLock(Device->Interrupt);
    Status->Errors = Line->Errors;
    Line->Errors = 0;
    Status->HoldReasons = Line->TransmitHolds;
    Status->AmountInInQueue = SerialInputCount(Line);
    Status->EofReceived = Line->EofReceived;
    Status->WaitForImmediate = Line->ImmediatePending;
    KeReleaseInterruptSpinLock(Device->Interrupt, Interrupt);
    KeReleaseSpinLock(&Device->Lock, Irql);
    return STATUS_SUCCESS;
}

static NTSTATUS SerialGetWaitMask(PSERIAL_DEVICE Device, PVOID Buffer)
{
    *(PULONG)Buffer = Device->Line.WaitMask;
    return STATUS_SUCCESS;
}

static NTSTATUS SerialChangeWaitMask(PSERIAL_DEVICE Device, PVOID Buffer)
{
    enum { AllEvents = 0x1FFF };
    if (*(PULONG)Buffer & ~(ULONG)AllEvents)
        return STATUS_INVALID_PARAMETER;
    SerialSetWaitMask(Device, *(PULONG)Buffer);
    return STATUS_SUCCESS;
}

static VOID SerialClearQueues(PSERIAL_DEVICE Device, ULONG Purge)
{
    KIRQL Irql = KeAcquireInterruptSpinLock(Device->Interrupt);
    UCHAR Fifo = Device->Line.FifoControl;
    if (Purge & SERIAL_PURGE_RXCLEAR) {
        Device->Line.InputTail = Device->Line.InputHead;
        Fifo |= UartFifoClearReceive;
        SerialReleaseInput(Device);
    }
    if (Purge & SERIAL_PURGE_TXCLEAR)
        Fifo |= UartFifoClearTransmit;
    if (Fifo != Device->Line.FifoControl && Fifo & UartFifoEnable)
        SerialWrite(Device, UartFifoControl, Fifo);
    // An emptied transmitter need not say so.
    if (Fifo & UartFifoClearTransmit && Fifo & UartFifoEnable) {
        Device->Line.OutputBusy = FALSE;
        SerialStartTransmitter(Device);
    }
    KeReleaseInterruptSpinLock(Device->Interrupt, Irql);
}

static NTSTATUS SerialPurge(PSERIAL_DEVICE Device, PVOID Buffer)
{
    constexpr ULONG All =
        SERIAL_PURGE_TXABORT | SERIAL_PURGE_RXABORT | SERIAL_PURGE_TXCLEAR | SERIAL_PURGE_RXCLEAR;
    ULONG Purge = *(PULONG)Buffer;
    if (!Purge || Purge & ~All)
        return STATUS_INVALID_PARAMETER;
    if (Purge & SERIAL_PURGE_TXABORT) {
        SerialCancelQueue(Device, &Device->Writes);
        SerialCancelQueue(Device, &Device->Immediates);
    }
    if (Purge & SERIAL_PURGE_RXABORT)
        SerialCancelQueue(Device, &Device->Reads);
    SerialClearQueues(Device, Purge);
    return STATUS_SUCCESS;
}

// ---- The table

typedef struct _SERIAL_CONTROL_ENTRY {
    ULONG Code;
    ULONG Input, Output;     // the least that the buffers must have; the output has just that
    SERIAL_CONTROL *Routine; // null: the request waits in Queue
    BOOLEAN Locked;          // called with the interrupt's lock held
    ULONG Queue;             // offset in the device
} SERIAL_CONTROL_ENTRY;

#define SERIAL_QUEUED(Name) FIELD_OFFSET(SERIAL_DEVICE, Name)

static const SERIAL_CONTROL_ENTRY SerialControls[] = {
    {IOCTL_SERIAL_SET_BAUD_RATE, sizeof(SERIAL_BAUD_RATE), 0, SerialChangeBaudRate, TRUE, 0},
    {IOCTL_SERIAL_GET_BAUD_RATE, 0, sizeof(SERIAL_BAUD_RATE), SerialGetBaudRate, TRUE, 0},
    {IOCTL_SERIAL_SET_LINE_CONTROL, sizeof(SERIAL_LINE_CONTROL), 0, SerialChangeLineControl, TRUE,
     0},
    {IOCTL_SERIAL_GET_LINE_CONTROL, 0, sizeof(SERIAL_LINE_CONTROL), SerialGetLineControl, TRUE, 0},
    {IOCTL_SERIAL_SET_TIMEOUTS, sizeof(SERIAL_TIMEOUTS), 0, SerialChangeTimeouts, TRUE, 0},
    {IOCTL_SERIAL_GET_TIMEOUTS, 0, sizeof(SERIAL_TIMEOUTS), SerialGetTimeouts, TRUE, 0},
    {IOCTL_SERIAL_SET_CHARS, sizeof(SERIAL_CHARS), 0, SerialChangeChars, TRUE, 0},
    {IOCTL_SERIAL_GET_CHARS, 0, sizeof(SERIAL_CHARS), SerialGetChars, TRUE, 0},
    {IOCTL_SERIAL_SET_HANDFLOW, sizeof(SERIAL_HANDFLOW), 0, SerialChangeHandFlow, TRUE, 0},
    {IOCTL_SERIAL_GET_HANDFLOW, 0, sizeof(SERIAL_HANDFLOW), SerialGetHandFlow, TRUE, 0},
    {IOCTL_SERIAL_SET_QUEUE_SIZE, sizeof(SERIAL_QUEUE_SIZE), 0, SerialChangeQueueSize, FALSE, 0},
    {IOCTL_SERIAL_GET_PROPERTIES, 0, sizeof(SERIAL_COMMPROP), SerialGetProperties, TRUE, 0},
    {IOCTL_SERIAL_CONFIG_SIZE, 0, sizeof(ULONG), SerialGetConfigSize, TRUE, 0},
    {IOCTL_SERIAL_GET_STATS, 0, sizeof(SERIALPERF_STATS), SerialGetStatistics, TRUE, 0},
    {IOCTL_SERIAL_CLEAR_STATS, 0, 0, SerialClearStatistics, TRUE, 0},
    {IOCTL_SERIAL_SET_DTR, 0, 0, SerialSetDtr, TRUE, 0},
    {IOCTL_SERIAL_CLR_DTR, 0, 0, SerialClearDtr, TRUE, 0},
    {IOCTL_SERIAL_SET_RTS, 0, 0, SerialSetRts, TRUE, 0},
    {IOCTL_SERIAL_CLR_RTS, 0, 0, SerialClearRts, TRUE, 0},
    {IOCTL_SERIAL_GET_DTRRTS, 0, sizeof(ULONG), SerialGetDtrRts, TRUE, 0},
    {IOCTL_SERIAL_GET_MODEMSTATUS, 0, sizeof(ULONG), SerialGetModemStatus, TRUE, 0},
    {IOCTL_SERIAL_GET_MODEM_CONTROL, 0, sizeof(ULONG), SerialGetModemControl, TRUE, 0},
    {IOCTL_SERIAL_SET_MODEM_CONTROL, sizeof(ULONG), 0, SerialChangeModemControl, TRUE, 0},
    {IOCTL_SERIAL_SET_BREAK_ON, 0, 0, SerialSetBreak, TRUE, 0},
    {IOCTL_SERIAL_SET_BREAK_OFF, 0, 0, SerialClearBreak, TRUE, 0},
    {IOCTL_SERIAL_SET_XOFF, 0, 0, SerialSetXoff, TRUE, 0},
    {IOCTL_SERIAL_SET_XON, 0, 0, SerialSetXon, TRUE, 0},
    {IOCTL_SERIAL_SET_FIFO_CONTROL, sizeof(ULONG), 0, SerialChangeFifoControl, TRUE, 0},
    {IOCTL_SERIAL_RESET_DEVICE, 0, 0, SerialReset, TRUE, 0},
    {IOCTL_SERIAL_GET_COMMSTATUS, 0, sizeof(SERIAL_STATUS), SerialGetCommStatus, FALSE, 0},
    {IOCTL_SERIAL_GET_WAIT_MASK, 0, sizeof(ULONG), SerialGetWaitMask, TRUE, 0},
    {IOCTL_SERIAL_SET_WAIT_MASK, sizeof(ULONG), 0, SerialChangeWaitMask, FALSE, 0},
    {IOCTL_SERIAL_PURGE, sizeof(ULONG), 0, SerialPurge, FALSE, 0},
    {IOCTL_SERIAL_WAIT_ON_MASK, 0, sizeof(ULONG), NULL, FALSE, SERIAL_QUEUED(Waits)},
    {IOCTL_SERIAL_IMMEDIATE_CHAR, sizeof(UCHAR), 0, NULL, FALSE, SERIAL_QUEUED(Immediates)},
};

static const SERIAL_CONTROL_ENTRY *SerialFindControl(ULONG Code)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(SerialControls); i++) {
        if (SerialControls[i].Code == Code)
            return &SerialControls[i];
    }
    return NULL;
}

static NTSTATUS SerialCallControl(PSERIAL_DEVICE Device, const SERIAL_CONTROL_ENTRY *Entry,
                                  PVOID Buffer)
{
    if (!Entry->Locked)
        return Entry->Routine(Device, Buffer);
    KIRQL Irql = KeAcquireInterruptSpinLock(Device->Interrupt);
    NTSTATUS Status = Entry->Routine(Device, Buffer);
    KeReleaseInterruptSpinLock(Device->Interrupt, Irql);
    return Status;
}

NTSTATUS NTAPI SerialControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PSERIAL_DEVICE Device = SerialOf(DeviceObject);
    const IO_STACK_LOCATION *Stack = IoGetCurrentIrpStackLocation(Irp);
    const SERIAL_CONTROL_ENTRY *Entry =
        SerialFindControl(Stack->Parameters.DeviceIoControl.IoControlCode);
    if (!Entry)
        return SerialComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    if (Stack->Parameters.DeviceIoControl.InputBufferLength < Entry->Input ||
        Stack->Parameters.DeviceIoControl.OutputBufferLength < Entry->Output)
        return SerialComplete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    if (!ExAcquireRundownProtection(&Device->Running))
        return SerialComplete(Irp, STATUS_DELETE_PENDING, 0);
    if (!Entry->Routine)
        return SerialEnqueue(Device, (PSERIAL_QUEUE)((PUCHAR)Device + Entry->Queue), Irp);
    NTSTATUS Status = SerialCallControl(Device, Entry, Irp->AssociatedIrp.SystemBuffer);
    ExReleaseRundownProtection(&Device->Running);
    return SerialComplete(Irp, Status, NT_SUCCESS(Status) ? Entry->Output : 0);
}
