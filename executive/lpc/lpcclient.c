// What a server may do with the client of a request: act as it, and reach the memory that it offers.
#include "lpcp.h"

static NTSTATUS LpcpReferenceRequest(HANDLE PortHandle, const PORT_MESSAGE USER *User,
                                     PLPCP_MESSAGE *Request)
{
    PORT_MESSAGE Header;
    NTSTATUS Status = MmCopyFromUser(&Header, User, sizeof(Header));
    if (!NT_SUCCESS(Status))
        return Status;
    PLPCP_PORT Port;
    Status = LpcpReferencePort(PortHandle, &Port);
    if (!NT_SUCCESS(Status))
        return Status;
    *Request = LpcpFindMessage(Port, &Header);
    ObDereferenceObject(Port);
    if (!*Request)
        return STATUS_REPLY_MESSAGE_MISMATCH;
    LpcpReferenceMessage(*Request);
    return STATUS_SUCCESS;
}

NTSTATUS NtImpersonateClientOfPort(HANDLE PortHandle, const PORT_MESSAGE USER *Message)
{
    PLPCP_MESSAGE Request;
    NTSTATUS Status = LpcpReferenceRequest(PortHandle, Message, &Request);
    if (!NT_SUCCESS(Status))
        return Status;
    const SECURITY_QUALITY_OF_SERVICE *Qos = &Request->Sender->Qos;
    if (Request->Token)
        Status = SeImpersonate(KeGetCurrentThread(), Request->Token, Qos->EffectiveOnly,
                               Qos->ImpersonationLevel);
    else
        Status = STATUS_CANNOT_IMPERSONATE;
    LpcpDereferenceMessage(Request);
    return Status;
}

// ---- Data outside the message: a table in it (PORT_DATA_INFORMATION) says where the client has it.

static NTSTATUS LpcpFindDataEntry(PLPCP_MESSAGE Request, ULONG Index, PORT_DATA_ENTRY *Entry)
{
    const LPCP_PAYLOAD *Payload = Request->Payload;
    USHORT Offset = (USHORT)Payload->DataInfoOffset;
    if (Offset < sizeof(PORT_MESSAGE))
        return STATUS_INVALID_PARAMETER;
    ULONG Start = Offset - (ULONG)sizeof(PORT_MESSAGE);
    ULONG Count;
    if (Start + sizeof(PORT_DATA_INFORMATION) > Payload->Length)
        return STATUS_INVALID_PARAMETER;
    memcpy(&Count, Payload->Data + Start, sizeof(Count));
    ULONGLONG At = Start + (ULONGLONG)FIELD_OFFSET(PORT_DATA_INFORMATION, DataEntries) +
                   (ULONGLONG)Index * sizeof(*Entry);
    if (Index >= Count || At + sizeof(*Entry) > Payload->Length)
        return STATUS_INVALID_PARAMETER;
    memcpy(Entry, Payload->Data + At, sizeof(*Entry));
    return STATUS_SUCCESS;
}

static NTSTATUS LpcpCopyData(PLPCP_MESSAGE Request, ULONG Index, ULONG_PTR Buffer, SIZE_T Size,
                             BOOLEAN Write, PSIZE_T Copied)
{
    PORT_DATA_ENTRY Entry;
    NTSTATUS Status = LpcpFindDataEntry(Request, Index, &Entry);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Size > Entry.Size)
        return STATUS_INVALID_PARAMETER;
    PEPROCESS Client = Request->Sender->Process;
    PEPROCESS Server = PsGetCurrentProcess();
    if (Write)
        return MmCopyVirtualMemory(Server, Buffer, Client, (ULONG_PTR)Entry.Base, Size, Copied);
    return MmCopyVirtualMemory(Client, (ULONG_PTR)Entry.Base, Server, Buffer, Size, Copied);
}

static NTSTATUS LpcpTransferData(HANDLE PortHandle, const PORT_MESSAGE USER *Message, ULONG Index,
                                 ULONG_PTR Buffer, SIZE_T Size, SIZE_T USER *Transferred,
                                 BOOLEAN Write)
{
    PLPCP_MESSAGE Request;
    NTSTATUS Status = LpcpReferenceRequest(PortHandle, Message, &Request);
    if (!NT_SUCCESS(Status))
        return Status;
    SIZE_T Copied = 0;
    Status = LpcpCopyData(Request, Index, Buffer, Size, Write, &Copied);
    LpcpDereferenceMessage(Request);
    if (!Transferred)
        return Status;
    NTSTATUS WriteStatus = MmWriteUser(Transferred, Copied);
    return NT_SUCCESS(WriteStatus) ? Status : WriteStatus;
}

NTSTATUS NtReadRequestData(HANDLE PortHandle, const PORT_MESSAGE USER *Message,
                           ULONG DataEntryIndex, VOID USER *Buffer, SIZE_T BufferSize,
                           SIZE_T USER *NumberOfBytesRead)
{
    return LpcpTransferData(PortHandle, Message, DataEntryIndex, (ULONG_PTR)Buffer, BufferSize,
                            NumberOfBytesRead, FALSE);
}

NTSTATUS NtWriteRequestData(HANDLE PortHandle, const PORT_MESSAGE USER *Message,
                            ULONG DataEntryIndex, const VOID USER *Buffer, SIZE_T BufferSize,
                            SIZE_T USER *NumberOfBytesWritten)
{
    return LpcpTransferData(PortHandle, Message, DataEntryIndex, (ULONG_PTR)Buffer, BufferSize,
                            NumberOfBytesWritten, TRUE);
}
