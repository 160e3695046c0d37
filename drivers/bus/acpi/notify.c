// Notifications of the firmware: to the PCI bus driver what is below a root bridge, to the PnP manager that devices
// may have come or gone, to a device's driver what it has asked for.
#include "acpi.h"

// ---- From the firmware, on the notification thread

static VOID AcpiTellBridge(PACPI_NODE Bridge, const ACPI_PCI_NOTIFICATION *Notification)
{
    if (!Bridge->Device)
        return;
    PACPI_DEVICE Device = &AcpiExtension(Bridge->Device)->Device;
    (VOID) AcpiPostEvent(&Device->Waiters, Notification, sizeof(*Notification));
    if (Notification->Path.Depth)
        AcpiTellFunction(Device, Notification);
    else if (Notification->Value == ACPI_NOTIFY_DEVICE_WAKE)
        AcpiWoke(Device);
}

// Who reports the device looks again at what there is: a new one has no node yet.
static VOID AcpiEnumerateAgain(PACPI_BUS Bus, acpi_handle Handle)
{
    PACPI_NODE Parent = AcpiFindReporter(&Bus->Nodes, Handle);
    Bus->Changed = TRUE;
    PDEVICE_OBJECT Reporter = Parent ? Parent->Device : Bus->PhysicalDevice;
    if (Reporter)
        IoInvalidateDeviceRelations(Reporter, BusRelations);
}

// What the values above 7Fh mean is the device's matter (ACPI Specification 6.4, 5.6.6).
static VOID AcpiHandleDeviceEvent(PACPI_BUS Bus, PACPI_NODE Node, ULONG Value)
{
    enum { TemperatureChanged = 0x80, TripPointsChanged = 0x81 };
    AcpiTellClass(Node, Value);
    if (Node->Kind == AcpiThermalKind &&
        (Value == TemperatureChanged || Value == TripPointsChanged))
        AcpiCheckThermalZone(Bus, Node);
}

static VOID AcpiHandleChange(PACPI_BUS Bus, acpi_handle Handle, const ACPI_NODE *Node, ULONG Value)
{
    if (Value == ACPI_NOTIFY_BUS_CHECK || Value == ACPI_NOTIFY_DEVICE_CHECK)
        AcpiEnumerateAgain(Bus, Handle);
    else if (Value == ACPI_NOTIFY_EJECT_REQUEST && Node && Node->Device)
        IoRequestDeviceEject(Node->Device);
    else if (Value == ACPI_NOTIFY_DEVICE_WAKE && Node && Node->Device)
        AcpiWoke(&AcpiExtension(Node->Device)->Device);
}

static void AcpiNotify(acpi_handle Handle, u32 Value, void *Context)
{
    PACPI_BUS Bus = Context;
    PACPI_NODE Bridge;
    ACPI_PCI_NOTIFICATION Notification = {.Value = Value};
    ExAcquireFastMutex(&Bus->Lock);
    PACPI_NODE Node = AcpiFindNode(&Bus->Nodes, Handle);
    if (Node && Node->Device)
        AcpiTellDriver(&AcpiExtension(Node->Device)->Device, Value);
    if (AcpiFindPath(&Bus->Nodes, Handle, &Bridge, &Notification.Path))
        AcpiTellBridge(Bridge, &Notification);
    else if (Value <= ACPI_MAX_SYS_NOTIFY)
        AcpiHandleChange(Bus, Handle, Node, Value);
    else if (Node)
        AcpiHandleDeviceEvent(Bus, Node, Value);
    ExReleaseFastMutex(&Bus->Lock);
}

NTSTATUS AcpiWaitForNotification(PACPI_DEVICE Device, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    if (Stack->Parameters.DeviceIoControl.OutputBufferLength < sizeof(ACPI_PCI_NOTIFICATION))
        return AcpiComplete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    return AcpiWaitForEvent(&Device->Waiters, Irp);
}

NTSTATUS AcpiStartNotifications(PACPI_BUS Bus)
{
    return AcpiStatus(
        acpi_install_notify_handler(ACPI_ROOT_OBJECT, ACPI_ALL_NOTIFY, AcpiNotify, Bus));
}

VOID AcpiStopNotifications(VOID)
{
    (VOID) acpi_remove_notify_handler(ACPI_ROOT_OBJECT, ACPI_ALL_NOTIFY, AcpiNotify);
}
