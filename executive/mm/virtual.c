// Private memory: reserve, commit, decommit, release.
#include "mmp.h"

NTSTATUS MmpCommitPage(PMM_ADDRESS_SPACE Space, PMM_VAD Vad, ULONG_PTR Page, ULONG Protection)
{
    PMM_REGION Region = MmpMakeRegion(Space, Page);
    if (!Region)
        return STATUS_NO_MEMORY;
    if (!MmpPageState(Vad, &Region->Ptes[Page % MM_REGION_PAGES], Page).Committed) {
        NTSTATUS Status = MmpChargeCommit(Space, 1);
        if (!NT_SUCCESS(Status))
            return Status;
    }
    return MmpProtectPage(Space, Vad, Page, Protection);
}

static NTSTATUS MmpCommitPrivate(PMM_ADDRESS_SPACE Space, PMM_VAD Vad, ULONG_PTR Start,
                                 ULONG_PTR End, ULONG Protection)
{
    // The charge first: then no page is left half done for want of it.
    SIZE_T New = End - Start - MmpCountCommitted(Space, Vad, Start, End);
    NTSTATUS Status = MmpChargeCommit(Space, New);
    if (!NT_SUCCESS(Status))
        return Status;
    MmpReturnCommit(Space, New);

    BOOLEAN Whole = Start == Vad->Start && End == Vad->End && New == End - Start;
    if (Whole && !MmpHasEntries(Space, Start, End)) {
        Status = MmpChargeCommit(Space, New);
        Vad->Committed = NT_SUCCESS(Status);
        Vad->PageProtection = (UCHAR)Protection;
        return Status;
    }
    if (!MmpMakeRegions(Space, Start, End))
        return STATUS_NO_MEMORY;
    for (ULONG_PTR Page = Start; Page < End && NT_SUCCESS(Status); Page++)
        Status = MmpCommitPage(Space, Vad, Page, Protection);
    return Status;
}

// Pages of a SEC_RESERVE section are committed for all its views.
static NTSTATUS MmpCommitView(PMM_VAD Vad, ULONG_PTR Start, ULONG_PTR End)
{
    if (Vad->Type != MmVadView || !(Vad->Segment->Attributes & SEC_RESERVE))
        return STATUS_ALREADY_COMMITTED;
    ULONG_PTR First = Vad->FirstPage + (Start - Vad->Start);
    return MmpCommitSegment(Vad->Segment, First, First + (End - Start));
}

static NTSTATUS MmpCommitRange(PMM_ADDRESS_SPACE Space, ULONG_PTR Start, ULONG_PTR End,
                               ULONG Protection)
{
    PMM_VAD Vad = MmpLookupVad(Space, Start);
    if (!Vad || End > Vad->End)
        return STATUS_CONFLICTING_ADDRESSES;
    if (Vad->Secured || Vad->Placeholder || Vad->Type == MmVadShared)
        return STATUS_CONFLICTING_ADDRESSES;
    if (Vad->LargePages)
        return STATUS_ALREADY_COMMITTED;
    if (Vad->Type != MmVadPrivate)
        return MmpCommitView(Vad, Start, End);
    return MmpCommitPrivate(Space, Vad, Start, End, Protection);
}

static NTSTATUS MmpReserveAndCommit(PMM_ADDRESS_SPACE Space, ULONG_PTR *Start, ULONG_PTR Pages,
                                    const MM_ALLOCATION *Allocation, ULONG Protection)
{
    BOOLEAN Commit = (Allocation->Type & MEM_COMMIT) != 0;
    NTSTATUS Status = Commit ? MmpChargeCommit(Space, Pages) : STATUS_SUCCESS;
    if (!NT_SUCCESS(Status))
        return Status;
    PMM_VAD Vad;
    Status = MmpReserveRange(Space, Start, Pages, &Allocation->Placement, &Vad);
    if (!NT_SUCCESS(Status)) {
        if (Commit)
            MmpReturnCommit(Space, Pages);
        return Status;
    }
    Vad->Type = MmVadPrivate;
    Vad->Protection = Vad->PageProtection = (UCHAR)Protection;
    Vad->Committed = Commit;
    Vad->WriteWatch = (Allocation->Type & MEM_WRITE_WATCH) != 0;
    Vad->Placeholder = (Allocation->Type & MEM_RESERVE_PLACEHOLDER) != 0;
    if (!(Allocation->Type & MEM_LARGE_PAGES))
        return STATUS_SUCCESS;
    Vad->LargePages = TRUE;
    Status = MmpFillLargeVad(Space, Vad);
    if (!NT_SUCCESS(Status))
        MmpUnmapVad(Space, Vad);
    return Status;
}

static BOOLEAN MmpIsAllocationType(ULONG Type)
{
    constexpr ULONG Placeholders = MEM_RESERVE_PLACEHOLDER | MEM_REPLACE_PLACEHOLDER;
    constexpr ULONG Known = MEM_COMMIT | MEM_RESERVE | MEM_RESET | MEM_RESET_UNDO | MEM_TOP_DOWN |
                            MEM_WRITE_WATCH | MEM_PHYSICAL | MEM_LARGE_PAGES | Placeholders;
    constexpr ULONG Action = MEM_COMMIT | MEM_RESERVE | MEM_RESET | MEM_RESET_UNDO;
    if ((Type & ~Known) || !(Type & Action))
        return FALSE;
    if ((Type & MEM_RESET) && Type != MEM_RESET)
        return FALSE;
    if ((Type & MEM_RESET_UNDO) && Type != MEM_RESET_UNDO)
        return FALSE;
    if ((Type & (MEM_WRITE_WATCH | Placeholders)) && !(Type & MEM_RESERVE))
        return FALSE;
    if ((Type & MEM_RESERVE_PLACEHOLDER) && (Type & (MEM_COMMIT | MEM_REPLACE_PLACEHOLDER)))
        return FALSE;
    constexpr ULONG ReserveAndCommit = MEM_RESERVE | MEM_COMMIT;
    return !(Type & MEM_LARGE_PAGES) ||
           ((Type & ReserveAndCommit) == ReserveAndCommit && !(Type & MEM_WRITE_WATCH));
}

static NTSTATUS MmpCheckLarge(const MM_ALLOCATION *Allocation, ULONG Protection)
{
    constexpr ULONG_PTR Bytes = MM_REGION_PAGES * PAGE_SIZE;
    if (Protection & MM_MODE_MASK)
        return STATUS_INVALID_PAGE_PROTECTION;
    if (Allocation->Base % Bytes)
        return STATUS_INVALID_PARAMETER_2;
    if (Allocation->Size % Bytes)
        return STATUS_INVALID_PARAMETER_4;
    if (!SeSinglePrivilegeCheck(RtlConvertUlongToLuid(SE_LOCK_MEMORY_PRIVILEGE), UserMode))
        return STATUS_PRIVILEGE_NOT_HELD;
    return STATUS_SUCCESS;
}

static NTSTATUS MmpCheckAllocation(const MM_ALLOCATION *Allocation, PULONG Protection)
{
    ULONG Type = Allocation->Type;
    if (!MmpIsAllocationType(Type))
        return STATUS_INVALID_PARAMETER_5;
    if (Type & MEM_PHYSICAL)
        return STATUS_NOT_SUPPORTED;
    if (!MmpProtectionFromWin32(Allocation->Protect, Protection) || MmpIsCopyOnWrite(*Protection))
        return STATUS_INVALID_PAGE_PROTECTION;
    if ((Type & MEM_RESERVE_PLACEHOLDER) && *Protection != MM_NOACCESS)
        return STATUS_INVALID_PAGE_PROTECTION;
    if (Allocation->Base >= MM_USER_END)
        return STATUS_INVALID_PARAMETER_2;
    if (Allocation->Size == 0 || Allocation->Size > MM_USER_END - Allocation->Base)
        return STATUS_INVALID_PARAMETER_4;
    if ((Type & MEM_REPLACE_PLACEHOLDER) &&
        (!Allocation->Base || (Allocation->Base | Allocation->Size) % PAGE_SIZE))
        return STATUS_INVALID_PARAMETER;
    return Type & MEM_LARGE_PAGES ? MmpCheckLarge(Allocation, *Protection) : STATUS_SUCCESS;
}

// The contents may stay as they are: there is no page file that they would have to go to.
static NTSTATUS MmpReset(PMM_ADDRESS_SPACE Space, ULONG_PTR Start, ULONG_PTR End)
{
    PMM_VAD Vad = MmpLookupVad(Space, Start);
    return Vad && End <= Vad->End ? STATUS_SUCCESS : STATUS_CONFLICTING_ADDRESSES;
}

NTSTATUS MmpAllocate(PEPROCESS Process, PMM_ALLOCATION Allocation)
{
    PMM_ADDRESS_SPACE Space = Process->AddressSpace;
    ULONG Protection;
    NTSTATUS Status = MmpCheckAllocation(Allocation, &Protection);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Process->Exiting)
        return STATUS_PROCESS_IS_TERMINATING;

    ULONG_PTR Address = Allocation->Base;
    BOOLEAN Reset = (Allocation->Type & (MEM_RESET | MEM_RESET_UNDO)) != 0;
    BOOLEAN Reserve = (Allocation->Type & MEM_RESERVE) || (!Address && !Reset);
    ULONG_PTR First = Address;
    if (Reserve && !(Allocation->Type & MEM_REPLACE_PLACEHOLDER))
        First = ALIGN_DOWN_BY(Address, ALLOCATION_GRANULARITY);
    if (Address && First < MM_USER_START)
        return STATUS_INVALID_PARAMETER_2;
    ULONG_PTR Start = First >> PAGE_SHIFT;
    ULONG_PTR End = (Address + Allocation->Size + PAGE_SIZE - 1) >> PAGE_SHIFT;
    ULONG_PTR Pages = End - Start;
    if (Allocation->Type & MEM_LARGE_PAGES)
        Allocation->Placement.Alignment =
            max(Allocation->Placement.Alignment, (ULONG_PTR)MM_REGION_PAGES);
    if (Reset)
        Status = MmpReset(Space, Start, End);
    else if (Reserve)
        Status = MmpReserveAndCommit(Space, &Start, Pages, Allocation, Protection);
    else
        Status = MmpCommitRange(Space, Start, End, Protection);
    if (!NT_SUCCESS(Status))
        return Status;
    Allocation->Base = Start << PAGE_SHIFT;
    Allocation->Size = Pages << PAGE_SHIFT;
    return STATUS_SUCCESS;
}

NTSTATUS MmAllocateVirtualMemory(PEPROCESS Process, PVOID *BaseAddress, ULONG_PTR ZeroBits,
                                 PSIZE_T RegionSize, ULONG AllocationType, ULONG Protect)
{
    MM_ALLOCATION Allocation = {
        .Base = (ULONG_PTR)*BaseAddress,
        .Size = *RegionSize,
        .Type = AllocationType,
        .Protect = Protect,
    };
    if (!MmpPlacementOfZeroBits(ZeroBits, &Allocation.Placement))
        return STATUS_INVALID_PARAMETER_3;
    Allocation.Placement.TopDown = (AllocationType & MEM_TOP_DOWN) != 0;
    NTSTATUS Status = MmpAllocate(Process, &Allocation);
    if (!NT_SUCCESS(Status))
        return Status;
    *BaseAddress = (PVOID)Allocation.Base;
    *RegionSize = Allocation.Size;
    return STATUS_SUCCESS;
}

// ---- Freeing

static NTSTATUS MmpDecommit(PMM_ADDRESS_SPACE Space, PMM_VAD Vad, ULONG_PTR Start, ULONG_PTR End)
{
    // Entries must exist to say "not committed" where the VAD says the opposite.
    for (ULONG_PTR Page = Start; Vad->Committed && Page < End;
         Page = ALIGN_DOWN_BY(Page, MM_REGION_PAGES) + MM_REGION_PAGES) {
        if (!MmpMakeRegion(Space, Page))
            return STATUS_NO_MEMORY;
    }
    MmpDeletePages(Space, Vad, Start, End);
    if (Start == Vad->Start && End == Vad->End) {
        Vad->Committed = FALSE;
        return STATUS_SUCCESS;
    }
    for (ULONG_PTR Page = Start; Vad->Committed && Page < End; Page++)
        MmpWritePte(MmpFindRegion(Space, Page), Page, (MM_PTE){.Explicit = 1});
    return STATUS_SUCCESS;
}

// Release part of a VAD: what lies before and behind it stays.
static NTSTATUS MmpReleaseRange(PMM_ADDRESS_SPACE Space, PMM_VAD Vad, ULONG_PTR Start,
                                ULONG_PTR End)
{
    NTSTATUS Status = STATUS_SUCCESS;
    if (End < Vad->End)
        Status = MmpSplitVad(Space, Vad, End);
    if (NT_SUCCESS(Status) && Start > Vad->Start) {
        Status = MmpSplitVad(Space, Vad, Start);
        if (NT_SUCCESS(Status))
            Vad = MmpLookupVad(Space, Start);
    }
    if (!NT_SUCCESS(Status))
        return Status;
    MmpUnmapVad(Space, Vad);
    return STATUS_SUCCESS;
}

NTSTATUS MmFreeVirtualMemory(PEPROCESS Process, PVOID *BaseAddress, PSIZE_T RegionSize,
                             ULONG FreeType)
{
    PMM_ADDRESS_SPACE Space = Process->AddressSpace;
    ULONG_PTR Start = (ULONG_PTR)*BaseAddress >> PAGE_SHIFT;
    ULONG Kind = FreeType & ~(ULONG)(MEM_PRESERVE_PLACEHOLDER | MEM_COALESCE_PLACEHOLDERS);
    ULONG Placeholder = FreeType & ~Kind;
    if ((Kind != MEM_DECOMMIT && Kind != MEM_RELEASE) || (Placeholder && Kind != MEM_RELEASE) ||
        (Placeholder & (Placeholder - 1)))
        return STATUS_INVALID_PARAMETER_4;
    if (!Space)
        return STATUS_PROCESS_IS_TERMINATING;
    if ((ULONG_PTR)*BaseAddress >= MM_USER_END)
        return STATUS_INVALID_PARAMETER_2;
    if (*RegionSize > MM_USER_END - (ULONG_PTR)*BaseAddress)
        return STATUS_INVALID_PARAMETER_3;

    PMM_VAD Vad = MmpLookupVad(Space, Start);
    if (!Vad)
        return STATUS_MEMORY_NOT_ALLOCATED;
    if (Vad->Secured || Vad->Type == MmVadShared)
        return STATUS_INVALID_PAGE_PROTECTION;
    if (Vad->Type != MmVadPrivate)
        return STATUS_UNABLE_TO_DELETE_SECTION;
    ULONG_PTR End = ((ULONG_PTR)*BaseAddress + *RegionSize + PAGE_SIZE - 1) >> PAGE_SHIFT;
    if (*RegionSize == 0) { // the whole allocation, named by its base
        if (Start != Vad->Start)
            return STATUS_FREE_VM_NOT_AT_BASE;
        End = Vad->End;
    }
    if (Placeholder != MEM_COALESCE_PLACEHOLDERS && End > Vad->End)
        return STATUS_UNABLE_TO_FREE_VM;
    if (Vad->LargePages && (Kind == MEM_DECOMMIT || !MmpIsLargeRange(Start, End)))
        return STATUS_UNABLE_TO_FREE_VM; // large pages go whole, and with their addresses
    NTSTATUS Status;
    if (Placeholder == MEM_COALESCE_PLACEHOLDERS)
        Status = MmpCoalescePlaceholders(Space, Start, End);
    else if (Placeholder)
        Status = MmpFreeToPlaceholder(Space, Vad, Start, End);
    else if (Kind == MEM_RELEASE)
        Status = MmpReleaseRange(Space, Vad, Start, End);
    else
        Status = MmpDecommit(Space, Vad, Start, End);
    if (!NT_SUCCESS(Status))
        return Status;
    *BaseAddress = (PVOID)(Start << PAGE_SHIFT);
    *RegionSize = (End - Start) << PAGE_SHIFT;
    return STATUS_SUCCESS;
}

VOID MmSecureVirtualMemory(PEPROCESS Process, PVOID Address)
{
    PMM_VAD Vad = MmpLookupVad(Process->AddressSpace, (ULONG_PTR)Address >> PAGE_SHIFT);
    if (Vad)
        Vad->Secured = TRUE;
}

// The Executive's own end for a secured allocation.
VOID MmReleaseSecuredMemory(PEPROCESS Process, PVOID Address)
{
    PMM_VAD Vad = MmpLookupVad(Process->AddressSpace, (ULONG_PTR)Address >> PAGE_SHIFT);
    if (Vad)
        MmpUnmapVad(Process->AddressSpace, Vad);
}
