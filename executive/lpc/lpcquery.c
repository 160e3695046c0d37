// Asking about ports, and setting what can be set.
#include "lpcp.h"

typedef struct _LPCP_QUERY {
    VOID USER *Buffer;
    ULONG Length;
    ULONG USER *ReturnLength;
} LPCP_QUERY;

static NTSTATUS LpcpAnswer(const LPCP_QUERY *Query, const VOID *Data, ULONG Size)
{
    return ExReturnInformation(Data, Size, Query->Buffer, Query->Length, Query->ReturnLength,
                               STATUS_INFO_LENGTH_MISMATCH);
}

static NTSTATUS LpcpQueryBasic(PLPCP_PORT Port, PVOID Context)
{
    const ALPC_BASIC_INFORMATION Information = {
        .Flags = Port->Flags,
        .SequenceNo = Port->Sequence,
        .PortContext = Port->Kind == LpcpServerPort ? Port->PortContext : nullptr,
    };
    return LpcpAnswer(Context, &Information, sizeof(Information));
}

static NTSTATUS LpcpPeerProcess(PLPCP_PORT Port, PEPROCESS *Process)
{
    if (Port->Kind == LpcpConnectionPort)
        return STATUS_INVALID_PARAMETER;
    if (!Port->Peer)
        return STATUS_PORT_DISCONNECTED;
    *Process = Port->Peer->Process;
    return STATUS_SUCCESS;
}

// The user at the other end.
static NTSTATUS LpcpQueryConnectedSid(PLPCP_PORT Port, PVOID Context)
{
    PEPROCESS Process;
    NTSTATUS Status = LpcpPeerProcess(Port, &Process);
    if (!NT_SUCCESS(Status))
        return Status;
    PSID Sid = SeTokenUser(Process->Token);
    return LpcpAnswer(Context, Sid, RtlLengthSid(Sid));
}

static NTSTATUS LpcpQueryServerSession(PLPCP_PORT Port, PVOID Context)
{
    PEPROCESS Process;
    NTSTATUS Status = LpcpPeerProcess(Port, &Process);
    if (!NT_SUCCESS(Status))
        return Status;
    const ALPC_SERVER_SESSION_INFORMATION Information = {
        .SessionId = SeTokenSessionId(Process->Token),
        .ProcessId = (ULONG)(ULONG_PTR)Process->UniqueProcessId,
    };
    return LpcpAnswer(Context, &Information, sizeof(Information));
}

static NTSTATUS (*const LpcpQueries[MaxAlpcPortInfoClass])(PLPCP_PORT Port, PVOID Context) = {
    [AlpcBasicInformation] = LpcpQueryBasic,
    [AlpcConnectedSIDInformation] = LpcpQueryConnectedSid,
    [AlpcServerSessionInformation] = LpcpQueryServerSession,
};

NTSTATUS NtAlpcQueryInformation(HANDLE PortHandle, ULONG PortInformationClass,
                                VOID USER *PortInformation, ULONG Length, ULONG USER *ReturnLength)
{
    if (PortInformationClass >= MaxAlpcPortInfoClass || !LpcpQueries[PortInformationClass])
        return STATUS_INVALID_INFO_CLASS;
    LPCP_QUERY Query = {PortInformation, Length, ReturnLength};
    return LpcpWithPort(PortHandle, LpcpQueries[PortInformationClass], &Query);
}

// The one class of the older service has no data: it tells whether the handle is one to a port.
static NTSTATUS LpcpQueryNothing(PLPCP_PORT Port, PVOID Context)
{
    (void)Port;
    return LpcpAnswer(Context, nullptr, 0);
}

NTSTATUS NtQueryInformationPort(HANDLE PortHandle, ULONG PortInformationClass,
                                VOID USER *PortInformation, ULONG Length, ULONG USER *ReturnLength)
{
    if (PortInformationClass != PortBasicInformation)
        return STATUS_INVALID_INFO_CLASS;
    LPCP_QUERY Query = {PortInformation, Length, ReturnLength};
    return LpcpWithPort(PortHandle, LpcpQueryNothing, &Query);
}

static NTSTATUS LpcpAssociate(PLPCP_PORT Port, PVOID Context)
{
    const ALPC_PORT_ASSOCIATE_COMPLETION_PORT *Information = Context;
    PVOID CompletionPort;
    if (Port->CompletionPort)
        return STATUS_INVALID_PARAMETER; // it is given once
    NTSTATUS Status =
        ObReferenceObjectByHandle(Information->CompletionPort, IO_COMPLETION_MODIFY_STATE,
                                  IoCompletionObjectType, UserMode, &CompletionPort, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    Port->CompletionPort = CompletionPort;
    Port->CompletionKey = Information->CompletionKey;
    return STATUS_SUCCESS;
}

// A packet comes to the completion port with each message.
NTSTATUS NtAlpcSetInformation(HANDLE PortHandle, ULONG PortInformationClass,
                              const VOID USER *PortInformation, ULONG Length)
{
    ALPC_PORT_ASSOCIATE_COMPLETION_PORT Information;
    if (PortInformationClass != AlpcAssociateCompletionPortInformation)
        return STATUS_INVALID_INFO_CLASS;
    if (Length != sizeof(Information))
        return STATUS_INFO_LENGTH_MISMATCH;
    NTSTATUS Status = MmCopyFromUser(&Information, PortInformation, sizeof(Information));
    return NT_SUCCESS(Status) ? LpcpWithPort(PortHandle, LpcpAssociate, &Information) : Status;
}
