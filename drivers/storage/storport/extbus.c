// Extended functions that ask the bus: masks of messages, resets of the function, methods of the firmware. Its drivers may
// be in another host, so all of them wait.
#include "storportp.h"

#include "ask.h"

#include <acpiioct.h>

// The interface of the stack below; the caller gives it back.
NTSTATUS StorpQueryInterface(PSTOR_ADAPTER Adapter, const GUID *Type, USHORT Version,
                             PINTERFACE Interface, USHORT Size)
{
    KEVENT Done;
    IO_STATUS_BLOCK Io;
    KeInitializeEvent(&Done, NotificationEvent, FALSE);
    PIRP Irp =
        IoBuildSynchronousFsdRequest(IRP_MJ_PNP, Adapter->Lower, nullptr, 0, nullptr, &Done, &Io);
    if (!Irp)
        return STATUS_INSUFFICIENT_RESOURCES;
    PIO_STACK_LOCATION Stack = IoGetNextIrpStackLocation(Irp);
    Stack->MinorFunction = IRP_MN_QUERY_INTERFACE;
    Stack->Parameters.QueryInterface.InterfaceType = Type;
    Stack->Parameters.QueryInterface.Size = Size;
    Stack->Parameters.QueryInterface.Version = Version;
    Stack->Parameters.QueryInterface.Interface = Interface;
    Irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    if (IoCallDriver(Adapter->Lower, Irp) == STATUS_PENDING)
        KeWaitForSingleObject(&Done, Executive, KernelMode, FALSE, nullptr);
    return Io.Status;
}

static ULONG StorpMayWait(const STOR_ADAPTER *Adapter)
{
    if (KeGetCurrentIrql() != PASSIVE_LEVEL)
        return STOR_STATUS_INVALID_IRQL;
    return Adapter->Lower ? STOR_STATUS_SUCCESS : STOR_STATUS_NOT_IMPLEMENTED;
}

// ---- Messages

ULONG StorpMaskMessage(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    ULONG Message = va_arg(Arguments, ULONG);
    BOOLEAN Mask = (BOOLEAN)va_arg(Arguments, int);
    PCI_MSIX_TABLE_CONFIG_INTERFACE Table = {};
    ULONG Answer = StorpMayWait(Adapter);
    if (!Adapter->Messages || Message >= Adapter->Messages->MessageCount)
        return STOR_STATUS_INVALID_PARAMETER;
    if (Answer != STOR_STATUS_SUCCESS)
        return Answer;
    NTSTATUS Status = StorpQueryInterface(Adapter, &GUID_MSIX_TABLE_CONFIG_INTERFACE,
                                          PCI_MSIX_TABLE_CONFIG_INTERFACE_VERSION,
                                          (PINTERFACE)&Table, sizeof(Table));
    if (!NT_SUCCESS(Status))
        return STOR_STATUS_UNSUCCESSFUL; // its messages are not those of a table
    Status = Mask ? Table.MaskTableEntry(Table.Context, Message)
                  : Table.UnmaskTableEntry(Table.Context, Message);
    Table.InterfaceDereference(Table.Context);
    return NT_SUCCESS(Status) ? STOR_STATUS_SUCCESS : STOR_STATUS_UNSUCCESSFUL;
}

// ---- Resets

ULONG StorpResetFunction(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    STOR_DEVICE_RESET_TYPE Type = va_arg(Arguments, STOR_DEVICE_RESET_TYPE);
    DEVICE_RESET_INTERFACE_STANDARD Reset = {};
    ULONG Answer = StorpMayWait(Adapter);
    if (Type != StorFunctionLevelReset)
        return STOR_STATUS_NOT_IMPLEMENTED; // as on Windows
    if (Answer != STOR_STATUS_SUCCESS)
        return Answer;
    NTSTATUS Status =
        StorpQueryInterface(Adapter, &GUID_DEVICE_RESET_INTERFACE_STANDARD,
                            DEVICE_RESET_INTERFACE_VERSION_1, (PINTERFACE)&Reset, sizeof(Reset));
    if (!NT_SUCCESS(Status))
        return STOR_STATUS_UNSUCCESSFUL;
    Status = STATUS_NOT_SUPPORTED;
    if (Reset.SupportedResetTypes & 1u << FunctionLevelDeviceReset)
        Status = Reset.DeviceReset(Reset.Context, FunctionLevelDeviceReset, 0, nullptr);
    Reset.InterfaceDereference(Reset.Context);
    return NT_SUCCESS(Status) ? STOR_STATUS_SUCCESS : STOR_STATUS_UNSUCCESSFUL;
}

// ---- Methods. The buffers are those of IOCTL_ACPI_EVAL_METHOD

static ULONG StorpMethodStatus(NTSTATUS Status)
{
    switch (Status) {
    case STATUS_SUCCESS:
        return STOR_STATUS_SUCCESS;
    case STATUS_BUFFER_OVERFLOW:
    case STATUS_BUFFER_TOO_SMALL:
    case STATUS_INSUFFICIENT_RESOURCES:
        return STOR_STATUS_INSUFFICIENT_RESOURCES;
    case STATUS_INVALID_PARAMETER:
        return STOR_STATUS_INVALID_PARAMETER;
    case STATUS_NOT_SUPPORTED:
    case STATUS_INVALID_DEVICE_REQUEST:
    case STATUS_OBJECT_NAME_NOT_FOUND:
        return STOR_STATUS_NOT_IMPLEMENTED; // no such method, or no device of the firmware's
    default:
        return STOR_STATUS_UNSUCCESSFUL;
    }
}

ULONG StorpInvokeMethod(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PSTOR_ADDRESS Address = va_arg(Arguments, PSTOR_ADDRESS);
    ACPI_EVAL_INPUT_BUFFER Plain = {.Signature = ACPI_EVAL_INPUT_BUFFER_SIGNATURE,
                                    .MethodNameAsUlong = va_arg(Arguments, ULONG)};
    PVOID Input = va_arg(Arguments, PVOID);
    ULONG InputLength = va_arg(Arguments, ULONG);
    PVOID Output = va_arg(Arguments, PVOID);
    ULONG OutputLength = va_arg(Arguments, ULONG);
    PULONG Returned = va_arg(Arguments, PULONG);
    ULONG_PTR Length;
    ULONG Answer = StorpMayWait(Adapter);
    if ((!Input && InputLength) || (!Output && OutputLength))
        return STOR_STATUS_INVALID_PARAMETER;
    if (Answer != STOR_STATUS_SUCCESS)
        return Answer;
    if (Address)
        return STOR_STATUS_NOT_IMPLEMENTED; // the firmware's tree has no logical units
    if (!Input) {
        Input = &Plain;
        InputLength = sizeof(Plain);
    }
    const ASK Ask = {IOCTL_ACPI_EVAL_METHOD, FALSE, Input, Output, InputLength, OutputLength};
    NTSTATUS Status = AskAndCount(Adapter->Lower, &Ask, &Length);
    if (Returned)
        *Returned = NT_SUCCESS(Status) ? (ULONG)Length : 0;
    return StorpMethodStatus(Status);
}
