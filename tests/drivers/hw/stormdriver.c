// storm.sys: lets a UART ask for interrupts, and never does what would make it stop.
#include <ntddk.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_ADD_DEVICE StormAddDevice;
static DRIVER_DISPATCH StormPnp, StormPass;
static DRIVER_UNLOAD StormUnload;

enum { InterruptEnable = 1, ModemControl = 4, EnableTransmitter = 0x02, Out2 = 0x08 };

typedef struct _STORM {
    PDEVICE_OBJECT LowerDevice;
    PKINTERRUPT Interrupt;
    PUCHAR Ports;
} STORM, *PSTORM;

static BOOLEAN NTAPI StormInterrupt(PKINTERRUPT Interrupt, PVOID Context)
{
    UNREFERENCED_PARAMETER(Interrupt);
    UNREFERENCED_PARAMETER(Context);
    return FALSE; // never mine
}

static NTSTATUS StormStart(PSTORM Storm, const CM_RESOURCE_LIST *List)
{
    const CM_PARTIAL_RESOURCE_DESCRIPTOR *Line = NULL;
    for (ULONG i = 0; List && i < List->List[0].PartialResourceList.Count; i++) {
        const CM_PARTIAL_RESOURCE_DESCRIPTOR *Resource =
            &List->List[0].PartialResourceList.PartialDescriptors[i];
        if (Resource->Type == CmResourceTypePort)
            Storm->Ports = (PUCHAR)(ULONG_PTR)Resource->u.Port.Start.QuadPart;
        else if (Resource->Type == CmResourceTypeInterrupt)
            Line = Resource;
    }
    if (!Storm->Ports || !Line)
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    KIRQL Irql = (KIRQL)Line->u.Interrupt.Level;
    NTSTATUS Status =
        IoConnectInterrupt(&Storm->Interrupt, StormInterrupt, Storm, NULL, Line->u.Interrupt.Vector,
                           Irql, Irql, LevelSensitive, FALSE, Line->u.Interrupt.Affinity, FALSE);
    if (!NT_SUCCESS(Status))
        return Status;
    WRITE_PORT_UCHAR(Storm->Ports + ModemControl, Out2);
    WRITE_PORT_UCHAR(Storm->Ports + InterruptEnable, EnableTransmitter);
    return STATUS_SUCCESS;
}

static VOID StormStop(PSTORM Storm)
{
    if (!Storm->Interrupt)
        return;
    WRITE_PORT_UCHAR(Storm->Ports + InterruptEnable, 0);
    IoDisconnectInterrupt(Storm->Interrupt);
    Storm->Interrupt = NULL;
}

static NTSTATUS NTAPI StormPass(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    IoSkipCurrentIrpStackLocation(Irp);
    return IoCallDriver(((PSTORM)DeviceObject->DeviceExtension)->LowerDevice, Irp);
}

static NTSTATUS NTAPI StormPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PSTORM Storm = DeviceObject->DeviceExtension;
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    NTSTATUS Status;
    switch (Stack->MinorFunction) {
    case IRP_MN_START_DEVICE:
        Status = IoForwardIrpSynchronously(Storm->LowerDevice, Irp) ? Irp->IoStatus.Status
                                                                    : STATUS_INVALID_DEVICE_REQUEST;
        if (NT_SUCCESS(Status))
            Status = StormStart(Storm, Stack->Parameters.StartDevice.AllocatedResourcesTranslated);
        Irp->IoStatus.Status = Status;
        IoCompleteRequest(Irp, IO_NO_INCREMENT);
        return Status;
    case IRP_MN_REMOVE_DEVICE:
        StormStop(Storm);
        Status = StormPass(DeviceObject, Irp);
        IoDetachDevice(Storm->LowerDevice);
        IoDeleteDevice(DeviceObject);
        return Status;
    case IRP_MN_QUERY_REMOVE_DEVICE:
        Irp->IoStatus.Status = STATUS_SUCCESS;
        break;
    default:
        break;
    }
    return StormPass(DeviceObject, Irp);
}

static NTSTATUS NTAPI StormAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDevice)
{
    PDEVICE_OBJECT Self;
    NTSTATUS Status =
        IoCreateDevice(DriverObject, sizeof(STORM), NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &Self);
    if (!NT_SUCCESS(Status))
        return Status;
    PSTORM Storm = Self->DeviceExtension;
    Storm->LowerDevice = IoAttachDeviceToDeviceStack(Self, PhysicalDevice);
    if (!Storm->LowerDevice) {
        IoDeleteDevice(Self);
        return STATUS_NO_SUCH_DEVICE;
    }
    Self->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static VOID NTAPI StormUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverExtension->AddDevice = StormAddDevice;
    DriverObject->DriverUnload = StormUnload;
    DriverObject->MajorFunction[IRP_MJ_PNP] = StormPnp;
    DriverObject->MajorFunction[IRP_MJ_POWER] = StormPass;
    DriverObject->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = StormPass;
    return STATUS_SUCCESS;
}
