// pci.sys: dispatch.
#include "pci.h"

#include "ask.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_ADD_DEVICE PciAddDevice;
static DRIVER_DISPATCH PciPnp, PciPower, PciPass, PciOther;
static DRIVER_UNLOAD PciUnload;

PDRIVER_OBJECT PciDriver;

NTSTATUS PciComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

NTSTATUS PciControl(PDEVICE_OBJECT Device, ULONG Code, const VOID *Input, ULONG InputLength,
                    PVOID Output, ULONG OutputLength)
{
    const ASK Ask = {Code, TRUE, Input, Output, InputLength, OutputLength};
    ULONG_PTR Returned = 0;
    NTSTATUS Status = AskAndCount(Device, &Ask, &Returned);
    return NT_SUCCESS(Status) && Returned < OutputLength ? STATUS_INVALID_BUFFER_SIZE : Status;
}

static NTSTATUS NTAPI PciAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDevice)
{
    return PciAddBus(DriverObject, PhysicalDevice);
}

static NTSTATUS NTAPI PciPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PPCI_EXTENSION Extension = PciExtension(DeviceObject);
    return Extension->IsBus ? PciBusPnp(&Extension->Bus, Irp)
                            : PciFunctionPnp(&Extension->Function, Irp);
}

// A bus passes on what it does not know.
static NTSTATUS NTAPI PciPass(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PPCI_EXTENSION Extension = PciExtension(DeviceObject);
    if (!Extension->IsBus)
        return PciComplete(Irp, Irp->IoStatus.Status, Irp->IoStatus.Information);
    IoSkipCurrentIrpStackLocation(Irp);
    return IoCallDriver(Extension->Bus.Lower, Irp);
}

static NTSTATUS NTAPI PciPower(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PPCI_EXTENSION Extension = PciExtension(DeviceObject);
    if (!Extension->IsBus)
        return PciFunctionPower(&Extension->Function, Irp);
    return PciBusPower(&Extension->Bus, Irp);
}

// Opening and device controls.
static NTSTATUS NTAPI PciOther(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UCHAR Major = IoGetCurrentIrpStackLocation(Irp)->MajorFunction;
    if (PciIsControlDevice(DeviceObject))
        return PciControlDispatch(Irp);
    if (PciExtension(DeviceObject)->IsBus)
        return PciPass(DeviceObject, Irp);
    if (PciIsFirmwareControl(IoGetCurrentIrpStackLocation(Irp)))
        return PciForwardToFirmware(&PciExtension(DeviceObject)->Function, Irp);
    if (Major == IRP_MJ_INTERNAL_DEVICE_CONTROL)
        return PciFunctionControl(&PciExtension(DeviceObject)->Function, Irp);
    return PciComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
}

static VOID NTAPI PciUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    PciDeleteControlDevice();
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    PciDriver = DriverObject;
    DriverObject->DriverExtension->AddDevice = PciAddDevice;
    DriverObject->DriverUnload = PciUnload;
    DriverObject->MajorFunction[IRP_MJ_PNP] = PciPnp;
    DriverObject->MajorFunction[IRP_MJ_POWER] = PciPower;
    DriverObject->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = PciPass;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = PciOther;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = PciOther;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = PciOther;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = PciOther;
    DriverObject->MajorFunction[IRP_MJ_INTERNAL_DEVICE_CONTROL] = PciOther;
    return PciCreateControlDevice(DriverObject);
}
