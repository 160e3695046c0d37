// The sleep of the machine (S3), in which every function is reset: what its bus gives back to it. Drivers put their
// functions into D3 before, and into D0 after; this is for what those states do not say (functions that have no
// power states, or no driver), and so that what lies behind a bridge can be reached when its driver is asked.
#include "pci.h"

enum { // of the header's registers that are kept: ranges, windows, line, bridge control
    SleepFirst = PciRegisterCacheLine,
    SleepEnd = 0x40,
};

C_ASSERT(SleepFirst + PciSleepRegisters * sizeof(ULONG) == SleepEnd);

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

// ---- A bus

static VOID PciForEachFunction(PPCI_BUS Bus, VOID (*Visit)(PPCI_FUNCTION Function))
{
    for (PLIST_ENTRY Link = Bus->Functions.Flink; Link != &Bus->Functions; Link = Link->Flink)
        Visit(CONTAINING_RECORD(Link, PCI_FUNCTION, Link));
}

static VOID PciSetBusState(PPCI_BUS Bus, SYSTEM_POWER_STATE State)
{
    ExAcquireFastMutex(&Bus->Lock);
    if (State == PowerSystemWorking)
        PciForEachFunction(Bus, PciRecallFunction);
    else if (State == PowerSystemSleeping2 || State == PowerSystemSleeping3)
        PciForEachFunction(Bus, PciRememberFunction);
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
