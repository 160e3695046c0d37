// Address spaces of processes.
#include "mmp.h"

constexpr ULONG MmSpaceTag = 'pSmM';
constexpr ULONG MmVadTag = 'daVM';

enum { MM_SHARED_PAGE = MM_SHARED_USER_DATA_VA >> PAGE_SHIFT };

static PMM_PFN MmpSharedFrame;

VOID MmSetSharedPage(PVOID Page)
{
    MmpSharedFrame = MmpPfn(MmpFindPte(&MmpSystemSpace, (ULONG_PTR)Page >> PAGE_SHIFT)->Pfn);
}

static NTSTATUS MmpMapSharedPage(PMM_ADDRESS_SPACE Space)
{
    ULONG_PTR Start = MM_SHARED_PAGE;
    const MM_PLACEMENT Placement = {};
    PMM_VAD Vad;
    NTSTATUS Status = MmpReserveRange(Space, &Start, 1, &Placement, &Vad);
    if (!NT_SUCCESS(Status))
        return Status;
    Vad->Type = MmVadShared;
    Vad->Kept = TRUE;
    Vad->Committed = TRUE;
    Vad->Protection = Vad->PageProtection = MM_READONLY;
    PMM_REGION Region = MmpMakeRegion(Space, Start);
    if (!Region)
        return STATUS_NO_MEMORY;
    MmpReferenceFrame(MmpSharedFrame);
    MmpWritePte(Region, Start, (MM_PTE){.Pfn = MmpPfnNumber(MmpSharedFrame)});
    return MmpValidatePte(Space, Region, Start, FALSE);
}

static NTSTATUS MmpMakeAddressSpace(PEPROCESS Process, PMM_ADDRESS_SPACE *Space)
{
    PMM_ADDRESS_SPACE New = ExAllocatePoolZero(NonPagedPool, sizeof(*New), MmSpaceTag);
    if (!New)
        return STATUS_INSUFFICIENT_RESOURCES;
    New->Process = Process;
    New->TouchRun = 1;
    MmpInitWorkingSet(New);
    New->PageMap = MmCreateKernelObject(seL4_X64_PML4Object, 0);
    NTSTATUS Status = STATUS_NO_MEMORY;
    if (New->PageMap &&
        seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, New->PageMap) == seL4_NoError)
        Status = MmpMapSharedPage(New);
    if (!NT_SUCCESS(Status)) {
        MmpDeleteAddressSpace(New);
        return Status;
    }
    *Space = New;
    return STATUS_SUCCESS;
}

NTSTATUS MmCreateAddressSpace(PEPROCESS Process, PMM_ADDRESS_SPACE *Space)
{
    *Space = MmpTakeCachedSpace(Process);
    return *Space ? STATUS_SUCCESS : MmpMakeAddressSpace(Process, Space);
}

VOID MmReleaseAddressSpace(PMM_ADDRESS_SPACE Space)
{
    if (!MmpCacheSpace(Space))
        MmpDeleteAddressSpace(Space);
}

static VOID MmpCleanAddressSpace(PMM_ADDRESS_SPACE Space)
{
    PMM_VAD Vad;
    while ((Vad = MmpFirstVadFrom(&Space->Vads, 0)))
        MmpUnmapVad(Space, Vad);
    MmpTrimRegions(Space);
}

static VOID MmpDeleteTables(PMM_ADDRESS_SPACE Space)
{
    while (Space->Tables) {
        ULONG Table = Space->Tables;
        Space->Tables = MmpCap(Table)->Next;
        MmDeleteKernelObject(Table);
    }
}

VOID MmpDeleteAddressSpace(PMM_ADDRESS_SPACE Space)
{
    MmpCleanAddressSpace(Space);
    ASSERT(Space->CommittedPages == 0 && Space->ResidentPages == 0);
    MmpDeleteTables(Space);
    if (Space->PageMap)
        MmDeleteKernelObject(Space->PageMap);
    ExFreePool(Space);
}

seL4_CPtr MmPageMapCap(PMM_ADDRESS_SPACE Space)
{
    return Space->PageMap;
}

// ---- VADs

PMM_VAD MmpLookupVad(PMM_ADDRESS_SPACE Space, ULONG_PTR Page)
{
    PMM_VAD Vad = Space->LastVad;
    if (Vad && Page >= Vad->Start && Page < Vad->End)
        return Vad;
    Vad = MmpFindVad(&Space->Vads, Page);
    if (Vad)
        Space->LastVad = Vad;
    return Vad;
}

BOOLEAN MmpUserRange(ULONG_PTR Address, SIZE_T Size, ULONG_PTR *Start, ULONG_PTR *End)
{
    if (Address >= MM_USER_END || Size == 0 || Size > MM_USER_END - Address)
        return FALSE;
    *Start = Address >> PAGE_SHIFT;
    *End = (Address + Size + PAGE_SIZE - 1) >> PAGE_SHIFT;
    return TRUE;
}

// Addresses that nobody asked for in particular start above the shared page: with the TEB, the PEB and
// the stacks there, a small process has few page tables.
static ULONG_PTR MmpChooseRange(PMM_ADDRESS_SPACE Space, ULONG_PTR Pages,
                                const MM_PLACEMENT *Placement)
{
    ULONG_PTR Alignment = max(Placement->Alignment, ALLOCATION_GRANULARITY >> PAGE_SHIFT);
    ULONG_PTR Low = max(Placement->Low, MM_USER_START >> PAGE_SHIFT);
    ULONG_PTR High = Placement->High ? Placement->High : MM_USER_END >> PAGE_SHIFT;
    High = min(High, MM_USER_END >> PAGE_SHIFT);
    ULONG_PTR Start = 0;
    if (!Placement->TopDown && Low < MM_SHARED_PAGE)
        Start = MmpFindFreeRange(&Space->Vads, Pages, MM_SHARED_PAGE, High, Alignment, FALSE);
    if (!Start)
        Start = MmpFindFreeRange(&Space->Vads, Pages, Low, High, Alignment, Placement->TopDown);
    return Start;
}

BOOLEAN MmpPlacementOfZeroBits(ULONG_PTR ZeroBits, PMM_PLACEMENT Placement)
{
    *Placement = (MM_PLACEMENT){};
    if (ZeroBits > 21 && ZeroBits < 32)
        return FALSE;
    ULONG_PTR Mask = ZeroBits < 32 ? MAXULONG >> ZeroBits : ZeroBits;
    ULONG Bits = 64 - (ULONG)__builtin_clzll(Mask);
    if (ZeroBits && Bits < 47)
        Placement->High = (1ull << Bits) >> PAGE_SHIFT;
    return TRUE;
}

static NTSTATUS MmpClaimRange(PMM_ADDRESS_SPACE Space, ULONG_PTR *Start, ULONG_PTR Pages,
                              const MM_PLACEMENT *Placement)
{
    if (Placement->Replace)
        return MmpTakePlaceholder(Space, *Start, *Start + Pages);
    if (*Start)
        return MmpIsRangeFree(&Space->Vads, *Start, *Start + Pages) ? STATUS_SUCCESS
                                                                    : STATUS_CONFLICTING_ADDRESSES;
    *Start = MmpChooseRange(Space, Pages, Placement);
    return *Start ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

NTSTATUS MmpReserveRange(PMM_ADDRESS_SPACE Space, ULONG_PTR *Start, ULONG_PTR Pages,
                         const MM_PLACEMENT *Placement, PMM_VAD *Vad)
{
    ULONG_PTR First = *Start;
    PMM_VAD New = ExAllocatePoolZero(NonPagedPool, sizeof(*New), MmVadTag);
    if (!New)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = MmpClaimRange(Space, &First, Pages, Placement);
    if (!NT_SUCCESS(Status)) {
        ExFreePool(New);
        return Status;
    }
    New->Start = First;
    New->End = First + Pages;
    New->Space = Space;
    New->Replaced = Placement->Replace;
    InitializeListHead(&New->ViewLink);
    MmpInsertVad(&Space->Vads, New);
    Space->VirtualPages += Pages;
    Space->PeakVirtualPages = max(Space->PeakVirtualPages, Space->VirtualPages);
    *Start = First;
    *Vad = New;
    return STATUS_SUCCESS;
}

VOID MmpReleaseVad(PMM_ADDRESS_SPACE Space, PMM_VAD Vad)
{
    Space->VirtualPages -= Vad->End - Vad->Start;
    Space->LastVad = nullptr;
    MmpRemoveVad(&Space->Vads, Vad);
    if (Vad->Segment) {
        RemoveEntryList(&Vad->ViewLink);
        MmpDereferenceSegment(Vad->Segment);
    }
    if (Vad->AliasOf)
        ObDereferenceObject(Vad->AliasOf);
    ExFreePool(Vad);
}

NTSTATUS MmpSplitVad(PMM_ADDRESS_SPACE Space, PMM_VAD Vad, ULONG_PTR Page)
{
    ASSERT(!Vad->Segment && Page > Vad->Start && Page < Vad->End);
    PMM_VAD Upper = ExAllocatePoolWithTag(NonPagedPool, sizeof(*Upper), MmVadTag);
    if (!Upper)
        return STATUS_INSUFFICIENT_RESOURCES;
    *Upper = *Vad;
    InitializeListHead(&Upper->ViewLink);
    Upper->Start = Page;
    Vad->End = Page;
    MmpInsertVad(&Space->Vads, Upper);
    Space->LastVad = nullptr;
    return STATUS_SUCCESS;
}

// ---- Pages of a VAD

// Does any page of the range have an entry of its own?
BOOLEAN MmpHasEntries(PMM_ADDRESS_SPACE Space, ULONG_PTR Start, ULONG_PTR End)
{
    for (ULONG_PTR Page = Start; (Page = MmpNextKnownPage(Space, Page, End)) < End; Page++) {
        PMM_REGION Region = MmpFindRegion(Space, Page);
        if (!Region->Used)
            Page |= MM_REGION_PAGES - 1;
        else if (Region->Ptes[Page % MM_REGION_PAGES].Long)
            return TRUE;
    }
    return FALSE;
}

static BOOLEAN MmpIsCharged(PMM_VAD Vad, MM_PTE Pte)
{
    if (Vad->Type == MmVadPrivate)
        return Pte.Explicit ? Pte.Committed : Vad->Committed;
    return Pte.Private; // a copy that was made on write
}

SIZE_T MmpCountCommitted(PMM_ADDRESS_SPACE Space, PMM_VAD Vad, ULONG_PTR Start, ULONG_PTR End)
{
    SIZE_T Untouched = MmpIsCharged(Vad, (MM_PTE){}) ? 1 : 0;
    SIZE_T Count = 0;
    for (ULONG_PTR Page = Start; Page < End;) {
        ULONG_PTR Known = MmpNextKnownPage(Space, Page, End);
        Count += (Known - Page) * Untouched;
        if (Known == End)
            break;
        PMM_REGION Region = MmpFindRegion(Space, Known);
        ULONG_PTR PartEnd = MmpRegionEnd(Known, End);
        for (Page = Known; Page < PartEnd; Page++)
            Count += MmpIsCharged(Vad, Region->Ptes[Page % MM_REGION_PAGES]);
    }
    return Count;
}

// Clear what the region holds of [Page, End). Returns how many of the pages were charged.
static SIZE_T MmpDeleteInRegion(PMM_ADDRESS_SPACE Space, PMM_VAD Vad, PMM_REGION Region,
                                ULONG_PTR Page, ULONG_PTR End)
{
    SIZE_T Untouched = MmpIsCharged(Vad, (MM_PTE){}) ? 1 : 0;
    SIZE_T Charged = 0;
    if (Region->Large) {
        MmpUnmapLarge(Space, Region);
        return Vad->Type == MmVadPrivate ? MM_REGION_PAGES : 0;
    }
    for (; Page < End; Page++) {
        MM_PTE Pte = Region->Ptes[Page % MM_REGION_PAGES];
        if (!Pte.Long) {
            Charged += Untouched;
            continue;
        }
        Charged += MmpIsCharged(Vad, Pte);
        MmpClearPte(Space, Region, Page);
    }
    return Charged;
}

VOID MmpDeletePages(PMM_ADDRESS_SPACE Space, PMM_VAD Vad, ULONG_PTR Start, ULONG_PTR End)
{
    SIZE_T Untouched = MmpIsCharged(Vad, (MM_PTE){}) ? 1 : 0;
    SIZE_T Charged = 0;
    for (ULONG_PTR Page = Start; Page < End;) {
        ULONG_PTR Known = MmpNextKnownPage(Space, Page, End);
        Charged += (Known - Page) * Untouched;
        if (Known == End)
            break;
        PMM_REGION Region = MmpFindRegion(Space, Known);
        Page = MmpRegionEnd(Known, End);
        if (Region->Used)
            Charged += MmpDeleteInRegion(Space, Vad, Region, Known, Page);
        else
            Charged += (Page - Known) * Untouched;
    }
    MmpReturnCommit(Space, Charged);
}

VOID MmpUnmapVad(PMM_ADDRESS_SPACE Space, PMM_VAD Vad)
{
    if (Vad->Type == MmVadDevice)
        MmpUnmapDevicePages(Space, Vad);
    // Page tables stay for the next allocation here, but not those of a large range.
    BOOLEAN Large = Vad->End - Vad->Start > MM_KEPT_REGIONS * MM_REGION_PAGES;
    MmpDeletePages(Space, Vad, Vad->Start, Vad->End);
    MmpReleaseVad(Space, Vad);
    if (Large)
        MmpTrimRegions(Space);
}
