// Callbacks of the older services: a server that works on a request asks the client something first. The
// client, which waits for its reply, gets the question instead, answers it with NtReplyWaitReplyPort and
// waits on.
#include "lpcp.h"

NTSTATUS LpcpFindInterrupted(PLPCP_PORT Port, const PORT_MESSAGE *Header, PLPCP_MESSAGE *Original)
{
    *Original = nullptr;
    if (Port->Kind != LpcpServerPort || !Header->MessageId ||
        (Header->u2.s2.Type & LPCP_TYPE_MASK) != LPC_REQUEST)
        return STATUS_SUCCESS;
    PLPCP_MESSAGE Message = LpcpFindMessage(Port, Header);
    if (!Message || !Message->Synchronous || Message->Callback || Message->Sender != Port->Peer ||
        Message->ClientId.UniqueThread != Header->ClientId.UniqueThread)
        return STATUS_REPLY_MESSAGE_MISMATCH;
    LpcpReferenceMessage(Message);
    *Original = Message;
    return STATUS_SUCCESS;
}

NTSTATUS LpcpSendCallback(PLPCP_PORT Port, PLPCP_MESSAGE Original, PLPCP_PAYLOAD Payload,
                          PLPCP_MESSAGE *Result)
{
    PLPCP_MESSAGE Message;
    Payload->Type = LPC_REQUEST;
    NTSTATUS Status = LpcpCreateMessage(Port, Payload, &Message);
    if (!NT_SUCCESS(Status)) {
        LpcpDereferenceMessage(Original);
        return Status;
    }
    Message->Synchronous = TRUE;
    Message->Original = Original;
    Message->Target = Original->Sender; // who may answer it
    ObReferenceObject(Message->Target);
    LpcpExpectReply(Message);
    Original->Callback = Message;
    LpcpReferenceMessage(Message);
    KeSetEvent(&Original->Done);
    *Result = Message;
    return STATUS_SUCCESS;
}

NTSTATUS LpcpAwaitAnswer(PLPCP_MESSAGE Message, PORT_MESSAGE USER *Buffer)
{
    NTSTATUS Status = LpcpWaitForReply(Message, FALSE, nullptr);
    PLPCP_MESSAGE Callback = Message->Callback;
    if (Status != STATUS_SUCCESS || !Callback)
        return Status == STATUS_SUCCESS ? LpcpReturnMessage(Message, Buffer) : Status;
    Message->Callback = nullptr;
    KeResetEvent(&Message->Done);
    Status = LpcpReturnMessage(Callback, Buffer);
    if (!NT_SUCCESS(Status)) // nobody will answer it
        LpcpCompleteMessage(Callback, Status);
    LpcpDereferenceMessage(Callback);
    return Status;
}

typedef struct _LPCP_CALLBACK_REPLY {
    PORT_MESSAGE USER *Buffer;
} LPCP_CALLBACK_REPLY;

static NTSTATUS LpcpReplyAndWait(PLPCP_PORT Port, PVOID Context)
{
    LPCP_CALLBACK_REPLY *Reply = Context;
    PORT_MESSAGE Header;
    PLPCP_PAYLOAD Payload;
    NTSTATUS Status = LpcpCapturePayload(Reply->Buffer, Port->MaxMessageLength, &Header, &Payload);
    if (!NT_SUCCESS(Status))
        return Status;
    PLPCP_MESSAGE Callback = LpcpFindMessage(Port, &Header);
    PLPCP_MESSAGE Original = Callback ? Callback->Original : nullptr;
    if (!Original) {
        LpcpFreePayload(Payload);
        return STATUS_REPLY_MESSAGE_MISMATCH;
    }
    LpcpReferenceMessage(Original);
    Status = LpcpReply(Port, &Header, Payload);
    if (NT_SUCCESS(Status))
        Status = LpcpAwaitAnswer(Original, Reply->Buffer);
    LpcpDereferenceMessage(Original);
    return Status;
}

NTSTATUS NtReplyWaitReplyPort(HANDLE PortHandle, PORT_MESSAGE USER *ReplyMessage)
{
    LPCP_CALLBACK_REPLY Reply = {.Buffer = ReplyMessage};
    NTSTATUS Status = MmProbeForWrite(ReplyMessage, sizeof(*ReplyMessage), 1);
    return NT_SUCCESS(Status) ? LpcpWithPort(PortHandle, LpcpReplyAndWait, &Reply) : Status;
}
