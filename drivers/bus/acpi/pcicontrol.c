// <acpipci.h>: what the PCI bus driver asks of a root bridge's device.
#include "acpi.h"

typedef NTSTATUS ACPI_CONTROL(PACPI_DEVICE Device, PVOID Buffer);

static NTSTATUS AcpiControlBridge(PACPI_DEVICE Device, PVOID Buffer)
{
    return AcpiQueryBridge(Device->Node->Handle, Buffer);
}

// Input and output share the buffer: what is asked is copied first.
static NTSTATUS AcpiControlRoute(PACPI_DEVICE Device, PVOID Buffer)
{
    ACPI_PCI_ROUTE_QUERY Query = *(const ACPI_PCI_ROUTE_QUERY *)Buffer;
    ExAcquireFastMutex(&Device->Bus->Lock); // it keeps who uses which interrupt
    NTSTATUS Status = AcpiQueryRoute(Device->Node->Handle, &Query, Buffer);
    ExReleaseFastMutex(&Device->Bus->Lock);
    return Status;
}

static NTSTATUS AcpiControlEvaluate(PACPI_DEVICE Device, PVOID Buffer)
{
    ACPI_PCI_EVALUATION Evaluation = *(const ACPI_PCI_EVALUATION *)Buffer;
    return AcpiEvaluateFunction(Device->Node->Handle, &Evaluation, Buffer);
}

static NTSTATUS AcpiControlForget(PACPI_DEVICE Device, PVOID Buffer)
{
    return AcpiForgetFunction(Device, Buffer);
}

// The nearest device on the way to the function that can wake the machine.
static NTSTATUS AcpiControlWake(PACPI_DEVICE Device, PVOID Buffer)
{
    ACPI_PCI_PATH Path = *(const ACPI_PCI_PATH *)Buffer;
    PACPI_PCI_WAKE Answer = Buffer;
    ACPI_WAKE Wake;
    if (Path.Depth > ACPI_PCI_MAX_DEPTH)
        return STATUS_INVALID_PARAMETER;
    for (;; Path.Depth--) {
        acpi_handle Handle = AcpiFindFunction(Device->Node->Handle, &Path);
        if (Handle && AcpiReadWake(Handle, &Wake)) {
            *Answer = (ACPI_PCI_WAKE){
                .Depth = Path.Depth,
                .Deepest = Wake.Deepest,
                .DeviceState = (ULONG)AcpiWakeDeviceState(Handle, Wake.Deepest),
            };
            return STATUS_SUCCESS;
        }
        if (!Path.Depth)
            return STATUS_NOT_FOUND;
    }
}

static NTSTATUS AcpiPciWaitWake(PACPI_DEVICE Bridge, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ACPI_PCI_WAIT_WAKE Wait;
    if (Irp->RequestorMode != KernelMode || Stack->MajorFunction != IRP_MJ_INTERNAL_DEVICE_CONTROL)
        return AcpiComplete(Irp, STATUS_ACCESS_DENIED, 0);
    if (Stack->Parameters.DeviceIoControl.InputBufferLength < sizeof(Wait))
        return AcpiComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    RtlCopyMemory(&Wait, Irp->AssociatedIrp.SystemBuffer, sizeof(Wait));
    if (Wait.Path.Depth > ACPI_PCI_MAX_DEPTH)
        return AcpiComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    PACPI_DEVICE Device = AcpiReachFunction(Bridge, &Wait.Path);
    return Device ? AcpiWaitFunctionWake(Device, Irp, &Wait)
                  : AcpiComplete(Irp, STATUS_NOT_FOUND, 0);
}

static const struct {
    ULONG Code;
    ULONG Input, Output; // bytes
    ACPI_CONTROL *Routine;
} AcpiControls[] = {
    {IOCTL_ACPI_PCI_QUERY_BRIDGE, 0, sizeof(ACPI_PCI_BRIDGE), AcpiControlBridge},
    {IOCTL_ACPI_PCI_QUERY_ROUTE, sizeof(ACPI_PCI_ROUTE_QUERY), sizeof(ACPI_PCI_ROUTE),
     AcpiControlRoute},
    {IOCTL_ACPI_PCI_EVALUATE, sizeof(ACPI_PCI_EVALUATION), sizeof(ULONG64), AcpiControlEvaluate},
    {IOCTL_ACPI_PCI_FORGET, sizeof(ACPI_PCI_PATH), 0, AcpiControlForget},
    {IOCTL_ACPI_PCI_QUERY_WAKE, sizeof(ACPI_PCI_PATH), sizeof(ACPI_PCI_WAKE), AcpiControlWake},
};

BOOLEAN AcpiIsPciControl(ULONG Code)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(AcpiControls); i++) {
        if (AcpiControls[i].Code == Code)
            return TRUE;
    }
    return Code == IOCTL_ACPI_PCI_WAIT_NOTIFICATION || Code == IOCTL_ACPI_PCI_FORWARD ||
           Code == IOCTL_ACPI_PCI_WAIT_WAKE;
}

NTSTATUS AcpiPciControl(PACPI_DEVICE Device, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG Input = Stack->Parameters.DeviceIoControl.InputBufferLength;
    ULONG Output = Stack->Parameters.DeviceIoControl.OutputBufferLength;
    ULONG Code = Stack->Parameters.DeviceIoControl.IoControlCode;
    if (Code == IOCTL_ACPI_PCI_WAIT_NOTIFICATION)
        return AcpiWaitForNotification(Device, Irp);
    if (Code == IOCTL_ACPI_PCI_FORWARD)
        return AcpiForward(Device, Irp);
    if (Code == IOCTL_ACPI_PCI_WAIT_WAKE)
        return AcpiPciWaitWake(Device, Irp);
    for (ULONG i = 0; i < RTL_NUMBER_OF(AcpiControls); i++) {
        if (AcpiControls[i].Code != Code)
            continue;
        if (Input < AcpiControls[i].Input)
            return AcpiComplete(Irp, STATUS_INVALID_PARAMETER, 0);
        if (Output < AcpiControls[i].Output)
            return AcpiComplete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
        NTSTATUS Status = AcpiControls[i].Routine(Device, Irp->AssociatedIrp.SystemBuffer);
        return AcpiComplete(Irp, Status, NT_SUCCESS(Status) ? AcpiControls[i].Output : 0);
    }
    return AcpiComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
}
