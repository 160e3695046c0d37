// The data of one direction of an instance. It holds data, or readers that wait for some, never both.
#include "np.h"

VOID NpInitQueue(PNP_QUEUE Queue, ULONG Quota)
{
    *Queue = (NP_QUEUE){.Quota = Quota};
    InitializeListHead(&Queue->Entries);
    InitializeListHead(&Queue->Readers);
}

static PNP_ENTRY NpFirstEntry(const NP_QUEUE *Queue)
{
    return CONTAINING_RECORD(Queue->Entries.Flink, NP_ENTRY, Link);
}

static PIO_REQUEST NpTakeReader(PNP_QUEUE Queue)
{
    return CONTAINING_RECORD(RemoveHeadList(&Queue->Readers), IO_REQUEST, OwnerLink);
}

BOOLEAN NpHasData(const NP_QUEUE *Queue)
{
    return !IsListEmpty(&Queue->Entries) && !NpFirstEntry(Queue)->Flush;
}

BOOLEAN NpIsIdle(const NP_QUEUE *Queue)
{
    return IsListEmpty(&Queue->Entries) && IsListEmpty(&Queue->Readers);
}

ULONG NpCountMessages(const NP_QUEUE *Queue)
{
    ULONG Count = 0;
    for (PLIST_ENTRY Link = Queue->Entries.Flink; Link != &Queue->Entries; Link = Link->Flink)
        Count += CONTAINING_RECORD(Link, NP_ENTRY, Link)->Flush ? 0 : 1;
    return Count;
}

ULONG NpFirstMessage(const NP_QUEUE *Queue)
{
    return NpHasData(Queue) ? NpFirstEntry(Queue)->Size - NpFirstEntry(Queue)->Read : 0;
}

// ---- Copying. Straight from the writer's memory to the reader's where both are programs.

static NTSTATUS NpCopyBetween(PIO_REQUEST Writer, ULONG From, PIO_REQUEST Reader, ULONG To,
                              ULONG Size)
{
    SIZE_T Copied;
    if (Writer->KernelInput)
        return IopCopyToRequest(Reader, To, (PUCHAR)Writer->InputBuffer + From, Size);
    if (Reader->KernelOutput)
        return IopCopyFromRequest(Writer, From, (PUCHAR)Reader->OutputBuffer + To, Size);
    NTSTATUS Status =
        MmCopyVirtualMemory(Writer->Process, Writer->InputBuffer + From, Reader->Process,
                            Reader->OutputBuffer + To, Size, &Copied);
    return Status == STATUS_PARTIAL_COPY ? STATUS_ACCESS_VIOLATION : Status;
}

static NTSTATUS NpCopyEntry(PNP_ENTRY Entry, ULONG From, PIO_REQUEST Reader, ULONG To, ULONG Size)
{
    if (Entry->Request)
        return NpCopyBetween(Entry->Request, From, Reader, To, Size);
    return IopCopyToRequest(Reader, To, Entry->Data + From, Size);
}

// ---- Writing

static BOOLEAN NpReadsMessages(PNP_INSTANCE Instance, NP_END Reader)
{
    return Instance->Ends[Reader].ReadMode == FILE_PIPE_MESSAGE_MODE;
}

// A message goes to one reader after another until it is used up; a reader of bytes takes what comes. An
// empty message ends the wait of one reader.
static VOID NpServeReaders(PNP_INSTANCE Instance, NP_END End, PIO_REQUEST Request, PULONG Taken,
                           PBOOLEAN Whole)
{
    PNP_QUEUE Queue = &Instance->Queues[End];
    BOOLEAN Messages = NpReadsMessages(Instance, End);
    *Whole = FALSE;
    while (!*Whole && !IsListEmpty(&Queue->Readers)) {
        PIO_REQUEST Reader = NpTakeReader(Queue);
        ULONG Part = min(Reader->OutputLength, Request->InputLength - *Taken);
        NTSTATUS Status = NpCopyBetween(Request, *Taken, Reader, 0, Part);
        if (!NT_SUCCESS(Status)) {
            IopCompleteRequest(Reader, Status, 0);
            continue;
        }
        *Taken += Part;
        *Whole = *Taken == Request->InputLength;
        IopCompleteRequest(Reader, Messages && !*Whole ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS,
                           Part);
    }
}

static NTSTATUS NpBufferData(PNP_QUEUE Queue, PIO_REQUEST Request, ULONG From, ULONG Size)
{
    PNP_ENTRY Entry = ExAllocatePoolWithTag(NonPagedPool, sizeof(*Entry) + Size, NpTag);
    if (!Entry)
        return STATUS_INSUFFICIENT_RESOURCES;
    *Entry = (NP_ENTRY){.Size = Size};
    NTSTATUS Status = IopCopyFromRequest(Request, From, Entry->Data, Size);
    if (!NT_SUCCESS(Status)) {
        ExFreePoolWithTag(Entry, NpTag);
        return Status;
    }
    InsertTailList(&Queue->Entries, &Entry->Link);
    Queue->Bytes += Size;
    Queue->QuotaUsed += Size;
    NpSignal(Queue->ReaderEvent);
    return STATUS_SUCCESS;
}

ULONG NpRoom(const NP_QUEUE *Queue)
{
    return Queue->QuotaUsed < Queue->Quota ? Queue->Quota - Queue->QuotaUsed : 0;
}

// Behind a write that is blocked nothing overtakes it. Of a stream, a part can be taken; of messages only
// whole ones are.
NTSTATUS NpPutData(PNP_INSTANCE Instance, NP_END Reader, PIO_REQUEST Request, BOOLEAN Force,
                   PULONG Taken)
{
    PNP_QUEUE Queue = &Instance->Queues[Reader];
    BOOLEAN Message = Instance->Pipe->Type == FILE_PIPE_MESSAGE_TYPE, Whole;
    *Taken = 0;
    if (!Request->InputLength && !Message)
        return STATUS_SUCCESS;
    NpServeReaders(Instance, Reader, Request, Taken, &Whole);
    if (Whole)
        return STATUS_SUCCESS;

    ULONG Rest = Request->InputLength - *Taken;
    ULONG Part = Rest;
    BOOLEAN Blocked = !IsListEmpty(&Queue->Entries) &&
                      CONTAINING_RECORD(Queue->Entries.Blink, NP_ENTRY, Link)->Request &&
                      !CONTAINING_RECORD(Queue->Entries.Blink, NP_ENTRY, Link)->Flush;
    if (!Force && (Blocked || Rest > NpRoom(Queue)))
        Part = Message || Blocked ? 0 : NpRoom(Queue);
    if (!Part && Rest)
        return STATUS_SUCCESS;
    NTSTATUS Status = NpBufferData(Queue, Request, *Taken, Part);
    if (NT_SUCCESS(Status))
        *Taken += Part;
    return Status;
}

NTSTATUS NpPutRequest(PNP_QUEUE Queue, PIO_REQUEST Request, ULONG Taken, BOOLEAN Flush)
{
    PNP_ENTRY Entry = ExAllocatePoolWithTag(NonPagedPool, sizeof(*Entry), NpTag);
    if (!Entry)
        return STATUS_INSUFFICIENT_RESOURCES;
    *Entry = (NP_ENTRY){.Request = Request, .Flush = Flush};
    if (!Flush) {
        Entry->Size = Request->InputLength;
        Entry->Read = Taken;
        Queue->Bytes += Entry->Size - Entry->Read;
        NpSignal(Queue->ReaderEvent);
    }
    InsertTailList(&Queue->Entries, &Entry->Link);
    return NpPend(Request, Flush ? NpPendingFlush : NpPendingWrite, Entry);
}

// ---- Reading

static VOID NpRemoveEntry(PNP_QUEUE Queue, PNP_ENTRY Entry)
{
    ULONG Rest = Entry->Size - Entry->Read;
    RemoveEntryList(&Entry->Link);
    Queue->Bytes -= Rest;
    if (!Entry->Request)
        Queue->QuotaUsed -= Rest;
    ExFreePoolWithTag(Entry, NpTag);
}

// Its data is read, or lost.
static VOID NpEndEntry(PNP_QUEUE Queue, PNP_ENTRY Entry, NTSTATUS Status)
{
    PIO_REQUEST Request = Entry->Request;
    ULONG_PTR Information = Entry->Flush ? 0 : Entry->Read;
    NpRemoveEntry(Queue, Entry);
    if (Request)
        IopCompleteRequest(Request, Status, Information);
}

// There may be room now for what was blocked: its writers go on, in order.
static VOID NpUnblockWriters(PNP_QUEUE Queue)
{
    for (;;) {
        PLIST_ENTRY Link = Queue->Entries.Flink;
        while (Link != &Queue->Entries && !CONTAINING_RECORD(Link, NP_ENTRY, Link)->Request)
            Link = Link->Flink;
        if (Link == &Queue->Entries)
            return;
        PNP_ENTRY Entry = CONTAINING_RECORD(Link, NP_ENTRY, Link);
        ULONG Rest = Entry->Size - Entry->Read;
        if (Entry->Flush) { // it ends when nothing is before it
            if (Link->Blink != &Queue->Entries)
                return;
            NpEndEntry(Queue, Entry, STATUS_SUCCESS);
            continue;
        }
        if (Rest > NpRoom(Queue))
            return;
        PNP_ENTRY Copy = ExAllocatePoolWithTag(NonPagedPool, sizeof(*Copy) + Rest, NpTag);
        if (!Copy)
            return; // it stays with the writer
        *Copy = (NP_ENTRY){.Size = Rest};
        if (!NT_SUCCESS(IopCopyFromRequest(Entry->Request, Entry->Read, Copy->Data, Rest))) {
            ExFreePoolWithTag(Copy, NpTag);
            NpEndEntry(Queue, Entry, STATUS_ACCESS_VIOLATION);
            continue;
        }
        InsertHeadList(Link, &Copy->Link); // behind it, then in its place
        Queue->Bytes += Rest;
        Queue->QuotaUsed += Rest;
        PIO_REQUEST Request = Entry->Request;
        ULONG Size = Entry->Size;
        NpRemoveEntry(Queue, Entry);
        IopCompleteRequest(Request, STATUS_SUCCESS, Size);
    }
}

static VOID NpConsume(PNP_QUEUE Queue, PNP_ENTRY Entry, ULONG Size)
{
    Entry->Read += Size;
    Queue->Bytes -= Size;
    if (!Entry->Request)
        Queue->QuotaUsed -= Size;
    if (Entry->Read == Entry->Size)
        NpEndEntry(Queue, Entry, STATUS_SUCCESS);
}

NTSTATUS NpTakeData(PNP_INSTANCE Instance, NP_END Reader, PIO_REQUEST Request, ULONG Offset,
                    BOOLEAN Peek, PULONG Read)
{
    PNP_QUEUE Queue = &Instance->Queues[Reader];
    BOOLEAN Messages = NpReadsMessages(Instance, Reader);
    NTSTATUS Status = STATUS_SUCCESS;
    PLIST_ENTRY Link = Queue->Entries.Flink;
    *Read = 0;
    while (Link != &Queue->Entries && NT_SUCCESS(Status)) {
        PNP_ENTRY Entry = CONTAINING_RECORD(Link, NP_ENTRY, Link);
        if (Entry->Flush && !Peek)
            break;
        Link = Link->Flink;
        ULONG Rest = Entry->Size - Entry->Read;
        ULONG Part = min(Rest, Request->OutputLength - Offset - *Read);
        Status = NpCopyEntry(Entry, Entry->Read, Request, Offset + *Read, Part);
        if (!NT_SUCCESS(Status))
            break;
        *Read += Part;
        if (!Peek)
            NpConsume(Queue, Entry, Part);
        if (Messages && Part < Rest)
            Status = STATUS_BUFFER_OVERFLOW;
        if (Messages || Part < Rest)
            break;
    }
    if (Peek)
        return Status;
    NpUnblockWriters(Queue);
    if (*Read && NpRoom(Queue))
        NpSignal(Queue->WriterEvent);
    return Status;
}

// ---- The end

VOID NpCancelEntry(PNP_QUEUE Queue, PNP_ENTRY Entry)
{
    NpEndEntry(Queue, Entry, STATUS_CANCELLED);
    NpUnblockWriters(Queue);
}

VOID NpFailReaders(PNP_QUEUE Queue, NTSTATUS Status)
{
    while (!IsListEmpty(&Queue->Readers))
        IopCompleteRequest(NpTakeReader(Queue), Status, 0);
}

// What they have not got rid of is lost; what is buffered stays.
VOID NpFailWriters(PNP_QUEUE Queue, NTSTATUS Status)
{
    PLIST_ENTRY Link = Queue->Entries.Flink;
    while (Link != &Queue->Entries) {
        PNP_ENTRY Entry = CONTAINING_RECORD(Link, NP_ENTRY, Link);
        Link = Link->Flink;
        if (!Entry->Request)
            continue;
        NpEndEntry(Queue, Entry, Status);
        Link = Queue->Entries.Flink; // the end of a request can have ended others
    }
}

VOID NpDiscardData(PNP_QUEUE Queue, NTSTATUS Status)
{
    while (!IsListEmpty(&Queue->Entries))
        NpEndEntry(Queue, NpFirstEntry(Queue), Status);
}
