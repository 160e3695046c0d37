// What waits on the line, and what ends it.
#include "hw.h"

// Write and forget: in loopback it is there soon.
static VOID Send(HANDLE Line, PCSTR Text)
{
    HW_OPERATION Write;
    if (!HwBegin(&Write))
        return;
    (VOID) HwWrite(&Write, Line, Text, (ULONG)strlen(Text));
    CHECK_STATUS(HwWait(&Write, 5000), STATUS_SUCCESS);
    HwEnd(&Write);
}

static VOID Sleep(LONGLONG Milliseconds)
{
    LARGE_INTEGER Interval = TestMilliseconds(Milliseconds);
    NtDelayExecution(FALSE, &Interval);
}

static VOID ExpectRead(HANDLE Line, ULONG Length, NTSTATUS Expected, ULONG Got)
{
    CHAR Buffer[64];
    HW_OPERATION Read;
    if (!HwBegin(&Read))
        return;
    NTSTATUS Status = HwRead(&Read, Line, Buffer, Length);
    if (Status == STATUS_PENDING)
        Status = HwWait(&Read, 5000);
    CHECK_STATUS(Status, Expected);
    CHECK_EQUAL(Read.Io.Information, Got);
    HwEnd(&Read);
}

VOID SerialTestLines(void)
{
    HANDLE Line = SerialOpenLoop();
    ULONG Status, Lines;
    if (!Line)
        return;
    // In loopback RTS is CTS, DTR is DSR.
    CHECK_STATUS(HW_GET(Line, IOCTL_SERIAL_GET_DTRRTS, Lines), STATUS_SUCCESS);
    CHECK_EQUAL(Lines, SERIAL_DTR_STATE | SERIAL_RTS_STATE);
    CHECK_STATUS(HW_DO(Line, IOCTL_SERIAL_CLR_DTR), STATUS_SUCCESS);
    CHECK_STATUS(HW_GET(Line, IOCTL_SERIAL_GET_MODEMSTATUS, Status), STATUS_SUCCESS);
    CHECK_EQUAL(Status & (SERIAL_CTS_STATE | SERIAL_DSR_STATE), SERIAL_CTS_STATE);
    CHECK_STATUS(HW_DO(Line, IOCTL_SERIAL_SET_DTR), STATUS_SUCCESS);
    CHECK_STATUS(HW_DO(Line, IOCTL_SERIAL_CLR_RTS), STATUS_SUCCESS);
    CHECK_STATUS(HW_GET(Line, IOCTL_SERIAL_GET_MODEMSTATUS, Status), STATUS_SUCCESS);
    CHECK_EQUAL(Status & (SERIAL_CTS_STATE | SERIAL_DSR_STATE), SERIAL_DSR_STATE);
    // Without CTS nothing is sent when the line is told to mind it.
    SERIAL_HANDFLOW HandFlow = {SERIAL_DTR_CONTROL | SERIAL_CTS_HANDSHAKE, 0, 100, 100};
    SERIAL_STATUS Comm;
    HW_OPERATION Write;
    CHECK_STATUS(HW_SET(Line, IOCTL_SERIAL_SET_HANDFLOW, HandFlow), STATUS_SUCCESS);
    if (!HwBegin(&Write))
        return;
    CHECK_STATUS(HwWrite(&Write, Line, "abc", 3), STATUS_PENDING);
    CHECK_STATUS(HW_GET(Line, IOCTL_SERIAL_GET_COMMSTATUS, Comm), STATUS_SUCCESS);
    CHECK_EQUAL(Comm.HoldReasons, SERIAL_TX_WAITING_FOR_CTS);
    CHECK_EQUAL(Comm.AmountInOutQueue, 3);
    CHECK_STATUS(HW_DO(Line, IOCTL_SERIAL_SET_RTS), STATUS_SUCCESS);
    CHECK_STATUS(HwWait(&Write, 5000), STATUS_SUCCESS);
    HwEnd(&Write);
    ExpectRead(Line, 3, STATUS_SUCCESS, 3);
    NtClose(Line);
}

VOID SerialTestXon(void)
{
    HANDLE Line = SerialOpenLoop();
    SERIAL_HANDFLOW HandFlow = {SERIAL_DTR_CONTROL, SERIAL_RTS_CONTROL | SERIAL_AUTO_TRANSMIT, 100,
                                100};
    HW_OPERATION Write;
    UCHAR Xon = 0x11;
    if (!Line || !HwBegin(&Write))
        return;
    CHECK_STATUS(HW_SET(Line, IOCTL_SERIAL_SET_HANDFLOW, HandFlow), STATUS_SUCCESS);
    Send(Line, "\x13"); // to oneself: it is not for who reads
    Sleep(20);
    CHECK_STATUS(HwWrite(&Write, Line, "abc", 3), STATUS_PENDING);
    CHECK_STATUS(HwWait(&Write, 50), STATUS_IO_TIMEOUT);
    CHECK_STATUS(HW_SET(Line, IOCTL_SERIAL_IMMEDIATE_CHAR, Xon), STATUS_SUCCESS);
    CHECK_STATUS(HwWait(&Write, 5000), STATUS_SUCCESS);
    ExpectRead(Line, 3, STATUS_SUCCESS, 3);
    HwEnd(&Write);
    NtClose(Line);
}

VOID SerialTestTimeouts(void)
{
    HANDLE Line = SerialOpenLoop();
    if (!Line)
        return;
    SerialTimeouts(Line, MAXULONG, 0, 0); // what there is
    ExpectRead(Line, 8, STATUS_SUCCESS, 0);
    Send(Line, "abc");
    Sleep(20);
    ExpectRead(Line, 8, STATUS_SUCCESS, 3);
    SerialTimeouts(Line, 0, 10, 20); // in all
    ExpectRead(Line, 2, STATUS_TIMEOUT, 0);
    Send(Line, "ab");
    ExpectRead(Line, 3, STATUS_TIMEOUT, 2);
    Send(Line, "ab");
    ExpectRead(Line, 2, STATUS_SUCCESS, 2);
    SerialTimeouts(Line, 50, 0, 0); // between two: it counts from the first on
    Send(Line, "a");
    ExpectRead(Line, 8, STATUS_TIMEOUT, 1);
    SerialTimeouts(Line, MAXULONG, MAXULONG, 100); // the first, or none
    ExpectRead(Line, 8, STATUS_TIMEOUT, 0);
    Send(Line, "a");
    ExpectRead(Line, 8, STATUS_SUCCESS, 1);

    SERIAL_TIMEOUTS Timeouts = {.WriteTotalTimeoutMultiplier = 1, .WriteTotalTimeoutConstant = 30};
    HW_OPERATION Write;
    CHECK_STATUS(HW_SET(Line, IOCTL_SERIAL_SET_TIMEOUTS, Timeouts), STATUS_SUCCESS);
    CHECK_STATUS(HW_DO(Line, IOCTL_SERIAL_SET_XOFF), STATUS_SUCCESS);
    if (!HwBegin(&Write))
        return;
    CHECK_STATUS(HwWrite(&Write, Line, "abc", 3), STATUS_PENDING);
    CHECK_STATUS(HwWait(&Write, 5000), STATUS_TIMEOUT);
    CHECK_EQUAL(Write.Io.Information, 0);
    CHECK_STATUS(HW_DO(Line, IOCTL_SERIAL_SET_XON), STATUS_SUCCESS);
    HwEnd(&Write);
    NtClose(Line);
}

VOID SerialTestCancel(void)
{
    HANDLE Line = SerialOpenLoop();
    HW_OPERATION Reads[2];
    CHAR Buffer[2][4];
    IO_STATUS_BLOCK Io;
    if (!Line || !HwBegin(&Reads[0]) || !HwBegin(&Reads[1]))
        return;
    CHECK_STATUS(HwRead(&Reads[0], Line, Buffer[0], 4), STATUS_PENDING);
    CHECK_STATUS(HwRead(&Reads[1], Line, Buffer[1], 2), STATUS_PENDING);
    Send(Line, "ab");
    CHECK_STATUS(HwWait(&Reads[0], 50), STATUS_IO_TIMEOUT);
    // What the first one has got so far is its own; the second one goes on.
    CHECK_STATUS(NtCancelIoFileEx(Line, &Reads[0].Io, &Io), STATUS_SUCCESS);
    CHECK_STATUS(HwWait(&Reads[0], 5000), STATUS_CANCELLED);
    CHECK_EQUAL(Reads[0].Io.Information, 2);
    Send(Line, "cd");
    CHECK_STATUS(HwWait(&Reads[1], 5000), STATUS_SUCCESS);
    CHECK(Buffer[1][0] == 'c' && Buffer[1][1] == 'd');
    CHECK_STATUS(HwRead(&Reads[1], Line, Buffer[1], 2), STATUS_PENDING);
    NtClose(Line); // ends what is left
    CHECK_STATUS(HwWait(&Reads[1], 5000), STATUS_CANCELLED);
    HwEnd(&Reads[0]);
    HwEnd(&Reads[1]);
}

VOID SerialTestWaitMask(void)
{
    HANDLE Line = SerialOpenLoop();
    HW_OPERATION Wait, Second;
    ULONG Mask = SERIAL_EV_RXCHAR | SERIAL_EV_DSR, Events = 0, Other = 0, Now = 0;
    if (!Line || !HwBegin(&Wait) || !HwBegin(&Second))
        return;
    CHECK_STATUS(HW_GET(Line, IOCTL_SERIAL_WAIT_ON_MASK, Events), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(HW_SET(Line, IOCTL_SERIAL_SET_WAIT_MASK, Mask), STATUS_SUCCESS);
    CHECK_STATUS(HW_GET(Line, IOCTL_SERIAL_GET_WAIT_MASK, Now), STATUS_SUCCESS);
    CHECK_EQUAL(Now, Mask);
    CHECK_STATUS(HwStartControl(&Wait, Line, IOCTL_SERIAL_WAIT_ON_MASK, &Events, sizeof(Events)),
                 STATUS_PENDING);
    NTSTATUS Started =
        HwStartControl(&Second, Line, IOCTL_SERIAL_WAIT_ON_MASK, &Other, sizeof(Other));
    CHECK_STATUS(HwFinish(&Second, Started), STATUS_INVALID_PARAMETER); // one at a time
    Send(Line, "a");
    CHECK_STATUS(HwWait(&Wait, 5000), STATUS_SUCCESS);
    CHECK_EQUAL(Events, SERIAL_EV_RXCHAR);
    CHECK_STATUS(HW_DO(Line, IOCTL_SERIAL_CLR_DTR), STATUS_SUCCESS);
    Sleep(20); // an event that nobody waits for is kept
    CHECK_STATUS(HW_GET(Line, IOCTL_SERIAL_WAIT_ON_MASK, Events), STATUS_SUCCESS);
    CHECK_EQUAL(Events, SERIAL_EV_DSR);
    Events = MAXULONG; // another mask ends the wait for the old one
    CHECK_STATUS(HwStartControl(&Wait, Line, IOCTL_SERIAL_WAIT_ON_MASK, &Events, sizeof(Events)),
                 STATUS_PENDING);
    Mask = SERIAL_EV_TXEMPTY;
    CHECK_STATUS(HW_SET(Line, IOCTL_SERIAL_SET_WAIT_MASK, Mask), STATUS_SUCCESS);
    CHECK_STATUS(HwWait(&Wait, 5000), STATUS_SUCCESS);
    CHECK_EQUAL(Events, 0);
    Send(Line, "sent");
    CHECK_STATUS(HW_GET(Line, IOCTL_SERIAL_WAIT_ON_MASK, Events), STATUS_SUCCESS);
    CHECK_EQUAL(Events, SERIAL_EV_TXEMPTY);
    HwEnd(&Wait);
    HwEnd(&Second);
    NtClose(Line);
}

VOID SerialTestPurge(void)
{
    HANDLE Line = SerialOpenLoop();
    ULONG Abort = SERIAL_PURGE_RXABORT | SERIAL_PURGE_TXABORT, Clear = SERIAL_PURGE_RXCLEAR;
    SERIAL_STATUS Comm;
    HW_OPERATION Read, Write;
    CHAR Buffer[8];
    if (!Line || !HwBegin(&Read) || !HwBegin(&Write))
        return;
    Send(Line, "abcd");
    Sleep(20);
    CHECK_STATUS(HW_GET(Line, IOCTL_SERIAL_GET_COMMSTATUS, Comm), STATUS_SUCCESS);
    CHECK_EQUAL(Comm.AmountInInQueue, 4);
    CHECK_STATUS(HW_SET(Line, IOCTL_SERIAL_PURGE, Clear), STATUS_SUCCESS);
    CHECK_STATUS(HW_GET(Line, IOCTL_SERIAL_GET_COMMSTATUS, Comm), STATUS_SUCCESS);
    CHECK_EQUAL(Comm.AmountInInQueue, 0);
    CHECK_STATUS(HW_DO(Line, IOCTL_SERIAL_SET_XOFF), STATUS_SUCCESS);
    CHECK_STATUS(HwRead(&Read, Line, Buffer, sizeof(Buffer)), STATUS_PENDING);
    CHECK_STATUS(HwWrite(&Write, Line, "abc", 3), STATUS_PENDING);
    CHECK_STATUS(HW_SET(Line, IOCTL_SERIAL_PURGE, Abort), STATUS_SUCCESS);
    CHECK_STATUS(HwWait(&Read, 5000), STATUS_CANCELLED);
    CHECK_STATUS(HwWait(&Write, 5000), STATUS_CANCELLED);
    CHECK_EQUAL(Write.Io.Information, 0);
    HwEnd(&Read);
    HwEnd(&Write);
    NtClose(Line);
}

// The ring overflows when nobody reads: it says so once, and the line goes on.
VOID SerialTestErrors(void)
{
    HANDLE Line = SerialOpenLoop();
    static CHAR Much[0x5000];
    SERIAL_STATUS Comm;
    SERIAL_COMMPROP Properties;
    HW_OPERATION Write;
    if (!Line || !HwBegin(&Write))
        return;
    CHECK_STATUS(HW_GET(Line, IOCTL_SERIAL_GET_PROPERTIES, Properties), STATUS_SUCCESS);
    REQUIRE(Properties.CurrentRxQueue < sizeof(Much));
    (VOID) HwWrite(&Write, Line, Much, sizeof(Much));
    CHECK_STATUS(HwWait(&Write, 20000), STATUS_SUCCESS);
    Sleep(50);
    CHECK_STATUS(HW_GET(Line, IOCTL_SERIAL_GET_COMMSTATUS, Comm), STATUS_SUCCESS);
    CHECK(Comm.Errors & SERIAL_ERROR_QUEUEOVERRUN);
    CHECK_EQUAL(Comm.AmountInInQueue, Properties.CurrentRxQueue);
    CHECK_STATUS(HW_GET(Line, IOCTL_SERIAL_GET_COMMSTATUS, Comm), STATUS_SUCCESS);
    CHECK_EQUAL(Comm.Errors, 0);
    ExpectRead(Line, 64, STATUS_SUCCESS, 64);
    HwEnd(&Write);
    NtClose(Line);
}
