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

static NTSTATUS LpcpImpersonate(HANDLE PortHandle, const PORT_MESSAGE USER *Message,
                                BOOLEAN RequireLevel)
{
    PLPCP_MESSAGE Request;
    NTSTATUS Status = LpcpReferenceRequest(PortHandle, Message, &Request);
    if (!NT_SUCCESS(Status))
        return Status;
    const SECURITY_QUALITY_OF_SERVICE *Qos = &Request->Qos;
    if (!Request->Token)
        Status = STATUS_CANNOT_IMPERSONATE;
    else if (RequireLevel && Qos->ImpersonationLevel < SecurityImpersonation)
        Status = STATUS_BAD_IMPERSONATION_LEVEL;
    else
        Status = SeImpersonate(KeGetCurrentThread(), Request->Token, Qos->EffectiveOnly,
                               Qos->ImpersonationLevel);
    LpcpDereferenceMessage(Request);
    return Status;
}

NTSTATUS NtImpersonateClientOfPort(HANDLE PortHandle, const PORT_MESSAGE USER *Message)
{
    return LpcpImpersonate(PortHandle, Message, FALSE);
}

// Flags, in the place of a pointer: the server accepts anonymous clients, or insists on more than to
// identify its client.
NTSTATUS NtAlpcImpersonateClientOfPort(HANDLE PortHandle, const PORT_MESSAGE USER *Message,
                                       ULONG_PTR Flags)
{
    if (Flags & ~(ULONG_PTR)(ALPC_IMPERSONATEFLG_ANONYMOUS | ALPC_IMPERSONATEFLG_REQUIRE_LEVEL))
        return STATUS_INVALID_PARAMETER;
    return LpcpImpersonate(PortHandle, Message, (Flags & ALPC_IMPERSONATEFLG_REQUIRE_LEVEL) != 0);
}

// ---- Who sent it

typedef struct _LPCP_OPEN_SENDER {
    ACCESS_MASK Access;
    ULONG Attributes;
    BOOLEAN Thread;
    HANDLE Handle;
} LPCP_OPEN_SENDER;

static NTSTATUS LpcpOpenClient(const CLIENT_ID *Client, LPCP_OPEN_SENDER *Open)
{
    PETHREAD Thread;
    NTSTATUS Status = PsLookupThreadByThreadId(Client->UniqueThread, &Thread);
    if (!NT_SUCCESS(Status))
        return Status;
    PVOID Object = Open->Thread ? (PVOID)Thread : Thread->Process;
    Status = ObOpenObjectByPointer(Object, Open->Attributes, Open->Access, nullptr, UserMode,
                                   &Open->Handle);
    ObDereferenceObject(Thread);
    return Status;
}

static NTSTATUS LpcpOpenSender(HANDLE PortHandle, const PORT_MESSAGE USER *Message,
                               LPCP_OPEN_SENDER *Open,
                               const OBJECT_ATTRIBUTES USER *ObjectAttributes, HANDLE USER *Result)
{
    OB_ATTRIBUTES Attributes;
    NTSTATUS Status = MmProbeForWrite(Result, sizeof(*Result), 1);
    if (NT_SUCCESS(Status))
        Status = ObCaptureAttributes(&Attributes, ObjectAttributes);
    if (!NT_SUCCESS(Status))
        return Status;
    Open->Attributes = Attributes.Attributes;
    ObReleaseAttributes(&Attributes);
    PLPCP_MESSAGE Request;
    Status = LpcpReferenceRequest(PortHandle, Message, &Request);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = LpcpOpenClient(&Request->ClientId, Open);
    LpcpDereferenceMessage(Request);
    return ObReturnHandle(Status, Open->Handle, Result);
}

NTSTATUS NtAlpcOpenSenderProcess(HANDLE USER *ProcessHandle, HANDLE PortHandle,
                                 const PORT_MESSAGE USER *PortMessage, ULONG Flags,
                                 ACCESS_MASK DesiredAccess,
                                 const OBJECT_ATTRIBUTES USER *ObjectAttributes)
{
    LPCP_OPEN_SENDER Open = {.Access = DesiredAccess};
    if (Flags)
        return STATUS_INVALID_PARAMETER;
    return LpcpOpenSender(PortHandle, PortMessage, &Open, ObjectAttributes, ProcessHandle);
}

NTSTATUS NtAlpcOpenSenderThread(HANDLE USER *ThreadHandle, HANDLE PortHandle,
                                const PORT_MESSAGE USER *PortMessage, ULONG Flags,
                                ACCESS_MASK DesiredAccess,
                                const OBJECT_ATTRIBUTES USER *ObjectAttributes)
{
    LPCP_OPEN_SENDER Open = {.Access = DesiredAccess, .Thread = TRUE};
    if (Flags)
        return STATUS_INVALID_PARAMETER;
    return LpcpOpenSender(PortHandle, PortMessage, &Open, ObjectAttributes, ThreadHandle);
}

static NTSTATUS LpcpQueryMessage(PLPCP_MESSAGE Request, ULONG Class, VOID USER *Buffer,
                                 ULONG Length, ULONG USER *ReturnLength)
{
    LUID TokenId, ModifiedId;
    if (!Request->Token)
        return STATUS_NO_TOKEN;
    if (Class == AlpcMessageSidInformation) {
        PSID Sid = SeTokenUser(Request->Token);
        return ExReturnInformation(Sid, RtlLengthSid(Sid), Buffer, Length, ReturnLength,
                                   STATUS_BUFFER_TOO_SMALL);
    }
    SeQueryTokenIds(Request->Token, &TokenId, &ModifiedId);
    return ExReturnInformation(&ModifiedId, sizeof(ModifiedId), Buffer, Length, ReturnLength,
                               STATUS_BUFFER_TOO_SMALL);
}

NTSTATUS NtAlpcQueryInformationMessage(HANDLE PortHandle, const PORT_MESSAGE USER *PortMessage,
                                       ULONG MessageInformationClass, VOID USER *MessageInformation,
                                       ULONG Length, ULONG USER *ReturnLength)
{
    if (MessageInformationClass != AlpcMessageSidInformation &&
        MessageInformationClass != AlpcMessageTokenModifiedIdInformation)
        return STATUS_INVALID_INFO_CLASS;
    PLPCP_MESSAGE Request;
    NTSTATUS Status = LpcpReferenceRequest(PortHandle, PortMessage, &Request);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = LpcpQueryMessage(Request, MessageInformationClass, MessageInformation, Length,
                              ReturnLength);
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
