// What a function is called, and where it is.
#include "pci.h"

// ---- Answers in pool

// ASCII becomes UTF-16; Chars with all terminators.
static NTSTATUS PciAnswerChars(PIRP Irp, const CHAR *Text, SIZE_T Chars)
{
    PWSTR Copy = ExAllocatePoolWithTag(PagedPool, Chars * sizeof(WCHAR), PciTag);
    if (!Copy)
        return PciComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    for (SIZE_T i = 0; i < Chars; i++)
        Copy[i] = (UCHAR)Text[i];
    return PciComplete(Irp, STATUS_SUCCESS, (ULONG_PTR)Copy);
}

static NTSTATUS PciAnswerText(PIRP Irp, const CHAR *Text)
{
    return PciAnswerChars(Irp, Text, strlen(Text) + 1);
}

static NTSTATUS PciAnswerList(PIRP Irp, const CHAR *List)
{
    const CHAR *End = List;
    while (*End)
        End += strlen(End) + 1;
    return PciAnswerChars(Irp, List, (SIZE_T)(End + 1 - List));
}

// ---- Identifiers

// The function's place and those of the bridges above it, each two digits: unique below the root bridge.
static NTSTATUS PciAnswerInstance(PPCI_FUNCTION Function, PIRP Irp)
{
    CHAR Text[2 * (PCI_MAX_BRIDGE_NUMBER + 2)];
    ULONG Length = 0;
    for (const PCI_FUNCTION *Step = Function; Step && Length + 3 < sizeof(Text);
         Step = Step->Bus->Bridge)
        Length += (ULONG)_snprintf(Text + Length, 3, "%02X", Step->Location.Slot);
    Text[Length] = 0;
    return PciAnswerText(Irp, Text);
}

NTSTATUS PciQueryId(PPCI_FUNCTION Function, PIRP Irp)
{
    CHAR Text[PciIdentifierBytes];
    switch (IoGetCurrentIrpStackLocation(Irp)->Parameters.QueryId.IdType) {
    case BusQueryDeviceID:
        PciDeviceId(&Function->Header, Text);
        return PciAnswerText(Irp, Text);
    case BusQueryInstanceID:
        return PciAnswerInstance(Function, Irp);
    case BusQueryHardwareIDs:
        PciHardwareIds(&Function->Header, Text);
        return PciAnswerList(Irp, Text);
    case BusQueryCompatibleIDs:
        PciCompatibleIds(&Function->Header, Function->PortType, Text);
        return PciAnswerList(Irp, Text);
    default:
        return PciComplete(Irp, Irp->IoStatus.Status, Irp->IoStatus.Information);
    }
}

// A bridge of PCI Express is named for what it is.
static const CHAR *PciDescribe(const PCI_FUNCTION *Function)
{
    static const struct {
        int Type;
        const CHAR *Text;
    } Ports[] = {
        {4, "PCI Express Root Port"},
        {5, "PCI Express Upstream Switch Port"},
        {6, "PCI Express Downstream Switch Port"},
        {7, "PCI Express to PCI/PCI-X Bridge"},
        {8, "PCI/PCI-X to PCI Express Bridge"},
    };
    for (ULONG i = 0; PciIsBridge(Function) && i < RTL_NUMBER_OF(Ports); i++) {
        if (Ports[i].Type == Function->PortType)
            return Ports[i].Text;
    }
    return PciDescription(&Function->Header);
}

static VOID PciTellPlace(const PCI_FUNCTION *Function, PSTR Text, ULONG Chars)
{
    CHAR Segment[24] = "";
    if (Function->Location.Root->Segment)
        _snprintf(Segment, sizeof(Segment), "segment %lu, ", Function->Location.Root->Segment);
    _snprintf(Text, Chars, "PCI %sbus %u, device %lu, function %lu", Segment,
              Function->Location.Bus, PciDeviceNumber(&Function->Location),
              PciFunctionNumber(&Function->Location));
}

NTSTATUS PciQueryText(PPCI_FUNCTION Function, PIRP Irp)
{
    CHAR Text[80];
    switch (IoGetCurrentIrpStackLocation(Irp)->Parameters.QueryDeviceText.DeviceTextType) {
    case DeviceTextDescription:
        return PciAnswerText(Irp, PciDescribe(Function));
    case DeviceTextLocationInformation:
        PciTellPlace(Function, Text, sizeof(Text));
        return PciAnswerText(Irp, Text);
    default:
        return PciComplete(Irp, Irp->IoStatus.Status, Irp->IoStatus.Information);
    }
}

// ---- Capabilities

// PCI Bus Power Management Interface Specification 1.2, 3.2.3.
enum { PowerD1 = 1 << 9, PowerD2 = 1 << 10, PowerPme = 11 };

static VOID PciTellPower(const PCI_FUNCTION *Function, PDEVICE_CAPABILITIES Capabilities)
{
    ULONG Able = Function->Power ? PciRead(&Function->Space, Function->Power + 2, 2) : 0;
    Capabilities->DeviceD1 = (Able & PowerD1) != 0;
    Capabilities->DeviceD2 = (Able & PowerD2) != 0;
    Capabilities->WakeFromD0 = (Able >> PowerPme & 1) != 0;
    Capabilities->WakeFromD1 = (Able >> (PowerPme + 1) & 1) != 0;
    Capabilities->WakeFromD2 = (Able >> (PowerPme + 2) & 1) != 0;
    Capabilities->WakeFromD3 = (Able >> (PowerPme + 3) & 1) != 0;
    Capabilities->DeviceState[PowerSystemWorking] = PowerDeviceD0;
    for (ULONG i = PowerSystemSleeping1; i < PowerSystemMaximum; i++)
        Capabilities->DeviceState[i] = PowerDeviceD3;
    Capabilities->DeviceWake = PowerDeviceUnspecified;
    Capabilities->SystemWake = PowerSystemUnspecified;
    ACPI_PCI_WAKE Wake;
    if (!PciQueryFirmwareWake(Function, &Wake))
        return;
    Capabilities->WakeFromD0 |= !(Able >> PowerPme);
    Capabilities->DeviceWake = (DEVICE_POWER_STATE)Wake.DeviceState;
    Capabilities->SystemWake = (SYSTEM_POWER_STATE)(PowerSystemWorking + Wake.Deepest);
}

// The host bridge and the ISA bridge work as they are; no driver is needed for the device to be in order.
static BOOLEAN PciNeedsNoDriver(const PCI_FUNCTION *Function)
{
    return Function->Header.Class == PCI_CLASS_BRIDGE_DEV && !PciIsBridge(Function);
}

NTSTATUS PciQueryCapabilities(PPCI_FUNCTION Function, PIRP Irp)
{
    PDEVICE_CAPABILITIES Capabilities =
        IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceCapabilities.Capabilities;
    if (Capabilities->Version != 1 || Capabilities->Size < sizeof(*Capabilities))
        return PciComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    Capabilities->UniqueID = FALSE; // only below its root bridge
    Capabilities->RawDeviceOK = PciNeedsNoDriver(Function);
    Capabilities->Address =
        PciDeviceNumber(&Function->Location) << 16 | PciFunctionNumber(&Function->Location);
    PciTellPower(Function, Capabilities);
    PciTellSlot(Function, Capabilities);
    return PciComplete(Irp, STATUS_SUCCESS, Irp->IoStatus.Information);
}

NTSTATUS PciQueryBusInformation(PPCI_FUNCTION Function, PIRP Irp)
{
    // {C8EBDFB0-B510-11D0-80E5-00A0C92542E3}, GUID_BUS_TYPE_PCI
    static const GUID PciBusType = {
        0xC8EBDFB0, 0xB510, 0x11D0, {0x80, 0xE5, 0x00, 0xA0, 0xC9, 0x25, 0x42, 0xE3}};
    PPNP_BUS_INFORMATION Bus = ExAllocatePoolWithTag(PagedPool, sizeof(*Bus), PciTag);
    if (!Bus)
        return PciComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    Bus->BusTypeGuid = PciBusType;
    Bus->LegacyBusType = PCIBus;
    Bus->BusNumber = PciSegmentBus(&Function->Location);
    return PciComplete(Irp, STATUS_SUCCESS, (ULONG_PTR)Bus);
}
