// The life of a function driver's device.
#include "pnp.h"

NTSTATUS PnpPass(PDEVICE_OBJECT Lower, PIRP Irp)
{
    IoSkipCurrentIrpStackLocation(Irp);
    return IoCallDriver(Lower, Irp);
}

static NTSTATUS PnpComplete(PIRP Irp, NTSTATUS Status)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = 0;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static NTSTATUS PnpStart(const PNP_ROUTINES *Routines, PDEVICE_OBJECT Self, PDEVICE_OBJECT Lower,
                         PIRP Irp)
{
    const IO_STACK_LOCATION *Stack = IoGetCurrentIrpStackLocation(Irp);
    NTSTATUS Status = IoForwardIrpSynchronously(Lower, Irp) ? Irp->IoStatus.Status
                                                            : STATUS_INVALID_DEVICE_REQUEST;
    if (NT_SUCCESS(Status))
        Status = Routines->Start(Self, Stack->Parameters.StartDevice.AllocatedResourcesTranslated);
    return PnpComplete(Irp, Status);
}

static NTSTATUS PnpRemove(const PNP_ROUTINES *Routines, PDEVICE_OBJECT Self, PDEVICE_OBJECT Lower,
                          PIRP Irp)
{
    Routines->Stop(Self);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    NTSTATUS Status = PnpPass(Lower, Irp);
    IoDetachDevice(Lower);
    if (Routines->Remove)
        Routines->Remove(Self);
    IoDeleteDevice(Self);
    return Status;
}

NTSTATUS PnpDispatch(const PNP_ROUTINES *Routines, PDEVICE_OBJECT Self, PDEVICE_OBJECT Lower,
                     PIRP Irp)
{
    switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        return PnpStart(Routines, Self, Lower, Irp);
    case IRP_MN_REMOVE_DEVICE:
        return PnpRemove(Routines, Self, Lower, Irp);
    case IRP_MN_QUERY_STOP_DEVICE:
    case IRP_MN_QUERY_REMOVE_DEVICE:
        if (Routines->IsBusy && Routines->IsBusy(Self))
            return PnpComplete(Irp, STATUS_DEVICE_BUSY);
        Irp->IoStatus.Status = STATUS_SUCCESS;
        break;
    case IRP_MN_STOP_DEVICE:
    case IRP_MN_SURPRISE_REMOVAL:
        Routines->Stop(Self);
        Irp->IoStatus.Status = STATUS_SUCCESS;
        break;
    case IRP_MN_CANCEL_STOP_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
        Irp->IoStatus.Status = STATUS_SUCCESS;
        break;
    default:
        break;
    }
    return PnpPass(Lower, Irp);
}
