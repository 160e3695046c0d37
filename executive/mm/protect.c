// Page protections: their values, and changing them.
#include "mmp.h"

typedef struct _MM_PROTECTION_NAME {
    ULONG Win32;
    UCHAR Protection;
} MM_PROTECTION_NAME;

static const MM_PROTECTION_NAME MmpProtections[] = {
    {PAGE_NOACCESS, MM_NOACCESS},
    {PAGE_READONLY, MM_READONLY},
    {PAGE_READWRITE, MM_READWRITE},
    {PAGE_WRITECOPY, MM_WRITECOPY},
    {PAGE_EXECUTE, MM_EXECUTE},
    {PAGE_EXECUTE_READ, MM_EXECUTE_READ},
    {PAGE_EXECUTE_READWRITE, MM_EXECUTE_READWRITE},
    {PAGE_EXECUTE_WRITECOPY, MM_EXECUTE_WRITECOPY},
};

BOOLEAN MmpProtectionFromWin32(ULONG Win32, PULONG Protection)
{
    // Control flow guard targets are not kept; the bit is accepted.
    constexpr ULONG Modes = PAGE_GUARD | PAGE_NOCACHE | PAGE_WRITECOMBINE;
    constexpr ULONG Modifiers = Modes | PAGE_TARGETS_INVALID;
    ULONG Mode = Win32 & Modes;
    if (Mode & (Mode - 1)) // one of them at most
        return FALSE;
    for (ULONG i = 0; i < RTL_NUMBER_OF(MmpProtections); i++) {
        if (MmpProtections[i].Win32 != (Win32 & ~Modifiers))
            continue;
        ULONG Value = MmpProtections[i].Protection;
        if (Mode && Value == MM_NOACCESS)
            return FALSE;
        if (Mode == PAGE_GUARD)
            Value |= MM_GUARD;
        else if (Mode == PAGE_NOCACHE)
            Value |= MM_NOCACHE;
        else if (Mode == PAGE_WRITECOMBINE)
            Value |= MM_WRITECOMBINE;
        *Protection = Value;
        return TRUE;
    }
    return FALSE;
}

ULONG MmpProtectionToWin32(ULONG Protection)
{
    ULONG Win32 = 0;
    for (ULONG i = 0; i < RTL_NUMBER_OF(MmpProtections); i++) {
        if (MmpProtections[i].Protection == (Protection & MM_PROTECT_MASK))
            Win32 = MmpProtections[i].Win32;
    }
    switch (Protection & MM_MODE_MASK) {
    case MM_GUARD:
        return Win32 | PAGE_GUARD;
    case MM_NOCACHE:
        return Win32 | PAGE_NOCACHE;
    case MM_WRITECOMBINE:
        return Win32 | PAGE_WRITECOMBINE;
    default:
        return Win32;
    }
}

// What a page counts as, from its entry or else from its VAD.
MM_PAGE_STATE MmpPageState(PMM_VAD Vad, const MM_PTE *Pte, ULONG_PTR Page)
{
    if (Pte && Pte->Explicit)
        return (MM_PAGE_STATE){(BOOLEAN)Pte->Committed, (ULONG)Pte->Protection};
    ULONG_PTR SegmentPage = Vad->FirstPage + (Page - Vad->Start);
    switch (Vad->Type) {
    case MmVadView:
        return (MM_PAGE_STATE){MmpIsSegmentPageCommitted(Vad->Segment, SegmentPage),
                               Vad->Protection};
    case MmVadImage: {
        PMM_SUBSECTION Subsection = MmpSubsectionOf(Vad->Segment, SegmentPage);
        return (MM_PAGE_STATE){TRUE, Subsection ? Subsection->Protection : MM_NOACCESS};
    }
    default:
        return (MM_PAGE_STATE){Vad->Committed, Vad->PageProtection};
    }
}

static BOOLEAN MmpIsReadable(ULONG Protection)
{
    ULONG Kind = Protection & MM_PROTECT_MASK;
    return Kind != MM_NOACCESS && Kind != MM_EXECUTE;
}

static BOOLEAN MmpIsExecutable(ULONG Protection)
{
    return (Protection & MM_EXECUTE) != 0; // a bit of its own
}
static_assert(MM_EXECUTE == 2);
static_assert(MM_EXECUTE_READ == 3);
static_assert(MM_READWRITE == 4);
static_assert(MM_EXECUTE_READWRITE == 6);

BOOLEAN MmpIsCompatible(ULONG Given, ULONG Wanted)
{
    return (!MmpIsReadable(Wanted) || MmpIsReadable(Given)) &&
           (!MmpIsExecutable(Wanted) || MmpIsExecutable(Given)) &&
           (!MmpIsWritable(Wanted) || MmpIsWritable(Given));
}

// A view of shared pages may not be given more rights than its section; a view that copies on write
// takes "read and write" as "read and copy".
static NTSTATUS MmpViewProtection(PMM_VAD Vad, PULONG Protection)
{
    ULONG Kind = *Protection & MM_PROTECT_MASK;
    if (Vad->Type == MmVadImage || MmpIsCopyOnWrite(Vad->Protection)) {
        if (MmpIsWritable(Kind))
            *Protection = (*Protection & ~(ULONG)MM_PROTECT_MASK) | (Kind + 1);
        return STATUS_SUCCESS;
    }
    return MmpIsCompatible(Vad->Protection, Kind) ? STATUS_SUCCESS : STATUS_SECTION_PROTECTION;
}
static_assert(MM_READWRITE + 1 == MM_WRITECOPY);
static_assert(MM_EXECUTE_READWRITE + 1 == MM_EXECUTE_WRITECOPY);

NTSTATUS MmpProtectPage(PMM_ADDRESS_SPACE Space, PMM_VAD Vad, ULONG_PTR Page, ULONG Protection)
{
    PMM_REGION Region = MmpMakeRegion(Space, Page);
    if (!Region)
        return STATUS_NO_MEMORY;
    PMM_PTE Pte = &Region->Ptes[Page % MM_REGION_PAGES];
    // A page that was copied already is the process's own.
    if (Pte->Private && MmpIsCopyOnWrite(Protection))
        Protection -= 1;
    MM_PTE New = *Pte;
    New.Explicit = New.Committed = 1;
    New.Protection = Protection;
    BOOLEAN Readable = (Protection & MM_PROTECT_MASK) != MM_NOACCESS && !MmpIsGuard(Protection);
    BOOLEAN Writable = MmpIsWritable(Protection) && !(Vad->WriteWatch && !Pte->Written) &&
                       !(Vad->Type == MmVadView && Vad->Segment->Stream);
    MmpWritePte(Region, Page, New);
    if (!Pte->Valid)
        return STATUS_SUCCESS;
    if (!Readable)
        MmpInvalidatePte(Space, Pte);
    else if ((BOOLEAN)Pte->Writable != Writable)
        return MmpValidatePte(Space, Region, Page, Writable);
    return STATUS_SUCCESS;
}

static BOOLEAN MmpIsRangeCommitted(PMM_ADDRESS_SPACE Space, PMM_VAD Vad, ULONG_PTR Start,
                                   ULONG_PTR End)
{
    for (ULONG_PTR Page = Start; Page < End; Page++) {
        if (!MmpPageState(Vad, MmpFindPte(Space, Page), Page).Committed)
            return FALSE;
    }
    return TRUE;
}

NTSTATUS MmpProtectPages(PMM_ADDRESS_SPACE Space, PMM_VAD Vad, ULONG_PTR Start, ULONG_PTR End,
                         ULONG Protection, PULONG OldProtection)
{
    if (Vad->Secured || Vad->Type == MmVadShared)
        return STATUS_INVALID_PAGE_PROTECTION;
    if (!MmpIsRangeCommitted(Space, Vad, Start, End))
        return STATUS_NOT_COMMITTED;
    if (Vad->Type == MmVadPrivate) {
        if (MmpIsCopyOnWrite(Protection))
            return STATUS_INVALID_PAGE_PROTECTION;
    } else {
        NTSTATUS Status = MmpViewProtection(Vad, &Protection);
        if (!NT_SUCCESS(Status))
            return Status;
    }
    if (!MmpMakeRegions(Space, Start, End))
        return STATUS_NO_MEMORY;
    *OldProtection = MmpPageState(Vad, MmpFindPte(Space, Start), Start).Protection;
    if (Vad->LargePages)
        return MmpProtectLarge(Space, Vad, Start, End, Protection);
    for (ULONG_PTR Page = Start; Page < End; Page++) {
        NTSTATUS Status = MmpProtectPage(Space, Vad, Page, Protection);
        if (!NT_SUCCESS(Status))
            return Status;
    }
    return STATUS_SUCCESS;
}
