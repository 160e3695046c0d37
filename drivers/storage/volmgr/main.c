// volmgr.sys: dispatch. What a volume gets goes straight to its partition, in the same packet.
#include "volmgr.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_DISPATCH VmOpenClose, VmTransfer, VmControl, VmPnp, VmPower, VmOther;
static DRIVER_UNLOAD VmUnload;

NTSTATUS VmComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_DISK_INCREMENT);
    return Status;
}

static NTSTATUS VmPassDown(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    IoSkipCurrentIrpStackLocation(Irp);
    return IoCallDriver(VmPartitionOf(DeviceObject)->Lower, Irp);
}

static NTSTATUS NTAPI VmOpenClose(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    if (VmKindOf(DeviceObject) == VmKindPartition)
        return VmPassDown(DeviceObject, Irp);
    PVM_VOLUME Volume = VmVolumeOf(DeviceObject);
    BOOLEAN Create = IoGetCurrentIrpStackLocation(Irp)->MajorFunction == IRP_MJ_CREATE;
    return VmComplete(Irp, Create && Volume->Gone ? STATUS_NO_SUCH_DEVICE : STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI VmTransfer(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    if (VmKindOf(DeviceObject) == VmKindPartition)
        return VmPassDown(DeviceObject, Irp);
    PVM_VOLUME Volume = VmVolumeOf(DeviceObject);
    NTSTATUS Status = STATUS_DEVICE_OFF_LINE;
    if (!ExAcquireRundownProtection(&Volume->Running))
        return VmComplete(Irp, STATUS_NO_SUCH_DEVICE, 0);
    if (Volume->Offline) {
        (VOID) VmComplete(Irp, Status, 0);
    } else {
        IoSkipCurrentIrpStackLocation(Irp);
        Status = IoCallDriver(Volume->Partition, Irp);
    }
    ExReleaseRundownProtection(&Volume->Running);
    return Status;
}

static NTSTATUS NTAPI VmControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    if (VmKindOf(DeviceObject) == VmKindPartition)
        return VmPassDown(DeviceObject, Irp);
    PVM_VOLUME Volume = VmVolumeOf(DeviceObject);
    if (!ExAcquireRundownProtection(&Volume->Running))
        return VmComplete(Irp, STATUS_NO_SUCH_DEVICE, 0);
    NTSTATUS Status = VmVolumeControl(Volume, Irp);
    ExReleaseRundownProtection(&Volume->Running);
    return Status;
}

static NTSTATUS NTAPI VmPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    return VmKindOf(DeviceObject) == VmKindPartition
               ? VmPartitionPnp(VmPartitionOf(DeviceObject), Irp)
               : VmVolumePnp(VmVolumeOf(DeviceObject), Irp);
}

static NTSTATUS NTAPI VmPower(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UCHAR Minor = IoGetCurrentIrpStackLocation(Irp)->MinorFunction;
    NTSTATUS Status = Irp->IoStatus.Status;
    PoStartNextPowerIrp(Irp);
    if (VmKindOf(DeviceObject) == VmKindPartition) {
        IoSkipCurrentIrpStackLocation(Irp);
        return PoCallDriver(VmPartitionOf(DeviceObject)->Lower, Irp);
    }
    if (Minor == IRP_MN_SET_POWER || Minor == IRP_MN_QUERY_POWER)
        Status = STATUS_SUCCESS;
    return VmComplete(Irp, Status, Irp->IoStatus.Information);
}

static NTSTATUS NTAPI VmOther(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UCHAR Major = IoGetCurrentIrpStackLocation(Irp)->MajorFunction;
    if (VmKindOf(DeviceObject) == VmKindPartition)
        return VmPassDown(DeviceObject, Irp);
    NTSTATUS Status =
        Major == IRP_MJ_SYSTEM_CONTROL ? Irp->IoStatus.Status : STATUS_INVALID_DEVICE_REQUEST;
    return VmComplete(Irp, Status, Irp->IoStatus.Information);
}

static VOID NTAPI VmUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    for (ULONG i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++)
        DriverObject->MajorFunction[i] = VmOther;
    DriverObject->DriverExtension->AddDevice = VmAddDevice;
    DriverObject->DriverUnload = VmUnload;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = VmOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = VmOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = VmOpenClose;
    DriverObject->MajorFunction[IRP_MJ_READ] = VmTransfer;
    DriverObject->MajorFunction[IRP_MJ_WRITE] = VmTransfer;
    DriverObject->MajorFunction[IRP_MJ_FLUSH_BUFFERS] = VmTransfer;
    DriverObject->MajorFunction[IRP_MJ_SHUTDOWN] = VmTransfer;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = VmControl;
    DriverObject->MajorFunction[IRP_MJ_PNP] = VmPnp;
    DriverObject->MajorFunction[IRP_MJ_POWER] = VmPower;
    return STATUS_SUCCESS;
}
