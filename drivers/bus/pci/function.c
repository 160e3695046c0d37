// PnP requests to functions.
#include "pci.h"

static NTSTATUS PciQueryTarget(PPCI_FUNCTION Function, PIRP Irp)
{
    PDEVICE_RELATIONS Relations = ExAllocatePoolWithTag(PagedPool, sizeof(*Relations), PciTag);
    if (!Relations)
        return PciComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    ObReferenceObject(Function->Self);
    Relations->Count = 1;
    Relations->Objects[0] = Function->Self;
    return PciComplete(Irp, STATUS_SUCCESS, (ULONG_PTR)Relations);
}

// Its drivers go while it stays: they have not brought it to rest, so it is reset before the next ones get it.
static NTSTATUS PciSurprise(PPCI_FUNCTION Function, PIRP Irp)
{
    if (Function->Started && Function->Present)
        Function->NeedsReset = TRUE;
    PciStopFunction(Function);
    return PciComplete(Irp, STATUS_SUCCESS, 0);
}

// One that is still there stays for its next driver.
static NTSTATUS PciRemove(PPCI_FUNCTION Function, PIRP Irp)
{
    PPCI_BUS Bus = Function->Bus;
    BOOLEAN Gone;
    PciForgetInFirmware(Function);
    PciStopFunction(Function);
    ExAcquireFastMutex(&Bus->Lock);
    Gone = !Function->Present;
    if (Gone)
        RemoveEntryList(&Function->Link);
    ExReleaseFastMutex(&Bus->Lock);
    NTSTATUS Status = PciComplete(Irp, STATUS_SUCCESS, 0);
    if (Gone)
        IoDeleteDevice(Function->Self);
    return Status;
}

NTSTATUS PciFunctionPnp(PPCI_FUNCTION Function, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    switch (Stack->MinorFunction) {
    case IRP_MN_QUERY_ID:
        return PciQueryId(Function, Irp);
    case IRP_MN_QUERY_DEVICE_TEXT:
        return PciQueryText(Function, Irp);
    case IRP_MN_QUERY_CAPABILITIES:
        return PciQueryCapabilities(Function, Irp);
    case IRP_MN_QUERY_BUS_INFORMATION:
        return PciQueryBusInformation(Function, Irp);
    case IRP_MN_QUERY_RESOURCES:
        return PciQueryResources(Function, Irp);
    case IRP_MN_QUERY_RESOURCE_REQUIREMENTS:
        return PciQueryRequirements(Function, Irp);
    case IRP_MN_QUERY_DEVICE_RELATIONS:
        if (Stack->Parameters.QueryDeviceRelations.Type == TargetDeviceRelation)
            return PciQueryTarget(Function, Irp);
        return PciComplete(Irp, Irp->IoStatus.Status, Irp->IoStatus.Information);
    case IRP_MN_QUERY_PNP_DEVICE_STATE:
        return PciQueryState(Function, Irp);
    case IRP_MN_QUERY_INTERFACE:
        return PciQueryInterface(Function, Irp);
    case IRP_MN_READ_CONFIG:
        return PciReadConfig(Function, Irp);
    case IRP_MN_WRITE_CONFIG:
        return PciWriteConfig(Function, Irp);
    case IRP_MN_START_DEVICE:
        return PciStartFunction(Function, Irp);
    case IRP_MN_STOP_DEVICE:
        PciStopFunction(Function);
        return PciComplete(Irp, STATUS_SUCCESS, 0);
    case IRP_MN_SURPRISE_REMOVAL:
        return PciSurprise(Function, Irp);
    case IRP_MN_REMOVE_DEVICE:
        return PciRemove(Function, Irp);
    case IRP_MN_EJECT:
        return PciEject(Function, Irp);
    case IRP_MN_QUERY_STOP_DEVICE:
    case IRP_MN_CANCEL_STOP_DEVICE:
    case IRP_MN_QUERY_REMOVE_DEVICE:
        return PciComplete(Irp, STATUS_SUCCESS, 0);
    case IRP_MN_CANCEL_REMOVE_DEVICE:
        PciCancelEject(Function);
        return PciComplete(Irp, STATUS_SUCCESS, 0);
    default:
        return PciComplete(Irp, Irp->IoStatus.Status, Irp->IoStatus.Information);
    }
}
