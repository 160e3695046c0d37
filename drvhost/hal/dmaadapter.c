// Adapters: from the description of a device to its operations.

#include "dma.h"

enum {
    HalpMostBounceRegisters = 64, // 256 KiB of an adapter's own
    HalpNarrowWidth = 24,         // of a device that says nothing, as on the ISA bus
};

// ---- Operations that have nothing to do without remapping hardware

static ULONG NTAPI HalpGetDmaAlignment(PDMA_ADAPTER DmaAdapter)
{
    UNREFERENCED_PARAMETER(DmaAdapter);
    return 1;
}

static NTSTATUS NTAPI HalpGetDmaAdapterInfo(PDMA_ADAPTER DmaAdapter, PDMA_ADAPTER_INFO AdapterInfo)
{
    PHALP_ADAPTER Adapter = HalpAdapter(DmaAdapter);
    if (AdapterInfo->Version != DMA_ADAPTER_INFO_VERSION1)
        return STATUS_NOT_SUPPORTED;
    AdapterInfo->V1 = (DMA_ADAPTER_INFO_V1){
        .ReadDmaCounterAvailable = Adapter->System,
        .ScatterGatherLimit = Adapter->ScatterGather ? MAXULONG : 1,
        .DmaAddressWidth = Adapter->AddressWidth,
        .Flags = ADAPTER_INFO_SYNCHRONOUS_CALLBACK,
        .MinimumTransferUnit = 1,
    };
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI HalpInitializeDmaTransferContext(PDMA_ADAPTER DmaAdapter,
                                                       PVOID DmaTransferContext)
{
    UNREFERENCED_PARAMETER(DmaAdapter);
    if (!DmaTransferContext)
        return STATUS_INVALID_PARAMETER;
    RtlZeroMemory(DmaTransferContext, DMA_TRANSFER_CONTEXT_SIZE_V1);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI HalpConfigureAdapterChannel(PDMA_ADAPTER DmaAdapter, ULONG FunctionNumber,
                                                  PVOID Context)
{
    UNREFERENCED_PARAMETER(DmaAdapter);
    UNREFERENCED_PARAMETER(FunctionNumber);
    UNREFERENCED_PARAMETER(Context);
    return STATUS_NOT_SUPPORTED;
}

static NTSTATUS NTAPI HalpFlushDmaBuffer(PDMA_ADAPTER DmaAdapter, PMDL Mdl, BOOLEAN ReadOperation)
{
    UNREFERENCED_PARAMETER(DmaAdapter);
    UNREFERENCED_PARAMETER(Mdl);
    UNREFERENCED_PARAMETER(ReadOperation);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI HalpJoinDmaDomain(PDMA_ADAPTER DmaAdapter, HANDLE DomainHandle)
{
    UNREFERENCED_PARAMETER(DmaAdapter);
    UNREFERENCED_PARAMETER(DomainHandle);
    return STATUS_NOT_SUPPORTED;
}

static NTSTATUS NTAPI HalpLeaveDmaDomain(PDMA_ADAPTER DmaAdapter)
{
    UNREFERENCED_PARAMETER(DmaAdapter);
    return STATUS_NOT_SUPPORTED;
}

static HANDLE NTAPI HalpGetDmaDomain(PDMA_ADAPTER DmaAdapter)
{
    UNREFERENCED_PARAMETER(DmaAdapter);
    return nullptr;
}

static NTSTATUS NTAPI
HalpCreateCommonBufferFromMdl(PDMA_ADAPTER DmaAdapter, PMDL Mdl,
                              PDMA_COMMON_BUFFER_EXTENDED_CONFIGURATION ExtendedConfigurations,
                              ULONG ExtendedConfigurationsCount, PPHYSICAL_ADDRESS LogicalAddress)
{
    UNREFERENCED_PARAMETER(DmaAdapter);
    UNREFERENCED_PARAMETER(Mdl);
    UNREFERENCED_PARAMETER(ExtendedConfigurations);
    UNREFERENCED_PARAMETER(ExtendedConfigurationsCount);
    UNREFERENCED_PARAMETER(LogicalAddress);
    return STATUS_NOT_SUPPORTED;
}

static VOID NTAPI HalpPutDmaAdapter(PDMA_ADAPTER DmaAdapter)
{
    PHALP_ADAPTER Adapter = HalpAdapter(DmaAdapter);
    HalpStopSystem(Adapter);
    if (Adapter->Bounce)
        MmFreeContiguousMemory(Adapter->Bounce);
    ExFreePoolWithTag(Adapter, 'AamD');
}

// ---- The table. Older versions end sooner.

#define HALP_OPERATIONS_1                                                                         \
    .PutDmaAdapter = HalpPutDmaAdapter, .AllocateCommonBuffer = HalpAllocateCommonBuffer,         \
    .FreeCommonBuffer = HalpFreeCommonBuffer,                                                     \
    .AllocateAdapterChannel = HalpAllocateAdapterChannel,                                         \
    .FlushAdapterBuffers = HalpFlushAdapterBuffers, .FreeAdapterChannel = HalpFreeAdapterChannel, \
    .FreeMapRegisters = HalpFreeMapRegisters, .MapTransfer = HalpMapTransfer,                     \
    .GetDmaAlignment = HalpGetDmaAlignment, .ReadDmaCounter = HalpReadDmaCounter,                 \
    .GetScatterGatherList = HalpGetScatterGatherList,                                             \
    .PutScatterGatherList = HalpPutScatterGatherList,

#define HALP_OPERATIONS_2                                                          \
    HALP_OPERATIONS_1.CalculateScatterGatherList = HalpCalculateScatterGatherList, \
    .BuildScatterGatherList = HalpBuildScatterGatherList,                          \
    .BuildMdlFromScatterGatherList = HalpBuildMdlFromScatterGatherList,

static DMA_OPERATIONS HalpOperations1 = {
    .Size = FIELD_OFFSET(DMA_OPERATIONS, CalculateScatterGatherList), HALP_OPERATIONS_1};

static DMA_OPERATIONS HalpOperations2 = {.Size = FIELD_OFFSET(DMA_OPERATIONS, GetDmaAdapterInfo),
                                         HALP_OPERATIONS_2};

static DMA_OPERATIONS HalpOperations3 = {
    .Size = sizeof(DMA_OPERATIONS),
    HALP_OPERATIONS_2.GetDmaAdapterInfo = HalpGetDmaAdapterInfo,
    .GetDmaTransferInfo = HalpGetDmaTransferInfo,
    .InitializeDmaTransferContext = HalpInitializeDmaTransferContext,
    .AllocateCommonBufferEx = HalpAllocateCommonBufferEx,
    .AllocateAdapterChannelEx = HalpAllocateAdapterChannelEx,
    .ConfigureAdapterChannel = HalpConfigureAdapterChannel,
    .CancelAdapterChannel = HalpCancelAdapterChannel,
    .MapTransferEx = HalpMapTransferEx,
    .GetScatterGatherListEx = HalpGetScatterGatherListEx,
    .BuildScatterGatherListEx = HalpBuildScatterGatherListEx,
    .FlushAdapterBuffersEx = HalpFlushAdapterBuffersEx,
    .FreeAdapterObject = HalpFreeAdapterObject,
    .CancelMappedTransfer = HalpCancelMappedTransfer,
    .AllocateDomainCommonBuffer = HalpAllocateDomainCommonBuffer,
    .FlushDmaBuffer = HalpFlushDmaBuffer,
    .JoinDmaDomain = HalpJoinDmaDomain,
    .LeaveDmaDomain = HalpLeaveDmaDomain,
    .GetDmaDomain = HalpGetDmaDomain,
    .AllocateCommonBufferWithBounds = HalpAllocateCommonBufferWithBounds,
    .AllocateCommonBufferVector = HalpAllocateCommonBufferVector,
    .GetCommonBufferFromVectorByIndex = HalpGetCommonBufferFromVectorByIndex,
    .FreeCommonBufferFromVector = HalpFreeCommonBufferFromVector,
    .FreeCommonBufferVector = HalpFreeCommonBufferVector,
    .CreateCommonBufferFromMdl = HalpCreateCommonBufferFromMdl,
};

static const struct {
    PDMA_OPERATIONS Operations;
    USHORT Version; // DMA_ADAPTER.Version
} HalpVersions[] = {
    [DEVICE_DESCRIPTION_VERSION] = {&HalpOperations1, 1},
    [DEVICE_DESCRIPTION_VERSION1] = {&HalpOperations1, 1},
    [DEVICE_DESCRIPTION_VERSION2] = {&HalpOperations2, 1},
    [DEVICE_DESCRIPTION_VERSION3] = {&HalpOperations3, 3},
};

// ---- Making one

static ULONG HalpAddressWidth(const DEVICE_DESCRIPTION *Description)
{
    if (Description->Version == DEVICE_DESCRIPTION_VERSION3 && Description->DmaAddressWidth)
        return min(Description->DmaAddressWidth, 64ul);
    if (Description->Dma64BitAddresses)
        return 64;
    if (Description->Dma32BitAddresses || Description->InterfaceType == PCIBus)
        return 32;
    return HalpNarrowWidth;
}

ULONGLONG HalpHighestMemory(void)
{
    SYSTEM_BASIC_INFORMATION Information;
    if (!NT_SUCCESS(NtQuerySystemInformation(SystemBasicInformation, &Information,
                                             sizeof(Information), nullptr)))
        return MAXULONG64;
    return (ULONGLONG)Information.HighestPhysicalPageNumber << PAGE_SHIFT | (PAGE_SIZE - 1);
}

// As many as there is memory for. FALSE: not one.
static BOOLEAN HalpMakeRegisters(PHALP_ADAPTER Adapter)
{
    PHYSICAL_ADDRESS Lowest = {}, Highest = {.QuadPart = (LONGLONG)Adapter->HighestAddress};
    PHYSICAL_ADDRESS Boundary = {.QuadPart = Adapter->Boundary};
    while (Adapter->MaximumRegisters) {
        Adapter->Bounce = MmAllocateContiguousMemorySpecifyCache(
            (SIZE_T)Adapter->MaximumRegisters << PAGE_SHIFT, Lowest, Highest, Boundary, MmCached);
        if (Adapter->Bounce)
            break;
        Adapter->MaximumRegisters /= 2;
    }
    if (!Adapter->Bounce)
        return FALSE;
    Adapter->BounceAddress = (ULONGLONG)MmGetPhysicalAddress(Adapter->Bounce).QuadPart;
    for (ULONG i = 0; i < Adapter->MaximumRegisters; i++)
        Adapter->Register[i].Adapter = Adapter;
    return TRUE;
}

static PHALP_ADAPTER HalpAllocateAdapter(const DEVICE_DESCRIPTION *Description)
{
    ULONG Width = HalpAddressWidth(Description);
    ULONGLONG Highest = Width < 64 ? (1ull << Width) - 1 : MAXULONG64;
    BOOLEAN Bounces =
        !Description->Master || !Description->ScatterGather || Highest < HalpHighestMemory();
    ULONG Limit =
        (Description->MaximumLength >> PAGE_SHIFT) + 2; // a span begins anywhere in a page
    ULONG Registers = Bounces ? min(Limit, (ULONG)HalpMostBounceRegisters) : 0;
    SIZE_T Size = sizeof(HALP_ADAPTER) + Registers * sizeof(HALP_REGISTER);
    PHALP_ADAPTER Adapter = ExAllocatePoolWithTag(NonPagedPoolNx, Size, 'AamD');
    if (!Adapter)
        return nullptr;
    RtlZeroMemory(Adapter, Size);
    Adapter->Header.Version = HalpVersions[Description->Version].Version;
    Adapter->Header.Size = sizeof(DMA_ADAPTER);
    Adapter->Header.DmaOperations = HalpVersions[Description->Version].Operations;
    Adapter->AddressWidth = Width;
    Adapter->HighestAddress = Highest;
    Adapter->ScatterGather = Description->Master && Description->ScatterGather;
    Adapter->Bounces = Bounces;
    Adapter->MaximumRegisters = Bounces ? Registers : Limit;
    Adapter->Empty.Adapter = Adapter;
    InitializeListHead(&Adapter->Waiters);
    KeInitializeSpinLock(&Adapter->Lock);
    return Adapter;
}

// Of a bus master, or of a device that has a channel of the machine's own DMA controller. Null for any other one.
PDMA_ADAPTER NTAPI IoGetDmaAdapter(PDEVICE_OBJECT PhysicalDeviceObject,
                                   PDEVICE_DESCRIPTION DeviceDescription,
                                   PULONG NumberOfMapRegisters)
{
    UNREFERENCED_PARAMETER(PhysicalDeviceObject);
    if (DeviceDescription->Version >= RTL_NUMBER_OF(HalpVersions) || !KiIsConnected() ||
        (!DeviceDescription->Master && !HalpIsSystemDevice(DeviceDescription)))
        return nullptr;
    PHALP_ADAPTER Adapter = HalpAllocateAdapter(DeviceDescription);
    if (!Adapter)
        return nullptr;
    if (!DeviceDescription->Master)
        HalpDescribeSystem(Adapter, DeviceDescription);
    if (Adapter->Bounces && !HalpMakeRegisters(Adapter)) {
        ExFreePoolWithTag(Adapter, 'AamD');
        return nullptr;
    }
    *NumberOfMapRegisters = Adapter->MaximumRegisters;
    return &Adapter->Header;
}
