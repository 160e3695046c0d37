// sectest.sys: the dispatch of what the test program asks.

#include "driver.h"

#include "layer.h"

DRIVER_INITIALIZE DriverEntry;

PDRIVER_OBJECT TestDriver;
static PACCESS_TOKEN OpenersToken; // of the last open, kept beyond it
static BOOLEAN OpenerImpersonates;

static NTSTATUS NTAPI Create(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    const IO_STACK_LOCATION *Stack = IoGetCurrentIrpStackLocation(Irp);
    PSECURITY_SUBJECT_CONTEXT Subject =
        &Stack->Parameters.Create.SecurityContext->AccessState->SubjectSecurityContext;
    UNREFERENCED_PARAMETER(DeviceObject);
    if (OpenersToken)
        ObDereferenceObject(OpenersToken);
    OpenersToken = SeQuerySubjectContextToken(Subject);
    OpenerImpersonates = Subject->ClientToken != NULL;
    ObReferenceObject(OpenersToken);
    return Complete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI Close(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    return Complete(Irp, STATUS_SUCCESS, 0);
}

static ULONG RunTests(VOID)
{
    static ULONG (*const Tests[])(VOID) = {TestExports,    TestFilter,        TestKernelMode,
                                           TestOwnHandles, TestSecureDevices, TestMixedWaits,
                                           TestAssign};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Tests); i++) {
        ULONG Line = Tests[i]();
        if (Line)
            return (i + 1) * 1000 + Line;
    }
    return 0;
}

static NTSTATUS NTAPI Control(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    const IO_STACK_LOCATION *Stack = IoGetCurrentIrpStackLocation(Irp);
    PVOID Buffer = Irp->AssociatedIrp.SystemBuffer;
    SECURITY_SUBJECT_CONTEXT Context;
    ULONG_PTR Information = 0;
    NTSTATUS Status = STATUS_SUCCESS;
    UNREFERENCED_PARAMETER(DeviceObject);
    switch (Stack->Parameters.DeviceIoControl.IoControlCode) {
    case SECTEST_SELF:
        *(PULONG)Buffer = RunTests();
        Information = sizeof(ULONG);
        break;
    case SECTEST_SUBJECT:
        SeCaptureSubjectContext(&Context);
        TestDescribe(&Context, Buffer);
        SeReleaseSubjectContext(&Context);
        Information = sizeof(SECTEST_SUBJECT_INFO);
        break;
    case SECTEST_OPENER:
        Context = (SECURITY_SUBJECT_CONTEXT){.PrimaryToken = OpenersToken};
        TestDescribe(&Context, Buffer);
        ((SECTEST_SUBJECT_INFO *)Buffer)->Impersonates = OpenerImpersonates;
        Information = sizeof(SECTEST_SUBJECT_INFO);
        break;
    case SECTEST_PRIVILEGE:
        Status = TestPrivilege(*(PLUID)Buffer);
        break;
    case SECTEST_ACCESS:
        Status = TestAccess(*(PACCESS_MASK)Buffer, Buffer);
        Information = NT_SUCCESS(Status) ? sizeof(ACCESS_MASK) : 0;
        break;
    case SECTEST_EVENT:
        Status = TestEvent(Buffer);
        break;
    case SECTEST_FILE:
        Status = TestFile(Buffer, Stack->FileObject, &Information);
        break;
    case SECTEST_PROCESS:
        Status = TestProcess(Buffer, &Information);
        break;
    case SECTEST_SEMAPHORE:
        Status = TestCallersSemaphore(Buffer, &Information);
        break;
    case SECTEST_WAIT:
        Status = TestCallersWait(Buffer);
        break;
    case SECTEST_THREAD:
        Status = TestCallersThread(Buffer, &Information);
        break;
    case SECTEST_NAMED:
        Status = TestNamed();
        break;
    case SECTEST_CREATE:
        Status = TestCreate(Buffer, Stack->Parameters.DeviceIoControl.InputBufferLength);
        break;
    default:
        Status = STATUS_INVALID_DEVICE_REQUEST;
        break;
    }
    return Complete(Irp, Status, Information);
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    if (OpenersToken)
        ObDereferenceObject(OpenersToken);
    while (DriverObject->DeviceObject)
        IoDeleteDevice(DriverObject->DeviceObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\SecTest");
    PDEVICE_OBJECT Device;
    UNREFERENCED_PARAMETER(RegistryPath);
    TestDriver = DriverObject;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = Create;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = Close;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = Close;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = Control;
    DriverObject->DriverUnload = Unload;
    return IoCreateDevice(DriverObject, 0, &Name, FILE_DEVICE_UNKNOWN, 0, FALSE, &Device);
}
