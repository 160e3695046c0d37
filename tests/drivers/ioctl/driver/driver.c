// A driver that shows what becomes of the data of device control requests.

#include "driver.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD IoctlUnload;
static DRIVER_DISPATCH IoctlCreateClose, IoctlDeviceControl;

static NTSTATUS IoctlComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static NTSTATUS NTAPI IoctlCreateClose(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    return IoctlComplete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS IoctlMeetOthers(PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    if (Stack->Parameters.DeviceIoControl.InputBufferLength < sizeof(ULONG))
        return STATUS_BUFFER_TOO_SMALL;
    return IoctlMeet(*(PULONG)Irp->AssociatedIrp.SystemBuffer);
}

// The functions that come in every method differ in their method bits only.
static NTSTATUS IoctlPerform(PIRP Irp, ULONG Code, PULONG_PTR Information)
{
    switch (Code) {
    case IOCTL_TEST_SEEN:
        return IoctlSeen(Irp, Information);
    case IOCTL_TEST_RELEASE:
        *Information = IoctlRelease();
        return STATUS_SUCCESS;
    case IOCTL_TEST_MEET:
        return IoctlMeetOthers(Irp);
    case IOCTL_TEST_READER:
    case IOCTL_TEST_WRITER:
        return STATUS_SUCCESS;
    default:
        break;
    }
    switch (Code & ~3UL) {
    case IOCTL_TEST_CHANGE(0):
        return IoctlChange(Irp, Information);
    case IOCTL_TEST_LOOK(0):
        IoctlLook(Irp);
        return STATUS_SUCCESS;
    case IOCTL_TEST_COMPLETE(0):
        return IoctlFill(Irp, Information);
    default:
        return STATUS_INVALID_DEVICE_REQUEST;
    }
}

static NTSTATUS NTAPI IoctlDeviceControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    ULONG Code = IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.IoControlCode;
    if ((Code & ~3UL) == IOCTL_TEST_PEND(0))
        return IoctlPend(Irp);
    ULONG_PTR Information = 0;
    NTSTATUS Status = IoctlPerform(Irp, Code, &Information);
    return IoctlComplete(Irp, Status, Information);
}

static VOID NTAPI IoctlUnload(PDRIVER_OBJECT DriverObject)
{
    UNICODE_STRING Link = RTL_CONSTANT_STRING(IOCTL_TEST_LINK);
    IoDeleteSymbolicLink(&Link);
    IoDeleteDevice(DriverObject->DeviceObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    UNICODE_STRING Name = RTL_CONSTANT_STRING(IOCTL_TEST_DEVICE);
    UNICODE_STRING Link = RTL_CONSTANT_STRING(IOCTL_TEST_LINK);
    PDEVICE_OBJECT Device;
    NTSTATUS Status = IoCreateDevice(DriverObject, 0, &Name, IOCTL_TEST_TYPE,
                                     FILE_DEVICE_SECURE_OPEN, FALSE, &Device);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IoCreateSymbolicLink(&Link, &Name);
    if (!NT_SUCCESS(Status)) {
        IoDeleteDevice(Device);
        return Status;
    }
    IoctlInitQueue();
    DriverObject->MajorFunction[IRP_MJ_CREATE] = IoctlCreateClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = IoctlCreateClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = IoctlCreateClose;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = IoctlDeviceControl;
    DriverObject->DriverUnload = IoctlUnload;
    return STATUS_SUCCESS;
}
