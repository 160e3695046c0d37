// The sleep of the machine (S3), in which every function is reset: what its bus gives back to it. Drivers put their
// functions into D3 before, and into D0 after; this is for what those states do not say (functions that have no
// power states, or no driver), and so that what lies behind a bridge can be reached when its driver is asked.
#include "pci.h"

enum {
    SleepFirst =
        PciRegisterCacheLine, // of the registers that are kept; ranges, windows, line, bridge control
    SleepChipset = 0x40,      // where the registers begin that only the chip set's manual explains
};

C_ASSERT(SleepFirst + PciSleepRegisters * sizeof(ULONG) == SleepChipset);

// ---- A function

static VOID PciRememberFunction(PPCI_FUNCTION Function)
{
    for (ULONG i = 0; i < PciSleepRegisters; i++)
        Function->Asleep.Registers[i] =
            PciRead(&Function->Space, SleepFirst + i * sizeof(ULONG), sizeof(ULONG));
    if (Function->State == PowerDeviceD0 || !Function->Power)
        PciSaveContext(Function, &Function->Context);
    Function->Asleep.Saved = PciIsSameFunction(&Function->Space, &Function->Header);
}

// A function that is to stay in D3 reaches no memory until its driver wants it to.
static VOID PciRecallFunction(PPCI_FUNCTION Function)
{
    if (!Function->Asleep.Saved)
        return;
    Function->Asleep.Saved = FALSE;
    if (!PciIsSameFunction(&Function->Space, &Function->Header))
        return;
    for (ULONG i = 0; i < PciSleepRegisters; i++)
        PciWrite(&Function->Space, SleepFirst + i * sizeof(ULONG), sizeof(ULONG),
                 Function->Asleep.Registers[i]);
    if (Function->State == PowerDeviceD0 || !Function->Power)
        (VOID) PciRestoreContext(Function, &Function->Context);
}

// ---- The root bridge

// What says where configuration space lies in memory is itself a register of the host bridge. Firmware that does not set
// it again leaves the ports, which always work: then the bridge gets all back that it had.
static PPCI_FUNCTION PciFindHostBridge(PPCI_BUS Bus)
{
    enum { HostSubclass = 0 };
    for (PLIST_ENTRY Link = Bus->Functions.Flink; Link != &Bus->Functions; Link = Link->Flink) {
        PPCI_FUNCTION Function = CONTAINING_RECORD(Link, PCI_FUNCTION, Link);
        if (Function->Header.Class == PCI_CLASS_BRIDGE_DEV &&
            Function->Header.Subclass == HostSubclass)
            return Function;
    }
    return NULL;
}

static BOOLEAN PciReadByPorts(const PCI_FUNCTION *Function, ULONG Offset, PULONG Value)
{
    return HalGetBusDataByOffset(PCIConfiguration, Function->Location.Bus,
                                 PciSlotNumber(&Function->Location), Value, Offset,
                                 sizeof(*Value)) == sizeof(*Value);
}

static VOID PciRememberChipset(PPCI_BUS Bus)
{
    PPCI_FUNCTION Function = Bus->Root->Segment == 0 ? PciFindHostBridge(Bus) : NULL;
    Bus->ChipsetSaved = Function != NULL;
    for (ULONG i = 0; i < PciChipsetRegisters && Bus->ChipsetSaved; i++)
        Bus->ChipsetSaved =
            PciReadByPorts(Function, SleepChipset + i * sizeof(ULONG), &Bus->Chipset[i]);
}

static VOID PciRecallChipset(PPCI_BUS Bus)
{
    PPCI_FUNCTION Function = PciFindHostBridge(Bus);
    if (!Bus->ChipsetSaved || !Function || PciIsSameFunction(&Function->Space, &Function->Header))
        return;
    DbgPrintEx(DPFLTR_PCI_ID, DPFLTR_INFO_LEVEL,
               "pci: the firmware has not set up the host bridge again\n");
    for (ULONG i = 0; i < PciChipsetRegisters; i++) {
        ULONG Offset = SleepChipset + i * sizeof(ULONG), Now;
        if (PciReadByPorts(Function, Offset, &Now) && Now != Bus->Chipset[i])
            HalSetBusDataByOffset(PCIConfiguration, Function->Location.Bus,
                                  PciSlotNumber(&Function->Location), &Bus->Chipset[i], Offset,
                                  sizeof(ULONG));
    }
}

// ---- A bus

static VOID PciForEachFunction(PPCI_BUS Bus, VOID (*Visit)(PPCI_FUNCTION Function))
{
    for (PLIST_ENTRY Link = Bus->Functions.Flink; Link != &Bus->Functions; Link = Link->Flink)
        Visit(CONTAINING_RECORD(Link, PCI_FUNCTION, Link));
}

static VOID PciSetBusState(PPCI_BUS Bus, SYSTEM_POWER_STATE State)
{
    ExAcquireFastMutex(&Bus->Lock);
    if (State == PowerSystemWorking) {
        if (!Bus->Bridge && Bus->Sleeps)
            PciRecallChipset(Bus);
        PciForEachFunction(Bus, PciRecallFunction);
    } else if (State == PowerSystemSleeping2 || State == PowerSystemSleeping3) {
        if (!Bus->Bridge)
            PciRememberChipset(Bus);
        PciForEachFunction(Bus, PciRememberFunction);
    }
    Bus->Sleeps = State != PowerSystemWorking;
    ExReleaseFastMutex(&Bus->Lock);
}

// What is below a bus sleeps before it, and works after it.
NTSTATUS PciBusPower(PPCI_BUS Bus, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    if (Stack->MinorFunction == IRP_MN_SET_POWER && Bus->Started &&
        Stack->Parameters.Power.Type == SystemPowerState)
        PciSetBusState(Bus, Stack->Parameters.Power.State.SystemState);
    PoStartNextPowerIrp(Irp);
    IoSkipCurrentIrpStackLocation(Irp);
    return PoCallDriver(Bus->Lower, Irp);
}
