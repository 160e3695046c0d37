// Message-signalled interrupts: MSI (PCI Local Bus Specification 3.0, 6.8.1) and MSI-X (6.8.2).
#include "pci.h"

enum {
    MessageControl = 2, // register of both capabilities
    MsiEnable = 1 << 0,
    MsiCountShift = 4,
    MsiCountMask = 7 << MsiCountShift,
    MsiWide = 1 << 7,
    MsiMaskable = 1 << 8,
    MsixMaskAll = 1 << 14,
    MsixEnable = 1 << 15,
    MsixTable = 4, // register: which range, and where in it
    MsixEntryBytes = 16,
    MsixEntryMasked = 1,
};

ULONG PciCountMessages(const PCI_FUNCTION *Function, BOOLEAN Extended)
{
    ULONG Capability = Extended ? Function->Msix : Function->Msi;
    if (!Capability)
        return 0;
    ULONG Control = PciRead(&Function->Space, Capability + MessageControl, 2);
    return Extended ? (Control & 0x7FF) + 1 : 1u << min(Control >> 1 & 7, 5u);
}

static VOID PciSetControl(PPCI_FUNCTION Function, ULONG Capability, ULONG Clear, ULONG Set)
{
    ULONG Control = PciRead(&Function->Space, Capability + MessageControl, 2);
    PciWrite(&Function->Space, Capability + MessageControl, 2, (Control & ~Clear) | Set);
}

// ---- MSI: the function adds the message's number to the data

static ULONG PciLog2(ULONG Count)
{
    ULONG Log = 0;
    while (1u << (Log + 1) <= Count)
        Log++;
    return Log;
}

static VOID PciEnableMsi(PPCI_FUNCTION Function)
{
    const PCI_ASSIGNMENT *Assigned = &Function->Assigned;
    const PCI_SPACE *Space = &Function->Space;
    ULONG Control = PciRead(Space, Function->Msi + MessageControl, 2);
    ULONG Data = Function->Msi + 8;
    PciWrite(Space, Function->Msi + 4, 4, (ULONG)Assigned->MessageAddress[0]);
    if (Control & MsiWide) {
        PciWrite(Space, Data, 4, (ULONG)(Assigned->MessageAddress[0] >> 32));
        Data += 4;
    }
    PciWrite(Space, Data, 2, Assigned->MessageData[0]);
    if (Control & MsiMaskable)
        PciWrite(Space, Data + 4, 4, 0);
    PciSetControl(Function, Function->Msi, MsiCountMask,
                  PciLog2(Assigned->MessageCount) << MsiCountShift | MsiEnable);
}

// ---- MSI-X: a table in one of the function's ranges

static volatile ULONG *PciMsixEntry(const PCI_FUNCTION *Function, ULONG Index)
{
    return (volatile ULONG *)(Function->MsixTable + Index * MsixEntryBytes);
}

VOID PciWriteMsixEntry(PPCI_FUNCTION Function, ULONG Index, ULONG Message, BOOLEAN Masked)
{
    volatile ULONG *Entry = PciMsixEntry(Function, Index);
    WRITE_REGISTER_ULONG((PULONG)&Entry[3], MsixEntryMasked);
    if (Message < Function->Assigned.MessageCount) {
        WRITE_REGISTER_ULONG((PULONG)&Entry[0], (ULONG)Function->Assigned.MessageAddress[Message]);
        WRITE_REGISTER_ULONG((PULONG)&Entry[1],
                             (ULONG)(Function->Assigned.MessageAddress[Message] >> 32));
        WRITE_REGISTER_ULONG((PULONG)&Entry[2], Function->Assigned.MessageData[Message]);
    }
    WRITE_REGISTER_ULONG((PULONG)&Entry[3], Masked ? MsixEntryMasked : 0);
}

VOID PciMaskMsixEntry(PPCI_FUNCTION Function, ULONG Index, BOOLEAN Masked)
{
    WRITE_REGISTER_ULONG((PULONG)&PciMsixEntry(Function, Index)[3], Masked ? MsixEntryMasked : 0);
}

ULONG PciQueryMsixEntry(const PCI_FUNCTION *Function, ULONG Index, PULONG Masked)
{
    volatile ULONG *Entry = PciMsixEntry(Function, Index);
    ULONG Data = READ_REGISTER_ULONG((PULONG)&Entry[2]);
    *Masked = READ_REGISTER_ULONG((PULONG)&Entry[3]) & MsixEntryMasked;
    for (ULONG i = 0; i < Function->Assigned.MessageCount; i++) {
        if (Function->Assigned.MessageData[i] == Data)
            return i;
    }
    return MAXULONG;
}

static NTSTATUS PciMapMsixTable(PPCI_FUNCTION Function)
{
    ULONG Place = PciRead(&Function->Space, Function->Msix + MsixTable, 4);
    ULONG Count = PciCountMessages(Function, TRUE), Bar = Place & 7;
    ULONG64 Offset = Place & ~7u, Size = (ULONG64)Count * MsixEntryBytes;
    PHYSICAL_ADDRESS Address;
    if (Function->MsixTable)
        return STATUS_SUCCESS;
    if (Bar >= PciMaxBars || Function->Bars[Bar].Kind != PciBarMemory ||
        !Function->Assigned.Bars[Bar] || Offset + Size > Function->Bars[Bar].Length)
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    Address.QuadPart = (LONGLONG)(Function->Assigned.Bars[Bar] + Offset);
    Function->MsixTable = MmMapIoSpace(Address, (SIZE_T)Size, MmNonCached);
    Function->MsixCount = Count;
    return Function->MsixTable ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

static NTSTATUS PciEnableMsix(PPCI_FUNCTION Function)
{
    NTSTATUS Status = PciMapMsixTable(Function);
    if (!NT_SUCCESS(Status))
        return Status;
    PciSetControl(Function, Function->Msix, 0, MsixEnable | MsixMaskAll);
    for (ULONG i = 0; i < Function->MsixCount; i++)
        PciWriteMsixEntry(Function, i, i, i >= Function->Assigned.MessageCount);
    PciSetControl(Function, Function->Msix, MsixMaskAll, 0);
    return STATUS_SUCCESS;
}

// ---- Both

// Memory decoding is on.
NTSTATUS PciEnableMessages(PPCI_FUNCTION Function)
{
    if (!Function->Assigned.MessageCount)
        return STATUS_SUCCESS;
    if (Function->Assigned.Extended)
        return PciEnableMsix(Function);
    PciEnableMsi(Function);
    return STATUS_SUCCESS;
}

VOID PciDisableMessages(PPCI_FUNCTION Function)
{
    if (Function->Msi)
        PciSetControl(Function, Function->Msi, MsiEnable, 0);
    if (Function->Msix)
        PciSetControl(Function, Function->Msix, MsixEnable | MsixMaskAll, 0);
    if (Function->MsixTable)
        MmUnmapIoSpace((PVOID)Function->MsixTable, Function->MsixCount * MsixEntryBytes);
    Function->MsixTable = NULL;
}
