// Pages of the Executive with addresses one after another: fiber stacks, large pool blocks.
#include "mmp.h"

enum { MM_SYSTEM_PAGES = (MM_SYSTEM_END - MM_SYSTEM_BASE) >> PAGE_SHIFT };

static ULONG MmpSystemMap[MM_SYSTEM_PAGES / 32]; // addresses in use
static ULONG MmpSystemHint;

static BOOLEAN MmpIsSystemPageUsed(ULONG Page)
{
    return MmpSystemMap[Page / 32] >> Page % 32 & 1;
}

static VOID MmpMarkSystemPages(ULONG First, ULONG Count, BOOLEAN Used)
{
    for (ULONG Page = First; Page < First + Count; Page++) {
        if (Used)
            MmpSystemMap[Page / 32] |= 1u << Page % 32;
        else
            MmpSystemMap[Page / 32] &= ~(1u << Page % 32);
    }
}

// First run of Count unused pages from Start on, or MM_SYSTEM_PAGES.
static ULONG MmpFindSystemRun(ULONG Start, ULONG Count)
{
    ULONG Run = 0;
    for (ULONG Page = Start; Page < MM_SYSTEM_PAGES; Page++) {
        Run = MmpIsSystemPageUsed(Page) ? 0 : Run + 1;
        if (Run == Count)
            return Page + 1 - Count;
    }
    return MM_SYSTEM_PAGES;
}

static NTSTATUS MmpBackSystemPage(ULONG_PTR Page)
{
    PMM_REGION Region = MmpMakeRegion(&MmpSystemSpace, Page);
    PMM_PFN Pfn = Region ? MmpAllocateFrame(FALSE) : nullptr;
    if (!Pfn)
        return STATUS_NO_MEMORY;
    MmpWritePte(Region, Page, (MM_PTE){.Pfn = MmpPfnNumber(Pfn), .Private = 1});
    MmpSystemSpace.PrivatePages++;
    NTSTATUS Status = MmpValidatePte(&MmpSystemSpace, Region, Page, TRUE);
    if (!NT_SUCCESS(Status))
        MmpClearPte(&MmpSystemSpace, Region, Page);
    return Status;
}

VOID MmFreeSystemPages(PVOID Address, ULONG Count)
{
    ULONG_PTR First = (ULONG_PTR)Address >> PAGE_SHIFT;
    for (ULONG_PTR Page = First; Page < First + Count; Page++) {
        PMM_REGION Region = MmpFindRegion(&MmpSystemSpace, Page);
        if (Region)
            MmpClearPte(&MmpSystemSpace, Region, Page);
    }
    ULONG Guard = (ULONG)(First - (MM_SYSTEM_BASE >> PAGE_SHIFT)) - 1;
    MmpMarkSystemPages(Guard, Count + 1, FALSE);
    MmpSystemHint = min(MmpSystemHint, Guard);
}

// Addresses for Count pages, with one below that stays unmapped: the number of that one, or MM_SYSTEM_PAGES.
static ULONG MmpTakeSystemRun(ULONG Count)
{
    ULONG Guard = MmpFindSystemRun(MmpSystemHint, Count + 1);
    if (Guard == MM_SYSTEM_PAGES)
        Guard = MmpFindSystemRun(0, Count + 1);
    if (Guard == MM_SYSTEM_PAGES)
        return Guard;
    MmpMarkSystemPages(Guard, Count + 1, TRUE);
    MmpSystemHint = Guard + Count + 1;
    return Guard;
}

static NTSTATUS MmpShowPage(ULONG_PTR Page, PMM_PFN Pfn)
{
    PMM_REGION Region = MmpMakeRegion(&MmpSystemSpace, Page);
    if (!Region)
        return STATUS_NO_MEMORY;
    MmpReferenceFrame(Pfn);
    MmpWritePte(Region, Page, (MM_PTE){.Pfn = MmpPfnNumber(Pfn)});
    NTSTATUS Status = MmpValidatePte(&MmpSystemSpace, Region, Page, FALSE);
    if (!NT_SUCCESS(Status))
        MmpClearPte(&MmpSystemSpace, Region, Page);
    return Status;
}

PVOID MmShowCachePages(PVOID *Pages, ULONG Count)
{
    ULONG Guard = MmpTakeSystemRun(Count);
    if (Guard == MM_SYSTEM_PAGES)
        return nullptr;
    ULONG_PTR First = (MM_SYSTEM_BASE >> PAGE_SHIFT) + Guard + 1;
    for (ULONG i = 0; i < Count; i++) {
        if (NT_SUCCESS(MmpShowPage(First + i, MmpWindowPfn(Pages[i]))))
            continue;
        MmFreeSystemPages((PVOID)(First << PAGE_SHIFT), Count);
        return nullptr;
    }
    return (PVOID)(First << PAGE_SHIFT);
}

VOID MmHideCachePages(PVOID Address, ULONG Count)
{
    MmFreeSystemPages(Address, Count);
}

// The page below stays unmapped: it ends a stack that grows too far.
PVOID MmAllocateSystemPages(ULONG Count)
{
    ULONG Guard = MmpTakeSystemRun(Count);
    if (Guard == MM_SYSTEM_PAGES)
        return nullptr;
    ULONG_PTR First = (MM_SYSTEM_BASE >> PAGE_SHIFT) + Guard + 1;
    PVOID Address = (PVOID)(First << PAGE_SHIFT);
    for (ULONG_PTR Page = First; Page < First + Count; Page++) {
        if (NT_SUCCESS(MmpBackSystemPage(Page)))
            continue;
        MmFreeSystemPages(Address, Count);
        return nullptr;
    }
    return Address;
}

PVOID MmAllocateSharedPages(ULONG Count)
{
    if (!NT_SUCCESS(MmpChargeCommit(nullptr, Count)))
        return nullptr;
    PVOID Address = MmAllocateSystemPages(Count);
    if (!Address)
        MmpReturnCommit(nullptr, Count);
    return Address;
}

VOID MmFreeSharedPages(PVOID Address, ULONG Count)
{
    MmFreeSystemPages(Address, Count);
    MmpReturnCommit(nullptr, Count);
}

seL4_CPtr MmSystemPageCap(PVOID Address)
{
    return MmpFindPte(&MmpSystemSpace, (ULONG_PTR)Address >> PAGE_SHIFT)->Slot;
}
