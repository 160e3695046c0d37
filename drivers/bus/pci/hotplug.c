// Native hot plug: the slot below a port tells by an interrupt that a device has come or gone, or that somebody has
// pressed its button. An orderly removal takes the device from its drivers, then the power from the slot; the
// button starts one after five seconds, in which it can be pressed again (PCI Express Base Specification 4.0, 6.7.1).
#include "pci.h"

enum {
    EventButton = 1 << 0, // as in the status register
    EventFault = 1 << 1,
    EventPresence = 1 << 3,
    EventLink = 1 << 8,
    EventTimer = 1 << 16, // our own: the five seconds are over
    ButtonSeconds = 5,
};

static IO_WORKITEM_ROUTINE PciHandleSlot;
static KDEFERRED_ROUTINE PciSlotDpc, PciSlotTimer;

// ---- From the interrupt to a thread

static BOOLEAN NTAPI PciServeSlot(PKINTERRUPT Interrupt, PVOID Context)
{
    PPCI_BUS Bus = Context;
    UNREFERENCED_PARAMETER(Interrupt);
    ULONG Events = PciTakeSlotEvents(Bus->Bridge);
    if (!Events)
        return FALSE;
    InterlockedOr(&Bus->Slot.Events, (LONG)Events);
    KeInsertQueueDpc(&Bus->Slot.Dpc, NULL, NULL);
    return TRUE;
}

static BOOLEAN NTAPI PciServeSlotMessage(PKINTERRUPT Interrupt, PVOID Context, ULONG Message)
{
    UNREFERENCED_PARAMETER(Message);
    return PciServeSlot(Interrupt, Context);
}

// One work item: what comes while it runs is found by it, or queues it again.
static VOID PciQueueSlot(PPCI_BUS Bus)
{
    if (!InterlockedExchange(&Bus->Slot.Queued, TRUE))
        IoQueueWorkItem(Bus->Slot.Work, PciHandleSlot, DelayedWorkQueue, Bus);
}

static VOID NTAPI PciSlotDpc(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    PciQueueSlot(Context);
}

static VOID NTAPI PciSlotTimer(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    PPCI_BUS Bus = Context;
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    InterlockedOr(&Bus->Slot.Events, EventTimer);
    PciQueueSlot(Bus);
}

// ---- Events

static VOID PciRescan(PPCI_BUS Bus)
{
    IoInvalidateDeviceRelations(Bus->PhysicalDevice, BusRelations);
}

static BOOLEAN PciIsSlotInUse(PPCI_BUS Bus)
{
    BOOLEAN Any = FALSE;
    ExAcquireFastMutex(&Bus->Lock);
    for (PLIST_ENTRY Link = Bus->Functions.Flink; Link != &Bus->Functions; Link = Link->Flink)
        Any |= CONTAINING_RECORD(Link, PCI_FUNCTION, Link)->Present;
    ExReleaseFastMutex(&Bus->Lock);
    return Any;
}

// Each function goes the same way; the power is switched off when the last one is ejected.
VOID PciRequestEject(PPCI_BUS Bus, ULONG Device)
{
    PDEVICE_OBJECT Found[PCI_MAX_FUNCTION];
    ULONG Count = 0;
    ExAcquireFastMutex(&Bus->Lock);
    for (PLIST_ENTRY Link = Bus->Functions.Flink; Link != &Bus->Functions; Link = Link->Flink) {
        PPCI_FUNCTION Function = CONTAINING_RECORD(Link, PCI_FUNCTION, Link);
        if (!Function->Present || PciDeviceNumber(&Function->Location) != Device ||
            Count == RTL_NUMBER_OF(Found))
            continue;
        ObReferenceObject(Function->Self);
        Found[Count++] = Function->Self;
    }
    ExReleaseFastMutex(&Bus->Lock);
    while (Count) {
        IoRequestDeviceEject(Found[--Count]);
        ObDereferenceObject(Found[Count]);
    }
}

static VOID PciHandleButton(PPCI_BUS Bus)
{
    LARGE_INTEGER Delay = {.QuadPart = -10'000'000ll * ButtonSeconds};
    if (Bus->Slot.Waiting) { // once more: it was not meant
        Bus->Slot.Waiting = FALSE;
        KeCancelTimer(&Bus->Slot.Timer);
        PciSetSlotLamp(Bus->Bridge, PciIsSlotInUse(Bus) ? PciLampOn : PciLampOff);
        return;
    }
    Bus->Slot.Waiting = TRUE;
    PciSetSlotLamp(Bus->Bridge, PciLampBlinks);
    KeSetTimer(&Bus->Slot.Timer, Delay, &Bus->Slot.TimerDpc);
}

// Somebody needs the device: it stays, and the lamp says so.
VOID PciCancelEject(const PCI_FUNCTION *Function)
{
    PPCI_BUS Bus = Function->Bus;
    if (Bus->Slot.Work && !Bus->Slot.Waiting)
        PciSetSlotLamp(Bus->Bridge, PciLampOn);
}

static VOID PciOccupySlot(PPCI_BUS Bus)
{
    PciPowerSlot(Bus->Bridge, TRUE);
    PciRescan(Bus);
}

static VOID PciHandleTimer(PPCI_BUS Bus)
{
    if (!Bus->Slot.Waiting)
        return;
    Bus->Slot.Waiting = FALSE;
    if (PciIsSlotInUse(Bus))
        PciRequestEject(Bus, 0);
    else if (PciIsSlotOccupied(Bus->Bridge))
        PciOccupySlot(Bus);
}

static VOID PciHandlePresence(PPCI_BUS Bus)
{
    BOOLEAN Occupied = PciIsSlotOccupied(Bus->Bridge);
    Bus->Slot.Waiting = FALSE;
    KeCancelTimer(&Bus->Slot.Timer);
    if (Occupied && !PciIsSlotInUse(Bus)) {
        PciOccupySlot(Bus);
    } else if (!Occupied) {
        PciPowerSlot(Bus->Bridge, FALSE);
        PciRescan(Bus);
    } else {
        PciRescan(Bus); // another one is in the slot, or the same
    }
}

static VOID NTAPI PciHandleSlot(PDEVICE_OBJECT Device, PVOID Context)
{
    PPCI_BUS Bus = Context;
    UNREFERENCED_PARAMETER(Device);
    InterlockedExchange(&Bus->Slot.Queued, FALSE);
    LONG Events = InterlockedExchange(&Bus->Slot.Events, 0);
    if (!Bus->Started)
        return;
    if (Events & EventFault)
        DbgPrintEx(DPFLTR_PCI_ID, DPFLTR_WARNING_LEVEL, "pci: power fault in the slot of bus %lu\n",
                   Bus->Number);
    // A device that comes may press the button, too.
    if (Events & (EventPresence | EventLink))
        PciHandlePresence(Bus);
    else if (Events & EventButton)
        PciHandleButton(Bus);
    if (Events & EventTimer)
        PciHandleTimer(Bus);
}

// ---- Start and stop, with the bus

static NTSTATUS PciConnectSlot(PPCI_BUS Bus)
{
    PPCI_SLOT Slot = &Bus->Slot;
    Slot->Connection.Version = CONNECT_MESSAGE_BASED;
    Slot->Connection.MessageBased = (IO_CONNECT_INTERRUPT_MESSAGE_BASED_PARAMETERS){
        .PhysicalDeviceObject = Bus->PhysicalDevice,
        .ConnectionContext.Generic = &Slot->ConnectionContext,
        .MessageServiceRoutine = PciServeSlotMessage,
        .ServiceContext = Bus,
        .FallBackServiceRoutine = PciServeSlot,
    };
    return IoConnectInterruptEx(&Slot->Connection);
}

// A port that cannot tell what happens works, but for that.
VOID PciStartSlot(PPCI_BUS Bus)
{
    PPCI_SLOT Slot = &Bus->Slot;
    if (!Bus->Bridge || !PciWantsSlotInterrupt(Bus->Bridge))
        return;
    KeInitializeDpc(&Slot->Dpc, PciSlotDpc, Bus);
    KeInitializeDpc(&Slot->TimerDpc, PciSlotTimer, Bus);
    KeInitializeTimer(&Slot->Timer);
    Slot->Work = IoAllocateWorkItem(Bus->Self);
    NTSTATUS Status = Slot->Work ? PciConnectSlot(Bus) : STATUS_INSUFFICIENT_RESOURCES;
    if (!NT_SUCCESS(Status)) {
        DbgPrintEx(DPFLTR_PCI_ID, DPFLTR_WARNING_LEVEL,
                   "pci: the slot of bus %lu cannot be listened to: 0x%08lX\n", Bus->Number,
                   (ULONG)Status);
        if (Slot->Work)
            IoFreeWorkItem(Slot->Work);
        Slot->Work = NULL;
        return;
    }
    if (PciIsSlotOccupied(Bus->Bridge))
        PciPowerSlot(Bus->Bridge, TRUE);
    PciListenToSlot(Bus->Bridge, TRUE);
}

// The port may be gone itself: then its registers read as ones, and nothing is written.
VOID PciStopSlot(PPCI_BUS Bus)
{
    PPCI_SLOT Slot = &Bus->Slot;
    if (!Slot->Work)
        return;
    if (PciIsSameFunction(&Bus->Bridge->Space, &Bus->Bridge->Header))
        PciListenToSlot(Bus->Bridge, FALSE);
    IO_DISCONNECT_INTERRUPT_PARAMETERS Parameters = {
        .Version = Slot->Connection.Version,
        .ConnectionContext.Generic = Slot->ConnectionContext,
    };
    IoDisconnectInterruptEx(&Parameters);
    Slot->ConnectionContext = NULL;
    Slot->Waiting = FALSE;
    KeCancelTimer(&Slot->Timer);
    KeFlushQueuedDpcs();
    // What is queued runs out first: it finds the bus stopped.
    LARGE_INTEGER Tick = {.QuadPart = -10'000};
    while (Slot->Queued)
        KeDelayExecutionThread(KernelMode, FALSE, &Tick);
    IoFreeWorkItem(Slot->Work);
    Slot->Work = NULL;
}
