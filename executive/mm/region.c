// The pages of an address space: software entries by region, and what they hold.
#include "mmp.h"

PMM_REGION MmpFindRegion(PMM_ADDRESS_SPACE Space, ULONG_PTR Page)
{
    ULONG_PTR Index = Page / MM_REGION_PAGES;
    PMM_REGION Region = Space->LastRegion;
    if (Region && Region->Index == Index)
        return Region;
    for (Region = Space->Regions[Index % MM_REGION_BUCKETS]; Region; Region = Region->Next) {
        if (Region->Index == Index) {
            Space->LastRegion = Region;
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
    Region = ExAllocatePoolZero(NonPagedPool, sizeof(*Region), 'gRmM');
    PMM_PFN Pfn = Region ? MmpAllocateFrame(TRUE) : nullptr;
    if (!Pfn) {
        if (Region)
            ExFreePool(Region);
        return nullptr;
    }
    Region->Index = Page / MM_REGION_PAGES;
    Region->Ptes = MmpFrameAddress(Pfn);
    PMM_REGION *Bucket = &Space->Regions[Region->Index % MM_REGION_BUCKETS];
    Region->Next = *Bucket;
    *Bucket = Region;
    Space->LastRegion = Region;
    return Region;
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
        MmpDereferenceFrame(MmpPfn(Pte->Pfn));
    }
    MmpWritePte(Region, Page, (MM_PTE){});
}

static VOID MmpFreeRegion(PMM_REGION Region)
{
    if (Region->Table)
        MmDeleteKernelObject(Region->Table);
    MmpDereferenceFrame(MmpWindowPfn(Region->Ptes));
    ExFreePool(Region);
}

// Drop the regions that nothing is known about any more.
VOID MmpTrimRegions(PMM_ADDRESS_SPACE Space)
{
    Space->LastRegion = nullptr;
    for (ULONG i = 0; i < MM_REGION_BUCKETS; i++) {
        PMM_REGION *Link = &Space->Regions[i];
        while (*Link) {
            PMM_REGION Region = *Link;
            if (Region->Used) {
                Link = &Region->Next;
                continue;
            }
            *Link = Region->Next;
            MmpFreeRegion(Region);
        }
    }
}
