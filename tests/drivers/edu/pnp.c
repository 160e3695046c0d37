// The device's life: its registers, its interrupt, its interfaces, its buffer.
#include <initguid.h>

#include "driver.h"

#include <wdmguid.h>

static KDEFERRED_ROUTINE EduDpc;

NTSTATUS NTAPI EduAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDevice)
{
    static const PCWSTR Names[] = {EDU_DEVICE_NAME, EDU_SECOND_DEVICE_NAME};
    PDEVICE_OBJECT Self;
    NTSTATUS Status = STATUS_OBJECT_NAME_COLLISION;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Names) && Status == STATUS_OBJECT_NAME_COLLISION; i++)
        Status = LayerCreate(DriverObject, PhysicalDevice, Names[i], sizeof(EDU), &Self);
    if (!NT_SUCCESS(Status))
        return Status;
    PEDU Edu = Self->DeviceExtension;
    ExInitializeFastMutex(&Edu->Lock);
    KeInitializeEvent(&Edu->Interrupted, SynchronizationEvent, FALSE);
    KeInitializeDpc(&Edu->Dpc, EduDpc, Edu);
    return LayerAttach(&Edu->Layer);
}

// ---- Interrupts

static VOID NTAPI EduDpc(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    PEDU Edu = Context;
    Edu->Deferred = __rdtsc();
    KeSetEvent(&Edu->Interrupted, IO_NO_INCREMENT, FALSE);
}

static BOOLEAN NTAPI EduService(PKINTERRUPT Interrupt, PVOID Context)
{
    PEDU Edu = Context;
    ULONG64 Now = __rdtsc();
    UNREFERENCED_PARAMETER(Interrupt);
    ULONG Causes = EduRead(Edu, EduInterruptStatus);
    if (!Causes)
        return FALSE; // of another device on the line
    Edu->Served = Now;
    EduWrite(Edu, EduInterruptAcknowledge, Causes);
    InterlockedIncrement(&Edu->Interrupts);
    KeInsertQueueDpc(&Edu->Dpc, NULL, NULL);
    return TRUE;
}

static BOOLEAN NTAPI EduMessageService(PKINTERRUPT Interrupt, PVOID Context, ULONG Message)
{
    UNREFERENCED_PARAMETER(Message);
    return EduService(Interrupt, Context);
}

static NTSTATUS EduConnect(PEDU Edu)
{
    Edu->Connection.Version = CONNECT_MESSAGE_BASED;
    Edu->Connection.MessageBased = (IO_CONNECT_INTERRUPT_MESSAGE_BASED_PARAMETERS){
        .PhysicalDeviceObject = Edu->Layer.PhysicalDevice,
        .ConnectionContext.Generic = &Edu->ConnectionContext,
        .MessageServiceRoutine = EduMessageService,
        .ServiceContext = Edu,
        .FallBackServiceRoutine = EduService,
    };
    NTSTATUS Status = IoConnectInterruptEx(&Edu->Connection);
    Edu->Messages = 0;
    if (NT_SUCCESS(Status) && Edu->Connection.Version == CONNECT_MESSAGE_BASED)
        Edu->Messages = ((PIO_INTERRUPT_MESSAGE_INFO)Edu->ConnectionContext)->MessageCount;
    return Status;
}

// ---- Interfaces of the bus, which is in another process

static NTSTATUS EduQueryInterfaces(PEDU Edu)
{
    PCI_MSIX_TABLE_CONFIG_INTERFACE Table = {};
    ULONG TableSize;
    NTSTATUS Status = QueryLowerInterface(Edu->Layer.Lower, &GUID_BUS_INTERFACE_STANDARD,
                                          sizeof(Edu->Bus), 1, &Edu->Bus);
    if (NT_SUCCESS(Status))
        Status = QueryLowerInterface(Edu->Layer.Lower, &GUID_PCI_DEVICE_PRESENT_INTERFACE,
                                     sizeof(Edu->Present), PCI_DEVICE_PRESENT_INTERFACE_VERSION,
                                     &Edu->Present);
    if (NT_SUCCESS(Status))
        Status =
            QueryLowerInterface(Edu->Layer.Lower, &GUID_DEVICE_RESET_INTERFACE_STANDARD,
                                sizeof(Edu->Reset), DEVICE_RESET_INTERFACE_VERSION_1, &Edu->Reset);
    if (NT_SUCCESS(Status))
        Status =
            QueryLowerInterface(Edu->Layer.Lower, &GUID_MSIX_TABLE_CONFIG_INTERFACE, sizeof(Table),
                                PCI_MSIX_TABLE_CONFIG_INTERFACE_VERSION, &Table);
    if (!NT_SUCCESS(Status))
        return Status;
    Edu->TableStatus = Table.GetTableSize(Table.Context, &TableSize);
    Table.InterfaceDereference(Table.Context);
    return STATUS_SUCCESS;
}

static VOID EduReleaseInterfaces(PEDU Edu)
{
    ReleaseInterface(&Edu->Bus);
    ReleaseInterface(&Edu->Present);
    ReleaseInterface(&Edu->Reset);
}

// ---- Start and stop

static NTSTATUS EduMapRegisters(PEDU Edu, const CM_RESOURCE_LIST *List)
{
    if (!List)
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    const CM_PARTIAL_RESOURCE_LIST *Partial = &List->List[0].PartialResourceList;
    for (ULONG i = 0; i < Partial->Count && !Edu->Registers; i++) {
        const CM_PARTIAL_RESOURCE_DESCRIPTOR *Resource = &Partial->PartialDescriptors[i];
        if (Resource->Type != CmResourceTypeMemory)
            continue;
        Edu->RegistersLength = Resource->u.Memory.Length;
        Edu->Registers =
            MmMapIoSpace(Resource->u.Memory.Start, Resource->u.Memory.Length, MmNonCached);
    }
    return Edu->Registers ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

// The device has 28 address lines.
static NTSTATUS EduMakeBuffer(PEDU Edu)
{
    DEVICE_DESCRIPTION Description = {
        .Version = DEVICE_DESCRIPTION_VERSION3,
        .Master = TRUE,
        .ScatterGather = TRUE,
        .InterfaceType = PCIBus,
        .MaximumLength = EduBufferBytes,
        .DmaAddressWidth = 28,
    };
    ULONG Registers;
    Edu->Adapter = Edu->Bus.GetDmaAdapter(Edu->Bus.Context, &Description, &Registers);
    if (!Edu->Adapter)
        return STATUS_INSUFFICIENT_RESOURCES;
    Edu->Buffer = Edu->Adapter->DmaOperations->AllocateCommonBuffer(Edu->Adapter, EduBufferBytes,
                                                                    &Edu->BufferAddress, FALSE);
    return Edu->Buffer ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

static VOID EduStop(PEDU Edu)
{
    Edu->Started = FALSE;
    if (Edu->ConnectionContext) {
        IO_DISCONNECT_INTERRUPT_PARAMETERS Parameters = {
            .Version = Edu->Connection.Version,
            .ConnectionContext.Generic = Edu->ConnectionContext,
        };
        IoDisconnectInterruptEx(&Parameters);
    }
    Edu->ConnectionContext = NULL;
    if (Edu->Buffer)
        Edu->Adapter->DmaOperations->FreeCommonBuffer(Edu->Adapter, EduBufferBytes,
                                                      Edu->BufferAddress, Edu->Buffer, FALSE);
    Edu->Buffer = NULL;
    if (Edu->Adapter)
        Edu->Adapter->DmaOperations->PutDmaAdapter(Edu->Adapter);
    Edu->Adapter = NULL;
    if (Edu->Registers)
        MmUnmapIoSpace(Edu->Registers, Edu->RegistersLength);
    Edu->Registers = NULL;
    EduReleaseInterfaces(Edu);
}

static NTSTATUS EduStart(PEDU Edu, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    const CM_RESOURCE_LIST *List = Stack->Parameters.StartDevice.AllocatedResourcesTranslated;
    NTSTATUS Status = PassOnAndWait(Edu->Layer.Lower, Irp);
    if (NT_SUCCESS(Status))
        Status = EduQueryInterfaces(Edu);
    if (NT_SUCCESS(Status))
        Status = EduMapRegisters(Edu, List);
    if (NT_SUCCESS(Status)) {
        // A driver before may have left an interrupt, which would be taken for an answer.
        EduWrite(Edu, EduInterruptAcknowledge, EduRead(Edu, EduInterruptStatus));
        Status = EduMakeBuffer(Edu);
    }
    if (NT_SUCCESS(Status))
        Status = EduConnect(Edu);
    if (!NT_SUCCESS(Status)) {
        DbgPrint("edutest: does not start: 0x%08lX\n", (ULONG)Status);
        EduStop(Edu);
    }
    Edu->Started = NT_SUCCESS(Status);
    return Complete(Irp, Status, 0);
}

NTSTATUS NTAPI EduPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PEDU Edu = DeviceObject->DeviceExtension;
    switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        return EduStart(Edu, Irp);
    case IRP_MN_REMOVE_DEVICE:
        EduStop(Edu);
        return LayerRemove(&Edu->Layer, Irp);
    case IRP_MN_STOP_DEVICE:
    case IRP_MN_SURPRISE_REMOVAL:
        EduStop(Edu);
        break;
    default:
        break;
    }
    return PassPnp(Edu->Layer.Lower, Irp, TRUE);
}
