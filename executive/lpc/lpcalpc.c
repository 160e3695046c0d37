// The ALPC services.
#include "lpcp.h"

// ---- Creating

NTSTATUS NtAlpcCreatePort(HANDLE USER *PortHandle, const OBJECT_ATTRIBUTES USER *ObjectAttributes,
                          const ALPC_PORT_ATTRIBUTES USER *PortAttributes)
{
    OB_ATTRIBUTES Attributes;
    PLPCP_PORT Port;
    NTSTATUS Status = ObBeginCreateService(AlpcPortObjectType, PortHandle, ObjectAttributes,
                                           &Attributes, (PVOID *)&Port);
    if (!NT_SUCCESS(Status))
        return Status;
    LpcpInitializePort(Port, LpcpConnectionPort);
    Status = LpcpCapturePortAttributes(PortAttributes, Port);
    if (NT_SUCCESS(Status))
        return ObInsertService(Port, &Attributes, PORT_ALL_ACCESS, PortHandle);
    ObDereferenceObject(Port);
    ObReleaseAttributes(&Attributes);
    return Status;
}

// ---- Sending and receiving

typedef struct _LPCP_BUFFERS {
    PORT_MESSAGE USER *Message;
    SIZE_T USER *LengthPointer;     // of NtAlpcSendWaitReceivePort
    ULONG USER *ShortLengthPointer; // of NtAlpcConnectPort
    ULONG Length;                   // at most that of any message
    ALPC_MESSAGE_ATTRIBUTES USER *Attributes;
} LPCP_BUFFERS;

static NTSTATUS LpcpCaptureBuffers(LPCP_BUFFERS *Buffers)
{
    SIZE_T Length = sizeof(PORT_MESSAGE) + LPCP_MAX_MESSAGE;
    Buffers->Length = (ULONG)Length;
    ULONG ShortLength = MAXULONG;
    NTSTATUS Status = STATUS_SUCCESS;
    if (Buffers->LengthPointer)
        Status = MmCopyFromUser(&Length, Buffers->LengthPointer, sizeof(Length));
    if (NT_SUCCESS(Status) && Buffers->ShortLengthPointer)
        Status = MmCopyFromUser(&ShortLength, Buffers->ShortLengthPointer, sizeof(ShortLength));
    Buffers->Length = (ULONG)min(min(Length, ShortLength), Buffers->Length);
    return Status;
}

static NTSTATUS LpcpReturnLength(const LPCP_BUFFERS *Buffers, SIZE_T Length)
{
    if (Buffers->ShortLengthPointer)
        return MmWriteUser(Buffers->ShortLengthPointer, (ULONG)Length);
    return Buffers->LengthPointer ? MmWriteUser(Buffers->LengthPointer, Length) : STATUS_SUCCESS;
}

static NTSTATUS LpcpDeliver(PLPCP_PORT Port, PLPCP_MESSAGE Message, const LPCP_BUFFERS *Buffers)
{
    NTSTATUS Status = LpcpReturnMessage(Message, Buffers->Message);
    if (NT_SUCCESS(Status))
        Status = LpcpReturnAttributes(Message, Port, Buffers->Attributes);
    if (NT_SUCCESS(Status))
        Status = LpcpReturnLength(Buffers, LpcpMessageLength(Message));
    return Status;
}

static NTSTATUS LpcpReceiveInto(PLPCP_PORT Port, const LPCP_BUFFERS *Buffers, BOOLEAN Alertable,
                                PLARGE_INTEGER Until)
{
    PLPCP_MESSAGE Message;
    ULONG Length = 0;
    NTSTATUS Status = LpcpReceive(Port, Buffers->Length, Alertable, Until, &Message, &Length);
    if (Status == STATUS_BUFFER_TOO_SMALL) {
        NTSTATUS WriteStatus = LpcpReturnLength(Buffers, Length);
        return NT_SUCCESS(WriteStatus) ? Status : WriteStatus;
    }
    if (Status != STATUS_SUCCESS)
        return Status;
    Status = LpcpDeliver(Port, Message, Buffers);
    // Who cannot take the message must not lose it for the others.
    if (!NT_SUCCESS(Status))
        LpcpQueueMessage(Message->Target, Message);
    LpcpDereferenceMessage(Message);
    return Status;
}

// A reply that does not fit waits in the port's queue for a larger buffer.
static NTSTATUS LpcpAwaitReplyInto(PLPCP_PORT Port, PLPCP_MESSAGE Message,
                                   const LPCP_BUFFERS *Buffers, BOOLEAN Alertable,
                                   PLARGE_INTEGER Until)
{
    NTSTATUS Status = LpcpWaitForReply(Message, Alertable, Until);
    if (Status != STATUS_SUCCESS)
        return Status;
    if (LpcpMessageLength(Message) <= Buffers->Length)
        return LpcpDeliver(Port, Message, Buffers);
    LpcpQueueMessage(Port, Message);
    Status = LpcpReturnLength(Buffers, LpcpMessageLength(Message));
    return NT_SUCCESS(Status) ? STATUS_BUFFER_TOO_SMALL : Status;
}

static LPCP_SEND_MODE LpcpModeOfFlags(ULONG Flags)
{
    if (Flags & ALPC_MSGFLG_SYNC_REQUEST)
        return LpcpSynchronous;
    return Flags & ALPC_MSGFLG_RELEASE_MESSAGE ? LpcpDatagram : LpcpAsynchronous;
}

// *Message is set for a synchronous request.
static NTSTATUS LpcpSendFrom(PLPCP_PORT Port, ULONG Flags, const PORT_MESSAGE USER *User,
                             ALPC_MESSAGE_ATTRIBUTES USER *UserAttributes, PLPCP_MESSAGE *Message)
{
    PORT_MESSAGE Header;
    PLPCP_PAYLOAD Payload;
    NTSTATUS Status = LpcpCapturePayload(User, Port->MaxMessageLength, &Header, &Payload);
    if (!NT_SUCCESS(Status))
        return Status;
    LPCP_ATTRIBUTES Attributes;
    Status = LpcpCaptureAttributes(Port, UserAttributes, &Attributes);
    if (!NT_SUCCESS(Status)) {
        LpcpFreePayload(Payload);
        return Status;
    }
    LpcpApplyAttributes(&Attributes, Payload);
    LPCP_SEND_MODE Mode = LpcpModeOfFlags(Flags);
    if (Header.MessageId || (Flags & ALPC_MSGFLG_REPLY_MESSAGE))
        Status = LpcpReply(Port, &Header, Payload);
    else
        Status =
            LpcpSend(Port, Mode, Payload, &Attributes, Mode == LpcpSynchronous ? Message : nullptr);
    LpcpReleaseAttributes(&Attributes);
    return Status;
}

static NTSTATUS LpcpSendAndReceive(PLPCP_PORT Port, ULONG Flags, const PORT_MESSAGE USER *Send,
                                   ALPC_MESSAGE_ATTRIBUTES USER *SendAttributes,
                                   const LPCP_BUFFERS *Receive, PLARGE_INTEGER Until)
{
    BOOLEAN Alertable = (Flags & ALPC_MSGFLG_WAIT_ALERTABLE) != 0;
    PLPCP_MESSAGE Message = nullptr;
    if (Send) {
        NTSTATUS Status = LpcpSendFrom(Port, Flags, Send, SendAttributes, &Message);
        if (!NT_SUCCESS(Status))
            return Status;
    }
    if (Message) {
        NTSTATUS Status = LpcpAwaitReplyInto(Port, Message, Receive, Alertable, Until);
        LpcpDereferenceMessage(Message);
        return Status;
    }
    return Receive->Message ? LpcpReceiveInto(Port, Receive, Alertable, Until) : STATUS_SUCCESS;
}

NTSTATUS NtAlpcSendWaitReceivePort(HANDLE PortHandle, ULONG Flags,
                                   const PORT_MESSAGE USER *SendMessage,
                                   ALPC_MESSAGE_ATTRIBUTES USER *SendMessageAttributes,
                                   PORT_MESSAGE USER *ReceiveMessage, SIZE_T USER *BufferLength,
                                   ALPC_MESSAGE_ATTRIBUTES USER *ReceiveMessageAttributes,
                                   const LARGE_INTEGER USER *Timeout)
{
    BOOLEAN Synchronous = (Flags & ALPC_MSGFLG_SYNC_REQUEST) != 0;
    if ((!SendMessage && !ReceiveMessage) || (Synchronous && (!SendMessage || !ReceiveMessage)))
        return STATUS_INVALID_PARAMETER;
    LPCP_BUFFERS Receive = {
        .Message = ReceiveMessage,
        .LengthPointer = BufferLength,
        .Attributes = ReceiveMessageAttributes,
    };
    NTSTATUS Status = LpcpCaptureBuffers(&Receive);
    LARGE_INTEGER Captured;
    if (NT_SUCCESS(Status) && Timeout)
        Status = MmCopyFromUser(&Captured, Timeout, sizeof(Captured));
    if (!NT_SUCCESS(Status))
        return Status;
    PLPCP_PORT Port;
    Status = LpcpReferencePort(PortHandle, &Port);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = LpcpSendAndReceive(Port, Flags, SendMessage, SendMessageAttributes, &Receive,
                                Timeout ? &Captured : nullptr);
    ObDereferenceObject(Port);
    return Status;
}

// ---- Connecting

// Everything that NtAlpcConnectPort was given.
typedef struct _LPCP_ALPC_CONNECT {
    LPCP_CONNECT Connect;
    LPCP_BUFFERS Reply;
    OB_ATTRIBUTES Attributes;
} LPCP_ALPC_CONNECT;

static NTSTATUS LpcpCaptureConnectMessage(LPCP_ALPC_CONNECT *Request,
                                          const PORT_MESSAGE USER *Message,
                                          ALPC_MESSAGE_ATTRIBUTES USER *UserAttributes)
{
    if (!Message)
        return LpcpCreatePayload(LPC_CONNECTION_REQUEST, 0, &Request->Connect.Payload);
    PORT_MESSAGE Header;
    LPCP_ATTRIBUTES Attributes;
    NTSTATUS Status = LpcpCaptureAttributes(nullptr, UserAttributes, &Attributes);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = LpcpCapturePayload(Message, LPCP_MAX_MESSAGE, &Header, &Request->Connect.Payload);
    if (NT_SUCCESS(Status)) {
        LpcpApplyAttributes(&Attributes, Request->Connect.Payload);
        Request->Connect.MessageContext = Attributes.MessageContext;
    }
    LpcpReleaseAttributes(&Attributes);
    return Status;
}

static NTSTATUS LpcpCaptureConnectPort(LPCP_CONNECT *Connect, const UNICODE_STRING USER *PortName,
                                       const ALPC_PORT_ATTRIBUTES USER *PortAttributes,
                                       const VOID USER *RequiredServerSid)
{
    Connect->Qos.ImpersonationLevel = SecurityImpersonation;
    Connect->Qos.ContextTrackingMode = SECURITY_DYNAMIC_TRACKING;
    NTSTATUS Status = MmCaptureUnicodeString(&Connect->PortName, PortName);
    if (NT_SUCCESS(Status) && PortAttributes) {
        LPCP_PORT Captured = {};
        Status = LpcpCapturePortAttributes(PortAttributes, &Captured);
        Connect->Flags = Captured.Flags;
        Connect->Qos = Captured.Qos;
        Connect->MaxMessageLength = Captured.MaxMessageLength;
    }
    if (NT_SUCCESS(Status) && RequiredServerSid)
        Status = SeCaptureSid(RequiredServerSid, &Connect->RequiredServerSid);
    return Status;
}

static NTSTATUS LpcpConnectAndReturn(LPCP_ALPC_CONNECT *Request, PLARGE_INTEGER Until,
                                     PHANDLE Handle)
{
    PLPCP_PORT Port;
    PLPCP_MESSAGE Message;
    NTSTATUS Status = LpcpBeginConnect(&Request->Connect, &Port, &Message);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Request->Connect.Asynchronous) {
        LpcpDereferenceMessage(Message);
        return LpcpInsertPort(Port, Request->Attributes.Attributes, Handle);
    }
    Status = LpcpEndConnect(Message, Until);
    if (Status == STATUS_SUCCESS && Request->Reply.Message)
        Status = LpcpMessageLength(Message) <= Request->Reply.Length
                     ? LpcpDeliver(Port, Message, &Request->Reply)
                     : STATUS_BUFFER_TOO_SMALL;
    LpcpDereferenceMessage(Message);
    if (Status == STATUS_SUCCESS)
        return LpcpInsertPort(Port, Request->Attributes.Attributes, Handle);
    LpcpShutPort(Port);
    ObDereferenceObject(Port);
    return Status;
}

// Without ALPC_MSGFLG_SYNC_REQUEST the service returns at once. The answer comes as a message: of type
// LPC_CONNECTION_REPLY, or LPC_PORT_CLOSED when the server refuses.
NTSTATUS NtAlpcConnectPort(HANDLE USER *PortHandle, const UNICODE_STRING USER *PortName,
                           const OBJECT_ATTRIBUTES USER *ObjectAttributes,
                           const ALPC_PORT_ATTRIBUTES USER *PortAttributes, ULONG Flags,
                           const VOID USER *RequiredServerSid, PORT_MESSAGE USER *ConnectionMessage,
                           ULONG USER *BufferLength,
                           ALPC_MESSAGE_ATTRIBUTES USER *OutMessageAttributes,
                           ALPC_MESSAGE_ATTRIBUTES USER *InMessageAttributes,
                           const LARGE_INTEGER USER *Timeout)
{
    LPCP_ALPC_CONNECT Request = {
        .Connect.Asynchronous = !(Flags & ALPC_MSGFLG_SYNC_REQUEST),
        .Reply.Message = ConnectionMessage,
        .Reply.ShortLengthPointer = BufferLength,
        .Reply.Attributes = InMessageAttributes,
    };
    LARGE_INTEGER Captured;
    HANDLE Handle = nullptr;
    NTSTATUS Status = MmProbeForWrite(PortHandle, sizeof(*PortHandle), 1);
    if (NT_SUCCESS(Status))
        Status = LpcpCaptureBuffers(&Request.Reply);
    if (NT_SUCCESS(Status) && Timeout)
        Status = MmCopyFromUser(&Captured, Timeout, sizeof(Captured));
    if (NT_SUCCESS(Status))
        Status = ObCaptureAttributes(&Request.Attributes, ObjectAttributes);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = LpcpCaptureConnectPort(&Request.Connect, PortName, PortAttributes, RequiredServerSid);
    if (NT_SUCCESS(Status))
        Status = LpcpCaptureConnectMessage(&Request, ConnectionMessage, OutMessageAttributes);
    if (NT_SUCCESS(Status))
        Status = LpcpConnectAndReturn(&Request, Timeout ? &Captured : nullptr, &Handle);
    ObReleaseAttributes(&Request.Attributes);
    if (Request.Connect.PortName.Buffer)
        MmFreeCapturedString(&Request.Connect.PortName);
    if (Request.Connect.RequiredServerSid)
        ExFreePool(Request.Connect.RequiredServerSid);
    return ObReturnHandle(Status, Handle, PortHandle);
}

// ---- Accepting

static NTSTATUS LpcpAcceptAndReturn(PLPCP_PORT ConnectionPort, const PORT_MESSAGE *Header,
                                    PLPCP_PAYLOAD Payload, PVOID PortContext,
                                    ULONG HandleAttributes, HANDLE USER *PortHandle)
{
    PLPCP_PORT Server;
    PLPCP_MESSAGE Request;
    NTSTATUS Status = LpcpAccept(ConnectionPort, Header, Payload, PortContext, &Server, &Request);
    if (!NT_SUCCESS(Status))
        return Status;
    HANDLE Handle;
    Status = LpcpInsertPort(Server, HandleAttributes, &Handle);
    Status = ObReturnHandle(Status, Handle, PortHandle);
    // The client may have given up while the handle was written.
    if (NT_SUCCESS(Status) && !Request->Accepted)
        Status = STATUS_REPLY_MESSAGE_MISMATCH;
    if (NT_SUCCESS(Status)) {
        LpcpCompleteAccept(Request);
    } else {
        LpcpAbandonAccept(Request);
        LpcpCompleteMessage(Request, STATUS_PORT_CONNECTION_REFUSED);
    }
    LpcpDereferenceMessage(Request);
    return Status;
}

NTSTATUS NtAlpcAcceptConnectPort(HANDLE USER *PortHandle, HANDLE ConnectionPortHandle, ULONG Flags,
                                 const OBJECT_ATTRIBUTES USER *ObjectAttributes,
                                 const ALPC_PORT_ATTRIBUTES USER *PortAttributes, PVOID PortContext,
                                 const PORT_MESSAGE USER *ConnectionRequest,
                                 ALPC_MESSAGE_ATTRIBUTES USER *ConnectionMessageAttributes,
                                 BOOLEAN AcceptConnection)
{
    (void)Flags, (void)PortAttributes, (void)ConnectionMessageAttributes;
    PORT_MESSAGE Header;
    PLPCP_PAYLOAD Payload;
    OB_ATTRIBUTES Attributes;
    NTSTATUS Status = LpcpCapturePayload(ConnectionRequest, LPCP_MAX_MESSAGE, &Header, &Payload);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ObCaptureAttributes(&Attributes, ObjectAttributes);
    if (!NT_SUCCESS(Status)) {
        LpcpFreePayload(Payload);
        return Status;
    }
    PLPCP_PORT ConnectionPort;
    Status = LpcpReferencePort(ConnectionPortHandle, &ConnectionPort);
    if (!NT_SUCCESS(Status)) {
        LpcpFreePayload(Payload);
        ObReleaseAttributes(&Attributes);
        return Status;
    }
    if (AcceptConnection) {
        Status = LpcpAcceptAndReturn(ConnectionPort, &Header, Payload, PortContext,
                                     Attributes.Attributes, PortHandle);
    } else {
        LpcpFreePayload(Payload);
        Status = LpcpRefuse(ConnectionPort, &Header);
    }
    ObDereferenceObject(ConnectionPort);
    ObReleaseAttributes(&Attributes);
    return Status;
}

// ---- The other services

static NTSTATUS LpcpDisconnectService(PLPCP_PORT Port, PVOID Context)
{
    (void)Context;
    if (Port->Kind == LpcpConnectionPort)
        return STATUS_INVALID_PORT_HANDLE;
    LpcpDisconnect(Port);
    return STATUS_SUCCESS;
}

NTSTATUS NtAlpcDisconnectPort(HANDLE PortHandle, ULONG Flags)
{
    (void)Flags;
    return LpcpWithPort(PortHandle, LpcpDisconnectService, nullptr);
}

static NTSTATUS LpcpCancelByContext(PLPCP_PORT Port, PVOID Context)
{
    const ALPC_CONTEXT_ATTR *Wanted = Context;
    for (PLIST_ENTRY Link = Port->Pending.Flink; Link != &Port->Pending; Link = Link->Flink) {
        PLPCP_MESSAGE Message = CONTAINING_RECORD(Link, LPCP_MESSAGE, PendingLinks);
        if (Message->Synchronous || Message->MessageContext != Wanted->MessageContext)
            continue;
        LpcpCancelMessage(Message);
        return STATUS_SUCCESS;
    }
    return STATUS_INVALID_PARAMETER;
}

NTSTATUS NtAlpcCancelMessage(HANDLE PortHandle, ULONG Flags,
                             const ALPC_CONTEXT_ATTR USER *MessageContext)
{
    (void)Flags;
    ALPC_CONTEXT_ATTR Context;
    NTSTATUS Status = MmCopyFromUser(&Context, MessageContext, sizeof(Context));
    return NT_SUCCESS(Status) ? LpcpWithPort(PortHandle, LpcpCancelByContext, &Context) : Status;
}
