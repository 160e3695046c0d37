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
    if (Attributes & SEC_LARGE_PAGES) {
        Status = MmpFillLargeSegment(New);
        if (!NT_SUCCESS(Status)) {
            MmpDereferenceSegment(New);
            return Status;
        }
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

NTSTATUS MmCreateImageSection(const VOID *Data, SIZE_T Size, PVOID Owner, PCUNICODE_STRING Name,
                              PSECTION *Section)
{
    PMM_SEGMENT Segment;
    NTSTATUS Status = MmpReferenceImageSegment(Data, Size, Owner, Name, &Segment);
    return NT_SUCCESS(Status) ? MmpMakeSection(Segment, Section) : Status;
}

NTSTATUS MmCreateMemorySection(SIZE_T Size, PSECTION *Section)
{
    PMM_SEGMENT Segment;
    NTSTATUS Status = MmpCreatePagefileSegment(Size, MM_READWRITE, SEC_COMMIT, &Segment);
    return NT_SUCCESS(Status) ? MmpMakeSection(Segment, Section) : Status;
}

SIZE_T MmQuerySectionSize(PSECTION Section)
{
    return Section->Segment->PageCount << PAGE_SHIFT;
}

NTSTATUS MmCreateDataSection(const VOID *Data, SIZE_T Size, PSECTION *Section)
{
    PMM_SEGMENT Segment;
    NTSTATUS Status = MmpCreateDataSegment(Data, Size, 0, MM_READONLY, &Segment);
    return NT_SUCCESS(Status) ? MmpMakeSection(Segment, Section) : Status;
}
