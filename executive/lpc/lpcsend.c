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

NTSTATUS LpcpSend(PLPCP_PORT Port, LPCP_SEND_MODE Mode, PLPCP_PAYLOAD Payload, PVOID Context,
                  PLPCP_MESSAGE *Result)
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
    Message->MessageContext = Context;
    Message->Token = LpcpClientToken(Port);
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

// No reply will come any more, or it is in the message's payload now.
VOID LpcpCompleteMessage(PLPCP_MESSAGE Message, NTSTATUS Status)
{
    if (Message->Status != STATUS_PENDING)
        return;
    Message->Status = Status;
    LpcpForgetReply(Message);
    KeSetEvent(&Message->Done);
}

// The sender gives up: the message leaves the queue, and a reply that comes later finds nobody.
VOID LpcpCancelMessage(PLPCP_MESSAGE Message)
{
    LpcpAbandonAccept(Message);
    LpcpUnqueueMessage(Message);
    LpcpForgetReply(Message);
}

NTSTATUS LpcpWaitForReply(PLPCP_MESSAGE Message, BOOLEAN Alertable, PLARGE_INTEGER Until)
{
    NTSTATUS Status = KeWaitForSingleObject(&Message->Done, WrLpcReply, UserMode, Alertable, Until);
    if (Message->Status != STATUS_PENDING)
        return Message->Status;
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
