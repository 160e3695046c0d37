// What file systems ask about a stream, and what they ask of it beside reading and writing.
#include "ccp.h"

SIZE_T CcCountDirtyPages(PCC_STREAM Stream)
{
    return Stream->DirtyCount;
}

SIZE_T CcCountOwnerDirtyPages(PVOID Owner)
{
    SIZE_T Count = 0;
    for (PLIST_ENTRY Link = CcpDirtyStreams.Flink; Link != &CcpDirtyStreams; Link = Link->Flink) {
        PCC_STREAM Stream = CONTAINING_RECORD(Link, CC_STREAM, DirtyLink);
        Count += Stream->Owner == Owner ? Stream->DirtyCount : 0;
    }
    return Count;
}

// What lies before the first page that is still to be written.
ULONG64 CcQueryFlushedData(PCC_STREAM Stream)
{
    ULONG64 Number = 0;
    if (!CcpIndexNextMarked(&Stream->Pages, &Number))
        return MAXLONG64;
    return Number << PAGE_SHIFT;
}

BOOLEAN CcMayTruncate(PCC_STREAM Stream, ULONG64 Size)
{
    return !MmIsStreamMappedFrom(&Stream->Segments, CcpPageOf(Size + PAGE_SIZE - 1));
}

BOOLEAN CcHasWritableViews(PCC_STREAM Stream)
{
    return MmIsStreamWritable(&Stream->Segments);
}

// Nobody has it open as far as the cache knows: written, and given up.
NTSTATUS CcCloseStream(PCC_STREAM Stream)
{
    NTSTATUS Status = CcFlushStream(Stream, &CC_WHOLE);
    if (!NT_SUCCESS(Status))
        return Status;
    return CcPurgeStream(Stream, &CC_WHOLE) ? STATUS_SUCCESS : STATUS_USER_MAPPED_FILE;
}

NTSTATUS CcUsePage(PCC_STREAM Stream, ULONG64 Number, ULONG Count, PVOID *Data)
{
    PCC_PAGE Page;
    NTSTATUS Status = CcpGetPage(Stream, Number, Count, TRUE, &Page);
    if (NT_SUCCESS(Status))
        *Data = Page->Data;
    return Status;
}

// Those that are in memory: who has changed a page has it there.
VOID CcSetStreamDirty(PCC_STREAM Stream, const CC_RANGE *Range)
{
    ULONG64 End = CcpPageOf(Range->End + PAGE_SIZE - 1);
    for (ULONG64 Number = CcpPageOf(Range->Start);; Number++) {
        PCC_PAGE Page = CcpIndexNext(&Stream->Pages, &Number);
        if (!Page || Number >= End)
            break;
        if (Page->State == CcPageValid)
            (VOID) CcpDirtyPage(Page, TRUE);
    }
    if (Stream->Sizes.Valid < Range->End)
        Stream->Sizes.Valid = Range->End;
}

VOID CcScheduleRead(PCC_STREAM Stream, ULONG64 Offset, ULONG Length)
{
    ULONG64 End = min(Offset + Length, min(Stream->Sizes.File, Stream->Sizes.Valid));
    if (Offset >= End)
        return;
    ULONG64 First = CcpPageOf(Offset);
    (VOID) CcpStartRead(Stream, First, (ULONG)(CcpPageOf(End + PAGE_SIZE - 1) - First), TRUE);
}
