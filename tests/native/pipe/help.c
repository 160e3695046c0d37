// Making pipes and using them.

#include "suite.h"

NTSTATUS CreatePipe(const PIPE *Pipe, PHANDLE Server)
{
    UNICODE_STRING Name;
    IO_STATUS_BLOCK Block;
    LARGE_INTEGER Timeout = TestMilliseconds(50);
    ULONG Quota = Pipe->Quota ? Pipe->Quota : QUOTA;
    RtlInitUnicodeString(&Name, Pipe->Name);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    *Server = nullptr;
    return NtCreateNamedPipeFile(Server, BOTH_WAYS, &Attributes, &Block,
                                 Pipe->Share ? Pipe->Share : DUPLEX,
                                 Pipe->Disposition ? Pipe->Disposition : FILE_OPEN_IF,
                                 Pipe->Options, Pipe->Type, Pipe->ReadMode, Pipe->CompletionMode,
                                 Pipe->Instances ? Pipe->Instances : 1, Quota, Quota, &Timeout);
}

NTSTATUS OpenPipe(PCWSTR PipeName, ACCESS_MASK Access, ULONG Options, PHANDLE Client)
{
    UNICODE_STRING Name;
    IO_STATUS_BLOCK Block;
    RtlInitUnicodeString(&Name, PipeName);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    *Client = nullptr;
    return NtOpenFile(Client, Access, &Attributes, &Block, DUPLEX, Options);
}

BOOLEAN MakePair(const PIPE *Pipe, PHANDLE Server, PHANDLE Client)
{
    if (!CHECK_STATUS(CreatePipe(Pipe, Server), STATUS_SUCCESS))
        return FALSE;
    if (CHECK_STATUS(OpenPipe(Pipe->Name, BOTH_WAYS, Pipe->Options, Client), STATUS_SUCCESS))
        return TRUE;
    NtClose(*Server);
    return FALSE;
}

NTSTATUS WritePipe(HANDLE Pipe, const VOID *Data, ULONG Length, PULONG Written)
{
    IO_STATUS_BLOCK Block = {};
    NTSTATUS Status =
        NtWriteFile(Pipe, nullptr, nullptr, nullptr, &Block, (PVOID)Data, Length, nullptr, nullptr);
    if (Written)
        *Written = (ULONG)Block.Information;
    return Status;
}

NTSTATUS ReadPipe(HANDLE Pipe, PVOID Data, ULONG Length, PULONG Read)
{
    IO_STATUS_BLOCK Block = {};
    NTSTATUS Status =
        NtReadFile(Pipe, nullptr, nullptr, nullptr, &Block, Data, Length, nullptr, nullptr);
    if (Read)
        *Read = (ULONG)Block.Information;
    return Status;
}

NTSTATUS ControlPipe(HANDLE Pipe, ULONG Code)
{
    IO_STATUS_BLOCK Block;
    return NtFsControlFile(Pipe, nullptr, nullptr, nullptr, &Block, Code, nullptr, 0, nullptr, 0);
}

NTSTATUS SetPipeMode(HANDLE Pipe, ULONG ReadMode, ULONG CompletionMode)
{
    FILE_PIPE_INFORMATION Mode = {ReadMode, CompletionMode};
    IO_STATUS_BLOCK Block;
    return NtSetInformationFile(Pipe, &Block, &Mode, sizeof(Mode), FilePipeInformation);
}

VOID QueryLocal(HANDLE Pipe, PFILE_PIPE_LOCAL_INFORMATION Local)
{
    IO_STATUS_BLOCK Block;
    CHECK_STATUS(
        NtQueryInformationFile(Pipe, &Block, Local, sizeof(*Local), FilePipeLocalInformation),
        STATUS_SUCCESS);
}
