// The rings between the Executive and a driver host. What the host writes is copied before it is looked
// at, and a host that writes nonsense is ended.
#include "hostp.h"

constexpr ULONG IopEntryTag = 'nEoI';

enum {
    IOP_ENTRY_INDEX_BITS = 12, // of an id; the rest counts generations
    IOP_MAX_ENTRIES = 1 << IOP_ENTRY_INDEX_BITS,
    IOP_ENTRY_GROWTH = 32,
};

// ---- Entries

static BOOLEAN IopGrowEntries(PIO_HOST Host)
{
    ULONG Count = min(Host->EntryCount + IOP_ENTRY_GROWTH, (ULONG)IOP_MAX_ENTRIES);
    if (Count == Host->EntryCount)
        return FALSE;
    PIOP_HOST_ENTRY *New = ExAllocatePoolWithTag(NonPagedPool, Count * sizeof(*New), IopEntryTag);
    if (!New)
        return FALSE;
    if (Host->Entries) {
        memcpy(New, Host->Entries, Host->EntryCount * sizeof(*New));
        ExFreePool(Host->Entries);
    }
    Host->Entries = New;
    while (Host->EntryCount < Count) {
        PIOP_HOST_ENTRY Entry = ExAllocatePoolZero(NonPagedPool, sizeof(*Entry), IopEntryTag);
        if (!Entry)
            break;
        Entry->Id = 1u << IOP_ENTRY_INDEX_BITS | Host->EntryCount;
        New[Host->EntryCount++] = Entry;
        InsertTailList(&Host->FreeEntries, &Entry->Link);
    }
    return !IsListEmpty(&Host->FreeEntries);
}

PIOP_HOST_ENTRY IopAllocateHostEntry(PIO_HOST Host)
{
    if (IsListEmpty(&Host->FreeEntries) && !IopGrowEntries(Host))
        return nullptr;
    PIOP_HOST_ENTRY Entry =
        CONTAINING_RECORD(RemoveHeadList(&Host->FreeEntries), IOP_HOST_ENTRY, Link);
    InitializeListHead(&Entry->Link);
    return Entry;
}

// The next user of the entry has another id, so a late answer finds nothing.
VOID IopReleaseHostEntry(PIO_HOST Host, PIOP_HOST_ENTRY Entry)
{
    ULONG Id = Entry->Id + (1u << IOP_ENTRY_INDEX_BITS);
    if (Id < 1u << IOP_ENTRY_INDEX_BITS)
        Id += 1u << IOP_ENTRY_INDEX_BITS; // the generations are through: not 0
    RemoveEntryList(&Entry->Link);
    Host->GivenCount -= Entry->Given;
    memset(Entry, 0, FIELD_OFFSET(IOP_HOST_ENTRY, Message));
    Entry->Id = Id;
    InsertHeadList(&Host->FreeEntries, &Entry->Link);
}

PIOP_HOST_ENTRY IopFindHostEntry(PIO_HOST Host, ULONG Id)
{
    ULONG Index = Id & (IOP_MAX_ENTRIES - 1);
    if (Index >= Host->EntryCount)
        return nullptr;
    PIOP_HOST_ENTRY Entry = Host->Entries[Index];
    return Entry->Id == Id && Entry->Given ? Entry : nullptr;
}

// ---- To the host

static BOOLEAN IopIsRingFull(PIO_HOST Host)
{
    ULONG Used = Host->RequestTail - Host->Shared->RequestRing.Head;
    return Used >= HOST_RING_ENTRIES; // a host that spoils its Head stops only itself
}

static VOID IopPutMessage(PIO_HOST Host, const HOST_REQUEST *Message)
{
    Host->Shared->Requests[Host->RequestTail % HOST_RING_ENTRIES] = *Message;
    __atomic_store_n(&Host->Shared->RequestRing.Tail, ++Host->RequestTail, __ATOMIC_RELEASE);
}

static VOID IopPutEntry(PIO_HOST Host, PIOP_HOST_ENTRY Entry)
{
    RemoveEntryList(&Entry->Link);
    InsertTailList(&Host->Given, &Entry->Link);
    Entry->Given = TRUE;
    Host->GivenCount++;
    IopPutMessage(Host, &Entry->Message);
}

static VOID IopPutBacklog(PIO_HOST Host)
{
    while (!IsListEmpty(&Host->Backlog) && !IopIsRingFull(Host)) {
        PIOP_HOST_ENTRY Entry = CONTAINING_RECORD(Host->Backlog.Flink, IOP_HOST_ENTRY, Link);
        IopPutEntry(Host, Entry);
        if (!Entry->Request && !Entry->Control) // nobody answers it
            IopReleaseHostEntry(Host, Entry);
    }
}

VOID IopGiveEntry(PIO_HOST Host, PIOP_HOST_ENTRY Entry)
{
    BOOLEAN IsRequest = Entry->Request != nullptr; // the entry may be gone once it is in the ring
    BOOLEAN Quiet = IsRequest && (Entry->Message.Flags & HOST_REQUEST_QUIET);
    InsertTailList(&Host->Backlog, &Entry->Link);
    IopPutBacklog(Host);
    Host->Closes += Quiet;
    if (Quiet)
        IopWakeHostLater(Host);
    else if (IsRequest)
        IopWakeHostSoon(Host);
    else
        IopWakeHost(Host);
}

VOID IopTellHost(PIO_HOST Host, const HOST_REQUEST *Message)
{
    if (Host->Ended)
        return;
    if (IsListEmpty(&Host->Backlog) && !IopIsRingFull(Host)) {
        IopPutMessage(Host, Message);
        IopWakeHost(Host);
        return;
    }
    PIOP_HOST_ENTRY Entry = IopAllocateHostEntry(Host);
    if (!Entry) {
        IopEndHost(Host, "it does not take what it is told");
        return;
    }
    Entry->Message = *Message;
    IopGiveEntry(Host, Entry);
}

VOID IopTellHosts(const HOST_REQUEST *Message)
{
    PLIST_ENTRY Link = IopHostListHead.Flink;
    while (Link != &IopHostListHead) {
        PIO_HOST Host = CONTAINING_RECORD(Link, IO_HOST, Link);
        Link = Link->Flink;
        if (Host->Connected)
            IopTellHost(Host, Message);
    }
}

// ---- From the host

static VOID IopAnswerControl(PIO_HOST Host, PIOP_HOST_ENTRY Entry, const HOST_REPLY *Reply)
{
    PIOP_CONTROL Control = Entry->Control;
    IopFreeShared(Host, &Entry->System);
    IopReleaseHostEntry(Host, Entry);
    if (!Control)
        return;
    Control->Status = Reply->Status;
    Control->Information = Reply->Information;
    KeSetEvent(&Control->Done);
}

// What an answer says of the file that was asked for.
static VOID IopHeed(PIOP_HOST_ENTRY Entry, const HOST_REPLY *Reply)
{
    PIO_REQUEST Request = Entry->Request;
    PFILE_OBJECT File = Request->File;
    if (!File)
        return;
    if (Request->MajorFunction == IRP_MJ_CREATE && NT_SUCCESS(Reply->Status)) {
        File->SectionKey = Reply->Data;
        IopJoinSameFiles(File);
        File->Flags |= Reply->FileFlags & FO_VOLUME_OPEN;
        IopFileOpened(File, (Reply->FileFlags & HOST_FILE_OWN_NAME) != 0,
                      Reply->Information == FILE_CREATED);
    }
    if (Request->MajorFunction == IRP_MJ_SET_INFORMATION)
        IopInformationSet(File, (FILE_INFORMATION_CLASS)Request->Parameters[1]);
    if (!(Request->Flags & HOST_REQUEST_TELL) || !(Reply->FileFlags & HOST_FILE_TOLD) ||
        !Request->Captured)
        return;
    memcpy(Request->Captured, Entry->System.Address, // without what is behind it
           RTL_SIZEOF_THROUGH_FIELD(FILE_NETWORK_OPEN_INFORMATION, FileAttributes));
    Request->Told = TRUE;
}

static VOID IopCutCached(PIO_HOST Host, const HOST_REPLY *Reply)
{
    PCC_STREAM Stream = CcFindStream(Host, Reply->Data);
    if (!Stream)
        return;
    if (Reply->Information <= MAXLONG64)
        CcCutStream(Stream, Reply->Information);
    CcDereferenceStream(Stream);
}

// TRUE: it is no answer.
static BOOLEAN IopHandleMessage(PIO_HOST Host, const HOST_REPLY *Reply)
{
    switch (Reply->Kind) {
    case HostReplyForward:
        IopForwardRequest(Host, Reply);
        return TRUE;
    case HostReplyForwardCancel:
        IopForwardCancel(Host, Reply->RequestId);
        return TRUE;
    case HostReplyCutCached:
        IopCutCached(Host, Reply);
        return TRUE;
    default:
        return FALSE;
    }
}

static VOID IopHandleReply(PIO_HOST Host, const HOST_REPLY *Reply)
{
    if (IopHandleMessage(Host, Reply))
        return;
    PIOP_HOST_ENTRY Entry =
        Reply->Kind == HostReplyComplete ? IopFindHostEntry(Host, Reply->RequestId) : nullptr;
    if (!Entry) {
        IopEndHost(Host, "it answers what it was not asked");
        return;
    }
    if (Entry->Request)
        IopHeed(Entry, Reply);
    if (Entry->Message.Flags & HOST_REQUEST_QUIET)
        IopCloseAnswered(Host);
    if (Entry->Request)
        IopFinishHostRequest(Host, Entry, Reply->Status, Reply->Information);
    else
        IopAnswerControl(Host, Entry, Reply);
}

VOID IopDrainReplies(PIO_HOST Host)
{
    PHOST_SHARED Shared = Host->Shared;
    IopReferenceHost(Host);
    while (!Host->Ended) {
        ULONG Tail = __atomic_load_n(&Shared->ReplyRing.Tail, __ATOMIC_ACQUIRE);
        if (Tail - Host->ReplyHead > HOST_RING_ENTRIES) {
            IopEndHost(Host, "its ring is spoilt");
            break;
        }
        if (Tail == Host->ReplyHead) {
            if (Shared->ReplyRing.Waiting)
                break;
            Shared->ReplyRing.Waiting = 1; // and look once more
            continue;
        }
        HOST_REPLY Reply = Shared->Replies[Host->ReplyHead % HOST_RING_ENTRIES];
        __atomic_store_n(&Shared->ReplyRing.Head, ++Host->ReplyHead, __ATOMIC_RELEASE);
        IopHandleReply(Host, &Reply);
    }
    if (!Host->Ended && !IsListEmpty(&Host->Backlog)) {
        IopPutBacklog(Host);
        IopWakeHost(Host);
    }
    if (Host->GivenCount >= HOST_REST_REQUESTS)
        IopWatchRest();
    IopDereferenceHost(Host);
}

// What an ended host has said of deleted files and not been heard: their data is not to outlive it. Nothing else that it has
// answered counts any more.
VOID IopHeedLastCuts(PIO_HOST Host)
{
    ULONG Tail = __atomic_load_n(&Host->Shared->ReplyRing.Tail, __ATOMIC_ACQUIRE);
    if (Tail - Host->ReplyHead > HOST_RING_ENTRIES)
        return;
    while (Host->ReplyHead != Tail) {
        HOST_REPLY Reply = Host->Shared->Replies[Host->ReplyHead++ % HOST_RING_ENTRIES];
        if (Reply.Kind == HostReplyCutCached)
            IopCutCached(Host, &Reply);
    }
}

VOID IoHostsNotified(ULONG64 Bits, ULONG BitCount)
{
    PLIST_ENTRY Link = IopHostListHead.Flink;
    while (Link != &IopHostListHead) {
        PIO_HOST Host = CONTAINING_RECORD(Link, IO_HOST, Link);
        Link = Link->Flink;
        if (Host->Connected && Bits >> Host->Id % BitCount & 1)
            IopDrainReplies(Host);
    }
}
