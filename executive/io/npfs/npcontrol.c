// File-system controls of pipes.
#include "np.h"

static NTSTATUS NpControlListen(PNP_INSTANCE Instance, PIO_REQUEST Request)
{
    return NpKind(Request->File) == NpServerFile ? NpListen(Instance, Request)
                                                 : STATUS_ILLEGAL_FUNCTION;
}

static NTSTATUS NpControlDisconnect(PNP_INSTANCE Instance, PIO_REQUEST Request)
{
    return NpKind(Request->File) == NpServerFile ? NpDisconnect(Instance) : STATUS_ILLEGAL_FUNCTION;
}

static NTSTATUS NpControlImpersonate(PNP_INSTANCE Instance, PIO_REQUEST Request)
{
    if (NpKind(Request->File) != NpServerFile)
        return STATUS_ILLEGAL_FUNCTION;
    if (Instance->State == FILE_PIPE_DISCONNECTED_STATE)
        return STATUS_PIPE_DISCONNECTED;
    if (!Instance->Client.Token || !Request->Thread)
        return STATUS_CANNOT_IMPERSONATE;
    return SeImpersonate(Request->Thread, Instance->Client.Token, Instance->Client.EffectiveOnly,
                         Instance->Client.Level);
}

static NTSTATUS NpControlClientProcess(PNP_INSTANCE Instance, PIO_REQUEST Request)
{
    ULONG64 ProcessId = (ULONG_PTR)Instance->Client.ProcessId;
    if (Request->OutputLength < sizeof(ProcessId))
        return STATUS_BUFFER_TOO_SMALL;
    return ProcessId ? IopAnswer(Request, &ProcessId, sizeof(ProcessId)) : STATUS_NOT_FOUND;
}

// The attributes of one end's process, by their names in bytes. All processes are of one session.
typedef struct _NP_ATTRIBUTES {
    PCSTR ProcessId, SessionId;
} NP_ATTRIBUTES;

static NTSTATUS NpAnswerAttribute(PIO_REQUEST Request, const NP_ATTRIBUTES *Names, HANDLE ProcessId)
{
    CHAR Asked[32] = {};
    SIZE_T Length = min((SIZE_T)Request->InputLength, sizeof(Asked) - 1);
    NTSTATUS Status = IopCopyFromRequest(Request, 0, Asked, (ULONG)Length);
    if (!NT_SUCCESS(Status))
        return Status;
    BOOLEAN IsProcess = strcmp(Asked, Names->ProcessId) == 0;
    ULONG Value = IsProcess ? (ULONG)(ULONG_PTR)ProcessId : 0;
    if (!ProcessId || (!IsProcess && strcmp(Asked, Names->SessionId) != 0))
        return STATUS_NOT_FOUND;
    if (Request->OutputLength < sizeof(Value))
        return STATUS_BUFFER_TOO_SMALL;
    return IopAnswer(Request, &Value, sizeof(Value));
}

static NTSTATUS NpControlPipeAttribute(PNP_INSTANCE Instance, PIO_REQUEST Request)
{
    static const NP_ATTRIBUTES Names = {"ServerProcessId", "ServerSessionId"};
    return NpAnswerAttribute(Request, &Names, Instance->Pipe->ServerProcessId);
}

static NTSTATUS NpControlConnectionAttribute(PNP_INSTANCE Instance, PIO_REQUEST Request)
{
    static const NP_ATTRIBUTES Names = {"ClientProcessId", "ClientSessionId"};
    return NpAnswerAttribute(Request, &Names, Instance->Client.ProcessId);
}

static NTSTATUS NpControlFlush(PNP_INSTANCE Instance, PIO_REQUEST Request)
{
    UNREFERENCED_PARAMETER(Instance);
    return NpFlush(Request);
}

static const struct {
    ULONG Code;
    NTSTATUS (*Control)(PNP_INSTANCE Instance, PIO_REQUEST Request);
} NpControls[] = {
    {FSCTL_PIPE_ASSIGN_EVENT, NpAssignEvent},
    {FSCTL_PIPE_LISTEN, NpControlListen},
    {FSCTL_PIPE_DISCONNECT, NpControlDisconnect},
    {FSCTL_PIPE_PEEK, NpPeek},
    {FSCTL_PIPE_TRANSCEIVE, NpTransceive},
    {FSCTL_PIPE_IMPERSONATE, NpControlImpersonate},
    {FSCTL_PIPE_QUERY_CLIENT_PROCESS, NpControlClientProcess},
    {FSCTL_PIPE_GET_PIPE_ATTRIBUTE, NpControlPipeAttribute},
    {FSCTL_PIPE_GET_CONNECTION_ATTRIBUTE, NpControlConnectionAttribute},
    {FSCTL_PIPE_FLUSH, NpControlFlush},
};

NTSTATUS NpFsControl(PIO_REQUEST Request)
{
    NP_KIND Kind = NpKind(Request->File);
    ULONG Code = (ULONG)Request->Parameters[2];
    if (Kind == NpRootFile || Kind == NpDeviceFile) {
        return Code == FSCTL_PIPE_WAIT          ? NpWait(Request)
               : Code == FSCTL_PIPE_QUERY_EVENT ? NpQueryEvent(Request)
                                                : STATUS_INVALID_PARAMETER;
    }
    for (ULONG i = 0; i < RTL_NUMBER_OF(NpControls); i++) {
        if (NpControls[i].Code == Code)
            return NpControls[i].Control(Request->File->FsContext, Request);
    }
    return STATUS_NOT_SUPPORTED;
}
