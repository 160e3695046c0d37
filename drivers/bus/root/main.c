// root.sys: dispatch.
#include "root.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_ADD_DEVICE RootAddDevice;
static DRIVER_DISPATCH RootPnp, RootPower, RootPass;
static DRIVER_UNLOAD RootUnload;

NTSTATUS RootComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static NTSTATUS NTAPI RootAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDevice)
{
    PDEVICE_OBJECT Self;
    NTSTATUS Status = IoCreateDevice(DriverObject, sizeof(ROOT_EXTENSION), NULL,
                                     FILE_DEVICE_BUS_EXTENDER, 0, FALSE, &Self);
    if (!NT_SUCCESS(Status))
        return Status;
    PROOT_EXTENSION Extension = RootExtension(Self);
    Extension->IsBus = TRUE;
    Extension->Bus.Self = Self;
    ExInitializeFastMutex(&Extension->Bus.Lock);
    InitializeListHead(&Extension->Bus.Devices);
    Extension->Bus.LowerDevice = IoAttachDeviceToDeviceStack(Self, PhysicalDevice);
    if (!Extension->Bus.LowerDevice) {
        IoDeleteDevice(Self);
        return STATUS_NO_SUCH_DEVICE;
    }
    Self->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI RootPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PROOT_EXTENSION Extension = RootExtension(DeviceObject);
    return Extension->IsBus ? RootBusPnp(&Extension->Bus, Irp)
                            : RootDevicePnp(&Extension->Device, Irp);
}

// The bus passes on what it does not know; its devices have nothing to do for power states.
static NTSTATUS NTAPI RootPass(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PROOT_EXTENSION Extension = RootExtension(DeviceObject);
    if (!Extension->IsBus)
        return RootComplete(Irp, Irp->IoStatus.Status, Irp->IoStatus.Information);
    IoSkipCurrentIrpStackLocation(Irp);
    return IoCallDriver(Extension->Bus.LowerDevice, Irp);
}

static NTSTATUS NTAPI RootPower(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PROOT_EXTENSION Extension = RootExtension(DeviceObject);
    if (!Extension->IsBus)
        return RootComplete(Irp, STATUS_SUCCESS, 0);
    return RootPass(DeviceObject, Irp);
}

static VOID NTAPI RootUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverExtension->AddDevice = RootAddDevice;
    DriverObject->DriverUnload = RootUnload;
    DriverObject->MajorFunction[IRP_MJ_PNP] = RootPnp;
    DriverObject->MajorFunction[IRP_MJ_POWER] = RootPower;
    DriverObject->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = RootPass;
    return STATUS_SUCCESS;
}
