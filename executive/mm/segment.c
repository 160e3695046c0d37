// Segments: the pages behind a section, one entry each, in frames that the segment owns.
#include "mmp.h"

constexpr ULONG MmSegmentTag = 'geSM';

static ULONG_PTR MmpProtoPages(PMM_SEGMENT Segment)
{
    return (Segment->PageCount + MM_PROTOS_PER_PAGE - 1) / MM_PROTOS_PER_PAGE;
}

NTSTATUS MmpCreateSegment(MM_SEGMENT_TYPE Type, ULONG64 Size, PMM_SEGMENT *Segment)
{
    PMM_SEGMENT New = ExAllocatePoolZero(NonPagedPool, sizeof(*New), MmSegmentTag);
    if (!New)
        return STATUS_INSUFFICIENT_RESOURCES;
    New->References = 1;
    New->Type = (UCHAR)Type;
    New->Size = Size;
    New->PageCount = MM_PAGES(Size);
    InitializeListHead(&New->Views);
    InitializeListHead(&New->ImageLink);
    InitializeListHead(&New->StreamLink);
    New->Protos =
        ExAllocatePoolZero(NonPagedPool, MmpProtoPages(New) * sizeof(*New->Protos), MmSegmentTag);
    if (!New->Protos) {
        ExFreePool(New);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *Segment = New;
    return STATUS_SUCCESS;
}

static VOID MmpFreeProtos(PMM_SEGMENT Segment)
{
    for (ULONG_PTR i = 0; i < MmpProtoPages(Segment); i++) {
        PMM_PROTO Protos = Segment->Protos[i];
        if (!Protos)
            continue;
        for (ULONG j = 0; j < MM_PROTOS_PER_PAGE; j++) {
            if (Protos[j].Pfn)
                MmpDereferenceFrame(MmpPfn(Protos[j].Pfn));
        }
        MmpDereferenceFrame(MmpWindowPfn(Protos));
    }
    ExFreePool(Segment->Protos);
}

VOID MmpReferenceSegment(PMM_SEGMENT Segment)
{
    Segment->References++;
}

VOID MmpDereferenceSegment(PMM_SEGMENT Segment)
{
    if (--Segment->References)
        return;
    ASSERT(IsListEmpty(&Segment->Views));
    RemoveEntryList(&Segment->ImageLink);
    RemoveEntryList(&Segment->StreamLink);
    MmpFreeProtos(Segment);
    if (Segment->LargePages)
        MmpEmptyLargeSegment(Segment);
    MmpReturnCommit(nullptr, Segment->CommittedPages);
    if (Segment->Stream && Segment->Type == MmSegmentImage)
        CcUnmapImage(Segment->Stream);
    else if (Segment->Stream)
        CcCloseSection(Segment->Stream);
    if (Segment->Owner)
        ObDereferenceObject(Segment->Owner);
    if (Segment->Subsections)
        ExFreePool(Segment->Subsections);
    if (Segment->RelocationOfPage)
        ExFreePool(Segment->RelocationOfPage);
    if (Segment->FileName.Buffer)
        ExFreePool(Segment->FileName.Buffer);
    ExFreePool(Segment);
}

NTSTATUS MmpSetSegmentFile(PMM_SEGMENT Segment, PVOID Owner, PCUNICODE_STRING Name)
{
    PWCH Buffer = ExAllocatePoolWithTag(PagedPool, Name->Length + sizeof(WCHAR), MmSegmentTag);
    if (!Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    memcpy(Buffer, Name->Buffer, Name->Length);
    Buffer[Name->Length / sizeof(WCHAR)] = 0;
    Segment->FileName =
        (UNICODE_STRING){Name->Length, (USHORT)(Name->Length + sizeof(WCHAR)), Buffer};
    Segment->Owner = Owner;
    if (Owner)
        ObReferenceObject(Owner);
    return STATUS_SUCCESS;
}

PMM_PROTO MmpSegmentProto(PMM_SEGMENT Segment, ULONG_PTR Page, BOOLEAN Create)
{
    PMM_PROTO *Slot = &Segment->Protos[Page / MM_PROTOS_PER_PAGE];
    if (!*Slot && Create) {
        PMM_PFN Pfn = MmpAllocateFrame(TRUE);
        *Slot = Pfn ? MmpFrameAddress(Pfn) : nullptr;
    }
    return *Slot ? &(*Slot)[Page % MM_PROTOS_PER_PAGE] : nullptr;
}

// Commit pages of a SEC_RESERVE section.
NTSTATUS MmpCommitSegment(PMM_SEGMENT Segment, ULONG_PTR Start, ULONG_PTR End)
{
    SIZE_T New = 0;
    for (ULONG_PTR Page = Start; Page < End; Page++) {
        PMM_PROTO Proto = MmpSegmentProto(Segment, Page, TRUE);
        if (!Proto)
            return STATUS_NO_MEMORY;
        New += !Proto->Committed;
    }
    NTSTATUS Status = MmpChargeCommit(nullptr, New);
    if (!NT_SUCCESS(Status))
        return Status;
    Segment->CommittedPages += New;
    for (ULONG_PTR Page = Start; Page < End; Page++)
        MmpSegmentProto(Segment, Page, FALSE)->Committed = 1;
    return STATUS_SUCCESS;
}

BOOLEAN MmpIsSegmentPageCommitted(PMM_SEGMENT Segment, ULONG_PTR Page)
{
    if (!(Segment->Attributes & SEC_RESERVE))
        return TRUE;
    PMM_PROTO Proto = MmpSegmentProto(Segment, Page, FALSE);
    return Proto && Proto->Committed;
}

// The file has grown before.
NTSTATUS MmpGrowStreamSegment(PMM_SEGMENT Segment, ULONG64 Size)
{
    MM_SEGMENT New = {.PageCount = MM_PAGES(Size)};
    if (Size <= Segment->Size)
        return STATUS_SUCCESS;
    PMM_PROTO *Protos =
        ExAllocatePoolZero(NonPagedPool, MmpProtoPages(&New) * sizeof(*Protos), MmSegmentTag);
    if (!Protos)
        return STATUS_INSUFFICIENT_RESOURCES;
    ExFreePool(Segment->Protos); // there are none: the pages are the stream's
    Segment->Protos = Protos;
    Segment->Size = Size;
    Segment->PageCount = New.PageCount;
    return STATUS_SUCCESS;
}

// Only a section over the page file can grow; what it grows by is committed at once.
NTSTATUS MmpExtendSegment(PMM_SEGMENT Segment, ULONG64 Size)
{
    if (Segment->Type != MmSegmentPagefile || Segment->LargePages)
        return STATUS_SECTION_NOT_EXTENDED;
    if (Size > MM_USER_END)
        return STATUS_SECTION_TOO_BIG;
    if (Size <= Segment->Size)
        return STATUS_SUCCESS;
    MM_SEGMENT New = {.PageCount = MM_PAGES(Size)};
    SIZE_T OldBytes = MmpProtoPages(Segment) * sizeof(*Segment->Protos);
    SIZE_T NewBytes = MmpProtoPages(&New) * sizeof(*Segment->Protos);
    PMM_PROTO *Protos = ExAllocatePoolZero(NonPagedPool, NewBytes, MmSegmentTag);
    if (!Protos)
        return STATUS_INSUFFICIENT_RESOURCES;
    SIZE_T Growth = Segment->Attributes & SEC_RESERVE ? 0 : New.PageCount - Segment->PageCount;
    NTSTATUS Status = MmpChargeCommit(nullptr, Growth);
    if (!NT_SUCCESS(Status)) {
        ExFreePool(Protos);
        return Status;
    }
    memcpy(Protos, Segment->Protos, OldBytes);
    ExFreePool(Segment->Protos);
    Segment->Protos = Protos;
    Segment->CommittedPages += Growth;
    Segment->Size = Size;
    Segment->PageCount = New.PageCount;
    return STATUS_SUCCESS;
}

// The file's bytes of a page; the frame is zero otherwise.
static VOID MmpFillPage(PMM_SEGMENT Segment, ULONG_PTR Page, PUCHAR Target)
{
    if (Segment->Type == MmSegmentImage) {
        MmpFillImagePage(Segment, Page, Target);
        return;
    }
    SIZE_T Offset = Page << PAGE_SHIFT;
    if (Offset < Segment->DataSize)
        memcpy(Target, Segment->Data + Offset, min(Segment->DataSize - Offset, (SIZE_T)PAGE_SIZE));
}

// Which page a fault waits for: nothing else runs between that and the wait.
static PCC_STREAM MmpMissingStream;
static ULONG_PTR MmpMissingPage;

static NTSTATUS MmpStreamFrame(PMM_SEGMENT Segment, ULONG_PTR Page, PMM_PFN *Frame)
{
    PVOID Data;
    NTSTATUS Status = CcSectionPage(Segment->Stream, Page, &Data);
    if (NT_SUCCESS(Status)) {
        *Frame = MmpWindowPfn(Data);
        return STATUS_SUCCESS;
    }
    MmpMissingStream = Segment->Stream;
    MmpMissingPage = Page;
    return Status == STATUS_CANT_WAIT ? MM_STATUS_MISSING : Status;
}

// The process may end meanwhile, and its space become another's.
NTSTATUS MmpFetchMissingPage(PMM_ADDRESS_SPACE Space)
{
    PEPROCESS Process = Space->Process;
    ObReferenceObject(Process);
    NTSTATUS Status = CcFetchPage(MmpMissingStream, MmpMissingPage);
    if (NT_SUCCESS(Status) && Process->AddressSpace != Space)
        Status = STATUS_PROCESS_IS_TERMINATING;
    ObDereferenceObject(Process);
    return Status;
}

NTSTATUS MmpSegmentFrame(PMM_SEGMENT Segment, ULONG_PTR Page, PMM_PFN *Frame)
{
    if (Segment->Stream && Segment->Type != MmSegmentImage)
        return MmpStreamFrame(Segment, Page, Frame);
    PMM_PROTO Proto = MmpSegmentProto(Segment, Page, TRUE);
    if (!Proto)
        return STATUS_NO_MEMORY;
    if (!Proto->Pfn) {
        PMM_PFN Pfn = MmpAllocateFrame(TRUE);
        if (!Pfn)
            return STATUS_NO_MEMORY;
        if (Segment->Type != MmSegmentPagefile)
            MmpFillPage(Segment, Page, MmpFrameAddress(Pfn));
        Pfn->Owner = Segment;
        Pfn->OwnerIndex = Page;
        Proto->Pfn = MmpPfnNumber(Pfn);
    }
    *Frame = MmpPfn(Proto->Pfn);
    return STATUS_SUCCESS;
}
