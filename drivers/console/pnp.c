// The life of the console's device.
#include "console.h"

// A start goes down first: the bus must be ready when the function driver is.
// Without a framebuffer, or with one of a kind that is not known, there is the serial line alone.
static NTSTATUS ConStart(PCONSOLE Console, PIRP Irp)
{
    NTSTATUS Status = IoForwardIrpSynchronously(Console->LowerDevice, Irp)
                          ? Irp->IoStatus.Status
                          : STATUS_INVALID_DEVICE_REQUEST;
    if (!NT_SUCCESS(Status))
        return ConComplete(Irp, Status, Irp->IoStatus.Information);
    PowerStarted(&Console->Power);
    PCM_RESOURCE_LIST Translated =
        IoGetCurrentIrpStackLocation(Irp)->Parameters.StartDevice.AllocatedResourcesTranslated;
    ConLock(Console);
    ConInitKeyboard(&Console->Keyboard, ConReadLayout(Console->LowerDevice));
    Status = Translated ? ConStartDisplay(Console, Translated) : STATUS_SUCCESS;
    if (!NT_SUCCESS(Status))
        DbgPrintEx(DPFLTR_VIDEO_ID, DPFLTR_WARNING_LEVEL, "console: no display: status %08lx\n",
                   Status);
    Console->Started = TRUE;
    ConUnlock(Console);
    return ConComplete(Irp, STATUS_SUCCESS, 0);
}

static VOID ConStop(PCONSOLE Console)
{
    ConLock(Console);
    Console->Started = FALSE;
    ConUnlock(Console);
    ConCancelRequests(&Console->Readers, NULL, STATUS_DEVICE_REMOVED);
    ConCancelRequests(&Console->Listeners, NULL, STATUS_DEVICE_REMOVED);
    ConStopKeyboard(Console);
    ConStopTerminal(Console);
    ConStopDisplay(Console);
}

static NTSTATUS ConRemove(PCONSOLE Console, PIRP Irp)
{
    PDEVICE_OBJECT Self = Console->Self, Lower = Console->LowerDevice;
    ConStop(Console);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    IoSkipCurrentIrpStackLocation(Irp);
    NTSTATUS Status = IoCallDriver(Lower, Irp);
    IoDetachDevice(Lower);
    ((PCON_EXTENSION)Self->DeviceExtension)->Console = NULL;
    ExFreePoolWithTag(Console, ConTag);
    IoDeleteDevice(Self);
    return Status;
}

NTSTATUS NTAPI ConPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PCONSOLE Console = ConOfDevice(DeviceObject);
    switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        return ConStart(Console, Irp);
    case IRP_MN_REMOVE_DEVICE:
        return ConRemove(Console, Irp);
    case IRP_MN_STOP_DEVICE:
    case IRP_MN_SURPRISE_REMOVAL:
        ConStop(Console);
        Irp->IoStatus.Status = STATUS_SUCCESS;
        break;
    case IRP_MN_QUERY_STOP_DEVICE:
    case IRP_MN_CANCEL_STOP_DEVICE:
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
        Irp->IoStatus.Status = STATUS_SUCCESS;
        break;
    default:
        break;
    }
    return ConPassDown(DeviceObject, Irp);
}

NTSTATUS NTAPI ConPassDown(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    IoSkipCurrentIrpStackLocation(Irp);
    return IoCallDriver(ConOfDevice(DeviceObject)->LowerDevice, Irp);
}

NTSTATUS NTAPI ConPower(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    return PowerDispatch(&ConOfDevice(DeviceObject)->Power, Irp);
}
