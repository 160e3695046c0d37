// Streams whose driver host has ended. One that has data to be written, or that somebody has mapped, is an orphan: it stays as it
// is, under the file's path on the volume, and who wants a page of it that is not in memory waits. When the volume is
// mounted by a fresh host, io opens the file there, and the stream becomes that file's, whoever had it open or mapped. If the
// volume does not come back, what was to be written is lost; the log tells.
#include "ccp.h"

enum {
    CC_RECENT = 20
}; // tenths of a second in which a file system brings its metadata to the disk

struct _CC_ORPHAN {
    LIST_ENTRY Link;
    PCC_STREAM Stream; // referenced
    PVOID Volume;      // as IoFileVolume tells
    UNICODE_STRING Path;
};

static LIST_ENTRY CcpOrphans = {&CcpOrphans, &CcpOrphans};
static KEVENT CcpSettled; // notification event, pulsed: an orphan is none any more

VOID CcpInitOrphans(VOID)
{
    KeInitializeEvent(&CcpSettled, NotificationEvent, FALSE);
}

static VOID CcpEndOrphan(PCC_ORPHAN Orphan)
{
    PCC_STREAM Stream = Orphan->Stream;
    Stream->Orphan = nullptr;
    RemoveEntryList(&Orphan->Link);
    ExFreePool(Orphan->Path.Buffer);
    ExFreePoolWithTag(Orphan, CcTag);
    KePulseEvent(&CcpSettled);
    CcDereferenceStream(Stream);
}

// What is mapped stays, and is worth nothing.
static VOID CcpDropOrphan(PCC_ORPHAN Orphan, NTSTATUS Status)
{
    PCC_STREAM Stream = Orphan->Stream;
    CcReferenceStream(Stream);
    if (Stream->DirtyCount)
        DbgPrintEx(DPFLTR_CACHEMGR_ID, DPFLTR_ERROR_LEVEL,
                   "cc: %llu pages of %wZ are lost: 0x%08lX\n", (ULONG64)Stream->DirtyCount,
                   &Orphan->Path, (ULONG)Status);
    CcpEndOrphan(Orphan);
    (VOID) CcPurgeStream(Stream, &CC_WHOLE);
    CcDereferenceStream(Stream);
}

static PCC_ORPHAN CcpFindOrphanOf(PVOID Volume)
{
    for (PLIST_ENTRY Link = CcpOrphans.Flink; Link != &CcpOrphans; Link = Link->Flink) {
        PCC_ORPHAN Orphan = CONTAINING_RECORD(Link, CC_ORPHAN, Link);
        if (Orphan->Volume == Volume)
            return Orphan;
    }
    return nullptr;
}

VOID CcVolumeLost(PVOID Volume)
{
    PCC_ORPHAN Orphan;
    while ((Orphan = CcpFindOrphanOf(Volume)) != nullptr)
        CcpDropOrphan(Orphan, STATUS_VOLUME_DISMOUNTED);
}

NTSTATUS CcpAwaitHome(PCC_STREAM Stream)
{
    NTSTATUS Status = STATUS_SUCCESS;
    while (Status == STATUS_SUCCESS && Stream->Orphan)
        Status = KeWaitForSingleObject(&CcpSettled, WrPageIn, UserMode, FALSE, nullptr);
    return Status;
}

// ---- The host ends

static BOOLEAN CcpKeepOrphan(PCC_STREAM Stream)
{
    PVOID Volume = Stream->File ? IoFileVolume(Stream->File) : nullptr;
    if (!Volume || !(Stream->DirtyCount || Stream->Sections))
        return FALSE;
    PCC_ORPHAN Orphan = ExAllocatePoolZero(NonPagedPool, sizeof(*Orphan), CcTag);
    if (!Orphan || !NT_SUCCESS(IoCopyFilePath(Stream->File, &Orphan->Path))) {
        if (Orphan)
            ExFreePoolWithTag(Orphan, CcTag);
        return FALSE;
    }
    CcReferenceStream(Stream);
    Orphan->Stream = Stream;
    Orphan->Volume = Volume;
    Stream->Orphan = Orphan;
    InsertTailList(&CcpOrphans, &Orphan->Link);
    return TRUE;
}

// Those who held pages in the host are gone with it. An image of the file stays.
static VOID CcpNobodyHolds(PCC_STREAM Stream)
{
    for (ULONG64 Number = 0;; Number++) {
        PCC_PAGE Page = CcpIndexNext(&Stream->Pages, &Number);
        if (!Page)
            return;
        Page->Held = 0;
        Page->Mapped = Number < CcpImagePages(Stream);
    }
}

// What has just been written may lie where the file system had not yet noted that it belongs to the file.
static VOID CcpDirtyRecent(PCC_STREAM Stream)
{
    if (CcpNow() - Stream->WrittenAt > CC_RECENT)
        return;
    for (ULONG64 Number = 0;; Number++) {
        PCC_PAGE Page = CcpIndexNext(&Stream->Pages, &Number);
        if (!Page)
            return;
        if (Page->State == CcPageValid)
            (VOID) CcpDirtyPage(Page, TRUE);
    }
}

// Its files are dead: no request comes back from them.
static VOID CcpAbandonStream(PCC_STREAM Stream)
{
    PFILE_OBJECT File = Stream->File;
    CcReferenceStream(Stream);
    Stream->Owner = nullptr;
    Stream->Maps = 0;
    Stream->Lockers = 0; // io does not count down what was locked in a host that has ended
    CcpDeleteViews(Stream);
    CcpNobodyHolds(Stream);
    CcpDirtyRecent(Stream);
    if (!CcpKeepOrphan(Stream)) {
        if (Stream->DirtyCount)
            DbgPrintEx(DPFLTR_CACHEMGR_ID, DPFLTR_ERROR_LEVEL,
                       "cc: %llu pages of a file are lost: its host has ended\n",
                       (ULONG64)Stream->DirtyCount);
        (VOID) CcPurgeStream(Stream, &CC_WHOLE);
    }
    if (File && Stream->File) { // not given up by the purge
        Stream->File = nullptr;
        CcpNoteUse(Stream);
        CcDereferenceStream(Stream); // the file's
        ObDereferenceObject(File);
    }
    CcDereferenceStream(Stream);
}

VOID CcOwnerEnded(PVOID Owner)
{
    PCC_STREAM Stream;
    while ((Stream = CcpFindStreamOf(Owner)) != nullptr)
        CcpAbandonStream(Stream);
}

// ---- A fresh host has the volume

// The file is open there, and as long as the stream.
static NTSTATUS CcpBringHome(PCC_STREAM Stream, const CC_HOME *Home)
{
    PCC_STREAM Other = CcFindStream(Home->Owner, Home->Key);
    if (Other) { // it is the same file under another name
        CcDereferenceStream(Other);
        return STATUS_OBJECT_NAME_COLLISION;
    }
    CcpRenameStream(Stream, Home->Owner, Home->Key);
    ObReferenceObject(Home->File);
    Stream->File = Home->File;
    CcReferenceStream(Stream); // the file's
    Stream->WriteStatus = STATUS_SUCCESS;
    Stream->Refused = FALSE;
    CcpNoteUse(Stream);
    CcpWakeWriter();
    return STATUS_SUCCESS;
}

VOID CcVolumeReturned(PVOID Volume, CC_REOPEN *Reopen, PVOID Context)
{
    PCC_ORPHAN Orphan;
    while ((Orphan = CcpFindOrphanOf(Volume)) != nullptr) {
        CC_HOME Home = {};
        BOOLEAN New = Orphan->Stream->DirtyCount != 0;
        NTSTATUS Status = Reopen(Context, &Orphan->Path, Orphan->Stream->Sizes.File, New, &Home);
        if (NT_SUCCESS(Status)) {
            Status = CcpBringHome(Orphan->Stream, &Home);
            ObDereferenceObject(Home.File);
        }
        if (NT_SUCCESS(Status))
            CcpEndOrphan(Orphan);
        else
            CcpDropOrphan(Orphan, Status);
    }
}
