// Starting a function with the resources that it was given, and stopping it.
#include "pci.h"

// ---- What it was given

static ULONG64 PciDecodeLength(const CM_PARTIAL_RESOURCE_DESCRIPTOR *Given)
{
    ULONG64 Length = Given->u.Generic.Length;
    if (Given->Type != CmResourceTypeMemoryLarge)
        return Length;
    switch (Given->Flags & CM_RESOURCE_MEMORY_LARGE) {
    case CM_RESOURCE_MEMORY_LARGE_40:
        return Length << 8;
    case CM_RESOURCE_MEMORY_LARGE_48:
        return Length << 16;
    default:
        return Length << 32;
    }
}

static BOOLEAN PciIsPort(const CM_PARTIAL_RESOURCE_DESCRIPTOR *Given)
{
    return Given->Type == CmResourceTypePort;
}

static BOOLEAN PciIsMemory(const CM_PARTIAL_RESOURCE_DESCRIPTOR *Given)
{
    return Given->Type == CmResourceTypeMemory || Given->Type == CmResourceTypeMemoryLarge;
}

static BOOLEAN PciIsWindow(const CM_PARTIAL_RESOURCE_DESCRIPTOR *Given)
{
    if (PciIsPort(Given))
        return (Given->Flags & CM_RESOURCE_PORT_WINDOW_DECODE) != 0;
    return PciIsMemory(Given) && (Given->Flags & CM_RESOURCE_MEMORY_WINDOW_DECODE) != 0;
}

// What no window of the bridge above holds would not be seen behind it: a bridge without windows of the kind hands nothing
// down, and the arbiter knows only those that it has.
static BOOLEAN PciIsReached(const PCI_FUNCTION *Function, const PCI_BAR *Bar, ULONG64 Start)
{
    const PCI_FUNCTION *Bridge = Function->Bus->Bridge;
    for (ULONG Kind = 0; Bridge && Kind < PciWindowKinds; Kind++) {
        const PCI_WINDOW *Window = &Bridge->Windows[Kind];
        if ((Kind == PciWindowIo) == (Bar->Kind == PciBarIo) && PciIsWindowOpen(Window) &&
            Start >= Window->Base && Start <= Window->Limit &&
            Window->Limit - Start >= Bar->Length - 1)
            return TRUE;
    }
    return !Bridge;
}

// Ranges are given in the order in which they were asked for; drivers may have added others behind them.
static NTSTATUS PciTakeBars(const PCI_FUNCTION *Function, const CM_PARTIAL_RESOURCE_LIST *List,
                            PPCI_ASSIGNMENT Assigned)
{
    ULONG Next = 0;
    for (ULONG i = 0; i < PciMaxBars; i++) {
        const PCI_BAR *Bar = &Function->Bars[i];
        if (!PciUsesBar(Function, i))
            continue;
        for (; Next < List->Count; Next++) {
            const CM_PARTIAL_RESOURCE_DESCRIPTOR *Given = &List->PartialDescriptors[Next];
            if ((Bar->Kind == PciBarIo ? PciIsPort(Given) : PciIsMemory(Given)) &&
                !PciIsWindow(Given) && PciDecodeLength(Given) == Bar->Length)
                break;
        }
        if (Next == List->Count)
            return STATUS_DEVICE_CONFIGURATION_ERROR;
        Assigned->Bars[i] = (ULONG64)List->PartialDescriptors[Next++].u.Generic.Start.QuadPart;
        if (!PciIsReached(Function, Bar, Assigned->Bars[i]))
            return STATUS_CONFLICTING_ADDRESSES;
    }
    return STATUS_SUCCESS;
}

static VOID PciTakeWindows(const PCI_FUNCTION *Function, const CM_PARTIAL_RESOURCE_LIST *List,
                           PPCI_ASSIGNMENT Assigned)
{
    for (ULONG Kind = 0; Kind < PciWindowKinds; Kind++) {
        Assigned->Windows[Kind] = Function->Windows[Kind];
        Assigned->Windows[Kind].Base = MAXULONG;
        Assigned->Windows[Kind].Limit = 0; // closed
    }
    for (ULONG i = 0; i < List->Count; i++) {
        const CM_PARTIAL_RESOURCE_DESCRIPTOR *Given = &List->PartialDescriptors[i];
        PCI_WINDOW_KIND Kind = PciWindowMemory;
        if (!PciIsWindow(Given))
            continue;
        if (PciIsPort(Given))
            Kind = PciWindowIo;
        else if (Given->Flags & CM_RESOURCE_MEMORY_PREFETCHABLE)
            Kind = PciWindowPrefetch;
        PCI_WINDOW *Window = &Assigned->Windows[Kind];
        Window->Base = (ULONG64)Given->u.Generic.Start.QuadPart;
        Window->Limit = Window->Base + PciDecodeLength(Given) - 1;
    }
}

// The local APIC of the processor that the messages are for: Intel SDM volume 3, 11.11.1.
static ULONG64 PciMessageAddress(KAFFINITY Affinity)
{
    constexpr ULONG64 ApicMessages = 0xFEE0'0000;
    ULONG Processor = 0;
    while (Affinity && !(Affinity & 1)) {
        Affinity >>= 1;
        Processor++;
    }
    return ApicMessages | (ULONG64)Processor << 12;
}

static VOID PciTakeMessages(const PCI_FUNCTION *Function, const CM_PARTIAL_RESOURCE_LIST *List,
                            PPCI_ASSIGNMENT Assigned)
{
    Assigned->Extended = Function->Msix != 0;
    for (ULONG i = 0; i < List->Count; i++) {
        const CM_PARTIAL_RESOURCE_DESCRIPTOR *Given = &List->PartialDescriptors[i];
        if (Given->Type != CmResourceTypeInterrupt ||
            !(Given->Flags & CM_RESOURCE_INTERRUPT_MESSAGE))
            continue;
        ULONG Count = max(Given->u.MessageInterrupt.Raw.MessageCount, 1);
        if (Count > 1 && Function->Msi)
            Assigned->Extended = FALSE; // several with one descriptor: only MSI is given like that
        for (ULONG j = 0; j < Count && Assigned->MessageCount < PciMaxMessages; j++) {
            ULONG Index = Assigned->MessageCount++;
            Assigned->MessageData[Index] = (USHORT)(Given->u.MessageInterrupt.Raw.Vector + j);
            Assigned->MessageAddress[Index] =
                PciMessageAddress(Given->u.MessageInterrupt.Raw.Affinity);
        }
    }
}

static VOID PciTakeLine(const CM_PARTIAL_RESOURCE_LIST *List, PPCI_ASSIGNMENT Assigned)
{
    for (ULONG i = 0; i < List->Count && !Assigned->Line; i++) {
        const CM_PARTIAL_RESOURCE_DESCRIPTOR *Given = &List->PartialDescriptors[i];
        if (Given->Type == CmResourceTypeInterrupt &&
            !(Given->Flags & CM_RESOURCE_INTERRUPT_MESSAGE) &&
            Given->u.Interrupt.Vector < PciLineUnknown)
            Assigned->Line = (UCHAR)Given->u.Interrupt.Vector;
    }
}

static NTSTATUS PciTakeResources(const PCI_FUNCTION *Function, const CM_RESOURCE_LIST *Raw,
                                 PPCI_ASSIGNMENT Assigned)
{
    static const CM_PARTIAL_RESOURCE_LIST None = {};
    const CM_PARTIAL_RESOURCE_LIST *List =
        Raw && Raw->Count ? &Raw->List[0].PartialResourceList : &None;
    NTSTATUS Status = PciTakeBars(Function, List, Assigned);
    if (!NT_SUCCESS(Status))
        return Status;
    if (PciIsBridge(Function))
        PciTakeWindows(Function, List, Assigned);
    PciTakeLine(List, Assigned);
    PciTakeMessages(Function, List, Assigned);
    return STATUS_SUCCESS;
}

// ---- Programming

static ULONG PciSetCommand(PPCI_FUNCTION Function, ULONG Clear, ULONG Set)
{
    ULONG Command = PciRead(&Function->Space, PciRegisterCommand, 2);
    ULONG New = (Command & ~Clear) | Set;
    if (New != Command)
        PciWrite(&Function->Space, PciRegisterCommand, 2, New);
    return Command;
}

// Nothing is decoded while ranges move.
static VOID PciMoveRanges(PPCI_FUNCTION Function)
{
    const PCI_ASSIGNMENT *Assigned = &Function->Assigned;
    BOOLEAN Moves = FALSE;
    PCI_WINDOW Windows[PciWindowKinds];
    for (ULONG i = 0; i < PciMaxBars; i++) {
        const PCI_BAR *Bar = &Function->Bars[i];
        ULONG64 Now =
            PciRead(&Function->Space, Bar->Register, 4) & (Bar->Kind == PciBarIo ? ~3u : ~15u);
        if (Bar->Wide)
            Now |= (ULONG64)PciRead(&Function->Space, Bar->Register + 4, 4) << 32;
        Moves |= PciUsesBar(Function, i) && Now != Assigned->Bars[i];
    }
    if (Moves)
        (VOID) PciSetCommand(Function, PciCommandIo | PciCommandMemory, 0);
    for (ULONG i = 0; i < PciMaxBars && Moves; i++) {
        if (PciUsesBar(Function, i))
            PciWriteBar(&Function->Space, &Function->Bars[i], Assigned->Bars[i]);
    }
    if (!PciIsBridge(Function))
        return;
    PciReadWindows(&Function->Space, Windows);
    for (ULONG Kind = 0; Kind < PciWindowKinds; Kind++) {
        if (Windows[Kind].Base != Assigned->Windows[Kind].Base ||
            Windows[Kind].Limit != Assigned->Windows[Kind].Limit)
            PciWriteWindow(&Function->Space, (PCI_WINDOW_KIND)Kind, &Assigned->Windows[Kind]);
    }
}

static ULONG PciDecodeBits(const PCI_FUNCTION *Function)
{
    ULONG Bits = 0;
    for (ULONG i = 0; i < PciMaxBars; i++) {
        if (Function->Bars[i].Kind == PciBarIo && PciUsesBar(Function, i))
            Bits |= PciCommandIo;
        else if (Function->Bars[i].Kind == PciBarMemory)
            Bits |= PciCommandMemory;
    }
    return PciIsBridge(Function) ? PciCommandIo | PciCommandMemory : Bits;
}

// The register is for programs to read. The firmware's word stays; of what came later it says nothing.
static VOID PciTellLine(PPCI_FUNCTION Function)
{
    ULONG Line = PciRead(&Function->Space, PciRegisterLine, 1);
    if (Function->Assigned.Line && (!Line || Line == PciLineUnknown))
        PciWrite(&Function->Space, PciRegisterLine, 1, Function->Assigned.Line);
}

NTSTATUS PciProgramFunction(PPCI_FUNCTION Function)
{
    BOOLEAN Messages = Function->Assigned.MessageCount != 0;
    PciMoveRanges(Function);
    PciTellLine(Function);
    (VOID) PciSetCommand(Function, Messages ? 0 : PciCommandNoLine,
                         PciDecodeBits(Function) | PciCommandMaster |
                             (Messages ? PciCommandNoLine : 0));
    return PciEnableMessages(Function);
}

// ---- Start and stop

// What needs no driver is left as the firmware has set it up.
BOOLEAN PciIsInfrastructure(const PCI_FUNCTION *Function)
{
    return Function->Header.Class == PCI_CLASS_BRIDGE_DEV && !PciIsBridge(Function);
}

NTSTATUS PciStartFunction(PPCI_FUNCTION Function, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PCI_ASSIGNMENT Assigned = {};
    NTSTATUS Status =
        PciTakeResources(Function, Stack->Parameters.StartDevice.AllocatedResources, &Assigned);
    if (!NT_SUCCESS(Status))
        return PciComplete(Irp, Status, 0);
    Status = PciWakeForStart(Function);
    if (!NT_SUCCESS(Status))
        return PciComplete(Irp, Status, 0);
    if (Function->NeedsReset) {
        Status = PciResetFunction(Function, FunctionLevelDeviceReset);
        if (!NT_SUCCESS(Status))
            DbgPrintEx(DPFLTR_PCI_ID, DPFLTR_WARNING_LEVEL,
                       "pci: %02x:%02lx.%lu starts without a reset: 0x%08lX\n",
                       Function->Location.Bus, PciDeviceNumber(&Function->Location),
                       PciFunctionNumber(&Function->Location), (ULONG)Status);
        Function->NeedsReset = FALSE;
        Status = STATUS_SUCCESS;
    }
    PciDisableMessages(Function);
    Function->Assigned = Assigned;
    if (!PciIsInfrastructure(Function))
        Status = PciProgramFunction(Function);
    if (NT_SUCCESS(Status) && PciIsBridge(Function))
        PciReadWindows(&Function->Space, Function->Windows);
    Function->Started = NT_SUCCESS(Status);
    Function->Ejected = FALSE;
    if (!Function->Started)
        PciStopFunction(Function);
    return PciComplete(Irp, Status, 0);
}

// The function reaches no memory any more, and nothing reaches it.
VOID PciStopFunction(PPCI_FUNCTION Function)
{
    Function->Started = FALSE;
    PciEndWake(Function, STATUS_NO_SUCH_DEVICE);
    if (PciIsInfrastructure(Function))
        return;
    (VOID) PciSetCommand(Function, PciCommandMaster, PciCommandNoLine);
    PciDisableMessages(Function);
    (VOID) PciSetCommand(Function, PciCommandIo | PciCommandMemory, 0);
    Function->Assigned.MessageCount = 0;
}
