// Thermal zones: how often to look, and when it is too hot.
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

static void TestCritical(void **State)
{
    (void)State;
    acpi_handle Zone = RequireNode("\\_TZ.POLL")->Handle;
    assert_false(AcpiIsZoneCritical(Zone));
    SetHeat(3699);
    assert_false(AcpiIsZoneCritical(Zone));
    SetHeat(3700);
    assert_true(AcpiIsZoneCritical(Zone));
    assert_false(AcpiIsZoneCritical(RequireNode("\\_TZ.THRM")->Handle)); // has no limit
}

static void TestWrongTypes(void **State)
{
    (void)State;
    acpi_handle Zone = RequireNode("\\_TZ.ODDZ")->Handle;
    assert_false(AcpiIsZoneCritical(Zone));
    assert_in_range(AcpiThermalPeriod(Zone), 0, 3600 * 1000);
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test_setup_teardown(TestPeriods, StartLaptop, EndTest),
        cmocka_unit_test_setup_teardown(TestCritical, StartLaptop, EndTest),
        cmocka_unit_test_setup_teardown(TestWrongTypes, StartLaptop, EndTest),
    };
    return cmocka_run_group_tests(Tests, NULL, NULL);
}
