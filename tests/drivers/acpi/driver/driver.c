// The driver's entry, and the life of its devices.
#include "driver.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_ADD_DEVICE TestAddDevice;
static DRIVER_DISPATCH TestPnp, TestPower;

static NTSTATUS TestStart(PACPITEST Test, PIRP Irp)
{
    NTSTATUS Status = PassOnAndWait(Test->Layer.Lower, Irp);
    if (NT_SUCCESS(Status))
        Status = TestQueryInterfaces(Test);
    Test->Started = NT_SUCCESS(Status);
    if (Test->Started) {
        TestConnectByItself(Test);
        TestArmByItself(Test);
    }
    return Complete(Irp, Status, 0);
}

// 0xFF: it is none.
static ULONG TestFunctionNumber(PDEVICE_OBJECT PhysicalDevice)
{
    WCHAR Enumerator[8];
    ULONG Address, Length;
    if (!NT_SUCCESS(IoGetDeviceProperty(PhysicalDevice, DevicePropertyEnumeratorName,
                                        sizeof(Enumerator), Enumerator, &Length)) ||
        _wcsicmp(Enumerator, L"PCI") != 0 ||
        !NT_SUCCESS(IoGetDeviceProperty(PhysicalDevice, DevicePropertyAddress, sizeof(Address),
                                        &Address, &Length)))
        return 0xFF;
    return Address & 0xFFFF;
}

// The firmware's come in the order of their numbers.
static ULONG TestNumber(PDEVICE_OBJECT PhysicalDevice)
{
    static LONG Count;
    ULONG Function = TestFunctionNumber(PhysicalDevice);
    return Function == 0xFF ? (ULONG)InterlockedIncrement(&Count) - 1 : Function + 1;
}

static NTSTATUS NTAPI TestAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDevice)
{
    WCHAR Text[] = ACPITEST_DEVICE_NAME L"0";
    PDEVICE_OBJECT Self;
    Text[RTL_NUMBER_OF(Text) - 2] = (WCHAR)(L'0' + TestNumber(PhysicalDevice));
    NTSTATUS Status = LayerCreate(DriverObject, PhysicalDevice, Text, sizeof(ACPITEST), &Self);
    if (!NT_SUCCESS(Status))
        return Status;
    PACPITEST Test = Self->DeviceExtension;
    ExInitializeFastMutex(&Test->Lock);
    KeInitializeEvent(&Test->SentDone, NotificationEvent, FALSE);
    KeInitializeEvent(&Test->WakeDone, NotificationEvent, TRUE);
    Self->Flags |= DO_POWER_PAGABLE;
    return LayerAttach(&Test->Layer);
}

static NTSTATUS NTAPI TestPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PACPITEST Test = DeviceObject->DeviceExtension;
    switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        return TestStart(Test, Irp);
    case IRP_MN_REMOVE_DEVICE:
        Test->Started = FALSE;
        TestReleaseInterfaces(Test);
        return LayerRemove(&Test->Layer, Irp);
    default:
        return PassPnp(Test->Layer.Lower, Irp, TRUE);
    }
}

static NTSTATUS NTAPI TestPower(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PACPITEST Test = DeviceObject->DeviceExtension;
    return PassPower(Test->Layer.Lower, Irp);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    LayerSetRoutines(DriverObject, TestAddDevice, TestControl, TestPnp);
    DriverObject->MajorFunction[IRP_MJ_POWER] = TestPower;
    return STATUS_SUCCESS;
}
