// What the program asks for.
#include "driver.h"

static NTSTATUS FunctionReadConfig(PFUNCTION Function, PFUNCTION_REQUEST Request)
{
    ULONG Value = 0;
    if (!Request->Size || Request->Size > sizeof(Value) ||
        Function->Bus.GetBusData(Function->Bus.Context, PCI_WHICHSPACE_CONFIG, &Value,
                                 Request->Offset, Request->Size) != Request->Size)
        return STATUS_INVALID_PARAMETER;
    Request->Value = Value;
    return STATUS_SUCCESS;
}

static NTSTATUS FunctionWriteConfig(PFUNCTION Function, PFUNCTION_REQUEST Request)
{
    if (!Request->Size || Request->Size > sizeof(Request->Value) ||
        Function->Bus.SetBusData(Function->Bus.Context, PCI_WHICHSPACE_CONFIG, &Request->Value,
                                 Request->Offset, Request->Size) != Request->Size)
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

static PULONG FunctionRegister(const FUNCTION *Function, const FUNCTION_REQUEST *Request)
{
    if (Request->Index >= Function->RangeCount || Request->Offset % sizeof(ULONG) ||
        Request->Offset >= Function->Ranges[Request->Index].Length)
        return NULL;
    return (PULONG)(Function->Ranges[Request->Index].Address + Request->Offset);
}

static NTSTATUS FunctionReadRange(PFUNCTION Function, PFUNCTION_REQUEST Request)
{
    PULONG Register = FunctionRegister(Function, Request);
    if (!Register)
        return STATUS_INVALID_PARAMETER;
    Request->Value = READ_REGISTER_ULONG(Register);
    return STATUS_SUCCESS;
}

static NTSTATUS FunctionWriteRange(PFUNCTION Function, PFUNCTION_REQUEST Request)
{
    PULONG Register = FunctionRegister(Function, Request);
    if (!Register)
        return STATUS_INVALID_PARAMETER;
    WRITE_REGISTER_ULONG(Register, Request->Value);
    return STATUS_SUCCESS;
}

static NTSTATUS FunctionDoSetPower(PFUNCTION Function, PFUNCTION_REQUEST Request)
{
    Request->Status = FunctionSetPower(Function, (DEVICE_POWER_STATE)Request->Value);
    return STATUS_SUCCESS;
}

static NTSTATUS FunctionDoResetTypes(PFUNCTION Function, PFUNCTION_REQUEST Request)
{
    Request->Value = Function->Reset.SupportedResetTypes;
    return STATUS_SUCCESS;
}

static NTSTATUS FunctionDoReset(PFUNCTION Function, PFUNCTION_REQUEST Request)
{
    Request->Status = Function->Reset.DeviceReset(Function->Reset.Context,
                                                  (DEVICE_RESET_TYPE)Request->Value, 0, NULL);
    return STATUS_SUCCESS;
}

static NTSTATUS FunctionDoWaitWake(PFUNCTION Function, PFUNCTION_REQUEST Request)
{
    Request->Status = FunctionWaitWake(Function);
    return STATUS_SUCCESS;
}

static NTSTATUS FunctionDoCancelWake(PFUNCTION Function, PFUNCTION_REQUEST Request)
{
    Request->Status = FunctionCancelWake(Function);
    return STATUS_SUCCESS;
}

static NTSTATUS FunctionDoWakeStatus(PFUNCTION Function, PFUNCTION_REQUEST Request)
{
    Request->Status = Function->WakeStatus;
    return STATUS_SUCCESS;
}

static NTSTATUS FunctionDoCapabilities(PFUNCTION Function, PFUNCTION_REQUEST Request)
{
    DEVICE_CAPABILITIES Capabilities = {
        .Size = sizeof(Capabilities), .Version = 1, .Address = MAXULONG, .UINumber = MAXULONG};
    IO_STACK_LOCATION Stack = {.MinorFunction = IRP_MN_QUERY_CAPABILITIES};
    Stack.Parameters.DeviceCapabilities.Capabilities = &Capabilities;
    if (Request->Offset >= PowerSystemMaximum)
        return STATUS_INVALID_PARAMETER;
    Request->Status = AskLower(Function->Layer.Lower, &Stack);
    Request->Value = Capabilities.DeviceState[Request->Offset];
    Request->Size = (ULONG)(Capabilities.WakeFromD0 | Capabilities.WakeFromD1 << 1 |
                            Capabilities.WakeFromD2 << 2 | Capabilities.WakeFromD3 << 3);
    return STATUS_SUCCESS;
}

static NTSTATUS FunctionDoIdentifiers(PFUNCTION Function, PFUNCTION_REQUEST Request)
{
    Request->Offset = 0;
    Request->Size = sizeof(ULONG);
    return FunctionReadConfig(Function, Request);
}

NTSTATUS NTAPI FunctionControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    static NTSTATUS (*const Actions[])(PFUNCTION Function, PFUNCTION_REQUEST Request) = {
        [FUNCTION_READ] = FunctionReadConfig,
        [FUNCTION_WRITE] = FunctionWriteConfig,
        [FUNCTION_READ_RANGE] = FunctionReadRange,
        [FUNCTION_WRITE_RANGE] = FunctionWriteRange,
        [FUNCTION_SET_POWER] = FunctionDoSetPower,
        [FUNCTION_RESET_TYPES] = FunctionDoResetTypes,
        [FUNCTION_RESET] = FunctionDoReset,
        [FUNCTION_WAIT_WAKE] = FunctionDoWaitWake,
        [FUNCTION_CANCEL_WAKE] = FunctionDoCancelWake,
        [FUNCTION_WAKE_STATUS] = FunctionDoWakeStatus,
        [FUNCTION_CAPABILITIES] = FunctionDoCapabilities,
        [FUNCTION_IDENTIFIERS] = FunctionDoIdentifiers,
    };
    static_assert(RTL_NUMBER_OF(Actions) == FUNCTION_REQUESTS);
    PFUNCTION Function = DeviceObject->DeviceExtension;
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PFUNCTION_REQUEST Request = Irp->AssociatedIrp.SystemBuffer;
    NTSTATUS Status = STATUS_INVALID_DEVICE_REQUEST;
    ULONG Size = sizeof(*Request);
    if (Stack->Parameters.DeviceIoControl.InputBufferLength < Size ||
        Stack->Parameters.DeviceIoControl.OutputBufferLength < Size)
        Status = STATUS_INVALID_PARAMETER;
    ExAcquireFastMutex(&Function->Lock);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Actions) && Status != STATUS_INVALID_PARAMETER; i++) {
        if (Stack->Parameters.DeviceIoControl.IoControlCode != FUNCTION_CODE(i))
            continue;
        Status = Function->Started ? Actions[i](Function, Request) : STATUS_DEVICE_NOT_READY;
        break;
    }
    ExReleaseFastMutex(&Function->Lock);
    return Complete(Irp, Status, NT_SUCCESS(Status) ? Size : 0);
}
