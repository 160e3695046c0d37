// Transfers in the form in which the driver maps piece by piece: the adapter's channel, its registers, MapTransfer
// and FlushAdapterBuffers.

#include "dma.h"

// ---- The channel

static VOID HalpStartChannel(PHALP_ADAPTER Adapter, PHALP_WAIT Wait)
{
    PDRIVER_CONTROL Routine = Wait->Routine;
    PHALP_REGISTER Base = Wait->Base;
    if (!Routine)
        return; // the caller is told the registers and frees them with FreeAdapterObject
    IO_ALLOCATION_ACTION Action = Routine(
        Wait->Device, Wait->Device ? Wait->Device->CurrentIrp : nullptr, Base, Wait->Context);
    if (Action == DeallocateObject || Action == DeallocateObjectKeepRegisters)
        HalpReleaseChannel(Adapter, Action == DeallocateObjectKeepRegisters);
}

// One request of a device can wait: it lies in the device object.
NTSTATUS NTAPI HalpAllocateAdapterChannel(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject,
                                          ULONG NumberOfMapRegisters,
                                          PDRIVER_CONTROL ExecutionRoutine, PVOID Context)
{
    PHALP_WAIT Wait = (PHALP_WAIT)&DeviceObject->Queue.Wcb;
    *Wait = (HALP_WAIT){
        .Start = HalpStartChannel,
        .Registers = NumberOfMapRegisters,
        .Channel = TRUE,
        .Routine = ExecutionRoutine,
        .Context = Context,
        .Device = DeviceObject,
    };
    return HalpRequest(HalpAdapter(DmaAdapter), Wait, FALSE);
}

NTSTATUS NTAPI HalpAllocateAdapterChannelEx(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject,
                                            PVOID DmaTransferContext, ULONG NumberOfMapRegisters,
                                            ULONG Flags, PDRIVER_CONTROL ExecutionRoutine,
                                            PVOID ExecutionContext, PVOID *MapRegisterBase)
{
    PHALP_CONTEXT Transfer = DmaTransferContext;
    BOOLEAN Synchronous = (Flags & DMA_SYNCHRONOUS_CALLBACK) != 0;
    if (!Transfer || (!ExecutionRoutine && (!Synchronous || !MapRegisterBase)))
        return STATUS_INVALID_PARAMETER;
    Transfer->Wait = (HALP_WAIT){
        .Start = HalpStartChannel,
        .Registers = NumberOfMapRegisters,
        .Channel = TRUE,
        .Routine = ExecutionRoutine,
        .Context = ExecutionContext,
        .Device = DeviceObject,
    };
    Transfer->Pending = &Transfer->Wait;
    NTSTATUS Status = HalpRequest(HalpAdapter(DmaAdapter), &Transfer->Wait, Synchronous);
    if (NT_SUCCESS(Status) && Synchronous && MapRegisterBase)
        *MapRegisterBase = Transfer->Wait.Base;
    return Status;
}

BOOLEAN NTAPI HalpCancelAdapterChannel(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject,
                                       PVOID DmaTransferContext)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    PHALP_CONTEXT Transfer = DmaTransferContext;
    return Transfer->Pending && HalpCancelWait(HalpAdapter(DmaAdapter), Transfer->Pending);
}

VOID NTAPI HalpFreeAdapterChannel(PDMA_ADAPTER DmaAdapter)
{
    HalpStopSystem(HalpAdapter(DmaAdapter));
    HalpReleaseChannel(HalpAdapter(DmaAdapter), FALSE);
}

VOID NTAPI HalpFreeAdapterObject(PDMA_ADAPTER DmaAdapter, IO_ALLOCATION_ACTION AllocationAction)
{
    if (AllocationAction == KeepObject)
        return;
    HalpStopSystem(HalpAdapter(DmaAdapter));
    HalpReleaseChannel(HalpAdapter(DmaAdapter), AllocationAction == DeallocateObjectKeepRegisters);
}

VOID NTAPI HalpFreeMapRegisters(PDMA_ADAPTER DmaAdapter, PVOID MapRegisterBase,
                                ULONG NumberOfMapRegisters)
{
    UNREFERENCED_PARAMETER(NumberOfMapRegisters); // the run knows how long it is
    HalpReleaseRegisters(HalpAdapter(DmaAdapter), MapRegisterBase);
}

// ---- Mapping

static PHALP_REGISTER HalpBaseOf(PHALP_ADAPTER Adapter, PVOID MapRegisterBase)
{
    return MapRegisterBase ? MapRegisterBase : &Adapter->Empty;
}

static ULONGLONG HalpMapPart(PHALP_ADAPTER Adapter, PVOID MapRegisterBase, PMDL Mdl,
                             ULONGLONG Offset, PULONG Length, BOOLEAN WriteToDevice)
{
    PHALP_REGISTER Base = HalpBaseOf(Adapter, MapRegisterBase);
    return Adapter->System ? HalpMapSystem(Adapter, Base, Mdl, Offset, Length, WriteToDevice)
                           : HalpMap(Adapter, Base, Mdl, Offset, Length, WriteToDevice);
}

PHYSICAL_ADDRESS NTAPI HalpMapTransfer(PDMA_ADAPTER DmaAdapter, PMDL Mdl, PVOID MapRegisterBase,
                                       PVOID CurrentVa, PULONG Length, BOOLEAN WriteToDevice)
{
    PHALP_ADAPTER Adapter = HalpAdapter(DmaAdapter);
    ULONGLONG Offset, Address = 0;
    ULONG Mapped = *Length;
    if (!HalpOffsetOf(Mdl, CurrentVa, &Offset))
        Mapped = 0;
    else
        Address = HalpMapPart(Adapter, MapRegisterBase, Mdl, Offset, &Mapped, WriteToDevice);
    // There is no way to tell the driver that it maps more than it has registers, or than there is.
    if (!Mapped && *Length)
        KeBugCheckEx(HalpDriverMistake, 0, (ULONG_PTR)Mdl, (ULONG_PTR)CurrentVa, *Length);
    *Length = Mapped;
    return (PHYSICAL_ADDRESS){.QuadPart = (LONGLONG)Address};
}

// As much as the list and the registers hold; the machine's controller takes one piece.
NTSTATUS NTAPI HalpMapTransferEx(PDMA_ADAPTER DmaAdapter, PMDL Mdl, PVOID MapRegisterBase,
                                 ULONGLONG Offset, ULONG DeviceOffset, PULONG Length,
                                 BOOLEAN WriteToDevice, PSCATTER_GATHER_LIST ScatterGatherBuffer,
                                 ULONG ScatterGatherBufferLength,
                                 PDMA_COMPLETION_ROUTINE DmaCompletionRoutine,
                                 PVOID CompletionContext)
{
    UNREFERENCED_PARAMETER(DeviceOffset); // of controllers that address the device, and tell of
    UNREFERENCED_PARAMETER(DmaCompletionRoutine); // the end, which a PC's does not
    UNREFERENCED_PARAMETER(CompletionContext);
    PHALP_ADAPTER Adapter = HalpAdapter(DmaAdapter);
    PSCATTER_GATHER_LIST List = ScatterGatherBuffer;
    if (!List || ScatterGatherBufferLength < sizeof(*List) + sizeof(List->Elements[0]))
        return STATUS_INVALID_PARAMETER;
    ULONG Capacity = (ScatterGatherBufferLength - (ULONG)sizeof(*List)) / sizeof(List->Elements[0]);
    ULONG Done = 0;
    if (Adapter->System)
        Capacity = 1;
    List->NumberOfElements = 0;
    List->Reserved = 0;
    while (Done < *Length && List->NumberOfElements < Capacity) {
        ULONG Part = *Length - Done;
        ULONGLONG Address =
            HalpMapPart(Adapter, MapRegisterBase, Mdl, Offset + Done, &Part, WriteToDevice);
        if (!Part)
            break;
        HalpAddElement(List, Capacity, Address, Part);
        Done += Part;
    }
    if (!Done && *Length)
        return STATUS_INSUFFICIENT_RESOURCES;
    *Length = Done;
    return STATUS_SUCCESS;
}

BOOLEAN NTAPI HalpFlushAdapterBuffers(PDMA_ADAPTER DmaAdapter, PMDL Mdl, PVOID MapRegisterBase,
                                      PVOID CurrentVa, ULONG Length, BOOLEAN WriteToDevice)
{
    ULONGLONG Offset;
    HalpStopSystem(HalpAdapter(DmaAdapter));
    if (!MapRegisterBase || !HalpOffsetOf(Mdl, CurrentVa, &Offset))
        return !MapRegisterBase;
    HalpFlush(HalpAdapter(DmaAdapter), MapRegisterBase, Mdl, Offset, Length, WriteToDevice);
    return TRUE;
}

NTSTATUS NTAPI HalpFlushAdapterBuffersEx(PDMA_ADAPTER DmaAdapter, PMDL Mdl, PVOID MapRegisterBase,
                                         ULONGLONG Offset, ULONG Length, BOOLEAN WriteToDevice)
{
    HalpStopSystem(HalpAdapter(DmaAdapter));
    if (MapRegisterBase)
        HalpFlush(HalpAdapter(DmaAdapter), MapRegisterBase, Mdl, Offset, Length, WriteToDevice);
    return STATUS_SUCCESS;
}
