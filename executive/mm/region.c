// The pages of an address space: software entries by region, and what they hold.
#include "mmp.h"

static VOID MmpRememberRegion(PMM_ADDRESS_SPACE Space, PMM_REGION Region)
{
    Space->RecentRegions[Region->Index % MM_RECENT_REGIONS] = Region;
}

PMM_REGION MmpSearchRegion(PMM_ADDRESS_SPACE Space, ULONG_PTR Page)
{
    ULONG_PTR Index = Page / MM_REGION_PAGES;
    PMM_REGION Region;
    for (Region = Space->Regions[Index % MM_REGION_BUCKETS]; Region; Region = Region->Next) {
        if (Region->Index == Index) {
            MmpRememberRegion(Space, Region);
            return Region;
        }
    }
    return nullptr;
}

PMM_REGION MmpMakeRegion(PMM_ADDRESS_SPACE Space, ULONG_PTR Page)
{
    PMM_REGION Region = MmpFindRegion(Space, Page);
    if (Region)
        return Region;
    if (!NT_SUCCESS(MmpChargeCommit(nullptr, MM_REGION_COST)))
        return nullptr;
    Region = ExAllocatePoolZero(NonPagedPool, sizeof(*Region), 'gRmM');
    PMM_PFN Pfn = Region ? MmpAllocateFrame(TRUE) : nullptr;
    if (!Pfn) {
        if (Region)
            ExFreePool(Region);
        MmpReturnCommit(nullptr, MM_REGION_COST);
        return nullptr;
    }
    Region->Index = Page / MM_REGION_PAGES;
    Region->Ptes = MmpFrameAddress(Pfn);
    PMM_REGION *Bucket = &Space->Regions[Region->Index % MM_REGION_BUCKETS];
    Region->Next = *Bucket;
    *Bucket = Region;
    MmpRememberRegion(Space, Region);
    Space->RegionCount++;
    return Region;
}

BOOLEAN MmpMakeRegions(PMM_ADDRESS_SPACE Space, ULONG_PTR Start, ULONG_PTR End)
{
    for (ULONG_PTR Page = Start; Page < End; Page = MmpRegionEnd(Page, End)) {
        if (!MmpMakeRegion(Space, Page))
            return FALSE;
    }
    return TRUE;
}

// A range may be much larger than what is known of it: after as many misses as there are regions it
// is cheaper to look at these.
ULONG_PTR MmpNextKnownPage(PMM_ADDRESS_SPACE Space, ULONG_PTR Page, ULONG_PTR End)
{
    for (ULONG Misses = 0; Page < End && Misses <= Space->RegionCount; Misses++) {
        if (MmpFindRegion(Space, Page))
            return Page;
        Page = MmpRegionEnd(Page, End);
    }
    ULONG_PTR Next = End;
    for (ULONG i = 0; i < MM_REGION_BUCKETS && Page < End; i++) {
        for (PMM_REGION Region = Space->Regions[i]; Region; Region = Region->Next) {
            ULONG_PTR First = Region->Index * MM_REGION_PAGES;
            if (First >= Page)
                Next = min(Next, First);
        }
    }
    return Next;
}

VOID MmpWritePte(PMM_REGION Region, ULONG_PTR Page, MM_PTE New)
{
    PMM_PTE Pte = &Region->Ptes[Page % MM_REGION_PAGES];
    Region->Used += (New.Long != 0) - (Pte->Long != 0);
    *Pte = New;
}

// A frame's own capability serves its first mapping, so a page that one process uses needs no copy.
static ULONG MmpTakeFrameSlot(PMM_PFN Pfn)
{
    if (!(Pfn->Flags & MM_PFN_SLOT_BUSY)) {
        Pfn->Flags |= MM_PFN_SLOT_BUSY;
        return Pfn->Slot;
    }
    MmpMaintainSlots();
    ULONG Slot = MmpAllocateSlots(0);
    if (!Slot)
        return 0;
    if (MmpCopyCap(Slot, Pfn->Slot) != seL4_NoError) {
        MmpFreeSlots(Slot, 0);
        return 0;
    }
    MmpCap(Slot)->State = MmCapMapping;
    return Slot;
}

static VOID MmpReturnFrameSlot(PMM_PFN Pfn, ULONG Slot)
{
    if (Slot == Pfn->Slot) {
        MmpUnmapCap(Slot);
        Pfn->Flags &= (UCHAR)~MM_PFN_SLOT_BUSY;
    } else {
        MmpDeleteCap(Slot);
        MmpFreeSlots(Slot, 0);
    }
}

VOID MmpInvalidatePte(PMM_ADDRESS_SPACE Space, PMM_PTE Pte)
{
    if (!Pte->Valid)
        return;
    MmpReturnFrameSlot(MmpPfn(Pte->Pfn), (ULONG)Pte->Slot);
    Pte->Valid = Pte->Writable = 0;
    Pte->Slot = 0;
    Space->ResidentPages--;
}

NTSTATUS MmpValidatePte(PMM_ADDRESS_SPACE Space, PMM_REGION Region, ULONG_PTR Page, BOOLEAN Write)
{
    PMM_PTE Pte = &Region->Ptes[Page % MM_REGION_PAGES];
    ULONG Slot = Pte->Valid ? (ULONG)Pte->Slot : MmpTakeFrameSlot(MmpPfn(Pte->Pfn));
    if (!Slot)
        return STATUS_NO_MEMORY;
    NTSTATUS Status = MmpMapCap(Space, Slot, Page << PAGE_SHIFT, Write);
    if (!NT_SUCCESS(Status)) {
        MmpReturnFrameSlot(MmpPfn(Pte->Pfn), Slot);
        return Status;
    }
    if (!Pte->Valid && ++Space->ResidentPages > Space->PeakResidentPages)
        Space->PeakResidentPages = Space->ResidentPages;
    Pte->Slot = Slot;
    Pte->Valid = 1;
    Pte->Writable = Write;
    return STATUS_SUCCESS;
}

VOID MmpClearPte(PMM_ADDRESS_SPACE Space, PMM_REGION Region, ULONG_PTR Page)
{
    PMM_PTE Pte = &Region->Ptes[Page % MM_REGION_PAGES];
    if (!Pte->Long)
        return;
    if (Pte->Pfn) {
        MmpInvalidatePte(Space, Pte);
        if (Pte->Private)
            Space->PrivatePages--;
        if (Pte->Locked)
            Space->LockedPages--;
        MmpDereferenceFrame(MmpPfn(Pte->Pfn));
    }
    MmpWritePte(Region, Page, (MM_PTE){});
}

static VOID MmpFreeRegion(PMM_ADDRESS_SPACE Space, PMM_REGION Region)
{
    Space->RegionCount--;
    MmpReturnCommit(nullptr, MM_REGION_COST);
    if (Region->Table)
        MmDeleteKernelObject(Region->Table);
    MmpDereferenceFrame(MmpWindowPfn(Region->Ptes));
    ExFreePool(Region);
}

// Drop the regions that nothing is known about any more.
VOID MmpTrimRegions(PMM_ADDRESS_SPACE Space)
{
    memset(Space->RecentRegions, 0, sizeof(Space->RecentRegions));
    for (ULONG i = 0; i < MM_REGION_BUCKETS; i++) {
        PMM_REGION *Link = &Space->Regions[i];
        while (*Link) {
            PMM_REGION Region = *Link;
            if (Region->Used) {
                Link = &Region->Next;
                continue;
            }
            *Link = Region->Next;
            MmpFreeRegion(Space, Region);
        }
    }
}
