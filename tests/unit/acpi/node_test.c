// Which devices there are, who reports them, and what they are called.
#include "test.h"

static int StartPc(void **State)
{
    (void)State;
    assert_true(StartMachine(&Machine, "pc"));
    assert_int_equal(Machine.Status, STATUS_SUCCESS);
    return 0;
}

static int StartLaptop(void **State)
{
    (void)State;
    assert_true(StartMachine(&Machine, "laptop"));
    assert_int_equal(Machine.Status, STATUS_SUCCESS);
    return 0;
}

static int StartServer(void **State)
{
    (void)State;
    assert_true(StartMachine(&Machine, "server"));
    assert_int_equal(Machine.Status, STATUS_SUCCESS);
    return 0;
}

static void TestIdentifiers(void **State)
{
    (void)State;
    PACPI_NODE Node = RequireNode("\\_SB.PCI0.ISA.COM1");
    assert_string_equal(Node->Id, "PNP0501");
    assert_true(Node->Unique);
    AssertTexts(AcpiDeviceIdText(Node), FALSE, "ACPI\\PNP0501");
    AssertTexts(AcpiInstanceText(Node), FALSE, "1");
    AssertTexts(AcpiHardwareIdsText(Node), TRUE, "ACPI\\VEN_PNP&DEV_0501|ACPI\\PNP0501|*PNP0501");
    assert_null(AcpiCompatibleIdsText(Node));
    Node = RequireNode("\\_SB.PCI0");
    assert_true(Node->RootBridge);
    assert_null(Node->Parent);
    AssertTexts(AcpiCompatibleIdsText(Node), TRUE, "ACPI\\PNP0A03|*PNP0A03");
}

// What is below a root bridge is its child, however deep; PCI functions are nobody's.
static void TestBelowBridge(void **State)
{
    (void)State;
    PACPI_NODE Bridge = RequireNode("\\_SB.PCI0");
    assert_ptr_equal(RequireNode("\\_SB.PCI0.ISA.KBD")->Parent, Bridge);
    assert_null(RequireNode("\\_SB.HPET")->Parent);
    assert_null(NodeAt(&Machine, "\\_SB.PCI0.ISA"));
    assert_null(NodeAt(&Machine, "\\_SB.PCI0.RP01.SLOT"));
    assert_false(RequireNode("\\_SB.PCI0.ISA.KBD")->Unique);
    assert_non_null(NodeNamed(&Machine, "FixedButton", "0"));
    assert_int_equal(RequireNode("\\_SB.PCI0.ISA.COM2")->Status, 0x0D);
}

static void TestDetailedIdentifiers(void **State)
{
    (void)State;
    PACPI_NODE Node = RequireNode("\\_SB.PCI0.LPC.TPM");
    AssertTexts(AcpiHardwareIdsText(Node), TRUE,
                "ACPI\\VEN_MSFT&DEV_0101&SUBSYS_PRTS1234&REV_0021|"
                "ACPI\\VEN_MSFT&DEV_0101&SUBSYS_PRTS1234|ACPI\\VEN_MSFT&DEV_0101&REV_0021|"
                "ACPI\\VEN_MSFT&DEV_0101|ACPI\\MSFT0101|*MSFT0101");
    AssertTexts(AcpiCompatibleIdsText(Node), TRUE,
                "ACPI\\INTC0102|*INTC0102|ACPI\\PNP0C31|*PNP0C31|ACPI\\A_B_C|*A_B_C");
}

static void TestContainers(void **State)
{
    (void)State;
    PACPI_NODE Container = RequireNode("\\_SB.CPUS");
    PACPI_NODE Processor = RequireNode("\\_SB.CPUS.C001");
    assert_ptr_equal(Processor->Parent, Container);
    AssertTexts(AcpiInstanceText(Processor), FALSE, "1");
    assert_null(NodeAt(&Machine, "\\_SB.CPUS.C002"));
    Processor = RequireNode("\\_PR.CPU9");
    assert_int_equal(Processor->Kind, AcpiProcessorKind);
    AssertTexts(AcpiDeviceIdText(Processor), FALSE, "ACPI\\ACPI0007");
    AssertTexts(AcpiInstanceText(Processor), FALSE, "9");
    AssertTexts(AcpiCompatibleIdsText(Processor), TRUE, "ACPI\\Processor");
    PACPI_NODE Zone = RequireNode("\\_TZ.THRM");
    AssertTexts(AcpiDeviceIdText(Zone), FALSE, "ACPI\\ThermalZone");
    AssertTexts(AcpiInstanceText(Zone), FALSE, "THRM");
}

static void TestInstances(void **State)
{
    (void)State;
    assert_true(RequireNode("\\_SB.TWN1")->Unique);
    assert_string_equal(RequireNode("\\_SB.TWN1")->Instance, "same");
    assert_false(RequireNode("\\_SB.TWN2")->Unique); // somebody has it already
    assert_string_equal(RequireNode("\\_SB.TWN2")->Instance, "0");
    assert_string_equal(RequireNode("\\_SB.TWN3")->Instance, "1");
    assert_string_equal(RequireNode("\\_SB.SPAC")->Instance, "CPU_Hotplug_resources");
}

static void TestPresence(void **State)
{
    (void)State;
    assert_null(NodeAt(&Machine, "\\_SB.HIDE"));
    assert_null(NodeAt(&Machine, "\\_SB.HIDE.INSD"));
    assert_null(NodeAt(&Machine, "\\_SB.FUNC"));
    assert_non_null(NodeAt(&Machine, "\\_SB.FUNC.INSD"));
    assert_non_null(NodeAt(&Machine, "\\_SB.PCI0.LPC.EC.BAT0"));
    assert_null(NodeAt(&Machine, "\\_SB.PCI0.LPC.EC.GONE"));
}

// A device comes and goes between two scans.
static void TestLate(void **State)
{
    (void)State;
    assert_null(NodeAt(&Machine, "\\_SB.LATE"));
    assert_int_equal(AcpiCallWithNumber(NULL, "\\_SB.LATE.COME", 1), AE_OK);
    assert_int_equal(AcpiScanNamespace(&Machine.Nodes), STATUS_SUCCESS);
    PACPI_NODE Node = RequireNode("\\_SB.LATE");
    assert_true(Node->Present);
    assert_int_equal(AcpiCallWithNumber(NULL, "\\_SB.LATE.COME", 0), AE_OK);
    assert_int_equal(AcpiScanNamespace(&Machine.Nodes), STATUS_SUCCESS);
    assert_ptr_equal(RequireNode("\\_SB.LATE"), Node); // until it is removed
    assert_false(Node->Present);
}

// Modules report what is in them; what is not there reports nothing; root bridges have segments and bus ranges.
static void TestServer(void **State)
{
    (void)State;
    ACPI_PCI_BRIDGE Bridge;
    assert_ptr_equal(RequireNode("\\_SB.SCK0.C001")->Parent, RequireNode("\\_SB.SCK0"));
    assert_ptr_equal(RequireNode("\\_SB.SCK0.MEM0")->Parent, RequireNode("\\_SB.SCK0"));
    assert_null(NodeAt(&Machine, "\\_SB.SCK1"));
    assert_null(NodeAt(&Machine, "\\_SB.SCK1.C064"));
    assert_null(NodeAt(&Machine, "\\_SB.BADR"));
    assert_null(NodeAt(&Machine, "\\_SB.PC00.RP1A.SLTA"));
    assert_int_equal(AcpiQueryBridge(RequireNode("\\_SB.PC01")->Handle, &Bridge), STATUS_SUCCESS);
    assert_int_equal(Bridge.Segment, 1);
    assert_int_equal(Bridge.FirstBus, 0x80);
    assert_int_equal(Bridge.LastBus, 0xFF);
    PIO_RESOURCE_REQUIREMENTS_LIST List;
    assert_int_equal(AcpiQueryRequirements(RequireNode("\\_SB.BMC0"), &List), STATUS_SUCCESS);
    assert_int_equal(List->List[0].Count, 2);
    assert_int_equal(List->List[0].Descriptors[1].u.Port.MinimumAddress.QuadPart, 0xCA3);
    ExFreePoolWithTag(List, AcpiTag);
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test_setup_teardown(TestIdentifiers, StartPc, EndTest),
        cmocka_unit_test_setup_teardown(TestBelowBridge, StartPc, EndTest),
        cmocka_unit_test_setup_teardown(TestDetailedIdentifiers, StartLaptop, EndTest),
        cmocka_unit_test_setup_teardown(TestContainers, StartLaptop, EndTest),
        cmocka_unit_test_setup_teardown(TestInstances, StartLaptop, EndTest),
        cmocka_unit_test_setup_teardown(TestPresence, StartLaptop, EndTest),
        cmocka_unit_test_setup_teardown(TestLate, StartLaptop, EndTest),
        cmocka_unit_test_setup_teardown(TestServer, StartServer, EndTest),
    };
    return cmocka_run_group_tests(Tests, NULL, NULL);
}
