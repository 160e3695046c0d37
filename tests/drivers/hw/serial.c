// The third serial line of the machine: ACPI finds it, and it is used.
#include "hw.h"

#define LINE_PATH L"ACPI\\PNP0501\\3"

VOID SerialTestFound(void)
{
    HANDLE Line, Second;
    REQUIRE_STATUS(HwOpen(L"\\\?\?\\COM3", 0, &Line), STATUS_SUCCESS);
    CHECK_STATUS(HwOpen(L"\\Device\\Serial0", 0, &Second), STATUS_ACCESS_DENIED); // the same
    CHECK_STATUS(NtClose(Line), STATUS_SUCCESS);
    CHECK_STATUS(HwOpen(L"\\Device\\Serial0", FILE_DIRECTORY_FILE, &Line), STATUS_NOT_A_DIRECTORY);
}

VOID SerialTestRemove(void)
{
    HANDLE Line;
    PLUGPLAY_CONTROL_QUERY_AND_REMOVE_DATA Remove = {};
    BOOLEAN WasEnabled;
    RtlAdjustPrivilege(SE_LOAD_DRIVER_PRIVILEGE, TRUE, FALSE, &WasEnabled);
    RtlInitUnicodeString(&Remove.DeviceInstance, LINE_PATH);
    REQUIRE_STATUS(HwOpen(L"\\\?\?\\COM3", 0, &Line), STATUS_SUCCESS);
    CHECK_STATUS(NtPlugPlayControl(PlugPlayControlQueryAndRemoveDevice, &Remove, sizeof(Remove)),
                 STATUS_PLUGPLAY_QUERY_VETOED); // it is in use
    CHECK_STATUS(NtClose(Line), STATUS_SUCCESS);
    CHECK_STATUS(NtPlugPlayControl(PlugPlayControlQueryAndRemoveDevice, &Remove, sizeof(Remove)),
                 STATUS_SUCCESS);
    CHECK_STATUS(HwOpen(L"\\\?\?\\COM3", 0, &Line), STATUS_OBJECT_NAME_NOT_FOUND);
    // The host has lived on, and has the ports again.
    PLUGPLAY_CONTROL_DEVICE_CONTROL_DATA Start = {};
    RtlInitUnicodeString(&Start.DeviceInstance, LINE_PATH);
    CHECK_STATUS(NtPlugPlayControl(PlugPlayControlStartDevice, &Start, sizeof(Start)),
                 STATUS_SUCCESS);
    SerialTestTransfer();
    CHECK_STATUS(NtPlugPlayControl(PlugPlayControlQueryAndRemoveDevice, &Remove, sizeof(Remove)),
                 STATUS_SUCCESS);
}

// ---- The line in loopback

VOID SerialTimeouts(HANDLE Line, ULONG Interval, ULONG Multiplier, ULONG Constant)
{
    SERIAL_TIMEOUTS Timeouts = {.ReadIntervalTimeout = Interval,
                                .ReadTotalTimeoutMultiplier = Multiplier,
                                .ReadTotalTimeoutConstant = Constant};
    CHECK_STATUS(HW_SET(Line, IOCTL_SERIAL_SET_TIMEOUTS, Timeouts), STATUS_SUCCESS);
}

HANDLE SerialOpenLoop(void)
{
    HANDLE Line;
    SERIAL_BAUD_RATE Baud = {115200};
    SERIAL_LINE_CONTROL Control = {STOP_BIT_1, NO_PARITY, 8};
    SERIAL_HANDFLOW HandFlow = {SERIAL_DTR_CONTROL, SERIAL_RTS_CONTROL, 100, 100};
    ULONG Loop = SERIAL_IOC_MCR_LOOP | SERIAL_IOC_MCR_DTR | SERIAL_IOC_MCR_RTS;
    if (!CHECK_STATUS(HwOpen(L"\\\?\?\\COM3", 0, &Line), STATUS_SUCCESS))
        return nullptr;
    CHECK_STATUS(HW_SET(Line, IOCTL_SERIAL_SET_BAUD_RATE, Baud), STATUS_SUCCESS);
    CHECK_STATUS(HW_SET(Line, IOCTL_SERIAL_SET_LINE_CONTROL, Control), STATUS_SUCCESS);
    CHECK_STATUS(HW_SET(Line, IOCTL_SERIAL_SET_HANDFLOW, HandFlow), STATUS_SUCCESS);
    CHECK_STATUS(HW_SET(Line, IOCTL_SERIAL_SET_MODEM_CONTROL, Loop), STATUS_SUCCESS);
    SerialTimeouts(Line, 0, 0, 0);
    return Line;
}

// ---- Settings

VOID SerialTestSettings(void)
{
    HANDLE Line = SerialOpenLoop();
    SERIAL_BAUD_RATE Baud = {9600};
    SERIAL_LINE_CONTROL Control = {STOP_BITS_2, EVEN_PARITY, 7}, ControlNow = {};
    SERIAL_CHARS Chars = {1, 2, 3, 4, 5, 6}, CharsNow = {};
    SERIAL_HANDFLOW HandFlow = {};
    SERIAL_COMMPROP Properties = {};
    SERIAL_QUEUE_SIZE Queue = {10000, 100};
    ULONG ConfigSize = 1;
    if (!Line)
        return;
    CHECK_STATUS(HW_SET(Line, IOCTL_SERIAL_SET_BAUD_RATE, Baud), STATUS_SUCCESS);
    Baud.BaudRate = 0;
    CHECK_STATUS(HW_GET(Line, IOCTL_SERIAL_GET_BAUD_RATE, Baud), STATUS_SUCCESS);
    CHECK_EQUAL(Baud.BaudRate, 9600);
    CHECK_STATUS(HW_SET(Line, IOCTL_SERIAL_SET_LINE_CONTROL, Control), STATUS_SUCCESS);
    CHECK_STATUS(HW_GET(Line, IOCTL_SERIAL_GET_LINE_CONTROL, ControlNow), STATUS_SUCCESS);
    CHECK(memcmp(&Control, &ControlNow, sizeof(Control)) == 0);
    CHECK_STATUS(HW_SET(Line, IOCTL_SERIAL_SET_CHARS, Chars), STATUS_SUCCESS);
    CHECK_STATUS(HW_GET(Line, IOCTL_SERIAL_GET_CHARS, CharsNow), STATUS_SUCCESS);
    CHECK(memcmp(&Chars, &CharsNow, sizeof(Chars)) == 0);
    CHECK_STATUS(HW_GET(Line, IOCTL_SERIAL_GET_HANDFLOW, HandFlow), STATUS_SUCCESS);
    CHECK_EQUAL(HandFlow.XonLimit, 100);
    CHECK_STATUS(HW_SET(Line, IOCTL_SERIAL_SET_QUEUE_SIZE, Queue), STATUS_SUCCESS);
    CHECK_STATUS(HW_GET(Line, IOCTL_SERIAL_GET_PROPERTIES, Properties), STATUS_SUCCESS);
    CHECK_EQUAL(Properties.ProvSubType, SERIAL_SP_RS232);
    CHECK(Properties.CurrentRxQueue >= 10000);
    CHECK_STATUS(HW_GET(Line, IOCTL_SERIAL_CONFIG_SIZE, ConfigSize), STATUS_SUCCESS);
    CHECK_EQUAL(ConfigSize, 0);
    Chars = (SERIAL_CHARS){.XonChar = 0x11, .XoffChar = 0x13};
    CHECK_STATUS(HW_SET(Line, IOCTL_SERIAL_SET_CHARS, Chars), STATUS_SUCCESS);
    NtClose(Line);
}

VOID SerialTestBadSettings(void)
{
    HANDLE Line = SerialOpenLoop();
    static const SERIAL_LINE_CONTROL Controls[] = {
        {STOP_BIT_1, NO_PARITY, 9}, {STOP_BIT_1, NO_PARITY, 4}, {STOP_BITS_1_5, NO_PARITY, 8},
        {3, NO_PARITY, 8},          {STOP_BIT_1, 5, 8},         {STOP_BITS_2, NO_PARITY, 5},
    };
    static const ULONG Bauds[] = {0, 128000, 1, 1000000, MAXULONG};
    static const SERIAL_HANDFLOW Flows[] = {
        {SERIAL_DTR_MASK, 0, 0, 0}, {4, 0, 0, 0}, {0, 0x20, 0, 0}, {0, 0, -1, 0}, {0, 0, 0, -1},
        {0, 0, 0x7FFFFFFF, 0},
    };
    SERIAL_TIMEOUTS Timeouts = {MAXULONG, 0, MAXULONG, 0, 0};
    SERIAL_CHARS Chars = {.XonChar = 1, .XoffChar = 1};
    ULONG Zero = 0, High = 0x10000;
    UCHAR Small = 0;
    if (!Line)
        return;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Controls); i++)
        CHECK_STATUS(HW_SET(Line, IOCTL_SERIAL_SET_LINE_CONTROL, Controls[i]),
                     STATUS_INVALID_PARAMETER);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Bauds); i++)
        CHECK_STATUS(HW_SET(Line, IOCTL_SERIAL_SET_BAUD_RATE, Bauds[i]), STATUS_INVALID_PARAMETER);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Flows); i++)
        CHECK_STATUS(HW_SET(Line, IOCTL_SERIAL_SET_HANDFLOW, Flows[i]), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(HW_SET(Line, IOCTL_SERIAL_SET_TIMEOUTS, Timeouts), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(HW_SET(Line, IOCTL_SERIAL_SET_CHARS, Chars), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(HW_SET(Line, IOCTL_SERIAL_PURGE, Zero), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(HW_SET(Line, IOCTL_SERIAL_PURGE, High), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(HW_SET(Line, IOCTL_SERIAL_SET_WAIT_MASK, High), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(HW_SET(Line, IOCTL_SERIAL_SET_BAUD_RATE, Small), STATUS_BUFFER_TOO_SMALL);
    CHECK_STATUS(HW_GET(Line, IOCTL_SERIAL_GET_BAUD_RATE, Small), STATUS_BUFFER_TOO_SMALL);
    CHECK_STATUS(HW_DO(Line, IOCTL_BEEP_SET), STATUS_INVALID_PARAMETER);
    NtClose(Line);
}

// ---- Transfer

static VOID Transfer(HANDLE Line, ULONG Length)
{
    static UCHAR Sent[4000], Received[4000];
    HW_OPERATION Read, Write;
    if (!HwBegin(&Read) || !HwBegin(&Write))
        return;
    for (ULONG i = 0; i < Length; i++)
        Sent[i] = (UCHAR)(i * 7 + 3);
    memset(Received, 0, sizeof(Received));
    CHECK_STATUS(HwRead(&Read, Line, Received, Length), STATUS_PENDING);
    NTSTATUS Status = HwWrite(&Write, Line, Sent, Length);
    CHECK(Status == STATUS_SUCCESS || Status == STATUS_PENDING);
    CHECK_STATUS(HwWait(&Write, 10000), STATUS_SUCCESS);
    CHECK_EQUAL(Write.Io.Information, Length);
    CHECK_STATUS(HwWait(&Read, 10000), STATUS_SUCCESS);
    CHECK_EQUAL(Read.Io.Information, Length);
    CHECK(memcmp(Sent, Received, Length) == 0);
    HwEnd(&Read);
    HwEnd(&Write);
}

VOID SerialTestTransfer(void)
{
    HANDLE Line = SerialOpenLoop();
    SERIALPERF_STATS Statistics;
    UCHAR Immediate = '!', Got = 0;
    HW_OPERATION Read;
    if (!Line || !HwBegin(&Read))
        return;
    Transfer(Line, 1);
    Transfer(Line, 16);
    Transfer(Line, 17);
    CHECK_STATUS(HW_GET(Line, IOCTL_SERIAL_GET_STATS, Statistics), STATUS_SUCCESS);
    CHECK_EQUAL(Statistics.ReceivedCount, 34);
    CHECK_EQUAL(Statistics.TransmittedCount, 34);
    CHECK_STATUS(HW_SET(Line, IOCTL_SERIAL_IMMEDIATE_CHAR, Immediate), STATUS_SUCCESS);
    (VOID) HwRead(&Read, Line, &Got, 1);
    CHECK_STATUS(HwWait(&Read, 5000), STATUS_SUCCESS);
    CHECK_EQUAL(Got, '!');
    CHECK_STATUS(HwFinish(&Read, HwWrite(&Read, Line, &Got, 0)), STATUS_SUCCESS);
    HwEnd(&Read);
    NtClose(Line);
}

VOID SerialTestLarge(void)
{
    HANDLE Line = SerialOpenLoop();
    if (!Line)
        return;
    Transfer(Line, 300);
    Transfer(Line, 4000);
    NtClose(Line);
}
