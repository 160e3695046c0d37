// iotest.sys: the dispatch of what the test program asks.

#include "driver.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_DISPATCH TestOpenClose, TestControl, TestTransfer;
static DRIVER_UNLOAD TestUnload;

PDEVICE_OBJECT TestDevice, TestLower, TestDirect;

NTSTATUS TestComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static NTSTATUS NTAPI TestOpenClose(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    return TestComplete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS RunSelfTest(PIRP Irp, PIO_STACK_LOCATION Stack)
{
    static ULONG (*const Tests[IoTestCount])(VOID) = {
        [IoTestWorkItems] = TestWorkItems,
        [IoTestRemoveLock] = TestRemoveLock,
        [IoTestBuiltControls] = TestBuiltControls,
        [IoTestBuiltTransfers] = TestBuiltTransfers,
        [IoTestAsynchronous] = TestAsynchronous,
        [IoTestOwnPointer] = TestOwnPointer,
        [IoTestForeignPointer] = TestForeignPointer,
        [IoTestCompletionStops] = TestCompletionStops,
        [IoTestGuardedCompletion] = TestGuardedCompletion,
        [IoTestPartialMdl] = TestPartialMdl,
        [IoTestAssociated] = TestAssociated,
        [IoTestDriverExtension] = TestDriverExtension,
        [IoTestShareAccess] = TestShareAccess,
        [IoTestDeviceTimer] = TestDeviceTimer,
        [IoTestQueueContext] = TestQueueContext,
        [IoTestDeferredStart] = TestDeferredStart,
        [IoTestErrorLog] = TestErrorLog,
        [IoTestDiskSectors] = TestDiskSectors,
    };
    PULONG Number = Irp->AssociatedIrp.SystemBuffer;
    if (Stack->Parameters.DeviceIoControl.InputBufferLength < sizeof(ULONG) ||
        Stack->Parameters.DeviceIoControl.OutputBufferLength < sizeof(ULONG) ||
        *Number >= IoTestCount)
        return TestComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    *Number = Tests[*Number]();
    return TestComplete(Irp, STATUS_SUCCESS, sizeof(ULONG));
}

// The innermost handler that wants the exception gets it, after the termination handlers below it.
static NTSTATUS Unwind(PIRP Irp)
{
    volatile ULONG Steps = 0;
    NTSTATUS Status = STATUS_UNSUCCESSFUL;
    __try {
        __try {
            *(volatile ULONG *)0x10 = 1;
        } __finally {
            Steps++;
        }
    } __except (GetExceptionCode() == STATUS_ACCESS_VIOLATION ? EXCEPTION_EXECUTE_HANDLER
                                                              : EXCEPTION_CONTINUE_SEARCH) {
        Status = GetExceptionCode();
    }
    return TestComplete(Irp, Steps == 1 ? Status : STATUS_UNSUCCESSFUL, 0);
}

static NTSTATUS NTAPI TestControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG Code = Stack->Parameters.DeviceIoControl.IoControlCode;
    if (TestDisk && DeviceObject == TestDisk)
        return TestDiskDispatch(Irp);
    if (DeviceObject != TestDevice)
        return TestLowerDispatch(DeviceObject, Irp);
    switch (Code) {
    case IOTEST_SELF:
        return RunSelfTest(Irp, Stack);
    case IOTEST_LATER:
        return TestPendLater(Irp);
    case IOTEST_DPC:
    case IOTEST_WORK:
    case IOTEST_THREAD:
        return TestPend(Irp, Code);
    case IOTEST_START:
        return TestStart(Irp);
    case IOTEST_ORDER:
        return TestOrder(Irp, Stack->Parameters.DeviceIoControl.OutputBufferLength);
    case IOTEST_QUEUE:
        return TestQueue(Irp);
    case IOTEST_RELEASE:
        return TestRelease(Irp);
    case IOTEST_STACK:
        return TestStack(Irp);
    case IOTEST_UNWIND:
        return Unwind(Irp);
    default:
        return TestTransferControl(Irp, Stack);
    }
}

static NTSTATUS NTAPI TestTransfer(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    if (TestDisk && DeviceObject == TestDisk)
        return TestDiskDispatch(Irp);
    if (DeviceObject == TestDevice)
        return TestComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    return TestLowerDispatch(DeviceObject, Irp);
}

static VOID NTAPI TestUnload(PDRIVER_OBJECT DriverObject)
{
    while (DriverObject->DeviceObject)
        IoDeleteDevice(DriverObject->DeviceObject);
}

static NTSTATUS MakeDevice(PDRIVER_OBJECT Driver, PCWSTR Name, ULONG Flags, PDEVICE_OBJECT *Device)
{
    UNICODE_STRING DeviceName;
    RtlInitUnicodeString(&DeviceName, Name);
    NTSTATUS Status = IoCreateDevice(Driver, 0, &DeviceName, FILE_DEVICE_UNKNOWN, 0, FALSE, Device);
    if (NT_SUCCESS(Status))
        (*Device)->Flags |= Flags;
    return Status;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->MajorFunction[IRP_MJ_CREATE] = TestOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = TestOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = TestOpenClose;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = TestControl;
    DriverObject->MajorFunction[IRP_MJ_INTERNAL_DEVICE_CONTROL] = TestControl;
    DriverObject->MajorFunction[IRP_MJ_READ] = TestTransfer;
    DriverObject->MajorFunction[IRP_MJ_WRITE] = TestTransfer;
    DriverObject->MajorFunction[IRP_MJ_FLUSH_BUFFERS] = TestTransfer;
    DriverObject->DriverStartIo = TestStartIo;
    DriverObject->DriverUnload = TestUnload;
    TestStartPending();
    TestStartQueues();
    NTSTATUS Status = MakeDevice(DriverObject, L"\\Device\\IoTest", 0, &TestDevice);
    if (NT_SUCCESS(Status))
        Status = MakeDevice(DriverObject, L"\\Device\\IoTestLower", DO_BUFFERED_IO, &TestLower);
    if (NT_SUCCESS(Status))
        Status = MakeDevice(DriverObject, L"\\Device\\IoTestDirect", DO_DIRECT_IO, &TestDirect);
    if (!NT_SUCCESS(Status))
        TestUnload(DriverObject);
    else
        TestDevice->StackSize = 3; // TestStack goes down two more
    return Status;
}
