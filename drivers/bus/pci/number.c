// Bus numbers: those that the firmware gave stay where they make sense; other bridges get some of what is left.
#include "pci.h"

enum { MostBusesForBridge = 8 }; // below a bridge that gets its numbers here

static VOID PciReadNumbers(const PCI_FUNCTION *Bridge, PULONG Primary, PULONG Secondary,
                           PULONG Subordinate)
{
    *Primary = PciRead(&Bridge->Space, PciBridgePrimary, 1);
    *Secondary = PciRead(&Bridge->Space, PciBridgeSecondary, 1);
    *Subordinate = PciRead(&Bridge->Space, PciBridgeSubordinate, 1);
}

// Marks the numbers in Used. FALSE: they lie outside of the bus's, or another bridge has them.
static BOOLEAN PciTakeNumbers(PPCI_BUS Bus, const PCI_FUNCTION *Bridge, PUCHAR Used)
{
    ULONG Primary, Secondary, Subordinate;
    PciReadNumbers(Bridge, &Primary, &Secondary, &Subordinate);
    if (Secondary <= Bus->Number || Subordinate < Secondary || Subordinate > Bus->Last)
        return FALSE;
    for (ULONG i = Secondary; i <= Subordinate; i++) {
        if (Used[i])
            return FALSE;
    }
    RtlFillMemory(Used + Secondary, Subordinate + 1 - Secondary, TRUE);
    if (Primary != Bus->Number)
        PciWrite(&Bridge->Space, PciBridgePrimary, 1, Bus->Number);
    return TRUE;
}

static VOID PciGiveNumbers(PPCI_BUS Bus, const PCI_FUNCTION *Bridge, ULONG First, ULONG Last)
{
    DbgPrintEx(DPFLTR_PCI_ID, DPFLTR_WARNING_LEVEL,
               "pci: bridge %02x:%02lx.%lu gets the buses %lu to %lu\n", Bridge->Location.Bus,
               PciDeviceNumber(&Bridge->Location), PciFunctionNumber(&Bridge->Location), First,
               Last);
    PciWrite(&Bridge->Space, PciBridgePrimary, 1, Bus->Number);
    PciWrite(&Bridge->Space, PciBridgeSubordinate, 1, Last);
    PciWrite(&Bridge->Space, PciBridgeSecondary, 1, First);
}

// One without numbers passes no configuration accesses on.
static VOID PciCloseNumbers(const PCI_FUNCTION *Bridge)
{
    DbgPrintEx(DPFLTR_PCI_ID, DPFLTR_WARNING_LEVEL,
               "pci: no bus numbers are left for bridge %02x:%02lx.%lu\n", Bridge->Location.Bus,
               PciDeviceNumber(&Bridge->Location), PciFunctionNumber(&Bridge->Location));
    PciWrite(&Bridge->Space, PciBridgeSecondary, 1, 0);
    PciWrite(&Bridge->Space, PciBridgeSubordinate, 1, 0);
}

static BOOLEAN PciIsPresentBridge(const PCI_FUNCTION *Function)
{
    return Function->Present && PciIsBridge(Function);
}

VOID PciNumberBridges(PPCI_BUS Bus)
{
    PPCI_FUNCTION Without[PCI_MAX_DEVICES] = {};
    UCHAR Used[PCI_MAX_BRIDGE_NUMBER + 1] = {};
    ULONG Count = 0, Next = Bus->Last + 1;
    for (PLIST_ENTRY Link = Bus->Functions.Flink; Link != &Bus->Functions; Link = Link->Flink) {
        PPCI_FUNCTION Function = CONTAINING_RECORD(Link, PCI_FUNCTION, Link);
        if (PciIsPresentBridge(Function) && !PciTakeNumbers(Bus, Function, Used) &&
            Count < RTL_NUMBER_OF(Without))
            Without[Count++] = Function;
    }
    // From the end of the range back to the last one that is taken.
    while (Next - 1 > Bus->Number && !Used[Next - 1])
        Next--;
    for (ULONG i = 0; i < Count; i++) {
        ULONG Share = (Bus->Last + 1 - Next) / (Count - i);
        if (Share) {
            Share = min(Share, (ULONG)MostBusesForBridge);
            PciGiveNumbers(Bus, Without[i], Next, Next + Share - 1);
        } else {
            PciCloseNumbers(Without[i]);
        }
        Next += Share;
    }
}
