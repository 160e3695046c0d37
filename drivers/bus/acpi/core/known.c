// Identifiers that are known without a driver: what the devices are called, and how they are to be taken. Names of
// devices: ACPI Specification 6.4, 5.6.7, and the PNP identifiers of the industry.
#include "core.h"

static const ACPI_KNOWN AcpiKnown[] = {
    {.Id = "ACPI0004", .Description = L"Module Device", .Raw = TRUE, .Container = TRUE},
    {.Id = "ACPI0007", .Description = L"Processor", .Raw = TRUE},
    {.Id = "ACPI0010", .Description = L"Processor Container", .Raw = TRUE, .Container = TRUE},
    {.Id = "ACPI0003", .Description = L"Microsoft AC Adapter", .Raw = TRUE},
    {.Id = "ACPI0006", .Description = L"GPE Block Device", .Raw = TRUE},
    {.Id = "FixedButton", .Description = L"ACPI Fixed Feature Button", .Raw = TRUE},
    {.Id = "PNP0000", .Description = L"Programmable interrupt controller", .Raw = TRUE},
    {.Id = "PNP0100", .Description = L"System timer", .Raw = TRUE},
    {.Id = "PNP0103", .Description = L"High precision event timer", .Raw = TRUE},
    {.Id = "PNP0200", .Description = L"Direct memory access controller", .Raw = TRUE},
    {.Id = "PNP0303", .Description = L"Standard PS/2 Keyboard"},
    {.Id = "PNP0400", .Description = L"Printer Port", .Raw = TRUE},
    {.Id = "PNP0501", .Description = L"Communications Port"},
    {.Id = "PNP0700", .Description = L"Standard floppy disk controller", .Raw = TRUE},
    {.Id = "PNP0800", .Description = L"System speaker", .Raw = TRUE},
    {.Id = "PNP0A03", .Description = L"PCI Bus", .Raw = TRUE},
    {.Id = "PNP0A05", .Description = L"Generic Bus", .Raw = TRUE, .Container = TRUE},
    {.Id = "PNP0A06", .Description = L"Generic Bus", .Raw = TRUE, .Container = TRUE},
    {.Id = "PNP0A08", .Description = L"PCI Express Root Complex", .Raw = TRUE},
    {.Id = "PNP0B00", .Description = L"System CMOS/real time clock", .Raw = TRUE},
    {.Id = "PNP0C01", .Description = L"System board", .Raw = TRUE},
    {.Id = "PNP0C02", .Description = L"Motherboard resources", .Raw = TRUE},
    {.Id = "PNP0C04", .Description = L"Numeric data processor", .Raw = TRUE},
    {.Id = "PNP0C09", .Description = L"Microsoft ACPI-Compliant Embedded Controller", .Raw = TRUE},
    {.Id = "PNP0C0A",
     .Description = L"Microsoft ACPI-Compliant Control Method Battery",
     .Raw = TRUE},
    {.Id = "PNP0C0B", .Description = L"ACPI Fan", .Raw = TRUE},
    {.Id = "PNP0C0C", .Description = L"ACPI Power Button", .Raw = TRUE},
    {.Id = "PNP0C0D", .Description = L"ACPI Lid", .Raw = TRUE},
    {.Id = "PNP0C0E", .Description = L"ACPI Sleep Button", .Raw = TRUE},
    {.Id = "PNP0C0F", .Description = L"PCI interrupt link", .Raw = TRUE, .NoResources = TRUE},
    {.Id = "PNP0F13", .Description = L"PS/2 Compatible Mouse"},
    {.Id = "QEMU0001", .Description = L"QEMU panic notification device", .Raw = TRUE},
    {.Id = "QEMU0002", .Description = L"QEMU firmware configuration device", .Raw = TRUE},
    {.Id = "ThermalZone", .Description = L"ACPI Thermal Zone", .Raw = TRUE},
};

const ACPI_KNOWN *AcpiLookUp(PCSTR Id)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(AcpiKnown); i++) {
        if (strcmp(AcpiKnown[i].Id, Id) == 0)
            return &AcpiKnown[i];
    }
    return NULL;
}

const ACPI_KNOWN *AcpiLookUpNode(const ACPI_NODE *Node)
{
    const ACPI_KNOWN *Known = AcpiLookUp(Node->Id);
    for (ULONG i = 0; i < Node->CompatibleCount && !Known; i++)
        Known = AcpiLookUp(Node->Compatible[i]);
    return Known;
}
