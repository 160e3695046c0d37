// Root bridges: what the firmware says of them.
#include "pci.h"

NTSTATUS PciStartRoot(PPCI_BUS Bus)
{
    PPCI_ROOT Root = &Bus->OwnRoot;
    ACPI_PCI_BRIDGE Bridge;
    NTSTATUS Status =
        PciControl(Bus->Lower, IOCTL_ACPI_PCI_QUERY_BRIDGE, NULL, 0, &Bridge, sizeof(Bridge));
    Root->Lower = Bus->Lower;
    Root->HasFirmware = NT_SUCCESS(Status);
    // A machine without ACPI has one root bridge, which all buses are below.
    if (!Root->HasFirmware)
        Bridge = (ACPI_PCI_BRIDGE){.LastBus = PCI_MAX_BRIDGE_NUMBER};
    if (Bridge.FirstBus > Bridge.LastBus || Bridge.LastBus > PCI_MAX_BRIDGE_NUMBER) {
        DbgPrintEx(DPFLTR_PCI_ID, DPFLTR_WARNING_LEVEL,
                   "pci: the firmware gives a root bridge the buses %lu to %lu\n", Bridge.FirstBus,
                   Bridge.LastBus);
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    }
    Root->Segment = Bridge.Segment;
    Root->FirstBus = Bridge.FirstBus;
    Root->LastBus = Bridge.LastBus;
    Root->Control = Bridge.Control;
    Bus->Number = Bridge.FirstBus;
    Bus->Last = Bridge.LastBus;
    PciMapBusSpace(Root, Bus->Number);
    return STATUS_SUCCESS;
}

VOID PciFindPath(const PCI_FUNCTION *Function, PACPI_PCI_PATH Path)
{
    ULONG Depth = 0;
    RtlZeroMemory(Path, sizeof(*Path));
    for (const PCI_FUNCTION *Step = Function; Step; Step = Step->Bus->Bridge)
        Depth++;
    Path->Depth = min(Depth, (ULONG)ACPI_PCI_MAX_DEPTH);
    for (const PCI_FUNCTION *Step = Function; Step; Step = Step->Bus->Bridge) {
        if (--Depth >= ACPI_PCI_MAX_DEPTH)
            continue;
        Path->Element[Depth].Device = (UCHAR)PciDeviceNumber(&Step->Location);
        Path->Element[Depth].Function = (UCHAR)PciFunctionNumber(&Step->Location);
    }
}
