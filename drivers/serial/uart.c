// The 16550A's registers.
#include "serial.h"

// The scratch register keeps what is written, where there is a device at all.
BOOLEAN SerialIsPresent(PSERIAL_DEVICE Device)
{
    static const UCHAR Patterns[] = {0x55, 0xAA};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Patterns); i++) {
        SerialWrite(Device, UartScratch, Patterns[i]);
        if (SerialRead(Device, UartScratch) != Patterns[i])
            return FALSE;
    }
    return SerialRead(Device, UartLineStatus) != UartStatusFloating;
}

// The divisor that comes nearest must be within 3 % of what is asked for: a frame of ten bits bears that.
BOOLEAN SerialBaudDivisor(ULONG BaudRate, PUSHORT Divisor)
{
    if (!BaudRate || BaudRate > UartClock)
        return FALSE;
    ULONG Nearest = (UartClock + BaudRate / 2) / BaudRate;
    ULONG Wanted = Nearest * BaudRate;
    ULONG Error = Wanted > UartClock ? Wanted - UartClock : UartClock - Wanted;
    if (Nearest > MAXUSHORT || Error * 100ull > UartClock * 3ull)
        return FALSE;
    *Divisor = (USHORT)Nearest;
    return TRUE;
}

VOID SerialSetBaudRate(PSERIAL_DEVICE Device, ULONG BaudRate)
{
    USHORT Divisor;
    if (!SerialBaudDivisor(BaudRate, &Divisor))
        return;
    Device->Line.BaudRate = BaudRate;
    SerialWrite(Device, UartLineControl, Device->Line.LineControl | UartLineDlab);
    SerialWrite(Device, UartData, (UCHAR)Divisor);
    SerialWrite(Device, UartInterruptEnable, (UCHAR)(Divisor >> 8));
    SerialWrite(Device, UartLineControl, Device->Line.LineControl);
}

VOID SerialSetLineControl(PSERIAL_DEVICE Device, UCHAR LineControl)
{
    Device->Line.LineControl = LineControl;
    SerialWrite(Device, UartLineControl, LineControl);
}

VOID SerialSetModemControl(PSERIAL_DEVICE Device, UCHAR Set, UCHAR Clear)
{
    UCHAR Control = (UCHAR)((Device->Line.ModemControl & ~Clear) | Set);
    if (Control == Device->Line.ModemControl)
        return;
    Device->Line.ModemControl = Control;
    SerialWrite(Device, UartModemControl, Control);
}

static VOID SerialClearFifos(PSERIAL_DEVICE Device)
{
    SerialWrite(Device, UartFifoControl,
                Device->Line.FifoControl | UartFifoClearReceive | UartFifoClearTransmit);
}

VOID SerialResetUart(PSERIAL_DEVICE Device)
{
    SerialWrite(Device, UartInterruptEnable, 0);
    SerialSetLineControl(Device, Device->Line.LineControl);
    SerialSetBaudRate(Device, Device->Line.BaudRate);
    SerialWrite(Device, UartModemControl, Device->Line.ModemControl);
    Device->Line.FifoControl = UartFifoEnable | UartFifoTrigger8;
    SerialClearFifos(Device);
    if ((SerialRead(Device, UartInterruptId) & UartIdFifos) != UartIdFifos)
        Device->Line.FifoControl = 0; // an 8250 or 16450, or a 16550 whose FIFOs do not work
}

static ULONG SerialReadBaudRate(PSERIAL_DEVICE Device, UCHAR LineControl)
{
    SerialWrite(Device, UartLineControl, LineControl | UartLineDlab);
    ULONG Divisor = SerialRead(Device, UartData) | (ULONG)SerialRead(Device, UartInterruptEnable)
                                                       << 8;
    SerialWrite(Device, UartLineControl, LineControl);
    return Divisor ? UartClock / Divisor : 0;
}

// Nothing is written that would disturb a character under way.
BOOLEAN SerialAdoptUart(PSERIAL_DEVICE Device)
{
    USHORT Divisor;
    UCHAR LineControl =
        SerialRead(Device, UartLineControl) & (UCHAR) ~(UartLineDlab | UartLineBreak);
    if ((SerialRead(Device, UartInterruptId) & UartIdFifos) != UartIdFifos)
        return FALSE;
    ULONG BaudRate = SerialReadBaudRate(Device, LineControl);
    if (!SerialBaudDivisor(BaudRate, &Divisor))
        return FALSE;
    SerialWrite(Device, UartInterruptEnable, 0);
    Device->Line.BaudRate = BaudRate;
    Device->Line.LineControl = LineControl;
    Device->Line.ModemControl =
        SerialRead(Device, UartModemControl) & (UartModemDtr | UartModemRts);
    SerialWrite(Device, UartModemControl, Device->Line.ModemControl);
    Device->Line.FifoControl = UartFifoEnable | UartFifoTrigger8;
    SerialWrite(Device, UartFifoControl, Device->Line.FifoControl);
    Device->Line.Adopted = TRUE;
    return TRUE;
}

VOID SerialOpenUart(PSERIAL_DEVICE Device)
{
    SerialSetModemControl(Device, UartModemOut2, UartModemLoop);
    SerialApplyHandFlow(Device);
    if (!Device->Line.Adopted) {
        SerialClearFifos(Device);
        SerialRead(Device, UartLineStatus); // what was before is of no interest
    }
    Device->Line.Adopted = FALSE;
    SerialUpdateHolds(Device, SerialRead(Device, UartModemStatus));
    SerialWrite(Device, UartInterruptEnable, UartEnableAll);
}

// All that was set is as it was; what was in the FIFOs is gone.
VOID SerialRestoreUart(PSERIAL_DEVICE Device)
{
    SerialWrite(Device, UartInterruptEnable, 0);
    SerialSetLineControl(Device, Device->Line.LineControl);
    SerialSetBaudRate(Device, Device->Line.BaudRate);
    SerialWrite(Device, UartModemControl, Device->Line.ModemControl);
    SerialClearFifos(Device);
    SerialRead(Device, UartLineStatus);
    SerialUpdateHolds(Device, SerialRead(Device, UartModemStatus));
}

VOID SerialCloseUart(PSERIAL_DEVICE Device)
{
    SerialWrite(Device, UartInterruptEnable, 0);
    SerialSetLineControl(Device, Device->Line.LineControl & (UCHAR)~UartLineBreak);
    SerialSetModemControl(Device, 0, UartModemOut2 | UartModemLoop | UartModemDtr | UartModemRts);
}
