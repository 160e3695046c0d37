// What lies behind a bridge: how much its windows must hold. Functions that are known are in use, and are not
// measured again; before the bus has a driver its registers are read.
#include "pci.h"

typedef struct _PCI_BEHIND {
    PPCI_NEED Needs;
    BOOLEAN PrefetchIsWide; // the bridge's prefetchable window is for what can lie above 4 GiB
    ULONG Depth;
} PCI_BEHIND, *PPCI_BEHIND;

enum { MostBridges = 32 }; // one behind the other: what claims more is a circle

// Ranges are powers of two, or a bridge's windows: laid out one behind the other, each at its alignment.
static VOID PciAddNeed(PPCI_NEED Need, ULONG64 Length, ULONG64 Alignment, BOOLEAN Wide)
{
    Need->Wide = Need->Length ? Need->Wide && Wide : Wide;
    Need->Length = (Need->Length + Alignment - 1) / Alignment * Alignment + Length;
    Need->Alignment = max(Need->Alignment, Alignment);
}

static VOID PciAddBars(PPCI_BEHIND Behind, const PCI_BAR *Bars)
{
    for (ULONG i = 0; i < PciBarSlots; i++) {
        const PCI_BAR *Bar = &Bars[i];
        PCI_WINDOW_KIND Kind = PciWindowMemory;
        if (Bar->Kind == PciBarNone || Bar->Rom)
            continue;
        if (Bar->Kind == PciBarIo)
            Kind = PciWindowIo;
        else if (Bar->Prefetchable && (Bar->Wide || !Behind->PrefetchIsWide))
            Kind = PciWindowPrefetch;
        PciAddNeed(&Behind->Needs[Kind], Bar->Length, Bar->Length, Bar->Wide);
    }
}

static VOID PciMeasureBehind(const PCI_SPACE *Space, const PCI_LOCATION *Location, PPCI_BUS Known,
                             PPCI_BEHIND Behind);

static VOID PciRoundNeeds(PPCI_NEED Needs)
{
    for (ULONG Kind = 0; Kind < PciWindowKinds; Kind++) {
        ULONG64 Unit = PciWindowGranularity((PCI_WINDOW_KIND)Kind);
        Needs[Kind].Length = (Needs[Kind].Length + Unit - 1) / Unit * Unit;
        Needs[Kind].Alignment = max(Needs[Kind].Alignment, Unit);
    }
}

// Known: the bus behind it, if that has a driver.
static VOID PciMeasureInnerBridge(const PCI_SPACE *Space, const PCI_LOCATION *Location,
                                  PPCI_BUS Known, PPCI_BEHIND Behind)
{
    PCI_NEED Needs[PciWindowKinds] = {};
    PCI_WINDOW Windows[PciWindowKinds];
    PciReadWindows(Space, Windows);
    PCI_BEHIND Inner = {Needs, Windows[PciWindowPrefetch].Wide, Behind->Depth + 1};
    if (Inner.Depth < MostBridges)
        PciMeasureBehind(Space, Location, Known, &Inner);
    PciRoundNeeds(Needs);
    for (ULONG Kind = 0; Kind < PciWindowKinds; Kind++) {
        // What the firmware has reserved stays reserved, for what is plugged in later.
        ULONG64 Open =
            PciIsWindowOpen(&Windows[Kind]) ? Windows[Kind].Limit + 1 - Windows[Kind].Base : 0;
        ULONG64 Length = max(Needs[Kind].Length, Open);
        if (Length)
            PciAddNeed(&Behind->Needs[Kind], Length, Needs[Kind].Alignment, Windows[Kind].Wide);
    }
}

static VOID PciMeasureSlot(const PCI_SPACE *Space, const PCI_LOCATION *Location,
                           const PCI_HEADER *Header, PPCI_BEHIND Behind)
{
    PCI_BAR Bars[PciBarSlots];
    PciReadBars(Space, Header->Type, Bars);
    PciAddBars(Behind, Bars);
    if (Header->Type == 1)
        PciMeasureInnerBridge(Space, Location, NULL, Behind);
}

static VOID PciMeasureBus(PPCI_ROOT Root, ULONG Bus, PPCI_BEHIND Behind)
{
    PCI_LOCATION Location = {.Root = Root, .Bus = (UCHAR)Bus};
    PCI_SPACE Space;
    PCI_HEADER Header;
    PciMapBusSpace(Root, Bus);
    PciOpenSpace(&Location, &Space);
    for (ULONG Device = 0; Device < PCI_MAX_DEVICES; Device++) {
        ULONG Functions = 1;
        for (ULONG Number = 0; Number < Functions; Number++) {
            Location.Slot = (UCHAR)(Device << 3 | Number);
            if (!PciReadHeader(&Space, &Header))
                continue;
            if (Number == 0 && Header.Multifunction)
                Functions = PCI_MAX_FUNCTION;
            PciMeasureSlot(&Space, &Location, &Header, Behind);
        }
    }
}

static VOID PciMeasureKnownBus(PPCI_BUS Bus, PPCI_BEHIND Behind)
{
    ExAcquireFastMutex(&Bus->Lock);
    for (PLIST_ENTRY Link = Bus->Functions.Flink; Link != &Bus->Functions; Link = Link->Flink) {
        PPCI_FUNCTION Function = CONTAINING_RECORD(Link, PCI_FUNCTION, Link);
        if (!Function->Present)
            continue;
        PciAddBars(Behind, Function->Bars);
        if (PciIsBridge(Function))
            PciMeasureInnerBridge(&Function->Space, &Function->Location, Function->Child, Behind);
    }
    ExReleaseFastMutex(&Bus->Lock);
}

static VOID PciMeasureBehind(const PCI_SPACE *Space, const PCI_LOCATION *Location, PPCI_BUS Known,
                             PPCI_BEHIND Behind)
{
    ULONG Secondary = PciRead(Space, PciBridgeSecondary, 1);
    if (Known)
        PciMeasureKnownBus(Known, Behind);
    else if (Secondary > Location->Bus && Secondary <= Location->Root->LastBus)
        PciMeasureBus(Location->Root, Secondary, Behind);
}

VOID PciMeasureBridge(PPCI_FUNCTION Bridge, PPCI_NEED Needs)
{
    PCI_BEHIND Behind = {Needs, Bridge->Windows[PciWindowPrefetch].Wide, 0};
    RtlZeroMemory(Needs, PciWindowKinds * sizeof(*Needs));
    PciMeasureBehind(&Bridge->Space, &Bridge->Location, Bridge->Child, &Behind);
    PciRoundNeeds(Needs);
}

// ---- What has come is too large

static BOOLEAN PciIsTooSmall(PPCI_FUNCTION Bridge)
{
    PCI_NEED Needs[PciWindowKinds];
    PciMeasureBridge(Bridge, Needs);
    for (ULONG Kind = 0; Kind < PciWindowKinds; Kind++) {
        const PCI_WINDOW *Window = &Bridge->Windows[Kind];
        ULONG64 Open = PciIsWindowOpen(Window) ? Window->Limit + 1 - Window->Base : 0;
        if (Window->Implemented && Needs[Kind].Length > Open)
            return TRUE;
    }
    return FALSE;
}

// The outermost bridge gets its larger windows first, in which those behind it have theirs.
VOID PciWidenBridges(PPCI_FUNCTION Bridge)
{
    if (!Bridge)
        return;
    PciWidenBridges(Bridge->Bus->Bridge);
    if (!Bridge->Started || !PciIsTooSmall(Bridge))
        return;
    Bridge->WantsWindows = TRUE;
    IoInvalidateDeviceState(Bridge->Self);
}

// The PnP manager asks for the requirements anew, and moves who has to.
NTSTATUS PciQueryState(PPCI_FUNCTION Function, PIRP Irp)
{
    if (!Function->WantsWindows)
        return PciComplete(Irp, Irp->IoStatus.Status, Irp->IoStatus.Information);
    Function->WantsWindows = FALSE;
    return PciComplete(Irp, STATUS_SUCCESS,
                       Irp->IoStatus.Information | PNP_DEVICE_RESOURCE_REQUIREMENTS_CHANGED);
}
