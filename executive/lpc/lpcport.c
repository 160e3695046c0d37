// Port objects: making them, and what happens when an end goes.
#include "lpcp.h"

VOID LpcpInitializePort(PLPCP_PORT Port, LPCP_KIND Kind)
{
    Port->Kind = Kind;
    Port->MaxMessageLength = LPCP_MAX_MESSAGE;
    Port->Process = PsGetCurrentProcess();
    ObReferenceObject(Port->Process);
    InitializeListHead(&Port->Communications);
    InitializeListHead(&Port->Queue);
    InitializeListHead(&Port->Pending);
    InitializeListHead(&Port->CommunicationLinks);
    InitializeListHead(&Port->Sections);
    InitializeListHead(&Port->Mappings);
    InitializeListHead(&Port->Contexts);
    KeInitializeEvent(&Port->Arrived, SynchronizationEvent, FALSE);
    KeInitializeEvent(&Port->NotEmpty, NotificationEvent, FALSE);
    KeInitializeEvent(&Port->Gone, NotificationEvent, FALSE);
    Port->Qos.ImpersonationLevel = SecurityImpersonation;
    Port->Qos.ContextTrackingMode = SECURITY_DYNAMIC_TRACKING;
}

NTSTATUS LpcpReferencePort(HANDLE Handle, PLPCP_PORT *Port)
{
    return ObReferenceObjectByHandle(Handle, PORT_CONNECT, AlpcPortObjectType, UserMode,
                                     (PVOID *)Port, nullptr);
}

NTSTATUS LpcpWithPort(HANDLE Handle, NTSTATUS (*Work)(PLPCP_PORT Port, PVOID Context),
                      PVOID Context)
{
    PLPCP_PORT Port;
    NTSTATUS Status = LpcpReferencePort(Handle, &Port);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = Work(Port, Context);
    ObDereferenceObject(Port);
    return Status;
}

PVOID LpcpPortWaitObject(PVOID Object)
{
    return &((PLPCP_PORT)Object)->NotEmpty;
}

// ---- The end of a connection

static VOID LpcpFailPending(PLPCP_PORT Port)
{
    while (!IsListEmpty(&Port->Pending)) {
        PLPCP_MESSAGE Message = CONTAINING_RECORD(Port->Pending.Flink, LPCP_MESSAGE, PendingLinks);
        LpcpReferenceMessage(Message);
        LpcpAbandonAccept(Message);
        LpcpCompleteMessage(Message, STATUS_PORT_DISCONNECTED);
        LpcpDereferenceMessage(Message);
    }
}

// Tell the server that a client has gone. Best effort: without memory it learns from its next send.
static VOID LpcpTellServer(PLPCP_PORT Client)
{
    PLPCP_PAYLOAD Payload;
    PLPCP_MESSAGE Message;
    if (!NT_SUCCESS(LpcpCreatePayload(LPC_PORT_CLOSED, sizeof(LARGE_INTEGER), &Payload)))
        return;
    memcpy(Payload->Data, &Client->Process->CreateTime, sizeof(LARGE_INTEGER));
    if (!NT_SUCCESS(LpcpCreateMessage(Client, Payload, &Message)))
        return;
    LpcpQueueMessage(Client->ConnectionPort, Message);
    LpcpDereferenceMessage(Message);
}

VOID LpcpDisconnect(PLPCP_PORT Port)
{
    PLPCP_PORT Peer = Port->Peer;
    if (!Peer)
        return;
    PLPCP_PORT Client = Port->Kind == LpcpClientPort ? Port : Peer;
    BOOLEAN ServerGoes = Port->Kind == LpcpServerPort;
    ObReferenceObject(Port);
    Port->Peer = Peer->Peer = nullptr;
    KeSetEvent(&Port->Gone);
    KeSetEvent(&Peer->Gone);
    LpcpFailPending(Port);
    LpcpFailPending(Peer);
    if (!ServerGoes && !Client->ConnectionPort->Closed)
        LpcpTellServer(Client);
    LpcpUnmapView(&Port->View, Port->Process, Peer->Process);
    LpcpUnmapView(&Peer->View, Peer->Process, Port->Process);
    ObDereferenceObject(Peer); // that of Port
    ObDereferenceObject(Port); // that of Peer
    ObDereferenceObject(Port);
}

static VOID LpcpEmptyQueue(PLPCP_PORT Port)
{
    while (!IsListEmpty(&Port->Queue)) {
        PLPCP_MESSAGE Message = CONTAINING_RECORD(Port->Queue.Flink, LPCP_MESSAGE, QueueLinks);
        LpcpReferenceMessage(Message);
        LpcpUnqueueMessage(Message);
        LpcpCompleteMessage(Message, STATUS_PORT_DISCONNECTED);
        LpcpDereferenceMessage(Message);
    }
}

static VOID LpcpCloseConnectionPort(PLPCP_PORT Port)
{
    KeSetEvent(&Port->Gone);
    LpcpEmptyQueue(Port);
    while (!IsListEmpty(&Port->Communications)) {
        PLIST_ENTRY Link = RemoveHeadList(&Port->Communications);
        PLPCP_PORT Client = CONTAINING_RECORD(Link, LPCP_PORT, CommunicationLinks);
        InitializeListHead(&Client->CommunicationLinks);
        ObReferenceObject(Client);
        LpcpFailPending(Client);
        LpcpDisconnect(Client);
        KeSetEvent(&Client->Gone);
        ObDereferenceObject(Client);
    }
}

// The server accepted, but closes its port without having completed the connection.
VOID LpcpDropRequest(PLPCP_PORT Port)
{
    PLPCP_MESSAGE Request = Port->Request;
    Port->Request = nullptr;
    if (!Request)
        return;
    LpcpAbandonAccept(Request);
    LpcpCompleteMessage(Request, STATUS_PORT_CONNECTION_REFUSED);
    LpcpDereferenceMessage(Request);
}

// No handle to the port is left, or none will be made.
VOID LpcpShutPort(PLPCP_PORT Port)
{
    Port->Closed = TRUE;
    if (Port->Kind == LpcpConnectionPort) {
        LpcpCloseConnectionPort(Port);
    } else {
        LpcpDropRequest(Port);
        LpcpDisconnect(Port);
        LpcpFailPending(Port); // a request for a connection that was not accepted yet
        LpcpEmptyQueue(Port);
    }
    LpcpReleaseResources(Port);
}

VOID LpcpClosePort(PEPROCESS Process, PVOID Object, ACCESS_MASK GrantedAccess,
                   ULONG ProcessHandleCount, ULONG SystemHandleCount)
{
    (void)Process, (void)GrantedAccess, (void)ProcessHandleCount;
    if (SystemHandleCount == 1)
        LpcpShutPort(Object);
}

NTSTATUS LpcpInsertPort(PLPCP_PORT Port, ULONG HandleAttributes, PHANDLE Handle)
{
    OB_ATTRIBUTES Attributes = {.Attributes = HandleAttributes & OBJ_INHERIT};
    ObReferenceObject(Port);
    NTSTATUS Status = ObInsertObject(Port, &Attributes, PORT_ALL_ACCESS, UserMode, Handle);
    if (!NT_SUCCESS(Status))
        LpcpShutPort(Port);
    ObDereferenceObject(Port);
    return Status;
}

VOID LpcpDeletePort(PVOID Object)
{
    PLPCP_PORT Port = Object;
    ASSERT(!Port->Peer && IsListEmpty(&Port->Queue) && IsListEmpty(&Port->Pending));
    if (Port->Mappings.Flink)
        LpcpReleaseResources(Port);
    if (Port->CommunicationLinks.Flink)
        RemoveEntryList(&Port->CommunicationLinks);
    LpcpReleaseView(&Port->View);
    if (Port->ConnectionPort)
        ObDereferenceObject(Port->ConnectionPort);
    if (Port->StaticToken)
        ObDereferenceObject(Port->StaticToken);
    if (Port->CompletionPort)
        ObDereferenceObject(Port->CompletionPort);
    if (Port->Process)
        ObDereferenceObject(Port->Process);
}
