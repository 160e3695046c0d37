// What lies behind a bridge before its bus has a driver: how much its windows must hold.
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

static VOID PciMeasureBus(PPCI_ROOT Root, ULONG Bus, PPCI_BEHIND Behind);

static VOID PciRoundNeeds(PPCI_NEED Needs)
{
    for (ULONG Kind = 0; Kind < PciWindowKinds; Kind++) {
        ULONG64 Unit = PciWindowGranularity((PCI_WINDOW_KIND)Kind);
        Needs[Kind].Length = (Needs[Kind].Length + Unit - 1) / Unit * Unit;
        Needs[Kind].Alignment = max(Needs[Kind].Alignment, Unit);
    }
}

static VOID PciMeasureInnerBridge(const PCI_SPACE *Space, const PCI_LOCATION *Location,
                                  PPCI_BEHIND Behind)
{
    PCI_NEED Needs[PciWindowKinds] = {};
    PCI_WINDOW Windows[PciWindowKinds];
    PciReadWindows(Space, Windows);
    PCI_BEHIND Inner = {Needs, Windows[PciWindowPrefetch].Wide, Behind->Depth + 1};
    ULONG Secondary = PciRead(Space, PciBridgeSecondary, 1);
    if (Secondary > Location->Bus && Secondary <= Location->Root->LastBus &&
        Inner.Depth < MostBridges)
        PciMeasureBus(Location->Root, Secondary, &Inner);
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
        PciMeasureInnerBridge(Space, Location, Behind);
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

VOID PciMeasureBridge(PPCI_FUNCTION Bridge, PPCI_NEED Needs)
{
    PCI_BEHIND Behind = {Needs, Bridge->Windows[PciWindowPrefetch].Wide, 0};
    ULONG Secondary = PciRead(&Bridge->Space, PciBridgeSecondary, 1);
    RtlZeroMemory(Needs, PciWindowKinds * sizeof(*Needs));
    if (Secondary > Bridge->Location.Bus && Secondary <= Bridge->Location.Root->LastBus)
        PciMeasureBus(Bridge->Location.Root, Secondary, &Behind);
    PciRoundNeeds(Needs);
}
