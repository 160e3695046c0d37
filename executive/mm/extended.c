// The extended parameters of NtAllocateVirtualMemoryEx and NtMapViewOfSectionEx: a list of typed values, each
// type at most once.
#include "mmp.h"

static NTSTATUS MmpCaptureRequirements(ULONG64 Pointer, BOOLEAN HasBase, PMM_PLACEMENT Placement)
{
    MEM_ADDRESS_REQUIREMENTS Asked;
    NTSTATUS Status = MmCopyFromUser(&Asked, (const VOID USER *)Pointer, sizeof(Asked));
    if (!NT_SUCCESS(Status))
        return Status;
    ULONG_PTR Lowest = (ULONG_PTR)Asked.LowestStartingAddress;
    ULONG_PTR Highest = (ULONG_PTR)Asked.HighestEndingAddress;
    if (HasBase && (Lowest || Highest || Asked.Alignment))
        return STATUS_INVALID_PARAMETER;
    if (Lowest % ALLOCATION_GRANULARITY || (Highest && (Highest + 1) % PAGE_SIZE) ||
        Lowest >= MM_USER_END || Highest >= MM_USER_END || (Highest && Highest < Lowest))
        return STATUS_INVALID_PARAMETER;
    if (Asked.Alignment &&
        ((Asked.Alignment & (Asked.Alignment - 1)) || Asked.Alignment < ALLOCATION_GRANULARITY))
        return STATUS_INVALID_PARAMETER;
    Placement->Low = Lowest >> PAGE_SHIFT;
    Placement->High = Highest ? (Highest + 1) >> PAGE_SHIFT : 0;
    Placement->Alignment = Asked.Alignment >> PAGE_SHIFT;
    return STATUS_SUCCESS;
}

// There is one node of memory, and pages of every kind are as they are asked for anyway.
static NTSTATUS MmpTakeParameter(const MEM_EXTENDED_PARAMETER *Parameter, BOOLEAN HasBase,
                                 PMM_PLACEMENT Placement)
{
    switch (Parameter->Type) {
    case MemExtendedParameterAddressRequirements:
        return MmpCaptureRequirements((ULONG64)Parameter->Pointer, HasBase, Placement);
    case MemExtendedParameterNumaNode:
        return Parameter->ULong == 0 ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
    case MemExtendedParameterPartitionHandle:
    case MemExtendedParameterUserPhysicalHandle:
    case MemExtendedParameterAttributeFlags:
        return STATUS_NOT_SUPPORTED;
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

NTSTATUS MmpCaptureExtended(const MEM_EXTENDED_PARAMETER USER *Parameters, ULONG Count,
                            BOOLEAN HasBase, PMM_PLACEMENT Placement)
{
    ULONG Seen = 0;
    if (Count && !Parameters)
        return STATUS_INVALID_PARAMETER;
    if (Count >= MemExtendedParameterMax)
        return STATUS_INVALID_PARAMETER;
    for (ULONG i = 0; i < Count; i++) {
        MEM_EXTENDED_PARAMETER Parameter;
        NTSTATUS Status = MmCopyFromUser(&Parameter, &Parameters[i], sizeof(Parameter));
        if (!NT_SUCCESS(Status))
            return Status;
        if (Parameter.Reserved || Parameter.Type >= MemExtendedParameterMax ||
            (Seen & 1u << Parameter.Type))
            return STATUS_INVALID_PARAMETER;
        Seen |= 1u << Parameter.Type;
        Status = MmpTakeParameter(&Parameter, HasBase, Placement);
        if (!NT_SUCCESS(Status))
            return Status;
    }
    return STATUS_SUCCESS;
}
