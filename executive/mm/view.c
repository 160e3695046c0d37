// Views of sections.
#include "mmp.h"

static NTSTATUS MmpInsertView(PMM_ADDRESS_SPACE Space, PMM_SEGMENT Segment, PMM_VIEW_REQUEST View,
                              PMM_VAD *Inserted)
{
    PMM_VAD Vad;
    NTSTATUS Status = MmpReserveRange(Space, &View->Start, View->Pages, &View->Placement, &Vad);
    if (!NT_SUCCESS(Status))
        return Status;
    Vad->Type = Segment->Type == MmSegmentImage ? MmVadImage : MmVadView;
    Vad->Protection = Vad->PageProtection = (UCHAR)View->Protection;
    Vad->Inherit = View->Inherit == ViewShare;
    Vad->FirstPage = View->FirstPage;
    Vad->Segment = Segment;
    MmpReferenceSegment(Segment);
    InsertTailList(&Segment->Views, &Vad->ViewLink);
    *Inserted = Vad;
    return STATUS_SUCCESS;
}

// An image goes where it wants to be, else where it fits; there, addresses in it are relocated. One that
// cannot be relocated has its one place.
static NTSTATUS MmpMapImage(PMM_ADDRESS_SPACE Space, PMM_SEGMENT Segment, PMM_VIEW_REQUEST View)
{
    PMM_VAD Vad;
    ULONG_PTR Preferred = Segment->Base >> PAGE_SHIFT;
    ULONG_PTR Asked = View->Start;
    View->FirstPage = 0;
    View->Pages = Segment->PageCount;
    View->Protection = MM_EXECUTE_WRITECOPY;
    if (Asked && Asked != Preferred && !Segment->Relocatable)
        return STATUS_CONFLICTING_ADDRESSES;
    BOOLEAN Fits = Segment->Base >= MM_USER_START && Segment->Base < MM_USER_END &&
                   Segment->PageCount <= (MM_USER_END - Segment->Base) >> PAGE_SHIFT;
    if (!Asked && !Fits && !Segment->Relocatable)
        return STATUS_CONFLICTING_ADDRESSES;
    if (!Asked && Fits)
        View->Start = Preferred;
    NTSTATUS Status = MmpInsertView(Space, Segment, View, &Vad);
    if (Status == STATUS_CONFLICTING_ADDRESSES && !Asked && Segment->Relocatable) {
        View->Start = 0;
        Status = MmpInsertView(Space, Segment, View, &Vad);
    }
    if (!NT_SUCCESS(Status) || View->Start == Preferred)
        return Status;
    return STATUS_IMAGE_NOT_AT_BASE;
}

static NTSTATUS MmpMapData(PMM_ADDRESS_SPACE Space, PMM_SEGMENT Segment, PMM_VIEW_REQUEST View)
{
    PMM_VAD Vad;
    if (!MmpIsCompatible(Segment->Protection, View->Protection))
        return STATUS_SECTION_PROTECTION;
    if (Segment->LargePages) {
        if (!MmpIsLargeRange(View->Start | View->FirstPage, View->Pages))
            return STATUS_MAPPED_ALIGNMENT;
        View->Placement.Alignment = max(View->Placement.Alignment, (ULONG_PTR)MM_REGION_PAGES);
    }
    NTSTATUS Status = MmpInsertView(Space, Segment, View, &Vad);
    if (NT_SUCCESS(Status) && Segment->LargePages) {
        Vad->LargePages = TRUE;
        Status = MmpMapLargeView(Space, Vad);
        if (!NT_SUCCESS(Status))
            MmpUnmapVad(Space, Vad);
        return Status;
    }
    if (!NT_SUCCESS(Status) || !View->CommitPages || !(Segment->Attributes & SEC_RESERVE))
        return Status;
    Status = MmpCommitSegment(Segment, View->FirstPage, View->FirstPage + View->CommitPages);
    if (!NT_SUCCESS(Status))
        MmpUnmapVad(Space, Vad);
    return Status;
}

static NTSTATUS MmpCheckView(PMM_SEGMENT Segment, const MM_VIEW_ARGUMENTS *View, SIZE_T *Size)
{
    ULONG_PTR Granularity = View->Placement.Replace ? PAGE_SIZE : ALLOCATION_GRANULARITY;
    ULONG_PTR Address = (ULONG_PTR)View->Base;
    ULONG64 Offset = (ULONG64)View->Offset.QuadPart;
    if (Address >= MM_USER_END || View->Size > MM_USER_END - Address)
        return STATUS_INVALID_PARAMETER_3;
    if (Address % Granularity || Offset % Granularity)
        return STATUS_MAPPED_ALIGNMENT;
    ULONG64 Whole = Segment->PageCount << PAGE_SHIFT;
    if (Offset >= Whole)
        return STATUS_INVALID_VIEW_SIZE;
    *Size = View->Size;
    if (*Size == 0)
        *Size = Segment->Type == MmSegmentImage ? Whole : Whole - Offset;
    if (*Size > Whole - Offset)
        return STATUS_INVALID_VIEW_SIZE;
    if (Segment->Type != MmSegmentImage && View->CommitSize > *Size)
        return STATUS_INVALID_PARAMETER_5;
    if (Address && (Address < MM_USER_START || *Size > MM_USER_END - Address))
        return STATUS_INVALID_PARAMETER_3;
    return STATUS_SUCCESS;
}

NTSTATUS MmpMapView(PSECTION Section, PEPROCESS Process, PMM_VIEW_ARGUMENTS Arguments)
{
    PMM_SEGMENT Segment = MmpSegmentOf(Section);
    SIZE_T Size;
    if (Process->Exiting)
        return STATUS_PROCESS_IS_TERMINATING;
    NTSTATUS Status = MmpCheckView(Segment, Arguments, &Size);
    if (!NT_SUCCESS(Status))
        return Status;
    MM_VIEW_REQUEST View = {
        .Start = (ULONG_PTR)Arguments->Base >> PAGE_SHIFT,
        .FirstPage = (ULONG_PTR)Arguments->Offset.QuadPart >> PAGE_SHIFT,
        .Pages = MM_PAGES(Size),
        .CommitPages = MM_PAGES(Arguments->CommitSize),
        .Placement = Arguments->Placement,
        .Protection = Arguments->Protection,
        .Inherit = Arguments->Inherit,
    };
    if (Segment->Type == MmSegmentImage)
        Status = MmpMapImage(Process->AddressSpace, Segment, &View);
    else
        Status = MmpMapData(Process->AddressSpace, Segment, &View);
    if (!NT_SUCCESS(Status))
        return Status;
    Arguments->Base = (PVOID)(View.Start << PAGE_SHIFT);
    Arguments->Size = View.Pages << PAGE_SHIFT;
    return Status;
}

NTSTATUS MmMapViewOfSection(PSECTION Section, PEPROCESS Process, PVOID *BaseAddress,
                            ULONG_PTR ZeroBits, SIZE_T CommitSize, PLARGE_INTEGER SectionOffset,
                            PSIZE_T ViewSize, SECTION_INHERIT Inherit, ULONG AllocationType,
                            ULONG Protect)
{
    MM_VIEW_ARGUMENTS View = {
        .Base = *BaseAddress,
        .Size = *ViewSize,
        .CommitSize = CommitSize,
        .Inherit = Inherit,
    };
    if (SectionOffset)
        View.Offset = *SectionOffset;
    if (!MmpPlacementOfZeroBits(ZeroBits, &View.Placement))
        return STATUS_INVALID_PARAMETER_4;
    View.Placement.TopDown = (AllocationType & MEM_TOP_DOWN) != 0;
    if (!MmpProtectionFromWin32(Protect, &View.Protection))
        return STATUS_INVALID_PAGE_PROTECTION;
    NTSTATUS Status = MmpMapView(Section, Process, &View);
    if (!NT_SUCCESS(Status))
        return Status;
    *BaseAddress = View.Base;
    *ViewSize = View.Size;
    return Status;
}

NTSTATUS MmpUnmapView(PEPROCESS Process, PVOID BaseAddress, BOOLEAN KeepPlaceholder)
{
    if (!Process->AddressSpace)
        return STATUS_PROCESS_IS_TERMINATING;
    PMM_VAD Vad = MmpLookupVad(Process->AddressSpace, (ULONG_PTR)BaseAddress >> PAGE_SHIFT);
    if ((ULONG_PTR)BaseAddress >= MM_USER_END || !Vad || !Vad->Segment)
        return STATUS_NOT_MAPPED_VIEW;
    if (Vad->Secured)
        return STATUS_INVALID_PAGE_PROTECTION;
    if (KeepPlaceholder)
        return MmpUnmapToPlaceholder(Process->AddressSpace, Vad);
    MmpUnmapVad(Process->AddressSpace, Vad);
    return STATUS_SUCCESS;
}

NTSTATUS MmUnmapViewOfSection(PEPROCESS Process, PVOID BaseAddress)
{
    return MmpUnmapView(Process, BaseAddress, FALSE);
}
