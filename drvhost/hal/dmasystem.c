// System DMA: the machine's own controller transfers for a device that is no bus master. The Executive programs it (a
// host does not have its ports), with memory of the host's that the controller reaches: the adapter's map registers, or
// for a transfer that begins again and again the driver's common buffer.

#include "dma.h"

#include <nt/nthostdma.h>

enum {
    HalpSystemReach = (1 << 24) - 1, // the page registers are 8 bits wide
    HalpWordChannels = 5,            // from here on a channel transfers words
    HalpSystemBlock = 0x10000,       // units that a transfer does not cross a multiple of
};

static NTSTATUS HalpCallController(PHALP_ADAPTER Adapter, ULONG Operation, PVOID Address,
                                   ULONG Length, ULONG Mode, PULONG Left)
{
    HOST_DMA Dma = {
        .Channel = Adapter->Channel,
        .Operation = Operation,
        .Address = Address,
        .Length = Length,
        .Mode = Mode,
    };
    return NtHostDma(&Dma, Left);
}

// Whether the host has the channel, and it is one of the width that the device wants.
BOOLEAN HalpIsSystemDevice(const DEVICE_DESCRIPTION *Description)
{
    HALP_ADAPTER Adapter = {.Channel = Description->DmaChannel};
    BOOLEAN Words = Description->DmaChannel >= HalpWordChannels;
    if (Description->DmaWidth != (Words ? Width16Bits : Width8Bits))
        return FALSE;
    return NT_SUCCESS(HalpCallController(&Adapter, HostDmaProbe, nullptr, 0, 0, nullptr));
}

VOID HalpDescribeSystem(PHALP_ADAPTER Adapter, const DEVICE_DESCRIPTION *Description)
{
    Adapter->System = TRUE;
    Adapter->Channel = Description->DmaChannel;
    Adapter->Again = Description->AutoInitialize;
    Adapter->Demand = Description->DemandMode;
    Adapter->HighestAddress = HalpSystemReach;
    Adapter->Boundary = HalpSystemBlock << (Description->DmaChannel >= HalpWordChannels);
    Adapter->MaximumRegisters = min(Adapter->MaximumRegisters, Adapter->Boundary >> PAGE_SHIFT);
}

// The buffer of a transfer without end is where the device fills or reads it all the time: nothing is copied.
static PUCHAR HalpPlaceOf(PMDL Mdl, ULONGLONG Offset)
{
    PUCHAR Base = MmGetSystemAddressForMdlSafe(Mdl, NormalPagePriority);
    return Base ? Base + Offset : nullptr;
}

// Map as much as there are registers for, and let the controller begin. *Length 0: it cannot.
ULONGLONG HalpMapSystem(PHALP_ADAPTER Adapter, PHALP_REGISTER Base, PMDL Mdl, ULONGLONG Offset,
                        PULONG Length, BOOLEAN WriteToDevice)
{
    ULONG Mode = WriteToDevice ? HOST_DMA_TO_DEVICE : 0;
    ULONGLONG Address = 0;
    PUCHAR Data;
    if (Adapter->Demand)
        Mode |= HOST_DMA_DEMAND;
    if (Adapter->Again) {
        Mode |= HOST_DMA_AGAIN;
        Data = HalpPlaceOf(Mdl, Offset);
        Address = Data ? (ULONGLONG)MmGetPhysicalAddress(Data).QuadPart : 0;
    } else {
        *Length = min(*Length, (Base->Count - Base->Used) << PAGE_SHIFT);
        Address = HalpMapThrough(Adapter, Base, Mdl, Offset, 0, Length, WriteToDevice);
        Data = Adapter->Bounce + (Address - Adapter->BounceAddress);
    }
    if (!*Length || !Data ||
        !NT_SUCCESS(HalpCallController(Adapter, HostDmaStart, Data, *Length, Mode, nullptr)))
        *Length = 0;
    return Address;
}

VOID HalpStopSystem(PHALP_ADAPTER Adapter)
{
    if (Adapter->System)
        (VOID) HalpCallController(Adapter, HostDmaStop, nullptr, 0, 0, nullptr);
}

ULONG NTAPI HalpReadDmaCounter(PDMA_ADAPTER DmaAdapter)
{
    PHALP_ADAPTER Adapter = HalpAdapter(DmaAdapter);
    ULONG Left = 0;
    if (Adapter->System)
        (VOID) HalpCallController(Adapter, HostDmaQuery, nullptr, 0, 0, &Left);
    return Left;
}

NTSTATUS NTAPI HalpCancelMappedTransfer(PDMA_ADAPTER DmaAdapter, PVOID DmaTransferContext)
{
    UNREFERENCED_PARAMETER(DmaTransferContext);
    PHALP_ADAPTER Adapter = HalpAdapter(DmaAdapter);
    if (!Adapter->System)
        return STATUS_NOT_SUPPORTED;
    HalpStopSystem(Adapter);
    return STATUS_SUCCESS;
}
