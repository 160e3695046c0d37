// Services that open files.
#include "iop.h"

constexpr ULONG IopShareAll = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
constexpr ULONG IopSynchronousOptions = FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT;

// Options that make sense for a directory.
constexpr ULONG IopDirectoryOptions =
    FILE_DIRECTORY_FILE | IopSynchronousOptions | FILE_WRITE_THROUGH | FILE_COMPLETE_IF_OPLOCKED |
    FILE_OPEN_FOR_BACKUP_INTENT | FILE_DELETE_ON_CLOSE | FILE_OPEN_FOR_FREE_SPACE_QUERY |
    FILE_OPEN_BY_FILE_ID | FILE_NO_COMPRESSION | FILE_OPEN_REPARSE_POINT | FILE_NO_EA_KNOWLEDGE |
    FILE_OPEN_REQUIRING_OPLOCK | FILE_DISALLOW_EXCLUSIVE | FILE_OPEN_NO_RECALL;

static BOOLEAN IopAreBoth(ULONG Options, ULONG Both)
{
    return (Options & Both) == Both;
}

// The options against one another, and the rights that they need.
static NTSTATUS IopCheckOptions(ACCESS_MASK Access, ULONG Disposition, ULONG Options)
{
    BOOLEAN Synchronize =
        (Access & (SYNCHRONIZE | GENERIC_ALL | GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE)) !=
        0;
    if (Disposition > FILE_MAXIMUM_DISPOSITION || (Options & ~FILE_VALID_OPTION_FLAGS))
        return STATUS_INVALID_PARAMETER;
    if ((Options & IopSynchronousOptions) &&
        (!Synchronize || IopAreBoth(Options, IopSynchronousOptions)))
        return STATUS_INVALID_PARAMETER;
    if ((Options & FILE_DELETE_ON_CLOSE) && !(Access & (DELETE | GENERIC_ALL)))
        return STATUS_INVALID_PARAMETER;
    if (IopAreBoth(Options, FILE_DIRECTORY_FILE | FILE_NON_DIRECTORY_FILE) ||
        IopAreBoth(Options, FILE_COMPLETE_IF_OPLOCKED | FILE_RESERVE_OPFILTER))
        return STATUS_INVALID_PARAMETER;
    if ((Options & FILE_NO_INTERMEDIATE_BUFFERING) && (Access & FILE_APPEND_DATA))
        return STATUS_INVALID_PARAMETER;
    if (!(Options & FILE_DIRECTORY_FILE))
        return STATUS_SUCCESS;
    BOOLEAN Possible =
        Disposition == FILE_CREATE || Disposition == FILE_OPEN || Disposition == FILE_OPEN_IF;
    return !Possible || (Options & ~IopDirectoryOptions) ? STATUS_INVALID_PARAMETER
                                                         : STATUS_SUCCESS;
}

static NTSTATUS IopCheckCreate(ACCESS_MASK Access, ULONG Attributes, ULONG Share, ULONG Disposition,
                               ULONG Options)
{
    if ((Share & ~IopShareAll) || (Attributes & ~(ULONG)FILE_ATTRIBUTE_VALID_FLAGS))
        return STATUS_INVALID_PARAMETER;
    return IopCheckOptions(Access, Disposition, Options);
}

static NTSTATUS IopCaptureCreate(PIOP_OPEN Open, const LARGE_INTEGER USER *AllocationSize,
                                 const VOID USER *EaBuffer, ULONG EaLength,
                                 IO_STATUS_BLOCK USER *StatusBlock)
{
    if (AllocationSize) {
        NTSTATUS Status =
            MmCopyFromUser(&Open->AllocationSize, AllocationSize, sizeof(Open->AllocationSize));
        if (!NT_SUCCESS(Status))
            return Status;
        if (Open->AllocationSize.QuadPart < 0)
            return STATUS_INVALID_PARAMETER;
    }
    if (!EaBuffer || !EaLength)
        return STATUS_SUCCESS;
    Open->EaLength = EaLength;
    return IopCaptureEaBuffer(EaBuffer, EaLength, &Open->EaBuffer, StatusBlock);
}

// Open is complete but for what comes from the attributes. Consumes its EA buffer.
static NTSTATUS IopOpenByAttributes(const OBJECT_ATTRIBUTES USER *ObjectAttributes, PIOP_OPEN Open,
                                    ACCESS_MASK DesiredAccess, PHANDLE Handle)
{
    OB_ATTRIBUTES Attributes;
    NTSTATUS Status = ObCaptureAttributes(&Attributes, ObjectAttributes);
    if (NT_SUCCESS(Status)) {
        Open->SecurityDescriptor = Attributes.SecurityDescriptor;
        Open->SecurityQos = Attributes.SecurityQosPresent ? &Attributes.SecurityQos : nullptr;
        Status = ObOpenObjectByName(&Attributes, IoFileObjectType, UserMode, DesiredAccess, Open,
                                    Handle);
        ObReleaseAttributes(&Attributes);
    }
    if (Open->EaBuffer)
        ExFreePool(Open->EaBuffer);
    return Status;
}

static NTSTATUS IopCreate(HANDLE USER *FileHandle, ACCESS_MASK DesiredAccess,
                          const OBJECT_ATTRIBUTES USER *ObjectAttributes,
                          IO_STATUS_BLOCK USER *IoStatusBlock, PIOP_OPEN Open)
{
    HANDLE Handle = nullptr;
    NTSTATUS Status = IopOpenByAttributes(ObjectAttributes, Open, DesiredAccess, &Handle);
    Status = ObReturnHandle(Status, Handle, FileHandle);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Status == STATUS_SUCCESS)
        Status = Open->Status;
    IO_STATUS_BLOCK Block = {.Status = Status, .Information = Open->Information};
    (VOID) MmCopyToUser(IoStatusBlock, &Block, sizeof(Block));
    return Status;
}

static NTSTATUS IopProbeCreate(HANDLE USER *FileHandle, IO_STATUS_BLOCK USER *IoStatusBlock)
{
    NTSTATUS Status = MmProbeForWrite(FileHandle, sizeof(HANDLE), 1);
    return NT_SUCCESS(Status) ? IopProbeStatusBlock(IoStatusBlock) : Status;
}

NTSTATUS NtCreateFile(HANDLE USER *FileHandle, ACCESS_MASK DesiredAccess,
                      const OBJECT_ATTRIBUTES USER *ObjectAttributes,
                      IO_STATUS_BLOCK USER *IoStatusBlock, const LARGE_INTEGER USER *AllocationSize,
                      ULONG FileAttributes, ULONG ShareAccess, ULONG CreateDisposition,
                      ULONG CreateOptions, const VOID USER *EaBuffer, ULONG EaLength)
{
    NTSTATUS Status = IopCheckCreate(DesiredAccess, FileAttributes, ShareAccess, CreateDisposition,
                                     CreateOptions);
    if (NT_SUCCESS(Status))
        Status = IopProbeCreate(FileHandle, IoStatusBlock);
    if (!NT_SUCCESS(Status))
        return Status;
    IOP_OPEN Open = {
        .Disposition = CreateDisposition,
        .Options = CreateOptions,
        .FileAttributes = (USHORT)FileAttributes,
        .ShareAccess = (USHORT)ShareAccess,
        .MajorFunction = IRP_MJ_CREATE,
    };
    Status = IopCaptureCreate(&Open, AllocationSize, EaBuffer, EaLength, IoStatusBlock);
    if (!NT_SUCCESS(Status))
        return Status;
    return IopCreate(FileHandle, DesiredAccess, ObjectAttributes, IoStatusBlock, &Open);
}

NTSTATUS NtOpenFile(HANDLE USER *FileHandle, ACCESS_MASK DesiredAccess,
                    const OBJECT_ATTRIBUTES USER *ObjectAttributes,
                    IO_STATUS_BLOCK USER *IoStatusBlock, ULONG ShareAccess, ULONG OpenOptions)
{
    return NtCreateFile(FileHandle, DesiredAccess, ObjectAttributes, IoStatusBlock, nullptr, 0,
                        ShareAccess, FILE_OPEN, OpenOptions, nullptr, 0);
}

// ---- Pipes and mailslots

static NTSTATUS IopCheckPipe(const NAMED_PIPE_CREATE_PARAMETERS *Pipe, ULONG Share,
                             ULONG Disposition)
{
    if (Pipe->NamedPipeType > FILE_PIPE_TYPE_VALID_MASK ||
        Pipe->ReadMode > FILE_PIPE_MESSAGE_MODE ||
        Pipe->CompletionMode > FILE_PIPE_COMPLETE_OPERATION)
        return STATUS_INVALID_PARAMETER;
    if (Pipe->ReadMode == FILE_PIPE_MESSAGE_MODE && !(Pipe->NamedPipeType & FILE_PIPE_MESSAGE_TYPE))
        return STATUS_INVALID_PARAMETER;
    if (!Pipe->MaximumInstances || !(Share & (FILE_SHARE_READ | FILE_SHARE_WRITE)) ||
        (Share & FILE_SHARE_DELETE))
        return STATUS_INVALID_PARAMETER;
    BOOLEAN Possible =
        Disposition == FILE_CREATE || Disposition == FILE_OPEN || Disposition == FILE_OPEN_IF;
    return Possible ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

NTSTATUS NtCreateNamedPipeFile(HANDLE USER *FileHandle, ACCESS_MASK DesiredAccess,
                               const OBJECT_ATTRIBUTES USER *ObjectAttributes,
                               IO_STATUS_BLOCK USER *IoStatusBlock, ULONG ShareAccess,
                               ULONG CreateDisposition, ULONG CreateOptions, ULONG NamedPipeType,
                               ULONG ReadMode, ULONG CompletionMode, ULONG MaximumInstances,
                               ULONG InboundQuota, ULONG OutboundQuota,
                               const LARGE_INTEGER USER *DefaultTimeout)
{
    NAMED_PIPE_CREATE_PARAMETERS Pipe = {
        .NamedPipeType = NamedPipeType,
        .ReadMode = ReadMode,
        .CompletionMode = CompletionMode,
        .MaximumInstances = MaximumInstances,
        .InboundQuota = InboundQuota,
        .OutboundQuota = OutboundQuota,
        .TimeoutSpecified = DefaultTimeout != nullptr,
    };
    NTSTATUS Status =
        IopCheckCreate(DesiredAccess, 0, ShareAccess, CreateDisposition, CreateOptions);
    if (NT_SUCCESS(Status))
        Status = IopCheckPipe(&Pipe, ShareAccess, CreateDisposition);
    if (NT_SUCCESS(Status))
        Status = IopProbeCreate(FileHandle, IoStatusBlock);
    if (NT_SUCCESS(Status) && DefaultTimeout)
        Status = MmCopyFromUser(&Pipe.DefaultTimeout, DefaultTimeout, sizeof(Pipe.DefaultTimeout));
    if (NT_SUCCESS(Status) && Pipe.DefaultTimeout.QuadPart > 0)
        Status = STATUS_INVALID_PARAMETER; // it must be relative
    if (!NT_SUCCESS(Status))
        return Status;
    IOP_OPEN Open = {
        .Disposition = CreateDisposition,
        .Options = CreateOptions,
        .ShareAccess = (USHORT)ShareAccess,
        .MajorFunction = IRP_MJ_CREATE_NAMED_PIPE,
        .Parameters = &Pipe,
    };
    return IopCreate(FileHandle, DesiredAccess, ObjectAttributes, IoStatusBlock, &Open);
}

NTSTATUS NtCreateMailslotFile(HANDLE USER *FileHandle, ACCESS_MASK DesiredAccess,
                              const OBJECT_ATTRIBUTES USER *ObjectAttributes,
                              IO_STATUS_BLOCK USER *IoStatusBlock, ULONG CreateOptions,
                              ULONG MailslotQuota, ULONG MaximumMessageSize,
                              const LARGE_INTEGER USER *ReadTimeout)
{
    MAILSLOT_CREATE_PARAMETERS Mailslot = {
        .MailslotQuota = MailslotQuota,
        .MaximumMessageSize = MaximumMessageSize,
        .TimeoutSpecified = ReadTimeout != nullptr,
    };
    NTSTATUS Status = IopCheckCreate(DesiredAccess, 0, FILE_SHARE_READ | FILE_SHARE_WRITE,
                                     FILE_CREATE, CreateOptions);
    if (NT_SUCCESS(Status))
        Status = IopProbeCreate(FileHandle, IoStatusBlock);
    if (NT_SUCCESS(Status) && ReadTimeout)
        Status = MmCopyFromUser(&Mailslot.ReadTimeout, ReadTimeout, sizeof(Mailslot.ReadTimeout));
    if (!NT_SUCCESS(Status))
        return Status;
    IOP_OPEN Open = {
        .Disposition = FILE_CREATE,
        .Options = CreateOptions,
        .ShareAccess = FILE_SHARE_READ | FILE_SHARE_WRITE,
        .MajorFunction = IRP_MJ_CREATE_MAILSLOT,
        .Parameters = &Mailslot,
    };
    return IopCreate(FileHandle, DesiredAccess, ObjectAttributes, IoStatusBlock, &Open);
}

// ---- Files that are opened for one operation

NTSTATUS NtDeleteFile(const OBJECT_ATTRIBUTES USER *ObjectAttributes)
{
    IOP_OPEN Open = {
        .Disposition = FILE_OPEN,
        .Options = FILE_DELETE_ON_CLOSE,
        .ShareAccess = IopShareAll,
        .MajorFunction = IRP_MJ_CREATE,
    };
    HANDLE Handle;
    NTSTATUS Status = IopOpenByAttributes(ObjectAttributes, &Open, DELETE, &Handle);
    if (NT_SUCCESS(Status))
        ObCloseHandle(PsGetCurrentProcess(), Handle, KernelMode);
    return Status;
}

static VOID IopGive(const FILE_NETWORK_OPEN_INFORMATION *Told, FILE_INFORMATION_CLASS Class,
                    PVOID Data)
{
    if (Class == FileNetworkOpenInformation) {
        *(PFILE_NETWORK_OPEN_INFORMATION)Data = *Told;
        return;
    }
    *(PFILE_BASIC_INFORMATION)Data = (FILE_BASIC_INFORMATION){
        .CreationTime = Told->CreationTime,
        .LastAccessTime = Told->LastAccessTime,
        .LastWriteTime = Told->LastWriteTime,
        .ChangeTime = Told->ChangeTime,
        .FileAttributes = Told->FileAttributes,
    };
}

static NTSTATUS IopQueryByName(const OBJECT_ATTRIBUTES USER *ObjectAttributes,
                               FILE_INFORMATION_CLASS Class, PVOID Data, ULONG Size)
{
    FILE_NETWORK_OPEN_INFORMATION Told;
    IOP_OPEN Open = {
        .Disposition = FILE_OPEN,
        .Options = FILE_OPEN_REPARSE_POINT,
        .ShareAccess = IopShareAll,
        .MajorFunction = IRP_MJ_CREATE,
        .Attributes = &Told,
    };
    HANDLE Handle;
    PFILE_OBJECT File;
    NTSTATUS Status = IopOpenByAttributes(ObjectAttributes, &Open, FILE_READ_ATTRIBUTES, &Handle);
    if (Open.Answered) {
        IopGive(&Told, Class, Data);
        return STATUS_SUCCESS;
    }
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopReferenceFile(Handle, 0, &File, nullptr);
    if (!NT_SUCCESS(Status))
        return Status; // the program has closed it meanwhile
    IOP_CALL Call = {
        .MajorFunction = IRP_MJ_QUERY_INFORMATION,
        .File = File,
        .Parameters = {Size, (ULONG64)Class},
        .Output = Data,
        .OutputLength = Size,
    };
    Status = IopCallDevice(File->Device, &Call, nullptr);
    ObDereferenceObject(File);
    ObCloseHandle(PsGetCurrentProcess(), Handle, KernelMode);
    return Status;
}

NTSTATUS NtQueryAttributesFile(const OBJECT_ATTRIBUTES USER *ObjectAttributes,
                               FILE_BASIC_INFORMATION USER *Information)
{
    FILE_BASIC_INFORMATION Basic;
    NTSTATUS Status = MmProbeForWrite(Information, sizeof(*Information), sizeof(ULONG));
    if (NT_SUCCESS(Status))
        Status = IopQueryByName(ObjectAttributes, FileBasicInformation, &Basic, sizeof(Basic));
    return NT_SUCCESS(Status) ? MmCopyToUser(Information, &Basic, sizeof(Basic)) : Status;
}

NTSTATUS NtQueryFullAttributesFile(const OBJECT_ATTRIBUTES USER *ObjectAttributes,
                                   FILE_NETWORK_OPEN_INFORMATION USER *Information)
{
    FILE_NETWORK_OPEN_INFORMATION Network;
    NTSTATUS Status = MmProbeForWrite(Information, sizeof(*Information), sizeof(ULONG));
    if (NT_SUCCESS(Status))
        Status =
            IopQueryByName(ObjectAttributes, FileNetworkOpenInformation, &Network, sizeof(Network));
    return NT_SUCCESS(Status) ? MmCopyToUser(Information, &Network, sizeof(Network)) : Status;
}
