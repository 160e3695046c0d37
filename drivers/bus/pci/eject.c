// IRP_MN_EJECT: the function's drivers are gone, it can be taken out.
#include "pci.h"

// The device is out of use when this is the last of its functions that somebody still has.
static BOOLEAN PciIsLastFunction(const PCI_FUNCTION *Function)
{
    PPCI_BUS Bus = Function->Bus;
    BOOLEAN Last = TRUE;
    ExAcquireFastMutex(&Bus->Lock);
    for (PLIST_ENTRY Link = Bus->Functions.Flink; Link != &Bus->Functions; Link = Link->Flink) {
        const PCI_FUNCTION *Other = CONTAINING_RECORD(Link, PCI_FUNCTION, Link);
        if (Other != Function && Other->Present && !Other->Ejected &&
            PciDeviceNumber(&Other->Location) == PciDeviceNumber(&Function->Location))
            Last = FALSE;
    }
    ExReleaseFastMutex(&Bus->Lock);
    return Last;
}

static NTSTATUS PciEjectByFirmware(PPCI_FUNCTION Function)
{
    PPCI_ROOT Root = Function->Location.Root;
    ACPI_PCI_EVALUATION Evaluation = {
        .Method = {'_', 'E', 'J', '0'}, .ArgumentCount = 1, .Argument = 1};
    ULONG64 Result;
    if (!Root->HasFirmware)
        return STATUS_NOT_SUPPORTED;
    PciFindPath(Function, &Evaluation.Path);
    return PciControl(Root->Lower, IOCTL_ACPI_PCI_EVALUATE, &Evaluation, sizeof(Evaluation),
                      &Result, sizeof(Result));
}

static NTSTATUS PciEjectDevice(PPCI_FUNCTION Function)
{
    PPCI_BUS Bus = Function->Bus;
    if (Bus->Bridge && PciWantsSlotInterrupt(Bus->Bridge)) {
        PciPowerSlot(Bus->Bridge, FALSE);
        return STATUS_SUCCESS;
    }
    return PciEjectByFirmware(Function);
}

NTSTATUS PciEject(PPCI_FUNCTION Function, PIRP Irp)
{
    NTSTATUS Status = STATUS_SUCCESS;
    PciStopFunction(Function);
    Function->Ejected = TRUE;
    if (PciIsLastFunction(Function))
        Status = PciEjectDevice(Function);
    if (!NT_SUCCESS(Status))
        Function->Ejected = FALSE;
    IoInvalidateDeviceRelations(Function->Bus->PhysicalDevice, BusRelations);
    return PciComplete(Irp, Status, 0);
}
