// What a function forgets in a reset or in D3, and gets back: its ranges and windows, its messages, and the registers
// that its driver or the firmware has set.
#include "pci.h"

// Registers of the capability of PCI Express that hold settings: PCI Express Base Specification 4.0, 7.5.3. The
// control of slots and the status registers are not among them.
static const UCHAR PciExpressSettings[] = {0x08, 0x10, 0x28, 0x30};
static const UCHAR PciHeaderSettings[] = {PciRegisterCacheLine, PciRegisterLatency,
                                          PciRegisterLine};

C_ASSERT(RTL_NUMBER_OF(PciExpressSettings) == PciContextExpress);
C_ASSERT(RTL_NUMBER_OF(PciHeaderSettings) == PciContextHeader);

VOID PciSaveContext(const PCI_FUNCTION *Function, PPCI_CONTEXT Context)
{
    const PCI_SPACE *Space = &Function->Space;
    Context->Command = (USHORT)PciRead(Space, PciRegisterCommand, 2);
    for (ULONG i = 0; i < PciContextHeader; i++)
        Context->Header[i] = (UCHAR)PciRead(Space, PciHeaderSettings[i], 1);
    for (ULONG i = 0; i < PciContextExpress && Function->Express; i++)
        Context->Express[i] = (USHORT)PciRead(Space, Function->Express + PciExpressSettings[i], 2);
    if (!PciIsBridge(Function))
        return;
    Context->Buses = PciRead(Space, PciBridgePrimary, 4);
    Context->BridgeControl = (USHORT)PciRead(Space, PciBridgeControl, 2);
}

NTSTATUS PciRestoreContext(PPCI_FUNCTION Function, const PCI_CONTEXT *Context)
{
    const PCI_SPACE *Space = &Function->Space;
    NTSTATUS Status = STATUS_SUCCESS;
    for (ULONG i = 0; i < PciContextHeader; i++)
        PciWrite(Space, PciHeaderSettings[i], 1, Context->Header[i]);
    for (ULONG i = 0; i < PciContextExpress && Function->Express; i++)
        PciWrite(Space, Function->Express + PciExpressSettings[i], 2, Context->Express[i]);
    if (PciIsBridge(Function)) {
        PciWrite(Space, PciBridgePrimary, 4, Context->Buses);
        PciWrite(Space, PciBridgeControl, 2, Context->BridgeControl);
    }
    if (Function->Started && !PciIsInfrastructure(Function))
        Status = PciProgramFunction(Function);
    PciWrite(Space, PciRegisterCommand, 2, Context->Command);
    return Status;
}
