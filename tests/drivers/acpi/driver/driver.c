// The driver's entry, and the life of its devices.
#include "driver.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_ADD_DEVICE TestAddDevice;
static DRIVER_DISPATCH TestOpenClose, TestPass, TestPnp, TestPower;

static LONG DeviceCount;

static NTSTATUS TestStart(PACPITEST Test, PIRP Irp)
{
    NTSTATUS Status = STATUS_NO_SUCH_DEVICE;
    if (IoForwardIrpSynchronously(Test->Lower, Irp))
        Status = Irp->IoStatus.Status;
    if (NT_SUCCESS(Status))
        Status = TestQueryInterfaces(Test);
    Test->Started = NT_SUCCESS(Status);
    if (Test->Started)
        TestConnectByItself(Test);
    Irp->IoStatus.Status = Status;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static NTSTATUS TestRemove(PACPITEST Test, PIRP Irp)
{
    PDEVICE_OBJECT Lower = Test->Lower;
    Test->Started = FALSE;
    TestReleaseInterfaces(Test);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    IoSkipCurrentIrpStackLocation(Irp);
    NTSTATUS Status = IoCallDriver(Lower, Irp);
    IoDetachDevice(Lower);
    IoDeleteDevice(Test->Self);
    return Status;
}

static NTSTATUS NTAPI TestAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDevice)
{
    WCHAR Text[] = ACPITEST_DEVICE_NAME L"0";
    UNICODE_STRING Name;
    PDEVICE_OBJECT Self;
    Text[RTL_NUMBER_OF(Text) - 2] = (WCHAR)(L'0' + InterlockedIncrement(&DeviceCount) - 1);
    RtlInitUnicodeString(&Name, Text);
    NTSTATUS Status = IoCreateDevice(DriverObject, sizeof(ACPITEST), &Name, FILE_DEVICE_UNKNOWN,
                                     FILE_DEVICE_SECURE_OPEN, FALSE, &Self);
    if (!NT_SUCCESS(Status))
        return Status;
    PACPITEST Test = Self->DeviceExtension;
    Test->Self = Self;
    ExInitializeFastMutex(&Test->Lock);
    KeInitializeEvent(&Test->SentDone, NotificationEvent, FALSE);
    Test->Lower = IoAttachDeviceToDeviceStack(Self, PhysicalDevice);
    if (!Test->Lower) {
        IoDeleteDevice(Self);
        return STATUS_NO_SUCH_DEVICE;
    }
    Self->Flags |= DO_POWER_PAGABLE;
    Self->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI TestPass(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PACPITEST Test = DeviceObject->DeviceExtension;
    IoSkipCurrentIrpStackLocation(Irp);
    return IoCallDriver(Test->Lower, Irp);
}

static NTSTATUS NTAPI TestPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PACPITEST Test = DeviceObject->DeviceExtension;
    switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        return TestStart(Test, Irp);
    case IRP_MN_REMOVE_DEVICE:
        return TestRemove(Test, Irp);
    case IRP_MN_STOP_DEVICE:
    case IRP_MN_QUERY_STOP_DEVICE:
    case IRP_MN_CANCEL_STOP_DEVICE:
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
    case IRP_MN_SURPRISE_REMOVAL:
        Irp->IoStatus.Status = STATUS_SUCCESS;
        break;
    default:
        break;
    }
    return TestPass(DeviceObject, Irp);
}

static NTSTATUS NTAPI TestPower(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PACPITEST Test = DeviceObject->DeviceExtension;
    PoStartNextPowerIrp(Irp);
    IoSkipCurrentIrpStackLocation(Irp);
    return PoCallDriver(Test->Lower, Irp);
}

static NTSTATUS NTAPI TestOpenClose(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    Irp->IoStatus.Information = 0;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverExtension->AddDevice = TestAddDevice;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = TestOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = TestOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = TestOpenClose;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = TestControl;
    DriverObject->MajorFunction[IRP_MJ_PNP] = TestPnp;
    DriverObject->MajorFunction[IRP_MJ_POWER] = TestPower;
    DriverObject->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = TestPass;
    return STATUS_SUCCESS;
}
