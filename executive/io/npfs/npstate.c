// The states of an instance: disconnected, listening, connected, closing (one end is gone, and what it wrote
// may still be read).
#include "np.h"

static VOID NpFailListeners(PNP_INSTANCE Instance, NTSTATUS Status)
{
    while (!IsListEmpty(&Instance->Listeners)) {
        PLIST_ENTRY Link = RemoveHeadList(&Instance->Listeners);
        IopCompleteRequest(CONTAINING_RECORD(Link, IO_REQUEST, OwnerLink), Status, 0);
    }
}

static NTSTATUS NpStartListening(PNP_INSTANCE Instance, PIO_REQUEST Request)
{
    Instance->State = FILE_PIPE_LISTENING_STATE;
    NpWakeWaiters(Instance->Pipe);
    // A waiting client cannot connect before it runs, so the state is still this.
    if (Instance->Ends[NpServer].CompletionMode == FILE_PIPE_COMPLETE_OPERATION)
        return STATUS_PIPE_LISTENING;
    InsertTailList(&Instance->Listeners, &Request->OwnerLink);
    return NpPend(Request, NpPendingListen, Instance);
}

NTSTATUS NpListen(PNP_INSTANCE Instance, PIO_REQUEST Request)
{
    switch (Instance->State) {
    case FILE_PIPE_CONNECTED_STATE:
        return STATUS_PIPE_CONNECTED;
    case FILE_PIPE_CLOSING_STATE:
        return STATUS_PIPE_CLOSING;
    default:
        return NpStartListening(Instance, Request);
    }
}

VOID NpConnect(PNP_INSTANCE Instance, PFILE_OBJECT Client)
{
    Instance->State = FILE_PIPE_CONNECTED_STATE;
    Instance->Ends[NpClient].File = Client;
    Instance->Ends[NpClient].ReadMode = FILE_PIPE_BYTE_STREAM_MODE;
    Instance->Ends[NpClient].CompletionMode = FILE_PIPE_QUEUE_OPERATION;
    NpFailListeners(Instance, STATUS_SUCCESS);
    NpSignalEnds(Instance);
}

static VOID NpEmptyQueues(PNP_INSTANCE Instance, NTSTATUS Status)
{
    for (ULONG i = 0; i < NpEnds; i++) {
        NpFailReaders(&Instance->Queues[i], Status);
        NpDiscardData(&Instance->Queues[i], Status);
    }
}

NTSTATUS NpDisconnect(PNP_INSTANCE Instance)
{
    ULONG State = Instance->State;
    if (State == FILE_PIPE_DISCONNECTED_STATE)
        return STATUS_PIPE_DISCONNECTED;
    Instance->State = FILE_PIPE_DISCONNECTED_STATE;
    Instance->Ends[NpClient].File = nullptr; // that file has nothing any more
    NpFailListeners(Instance, STATUS_PIPE_DISCONNECTED);
    NpEmptyQueues(Instance, STATUS_PIPE_DISCONNECTED);
    NpForgetClient(Instance);
    NpSignalEnds(Instance);
    NpForgetEvent(Instance, NpClient);
    return STATUS_SUCCESS;
}

// What this end has written stays for the other one; what it was to read is lost.
static VOID NpBreak(PNP_INSTANCE Instance, NP_END End)
{
    Instance->State = FILE_PIPE_CLOSING_STATE;
    PNP_QUEUE Own = &Instance->Queues[End], Others = &Instance->Queues[NpOther(End)];
    NpFailReaders(Own, STATUS_PIPE_BROKEN);
    NpDiscardData(Own, STATUS_PIPE_BROKEN);
    NpFailReaders(Others, STATUS_PIPE_BROKEN);
    NpFailWriters(Others, STATUS_PIPE_BROKEN);
    NpSignalEnds(Instance);
}

VOID NpCloseEnd(PNP_INSTANCE Instance, NP_END End)
{
    NpForgetEvent(Instance, End);
    // After a disconnection the client's file is not the instance's any more.
    if (End == NpServer)
        Instance->Ends[NpServer].File = nullptr;
    switch (Instance->State) {
    case FILE_PIPE_LISTENING_STATE:
        if (End == NpServer) {
            Instance->State = FILE_PIPE_DISCONNECTED_STATE;
            NpFailListeners(Instance, STATUS_PIPE_BROKEN);
        }
        break;
    case FILE_PIPE_CONNECTED_STATE:
        NpBreak(Instance, End);
        break;
    case FILE_PIPE_CLOSING_STATE:
        NpEmptyQueues(Instance, STATUS_PIPE_BROKEN);
        break;
    default:
        break;
    }
    if (End == NpClient)
        Instance->Ends[NpClient].File = nullptr;
}

// ---- Waiting for an instance that listens

typedef struct _NP_WAITER {
    LIST_ENTRY Link;
    KTIMER Timer;
    PIO_REQUEST Request;
    UNICODE_STRING Name; // its text follows
} NP_WAITER, *PNP_WAITER;

static LIST_ENTRY NpWaiters = {&NpWaiters, &NpWaiters};

static VOID NpEndWait(PNP_WAITER Waiter, NTSTATUS Status)
{
    PIO_REQUEST Request = Waiter->Request;
    RemoveEntryList(&Waiter->Link);
    KeCancelTimer(&Waiter->Timer);
    ExFreePoolWithTag(Waiter, NpTag);
    IopCompleteRequest(Request, Status, 0);
}

static VOID NpWaitTimeout(PKTIMER Timer, PVOID Context)
{
    UNREFERENCED_PARAMETER(Timer);
    NpEndWait(Context, STATUS_IO_TIMEOUT);
}

VOID NpCancelWait(PIO_REQUEST Request)
{
    NpEndWait(Request->OwnerContext, STATUS_CANCELLED);
}

VOID NpWakeWaiters(PNP_PIPE Pipe)
{
    PLIST_ENTRY Link = NpWaiters.Flink;
    while (Link != &NpWaiters) {
        PNP_WAITER Waiter = CONTAINING_RECORD(Link, NP_WAITER, Link);
        Link = Link->Flink;
        if (!RtlEqualUnicodeString(&Waiter->Name, &Pipe->Name, TRUE))
            continue;
        NpEndWait(Waiter, STATUS_SUCCESS); // one instance is for one client
        return;
    }
}

static NTSTATUS NpStartWait(PIO_REQUEST Request, PCUNICODE_STRING Name, LARGE_INTEGER Timeout)
{
    PNP_WAITER Waiter = ExAllocatePoolZero(NonPagedPool, sizeof(*Waiter) + Name->Length, NpTag);
    if (!Waiter)
        return STATUS_INSUFFICIENT_RESOURCES;
    Waiter->Request = Request;
    Waiter->Name = (UNICODE_STRING){Name->Length, Name->Length, (PWCH)(Waiter + 1)};
    memcpy(Waiter->Name.Buffer, Name->Buffer, Name->Length);
    InsertTailList(&NpWaiters, &Waiter->Link);
    KeInitializeTimer(&Waiter->Timer, NotificationTimer);
    NpPend(Request, NpPendingWait, Waiter);
    if (Timeout.QuadPart != INT64_MIN) // which means for ever
        KeSetTimer(&Waiter->Timer, Timeout, 0, NpWaitTimeout, Waiter);
    return STATUS_PENDING;
}

static NTSTATUS NpWaitFor(PIO_REQUEST Request, const FILE_PIPE_WAIT_FOR_BUFFER *Wait)
{
    constexpr ULONG Head = offsetof(FILE_PIPE_WAIT_FOR_BUFFER, Name);
    ULONG Length = Wait->NameLength;
    if (!Length || Length % sizeof(WCHAR) || Length > UNICODE_STRING_MAX_BYTES ||
        Length > Request->InputLength - Head)
        return STATUS_INVALID_PARAMETER;
    UNICODE_STRING Name = {(USHORT)Length, (USHORT)Length, (PWCH)Wait->Name};
    PNP_PIPE Pipe = NpFindPipe(&Name);
    if (!Pipe)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    if (NpFindListening(Pipe))
        return STATUS_SUCCESS;
    return NpStartWait(Request, &Name,
                       Wait->TimeoutSpecified ? Wait->Timeout : Pipe->DefaultTimeout);
}

NTSTATUS NpWait(PIO_REQUEST Request)
{
    constexpr ULONG Limit = sizeof(FILE_PIPE_WAIT_FOR_BUFFER) + UNICODE_STRING_MAX_BYTES;
    if (Request->InputLength < sizeof(FILE_PIPE_WAIT_FOR_BUFFER) || Request->InputLength > Limit)
        return STATUS_INVALID_PARAMETER;
    PFILE_PIPE_WAIT_FOR_BUFFER Wait = ExAllocatePoolWithTag(PagedPool, Request->InputLength, NpTag);
    if (!Wait)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = IopCopyFromRequest(Request, 0, Wait, Request->InputLength);
    if (NT_SUCCESS(Status))
        Status = NpWaitFor(Request, Wait);
    ExFreePoolWithTag(Wait, NpTag);
    return Status;
}
