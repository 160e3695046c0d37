// Devices that wake the machine, for those who wait for it: drivers of devices (IRP_MN_WAIT_WAKE), pci.sys for functions
// (IOCTL_ACPI_PCI_WAIT_WAKE), and this driver itself for buttons. A device is armed as long as somebody waits, with the bus's
// lock held. A request that is cancelled disarms it a moment later, on the notification thread.
#include "acpi.h"

static PACPI_BUS AcpiWakeBus; // for the notification thread; null: the driver ends

// ---- Arming

static BOOLEAN AcpiIsWanted(PACPI_DEVICE Device)
{
    return AcpiHasWaiters(&Device->WakeWaiters) || AcpiHasWaiters(&Device->WakeHolders);
}

static NTSTATUS AcpiArm(PACPI_DEVICE Device)
{
    CHAR Path[64];
    if (!AcpiReadWake(Device->Node->Handle, &Device->Wake))
        return STATUS_NOT_SUPPORTED;
    NTSTATUS Status = AcpiArmWake(Device->Node->Handle, &Device->Wake);
    Device->Armed = NT_SUCCESS(Status);
    if (Device->Armed)
        return Status;
    AcpiPathName(Device->Node->Handle, Path, sizeof(Path));
    DbgPrintEx(DPFLTR_ACPI_ID, DPFLTR_WARNING_LEVEL, "acpi: %s cannot be armed to wake: %08lx\n",
               Path, Status);
    return Status;
}

static NTSTATUS AcpiSettle(PACPI_DEVICE Device)
{
    BOOLEAN Wanted = AcpiIsWanted(Device);
    if (Wanted && !Device->Armed)
        return AcpiArm(Device);
    if (!Wanted && Device->Armed) {
        Device->Armed = FALSE;
        AcpiDisarmWake(Device->Node->Handle, &Device->Wake);
    }
    return STATUS_SUCCESS;
}

// ---- All of them: devices, and companions of functions

static VOID AcpiForEachWaker(PACPI_BUS Bus, VOID (*Visit)(PACPI_DEVICE Device, PVOID Context),
                             PVOID Context)
{
    for (PLIST_ENTRY Link = Bus->Nodes.Flink; Link != &Bus->Nodes; Link = Link->Flink) {
        const ACPI_NODE *Node = CONTAINING_RECORD(Link, ACPI_NODE, Link);
        if (!Node->Device)
            continue;
        PACPI_DEVICE Device = &AcpiExtension(Node->Device)->Device;
        Visit(Device, Context);
        AcpiForEachCompanion(Device, Visit, Context);
    }
}

static VOID AcpiSettleOne(PACPI_DEVICE Device, PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    (VOID) AcpiSettle(Device);
}

static void AcpiSettleAll(void *Context)
{
    PACPI_BUS Bus = AcpiWakeBus;
    UNREFERENCED_PARAMETER(Context);
    if (!Bus)
        return;
    ExAcquireFastMutex(&Bus->Lock);
    AcpiForEachWaker(Bus, AcpiSettleOne, NULL);
    ExReleaseFastMutex(&Bus->Lock);
}

// One that is queued after all looks again at all: it does not matter which request it was.
static VOID AcpiWakeCancelled(PACPI_WAITERS Waiters)
{
    UNREFERENCED_PARAMETER(Waiters);
    (VOID) acpi_os_execute(OSL_NOTIFY_HANDLER, AcpiSettleAll, NULL);
}

VOID AcpiInitializeWake(PACPI_DEVICE Device)
{
    AcpiInitializeWaiters(&Device->WakeWaiters);
    AcpiInitializeWaiters(&Device->WakeHolders);
    Device->WakeWaiters.Cancelled = Device->WakeHolders.Cancelled = AcpiWakeCancelled;
}

VOID AcpiStartWake(PACPI_BUS Bus)
{
    AcpiWakeBus = Bus;
}

VOID AcpiStopWake(VOID)
{
    AcpiWakeBus = NULL;
}

// ---- Requests

static NTSTATUS AcpiCheckWake(PACPI_DEVICE Device, ULONG Sleep)
{
    ACPI_WAKE Wake;
    if (!Device->Node->Handle || !AcpiReadWake(Device->Node->Handle, &Wake))
        return STATUS_NOT_SUPPORTED;
    return Sleep > Wake.Deepest ? STATUS_INVALID_DEVICE_STATE : STATUS_SUCCESS;
}

// With the bus locked. Sleep: n of Sn, from which the device is to wake the machine at least.
static NTSTATUS AcpiPutWake(PACPI_DEVICE Device, PACPI_WAITERS Waiters, PIRP Irp, ULONG Sleep)
{
    NTSTATUS Status = AcpiCheckWake(Device, Sleep);
    if (!NT_SUCCESS(Status))
        return AcpiComplete(Irp, Status, 0);
    (VOID) AcpiPutWaiter(Waiters, Irp);
    Status = AcpiSettle(Device);
    if (!NT_SUCCESS(Status))
        AcpiEndWaiters(Waiters, Status);
    return STATUS_PENDING;
}

NTSTATUS AcpiWaitWake(PACPI_DEVICE Device, PIRP Irp)
{
    SYSTEM_POWER_STATE State = IoGetCurrentIrpStackLocation(Irp)->Parameters.WaitWake.PowerState;
    ULONG Sleep = State > PowerSystemWorking ? (ULONG)State - PowerSystemWorking : 0;
    ExAcquireFastMutex(&Device->Bus->Lock);
    NTSTATUS Status = AcpiHasWaiters(&Device->WakeWaiters)
                          ? AcpiComplete(Irp, STATUS_DEVICE_BUSY, 0)
                          : AcpiPutWake(Device, &Device->WakeWaiters, Irp, Sleep);
    ExReleaseFastMutex(&Device->Bus->Lock);
    return Status;
}

// Several functions may wake the machine by way of one bridge, whose word does not tell which of them has.
NTSTATUS AcpiWaitFunctionWake(PACPI_DEVICE Device, PIRP Irp, const ACPI_PCI_WAIT_WAKE *Wait)
{
    ExAcquireFastMutex(&Device->Bus->Lock);
    NTSTATUS Status = AcpiPutWake(
        Device, Wait->KeepsWaiting ? &Device->WakeHolders : &Device->WakeWaiters, Irp, Wait->Sleep);
    ExReleaseFastMutex(&Device->Bus->Lock);
    return Status;
}

VOID AcpiEndWake(PACPI_DEVICE Device, NTSTATUS Status)
{
    AcpiEndWaiters(&Device->WakeWaiters, Status);
    AcpiEndWaiters(&Device->WakeHolders, Status);
    ExAcquireFastMutex(&Device->Bus->Lock);
    (VOID) AcpiSettle(Device);
    ExReleaseFastMutex(&Device->Bus->Lock);
}

// With the bus locked. At a button somebody is there.
VOID AcpiWoke(PACPI_DEVICE Device)
{
    PIRP Irp;
    if (AcpiIsButton(Device))
        PoSetSystemState(ES_USER_PRESENT);
    while ((Irp = AcpiTakeWaiter(&Device->WakeWaiters)) != NULL) {
        if (IoGetCurrentIrpStackLocation(Irp)->MajorFunction == IRP_MJ_POWER)
            PoSetSystemWake(Irp);
        AcpiComplete(Irp, STATUS_SUCCESS, 0);
    }
    (VOID) AcpiSettle(Device);
}

// ---- Buttons and lids: no other driver asks for them to wake the machine

static REQUEST_POWER_COMPLETE AcpiButtonWoke;

static VOID AcpiWaitForButton(PDEVICE_OBJECT Button, SYSTEM_POWER_STATE Deepest)
{
    POWER_STATE State = {.SystemState = Deepest};
    (VOID) PoRequestPowerIrp(Button, IRP_MN_WAIT_WAKE, State, AcpiButtonWoke, NULL, NULL);
}

static VOID NTAPI AcpiButtonWoke(PDEVICE_OBJECT Button, UCHAR MinorFunction, POWER_STATE State,
                                 PVOID Context, PIO_STATUS_BLOCK IoStatus)
{
    UNREFERENCED_PARAMETER(MinorFunction);
    UNREFERENCED_PARAMETER(Context);
    if (NT_SUCCESS(IoStatus->Status))
        AcpiWaitForButton(Button, State.SystemState);
}

// Its driver's start: the device stays as long as the request does.
VOID AcpiStartButtonWake(PACPI_DEVICE Device)
{
    ACPI_WAKE Wake;
    if (Device->Node->Handle && AcpiReadWake(Device->Node->Handle, &Wake))
        AcpiWaitForButton(Device->Self, (SYSTEM_POWER_STATE)(PowerSystemWorking + Wake.Deepest));
}

// ---- The machine's sleep

static VOID AcpiPrepareOne(PACPI_DEVICE Device, PVOID Context)
{
    UCHAR Sleep = *(const UCHAR *)Context;
    CHAR Path[64];
    if (!Device->Armed || AcpiPrepareWake(Device->Node->Handle, &Device->Wake, Sleep))
        return;
    AcpiPathName(Device->Node->Handle, Path, sizeof(Path));
    DbgPrintEx(DPFLTR_ACPI_ID, DPFLTR_INFO_LEVEL, "acpi: %s cannot wake the machine from S%u\n",
               Path, Sleep);
}

VOID AcpiPrepareWakes(PACPI_BUS Bus, UCHAR Sleep)
{
    ExAcquireFastMutex(&Bus->Lock);
    AcpiForEachWaker(Bus, AcpiPrepareOne, &Sleep);
    ExReleaseFastMutex(&Bus->Lock);
}

static VOID AcpiResumeOne(PACPI_DEVICE Device, PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    if (Device->Armed)
        AcpiResumeWake(Device->Node->Handle, &Device->Wake);
}

VOID AcpiResumeWakes(PACPI_BUS Bus)
{
    ExAcquireFastMutex(&Bus->Lock);
    AcpiForEachWaker(Bus, AcpiResumeOne, NULL);
    ExReleaseFastMutex(&Bus->Lock);
}

// ---- What devices can do

VOID AcpiTellWakeCapabilities(const ACPI_NODE *Node, PDEVICE_CAPABILITIES Capabilities)
{
    ACPI_WAKE Wake;
    if (!Node->Handle || !AcpiReadWake(Node->Handle, &Wake))
        return;
    DEVICE_POWER_STATE State = AcpiWakeDeviceState(Node->Handle, Wake.Deepest);
    Capabilities->SystemWake = (SYSTEM_POWER_STATE)(PowerSystemWorking + Wake.Deepest);
    Capabilities->DeviceWake = State;
    Capabilities->WakeFromD0 = TRUE;
    Capabilities->WakeFromD1 = State == PowerDeviceD1;
    Capabilities->WakeFromD2 = State == PowerDeviceD2;
    Capabilities->WakeFromD3 = State == PowerDeviceD3;
}
