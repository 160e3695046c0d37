// Throwing pages away: purging, and the end of a file that is cut off.
#include "ccp.h"

// The page goes, dirty or not. FALSE: somebody uses it.
static BOOLEAN CcpDiscardPage(PCC_PAGE Page)
{
    if (Page->Pins || Page->Mapped || !CcpDetachPage(Page))
        return FALSE;
    CcpCleanPage(Page);
    CcpUnchargePage(Page);
    CcpFreePage(Page);
    return TRUE;
}

// Those that are not on their way. FALSE: some stay.
static BOOLEAN CcpDiscardResting(PCC_STREAM Stream, ULONG64 First, ULONG64 End)
{
    BOOLEAN All = TRUE;
    for (ULONG64 Number = First;; Number++) {
        PCC_PAGE Page = CcpIndexNext(&Stream->Pages, &Number);
        if (!Page || Number >= End)
            return All;
        if (Page->Transfer || !CcpDiscardPage(Page))
            All = FALSE;
    }
}

static BOOLEAN CcpDiscardPages(PCC_STREAM Stream, ULONG64 First, ULONG64 End)
{
    (VOID) CcpAwaitRange(Stream, First, End, FALSE);
    return CcpDiscardResting(Stream, First, End);
}

BOOLEAN CcPurgeStream(PCC_STREAM Stream, const CC_RANGE *Range)
{
    BOOLEAN All = FALSE;
    CcReferenceStream(Stream);
    if (!MmIsStreamMapped(&Stream->Segments))
        All =
            CcpDiscardPages(Stream, CcpPageOf(Range->Start), CcpPageOf(Range->End + PAGE_SIZE - 1));
    if (!Stream->PageCount)
        CcpReleaseIfUnused(Stream);
    CcDereferenceStream(Stream);
    return All;
}

// What lies behind the end of a file reads as zero, also when the file grows again.
static VOID CcpZeroLastPage(PCC_STREAM Stream, ULONG64 Size)
{
    PCC_PAGE Page = CcpFindPage(Stream, CcpPageOf(Size));
    ULONG Used = (ULONG)(Size % PAGE_SIZE);
    if (Used && Page && Page->State == CcPageValid && !(Stream->Flags & CC_PIN_ACCESS))
        memset(Page->Data + Used, 0, PAGE_SIZE - Used);
}

VOID CcpTruncate(PCC_STREAM Stream, ULONG64 Size)
{
    (VOID) CcpDiscardPages(Stream, CcpPageOf(Size + PAGE_SIZE - 1), MAXULONG64);
    CcpZeroLastPage(Stream, Size);
}

// ---- Streams that nobody has open keep their pages for the next who opens them, and with them the file object.

enum {
    CC_MOST_UNUSED = 512,
    CC_MOST_UNWRITTEN =
        4 * CC_MOST_UNUSED, // then their data is written at once, so that they can go
};

static LIST_ENTRY CcpUnused = {&CcpUnused, &CcpUnused};
static ULONG CcpUnusedCount;

BOOLEAN CcpAreManyUnused(VOID)
{
    return CcpUnusedCount > CC_MOST_UNWRITTEN;
}

static BOOLEAN CcpIsUnused(PCC_STREAM Stream)
{
    return Stream->File && !Stream->Maps && !Stream->Sections;
}

VOID CcpNoteUse(PCC_STREAM Stream)
{
    BOOLEAN Listed = !IsListEmpty(&Stream->UnusedLink);
    BOOLEAN Unused = CcpIsUnused(Stream);
    if (Listed == Unused)
        return;
    if (Unused) {
        InsertTailList(&CcpUnused, &Stream->UnusedLink);
        CcpUnusedCount++;
        if (!Stream->PageCount || (!Stream->DirtyCount && CcpUnusedCount > CC_MOST_UNUSED) ||
            CcpAreManyUnused())
            CcpWakeWriter();
    } else {
        RemoveEntryList(&Stream->UnusedLink);
        InitializeListHead(&Stream->UnusedLink);
        CcpUnusedCount--;
    }
}

// Its clean pages go, and if none is left, its file.
BOOLEAN CcpReleaseIfUnused(PCC_STREAM Stream)
{
    if (!CcpIsUnused(Stream) || Stream->DirtyCount || !IsListEmpty(&Stream->TransferListHead))
        return FALSE;
    if (!CcpDiscardPages(Stream, 0, MAXULONG64) || Stream->PageCount || !CcpIsUnused(Stream))
        return FALSE;
    CcpDeleteViews(Stream);
    PFILE_OBJECT File = Stream->File;
    Stream->File = nullptr;
    CcpNoteUse(Stream);
    CcDereferenceStream(Stream); // the file's
    ObDereferenceObject(File);
    return TRUE;
}

// Nobody has the file open, and its file system has cut it off, or deleted it. Nothing is waited for: what is on its way goes
// when the writer comes round.
VOID CcCutStream(PCC_STREAM Stream, ULONG64 Size)
{
    if (Stream->Maps || MmIsStreamMapped(&Stream->Segments))
        return;
    (VOID) CcpDiscardResting(Stream, CcpPageOf(Size + PAGE_SIZE - 1), MAXULONG64);
    CcpZeroLastPage(Stream, Size);
    Stream->Ended = !Size && CcpIsUnused(Stream) && !CcpReleaseIfUnused(Stream);
    if (Stream->Ended)
        CcpWakeWriter();
}

VOID CcpReleaseUnused(VOID)
{
    ULONG Left = CcpUnusedCount;
    while (Left-- && !IsListEmpty(&CcpUnused)) {
        PCC_STREAM Stream = CONTAINING_RECORD(CcpUnused.Flink, CC_STREAM, UnusedLink);
        RemoveEntryList(&Stream->UnusedLink);
        InsertTailList(&CcpUnused, &Stream->UnusedLink);
        if (Stream->PageCount && CcpUnusedCount <= CC_MOST_UNUSED && !Stream->Ended)
            continue;
        CcReferenceStream(Stream);
        (VOID) CcpReleaseIfUnused(Stream);
        CcDereferenceStream(Stream);
    }
}
