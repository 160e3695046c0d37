// Device memory and memory that is contiguous for devices. The Executive maps what belongs to the host's
// devices, and nothing else.

#include "../ntos.h"

static PVOID MmpMapPhysical(PHYSICAL_ADDRESS Address, SIZE_T Size, ULONG CacheType)
{
    PVOID Base;
    ULONG64 First = (ULONG64)Address.QuadPart & ~(ULONG64)(PAGE_SIZE - 1);
    SIZE_T Offset = (SIZE_T)((ULONG64)Address.QuadPart - First);
    if (!Size || !KiIsConnected())
        return nullptr;
    NTSTATUS Status =
        NtHostMapPhysical(First, ALIGN_UP_BY(Offset + Size, PAGE_SIZE), CacheType, &Base);
    if (!NT_SUCCESS(Status)) {
        DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL,
                   "driver host %lu: cannot map %llx, %llx bytes: status %08lx\n",
                   KiConnection.HostId, (ULONGLONG)Address.QuadPart, (ULONGLONG)Size, Status);
        return nullptr;
    }
    // For MmGetPhysicalAddress, which does without where there is no memory for it.
    MmpAddRun(Base, (ULONG)BYTES_TO_PAGES(Offset + Size), First >> PAGE_SHIFT);
    return (PUCHAR)Base + Offset;
}

PVOID NTAPI MmMapIoSpace(PHYSICAL_ADDRESS PhysicalAddress, SIZE_T NumberOfBytes,
                         MEMORY_CACHING_TYPE CacheType)
{
    return MmpMapPhysical(PhysicalAddress, NumberOfBytes, CacheType);
}

PVOID NTAPI MmMapIoSpaceEx(PHYSICAL_ADDRESS PhysicalAddress, SIZE_T NumberOfBytes, ULONG Protect)
{
    MEMORY_CACHING_TYPE Type = MmCached;
    if (Protect & PAGE_NOCACHE)
        Type = MmNonCached;
    else if (Protect & PAGE_WRITECOMBINE)
        Type = MmWriteCombined;
    return MmpMapPhysical(PhysicalAddress, NumberOfBytes, Type);
}

VOID NTAPI MmUnmapIoSpace(PVOID BaseAddress, SIZE_T NumberOfBytes)
{
    UNREFERENCED_PARAMETER(NumberOfBytes);
    MmpRemoveRange(PAGE_ALIGN(BaseAddress));
    NtHostUnmapPages(PAGE_ALIGN(BaseAddress));
}

// ---- Contiguous memory

typedef struct _MMP_CONTIGUOUS {
    LIST_ENTRY Link;
    PVOID Base;
} MMP_CONTIGUOUS, *PMMP_CONTIGUOUS;

static RTL_SRWLOCK MmpContiguousLock;
static LIST_ENTRY MmpContiguous = {&MmpContiguous, &MmpContiguous};

static PVOID MmpAllocateContiguous(SIZE_T Size, ULONG64 Lowest, ULONG64 Highest, ULONG64 Boundary,
                                   ULONG CacheType)
{
    SIZE_T Pages = (Size + PAGE_SIZE - 1) >> PAGE_SHIFT;
    ULONG64 Physical;
    if (!KiIsConnected() || !Pages || Pages > MAXULONG)
        return nullptr;
    PMMP_CONTIGUOUS Block = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Block), 'tnCM');
    if (!Block)
        return nullptr;
    if (!NT_SUCCESS(NtHostAllocateContiguous(Pages << PAGE_SHIFT, Lowest, Highest, Boundary,
                                             CacheType, &Block->Base, &Physical))) {
        ExFreePoolWithTag(Block, 'tnCM');
        return nullptr;
    }
    if (!NT_SUCCESS(MmpAddRun(Block->Base, (ULONG)Pages, Physical >> PAGE_SHIFT))) {
        NtHostUnmapPages(Block->Base);
        ExFreePoolWithTag(Block, 'tnCM');
        return nullptr;
    }
    RtlAcquireSRWLockExclusive(&MmpContiguousLock);
    InsertTailList(&MmpContiguous, &Block->Link);
    RtlReleaseSRWLockExclusive(&MmpContiguousLock);
    return Block->Base;
}

static PMMP_CONTIGUOUS MmpTakeContiguous(PVOID Base)
{
    PMMP_CONTIGUOUS Found = nullptr;
    RtlAcquireSRWLockExclusive(&MmpContiguousLock);
    for (PLIST_ENTRY Link = MmpContiguous.Flink; Link != &MmpContiguous && !Found;
         Link = Link->Flink) {
        PMMP_CONTIGUOUS Block = CONTAINING_RECORD(Link, MMP_CONTIGUOUS, Link);
        if (Block->Base == Base)
            Found = Block;
    }
    if (Found)
        RemoveEntryList(&Found->Link);
    RtlReleaseSRWLockExclusive(&MmpContiguousLock);
    return Found;
}

VOID NTAPI MmFreeContiguousMemory(PVOID BaseAddress)
{
    PMMP_CONTIGUOUS Block = MmpTakeContiguous(BaseAddress);
    if (!Block)
        KeBugCheckEx(BAD_POOL_CALLER, 0x60, (ULONG_PTR)BaseAddress, 0, 0);
    MmpRemoveRange(BaseAddress);
    NtHostUnmapPages(BaseAddress);
    ExFreePoolWithTag(Block, 'tnCM');
}

VOID NTAPI MmFreeContiguousMemorySpecifyCache(PVOID BaseAddress, SIZE_T NumberOfBytes,
                                              MEMORY_CACHING_TYPE CacheType)
{
    UNREFERENCED_PARAMETER(NumberOfBytes);
    UNREFERENCED_PARAMETER(CacheType);
    MmFreeContiguousMemory(BaseAddress);
}

PVOID NTAPI MmAllocateContiguousMemory(SIZE_T NumberOfBytes,
                                       PHYSICAL_ADDRESS HighestAcceptableAddress)
{
    return MmpAllocateContiguous(NumberOfBytes, 0, (ULONG64)HighestAcceptableAddress.QuadPart, 0,
                                 MmCached);
}

PVOID NTAPI MmAllocateContiguousMemorySpecifyCache(SIZE_T NumberOfBytes,
                                                   PHYSICAL_ADDRESS LowestAcceptableAddress,
                                                   PHYSICAL_ADDRESS HighestAcceptableAddress,
                                                   PHYSICAL_ADDRESS BoundaryAddressMultiple,
                                                   MEMORY_CACHING_TYPE CacheType)
{
    return MmpAllocateContiguous(NumberOfBytes, (ULONG64)LowestAcceptableAddress.QuadPart,
                                 (ULONG64)HighestAcceptableAddress.QuadPart,
                                 (ULONG64)BoundaryAddressMultiple.QuadPart, CacheType);
}

PVOID NTAPI MmAllocateContiguousMemorySpecifyCacheNode(SIZE_T NumberOfBytes,
                                                       PHYSICAL_ADDRESS LowestAcceptableAddress,
                                                       PHYSICAL_ADDRESS HighestAcceptableAddress,
                                                       PHYSICAL_ADDRESS BoundaryAddressMultiple,
                                                       MEMORY_CACHING_TYPE CacheType,
                                                       NODE_REQUIREMENT PreferredNode)
{
    UNREFERENCED_PARAMETER(PreferredNode);
    return MmAllocateContiguousMemorySpecifyCache(NumberOfBytes, LowestAcceptableAddress,
                                                  HighestAcceptableAddress, BoundaryAddressMultiple,
                                                  CacheType);
}

PVOID NTAPI MmAllocateContiguousNodeMemory(SIZE_T NumberOfBytes,
                                           PHYSICAL_ADDRESS LowestAcceptableAddress,
                                           PHYSICAL_ADDRESS HighestAcceptableAddress,
                                           PHYSICAL_ADDRESS BoundaryAddressMultiple, ULONG Protect,
                                           NODE_REQUIREMENT PreferredNode)
{
    UNREFERENCED_PARAMETER(PreferredNode);
    return MmAllocateContiguousMemorySpecifyCache(NumberOfBytes, LowestAcceptableAddress,
                                                  HighestAcceptableAddress, BoundaryAddressMultiple,
                                                  Protect & PAGE_NOCACHE ? MmNonCached : MmCached);
}

PVOID NTAPI MmAllocateNonCachedMemory(SIZE_T NumberOfBytes)
{
    return MmpAllocateContiguous(NumberOfBytes, 0, MAXULONG64, 0, MmNonCached);
}

VOID NTAPI MmFreeNonCachedMemory(PVOID BaseAddress, SIZE_T NumberOfBytes)
{
    UNREFERENCED_PARAMETER(NumberOfBytes);
    MmFreeContiguousMemory(BaseAddress);
}
