// Allocations so large that they have a region of their own.

#include "heapp.h"

PVOID HeappAllocateLarge(PHEAP Heap, SIZE_T Size)
{
    if (Size > MAXLONG64 - sizeof(HEAP_LARGE) || !(Heap->Flags & HEAP_GROWABLE))
        return nullptr;
    PVOID Region = nullptr;
    SIZE_T RegionSize = Size + sizeof(HEAP_LARGE);
    if (!NT_SUCCESS(NtAllocateVirtualMemory(NtCurrentProcess(), &Region, 0, &RegionSize,
                                            MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE)))
        return nullptr;

    PHEAP_LARGE Large = Region;
    Large->RegionSize = RegionSize;
    Large->Size = Size;
    Large->Block.Flags = HeapBlockBusy | HeapBlockLarge | HeapBlockLast;
    HeappSeal(Heap, &Large->Block);
    InsertTailList(&Heap->LargeList, &Large->Entry);
    Heap->AllocatedBytes += RegionSize;
    Heap->CommittedBytes += RegionSize;
    return HeappData(&Large->Block);
}

VOID HeappFreeLarge(PHEAP Heap, PHEAP_BLOCK Block)
{
    PHEAP_LARGE Large = HeappLarge(Block);
    RemoveEntryList(&Large->Entry);
    Heap->AllocatedBytes -= Large->RegionSize;
    Heap->CommittedBytes -= Large->RegionSize;
    PVOID Region = Large;
    SIZE_T Size = 0;
    NtFreeVirtualMemory(NtCurrentProcess(), &Region, &Size, MEM_RELEASE);
}
