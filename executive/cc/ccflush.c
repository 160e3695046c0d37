// Writing pages out: runs of dirty pages, in order, several at a time.
#include "ccp.h"

enum { CC_MOST_WRITES = 8 }; // of one flush under way at a time

// ---- One run

// As old as it was.
static VOID CcpDirtyAgain(PCC_PAGE Page)
{
    ULONG Since = Page->DirtySince;
    if (Page->Dirty)
        return;
    (VOID) CcpDirtyPage(Page, TRUE);
    Page->DirtySince = Since;
}

static VOID CcpWriteDone(PIO_PAGING Io, NTSTATUS Status, ULONG_PTR Information)
{
    PCC_TRANSFER Transfer = CONTAINING_RECORD(Io, CC_TRANSFER, Io);
    PCC_STREAM Stream = Transfer->Stream;
    UNREFERENCED_PARAMETER(Information); // the file system cuts at the end of the file
    for (ULONG i = 0; i < Transfer->Count; i++) {
        PCC_PAGE Page = Transfer->Pages[i];
        Page->Transfer = nullptr;
        if (NT_SUCCESS(Status))
            CcpUnchargePage(Page);
        else
            CcpDirtyAgain(Page);
    }
    if (NT_SUCCESS(Status))
        Stream->WrittenAt = CcpNow();
    else if (Status == STATUS_FILE_LOCK_CONFLICT)
        CcpWriteRefused(Stream);
    else
        CcpWriteFailed(Stream, Status);
    CcpTransferEnded(Transfer, Status);
}

static BOOLEAN CcpMayWritePage(PCC_PAGE Page, BOOLEAN Lazy)
{
    return Page && Page->Dirty && !Page->Transfer && !(Lazy && Page->Held);
}

// The run of dirty pages that begins with First. Null: no memory.
static PCC_TRANSFER CcpStartWrite(PCC_STREAM Stream, ULONG64 First, ULONG64 End, BOOLEAN Lazy)
{
    ULONG Count = 1;
    ULONG Most = (ULONG)min(End - First, (ULONG64)CC_LONGEST_TRANSFER);
    while (Count < Most && CcpMayWritePage(CcpFindPage(Stream, First + Count), Lazy))
        Count++;
    PCC_TRANSFER Transfer = CcpNewTransfer(Stream, First, Count);
    if (!Transfer)
        return nullptr;
    for (ULONG i = 0; i < Count; i++) {
        PCC_PAGE Page = CcpFindPage(Stream, First + i);
        CcpProtectPage(Page);
        CcpCleanPage(Page);
        CcpAddPage(Transfer, Page);
    }
    Transfer->Io.Write = TRUE;
    Transfer->Io.Lazy = Lazy;
    Transfer->Io.Done = CcpWriteDone;
    CcpStatistics.PageWrites++;
    CcpStatistics.PagesWritten += Count;
    CcpReferenceTransfer(Transfer);
    NTSTATUS Status = CcpSend(Transfer);
    if (!NT_SUCCESS(Status))
        CcpWriteDone(&Transfer->Io, Status, 0);
    return Transfer;
}

// ---- Many

// The first transfer under way that touches the pages.
static PCC_TRANSFER CcpFindTransfer(PCC_STREAM Stream, ULONG64 First, ULONG64 End,
                                    BOOLEAN WriteOnly)
{
    for (PLIST_ENTRY Link = Stream->TransferListHead.Flink; Link != &Stream->TransferListHead;
         Link = Link->Flink) {
        PCC_TRANSFER Transfer = CONTAINING_RECORD(Link, CC_TRANSFER, Link);
        if (Transfer->First < End && Transfer->First + Transfer->Count > First &&
            (Transfer->Io.Write || !WriteOnly))
            return Transfer;
    }
    return nullptr;
}

NTSTATUS CcpAwaitRange(PCC_STREAM Stream, ULONG64 First, ULONG64 End, BOOLEAN WriteOnly)
{
    NTSTATUS Status = STATUS_SUCCESS;
    PCC_TRANSFER Transfer;
    while ((Transfer = CcpFindTransfer(Stream, First, End, WriteOnly)) != nullptr) {
        NTSTATUS Ended = CcpAwaitTransfer(Transfer);
        if (Ended == STATUS_THREAD_IS_TERMINATING)
            return Ended;
        if (NT_SUCCESS(Status) && Ended != STATUS_FILE_LOCK_CONFLICT)
            Status = Ended;
    }
    return Status;
}

// Start to write what is dirty; a few runs at a time. Before: pages that have been dirty since before that tick.
static NTSTATUS CcpWriteRange(PCC_STREAM Stream, ULONG64 First, ULONG64 End, BOOLEAN Lazy,
                              ULONG Before)
{
    PCC_TRANSFER Given[CC_MOST_WRITES] = {};
    ULONG Next = 0;
    NTSTATUS Status = STATUS_SUCCESS;
    ULONG64 Number = First;
    for (;;) {
        PCC_PAGE Page = CcpIndexNextMarked(&Stream->Pages, &Number);
        if (!Page || Number >= End || !NT_SUCCESS(Status))
            break;
        if (!CcpMayWritePage(Page, Lazy) || (LONG)(Before - Page->DirtySince) < 0) {
            Number++;
            continue;
        }
        if (Given[Next]) {
            Status = CcpAwaitTransfer(Given[Next]);
            CcpDereferenceTransfer(Given[Next]);
            Given[Next] = nullptr;
            continue; // much may have changed
        }
        Given[Next] = CcpStartWrite(Stream, Number, End, Lazy);
        if (!Given[Next]) {
            Status = STATUS_INSUFFICIENT_RESOURCES;
            break;
        }
        Number += Given[Next]->Count;
        Next = (Next + 1) % CC_MOST_WRITES;
    }
    for (ULONG i = 0; i < CC_MOST_WRITES; i++) {
        PCC_TRANSFER Transfer = Given[(Next + i) % CC_MOST_WRITES];
        if (!Transfer)
            continue;
        NTSTATUS Ended = CcpAwaitTransfer(Transfer);
        CcpDereferenceTransfer(Transfer);
        if (NT_SUCCESS(Status))
            Status = Ended;
    }
    return Status;
}

static BOOLEAN CcpIsDirtySince(PCC_STREAM Stream, ULONG64 First, ULONG64 End, ULONG Before)
{
    for (ULONG64 Number = First;; Number++) {
        PCC_PAGE Page = CcpIndexNextMarked(&Stream->Pages, &Number);
        if (!Page || Number >= End)
            return FALSE;
        if ((LONG)(Before - Page->DirtySince) >= 0)
            return TRUE;
    }
}

// A page that is being written and has been written to since is there for the next turn.
NTSTATUS CcFlushStream(PCC_STREAM Stream, const CC_RANGE *Range)
{
    enum { Turns = 4 };
    ULONG Now = CcpNow();
    ULONG64 First = CcpPageOf(Range->Start), End = CcpPageOf(Range->End + PAGE_SIZE - 1);
    CcReferenceStream(Stream);
    NTSTATUS Status = CcpAwaitHome(Stream);
    for (ULONG Turn = 0; Turn < Turns && NT_SUCCESS(Status); Turn++) {
        Status = CcpAwaitRange(Stream, First, End, TRUE);
        if (!NT_SUCCESS(Status) || !CcpIsDirtySince(Stream, First, End, Now))
            break;
        Status = CcpWriteRange(Stream, First, End, FALSE, Now);
    }
    if (NT_SUCCESS(Status))
        Status = CcpTakeWriteError(Stream);
    CcDereferenceStream(Stream);
    return Status;
}

NTSTATUS CcpWriteOldPages(PCC_STREAM Stream, ULONG Before)
{
    return CcpWriteRange(Stream, 0, MAXULONG64, TRUE, Before);
}
