// The older LPC services, on the same ports and messages.
#include "lpcp.h"

// ---- Creating

static NTSTATUS LpcpCreatePort(HANDLE USER *PortHandle,
                               const OBJECT_ATTRIBUTES USER *ObjectAttributes,
                               ULONG MaxConnectionInfoLength, ULONG MaxMessageLength)
{
    if (MaxMessageLength > LPCP_MAX_MESSAGE || MaxConnectionInfoLength > LPCP_MAX_MESSAGE)
        return STATUS_INVALID_PARAMETER;
    OB_ATTRIBUTES Attributes;
    PLPCP_PORT Port;
    NTSTATUS Status = ObBeginCreateService(AlpcPortObjectType, PortHandle, ObjectAttributes,
                                           &Attributes, (PVOID *)&Port);
    if (!NT_SUCCESS(Status))
        return Status;
    LpcpInitializePort(Port, LpcpConnectionPort);
    Port->LpcMode = TRUE;
    if (MaxMessageLength)
        Port->MaxMessageLength = max(MaxMessageLength, (ULONG)sizeof(PORT_MESSAGE));
    return ObInsertService(Port, &Attributes, PORT_ALL_ACCESS, PortHandle);
}

NTSTATUS NtCreatePort(HANDLE USER *PortHandle, const OBJECT_ATTRIBUTES USER *ObjectAttributes,
                      ULONG MaxConnectionInfoLength, ULONG MaxMessageLength, ULONG MaxPoolUsage)
{
    (void)MaxPoolUsage;
    return LpcpCreatePort(PortHandle, ObjectAttributes, MaxConnectionInfoLength, MaxMessageLength);
}

// Every port can be waited for.
NTSTATUS NtCreateWaitablePort(HANDLE USER *PortHandle,
                              const OBJECT_ATTRIBUTES USER *ObjectAttributes,
                              ULONG MaxConnectionInfoLength, ULONG MaxMessageLength,
                              ULONG MaxPoolUsage)
{
    (void)MaxPoolUsage;
    return LpcpCreatePort(PortHandle, ObjectAttributes, MaxConnectionInfoLength, MaxMessageLength);
}

// ---- Connecting: the client

typedef struct _LPCP_INFORMATION {
    VOID USER *Buffer;
    ULONG USER *LengthPointer;
    ULONG Length;
} LPCP_INFORMATION;

static NTSTATUS LpcpCaptureInformation(LPCP_INFORMATION *Information, PLPCP_PAYLOAD *Payload)
{
    NTSTATUS Status = STATUS_SUCCESS;
    if (Information->LengthPointer)
        Status = MmCopyFromUser(&Information->Length, Information->LengthPointer, sizeof(ULONG));
    if (!NT_SUCCESS(Status))
        return Status;
    if (!Information->Buffer)
        Information->Length = 0;
    if (Information->Length > LPCP_MAX_MESSAGE - sizeof(PORT_MESSAGE))
        return STATUS_PORT_MESSAGE_TOO_LONG;
    Status = LpcpCreatePayload(LPC_CONNECTION_REQUEST, Information->Length, Payload);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = MmCopyFromUser((*Payload)->Data, Information->Buffer, Information->Length);
    if (!NT_SUCCESS(Status)) {
        LpcpFreePayload(*Payload);
        *Payload = nullptr;
    }
    return Status;
}

static NTSTATUS LpcpReturnInformation(PLPCP_MESSAGE Message, const LPCP_INFORMATION *Information)
{
    ULONG Length = min(Message->Payload->Length, Information->Length);
    NTSTATUS Status = MmCopyToUser(Information->Buffer, Message->Payload->Data, Length);
    if (NT_SUCCESS(Status) && Information->LengthPointer)
        Status = MmWriteUser(Information->LengthPointer, Length);
    return Status;
}

static NTSTATUS LpcpReturnConnection(PLPCP_PORT Port, PLPCP_MESSAGE Message,
                                     const LPCP_INFORMATION *Information,
                                     PORT_VIEW USER *ClientView, REMOTE_PORT_VIEW USER *ServerView,
                                     ULONG USER *MaxMessageLength)
{
    NTSTATUS Status = LpcpReturnInformation(Message, Information);
    if (NT_SUCCESS(Status) && MaxMessageLength)
        Status = MmWriteUser(MaxMessageLength, Port->MaxMessageLength);
    if (NT_SUCCESS(Status) && ClientView)
        Status = LpcpReturnView(&Port->View, ClientView);
    if (NT_SUCCESS(Status) && ServerView && Port->Peer)
        Status = LpcpReturnRemoteView(&Port->Peer->View, ServerView);
    return Status;
}

static NTSTATUS LpcpCaptureLegacyConnect(PLPCP_CONNECT Connect, const UNICODE_STRING USER *PortName,
                                         const SECURITY_QUALITY_OF_SERVICE USER *SecurityQos,
                                         const PORT_VIEW USER *ClientView,
                                         const VOID USER *RequiredServerSid)
{
    NTSTATUS Status = MmCopyFromUser(&Connect->Qos, SecurityQos, sizeof(Connect->Qos));
    if (!NT_SUCCESS(Status))
        return Status;
    if (!VALID_IMPERSONATION_LEVEL(Connect->Qos.ImpersonationLevel))
        return STATUS_INVALID_PARAMETER;
    if (RequiredServerSid)
        Status = SeCaptureSid(RequiredServerSid, &Connect->RequiredServerSid);
    if (NT_SUCCESS(Status))
        Status = MmCaptureUnicodeString(&Connect->PortName, PortName);
    if (NT_SUCCESS(Status) && ClientView)
        Status = LpcpCaptureView(ClientView, &Connect->View);
    return Status;
}

static VOID LpcpReleaseConnect(PLPCP_CONNECT Connect)
{
    if (Connect->RequiredServerSid)
        ExFreePool(Connect->RequiredServerSid);
    if (Connect->PortName.Buffer)
        MmFreeCapturedString(&Connect->PortName);
    LpcpReleaseView(&Connect->View);
    LpcpFreePayload(Connect->Payload);
}

static NTSTATUS LpcpConnectLegacy(PLPCP_CONNECT Connect, const LPCP_INFORMATION *Information,
                                  PORT_VIEW USER *ClientView, REMOTE_PORT_VIEW USER *ServerView,
                                  ULONG USER *MaxMessageLength, PHANDLE Handle)
{
    PLPCP_PORT Port;
    PLPCP_MESSAGE Message;
    NTSTATUS Status = LpcpBeginConnect(Connect, &Port, &Message);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = LpcpEndConnect(Message, nullptr);
    if (Status == STATUS_SUCCESS)
        Status = LpcpReturnConnection(Port, Message, Information, ClientView, ServerView,
                                      MaxMessageLength);
    LpcpDereferenceMessage(Message);
    if (Status == STATUS_SUCCESS)
        return LpcpInsertPort(Port, 0, Handle);
    LpcpShutPort(Port);
    ObDereferenceObject(Port);
    return Status;
}

NTSTATUS NtSecureConnectPort(HANDLE USER *PortHandle, const UNICODE_STRING USER *PortName,
                             const SECURITY_QUALITY_OF_SERVICE USER *SecurityQos,
                             PORT_VIEW USER *ClientView, const VOID USER *RequiredServerSid,
                             REMOTE_PORT_VIEW USER *ServerView, ULONG USER *MaxMessageLength,
                             VOID USER *ConnectionInformation,
                             ULONG USER *ConnectionInformationLength)
{
    NTSTATUS Status = MmProbeForWrite(PortHandle, sizeof(*PortHandle), 1);
    if (!NT_SUCCESS(Status))
        return Status;
    LPCP_CONNECT Connect = {.LpcMode = TRUE};
    LPCP_INFORMATION Information = {ConnectionInformation, ConnectionInformationLength, 0};
    HANDLE Handle = nullptr;
    Status =
        LpcpCaptureLegacyConnect(&Connect, PortName, SecurityQos, ClientView, RequiredServerSid);
    if (NT_SUCCESS(Status))
        Status = LpcpCaptureInformation(&Information, &Connect.Payload);
    if (NT_SUCCESS(Status))
        Status = LpcpConnectLegacy(&Connect, &Information, ClientView, ServerView, MaxMessageLength,
                                   &Handle);
    LpcpReleaseConnect(&Connect);
    return ObReturnHandle(Status, Handle, PortHandle);
}

NTSTATUS NtConnectPort(HANDLE USER *PortHandle, const UNICODE_STRING USER *PortName,
                       const SECURITY_QUALITY_OF_SERVICE USER *SecurityQos,
                       PORT_VIEW USER *ClientView, REMOTE_PORT_VIEW USER *ServerView,
                       ULONG USER *MaxMessageLength, VOID USER *ConnectionInformation,
                       ULONG USER *ConnectionInformationLength)
{
    return NtSecureConnectPort(PortHandle, PortName, SecurityQos, ClientView, nullptr, ServerView,
                               MaxMessageLength, ConnectionInformation,
                               ConnectionInformationLength);
}

// ---- Connecting: the server

// Views of both sides are mapped before the server hears of the client's success.
static NTSTATUS LpcpMapViews(PLPCP_PORT Server, PLPCP_PORT Client)
{
    NTSTATUS Status = LpcpMapView(&Client->View, Client->Process, Server->Process);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = LpcpMapView(&Server->View, Server->Process, Client->Process);
    if (!NT_SUCCESS(Status))
        LpcpUnmapView(&Client->View, Client->Process, Server->Process);
    return Status;
}

static NTSTATUS LpcpReturnAccept(PLPCP_PORT Server, PLPCP_PORT Client, PORT_VIEW USER *ServerView,
                                 REMOTE_PORT_VIEW USER *ClientView)
{
    NTSTATUS Status = STATUS_SUCCESS;
    if (ServerView)
        Status = LpcpReturnView(&Server->View, ServerView);
    if (NT_SUCCESS(Status) && ClientView)
        Status = LpcpReturnRemoteView(&Client->View, ClientView);
    return Status;
}

// The connection waits for NtCompleteConnectPort. Without a context the handle is the context.
static NTSTATUS LpcpFinishAccept(PLPCP_PORT Server, PLPCP_MESSAGE Request, PVOID PortContext,
                                 PORT_VIEW USER *ServerView, REMOTE_PORT_VIEW USER *ClientView,
                                 HANDLE USER *PortHandle)
{
    Server->Request = Request; // takes over the reference
    NTSTATUS Status = LpcpMapViews(Server, Request->Sender);
    if (NT_SUCCESS(Status))
        Status = LpcpReturnAccept(Server, Request->Sender, ServerView, ClientView);
    if (!NT_SUCCESS(Status)) {
        LpcpShutPort(Server);
        ObDereferenceObject(Server);
        return Status;
    }
    HANDLE Handle;
    ObReferenceObject(Server);
    Status = LpcpInsertPort(Server, 0, &Handle);
    if (NT_SUCCESS(Status) && !PortContext)
        Server->PortContext = Handle;
    Status = ObReturnHandle(Status, Handle, PortHandle);
    ObDereferenceObject(Server);
    return Status;
}

static NTSTATUS LpcpAcceptLegacy(PLPCP_PORT ConnectionPort, const PORT_MESSAGE *Header,
                                 PLPCP_PAYLOAD Payload, PVOID PortContext,
                                 PORT_VIEW USER *ServerView, REMOTE_PORT_VIEW USER *ClientView,
                                 HANDLE USER *PortHandle)
{
    LPCP_VIEW View = {};
    NTSTATUS Status = ServerView ? LpcpCaptureView(ServerView, &View) : STATUS_SUCCESS;
    if (!NT_SUCCESS(Status)) {
        LpcpFreePayload(Payload);
        return Status;
    }
    PLPCP_PORT Server;
    PLPCP_MESSAGE Request;
    Status = LpcpAccept(ConnectionPort, Header, Payload, PortContext, &Server, &Request);
    if (!NT_SUCCESS(Status)) {
        LpcpReleaseView(&View);
        return Status;
    }
    Server->View = View;
    return LpcpFinishAccept(Server, Request, PortContext, ServerView, ClientView, PortHandle);
}

// The request names its connection port only by its number.
NTSTATUS NtAcceptConnectPort(HANDLE USER *PortHandle, PVOID PortContext,
                             const PORT_MESSAGE USER *ConnectionRequest, BOOLEAN AcceptConnection,
                             PORT_VIEW USER *ServerView, REMOTE_PORT_VIEW USER *ClientView)
{
    PORT_MESSAGE Header;
    PLPCP_PAYLOAD Payload;
    NTSTATUS Status = LpcpCapturePayload(ConnectionRequest, LPCP_MAX_MESSAGE, &Header, &Payload);
    if (!NT_SUCCESS(Status))
        return Status;
    PLPCP_PORT ConnectionPort;
    Status = LpcpFindConnectionPort(&Header, &ConnectionPort);
    if (!NT_SUCCESS(Status)) {
        LpcpFreePayload(Payload);
        return Status;
    }
    if (AcceptConnection) {
        Status = LpcpAcceptLegacy(ConnectionPort, &Header, Payload, PortContext, ServerView,
                                  ClientView, PortHandle);
    } else {
        LpcpFreePayload(Payload);
        Status = LpcpRefuse(ConnectionPort, &Header);
    }
    ObDereferenceObject(ConnectionPort);
    return Status;
}

static NTSTATUS LpcpCompleteConnect(PLPCP_PORT Port, PVOID Context)
{
    (void)Context;
    PLPCP_MESSAGE Request = Port->Request;
    Port->Request = nullptr;
    if (!Request)
        return STATUS_INVALID_PORT_HANDLE;
    BOOLEAN Waiting = Request->Accepted != nullptr;
    if (Waiting)
        LpcpCompleteAccept(Request);
    LpcpDereferenceMessage(Request);
    return Waiting ? STATUS_SUCCESS : STATUS_REPLY_MESSAGE_MISMATCH; // the client gave up
}

NTSTATUS NtCompleteConnectPort(HANDLE PortHandle)
{
    return LpcpWithPort(PortHandle, LpcpCompleteConnect, nullptr);
}

// ---- Messages

// What the services on messages are given, and the type of what they received.
typedef struct _LPCP_TRANSFER {
    const PORT_MESSAGE USER *Send;
    PORT_MESSAGE USER *Receive;
    PVOID USER *PortContext;
    PLARGE_INTEGER Until;
    SHORT Type;
} LPCP_TRANSFER;

static NTSTATUS LpcpSendDatagram(PLPCP_PORT Port, PVOID Context)
{
    LPCP_TRANSFER *Transfer = Context;
    PORT_MESSAGE Header;
    PLPCP_PAYLOAD Payload;
    NTSTATUS Status = LpcpCapturePayload(Transfer->Send, Port->MaxMessageLength, &Header, &Payload);
    return NT_SUCCESS(Status) ? LpcpSend(Port, LpcpDatagram, Payload, nullptr, nullptr) : Status;
}

NTSTATUS NtRequestPort(HANDLE PortHandle, const PORT_MESSAGE USER *RequestMessage)
{
    LPCP_TRANSFER Transfer = {.Send = RequestMessage};
    return LpcpWithPort(PortHandle, LpcpSendDatagram, &Transfer);
}

static NTSTATUS LpcpRequest(PLPCP_PORT Port, PVOID Context)
{
    LPCP_TRANSFER *Transfer = Context;
    PORT_MESSAGE Header;
    PLPCP_PAYLOAD Payload;
    NTSTATUS Status = LpcpCapturePayload(Transfer->Send, Port->MaxMessageLength, &Header, &Payload);
    if (!NT_SUCCESS(Status))
        return Status;
    PLPCP_MESSAGE Original, Message;
    Status = LpcpFindInterrupted(Port, &Header, &Original);
    if (!NT_SUCCESS(Status)) {
        LpcpFreePayload(Payload);
        return Status;
    }
    Status = Original ? LpcpSendCallback(Port, Original, Payload, &Message)
                      : LpcpSend(Port, LpcpSynchronous, Payload, nullptr, &Message);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = LpcpAwaitAnswer(Message, Transfer->Receive);
    LpcpDereferenceMessage(Message);
    return Status;
}

NTSTATUS NtRequestWaitReplyPort(HANDLE PortHandle, const PORT_MESSAGE USER *RequestMessage,
                                PORT_MESSAGE USER *ReplyMessage)
{
    LPCP_TRANSFER Transfer = {.Send = RequestMessage, .Receive = ReplyMessage};
    NTSTATUS Status = MmProbeForWrite(ReplyMessage, sizeof(*ReplyMessage), 1);
    return NT_SUCCESS(Status) ? LpcpWithPort(PortHandle, LpcpRequest, &Transfer) : Status;
}

static NTSTATUS LpcpReplyLegacy(PLPCP_PORT Port, PVOID Context)
{
    LPCP_TRANSFER *Transfer = Context;
    PORT_MESSAGE Header;
    PLPCP_PAYLOAD Payload;
    NTSTATUS Status = LpcpCapturePayload(Transfer->Send, Port->MaxMessageLength, &Header, &Payload);
    return NT_SUCCESS(Status) ? LpcpReply(Port, &Header, Payload) : Status;
}

NTSTATUS NtReplyPort(HANDLE PortHandle, const PORT_MESSAGE USER *ReplyMessage)
{
    LPCP_TRANSFER Transfer = {.Send = ReplyMessage};
    return LpcpWithPort(PortHandle, LpcpReplyLegacy, &Transfer);
}

static NTSTATUS LpcpReceiveLegacy(PLPCP_PORT Port, LPCP_TRANSFER *Transfer)
{
    PLPCP_MESSAGE Message;
    ULONG Length;
    NTSTATUS Status =
        LpcpReceive(Port, LPCP_MAX_MESSAGE, FALSE, Transfer->Until, &Message, &Length);
    if (Status != STATUS_SUCCESS)
        return Status;
    Transfer->Type = Message->Payload->Type & LPCP_TYPE_MASK;
    Status = LpcpReturnMessage(Message, Transfer->Receive);
    if (NT_SUCCESS(Status) && Transfer->PortContext)
        Status = MmWriteUser(Transfer->PortContext, Message->Sender->Kind == LpcpClientPort
                                                        ? Message->Sender->PortContext
                                                        : nullptr);
    if (!NT_SUCCESS(Status))
        LpcpQueueMessage(Message->Target, Message); // for who can take it
    LpcpDereferenceMessage(Message);
    return Status;
}

static NTSTATUS LpcpReplyAndReceive(PLPCP_PORT Port, PVOID Context)
{
    LPCP_TRANSFER *Transfer = Context;
    NTSTATUS Status = Transfer->Send ? LpcpReplyLegacy(Port, Transfer) : STATUS_SUCCESS;
    return NT_SUCCESS(Status) ? LpcpReceiveLegacy(Port, Transfer) : Status;
}

NTSTATUS NtReplyWaitReceivePortEx(HANDLE PortHandle, PVOID USER *PortContext,
                                  const PORT_MESSAGE USER *ReplyMessage,
                                  PORT_MESSAGE USER *ReceiveMessage,
                                  const LARGE_INTEGER USER *Timeout)
{
    LARGE_INTEGER Captured;
    LPCP_TRANSFER Transfer = {
        .Send = ReplyMessage,
        .Receive = ReceiveMessage,
        .PortContext = PortContext,
        .Until = Timeout ? &Captured : nullptr,
    };
    NTSTATUS Status = MmProbeForWrite(ReceiveMessage, sizeof(*ReceiveMessage), 1);
    if (NT_SUCCESS(Status) && Timeout)
        Status = MmCopyFromUser(&Captured, Timeout, sizeof(Captured));
    return NT_SUCCESS(Status) ? LpcpWithPort(PortHandle, LpcpReplyAndReceive, &Transfer) : Status;
}

NTSTATUS NtReplyWaitReceivePort(HANDLE PortHandle, PVOID USER *PortContext,
                                const PORT_MESSAGE USER *ReplyMessage,
                                PORT_MESSAGE USER *ReceiveMessage)
{
    return NtReplyWaitReceivePortEx(PortHandle, PortContext, ReplyMessage, ReceiveMessage, nullptr);
}

// Other messages than requests for a connection are dropped, as on Windows.
static NTSTATUS LpcpListen(PLPCP_PORT Port, PVOID Context)
{
    LPCP_TRANSFER *Transfer = Context;
    NTSTATUS Status = STATUS_SUCCESS;
    while (Status == STATUS_SUCCESS && Transfer->Type != LPC_CONNECTION_REQUEST)
        Status = LpcpReceiveLegacy(Port, Transfer);
    return Status;
}

NTSTATUS NtListenPort(HANDLE PortHandle, PORT_MESSAGE USER *ConnectionRequest)
{
    LPCP_TRANSFER Transfer = {.Receive = ConnectionRequest};
    return LpcpWithPort(PortHandle, LpcpListen, &Transfer);
}
