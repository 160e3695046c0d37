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

static NTSTATUS AcpiEvaluate(acpi_handle Handle, PIRP Irp)
{
    ULONG Written = 0;
    NTSTATUS Status = AcpiRunRequest(Handle, IoGetCurrentIrpStackLocation(Irp),
                                     Irp->AssociatedIrp.SystemBuffer, &Written);
    return AcpiComplete(Irp, Status, Written);
}

// ---- Drivers may send the asynchronous ones at DISPATCH_LEVEL: they are carried out by a work item

typedef struct _ACPI_DEFERRED {
    PIO_WORKITEM Item;
    acpi_handle Handle;
    PIRP Irp;
} ACPI_DEFERRED, *PACPI_DEFERRED;

static VOID NTAPI AcpiEvaluateDeferred(PDEVICE_OBJECT DeviceObject, PVOID Context)
{
    ACPI_DEFERRED Deferred = *(PACPI_DEFERRED)Context;
    UNREFERENCED_PARAMETER(DeviceObject);
    ExFreePoolWithTag(Context, AcpiTag);
    (VOID) AcpiEvaluate(Deferred.Handle, Deferred.Irp);
    IoFreeWorkItem(Deferred.Item);
}

static NTSTATUS AcpiDefer(acpi_handle Handle, PIRP Irp)
{
    PDEVICE_OBJECT Self = IoGetCurrentIrpStackLocation(Irp)->DeviceObject;
    PIO_WORKITEM Item = IoAllocateWorkItem(Self);
    PACPI_DEFERRED Deferred =
        Item ? ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Deferred), AcpiTag) : NULL;
    if (!Deferred) {
        if (Item)
            IoFreeWorkItem(Item);
        return AcpiComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    }
    *Deferred = (ACPI_DEFERRED){Item, Handle, Irp};
    IoMarkIrpPending(Irp);
    IoQueueWorkItem(Item, AcpiEvaluateDeferred, DelayedWorkQueue, Deferred);
    return STATUS_PENDING;
}

static NTSTATUS AcpiEvaluationControl(acpi_handle Handle, PIRP Irp)
{
    ULONG Code = IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.IoControlCode;
    if (KeGetCurrentIrql() <= APC_LEVEL)
        return AcpiEvaluate(Handle, Irp);
    if (Code == IOCTL_ACPI_ASYNC_EVAL_METHOD || Code == IOCTL_ACPI_ASYNC_EVAL_METHOD_EX)
        return AcpiDefer(Handle, Irp);
    return AcpiComplete(Irp, STATUS_INVALID_DEVICE_STATE, 0);
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
    if (Code == IOCTL_ACPI_ACQUIRE_GLOBAL_LOCK)
        return AcpiAcquireGlobalLock(Device, Irp);
    if (Code == IOCTL_ACPI_RELEASE_GLOBAL_LOCK)
        return AcpiReleaseGlobalLock(Device, Irp);
    if (AcpiIsEventControl(Code))
        return AcpiEventControl(Device, Irp);
    if (AcpiIsClassControl(Device, Code))
        return AcpiClassControl(Device, Irp);
    if (!Device->Node->Handle)
        return AcpiComplete(Irp, STATUS_NOT_SUPPORTED, 0);
    return AcpiEvaluationControl(Device->Node->Handle, Irp);
}
