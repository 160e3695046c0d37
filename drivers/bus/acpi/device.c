// A device that the firmware reports: its life.
#include "acpi.h"

#include "client/client.h"

static NTSTATUS AcpiQueryDeviceRequirements(PACPI_DEVICE Device, PIRP Irp)
{
    PIO_RESOURCE_REQUIREMENTS_LIST List;
    NTSTATUS Status = AcpiQueryRequirements(Device->Node, &List);
    if (NT_SUCCESS(Status) && !List)
        return AcpiKeep(Irp);
    return AcpiComplete(Irp, Status, (ULONG_PTR)List);
}

static NTSTATUS AcpiQueryDeviceResources(PACPI_DEVICE Device, PIRP Irp)
{
    PCM_RESOURCE_LIST List;
    NTSTATUS Status = AcpiQueryBootConfiguration(Device->Node, &List);
    if (NT_SUCCESS(Status) && !List)
        return AcpiKeep(Irp);
    return AcpiComplete(Irp, Status, (ULONG_PTR)List);
}

// Power comes before the resources (ACPI Specification 6.4, 6.2).
static NTSTATUS AcpiStartDevice(PACPI_DEVICE Device, PIRP Irp)
{
    PACPI_NODE Node = Device->Node;
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ExAcquireFastMutex(&Device->Bus->Lock);
    (VOID)(AcpiIsFan(Node) ? AcpiSetFan(Node) : AcpiSetDevicePower(Node, PowerDeviceD0));
    POWER_STATE State = {.DeviceState = Node->State};
    ExReleaseFastMutex(&Device->Bus->Lock);
    if (AcpiIsFan(Node)) // it runs when a zone is warm
        PoSetPowerState(Device->Self, DevicePowerState, State);
    NTSTATUS Status = AcpiSetResources(Node, Stack->Parameters.StartDevice.AllocatedResources);
    Device->Started = NT_SUCCESS(Status);
    if (Device->Started)
        AcpiStartClass(Device);
    return AcpiComplete(Irp, Status, 0);
}

static VOID AcpiStopDevice(PACPI_DEVICE Device)
{
    AcpiStopClass(Device);
    if (Device->Started)
        AcpiDisableDevice(Device->Node);
    Device->Started = FALSE;
}

// A device that is still there stays for its next driver.
static NTSTATUS AcpiRemoveDevice(PACPI_DEVICE Device, PIRP Irp)
{
    PACPI_BUS Bus = Device->Bus;
    PACPI_NODE Gone = NULL;
    AcpiForgetFunctions(Device);
    AcpiEndConnections(Device);
    AcpiForgetLock(Device);
    AcpiEndWake(Device, STATUS_NO_SUCH_DEVICE);
    AcpiEndWaiters(&Device->Waiters, STATUS_DELETE_PENDING);
    ExAcquireFastMutex(&Bus->Lock);
    if (Device->Node->Present) {
        AcpiStopDevice(Device);
    } else {
        AcpiStopClass(Device);
        Gone = Device->Node;
        RemoveEntryList(&Gone->Link);
    }
    ExReleaseFastMutex(&Bus->Lock);
    PDEVICE_OBJECT Self = Device->Self;
    NTSTATUS Status = AcpiComplete(Irp, STATUS_SUCCESS, 0);
    if (Gone) {
        AcpiFreeNode(Gone);
        IoDeleteDevice(Self);
    }
    return Status;
}

// What is gone is found when the bus is looked at again, which the PnP manager does.
static NTSTATUS AcpiEjectDevice(PACPI_DEVICE Device, PIRP Irp)
{
    enum { Eject = 1 };
    if (!Device->Node->Handle)
        return AcpiKeep(Irp);
    NTSTATUS Status = AcpiStatus(AcpiCallWithNumber(Device->Node->Handle, "_EJ0", Eject));
    Device->Bus->Changed = TRUE;
    return AcpiComplete(Irp, Status, 0);
}

static NTSTATUS AcpiQueryTarget(PACPI_DEVICE Device, PIRP Irp)
{
    PDEVICE_RELATIONS Relations = ExAllocatePoolWithTag(PagedPool, sizeof(*Relations), AcpiTag);
    if (!Relations)
        return AcpiComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    ObReferenceObject(Device->Self);
    Relations->Count = 1;
    Relations->Objects[0] = Device->Self;
    return AcpiComplete(Irp, STATUS_SUCCESS, (ULONG_PTR)Relations);
}

static NTSTATUS AcpiQueryRelations(PACPI_DEVICE Device, PIRP Irp)
{
    switch (IoGetCurrentIrpStackLocation(Irp)->Parameters.QueryDeviceRelations.Type) {
    case TargetDeviceRelation:
        return AcpiQueryTarget(Device, Irp);
    case BusRelations:
        return AcpiQueryChildren(Device->Bus, Device->Node, Irp);
    default:
        return AcpiKeep(Irp);
    }
}

NTSTATUS AcpiDevicePnp(PACPI_DEVICE Device, PIRP Irp)
{
    switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_QUERY_ID:
        return AcpiDeviceQueryId(Device, Irp);
    case IRP_MN_QUERY_DEVICE_TEXT:
        return AcpiDeviceQueryText(Device, Irp);
    case IRP_MN_QUERY_CAPABILITIES:
        return AcpiDeviceQueryCapabilities(Device, Irp);
    case IRP_MN_QUERY_BUS_INFORMATION:
        return AcpiDeviceQueryBus(Irp);
    case IRP_MN_QUERY_INTERFACE:
        return AcpiComplete(Irp,
                            AcpiClientQueryInterface(Device->Self,
                                                     IoGetCurrentIrpStackLocation(Irp),
                                                     Irp->IoStatus.Status),
                            Irp->IoStatus.Information);
    case IRP_MN_QUERY_RESOURCES:
        return AcpiQueryDeviceResources(Device, Irp);
    case IRP_MN_QUERY_RESOURCE_REQUIREMENTS:
        return AcpiQueryDeviceRequirements(Device, Irp);
    case IRP_MN_QUERY_DEVICE_RELATIONS:
        return AcpiQueryRelations(Device, Irp);
    case IRP_MN_START_DEVICE:
        return AcpiStartDevice(Device, Irp);
    case IRP_MN_STOP_DEVICE:
        AcpiStopDevice(Device);
        return AcpiComplete(Irp, STATUS_SUCCESS, 0);
    case IRP_MN_REMOVE_DEVICE:
        return AcpiRemoveDevice(Device, Irp);
    case IRP_MN_EJECT:
        return AcpiEjectDevice(Device, Irp);
    case IRP_MN_QUERY_STOP_DEVICE:
    case IRP_MN_CANCEL_STOP_DEVICE:
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
    case IRP_MN_SURPRISE_REMOVAL:
        return AcpiComplete(Irp, STATUS_SUCCESS, 0);
    default:
        return AcpiKeep(Irp);
    }
}
