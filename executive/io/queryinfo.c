// NtQueryInformationFile.
#include "iop.h"

typedef union _IOP_GENERIC {
    FILE_ACCESS_INFORMATION Access;
    FILE_POSITION_INFORMATION Position;
    FILE_MODE_INFORMATION Mode;
    FILE_ALIGNMENT_INFORMATION Alignment;
    FILE_IO_COMPLETION_NOTIFICATION_INFORMATION Notification;
    FILE_IO_PRIORITY_HINT_INFORMATION PriorityHint;
    FILE_IS_REMOTE_DEVICE_INFORMATION Remote;
} IOP_GENERIC;

// ---- What the I/O manager knows itself

static NTSTATUS IopQueryAccess(PFILE_OBJECT File, ACCESS_MASK Granted, IOP_GENERIC *Data)
{
    UNREFERENCED_PARAMETER(File);
    Data->Access.AccessFlags = Granted;
    return STATUS_SUCCESS;
}

static NTSTATUS IopQueryPosition(PFILE_OBJECT File, ACCESS_MASK Granted, IOP_GENERIC *Data)
{
    UNREFERENCED_PARAMETER(Granted);
    if (!(File->Flags & FO_SYNCHRONOUS_IO)) {
        Data->Position.CurrentByteOffset.QuadPart = 0;
        return STATUS_SUCCESS;
    }
    NTSTATUS Status = IopLockFile(File);
    if (Status != STATUS_SUCCESS)
        return Status;
    Status = IopCurrentOffset(File, &Data->Position.CurrentByteOffset.QuadPart);
    IopUnlockFile(File);
    return Status;
}

static NTSTATUS IopQueryMode(PFILE_OBJECT File, ACCESS_MASK Granted, IOP_GENERIC *Data)
{
    static const struct {
        ULONG Flag, Mode;
    } Modes[] = {
        {FO_WRITE_THROUGH, FILE_WRITE_THROUGH},
        {FO_SEQUENTIAL_ONLY, FILE_SEQUENTIAL_ONLY},
        {FO_NO_INTERMEDIATE_BUFFERING, FILE_NO_INTERMEDIATE_BUFFERING},
        {FO_DELETE_ON_CLOSE, FILE_DELETE_ON_CLOSE},
    };
    UNREFERENCED_PARAMETER(Granted);
    Data->Mode.Mode = 0;
    if (File->Flags & FO_SYNCHRONOUS_IO)
        Data->Mode.Mode = File->Flags & FO_ALERTABLE_IO ? FILE_SYNCHRONOUS_IO_ALERT
                                                        : FILE_SYNCHRONOUS_IO_NONALERT;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Modes); i++) {
        if (File->Flags & Modes[i].Flag)
            Data->Mode.Mode |= Modes[i].Mode;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS IopQueryAlignment(PFILE_OBJECT File, ACCESS_MASK Granted, IOP_GENERIC *Data)
{
    UNREFERENCED_PARAMETER(Granted);
    Data->Alignment.AlignmentRequirement = IopTopOfStack(File->Device)->AlignmentRequirement;
    return STATUS_SUCCESS;
}

static NTSTATUS IopQueryNotification(PFILE_OBJECT File, ACCESS_MASK Granted, IOP_GENERIC *Data)
{
    UNREFERENCED_PARAMETER(Granted);
    Data->Notification.Flags = File->CompletionModes;
    return STATUS_SUCCESS;
}

static NTSTATUS IopQueryPriorityHint(PFILE_OBJECT File, ACCESS_MASK Granted, IOP_GENERIC *Data)
{
    UNREFERENCED_PARAMETER(Granted);
    Data->PriorityHint.PriorityHint = File->PriorityHint;
    return STATUS_SUCCESS;
}

static NTSTATUS IopQueryRemote(PFILE_OBJECT File, ACCESS_MASK Granted, IOP_GENERIC *Data)
{
    UNREFERENCED_PARAMETER(Granted);
    Data->Remote.IsRemote = (File->Device->Characteristics & FILE_REMOTE_DEVICE) != 0;
    return STATUS_SUCCESS;
}

// ---- The classes: how large the answer is at least, what right it takes, who answers (null: the device)

typedef NTSTATUS (*IOP_GENERIC_QUERY)(PFILE_OBJECT File, ACCESS_MASK Granted, IOP_GENERIC *Data);

typedef struct _IOP_QUERY {
    ULONG Class, Size;
    ACCESS_MASK Access;
    IOP_GENERIC_QUERY Query;
} IOP_QUERY;

static const IOP_QUERY IopQueries[] = {
    {FileBasicInformation, sizeof(FILE_BASIC_INFORMATION), FILE_READ_ATTRIBUTES, nullptr},
    {FileStandardInformation, sizeof(FILE_STANDARD_INFORMATION), 0, nullptr},
    {FileInternalInformation, sizeof(FILE_INTERNAL_INFORMATION), 0, nullptr},
    {FileEaInformation, sizeof(FILE_EA_INFORMATION), 0, nullptr},
    {FileAccessInformation, sizeof(FILE_ACCESS_INFORMATION), 0, IopQueryAccess},
    {FileNameInformation, sizeof(FILE_NAME_INFORMATION), 0, nullptr},
    {FilePositionInformation, sizeof(FILE_POSITION_INFORMATION), 0, IopQueryPosition},
    {FileModeInformation, sizeof(FILE_MODE_INFORMATION), 0, IopQueryMode},
    {FileAlignmentInformation, sizeof(FILE_ALIGNMENT_INFORMATION), 0, IopQueryAlignment},
    {FileAllInformation, sizeof(FILE_ALL_INFORMATION), FILE_READ_ATTRIBUTES, nullptr},
    {FileAlternateNameInformation, sizeof(FILE_NAME_INFORMATION), 0, nullptr},
    {FileStreamInformation, sizeof(FILE_STREAM_INFORMATION), 0, nullptr},
    {FilePipeInformation, sizeof(FILE_PIPE_INFORMATION), FILE_READ_ATTRIBUTES, nullptr},
    {FilePipeLocalInformation, sizeof(FILE_PIPE_LOCAL_INFORMATION), FILE_READ_ATTRIBUTES, nullptr},
    {FilePipeRemoteInformation, 16, FILE_READ_ATTRIBUTES, nullptr},
    {FileMailslotQueryInformation, sizeof(FILE_MAILSLOT_QUERY_INFORMATION), 0, nullptr},
    {FileCompressionInformation, 16, 0, nullptr},
    {FileObjectIdInformation, 16, 0, nullptr},
    {FileNetworkOpenInformation, sizeof(FILE_NETWORK_OPEN_INFORMATION), FILE_READ_ATTRIBUTES,
     nullptr},
    {FileAttributeTagInformation, sizeof(FILE_ATTRIBUTE_TAG_INFORMATION), FILE_READ_ATTRIBUTES,
     nullptr},
    {FileIoCompletionNotificationInformation, sizeof(FILE_IO_COMPLETION_NOTIFICATION_INFORMATION),
     0, IopQueryNotification},
    {FileIoPriorityHintInformation, sizeof(FILE_IO_PRIORITY_HINT_INFORMATION), FILE_READ_DATA,
     IopQueryPriorityHint},
    {FileHardLinkInformation, 8, 0, nullptr},
    {FileNormalizedNameInformation, sizeof(FILE_NAME_INFORMATION), 0, nullptr},
    {FileNetworkPhysicalNameInformation, sizeof(FILE_NAME_INFORMATION), 0, nullptr},
    {FileIsRemoteDeviceInformation, sizeof(FILE_IS_REMOTE_DEVICE_INFORMATION), 0, IopQueryRemote},
    {FileStandardLinkInformation, 12, 0, nullptr},
    {FileIdInformation, 24, 0, nullptr},
    {FileStatInformation, 72, FILE_READ_ATTRIBUTES, nullptr},
    {FileCaseSensitiveInformation, 4, FILE_READ_ATTRIBUTES, nullptr},
};

static const IOP_QUERY *IopFindQuery(ULONG Class)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(IopQueries); i++) {
        if (IopQueries[i].Class == Class)
            return &IopQueries[i];
    }
    return nullptr;
}

static NTSTATUS IopAnswerQuery(const IOP_QUERY *Query, PFILE_OBJECT File, ACCESS_MASK Granted,
                               VOID USER *Buffer, IO_STATUS_BLOCK USER *IoStatusBlock)
{
    IOP_GENERIC Data = {};
    NTSTATUS Status = Query->Query(File, Granted, &Data);
    if (Status == STATUS_SUCCESS)
        Status = MmCopyToUser(Buffer, &Data, Query->Size);
    return IopAnswerService(IoStatusBlock, Status, Query->Size);
}

// What the device cannot know of FILE_ALL_INFORMATION.
static NTSTATUS IopCompleteAll(PFILE_OBJECT File, ACCESS_MASK Granted, VOID USER *Buffer)
{
    static const struct {
        IOP_GENERIC_QUERY Query;
        ULONG Offset, Size;
    } Parts[] = {
        {IopQueryAccess, offsetof(FILE_ALL_INFORMATION, AccessInformation),
         sizeof(FILE_ACCESS_INFORMATION)},
        {IopQueryPosition, offsetof(FILE_ALL_INFORMATION, PositionInformation),
         sizeof(FILE_POSITION_INFORMATION)},
        {IopQueryMode, offsetof(FILE_ALL_INFORMATION, ModeInformation),
         sizeof(FILE_MODE_INFORMATION)},
        {IopQueryAlignment, offsetof(FILE_ALL_INFORMATION, AlignmentInformation),
         sizeof(FILE_ALIGNMENT_INFORMATION)},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Parts); i++) {
        IOP_GENERIC Data = {};
        NTSTATUS Status = Parts[i].Query(File, Granted, &Data);
        if (Status == STATUS_SUCCESS)
            Status = MmCopyToUser((UCHAR USER *)Buffer + Parts[i].Offset, &Data, Parts[i].Size);
        if (Status != STATUS_SUCCESS)
            return Status;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS IopSendQuery(PFILE_OBJECT File, ULONG Class, VOID USER *Buffer, ULONG Length,
                             IO_STATUS_BLOCK USER *IoStatusBlock)
{
    const IOP_SERVICE Service = {.StatusBlock = IoStatusBlock, .Api = TRUE};
    PIO_REQUEST Request;
    NTSTATUS Status = IopBeginRequest(&Service, File, IRP_MJ_QUERY_INFORMATION, 0, &Request);
    if (Status != STATUS_SUCCESS)
        return Status;
    Request->Buffering = HostBufferSystem;
    Request->OutputBuffer = (ULONG_PTR)Buffer;
    Request->OutputLength = Length;
    Request->Parameters[0] = Length;
    Request->Parameters[1] = Class;
    return IopPerformRequest(Request);
}

NTSTATUS NtQueryInformationFile(HANDLE FileHandle, IO_STATUS_BLOCK USER *IoStatusBlock,
                                VOID USER *Buffer, ULONG Length, FILE_INFORMATION_CLASS Class)
{
    const IOP_QUERY *Query = IopFindQuery((ULONG)Class);
    if (!Query)
        return STATUS_INVALID_INFO_CLASS;
    if (Length < Query->Size)
        return STATUS_INFO_LENGTH_MISMATCH;
    PFILE_OBJECT File;
    ACCESS_MASK Granted;
    NTSTATUS Status = IopProbeStatusBlock(IoStatusBlock);
    if (NT_SUCCESS(Status))
        Status = MmProbeForWrite(Buffer, Length, sizeof(ULONG));
    if (NT_SUCCESS(Status))
        Status = IopReferenceFile(FileHandle, Query->Access, &File, &Granted);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Query->Query)
        Status = IopAnswerQuery(Query, File, Granted, Buffer, IoStatusBlock);
    else
        Status = IopSendQuery(File, (ULONG)Class, Buffer, Length, IoStatusBlock);
    if (Class == FileAllInformation && !NT_ERROR(Status)) {
        NTSTATUS Rest = IopCompleteAll(File, Granted, Buffer);
        if (Rest != STATUS_SUCCESS)
            Status = Rest;
    }
    ObDereferenceObject(File);
    return Status;
}
