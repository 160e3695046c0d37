// IRP_MN_QUERY_INTERFACE for a device of another host: the answer is a table of functions of this one, which ask the
// bus driver by requests. Here are the interfaces of PCI functions; those of ACPI devices are drivers/bus/acpi/client's.
// Other devices refuse.

#include <initguid.h>

#include "../ntos.h"

#include "ask.h"

#include <wdmguid.h>

#include <client.h>
#include <pciioctl.h>

typedef struct _IOP_BUS {
    volatile LONG References;
    PDEVICE_OBJECT Device; // referenced
    PCI_ABILITIES Abilities;
} IOP_BUS, *PIOP_BUS;

static VOID NTAPI IopReferenceBus(PVOID Context)
{
    InterlockedIncrement(&((PIOP_BUS)Context)->References);
}

static VOID NTAPI IopDereferenceBus(PVOID Context)
{
    PIOP_BUS Bus = Context;
    if (InterlockedDecrement(&Bus->References))
        return;
    ObfDereferenceObject(Bus->Device);
    ExFreePoolWithTag(Bus, 'sBoI');
}

// ---- Requests

typedef struct _IOP_SPACE {
    ULONG Type, Offset, Length;
    PVOID Buffer;
} IOP_SPACE;

static ULONG IopAccessSpace(PDEVICE_OBJECT Device, UCHAR MinorFunction, const IOP_SPACE *Space)
{
    IO_STATUS_BLOCK IoStatus = {};
    KEVENT Done;
    if (KeGetCurrentIrql() > APC_LEVEL)
        return 0;
    KeInitializeEvent(&Done, NotificationEvent, FALSE);
    PIRP Irp =
        IoBuildSynchronousFsdRequest(IRP_MJ_PNP, Device, nullptr, 0, nullptr, &Done, &IoStatus);
    if (!Irp)
        return 0;
    PIO_STACK_LOCATION Stack = IoGetNextIrpStackLocation(Irp);
    Irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    Stack->MinorFunction = MinorFunction;
    Stack->Parameters.ReadWriteConfig.WhichSpace = Space->Type;
    Stack->Parameters.ReadWriteConfig.Buffer = Space->Buffer;
    Stack->Parameters.ReadWriteConfig.Offset = Space->Offset;
    Stack->Parameters.ReadWriteConfig.Length = Space->Length;
    if (IofCallDriver(Device, Irp) == STATUS_PENDING)
        KeWaitForSingleObject(&Done, Executive, KernelMode, FALSE, nullptr);
    return NT_SUCCESS(IoStatus.Status) ? (ULONG)IoStatus.Information : 0;
}

// ---- BUS_INTERFACE_STANDARD

static BOOLEAN NTAPI IopTranslateBusAddress(PVOID Context, PHYSICAL_ADDRESS BusAddress,
                                            ULONG Length, PULONG AddressSpace,
                                            PPHYSICAL_ADDRESS TranslatedAddress)
{
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Length);
    UNREFERENCED_PARAMETER(AddressSpace);
    *TranslatedAddress = BusAddress; // they are the same on a PC
    return TRUE;
}

static PDMA_ADAPTER NTAPI IopGetBusDmaAdapter(PVOID Context, PDEVICE_DESCRIPTION Description,
                                              PULONG NumberOfMapRegisters)
{
    return IoGetDmaAdapter(((PIOP_BUS)Context)->Device, Description, NumberOfMapRegisters);
}

static ULONG NTAPI IopGetBusData(PVOID Context, ULONG DataType, PVOID Buffer, ULONG Offset,
                                 ULONG Length)
{
    IOP_SPACE Space = {DataType, Offset, Length, Buffer};
    return IopAccessSpace(((PIOP_BUS)Context)->Device, IRP_MN_READ_CONFIG, &Space);
}

static ULONG NTAPI IopSetBusData(PVOID Context, ULONG DataType, PVOID Buffer, ULONG Offset,
                                 ULONG Length)
{
    IOP_SPACE Space = {DataType, Offset, Length, Buffer};
    return IopAccessSpace(((PIOP_BUS)Context)->Device, IRP_MN_WRITE_CONFIG, &Space);
}

static VOID IopFillBusInterface(PINTERFACE Interface)
{
    PBUS_INTERFACE_STANDARD Standard = (PBUS_INTERFACE_STANDARD)Interface;
    Standard->TranslateBusAddress = IopTranslateBusAddress;
    Standard->GetDmaAdapter = IopGetBusDmaAdapter;
    Standard->SetBusData = IopSetBusData;
    Standard->GetBusData = IopGetBusData;
}

// ---- PCI_DEVICE_PRESENT_INTERFACE. The older of its functions has no context: it asks through the device that gave
// the interface last, which stays referenced for it.

static PIOP_BUS IopPresenceBus;

static BOOLEAN NTAPI IopIsDevicePresentEx(PVOID Context, PPCI_DEVICE_PRESENCE_PARAMETERS Parameters)
{
    ULONG Present = 0;
    NTSTATUS Status = AskDriver(((PIOP_BUS)Context)->Device, IOCTL_PCI_IS_PRESENT, Parameters,
                                sizeof(*Parameters), &Present, sizeof(Present));
    return NT_SUCCESS(Status) && Present;
}

static BOOLEAN NTAPI IopIsDevicePresent(USHORT VendorID, USHORT DeviceID, UCHAR RevisionID,
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
    PIOP_BUS Bus = IopPresenceBus;
    return Bus && IopIsDevicePresentEx(Bus, &Parameters);
}

static VOID IopFillPresentInterface(PINTERFACE Interface)
{
    PPCI_DEVICE_PRESENT_INTERFACE Present = (PPCI_DEVICE_PRESENT_INTERFACE)Interface;
    Present->IsDevicePresent = IopIsDevicePresent;
    Present->IsDevicePresentEx = IopIsDevicePresentEx;
    IopReferenceBus(Interface->Context);
    PIOP_BUS Old = InterlockedExchangePointer((PVOID *)&IopPresenceBus, Interface->Context);
    if (Old)
        IopDereferenceBus(Old);
}

// ---- PCI_MSIX_TABLE_CONFIG_INTERFACE

static NTSTATUS NTAPI IopFreeSent(PDEVICE_OBJECT Device, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(Device);
    ExFreePoolWithTag(Context, 'sBoI');
    IoFreeIrp(Irp);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

// From DISPATCH_LEVEL the request is sent, and nobody waits for it: entries are masked a moment later.
static NTSTATUS IopSendMessageEntry(PIOP_BUS Bus, const PCI_MESSAGE_ENTRY *Entry)
{
    if (Entry->Entry >= Bus->Abilities.MessageEntries)
        return STATUS_INVALID_PARAMETER;
    PPCI_MESSAGE_ENTRY Copy = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Copy), 'sBoI');
    PIRP Irp = Copy ? IoAllocateIrp(Bus->Device->StackSize, FALSE) : nullptr;
    if (!Irp) {
        if (Copy)
            ExFreePoolWithTag(Copy, 'sBoI');
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *Copy = *Entry;
    PIO_STACK_LOCATION Stack = IoGetNextIrpStackLocation(Irp);
    Stack->MajorFunction = IRP_MJ_INTERNAL_DEVICE_CONTROL;
    Stack->Parameters.DeviceIoControl.IoControlCode = IOCTL_PCI_MESSAGE_ENTRY;
    Stack->Parameters.DeviceIoControl.InputBufferLength = sizeof(*Copy);
    Stack->Parameters.DeviceIoControl.OutputBufferLength = sizeof(*Copy);
    Irp->AssociatedIrp.SystemBuffer = Copy;
    IoSetCompletionRoutine(Irp, IopFreeSent, Copy, TRUE, TRUE, TRUE);
    IofCallDriver(Bus->Device, Irp);
    return STATUS_SUCCESS;
}

static NTSTATUS IopChangeMessageEntry(PIOP_BUS Bus, PPCI_MESSAGE_ENTRY Entry)
{
    if (KeGetCurrentIrql() > APC_LEVEL)
        return Entry->Action == PciMessageQuery ? STATUS_INVALID_DEVICE_STATE
                                                : IopSendMessageEntry(Bus, Entry);
    return AskDriver(Bus->Device, IOCTL_PCI_MESSAGE_ENTRY, Entry, sizeof(*Entry), Entry,
                     sizeof(*Entry));
}

static NTSTATUS NTAPI IopSetTableEntry(PVOID Context, ULONG TableEntry, ULONG MessageNumber)
{
    PCI_MESSAGE_ENTRY Entry = {PciMessageSet, TableEntry, MessageNumber, 0};
    return IopChangeMessageEntry(Context, &Entry);
}

static NTSTATUS NTAPI IopMaskTableEntry(PVOID Context, ULONG TableEntry)
{
    PCI_MESSAGE_ENTRY Entry = {PciMessageMask, TableEntry, 0, 0};
    return IopChangeMessageEntry(Context, &Entry);
}

static NTSTATUS NTAPI IopUnmaskTableEntry(PVOID Context, ULONG TableEntry)
{
    PCI_MESSAGE_ENTRY Entry = {PciMessageUnmask, TableEntry, 0, 0};
    return IopChangeMessageEntry(Context, &Entry);
}

static NTSTATUS NTAPI IopGetTableEntry(PVOID Context, ULONG TableEntry, PULONG MessageNumber,
                                       PBOOLEAN Masked)
{
    PCI_MESSAGE_ENTRY Entry = {PciMessageQuery, TableEntry, 0, 0};
    NTSTATUS Status = IopChangeMessageEntry(Context, &Entry);
    *MessageNumber = Entry.Message;
    *Masked = Entry.Masked != 0;
    return Status;
}

static NTSTATUS NTAPI IopGetTableSize(PVOID Context, PULONG TableSize)
{
    *TableSize = ((PIOP_BUS)Context)->Abilities.MessageEntries;
    return *TableSize ? STATUS_SUCCESS : STATUS_INVALID_DEVICE_STATE;
}

static VOID IopFillTableInterface(PINTERFACE Interface)
{
    PPCI_MSIX_TABLE_CONFIG_INTERFACE Table = (PPCI_MSIX_TABLE_CONFIG_INTERFACE)Interface;
    Table->SetTableEntry = IopSetTableEntry;
    Table->MaskTableEntry = IopMaskTableEntry;
    Table->UnmaskTableEntry = IopUnmaskTableEntry;
    if (Interface->Size < sizeof(*Table)) // of Windows Vista
        return;
    Table->GetTableEntry = IopGetTableEntry;
    Table->GetTableSize = IopGetTableSize;
}

// ---- DEVICE_RESET_INTERFACE_STANDARD

static NTSTATUS NTAPI IopResetDevice(PVOID InterfaceContext, DEVICE_RESET_TYPE ResetType,
                                     ULONG Flags, PVOID ResetParameters)
{
    ULONG Type = ResetType;
    UNREFERENCED_PARAMETER(Flags);
    UNREFERENCED_PARAMETER(ResetParameters);
    return AskDriver(((PIOP_BUS)InterfaceContext)->Device, IOCTL_PCI_RESET, &Type, sizeof(Type),
                     nullptr, 0);
}

static VOID IopFillResetInterface(PINTERFACE Interface)
{
    PDEVICE_RESET_INTERFACE_STANDARD Reset = (PDEVICE_RESET_INTERFACE_STANDARD)Interface;
    Reset->DeviceReset = IopResetDevice;
    Reset->SupportedResetTypes = ((PIOP_BUS)Interface->Context)->Abilities.ResetTypes;
    Reset->Reserved = nullptr;
}

// ---- The request

static const struct {
    const GUID *Type;
    USHORT Size, Version;
    BOOLEAN HasVersions; // of different sizes: the asker's size counts
    VOID (*Fill)(PINTERFACE Interface);
} IopBusInterfaces[] = {
    {&GUID_BUS_INTERFACE_STANDARD, sizeof(BUS_INTERFACE_STANDARD), 1, FALSE, IopFillBusInterface},
    {&GUID_PCI_DEVICE_PRESENT_INTERFACE, sizeof(PCI_DEVICE_PRESENT_INTERFACE),
     PCI_DEVICE_PRESENT_INTERFACE_VERSION, FALSE, IopFillPresentInterface},
    {&GUID_MSIX_TABLE_CONFIG_INTERFACE, PCI_MSIX_TABLE_CONFIG_MINIMUM_SIZE,
     PCI_MSIX_TABLE_CONFIG_INTERFACE_VERSION, TRUE, IopFillTableInterface},
    {&GUID_DEVICE_RESET_INTERFACE_STANDARD, sizeof(DEVICE_RESET_INTERFACE_STANDARD),
     DEVICE_RESET_INTERFACE_VERSION_1, FALSE, IopFillResetInterface},
};

// One reference for the asker.
static PIOP_BUS IopMakeBus(PDEVICE_OBJECT Device)
{
    PIOP_BUS Bus = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Bus), 'sBoI');
    if (!Bus)
        return nullptr;
    *Bus = (IOP_BUS){.References = 1, .Device = Device};
    if (!NT_SUCCESS(AskDriver(Device, IOCTL_PCI_QUERY_ABILITIES, nullptr, 0, &Bus->Abilities,
                              sizeof(Bus->Abilities)))) {
        ExFreePoolWithTag(Bus, 'sBoI');
        return nullptr;
    }
    ObfReferenceObject(Device);
    return Bus;
}

static NTSTATUS IopGiveInterface(PDEVICE_OBJECT Device, const IO_STACK_LOCATION *Stack,
                                 NTSTATUS Status)
{
    PINTERFACE Interface = Stack->Parameters.QueryInterface.Interface;
    USHORT Size = Stack->Parameters.QueryInterface.Size;
    for (ULONG i = 0; i < RTL_NUMBER_OF(IopBusInterfaces); i++) {
        if (!IsEqualGUID(IopBusInterfaces[i].Type,
                         Stack->Parameters.QueryInterface.InterfaceType) ||
            Size < IopBusInterfaces[i].Size)
            continue;
        PIOP_BUS Bus = IopMakeBus(Device);
        if (!Bus)
            return Status;
        Interface->Size = IopBusInterfaces[i].HasVersions ? Size : IopBusInterfaces[i].Size;
        Interface->Version = IopBusInterfaces[i].Version;
        Interface->Context = Bus;
        Interface->InterfaceReference = IopReferenceBus;
        Interface->InterfaceDereference = IopDereferenceBus;
        IopBusInterfaces[i].Fill(Interface);
        return STATUS_SUCCESS;
    }
    return AcpiClientQueryInterface(Device, Stack, Status);
}

NTSTATUS IopQueryForeignInterface(PDEVICE_OBJECT Device, PIRP Irp)
{
    NTSTATUS Status =
        IopGiveInterface(Device, IoGetCurrentIrpStackLocation(Irp), Irp->IoStatus.Status);
    Irp->IoStatus.Status = Status;
    IofCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}
