// Power states, waking and resets of functions of PCI, as a function driver in another process than the bus driver's
// has them: with the device's own registers, and with what configuration space is before and after.
#include "suite.h"

enum {
    Command = 0x04,
    CommandDecodes = 7, // ports, memory, bus master
    CacheLine = 0x0C,
    FirstRange = 0x10,
    RangeRegisters = 6,
    CapabilityPower = 1,
    CapabilityExpress = 0x10,
    PowerControl = 4,
    PowerStateMask = 3,
    PowerWakes = 0x100,
    ExpressControl = 8,
    OfFunction = 0, // DEVICE_RESET_TYPE
    OfBus = 1,
};

// ---- Configuration space before and after

typedef struct _SETTINGS {
    ULONG Command, CacheLine, Express;
    ULONG Ranges[RangeRegisters];
} SETTINGS;

static VOID TakeSettings(SETTINGS *Settings)
{
    ULONG Express = FindCapability(CapabilityExpress);
    Settings->Command = ReadConfig(Command, 2);
    Settings->CacheLine = ReadConfig(CacheLine, 1);
    Settings->Express = Express ? ReadConfig(Express + ExpressControl, 2) : 0;
    for (ULONG i = 0; i < RangeRegisters; i++)
        Settings->Ranges[i] = ReadConfig(FirstRange + 4 * i, 4);
}

static VOID CheckSettings(const SETTINGS *Before)
{
    SETTINGS After;
    TakeSettings(&After);
    CHECK_EQUAL(After.Command, Before->Command);
    CHECK_EQUAL(After.CacheLine, Before->CacheLine);
    CHECK_EQUAL(After.Express, Before->Express);
    for (ULONG i = 0; i < RangeRegisters; i++)
        CHECK_EQUAL(After.Ranges[i], Before->Ranges[i]);
}

static ULONG PowerState(void)
{
    return ReadConfig(FindCapability(CapabilityPower) + PowerControl, 2) & PowerStateMask;
}

// ---- Devices' own registers, which a reset changes

typedef struct _REGISTER {
    ULONG Index, Offset, Value; // Value: not what it is after a reset
} REGISTER;

static const REGISTER Registers[KIND_COUNT] = {
    // Range 1 has the common configuration at its start (QEMU): the device's status.
    [KIND_RESETS] = {.Index = 1, .Offset = 0x14, .Value = 0x01},
    // 82574 datasheet, 10.2.5.5: LED control.
    [KIND_ALONE] = {.Index = 0, .Offset = 0xE00, .Value = 0x0E0E0E0E},
};

static ULONG ReadRegister(KIND Kind)
{
    return ReadRange(Registers[Kind].Index, Registers[Kind].Offset);
}

static VOID MarkRegister(KIND Kind)
{
    const REGISTER *Register = &Registers[Kind];
    WriteRange(Register->Index, Register->Offset, Register->Value);
    CHECK_EQUAL(ReadRegister(Kind), Register->Value);
}

// ---- Tests

static VOID TestStart(void)
{
    static const ULONG Identifiers[KIND_COUNT] = {0x10441AF4, 0x10D38086, 0x12098086, 0x11E81234};
    StartFunctions();
    for (ULONG Kind = 0; Kind < KIND_COUNT; Kind++) {
        FUNCTION_REQUEST Request = {};
        Choose((KIND)Kind);
        CHECK_STATUS(Ask(FUNCTION_IDENTIFIERS, &Request), STATUS_SUCCESS);
        CHECK_EQUAL(Request.Value, Identifiers[Kind]);
    }
}

// In D3 nothing is decoded; back in D0 everything is as it was, and the device, which has not forgotten anything, too.
static VOID CheckD3(KIND Kind)
{
    SETTINGS Before;
    Choose(Kind);
    WriteConfig(CacheLine, 1, 0x10);
    TakeSettings(&Before);
    MarkRegister(Kind);
    CHECK_STATUS(AskValue(FUNCTION_SET_POWER, PowerDeviceD3), STATUS_SUCCESS);
    CHECK_EQUAL(PowerState(), 3);
    CHECK_EQUAL(ReadConfig(Command, 2) & CommandDecodes, 0);
    CHECK(ReadRegister(Kind) != Registers[Kind].Value);
    CHECK_STATUS(AskValue(FUNCTION_SET_POWER, PowerDeviceD3), STATUS_SUCCESS); // once more
    CHECK_STATUS(AskValue(FUNCTION_SET_POWER, PowerDeviceD0), STATUS_SUCCESS);
    CHECK_EQUAL(PowerState(), 0);
    CheckSettings(&Before);
    CHECK_EQUAL(ReadRegister(Kind), Registers[Kind].Value);
}

static VOID TestD3(void)
{
    for (ULONG i = 0; i < 3; i++) {
        CheckD3(KIND_RESETS);
        CheckD3(KIND_ALONE);
    }
}

static VOID TestStates(void)
{
    SETTINGS Before;
    // Neither has D1 or D2.
    for (ULONG Kind = KIND_RESETS; Kind <= KIND_ALONE; Kind++) {
        Choose((KIND)Kind);
        CHECK(!NT_SUCCESS(AskValue(FUNCTION_SET_POWER, PowerDeviceD1)));
        CHECK(!NT_SUCCESS(AskValue(FUNCTION_SET_POWER, PowerDeviceD2)));
        CHECK_EQUAL(PowerState(), 0);
    }
    Choose(KIND_WAKES);
    TakeSettings(&Before);
    for (ULONG State = PowerDeviceD1; State <= PowerDeviceD3; State++) {
        CHECK_STATUS(AskValue(FUNCTION_SET_POWER, State), STATUS_SUCCESS);
        CHECK_STATUS(AskValue(FUNCTION_SET_POWER, PowerDeviceD0), STATUS_SUCCESS);
        CheckSettings(&Before);
    }
    // The driver's state changes, the device's has no register.
    Choose(KIND_NO_POWER);
    CHECK_STATUS(AskValue(FUNCTION_SET_POWER, PowerDeviceD3), STATUS_SUCCESS);
    CHECK_STATUS(AskValue(FUNCTION_SET_POWER, PowerDeviceD0), STATUS_SUCCESS);
}

static VOID TestWake(void)
{
    FUNCTION_REQUEST Request = {.Offset = PowerSystemSleeping1};
    Choose(KIND_WAKES);
    CHECK_STATUS(Ask(FUNCTION_CAPABILITIES, &Request), STATUS_SUCCESS);
    CHECK_EQUAL(Request.Size, 0xF); // from all of them
    CHECK_EQUAL(Request.Value, PowerDeviceD3);
    CHECK_STATUS(AskValue(FUNCTION_WAIT_WAKE, 0), STATUS_PENDING);
    CHECK_STATUS(AskValue(FUNCTION_WAKE_STATUS, 0), STATUS_PENDING);
    CHECK_STATUS(AskValue(FUNCTION_SET_POWER, PowerDeviceD3), STATUS_SUCCESS);
    CHECK_STATUS(AskValue(FUNCTION_SET_POWER, PowerDeviceD0), STATUS_SUCCESS);
    CHECK_STATUS(AskValue(FUNCTION_WAKE_STATUS, 0), STATUS_PENDING);
    CHECK_STATUS(AskValue(FUNCTION_CANCEL_WAKE, 0), STATUS_CANCELLED);
    for (ULONG i = 0; i < 100; i++) { // wherever on its way the request is
        CHECK_STATUS(AskValue(FUNCTION_WAIT_WAKE, 0), STATUS_PENDING);
        CHECK_STATUS(AskValue(FUNCTION_CANCEL_WAKE, 0), STATUS_CANCELLED);
    }
    // Without PME# there is nothing to wait for.
    Choose(KIND_ALONE);
    CHECK_STATUS(AskValue(FUNCTION_WAIT_WAKE, 0), STATUS_PENDING);
    CHECK_STATUS(AskValue(FUNCTION_CANCEL_WAKE, 0), STATUS_NOT_SUPPORTED);
    Choose(KIND_NO_POWER);
    CHECK_STATUS(AskValue(FUNCTION_WAIT_WAKE, 0), STATUS_PENDING);
    CHECK_STATUS(AskValue(FUNCTION_CANCEL_WAKE, 0), STATUS_NOT_SUPPORTED);
}

static ULONG ResetTypes(void)
{
    FUNCTION_REQUEST Request = {};
    CHECK_STATUS(Ask(FUNCTION_RESET_TYPES, &Request), STATUS_SUCCESS);
    return Request.Value;
}

// The device has forgotten what its driver has set, and is where it was.
static VOID CheckReset(KIND Kind, ULONG Type)
{
    SETTINGS Before;
    Choose(Kind);
    WriteConfig(CacheLine, 1, 0x20);
    TakeSettings(&Before);
    MarkRegister(Kind);
    CHECK_STATUS(AskValue(FUNCTION_RESET, Type), STATUS_SUCCESS);
    CheckSettings(&Before);
    CHECK(ReadRegister(Kind) != Registers[Kind].Value && ReadRegister(Kind) != MAXULONG);
}

static VOID TestFunctionReset(void)
{
    Choose(KIND_RESETS);
    CHECK_EQUAL(ResetTypes(), 1 << OfFunction | 1 << OfBus);
    CheckReset(KIND_RESETS, OfFunction);
    CheckReset(KIND_RESETS, OfFunction);
}

static VOID TestBusReset(void)
{
    CheckReset(KIND_RESETS, OfBus);
    Choose(KIND_ALONE);
    CHECK_EQUAL(ResetTypes(), 1 << OfFunction | 1 << OfBus);
    CheckReset(KIND_ALONE, OfBus);
    CheckReset(KIND_ALONE, OfBus);
}

static VOID TestNoReset(void)
{
    Choose(KIND_NO_POWER); // it is not alone, either
    CHECK_EQUAL(ResetTypes(), 0);
    CHECK_STATUS(AskValue(FUNCTION_RESET, OfFunction), STATUS_NOT_SUPPORTED);
    CHECK_STATUS(AskValue(FUNCTION_RESET, OfBus), STATUS_NOT_SUPPORTED);
    CHECK_STATUS(AskValue(FUNCTION_RESET, 99), STATUS_NOT_SUPPORTED);
}

static const TEST Tests[] = {
    {"functions are found and started", TestStart},
    {"D3 and back", TestD3},
    {"the states that there are", TestStates},
    {"wake requests", TestWake},
    {"a function resets itself", TestFunctionReset},
    {"a function is reset with its bus", TestBusReset},
    {"a function that cannot be reset", TestNoReset},
};

const TEST_SUITE TestSuite = TEST_SUITE_OF(Tests);
