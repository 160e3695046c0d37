// msixtest.sys drives the interrupts of an Intel 82574L (QEMU's e1000e) and nothing else: five causes, each of which can be
// raised by a register, and a table entry for each. The bus driver, in another process, has the table.
#include <initguid.h>

#include "driver.h"

#include <wdmguid.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_ADD_DEVICE MessageAddDevice;
static DRIVER_DISPATCH MessageOpenClose, MessagePass, MessagePnp;

static VOID MessageWrite(PMESSAGE_DEVICE Device, ULONG Register, ULONG Value)
{
    WRITE_REGISTER_ULONG((PULONG)(Device->Registers + Register), Value);
}

// Intel 82574 datasheet, 10.2.4: a cause that has become a message clears itself and its mask.
VOID MessageFire(PMESSAGE_DEVICE Device, ULONG Cause)
{
    MessageWrite(Device, MessageMaskSet, 1u << (MessageFirstCause + Cause));
    MessageWrite(Device, MessageCauseSet, 1u << (MessageFirstCause + Cause));
}

static BOOLEAN NTAPI MessageService(PKINTERRUPT Interrupt, PVOID Context, ULONG Message)
{
    PMESSAGE_DEVICE Device = Context;
    UNREFERENCED_PARAMETER(Interrupt);
    if (Message < MESSAGE_ENTRIES)
        InterlockedIncrement(&Device->Counts[Message]);
    return TRUE;
}

// ---- Start and stop

static NTSTATUS MessageQueryTable(PMESSAGE_DEVICE Device)
{
    IO_STATUS_BLOCK IoStatus = {};
    KEVENT Done;
    KeInitializeEvent(&Done, NotificationEvent, FALSE);
    PIRP Irp =
        IoBuildSynchronousFsdRequest(IRP_MJ_PNP, Device->Lower, NULL, 0, NULL, &Done, &IoStatus);
    if (!Irp)
        return STATUS_INSUFFICIENT_RESOURCES;
    PIO_STACK_LOCATION Stack = IoGetNextIrpStackLocation(Irp);
    Irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    Stack->MinorFunction = IRP_MN_QUERY_INTERFACE;
    Stack->Parameters.QueryInterface.InterfaceType = &GUID_MSIX_TABLE_CONFIG_INTERFACE;
    Stack->Parameters.QueryInterface.Size = sizeof(Device->Table);
    Stack->Parameters.QueryInterface.Version = PCI_MSIX_TABLE_CONFIG_INTERFACE_VERSION;
    Stack->Parameters.QueryInterface.Interface = (PINTERFACE)&Device->Table;
    if (IoCallDriver(Device->Lower, Irp) == STATUS_PENDING)
        KeWaitForSingleObject(&Done, Executive, KernelMode, FALSE, NULL);
    return IoStatus.Status;
}

static NTSTATUS MessageMap(PMESSAGE_DEVICE Device, const CM_RESOURCE_LIST *List)
{
    const CM_PARTIAL_RESOURCE_LIST *Partial = &List->List[0].PartialResourceList;
    for (ULONG i = 0; i < Partial->Count && !Device->Registers; i++) {
        const CM_PARTIAL_RESOURCE_DESCRIPTOR *Resource = &Partial->PartialDescriptors[i];
        if (Resource->Type == CmResourceTypeMemory)
            Device->Registers =
                MmMapIoSpace(Resource->u.Memory.Start, MessageRegisterBytes, MmNonCached);
    }
    return Device->Registers ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

static NTSTATUS MessageConnect(PMESSAGE_DEVICE Device)
{
    IO_CONNECT_INTERRUPT_PARAMETERS Connection = {.Version = CONNECT_MESSAGE_BASED};
    Connection.MessageBased = (IO_CONNECT_INTERRUPT_MESSAGE_BASED_PARAMETERS){
        .PhysicalDeviceObject = Device->PhysicalDevice,
        .ConnectionContext.InterruptMessageTable = &Device->Messages,
        .MessageServiceRoutine = MessageService,
        .ServiceContext = Device,
    };
    return IoConnectInterruptEx(&Connection);
}

static VOID MessageStop(PMESSAGE_DEVICE Device)
{
    if (Device->Messages) {
        IO_DISCONNECT_INTERRUPT_PARAMETERS Parameters = {
            .Version = CONNECT_MESSAGE_BASED,
            .ConnectionContext.InterruptMessageTable = Device->Messages,
        };
        IoDisconnectInterruptEx(&Parameters);
    }
    Device->Messages = NULL;
    if (Device->Table.InterfaceDereference)
        Device->Table.InterfaceDereference(Device->Table.Context);
    Device->Table.InterfaceDereference = NULL;
    if (Device->Registers)
        MmUnmapIoSpace(Device->Registers, MessageRegisterBytes);
    Device->Registers = NULL;
}

static VOID MessageSetUp(PMESSAGE_DEVICE Device)
{
    ULONG Vectors = 0;
    for (ULONG Cause = 0; Cause < MESSAGE_ENTRIES; Cause++)
        Vectors |= (MessageVectorValid | Cause) << (4 * Cause);
    MessageWrite(Device, MessageVectors, Vectors);
    MessageWrite(Device, MessageAutoClear, ((1u << MESSAGE_ENTRIES) - 1) << MessageFirstCause);
}

static NTSTATUS MessageStart(PMESSAGE_DEVICE Device, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    const CM_RESOURCE_LIST *List = Stack->Parameters.StartDevice.AllocatedResourcesTranslated;
    NTSTATUS Status = STATUS_NO_SUCH_DEVICE;
    if (List && IoForwardIrpSynchronously(Device->Lower, Irp))
        Status = Irp->IoStatus.Status;
    if (NT_SUCCESS(Status))
        Status = MessageMap(Device, List);
    if (NT_SUCCESS(Status))
        Status = MessageQueryTable(Device);
    if (NT_SUCCESS(Status))
        Status = MessageConnect(Device);
    if (NT_SUCCESS(Status))
        MessageSetUp(Device);
    else
        MessageStop(Device);
    Irp->IoStatus.Status = Status;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static NTSTATUS MessageRemove(PMESSAGE_DEVICE Device, PIRP Irp)
{
    PDEVICE_OBJECT Lower = Device->Lower;
    MessageStop(Device);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    IoSkipCurrentIrpStackLocation(Irp);
    NTSTATUS Status = IoCallDriver(Lower, Irp);
    IoDetachDevice(Lower);
    IoDeleteDevice(Device->Self);
    return Status;
}

// ---- Dispatch

static NTSTATUS NTAPI MessageAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDevice)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(MESSAGE_DEVICE_NAME);
    PDEVICE_OBJECT Self;
    NTSTATUS Status = IoCreateDevice(DriverObject, sizeof(MESSAGE_DEVICE), &Name,
                                     FILE_DEVICE_UNKNOWN, FILE_DEVICE_SECURE_OPEN, FALSE, &Self);
    if (!NT_SUCCESS(Status))
        return Status;
    PMESSAGE_DEVICE Device = Self->DeviceExtension;
    Device->Self = Self;
    Device->PhysicalDevice = PhysicalDevice;
    Device->Lower = IoAttachDeviceToDeviceStack(Self, PhysicalDevice);
    if (!Device->Lower) {
        IoDeleteDevice(Self);
        return STATUS_NO_SUCH_DEVICE;
    }
    Self->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI MessagePass(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PMESSAGE_DEVICE Device = DeviceObject->DeviceExtension;
    IoSkipCurrentIrpStackLocation(Irp);
    return IoCallDriver(Device->Lower, Irp);
}

static NTSTATUS NTAPI MessagePnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PMESSAGE_DEVICE Device = DeviceObject->DeviceExtension;
    switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        return MessageStart(Device, Irp);
    case IRP_MN_REMOVE_DEVICE:
        return MessageRemove(Device, Irp);
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
    case IRP_MN_SURPRISE_REMOVAL:
        Irp->IoStatus.Status = STATUS_SUCCESS;
        break;
    default:
        break;
    }
    return MessagePass(DeviceObject, Irp);
}

static NTSTATUS NTAPI MessageOpenClose(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    Irp->IoStatus.Information = 0;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverExtension->AddDevice = MessageAddDevice;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = MessageOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = MessageOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = MessageOpenClose;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = MessageControl;
    DriverObject->MajorFunction[IRP_MJ_PNP] = MessagePnp;
    DriverObject->MajorFunction[IRP_MJ_POWER] = MessagePass;
    DriverObject->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = MessagePass;
    return STATUS_SUCCESS;
}
