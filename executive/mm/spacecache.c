// Address spaces of ended processes, kept for the next ones. Most of what a small process costs is its
// paging structures and the pages of ntdll that it maps: these are the same every time. What stays in a
// waiting space is the shared page and ntdll's pages as the file has them, read-only; everything that the
// process could write is gone.
#include "mmp.h"

enum {
    MM_CACHED_SPACES = 2,
    MM_CACHED_REGIONS = 8, // a space with more is too large to keep
};

static PMM_ADDRESS_SPACE MmpCachedSpaces[MM_CACHED_SPACES];
static ULONG MmpCachedCount;

VOID MmKeepView(PEPROCESS Process, PVOID BaseAddress)
{
    PMM_VAD Vad = MmpLookupVad(Process->AddressSpace, (ULONG_PTR)BaseAddress >> PAGE_SHIFT);
    Vad->Kept = TRUE;
}

BOOLEAN MmIsViewKept(PEPROCESS Process, PVOID BaseAddress)
{
    PMM_VAD Vad = MmpLookupVad(Process->AddressSpace, (ULONG_PTR)BaseAddress >> PAGE_SHIFT);
    return Vad && Vad->Kept;
}

static BOOLEAN MmpMayStay(MM_PTE Pte)
{
    return Pte.Valid && !Pte.Writable && !Pte.Private && !Pte.Explicit;
}

// Undo what the process did to a view that stays: its own copies of pages, changed protections.
static VOID MmpRestoreView(PMM_ADDRESS_SPACE Space, PMM_VAD Vad)
{
    for (ULONG_PTR Page = Vad->Start; Page < Vad->End; Page++) {
        PMM_REGION Region = MmpFindRegion(Space, Page);
        MM_PTE Pte = Region ? Region->Ptes[Page % MM_REGION_PAGES] : (MM_PTE){};
        if (Pte.Long && !MmpMayStay(Pte))
            MmpDeletePages(Space, Vad, Page, Page + 1);
    }
}

static VOID MmpEmptySpace(PMM_ADDRESS_SPACE Space)
{
    PMM_VAD Next;
    for (PMM_VAD Vad = MmpFirstVadFrom(&Space->Vads, 0); Vad; Vad = Next) {
        Next = MmpNextVad(Vad);
        if (Vad->Kept)
            MmpRestoreView(Space, Vad);
        else
            MmpUnmapVad(Space, Vad);
    }
}

static ULONG MmpCountRegions(PMM_ADDRESS_SPACE Space)
{
    ULONG Count = 0;
    for (ULONG i = 0; i < MM_REGION_BUCKETS; i++) {
        for (PMM_REGION Region = Space->Regions[i]; Region; Region = Region->Next)
            Count++;
    }
    return Count;
}

BOOLEAN MmpCacheSpace(PMM_ADDRESS_SPACE Space)
{
    if (MmpCachedCount == MM_CACHED_SPACES || MmpCountRegions(Space) > MM_CACHED_REGIONS)
        return FALSE;
    MmpEmptySpace(Space);
    ASSERT(Space->CommittedPages == 0 && Space->PrivatePages == 0);
    Space->Process = nullptr;
    MmpCachedSpaces[MmpCachedCount++] = Space;
    return TRUE;
}

PMM_ADDRESS_SPACE MmpTakeCachedSpace(PEPROCESS Process)
{
    if (!MmpCachedCount)
        return nullptr;
    PMM_ADDRESS_SPACE Space = MmpCachedSpaces[--MmpCachedCount];
    Space->Process = Process;
    Space->NextTouch = 0;
    Space->TouchRun = 1;
    Space->PeakVirtualPages = Space->VirtualPages;
    Space->PeakResidentPages = Space->ResidentPages;
    Space->PeakCommittedPages = 0;
    Space->FaultCount = 0;
    MmpInitWorkingSet(Space);
    return Space;
}

BOOLEAN MmpDropCachedSpaces(VOID)
{
    BOOLEAN Any = MmpCachedCount != 0;
    while (MmpCachedCount)
        MmpDeleteAddressSpace(MmpCachedSpaces[--MmpCachedCount]);
    return Any;
}

VOID MmPurgeCaches(VOID)
{
    (VOID) MmpDropCachedSpaces();
    MmReleasePool();
    MmpTrimRegions(&MmpSystemSpace); // tables of addresses that are not in use just now
}
