// Where the pool's pages come from. A region's nonpaged memory is locked when the region is made, so that
// its physical addresses are known and stay.

#include "poolp.h"

static LIST_ENTRY ExpRegions = {&ExpRegions, &ExpRegions};

static PVOID ExpCommit(SIZE_T Size)
{
    PVOID Base = nullptr;
    NTSTATUS Status = NtAllocateVirtualMemory(ZwCurrentProcess(), &Base, 0, &Size,
                                              MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    return NT_SUCCESS(Status) ? Base : nullptr;
}

static VOID ExpRelease(PVOID Base)
{
    SIZE_T Size = 0;
    NtFreeVirtualMemory(ZwCurrentProcess(), &Base, &Size, MEM_RELEASE);
}

static BOOLEAN ExpLockRegion(PEXP_REGION Region, PULONG64 Pfns)
{
    if (!KiIsConnected() || Region->Kind != ExpNonPaged)
        return TRUE; // a program without a connection does no DMA
    if (!NT_SUCCESS(NtHostLockPages(Region->Base, Region->Pages, TRUE, Pfns)))
        return FALSE;
    Region->Pfns = Pfns;
    return NT_SUCCESS(MmpAddRange(Region->Base, Region->Pages, Pfns));
}

static PEXP_REGION ExpAddRegion(ULONG Kind, ULONG Pages)
{
    SIZE_T Tables = sizeof(EXP_REGION) + Pages * (sizeof(EXP_PAGE) + sizeof(ULONG64));
    PEXP_REGION Region = ExpCommit(Tables);
    if (!Region)
        return nullptr;
    Region->Base = ExpCommit((SIZE_T)Pages << PAGE_SHIFT);
    Region->Pages = Region->FreePages = Pages;
    Region->Kind = Kind;
    if (!Region->Base || !ExpLockRegion(Region, (PULONG64)&Region->Page[Pages])) {
        if (Region->Base)
            ExpRelease(Region->Base);
        ExpRelease(Region);
        return nullptr;
    }
    InsertHeadList(&ExpRegions, &Region->Link);
    return Region;
}

// Regions found lately, by address: none shares a unit of the allocation granularity with another. A host that has much in
// memory has hundreds of regions.
enum { ExpGranularityShift = 16, ExpFoundRegions = 256 };
static PEXP_REGION ExpFound[ExpFoundRegions];

static PEXP_REGION *ExpFoundSlot(PVOID Address)
{
    return &ExpFound[((ULONG_PTR)Address >> ExpGranularityShift) % ExpFoundRegions];
}

static BOOLEAN ExpIsInRegion(const EXP_REGION *Region, PVOID Address)
{
    return (SIZE_T)((PUCHAR)Address - Region->Base) < (SIZE_T)Region->Pages << PAGE_SHIFT;
}

PEXP_REGION ExpFindRegion(PVOID Address)
{
    PEXP_REGION *Slot = ExpFoundSlot(Address);
    if (*Slot && ExpIsInRegion(*Slot, Address))
        return *Slot;
    for (PLIST_ENTRY Link = ExpRegions.Flink; Link != &ExpRegions; Link = Link->Flink) {
        PEXP_REGION Region = CONTAINING_RECORD(Link, EXP_REGION, Link);
        if (!ExpIsInRegion(Region, Address))
            continue;
        *Slot = Region;
        return Region;
    }
    return nullptr;
}

// First of Count free pages in a row, or MAXULONG.
static ULONG ExpFindRun(PEXP_REGION Region, ULONG Count)
{
    ULONG Run = 0;
    for (ULONG i = 0; i < Region->Pages; i++) {
        Run = Region->Page[i].State == ExpPageFree ? Run + 1 : 0;
        if (Run == Count)
            return i + 1 - Count;
    }
    return MAXULONG;
}

static PVOID ExpTakeRun(PEXP_REGION Region, ULONG First, ULONG Count)
{
    for (ULONG i = 0; i < Count; i++)
        Region->Page[First + i].State = i ? ExpPageLargeTail : ExpPageLarge;
    Region->FreePages -= Count;
    return Region->Base + ((SIZE_T)First << PAGE_SHIFT);
}

PVOID ExpAllocatePages(ULONG Kind, ULONG Count, PEXP_REGION *Result)
{
    for (PLIST_ENTRY Link = ExpRegions.Flink; Link != &ExpRegions; Link = Link->Flink) {
        PEXP_REGION Region = CONTAINING_RECORD(Link, EXP_REGION, Link);
        if (Region->Kind != Kind || Region->FreePages < Count)
            continue;
        ULONG First = ExpFindRun(Region, Count);
        if (First == MAXULONG)
            continue;
        *Result = Region;
        return ExpTakeRun(Region, First, Count);
    }
    *Result = ExpAddRegion(Kind, Count > ExpRegionPages ? Count : ExpRegionPages);
    return *Result ? ExpTakeRun(*Result, 0, Count) : nullptr;
}

// A region that was made for one large block goes with it.
static VOID ExpDeleteRegion(PEXP_REGION Region)
{
    for (ULONG i = 0; i < ExpFoundRegions; i++) {
        if (ExpFound[i] == Region)
            ExpFound[i] = nullptr;
    }
    RemoveEntryList(&Region->Link);
    if (Region->Pfns) {
        MmpRemoveRange(Region->Base);
        NtHostUnlockPages(Region->Pfns, Region->Pages);
    }
    ExpRelease(Region->Base);
    ExpRelease(Region);
}

VOID ExpFreePages(PEXP_REGION Region, PVOID Base)
{
    PEXP_PAGE Page = ExpPageOf(Region, Base);
    PEXP_PAGE End = &Region->Page[Region->Pages];
    do {
        Page->State = ExpPageFree;
        Region->FreePages++;
        Page++;
    } while (Page < End && Page->State == ExpPageLargeTail);
    if (Region->FreePages == Region->Pages && Region->Pages > ExpRegionPages)
        ExpDeleteRegion(Region);
}
