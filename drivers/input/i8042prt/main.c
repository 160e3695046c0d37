// i8042prt.sys: dispatch.
#include "i8042prt.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_DISPATCH KbdOpenClose;
static DRIVER_UNLOAD KbdUnload;

NTSTATUS KbdComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_KEYBOARD_INCREMENT);
    return Status;
}

// Open files are the class driver's matter, but they come through the stack.
static NTSTATUS NTAPI KbdOpenClose(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    return KbdComplete(Irp, STATUS_SUCCESS, 0);
}

static VOID NTAPI KbdUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverExtension->AddDevice = KbdAddDevice;
    DriverObject->DriverUnload = KbdUnload;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = KbdOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = KbdOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = KbdOpenClose;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = KbdControl;
    DriverObject->MajorFunction[IRP_MJ_INTERNAL_DEVICE_CONTROL] = KbdInternalControl;
    DriverObject->MajorFunction[IRP_MJ_PNP] = KbdPnp;
    DriverObject->MajorFunction[IRP_MJ_POWER] = KbdPower;
    DriverObject->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = KbdPass;
    return STATUS_SUCCESS;
}
