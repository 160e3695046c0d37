// Devices that wake the machine: what they say, what arming them does, and that they are heard. Power resources, fans.
#include "test.h"

#include <stdio.h>

enum { StatusPort = 0x620, EnablePort = 0x622, GpePorts = 4, WakeEvent = 4, MethodEvent = 5 };

// The event registers, a byte each: writing a one to a bit of the status clears it.
static UCHAR Events[GpePorts];
static ULONG Heard;
static acpi_handle HeardOf;

static BOOLEAN EventPort(ULONG Port, BOOLEAN Write, PULONG Value)
{
    if (Port < StatusPort || Port >= StatusPort + GpePorts)
        return FALSE;
    UCHAR *Register = &Events[Port - StatusPort];
    if (!Write)
        *Value = *Register;
    else if (Port < EnablePort)
        *Register = (UCHAR)(*Register & ~*Value);
    else
        *Register = (UCHAR)*Value;
    return TRUE;
}

static void Hear(acpi_handle Device, u32 Value, void *Context)
{
    (void)Context;
    Heard = Value;
    HeardOf = Device;
}

static int Start(void **State)
{
    (void)State;
    memset(Events, 0, sizeof(Events));
    Heard = 0;
    DoublePort = EventPort;
    MachineHasEvents = TRUE;
    assert_true(StartMachine(&Machine, "wake"));
    assert_int_equal(acpi_install_notify_handler(ACPI_ROOT_OBJECT, ACPI_ALL_NOTIFY, Hear, NULL),
                     AE_OK);
    return 0;
}

static int End(void **State)
{
    (void)acpi_remove_notify_handler(ACPI_ROOT_OBJECT, ACPI_ALL_NOTIFY, Hear);
    int Result = EndTest(State);
    DoublePort = NULL;
    MachineHasEvents = FALSE;
    return Result;
}

static acpi_handle HandleOf(PCSTR Path)
{
    acpi_handle Handle = NULL;
    assert_int_equal(acpi_get_handle(NULL, (acpi_string)Path, &Handle), AE_OK);
    return Handle;
}

static ULONG64 NumberOf(PCSTR Path)
{
    ULONG64 Value = ~0ull;
    assert_int_equal(AcpiEvaluateNumber(NULL, Path, &Value), AE_OK);
    return Value;
}

static BOOLEAN IsOn(ULONG Event)
{
    return Events[EnablePort - StatusPort] >> Event & 1;
}

static ACPI_WAKE Read(PCSTR Path)
{
    ACPI_WAKE Wake;
    assert_true(AcpiReadWake(HandleOf(Path), &Wake));
    return Wake;
}

// ---- Waking

static void TestWhatTheySay(void **State)
{
    (void)State;
    static const PCSTR Not[] = {"\\_SB.BAD0", "\\_SB.BAD1", "\\_SB.BAD2", "\\_SB.FAN0"};
    ACPI_WAKE Wake = Read("\\_SB.WGPE");
    assert_null(Wake.GpeDevice);
    assert_int_equal(Wake.Gpe, WakeEvent);
    assert_int_equal(Wake.Deepest, 3);
    assert_int_equal(Wake.Power.Count, 1);
    assert_ptr_equal(Wake.Power.Handles[0], HandleOf("\\PWRA"));
    assert_int_equal(Read("\\_SB.WMET").Power.Count, 0);
    assert_int_equal(Read("\\_SB.BOTH").Power.Count, 2);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Not); i++)
        assert_false(AcpiReadWake(HandleOf(Not[i]), &Wake));
    assert_int_equal(AcpiWakeDeviceState(HandleOf("\\_SB.WGPE"), 3), PowerDeviceD2);
    assert_int_equal(AcpiWakeDeviceState(HandleOf("\\_SB.WGPE"), 1), PowerDeviceD1);
    assert_int_equal(AcpiWakeDeviceState(HandleOf("\\_SB.WMET"), 1), PowerDeviceD3);
}

// Power, the device, the event; and back. Nothing is on before.
static void TestArming(void **State)
{
    (void)State;
    acpi_handle Device = HandleOf("\\_SB.WGPE");
    ACPI_WAKE Wake = Read("\\_SB.WGPE");
    assert_false(IsOn(WakeEvent));
    assert_int_equal(AcpiArmWake(Device, &Wake), STATUS_SUCCESS);
    assert_int_equal(NumberOf("\\STPS"), 0x15);
    assert_int_equal(NumberOf("\\_SB.WGPE.SAID"), 0x001);
    assert_true(IsOn(WakeEvent));
    AcpiDisarmWake(Device, &Wake);
    assert_int_equal(NumberOf("\\STPS"), 0x1552);
    assert_int_equal(NumberOf("\\_SB.WGPE.SAID"), 0x000);
    assert_false(IsOn(WakeEvent));
}

static void TestSleep(void **State)
{
    (void)State;
    acpi_handle Device = HandleOf("\\_SB.WGPE");
    ACPI_WAKE Wake = Read("\\_SB.WGPE");
    assert_int_equal(AcpiArmWake(Device, &Wake), STATUS_SUCCESS);
    assert_false(AcpiPrepareWake(Device, &Wake, 4));
    assert_true(AcpiPrepareWake(Device, &Wake, 3));
    assert_int_equal(NumberOf("\\_SB.WGPE.SAID"), 0x231); // on, S3, D2
    AcpiResumeWake(Device, &Wake);
    assert_int_equal(NumberOf("\\_SB.WGPE.SAID"), 0x001);
    AcpiDisarmWake(Device, &Wake);
}

static void Raise(ULONG Event)
{
    Events[0] |= (UCHAR)(1 << Event);
    RaiseInterrupt();
}

// An event without a method tells the devices that it is of; that of one who is not armed tells nobody.
static void TestEvents(void **State)
{
    (void)State;
    ACPI_WAKE Wake = Read("\\_SB.WGPE"), Other = Read("\\_SB.WMET");
    Raise(WakeEvent);
    assert_int_equal(Heard, 0);
    Events[0] = 0;
    assert_int_equal(AcpiArmWake(HandleOf("\\_SB.WGPE"), &Wake), STATUS_SUCCESS);
    Raise(WakeEvent);
    assert_int_equal(Heard, ACPI_NOTIFY_DEVICE_WAKE);
    Heard = 0;
    assert_int_equal(AcpiArmWake(HandleOf("\\_SB.WMET"), &Other), STATUS_SUCCESS);
    Raise(MethodEvent);
    assert_int_equal(Heard, ACPI_NOTIFY_DEVICE_WAKE);
    assert_ptr_equal(HeardOf, HandleOf("\\_SB.WMET"));
    AcpiDisarmWake(HandleOf("\\_SB.WGPE"), &Wake);
    AcpiDisarmWake(HandleOf("\\_SB.WMET"), &Other);
}

// Power and event stay on until the last one has gone.
static void TestShared(void **State)
{
    (void)State;
    ACPI_WAKE One = Read("\\_SB.WGPE"), Other = Read("\\_SB.BOTH");
    assert_int_equal(AcpiArmWake(HandleOf("\\_SB.WGPE"), &One), STATUS_SUCCESS);
    assert_int_equal(AcpiArmWake(HandleOf("\\_SB.BOTH"), &Other), STATUS_SUCCESS);
    AcpiDisarmWake(HandleOf("\\_SB.WGPE"), &One);
    assert_true(IsOn(WakeEvent));
    assert_int_equal(NumberOf("\\PWRA.ISON"), 1);
    AcpiDisarmWake(HandleOf("\\_SB.BOTH"), &Other);
    assert_false(IsOn(WakeEvent));
    assert_int_equal(NumberOf("\\PWRA.ISON") + NumberOf("\\PWRB.ISON"), 0);
}

// Power that cannot be had: what was switched on before is off again.
static void TestNoPower(void **State)
{
    (void)State;
    ACPI_WAKE Wake = Read("\\_SB.BOTH");
    assert_int_equal(AcpiCallWithNumber(NULL, "\\BRKB", 1), AE_OK);
    assert_false(NT_SUCCESS(AcpiArmWake(HandleOf("\\_SB.BOTH"), &Wake)));
    assert_int_equal(NumberOf("\\PWRA.ISON"), 0);
    assert_false(IsOn(WakeEvent));
}

// ---- Cooling

static void SetHeat(PCSTR Zone, ULONG Tenths, PACPI_ZONE_NEWS News)
{
    char Path[32];
    (void)snprintf(Path, sizeof(Path), "%s.SETT", Zone);
    assert_int_equal(AcpiCallWithNumber(NULL, Path, Tenths), AE_OK);
    assert_true(AcpiWatchZone(&Machine.Nodes, RequireNode(Zone), News));
    assert_int_equal(News->Temperature, Tenths);
}

static void CheckFans(BOOLEAN First, BOOLEAN Second)
{
    assert_int_equal(NumberOf("\\PWRA.ISON"), First);
    assert_int_equal(NumberOf("\\PWRB.ISON"), First);
    assert_int_equal(NumberOf("\\_SB.FAN1.RUNS"), Second);
}

static void TestFans(void **State)
{
    (void)State;
    ACPI_ZONE_NEWS News;
    assert_int_equal(AcpiSetFan(RequireNode("\\_SB.FAN0")), STATUS_SUCCESS);
    assert_int_equal(AcpiSetFan(RequireNode("\\_SB.FAN1")), STATUS_SUCCESS);
    CheckFans(FALSE, FALSE);
    SetHeat("\\_TZ.HOT0", 3299, &News);
    CheckFans(FALSE, FALSE);
    SetHeat("\\_TZ.HOT0", 3300, &News);
    CheckFans(FALSE, TRUE);
    SetHeat("\\_TZ.HOT0", 3450, &News);
    CheckFans(TRUE, TRUE);
    SetHeat("\\_TZ.HOT1", 3300, &News);
    SetHeat("\\_TZ.HOT0", 3000, &News);
    CheckFans(FALSE, TRUE); // the other zone wants it still
    SetHeat("\\_TZ.HOT1", 3000, &News);
    CheckFans(FALSE, FALSE);
    assert_false(AcpiWatchZone(&Machine.Nodes, RequireNode("\\_TZ.NONE"), &News));
}

static void TestTrips(void **State)
{
    (void)State;
    ACPI_ZONE_NEWS News;
    SetHeat("\\_TZ.HOT0", 3499, &News);
    assert_false(News.PassiveChanged || News.Critical);
    SetHeat("\\_TZ.HOT0", 3500, &News);
    assert_true(News.PassiveChanged && !News.Critical);
    SetHeat("\\_TZ.HOT0", 3699, &News);
    assert_false(News.PassiveChanged || News.Critical);
    SetHeat("\\_TZ.HOT0", 3700, &News);
    assert_true(News.Critical);
    assert_int_equal(News.Limit, 3700);
    SetHeat("\\_TZ.HOT0", 3000, &News);
    assert_true(News.PassiveChanged && !News.Critical);
    SetHeat("\\_TZ.HOT1", 9000, &News); // it has no such limits
    assert_false(News.PassiveChanged || News.Critical);
}

// ---- States of a device

static void TestStates(void **State)
{
    (void)State;
    PACPI_NODE Fan = RequireNode("\\_SB.FAN0");
    assert_int_equal(AcpiSetDevicePower(Fan, PowerDeviceD0), STATUS_SUCCESS);
    assert_int_equal(NumberOf("\\STPS"), 0x13);
    assert_int_equal(AcpiSetDevicePower(Fan, PowerDeviceD0), STATUS_SUCCESS);
    assert_int_equal(NumberOf("\\STPS"), 0x13); // it is there already
    assert_int_equal(AcpiSetDevicePower(Fan, PowerDeviceD3), STATUS_SUCCESS);
    assert_int_equal(NumberOf("\\STPS"), 0x1342); // the last one first
    assert_true(AcpiHasDeviceState(Fan->Handle, PowerDeviceD0));
    assert_false(AcpiHasDeviceState(Fan->Handle, PowerDeviceD1));
}

static void TestButtons(void **State)
{
    (void)State;
    assert_int_equal(AcpiFixedButtons(), SYS_BUTTON_POWER | SYS_BUTTON_SLEEP);
    assert_non_null(NodeNamed(&Machine, "FixedButton", "0"));
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test_setup_teardown(TestWhatTheySay, Start, End),
        cmocka_unit_test_setup_teardown(TestArming, Start, End),
        cmocka_unit_test_setup_teardown(TestSleep, Start, End),
        cmocka_unit_test_setup_teardown(TestEvents, Start, End),
        cmocka_unit_test_setup_teardown(TestShared, Start, End),
        cmocka_unit_test_setup_teardown(TestNoPower, Start, End),
        cmocka_unit_test_setup_teardown(TestFans, Start, End),
        cmocka_unit_test_setup_teardown(TestTrips, Start, End),
        cmocka_unit_test_setup_teardown(TestStates, Start, End),
        cmocka_unit_test_setup_teardown(TestButtons, Start, End),
    };
    return cmocka_run_group_tests(Tests, NULL, NULL);
}
