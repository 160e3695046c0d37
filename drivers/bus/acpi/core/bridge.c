// What the firmware says of a PCI root bridge, and what it leaves to us (_OSC, PCI Firmware Specification 3.3, 4.5).
#include "core.h"

enum {
    OscQuery = 1, // first word: do not change anything
    OscErrors = 0xE,
    // Second word: what we can do
    OscExtendedConfiguration = 1 << 0,
    OscActiveStatePower = 1 << 1,
    OscClockPower = 1 << 2,
    OscSegmentGroups = 1 << 3,
    OscMessages = 1 << 4,
    OscSupport = OscExtendedConfiguration | OscActiveStatePower | OscClockPower | OscSegmentGroups |
                 OscMessages,
    // Third word: what we want to do ourselves
    OscNativeHotPlug = 1 << 0,
    OscNativePowerEvents = 1 << 2,
    OscErrorReporting = 1 << 3,
    OscCapabilityStructure = 1 << 4,
    OscControl =
        OscNativeHotPlug | OscNativePowerEvents | OscErrorReporting | OscCapabilityStructure,
    OscWords = 3,
};

static const UCHAR OscPci[16] = { // 33DB4D5B-1FF7-401C-9657-7441C03DD766
    0x5B, 0x4D, 0xDB, 0x33, 0xF7, 0x1F, 0x1C, 0x40, 0x96, 0x57, 0x74, 0x41, 0xC0, 0x3D, 0xD7, 0x66};

// Words in and out.
static acpi_status AcpiCallOsc(acpi_handle Bridge, ULONG Words[OscWords])
{
    union acpi_object Arguments[] = {
        {.buffer = {ACPI_TYPE_BUFFER, sizeof(OscPci), (u8 *)OscPci}},
        {.integer = {ACPI_TYPE_INTEGER, 1}},
        {.integer = {ACPI_TYPE_INTEGER, OscWords}},
        {.buffer = {ACPI_TYPE_BUFFER, OscWords * sizeof(ULONG), (u8 *)Words}},
    };
    struct acpi_object_list List = {RTL_NUMBER_OF(Arguments), Arguments};
    struct acpi_buffer Buffer = {ACPI_ALLOCATE_BUFFER, NULL};
    acpi_status Status =
        acpi_evaluate_object_typed(Bridge, "_OSC", &List, &Buffer, ACPI_TYPE_BUFFER);
    if (ACPI_FAILURE(Status))
        return Status;
    const union acpi_object *Object = Buffer.pointer;
    if (Object->buffer.length >= OscWords * sizeof(ULONG))
        memcpy(Words, Object->buffer.pointer, OscWords * sizeof(ULONG));
    else
        Status = AE_BAD_DATA;
    acpi_os_free(Buffer.pointer);
    return Status;
}

// First asked, then demanded: what the answer to the question does not have would be refused.
static ULONG AcpiNegotiate(acpi_handle Bridge)
{
    ULONG Words[OscWords] = {OscQuery, OscSupport, OscControl};
    if (!AcpiHasObject(Bridge, "_OSC") || ACPI_FAILURE(AcpiCallOsc(Bridge, Words)) ||
        Words[0] & OscErrors)
        return 0;
    ULONG Granted = Words[2] & OscControl;
    Words[0] = 0;
    Words[1] = OscSupport;
    Words[2] = Granted;
    if (ACPI_FAILURE(AcpiCallOsc(Bridge, Words)) || Words[0] & OscErrors)
        return 0;
    return Words[2] & Granted;
}

// The buses that _CRS hands down; without any, those from the base bus number on.
static VOID AcpiReadBuses(acpi_handle Bridge, PACPI_PCI_BRIDGE Information)
{
    ACPI_RESOURCE_SET Set;
    ULONG64 Base;
    Information->FirstBus = 0;
    Information->LastBus = 255;
    if (AcpiHasObject(Bridge, "_BBN") && ACPI_SUCCESS(AcpiEvaluateNumber(Bridge, "_BBN", &Base)) &&
        Base <= 255)
        Information->FirstBus = (ULONG)Base;
    if (!NT_SUCCESS(AcpiReadResources(Bridge, "_CRS", &Set)))
        return;
    for (ULONG i = 0; i < Set.Count; i++) {
        const IO_RESOURCE_DESCRIPTOR *Item = &Set.Items[i].Descriptor;
        if (Item->Type != CmResourceTypeBusNumber)
            continue;
        Information->FirstBus = Item->u.BusNumber.MinBusNumber;
        Information->LastBus = Item->u.BusNumber.MaxBusNumber;
        break;
    }
    AcpiFreeResources(&Set);
}

NTSTATUS AcpiQueryBridge(acpi_handle Bridge, PACPI_PCI_BRIDGE Information)
{
    ULONG64 Segment = 0;
    *Information = (ACPI_PCI_BRIDGE){};
    if (AcpiHasObject(Bridge, "_SEG") && ACPI_FAILURE(AcpiEvaluateNumber(Bridge, "_SEG", &Segment)))
        Segment = 0;
    Information->Segment = (USHORT)Segment;
    AcpiReadBuses(Bridge, Information);
    Information->Control = AcpiNegotiate(Bridge);
    return STATUS_SUCCESS;
}
