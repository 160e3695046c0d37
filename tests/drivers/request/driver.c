// A driver that answers requests in every way there is.

#include <ntddk.h>

#include "layer.h"
#include "request.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_DISPATCH RequestControl;
static DRIVER_CANCEL RequestCancel;
static DRIVER_UNLOAD RequestUnload;

static KTIMER LaterTimer;
static KDPC LaterDpc;
static PIRP LaterIrp;

static VOID AddOne(PUCHAR Output, const UCHAR *Input, ULONG Length)
{
    for (ULONG i = 0; i < Length; i++)
        Output[i] = (UCHAR)(Input[i] + 1);
}

static NTSTATUS AnswerDirect(PIRP Irp, ULONG Length)
{
    PUCHAR Output = MmGetSystemAddressForMdlSafe(Irp->MdlAddress, NormalPagePriority);
    if (!Output)
        return Complete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    AddOne(Output, Irp->AssociatedIrp.SystemBuffer, Length);
    return Complete(Irp, STATUS_SUCCESS, Length);
}

static NTSTATUS AnswerNeither(PIRP Irp, PIO_STACK_LOCATION Stack, ULONG Length)
{
    NTSTATUS Status = STATUS_SUCCESS;
    PUCHAR Input = Stack->Parameters.DeviceIoControl.Type3InputBuffer, Output = Irp->UserBuffer;
    __try {
        ProbeForRead(Input, Length, 1);
        ProbeForWrite(Output, Length, 1);
        AddOne(Output, Input, Length);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Status = GetExceptionCode();
    }
    return Complete(Irp, Status, NT_SUCCESS(Status) ? Length : 0);
}

static VOID NTAPI LaterRoutine(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    Complete(LaterIrp, STATUS_SUCCESS, 0);
}

static NTSTATUS AnswerLater(PIRP Irp)
{
    LARGE_INTEGER Due = {.QuadPart = -200'000};
    IoMarkIrpPending(Irp);
    LaterIrp = Irp;
    KeSetTimer(&LaterTimer, Due, &LaterDpc);
    return STATUS_PENDING;
}

static VOID NTAPI RequestCancel(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    IoReleaseCancelSpinLock(Irp->CancelIrql);
    Complete(Irp, STATUS_CANCELLED, 0);
}

static NTSTATUS AnswerNever(PIRP Irp)
{
    IoMarkIrpPending(Irp);
    IoSetCancelRoutine(Irp, RequestCancel);
    return STATUS_PENDING;
}

static NTSTATUS AnswerInline(PIRP Irp, ULONG Length)
{
    PULONG Output = Irp->AssociatedIrp.SystemBuffer;
    KIRQL Irql;
    if (Length < 2 * sizeof(ULONG))
        return Complete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    Output[0] = KeGetCurrentIrql();
    KeLowerIrql(Irql);
    Output[1] = *(volatile ULONG *)0xFFFFF78000000260; // KUSER_SHARED_DATA.NtBuildNumber
    return Complete(Irp, STATUS_SUCCESS, 2 * sizeof(ULONG));
}

static NTSTATUS AnswerFault(PIRP Irp)
{
    ULONG Value = *(volatile ULONG *)0x10;
    return Complete(Irp, STATUS_SUCCESS, Value);
}

static NTSTATUS AnswerBlock(PIRP Irp)
{
    LARGE_INTEGER Interval = {.QuadPart = -500'000};
    KeDelayExecutionThread(KernelMode, FALSE, &Interval);
    return Complete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI RequestControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG Output = Stack->Parameters.DeviceIoControl.OutputBufferLength;
    ULONG Length = min(Output, Stack->Parameters.DeviceIoControl.InputBufferLength);
    switch (Stack->Parameters.DeviceIoControl.IoControlCode) {
    case REQUEST_BUFFERED:
        AddOne(Irp->AssociatedIrp.SystemBuffer, Irp->AssociatedIrp.SystemBuffer, Length);
        return Complete(Irp, STATUS_SUCCESS, Length);
    case REQUEST_DIRECT:
        return AnswerDirect(Irp, Length);
    case REQUEST_NEITHER:
        return AnswerNeither(Irp, Stack, Length);
    case REQUEST_LATER:
        return AnswerLater(Irp);
    case REQUEST_NEVER:
        return AnswerNever(Irp);
    case REQUEST_INLINE:
        return AnswerInline(Irp, Output);
    case REQUEST_FAULT:
        return AnswerFault(Irp);
    case REQUEST_BLOCK:
        return AnswerBlock(Irp);
    default:
        return Complete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
}

static VOID NTAPI RequestUnload(PDRIVER_OBJECT DriverObject)
{
    IoDeleteDevice(DriverObject->DeviceObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\RequestTest");
    PDEVICE_OBJECT Device;
    KeInitializeTimer(&LaterTimer);
    KeInitializeDpc(&LaterDpc, LaterRoutine, nullptr);
    DriverObject->MajorFunction[IRP_MJ_CREATE] = AcceptOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = AcceptOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = AcceptOpenClose;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = RequestControl;
    DriverObject->DriverUnload = RequestUnload;
    return IoCreateDevice(DriverObject, 0, &Name, FILE_DEVICE_UNKNOWN, 0, FALSE, &Device);
}
