// The slot below a port of PCI Express (PCI Express Base Specification 4.0, 6.7 and 7.5.3): what it says of itself,
// its power and its lamp.
#include "pci.h"

enum {
    ExpressFlags = 2,
    FlagSlot = 1 << 8, // of a port: there is a slot
    LinkCapabilities = 0x0C,
    LinkReportsActive = 1 << 20,
    LinkStatus = 0x12,
    LinkActive = 1 << 13,
    SlotCapabilities = 0x14,
    SlotButton = 1 << 0,
    SlotPower = 1 << 1,
    SlotLamp = 1 << 4, // the power indicator
    SlotHotPlug = 1 << 6,
    SlotNoCommandEvents = 1 << 18,
    SlotNumberShift = 19,
    SlotControl = 0x18,
    ControlEvents = 1 << 0 | 1 << 1 | 1 << 3 | 1 << 12, // button, power fault, presence, link
    ControlCommandEvent = 1 << 4,
    ControlInterrupt = 1 << 5,
    ControlLampMask = 3 << 8,
    ControlPowerOff = 1 << 10,
    SlotStatus = 0x1A,
    StatusEvents = 1 << 0 | 1 << 1 | 1 << 3 | 1 << 8, // as above
    StatusCommandDone = 1 << 4,
    StatusPresent = 1 << 6,
    CommandMilliseconds = 1000,
    LinkMilliseconds = 1000,
    SettleMilliseconds = 100, // from an active link to the first access
};

static ULONG PciSlotCapabilities(const PCI_FUNCTION *Port)
{
    if (!Port->Express || !PciIsBridge(Port) ||
        !(PciRead(&Port->Space, Port->Express + ExpressFlags, 2) & FlagSlot))
        return 0;
    return PciRead(&Port->Space, Port->Express + SlotCapabilities, 4);
}

BOOLEAN PciIsHotPlugPort(const PCI_FUNCTION *Function)
{
    return (PciSlotCapabilities(Function) & SlotHotPlug) != 0;
}

// Without the firmware's word that the slots are ours they may be its own: then it tells what comes and goes.
BOOLEAN PciWantsSlotInterrupt(const PCI_FUNCTION *Function)
{
    return (Function->Location.Root->Control & PCI_CONTROL_HOT_PLUG) && PciIsHotPlugPort(Function);
}

// Of what is in the slot.
VOID PciTellSlot(const PCI_FUNCTION *Function, PDEVICE_CAPABILITIES Capabilities)
{
    ULONG Slot = Function->Bus->Bridge ? PciSlotCapabilities(Function->Bus->Bridge) : 0;
    if (!Slot)
        return;
    Capabilities->UINumber = Slot >> SlotNumberShift;
    if (!(Slot & SlotHotPlug))
        return;
    Capabilities->Removable = TRUE;
    Capabilities->EjectSupported = TRUE;
}

// ---- Commands: one after the other, each is done when the slot says so

static VOID PciSleep(ULONG Milliseconds)
{
    LARGE_INTEGER Time = {.QuadPart = -10'000ll * Milliseconds};
    KeDelayExecutionThread(KernelMode, FALSE, &Time);
}

static ULONG PciSlotRegister(const PCI_FUNCTION *Port, ULONG Register)
{
    return PciRead(&Port->Space, Port->Express + Register, 2);
}

static VOID PciCommandSlot(PPCI_FUNCTION Port, ULONG Clear, ULONG Set)
{
    ULONG Control = PciSlotRegister(Port, SlotControl);
    ULONG New = (Control & ~Clear) | Set;
    if (New == Control)
        return;
    PciWrite(&Port->Space, Port->Express + SlotStatus, 2, StatusCommandDone); // of an older one
    PciWrite(&Port->Space, Port->Express + SlotControl, 2, New);
    if (PciSlotCapabilities(Port) & SlotNoCommandEvents)
        return;
    for (ULONG i = 0; i < CommandMilliseconds; i++) {
        if (PciSlotRegister(Port, SlotStatus) & StatusCommandDone)
            break;
        PciSleep(1);
    }
    PciWrite(&Port->Space, Port->Express + SlotStatus, 2, StatusCommandDone);
}

BOOLEAN PciIsSlotOccupied(const PCI_FUNCTION *Port)
{
    ULONG Status = PciSlotRegister(Port, SlotStatus);
    return Status != MAXUSHORT && (Status & StatusPresent);
}

// Events that have come since the last call. May be called by the service routine.
ULONG PciTakeSlotEvents(const PCI_FUNCTION *Port)
{
    ULONG Status = PciSlotRegister(Port, SlotStatus);
    ULONG Events = Status == MAXUSHORT ? 0 : Status & StatusEvents;
    if (Events)
        PciWrite(&Port->Space, Port->Express + SlotStatus, 2, Events);
    return Events;
}

VOID PciSetSlotLamp(PPCI_FUNCTION Port, PCI_LAMP Lamp)
{
    if (PciSlotCapabilities(Port) & SlotLamp)
        PciCommandSlot(Port, ControlLampMask, (ULONG)Lamp << 8);
}

// Waits until what is in the slot can be asked.
VOID PciPowerSlot(PPCI_FUNCTION Port, BOOLEAN On)
{
    BOOLEAN HasPower = (PciSlotCapabilities(Port) & SlotPower) != 0;
    if (!On) {
        if (HasPower)
            PciCommandSlot(Port, 0, ControlPowerOff);
        PciSetSlotLamp(Port, PciLampOff);
        return;
    }
    if (HasPower)
        PciCommandSlot(Port, ControlPowerOff, 0);
    PciSetSlotLamp(Port, PciLampOn);
    if (PciRead(&Port->Space, Port->Express + LinkCapabilities, 4) & LinkReportsActive) {
        for (ULONG i = 0; i < LinkMilliseconds && !(PciSlotRegister(Port, LinkStatus) & LinkActive);
             i++)
            PciSleep(1);
    }
    PciSleep(SettleMilliseconds);
}

VOID PciListenToSlot(PPCI_FUNCTION Port, BOOLEAN Listen)
{
    ULONG Enable = ControlEvents | ControlInterrupt;
    (VOID) PciTakeSlotEvents(Port);
    PciCommandSlot(Port, Enable | ControlCommandEvent, Listen ? Enable : 0);
}
