// Streams whose driver host has ended. What was to be written is kept under the file's name: when a fresh host opens the file
// again, it is the new stream's, and is written. What lies behind the end that the file has then is lost, as is what nobody
// opens for ten minutes; the log tells, and who opens the file hears of it at its first flush.
#include "ccp.h"

enum { CC_ORPHAN_AGE = 6000 }; // tenths of a second

typedef struct _CC_ORPHAN {
    LIST_ENTRY Link;
    PCC_STREAM Stream; // referenced
    UNICODE_STRING Name;
    ULONG Since;
} CC_ORPHAN, *PCC_ORPHAN;

static LIST_ENTRY CcpOrphans = {&CcpOrphans, &CcpOrphans};

static VOID CcpDropOrphan(PCC_ORPHAN Orphan, PCSTR Reason)
{
    PCC_STREAM Stream = Orphan->Stream;
    if (Stream->DirtyCount)
        DbgPrint("cc: %llu pages of %wZ are lost: %s\n", (ULONG64)Stream->DirtyCount, &Orphan->Name,
                 Reason);
    RemoveEntryList(&Orphan->Link);
    (VOID) CcPurgeStream(Stream, &CC_WHOLE);
    CcDereferenceStream(Stream);
    ExFreePool(Orphan->Name.Buffer);
    ExFreePoolWithTag(Orphan, CcTag);
}

VOID CcpForgetOrphans(VOID)
{
    ULONG Now = CcpNow();
    PLIST_ENTRY Link = CcpOrphans.Flink;
    while (Link != &CcpOrphans) {
        PCC_ORPHAN Orphan = CONTAINING_RECORD(Link, CC_ORPHAN, Link);
        Link = Link->Flink;
        if (Now - Orphan->Since > CC_ORPHAN_AGE)
            CcpDropOrphan(Orphan, "nobody has opened it again");
    }
}

// ---- The host ends

static VOID CcpKeepOrphan(PCC_STREAM Stream)
{
    PCC_ORPHAN Orphan = ExAllocatePoolZero(NonPagedPool, sizeof(*Orphan), CcTag);
    if (!Orphan || !NT_SUCCESS(IoQueryFileIdentity(Stream->File, &Orphan->Name))) {
        DbgPrint("cc: %llu pages of a file are lost: no memory\n", (ULONG64)Stream->DirtyCount);
        if (Orphan)
            ExFreePoolWithTag(Orphan, CcTag);
        return;
    }
    CcReferenceStream(Stream);
    Orphan->Stream = Stream;
    Orphan->Since = CcpNow();
    InsertTailList(&CcpOrphans, &Orphan->Link);
}

static VOID CcpNobodyHolds(PCC_STREAM Stream)
{
    for (ULONG64 Number = 0;; Number++) {
        PCC_PAGE Page = CcpIndexNext(&Stream->Pages, &Number);
        if (!Page)
            return;
        Page->Mapped = Page->Held = 0;
    }
}

// Its files are dead: no request comes back from them.
static VOID CcpAbandonStream(PCC_STREAM Stream)
{
    PFILE_OBJECT File = Stream->File;
    CcReferenceStream(Stream);
    Stream->Owner = nullptr;
    Stream->Maps = 0;
    Stream->Locked = FALSE;
    CcpDeleteViews(Stream);
    CcpNobodyHolds(Stream);
    if (Stream->DirtyCount)
        CcpKeepOrphan(Stream);
    BOOLEAN Kept = Stream->DirtyCount && CcpIsOrphan(Stream);
    if (!Kept)
        (VOID) CcPurgeStream(Stream, &CC_WHOLE);
    if (File && Stream->File) { // not given up by the purge
        Stream->File = nullptr;
        CcpNoteUse(Stream);
        CcDereferenceStream(Stream); // the file's
        ObDereferenceObject(File);
    }
    CcDereferenceStream(Stream);
}

BOOLEAN CcpIsOrphan(PCC_STREAM Stream)
{
    for (PLIST_ENTRY Link = CcpOrphans.Flink; Link != &CcpOrphans; Link = Link->Flink) {
        if (CONTAINING_RECORD(Link, CC_ORPHAN, Link)->Stream == Stream)
            return TRUE;
    }
    return FALSE;
}

VOID CcOwnerEnded(PVOID Owner)
{
    PCC_STREAM Stream;
    while ((Stream = CcpFindStreamOf(Owner)) != nullptr)
        CcpAbandonStream(Stream);
}

// ---- Its successor opens the file

static PCC_ORPHAN CcpFindOrphan(PCUNICODE_STRING Name)
{
    for (PLIST_ENTRY Link = CcpOrphans.Flink; Link != &CcpOrphans; Link = Link->Flink) {
        PCC_ORPHAN Orphan = CONTAINING_RECORD(Link, CC_ORPHAN, Link);
        if (RtlEqualUnicodeString(&Orphan->Name, Name, TRUE))
            return Orphan;
    }
    return nullptr;
}

static VOID CcpMovePages(PCC_STREAM From, PCC_STREAM To)
{
    ULONG64 End = CcpPageOf(To->Sizes.File + PAGE_SIZE - 1);
    for (ULONG64 Number = 0;; Number++) {
        PCC_PAGE Page = CcpIndexNextMarked(&From->Pages, &Number);
        if (!Page || Number >= End)
            return;
        if (Page->Transfer || Page->Pins || CcpFindPage(To, Number) ||
            !CcpIndexInsert(&To->Pages, Number, Page))
            continue;
        CcpCleanPage(Page);
        CcpIndexRemove(&From->Pages, Number);
        From->PageCount--;
        To->PageCount++;
        Page->Stream = To;
        (VOID) CcpDirtyPage(Page, TRUE);
    }
}

VOID CcpAdoptOrphan(PCC_STREAM Stream)
{
    UNICODE_STRING Name;
    if (IsListEmpty(&CcpOrphans) || !NT_SUCCESS(IoQueryFileIdentity(Stream->File, &Name)))
        return;
    PCC_ORPHAN Orphan = CcpFindOrphan(&Name);
    ExFreePool(Name.Buffer);
    if (!Orphan)
        return;
    CcpMovePages(Orphan->Stream, Stream);
    if (Orphan->Stream->DirtyCount)
        Stream->LostStatus = STATUS_LOST_WRITEBEHIND_DATA;
    CcpDropOrphan(Orphan, "the file is shorter now");
}
