// What pipes are asked and told.
#include "np.h"

// ---- Files

static NTSTATUS NpQueryBasic(PNP_INSTANCE Instance, PIO_REQUEST Request)
{
    UNREFERENCED_PARAMETER(Instance);
    const FILE_BASIC_INFORMATION Basic = {.FileAttributes = FILE_ATTRIBUTE_NORMAL};
    return IopAnswer(Request, &Basic, sizeof(Basic));
}

static VOID NpFillStandard(PNP_INSTANCE Instance, NP_END End, PFILE_STANDARD_INFORMATION Standard)
{
    *Standard = (FILE_STANDARD_INFORMATION){
        .AllocationSize.QuadPart =
            (LONGLONG)Instance->Queues[NpServer].Quota + Instance->Queues[NpClient].Quota,
        .EndOfFile.QuadPart = Instance->Queues[End].Bytes,
        .NumberOfLinks = 1,
        .DeletePending = TRUE,
    };
}

static NTSTATUS NpQueryStandard(PNP_INSTANCE Instance, PIO_REQUEST Request)
{
    FILE_STANDARD_INFORMATION Standard;
    NpFillStandard(Instance, NpEnd(Request->File), &Standard);
    return IopAnswer(Request, &Standard, sizeof(Standard));
}

static NTSTATUS NpQueryInternal(PNP_INSTANCE Instance, PIO_REQUEST Request)
{
    const FILE_INTERNAL_INFORMATION Internal = {.IndexNumber.QuadPart =
                                                    (LONGLONG)(ULONG_PTR)Instance->Pipe};
    return IopAnswer(Request, &Internal, sizeof(Internal));
}

static NTSTATUS NpQueryEa(PNP_INSTANCE Instance, PIO_REQUEST Request)
{
    UNREFERENCED_PARAMETER(Instance);
    const FILE_EA_INFORMATION Ea = {};
    return IopAnswer(Request, &Ea, sizeof(Ea));
}

// The name with its separator, behind Head bytes; an unnamed pipe has none.
static NTSTATUS NpAnswerName(PIO_REQUEST Request, PCUNICODE_STRING Name, ULONG Head)
{
    constexpr ULONG Before = offsetof(FILE_NAME_INFORMATION, FileName);
    ULONG Length = Name->Length ? Name->Length + (ULONG)sizeof(WCHAR) : 0;
    ULONG Room = Request->OutputLength - Head - Before;
    WCHAR Separator = OBJ_NAME_PATH_SEPARATOR;
    NTSTATUS Status = IopCopyToRequest(Request, Head, &Length, sizeof(Length));
    Request->IoStatus.Information = Head + Before + min(Length, Room);
    if (!NT_SUCCESS(Status) || !Length)
        return Status;
    if (Room >= sizeof(WCHAR))
        Status = IopCopyToRequest(Request, Head + Before, &Separator, sizeof(Separator));
    if (NT_SUCCESS(Status) && Room > sizeof(WCHAR))
        Status = IopCopyToRequest(Request, Head + Before + sizeof(WCHAR), Name->Buffer,
                                  min(Name->Length, Room - (ULONG)sizeof(WCHAR)));
    if (!NT_SUCCESS(Status))
        return Status;
    return Room < Length ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

static NTSTATUS NpQueryName(PNP_INSTANCE Instance, PIO_REQUEST Request)
{
    return NpAnswerName(Request, &Instance->Pipe->Name, 0);
}

static NTSTATUS NpQueryAll(PNP_INSTANCE Instance, PIO_REQUEST Request)
{
    FILE_ALL_INFORMATION All = {
        .BasicInformation.FileAttributes = FILE_ATTRIBUTE_NORMAL,
        .InternalInformation.IndexNumber.QuadPart = (LONGLONG)(ULONG_PTR)Instance->Pipe,
    };
    constexpr ULONG Head = offsetof(FILE_ALL_INFORMATION, NameInformation);
    NpFillStandard(Instance, NpEnd(Request->File), &All.StandardInformation);
    NTSTATUS Status = IopCopyToRequest(Request, 0, &All, Head);
    return NT_SUCCESS(Status) ? NpAnswerName(Request, &Instance->Pipe->Name, Head) : Status;
}

static NTSTATUS NpQueryPipe(PNP_INSTANCE Instance, PIO_REQUEST Request)
{
    NP_END End = NpEnd(Request->File);
    const FILE_PIPE_INFORMATION Pipe = {Instance->Ends[End].ReadMode,
                                        Instance->Ends[End].CompletionMode};
    return IopAnswer(Request, &Pipe, sizeof(Pipe));
}

static NTSTATUS NpQueryLocal(PNP_INSTANCE Instance, PIO_REQUEST Request)
{
    NP_END End = NpEnd(Request->File);
    const FILE_PIPE_LOCAL_INFORMATION Local = {
        .NamedPipeType = Instance->Pipe->Type,
        .NamedPipeConfiguration = Instance->Pipe->Configuration,
        .MaximumInstances = Instance->Pipe->MaximumInstances,
        .CurrentInstances = Instance->Pipe->InstanceCount,
        .InboundQuota = Instance->Queues[NpServer].Quota,
        .ReadDataAvailable = Instance->Queues[End].Bytes,
        .OutboundQuota = Instance->Queues[NpClient].Quota,
        .WriteQuotaAvailable = NpRoom(&Instance->Queues[NpOther(End)]),
        .NamedPipeState = Instance->Ends[End].File == Request->File ? Instance->State
                                                                    : FILE_PIPE_DISCONNECTED_STATE,
        .NamedPipeEnd = End == NpServer ? FILE_PIPE_SERVER_END : FILE_PIPE_CLIENT_END,
    };
    return IopAnswer(Request, &Local, sizeof(Local));
}

static const struct {
    ULONG Class;
    NTSTATUS (*Query)(PNP_INSTANCE Instance, PIO_REQUEST Request);
} NpQueries[] = {
    {FileBasicInformation, NpQueryBasic},       {FileStandardInformation, NpQueryStandard},
    {FileInternalInformation, NpQueryInternal}, {FileEaInformation, NpQueryEa},
    {FileNameInformation, NpQueryName},         {FileAllInformation, NpQueryAll},
    {FilePipeInformation, NpQueryPipe},         {FilePipeLocalInformation, NpQueryLocal},
};

static NTSTATUS NpQueryRoot(PIO_REQUEST Request, ULONG Class)
{
    static const FILE_BASIC_INFORMATION Basic = {.FileAttributes = FILE_ATTRIBUTE_DIRECTORY};
    static const FILE_STANDARD_INFORMATION Standard = {.NumberOfLinks = 1, .Directory = TRUE};
    static const struct {
        ULONG Length;
        WCHAR Name[2];
    } Name = {sizeof(WCHAR), L"\\"};
    switch (Class) {
    case FileBasicInformation:
        return IopAnswer(Request, &Basic, sizeof(Basic));
    case FileStandardInformation:
        return IopAnswer(Request, &Standard, sizeof(Standard));
    case FileNameInformation:
        return IopAnswer(Request, &Name, sizeof(ULONG) + sizeof(WCHAR));
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

NTSTATUS NpQueryInformation(PIO_REQUEST Request)
{
    ULONG Class = (ULONG)Request->Parameters[1];
    if (NpKind(Request->File) == NpDeviceFile)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (NpKind(Request->File) == NpRootFile)
        return NpQueryRoot(Request, Class);
    for (ULONG i = 0; i < RTL_NUMBER_OF(NpQueries); i++) {
        if (NpQueries[i].Class == Class)
            return NpQueries[i].Query(Request->File->FsContext, Request);
    }
    return STATUS_INVALID_PARAMETER;
}

// Waiting is over at once for who would not wait: not while somebody does.
static NTSTATUS NpSetPipe(PNP_INSTANCE Instance, PIO_REQUEST Request)
{
    FILE_PIPE_INFORMATION Pipe;
    NP_END End = NpEnd(Request->File);
    NTSTATUS Status = IopCopyFromRequest(Request, 0, &Pipe, sizeof(Pipe));
    if (!NT_SUCCESS(Status))
        return Status;
    if (Pipe.ReadMode > FILE_PIPE_MESSAGE_MODE ||
        Pipe.CompletionMode > FILE_PIPE_COMPLETE_OPERATION ||
        (Pipe.ReadMode == FILE_PIPE_MESSAGE_MODE && Instance->Pipe->Type != FILE_PIPE_MESSAGE_TYPE))
        return STATUS_INVALID_PARAMETER;
    if (Instance->Ends[End].File != Request->File)
        return STATUS_PIPE_DISCONNECTED;
    BOOLEAN Busy = !IsListEmpty(&Instance->Queues[End].Readers) ||
                   (End == NpServer && !IsListEmpty(&Instance->Listeners));
    if (Pipe.CompletionMode == FILE_PIPE_COMPLETE_OPERATION && Busy)
        return STATUS_PIPE_BUSY;
    Instance->Ends[End].ReadMode = Pipe.ReadMode;
    Instance->Ends[End].CompletionMode = Pipe.CompletionMode;
    return STATUS_SUCCESS;
}

NTSTATUS NpSetInformation(PIO_REQUEST Request)
{
    ULONG Class = (ULONG)Request->Parameters[1];
    NP_KIND Kind = NpKind(Request->File);
    if (Kind != NpServerFile && Kind != NpClientFile)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (Class == FilePipeInformation)
        return NpSetPipe(Request->File->FsContext, Request);
    return Class == FileBasicInformation ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

// ---- The file system

static NTSTATUS NpQueryLabel(PIO_REQUEST Request)
{
    static const WCHAR Label[] = L"NamedPipe";
    struct {
        FILE_FS_VOLUME_INFORMATION Volume;
        WCHAR Rest[RTL_NUMBER_OF(Label)];
    } Answer = {.Volume.VolumeLabelLength = sizeof(Label) - sizeof(WCHAR)};
    constexpr ULONG Head = offsetof(FILE_FS_VOLUME_INFORMATION, VolumeLabel);
    memcpy((PUCHAR)&Answer + Head, Label, sizeof(Label) - sizeof(WCHAR));
    return IopAnswer(Request, &Answer, Head + sizeof(Label) - sizeof(WCHAR));
}

static NTSTATUS NpQuerySize(PIO_REQUEST Request)
{
    const FILE_FS_SIZE_INFORMATION Size = {.SectorsPerAllocationUnit = 1, .BytesPerSector = 1};
    return IopAnswer(Request, &Size, sizeof(Size));
}

static NTSTATUS NpQueryAttributes(PIO_REQUEST Request)
{
    static const WCHAR Name[] = L"NPFS";
    struct {
        FILE_FS_ATTRIBUTE_INFORMATION Attribute;
        WCHAR Rest[RTL_NUMBER_OF(Name)];
    } Answer = {
        .Attribute =
            {
                .FileSystemAttributes = FILE_CASE_PRESERVED_NAMES,
                .MaximumComponentNameLength = 255,
                .FileSystemNameLength = sizeof(Name) - sizeof(WCHAR),
            },
    };
    constexpr ULONG Head = offsetof(FILE_FS_ATTRIBUTE_INFORMATION, FileSystemName);
    memcpy((PUCHAR)&Answer + Head, Name, sizeof(Name) - sizeof(WCHAR));
    return IopAnswer(Request, &Answer, Head + sizeof(Name) - sizeof(WCHAR));
}

NTSTATUS NpQueryVolume(PIO_REQUEST Request)
{
    switch (Request->Parameters[1]) {
    case FileFsVolumeInformation:
        return NpQueryLabel(Request);
    case FileFsSizeInformation:
        return NpQuerySize(Request);
    case FileFsAttributeInformation:
        return NpQueryAttributes(Request);
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

// ---- Security

static PNP_PIPE NpPipeOf(PFILE_OBJECT File)
{
    BOOLEAN End = NpKind(File) == NpServerFile || NpKind(File) == NpClientFile;
    return End ? ((PNP_INSTANCE)File->FsContext)->Pipe : nullptr;
}

NTSTATUS NpQuerySecurity(PIO_REQUEST Request)
{
    PNP_PIPE Pipe = NpPipeOf(Request->File);
    PSECURITY_DESCRIPTOR Part;
    ULONG Length;
    if (!Pipe)
        return STATUS_INVALID_DEVICE_REQUEST;
    NTSTATUS Status = SeSelectSecurity(Pipe->Security, (SECURITY_INFORMATION)Request->Parameters[0],
                                       &Part, &Length);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopAnswer(Request, Part, Length);
    Request->IoStatus.Information = Length; // as much as is needed
    ExFreePool(Part);
    return Status;
}

NTSTATUS NpSetSecurity(PIO_REQUEST Request)
{
    PNP_PIPE Pipe = NpPipeOf(Request->File);
    PSECURITY_DESCRIPTOR New;
    if (!Pipe || !Request->KernelInput)
        return STATUS_INVALID_DEVICE_REQUEST;
    NTSTATUS Status = SeModifySecurity(Pipe->Security, (SECURITY_INFORMATION)Request->Parameters[0],
                                       (PSECURITY_DESCRIPTOR)Request->InputBuffer,
                                       ObGetGenericMapping(IoFileObjectType), &New);
    if (!NT_SUCCESS(Status))
        return Status;
    ExFreePool(Pipe->Security);
    Pipe->Security = New;
    return STATUS_SUCCESS;
}
