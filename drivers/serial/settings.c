// Settings of the line.
#include "serial.h"

NTSTATUS SerialGetBaudRate(PSERIAL_DEVICE Device, PVOID Buffer)
{
    ((PSERIAL_BAUD_RATE)Buffer)->BaudRate = Device->Line.BaudRate;
    return STATUS_SUCCESS;
}

NTSTATUS SerialChangeBaudRate(PSERIAL_DEVICE Device, PVOID Buffer)
{
    USHORT Divisor;
    ULONG BaudRate = ((PSERIAL_BAUD_RATE)Buffer)->BaudRate;
    if (!SerialBaudDivisor(BaudRate, &Divisor))
        return STATUS_INVALID_PARAMETER;
    if (BaudRate != Device->Line.BaudRate) // else a character may be under way
        SerialSetBaudRate(Device, BaudRate);
    return STATUS_SUCCESS;
}

// ---- Word length, parity, stop bits: bits 0-1, 3-5 and 2 of the line control register

static const UCHAR SerialParityBits[] = {
    [NO_PARITY] = 0x00,   [ODD_PARITY] = 0x08,   [EVEN_PARITY] = 0x18,
    [MARK_PARITY] = 0x28, [SPACE_PARITY] = 0x38,
};

enum { UartWordBits = 0x03, UartLongStop = 0x04, UartParityBits = 0x38 };

NTSTATUS SerialGetLineControl(PSERIAL_DEVICE Device, PVOID Buffer)
{
    PSERIAL_LINE_CONTROL Control = Buffer;
    UCHAR Register = Device->Line.LineControl;
    Control->WordLength = (UCHAR)(5 + (Register & UartWordBits));
    Control->StopBits = STOP_BIT_1;
    if (Register & UartLongStop)
        Control->StopBits = Control->WordLength == 5 ? STOP_BITS_1_5 : STOP_BITS_2;
    Control->Parity = NO_PARITY;
    for (UCHAR i = 0; i < RTL_NUMBER_OF(SerialParityBits); i++) {
        if ((Register & UartParityBits) == SerialParityBits[i])
            Control->Parity = i;
    }
    return STATUS_SUCCESS;
}

// The long stop bit has 1.5 bits with 5 data bits and 2 with more: there is no other combination.
NTSTATUS SerialChangeLineControl(PSERIAL_DEVICE Device, PVOID Buffer)
{
    const SERIAL_LINE_CONTROL *Control = Buffer;
    if (Control->WordLength < 5 || Control->WordLength > 8 ||
        Control->Parity >= RTL_NUMBER_OF(SerialParityBits) || Control->StopBits > STOP_BITS_2)
        return STATUS_INVALID_PARAMETER;
    if ((Control->StopBits == STOP_BITS_1_5 && Control->WordLength != 5) ||
        (Control->StopBits == STOP_BITS_2 && Control->WordLength == 5))
        return STATUS_INVALID_PARAMETER;
    UCHAR Register = Device->Line.LineControl & UartLineBreak;
    Register |= (UCHAR)(Control->WordLength - 5) | SerialParityBits[Control->Parity];
    if (Control->StopBits != STOP_BIT_1)
        Register |= UartLongStop;
    SerialSetLineControl(Device, Register);
    return STATUS_SUCCESS;
}

// ---- Time-outs, characters, flow control

NTSTATUS SerialGetTimeouts(PSERIAL_DEVICE Device, PVOID Buffer)
{
    *(PSERIAL_TIMEOUTS)Buffer = Device->Timeouts;
    return STATUS_SUCCESS;
}

NTSTATUS SerialChangeTimeouts(PSERIAL_DEVICE Device, PVOID Buffer)
{
    const SERIAL_TIMEOUTS *Timeouts = Buffer;
    if (Timeouts->ReadIntervalTimeout == MAXULONG && Timeouts->ReadTotalTimeoutConstant == MAXULONG)
        return STATUS_INVALID_PARAMETER;
    Device->Timeouts = *Timeouts;
    return STATUS_SUCCESS;
}

NTSTATUS SerialGetChars(PSERIAL_DEVICE Device, PVOID Buffer)
{
    *(PSERIAL_CHARS)Buffer = Device->Line.Chars;
    return STATUS_SUCCESS;
}

NTSTATUS SerialChangeChars(PSERIAL_DEVICE Device, PVOID Buffer)
{
    const SERIAL_CHARS *Chars = Buffer;
    if (Chars->XonChar == Chars->XoffChar)
        return STATUS_INVALID_PARAMETER;
    Device->Line.Chars = *Chars;
    return STATUS_SUCCESS;
}

NTSTATUS SerialGetHandFlow(PSERIAL_DEVICE Device, PVOID Buffer)
{
    *(PSERIAL_HANDFLOW)Buffer = Device->Line.HandFlow;
    return STATUS_SUCCESS;
}

NTSTATUS SerialChangeHandFlow(PSERIAL_DEVICE Device, PVOID Buffer)
{
    const SERIAL_HANDFLOW *HandFlow = Buffer;
    LONG Size = (LONG)Device->Line.InputSize;
    if (HandFlow->ControlHandShake & SERIAL_CONTROL_INVALID ||
        HandFlow->FlowReplace & SERIAL_FLOW_INVALID ||
        (HandFlow->ControlHandShake & SERIAL_DTR_MASK) == SERIAL_DTR_MASK)
        return STATUS_INVALID_PARAMETER;
    if (HandFlow->XonLimit < 0 || HandFlow->XonLimit > Size || HandFlow->XoffLimit < 0 ||
        HandFlow->XoffLimit > Size)
        return STATUS_INVALID_PARAMETER;
    if ((HandFlow->FlowReplace & SERIAL_RTS_MASK) == SERIAL_TRANSMIT_TOGGLE)
        return STATUS_NOT_SUPPORTED;
    Device->Line.HandFlow = *HandFlow;
    SerialApplyHandFlow(Device);
    SerialUpdateHolds(Device, SerialRead(Device, UartModemStatus));
    return STATUS_SUCCESS;
}

// ---- The ring

static VOID SerialExchangeInput(PSERIAL_DEVICE Device, PUCHAR *Input, ULONG Size)
{
    PSERIAL_LINE Line = &Device->Line;
    PUCHAR Old = Line->Input;
    KIRQL Irql = KeAcquireInterruptSpinLock(Device->Interrupt);
    ULONG Count = SerialInputCount(Line);
    for (ULONG i = 0; i < Count; i++)
        (*Input)[i] = Line->Input[(Line->InputTail + i) & (Line->InputSize - 1)];
    Line->Input = *Input;
    Line->InputSize = Size;
    Line->InputTail = 0;
    Line->InputHead = Count;
    KeReleaseInterruptSpinLock(Device->Interrupt, Irql);
    *Input = Old;
}

// A hint, as on Windows: the ring grows, up to what is sensible, and never shrinks.
NTSTATUS SerialChangeQueueSize(PSERIAL_DEVICE Device, PVOID Buffer)
{
    enum { Largest = 1 << 20 };
    ULONG Size = SerialInputSize;
    KIRQL Irql;
    while (Size < ((PSERIAL_QUEUE_SIZE)Buffer)->InSize && Size < Largest)
        Size *= 2;
    if (Size <= Device->Line.InputSize)
        return STATUS_SUCCESS;
    PUCHAR Input = ExAllocatePoolWithTag(NonPagedPoolNx, Size, SerialTag);
    if (!Input)
        return STATUS_INSUFFICIENT_RESOURCES;
    KeAcquireSpinLock(&Device->Lock, &Irql); // two of these must not cross
    if (Size > Device->Line.InputSize)
        SerialExchangeInput(Device, &Input, Size);
    KeReleaseSpinLock(&Device->Lock, Irql);
    ExFreePoolWithTag(Input, SerialTag);
    return STATUS_SUCCESS;
}

// ---- What the device can do

NTSTATUS SerialGetProperties(PSERIAL_DEVICE Device, PVOID Buffer)
{
    PSERIAL_COMMPROP Properties = Buffer;
    RtlZeroMemory(Properties, sizeof(*Properties));
    Properties->PacketLength = sizeof(*Properties);
    Properties->PacketVersion = 2;
    Properties->ServiceMask = SERIAL_SP_SERIALCOMM;
    Properties->MaxBaud = SERIAL_BAUD_USER;
    Properties->ProvSubType = SERIAL_SP_RS232;
    Properties->ProvCapabilities = SERIAL_PCF_DTRDSR | SERIAL_PCF_RTSCTS | SERIAL_PCF_CD |
                                   SERIAL_PCF_PARITY_CHECK | SERIAL_PCF_XONXOFF |
                                   SERIAL_PCF_SETXCHAR | SERIAL_PCF_TOTALTIMEOUTS |
                                   SERIAL_PCF_INTTIMEOUTS;
    Properties->SettableParams = SERIAL_SP_PARITY | SERIAL_SP_BAUD | SERIAL_SP_DATABITS |
                                 SERIAL_SP_STOPBITS | SERIAL_SP_HANDSHAKING |
                                 SERIAL_SP_PARITY_CHECK | SERIAL_SP_CARRIER_DETECT;
    Properties->SettableBaud =
        SERIAL_BAUD_075 | SERIAL_BAUD_110 | SERIAL_BAUD_134_5 | SERIAL_BAUD_150 | SERIAL_BAUD_300 |
        SERIAL_BAUD_600 | SERIAL_BAUD_1200 | SERIAL_BAUD_1800 | SERIAL_BAUD_2400 |
        SERIAL_BAUD_4800 | SERIAL_BAUD_7200 | SERIAL_BAUD_9600 | SERIAL_BAUD_14400 |
        SERIAL_BAUD_19200 | SERIAL_BAUD_38400 | SERIAL_BAUD_56K | SERIAL_BAUD_57600 |
        SERIAL_BAUD_115200 | SERIAL_BAUD_USER;
    Properties->SettableData =
        SERIAL_DATABITS_5 | SERIAL_DATABITS_6 | SERIAL_DATABITS_7 | SERIAL_DATABITS_8;
    Properties->SettableStopParity = SERIAL_STOPBITS_10 | SERIAL_STOPBITS_15 | SERIAL_STOPBITS_20 |
                                     SERIAL_PARITY_NONE | SERIAL_PARITY_ODD | SERIAL_PARITY_EVEN |
                                     SERIAL_PARITY_MARK | SERIAL_PARITY_SPACE;
    Properties->CurrentRxQueue = Device->Line.InputSize;
    return STATUS_SUCCESS;
}

// There is nothing of the provider's own to configure.
NTSTATUS SerialGetConfigSize(PSERIAL_DEVICE Device, PVOID Buffer)
{
    UNREFERENCED_PARAMETER(Device);
    *(PULONG)Buffer = 0;
    return STATUS_SUCCESS;
}

NTSTATUS SerialGetStatistics(PSERIAL_DEVICE Device, PVOID Buffer)
{
    *(PSERIALPERF_STATS)Buffer = Device->Line.Statistics;
    return STATUS_SUCCESS;
}

NTSTATUS SerialClearStatistics(PSERIAL_DEVICE Device, PVOID Buffer)
{
    UNREFERENCED_PARAMETER(Buffer);
    RtlZeroMemory(&Device->Line.Statistics, sizeof(Device->Line.Statistics));
    return STATUS_SUCCESS;
}
