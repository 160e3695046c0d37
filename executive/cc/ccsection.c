// What mm needs for sections over files: pages of data sections, which are the stream's own, and whole files in one piece
// for images.
#include "ccp.h"

enum { CC_FAULT_PAGES = 16 }; // brought in for one that is touched

struct _CC_IMAGE {
    PVOID Data; // in the Executive, one page after another
    ULONG Count, References;
};

// ---- Data

// Paging goes by File if nobody has cached the stream before.
static VOID CcpUseFile(PCC_STREAM Stream, PFILE_OBJECT File, ULONG64 Size)
{
    if (!Stream->File) {
        ObReferenceObject(File);
        Stream->File = File;
        CcReferenceStream(Stream); // the file's
    }
    if (Stream->Maps || Stream->Sections)
        return;
    ULONG64 Valid = Stream->PageCount ? Stream->Sizes.Valid : MAXLONG64;
    CcSetStreamSizes(Stream, &(CC_SIZES){Size, Size, Valid});
    Stream->Sizes.Valid = Valid;
}

VOID CcOpenSection(PCC_STREAM Stream, PFILE_OBJECT File, ULONG64 Size)
{
    CcpUseFile(Stream, File, Size);
    CcReferenceStream(Stream);
    if (!Stream->Sections++)
        IoStreamHasSections(Stream->Key, TRUE);
    CcpNoteUse(Stream);
}

VOID CcCloseSection(PCC_STREAM Stream)
{
    if (!--Stream->Sections)
        IoStreamHasSections(Stream->Key, FALSE);
    CcpNoteUse(Stream);
    CcDereferenceStream(Stream);
}

VOID CcAddSegment(PCC_STREAM Stream, PLIST_ENTRY Link)
{
    InsertTailList(&Stream->Segments, Link);
}

VOID CcDirtySectionPage(PCC_STREAM Stream, ULONG64 Number)
{
    PCC_PAGE Page = CcpFindPage(Stream, Number);
    ULONG64 End = min((Number + 1) << PAGE_SHIFT, Stream->Sizes.File);
    if (!Page)
        return;
    (VOID) CcpDirtyPage(Page, TRUE);
    if (Stream->Sizes.Valid < End)
        Stream->Sizes.Valid = End;
}

NTSTATUS CcSectionPage(PCC_STREAM Stream, ULONG64 Number, PVOID *Data)
{
    PCC_PAGE Page;
    NTSTATUS Status = CcpGetPage(Stream, Number, 1, FALSE, &Page);
    if (NT_SUCCESS(Status))
        *Data = Page->Data;
    return Status;
}

NTSTATUS CcFetchPage(PCC_STREAM Stream, ULONG64 Number)
{
    PCC_PAGE Page;
    ULONG64 End = CcpPageOf(Stream->Sizes.File + PAGE_SIZE - 1);
    ULONG Count = Number < End ? (ULONG)min(End - Number, (ULONG64)CC_FAULT_PAGES) : 1;
    CcReferenceStream(Stream);
    NTSTATUS Status = CcpGetPage(Stream, Number, Count, TRUE, &Page);
    CcDereferenceStream(Stream);
    return Status;
}

// ---- Images

ULONG64 CcpImagePages(PCC_STREAM Stream)
{
    return Stream->Image ? Stream->Image->Count : 0;
}

// All of the file, held.
static NTSTATUS CcpCollectPages(PCC_STREAM Stream, ULONG Count, PVOID *Pages)
{
    NTSTATUS Status = STATUS_SUCCESS;
    ULONG Held = 0;
    for (; Held < Count && NT_SUCCESS(Status);) {
        PCC_PAGE Page;
        Status = CcpGetPage(Stream, Held, Count - Held, TRUE, &Page);
        if (!NT_SUCCESS(Status))
            break;
        Page->Mapped++;
        Pages[Held++] = Page->Data;
    }
    if (NT_SUCCESS(Status))
        return Status;
    while (Held)
        CcpFindPage(Stream, --Held)->Mapped--;
    return Status;
}

static VOID CcpReleaseImagePages(PCC_STREAM Stream, ULONG Count)
{
    for (ULONG i = 0; i < Count; i++)
        CcpFindPage(Stream, i)->Mapped--;
}

static NTSTATUS CcpMakeImage(PCC_STREAM Stream, ULONG Count)
{
    struct _CC_IMAGE *Image = ExAllocatePoolZero(NonPagedPool, sizeof(*Image), CcTag);
    PVOID *Pages = ExAllocatePoolWithTag(NonPagedPool, Count * sizeof(*Pages), CcTag);
    NTSTATUS Status =
        Image && Pages ? CcpCollectPages(Stream, Count, Pages) : STATUS_INSUFFICIENT_RESOURCES;
    if (NT_SUCCESS(Status) && !Stream->Image) {
        Image->Data = MmShowCachePages(Pages, Count);
        Image->Count = Count;
        Status = Image->Data ? STATUS_SUCCESS : STATUS_NO_MEMORY;
        if (NT_SUCCESS(Status))
            Stream->Image = Image;
    }
    if (Stream->Image != Image) { // an error, or somebody else was first
        if (NT_SUCCESS(Status))
            CcpReleaseImagePages(Stream, Count);
        if (Image)
            ExFreePoolWithTag(Image, CcTag);
    }
    if (Pages)
        ExFreePoolWithTag(Pages, CcTag);
    return Status;
}

NTSTATUS CcMapImage(PCC_STREAM Stream, PFILE_OBJECT File, ULONG64 Size, PVOID *Data)
{
    constexpr ULONG64 Most = 256 * 1024 * 1024;
    if (!Size)
        return STATUS_INVALID_FILE_FOR_SECTION;
    if (Size > Most)
        return STATUS_SECTION_TOO_BIG;
    CcOpenSection(Stream, File, Size);
    NTSTATUS Status = STATUS_SUCCESS;
    if (!Stream->Image)
        Status = CcpMakeImage(Stream, (ULONG)CcpPageOf(Size + PAGE_SIZE - 1));
    if (!NT_SUCCESS(Status)) {
        CcCloseSection(Stream);
        return Status;
    }
    Stream->Image->References++;
    *Data = Stream->Image->Data;
    return STATUS_SUCCESS;
}

BOOLEAN CcReferenceImage(PCC_STREAM Stream, const VOID *Data)
{
    if (!Stream->Image || Stream->Image->Data != Data)
        return FALSE;
    Stream->Image->References++;
    Stream->Sections++;
    CcReferenceStream(Stream);
    return TRUE;
}

VOID CcUnmapImage(PCC_STREAM Stream)
{
    struct _CC_IMAGE *Image = Stream->Image;
    if (!--Image->References) {
        Stream->Image = nullptr;
        MmHideCachePages(Image->Data, Image->Count);
        CcpReleaseImagePages(Stream, Image->Count);
        ExFreePoolWithTag(Image, CcTag);
    }
    CcCloseSection(Stream);
}

// For a file that is going to be written, or (Deleted) to go.
BOOLEAN CcReleaseImage(PCC_STREAM Stream, BOOLEAN Deleted)
{
    return !Stream->Image && !(Deleted && Stream->Sections);
}
