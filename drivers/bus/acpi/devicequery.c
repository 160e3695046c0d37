// What a reported device says of itself.
#include "acpi.h"

// What it does not have is not answered: the status stays what it was.
static NTSTATUS AcpiAnswerText(PIRP Irp, PWSTR Text)
{
    return Text ? AcpiComplete(Irp, STATUS_SUCCESS, (ULONG_PTR)Text) : AcpiKeep(Irp);
}

NTSTATUS AcpiDeviceQueryId(PACPI_DEVICE Device, PIRP Irp)
{
    switch (IoGetCurrentIrpStackLocation(Irp)->Parameters.QueryId.IdType) {
    case BusQueryDeviceID:
        return AcpiAnswerText(Irp, AcpiDeviceIdText(Device->Node));
    case BusQueryHardwareIDs:
        return AcpiAnswerText(Irp, AcpiHardwareIdsText(Device->Node));
    case BusQueryCompatibleIDs:
        return AcpiAnswerText(Irp, AcpiCompatibleIdsText(Device->Node));
    case BusQueryInstanceID:
        return AcpiAnswerText(Irp, AcpiInstanceText(Device->Node));
    default:
        return AcpiKeep(Irp);
    }
}

static PWSTR AcpiCopyText(PCWSTR Text)
{
    SIZE_T Size = (wcslen(Text) + 1) * sizeof(WCHAR);
    PWSTR Copy = ExAllocatePoolWithTag(PagedPool, Size, AcpiTag);
    if (Copy)
        RtlCopyMemory(Copy, Text, Size);
    return Copy;
}

// Where it is: its path in the namespace.
static PWSTR AcpiLocationText(const ACPI_NODE *Node)
{
    enum { PathChars = 128 };
    CHAR Path[PathChars];
    WCHAR Wide[PathChars];
    if (!Node->Handle)
        return NULL;
    AcpiPathName(Node->Handle, Path, sizeof(Path));
    for (ULONG i = 0; i < PathChars; i++)
        Wide[i] = (UCHAR)Path[i];
    return Path[0] ? AcpiCopyText(Wide) : NULL;
}

NTSTATUS AcpiDeviceQueryText(PACPI_DEVICE Device, PIRP Irp)
{
    const ACPI_NODE *Node = Device->Node;
    switch (IoGetCurrentIrpStackLocation(Irp)->Parameters.QueryDeviceText.DeviceTextType) {
    case DeviceTextDescription:
        return AcpiAnswerText(Irp, Node->Known ? AcpiCopyText(Node->Known->Description) : NULL);
    case DeviceTextLocationInformation:
        return AcpiAnswerText(Irp, AcpiLocationText(Node));
    default:
        return AcpiKeep(Irp);
    }
}

NTSTATUS AcpiDeviceQueryCapabilities(PACPI_DEVICE Device, PIRP Irp)
{
    const ACPI_NODE *Node = Device->Node;
    PDEVICE_CAPABILITIES Capabilities =
        IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceCapabilities.Capabilities;
    if (Capabilities->Version != 1 || Capabilities->Size < sizeof(*Capabilities))
        return AcpiComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    Capabilities->UniqueID = Node->Unique;
    Capabilities->SilentInstall = TRUE;
    Capabilities->RawDeviceOK = Node->Known && Node->Known->Raw;
    Capabilities->NoDisplayInUI = Node->Handle && !(Node->Status & ACPI_STA_DEVICE_UI);
    Capabilities->EjectSupported = Node->Handle && AcpiHasObject(Node->Handle, "_EJ0");
    Capabilities->Removable = Capabilities->EjectSupported;
    if (Node->HasAddress)
        Capabilities->Address = Node->Address;
    Capabilities->DeviceState[PowerSystemWorking] = PowerDeviceD0;
    for (ULONG i = PowerSystemSleeping1; i < PowerSystemMaximum; i++)
        Capabilities->DeviceState[i] = PowerDeviceD3;
    Capabilities->DeviceD1 = Node->Handle && AcpiHasDeviceState(Node->Handle, PowerDeviceD1);
    Capabilities->DeviceD2 = Node->Handle && AcpiHasDeviceState(Node->Handle, PowerDeviceD2);
    AcpiTellWakeCapabilities(Node, Capabilities);
    return AcpiComplete(Irp, STATUS_SUCCESS, Irp->IoStatus.Information);
}

NTSTATUS AcpiDeviceQueryBus(PIRP Irp)
{
    static const GUID Acpi = {
        0xd7b46895, 0x001a, 0x4942, {0x89, 0x1f, 0xa7, 0xd4, 0x66, 0x10, 0xa8, 0x43}};
    PPNP_BUS_INFORMATION Bus = ExAllocatePoolWithTag(PagedPool, sizeof(*Bus), AcpiTag);
    if (!Bus)
        return AcpiComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    *Bus = (PNP_BUS_INFORMATION){.BusTypeGuid = Acpi, .LegacyBusType = ACPIBus};
    return AcpiComplete(Irp, STATUS_SUCCESS, (ULONG_PTR)Bus);
}
