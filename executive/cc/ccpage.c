// The pages in memory: made, found, given up. Valid ones are in a list by age; a page that was touched more
// than once since it came, or since its last turn, gets another turn.
#include "ccp.h"

enum {
    CC_RECLAIM_BATCH = 32,
    CC_LONGEST_SEARCH = 4, // pages looked at for each one that is wanted
};

static LIST_ENTRY CcpPagesByAge = {&CcpPagesByAge, &CcpPagesByAge};
CC_STATISTICS CcpStatistics;

VOID CcQueryStatistics(CC_STATISTICS *Statistics)
{
    *Statistics = CcpStatistics;
}

SIZE_T CcReclaimablePages(VOID)
{
    return CcpStatistics.Pages - CcpStatistics.DirtyPages;
}

PCC_PAGE CcpFindPage(PCC_STREAM Stream, ULONG64 Number)
{
    return CcpIndexLookup(&Stream->Pages, Number);
}

PUCHAR CcpAllocateData(VOID)
{
    PUCHAR Data = MmAllocateCachePage(FALSE);
    if (!Data && CcReclaimPages(CC_RECLAIM_BATCH))
        Data = MmAllocateCachePage(TRUE);
    return Data;
}

PCC_PAGE CcpMakePage(PCC_STREAM Stream, ULONG64 Number, PUCHAR Data)
{
    PCC_PAGE Page = ExAllocatePoolWithTag(NonPagedPool, sizeof(*Page), CcTag);
    if (!Page || !CcpIndexInsert(&Stream->Pages, Number, Page)) {
        if (Page)
            ExFreePoolWithTag(Page, CcTag);
        return nullptr;
    }
    *Page = (CC_PAGE){.Stream = Stream, .Number = Number, .Data = Data, .State = CcPageReading};
    InitializeListHead(&Page->Link);
    MmSetCachePageOwner(Data, Page);
    Stream->PageCount++;
    if (++CcpStatistics.Pages > CcpStatistics.PeakPages)
        CcpStatistics.PeakPages = CcpStatistics.Pages;
    return Page;
}

PCC_PAGE CcpNewPage(PCC_STREAM Stream, ULONG64 Number)
{
    PUCHAR Data = CcpAllocateData();
    PCC_PAGE Page = Data ? CcpMakePage(Stream, Number, Data) : nullptr;
    if (Data && !Page)
        MmFreeCachePage(Data);
    return Page;
}

VOID CcpPageArrived(PCC_PAGE Page)
{
    Page->State = CcPageValid;
    InsertTailList(&CcpPagesByAge, &Page->Link);
}

VOID CcpFreePage(PCC_PAGE Page)
{
    ASSERT(!Page->Dirty && !Page->Charged && !Page->Transfer && !Page->Pins && !Page->Mapped);
    PCC_STREAM Stream = Page->Stream;
    CcpIndexRemove(&Stream->Pages, Page->Number);
    RemoveEntryList(&Page->Link);
    MmSetCachePageOwner(Page->Data, nullptr);
    MmFreeCachePage(Page->Data);
    ExFreePoolWithTag(Page, CcTag);
    CcpStatistics.Pages--;
    Stream->PageCount--;
}

// Out of the views that it is in. FALSE: somebody needs it where it is.
BOOLEAN CcpDetachPage(PCC_PAGE Page)
{
    if (MmIsCachePageShared(Page->Data))
        CcpHidePage(Page);
    if (MmIsCachePageShared(Page->Data) && Page->Stream->Sections)
        MmUnmapStreamPage(&Page->Stream->Segments, Page->Number);
    return !MmIsCachePageShared(Page->Data);
}

// Nobody needs the page, or what needs it can be made to do without.
static BOOLEAN CcpIsFree(PCC_PAGE Page)
{
    if (Page->Dirty || Page->Transfer || Page->Pins || Page->Mapped)
        return FALSE;
    if (Page->Wanted) {
        Page->Wanted = Page->Touched = FALSE;
        return FALSE;
    }
    return CcpDetachPage(Page);
}

// As long as nothing was found, every page gets its two turns: there is somebody who has been promised the memory.
ULONG CcReclaimPages(ULONG Count)
{
    ULONG Freed = 0;
    SIZE_T Usual = (SIZE_T)Count * CC_LONGEST_SEARCH + CC_RECLAIM_BATCH;
    SIZE_T Most = max(CcpStatistics.Pages * 2, Usual);
    for (SIZE_T Looked = 0;
         Freed < Count && Looked < (Freed ? Usual : Most) && !IsListEmpty(&CcpPagesByAge);
         Looked++) {
        PCC_PAGE Page = CONTAINING_RECORD(CcpPagesByAge.Flink, CC_PAGE, Link);
        if (CcpIsFree(Page)) {
            CcpFreePage(Page);
            Freed++;
        } else {
            RemoveEntryList(&Page->Link);
            InsertTailList(&CcpPagesByAge, &Page->Link);
        }
    }
    return Freed;
}

// A read of many pages may have failed for one that the caller does not want: the second try is for the
// page alone.
NTSTATUS CcpGetPage(PCC_STREAM Stream, ULONG64 Number, ULONG Count, BOOLEAN Wait, PCC_PAGE *Result)
{
    BOOLEAN Alone = FALSE, Missed = FALSE;
    for (;;) {
        PCC_PAGE Page = CcpFindPage(Stream, Number);
        if (Page && Page->State == CcPageValid) {
            CcpTouchPage(Page);
            CcpStatistics.Hits += !Missed;
            *Result = Page;
            return STATUS_SUCCESS;
        }
        CcpStatistics.Misses += !Missed;
        Missed = TRUE;
        if (!Wait)
            return STATUS_CANT_WAIT;
        NTSTATUS Status = Page ? STATUS_SUCCESS : CcpAwaitHome(Stream);
        if (Status != STATUS_SUCCESS)
            return Status;
        if (!Page) {
            if (!CcpStartRead(Stream, Number, Alone ? 1 : Count, FALSE))
                return STATUS_INSUFFICIENT_RESOURCES;
            Page = CcpFindPage(Stream, Number);
            if (!Page || Page->State == CcPageValid)
                continue;
        }
        BOOLEAN Last = Page->Transfer->Count == 1;
        Status = CcpAwaitTransfer(Page->Transfer);
        BOOLEAN Refused = Status == STATUS_FILE_LOCK_CONFLICT || Stream->Orphan; // not now
        if (Status == STATUS_THREAD_IS_TERMINATING || (!NT_SUCCESS(Status) && Last && !Refused))
            return Status;
        Alone = TRUE;
    }
}
