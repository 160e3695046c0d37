// pnpfilter.sys: passes everything on, and reports what PnP packets come. It is loaded for several services, each
// in a host of its own, and reports the service's name.
#include "driver.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_ADD_DEVICE FilterAddDevice;
static DRIVER_DISPATCH FilterPass, FilterPnp;

typedef struct _FILTER {
    PDEVICE_OBJECT LowerDevice;
} FILTER, *PFILTER;

static CHAR FilterName[32];

static NTSTATUS NTAPI FilterPass(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    return PassOn(((PFILTER)DeviceObject->DeviceExtension)->LowerDevice, Irp);
}

static NTSTATUS NTAPI FilterPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_OBJECT Lower = ((PFILTER)DeviceObject->DeviceExtension)->LowerDevice;
    UCHAR MinorFunction = IoGetCurrentIrpStackLocation(Irp)->MinorFunction;
    ReportPnp(Lower, FilterName, MinorFunction);
    if (MinorFunction != IRP_MN_REMOVE_DEVICE)
        return PassOn(Lower, Irp);
    NTSTATUS Status = PassOn(Lower, Irp);
    IoDetachDevice(Lower);
    IoDeleteDevice(DeviceObject);
    return Status;
}

static NTSTATUS NTAPI FilterAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDevice)
{
    PDEVICE_OBJECT Self;
    NTSTATUS Status =
        IoCreateDevice(DriverObject, sizeof(FILTER), nullptr, FILE_DEVICE_UNKNOWN, 0, FALSE, &Self);
    if (!NT_SUCCESS(Status))
        return Status;
    PFILTER Filter = Self->DeviceExtension;
    Filter->LowerDevice = IoAttachDeviceToDeviceStack(Self, PhysicalDevice);
    if (!Filter->LowerDevice) {
        IoDeleteDevice(Self);
        return STATUS_NO_SUCH_DEVICE;
    }
    Self->Flags |= Filter->LowerDevice->Flags & (DO_BUFFERED_IO | DO_DIRECT_IO);
    Self->Flags &= ~DO_DEVICE_INITIALIZING;
    Report(Filter->LowerDevice, FilterName, "add");
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PCWSTR Name = wcsrchr(RegistryPath->Buffer, L'\\') + 1;
    for (ULONG i = 0; Name[i] && i < sizeof(FilterName) - 1; i++)
        FilterName[i] = (CHAR)Name[i];
    for (ULONG i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++)
        DriverObject->MajorFunction[i] = FilterPass;
    DriverObject->MajorFunction[IRP_MJ_PNP] = FilterPnp;
    DriverObject->DriverExtension->AddDevice = FilterAddDevice;
    DriverObject->DriverUnload = UnloadNothing;
    return STATUS_SUCCESS;
}
