// cmbatt.sys: dispatch.
#include "cmbatt.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_DISPATCH CmbControl, CmbOpenClose, CmbPower;
static DRIVER_UNLOAD CmbUnload;

NTSTATUS CmbComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static NTSTATUS NTAPI CmbOpenClose(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    return CmbComplete(Irp, STATUS_SUCCESS, 0);
}

// What the battery class does not know is the firmware's.
static NTSTATUS NTAPI CmbControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PCMB_DEVICE Device = CmbOf(DeviceObject);
    NTSTATUS Status = STATUS_NOT_SUPPORTED;
    if (!Device->Adapter) {
        if (!ExAcquireRundownProtection(&Device->Running))
            return CmbComplete(Irp, STATUS_NO_SUCH_DEVICE, 0);
        Status = BatteryClassIoctl(Device->Class, Irp);
        ExReleaseRundownProtection(&Device->Running);
    }
    return Status == STATUS_NOT_SUPPORTED ? CmbPass(DeviceObject, Irp) : Status;
}

static NTSTATUS NTAPI CmbPower(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    return PowerDispatch(&CmbOf(DeviceObject)->Power, Irp);
}

static VOID NTAPI CmbUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverExtension->AddDevice = CmbAddDevice;
    DriverObject->DriverUnload = CmbUnload;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = CmbOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = CmbOpenClose;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = CmbControl;
    DriverObject->MajorFunction[IRP_MJ_INTERNAL_DEVICE_CONTROL] = CmbPass;
    DriverObject->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = CmbPass;
    DriverObject->MajorFunction[IRP_MJ_PNP] = CmbPnp;
    DriverObject->MajorFunction[IRP_MJ_POWER] = CmbPower;
    return STATUS_SUCCESS;
}
