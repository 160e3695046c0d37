// The interfaces of the ACPI driver.
#include <initguid.h>

#include "driver.h"

#include <acpiioct.h>
#include <wdmguid.h>

// A function of PCI that the firmware does not know has none.
NTSTATUS TestQueryInterfaces(PACPITEST Test)
{
    NTSTATUS Status = QueryLowerInterface(Test->Layer.Lower, &GUID_ACPI_INTERFACE_STANDARD,
                                          sizeof(Test->First), 1, &Test->First);
    if (Status == STATUS_NOT_SUPPORTED)
        return STATUS_SUCCESS;
    return NT_SUCCESS(Status)
               ? QueryLowerInterface(Test->Layer.Lower, &GUID_ACPI_INTERFACE_STANDARD2,
                                     sizeof(Test->Second), 1, &Test->Second)
               : Status;
}

VOID TestReleaseInterfaces(PACPITEST Test)
{
    if (Test->Object)
        (VOID) Test->First.GpeDisconnectVector(Test->Object);
    Test->Object = NULL;
    if (Test->Second.UnregisterForDeviceNotifications)
        Test->Second.UnregisterForDeviceNotifications(Test->Second.Context);
    ReleaseInterface(&Test->First);
    ReleaseInterface(&Test->Second);
}

NTSTATUS TestQuery(PACPITEST Test, PACPITEST_REQUEST Request)
{
    union {
        INTERFACE Header;
        ACPI_INTERFACE_STANDARD2 Whole;
    } Interface = {};
    const GUID *Type =
        Request->Version == 1 ? &GUID_ACPI_INTERFACE_STANDARD : &GUID_ACPI_INTERFACE_STANDARD2;
    Request->Status =
        QueryLowerInterface(Test->Layer.Lower, Type, (USHORT)Request->Value, 1, &Interface);
    Request->Value = Interface.Header.Size;
    Request->Length = Interface.Header.Version;
    if (NT_SUCCESS(Request->Status))
        ReleaseInterface(&Interface);
    return STATUS_SUCCESS;
}

// ---- What the ACPI driver calls

static BOOLEAN NTAPI TestService(PVOID ObjectContext, PVOID ServiceContext)
{
    PACPITEST Test = ServiceContext;
    UNREFERENCED_PARAMETER(ObjectContext);
    DbgPrint("acpitest: event %ld at IRQL %u\n", InterlockedIncrement(&Test->Served),
             KeGetCurrentIrql());
    return TRUE;
}

static VOID NTAPI TestNotify(PVOID Context, ULONG NotifyCode)
{
    PACPITEST Test = Context;
    LONG Number = InterlockedIncrement(&Test->Heard);
    Test->Values[(Number - 1) % MostHeard] = (UCHAR)NotifyCode;
    DbgPrint("acpitest: notification 0x%lx at IRQL %u\n", NotifyCode, KeGetCurrentIrql());
}

// ---- Calls

NTSTATUS TestConnect(PACPITEST Test, PACPITEST_REQUEST Request)
{
    KINTERRUPT_MODE Mode = Request->Flags & ACPITEST_LATCHED ? Latched : LevelSensitive;
    BOOLEAN Shareable = (Request->Flags & ACPITEST_SHAREABLE) != 0;
    if (Test->Object)
        return STATUS_DEVICE_BUSY;
    Request->Status =
        Request->Version == 1
            ? Test->First.GpeConnectVector(Test->First.Context, Request->Value, Mode, Shareable,
                                           TestService, Test, &Test->Object)
            : Test->Second.GpeConnectVector(Test->Second.Context, Request->Value, Mode, Shareable,
                                            TestService, Test, &Test->Object);
    return STATUS_SUCCESS;
}

NTSTATUS TestDisconnect(PACPITEST Test, PACPITEST_REQUEST Request)
{
    Request->Status = Request->Version == 1
                          ? Test->First.GpeDisconnectVector(Test->Object)
                          : Test->Second.GpeDisconnectVector(Test->Second.Context, Test->Object);
    if (NT_SUCCESS(Request->Status))
        Test->Object = NULL;
    return STATUS_SUCCESS;
}

// What both interfaces have alike.
static NTSTATUS TestCall(PACPITEST Test, PACPITEST_REQUEST Request, PGPE_ENABLE_EVENT First,
                         PGPE_ENABLE_EVENT2 Second)
{
    Request->Status = Request->Version == 1 ? First(Test->First.Context, Test->Object)
                                            : Second(Test->Second.Context, Test->Object);
    return STATUS_SUCCESS;
}

NTSTATUS TestEnable(PACPITEST Test, PACPITEST_REQUEST Request)
{
    return TestCall(Test, Request, Test->First.GpeEnableEvent, Test->Second.GpeEnableEvent);
}

// From DISPATCH_LEVEL, as service routines do it.
NTSTATUS TestDisable(PACPITEST Test, PACPITEST_REQUEST Request)
{
    KIRQL Irql = KeGetCurrentIrql();
    if (Request->Flags)
        KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    NTSTATUS Status =
        TestCall(Test, Request, Test->First.GpeDisableEvent, Test->Second.GpeDisableEvent);
    if (Request->Flags)
        KeLowerIrql(Irql);
    return Status;
}

NTSTATUS TestClear(PACPITEST Test, PACPITEST_REQUEST Request)
{
    return TestCall(Test, Request, Test->First.GpeClearStatus, Test->Second.GpeClearStatus);
}

NTSTATUS TestRegister(PACPITEST Test, PACPITEST_REQUEST Request)
{
    Request->Status =
        Request->Version == 1
            ? Test->First.RegisterForDeviceNotifications(Test->First.Context, TestNotify, Test)
            : Test->Second.RegisterForDeviceNotifications(Test->Second.Context, TestNotify, Test);
    return STATUS_SUCCESS;
}

NTSTATUS TestUnregister(PACPITEST Test, PACPITEST_REQUEST Request)
{
    if (Request->Version == 1)
        Test->First.UnregisterForDeviceNotifications(Test->First.Context, TestNotify);
    else
        Test->Second.UnregisterForDeviceNotifications(Test->Second.Context);
    return STATUS_SUCCESS;
}

NTSTATUS TestHeard(PACPITEST Test, PACPITEST_REQUEST Request)
{
    Request->Value = (ULONG)Test->Heard;
    Request->Length = (ULONG)Test->Served;
    RtlCopyMemory(Request->Data, Test->Values, sizeof(Test->Values));
    return STATUS_SUCCESS;
}

// ---- Without a program

BOOLEAN TestReadNumber(PACPITEST Test, PCSTR Name, PULONG Number)
{
    ACPI_EVAL_INPUT_BUFFER Input = {.Signature = ACPI_EVAL_INPUT_BUFFER_SIGNATURE};
    ACPI_EVAL_OUTPUT_BUFFER Output = {};
    IO_STATUS_BLOCK IoStatus = {};
    KEVENT Done;
    RtlCopyMemory(Input.MethodName, Name, sizeof(Input.MethodName));
    KeInitializeEvent(&Done, NotificationEvent, FALSE);
    PIRP Irp = IoBuildDeviceIoControlRequest(IOCTL_ACPI_EVAL_METHOD, Test->Layer.Lower, &Input,
                                             sizeof(Input), &Output, sizeof(Output), FALSE, &Done,
                                             &IoStatus);
    if (Irp && IoCallDriver(Test->Layer.Lower, Irp) == STATUS_PENDING)
        KeWaitForSingleObject(&Done, Executive, KernelMode, FALSE, NULL);
    if (!Irp || !NT_SUCCESS(IoStatus.Status) || Output.Count != 1)
        return FALSE;
    *Number = Output.Argument[0].Argument;
    return TRUE;
}

VOID TestConnectByItself(PACPITEST Test)
{
    ACPITEST_REQUEST Request = {.Version = 2};
    if (!TestReadNumber(Test, "_GPE", &Request.Value))
        return; // it names none
    (VOID) TestConnect(Test, &Request);
    DbgPrint("acpitest: connected to event %lu: 0x%08lx\n", Request.Value, Request.Status);
    (VOID) TestRegister(Test, &Request);
    DbgPrint("acpitest: registered: 0x%08lx\n", Request.Status);
}
