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
    PMM_VAD Vad;
    NTSTATUS Status = MmpReserveRange(Space, &Start, 1, 0, FALSE, &Vad);
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
static ULONG_PTR MmpChooseRange(PMM_ADDRESS_SPACE Space, ULONG_PTR Pages, ULONG_PTR ZeroBits,
                                BOOLEAN TopDown)
{
    constexpr ULONG_PTR Granularity = ALLOCATION_GRANULARITY >> PAGE_SHIFT;
    ULONG_PTR Low = MM_USER_START >> PAGE_SHIFT;
    ULONG_PTR High = MM_USER_END >> PAGE_SHIFT;
    if (ZeroBits) { // up to 32: zero bits at the top of a 32-bit address; more: a mask of addresses
        ULONG_PTR Limit = ZeroBits < 32 ? (1ull << 32) >> ZeroBits : ZeroBits + 1;
        High = min(High, Limit >> PAGE_SHIFT);
    }
    ULONG_PTR Start = 0;
    if (!TopDown)
        Start = MmpFindFreeRange(&Space->Vads, Pages, MM_SHARED_PAGE, High, Granularity, FALSE);
    if (!Start)
        Start = MmpFindFreeRange(&Space->Vads, Pages, Low, High, Granularity, TopDown);
    return Start;
}

NTSTATUS MmpReserveRange(PMM_ADDRESS_SPACE Space, ULONG_PTR *Start, ULONG_PTR Pages,
                         ULONG_PTR ZeroBits, BOOLEAN TopDown, PMM_VAD *Vad)
{
    ULONG_PTR First = *Start;
    if (!First) {
        First = MmpChooseRange(Space, Pages, ZeroBits, TopDown);
        if (!First)
            return STATUS_NO_MEMORY;
    } else if (!MmpIsRangeFree(&Space->Vads, First, First + Pages)) {
        return STATUS_CONFLICTING_ADDRESSES;
    }
    PMM_VAD New = ExAllocatePoolZero(NonPagedPool, sizeof(*New), MmVadTag);
    if (!New)
        return STATUS_INSUFFICIENT_RESOURCES;
    New->Start = First;
    New->End = First + Pages;
    New->Space = Space;
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
    // Page tables stay for the next allocation here, but not those of a large range.
    BOOLEAN Large = Vad->End - Vad->Start > MM_KEPT_REGIONS * MM_REGION_PAGES;
    MmpDeletePages(Space, Vad, Vad->Start, Vad->End);
    MmpReleaseVad(Space, Vad);
    if (Large)
        MmpTrimRegions(Space);
}
