// Devices that wake the system by the firmware's means (_PRW), and their power states.
#include "suite.h"

enum { DeviceEvent = 10, FunctionEvent = 11, Wake = 2 };

enum { // PDCAP_WAKE_FROM_*
    WakeFromD = 0xF0,
    WakeFromD0 = 0x10,
    WakeFromD2 = 0x40,
    WakeFromS = 0x00F00000, // S0 to S3
};

static VOID Await(ULONG Event, BOOLEAN On)
{
    for (ULONG i = 0; i < 100 && IsOn(Event) != On; i++)
        Pause(20);
    CHECK_EQUAL(IsOn(Event), On);
}

static VOID AwaitEnd(NTSTATUS Expected)
{
    NTSTATUS Status = STATUS_PENDING;
    for (ULONG i = 0; i < 100 && Status == STATUS_PENDING; i++) {
        Pause(20);
        Status = AskValue(ACPITEST_WAKE_STATUS, 0, 0, 0);
    }
    CHECK_STATUS(Status, Expected);
}

static BOOLEAN IsArmed(void)
{
    return (PowerCapabilities() & PNP_ARMED_TO_WAKE) != 0;
}

static VOID Arm(SYSTEM_POWER_STATE State, ULONG Event)
{
    CHECK_STATUS(AskValue(ACPITEST_WAIT_WAKE, 0, (ULONG)State, 0), STATUS_PENDING);
    Await(Event, TRUE);
    CHECK_STATUS(AskValue(ACPITEST_WAKE_STATUS, 0, 0, 0), STATUS_PENDING);
    CHECK_EQUAL(IsArmed(), TRUE);
}

// It is armed as long as its driver waits, and hears of the wake once.
static VOID CheckWake(ULONG Event, PCSTR Switch, SYSTEM_POWER_STATE TooDeep)
{
    CHECK_EQUAL(IsArmed(), FALSE);
    Arm(PowerSystemSleeping3, Event);
    CHECK_EQUAL(Evaluate(Switch, MAXULONG), 1);
    (VOID) Evaluate("FIRE", Wake);
    AwaitEnd(STATUS_SUCCESS);
    Await(Event, FALSE);
    CHECK_EQUAL(Evaluate(Switch, MAXULONG), 0);
    CHECK_EQUAL(IsArmed(), FALSE);
    (VOID) Evaluate("FIRE", Wake); // nobody waits
    Arm(PowerSystemSleeping1, Event);
    CHECK_STATUS(AskValue(ACPITEST_CANCEL_WAKE, 0, 0, 0), STATUS_CANCELLED);
    Await(Event, FALSE);
    CHECK_EQUAL(IsArmed(), FALSE);
    for (ULONG i = 0; i < 50; i++) { // wherever on its way the request is
        CHECK_STATUS(AskValue(ACPITEST_WAIT_WAKE, 0, PowerSystemSleeping1, 0), STATUS_PENDING);
        CHECK_STATUS(AskValue(ACPITEST_CANCEL_WAKE, 0, 0, 0), STATUS_CANCELLED);
    }
    Await(Event, FALSE);
    (VOID) AskValue(ACPITEST_WAIT_WAKE, 0, (ULONG)TooDeep, 0);
    AwaitEnd(STATUS_INVALID_DEVICE_STATE);
}

static VOID CheckNoWake(void)
{
    (VOID) AskValue(ACPITEST_WAIT_WAKE, 0, PowerSystemSleeping1, 0);
    AwaitEnd(STATUS_NOT_SUPPORTED);
}

VOID TestWake(void)
{
    Choose(0);
    CHECK_EQUAL(PowerCapabilities() & (WakeFromS | WakeFromD), WakeFromS | WakeFromD0 | WakeFromD2);
    CheckWake(DeviceEvent, "DSWS", PowerSystemHibernate);
    // The power that it needs for that.
    CHECK_EQUAL(Evaluate("RESN", MAXULONG), 0);
    Arm(PowerSystemSleeping3, DeviceEvent);
    CHECK_EQUAL(Evaluate("RESN", MAXULONG), 1);
    CHECK_STATUS(AskValue(ACPITEST_CANCEL_WAKE, 0, 0, 0), STATUS_CANCELLED);
    Await(DeviceEvent, FALSE);
    CHECK_EQUAL(Evaluate("RESN", MAXULONG), 0);
    Choose(1);
    CheckNoWake();
    Choose(0);
}

// edu has no PME#: what the firmware says of it is all that there is.
VOID TestWakeOfFunction(void)
{
    Choose(FUNCTION);
    CheckWake(FunctionEvent, "PSWS", PowerSystemShutdown);
    Choose(LONELY);
    CheckNoWake();
    Choose(0);
}

VOID TestDevicePower(void)
{
    CHECK_EQUAL(Evaluate("PSTA", MAXULONG), 0); // it was started
    CHECK_STATUS(AskValue(ACPITEST_SET_POWER, 0, PowerDeviceD3, 0), STATUS_SUCCESS);
    CHECK_EQUAL(Evaluate("PSTA", MAXULONG), 3);
    CHECK_STATUS(AskValue(ACPITEST_SET_POWER, 0, PowerDeviceD0, 0), STATUS_SUCCESS);
    CHECK_EQUAL(Evaluate("PSTA", MAXULONG), 0);
}
