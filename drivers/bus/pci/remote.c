// What drivers in other processes ask of a function instead of calling an interface (<pciioctl.h>).
#include "pci.h"

static NTSTATUS PciAnswerAbilities(PPCI_FUNCTION Function, PVOID Buffer,
                                   const PCI_TRANSFER *Transfer, PULONG_PTR Length)
{
    PCI_ABILITIES Abilities = {
        .ResetTypes = PciResetTypes(Function),
        .MessageEntries = Function->MsixTable ? Function->MsixCount : 0,
    };
    if (Transfer->Output < sizeof(Abilities))
        return STATUS_BUFFER_TOO_SMALL;
    RtlCopyMemory(Buffer, &Abilities, sizeof(Abilities));
    *Length = sizeof(Abilities);
    return STATUS_SUCCESS;
}

NTSTATUS PciChangeMessageEntry(PPCI_FUNCTION Function, PPCI_MESSAGE_ENTRY Entry)
{
    if (!Function->MsixTable)
        return STATUS_INVALID_DEVICE_STATE;
    if (Entry->Entry >= Function->MsixCount)
        return STATUS_INVALID_PARAMETER;
    switch (Entry->Action) {
    case PciMessageQuery:
        Entry->Message = PciQueryMsixEntry(Function, Entry->Entry, &Entry->Masked);
        return STATUS_SUCCESS;
    case PciMessageSet:
        if (Entry->Message >= Function->Assigned.MessageCount)
            return STATUS_INVALID_PARAMETER;
        PciWriteMsixEntry(Function, Entry->Entry, Entry->Message, FALSE);
        return STATUS_SUCCESS;
    case PciMessageMask:
    case PciMessageUnmask:
        PciMaskMsixEntry(Function, Entry->Entry, Entry->Action == PciMessageMask);
        return STATUS_SUCCESS;
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

static NTSTATUS PciAnswerMessageEntry(PPCI_FUNCTION Function, PVOID Buffer,
                                      const PCI_TRANSFER *Transfer, PULONG_PTR Length)
{
    PCI_MESSAGE_ENTRY Entry;
    if (Transfer->Input < sizeof(Entry))
        return STATUS_INVALID_PARAMETER;
    if (Transfer->Output < sizeof(Entry))
        return STATUS_BUFFER_TOO_SMALL;
    RtlCopyMemory(&Entry, Buffer, sizeof(Entry));
    NTSTATUS Status = PciChangeMessageEntry(Function, &Entry);
    RtlCopyMemory(Buffer, &Entry, sizeof(Entry));
    *Length = sizeof(Entry);
    return Status;
}

static NTSTATUS PciAnswerPresence(PPCI_FUNCTION Function, PVOID Buffer,
                                  const PCI_TRANSFER *Transfer, PULONG_PTR Length)
{
    PCI_DEVICE_PRESENCE_PARAMETERS Wanted;
    if (Transfer->Input < sizeof(Wanted))
        return STATUS_INVALID_PARAMETER;
    if (Transfer->Output < sizeof(ULONG))
        return STATUS_BUFFER_TOO_SMALL;
    RtlCopyMemory(&Wanted, Buffer, sizeof(Wanted));
    *(PULONG)Buffer = PciIsPresent(Function, &Wanted);
    *Length = sizeof(ULONG);
    return STATUS_SUCCESS;
}

static NTSTATUS PciAnswerReset(PPCI_FUNCTION Function, PVOID Buffer, const PCI_TRANSFER *Transfer,
                               PULONG_PTR Length)
{
    ULONG Type;
    UNREFERENCED_PARAMETER(Length);
    if (Transfer->Input < sizeof(Type))
        return STATUS_INVALID_PARAMETER;
    RtlCopyMemory(&Type, Buffer, sizeof(Type));
    return PciResetFunction(Function, Type);
}

NTSTATUS PciFunctionControl(PPCI_FUNCTION Function, PIRP Irp)
{
    static const struct {
        ULONG Code;
        NTSTATUS (*Answer)(PPCI_FUNCTION Function, PVOID Buffer, const PCI_TRANSFER *Transfer,
                           PULONG_PTR Length);
    } Controls[] = {
        {IOCTL_PCI_QUERY_ABILITIES, PciAnswerAbilities},
        {IOCTL_PCI_MESSAGE_ENTRY, PciAnswerMessageEntry},
        {IOCTL_PCI_IS_PRESENT, PciAnswerPresence},
        {IOCTL_PCI_RESET, PciAnswerReset},
    };
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PCI_TRANSFER Transfer = {Stack->Parameters.DeviceIoControl.InputBufferLength,
                             Stack->Parameters.DeviceIoControl.OutputBufferLength};
    NTSTATUS Status = STATUS_INVALID_DEVICE_REQUEST;
    ULONG_PTR Length = 0;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Controls); i++) {
        if (Controls[i].Code == Stack->Parameters.DeviceIoControl.IoControlCode)
            Status =
                Controls[i].Answer(Function, Irp->AssociatedIrp.SystemBuffer, &Transfer, &Length);
    }
    return PciComplete(Irp, Status, NT_SUCCESS(Status) ? Length : 0);
}
