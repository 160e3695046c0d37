// The names that drivers allocate by. Bits of the pool type: 0 paged, 2 (4) cache aligned, 9 (512) not
// executable, which all pool of a host is; others say what happens on failure.

#include "poolp.h"

#undef ExAllocatePool
#undef ExFreePool
#undef ExAllocatePoolWithQuota

enum : ULONG { ExpPoolPaged = 1, ExpPoolAligned = 4, ExpPoolRaise = 16, ExpPoolNone = 'enoN' };

static PVOID ExpAllocateByType(ULONG PoolType, SIZE_T Size, ULONG Tag)
{
    if (PoolType & ExpPoolPaged && KeGetCurrentIrql() > APC_LEVEL)
        KeBugCheckEx(BAD_POOL_CALLER, 8, KeGetCurrentIrql(), PoolType, Size);
    return ExpAllocate(PoolType & ExpPoolPaged ? ExpPaged : ExpNonPaged, Size,
                       PoolType & ExpPoolAligned ? SYSTEM_CACHE_ALIGNMENT_SIZE : 16, Tag);
}

PVOID ExpRaiseIfNull(PVOID Block)
{
    if (!Block)
        ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
    return Block;
}

PVOID NTAPI ExAllocatePoolWithTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    PVOID Block = ExpAllocateByType(PoolType, NumberOfBytes, Tag);
    return PoolType & ExpPoolRaise ? ExpRaiseIfNull(Block) : Block;
}

PVOID NTAPI ExAllocatePool(POOL_TYPE PoolType, SIZE_T NumberOfBytes)
{
    return ExAllocatePoolWithTag(PoolType, NumberOfBytes, ExpPoolNone);
}

// Quotas are not charged: the host is what they would be charged to. Failure raises unless told not to.
PVOID NTAPI ExAllocatePoolWithQuotaTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    PVOID Block =
        ExpAllocateByType(PoolType & ~(ULONG)POOL_QUOTA_FAIL_INSTEAD_OF_RAISE, NumberOfBytes, Tag);
    return PoolType & POOL_QUOTA_FAIL_INSTEAD_OF_RAISE ? Block : ExpRaiseIfNull(Block);
}

PVOID NTAPI ExAllocatePoolWithQuota(POOL_TYPE PoolType, SIZE_T NumberOfBytes)
{
    return ExAllocatePoolWithQuotaTag(PoolType, NumberOfBytes, ExpPoolNone);
}

PVOID NTAPI ExAllocatePoolWithTagPriority(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag,
                                          EX_POOL_PRIORITY Priority)
{
    UNREFERENCED_PARAMETER(Priority);
    return ExAllocatePoolWithTag(PoolType, NumberOfBytes, Tag);
}

// ---- ExAllocatePool2: zeroed unless told otherwise, failure returns null unless told otherwise

enum : ULONG64 {
    ExpFlagUninitialized = 0x2,
    ExpFlagCacheAligned = 0x8,
    ExpFlagRaise = 0x20,
    ExpFlagNonPaged = 0x40,
    ExpFlagNonPagedExecute = 0x80,
    ExpFlagPaged = 0x100,
    ExpFlagsRequired = 0xFFFFFFFF, // an unknown one of these fails; the upper half is optional
    ExpFlagsKnown = 0x1EF,
};

static BOOLEAN ExpAreFlagsValid(ULONG64 Flags, ULONG Tag)
{
    ULONG64 Pool = Flags & (ExpFlagNonPaged | ExpFlagNonPagedExecute | ExpFlagPaged);
    return !(Flags & ExpFlagsRequired & ~(ULONG64)ExpFlagsKnown) && Pool && !(Pool & (Pool - 1)) &&
           Tag;
}

PVOID NTAPI ExAllocatePool2(ULONG64 Flags, SIZE_T NumberOfBytes, ULONG Tag)
{
    if (!NumberOfBytes || !ExpAreFlagsValid(Flags, Tag)) {
        if (Flags & ExpFlagRaise)
            ExRaiseStatus(STATUS_INVALID_PARAMETER);
        return nullptr;
    }
    ULONG PoolType = (Flags & ExpFlagPaged ? ExpPoolPaged : 0) |
                     (Flags & ExpFlagCacheAligned ? ExpPoolAligned : 0);
    PVOID Block = ExpAllocateByType(PoolType, NumberOfBytes, Tag);
    if (Block && !(Flags & ExpFlagUninitialized))
        RtlZeroMemory(Block, NumberOfBytes);
    return Flags & ExpFlagRaise ? ExpRaiseIfNull(Block) : Block;
}

// The extended parameters are hints (priority, node) or belong to secure pools, which there are none of.
PVOID NTAPI ExAllocatePool3(ULONG64 Flags, SIZE_T NumberOfBytes, ULONG Tag, const VOID *Parameters,
                            ULONG ParametersCount)
{
    UNREFERENCED_PARAMETER(Parameters);
    UNREFERENCED_PARAMETER(ParametersCount);
    return ExAllocatePool2(Flags, NumberOfBytes, Tag);
}

VOID NTAPI ExFreePoolWithTag(PVOID Block, ULONG Tag)
{
    ExpFree(Block, Tag);
}

VOID NTAPI ExFreePool(PVOID Block)
{
    ExpFree(Block, 0);
}

VOID NTAPI ExFreePool2(PVOID Block, ULONG Tag, const VOID *Parameters, ULONG ParametersCount)
{
    UNREFERENCED_PARAMETER(Parameters);
    UNREFERENCED_PARAMETER(ParametersCount);
    ExpFree(Block, Tag);
}
