// Firmware that is wrong, on purpose or not: the machine starts, what is wrong is left out, and the rest is there.
#include "test.h"

#include <stdlib.h>

static int StartHostile(void **State)
{
    (void)State;
    assert_true(StartMachine(&Machine, "hostile"));
    assert_int_equal(Machine.Status, STATUS_SUCCESS);
    return 0;
}

static void TestMethodsThatDoNotEnd(void **State)
{
    (void)State;
    assert_non_null(NodeAt(&Machine, "\\_SB.GOOD"));
    assert_null(NodeAt(&Machine, "\\_SB.LOOP"));
    assert_null(NodeAt(&Machine, "\\_SB.DEEP"));
    assert_null(NodeAt(&Machine, "\\_SB.HUGE"));
    assert_null(NodeAt(&Machine, "\\_SB.GROW"));
    assert_non_null(NodeAt(&Machine, "\\_SB.ININ"));
}

// Whatever the firmware says, what comes of it can be part of an identifier.
static void AssertIdentifier(PCSTR Text)
{
    assert_non_null(Text);
    assert_in_range(strlen(Text), 0, AcpiIdChars - 1);
    for (; *Text; Text++)
        assert_true(*Text > ' ' && *Text <= '~' && *Text != ',' && *Text != '\\');
}

static void TestWrongTypes(void **State)
{
    (void)State;
    PACPI_NODE Node = RequireNode("\\_SB.TYPE");
    PIO_RESOURCE_REQUIREMENTS_LIST List;
    assert_false(Node->Unique);
    AssertIdentifier(Node->Instance);
    AssertIdentifier(Node->Subsystem);
    AssertIdentifier(Node->Revision);
    for (ULONG i = 0; i < Node->CompatibleCount; i++)
        AssertIdentifier(Node->Compatible[i]);
    assert_false(NT_SUCCESS(AcpiQueryRequirements(Node, &List)));
    assert_null(NodeAt(&Machine, "\\_SB.NOID"));
    assert_null(NodeAt(&Machine, "\\_SB.ODID"));
    assert_int_equal(strlen(RequireNode("\\_SB.LONG")->Instance), AcpiIdChars - 1);
}

static void TestCutResources(void **State)
{
    static const PCSTR Paths[] = {"\\_SB.CUT1", "\\_SB.CUT2", "\\_SB.CUT3", "\\_SB.CUT4"};
    (void)State;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Paths); i++) {
        PIO_RESOURCE_REQUIREMENTS_LIST List;
        PCM_RESOURCE_LIST Boot;
        PACPI_NODE Node = RequireNode(Paths[i]);
        (void)AcpiQueryRequirements(Node, &List);
        assert_null(List);
        (void)AcpiQueryBootConfiguration(Node, &Boot);
        assert_null(Boot);
    }
}

static void TestImpossibleRanges(void **State)
{
    (void)State;
    PIO_RESOURCE_REQUIREMENTS_LIST List;
    assert_int_equal(AcpiQueryRequirements(RequireNode("\\_SB.WRAP"), &List), STATUS_SUCCESS);
    assert_non_null(List);
    assert_int_equal(List->List[0].Count, 1);
    assert_int_equal(List->List[0].Descriptors[0].u.Port.MinimumAddress.QuadPart, 0x300);
    ExFreePoolWithTag(List, AcpiTag);
}

static void TestBridge(void **State)
{
    (void)State;
    acpi_handle Handle = RequireNode("\\_SB.PCI0")->Handle;
    ACPI_PCI_BRIDGE Bridge;
    ACPI_PCI_ROUTE Route;
    assert_int_equal(AcpiQueryBridge(Handle, &Bridge), STATUS_SUCCESS);
    assert_int_equal(Bridge.Segment, 0);
    assert_int_equal(Bridge.FirstBus, 0);
    assert_int_equal(Bridge.LastBus, 255);
    assert_int_equal(Bridge.Control, 0);
    for (UCHAR Device = 0; Device < 8; Device++) {
        ACPI_PCI_ROUTE_QUERY Query = {.Path = {1, {{Device, 0}}}, .Pin = 1};
        assert_false(NT_SUCCESS(AcpiQueryRoute(Handle, &Query, &Route)));
    }
}

// Everything that the driver asks of a node.
static void AskEverything(PACPI_NODE Node)
{
    PIO_RESOURCE_REQUIREMENTS_LIST List;
    PCM_RESOURCE_LIST Boot;
    PWSTR Texts[] = {AcpiDeviceIdText(Node), AcpiHardwareIdsText(Node), AcpiCompatibleIdsText(Node),
                     AcpiInstanceText(Node)};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Texts); i++) {
        if (Texts[i])
            ExFreePoolWithTag(Texts[i], AcpiTag);
    }
    if (NT_SUCCESS(AcpiQueryRequirements(Node, &List)) && List)
        ExFreePoolWithTag(List, AcpiTag);
    if (NT_SUCCESS(AcpiQueryBootConfiguration(Node, &Boot)) && Boot) {
        (void)AcpiSetResources(Node, Boot);
        ExFreePoolWithTag(Boot, AcpiTag);
    }
    if (!Node->RootBridge)
        return;
    ACPI_PCI_BRIDGE Bridge;
    ACPI_PCI_ROUTE Route;
    (void)AcpiQueryBridge(Node->Handle, &Bridge);
    for (UCHAR Device = 0; Device < 32; Device++) {
        ACPI_PCI_ROUTE_QUERY Query = {.Path = {1, {{Device, 0}}}, .Pin = 1 + Device % 4};
        (void)AcpiQueryRoute(Node->Handle, &Query, &Route);
    }
}

static void AskMachine(const UCHAR *Table, SIZE_T Size)
{
    if (StartMachineWith(&Machine, Table, Size)) {
        for (PLIST_ENTRY Link = Machine.Nodes.Flink; Link != &Machine.Nodes; Link = Link->Flink)
            AskEverything(CONTAINING_RECORD(Link, ACPI_NODE, Link));
    }
    EndMachine(&Machine);
    assert_int_equal(DoubleAllocations, 0);
}

// Definition blocks that end early: at every byte.
static void CutTable(PCSTR Name)
{
    SIZE_T Size;
    PUCHAR Table = ReadTable(Name, &Size);
    assert_non_null(Table);
    for (SIZE_T Cut = sizeof(struct acpi_table_header); Cut < Size; Cut += 7)
        AskMachine(Table, Cut);
    free(Table);
}

static void TestCutTables(void **State)
{
    (void)State;
    CutTable("laptop");
    CutTable("server");
}

// The last bytes of the resource template that ends at or behind Place; 0: there is none.
static SIZE_T FindTemplateEnd(const UCHAR *Table, SIZE_T Size, SIZE_T Place)
{
    enum { EndTag = 0x79 };
    for (; Place + 1 < Size; Place++) {
        if (Table[Place] == EndTag && !Table[Place + 1])
            return Place;
    }
    return 0;
}

// Resource descriptors with a byte changed, always the same ones. ACPI_MUTATIONS asks for more of them.
static void TestChangedResources(void **State)
{
    enum { Mutations = 150, Reach = 8 };
    const char *Wanted = getenv("ACPI_MUTATIONS");
    uint64_t Random = 1;
    SIZE_T Size;
    PUCHAR Table = ReadTable("pc", &Size);
    (void)State;
    assert_non_null(Table);
    for (long i = 0; i < (Wanted ? strtol(Wanted, NULL, 10) : Mutations); i++) {
        Random = Random * 6364136223846793005 + 1442695040888963407;
        SIZE_T End = FindTemplateEnd(Table, Size, (Random >> 33) % Size);
        if (End < Reach)
            continue;
        PUCHAR Byte = &Table[End - 1 - (Random >> 16) % Reach];
        UCHAR Before = *Byte;
        *Byte = (UCHAR)(Random >> 24);
        AskMachine(Table, Size);
        *Byte = Before;
    }
    free(Table);
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test_setup_teardown(TestMethodsThatDoNotEnd, StartHostile, EndTest),
        cmocka_unit_test_setup_teardown(TestWrongTypes, StartHostile, EndTest),
        cmocka_unit_test_setup_teardown(TestCutResources, StartHostile, EndTest),
        cmocka_unit_test_setup_teardown(TestImpossibleRanges, StartHostile, EndTest),
        cmocka_unit_test_setup_teardown(TestBridge, StartHostile, EndTest),
        cmocka_unit_test(TestCutTables),
        cmocka_unit_test(TestChangedResources),
    };
    return cmocka_run_group_tests(Tests, NULL, NULL);
}
