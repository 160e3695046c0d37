// The queues of ports.
#include "lpcp.h"

static VOID LpcpNotify(PLPCP_PORT Port)
{
    KeSetEvent(&Port->Arrived);
    KeSetEvent(&Port->NotEmpty);
    // Without memory for the packet the receiver learns of the message with the next one.
    if (Port->CompletionPort)
        IoSetIoCompletion(Port->CompletionPort, Port->CompletionKey, Port->PortContext,
                          STATUS_SUCCESS, 0);
}

// The queue holds a reference to the message, the message one to the port.
NTSTATUS LpcpQueueMessage(PLPCP_PORT Target, PLPCP_MESSAGE Message)
{
    if (Target->Closed)
        return STATUS_PORT_DISCONNECTED;
    if (Target->QueueLength == LPCP_QUEUE_LIMIT)
        return STATUS_INSUFFICIENT_RESOURCES;
    ObReferenceObject(Target);
    if (Message->Target)
        ObDereferenceObject(Message->Target);
    Message->Target = Target;
    Message->Sequence = ++Target->Sequence;
    Message->Queued = TRUE;
    InsertTailList(&Target->Queue, &Message->QueueLinks);
    Target->QueueLength++;
    LpcpReferenceMessage(Message);
    LpcpNotify(Target);
    return STATUS_SUCCESS;
}

VOID LpcpUnqueueMessage(PLPCP_MESSAGE Message)
{
    if (!Message->Queued)
        return;
    Message->Queued = FALSE;
    RemoveEntryList(&Message->QueueLinks);
    if (--Message->Target->QueueLength == 0)
        KeResetEvent(&Message->Target->NotEmpty);
    LpcpDereferenceMessage(Message);
}

// The queue first: what was sent before the other end went is still received.
static NTSTATUS LpcpWaitForMessage(PLPCP_PORT Port, BOOLEAN Alertable, PLARGE_INTEGER Until)
{
    PVOID Objects[] = {&Port->Arrived, &Port->Gone};
    while (IsListEmpty(&Port->Queue)) {
        NTSTATUS Status =
            KeWaitForMultipleObjects(2, Objects, WaitAny, WrLpcReceive, UserMode, Alertable, Until);
        if (Status == STATUS_WAIT_1)
            return STATUS_PORT_DISCONNECTED;
        if (Status != STATUS_WAIT_0)
            return Status;
    }
    return STATUS_SUCCESS;
}

NTSTATUS LpcpReceive(PLPCP_PORT Port, ULONG MaxLength, BOOLEAN Alertable, PLARGE_INTEGER Until,
                     PLPCP_MESSAGE *Result, PULONG Length)
{
    if (Port->Kind == LpcpServerPort)
        Port = Port->ConnectionPort; // a server's messages all come there
    NTSTATUS Status = LpcpWaitForMessage(Port, Alertable, Until);
    if (Status != STATUS_SUCCESS)
        return Status;
    PLPCP_MESSAGE Message = CONTAINING_RECORD(Port->Queue.Flink, LPCP_MESSAGE, QueueLinks);
    *Length = LpcpMessageLength(Message);
    if (*Length > MaxLength) {
        KeSetEvent(&Port->Arrived); // another receiver may have room for it
        return STATUS_BUFFER_TOO_SMALL;
    }
    LpcpReferenceMessage(Message);
    LpcpUnqueueMessage(Message);
    if (!IsListEmpty(&Port->Queue))
        KeSetEvent(&Port->Arrived);
    *Result = Message;
    return STATUS_SUCCESS;
}
