// The slot below a port of PCI Express: what it says of itself (PCI Express Base Specification 4.0, 7.5.3).
#include "pci.h"

enum {
    ExpressFlags = 2,
    FlagSlot = 1 << 8, // of a port: there is a slot
    SlotCapabilities = 0x14,
    SlotHotPlug = 1 << 6,
    SlotNumberShift = 19,
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

BOOLEAN PciWantsSlotInterrupt(const PCI_FUNCTION *Function)
{
    UNREFERENCED_PARAMETER(Function);
    return FALSE;
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
    Capabilities->SurpriseRemovalOK = FALSE;
}
