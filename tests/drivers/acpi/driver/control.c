// What the program asks for.
#include "driver.h"

static NTSTATUS TestSend(PACPITEST Test, PACPITEST_REQUEST Request)
{
    ULONG_PTR Length = 0;
    if (Request->Input > ACPITEST_DATA || Request->Output > ACPITEST_DATA)
        return STATUS_INVALID_PARAMETER;
    Request->Status = ControlLower(Test->Layer.Lower, FALSE, Request->Code, Request->Data,
                                   Request->Input, Request->Output, &Length);
    Request->Length = (ULONG)Length;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI TestSendDone(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    PACPITEST Test = Context;
    UNREFERENCED_PARAMETER(DeviceObject);
    Test->SentStatus = Irp->IoStatus.Status;
    Test->SentLength = (ULONG)Irp->IoStatus.Information;
    KeSetEvent(&Test->SentDone, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

// Flags not 0: from DISPATCH_LEVEL.
static NTSTATUS TestSendLater(PACPITEST Test, PACPITEST_REQUEST Request)
{
    KIRQL Irql = KeGetCurrentIrql();
    if (Test->Sent || Request->Input > ACPITEST_DATA || Request->Output > ACPITEST_DATA)
        return STATUS_INVALID_PARAMETER;
    Test->Sent = IoAllocateIrp(Test->Layer.Lower->StackSize, FALSE);
    if (!Test->Sent)
        return STATUS_INSUFFICIENT_RESOURCES;
    PIO_STACK_LOCATION Stack = IoGetNextIrpStackLocation(Test->Sent);
    RtlCopyMemory(Test->SentData, Request->Data, Request->Input);
    Test->Sent->AssociatedIrp.SystemBuffer = Test->SentData;
    Stack->MajorFunction = IRP_MJ_DEVICE_CONTROL;
    Stack->Parameters.DeviceIoControl.IoControlCode = Request->Code;
    Stack->Parameters.DeviceIoControl.InputBufferLength = Request->Input;
    Stack->Parameters.DeviceIoControl.OutputBufferLength = Request->Output;
    IoSetCompletionRoutine(Test->Sent, TestSendDone, Test, TRUE, TRUE, TRUE);
    KeClearEvent(&Test->SentDone);
    if (Request->Flags)
        KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    (VOID) IoCallDriver(Test->Layer.Lower, Test->Sent);
    if (Request->Flags)
        KeLowerIrql(Irql);
    return STATUS_SUCCESS;
}

static NTSTATUS TestSent(PACPITEST Test, PACPITEST_REQUEST Request)
{
    if (!Test->Sent)
        return STATUS_INVALID_PARAMETER;
    Request->Status = STATUS_PENDING;
    if (!KeReadStateEvent(&Test->SentDone))
        return STATUS_SUCCESS;
    IoFreeIrp(Test->Sent);
    Test->Sent = NULL;
    Request->Status = Test->SentStatus;
    Request->Length = Test->SentLength;
    RtlCopyMemory(Request->Data, Test->SentData, sizeof(Request->Data));
    return STATUS_SUCCESS;
}

static NTSTATUS TestCancel(PACPITEST Test, PACPITEST_REQUEST Request)
{
    if (!Test->Sent)
        return STATUS_INVALID_PARAMETER;
    IoCancelIrp(Test->Sent);
    KeWaitForSingleObject(&Test->SentDone, Executive, KernelMode, FALSE, NULL);
    return TestSent(Test, Request);
}

static NTSTATUS TestDie(PACPITEST Test, PACPITEST_REQUEST Request)
{
    UNREFERENCED_PARAMETER(Test);
    UNREFERENCED_PARAMETER(Request);
    *(volatile ULONG *)0 = 0;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI TestControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    static NTSTATUS (*const Actions[])(PACPITEST Test, PACPITEST_REQUEST Request) = {
        [ACPITEST_SEND] = TestSend,
        [ACPITEST_SEND_LATER] = TestSendLater,
        [ACPITEST_SENT] = TestSent,
        [ACPITEST_CANCEL] = TestCancel,
        [ACPITEST_QUERY] = TestQuery,
        [ACPITEST_CONNECT] = TestConnect,
        [ACPITEST_DISCONNECT] = TestDisconnect,
        [ACPITEST_ENABLE] = TestEnable,
        [ACPITEST_DISABLE] = TestDisable,
        [ACPITEST_CLEAR] = TestClear,
        [ACPITEST_REGISTER] = TestRegister,
        [ACPITEST_UNREGISTER] = TestUnregister,
        [ACPITEST_HEARD] = TestHeard,
        [ACPITEST_WAIT_WAKE] = TestWaitWake,
        [ACPITEST_WAKE_STATUS] = TestWakeStatus,
        [ACPITEST_CANCEL_WAKE] = TestCancelWake,
        [ACPITEST_SET_POWER] = TestSetPower,
        [ACPITEST_DIE] = TestDie,
    };
    static_assert(RTL_NUMBER_OF(Actions) == ACPITEST_REQUESTS);
    PACPITEST Test = DeviceObject->DeviceExtension;
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PACPITEST_REQUEST Request = Irp->AssociatedIrp.SystemBuffer;
    NTSTATUS Status = STATUS_INVALID_DEVICE_REQUEST;
    ULONG Size = sizeof(*Request);
    if (Stack->Parameters.DeviceIoControl.InputBufferLength < Size ||
        Stack->Parameters.DeviceIoControl.OutputBufferLength < Size)
        Status = STATUS_INVALID_PARAMETER;
    ExAcquireFastMutex(&Test->Lock);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Actions) && Status != STATUS_INVALID_PARAMETER; i++) {
        if (Stack->Parameters.DeviceIoControl.IoControlCode != ACPITEST_CODE(i))
            continue;
        Status = Test->Started ? Actions[i](Test, Request) : STATUS_DEVICE_NOT_READY;
        break;
    }
    ExReleaseFastMutex(&Test->Lock);
    return Complete(Irp, Status, NT_SUCCESS(Status) ? Size : 0);
}
