// IRP_MN_QUERY_INTERFACE: tables of functions for drivers in this process. Those in others get the same from their
// own, which ask by device controls (remote.c).
#include <initguid.h>

#include "pci.h"

#include <client.h>
#include <wdmguid.h>

// The context of all of them: the function's device object stays as long as it is referenced.
static VOID NTAPI PciReferenceInterface(PVOID Context)
{
    ObReferenceObject(((PPCI_FUNCTION)Context)->Self);
}

static VOID NTAPI PciDereferenceInterface(PVOID Context)
{
    ObDereferenceObject(((PPCI_FUNCTION)Context)->Self);
}

// ---- BUS_INTERFACE_STANDARD

// Addresses of the bus are those of the processor on a PC.
static BOOLEAN NTAPI PciTranslate(PVOID Context, PHYSICAL_ADDRESS BusAddress, ULONG Length,
                                  PULONG AddressSpace, PPHYSICAL_ADDRESS TranslatedAddress)
{
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Length);
    UNREFERENCED_PARAMETER(AddressSpace);
    *TranslatedAddress = BusAddress;
    return TRUE;
}

static PDMA_ADAPTER NTAPI PciGetDmaAdapter(PVOID Context, PDEVICE_DESCRIPTION Description,
                                           PULONG NumberOfMapRegisters)
{
    return IoGetDmaAdapter(((PPCI_FUNCTION)Context)->Self, Description, NumberOfMapRegisters);
}

static BOOLEAN PciIsConfigRange(const PCI_FUNCTION *Function, ULONG Type, ULONG Offset,
                                ULONG Length)
{
    return Type == PCI_WHICHSPACE_CONFIG && Offset < Function->Space.Length &&
           Length <= Function->Space.Length - Offset;
}

static ULONG NTAPI PciSetBusData(PVOID Context, ULONG DataType, PVOID Buffer, ULONG Offset,
                                 ULONG Length)
{
    if (!PciIsConfigRange(Context, DataType, Offset, Length))
        return 0;
    PciWriteAsDriver(Context, Offset, Buffer, Length);
    return Length;
}

static ULONG NTAPI PciGetBusData(PVOID Context, ULONG DataType, PVOID Buffer, ULONG Offset,
                                 ULONG Length)
{
    const PCI_FUNCTION *Function = Context;
    if (!PciIsConfigRange(Function, DataType, Offset, Length))
        return 0;
    PciReadBytes(&Function->Space, Offset, Buffer, Length);
    return Length;
}

static VOID PciFillBusInterface(PINTERFACE Interface)
{
    PBUS_INTERFACE_STANDARD Standard = (PBUS_INTERFACE_STANDARD)Interface;
    Standard->TranslateBusAddress = PciTranslate;
    Standard->GetDmaAdapter = PciGetDmaAdapter;
    Standard->SetBusData = PciSetBusData;
    Standard->GetBusData = PciGetBusData;
}

// ---- PCI_DEVICE_PRESENT_INTERFACE

static BOOLEAN NTAPI PciInterfacePresentEx(PVOID Context,
                                           PPCI_DEVICE_PRESENCE_PARAMETERS Parameters)
{
    return PciIsPresent(Context, Parameters);
}

static BOOLEAN NTAPI PciInterfacePresent(USHORT VendorID, USHORT DeviceID, UCHAR RevisionID,
                                         USHORT SubVendorID, USHORT SubSystemID, ULONG Flags)
{
    PCI_DEVICE_PRESENCE_PARAMETERS Parameters = {
        .Size = sizeof(Parameters),
        .Flags = PCI_USE_VENDEV_IDS | (Flags & (PCI_USE_SUBSYSTEM_IDS | PCI_USE_REVISION)),
        .VendorID = VendorID,
        .DeviceID = DeviceID,
        .RevisionID = RevisionID,
        .SubVendorID = SubVendorID,
        .SubSystemID = SubSystemID,
    };
    return PciIsPresent(NULL, &Parameters);
}

static VOID PciFillPresentInterface(PINTERFACE Interface)
{
    PPCI_DEVICE_PRESENT_INTERFACE Present = (PPCI_DEVICE_PRESENT_INTERFACE)Interface;
    Present->IsDevicePresent = PciInterfacePresent;
    Present->IsDevicePresentEx = PciInterfacePresentEx;
}

// ---- PCI_MSIX_TABLE_CONFIG_INTERFACE

static NTSTATUS NTAPI PciSetTableEntry(PVOID Context, ULONG TableEntry, ULONG MessageNumber)
{
    PCI_MESSAGE_ENTRY Entry = {PciMessageSet, TableEntry, MessageNumber, 0};
    return PciChangeMessageEntry(Context, &Entry);
}

static NTSTATUS NTAPI PciMaskTableEntry(PVOID Context, ULONG TableEntry)
{
    PCI_MESSAGE_ENTRY Entry = {PciMessageMask, TableEntry, 0, 0};
    return PciChangeMessageEntry(Context, &Entry);
}

static NTSTATUS NTAPI PciUnmaskTableEntry(PVOID Context, ULONG TableEntry)
{
    PCI_MESSAGE_ENTRY Entry = {PciMessageUnmask, TableEntry, 0, 0};
    return PciChangeMessageEntry(Context, &Entry);
}

static NTSTATUS NTAPI PciGetTableEntry(PVOID Context, ULONG TableEntry, PULONG MessageNumber,
                                       PBOOLEAN Masked)
{
    PCI_MESSAGE_ENTRY Entry = {PciMessageQuery, TableEntry, 0, 0};
    NTSTATUS Status = PciChangeMessageEntry(Context, &Entry);
    *MessageNumber = Entry.Message;
    *Masked = Entry.Masked != 0;
    return Status;
}

static NTSTATUS NTAPI PciGetTableSize(PVOID Context, PULONG TableSize)
{
    const PCI_FUNCTION *Function = Context;
    *TableSize = Function->MsixTable ? Function->MsixCount : 0;
    return *TableSize ? STATUS_SUCCESS : STATUS_INVALID_DEVICE_STATE;
}

static VOID PciFillTableInterface(PINTERFACE Interface)
{
    PPCI_MSIX_TABLE_CONFIG_INTERFACE Table = (PPCI_MSIX_TABLE_CONFIG_INTERFACE)Interface;
    Table->SetTableEntry = PciSetTableEntry;
    Table->MaskTableEntry = PciMaskTableEntry;
    Table->UnmaskTableEntry = PciUnmaskTableEntry;
    if (Interface->Size < sizeof(*Table)) // of Windows Vista
        return;
    Table->GetTableEntry = PciGetTableEntry;
    Table->GetTableSize = PciGetTableSize;
}

// ---- DEVICE_RESET_INTERFACE_STANDARD

static NTSTATUS NTAPI PciInterfaceReset(PVOID InterfaceContext, DEVICE_RESET_TYPE ResetType,
                                        ULONG Flags, PVOID ResetParameters)
{
    UNREFERENCED_PARAMETER(Flags);
    UNREFERENCED_PARAMETER(ResetParameters);
    return PciResetFunction(InterfaceContext, ResetType);
}

static VOID PciFillResetInterface(PINTERFACE Interface)
{
    PDEVICE_RESET_INTERFACE_STANDARD Reset = (PDEVICE_RESET_INTERFACE_STANDARD)Interface;
    Reset->DeviceReset = PciInterfaceReset;
    Reset->SupportedResetTypes = PciResetTypes(Interface->Context);
    Reset->Reserved = NULL;
}

// ---- The request

static const struct {
    const GUID *Type;
    USHORT Size, Version;
    VOID (*Fill)(PINTERFACE Interface); // what is behind the common part
} PciInterfaces[] = {
    {&GUID_BUS_INTERFACE_STANDARD, sizeof(BUS_INTERFACE_STANDARD), 1, PciFillBusInterface},
    {&GUID_PCI_DEVICE_PRESENT_INTERFACE, sizeof(PCI_DEVICE_PRESENT_INTERFACE),
     PCI_DEVICE_PRESENT_INTERFACE_VERSION, PciFillPresentInterface},
    {&GUID_MSIX_TABLE_CONFIG_INTERFACE, PCI_MSIX_TABLE_CONFIG_MINIMUM_SIZE,
     PCI_MSIX_TABLE_CONFIG_INTERFACE_VERSION, PciFillTableInterface},
    {&GUID_DEVICE_RESET_INTERFACE_STANDARD, sizeof(DEVICE_RESET_INTERFACE_STANDARD),
     DEVICE_RESET_INTERFACE_VERSION_1, PciFillResetInterface},
};

NTSTATUS PciQueryInterface(PPCI_FUNCTION Function, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PINTERFACE Interface = Stack->Parameters.QueryInterface.Interface;
    for (ULONG i = 0; i < RTL_NUMBER_OF(PciInterfaces); i++) {
        if (!IsEqualGUID(PciInterfaces[i].Type, Stack->Parameters.QueryInterface.InterfaceType) ||
            Stack->Parameters.QueryInterface.Size < PciInterfaces[i].Size)
            continue;
        Interface->Size = min(Stack->Parameters.QueryInterface.Size, (USHORT)MAXSHORT);
        if (PciInterfaces[i].Type != &GUID_MSIX_TABLE_CONFIG_INTERFACE)
            Interface->Size = PciInterfaces[i].Size;
        Interface->Version = PciInterfaces[i].Version;
        Interface->Context = Function;
        Interface->InterfaceReference = PciReferenceInterface;
        Interface->InterfaceDereference = PciDereferenceInterface;
        PciInterfaces[i].Fill(Interface);
        PciReferenceInterface(Function);
        return PciComplete(Irp, STATUS_SUCCESS, 0);
    }
    NTSTATUS Status = AcpiClientQueryInterface(Function->Self, Stack, Irp->IoStatus.Status);
    return PciComplete(Irp, Status, Irp->IoStatus.Information);
}
