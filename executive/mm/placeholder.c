// Placeholders: reservations that hold addresses until an allocation or a view takes their place. They
// are cut and joined freely.
#include "mmp.h"

static PMM_VAD MmpFindPlaceholder(PMM_ADDRESS_SPACE Space, ULONG_PTR Start)
{
    PMM_VAD Vad = MmpLookupVad(Space, Start);
    return Vad && Vad->Placeholder && Vad->Start == Start ? Vad : nullptr;
}

static VOID MmpMakePlaceholder(PMM_VAD Vad)
{
    Vad->Type = MmVadPrivate;
    Vad->Protection = Vad->PageProtection = MM_NOACCESS;
    Vad->Committed = Vad->WriteWatch = FALSE;
    Vad->Placeholder = TRUE;
}

NTSTATUS MmpTakePlaceholder(PMM_ADDRESS_SPACE Space, ULONG_PTR Start, ULONG_PTR End)
{
    PMM_VAD Vad = MmpFindPlaceholder(Space, Start);
    if (!Vad || Vad->End != End)
        return STATUS_CONFLICTING_ADDRESSES;
    MmpReleaseVad(Space, Vad);
    return STATUS_SUCCESS;
}

// Give up what is in [Start, End), which becomes a placeholder of its own; what lies around it in the
// allocation stays as it is.
NTSTATUS MmpFreeToPlaceholder(PMM_ADDRESS_SPACE Space, PMM_VAD Vad, ULONG_PTR Start, ULONG_PTR End)
{
    NTSTATUS Status = STATUS_SUCCESS;
    if (Vad->Placeholder && Start == Vad->Start && End == Vad->End)
        return STATUS_CONFLICTING_ADDRESSES; // nothing to cut
    if (End < Vad->End)
        Status = MmpSplitVad(Space, Vad, End);
    if (NT_SUCCESS(Status) && Start > Vad->Start)
        Status = MmpSplitVad(Space, Vad, Start);
    if (!NT_SUCCESS(Status))
        return Status;
    Vad = MmpLookupVad(Space, Start);
    MmpDeletePages(Space, Vad, Start, End);
    MmpMakePlaceholder(Vad);
    return STATUS_SUCCESS;
}

NTSTATUS MmpCoalescePlaceholders(PMM_ADDRESS_SPACE Space, ULONG_PTR Start, ULONG_PTR End)
{
    ULONG_PTR Next = Start;
    ULONG Count = 0;
    for (; Next < End; Count++) {
        PMM_VAD Vad = MmpFindPlaceholder(Space, Next);
        if (!Vad)
            return STATUS_CONFLICTING_ADDRESSES;
        Next = Vad->End;
    }
    if (Next != End || Count < 2)
        return STATUS_CONFLICTING_ADDRESSES;
    PMM_VAD First = MmpFindPlaceholder(Space, Start);
    while (First->End < End) {
        PMM_VAD Other = MmpFindPlaceholder(Space, First->End);
        ULONG_PTR OtherEnd = Other->End;
        MmpReleaseVad(Space, Other);
        Space->VirtualPages += OtherEnd - First->End;
        First->End = OtherEnd;
    }
    return STATUS_SUCCESS;
}

NTSTATUS MmpUnmapToPlaceholder(PMM_ADDRESS_SPACE Space, PMM_VAD Vad)
{
    if (!Vad->Replaced)
        return STATUS_CONFLICTING_ADDRESSES;
    ULONG_PTR Start = Vad->Start, Pages = Vad->End - Start;
    const MM_PLACEMENT Anywhere = {};
    MmpUnmapVad(Space, Vad); // its block is free for the one that follows
    NTSTATUS Status = MmpReserveRange(Space, &Start, Pages, &Anywhere, &Vad);
    if (NT_SUCCESS(Status))
        MmpMakePlaceholder(Vad);
    return Status;
}
