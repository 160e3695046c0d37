// Notifications of the firmware: to the PCI bus driver what is below a root bridge, to the PnP manager that devices
// may have come or gone.
#include "acpi.h"

enum { AcpiMaximumEvents = 256 }; // that one bridge keeps

// ---- Requests that wait

static PACPI_WAITERS AcpiWaitersOf(PIO_CSQ Queue)
{
    return CONTAINING_RECORD(Queue, ACPI_WAITERS, Queue);
}

static VOID NTAPI AcpiInsertIrp(PIO_CSQ Queue, PIRP Irp)
{
    InsertTailList(&AcpiWaitersOf(Queue)->Irps, &Irp->Tail.Overlay.ListEntry);
}

static VOID NTAPI AcpiRemoveIrp(PIO_CSQ Queue, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Queue);
    RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
}

static PIRP NTAPI AcpiPeekIrp(PIO_CSQ Queue, PIRP Irp, PVOID Context)
{
    PLIST_ENTRY Head = &AcpiWaitersOf(Queue)->Irps;
    PLIST_ENTRY Next = Irp ? Irp->Tail.Overlay.ListEntry.Flink : Head->Flink;
    UNREFERENCED_PARAMETER(Context);
    return Next == Head ? NULL : CONTAINING_RECORD(Next, IRP, Tail.Overlay.ListEntry);
}

static VOID NTAPI AcpiLockIrps(PIO_CSQ Queue, PKIRQL Irql)
{
    KeAcquireSpinLock(&AcpiWaitersOf(Queue)->Lock, Irql);
}

static VOID NTAPI AcpiUnlockIrps(PIO_CSQ Queue, KIRQL Irql)
{
    KeReleaseSpinLock(&AcpiWaitersOf(Queue)->Lock, Irql);
}

static VOID NTAPI AcpiCancelIrp(PIO_CSQ Queue, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Queue);
    AcpiComplete(Irp, STATUS_CANCELLED, 0);
}

VOID AcpiInitializeWaiters(PACPI_WAITERS Waiters)
{
    KeInitializeSpinLock(&Waiters->Lock);
    InitializeListHead(&Waiters->Irps);
    InitializeListHead(&Waiters->Events);
    IoCsqInitialize(&Waiters->Queue, AcpiInsertIrp, AcpiRemoveIrp, AcpiPeekIrp, AcpiLockIrps,
                    AcpiUnlockIrps, AcpiCancelIrp);
}

static PACPI_EVENT AcpiTakeEvent(PACPI_WAITERS Waiters)
{
    PACPI_EVENT Event = NULL;
    KIRQL Irql;
    KeAcquireSpinLock(&Waiters->Lock, &Irql);
    if (!IsListEmpty(&Waiters->Events)) {
        Event = CONTAINING_RECORD(RemoveHeadList(&Waiters->Events), ACPI_EVENT, Link);
        Waiters->EventCount--;
    }
    KeReleaseSpinLock(&Waiters->Lock, Irql);
    return Event;
}

static VOID AcpiPutBackEvent(PACPI_WAITERS Waiters, PACPI_EVENT Event)
{
    KIRQL Irql;
    KeAcquireSpinLock(&Waiters->Lock, &Irql);
    InsertHeadList(&Waiters->Events, &Event->Link);
    Waiters->EventCount++;
    KeReleaseSpinLock(&Waiters->Lock, Irql);
}

static BOOLEAN AcpiKeepEvent(PACPI_WAITERS Waiters, PACPI_EVENT Event)
{
    KIRQL Irql;
    KeAcquireSpinLock(&Waiters->Lock, &Irql);
    BOOLEAN Room = Waiters->EventCount < AcpiMaximumEvents;
    if (Room) {
        InsertTailList(&Waiters->Events, &Event->Link);
        Waiters->EventCount++;
    }
    KeReleaseSpinLock(&Waiters->Lock, Irql);
    return Room;
}

// Each event with a request, as long as there are both.
static VOID AcpiDeliver(PACPI_WAITERS Waiters)
{
    for (;;) {
        PACPI_EVENT Event = AcpiTakeEvent(Waiters);
        if (!Event)
            return;
        PIRP Irp = IoCsqRemoveNextIrp(&Waiters->Queue, NULL);
        if (!Irp) {
            AcpiPutBackEvent(Waiters, Event);
            return;
        }
        *(PACPI_PCI_NOTIFICATION)Irp->AssociatedIrp.SystemBuffer = Event->Notification;
        ExFreePoolWithTag(Event, AcpiTag);
        AcpiComplete(Irp, STATUS_SUCCESS, sizeof(ACPI_PCI_NOTIFICATION));
    }
}

NTSTATUS AcpiWaitForNotification(PACPI_DEVICE Device, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    if (Stack->Parameters.DeviceIoControl.OutputBufferLength < sizeof(ACPI_PCI_NOTIFICATION))
        return AcpiComplete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    IoCsqInsertIrp(&Device->Waiters.Queue, Irp, NULL); // marks it pending
    AcpiDeliver(&Device->Waiters);
    return STATUS_PENDING;
}

VOID AcpiEndWaiters(PACPI_WAITERS Waiters)
{
    PACPI_EVENT Event;
    PIRP Irp;
    while ((Irp = IoCsqRemoveNextIrp(&Waiters->Queue, NULL)) != NULL)
        AcpiComplete(Irp, STATUS_DELETE_PENDING, 0);
    while ((Event = AcpiTakeEvent(Waiters)) != NULL)
        ExFreePoolWithTag(Event, AcpiTag);
}

// ---- From the firmware, on the notification thread

static VOID AcpiTellBridge(PACPI_NODE Bridge, const ACPI_PCI_NOTIFICATION *Notification)
{
    if (!Bridge->Device)
        return;
    PACPI_WAITERS Waiters = &AcpiExtension(Bridge->Device)->Device.Waiters;
    PACPI_EVENT Event = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Event), AcpiTag);
    if (!Event)
        return;
    Event->Notification = *Notification;
    if (!AcpiKeepEvent(Waiters, Event)) {
        ExFreePoolWithTag(Event, AcpiTag);
        return;
    }
    AcpiDeliver(Waiters);
}

// The device that reports Node looks again at what there is.
static VOID AcpiEnumerateAgain(PACPI_BUS Bus, const ACPI_NODE *Node)
{
    Bus->Changed = TRUE;
    PDEVICE_OBJECT Reporter = Node && Node->Parent ? Node->Parent->Device : Bus->PhysicalDevice;
    if (Reporter)
        IoInvalidateDeviceRelations(Reporter, BusRelations);
}

// What the values above 7Fh mean is the device's matter (ACPI Specification 6.4, 5.6.6).
static VOID AcpiHandleDeviceEvent(const ACPI_NODE *Node, ULONG Value)
{
    enum { ButtonPressed = 0x80, TemperatureChanged = 0x80, TripPointsChanged = 0x81 };
    if (Node->Kind == AcpiThermalKind &&
        (Value == TemperatureChanged || Value == TripPointsChanged))
        AcpiCheckThermalZone(Node);
    else if (strcmp(Node->Id, "PNP0C0C") == 0 && Value == ButtonPressed)
        AcpiRequestPowerOff("power button");
}

static VOID AcpiHandleChange(PACPI_BUS Bus, const ACPI_NODE *Node, ULONG Value)
{
    if (Value == ACPI_NOTIFY_BUS_CHECK || Value == ACPI_NOTIFY_DEVICE_CHECK)
        AcpiEnumerateAgain(Bus, Node);
    else if (Value == ACPI_NOTIFY_EJECT_REQUEST && Node && Node->Device)
        IoRequestDeviceEject(Node->Device);
}

static void AcpiNotify(acpi_handle Handle, u32 Value, void *Context)
{
    PACPI_BUS Bus = Context;
    PACPI_NODE Bridge;
    ACPI_PCI_NOTIFICATION Notification = {.Value = Value};
    ExAcquireFastMutex(&Bus->Lock);
    PACPI_NODE Node = AcpiFindNode(&Bus->Nodes, Handle);
    if (AcpiFindPath(&Bus->Nodes, Handle, &Bridge, &Notification.Path))
        AcpiTellBridge(Bridge, &Notification);
    else if (Value <= ACPI_MAX_SYS_NOTIFY)
        AcpiHandleChange(Bus, Node, Value);
    else if (Node)
        AcpiHandleDeviceEvent(Node, Value);
    ExReleaseFastMutex(&Bus->Lock);
}

NTSTATUS AcpiStartNotifications(PACPI_BUS Bus)
{
    return AcpiStatus(
        acpi_install_notify_handler(ACPI_ROOT_OBJECT, ACPI_ALL_NOTIFY, AcpiNotify, Bus));
}

VOID AcpiStopNotifications(VOID)
{
    (VOID) acpi_remove_notify_handler(ACPI_ROOT_OBJECT, ACPI_ALL_NOTIFY, AcpiNotify);
}
