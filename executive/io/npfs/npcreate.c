// Pipes, their instances, and how files come to them.
#include "np.h"

LIST_ENTRY NpPipes = {&NpPipes, &NpPipes};

static const UNICODE_STRING NpSeparator = RTL_CONSTANT_STRING(L"\\");

// ---- Pipes

PNP_PIPE NpFindPipe(PCUNICODE_STRING Name)
{
    for (PLIST_ENTRY Link = NpPipes.Flink; Link != &NpPipes; Link = Link->Flink) {
        PNP_PIPE Pipe = CONTAINING_RECORD(Link, NP_PIPE, Link);
        if (RtlEqualUnicodeString(&Pipe->Name, Name, TRUE))
            return Pipe;
    }
    return nullptr;
}

static ULONG NpConfiguration(ULONG ShareAccess)
{
    switch (ShareAccess & (FILE_SHARE_READ | FILE_SHARE_WRITE)) {
    case FILE_SHARE_READ:
        return FILE_PIPE_OUTBOUND; // the client may only read
    case FILE_SHARE_WRITE:
        return FILE_PIPE_INBOUND;
    default:
        return FILE_PIPE_FULL_DUPLEX;
    }
}

static NTSTATUS NpMakePipe(const IOP_OPEN *Open, PCUNICODE_STRING Name, PNP_PIPE *Result)
{
    const NAMED_PIPE_CREATE_PARAMETERS *Parameters = Open->Parameters;
    PNP_PIPE Pipe = ExAllocatePoolZero(PagedPool, sizeof(*Pipe) + Name->Length, NpTag);
    if (!Pipe)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = SeAssignSecurity(nullptr, Open->SecurityDescriptor, FALSE,
                                       ObGetGenericMapping(IoFileObjectType), &Pipe->Security);
    if (!NT_SUCCESS(Status)) {
        ExFreePoolWithTag(Pipe, NpTag);
        return Status;
    }
    InitializeListHead(&Pipe->Link);
    InitializeListHead(&Pipe->InstanceListHead);
    Pipe->MaximumInstances = Parameters->MaximumInstances;
    Pipe->Type = Parameters->NamedPipeType & FILE_PIPE_MESSAGE_TYPE;
    Pipe->Configuration = NpConfiguration(Open->ShareAccess);
    Pipe->DefaultTimeout = Parameters->DefaultTimeout;
    Pipe->ServerProcessId = PsGetCurrentProcess()->UniqueProcessId;
    Pipe->Name = (UNICODE_STRING){Name->Length, Name->Length, (PWCH)(Pipe + 1)};
    memcpy(Pipe->Name.Buffer, Name->Buffer, Name->Length);
    if (Name->Length)
        InsertTailList(&NpPipes, &Pipe->Link);
    *Result = Pipe;
    return STATUS_SUCCESS;
}

static VOID NpFreePipe(PNP_PIPE Pipe)
{
    BOOLEAN Named = Pipe->Name.Length != 0;
    RemoveEntryList(&Pipe->Link);
    if (Pipe->Security)
        ExFreePool(Pipe->Security);
    ExFreePoolWithTag(Pipe, NpTag);
    if (Named)
        NpNotifyRoot();
}

// ---- Instances

static NTSTATUS NpMakeInstance(PNP_PIPE Pipe, PFILE_OBJECT Server,
                               const NAMED_PIPE_CREATE_PARAMETERS *Parameters)
{
    PNP_INSTANCE Instance = ExAllocatePoolZero(PagedPool, sizeof(*Instance), NpTag);
    if (!Instance)
        return STATUS_INSUFFICIENT_RESOURCES;
    Instance->Pipe = Pipe;
    Instance->References = 1;
    Instance->State = FILE_PIPE_LISTENING_STATE;
    InitializeListHead(&Instance->Listeners);
    NpInitQueue(&Instance->Queues[NpServer], Parameters->InboundQuota);
    NpInitQueue(&Instance->Queues[NpClient], Parameters->OutboundQuota);
    Instance->Ends[NpServer].File = Server;
    Instance->Ends[NpServer].ReadMode = Parameters->ReadMode;
    Instance->Ends[NpServer].CompletionMode = Parameters->CompletionMode;
    InsertTailList(&Pipe->InstanceListHead, &Instance->Link);
    Pipe->InstanceCount++;
    Server->FsContext = Instance;
    Server->FsContext2 = (PVOID)NpServerFile;
    Server->Flags |= FO_NAMED_PIPE;
    return STATUS_SUCCESS;
}

VOID NpForgetClient(PNP_INSTANCE Instance)
{
    if (Instance->Client.Token)
        ObDereferenceObject(Instance->Client.Token);
    Instance->Client.Token = nullptr;
}

VOID NpRememberClient(PNP_INSTANCE Instance)
{
    PTOKEN Token = PsEffectiveToken();
    if (Token == Instance->Client.Token)
        return;
    SeReferenceToken(Token);
    NpForgetClient(Instance);
    Instance->Client.Token = Token;
}

VOID NpReleaseInstance(PNP_INSTANCE Instance)
{
    if (--Instance->References)
        return;
    PNP_PIPE Pipe = Instance->Pipe;
    NpForgetClient(Instance);
    RemoveEntryList(&Instance->Link);
    ExFreePoolWithTag(Instance, NpTag);
    if (--Pipe->InstanceCount == 0)
        NpFreePipe(Pipe);
}

PNP_INSTANCE NpFindListening(PNP_PIPE Pipe)
{
    for (PLIST_ENTRY Link = Pipe->InstanceListHead.Flink; Link != &Pipe->InstanceListHead;
         Link = Link->Flink) {
        PNP_INSTANCE Instance = CONTAINING_RECORD(Link, NP_INSTANCE, Link);
        if (Instance->State == FILE_PIPE_LISTENING_STATE)
            return Instance;
    }
    return nullptr;
}

// ---- Names. A pipe's name follows the separator, or stands alone behind the root directory.

static NTSTATUS NpPipeName(PFILE_OBJECT File, PUNICODE_STRING Name)
{
    *Name = File->FileName;
    if (File->RelatedFile) {
        if (NpKind(File->RelatedFile) != NpRootFile ||
            (Name->Length && *Name->Buffer == OBJ_NAME_PATH_SEPARATOR))
            return STATUS_OBJECT_NAME_INVALID;
        return STATUS_SUCCESS;
    }
    if (Name->Length < 2 * sizeof(WCHAR) || *Name->Buffer != OBJ_NAME_PATH_SEPARATOR)
        return STATUS_OBJECT_NAME_INVALID;
    Name->Buffer++;
    Name->Length -= sizeof(WCHAR);
    return STATUS_SUCCESS;
}

// ---- The server's end

static NTSTATUS NpCheckAccess(PNP_PIPE Pipe, const IOP_OPEN *Open, ACCESS_MASK More,
                              KPROCESSOR_MODE Mode)
{
    ACCESS_MASK Granted = 0;
    NTSTATUS Status = STATUS_SUCCESS;
    PACCESS_STATE State = Open->AccessState;
    if (!SeAccessCheck(Pipe->Security, State->Token, State->RemainingDesiredAccess | More,
                       State->PreviouslyGrantedAccess, ObGetGenericMapping(IoFileObjectType), Mode,
                       &Granted, &Status))
        return Status;
    State->PreviouslyGrantedAccess |= Granted & ~More;
    State->RemainingDesiredAccess &= ~(Granted | (ACCESS_MASK)MAXIMUM_ALLOWED);
    return STATUS_SUCCESS;
}

static NTSTATUS NpAddInstance(PNP_PIPE Pipe, PIO_REQUEST Request)
{
    const IOP_OPEN *Open = Request->Open;
    const NAMED_PIPE_CREATE_PARAMETERS *Parameters = Open->Parameters;
    if (Open->Disposition == FILE_CREATE)
        return STATUS_ACCESS_DENIED;
    NTSTATUS Status = NpCheckAccess(Pipe, Open, FILE_CREATE_PIPE_INSTANCE, Request->RequestorMode);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Pipe->Configuration != NpConfiguration(Open->ShareAccess) ||
        Pipe->Type != (Parameters->NamedPipeType & FILE_PIPE_MESSAGE_TYPE))
        return STATUS_ACCESS_DENIED;
    if (Pipe->InstanceCount >= Pipe->MaximumInstances)
        return STATUS_INSTANCE_NOT_AVAILABLE;
    Status = NpMakeInstance(Pipe, Request->File, Parameters);
    if (NT_SUCCESS(Status))
        NpWakeWaiters(Pipe);
    Request->IoStatus.Information = FILE_OPENED;
    return Status;
}

static NTSTATUS NpAddPipe(PIO_REQUEST Request, PCUNICODE_STRING Name)
{
    const IOP_OPEN *Open = Request->Open;
    const NAMED_PIPE_CREATE_PARAMETERS *Parameters = Open->Parameters;
    PNP_PIPE Pipe;
    if (Open->Disposition == FILE_OPEN)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    if (!Parameters->TimeoutSpecified)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = NpMakePipe(Open, Name, &Pipe);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NpMakeInstance(Pipe, Request->File, Parameters);
    if (!NT_SUCCESS(Status)) {
        NpFreePipe(Pipe);
        return Status;
    }
    Request->IoStatus.Information = FILE_CREATED;
    if (Name->Length) {
        NpWakeWaiters(Pipe);
        NpNotifyRoot();
    }
    return STATUS_SUCCESS;
}

NTSTATUS NpCreatePipeFile(PIO_REQUEST Request)
{
    UNICODE_STRING Name;
    NTSTATUS Status = NpPipeName(Request->File, &Name);
    if (!NT_SUCCESS(Status))
        return Status;
    PNP_PIPE Pipe = Name.Length ? NpFindPipe(&Name) : nullptr;
    return Pipe ? NpAddInstance(Pipe, Request) : NpAddPipe(Request, &Name);
}

// ---- The client's end

static VOID NpTakeQos(PNP_INSTANCE Instance, const SECURITY_QUALITY_OF_SERVICE *Qos)
{
    Instance->Client.Level = Qos ? Qos->ImpersonationLevel : SecurityImpersonation;
    Instance->Client.EffectiveOnly = Qos && Qos->EffectiveOnly;
    Instance->Client.Dynamic = !Qos || Qos->ContextTrackingMode == SECURITY_DYNAMIC_TRACKING;
    Instance->Client.ProcessId = PsGetCurrentProcess()->UniqueProcessId;
    NpRememberClient(Instance);
}

static NTSTATUS NpOpenClient(PIO_REQUEST Request, PNP_PIPE Pipe, PNP_INSTANCE Instance)
{
    const IOP_OPEN *Open = Request->Open;
    ACCESS_MASK Access = Open->DesiredAccess;
    if ((Pipe->Configuration == FILE_PIPE_INBOUND && (Access & FILE_READ_DATA)) ||
        (Pipe->Configuration == FILE_PIPE_OUTBOUND && (Access & FILE_WRITE_DATA)))
        return STATUS_ACCESS_DENIED;
    NTSTATUS Status = NpCheckAccess(Pipe, Open, 0, Request->RequestorMode);
    if (!NT_SUCCESS(Status))
        return Status;
    if (!Instance)
        return STATUS_PIPE_NOT_AVAILABLE;
    NpTakeQos(Instance, Open->SecurityQos);
    Request->File->FsContext = Instance;
    Request->File->FsContext2 = (PVOID)NpClientFile;
    Request->File->Flags |= FO_NAMED_PIPE;
    Instance->References++;
    NpConnect(Instance, Request->File);
    Request->IoStatus.Information = FILE_OPENED;
    return STATUS_SUCCESS;
}

// An unnamed pipe is opened by its server's file, and has one instance.
static NTSTATUS NpOpenUnnamed(PIO_REQUEST Request)
{
    PNP_INSTANCE Instance = Request->File->RelatedFile->FsContext;
    if (Request->File->FileName.Length || Instance->Pipe->Name.Length)
        return STATUS_OBJECT_NAME_INVALID;
    return NpOpenClient(Request, Instance->Pipe,
                        Instance->State == FILE_PIPE_LISTENING_STATE ? Instance : nullptr);
}

NTSTATUS NpOpenFile(PIO_REQUEST Request)
{
    PFILE_OBJECT File = Request->File, Related = File->RelatedFile;
    ULONG Disposition = Request->Open->Disposition;
    if (Related && NpKind(Related) == NpServerFile)
        return NpOpenUnnamed(Request);
    if (!Related && !File->FileName.Length) { // the device
        Request->IoStatus.Information = FILE_OPENED;
        return STATUS_SUCCESS;
    }
    BOOLEAN Root = Related ? NpKind(Related) == NpRootFile && !File->FileName.Length
                           : RtlEqualUnicodeString(&File->FileName, &NpSeparator, FALSE);
    if (Root)
        return NpOpenRoot(Request);
    UNICODE_STRING Name;
    NTSTATUS Status = NpPipeName(File, &Name);
    if (!NT_SUCCESS(Status))
        return Status;
    PNP_PIPE Pipe = NpFindPipe(&Name);
    if (!Pipe)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    if (Request->Open->Options & FILE_DIRECTORY_FILE)
        return STATUS_NOT_A_DIRECTORY;
    if (Disposition != FILE_OPEN && Disposition != FILE_OPEN_IF && Disposition != FILE_OVERWRITE &&
        Disposition != FILE_OVERWRITE_IF)
        return STATUS_ACCESS_DENIED;
    return NpOpenClient(Request, Pipe, NpFindListening(Pipe));
}
