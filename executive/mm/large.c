// Large pages: 2 MiB of memory that is one frame to the kernel. They are there from the start and stay:
// no fault and no trimming touches them. The entries of their pages are valid without a slot of their own;
// the region has the capability.
#include "mmp.h"

constexpr ULONG MmLargeTag = 'gLmM';

typedef struct _MM_LARGE {
    LONG References;
    ULONG Slot; // mapped in the Executive, at MM_LARGE_BASE + physical address
    ULONG_PTR PhysicalAddress;
} MM_LARGE;

// ---- The memory

NTSTATUS MmpCreateLarge(PMM_LARGE *Large)
{
    PMM_LARGE New = ExAllocatePoolZero(NonPagedPool, sizeof(*New), MmLargeTag);
    if (!New)
        return STATUS_INSUFFICIENT_RESOURCES;
    New->References = 1;
    New->Slot = (ULONG)MmCreateKernelObject(seL4_X86_LargePageObject, 0);
    if (!New->Slot) {
        ExFreePool(New);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    New->PhysicalAddress = MmpCap(MmpCap(New->Slot)->Parent)->PhysicalAddress;
    ULONG_PTR Address = MM_LARGE_BASE + New->PhysicalAddress;
    NTSTATUS Status = MmpMapCap(&MmpSystemSpace, New->Slot, Address, TRUE);
    if (!NT_SUCCESS(Status)) {
        MmpDereferenceLarge(New);
        return Status;
    }
    *Large = New;
    return STATUS_SUCCESS;
}

VOID MmpDereferenceLarge(PMM_LARGE Large)
{
    if (--Large->References)
        return;
    MmDeleteKernelObject(Large->Slot);
    ExFreePool(Large);
}

// ---- Mapping

static VOID MmpWriteLargePtes(PMM_ADDRESS_SPACE Space, PMM_REGION Region, MM_PTE New)
{
    ULONG_PTR First = Region->Index * MM_REGION_PAGES;
    for (ULONG_PTR i = 0; i < MM_REGION_PAGES; i++) {
        MM_PTE Old = Region->Ptes[i];
        Space->LockedPages -= Old.Locked && !New.Pfn;
        Space->ResidentPages += (SIZE_T)New.Valid - (SIZE_T)Old.Valid;
        Space->PrivatePages += (SIZE_T)New.Private - (SIZE_T)Old.Private;
        MM_PTE Pte = New;
        Pte.Pfn = New.Pfn ? New.Pfn + i : 0;
        Pte.Locked = Old.Locked && New.Pfn;
        MmpWritePte(Region, First + i, Pte);
    }
    Space->PeakResidentPages = max(Space->PeakResidentPages, Space->ResidentPages);
}

static MM_PTE MmpLargePte(PMM_LARGE Large, ULONG Protection, BOOLEAN Private)
{
    BOOLEAN Readable = (Protection & MM_PROTECT_MASK) != MM_NOACCESS;
    return (MM_PTE){
        .Pfn = Large->PhysicalAddress >> PAGE_SHIFT,
        .Valid = Readable,
        .Writable = MmpIsWritable(Protection),
        .Private = Private,
        .Explicit = 1,
        .Committed = 1,
        .Protection = Protection,
    };
}

NTSTATUS MmpMapLarge(PMM_ADDRESS_SPACE Space, ULONG_PTR Page, PMM_LARGE Large, ULONG Protection,
                     BOOLEAN Private)
{
    PMM_REGION Region = MmpMakeRegion(Space, Page);
    if (!Region)
        return STATUS_NO_MEMORY;
    ASSERT(Page % MM_REGION_PAGES == 0 && !Region->Used);
    if (Region->Table) { // of small pages that are gone
        MmDeleteKernelObject(Region->Table);
        Region->Table = 0;
    }
    ULONG Slot = (ULONG)MmAllocateSlot();
    if (!Slot)
        return STATUS_NO_MEMORY;
    if (MmpCopyCap(Slot, Large->Slot) != seL4_NoError) {
        MmpFreeSlots(Slot, 0);
        return STATUS_NO_MEMORY;
    }
    MM_PTE Pte = MmpLargePte(Large, Protection, Private);
    if (Pte.Valid) {
        NTSTATUS Status = MmpMapCap(Space, Slot, Page << PAGE_SHIFT, (BOOLEAN)Pte.Writable);
        if (!NT_SUCCESS(Status)) {
            MmDeleteSlot(Slot);
            return Status;
        }
    }
    Large->References++;
    Region->Large = Large;
    Region->LargeSlot = Slot;
    MmpWriteLargePtes(Space, Region, Pte);
    return STATUS_SUCCESS;
}

VOID MmpUnmapLarge(PMM_ADDRESS_SPACE Space, PMM_REGION Region)
{
    MmpWriteLargePtes(Space, Region, (MM_PTE){});
    MmDeleteSlot(Region->LargeSlot);
    MmpDereferenceLarge(Region->Large);
    Region->Large = nullptr;
    Region->LargeSlot = 0;
}

BOOLEAN MmpIsLargeRange(ULONG_PTR Start, ULONG_PTR End)
{
    return (Start | End) % MM_REGION_PAGES == 0;
}

NTSTATUS MmpProtectLarge(PMM_ADDRESS_SPACE Space, PMM_VAD Vad, ULONG_PTR Start, ULONG_PTR End,
                         ULONG Protection)
{
    if (!MmpIsLargeRange(Start, End))
        return STATUS_INVALID_PARAMETER;
    if ((Protection & MM_MODE_MASK) || MmpIsCopyOnWrite(Protection))
        return STATUS_INVALID_PAGE_PROTECTION;
    for (ULONG_PTR Page = Start; Page < End; Page += MM_REGION_PAGES) {
        PMM_REGION Region = MmpFindRegion(Space, Page);
        MM_PTE Pte = MmpLargePte(Region->Large, Protection, Vad->Type == MmVadPrivate);
        NTSTATUS Status = STATUS_SUCCESS; // its tables are there: mapping it again cannot fail
        if (Pte.Valid)
            Status = MmpMapCap(Space, Region->LargeSlot, Page << PAGE_SHIFT, (BOOLEAN)Pte.Writable);
        else
            MmpUnmapCap(Region->LargeSlot);
        if (!NT_SUCCESS(Status))
            return Status;
        MmpWriteLargePtes(Space, Region, Pte);
    }
    return STATUS_SUCCESS;
}

// ---- Private memory

// The pages of a new allocation, which goes as a whole when they cannot be had.
NTSTATUS MmpFillLargeVad(PMM_ADDRESS_SPACE Space, PMM_VAD Vad)
{
    NTSTATUS Status = STATUS_SUCCESS;
    for (ULONG_PTR Page = Vad->Start; Page < Vad->End && NT_SUCCESS(Status);
         Page += MM_REGION_PAGES) {
        PMM_LARGE Large;
        Status = MmpCreateLarge(&Large);
        if (!NT_SUCCESS(Status))
            break;
        Status = MmpMapLarge(Space, Page, Large, Vad->PageProtection, TRUE);
        MmpDereferenceLarge(Large);
    }
    return Status;
}

// ---- Sections

NTSTATUS MmpFillLargeSegment(PMM_SEGMENT Segment)
{
    ULONG_PTR Count = Segment->PageCount / MM_REGION_PAGES;
    Segment->LargePages =
        ExAllocatePoolZero(NonPagedPool, Count * sizeof(*Segment->LargePages), MmLargeTag);
    NTSTATUS Status = Segment->LargePages ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
    for (ULONG_PTR i = 0; i < Count && NT_SUCCESS(Status); i++)
        Status = MmpCreateLarge(&Segment->LargePages[i]);
    return Status;
}

VOID MmpEmptyLargeSegment(PMM_SEGMENT Segment)
{
    for (ULONG_PTR i = 0; i < Segment->PageCount / MM_REGION_PAGES; i++) {
        if (Segment->LargePages[i])
            MmpDereferenceLarge(Segment->LargePages[i]);
    }
    ExFreePool(Segment->LargePages);
}

NTSTATUS MmpMapLargeView(PMM_ADDRESS_SPACE Space, PMM_VAD Vad)
{
    NTSTATUS Status = STATUS_SUCCESS;
    for (ULONG_PTR Page = Vad->Start; Page < Vad->End && NT_SUCCESS(Status);
         Page += MM_REGION_PAGES) {
        ULONG_PTR Index = (Vad->FirstPage + (Page - Vad->Start)) / MM_REGION_PAGES;
        Status = MmpMapLarge(Space, Page, Vad->Segment->LargePages[Index], Vad->Protection, FALSE);
    }
    return Status;
}
