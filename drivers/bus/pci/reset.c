// Resets: of the function alone, or of all that is behind a bridge where nothing else is. PCI Express Base
// Specification 4.0, 6.6.2; PCI Advanced Features; PCI Bus Power Management 1.2, 3.2.4.
#include "pci.h"

enum {
    ExpressCapabilities = 4, // of the device
    ExpressControl = 8,
    ExpressStatus = 10,
    ExpressCanReset = 1 << 28,
    ExpressReset = 1 << 15,
    ExpressPending = 1 << 5,
    AdvancedCapabilities = 3,
    AdvancedCanReset = 1 << 1, // and TP, bit 0, with which it comes
    AdvancedControl = 4,
    AdvancedStatus = 5,
    AdvancedPending = 1,
    PowerControl = 4,
    PowerStateMask = 3,
    PowerNoSoftReset = 1 << 3,
    FunctionResetMilliseconds = 100,
    PowerStateMilliseconds = 10,
    BusResetMilliseconds = 2,
    LinkMilliseconds = 100,
    PendingTries = 20,
};

typedef enum _PCI_RESET {
    PciResetNone,
    PciResetExpress,
    PciResetAdvanced,
    PciResetPower, // by way of D3
} PCI_RESET;

static VOID PciSleep(ULONG Milliseconds)
{
    LARGE_INTEGER Time = {.QuadPart = -10'000ll * Milliseconds};
    KeDelayExecutionThread(KernelMode, FALSE, &Time);
}

static PCI_RESET PciFindReset(const PCI_FUNCTION *Function)
{
    const PCI_SPACE *Space = &Function->Space;
    if (Function->Express &&
        (PciRead(Space, Function->Express + ExpressCapabilities, 4) & ExpressCanReset))
        return PciResetExpress;
    ULONG Advanced = PciFindCapability(Space, PciCapabilityAdvanced);
    if (Advanced && (PciRead(Space, Advanced + AdvancedCapabilities, 1) & AdvancedCanReset))
        return PciResetAdvanced;
    if (Function->Power && !(PciRead(Space, Function->Power + PowerControl, 2) & PowerNoSoftReset))
        return PciResetPower;
    return PciResetNone;
}

// The only function behind a bridge, which a reset of the bus reaches alone.
static BOOLEAN PciIsAlone(const PCI_FUNCTION *Function)
{
    PPCI_BUS Bus = Function->Bus;
    ULONG Count = 0;
    ExAcquireFastMutex(&Bus->Lock);
    for (PLIST_ENTRY Link = Bus->Functions.Flink; Link != &Bus->Functions; Link = Link->Flink)
        Count += CONTAINING_RECORD(Link, PCI_FUNCTION, Link)->Present;
    ExReleaseFastMutex(&Bus->Lock);
    return Bus->Bridge && Count == 1;
}

ULONG PciResetTypes(const PCI_FUNCTION *Function)
{
    ULONG Types = 0;
    if (PciFindReset(Function) != PciResetNone || PciIsAlone(Function))
        Types |= 1 << FunctionLevelDeviceReset;
    if (PciIsAlone(Function))
        Types |= 1 << PlatformLevelDeviceReset;
    return Types;
}

// ---- The ways

static VOID PciWaitWhile(const PCI_FUNCTION *Function, ULONG Offset, ULONG Bit)
{
    for (ULONG i = 0; i < PendingTries; i++) {
        if (!(PciRead(&Function->Space, Offset, 1) & Bit))
            return;
        PciSleep(1);
    }
}

static VOID PciResetByPower(const PCI_FUNCTION *Function)
{
    ULONG Register = Function->Power + PowerControl;
    ULONG Control = PciRead(&Function->Space, Register, 2) & ~(ULONG)PowerStateMask;
    PciWrite(&Function->Space, Register, 2, Control | 3);
    PciSleep(PowerStateMilliseconds);
    PciWrite(&Function->Space, Register, 2, Control);
    PciSleep(PowerStateMilliseconds);
}

static VOID PciResetBus(const PCI_FUNCTION *Bridge)
{
    ULONG Control = PciRead(&Bridge->Space, PciBridgeControl, 2);
    PciWrite(&Bridge->Space, PciBridgeControl, 2, Control | PciBridgeControlReset);
    PciSleep(BusResetMilliseconds);
    PciWrite(&Bridge->Space, PciBridgeControl, 2, Control);
    PciSleep(LinkMilliseconds);
}

static VOID PciResetBy(const PCI_FUNCTION *Function, PCI_RESET Way)
{
    const PCI_SPACE *Space = &Function->Space;
    ULONG Advanced = PciFindCapability(Space, PciCapabilityAdvanced), Control;
    switch (Way) {
    case PciResetExpress:
        PciWaitWhile(Function, Function->Express + ExpressStatus, ExpressPending);
        Control = PciRead(Space, Function->Express + ExpressControl, 2);
        PciWrite(Space, Function->Express + ExpressControl, 2, Control | ExpressReset);
        PciSleep(FunctionResetMilliseconds);
        break;
    case PciResetAdvanced:
        PciWaitWhile(Function, Advanced + AdvancedStatus, AdvancedPending);
        PciWrite(Space, Advanced + AdvancedControl, 1, 1);
        PciSleep(FunctionResetMilliseconds);
        break;
    case PciResetPower:
        PciResetByPower(Function);
        break;
    default:
        PciResetBus(Function->Bus->Bridge);
        break;
    }
}

// Transactions end before the reset, and what it was assigned is there again after it.
NTSTATUS PciResetFunction(PPCI_FUNCTION Function, ULONG Type)
{
    PCI_RESET Way = Type == FunctionLevelDeviceReset ? PciFindReset(Function) : PciResetNone;
    PCI_CONTEXT Context;
    if (Type > PlatformLevelDeviceReset || (Way == PciResetNone && !PciIsAlone(Function)))
        return STATUS_NOT_SUPPORTED;
    PciSaveContext(Function, &Context);
    ULONG Command = PciRead(&Function->Space, PciRegisterCommand, 2);
    PciWrite(&Function->Space, PciRegisterCommand, 2, Command & ~PciCommandMaster);
    PciResetBy(Function, Way);
    if (!PciIsSameFunction(&Function->Space, &Function->Header))
        return STATUS_DEVICE_DOES_NOT_EXIST;
    return PciRestoreContext(Function, &Context);
}
