// Events of pipes, for who serves many of them with one wait: an end that has one sets it when there is data to be read at that
// end, when there is room again for what it writes, and when its state changes. Which of them it was, FSCTL_PIPE_QUERY_EVENT
// tells of all ends that the caller's process has given the event. Windows documents the structures only; that an event is
// set, not pulsed, and stays set until somebody clears it, is what makes a wait for it safe.
#include "np.h"

#include "ex/ex.h"

#include <nt/ntpipe.h>

struct _NP_EVENT {
    LIST_ENTRY Link; // of all
    PNP_INSTANCE Instance;
    NP_END End;
    PKEVENT Event; // referenced
    ULONG Key;     // the caller's name for the end
    HANDLE ProcessId;
};

static LIST_ENTRY NpEvents = {&NpEvents, &NpEvents}; // in the order in which they were assigned

VOID NpSignal(PNP_EVENT Event)
{
    if (Event)
        KeSetEvent(Event->Event);
}

VOID NpSignalEnds(PNP_INSTANCE Instance)
{
    for (ULONG i = 0; i < NpEnds; i++)
        NpSignal(Instance->Queues[i].ReaderEvent);
}

static VOID NpSetEvent(PNP_INSTANCE Instance, NP_END End, PNP_EVENT Event)
{
    Instance->Queues[End].ReaderEvent = Event;
    Instance->Queues[NpOther(End)].WriterEvent = Event;
}

VOID NpForgetEvent(PNP_INSTANCE Instance, NP_END End)
{
    PNP_EVENT Event = Instance->Queues[End].ReaderEvent;
    if (!Event)
        return;
    NpSetEvent(Instance, End, nullptr);
    RemoveEntryList(&Event->Link);
    ObDereferenceObject(Event->Event);
    ExFreePoolWithTag(Event, NpTag);
}

// What can be read at this end, and what can be written.
static BOOLEAN NpMayRead(const NP_INSTANCE *Instance, NP_END End)
{
    return NpFlows(Instance, NpOther(End)) &&
           (Instance->State == FILE_PIPE_CLOSING_STATE || NpHasData(&Instance->Queues[End]));
}

static ULONG NpMayWrite(const NP_INSTANCE *Instance, NP_END End)
{
    BOOLEAN Open = Instance->State == FILE_PIPE_CONNECTED_STATE && NpFlows(Instance, End);
    return Open ? NpRoom(&Instance->Queues[NpOther(End)]) : 0;
}

static NTSTATUS NpMakeEvent(PNP_INSTANCE Instance, NP_END End, PKEVENT Object, ULONG Key)
{
    PNP_EVENT Event = ExAllocatePoolWithTag(NonPagedPool, sizeof(*Event), NpTag);
    if (!Event)
        return STATUS_INSUFFICIENT_RESOURCES;
    *Event = (NP_EVENT){
        .Instance = Instance,
        .End = End,
        .Event = Object,
        .Key = Key,
        .ProcessId = PsGetCurrentProcess()->UniqueProcessId,
    };
    NpForgetEvent(Instance, End);
    InsertTailList(&NpEvents, &Event->Link);
    NpSetEvent(Instance, End, Event);
    if (NpMayRead(Instance, End) || NpMayWrite(Instance, End))
        NpSignal(Event); // it has happened already
    return STATUS_SUCCESS;
}

// No handle: the end has no event any more.
NTSTATUS NpAssignEvent(PNP_INSTANCE Instance, PIO_REQUEST Request)
{
    FILE_PIPE_ASSIGN_EVENT_BUFFER Assign;
    NP_END End = NpEnd(Request->File);
    PKEVENT Object;
    if (Request->InputLength < sizeof(Assign))
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = IopCopyFromRequest(Request, 0, &Assign, sizeof(Assign));
    if (!NT_SUCCESS(Status))
        return Status;
    if (Instance->Ends[End].File != Request->File)
        return STATUS_PIPE_DISCONNECTED;
    if (!Assign.EventHandle) {
        NpForgetEvent(Instance, End);
        return STATUS_SUCCESS;
    }
    Status = ObReferenceObjectByHandle(Assign.EventHandle, EVENT_MODIFY_STATE, ExEventObjectType,
                                       Request->RequestorMode, (PVOID *)&Object, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NpMakeEvent(Instance, End, Object, Assign.KeyValue);
    if (!NT_SUCCESS(Status))
        ObDereferenceObject(Object);
    return Status;
}

// ---- Which of them is it?

static ULONG NpCountRequests(const NP_QUEUE *Queue)
{
    ULONG Count = 0;
    for (PLIST_ENTRY Link = Queue->Entries.Flink; Link != &Queue->Entries; Link = Link->Flink)
        Count += CONTAINING_RECORD(Link, NP_ENTRY, Link)->Request != nullptr;
    return Count;
}

static ULONG NpCountReaders(const NP_QUEUE *Queue)
{
    ULONG Count = 0;
    for (PLIST_ENTRY Link = Queue->Readers.Flink; Link != &Queue->Readers; Link = Link->Flink)
        Count++;
    return Count;
}

// As many as there is room for.
static NTSTATUS NpPutEvent(PIO_REQUEST Request, const FILE_PIPE_EVENT_BUFFER *Buffer)
{
    ULONG Used = (ULONG)Request->IoStatus.Information;
    if (Request->OutputLength - Used < sizeof(*Buffer))
        return STATUS_BUFFER_OVERFLOW;
    NTSTATUS Status = IopCopyToRequest(Request, Used, Buffer, sizeof(*Buffer));
    if (NT_SUCCESS(Status))
        Request->IoStatus.Information = Used + sizeof(*Buffer);
    return Status;
}

static NTSTATUS NpTellEvent(PIO_REQUEST Request, const NP_EVENT *Event)
{
    const NP_INSTANCE *Instance = Event->Instance;
    const NP_QUEUE *In = &Instance->Queues[Event->End];
    const NP_QUEUE *Out = &Instance->Queues[NpOther(Event->End)];
    FILE_PIPE_EVENT_BUFFER Buffer = {
        .NamedPipeState = Instance->State,
        .EntryType = FILE_PIPE_READ_DATA,
        .ByteCount = In->Bytes,
        .KeyValue = Event->Key,
        .NumberRequests = NpCountRequests(In),
    };
    NTSTATUS Status = STATUS_SUCCESS;
    if (NpMayRead(Instance, Event->End))
        Status = NpPutEvent(Request, &Buffer);
    ULONG Room = NpMayWrite(Instance, Event->End);
    if (Status != STATUS_SUCCESS || !Room)
        return Status;
    Buffer.EntryType = FILE_PIPE_WRITE_SPACE;
    Buffer.ByteCount = Room;
    Buffer.NumberRequests = NpCountReaders(Out);
    return NpPutEvent(Request, &Buffer);
}

NTSTATUS NpQueryEvent(PIO_REQUEST Request)
{
    HANDLE Handle, ProcessId = PsGetCurrentProcess()->UniqueProcessId;
    PVOID Object;
    if (Request->InputLength < sizeof(Handle))
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = IopCopyFromRequest(Request, 0, &Handle, sizeof(Handle));
    if (NT_SUCCESS(Status))
        Status = ObReferenceObjectByHandle(Handle, EVENT_QUERY_STATE, ExEventObjectType,
                                           Request->RequestorMode, &Object, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    Request->IoStatus.Information = 0;
    for (PLIST_ENTRY Link = NpEvents.Flink; Link != &NpEvents && Status == STATUS_SUCCESS;
         Link = Link->Flink) {
        const NP_EVENT *Event = CONTAINING_RECORD(Link, NP_EVENT, Link);
        if (Event->Event == Object && Event->ProcessId == ProcessId)
            Status = NpTellEvent(Request, Event);
    }
    ObDereferenceObject(Object);
    return Status;
}
