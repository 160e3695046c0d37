// acpi.sys: dispatch.
#include "acpi.h"

#include <wdmsec.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_ADD_DEVICE AcpiAddDevice;
static DRIVER_DISPATCH AcpiPnp, AcpiPower, AcpiControl, AcpiOpenClose, AcpiCleanup,
    AcpiSystemControl;
static DRIVER_UNLOAD AcpiUnload;

NTSTATUS AcpiComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

NTSTATUS AcpiKeep(PIRP Irp)
{
    return AcpiComplete(Irp, Irp->IoStatus.Status, Irp->IoStatus.Information);
}

// Without tables there is no ACPI device, whatever the registry says. There is one firmware, and one device of it.
static NTSTATUS NTAPI AcpiAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDevice)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\ACPI");
    PDEVICE_OBJECT Self;
    if (DriverObject->DeviceObject)
        return STATUS_DEVICE_ALREADY_ATTACHED;
    UNICODE_STRING Security = RTL_CONSTANT_STRING(L"D:P(A;;GA;;;SY)(A;;GA;;;BA)");
    NTSTATUS Status =
        IoCreateDeviceSecure(DriverObject, sizeof(ACPI_EXTENSION), &Name, FILE_DEVICE_ACPI,
                             FILE_DEVICE_SECURE_OPEN, FALSE, &Security, NULL, &Self);
    if (!NT_SUCCESS(Status))
        return Status;
    PACPI_EXTENSION Extension = AcpiExtension(Self);
    Extension->IsBus = TRUE;
    Extension->Bus.Self = Self;
    Extension->Bus.PhysicalDevice = PhysicalDevice;
    ExInitializeFastMutex(&Extension->Bus.Lock);
    InitializeListHead(&Extension->Bus.Nodes);
    AcpiInitializeEvents();
    AcpiInitializeLock();
    Status = OslInitialize(Self);
    if (NT_SUCCESS(Status)) {
        Status = AcpiFindTables();
        if (!NT_SUCCESS(Status))
            OslTerminate();
    }
    if (!NT_SUCCESS(Status)) {
        DbgPrintEx(DPFLTR_ACPI_ID, DPFLTR_WARNING_LEVEL,
                   "acpi: this machine's tables cannot be used: %08lx\n", Status);
        IoDeleteDevice(Self);
        return Status;
    }
    Extension->Bus.LowerDevice = IoAttachDeviceToDeviceStack(Self, PhysicalDevice);
    if (!Extension->Bus.LowerDevice) {
        AcpiEnd();
        OslTerminate();
        IoDeleteDevice(Self);
        return STATUS_NO_SUCH_DEVICE;
    }
    Self->Flags |= DO_POWER_PAGABLE;
    Self->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI AcpiPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PACPI_EXTENSION Extension = AcpiExtension(DeviceObject);
    return Extension->IsBus ? AcpiBusPnp(&Extension->Bus, Irp)
                            : AcpiDevicePnp(&Extension->Device, Irp);
}

static NTSTATUS NTAPI AcpiPower(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PACPI_EXTENSION Extension = AcpiExtension(DeviceObject);
    if (Extension->IsBus)
        return AcpiBusPower(&Extension->Bus, Irp);
    return AcpiDevicePower(&Extension->Device, Irp);
}

static NTSTATUS NTAPI AcpiControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PACPI_EXTENSION Extension = AcpiExtension(DeviceObject);
    return Extension->IsBus ? AcpiBusControl(&Extension->Bus, Irp)
                            : AcpiDeviceControl(&Extension->Device, Irp);
}

static NTSTATUS NTAPI AcpiOpenClose(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    return AcpiComplete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI AcpiCleanup(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PACPI_EXTENSION Extension = AcpiExtension(DeviceObject);
    if (!Extension->IsBus)
        AcpiCancelWaiters(&Extension->Device.Waiters,
                          IoGetCurrentIrpStackLocation(Irp)->FileObject);
    return AcpiComplete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI AcpiSystemControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PACPI_EXTENSION Extension = AcpiExtension(DeviceObject);
    return Extension->IsBus ? AcpiPass(&Extension->Bus, Irp) : AcpiKeep(Irp);
}

static VOID NTAPI AcpiUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverExtension->AddDevice = AcpiAddDevice;
    DriverObject->DriverUnload = AcpiUnload;
    DriverObject->MajorFunction[IRP_MJ_PNP] = AcpiPnp;
    DriverObject->MajorFunction[IRP_MJ_POWER] = AcpiPower;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = AcpiOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = AcpiCleanup;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = AcpiOpenClose;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = AcpiControl;
    DriverObject->MajorFunction[IRP_MJ_INTERNAL_DEVICE_CONTROL] = AcpiControl;
    DriverObject->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = AcpiSystemControl;
    return STATUS_SUCCESS;
}
