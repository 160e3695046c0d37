// What a function needs to be started: its ranges, a bridge's windows, interrupts. Alternatives are lists of their own:
// MSI-X before MSI before the line, as message interrupts are for one driver alone and lines are shared.
#include "pci.h"

enum {
    MostRanges = 3 * PciBarSlots,
    MostAlternatives = 15, // five kinds of interrupts, with three sets of ranges
    MostDescriptors = MostAlternatives * (MostRanges + PciMaxMessages),
    SpareMemory =
        2 << 20, // of a slot into which something may be plugged, when the firmware left it nothing
    SparePorts = 1 << 12,
};

typedef struct _PCI_REQUIREMENTS {
    PPCI_FUNCTION Function;
    IO_RESOURCE_DESCRIPTOR Ranges[MostRanges];
    ULONG RangeCount;
    ULONG Spared, NotSpared; // windows, by kind, with room for what may come; those that get none
    PIO_RESOURCE_REQUIREMENTS_LIST List;
    PIO_RESOURCE_LIST Next; // where the next alternative goes
} PCI_REQUIREMENTS, *PPCI_REQUIREMENTS;

// ---- Lengths of more than 32 bits count units: 256 bytes, 64 KiB, 4 GiB

VOID PciEncodeLength(ULONG64 Length, PUCHAR Type, PUSHORT Flags, PULONG Encoded, PULONG Shift)
{
    static const struct {
        ULONG64 Most;
        USHORT Flag;
        ULONG Shift;
    } Units[] = {
        {CM_RESOURCE_MEMORY_LARGE_40_MAXLEN, CM_RESOURCE_MEMORY_LARGE_40, 8},
        {CM_RESOURCE_MEMORY_LARGE_48_MAXLEN, CM_RESOURCE_MEMORY_LARGE_48, 16},
        {CM_RESOURCE_MEMORY_LARGE_64_MAXLEN, CM_RESOURCE_MEMORY_LARGE_64, 32},
    };
    *Shift = 0;
    for (ULONG i = 0; Length > MAXULONG && i < RTL_NUMBER_OF(Units) && !*Shift; i++) {
        if (Length > Units[i].Most)
            continue;
        *Type = CmResourceTypeMemoryLarge;
        *Flags |= Units[i].Flag;
        *Shift = Units[i].Shift;
    }
    *Encoded = (ULONG)(Length >> *Shift);
}

// ---- Ranges

// A bridge whose window is not there will never have one.
static BOOLEAN PciIsReachedByPorts(const PCI_FUNCTION *Function)
{
    for (const PCI_FUNCTION *Bridge = Function->Bus->Bridge; Bridge; Bridge = Bridge->Bus->Bridge) {
        if (!Bridge->Windows[PciWindowIo].Implemented)
            return FALSE;
    }
    return TRUE;
}

BOOLEAN PciUsesBar(const PCI_FUNCTION *Function, ULONG Index)
{
    if (Function->Bars[Index].Kind != PciBarIo || PciIsReachedByPorts(Function))
        return Function->Bars[Index].Kind != PciBarNone;
    for (ULONG i = 0; i < PciMaxBars; i++) {
        if (Function->Bars[i].Kind == PciBarMemory)
            return FALSE;
    }
    return TRUE;
}

static PIO_RESOURCE_DESCRIPTOR PciAddRange(PPCI_REQUIREMENTS Wanted, UCHAR Type, USHORT Flags,
                                           ULONG64 Length, ULONG64 Alignment)
{
    ULONG Shift;
    PIO_RESOURCE_DESCRIPTOR Range = &Wanted->Ranges[Wanted->RangeCount++];
    *Range = (IO_RESOURCE_DESCRIPTOR){
        .Type = Type, .ShareDisposition = CmResourceShareDeviceExclusive, .Flags = Flags};
    PciEncodeLength(Length, &Range->Type, &Range->Flags, &Range->u.Generic.Length, &Shift);
    Range->u.Generic.Alignment = (ULONG)max(Alignment >> Shift, 1ull);
    return Range;
}

static VOID PciLimitRange(PIO_RESOURCE_DESCRIPTOR Range, ULONG64 Low, ULONG64 High)
{
    Range->u.Generic.MinimumAddress.QuadPart = (LONGLONG)Low;
    Range->u.Generic.MaximumAddress.QuadPart = (LONGLONG)High;
}

// Is there a place for the range in the bridge's window as it is now?
static BOOLEAN PciHolds(const PCI_WINDOW *Window, const PCI_BAR *Bar)
{
    ULONG64 Highest = min(Window->Limit, PciHighestAddress(Bar));
    return PciIsWindowOpen(Window) && Window->Base <= Highest &&
           Highest - Window->Base >= Bar->Length - 1;
}

// The windows of the bridge above in which the range may lie, the better one first.
static ULONG PciChooseWindows(const PCI_FUNCTION *Bridge, const PCI_BAR *Bar,
                              const PCI_WINDOW **Windows)
{
    const PCI_WINDOW *All = Bridge->Windows;
    ULONG Count = 0;
    if (Bar->Kind == PciBarIo) {
        if (PciHolds(&All[PciWindowIo], Bar))
            Windows[Count++] = &All[PciWindowIo];
        return Count;
    }
    if (Bar->Prefetchable && PciHolds(&All[PciWindowPrefetch], Bar))
        Windows[Count++] = &All[PciWindowPrefetch];
    if (PciHolds(&All[PciWindowMemory], Bar))
        Windows[Count++] = &All[PciWindowMemory];
    return Count;
}

// Where no firmware says what reaches the root bridge: where PCs have neither RAM nor devices of the board.
static VOID PciGuessRootWindow(BOOLEAN IsIo, PCI_WINDOW *Window)
{
    Window->Base = IsIo ? 0x1000 : 0xC000'0000;
    Window->Limit = IsIo ? 0xFFFF : 0xFEBF'FFFF;
}

static VOID PciAddBar(PPCI_REQUIREMENTS Wanted, const PCI_BAR *Bar)
{
    const PCI_FUNCTION *Bridge = Wanted->Function->Bus->Bridge;
    BOOLEAN IsIo = Bar->Kind == PciBarIo;
    PCI_WINDOW Everything = {.Limit = PciHighestAddress(Bar)};
    const PCI_WINDOW *Windows[3];
    ULONG Count = 0;
    if (!Wanted->Function->Location.Root->HasFirmware)
        PciGuessRootWindow(IsIo, &Everything);
    UCHAR Type = IsIo ? CmResourceTypePort : CmResourceTypeMemory;
    USHORT Flags = IsIo ? CM_RESOURCE_PORT_IO | CM_RESOURCE_PORT_POSITIVE_DECODE
                        : CM_RESOURCE_MEMORY_READ_WRITE;
    if (Bar->Prefetchable)
        Flags |= CM_RESOURCE_MEMORY_PREFETCHABLE;
    if (Bridge)
        Count = PciChooseWindows(Bridge, Bar, Windows);
    // Wherever the bridge's windows go: the arbiter keeps to them.
    Windows[Count++] = &Everything;
    for (ULONG i = 0; i < Count; i++) {
        PIO_RESOURCE_DESCRIPTOR Range = PciAddRange(Wanted, Type, Flags, Bar->Length, Bar->Length);
        PciLimitRange(Range, Windows[i]->Base, min(Windows[i]->Limit, PciHighestAddress(Bar)));
        if (i)
            Range->Option = IO_RESOURCE_ALTERNATIVE;
    }
}

// ---- Windows of bridges

static USHORT PciWindowFlags(PCI_WINDOW_KIND Kind)
{
    static const USHORT Flags[] = {
        [PciWindowIo] =
            CM_RESOURCE_PORT_IO | CM_RESOURCE_PORT_POSITIVE_DECODE | CM_RESOURCE_PORT_WINDOW_DECODE,
        [PciWindowMemory] = CM_RESOURCE_MEMORY_WINDOW_DECODE,
        [PciWindowPrefetch] = CM_RESOURCE_MEMORY_WINDOW_DECODE | CM_RESOURCE_MEMORY_PREFETCHABLE,
    };
    return Flags[Kind];
}

static ULONG64 PciWindowHighest(PCI_WINDOW_KIND Kind, const PCI_WINDOW *Window, BOOLEAN Wide)
{
    if (Kind == PciWindowIo)
        return MAXUSHORT;
    return Window->Wide && Wide ? MAXULONG64 : MAXULONG;
}

static VOID PciSpareForSlot(PPCI_REQUIREMENTS Wanted, PCI_WINDOW_KIND Kind, PPCI_NEED Need)
{
    ULONG64 Spare = Kind == PciWindowIo ? SparePorts : SpareMemory;
    if (Need->Length >= Spare)
        return;
    Wanted->Spared |= 1u << Kind;
    Need->Wide = Need->Length == 0 || Need->Wide;
    Need->Length = Spare;
    Need->Alignment = max(Need->Alignment, PciWindowGranularity(Kind));
}

// The firmware's window stays when it is large enough.
static BOOLEAN PciKeepsWindow(const PCI_WINDOW *Window, const PCI_NEED *Need)
{
    return PciIsWindowOpen(Window) && Window->Limit + 1 - Window->Base >= Need->Length;
}

static VOID PciAddWindow(PPCI_REQUIREMENTS Wanted, PCI_WINDOW_KIND Kind, const PCI_NEED *Need)
{
    const PCI_WINDOW *Window = &Wanted->Function->Windows[Kind];
    UCHAR Type = Kind == PciWindowIo ? CmResourceTypePort : CmResourceTypeMemory;
    ULONG64 Length = Need->Length, Alignment = max(Need->Alignment, PciWindowGranularity(Kind));
    PIO_RESOURCE_DESCRIPTOR Range;
    if (PciKeepsWindow(Window, Need)) {
        Length = Window->Limit + 1 - Window->Base;
        Range = PciAddRange(Wanted, Type, PciWindowFlags(Kind), Length, PciWindowGranularity(Kind));
        PciLimitRange(Range, Window->Base, Window->Limit);
        Range = PciAddRange(Wanted, Type, PciWindowFlags(Kind), Length, Alignment);
        Range->Option = IO_RESOURCE_ALTERNATIVE;
    } else {
        Range = PciAddRange(Wanted, Type, PciWindowFlags(Kind), Length, Alignment);
    }
    PCI_WINDOW Everything = {.Limit = PciWindowHighest(Kind, Window, Need->Wide)};
    if (!Wanted->Function->Location.Root->HasFirmware && !Wanted->Function->Bus->Bridge)
        PciGuessRootWindow(Kind == PciWindowIo, &Everything);
    PciLimitRange(Range, Everything.Base, Everything.Limit);
}

static VOID PciAddWindows(PPCI_REQUIREMENTS Wanted)
{
    PCI_NEED Needs[PciWindowKinds];
    PPCI_FUNCTION Bridge = Wanted->Function;
    PciMeasureBridge(Bridge, Needs);
    for (ULONG Kind = 0; Kind < PciWindowKinds; Kind++) {
        const PCI_WINDOW *Window = &Bridge->Windows[Kind];
        if (!Window->Implemented)
            continue;
        if (PciIsHotPlugPort(Bridge) && !PciIsWindowOpen(Window) &&
            !(Wanted->NotSpared >> Kind & 1))
            PciSpareForSlot(Wanted, (PCI_WINDOW_KIND)Kind, &Needs[Kind]);
        if (Needs[Kind].Length || PciIsWindowOpen(Window))
            PciAddWindow(Wanted, (PCI_WINDOW_KIND)Kind, &Needs[Kind]);
    }
}

static VOID PciCollectRanges(PPCI_REQUIREMENTS Wanted)
{
    const PCI_FUNCTION *Function = Wanted->Function;
    for (ULONG i = 0; i < PciMaxBars; i++) { // a ROM is for the firmware
        if (PciUsesBar(Function, i))
            PciAddBar(Wanted, &Function->Bars[i]);
    }
    if (PciIsBridge(Function))
        PciAddWindows(Wanted);
}

// ---- Interrupts

// Count descriptors behind the ranges, which the caller fills in.
static PIO_RESOURCE_DESCRIPTOR PciAddAlternative(PPCI_REQUIREMENTS Wanted, ULONG Count)
{
    PIO_RESOURCE_LIST List = Wanted->Next;
    List->Version = List->Revision = 1;
    List->Count = Wanted->RangeCount + Count;
    RtlCopyMemory(List->Descriptors, Wanted->Ranges,
                  Wanted->RangeCount * sizeof(Wanted->Ranges[0]));
    Wanted->Next = (PIO_RESOURCE_LIST)&List->Descriptors[List->Count];
    Wanted->List->AlternativeLists++;
    return &List->Descriptors[Wanted->RangeCount];
}

static VOID PciFillMessages(PIO_RESOURCE_DESCRIPTOR Interrupt, ULONG Count)
{
    *Interrupt = (IO_RESOURCE_DESCRIPTOR){
        .Type = CmResourceTypeInterrupt,
        .ShareDisposition = CmResourceShareDeviceExclusive,
        .Flags = CM_RESOURCE_INTERRUPT_LATCHED | CM_RESOURCE_INTERRUPT_MESSAGE,
    };
    Interrupt->u.Interrupt.MinimumVector = CM_RESOURCE_INTERRUPT_MESSAGE_TOKEN - (Count - 1);
    Interrupt->u.Interrupt.MaximumVector = CM_RESOURCE_INTERRUPT_MESSAGE_TOKEN;
}

static VOID PciAddMessages(PPCI_REQUIREMENTS Wanted, ULONG Limit)
{
    ULONG Extended = PciCountMessages(Wanted->Function, TRUE);
    ULONG Plain = PciCountMessages(Wanted->Function, FALSE);
    Limit = Limit ? min(Limit, (ULONG)PciMaxMessages) : PciMaxMessages;
    for (ULONG Count = min(Extended, Limit); Count; Count = Count == 1 ? 0 : 1) {
        PIO_RESOURCE_DESCRIPTOR Interrupts = PciAddAlternative(Wanted, Count);
        for (ULONG i = 0; i < Count; i++)
            PciFillMessages(&Interrupts[i], 1);
    }
    for (ULONG Count = min(Plain, Limit); Count; Count = Count == 1 ? 0 : 1)
        PciFillMessages(PciAddAlternative(Wanted, 1), Count);
}

// FALSE: the function's pin is wired to nowhere, or it has none.
static BOOLEAN PciRouteLine(PPCI_FUNCTION Function, PIO_RESOURCE_DESCRIPTOR Interrupt)
{
    PPCI_ROOT Root = Function->Location.Root;
    ACPI_PCI_ROUTE Route = {
        .Interrupt = Function->Header.Line, .Level = TRUE, .ActiveLow = TRUE, .Shared = TRUE};
    ACPI_PCI_ROUTE_QUERY Query = {.Pin = Function->Header.Pin};
    if (!Query.Pin)
        return FALSE;
    if (Root->HasFirmware) {
        PciFindPath(Function, &Query.Path);
        if (!NT_SUCCESS(PciControl(Root->Lower, IOCTL_ACPI_PCI_QUERY_ROUTE, &Query, sizeof(Query),
                                   &Route, sizeof(Route))))
            return FALSE;
    } else if (Route.Interrupt == 0 || Route.Interrupt >= 16) {
        return FALSE;
    }
    *Interrupt = (IO_RESOURCE_DESCRIPTOR){.Type = CmResourceTypeInterrupt};
    Interrupt->ShareDisposition =
        Route.Shared ? CmResourceShareShared : CmResourceShareDeviceExclusive;
    Interrupt->Flags =
        Route.Level ? CM_RESOURCE_INTERRUPT_LEVEL_SENSITIVE : CM_RESOURCE_INTERRUPT_LATCHED;
    Interrupt->Flags |= Route.ActiveLow ? PciLineActiveLow : PciLineActiveHigh;
    Interrupt->u.Interrupt.MinimumVector = Interrupt->u.Interrupt.MaximumVector = Route.Interrupt;
    return TRUE;
}

static VOID PciAddInterrupts(PPCI_REQUIREMENTS Wanted)
{
    PPCI_FUNCTION Function = Wanted->Function;
    IO_RESOURCE_DESCRIPTOR Line;
    ULONG Limit;
    // Of a bridge the interrupt is for the slot below it.
    if (PciIsBridge(Function) && !PciWantsSlotInterrupt(Function))
        return;
    if (PciReadMessagePolicy(Function, &Limit))
        PciAddMessages(Wanted, Limit);
    if (PciRouteLine(Function, &Line))
        *PciAddAlternative(Wanted, 1) = Line;
}

// A function that works without an interrupt has its ranges at least.
static VOID PciAddLists(PPCI_REQUIREMENTS Wanted)
{
    ULONG Before = Wanted->List->AlternativeLists;
    PciAddInterrupts(Wanted);
    if (Wanted->List->AlternativeLists == Before && Wanted->RangeCount)
        (VOID) PciAddAlternative(Wanted, 0);
}

// What an empty slot gets for what may come is not worth failing for: ports are scarce above all.
static VOID PciGiveUpSpares(PPCI_REQUIREMENTS Wanted, ULONG Kinds)
{
    if (!(Wanted->Spared & Kinds))
        return;
    Wanted->NotSpared |= Kinds;
    Wanted->Spared = Wanted->RangeCount = 0;
    PciCollectRanges(Wanted);
    PciAddLists(Wanted);
}

// ---- The requests

static PIO_RESOURCE_REQUIREMENTS_LIST PciBuildRequirements(PPCI_REQUIREMENTS Wanted)
{
    SIZE_T Size = sizeof(IO_RESOURCE_REQUIREMENTS_LIST) +
                  MostAlternatives * sizeof(IO_RESOURCE_LIST) +
                  MostDescriptors * sizeof(IO_RESOURCE_DESCRIPTOR);
    PIO_RESOURCE_REQUIREMENTS_LIST List = ExAllocatePoolWithTag(PagedPool, Size, PciTag);
    if (!List)
        return NULL;
    RtlZeroMemory(List, Size);
    Wanted->List = List;
    Wanted->Next = List->List;
    List->InterfaceType = Wanted->Function->Location.Root->HasFirmware ? PCIBus : Isa;
    List->BusNumber = PciSegmentBus(&Wanted->Function->Location);
    List->SlotNumber = Wanted->Function->Location.Slot;
    PciAddLists(Wanted);
    PciGiveUpSpares(Wanted, 1u << PciWindowIo);
    PciGiveUpSpares(Wanted, MAXULONG);
    List->ListSize = (ULONG)((PUCHAR)Wanted->Next - (PUCHAR)List);
    return List;
}

NTSTATUS PciQueryRequirements(PPCI_FUNCTION Function, PIRP Irp)
{
    PPCI_REQUIREMENTS Wanted = ExAllocatePoolWithTag(PagedPool, sizeof(*Wanted), PciTag);
    if (!Wanted)
        return PciComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    RtlZeroMemory(Wanted, sizeof(*Wanted));
    Wanted->Function = Function;
    PciCollectRanges(Wanted);
    PIO_RESOURCE_REQUIREMENTS_LIST List = PciBuildRequirements(Wanted);
    ExFreePoolWithTag(Wanted, PciTag);
    if (!List)
        return PciComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    if (!List->AlternativeLists) {
        ExFreePoolWithTag(List, PciTag);
        return PciComplete(Irp, Irp->IoStatus.Status, 0);
    }
    return PciComplete(Irp, STATUS_SUCCESS, (ULONG_PTR)List);
}

// ---- What the firmware has set up

static VOID PciTellRange(PCM_PARTIAL_RESOURCE_LIST List, UCHAR Type, USHORT Flags, ULONG64 Start,
                         ULONG64 Length)
{
    ULONG Shift;
    PCM_PARTIAL_RESOURCE_DESCRIPTOR Range = &List->PartialDescriptors[List->Count++];
    *Range = (CM_PARTIAL_RESOURCE_DESCRIPTOR){
        .Type = Type, .ShareDisposition = CmResourceShareDeviceExclusive, .Flags = Flags};
    PciEncodeLength(Length, &Range->Type, &Range->Flags, &Range->u.Generic.Length, &Shift);
    Range->u.Generic.Start.QuadPart = (LONGLONG)Start;
}

static VOID PciTellRanges(PPCI_FUNCTION Function, PCM_PARTIAL_RESOURCE_LIST List)
{
    ULONG Command = PciRead(&Function->Space, PciRegisterCommand, 2);
    for (ULONG i = 0; i < PciMaxBars; i++) {
        const PCI_BAR *Bar = &Function->Bars[i];
        BOOLEAN IsIo = Bar->Kind == PciBarIo;
        if (!PciUsesBar(Function, i) || Bar->Address == 0 ||
            !(Command & (IsIo ? PciCommandIo : PciCommandMemory)))
            continue;
        if (IsIo)
            PciTellRange(List, CmResourceTypePort,
                         CM_RESOURCE_PORT_IO | CM_RESOURCE_PORT_POSITIVE_DECODE, Bar->Address,
                         Bar->Length);
        else
            PciTellRange(List, CmResourceTypeMemory,
                         Bar->Prefetchable ? CM_RESOURCE_MEMORY_PREFETCHABLE : 0, Bar->Address,
                         Bar->Length);
    }
    for (ULONG Kind = 0; PciIsBridge(Function) && Kind < PciWindowKinds; Kind++) {
        const PCI_WINDOW *Window = &Function->Windows[Kind];
        if (PciIsWindowOpen(Window))
            PciTellRange(List, Kind == PciWindowIo ? CmResourceTypePort : CmResourceTypeMemory,
                         PciWindowFlags((PCI_WINDOW_KIND)Kind), Window->Base,
                         Window->Limit + 1 - Window->Base);
    }
}

NTSTATUS PciQueryResources(PPCI_FUNCTION Function, PIRP Irp)
{
    SIZE_T Size = sizeof(CM_RESOURCE_LIST) + MostRanges * sizeof(CM_PARTIAL_RESOURCE_DESCRIPTOR);
    PCM_RESOURCE_LIST List = ExAllocatePoolWithTag(PagedPool, Size, PciTag);
    if (!List)
        return PciComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    RtlZeroMemory(List, Size);
    PCM_PARTIAL_RESOURCE_LIST Partial = &List->List[0].PartialResourceList;
    List->Count = 1;
    List->List[0].InterfaceType = PCIBus;
    List->List[0].BusNumber = PciSegmentBus(&Function->Location);
    Partial->Version = Partial->Revision = 1;
    PciTellRanges(Function, Partial);
    if (Partial->Count)
        return PciComplete(Irp, STATUS_SUCCESS, (ULONG_PTR)List);
    ExFreePoolWithTag(List, PciTag);
    return PciComplete(Irp, Irp->IoStatus.Status, 0);
}
