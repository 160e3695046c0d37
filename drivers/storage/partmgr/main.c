// partmgr.sys: dispatch.
#include "partmgr.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_DISPATCH PmOpenClose, PmControl, PmInternalControl, PmPnp, PmPower, PmOther;
static DRIVER_UNLOAD PmUnload;

NTSTATUS PmComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_DISK_INCREMENT);
    return Status;
}

NTSTATUS NTAPI PmPassDown(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    IoSkipCurrentIrpStackLocation(Irp);
    return IoCallDriver(PmDiskOf(DeviceObject)->Lower, Irp);
}

static NTSTATUS NTAPI PmOpenClose(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    switch (PmKindOf(DeviceObject)) {
    case PmKindDisk:
        return PmPassDown(DeviceObject, Irp);
    case PmKindPartition:
        return PmComplete(Irp, STATUS_SUCCESS, 0);
    default:
        return PmComplete(Irp, STATUS_ACCESS_DENIED, 0);
    }
}

static NTSTATUS NTAPI PmControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    switch (PmKindOf(DeviceObject)) {
    case PmKindDisk:
        return PmDiskControl(PmDiskOf(DeviceObject), Irp);
    case PmKindPartition:
        return PmPartitionControl(PmPartitionOf(DeviceObject), Irp);
    default:
        return PmComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
}

// SRBs name sectors of the disk: they are no partition's.
static NTSTATUS NTAPI PmInternalControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    ULONG Code = IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.IoControlCode;
    if (PmKindOf(DeviceObject) == PmKindDisk)
        return PmPassDown(DeviceObject, Irp);
    if (PmKindOf(DeviceObject) == PmKindPartition && Code == IOCTL_PARTITION_QUERY_IDENTITY)
        return PmPartitionControl(PmPartitionOf(DeviceObject), Irp);
    return PmComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
}

static NTSTATUS NTAPI PmPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    if (PmKindOf(DeviceObject) == PmKindDisk)
        return PmDiskPnp(PmDiskOf(DeviceObject), Irp);
    if (PmKindOf(DeviceObject) == PmKindPartition)
        return PmPartitionPnp(PmPartitionOf(DeviceObject), Irp);
    return PmComplete(Irp, Irp->IoStatus.Status, Irp->IoStatus.Information);
}

static NTSTATUS NTAPI PmPower(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UCHAR Minor = IoGetCurrentIrpStackLocation(Irp)->MinorFunction;
    NTSTATUS Status = Irp->IoStatus.Status;
    PoStartNextPowerIrp(Irp);
    if (PmKindOf(DeviceObject) == PmKindDisk) {
        IoSkipCurrentIrpStackLocation(Irp);
        return PoCallDriver(PmDiskOf(DeviceObject)->Lower, Irp);
    }
    if (Minor == IRP_MN_SET_POWER || Minor == IRP_MN_QUERY_POWER)
        Status = STATUS_SUCCESS; // a partition has no power of its own
    return PmComplete(Irp, Status, Irp->IoStatus.Information);
}

static NTSTATUS NTAPI PmOther(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UCHAR Major = IoGetCurrentIrpStackLocation(Irp)->MajorFunction;
    if (PmKindOf(DeviceObject) == PmKindDisk)
        return PmPassDown(DeviceObject, Irp);
    NTSTATUS Status =
        Major == IRP_MJ_SYSTEM_CONTROL ? Irp->IoStatus.Status : STATUS_INVALID_DEVICE_REQUEST;
    return PmComplete(Irp, Status, Irp->IoStatus.Information);
}

static VOID NTAPI PmUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    for (ULONG i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++)
        DriverObject->MajorFunction[i] = PmOther;
    DriverObject->DriverExtension->AddDevice = PmAddDevice;
    DriverObject->DriverUnload = PmUnload;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = PmOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = PmOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = PmOpenClose;
    DriverObject->MajorFunction[IRP_MJ_READ] = PmReadWrite;
    DriverObject->MajorFunction[IRP_MJ_WRITE] = PmReadWrite;
    DriverObject->MajorFunction[IRP_MJ_FLUSH_BUFFERS] = PmFlush;
    DriverObject->MajorFunction[IRP_MJ_SHUTDOWN] = PmFlush;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = PmControl;
    DriverObject->MajorFunction[IRP_MJ_INTERNAL_DEVICE_CONTROL] = PmInternalControl;
    DriverObject->MajorFunction[IRP_MJ_PNP] = PmPnp;
    DriverObject->MajorFunction[IRP_MJ_POWER] = PmPower;
    return STATUS_SUCCESS;
}
