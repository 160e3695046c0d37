// Page faults, from programs and from the Executive's own accesses to user memory.
#include "mmp.h"

enum { MM_LONGEST_RUN = 16 }; // pages that one fault may bring in

// A private page of zeros.
static NTSTATUS MmpGiveZeroPage(PMM_ADDRESS_SPACE Space, PMM_REGION Region, ULONG_PTR Page,
                                BOOLEAN Write)
{
    PMM_PFN Pfn = MmpAllocateFrame(TRUE);
    if (!Pfn)
        return STATUS_NO_MEMORY;
    Pfn->Owner = Space;
    Pfn->OwnerIndex = Page;
    MM_PTE New = Region->Ptes[Page % MM_REGION_PAGES];
    New.Pfn = MmpPfnNumber(Pfn);
    New.Private = 1;
    MmpWritePte(Region, Page, New);
    Space->PrivatePages++;
    return MmpValidatePte(Space, Region, Page, Write);
}

// May the page be given ahead of its fault? It has to be as the one that faulted, and without a frame.
static BOOLEAN MmpIsAlike(PMM_VAD Vad, PMM_REGION Region, ULONG_PTR Page, ULONG Protection)
{
    const MM_PTE *Pte = &Region->Ptes[Page % MM_REGION_PAGES];
    if (Pte->Pfn)
        return FALSE;
    MM_PAGE_STATE State = MmpPageState(Vad, Pte, Page);
    return State.Committed && State.Protection == Protection;
}

// A process that touches one page after another gets more with each fault, in the same region.
static NTSTATUS MmpDemandZero(PMM_ADDRESS_SPACE Space, PMM_VAD Vad, PMM_REGION Region,
                              ULONG_PTR Page, ULONG Protection, BOOLEAN Write)
{
    BOOLEAN MapWritable = MmpIsWritable(Protection) && (Write || !Vad->WriteWatch);
    NTSTATUS Status = MmpGiveZeroPage(Space, Region, Page, MapWritable);
    if (!NT_SUCCESS(Status))
        return Status;
    BOOLEAN Sequential = Page == Space->NextTouch;
    Space->TouchRun = Sequential ? min(Space->TouchRun * 2, (ULONG)MM_LONGEST_RUN) : 1;
    ULONG_PTR End = Vad->WriteWatch ? Page + 1 : min(Page + Space->TouchRun, Vad->End);
    ULONG_PTR Next = Page + 1;
    for (; Next < End && Next % MM_REGION_PAGES; Next++) {
        if (!MmpIsAlike(Vad, Region, Next, Protection) ||
            !NT_SUCCESS(MmpGiveZeroPage(Space, Region, Next, MapWritable)))
            break;
    }
    Space->NextTouch = Next;
    return STATUS_SUCCESS;
}

// Replace a shared page by a copy of its own.
static NTSTATUS MmpCopyOnWrite(PMM_ADDRESS_SPACE Space, PMM_REGION Region, ULONG_PTR Page,
                               PMM_PFN Source, ULONG Protection)
{
    NTSTATUS Status = MmpChargeCommit(Space, 1);
    if (!NT_SUCCESS(Status))
        return Status;
    PMM_PFN Pfn = MmpAllocateFrame(FALSE);
    if (!Pfn) {
        MmpReturnCommit(Space, 1);
        return STATUS_NO_MEMORY;
    }
    __movsq(MmpFrameAddress(Pfn), MmpFrameAddress(Source), PAGE_SIZE / sizeof(ULONG64));
    ULONG64 Locked = Region->Ptes[Page % MM_REGION_PAGES].Locked;
    MmpClearPte(Space, Region, Page);
    Pfn->Owner = Space;
    Pfn->OwnerIndex = Page;
    MmpWritePte(Region, Page,
                (MM_PTE){.Pfn = MmpPfnNumber(Pfn),
                         .Private = 1,
                         .Explicit = 1,
                         .Committed = 1,
                         .Locked = Locked,
                         .Protection = Protection - 1}); // write copy becomes read and write
    Space->PrivatePages++;
    Space->LockedPages += Locked;
    return MmpValidatePte(Space, Region, Page, TRUE);
}

static NTSTATUS MmpMapSegmentPage(PMM_ADDRESS_SPACE Space, PMM_REGION Region, ULONG_PTR Page,
                                  PMM_PFN Frame, BOOLEAN Write)
{
    MM_PTE New = Region->Ptes[Page % MM_REGION_PAGES];
    MmpReferenceFrame(Frame);
    New.Pfn = MmpPfnNumber(Frame);
    MmpWritePte(Region, Page, New);
    return MmpValidatePte(Space, Region, Page, Write);
}

// An image page in a view that is not at the segment's base, with addresses in it.
static NTSTATUS MmpMapRelocatedPage(PMM_ADDRESS_SPACE Space, PMM_VAD Vad, PMM_REGION Region,
                                    ULONG_PTR Page, ULONG Protection)
{
    ULONG_PTR Base = (Vad->Start - Vad->FirstPage) << PAGE_SHIFT;
    NTSTATUS Status = MmpChargeCommit(Space, 1);
    if (!NT_SUCCESS(Status))
        return Status;
    PMM_PFN Pfn;
    Status = MmpRelocatedFrame(Vad->Segment, Vad->FirstPage + (Page - Vad->Start), Base, &Pfn);
    if (!NT_SUCCESS(Status)) {
        MmpReturnCommit(Space, 1);
        return Status;
    }
    Pfn->Owner = Space;
    Pfn->OwnerIndex = Page;
    if (MmpIsCopyOnWrite(Protection))
        Protection -= 1;
    MmpWritePte(Region, Page,
                (MM_PTE){.Pfn = MmpPfnNumber(Pfn),
                         .Private = 1,
                         .Explicit = 1,
                         .Committed = 1,
                         .Protection = Protection});
    Space->PrivatePages++;
    return MmpValidatePte(Space, Region, Page, MmpIsWritable(Protection));
}

// Pages around the faulting one that are in memory anyway are mapped with it: the next ones of a
// program's code are likely to be wanted.
static VOID MmpMapAround(PMM_ADDRESS_SPACE Space, PMM_VAD Vad, PMM_REGION Region, ULONG_PTR Page,
                         ULONG Protection)
{
    ULONG_PTR Start = max(ALIGN_DOWN_BY(Page, MM_LONGEST_RUN), Vad->Start);
    ULONG_PTR End = min(ALIGN_DOWN_BY(Page, MM_LONGEST_RUN) + MM_LONGEST_RUN, Vad->End);
    for (ULONG_PTR Other = Start; Other < End; Other++) {
        if (Region->Ptes[Other % MM_REGION_PAGES].Long)
            continue;
        ULONG_PTR SegmentPage = Vad->FirstPage + (Other - Vad->Start);
        PMM_PROTO Proto = MmpSegmentProto(Vad->Segment, SegmentPage, FALSE);
        if (!Proto || !Proto->Pfn || MmpPageState(Vad, nullptr, Other).Protection != Protection)
            continue;
        if (!NT_SUCCESS(MmpMapSegmentPage(Space, Region, Other, MmpPfn(Proto->Pfn), FALSE)))
            return;
    }
}

// A view of a file whose changed pages have to be written.
static BOOLEAN MmpIsWatched(PMM_VAD Vad)
{
    return Vad->Type == MmVadView && Vad->Segment->Stream;
}

static NTSTATUS MmpSegmentFault(PMM_ADDRESS_SPACE Space, PMM_VAD Vad, PMM_REGION Region,
                                ULONG_PTR Page, ULONG Protection, BOOLEAN Write)
{
    ULONG_PTR SegmentPage = Vad->FirstPage + (Page - Vad->Start);
    PMM_SEGMENT Segment = Vad->Segment;
    BOOLEAN OffBase =
        Vad->Type == MmVadImage && (Vad->Start - Vad->FirstPage) << PAGE_SHIFT != Segment->Base;
    if (OffBase && MmpIsPageRelocated(Segment, SegmentPage))
        return MmpMapRelocatedPage(Space, Vad, Region, Page, Protection);
    PMM_PFN Frame;
    NTSTATUS Status = MmpSegmentFrame(Segment, SegmentPage, &Frame);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Write && MmpIsCopyOnWrite(Protection))
        return MmpCopyOnWrite(Space, Region, Page, Frame, Protection);
    // The first write to a page of a file is noticed.
    BOOLEAN Watched = MmpIsWatched(Vad) && !Write;
    Status = MmpMapSegmentPage(Space, Region, Page, Frame, MmpIsWritable(Protection) && !Watched);
    if (NT_SUCCESS(Status) && !MmpIsWritable(Protection) && !OffBase)
        MmpMapAround(Space, Vad, Region, Page, Protection);
    return Status;
}

// The page is in memory, but not mapped, or not for writing.
static NTSTATUS MmpResidentFault(PMM_ADDRESS_SPACE Space, PMM_REGION Region, ULONG_PTR Page,
                                 ULONG Protection, BOOLEAN Write)
{
    PMM_PTE Pte = &Region->Ptes[Page % MM_REGION_PAGES];
    if (Write && MmpIsCopyOnWrite(Protection))
        return MmpCopyOnWrite(Space, Region, Page, MmpPfn(Pte->Pfn), Protection);
    return MmpValidatePte(Space, Region, Page,
                          Write || (MmpIsWritable(Protection) && Pte->Written));
}

static BOOLEAN MmpIsAllowed(ULONG Protection, BOOLEAN Write)
{
    if (Write)
        return MmpIsWritable(Protection) || MmpIsCopyOnWrite(Protection);
    return (Protection & MM_PROTECT_MASK) != MM_NOACCESS;
}

NTSTATUS MmpAccessFault(PMM_ADDRESS_SPACE Space, ULONG_PTR Address, BOOLEAN Write)
{
    ULONG_PTR Page = Address >> PAGE_SHIFT;
    if (Address >= MM_USER_END)
        return STATUS_ACCESS_VIOLATION;
    Space->FaultCount++;
    PMM_PTE Pte = MmpFindPte(Space, Page);
    if (Pte && Pte->Valid && (!Write || Pte->Writable))
        return STATUS_SUCCESS; // another thread was first

    PMM_VAD Vad = MmpLookupVad(Space, Page);
    if (!Vad)
        return STATUS_ACCESS_VIOLATION;
    MM_PAGE_STATE State = MmpPageState(Vad, Pte, Page);
    if (!State.Committed || !MmpIsAllowed(State.Protection, Write))
        return STATUS_ACCESS_VIOLATION;
    if (MmpIsGuard(State.Protection))
        return MmpGuardFault(Space, Vad, Page, Write);

    PMM_REGION Region = MmpMakeRegion(Space, Page);
    if (!Region)
        return STATUS_NO_MEMORY;
    Pte = &Region->Ptes[Page % MM_REGION_PAGES];
    NTSTATUS Status;
    if (Vad->Type == MmVadAlias)
        Status = MmpAliasFault(Space, Vad, Region, Page, Write);
    else if (Vad->Type == MmVadDevice)
        Status = STATUS_ACCESS_VIOLATION; // mapped as a whole: no fault of its is ours to mend
    else if (Pte->Pfn)
        Status = MmpResidentFault(Space, Region, Page, State.Protection, Write);
    else if (Vad->Type == MmVadPrivate)
        Status = MmpDemandZero(Space, Vad, Region, Page, State.Protection, Write);
    else
        Status = MmpSegmentFault(Space, Vad, Region, Page, State.Protection, Write);
    if (NT_SUCCESS(Status) && Write && Vad->WriteWatch)
        MmpFindPte(Space, Page)->Written = 1;
    if (NT_SUCCESS(Status) && Write && MmpIsWatched(Vad) && !MmpFindPte(Space, Page)->Private)
        CcDirtySectionPage(Vad->Segment->Stream, Vad->FirstPage + (Page - Vad->Start));
    return Status;
}

NTSTATUS MmAccessFault(PMM_ADDRESS_SPACE Space, ULONG_PTR Address, BOOLEAN Write)
{
    NTSTATUS Status;
    while ((Status = MmpAccessFault(Space, Address, Write)) == MM_STATUS_MISSING) {
        Status = MmpFetchMissingPage(Space);
        if (!NT_SUCCESS(Status))
            break;
    }
    return Status;
}
