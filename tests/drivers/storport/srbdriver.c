// srbtest.sys: PnP, and the requests of the program.
#include "srbdriver.h"

#include "layer.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_ADD_DEVICE AddDevice;
static DRIVER_DISPATCH Control, Pnp, Pass, Power;

static NTSTATUS NTAPI Control(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    SRBTEST_ANSWER Answer = {};
    if (Stack->Parameters.DeviceIoControl.IoControlCode != SRBTEST_RUN)
        return Pass(DeviceObject, Irp);
    if (Stack->Parameters.DeviceIoControl.InputBufferLength < sizeof(ULONG) ||
        Stack->Parameters.DeviceIoControl.OutputBufferLength < sizeof(Answer))
        return Complete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    RunScenario(DeviceObject->DeviceExtension, *(PULONG)Irp->AssociatedIrp.SystemBuffer, &Answer);
    RtlCopyMemory(Irp->AssociatedIrp.SystemBuffer, &Answer, sizeof(Answer));
    return Complete(Irp, STATUS_SUCCESS, sizeof(Answer));
}

static NTSTATUS NTAPI Pass(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    return PassOn(((PUNIT)DeviceObject->DeviceExtension)->Lower, Irp);
}

static NTSTATUS NTAPI Power(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    return PassPower(((PUNIT)DeviceObject->DeviceExtension)->Lower, Irp);
}

static NTSTATUS NTAPI Pnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PUNIT Unit = DeviceObject->DeviceExtension;
    switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        return Complete(Irp, PassOnAndWait(Unit->Lower, Irp), 0);
    case IRP_MN_REMOVE_DEVICE:
        return PassRemoval(DeviceObject, Unit->Lower, Irp);
    default:
        return PassPnp(Unit->Lower, Irp, FALSE);
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

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    for (ULONG i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++)
        DriverObject->MajorFunction[i] = Pass;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = AcceptOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = AcceptOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = AcceptOpenClose;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = Control;
    DriverObject->MajorFunction[IRP_MJ_PNP] = Pnp;
    DriverObject->MajorFunction[IRP_MJ_POWER] = Power;
    DriverObject->DriverExtension->AddDevice = AddDevice;
    DriverObject->DriverUnload = UnloadNothing;
    return STATUS_SUCCESS;
}
