// Hot plug by ACPI: the firmware notifies root bridges, bridges and slots, and ejects what is in them.
#include "pci.h"

enum { // ACPI Specification 6.4, 5.6.6
    NotifyBusCheck = 0,
    NotifyDeviceCheck = 1,
    NotifyWake = 2,
    NotifyEjectRequest = 3,
};

static IO_COMPLETION_ROUTINE PciNotified;
static IO_WORKITEM_ROUTINE PciHandleNotification;

// ---- What a notification is about

typedef struct _PCI_PLACE {
    const PCI_ROOT *Root;
    const ACPI_PCI_PATH *Path;
    ULONG Depth;  // how much of the path leads to the bus
    PPCI_BUS Bus; // found; its device object is referenced
} PCI_PLACE, *PPCI_PLACE;

// From the bus up to the root bridge, the path read backwards.
static BOOLEAN PciIsPathTo(const PCI_BUS *Bus, const PCI_PLACE *Place)
{
    ULONG Depth = Place->Depth;
    for (const PCI_FUNCTION *Step = Bus->Bridge; Step; Step = Step->Bus->Bridge) {
        if (Depth-- == 0 ||
            Place->Path->Element[Depth].Device != PciDeviceNumber(&Step->Location) ||
            Place->Path->Element[Depth].Function != PciFunctionNumber(&Step->Location))
            return FALSE;
    }
    return Depth == 0;
}

static BOOLEAN PciTestBus(PPCI_BUS Bus, PVOID Context)
{
    PPCI_PLACE Place = Context;
    if (Bus->Root != Place->Root || !Bus->Started || !PciIsPathTo(Bus, Place))
        return TRUE;
    ObReferenceObject(Bus->Self);
    Place->Bus = Bus;
    return FALSE;
}

static PPCI_BUS PciFindBus(const PCI_ROOT *Root, const ACPI_PCI_PATH *Path, ULONG Depth)
{
    PCI_PLACE Place = {.Root = Root, .Path = Path, .Depth = Depth};
    PciForEachBus(PciTestBus, &Place);
    return Place.Bus;
}

static VOID PciCheckBus(const PCI_ROOT *Root, const ACPI_PCI_PATH *Path, ULONG Depth)
{
    PPCI_BUS Bus = PciFindBus(Root, Path, Depth);
    if (!Bus)
        return;
    IoInvalidateDeviceRelations(Bus->PhysicalDevice, BusRelations);
    ObDereferenceObject(Bus->Self);
}

// The firmware may name the function, or a bridge on the way to it: those whose PME# is on have woken.
static BOOLEAN PciWakeOnBus(PPCI_BUS Bus, PVOID Context)
{
    if (Bus->Root != Context)
        return TRUE;
    ExAcquireFastMutex(&Bus->Lock);
    for (PLIST_ENTRY Link = Bus->Functions.Flink; Link != &Bus->Functions; Link = Link->Flink)
        PciCheckWake(CONTAINING_RECORD(Link, PCI_FUNCTION, Link));
    ExReleaseFastMutex(&Bus->Lock);
    return TRUE;
}

static VOID PciWakeFunctions(PPCI_ROOT Root)
{
    PciForEachBus(PciWakeOnBus, Root);
}

static VOID PciActOn(PPCI_ROOT Root, const ACPI_PCI_NOTIFICATION *Notification)
{
    const ACPI_PCI_PATH *Path = &Notification->Path;
    if (Path->Depth > ACPI_PCI_MAX_DEPTH)
        return;
    switch (Notification->Value) {
    case NotifyBusCheck:
        PciCheckBus(Root, Path, Path->Depth);
        break;
    case NotifyDeviceCheck: // of what is in a slot, or of a slot's bridge
        PciCheckBus(Root, Path, Path->Depth);
        if (Path->Depth)
            PciCheckBus(Root, Path, Path->Depth - 1);
        break;
    case NotifyWake:
        PciWakeFunctions(Root);
        break;
    case NotifyEjectRequest: {
        PPCI_BUS Bus = Path->Depth ? PciFindBus(Root, Path, Path->Depth - 1) : NULL;
        if (!Bus)
            break;
        PciRequestEject(Bus, Path->Element[Path->Depth - 1].Device);
        ObDereferenceObject(Bus->Self);
        break;
    }
    default:
        break;
    }
}

// ---- The request that waits

static VOID PciAskForNotification(PPCI_BUS Bus)
{
    PPCI_NOTIFY Notify = &Bus->Notify;
    IoReuseIrp(Notify->Irp, STATUS_NOT_SUPPORTED);
    PIO_STACK_LOCATION Stack = IoGetNextIrpStackLocation(Notify->Irp);
    Stack->MajorFunction = IRP_MJ_INTERNAL_DEVICE_CONTROL;
    Stack->Parameters.DeviceIoControl.IoControlCode = IOCTL_ACPI_PCI_WAIT_NOTIFICATION;
    Stack->Parameters.DeviceIoControl.OutputBufferLength = sizeof(Notify->Data);
    Notify->Irp->AssociatedIrp.SystemBuffer = &Notify->Data;
    Notify->Irp->UserBuffer = &Notify->Data;
    IoSetCompletionRoutine(Notify->Irp, PciNotified, Bus, TRUE, TRUE, TRUE);
    IoCallDriver(Bus->Lower, Notify->Irp);
}

static NTSTATUS NTAPI PciNotified(PDEVICE_OBJECT Device, PIRP Irp, PVOID Context)
{
    PPCI_BUS Bus = Context;
    UNREFERENCED_PARAMETER(Device);
    // A refusal, and the end, are final.
    if (NT_SUCCESS(Irp->IoStatus.Status) && !Bus->Notify.Ends)
        IoQueueWorkItem(Bus->Notify.Work, PciHandleNotification, DelayedWorkQueue, Bus);
    else
        KeSetEvent(&Bus->Notify.Done, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static VOID NTAPI PciHandleNotification(PDEVICE_OBJECT Device, PVOID Context)
{
    PPCI_BUS Bus = Context;
    ACPI_PCI_NOTIFICATION Notification = Bus->Notify.Data;
    UNREFERENCED_PARAMETER(Device);
    PciActOn(&Bus->OwnRoot, &Notification);
    if (Bus->Notify.Ends)
        KeSetEvent(&Bus->Notify.Done, IO_NO_INCREMENT, FALSE);
    else
        PciAskForNotification(Bus);
}

VOID PciStartNotifications(PPCI_BUS Bus)
{
    PPCI_NOTIFY Notify = &Bus->Notify;
    if (!Bus->OwnRoot.HasFirmware || Notify->Irp)
        return;
    KeInitializeEvent(&Notify->Done, NotificationEvent, FALSE);
    Notify->Ends = FALSE;
    Notify->Work = IoAllocateWorkItem(Bus->Self);
    Notify->Irp = IoAllocateIrp(Bus->Lower->StackSize, FALSE);
    if (Notify->Work && Notify->Irp) {
        PciAskForNotification(Bus);
        return;
    }
    if (Notify->Work)
        IoFreeWorkItem(Notify->Work);
    if (Notify->Irp)
        IoFreeIrp(Notify->Irp);
    Notify->Irp = NULL;
    DbgPrintEx(DPFLTR_PCI_ID, DPFLTR_WARNING_LEVEL, "pci: no memory for hot plug on bus %lu\n",
               Bus->Number);
}

VOID PciStopNotifications(PPCI_BUS Bus)
{
    PPCI_NOTIFY Notify = &Bus->Notify;
    if (!Notify->Irp)
        return;
    Notify->Ends = TRUE;
    IoCancelIrp(Notify->Irp);
    KeWaitForSingleObject(&Notify->Done, Executive, KernelMode, FALSE, NULL);
    IoFreeIrp(Notify->Irp);
    IoFreeWorkItem(Notify->Work);
    Notify->Irp = NULL;
}
