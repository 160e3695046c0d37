// Thermal zones: how often to look, and what they say of themselves.
#include "test.h"

static int StartLaptop(void **State)
{
    (void)State;
    assert_true(StartMachine(&Machine, "laptop"));
    assert_int_equal(Machine.Status, STATUS_SUCCESS);
    return 0;
}

static void SetHeat(ULONG64 Tenths)
{
    assert_int_equal(AcpiCallWithNumber(NULL, "\\_TZ.POLL.SETT", Tenths), AE_OK);
}

static void TestPeriods(void **State)
{
    (void)State;
    acpi_handle Zone = RequireNode("\\_TZ.POLL")->Handle;
    assert_int_equal(AcpiThermalPeriod(Zone), 30000);
    SetHeat(3500);
    assert_int_equal(AcpiThermalPeriod(Zone), 5000);
    SetHeat(3499);
    assert_int_equal(AcpiThermalPeriod(Zone), 30000);
    assert_int_equal(AcpiThermalPeriod(RequireNode("\\_TZ.THRM")->Handle), 0);
}

static void TestWrongTypes(void **State)
{
    (void)State;
    acpi_handle Zone = RequireNode("\\_TZ.ODDZ")->Handle;
    ACPI_ZONE_NEWS News;
    (void)AcpiWatchZone(&Machine.Nodes, RequireNode("\\_TZ.ODDZ"), &News);
    assert_false(News.Critical || News.PassiveChanged);
    assert_in_range(AcpiThermalPeriod(Zone), 0, 3600 * 1000);
}

// As the zone's class has it: what there is none of is 0.
static void TestInformation(void **State)
{
    (void)State;
    THERMAL_INFORMATION Zone;
    acpi_handle Poll = RequireNode("\\_TZ.POLL")->Handle;
    SetHeat(3333);
    assert_int_equal(AcpiQueryZone(Poll, &Zone), STATUS_SUCCESS);
    assert_int_equal(Zone.CurrentTemperature, 3333);
    assert_int_equal(Zone.CriticalTripPoint, 3700);
    assert_int_equal(Zone.PassiveTripPoint, 3500);
    assert_int_equal(Zone.SamplingPeriod, 50);
    assert_int_equal(Zone.ThermalConstant1, 2);
    assert_int_equal(Zone.ActiveTripPointCount, 2);
    assert_int_equal(Zone.ActiveTripPoint[0], 3450);
    assert_int_equal(Zone.ActiveTripPoint[1], 3400);
    assert_int_equal(AcpiQueryZone(RequireNode("\\_TZ.THRM")->Handle, &Zone), STATUS_SUCCESS);
    assert_int_equal(Zone.CurrentTemperature, 3000);
    assert_int_equal(Zone.CriticalTripPoint, 0);
    assert_int_equal(Zone.ActiveTripPointCount, 0);
    assert_int_equal(AcpiQueryZone(RequireNode("\\_TZ.ODDZ")->Handle, &Zone), STATUS_SUCCESS);
    assert_int_equal(Zone.CriticalTripPoint, 0); // which is no number
}

static void TestPolicy(void **State)
{
    (void)State;
    ULONG64 Policy;
    acpi_handle Poll = RequireNode("\\_TZ.POLL")->Handle;
    assert_int_equal(AcpiSetCoolingPolicy(Poll, PASSIVE_COOLING), STATUS_SUCCESS);
    assert_int_equal(AcpiEvaluateNumber(Poll, "MODE", &Policy), AE_OK);
    assert_int_equal(Policy, PASSIVE_COOLING);
    assert_int_equal(AcpiSetCoolingPolicy(Poll, 2), STATUS_INVALID_PARAMETER);
    assert_false(NT_SUCCESS(AcpiSetCoolingPolicy(RequireNode("\\_TZ.THRM")->Handle, 0)));
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test_setup_teardown(TestPeriods, StartLaptop, EndTest),
        cmocka_unit_test_setup_teardown(TestWrongTypes, StartLaptop, EndTest),
        cmocka_unit_test_setup_teardown(TestInformation, StartLaptop, EndTest),
        cmocka_unit_test_setup_teardown(TestPolicy, StartLaptop, EndTest),
    };
    return cmocka_run_group_tests(Tests, NULL, NULL);
}
