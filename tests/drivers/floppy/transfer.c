// System DMA as a driver of Windows does it.
#include "driver.h"

static DRIVER_CONTROL FloppyChannelAllocated;

static PDMA_ADAPTER FloppyGetAdapter(PFLOPPY Floppy, ULONG Channel, DMA_WIDTH Width, BOOLEAN Again,
                                     PULONG Registers)
{
    DEVICE_DESCRIPTION Description = {
        .Version = DEVICE_DESCRIPTION_VERSION,
        .AutoInitialize = Again,
        .DmaChannel = Channel,
        .InterfaceType = Isa,
        .DmaWidth = Width,
        .DmaSpeed = Compatible,
        .MaximumLength = FloppyMost,
    };
    return IoGetDmaAdapter(Floppy->Layer.PhysicalDevice, &Description, Registers);
}

// There are none for channels that the device does not have.
static ULONG FloppyCountOthers(PFLOPPY Floppy)
{
    ULONG Count = 0, Registers;
    for (ULONG Channel = 0; Channel < 9; Channel++) {
        DMA_WIDTH Width = Channel < 4 ? Width8Bits : Width16Bits;
        if (Channel == Floppy->Channel)
            Width = Width16Bits;
        PDMA_ADAPTER Adapter = FloppyGetAdapter(Floppy, Channel, Width, FALSE, &Registers);
        if (!Adapter)
            continue;
        Adapter->DmaOperations->PutDmaAdapter(Adapter);
        Count++;
    }
    return Count;
}

NTSTATUS FloppyMakeAdapters(PFLOPPY Floppy)
{
    ULONG Unused;
    Floppy->Report.Others = FloppyCountOthers(Floppy);
    Floppy->Adapter =
        FloppyGetAdapter(Floppy, Floppy->Channel, Width8Bits, FALSE, &Floppy->MapRegisters);
    Floppy->AgainAdapter = FloppyGetAdapter(Floppy, Floppy->Channel, Width8Bits, TRUE, &Unused);
    if (!Floppy->Adapter || !Floppy->AgainAdapter)
        return STATUS_INSUFFICIENT_RESOURCES;
    Floppy->Common = Floppy->AgainAdapter->DmaOperations->AllocateCommonBuffer(
        Floppy->AgainAdapter, FloppyMost, &Floppy->CommonAddress, FALSE);
    return Floppy->Common ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

VOID FloppyFreeAdapters(PFLOPPY Floppy)
{
    if (Floppy->Common)
        Floppy->AgainAdapter->DmaOperations->FreeCommonBuffer(
            Floppy->AgainAdapter, FloppyMost, Floppy->CommonAddress, Floppy->Common, FALSE);
    if (Floppy->AgainAdapter)
        Floppy->AgainAdapter->DmaOperations->PutDmaAdapter(Floppy->AgainAdapter);
    if (Floppy->Adapter)
        Floppy->Adapter->DmaOperations->PutDmaAdapter(Floppy->Adapter);
    Floppy->Common = NULL;
    Floppy->Adapter = Floppy->AgainAdapter = NULL;
}

static IO_ALLOCATION_ACTION NTAPI FloppyChannelAllocated(PDEVICE_OBJECT DeviceObject, PIRP Irp,
                                                         PVOID MapRegisterBase, PVOID Context)
{
    PFLOPPY Floppy = Context;
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Irp);
    Floppy->MapRegisterBase = MapRegisterBase;
    KeSetEvent(&Floppy->Allocated, IO_NO_INCREMENT, FALSE);
    return KeepObject;
}

static NTSTATUS FloppyAllocateChannel(PFLOPPY Floppy, PDMA_ADAPTER Adapter, ULONG Registers)
{
    KIRQL Irql;
    KeClearEvent(&Floppy->Allocated);
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    NTSTATUS Status = Adapter->DmaOperations->AllocateAdapterChannel(
        Adapter, Floppy->Layer.Self, Registers, FloppyChannelAllocated, Floppy);
    KeLowerIrql(Irql);
    if (NT_SUCCESS(Status))
        KeWaitForSingleObject(&Floppy->Allocated, Executive, KernelMode, FALSE, NULL);
    return Status;
}

static VOID FloppyFreeChannel(PDMA_ADAPTER Adapter)
{
    KIRQL Irql;
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    Adapter->DmaOperations->FreeAdapterChannel(Adapter);
    KeLowerIrql(Irql);
}

NTSTATUS FloppyMove(PFLOPPY Floppy, const FLOPPY_PLACE *Place, PMDL Mdl, BOOLEAN Write)
{
    PDMA_OPERATIONS Operations = Floppy->Adapter->DmaOperations;
    PVOID Address = MmGetMdlVirtualAddress(Mdl);
    ULONG Length = Place->Count * FloppySector;
    ULONG Registers = ADDRESS_AND_SIZE_TO_SPAN_PAGES(Address, Length), Mapped = Length;
    if (Registers > Floppy->MapRegisters)
        return STATUS_INVALID_BUFFER_SIZE;
    NTSTATUS Status = FloppySeek(Floppy, Place->First);
    if (NT_SUCCESS(Status))
        Status = FloppyAllocateChannel(Floppy, Floppy->Adapter, Registers);
    if (!NT_SUCCESS(Status))
        return Status;
    Operations->MapTransfer(Floppy->Adapter, Mdl, Floppy->MapRegisterBase, Address, &Mapped, Write);
    Floppy->Report.Before = Operations->ReadDmaCounter(Floppy->Adapter);
    Status = Mapped == Length ? FloppyTransfer(Floppy, Place, Write) : STATUS_INVALID_BUFFER_SIZE;
    Floppy->Report.After = Operations->ReadDmaCounter(Floppy->Adapter);
    if (!Operations->FlushAdapterBuffers(Floppy->Adapter, Mdl, Floppy->MapRegisterBase, Address,
                                         Mapped, Write))
        Status = STATUS_UNSUCCESSFUL;
    FloppyFreeChannel(Floppy->Adapter);
    return Status;
}

// The channel begins anew when the buffer is full: it stands at the start again then.
NTSTATUS FloppyMoveCommon(PFLOPPY Floppy, const FLOPPY_PLACE *Place)
{
    PDMA_OPERATIONS Operations = Floppy->AgainAdapter->DmaOperations;
    ULONG Length = Place->Count * FloppySector;
    PMDL Mdl = IoAllocateMdl(Floppy->Common, Length, FALSE, FALSE, NULL);
    if (!Mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(Mdl);
    RtlFillMemory(Floppy->Common, FloppyMost, 0x5A);
    NTSTATUS Status = FloppySeek(Floppy, Place->First);
    if (NT_SUCCESS(Status))
        Status = FloppyAllocateChannel(Floppy, Floppy->AgainAdapter, 0);
    if (NT_SUCCESS(Status)) {
        Operations->MapTransfer(Floppy->AgainAdapter, Mdl, Floppy->MapRegisterBase, Floppy->Common,
                                &Length, FALSE);
        Status = FloppyTransfer(Floppy, Place, FALSE);
        Floppy->Report.Again = Operations->ReadDmaCounter(Floppy->AgainAdapter);
        Operations->FlushAdapterBuffers(Floppy->AgainAdapter, Mdl, Floppy->MapRegisterBase,
                                        Floppy->Common, Length, FALSE);
        FloppyFreeChannel(Floppy->AgainAdapter);
    }
    IoFreeMdl(Mdl);
    return Status;
}
