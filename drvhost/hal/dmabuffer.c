// Common buffers: memory that processor and device use at the same time. Devices on a PC see the caches, so cached and
// uncached ones are the same.

#include "dma.h"

static PVOID HalpAllocateBuffer(PHALP_ADAPTER Adapter, SIZE_T Length, ULONGLONG Lowest,
                                ULONGLONG Highest, MEMORY_CACHING_TYPE CacheType,
                                PPHYSICAL_ADDRESS LogicalAddress)
{
    PHYSICAL_ADDRESS Low = {.QuadPart = (LONGLONG)Lowest}, Boundary = {};
    PHYSICAL_ADDRESS High = {.QuadPart = (LONGLONG)min(Highest, Adapter->HighestAddress)};
    PVOID Base = MmAllocateContiguousMemorySpecifyCache(Length, Low, High, Boundary, CacheType);
    if (Base)
        *LogicalAddress = MmGetPhysicalAddress(Base);
    return Base;
}

PVOID NTAPI HalpAllocateCommonBuffer(PDMA_ADAPTER DmaAdapter, ULONG Length,
                                     PPHYSICAL_ADDRESS LogicalAddress, BOOLEAN CacheEnabled)
{
    return HalpAllocateBuffer(HalpAdapter(DmaAdapter), Length, 0, MAXULONG64,
                              CacheEnabled ? MmCached : MmNonCached, LogicalAddress);
}

PVOID NTAPI HalpAllocateCommonBufferEx(PDMA_ADAPTER DmaAdapter, PPHYSICAL_ADDRESS MaximumAddress,
                                       ULONG Length, PPHYSICAL_ADDRESS LogicalAddress,
                                       BOOLEAN CacheEnabled, ULONG PreferredNode)
{
    UNREFERENCED_PARAMETER(PreferredNode);
    return HalpAllocateBuffer(HalpAdapter(DmaAdapter), Length, 0,
                              MaximumAddress ? (ULONGLONG)MaximumAddress->QuadPart : MAXULONG64,
                              CacheEnabled ? MmCached : MmNonCached, LogicalAddress);
}

VOID NTAPI HalpFreeCommonBuffer(PDMA_ADAPTER DmaAdapter, ULONG Length,
                                PHYSICAL_ADDRESS LogicalAddress, PVOID VirtualAddress,
                                BOOLEAN CacheEnabled)
{
    UNREFERENCED_PARAMETER(DmaAdapter);
    UNREFERENCED_PARAMETER(Length);
    UNREFERENCED_PARAMETER(LogicalAddress);
    UNREFERENCED_PARAMETER(CacheEnabled);
    MmFreeContiguousMemory(VirtualAddress);
}

PVOID NTAPI HalpAllocateCommonBufferWithBounds(PDMA_ADAPTER DmaAdapter,
                                               PPHYSICAL_ADDRESS MinimumAddress,
                                               PPHYSICAL_ADDRESS MaximumAddress, ULONG Length,
                                               ULONG Flags, MEMORY_CACHING_TYPE *CacheType,
                                               ULONG PreferredNode,
                                               PPHYSICAL_ADDRESS LogicalAddress)
{
    UNREFERENCED_PARAMETER(Flags);
    UNREFERENCED_PARAMETER(PreferredNode);
    return HalpAllocateBuffer(HalpAdapter(DmaAdapter), Length,
                              MinimumAddress ? (ULONGLONG)MinimumAddress->QuadPart : 0,
                              MaximumAddress ? (ULONGLONG)MaximumAddress->QuadPart : MAXULONG64,
                              CacheType ? *CacheType : MmCached, LogicalAddress);
}

// There are no domains: the machine's remapping hardware is not used.
NTSTATUS NTAPI HalpAllocateDomainCommonBuffer(PDMA_ADAPTER DmaAdapter, HANDLE DomainHandle,
                                              PPHYSICAL_ADDRESS MaximumAddress, ULONG Length,
                                              ULONG Flags, MEMORY_CACHING_TYPE *CacheType,
                                              ULONG PreferredNode, PPHYSICAL_ADDRESS LogicalAddress,
                                              PVOID *VirtualAddress)
{
    if (DomainHandle)
        return STATUS_INVALID_PARAMETER;
    *VirtualAddress =
        HalpAllocateCommonBufferWithBounds(DmaAdapter, nullptr, MaximumAddress, Length, Flags,
                                           CacheType, PreferredNode, LogicalAddress);
    return *VirtualAddress ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

// ---- Vectors: buffers of one size, each of which can be freed by itself

struct _DMA_COMMON_BUFFER_VECTOR {
    ULONG Count;
    struct {
        PVOID Base;
        PHYSICAL_ADDRESS Address;
    } Buffer[];
};

static VOID HalpFreeVectorBuffer(PDMA_COMMON_BUFFER_VECTOR Vector, ULONG Index)
{
    if (Index >= Vector->Count || !Vector->Buffer[Index].Base)
        return;
    MmFreeContiguousMemory(Vector->Buffer[Index].Base);
    Vector->Buffer[Index].Base = nullptr;
}

VOID NTAPI HalpFreeCommonBufferVector(PDMA_ADAPTER DmaAdapter, PDMA_COMMON_BUFFER_VECTOR Vector)
{
    UNREFERENCED_PARAMETER(DmaAdapter);
    for (ULONG i = 0; i < Vector->Count; i++)
        HalpFreeVectorBuffer(Vector, i);
    ExFreePoolWithTag(Vector, 'VamD');
}

NTSTATUS NTAPI HalpAllocateCommonBufferVector(PDMA_ADAPTER DmaAdapter, PHYSICAL_ADDRESS LowAddress,
                                              PHYSICAL_ADDRESS HighAddress,
                                              MEMORY_CACHING_TYPE CacheType, ULONG IdealNode,
                                              ULONG Flags, ULONG NumberOfElements,
                                              ULONGLONG SizeOfElements,
                                              PDMA_COMMON_BUFFER_VECTOR *VectorOut)
{
    UNREFERENCED_PARAMETER(IdealNode);
    UNREFERENCED_PARAMETER(Flags); // fresh memory is zero whether it is asked for or not
    if (!NumberOfElements || !SizeOfElements || SizeOfElements > MAXULONG)
        return STATUS_INVALID_PARAMETER;
    PDMA_COMMON_BUFFER_VECTOR Vector = ExAllocatePoolWithTag(
        NonPagedPoolNx, sizeof(*Vector) + NumberOfElements * sizeof(Vector->Buffer[0]), 'VamD');
    if (!Vector)
        return STATUS_INSUFFICIENT_RESOURCES;
    for (Vector->Count = 0; Vector->Count < NumberOfElements; Vector->Count++) {
        PVOID Base = HalpAllocateBuffer(
            HalpAdapter(DmaAdapter), SizeOfElements, (ULONGLONG)LowAddress.QuadPart,
            (ULONGLONG)HighAddress.QuadPart, CacheType, &Vector->Buffer[Vector->Count].Address);
        if (!Base) {
            HalpFreeCommonBufferVector(DmaAdapter, Vector);
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        Vector->Buffer[Vector->Count].Base = Base;
    }
    *VectorOut = Vector;
    return STATUS_SUCCESS;
}

VOID NTAPI HalpGetCommonBufferFromVectorByIndex(PDMA_ADAPTER DmaAdapter,
                                                PDMA_COMMON_BUFFER_VECTOR Vector, ULONG Index,
                                                PVOID *VirtualAddressOut,
                                                PPHYSICAL_ADDRESS LogicalAddressOut)
{
    UNREFERENCED_PARAMETER(DmaAdapter);
    BOOLEAN Known = Index < Vector->Count;
    *VirtualAddressOut = Known ? Vector->Buffer[Index].Base : nullptr;
    *LogicalAddressOut = Known ? Vector->Buffer[Index].Address : (PHYSICAL_ADDRESS){};
}

VOID NTAPI HalpFreeCommonBufferFromVector(PDMA_ADAPTER DmaAdapter, PDMA_COMMON_BUFFER_VECTOR Vector,
                                          ULONG Index)
{
    UNREFERENCED_PARAMETER(DmaAdapter);
    HalpFreeVectorBuffer(Vector, Index);
}
