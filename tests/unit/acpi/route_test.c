// PCI: where interrupt pins go, what the firmware leaves to us, methods of functions.
#include "test.h"

static int StartPc(void **State)
{
    (void)State;
    assert_true(StartMachine(&Machine, "pc"));
    return 0;
}

static NTSTATUS Route(ULONG Depth, const UCHAR *Devices, ULONG Pin, ACPI_PCI_ROUTE *Result)
{
    ACPI_PCI_ROUTE_QUERY Query = {.Path.Depth = Depth, .Pin = Pin};
    for (ULONG i = 0; i < Depth; i++)
        Query.Path.Element[i].Device = Devices[i];
    return AcpiQueryRoute(RequireNode("\\_SB.PCI0")->Handle, &Query, Result);
}

static void AssertRoute(ULONG Depth, const UCHAR *Devices, ULONG Pin, ULONG Interrupt)
{
    ACPI_PCI_ROUTE Result;
    assert_int_equal(Route(Depth, Devices, Pin, &Result), STATUS_SUCCESS);
    assert_int_equal(Result.Interrupt, Interrupt);
    assert_true(Result.Level && Result.Shared);
}

static void TestDirect(void **State)
{
    (void)State;
    AssertRoute(1, (UCHAR[]){1}, 1, 16);
    AssertRoute(1, (UCHAR[]){1}, 2, 17);
    ACPI_PCI_ROUTE Result;
    assert_int_equal(Route(1, (UCHAR[]){1}, 3, &Result), STATUS_NOT_FOUND);
    assert_int_equal(Route(1, (UCHAR[]){1}, 5, &Result), STATUS_INVALID_PARAMETER);
    assert_int_equal(Route(0, NULL, 1, &Result), STATUS_INVALID_PARAMETER);
}

static void TestLinks(void **State)
{
    (void)State;
    ACPI_PCI_ROUTE Result;
    AssertRoute(1, (UCHAR[]){2}, 1, 10); // as the firmware has connected it
    AssertRoute(1, (UCHAR[]){2}, 2, 11); // the one of two that nobody uses yet
    AssertRoute(1, (UCHAR[]){2}, 2, 11); // and it stays
    assert_int_equal(Route(1, (UCHAR[]){2}, 1, &Result), STATUS_SUCCESS);
    assert_false(Result.ActiveLow);
    assert_int_equal(Route(1, (UCHAR[]){2}, 3, &Result), STATUS_NOT_FOUND);
}

static void TestBridges(void **State)
{
    (void)State;
    AssertRoute(2, (UCHAR[]){0x1C, 0}, 1, 18); // the bridge's own table
    AssertRoute(2, (UCHAR[]){4, 0}, 1, 20);    // no table: the pin as it is
    AssertRoute(2, (UCHAR[]){4, 1}, 1, 21);    // one further for device 1
    AssertRoute(2, (UCHAR[]){4, 3}, 2, 20);    // and around
    AssertRoute(3, (UCHAR[]){4, 1, 2}, 1, 23); // two bridges
    ACPI_PCI_ROUTE Result;
    assert_int_equal(Route(2, (UCHAR[]){9, 0}, 1, &Result), STATUS_NOT_FOUND);
}

static void TestBridge(void **State)
{
    (void)State;
    ACPI_PCI_BRIDGE Bridge;
    assert_int_equal(AcpiQueryBridge(RequireNode("\\_SB.PCI0")->Handle, &Bridge), STATUS_SUCCESS);
    assert_int_equal(Bridge.Segment, 0);
    assert_int_equal(Bridge.FirstBus, 0);
    assert_int_equal(Bridge.LastBus, 0x7F);
    assert_int_equal(Bridge.Control, 0x15);
}

static void TestMethods(void **State)
{
    (void)State;
    acpi_handle Handle = RequireNode("\\_SB.PCI0")->Handle;
    ACPI_PCI_EVALUATION Evaluation = {.Path = {.Depth = 2, .Element = {{0x1C, 0}, {0, 0}}},
                                      .Method = {'_', 'S', 'T', 'A'}};
    ULONG64 Result;
    assert_int_equal(AcpiEvaluateFunction(Handle, &Evaluation, &Result), STATUS_SUCCESS);
    assert_int_equal(Result, 0x0F);
    memcpy(Evaluation.Method, "_EJ0", 4);
    Evaluation.ArgumentCount = 1;
    Evaluation.Argument = 1;
    assert_int_equal(AcpiEvaluateFunction(Handle, &Evaluation, &Result), STATUS_SUCCESS);
    memcpy(Evaluation.Method, "_STA", 4);
    Evaluation.ArgumentCount = 0;
    assert_int_equal(AcpiEvaluateFunction(Handle, &Evaluation, &Result), STATUS_SUCCESS);
    assert_int_equal(Result, 0x0E);
    memcpy(Evaluation.Method, "_PS3", 4);
    assert_int_equal(AcpiEvaluateFunction(Handle, &Evaluation, &Result),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    Evaluation.Path.Depth = ACPI_PCI_MAX_DEPTH + 1;
    assert_int_equal(AcpiEvaluateFunction(Handle, &Evaluation, &Result), STATUS_INVALID_PARAMETER);
}

static void TestPaths(void **State)
{
    (void)State;
    acpi_handle Handle;
    PACPI_NODE Bridge;
    ACPI_PCI_PATH Path;
    assert_int_equal(acpi_get_handle(NULL, "\\_SB.PCI0.RP01.SLOT", &Handle), AE_OK);
    assert_true(AcpiFindPath(&Machine.Nodes, Handle, &Bridge, &Path));
    assert_ptr_equal(Bridge, RequireNode("\\_SB.PCI0"));
    assert_int_equal(Path.Depth, 2);
    assert_int_equal(Path.Element[0].Device, 0x1C);
    assert_int_equal(Path.Element[1].Device, 0);
    assert_ptr_equal(AcpiFindFunction(Bridge->Handle, &Path), Handle);
    assert_true(AcpiFindPath(&Machine.Nodes, Bridge->Handle, &Bridge, &Path));
    assert_int_equal(Path.Depth, 0);
    assert_false(AcpiFindPath(&Machine.Nodes, RequireNode("\\_SB.HPET")->Handle, &Bridge, &Path));
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test_setup_teardown(TestDirect, StartPc, EndTest),
        cmocka_unit_test_setup_teardown(TestLinks, StartPc, EndTest),
        cmocka_unit_test_setup_teardown(TestBridges, StartPc, EndTest),
        cmocka_unit_test_setup_teardown(TestBridge, StartPc, EndTest),
        cmocka_unit_test_setup_teardown(TestMethods, StartPc, EndTest),
        cmocka_unit_test_setup_teardown(TestPaths, StartPc, EndTest),
    };
    return cmocka_run_group_tests(Tests, NULL, NULL);
}
