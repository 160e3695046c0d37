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

NTSTATUS NtCompleteConnectPort(HANDLE PortHandle)
{
    PLPCP_PORT Port;
    NTSTATUS Status = LpcpReferencePort(PortHandle, &Port);
    if (!NT_SUCCESS(Status))
        return Status;
    PLPCP_MESSAGE Request = Port->Request;
    Port->Request = nullptr;
    if (!Request) {
        Status = STATUS_INVALID_PORT_HANDLE;
    } else {
        if (Request->Accepted)
            LpcpCompleteAccept(Request);
        else
            Status = STATUS_REPLY_MESSAGE_MISMATCH; // the client gave up
        LpcpDereferenceMessage(Request);
    }
    ObDereferenceObject(Port);
    return Status;
}

// ---- Messages

static NTSTATUS LpcpSendLegacy(PLPCP_PORT Port, LPCP_SEND_MODE Mode, const PORT_MESSAGE USER *User,
                               PLPCP_MESSAGE *Message)
{
    PORT_MESSAGE Header;
    PLPCP_PAYLOAD Payload;
    NTSTATUS Status = LpcpCapturePayload(User, Port->MaxMessageLength, &Header, &Payload);
    return NT_SUCCESS(Status) ? LpcpSend(Port, Mode, Payload, nullptr, Message) : Status;
}

static NTSTATUS LpcpReplyLegacy(PLPCP_PORT Port, const PORT_MESSAGE USER *User)
{
    PORT_MESSAGE Header;
    PLPCP_PAYLOAD Payload;
    NTSTATUS Status = LpcpCapturePayload(User, Port->MaxMessageLength, &Header, &Payload);
    return NT_SUCCESS(Status) ? LpcpReply(Port, &Header, Payload) : Status;
}

NTSTATUS NtRequestPort(HANDLE PortHandle, const PORT_MESSAGE USER *RequestMessage)
{
    PLPCP_PORT Port;
    NTSTATUS Status = LpcpReferencePort(PortHandle, &Port);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = LpcpSendLegacy(Port, LpcpDatagram, RequestMessage, nullptr);
    ObDereferenceObject(Port);
    return Status;
}

NTSTATUS NtRequestWaitReplyPort(HANDLE PortHandle, const PORT_MESSAGE USER *RequestMessage,
                                PORT_MESSAGE USER *ReplyMessage)
{
    NTSTATUS Status = MmProbeForWrite(ReplyMessage, sizeof(*ReplyMessage), 1);
    if (!NT_SUCCESS(Status))
        return Status;
    PLPCP_PORT Port;
    Status = LpcpReferencePort(PortHandle, &Port);
    if (!NT_SUCCESS(Status))
        return Status;
    PLPCP_MESSAGE Message;
    Status = LpcpSendLegacy(Port, LpcpSynchronous, RequestMessage, &Message);
    if (NT_SUCCESS(Status)) {
        Status = LpcpWaitForReply(Message, FALSE, nullptr);
        if (Status == STATUS_SUCCESS)
            Status = LpcpReturnMessage(Message, ReplyMessage);
        LpcpDereferenceMessage(Message);
    }
    ObDereferenceObject(Port);
    return Status;
}

NTSTATUS NtReplyPort(HANDLE PortHandle, const PORT_MESSAGE USER *ReplyMessage)
{
    PLPCP_PORT Port;
    NTSTATUS Status = LpcpReferencePort(PortHandle, &Port);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = LpcpReplyLegacy(Port, ReplyMessage);
    ObDereferenceObject(Port);
    return Status;
}

static NTSTATUS LpcpReceiveLegacy(PLPCP_PORT Port, PVOID USER *PortContext,
                                  PORT_MESSAGE USER *Buffer, PLARGE_INTEGER Until, PSHORT Type)
{
    PLPCP_MESSAGE Message;
    ULONG Length;
    NTSTATUS Status = LpcpReceive(Port, LPCP_MAX_MESSAGE, FALSE, Until, &Message, &Length);
    if (Status != STATUS_SUCCESS)
        return Status;
    *Type = Message->Payload->Type & LPCP_TYPE_MASK;
    Status = LpcpReturnMessage(Message, Buffer);
    if (NT_SUCCESS(Status) && PortContext)
        Status = MmWriteUser(PortContext, Message->Sender->Kind == LpcpClientPort
                                              ? Message->Sender->PortContext
                                              : nullptr);
    if (!NT_SUCCESS(Status))
        LpcpQueueMessage(Message->Target, Message); // for who can take it
    LpcpDereferenceMessage(Message);
    return Status;
}

NTSTATUS NtReplyWaitReceivePortEx(HANDLE PortHandle, PVOID USER *PortContext,
                                  const PORT_MESSAGE USER *ReplyMessage,
                                  PORT_MESSAGE USER *ReceiveMessage,
                                  const LARGE_INTEGER USER *Timeout)
{
    LARGE_INTEGER Captured;
    NTSTATUS Status = MmProbeForWrite(ReceiveMessage, sizeof(*ReceiveMessage), 1);
    if (NT_SUCCESS(Status) && Timeout)
        Status = MmCopyFromUser(&Captured, Timeout, sizeof(Captured));
    if (!NT_SUCCESS(Status))
        return Status;
    PLPCP_PORT Port;
    Status = LpcpReferencePort(PortHandle, &Port);
    if (!NT_SUCCESS(Status))
        return Status;
    SHORT Type;
    if (ReplyMessage)
        Status = LpcpReplyLegacy(Port, ReplyMessage);
    if (NT_SUCCESS(Status))
        Status = LpcpReceiveLegacy(Port, PortContext, ReceiveMessage, Timeout ? &Captured : nullptr,
                                   &Type);
    ObDereferenceObject(Port);
    return Status;
}

NTSTATUS NtReplyWaitReceivePort(HANDLE PortHandle, PVOID USER *PortContext,
                                const PORT_MESSAGE USER *ReplyMessage,
                                PORT_MESSAGE USER *ReceiveMessage)
{
    return NtReplyWaitReceivePortEx(PortHandle, PortContext, ReplyMessage, ReceiveMessage, nullptr);
}

// Other messages than requests for a connection are dropped, as on Windows.
NTSTATUS NtListenPort(HANDLE PortHandle, PORT_MESSAGE USER *ConnectionRequest)
{
    PLPCP_PORT Port;
    NTSTATUS Status = LpcpReferencePort(PortHandle, &Port);
    if (!NT_SUCCESS(Status))
        return Status;
    SHORT Type = 0;
    while (Status == STATUS_SUCCESS && Type != LPC_CONNECTION_REQUEST)
        Status = LpcpReceiveLegacy(Port, nullptr, ConnectionRequest, nullptr, &Type);
    ObDereferenceObject(Port);
    return Status;
}
