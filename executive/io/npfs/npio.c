// Reading and writing.
#include "np.h"

static BOOLEAN NpIsNonblocking(const NP_INSTANCE *Instance, NP_END End)
{
    return Instance->Ends[End].CompletionMode == FILE_PIPE_COMPLETE_OPERATION;
}

BOOLEAN NpFlows(const NP_INSTANCE *Instance, NP_END From)
{
    ULONG Configuration = Instance->Pipe->Configuration;
    return Configuration == FILE_PIPE_FULL_DUPLEX ||
           Configuration == (From == NpServer ? FILE_PIPE_OUTBOUND : FILE_PIPE_INBOUND);
}

// A file that was disconnected from its instance stays so.
static BOOLEAN NpIsConnectedFile(const NP_INSTANCE *Instance, PFILE_OBJECT File)
{
    return Instance->Ends[NpEnd(File)].File == File;
}

static NTSTATUS NpCheckState(const NP_INSTANCE *Instance, PFILE_OBJECT File)
{
    if (!NpIsConnectedFile(Instance, File) || Instance->State == FILE_PIPE_DISCONNECTED_STATE)
        return STATUS_PIPE_DISCONNECTED;
    return Instance->State == FILE_PIPE_LISTENING_STATE ? STATUS_PIPE_LISTENING : STATUS_SUCCESS;
}

static NTSTATUS NpReadOrWait(PNP_INSTANCE Instance, NP_END End, PIO_REQUEST Request)
{
    PNP_QUEUE Queue = &Instance->Queues[End];
    ULONG Read;
    if (NpHasData(Queue)) {
        NTSTATUS Status = NpTakeData(Instance, End, Request, 0, FALSE, &Read);
        Request->IoStatus.Information = Read;
        return Status;
    }
    if (Instance->State == FILE_PIPE_CLOSING_STATE)
        return STATUS_PIPE_BROKEN;
    if (NpIsNonblocking(Instance, End))
        return STATUS_PIPE_EMPTY;
    InsertTailList(&Queue->Readers, &Request->OwnerLink);
    return NpPend(Request, NpPendingRead, Queue);
}

NTSTATUS NpRead(PIO_REQUEST Request)
{
    PFILE_OBJECT File = Request->File;
    if (NpKind(File) != NpServerFile && NpKind(File) != NpClientFile)
        return STATUS_INVALID_DEVICE_REQUEST;
    PNP_INSTANCE Instance = File->FsContext;
    NP_END End = NpEnd(File);
    NTSTATUS Status = NpCheckState(Instance, File);
    if (!NT_SUCCESS(Status))
        return Status;
    if (!NpFlows(Instance, NpOther(End)))
        return STATUS_INVALID_PARAMETER;
    return NpReadOrWait(Instance, End, Request);
}

NTSTATUS NpWrite(PIO_REQUEST Request)
{
    PFILE_OBJECT File = Request->File;
    if (NpKind(File) != NpServerFile && NpKind(File) != NpClientFile)
        return STATUS_INVALID_DEVICE_REQUEST;
    PNP_INSTANCE Instance = File->FsContext;
    NP_END End = NpEnd(File);
    NTSTATUS Status = NpCheckState(Instance, File);
    if (!NT_SUCCESS(Status))
        return Status;
    if (!NpFlows(Instance, End))
        return STATUS_INVALID_PARAMETER;
    if (Instance->State == FILE_PIPE_CLOSING_STATE)
        return STATUS_PIPE_CLOSING;
    if (End == NpClient && Instance->Client.Dynamic && Request->Thread)
        NpRememberClient(Instance);

    ULONG Taken;
    Status = NpPutData(Instance, NpOther(End), Request, FALSE, &Taken);
    Request->IoStatus.Information = Taken;
    if (!NT_SUCCESS(Status) || Taken == Request->InputLength || NpIsNonblocking(Instance, End))
        return Status;
    return NpPutRequest(&Instance->Queues[NpOther(End)], Request, Taken, FALSE);
}

// Complete when the other end has read everything.
NTSTATUS NpFlush(PIO_REQUEST Request)
{
    PFILE_OBJECT File = Request->File;
    if (NpKind(File) != NpServerFile && NpKind(File) != NpClientFile)
        return STATUS_INVALID_DEVICE_REQUEST;
    PNP_INSTANCE Instance = File->FsContext;
    NTSTATUS Status = NpCheckState(Instance, File);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Instance->State == FILE_PIPE_CLOSING_STATE)
        return STATUS_PIPE_CLOSING;
    PNP_QUEUE Queue = &Instance->Queues[NpOther(NpEnd(File))];
    return NpHasData(Queue) ? NpPutRequest(Queue, Request, 0, TRUE) : STATUS_SUCCESS;
}

NTSTATUS NpPeek(PNP_INSTANCE Instance, PIO_REQUEST Request)
{
    constexpr ULONG Head = offsetof(FILE_PIPE_PEEK_BUFFER, Data);
    PFILE_OBJECT File = Request->File;
    NP_END End = NpEnd(File);
    PNP_QUEUE Queue = &Instance->Queues[End];
    if (Request->OutputLength < Head)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = NpCheckState(Instance, File);
    if (Status == STATUS_PIPE_LISTENING)
        return STATUS_INVALID_PIPE_STATE;
    if (!NT_SUCCESS(Status))
        return Status;
    if (!NpFlows(Instance, NpOther(End)))
        return STATUS_INVALID_PARAMETER;
    if (Instance->State == FILE_PIPE_CLOSING_STATE && !NpHasData(Queue))
        return STATUS_PIPE_BROKEN;

    FILE_PIPE_PEEK_BUFFER Peek = {
        .NamedPipeState = Instance->State,
        .ReadDataAvailable = Queue->Bytes,
    };
    if (Instance->Pipe->Type == FILE_PIPE_MESSAGE_TYPE) {
        Peek.NumberOfMessages = NpCountMessages(Queue);
        Peek.MessageLength = NpFirstMessage(Queue);
    }
    ULONG Read = 0;
    Status = IopCopyToRequest(Request, 0, &Peek, Head);
    if (NT_SUCCESS(Status))
        Status = NpTakeData(Instance, End, Request, Head, TRUE, &Read);
    Request->IoStatus.Information = Head + Read;
    // A peek at more than there is room for tells so.
    if (Status == STATUS_SUCCESS && Read < Queue->Bytes &&
        Instance->Ends[End].ReadMode == FILE_PIPE_BYTE_STREAM_MODE)
        return STATUS_BUFFER_OVERFLOW;
    return Status;
}

// Write a message, and read the answer, in one request.
NTSTATUS NpTransceive(PNP_INSTANCE Instance, PIO_REQUEST Request)
{
    PFILE_OBJECT File = Request->File;
    NP_END End = NpEnd(File);
    ULONG Taken;
    if (!NpIsConnectedFile(Instance, File))
        return STATUS_PIPE_DISCONNECTED;
    if (Instance->State != FILE_PIPE_CONNECTED_STATE ||
        Instance->Pipe->Configuration != FILE_PIPE_FULL_DUPLEX)
        return STATUS_INVALID_PIPE_STATE;
    if (Instance->Ends[End].ReadMode != FILE_PIPE_MESSAGE_MODE)
        return STATUS_INVALID_READ_MODE;
    if (!NpIsIdle(&Instance->Queues[End]))
        return STATUS_PIPE_BUSY;
    if (End == NpClient && Instance->Client.Dynamic && Request->Thread)
        NpRememberClient(Instance);
    NTSTATUS Status = NpPutData(Instance, NpOther(End), Request, TRUE, &Taken);
    if (!NT_SUCCESS(Status))
        return Status;
    return NpReadOrWait(Instance, End, Request);
}
