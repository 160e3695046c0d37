// Waking the system: one request of a driver waits (IRP_MN_WAIT_WAKE). PME# ends it: the firmware tells of that, for a
// function or for a bridge on the way to it, or it is found when the function is switched on again. So does the firmware's
// word for the function itself, if that can wake the machine without PME# (_PRW). The ACPI driver arms what the firmware has
// to be armed as long as its own request for the function waits.
#include "pci.h"

enum { AblePmeShift = 11 }; // from D0 on

// The request to the ACPI driver.
typedef struct _PCI_FIRMWARE_WAKE {
    PDEVICE_OBJECT Device;  // the function's, referenced
    PPCI_FUNCTION Function; // by the cancel spin lock; null: it does not wait any more
    PIRP Irp;
    volatile LONG References; // the completion's, and the function's
    BOOLEAN HasPme;           // the function does not depend on the firmware
    ACPI_PCI_WAIT_WAKE Wait;
} PCI_FIRMWARE_WAKE, *PPCI_FIRMWARE_WAKE;

static ULONG PciPmeStates(const PCI_FUNCTION *Function)
{
    ULONG Able =
        Function->Power ? PciRead(&Function->Space, Function->Power + PciPowerCapabilities, 2) : 0;
    return Able >> AblePmeShift;
}

// ---- The firmware

// FALSE: it has nothing that would wake the machine for this function.
BOOLEAN PciQueryFirmwareWake(const PCI_FUNCTION *Function, PACPI_PCI_WAKE Wake)
{
    const PCI_ROOT *Root = Function->Location.Root;
    ACPI_PCI_PATH Path;
    PciFindPath(Function, &Path);
    if (!Root->HasFirmware || !NT_SUCCESS(PciControl(Root->Lower, IOCTL_ACPI_PCI_QUERY_WAKE, &Path,
                                                     sizeof(Path), Wake, sizeof(*Wake))))
        return FALSE;
    // What a bridge wakes for is the PME# of what is behind it.
    return Wake->Depth == Path.Depth || PciPmeStates(Function);
}

static VOID PciReleaseFirmwareWake(PPCI_FIRMWARE_WAKE Wake, LONG Count)
{
    if (InterlockedAdd(&Wake->References, -Count))
        return;
    ObDereferenceObject(Wake->Device);
    IoFreeIrp(Wake->Irp);
    ExFreePoolWithTag(Wake, PciTag);
}

// Null: it has none, or somebody else is at it.
static PPCI_FIRMWARE_WAKE PciTakeFirmwareWake(PPCI_FUNCTION Function)
{
    KIRQL Irql;
    IoAcquireCancelSpinLock(&Irql);
    PPCI_FIRMWARE_WAKE Wake = Function->FirmwareWake;
    Function->FirmwareWake = NULL;
    if (Wake)
        Wake->Function = NULL;
    IoReleaseCancelSpinLock(Irql);
    return Wake;
}

static VOID PciForgetFirmwareWake(PPCI_FUNCTION Function)
{
    PPCI_FIRMWARE_WAKE Wake = PciTakeFirmwareWake(Function);
    if (!Wake)
        return;
    IoCancelIrp(Wake->Irp);
    PciReleaseFirmwareWake(Wake, 1);
}

static NTSTATUS NTAPI PciFirmwareWoke(PDEVICE_OBJECT Device, PIRP Irp, PVOID Context)
{
    PPCI_FIRMWARE_WAKE Wake = Context;
    NTSTATUS Status = Irp->IoStatus.Status;
    KIRQL Irql;
    UNREFERENCED_PARAMETER(Device);
    IoAcquireCancelSpinLock(&Irql);
    PPCI_FUNCTION Function = Wake->Function;
    Wake->Function = NULL;
    if (Function)
        Function->FirmwareWake = NULL;
    IoReleaseCancelSpinLock(Irql);
    if (Function && (NT_SUCCESS(Status) || !Wake->HasPme))
        PciEndWake(Function, Status);
    PciReleaseFirmwareWake(Wake, Function ? 2 : 1);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static PPCI_FIRMWARE_WAKE PciMakeFirmwareWake(PPCI_FUNCTION Function)
{
    PDEVICE_OBJECT Lower = Function->Location.Root->Lower;
    PPCI_FIRMWARE_WAKE Wake = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Wake), PciTag);
    PIRP Irp = Wake ? IoAllocateIrp(Lower->StackSize, FALSE) : NULL;
    if (!Irp) {
        if (Wake)
            ExFreePoolWithTag(Wake, PciTag);
        return NULL;
    }
    RtlZeroMemory(Wake, sizeof(*Wake));
    Wake->Irp = Irp;
    Wake->Device = Function->Self;
    Wake->Function = Function;
    Wake->References = 2;
    ObReferenceObject(Wake->Device);
    PIO_STACK_LOCATION Next = IoGetNextIrpStackLocation(Irp);
    Next->MajorFunction = IRP_MJ_INTERNAL_DEVICE_CONTROL;
    Next->Parameters.DeviceIoControl.IoControlCode = IOCTL_ACPI_PCI_WAIT_WAKE;
    Next->Parameters.DeviceIoControl.InputBufferLength = sizeof(Wake->Wait);
    Irp->AssociatedIrp.SystemBuffer = &Wake->Wait;
    IoSetCompletionRoutine(Irp, PciFirmwareWoke, Wake, TRUE, TRUE, TRUE);
    return Wake;
}

// The function's request waits already. Where it does not any more, nothing is asked.
static VOID PciAskFirmwareToWake(PPCI_FUNCTION Function, const ACPI_PCI_WAKE *Found, ULONG Sleep)
{
    PPCI_FIRMWARE_WAKE Wake = PciMakeFirmwareWake(Function);
    KIRQL Irql;
    if (!Wake)
        return;
    Wake->HasPme = PciPmeStates(Function) != 0;
    PciFindPath(Function, &Wake->Wait.Path);
    Wake->Wait.KeepsWaiting = Found->Depth < Wake->Wait.Path.Depth;
    Wake->Wait.Path.Depth = Found->Depth;
    Wake->Wait.Sleep = Sleep;
    IoAcquireCancelSpinLock(&Irql);
    BOOLEAN Waits = Function->WaitWake && !Function->FirmwareWake;
    if (Waits)
        Function->FirmwareWake = Wake;
    IoReleaseCancelSpinLock(Irql);
    if (Waits)
        (VOID) IoCallDriver(Function->Location.Root->Lower, Wake->Irp);
    else
        PciReleaseFirmwareWake(Wake, 2);
}

// ---- The driver's request

static DRIVER_CANCEL PciCancelWake;

static PIRP PciTakeWake(PPCI_FUNCTION Function)
{
    KIRQL Irql;
    IoAcquireCancelSpinLock(&Irql);
    PIRP Irp = Function->WaitWake;
    Function->WaitWake = NULL;
    if (Irp)
        IoSetCancelRoutine(Irp, NULL);
    IoReleaseCancelSpinLock(Irql);
    return Irp;
}

static VOID NTAPI PciCancelWake(PDEVICE_OBJECT Device, PIRP Irp)
{
    PPCI_FUNCTION Function = &PciExtension(Device)->Function;
    if (Function->WaitWake == Irp)
        Function->WaitWake = NULL;
    IoReleaseCancelSpinLock(Irp->CancelIrql);
    PciForgetFirmwareWake(Function);
    PoStartNextPowerIrp(Irp);
    PciComplete(Irp, STATUS_CANCELLED, 0);
}

VOID PciEndWake(PPCI_FUNCTION Function, NTSTATUS Status)
{
    PIRP Irp = PciTakeWake(Function);
    PciForgetFirmwareWake(Function);
    if (!Irp)
        return;
    if (Function->Power && Function->State == PowerDeviceD0)
        PciWritePower(Function, PowerDeviceD0, FALSE);
    if (NT_SUCCESS(Status))
        PoSetSystemWake(Irp);
    PoStartNextPowerIrp(Irp);
    PciComplete(Irp, Status, 0);
}

VOID PciCheckWake(PPCI_FUNCTION Function)
{
    if (Function->Power && Function->WaitWake && (PciReadPower(Function) & PciPowerPmeStatus))
        PciEndWake(Function, STATUS_SUCCESS);
}

// Sleep: n of Sn, from which the function is to wake the machine at least.
static NTSTATUS PciMayWake(const PCI_FUNCTION *Function, BOOLEAN Firmware,
                           const ACPI_PCI_WAKE *Found, ULONG Sleep)
{
    if (!Firmware)
        return PciPmeStates(Function) ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED;
    return Sleep > Found->Deepest ? STATUS_INVALID_DEVICE_STATE : STATUS_SUCCESS;
}

static NTSTATUS PciPutWake(PPCI_FUNCTION Function, PIRP Irp)
{
    NTSTATUS Status = STATUS_PENDING;
    KIRQL Irql;
    IoAcquireCancelSpinLock(&Irql);
    if (Function->WaitWake)
        Status = STATUS_DEVICE_BUSY;
    else if (Irp->Cancel)
        Status = STATUS_CANCELLED;
    if (Status == STATUS_PENDING) {
        IoMarkIrpPending(Irp);
        IoSetCancelRoutine(Irp, PciCancelWake);
        Function->WaitWake = Irp;
    }
    IoReleaseCancelSpinLock(Irql);
    return Status;
}

NTSTATUS PciWaitWake(PPCI_FUNCTION Function, PIRP Irp)
{
    SYSTEM_POWER_STATE State = IoGetCurrentIrpStackLocation(Irp)->Parameters.WaitWake.PowerState;
    ULONG Sleep = State > PowerSystemWorking ? (ULONG)State - PowerSystemWorking : 0;
    ACPI_PCI_WAKE Found = {};
    BOOLEAN Firmware = PciQueryFirmwareWake(Function, &Found);
    NTSTATUS Status = PciMayWake(Function, Firmware, &Found, Sleep);
    if (NT_SUCCESS(Status))
        Status = PciPutWake(Function, Irp);
    if (Status == STATUS_PENDING) {
        if (Firmware)
            PciAskFirmwareToWake(Function, &Found, Sleep);
        return Status;
    }
    PoStartNextPowerIrp(Irp);
    return PciComplete(Irp, Status, 0);
}
