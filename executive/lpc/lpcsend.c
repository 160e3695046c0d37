// Sending, and answering.
#include "lpcp.h"

// Whom the receiver may impersonate: the thread as it is now, or as it was when it connected.
PTOKEN LpcpClientToken(PLPCP_PORT Port)
{
    PTOKEN Token = Port->StaticToken;
    if (Port->Kind != LpcpClientPort)
        return nullptr;
    if (!Token)
        Token = KeGetCurrentThread() ? PsEffectiveToken() : SeSystemToken;
    ObReferenceObject(Token);
    return Token;
}

static NTSTATUS LpcpTargetOf(PLPCP_PORT Port, PLPCP_PORT *Target)
{
    if (Port->Kind == LpcpConnectionPort)
        return STATUS_INVALID_PORT_HANDLE;
    if (!Port->Peer)
        return STATUS_PORT_DISCONNECTED;
    *Target = Port->Kind == LpcpClientPort ? Port->ConnectionPort : Port->Peer;
    return STATUS_SUCCESS;
}

// The identity that the attributes name, or the thread's.
static VOID LpcpSetIdentity(PLPCP_MESSAGE Message, PLPCP_PORT Port, PLPCP_ATTRIBUTES Attributes)
{
    if (Attributes) {
        Message->MessageContext = Attributes->MessageContext;
        Message->SecurityContext = Attributes->SecurityContext;
    }
    if (Attributes && Attributes->Token) {
        Message->Token = Attributes->Token;
        Message->Qos = Attributes->Qos;
        Attributes->Token = nullptr;
    } else {
        Message->Token = LpcpClientToken(Port);
    }
}

NTSTATUS LpcpSend(PLPCP_PORT Port, LPCP_SEND_MODE Mode, PLPCP_PAYLOAD Payload,
                  PLPCP_ATTRIBUTES Attributes, PLPCP_MESSAGE *Result)
{
    PLPCP_PORT Target;
    NTSTATUS Status = LpcpTargetOf(Port, &Target);
    if (!NT_SUCCESS(Status)) {
        LpcpFreePayload(Payload);
        return Status;
    }
    BOOLEAN Legacy = Port->LpcMode;
    Payload->Type = Mode == LpcpDatagram ? LPC_DATAGRAM : LPC_REQUEST;
    if (Mode != LpcpDatagram && !Legacy)
        Payload->Type |= LPC_CONTINUATION_REQUIRED;
    PLPCP_MESSAGE Message;
    Status = LpcpCreateMessage(Port, Payload, &Message);
    if (!NT_SUCCESS(Status))
        return Status;

    Message->Synchronous = Mode == LpcpSynchronous;
    LpcpSetIdentity(Message, Port, Attributes);
    if (Mode != LpcpDatagram)
        LpcpExpectReply(Message);
    Status = LpcpQueueMessage(Target, Message);
    if (!NT_SUCCESS(Status))
        LpcpForgetReply(Message);
    if (NT_SUCCESS(Status) && Result)
        *Result = Message;
    else
        LpcpDereferenceMessage(Message);
    return Status;
}

// ---- The end of a request

// A request ends whose sender has not taken the callback yet: nobody will answer that.
static VOID LpcpDropCallback(PLPCP_MESSAGE Message)
{
    PLPCP_MESSAGE Callback = Message->Callback;
    Message->Callback = nullptr;
    if (!Callback)
        return;
    LpcpCompleteMessage(Callback, STATUS_PORT_DISCONNECTED);
    LpcpDereferenceMessage(Callback);
}

// Who does not wait for a connection finds the answer among its messages.
static VOID LpcpAnswerConnect(PLPCP_MESSAGE Message, NTSTATUS Status)
{
    PLPCP_PAYLOAD Payload = Message->Payload;
    if (!NT_SUCCESS(Status)) {
        Payload->Type = LPC_PORT_CLOSED;
        Payload->Length = 0;
    }
    // A port that has no handle any more needs no answer.
    (VOID) LpcpQueueMessage(Message->Sender, Message);
    if (!NT_SUCCESS(Status))
        KeSetEvent(&Message->Sender->Gone);
}

static BOOLEAN LpcpIsConnect(const LPCP_MESSAGE *Message)
{
    SHORT Type = Message->Payload->Type & LPCP_TYPE_MASK;
    return Type == LPC_CONNECTION_REQUEST || Type == LPC_CONNECTION_REPLY;
}

// No reply will come any more, or it is in the message's payload now.
VOID LpcpCompleteMessage(PLPCP_MESSAGE Message, NTSTATUS Status)
{
    if (Message->Status != STATUS_PENDING)
        return;
    Message->Status = Status;
    LpcpReferenceMessage(Message);
    LpcpForgetReply(Message);
    LpcpDropCallback(Message);
    KeSetEvent(&Message->Done);
    if (!Message->Synchronous && LpcpIsConnect(Message))
        LpcpAnswerConnect(Message, Status);
    LpcpDereferenceMessage(Message);
}

// The sender gives up: the message leaves the queue, and a reply that comes later finds nobody.
VOID LpcpCancelMessage(PLPCP_MESSAGE Message)
{
    LpcpReferenceMessage(Message);
    LpcpAbandonAccept(Message);
    LpcpDropCallback(Message);
    LpcpUnqueueMessage(Message);
    LpcpForgetReply(Message);
    LpcpDereferenceMessage(Message);
}

// A callback that came ends the wait too, but not the request.
NTSTATUS LpcpWaitForReply(PLPCP_MESSAGE Message, BOOLEAN Alertable, PLARGE_INTEGER Until)
{
    NTSTATUS Status = KeWaitForSingleObject(&Message->Done, WrLpcReply, UserMode, Alertable, Until);
    if (Message->Status != STATUS_PENDING)
        return Message->Status;
    if (Message->Callback && Status == STATUS_SUCCESS)
        return STATUS_SUCCESS;
    LpcpCancelMessage(Message);
    return Status;
}

// ---- Answering

// An asynchronous sender finds the reply in the queue of its port, under the same number.
static NTSTATUS LpcpQueueReply(PLPCP_MESSAGE Message)
{
    LpcpForgetReply(Message);
    return LpcpQueueMessage(Message->Sender, Message);
}

// The older services identify the client too.
static BOOLEAN LpcpMayAnswer(PLPCP_PORT Port, const LPCP_MESSAGE *Message,
                             const PORT_MESSAGE *Header)
{
    if ((Message->Payload->Type & LPCP_TYPE_MASK) == LPC_CONNECTION_REQUEST)
        return FALSE;
    return !Port->LpcMode || Message->ClientId.UniqueThread == Header->ClientId.UniqueThread;
}

NTSTATUS LpcpReply(PLPCP_PORT Port, const PORT_MESSAGE *Header, PLPCP_PAYLOAD Payload)
{
    PLPCP_MESSAGE Message = LpcpFindMessage(Port, Header);
    if (!Message || !LpcpMayAnswer(Port, Message, Header)) {
        LpcpFreePayload(Payload);
        return STATUS_REPLY_MESSAGE_MISMATCH;
    }
    LpcpReferenceMessage(Message);
    LpcpReleaseViewsOf(Port, Message);
    Payload->Type = LPC_REPLY;
    LpcpSetPayload(Message, Payload);
    if (KeGetCurrentThread())
        Message->ClientId = KeGetCurrentThread()->Cid;
    NTSTATUS Status = STATUS_SUCCESS;
    if (Message->Synchronous)
        LpcpCompleteMessage(Message, STATUS_SUCCESS);
    else
        Status = LpcpQueueReply(Message);
    LpcpDereferenceMessage(Message);
    return Status;
}

// ---- The end of a client's thread

NTSTATUS LpcReferencePort(HANDLE Handle, PVOID *Port)
{
    return LpcpReferencePort(Handle, (PLPCP_PORT *)Port);
}

// Best effort, as with other messages that nobody waits for.
VOID LpcSendClientDied(PVOID Object, const CLIENT_ID *Thread, LARGE_INTEGER CreateTime)
{
    PLPCP_PORT Target, Port = Object;
    PLPCP_PAYLOAD Payload;
    PLPCP_MESSAGE Message;
    if (!NT_SUCCESS(LpcpTargetOf(Port, &Target)) ||
        !NT_SUCCESS(LpcpCreatePayload(LPC_CLIENT_DIED, sizeof(CreateTime), &Payload)))
        return;
    memcpy(Payload->Data, &CreateTime, sizeof(CreateTime));
    if (!NT_SUCCESS(LpcpCreateMessage(Port, Payload, &Message)))
        return;
    Message->ClientId = *Thread;
    LpcpQueueMessage(Target, Message);
    LpcpDereferenceMessage(Message);
}
