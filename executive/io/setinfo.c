// NtSetInformationFile.
#include "iop.h"

// ---- What the I/O manager changes itself

typedef union _IOP_SETTING {
    FILE_POSITION_INFORMATION Position;
    FILE_MODE_INFORMATION Mode;
    FILE_COMPLETION_INFORMATION Completion;
    FILE_IO_COMPLETION_NOTIFICATION_INFORMATION Notification;
    FILE_IO_PRIORITY_HINT_INFORMATION PriorityHint;
} IOP_SETTING;

static NTSTATUS IopSetPosition(PFILE_OBJECT File, const IOP_SETTING *Setting)
{
    LARGE_INTEGER Offset = Setting->Position.CurrentByteOffset;
    ULONG Sector = IopTopOfStack(File->Device)->SectorSize;
    if (Offset.QuadPart < 0)
        return STATUS_INVALID_PARAMETER;
    if ((File->Flags & FO_NO_INTERMEDIATE_BUFFERING) && Sector && Offset.QuadPart % Sector)
        return STATUS_INVALID_PARAMETER;
    if (!(File->Flags & FO_SYNCHRONOUS_IO))
        return STATUS_SUCCESS; // nothing goes by it
    NTSTATUS Status = IopLockFile(File);
    if (Status != STATUS_SUCCESS)
        return Status;
    File->CurrentByteOffset = Offset;
    File->PositionAtEnd = FALSE;
    IopUnlockFile(File);
    return STATUS_SUCCESS;
}

// Synchronous stays synchronous; how its waits are alerted can change.
static NTSTATUS IopSetMode(PFILE_OBJECT File, const IOP_SETTING *Setting)
{
    constexpr ULONG Both = FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT;
    ULONG Mode = Setting->Mode.Mode;
    BOOLEAN Synchronous = (File->Flags & FO_SYNCHRONOUS_IO) != 0;
    if ((Mode & ~(Both | FILE_WRITE_THROUGH | FILE_SEQUENTIAL_ONLY)) || (Mode & Both) == Both ||
        Synchronous != ((Mode & Both) != 0))
        return STATUS_INVALID_PARAMETER;
    File->Flags &= ~(ULONG)(FO_WRITE_THROUGH | FO_SEQUENTIAL_ONLY | FO_ALERTABLE_IO);
    if (Mode & FILE_WRITE_THROUGH)
        File->Flags |= FO_WRITE_THROUGH;
    if (Mode & FILE_SEQUENTIAL_ONLY)
        File->Flags |= FO_SEQUENTIAL_ONLY;
    if (Mode & FILE_SYNCHRONOUS_IO_ALERT)
        File->Flags |= FO_ALERTABLE_IO;
    return STATUS_SUCCESS;
}

static NTSTATUS IopReferencePort(HANDLE Handle, PVOID *Port)
{
    return ObReferenceObjectByHandle(Handle, IO_COMPLETION_MODIFY_STATE, IoCompletionObjectType,
                                     UserMode, Port, nullptr);
}

static NTSTATUS IopSetCompletion(PFILE_OBJECT File, const IOP_SETTING *Setting)
{
    if ((File->Flags & FO_SYNCHRONOUS_IO) || File->CompletionPort)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = IopReferencePort(Setting->Completion.Port, &File->CompletionPort);
    if (NT_SUCCESS(Status))
        File->CompletionKey = Setting->Completion.Key;
    return Status;
}

// Another port, or none.
static NTSTATUS IopReplaceCompletion(PFILE_OBJECT File, const IOP_SETTING *Setting)
{
    PVOID Port = nullptr;
    if (File->Flags & FO_SYNCHRONOUS_IO)
        return STATUS_INVALID_PARAMETER;
    if (Setting->Completion.Port) {
        NTSTATUS Status = IopReferencePort(Setting->Completion.Port, &Port);
        if (!NT_SUCCESS(Status))
            return Status;
    }
    if (File->CompletionPort)
        ObDereferenceObject(File->CompletionPort);
    File->CompletionPort = Port;
    File->CompletionKey = Setting->Completion.Key;
    return STATUS_SUCCESS;
}

// A mode stays set.
static NTSTATUS IopSetNotification(PFILE_OBJECT File, const IOP_SETTING *Setting)
{
    constexpr ULONG Known = FILE_SKIP_COMPLETION_PORT_ON_SUCCESS | FILE_SKIP_SET_EVENT_ON_HANDLE |
                            FILE_SKIP_SET_USER_EVENT_ON_FAST_IO;
    if ((File->Flags & FO_SYNCHRONOUS_IO) || (Setting->Notification.Flags & ~Known))
        return STATUS_INVALID_PARAMETER;
    File->CompletionModes |= Setting->Notification.Flags;
    return STATUS_SUCCESS;
}

static NTSTATUS IopSetPriorityHint(PFILE_OBJECT File, const IOP_SETTING *Setting)
{
    if ((ULONG)Setting->PriorityHint.PriorityHint >= MaxIoPriorityTypes)
        return STATUS_INVALID_PARAMETER;
    File->PriorityHint = Setting->PriorityHint.PriorityHint;
    return STATUS_SUCCESS;
}

// ---- The classes: how much data there must be, what right it takes, who changes it (null: the device)

typedef struct _IOP_SET {
    ULONG Class, Size;
    ACCESS_MASK Access;
    NTSTATUS (*Set)(PFILE_OBJECT File, const IOP_SETTING *Setting);
} IOP_SET;

static const IOP_SET IopSets[] = {
    {FileBasicInformation, sizeof(FILE_BASIC_INFORMATION), FILE_WRITE_ATTRIBUTES, nullptr},
    {FileRenameInformation, sizeof(FILE_RENAME_INFORMATION), DELETE, nullptr},
    {FileLinkInformation, sizeof(FILE_LINK_INFORMATION), 0, nullptr},
    {FileDispositionInformation, sizeof(FILE_DISPOSITION_INFORMATION), DELETE, nullptr},
    {FilePositionInformation, sizeof(FILE_POSITION_INFORMATION), 0, IopSetPosition},
    {FileModeInformation, sizeof(FILE_MODE_INFORMATION), 0, IopSetMode},
    {FileAllocationInformation, sizeof(FILE_ALLOCATION_INFORMATION), FILE_WRITE_DATA, nullptr},
    {FileEndOfFileInformation, sizeof(FILE_END_OF_FILE_INFORMATION), FILE_WRITE_DATA, nullptr},
    {FilePipeInformation, sizeof(FILE_PIPE_INFORMATION), FILE_WRITE_ATTRIBUTES, nullptr},
    {FilePipeRemoteInformation, 16, FILE_WRITE_ATTRIBUTES, nullptr},
    {FileMailslotSetInformation, sizeof(FILE_MAILSLOT_SET_INFORMATION), 0, nullptr},
    {FileObjectIdInformation, 72, FILE_WRITE_DATA, nullptr},
    {FileCompletionInformation, sizeof(FILE_COMPLETION_INFORMATION), 0, IopSetCompletion},
    {FileMoveClusterInformation, 24, FILE_WRITE_DATA, nullptr},
    {FileValidDataLengthInformation, sizeof(FILE_VALID_DATA_LENGTH_INFORMATION), FILE_WRITE_DATA,
     nullptr},
    {FileShortNameInformation, sizeof(FILE_NAME_INFORMATION), DELETE, nullptr},
    {FileIoCompletionNotificationInformation, sizeof(FILE_IO_COMPLETION_NOTIFICATION_INFORMATION),
     0, IopSetNotification},
    {FileIoPriorityHintInformation, sizeof(FILE_IO_PRIORITY_HINT_INFORMATION), 0,
     IopSetPriorityHint},
    {FileReplaceCompletionInformation, sizeof(FILE_COMPLETION_INFORMATION), 0,
     IopReplaceCompletion},
    {FileDispositionInformationEx, sizeof(FILE_DISPOSITION_INFORMATION_EX), DELETE, nullptr},
    {FileRenameInformationEx, sizeof(FILE_RENAME_INFORMATION), DELETE, nullptr},
    {FileLinkInformationEx, sizeof(FILE_LINK_INFORMATION), 0, nullptr},
    {FileCaseSensitiveInformation, 4, FILE_WRITE_ATTRIBUTES, nullptr},
};

static const IOP_SET *IopFindSet(ULONG Class)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(IopSets); i++) {
        if (IopSets[i].Class == Class)
            return &IopSets[i];
    }
    return nullptr;
}

// ---- Renames and links name a target that may lie elsewhere on the device: its directory is opened first

static BOOLEAN IopHasTarget(ULONG Class)
{
    return Class == FileRenameInformation || Class == FileLinkInformation ||
           Class == FileRenameInformationEx || Class == FileLinkInformationEx;
}

static BOOLEAN IopIsRename(ULONG Class)
{
    return Class == FileRenameInformation || Class == FileRenameInformationEx;
}

static NTSTATUS IopOpenTarget(PFILE_OBJECT File, HANDLE Root, PUNICODE_STRING Name,
                              PFILE_OBJECT *Target)
{
    IOP_OPEN Open = {
        .Disposition = FILE_OPEN,
        .Options = FILE_OPEN_FOR_BACKUP_INTENT,
        .ShareAccess = FILE_SHARE_READ | FILE_SHARE_WRITE,
        .MajorFunction = IRP_MJ_CREATE,
        .StackFlags = SL_OPEN_TARGET_DIRECTORY,
    };
    OB_ATTRIBUTES Attributes = {
        .RootDirectory = Root,
        .ObjectName = *Name,
        .Attributes = OBJ_CASE_INSENSITIVE,
    };
    HANDLE Handle;
    NTSTATUS Status = ObOpenObjectByName(&Attributes, IoFileObjectType, UserMode,
                                         FILE_WRITE_DATA | SYNCHRONIZE, &Open, &Handle);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopReferenceFile(Handle, 0, Target, nullptr);
    ObCloseHandle(PsGetCurrentProcess(), Handle, KernelMode);
    if (!NT_SUCCESS(Status))
        return Status;
    BOOLEAN Same = IopTopOfStack((*Target)->Device) == IopTopOfStack(File->Device);
    return Same ? STATUS_SUCCESS : STATUS_NOT_SAME_DEVICE;
}

// *Target null: the new name is in the same directory. Otherwise the caller closes it, whatever the status. *Noted: that it is to
// be renamed.
static NTSTATUS IopFindTarget(PFILE_OBJECT File, ULONG Class, const UCHAR USER *Buffer,
                              ULONG Length, PULONG64 Replace, PFILE_OBJECT *Target, PULONG64 Noted)
{
    FILE_RENAME_INFORMATION Rename;
    constexpr ULONG Head = offsetof(FILE_RENAME_INFORMATION, FileName);
    *Target = nullptr;
    NTSTATUS Status = MmCopyFromUser(&Rename, Buffer, sizeof(Rename));
    if (!NT_SUCCESS(Status))
        return Status;
    *Replace = Rename.Flags;
    ULONG NameLength = Rename.FileNameLength;
    if (!NameLength || NameLength % sizeof(WCHAR) || NameLength > Length - Head ||
        NameLength > UNICODE_STRING_MAX_BYTES)
        return STATUS_INVALID_PARAMETER;
    BOOLEAN Elsewhere = Rename.RootDirectory || Rename.FileName[0] == OBJ_NAME_PATH_SEPARATOR;
    UNICODE_STRING Name = {(USHORT)NameLength, (USHORT)NameLength,
                           ExAllocatePoolWithTag(PagedPool, NameLength, 'raTI')};
    if (!Name.Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    Status = MmCopyFromUser(Name.Buffer, Buffer + Head, NameLength);
    if (NT_SUCCESS(Status) && Elsewhere)
        Status = IopOpenTarget(File, Rename.RootDirectory, &Name, Target);
    if (NT_SUCCESS(Status) && IopIsRename(Class) && File->RealDevice)
        *Noted = IopNoteRenaming(File, *Target, &Name, (*Replace & TRUE) != 0);
    ExFreePool(Name.Buffer);
    return Status;
}

// ---- The service

static BOOLEAN IopIsDisposition(ULONG Class)
{
    return Class == FileDispositionInformation || Class == FileDispositionInformationEx;
}

static NTSTATUS IopSendSet(PFILE_OBJECT File, ULONG Class, const UCHAR USER *Buffer, ULONG Length,
                           IO_STATUS_BLOCK USER *IoStatusBlock)
{
    const IOP_SERVICE Service = {.StatusBlock = IoStatusBlock, .Api = TRUE};
    PIO_REQUEST Request;
    PFILE_OBJECT Target = nullptr;
    ULONG64 Replace = 0, Noted = 0;
    UCHAR Delete = FALSE;
    NTSTATUS Status = STATUS_SUCCESS;
    if (IopIsDisposition(Class)) // the first byte of both
        Status = MmCopyFromUser(&Delete, Buffer, sizeof(Delete));
    if (IopHasTarget(
            Class)) // its name may be that of one which is kept, or there may be some below it
        (VOID) IopReleaseKept(File->Device, TRUE);
    if (IopHasTarget(Class))
        Status = IopFindTarget(File, Class, Buffer, Length, &Replace, &Target, &Noted);
    if (NT_SUCCESS(Status))
        Status = IopBeginRequest(&Service, File, IRP_MJ_SET_INFORMATION, 0, &Request);
    if (Status == STATUS_SUCCESS) {
        Request->Buffering = HostBufferSystem;
        Request->InputBuffer = (ULONG_PTR)Buffer;
        Request->InputLength = Length;
        Request->Parameters[0] = Length;
        Request->Parameters[1] = Class;
        Request->Parameters[2] = Target ? IopFileNumber(Target) : 0;
        Request->Parameters[3] = Replace;
        Status = IopPerformRequest(Request);
    }
    if (Target)
        IopCloseFile(Target);
    if (Status == STATUS_SUCCESS && IopIsRename(Class) && File->RealDevice)
        IopNoteRename(File, (Replace & TRUE) != 0);
    if (Noted)
        IopWithdrawName(Noted);
    if (Status == STATUS_SUCCESS && IopIsDisposition(Class))
        (VOID) IopNoteDisposition(File, Delete != 0);
    return Status;
}

static NTSTATUS IopSetHere(const IOP_SET *Set, PFILE_OBJECT File, const VOID USER *Buffer,
                           IO_STATUS_BLOCK USER *IoStatusBlock)
{
    IOP_SETTING Setting;
    NTSTATUS Status = MmCopyFromUser(&Setting, Buffer, Set->Size);
    if (NT_SUCCESS(Status))
        Status = Set->Set(File, &Setting);
    if (Status != STATUS_SUCCESS)
        return Status;
    return IopAnswerService(IoStatusBlock, Status, 0);
}

NTSTATUS NtSetInformationFile(HANDLE FileHandle, IO_STATUS_BLOCK USER *IoStatusBlock,
                              const VOID USER *Buffer, ULONG Length, FILE_INFORMATION_CLASS Class)
{
    const IOP_SET *Set = IopFindSet((ULONG)Class);
    if (!Set)
        return STATUS_INVALID_INFO_CLASS;
    if (Length < Set->Size)
        return STATUS_INFO_LENGTH_MISMATCH;
    PFILE_OBJECT File;
    NTSTATUS Status = IopProbeStatusBlock(IoStatusBlock);
    if (NT_SUCCESS(Status))
        Status = MmProbeForRead(Buffer, Length, Length < sizeof(ULONG) ? 1 : sizeof(ULONG));
    if (NT_SUCCESS(Status))
        Status = IopReferenceFile(FileHandle, Set->Access, &File, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = Set->Set ? IopSetHere(Set, File, Buffer, IoStatusBlock)
                      : IopSendSet(File, (ULONG)Class, Buffer, Length, IoStatusBlock);
    ObDereferenceObject(File);
    return Status;
}
