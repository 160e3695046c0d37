// A bus: its device object, and PnP requests to it.
#include "pci.h"

#include "pnp.h"

static LIST_ENTRY PciBuses = {&PciBuses, &PciBuses};
static FAST_MUTEX PciBusesLock;
static BOOLEAN PciBusesReady;

// ---- All buses

static VOID PciLockBuses(VOID)
{
    if (!PciBusesReady) { // AddDevice is called for one device after the other
        ExInitializeFastMutex(&PciBusesLock);
        PciBusesReady = TRUE;
    }
    ExAcquireFastMutex(&PciBusesLock);
}

VOID PciForEachBus(BOOLEAN (*Visit)(PPCI_BUS Bus, PVOID Context), PVOID Context)
{
    PciLockBuses();
    for (PLIST_ENTRY Link = PciBuses.Flink; Link != &PciBuses; Link = Link->Flink) {
        if (!Visit(CONTAINING_RECORD(Link, PCI_BUS, Link), Context))
            break;
    }
    ExReleaseFastMutex(&PciBusesLock);
}

NTSTATUS PciAddBus(PDRIVER_OBJECT Driver, PDEVICE_OBJECT PhysicalDevice)
{
    BOOLEAN IsOwn = PhysicalDevice->DriverObject == Driver;
    PDEVICE_OBJECT Self;
    NTSTATUS Status = IoCreateDevice(Driver, sizeof(PCI_EXTENSION), NULL, FILE_DEVICE_BUS_EXTENDER,
                                     0, FALSE, &Self);
    if (!NT_SUCCESS(Status))
        return Status;
    PPCI_EXTENSION Extension = PciExtension(Self);
    PPCI_BUS Bus = &Extension->Bus;
    Extension->IsBus = TRUE;
    Bus->Self = Self;
    Bus->PhysicalDevice = PhysicalDevice;
    Bus->Bridge = IsOwn ? &PciExtension(PhysicalDevice)->Function : NULL;
    Bus->Root = IsOwn ? Bus->Bridge->Location.Root : &Bus->OwnRoot;
    ExInitializeFastMutex(&Bus->Lock);
    InitializeListHead(&Bus->Functions);
    Bus->Lower = IoAttachDeviceToDeviceStack(Self, PhysicalDevice);
    if (!Bus->Lower) {
        IoDeleteDevice(Self);
        return STATUS_NO_SUCH_DEVICE;
    }
    PciLockBuses();
    InsertTailList(&PciBuses, &Bus->Link);
    if (Bus->Bridge)
        Bus->Bridge->Child = Bus;
    ExReleaseFastMutex(&PciBusesLock);
    Self->Flags |= DO_POWER_PAGABLE;
    Self->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

// ---- Start

// The bridge below has been started: its windows are open, its bus numbers are set.
static NTSTATUS PciStartBehindBridge(PPCI_BUS Bus)
{
    const PCI_SPACE *Space = &Bus->Bridge->Space;
    Bus->Number = PciRead(Space, PciBridgeSecondary, 1);
    Bus->Last = PciRead(Space, PciBridgeSubordinate, 1);
    if (Bus->Number <= Bus->Bridge->Location.Bus || Bus->Last < Bus->Number)
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    PciMapBusSpace(Bus->Root, Bus->Number);
    return STATUS_SUCCESS;
}

static NTSTATUS PciStartBus(PDEVICE_OBJECT Self, const CM_RESOURCE_LIST *Resources)
{
    PPCI_BUS Bus = &PciExtension(Self)->Bus;
    UNREFERENCED_PARAMETER(Resources);
    NTSTATUS Status = Bus->Bridge ? PciStartBehindBridge(Bus) : PciStartRoot(Bus);
    Bus->Started = NT_SUCCESS(Status);
    if (Bus->Started && Bus->Bridge)
        PciStartSlot(Bus);
    else if (Bus->Started)
        PciStartNotifications(Bus);
    return Status;
}

static VOID PciStopBus(PDEVICE_OBJECT Self)
{
    PPCI_BUS Bus = &PciExtension(Self)->Bus;
    Bus->Started = FALSE;
    PciStopNotifications(Bus);
    PciStopSlot(Bus);
}

// ---- Relations

// What the devices below have reported stays: ACPI has devices of its own below a root bridge.
static PDEVICE_RELATIONS PciListFunctions(PPCI_BUS Bus, const DEVICE_RELATIONS *Given)
{
    ULONG Before = Given ? Given->Count : 0, Count = Before;
    for (PLIST_ENTRY Link = Bus->Functions.Flink; Link != &Bus->Functions; Link = Link->Flink)
        Count++;
    SIZE_T Size = FIELD_OFFSET(DEVICE_RELATIONS, Objects) + (Count + 1) * sizeof(PDEVICE_OBJECT);
    PDEVICE_RELATIONS Relations = ExAllocatePoolWithTag(PagedPool, Size, PciTag);
    if (!Relations)
        return NULL;
    Relations->Count = 0;
    for (ULONG i = 0; i < Before; i++)
        Relations->Objects[Relations->Count++] = Given->Objects[i];
    for (PLIST_ENTRY Link = Bus->Functions.Flink; Link != &Bus->Functions; Link = Link->Flink) {
        PPCI_FUNCTION Function = CONTAINING_RECORD(Link, PCI_FUNCTION, Link);
        if (!Function->Present)
            continue;
        ObReferenceObject(Function->Self);
        Relations->Objects[Relations->Count++] = Function->Self;
    }
    return Relations;
}

static NTSTATUS PciQueryRelations(PPCI_BUS Bus, PIRP Irp)
{
    if (!Bus->Bridge && !IoForwardIrpSynchronously(Bus->Lower, Irp))
        return PciComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    PDEVICE_RELATIONS Given = (PDEVICE_RELATIONS)Irp->IoStatus.Information;
    ExAcquireFastMutex(&Bus->Lock);
    NTSTATUS Status = Bus->Started ? PciScanBus(Bus) : STATUS_DEVICE_NOT_READY;
    PDEVICE_RELATIONS Relations = NT_SUCCESS(Status) ? PciListFunctions(Bus, Given) : NULL;
    BOOLEAN Grown = Bus->Grown;
    Bus->Grown = FALSE;
    ExReleaseFastMutex(&Bus->Lock);
    if (Grown)
        PciWidenBridges(Bus->Bridge);
    if (NT_SUCCESS(Status) && !Relations)
        Status = STATUS_INSUFFICIENT_RESOURCES;
    if (!NT_SUCCESS(Status))
        return PciComplete(Irp, Status, (ULONG_PTR)Given);
    if (Given)
        ExFreePool(Given);
    return PciComplete(Irp, STATUS_SUCCESS, (ULONG_PTR)Relations);
}

// ---- Removal

static VOID PciForgetFunctions(PPCI_BUS Bus)
{
    ExAcquireFastMutex(&Bus->Lock);
    while (!IsListEmpty(&Bus->Functions)) {
        PLIST_ENTRY Link = RemoveHeadList(&Bus->Functions);
        IoDeleteDevice(CONTAINING_RECORD(Link, PCI_FUNCTION, Link)->Self);
    }
    ExReleaseFastMutex(&Bus->Lock);
}

// Before the bridge goes, whose windows and numbers are the functions'.
static VOID PciLeaveBus(PPCI_BUS Bus)
{
    PciStopBus(Bus->Self);
    PciLockBuses();
    RemoveEntryList(&Bus->Link);
    if (Bus->Bridge)
        Bus->Bridge->Child = NULL;
    ExReleaseFastMutex(&PciBusesLock);
    PciForgetFunctions(Bus);
    PciUnmapSpaces(&Bus->OwnRoot);
}

NTSTATUS PciBusPnp(PPCI_BUS Bus, PIRP Irp)
{
    static const PNP_ROUTINES Routines = {.Start = PciStartBus, .Stop = PciStopBus};
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    if (Stack->MinorFunction == IRP_MN_QUERY_DEVICE_RELATIONS &&
        Stack->Parameters.QueryDeviceRelations.Type == BusRelations)
        return PciQueryRelations(Bus, Irp);
    if (Stack->MinorFunction == IRP_MN_REMOVE_DEVICE)
        PciLeaveBus(Bus);
    return PnpDispatch(&Routines, Bus->Self, Bus->Lower, Irp);
}
