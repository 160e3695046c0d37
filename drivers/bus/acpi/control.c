// Device control requests: <acpiioct.h>'s for every device, <acpipci.h>'s for root bridges. The ACPI device itself,
// \Device\ACPI, takes the former from administrators: names are then looked up from the namespace's root on.
#include "acpi.h"

#include <acpiioct.h>

static NTSTATUS AcpiRunRequest(acpi_handle Handle, const IO_STACK_LOCATION *Stack, PUCHAR Buffer,
                               PULONG Written)
{
    ULONG Input = Stack->Parameters.DeviceIoControl.InputBufferLength;
    ULONG Output = Stack->Parameters.DeviceIoControl.OutputBufferLength;
    switch (Stack->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_ACPI_EVAL_METHOD:
    case IOCTL_ACPI_ASYNC_EVAL_METHOD:
        return AcpiEvaluateRequest(Handle, FALSE, Buffer, Input, Output, Written);
    case IOCTL_ACPI_EVAL_METHOD_EX:
    case IOCTL_ACPI_ASYNC_EVAL_METHOD_EX:
        return AcpiEvaluateRequest(Handle, TRUE, Buffer, Input, Output, Written);
    case IOCTL_ACPI_ENUM_CHILDREN:
        return AcpiEnumerateRequest(Handle, Buffer, Input, Output, Written);
    default:
        return STATUS_NOT_SUPPORTED;
    }
}

// At PASSIVE_LEVEL: the asynchronous ones, which drivers may send at DISPATCH_LEVEL, are refused there.
static NTSTATUS AcpiEvaluationControl(acpi_handle Handle, PIRP Irp)
{
    ULONG Written = 0;
    if (KeGetCurrentIrql() > APC_LEVEL)
        return AcpiComplete(Irp, STATUS_INVALID_DEVICE_STATE, 0);
    NTSTATUS Status = AcpiRunRequest(Handle, IoGetCurrentIrpStackLocation(Irp),
                                     Irp->AssociatedIrp.SystemBuffer, &Written);
    return AcpiComplete(Irp, Status, Written);
}

NTSTATUS AcpiBusControl(PACPI_BUS Bus, PIRP Irp)
{
    if (!Bus->Started)
        return AcpiComplete(Irp, STATUS_DEVICE_NOT_READY, 0);
    return AcpiEvaluationControl(NULL, Irp);
}

NTSTATUS AcpiDeviceControl(PACPI_DEVICE Device, PIRP Irp)
{
    ULONG Code = IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.IoControlCode;
    if (Device->Node->RootBridge && AcpiIsPciControl(Code))
        return AcpiPciControl(Device, Irp);
    if (AcpiIsEventControl(Code))
        return AcpiEventControl(Device, Irp);
    if (!Device->Node->Handle)
        return AcpiComplete(Irp, STATUS_NOT_SUPPORTED, 0);
    return AcpiEvaluationControl(Device->Node->Handle, Irp);
}
