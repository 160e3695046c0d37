// Messages and their payloads.
#include "lpcp.h"

constexpr ULONG LPCP_ID_BUCKETS = 64;

static LIST_ENTRY LpcpIds[LPCP_ID_BUCKETS]; // messages that want a reply, by Id
static ULONG LpcpNextId = 1;

static PLIST_ENTRY LpcpIdBucket(ULONG Id)
{
    PLIST_ENTRY Head = &LpcpIds[Id % LPCP_ID_BUCKETS];
    if (!Head->Flink)
        InitializeListHead(Head);
    return Head;
}

// ---- Payloads

NTSTATUS LpcpCreatePayload(SHORT Type, ULONG Length, PLPCP_PAYLOAD *Payload)
{
    *Payload = ExAllocatePoolZero(PagedPool, sizeof(**Payload) + Length, LPC_TAG_PAYLOAD);
    if (!*Payload)
        return STATUS_INSUFFICIENT_RESOURCES;
    (*Payload)->Type = Type;
    (*Payload)->Length = Length;
    return STATUS_SUCCESS;
}

VOID LpcpFreePayload(PLPCP_PAYLOAD Payload)
{
    if (!Payload)
        return;
    if (Payload->HandleObject)
        ObDereferenceObject(Payload->HandleObject);
    if (Payload->Region)
        LpcpDereferenceRegion(Payload->Region);
    ExFreePoolWithTag(Payload, LPC_TAG_PAYLOAD);
}

static BOOLEAN LpcpHeaderIsValid(const PORT_MESSAGE *Header, ULONG MaxLength)
{
    LONG Data = Header->u1.s1.DataLength;
    USHORT Total = (USHORT)Header->u1.s1.TotalLength;
    USHORT Length = (USHORT)Data;
    if (Total < sizeof(PORT_MESSAGE) || Total > MaxLength ||
        (ULONG)Length > Total - sizeof(PORT_MESSAGE))
        return FALSE;
    USHORT DataInfo = (USHORT)Header->u2.s2.DataInfoOffset;
    return DataInfo == 0 ||
           (DataInfo >= sizeof(PORT_MESSAGE) && DataInfo + sizeof(PORT_DATA_INFORMATION) <= Total);
}

NTSTATUS LpcpCapturePayload(const PORT_MESSAGE USER *Message, ULONG MaxLength, PORT_MESSAGE *Header,
                            PLPCP_PAYLOAD *Payload)
{
    NTSTATUS Status = MmCopyFromUser(Header, Message, sizeof(*Header));
    if (!NT_SUCCESS(Status))
        return Status;
    if (!LpcpHeaderIsValid(Header, MaxLength))
        return STATUS_PORT_MESSAGE_TOO_LONG;
    USHORT Length = (USHORT)Header->u1.s1.DataLength;
    Status = LpcpCreatePayload(Header->u2.s2.Type, Length, Payload);
    if (!NT_SUCCESS(Status))
        return Status;
    (*Payload)->DataInfoOffset = Header->u2.s2.DataInfoOffset;
    Status = MmCopyFromUser((*Payload)->Data, (const VOID USER *)&Message[1], Length);
    if (!NT_SUCCESS(Status)) {
        LpcpFreePayload(*Payload);
        *Payload = nullptr;
    }
    return Status;
}

// ---- Messages

NTSTATUS LpcpCreateMessage(PLPCP_PORT Sender, PLPCP_PAYLOAD Payload, PLPCP_MESSAGE *Result)
{
    PLPCP_MESSAGE Message = ExAllocatePoolZero(NonPagedPool, sizeof(*Message), LPC_TAG_MESSAGE);
    if (!Message) {
        LpcpFreePayload(Payload);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Message->References = 1;
    Message->Id = LpcpNextId++;
    if (!LpcpNextId)
        LpcpNextId = 1; // 0 means no message
    Message->Payload = Payload;
    Message->Sender = Sender;
    Message->Qos = Sender->Qos;
    ObReferenceObject(Sender);
    if (KeGetCurrentThread())
        Message->ClientId = KeGetCurrentThread()->Cid;
    KeInitializeEvent(&Message->Done, NotificationEvent, FALSE);
    Message->Status = STATUS_PENDING;
    *Result = Message;
    return STATUS_SUCCESS;
}

VOID LpcpReferenceMessage(PLPCP_MESSAGE Message)
{
    Message->References++;
}

VOID LpcpDereferenceMessage(PLPCP_MESSAGE Message)
{
    if (--Message->References)
        return;
    ASSERT(!Message->Queued && !Message->WantsReply && !Message->Accepted);
    ASSERT(!Message->Callback);
    LpcpFreePayload(Message->Payload);
    if (Message->Original)
        LpcpDereferenceMessage(Message->Original);
    if (Message->Token)
        ObDereferenceObject(Message->Token);
    ObDereferenceObject(Message->Sender);
    if (Message->Target)
        ObDereferenceObject(Message->Target);
    ExFreePoolWithTag(Message, LPC_TAG_MESSAGE);
}

VOID LpcpSetPayload(PLPCP_MESSAGE Message, PLPCP_PAYLOAD Payload)
{
    LpcpFreePayload(Message->Payload);
    Message->Payload = Payload;
}

// ---- Replies. The lists of those who want one hold a reference.

VOID LpcpExpectReply(PLPCP_MESSAGE Message)
{
    Message->WantsReply = TRUE;
    InsertTailList(LpcpIdBucket(Message->Id), &Message->IdLinks);
    InsertTailList(&Message->Sender->Pending, &Message->PendingLinks);
    LpcpReferenceMessage(Message);
}

VOID LpcpForgetReply(PLPCP_MESSAGE Message)
{
    if (!Message->WantsReply)
        return;
    Message->WantsReply = FALSE;
    RemoveEntryList(&Message->IdLinks);
    RemoveEntryList(&Message->PendingLinks);
    LpcpDereferenceMessage(Message);
}

static PLPCP_MESSAGE LpcpMessageById(ULONG Id)
{
    PLIST_ENTRY Head = LpcpIdBucket(Id);
    for (PLIST_ENTRY Link = Head->Flink; Link != Head; Link = Link->Flink) {
        PLPCP_MESSAGE Message = CONTAINING_RECORD(Link, LPCP_MESSAGE, IdLinks);
        if (Message->Id == Id && !Message->Queued)
            return Message;
    }
    return nullptr;
}

// Only who received a message may answer it: through the port that it came to, or one of the ports of
// that connection port.
PLPCP_MESSAGE LpcpFindMessage(PLPCP_PORT Port, const PORT_MESSAGE *Header)
{
    PLPCP_MESSAGE Message = LpcpMessageById(Header->MessageId);
    PLPCP_PORT Receiver = Port->Kind == LpcpServerPort ? Port->ConnectionPort : Port;
    if (!Message || (Message->Target != Receiver && Message->Target != Port))
        return nullptr;
    return Message;
}

NTSTATUS LpcpFindConnectionPort(const PORT_MESSAGE *Header, PLPCP_PORT *ConnectionPort)
{
    PLPCP_MESSAGE Message = LpcpMessageById(Header->MessageId);
    if (!Message || Message->Target->Kind != LpcpConnectionPort ||
        Message->Target->Process != PsGetCurrentProcess())
        return STATUS_REPLY_MESSAGE_MISMATCH;
    *ConnectionPort = Message->Target;
    ObReferenceObject(*ConnectionPort);
    return STATUS_SUCCESS;
}

// ---- Giving to programs

ULONG LpcpMessageLength(PLPCP_MESSAGE Message)
{
    return (ULONG)sizeof(PORT_MESSAGE) + Message->Payload->Length;
}

NTSTATUS LpcpReturnMessage(PLPCP_MESSAGE Message, PORT_MESSAGE USER *Buffer)
{
    const LPCP_PAYLOAD *Payload = Message->Payload;
    PORT_MESSAGE Header = {
        .u1.s1.DataLength = (SHORT)Payload->Length,
        .u1.s1.TotalLength = (SHORT)(Payload->Length + sizeof(PORT_MESSAGE)),
        .u2.s2.Type = Payload->Type,
        .u2.s2.DataInfoOffset = Payload->DataInfoOffset,
        .ClientId = Message->ClientId,
        .MessageId = Message->Id,
    };
    if (Message->View && (Payload->Type & LPCP_TYPE_MASK) == LPC_CONNECTION_REQUEST)
        Header.ClientViewSize = Message->View->Size;
    NTSTATUS Status = MmCopyToUser((VOID USER *)&Buffer[1], Payload->Data, Payload->Length);
    return NT_SUCCESS(Status) ? MmCopyToUser(Buffer, &Header, sizeof(Header)) : Status;
}
