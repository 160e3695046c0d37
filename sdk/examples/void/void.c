// \Device\Void: what is written to it is gone, and there is nothing to read.
#include <ntddk.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD VoidUnload;
static DRIVER_DISPATCH VoidOpenClose, VoidRead, VoidWrite;

static UNICODE_STRING VoidLink = RTL_CONSTANT_STRING(L"\\DosDevices\\VOID");

static NTSTATUS VoidComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static NTSTATUS NTAPI VoidOpenClose(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    return VoidComplete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI VoidRead(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    return VoidComplete(Irp, STATUS_END_OF_FILE, 0);
}

static NTSTATUS NTAPI VoidWrite(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    return VoidComplete(Irp, STATUS_SUCCESS,
                        IoGetCurrentIrpStackLocation(Irp)->Parameters.Write.Length);
}

static VOID NTAPI VoidUnload(PDRIVER_OBJECT DriverObject)
{
    IoDeleteSymbolicLink(&VoidLink);
    IoDeleteDevice(DriverObject->DeviceObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\Void");
    PDEVICE_OBJECT Device;
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->MajorFunction[IRP_MJ_CREATE] = VoidOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = VoidOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = VoidOpenClose;
    DriverObject->MajorFunction[IRP_MJ_READ] = VoidRead;
    DriverObject->MajorFunction[IRP_MJ_WRITE] = VoidWrite;
    DriverObject->DriverUnload = VoidUnload;
    NTSTATUS Status = IoCreateDevice(DriverObject, 0, &Name, FILE_DEVICE_NULL, 0, FALSE, &Device);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IoCreateSymbolicLink(&VoidLink, &Name);
    if (!NT_SUCCESS(Status))
        IoDeleteDevice(Device);
    return Status;
}
