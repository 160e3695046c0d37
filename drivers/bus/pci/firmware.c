// What drivers of functions ask of the firmware (<acpiioct.h>, <acpievent.h>): the ACPI driver answers it, by way of the root
// bridge's device.
#include "pci.h"

// A driver's request under way, and the one that is sent for it.
typedef struct _PCI_FORWARDED {
    PIRP Outer, Inner;
    volatile LONG
        References; // the completion's; until the request cannot be cancelled any more, one for that
    ACPI_PCI_FORWARD Header; // with the input, and later the output, of the driver behind it
} PCI_FORWARDED, *PPCI_FORWARDED;

BOOLEAN PciIsFirmwareControl(const IO_STACK_LOCATION *Stack)
{
    ULONG Code = Stack->Parameters.DeviceIoControl.IoControlCode;
    return (Stack->MajorFunction == IRP_MJ_DEVICE_CONTROL ||
            Stack->MajorFunction == IRP_MJ_INTERNAL_DEVICE_CONTROL) &&
           DEVICE_TYPE_FROM_CTL_CODE(Code) == FILE_DEVICE_ACPI &&
           METHOD_FROM_CTL_CODE(Code) == METHOD_BUFFERED;
}

// ---- Its end

static VOID PciReleaseForwarded(PPCI_FORWARDED Forwarded, LONG Count)
{
    PIRP Outer = Forwarded->Outer, Inner = Forwarded->Inner;
    if (InterlockedAdd(&Forwarded->References, -Count))
        return;
    NTSTATUS Status = Inner->IoStatus.Status;
    ULONG_PTR Length =
        min(Inner->IoStatus.Information,
            IoGetCurrentIrpStackLocation(Outer)->Parameters.DeviceIoControl.OutputBufferLength);
    if (!NT_ERROR(Status) && Length)
        RtlCopyMemory(Outer->AssociatedIrp.SystemBuffer, &Forwarded->Header, Length);
    IoFreeIrp(Inner);
    ExFreePoolWithTag(Forwarded, PciTag);
    (VOID) PciComplete(Outer, Status, Length);
}

static NTSTATUS NTAPI PciForwardDone(PDEVICE_OBJECT Device, PIRP Irp, PVOID Context)
{
    PPCI_FORWARDED Forwarded = Context;
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(Irp);
    PciReleaseForwarded(Forwarded, IoSetCancelRoutine(Forwarded->Outer, NULL) ? 2 : 1);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static VOID NTAPI PciCancelForwarded(PDEVICE_OBJECT Device, PIRP Irp)
{
    PPCI_FORWARDED Forwarded = Irp->Tail.Overlay.DriverContext[0];
    UNREFERENCED_PARAMETER(Device);
    IoReleaseCancelSpinLock(Irp->CancelIrql);
    IoCancelIrp(Forwarded->Inner);
    PciReleaseForwarded(Forwarded, 1);
}

// ---- Its beginning

static PPCI_FORWARDED PciMakeForwarded(PPCI_FUNCTION Function, PIRP Irp)
{
    const IO_STACK_LOCATION *Stack = IoGetCurrentIrpStackLocation(Irp);
    PDEVICE_OBJECT Lower = Function->Location.Root->Lower;
    ULONG Input = Stack->Parameters.DeviceIoControl.InputBufferLength;
    ULONG Output = Stack->Parameters.DeviceIoControl.OutputBufferLength;
    SIZE_T Size =
        FIELD_OFFSET(PCI_FORWARDED, Header) + max((SIZE_T)Input + sizeof(ACPI_PCI_FORWARD), Output);
    if (Input > MAXLONG)
        return NULL;
    PPCI_FORWARDED Forwarded = ExAllocatePoolWithTag(NonPagedPoolNx, Size, PciTag);
    PIRP Inner = Forwarded ? IoAllocateIrp(Lower->StackSize, FALSE) : NULL;
    if (!Inner) {
        if (Forwarded)
            ExFreePoolWithTag(Forwarded, PciTag);
        return NULL;
    }
    Forwarded->Outer = Irp;
    Forwarded->Inner = Inner;
    Forwarded->References = 2;
    PciFindPath(Function, &Forwarded->Header.Path);
    Forwarded->Header.Code = Stack->Parameters.DeviceIoControl.IoControlCode;
    Forwarded->Header.MajorFunction = Stack->MajorFunction;
    if (Input)
        RtlCopyMemory(&Forwarded->Header + 1, Irp->AssociatedIrp.SystemBuffer, Input);
    PIO_STACK_LOCATION Next = IoGetNextIrpStackLocation(Inner);
    Next->MajorFunction = IRP_MJ_INTERNAL_DEVICE_CONTROL;
    Next->Parameters.DeviceIoControl.IoControlCode = IOCTL_ACPI_PCI_FORWARD;
    Next->Parameters.DeviceIoControl.InputBufferLength = Input + sizeof(ACPI_PCI_FORWARD);
    Next->Parameters.DeviceIoControl.OutputBufferLength = Output;
    Inner->AssociatedIrp.SystemBuffer = &Forwarded->Header;
    IoSetCompletionRoutine(Inner, PciForwardDone, Forwarded, TRUE, TRUE, TRUE);
    return Forwarded;
}

// Up to DISPATCH_LEVEL.
NTSTATUS PciForwardToFirmware(PPCI_FUNCTION Function, PIRP Irp)
{
    PPCI_ROOT Root = Function->Location.Root;
    if (!Root->HasFirmware || Irp->RequestorMode != KernelMode)
        return PciComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    PPCI_FORWARDED Forwarded = PciMakeForwarded(Function, Irp);
    if (!Forwarded)
        return PciComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    Function->AsksFirmware = TRUE;
    IoMarkIrpPending(Irp);
    Irp->Tail.Overlay.DriverContext[0] = Forwarded;
    (VOID) IoSetCancelRoutine(Irp, PciCancelForwarded);
    if (Irp->Cancel && IoSetCancelRoutine(Irp, NULL)) {
        IoFreeIrp(Forwarded->Inner);
        ExFreePoolWithTag(Forwarded, PciTag);
        (VOID) PciComplete(Irp, STATUS_CANCELLED, 0);
        return STATUS_PENDING;
    }
    (VOID) IoCallDriver(Root->Lower, Forwarded->Inner);
    return STATUS_PENDING;
}

// Its drivers have gone, and with them whom the firmware's events are for.
VOID PciForgetInFirmware(PPCI_FUNCTION Function)
{
    ACPI_PCI_PATH Path;
    if (!Function->AsksFirmware)
        return;
    Function->AsksFirmware = FALSE;
    PciFindPath(Function, &Path);
    (VOID) PciControl(Function->Location.Root->Lower, IOCTL_ACPI_PCI_FORGET, &Path, sizeof(Path),
                      NULL, 0);
}
