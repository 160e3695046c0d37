// Connecting: the client's request waits at the connection port until the server accepts or refuses.
#include "lpcp.h"

// ---- The client's side

static NTSTATUS LpcpCheckServer(PLPCP_PORT ConnectionPort, PSID Required)
{
    if (!Required || RtlEqualSid(SeTokenUser(ConnectionPort->Process->Token), Required))
        return STATUS_SUCCESS;
    return STATUS_SERVER_SID_MISMATCH;
}

static NTSTATUS LpcpOpenConnectionPort(PLPCP_CONNECT Connect, PLPCP_PORT *ConnectionPort)
{
    NTSTATUS Status =
        ObReferenceObjectByName(&Connect->PortName, OBJ_CASE_INSENSITIVE, PORT_CONNECT,
                                AlpcPortObjectType, UserMode, nullptr, (PVOID *)ConnectionPort);
    if (!NT_SUCCESS(Status))
        return Status;
    if ((*ConnectionPort)->Kind != LpcpConnectionPort)
        Status = STATUS_INVALID_PORT_HANDLE;
    else if ((*ConnectionPort)->Closed)
        Status = STATUS_OBJECT_NAME_NOT_FOUND;
    else
        Status = LpcpCheckServer(*ConnectionPort, Connect->RequiredServerSid);
    if (!NT_SUCCESS(Status))
        ObDereferenceObject(*ConnectionPort);
    return Status;
}

// Takes over the reference to ConnectionPort and the view.
static NTSTATUS LpcpCreateClientPort(PLPCP_CONNECT Connect, PLPCP_PORT ConnectionPort,
                                     PLPCP_PORT *Result)
{
    PLPCP_PORT Port;
    NTSTATUS Status = ObCreateObject(AlpcPortObjectType, 0, (PVOID *)&Port);
    if (!NT_SUCCESS(Status)) {
        ObDereferenceObject(ConnectionPort);
        LpcpReleaseView(&Connect->View);
        return Status;
    }
    LpcpInitializePort(Port, LpcpClientPort);
    Port->ConnectionPort = ConnectionPort;
    Port->LpcMode = Connect->LpcMode;
    Port->Flags = Connect->Flags;
    Port->Qos = Connect->Qos;
    Port->MaxMessageLength =
        min(ConnectionPort->MaxMessageLength,
            Connect->MaxMessageLength ? Connect->MaxMessageLength : LPCP_MAX_MESSAGE);
    Port->View = Connect->View;
    Connect->View = (LPCP_VIEW){};
    InsertTailList(&ConnectionPort->Communications, &Port->CommunicationLinks);
    Status = LpcpCaptureIdentity(&Port->Qos, &Port->StaticToken);
    if (NT_SUCCESS(Status))
        *Result = Port;
    else
        ObDereferenceObject(Port);
    return Status;
}

// Takes over Payload.
static NTSTATUS LpcpSendRequest(PLPCP_PORT Port, PLPCP_CONNECT Connect, PLPCP_MESSAGE *Result)
{
    PLPCP_PAYLOAD Payload = Connect->Payload;
    PLPCP_MESSAGE Message;
    Connect->Payload = nullptr;
    Payload->Type = LPC_CONNECTION_REQUEST;
    NTSTATUS Status = LpcpCreateMessage(Port, Payload, &Message);
    if (!NT_SUCCESS(Status))
        return Status;
    Message->Synchronous = !Connect->Asynchronous;
    Message->MessageContext = Connect->MessageContext;
    Message->View = Port->View.Section ? &Port->View : nullptr;
    Message->Token = LpcpClientToken(Port);
    LpcpExpectReply(Message);
    Status = LpcpQueueMessage(Port->ConnectionPort, Message);
    if (!NT_SUCCESS(Status)) {
        LpcpForgetReply(Message);
        LpcpDereferenceMessage(Message);
        return Status;
    }
    *Result = Message;
    return STATUS_SUCCESS;
}

NTSTATUS LpcpBeginConnect(PLPCP_CONNECT Connect, PLPCP_PORT *Port, PLPCP_MESSAGE *Message)
{
    PLPCP_PORT ConnectionPort;
    NTSTATUS Status = LpcpOpenConnectionPort(Connect, &ConnectionPort);
    if (NT_SUCCESS(Status) &&
        Connect->Payload->Length + sizeof(PORT_MESSAGE) > ConnectionPort->MaxMessageLength) {
        ObDereferenceObject(ConnectionPort);
        Status = STATUS_PORT_MESSAGE_TOO_LONG;
    }
    if (NT_SUCCESS(Status))
        Status = LpcpCreateClientPort(Connect, ConnectionPort, Port);
    if (NT_SUCCESS(Status)) {
        Status = LpcpSendRequest(*Port, Connect, Message);
        if (!NT_SUCCESS(Status))
            ObDereferenceObject(*Port);
    }
    LpcpFreePayload(Connect->Payload);
    LpcpReleaseView(&Connect->View);
    Connect->Payload = nullptr;
    return Status;
}

NTSTATUS LpcpEndConnect(PLPCP_MESSAGE Message, PLARGE_INTEGER Until)
{
    NTSTATUS Status = LpcpWaitForReply(Message, FALSE, Until);
    return Status == STATUS_PORT_DISCONNECTED ? STATUS_PORT_CONNECTION_REFUSED : Status;
}

// ---- The server's side

static NTSTATUS LpcpFindRequest(PLPCP_PORT ConnectionPort, const PORT_MESSAGE *Header,
                                PLPCP_MESSAGE *Request)
{
    PLPCP_MESSAGE Message = LpcpFindMessage(ConnectionPort, Header);
    if (!Message || (Message->Payload->Type & LPCP_TYPE_MASK) != LPC_CONNECTION_REQUEST ||
        Message->Accepted)
        return STATUS_REPLY_MESSAGE_MISMATCH;
    LpcpReferenceMessage(Message);
    *Request = Message;
    return STATUS_SUCCESS;
}

// Takes over Payload, which the client gets with the answer. *Request is referenced.
NTSTATUS LpcpAccept(PLPCP_PORT ConnectionPort, const PORT_MESSAGE *Header, PLPCP_PAYLOAD Payload,
                    PVOID PortContext, PLPCP_PORT *ServerPort, PLPCP_MESSAGE *Request)
{
    NTSTATUS Status = LpcpFindRequest(ConnectionPort, Header, Request);
    PLPCP_PORT Port = nullptr;
    if (NT_SUCCESS(Status)) {
        Status = ObCreateObject(AlpcPortObjectType, 0, (PVOID *)&Port);
        if (!NT_SUCCESS(Status))
            LpcpDereferenceMessage(*Request);
    }
    if (!NT_SUCCESS(Status)) {
        LpcpFreePayload(Payload);
        return Status;
    }
    LpcpInitializePort(Port, LpcpServerPort);
    Port->ConnectionPort = ConnectionPort;
    ObReferenceObject(ConnectionPort);
    Port->LpcMode = ConnectionPort->LpcMode;
    Port->PortContext = PortContext;
    Port->MaxMessageLength = (*Request)->Sender->MaxMessageLength;

    Payload->Type = LPC_CONNECTION_REPLY;
    LpcpSetPayload(*Request, Payload);
    (*Request)->Accepted = Port;
    ObReferenceObject(Port);
    *ServerPort = Port;
    return STATUS_SUCCESS;
}

NTSTATUS LpcpRefuse(PLPCP_PORT ConnectionPort, const PORT_MESSAGE *Header)
{
    PLPCP_MESSAGE Request;
    NTSTATUS Status = LpcpFindRequest(ConnectionPort, Header, &Request);
    if (!NT_SUCCESS(Status))
        return Status;
    LpcpCompleteMessage(Request, STATUS_PORT_CONNECTION_REFUSED);
    LpcpDereferenceMessage(Request);
    return STATUS_SUCCESS;
}

// From here on both ends can send. The client goes on.
VOID LpcpCompleteAccept(PLPCP_MESSAGE Request)
{
    PLPCP_PORT Server = Request->Accepted;
    PLPCP_PORT Client = Request->Sender;
    Request->Accepted = nullptr;
    Client->Peer = Server; // takes over the reference
    Client->PortContext = Server->PortContext;
    Server->Peer = Client;
    ObReferenceObject(Client);
    LpcpCompleteMessage(Request, STATUS_SUCCESS);
}

// The request ended before the connection was complete.
VOID LpcpAbandonAccept(PLPCP_MESSAGE Request)
{
    PLPCP_PORT Server = Request->Accepted;
    Request->Accepted = nullptr;
    if (!Server)
        return;
    KeSetEvent(&Server->Gone);
    LpcpUnmapView(&Request->Sender->View, Request->Sender->Process, Server->Process);
    LpcpUnmapView(&Server->View, Server->Process, Request->Sender->Process);
    ObDereferenceObject(Server);
}
