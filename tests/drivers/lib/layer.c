#include "layer.h"

NTSTATUS Complete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

NTSTATUS PassOn(PDEVICE_OBJECT Lower, PIRP Irp)
{
    IoSkipCurrentIrpStackLocation(Irp);
    return IoCallDriver(Lower, Irp);
}

NTSTATUS PassOnAndWait(PDEVICE_OBJECT Lower, PIRP Irp)
{
    return IoForwardIrpSynchronously(Lower, Irp) ? Irp->IoStatus.Status : STATUS_NO_SUCH_DEVICE;
}

NTSTATUS PassPower(PDEVICE_OBJECT Lower, PIRP Irp)
{
    PoStartNextPowerIrp(Irp);
    IoSkipCurrentIrpStackLocation(Irp);
    return PoCallDriver(Lower, Irp);
}

NTSTATUS PassPnp(PDEVICE_OBJECT Lower, PIRP Irp, BOOLEAN MayStop)
{
    switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_STOP_DEVICE:
    case IRP_MN_QUERY_STOP_DEVICE:
    case IRP_MN_CANCEL_STOP_DEVICE:
        if (MayStop)
            Irp->IoStatus.Status = STATUS_SUCCESS;
        break;
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
    case IRP_MN_SURPRISE_REMOVAL:
        Irp->IoStatus.Status = STATUS_SUCCESS;
        break;
    default:
        break;
    }
    return PassOn(Lower, Irp);
}

NTSTATUS PassRemoval(PDEVICE_OBJECT Self, PDEVICE_OBJECT Lower, PIRP Irp)
{
    Irp->IoStatus.Status = STATUS_SUCCESS;
    NTSTATUS Status = PassOn(Lower, Irp);
    IoDetachDevice(Lower);
    IoDeleteDevice(Self);
    return Status;
}

NTSTATUS NTAPI AcceptOpenClose(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    return Complete(Irp, STATUS_SUCCESS, 0);
}

VOID NTAPI UnloadNothing(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

// ---- Layers

static DRIVER_DISPATCH LayerPass;

static NTSTATUS NTAPI LayerPass(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    return PassOn(((PLAYER)DeviceObject->DeviceExtension)->Lower, Irp);
}

NTSTATUS LayerCreate(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDevice, PCWSTR Name,
                     ULONG ExtensionBytes, PDEVICE_OBJECT *Self)
{
    UNICODE_STRING String;
    RtlInitUnicodeString(&String, Name);
    NTSTATUS Status = IoCreateDevice(DriverObject, ExtensionBytes, &String, FILE_DEVICE_UNKNOWN,
                                     FILE_DEVICE_SECURE_OPEN, FALSE, Self);
    if (!NT_SUCCESS(Status))
        return Status;
    *(PLAYER)(*Self)->DeviceExtension = (LAYER){.Self = *Self, .PhysicalDevice = PhysicalDevice};
    return STATUS_SUCCESS;
}

NTSTATUS LayerAttach(PLAYER Layer)
{
    Layer->Lower = IoAttachDeviceToDeviceStack(Layer->Self, Layer->PhysicalDevice);
    if (!Layer->Lower) {
        IoDeleteDevice(Layer->Self);
        return STATUS_NO_SUCH_DEVICE;
    }
    Layer->Self->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

NTSTATUS LayerRemove(PLAYER Layer, PIRP Irp)
{
    return PassRemoval(Layer->Self, Layer->Lower, Irp);
}

VOID LayerSetRoutines(PDRIVER_OBJECT DriverObject, PDRIVER_ADD_DEVICE AddDevice,
                      PDRIVER_DISPATCH Control, PDRIVER_DISPATCH Pnp)
{
    DriverObject->DriverExtension->AddDevice = AddDevice;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = AcceptOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = AcceptOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = AcceptOpenClose;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = Control;
    DriverObject->MajorFunction[IRP_MJ_PNP] = Pnp;
    DriverObject->MajorFunction[IRP_MJ_POWER] = LayerPass;
    DriverObject->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = LayerPass;
}
