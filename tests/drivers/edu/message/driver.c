// msixtest.sys drives the interrupts of an Intel 82574L (QEMU's e1000e) and nothing else: five causes, each of which can be
// raised by a register, and a table entry for each. The bus driver, in another process, has the table.
#include <initguid.h>

#include "driver.h"

#include <wdmguid.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_ADD_DEVICE MessageAddDevice;
static DRIVER_DISPATCH MessagePnp;

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
        .PhysicalDeviceObject = Device->Layer.PhysicalDevice,
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
    ReleaseInterface(&Device->Table);
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
    NTSTATUS Status = List ? PassOnAndWait(Device->Layer.Lower, Irp) : STATUS_NO_SUCH_DEVICE;
    if (NT_SUCCESS(Status))
        Status = MessageMap(Device, List);
    if (NT_SUCCESS(Status))
        Status = QueryLowerInterface(Device->Layer.Lower, &GUID_MSIX_TABLE_CONFIG_INTERFACE,
                                     sizeof(Device->Table), PCI_MSIX_TABLE_CONFIG_INTERFACE_VERSION,
                                     &Device->Table);
    if (NT_SUCCESS(Status))
        Status = MessageConnect(Device);
    if (NT_SUCCESS(Status))
        MessageSetUp(Device);
    else
        MessageStop(Device);
    return Complete(Irp, Status, 0);
}

// ---- Dispatch

static NTSTATUS NTAPI MessageAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDevice)
{
    PDEVICE_OBJECT Self;
    NTSTATUS Status = LayerCreate(DriverObject, PhysicalDevice, MESSAGE_DEVICE_NAME,
                                  sizeof(MESSAGE_DEVICE), &Self);
    return NT_SUCCESS(Status) ? LayerAttach(Self->DeviceExtension) : Status;
}

static NTSTATUS NTAPI MessagePnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PMESSAGE_DEVICE Device = DeviceObject->DeviceExtension;
    switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        return MessageStart(Device, Irp);
    case IRP_MN_REMOVE_DEVICE:
        MessageStop(Device);
        return LayerRemove(&Device->Layer, Irp);
    default:
        return PassPnp(Device->Layer.Lower, Irp, FALSE);
    }
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    LayerSetRoutines(DriverObject, MessageAddDevice, MessageControl, MessagePnp);
    return STATUS_SUCCESS;
}
