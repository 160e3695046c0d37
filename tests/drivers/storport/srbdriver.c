// srbtest.sys: PnP, and the requests of the program.
#include "srbdriver.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_ADD_DEVICE AddDevice;
static DRIVER_DISPATCH OpenClose, Control, Pnp, PassOn, PassPower;
static DRIVER_UNLOAD Unload;

static NTSTATUS Complete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static NTSTATUS NTAPI OpenClose(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    return Complete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI Control(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    SRBTEST_ANSWER Answer = {};
    if (Stack->Parameters.DeviceIoControl.IoControlCode != SRBTEST_RUN)
        return PassOn(DeviceObject, Irp);
    if (Stack->Parameters.DeviceIoControl.InputBufferLength < sizeof(ULONG) ||
        Stack->Parameters.DeviceIoControl.OutputBufferLength < sizeof(Answer))
        return Complete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    RunScenario(DeviceObject->DeviceExtension, *(PULONG)Irp->AssociatedIrp.SystemBuffer, &Answer);
    RtlCopyMemory(Irp->AssociatedIrp.SystemBuffer, &Answer, sizeof(Answer));
    return Complete(Irp, STATUS_SUCCESS, sizeof(Answer));
}

static NTSTATUS NTAPI PassOn(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    IoSkipCurrentIrpStackLocation(Irp);
    return IoCallDriver(((PUNIT)DeviceObject->DeviceExtension)->Lower, Irp);
}

static NTSTATUS NTAPI PassPower(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PoStartNextPowerIrp(Irp);
    IoSkipCurrentIrpStackLocation(Irp);
    return PoCallDriver(((PUNIT)DeviceObject->DeviceExtension)->Lower, Irp);
}

static NTSTATUS Remove(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PUNIT Unit = DeviceObject->DeviceExtension;
    PDEVICE_OBJECT Lower = Unit->Lower;
    Irp->IoStatus.Status = STATUS_SUCCESS;
    IoSkipCurrentIrpStackLocation(Irp);
    NTSTATUS Status = IoCallDriver(Lower, Irp);
    IoDetachDevice(Lower);
    IoDeleteDevice(DeviceObject);
    return Status;
}

static NTSTATUS NTAPI Pnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PUNIT Unit = DeviceObject->DeviceExtension;
    switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        IoForwardIrpSynchronously(Unit->Lower, Irp);
        return Complete(Irp, Irp->IoStatus.Status, 0);
    case IRP_MN_REMOVE_DEVICE:
        return Remove(DeviceObject, Irp);
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
    case IRP_MN_SURPRISE_REMOVAL:
        Irp->IoStatus.Status = STATUS_SUCCESS;
        return PassOn(DeviceObject, Irp);
    default:
        return PassOn(DeviceObject, Irp);
    }
}

// \Device\SrbTestN for LUN N.
static NTSTATUS CreateNamed(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT *Self)
{
    NTSTATUS Status = STATUS_OBJECT_NAME_COLLISION;
    for (WCHAR Number = L'0'; Number < L'8' && Status == STATUS_OBJECT_NAME_COLLISION; Number++) {
        WCHAR Text[] = L"\\Device\\SrbTest0";
        UNICODE_STRING Name;
        Text[RTL_NUMBER_OF(Text) - 2] = Number;
        RtlInitUnicodeString(&Name, Text);
        Status =
            IoCreateDevice(DriverObject, sizeof(UNIT), &Name, FILE_DEVICE_UNKNOWN, 0, FALSE, Self);
    }
    return Status;
}

static NTSTATUS NTAPI AddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDevice)
{
    PDEVICE_OBJECT Self;
    NTSTATUS Status = CreateNamed(DriverObject, &Self);
    if (!NT_SUCCESS(Status))
        return Status;
    PUNIT Unit = Self->DeviceExtension;
    Unit->Lower = IoAttachDeviceToDeviceStack(Self, PhysicalDevice);
    if (!Unit->Lower) {
        IoDeleteDevice(Self);
        return STATUS_NO_SUCH_DEVICE;
    }
    Self->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    for (ULONG i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++)
        DriverObject->MajorFunction[i] = PassOn;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = OpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = OpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = OpenClose;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = Control;
    DriverObject->MajorFunction[IRP_MJ_PNP] = Pnp;
    DriverObject->MajorFunction[IRP_MJ_POWER] = PassPower;
    DriverObject->DriverExtension->AddDevice = AddDevice;
    DriverObject->DriverUnload = Unload;
    return STATUS_SUCCESS;
}
