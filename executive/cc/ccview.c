// What file systems see of their metadata: pages of a stream at addresses of their host. A view is a window of 64
// pages in which pages are mapped as they are used, and stay until they or the window are wanted elsewhere. Pages
// that are held stay; those that are held for writing are not written behind.
#include "ccp.h"

enum {
    CC_VIEW_PAGES = 64,
    CC_MOST_VIEWS = 64, // of a stream, that are not in use
};

typedef struct _CC_VIEW {
    LIST_ENTRY Link; // in the stream; those used last at the end
    PEPROCESS Process;
    PUCHAR Base;
    ULONG64 First;  // page
    ULONG64 Mapped; // pages
    ULONG Uses;
} CC_VIEW, *PCC_VIEW;

static VOID CcpDeleteView(PCC_STREAM Stream, PCC_VIEW View)
{
    RemoveEntryList(&View->Link);
    Stream->ViewCount--;
    (VOID) MmUnmapHostView(View->Process, View->Base);
    ObDereferenceObject(View->Process);
    ExFreePoolWithTag(View, CcTag);
}

VOID CcpDeleteViews(PCC_STREAM Stream)
{
    while (!IsListEmpty(&Stream->ViewListHead))
        CcpDeleteView(Stream, CONTAINING_RECORD(Stream->ViewListHead.Flink, CC_VIEW, Link));
}

static VOID CcpTrimViews(PCC_STREAM Stream)
{
    PLIST_ENTRY Link = Stream->ViewListHead.Flink;
    while (Link != &Stream->ViewListHead && Stream->ViewCount > CC_MOST_VIEWS) {
        PCC_VIEW View = CONTAINING_RECORD(Link, CC_VIEW, Link);
        Link = Link->Flink;
        if (!View->Uses)
            CcpDeleteView(Stream, View);
    }
}

static PCC_VIEW CcpFindView(PCC_STREAM Stream, PEPROCESS Process, ULONG64 First, ULONG64 End)
{
    for (PLIST_ENTRY Link = Stream->ViewListHead.Blink; Link != &Stream->ViewListHead;
         Link = Link->Blink) {
        PCC_VIEW View = CONTAINING_RECORD(Link, CC_VIEW, Link);
        if (View->Process == Process && First >= View->First && End <= View->First + CC_VIEW_PAGES)
            return View;
    }
    return nullptr;
}

static NTSTATUS CcpOpenView(PCC_STREAM Stream, PEPROCESS Process, ULONG64 First, ULONG64 End,
                            PCC_VIEW *Result)
{
    PCC_VIEW View = CcpFindView(Stream, Process, First, End);
    if (!View) {
        PVOID Base;
        if (End - First > CC_VIEW_PAGES)
            return STATUS_INVALID_PARAMETER;
        CcpTrimViews(Stream);
        View = ExAllocatePoolZero(NonPagedPool, sizeof(*View), CcTag);
        if (!View)
            return STATUS_INSUFFICIENT_RESOURCES;
        NTSTATUS Status = MmReserveCacheView(Process, CC_VIEW_PAGES, &Base);
        if (!NT_SUCCESS(Status)) {
            ExFreePoolWithTag(View, CcTag);
            return Status;
        }
        ULONG64 Window = ALIGN_DOWN_BY(First, CC_VIEW_PAGES);
        ObReferenceObject(Process);
        View->Process = Process;
        View->Base = Base;
        View->First = End <= Window + CC_VIEW_PAGES ? Window : First;
        InsertTailList(&Stream->ViewListHead, &View->Link);
        Stream->ViewCount++;
    }
    *Result = View;
    return STATUS_SUCCESS;
}

static NTSTATUS CcpShowPage(PCC_VIEW View, PCC_PAGE Page)
{
    ULONG Place = (ULONG)(Page->Number - View->First);
    if (View->Mapped >> Place & 1)
        return STATUS_SUCCESS;
    NTSTATUS Status =
        MmMapCachePage(View->Process, View->Base + ((SIZE_T)Place << PAGE_SHIFT), Page->Data);
    if (NT_SUCCESS(Status))
        View->Mapped |= 1ull << Place;
    return Status;
}

// Out of all views, as nobody holds it.
VOID CcpHidePage(PCC_PAGE Page)
{
    PCC_STREAM Stream = Page->Stream;
    for (PLIST_ENTRY Link = Stream->ViewListHead.Flink; Link != &Stream->ViewListHead;
         Link = Link->Flink) {
        PCC_VIEW View = CONTAINING_RECORD(Link, CC_VIEW, Link);
        ULONG64 Place = Page->Number - View->First;
        if (Place >= CC_VIEW_PAGES || !(View->Mapped >> Place & 1))
            continue;
        MmUnmapCachePage(View->Process, View->Base + (Place << PAGE_SHIFT));
        View->Mapped &= ~(1ull << Place);
    }
}

// ---- Holding

static VOID CcpReleasePages(PCC_STREAM Stream, ULONG64 First, ULONG64 End, BOOLEAN Pinned)
{
    for (ULONG64 Number = First; Number < End; Number++) {
        PCC_PAGE Page = CcpFindPage(Stream, Number);
        Page->Mapped--;
        if (Pinned)
            Page->Held--;
    }
}

// A page that is to be written as a whole need not be read.
static NTSTATUS CcpHoldPage(PCC_STREAM Stream, ULONG64 Number, ULONG Count, ULONG Flags,
                            PCC_PAGE *Result)
{
    if ((Flags & CC_HOLD_ZERO) && !CcpFindPage(Stream, Number) && !CcpMakeZeroPage(Stream, Number))
        return STATUS_INSUFFICIENT_RESOURCES;
    PCC_PAGE Page;
    NTSTATUS Status = CcpGetPage(Stream, Number, Count, !(Flags & CC_HOLD_NO_WAIT), &Page);
    // What is under way is the page as it was: a writer waits for it.
    if (NT_SUCCESS(Status)) {
        Page->Mapped++;
        Page->Held += (Flags & CC_HOLD_PINNED) != 0;
        *Result = Page;
    }
    return Status;
}

NTSTATUS CcHoldPages(PCC_STREAM Stream, PEPROCESS Process, ULONG64 Offset, ULONG Length,
                     ULONG Flags, PVOID *Address)
{
    ULONG64 First = CcpPageOf(Offset), End = CcpPageOf(Offset + Length + PAGE_SIZE - 1);
    PCC_VIEW View;
    NTSTATUS Status = CcpOpenView(Stream, Process, First, End, &View);
    if (!NT_SUCCESS(Status))
        return Status;
    CcReferenceStream(Stream);
    View->Uses++; // it stays while this waits
    ULONG64 Held = First;
    for (; Held < End && NT_SUCCESS(Status);) {
        PCC_PAGE Page;
        Status = CcpHoldPage(Stream, Held, (ULONG)(End - Held), Flags, &Page);
        if (!NT_SUCCESS(Status))
            break;
        Held++;
        Status = CcpShowPage(View, Page);
        if (NT_SUCCESS(Status) && (Flags & CC_HOLD_ZERO))
            memset(Page->Data, 0, PAGE_SIZE);
    }
    if (NT_SUCCESS(Status)) {
        RemoveEntryList(&View->Link);
        InsertTailList(&Stream->ViewListHead, &View->Link);
        *Address = View->Base + (Offset - (View->First << PAGE_SHIFT));
    } else {
        CcpReleasePages(Stream, First, Held, (Flags & CC_HOLD_PINNED) != 0);
        View->Uses--;
    }
    CcDereferenceStream(Stream);
    return Status;
}

static BOOLEAN CcpIsHeld(PCC_STREAM Stream, ULONG64 First, ULONG64 End, BOOLEAN Pinned)
{
    for (ULONG64 Number = First; Number < End; Number++) {
        PCC_PAGE Page = CcpFindPage(Stream, Number);
        if (!Page || !Page->Mapped || (Pinned && !Page->Held))
            return FALSE;
    }
    return TRUE;
}

NTSTATUS CcReleasePages(PCC_STREAM Stream, PEPROCESS Process, ULONG64 Offset, ULONG Length,
                        ULONG Flags)
{
    ULONG64 First = CcpPageOf(Offset), End = CcpPageOf(Offset + Length + PAGE_SIZE - 1);
    BOOLEAN Pinned = (Flags & CC_HOLD_PINNED) != 0;
    if (End - First > CC_VIEW_PAGES || !CcpIsHeld(Stream, First, End, Pinned))
        return STATUS_INVALID_PARAMETER;
    PCC_VIEW View = CcpFindView(Stream, Process, First, End);
    if (!View || !View->Uses)
        return STATUS_INVALID_PARAMETER;
    if (Flags & CC_HOLD_DIRTY) {
        for (ULONG64 Number = First; Number < End; Number++)
            CcpDirtyPage(CcpFindPage(Stream, Number), TRUE);
    }
    if (!(Flags & CC_HOLD_KEEP)) {
        CcpReleasePages(Stream, First, End, Pinned);
        View->Uses--;
    }
    return STATUS_SUCCESS;
}
