// Flow control, as SERIAL_HANDFLOW describes it: by the modem's lines, and by XON and XOFF.
#include "serial.h"

static VOID SerialSetHold(PSERIAL_DEVICE Device, ULONG Hold, BOOLEAN On)
{
    if (On)
        Device->Line.TransmitHolds |= Hold;
    else
        Device->Line.TransmitHolds &= ~Hold;
}

VOID SerialUpdateHolds(PSERIAL_DEVICE Device, UCHAR ModemStatus)
{
    static const struct {
        ULONG HandShake, Hold;
        UCHAR Line;
    } Lines[] = {
        {SERIAL_CTS_HANDSHAKE, SERIAL_TX_WAITING_FOR_CTS, UartModemCts},
        {SERIAL_DSR_HANDSHAKE, SERIAL_TX_WAITING_FOR_DSR, UartModemDsr},
        {SERIAL_DCD_HANDSHAKE, SERIAL_TX_WAITING_FOR_DCD, UartModemDcd},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Lines); i++)
        SerialSetHold(Device, Lines[i].Hold,
                      Device->Line.HandFlow.ControlHandShake & Lines[i].HandShake &&
                          !(ModemStatus & Lines[i].Line));
    SerialStartTransmitter(Device);
}

// A line that neither handshakes nor is held on is off.
VOID SerialApplyHandFlow(PSERIAL_DEVICE Device)
{
    PSERIAL_LINE Line = &Device->Line;
    UCHAR On = 0, Off = 0;
    ULONG Dtr = Line->HandFlow.ControlHandShake & SERIAL_DTR_MASK;
    ULONG Rts = Line->HandFlow.FlowReplace & SERIAL_RTS_MASK;
    if (Dtr == SERIAL_DTR_CONTROL || (Dtr == SERIAL_DTR_HANDSHAKE && !Line->InputHeld))
        On |= UartModemDtr;
    else
        Off |= UartModemDtr;
    if (Rts == SERIAL_RTS_CONTROL || (Rts == SERIAL_RTS_HANDSHAKE && !Line->InputHeld))
        On |= UartModemRts;
    else
        Off |= UartModemRts;
    SerialSetModemControl(Device, On, Off);
    if (!(Line->HandFlow.FlowReplace & SERIAL_AUTO_TRANSMIT))
        SerialSetHold(Device, SERIAL_TX_WAITING_FOR_XON, FALSE);
}

static VOID SerialTellOtherSide(PSERIAL_DEVICE Device, BOOLEAN Hold)
{
    PSERIAL_LINE Line = &Device->Line;
    UCHAR Lines = 0;
    Line->InputHeld = Hold;
    if ((Line->HandFlow.ControlHandShake & SERIAL_DTR_MASK) == SERIAL_DTR_HANDSHAKE)
        Lines |= UartModemDtr;
    if ((Line->HandFlow.FlowReplace & SERIAL_RTS_MASK) == SERIAL_RTS_HANDSHAKE)
        Lines |= UartModemRts;
    SerialSetModemControl(Device, Hold ? 0 : Lines, Hold ? Lines : 0);
    if (!(Line->HandFlow.FlowReplace & SERIAL_AUTO_RECEIVE))
        return;
    Line->ControlCharacter = Hold ? Line->Chars.XoffChar : Line->Chars.XonChar;
    // To the other side any character may mean to go on: nothing must follow an XOFF.
    SerialSetHold(Device, SERIAL_TX_WAITING_XOFF_SENT,
                  Hold && !(Line->HandFlow.FlowReplace & SERIAL_XOFF_CONTINUE));
    SerialStartTransmitter(Device);
}

VOID SerialHoldInput(PSERIAL_DEVICE Device)
{
    if (!Device->Line.InputHeld)
        SerialTellOtherSide(Device, TRUE);
}

VOID SerialReleaseInput(PSERIAL_DEVICE Device)
{
    PSERIAL_LINE Line = &Device->Line;
    if (Line->InputHeld && SerialInputCount(Line) <= (ULONG)Line->HandFlow.XonLimit)
        SerialTellOtherSide(Device, FALSE);
}

BOOLEAN SerialTakeFlowCharacter(PSERIAL_DEVICE Device, UCHAR Character)
{
    PSERIAL_LINE Line = &Device->Line;
    if (!(Line->HandFlow.FlowReplace & SERIAL_AUTO_TRANSMIT))
        return FALSE;
    if (Character != Line->Chars.XoffChar && Character != Line->Chars.XonChar)
        return FALSE;
    SerialSetHold(Device, SERIAL_TX_WAITING_FOR_XON, Character == Line->Chars.XoffChar);
    SerialStartTransmitter(Device);
    return TRUE;
}
