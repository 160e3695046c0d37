// Section objects and their views.
#include "mmp.h"

typedef struct _SECTION {
    PMM_SEGMENT Segment;
} SECTION;

POBJECT_TYPE MmSectionObjectType;

static VOID MmpDeleteSection(PVOID Object)
{
    PSECTION Section = Object;
    if (Section->Segment)
        MmpDereferenceSegment(Section->Segment);
}

NTSTATUS MmInitSections(VOID)
{
    static const OBJECT_TYPE_INITIALIZER Initializer = {
        .Name = L"Section",
        .BodySize = sizeof(SECTION),
        .GenericMapping = {STANDARD_RIGHTS_READ | SECTION_QUERY | SECTION_MAP_READ,
                           STANDARD_RIGHTS_WRITE | SECTION_MAP_WRITE,
                           STANDARD_RIGHTS_EXECUTE | SECTION_MAP_EXECUTE, SECTION_ALL_ACCESS},
        .ValidAccess = SECTION_ALL_ACCESS,
        .Delete = MmpDeleteSection,
    };
    return ObCreateObjectType(&Initializer, &MmSectionObjectType);
}

PMM_SEGMENT MmpSegmentOf(PSECTION Section)
{
    return Section->Segment;
}

VOID MmpSetSegment(PSECTION Section, PMM_SEGMENT Segment)
{
    Section->Segment = Segment;
}

// Consumes the caller's reference to the segment.
NTSTATUS MmpMakeSection(PMM_SEGMENT Segment, PSECTION *Section)
{
    NTSTATUS Status = ObCreateObject(MmSectionObjectType, sizeof(SECTION), (PVOID *)Section);
    if (NT_SUCCESS(Status))
        (*Section)->Segment = Segment;
    else
        MmpDereferenceSegment(Segment);
    return Status;
}

NTSTATUS MmpCreatePagefileSegment(ULONG64 Size, ULONG Protection, ULONG Attributes,
                                  PMM_SEGMENT *Segment)
{
    if (Size == 0 || Size > MM_USER_END)
        return STATUS_SECTION_TOO_BIG;
    PMM_SEGMENT New;
    NTSTATUS Status = MmpCreateSegment(MmSegmentPagefile, Size, &New);
    if (!NT_SUCCESS(Status))
        return Status;
    New->Protection = (UCHAR)Protection;
    New->Attributes = Attributes;
    if (!(Attributes & SEC_RESERVE)) {
        Status = MmpChargeCommit(nullptr, New->PageCount);
        if (!NT_SUCCESS(Status)) {
            MmpDereferenceSegment(New);
            return Status;
        }
        New->CommittedPages = New->PageCount;
    }
    *Segment = New;
    return STATUS_SUCCESS;
}

// Over a file that is in memory and cannot be written: views may copy on write.
NTSTATUS MmpCreateDataSegment(const VOID *Data, SIZE_T DataSize, ULONG64 Size, ULONG Protection,
                              PMM_SEGMENT *Segment)
{
    if (MmpIsWritable(Protection))
        return STATUS_SECTION_PROTECTION;
    if (Size == 0)
        Size = DataSize;
    if (Size == 0)
        return STATUS_MAPPED_FILE_SIZE_ZERO;
    if (Size > DataSize)
        return STATUS_SECTION_TOO_BIG;
    NTSTATUS Status = MmpCreateSegment(MmSegmentFile, Size, Segment);
    if (!NT_SUCCESS(Status))
        return Status;
    (*Segment)->Data = Data;
    (*Segment)->DataSize = DataSize;
    (*Segment)->Protection = (UCHAR)Protection;
    return STATUS_SUCCESS;
}

// ---- Views

typedef struct _MM_VIEW_REQUEST {
    ULONG_PTR Start; // page, 0: anywhere
    ULONG_PTR FirstPage, Pages;
    ULONG_PTR ZeroBits;
    ULONG AllocationType;
    ULONG Protection;
    SECTION_INHERIT Inherit;
} MM_VIEW_REQUEST;

static NTSTATUS MmpInsertView(PMM_ADDRESS_SPACE Space, PMM_SEGMENT Segment, MM_VIEW_REQUEST *View)
{
    PMM_VAD Vad;
    BOOLEAN TopDown = (View->AllocationType & MEM_TOP_DOWN) != 0;
    NTSTATUS Status =
        MmpReserveRange(Space, &View->Start, View->Pages, View->ZeroBits, TopDown, &Vad);
    if (!NT_SUCCESS(Status))
        return Status;
    Vad->Type = Segment->Type == MmSegmentImage ? MmVadImage : MmVadView;
    Vad->Protection = Vad->PageProtection = (UCHAR)View->Protection;
    Vad->Inherit = View->Inherit == ViewShare;
    Vad->FirstPage = View->FirstPage;
    Vad->Segment = Segment;
    MmpReferenceSegment(Segment);
    InsertTailList(&Segment->Views, &Vad->ViewLink);
    return STATUS_SUCCESS;
}

// An image goes where it wants to be, else where it fits; there, addresses in it are relocated.
static NTSTATUS MmpMapImage(PMM_ADDRESS_SPACE Space, PMM_SEGMENT Segment, MM_VIEW_REQUEST *View)
{
    View->FirstPage = 0;
    View->Pages = Segment->PageCount;
    View->Protection = MM_EXECUTE_WRITECOPY;
    ULONG_PTR Preferred = Segment->Base >> PAGE_SHIFT;
    ULONG_PTR Asked = View->Start;
    if (!Asked)
        View->Start = Preferred;
    NTSTATUS Status = MmpInsertView(Space, Segment, View);
    if (Status == STATUS_CONFLICTING_ADDRESSES && !Asked) {
        View->Start = 0;
        Status = MmpInsertView(Space, Segment, View);
    }
    if (!NT_SUCCESS(Status) || View->Start == Preferred)
        return Status;
    if (!Segment->RelocationOfPage) {
        MmpUnmapVad(Space, MmpLookupVad(Space, View->Start));
        return STATUS_CONFLICTING_ADDRESSES;
    }
    return STATUS_IMAGE_NOT_AT_BASE;
}

static NTSTATUS MmpMapData(PMM_ADDRESS_SPACE Space, PMM_SEGMENT Segment, MM_VIEW_REQUEST *View)
{
    if (MmpIsWritable(View->Protection) && !MmpIsWritable(Segment->Protection))
        return STATUS_SECTION_PROTECTION;
    return MmpInsertView(Space, Segment, View);
}

static NTSTATUS MmpCheckView(PMM_SEGMENT Segment, ULONG64 Offset, SIZE_T *Size)
{
    if (Offset % ALLOCATION_GRANULARITY)
        return STATUS_MAPPED_ALIGNMENT;
    ULONG64 Whole = Segment->PageCount << PAGE_SHIFT;
    if (Offset >= Whole)
        return STATUS_INVALID_VIEW_SIZE;
    if (*Size == 0)
        *Size = Segment->Type == MmSegmentImage ? Whole : Whole - Offset;
    return *Size > Whole - Offset ? STATUS_INVALID_VIEW_SIZE : STATUS_SUCCESS;
}

NTSTATUS MmMapViewOfSection(PSECTION Section, PEPROCESS Process, PVOID *BaseAddress,
                            ULONG_PTR ZeroBits, SIZE_T CommitSize, PLARGE_INTEGER SectionOffset,
                            PSIZE_T ViewSize, SECTION_INHERIT Inherit, ULONG AllocationType,
                            ULONG Protect)
{
    PMM_SEGMENT Segment = Section->Segment;
    ULONG_PTR Address = (ULONG_PTR)*BaseAddress;
    ULONG64 Offset = SectionOffset ? (ULONG64)SectionOffset->QuadPart : 0;
    SIZE_T Size = *ViewSize;
    MM_VIEW_REQUEST View = {
        .ZeroBits = ZeroBits, .AllocationType = AllocationType, .Inherit = Inherit};
    if (!MmpProtectionFromWin32(Protect, &View.Protection))
        return STATUS_INVALID_PAGE_PROTECTION;
    if (Process->Exiting)
        return STATUS_PROCESS_IS_TERMINATING;
    if (Address % ALLOCATION_GRANULARITY)
        return STATUS_MAPPED_ALIGNMENT;
    NTSTATUS Status = MmpCheckView(Segment, Offset, &Size);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Address &&
        (Address < MM_USER_START || Address >= MM_USER_END || Size > MM_USER_END - Address))
        return STATUS_INVALID_PARAMETER_3;

    View.Start = Address >> PAGE_SHIFT;
    View.FirstPage = Offset >> PAGE_SHIFT;
    View.Pages = MM_PAGES(Size);
    if (Segment->Type == MmSegmentImage)
        Status = MmpMapImage(Process->AddressSpace, Segment, &View);
    else
        Status = MmpMapData(Process->AddressSpace, Segment, &View);
    if (!NT_SUCCESS(Status))
        return Status;
    if (CommitSize && (Segment->Attributes & SEC_RESERVE))
        (VOID) MmpCommitSegment(Segment, View.FirstPage,
                                View.FirstPage + min(MM_PAGES(CommitSize), View.Pages));
    *BaseAddress = (PVOID)(View.Start << PAGE_SHIFT);
    *ViewSize = View.Pages << PAGE_SHIFT;
    return Status;
}

NTSTATUS MmUnmapViewOfSection(PEPROCESS Process, PVOID BaseAddress)
{
    if (!Process->AddressSpace)
        return STATUS_PROCESS_IS_TERMINATING;
    PMM_VAD Vad = MmpLookupVad(Process->AddressSpace, (ULONG_PTR)BaseAddress >> PAGE_SHIFT);
    if ((ULONG_PTR)BaseAddress >= MM_USER_END || !Vad || !Vad->Segment)
        return STATUS_NOT_MAPPED_VIEW;
    if (Vad->Secured)
        return STATUS_INVALID_PAGE_PROTECTION;
    MmpUnmapVad(Process->AddressSpace, Vad);
    return STATUS_SUCCESS;
}

// An image section over a file that stays in memory as long as Owner (may be null) is referenced.
NTSTATUS MmCreateImageSection(const VOID *Data, SIZE_T Size, PVOID Owner, PCUNICODE_STRING Name,
                              PSECTION *Section)
{
    PMM_SEGMENT Segment;
    NTSTATUS Status = MmpCreateImageSegment(Data, Size, &Segment);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = MmpSetSegmentFile(Segment, Owner, Name);
    if (!NT_SUCCESS(Status)) {
        MmpDereferenceSegment(Segment);
        return Status;
    }
    return MmpMakeSection(Segment, Section);
}
