// Resources: what devices require, where they are, and being told where to be.
#include "test.h"

#include <nt/nthost.h>

static int StartPc(void **State)
{
    (void)State;
    assert_true(StartMachine(&Machine, "pc"));
    return 0;
}

static PIO_RESOURCE_REQUIREMENTS_LIST Require(PCSTR Path)
{
    PIO_RESOURCE_REQUIREMENTS_LIST List;
    assert_int_equal(AcpiQueryRequirements(RequireNode(Path), &List), STATUS_SUCCESS);
    assert_non_null(List);
    return List;
}

static void AssertRange(const IO_RESOURCE_DESCRIPTOR *Item, UCHAR Type, USHORT Flags, ULONG Length,
                        ULONG Alignment, ULONG64 Minimum, ULONG64 Maximum)
{
    assert_int_equal(Item->Type, Type);
    assert_int_equal(Item->Flags, Flags);
    assert_int_equal(Item->u.Generic.Length, Length);
    assert_int_equal(Item->u.Generic.Alignment, Alignment);
    assert_int_equal(Item->u.Generic.MinimumAddress.QuadPart, Minimum);
    assert_int_equal(Item->u.Generic.MaximumAddress.QuadPart, Maximum);
}

static void AssertLine(const IO_RESOURCE_DESCRIPTOR *Item, UCHAR Option, USHORT Flags, ULONG Line)
{
    assert_int_equal(Item->Type, CmResourceTypeInterrupt);
    assert_int_equal(Item->Option, Option);
    assert_int_equal(Item->Flags, Flags);
    assert_int_equal(Item->u.Interrupt.MinimumVector, Line);
    assert_int_equal(Item->u.Interrupt.MaximumVector, Line);
}

enum {
    Ports16 = CM_RESOURCE_PORT_IO | CM_RESOURCE_PORT_16_BIT_DECODE,
    PortWindow = Ports16 | CM_RESOURCE_PORT_WINDOW_DECODE,
    EdgeHigh = CM_RESOURCE_INTERRUPT_LATCHED | HOST_INTERRUPT_ACTIVE_HIGH,
};

static void TestWindows(void **State)
{
    (void)State;
    PIO_RESOURCE_REQUIREMENTS_LIST List = Require("\\_SB.PCI0");
    const IO_RESOURCE_LIST *Only = List->List;
    assert_int_equal(List->AlternativeLists, 1);
    assert_int_equal(Only->Count, 6); // the empty window is none
    assert_int_equal(Only->Descriptors[0].Type, CmResourceTypeBusNumber);
    assert_int_equal(Only->Descriptors[0].u.BusNumber.MinBusNumber, 0);
    assert_int_equal(Only->Descriptors[0].u.BusNumber.MaxBusNumber, 0x7F);
    AssertRange(&Only->Descriptors[1], CmResourceTypePort, Ports16, 8, 1, 0xCF8, 0xCFF);
    AssertRange(&Only->Descriptors[2], CmResourceTypePort, PortWindow, 0xCF8, 1, 0, 0xCF7);
    AssertRange(&Only->Descriptors[3], CmResourceTypePort, PortWindow, 0xF300, 1, 0xD00, 0xFFFF);
    AssertRange(&Only->Descriptors[4], CmResourceTypeMemory, CM_RESOURCE_MEMORY_WINDOW_DECODE,
                0x3EC00000, 1, 0xC0000000, 0xFEBFFFFF);
    AssertRange(&Only->Descriptors[5], CmResourceTypeMemoryLarge,
                CM_RESOURCE_MEMORY_WINDOW_DECODE | CM_RESOURCE_MEMORY_PREFETCHABLE |
                    CM_RESOURCE_MEMORY_LARGE_40,
                0x8000000, 1, 0x800000000, 0xFFFFFFFFF);
    ExFreePoolWithTag(List, AcpiTag);
}

// ISA interrupts go through the overrides: the timer comes in at 2.
static void TestInterrupts(void **State)
{
    (void)State;
    PIO_RESOURCE_REQUIREMENTS_LIST List = Require("\\_SB.PCI0.ISA.TMR");
    AssertLine(&List->List[0].Descriptors[1], 0, EdgeHigh, 2);
    ExFreePoolWithTag(List, AcpiTag);
    List = Require("\\_SB.PCI0.ISA.FDC");
    assert_int_equal(List->List[0].Count, 4);
    AssertLine(&List->List[0].Descriptors[2], 0, HOST_INTERRUPT_ACTIVE_LOW, 6);
    assert_int_equal(List->List[0].Descriptors[2].ShareDisposition, CmResourceShareShared);
    assert_int_equal(List->List[0].Descriptors[3].u.Dma.MinimumChannel, 2);
    ExFreePoolWithTag(List, AcpiTag);
    ACPI_LINE Sci;
    AcpiSciLine(&Sci);
    assert_int_equal(Sci.Interrupt, 9);
    assert_true(Sci.Level && Sci.Shared && !Sci.ActiveLow);
}

static void TestKinds(void **State)
{
    (void)State;
    PIO_RESOURCE_REQUIREMENTS_LIST List = Require("\\_SB.MIXD");
    const IO_RESOURCE_DESCRIPTOR *Item = List->List[0].Descriptors;
    assert_int_equal(List->List[0].Count, 5); // what a vendor says is not ours
    AssertRange(&Item[0], CmResourceTypeMemory, 0, 0x1000, 4, 0x100000, 0x200FFF);
    AssertRange(&Item[1], CmResourceTypeMemory, 0, 0x2000, 0x1000, 0xE0000000, 0xEFFFFFFF);
    AssertRange(&Item[2], CmResourceTypeMemory, 0, 0x1000, 0x1000, 0xF0000000, 0xF0FFFFFF);
    AssertRange(&Item[3], CmResourceTypePort, CM_RESOURCE_PORT_IO | CM_RESOURCE_PORT_10_BIT_DECODE,
                0x10, 0x10, 0x100, 0x30F);
    AssertLine(&Item[4], 0, CM_RESOURCE_INTERRUPT_LATCHED | HOST_INTERRUPT_ACTIVE_LOW, 40);
    ExFreePoolWithTag(List, AcpiTag);
}

static void TestAlternatives(void **State)
{
    (void)State;
    PIO_RESOURCE_REQUIREMENTS_LIST List = Require("\\_SB.PCI0.ISA.COM2");
    assert_int_equal(List->AlternativeLists, 2);
    const IO_RESOURCE_LIST *First = List->List;
    assert_int_equal(First->Count, 4);
    AssertLine(&First->Descriptors[1], 0, EdgeHigh, 3);
    AssertLine(&First->Descriptors[2], IO_RESOURCE_ALTERNATIVE, EdgeHigh, 4);
    AssertLine(&First->Descriptors[3], IO_RESOURCE_ALTERNATIVE, EdgeHigh, 5);
    const IO_RESOURCE_LIST *Second = (const void *)&First->Descriptors[First->Count];
    assert_int_equal(Second->Count, 2);
    AssertRange(&Second->Descriptors[0], CmResourceTypePort, Ports16, 8, 1, 0x2E8, 0x2EF);
    assert_ptr_equal(&Second->Descriptors[2], (PUCHAR)List + List->ListSize);
    ExFreePoolWithTag(List, AcpiTag);
}

// It is off, so it is nowhere; set, it is where it was put; disabled, it is off again.
static void TestSetting(void **State)
{
    (void)State;
    PACPI_NODE Node = RequireNode("\\_SB.PCI0.ISA.COM2");
    PCM_RESOURCE_LIST List;
    struct {
        CM_RESOURCE_LIST List;
        CM_PARTIAL_RESOURCE_DESCRIPTOR Second;
    } Given = {.List = {.Count = 1}};
    CM_PARTIAL_RESOURCE_LIST *Partial = &Given.List.List[0].PartialResourceList;
    assert_int_equal(AcpiQueryBootConfiguration(Node, &List), STATUS_SUCCESS);
    assert_null(List);
    Partial->Count = 2;
    Partial->PartialDescriptors[0].Type = CmResourceTypePort;
    Partial->PartialDescriptors[0].u.Port.Start.QuadPart = 0x2E8;
    Partial->PartialDescriptors[0].u.Port.Length = 8;
    CM_PARTIAL_RESOURCE_DESCRIPTOR *Line = Partial->PartialDescriptors + 1;
    Line->Type = CmResourceTypeInterrupt;
    Line->u.Interrupt.Vector = 10;
    assert_int_equal(AcpiSetResources(Node, &Given.List), STATUS_SUCCESS);
    Node->Status = AcpiDeviceStatus(Node->Handle);
    assert_int_equal(Node->Status, 0x0F);
    assert_int_equal(AcpiQueryBootConfiguration(Node, &List), STATUS_SUCCESS);
    assert_non_null(List);
    Partial = &List->List[0].PartialResourceList;
    assert_int_equal(Partial->Count, 2);
    assert_int_equal(Partial->PartialDescriptors[0].u.Port.Start.QuadPart, 0x2E8);
    assert_int_equal(Partial->PartialDescriptors[1].u.Interrupt.Vector, 10);
    ExFreePoolWithTag(List, AcpiTag);
    AcpiDisableDevice(Node);
    assert_int_equal(AcpiDeviceStatus(Node->Handle), 0x0D);
}

// A device without _SRS is where it is; one with it must be given all that it asked for.
static void TestSettingLess(void **State)
{
    (void)State;
    CM_RESOURCE_LIST Nothing = {.Count = 1};
    assert_int_equal(AcpiSetResources(RequireNode("\\_SB.PCI0.ISA.COM1"), &Nothing),
                     STATUS_SUCCESS);
    assert_int_equal(AcpiSetResources(RequireNode("\\_SB.PCI0.ISA.COM2"), &Nothing),
                     STATUS_DEVICE_CONFIGURATION_ERROR);
}

// Links have interrupts for others.
static void TestNone(void **State)
{
    (void)State;
    PIO_RESOURCE_REQUIREMENTS_LIST List;
    PCM_RESOURCE_LIST Boot;
    PACPI_NODE Node = RequireNode("\\_SB.LNKA");
    assert_int_equal(AcpiQueryRequirements(Node, &List), STATUS_SUCCESS);
    assert_null(List);
    assert_int_equal(AcpiQueryBootConfiguration(Node, &Boot), STATUS_SUCCESS);
    assert_null(Boot);
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test_setup_teardown(TestWindows, StartPc, EndTest),
        cmocka_unit_test_setup_teardown(TestInterrupts, StartPc, EndTest),
        cmocka_unit_test_setup_teardown(TestKinds, StartPc, EndTest),
        cmocka_unit_test_setup_teardown(TestAlternatives, StartPc, EndTest),
        cmocka_unit_test_setup_teardown(TestSetting, StartPc, EndTest),
        cmocka_unit_test_setup_teardown(TestSettingLess, StartPc, EndTest),
        cmocka_unit_test_setup_teardown(TestNone, StartPc, EndTest),
    };
    return cmocka_run_group_tests(Tests, NULL, NULL);
}
