// Volumes whose file system's host has ended. When the file system is there again, the volume is mounted before anybody opens
// something on it; the cache's streams that have data to be written, or are mapped, become those of the same files there; and the
// files that programs have open are opened again, for the same file objects. Who uses them meanwhile waits. They get
// the locks that they had, and are deleted with their last handle if they were to be.
#include "away.h"

#include "pnp/pnpddi.h"

PVOID IoFileVolume(PFILE_OBJECT File)
{
    PIOP_AWAY Away = File->Device->Away;
    return Away && Away->Kind == IopFileSystemAway ? Away : nullptr;
}

// ---- The host ends

// Where its disk is, or was before that went too.
static PCWSTR IopDiskOf(PDEVICE_OBJECT Volume, PULONG SerialNumber)
{
    PDEVICE_OBJECT Real = Volume->MountedOn;
    if (Real) {
        *SerialNumber = Real->Vpb->SerialNumber;
        return PnpInstancePath(Real);
    }
    PIOP_AWAY Disk = IopFindAway(Volume);
    if (!Disk || !IopIsPending(Disk))
        return nullptr;
    *SerialNumber = Disk->SerialNumber;
    return Disk->InstancePath;
}

VOID IopFileSystemGoes(PDEVICE_OBJECT Volume)
{
    ULONG SerialNumber;
    PCWSTR Path = IopDiskOf(Volume, &SerialNumber);
    PIOP_AWAY Away = Path ? IopMakeAway(IopFileSystemAway, Volume, Path) : nullptr;
    if (!Away)
        return;
    Away->SerialNumber = SerialNumber;
    IopKeepNewNames(Away);
}

VOID IopFileSystemLost(PIOP_AWAY Away)
{
    CcVolumeLost(Away);
    IopForgetAway(Away);
}

// ---- Waiting

static PIOP_AWAY IopFindExpected(PDEVICE_OBJECT Real)
{
    PCWSTR Path = nullptr;
    for (PLIST_ENTRY Link = IopAways.Flink; Link != &IopAways; Link = Link->Flink) {
        PIOP_AWAY Away = CONTAINING_RECORD(Link, IOP_AWAY, Link);
        if (Away->Kind != IopFileSystemAway || !IopIsPending(Away))
            continue;
        if (!Path && (Path = PnpInstancePath(Real)) == nullptr)
            return nullptr;
        if (_wcsicmp(Away->InstancePath, Path) == 0)
            return Away;
    }
    return nullptr;
}

BOOLEAN IopIsExpected(PDEVICE_OBJECT Real)
{
    return IopFindExpected(Real) != nullptr;
}

NTSTATUS IopAwaitExpected(PDEVICE_OBJECT Real)
{
    NTSTATUS Status = STATUS_SUCCESS;
    PIOP_AWAY Away;
    while (Status == STATUS_SUCCESS && (Away = IopFindExpected(Real)) != nullptr)
        Status = IopAwaitSettled(Away);
    return Status;
}

// A file is not used until its file system has it again, or will not have it.
NTSTATUS IopAwaitFile(PFILE_OBJECT File)
{
    PIOP_AWAY Away = File->Device->Away;
    BOOLEAN Waits = Away && Away->Kind == IopFileSystemAway && IopIsPending(Away);
    return Waits ? IopAwaitSettled(Away) : STATUS_SUCCESS;
}

// ---- Files of the cache

typedef struct _IOP_RETURN {
    PDEVICE_OBJECT Real, Volume;
} IOP_RETURN;

static NTSTATUS IopCreateOn(const IOP_RETURN *Return, PCUNICODE_STRING Path, ULONG Disposition,
                            ULONG Options, PFILE_OBJECT *File)
{
    IOP_OPEN Open = {
        .Disposition = Disposition,
        .Options = Options,
        .FileAttributes = FILE_ATTRIBUTE_NORMAL,
        .ShareAccess = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
        .DesiredAccess = FILE_READ_ATTRIBUTES | SYNCHRONIZE,
        .MajorFunction = IRP_MJ_CREATE,
    };
    return IopOpenOnVolume(Return->Real, Return->Volume, Path, &Open, File);
}

// Directories that had not reached the disk yet.
static VOID IopMakeDirectories(const IOP_RETURN *Return, PCUNICODE_STRING Path)
{
    for (ULONG i = 1; i < Path->Length / sizeof(WCHAR); i++) {
        UNICODE_STRING Part = {(USHORT)(i * sizeof(WCHAR)), (USHORT)(i * sizeof(WCHAR)),
                               Path->Buffer};
        PFILE_OBJECT File;
        if (Path->Buffer[i] == OBJ_NAME_PATH_SEPARATOR &&
            NT_SUCCESS(IopCreateOn(Return, &Part, FILE_OPEN_IF, FILE_DIRECTORY_FILE, &File)))
            IopCloseFile(File);
    }
}

static NTSTATUS IopSizeFile(PFILE_OBJECT File, ULONG64 Size)
{
    ULONG64 Now;
    NTSTATUS Status = IoQueryFileSize(File, &Now);
    return NT_SUCCESS(Status) && Now != Size ? IoSetFileSize(File, Size) : Status;
}

static NTSTATUS IopReopen(PVOID Context, PCUNICODE_STRING Path, ULONG64 Size, BOOLEAN MayCreate,
                          CC_HOME *Home)
{
    const IOP_RETURN *Return = Context;
    ULONG Disposition = MayCreate ? FILE_OPEN_IF : FILE_OPEN;
    PFILE_OBJECT File;
    NTSTATUS Status = IopCreateOn(Return, Path, Disposition, FILE_NON_DIRECTORY_FILE, &File);
    if (Status == STATUS_OBJECT_PATH_NOT_FOUND && MayCreate) {
        IopMakeDirectories(Return, Path);
        Status = IopCreateOn(Return, Path, Disposition, FILE_NON_DIRECTORY_FILE, &File);
    }
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopSizeFile(File, Size);
    *Home = (CC_HOME){.File = File, .Owner = IopFileHost(File), .Key = File->SectionKey};
    if (NT_SUCCESS(Status) && (!Home->Owner || !Home->Key))
        Status = STATUS_NOT_SUPPORTED;
    IopCleanupFile(File, TRUE);
    if (!NT_SUCCESS(Status))
        ObDereferenceObject(File);
    return Status;
}

// ---- Names that the disk may not have yet

static NTSTATUS IopMakeName(PVOID Context, PCUNICODE_STRING Path, BOOLEAN Directory)
{
    PFILE_OBJECT File;
    ULONG Options = Directory ? FILE_DIRECTORY_FILE : FILE_NON_DIRECTORY_FILE;
    NTSTATUS Status = IopCreateOn(Context, Path, FILE_OPEN_IF, Options, &File);
    if (NT_SUCCESS(Status))
        IopCloseFile(File);
    return Status;
}

// By its last part, in a directory that is open as a target.
static NTSTATUS IopSendRename(PFILE_OBJECT File, PFILE_OBJECT Target, PCUNICODE_STRING NewPath,
                              BOOLEAN Replace)
{
    ULONG Length = (ULONG)sizeof(FILE_RENAME_INFORMATION) + NewPath->Length;
    PFILE_RENAME_INFORMATION Rename = ExAllocatePoolZero(PagedPool, Length, 'wAoI');
    if (!Rename)
        return STATUS_INSUFFICIENT_RESOURCES;
    Rename->ReplaceIfExists = Replace;
    Rename->FileNameLength = NewPath->Length;
    memcpy(Rename->FileName, NewPath->Buffer, NewPath->Length);
    IOP_CALL Call = {
        .MajorFunction = IRP_MJ_SET_INFORMATION,
        .File = File,
        .Parameters = {Length, FileRenameInformation, IopFileNumber(Target), Replace},
        .Input = Rename,
        .InputLength = Length,
    };
    NTSTATUS Status = IopCallDevice(File->Device, &Call, nullptr);
    ExFreePool(Rename);
    return Status;
}

static VOID IopRenameName(PVOID Context, PCUNICODE_STRING Path, PCUNICODE_STRING NewPath,
                          BOOLEAN Replace)
{
    const IOP_RETURN *Return = Context;
    IOP_OPEN Open = {
        .Disposition = FILE_OPEN,
        .ShareAccess = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
        .DesiredAccess = DELETE | SYNCHRONIZE,
        .MajorFunction = IRP_MJ_CREATE,
    };
    PFILE_OBJECT File, Target;
    if (!NT_SUCCESS(IopOpenOnVolume(Return->Real, Return->Volume, Path, &Open, &File)))
        return; // the disk has it already
    Open.StackFlags = SL_OPEN_TARGET_DIRECTORY;
    Open.DesiredAccess = FILE_WRITE_DATA | SYNCHRONIZE;
    if (NT_SUCCESS(IopOpenOnVolume(Return->Real, Return->Volume, NewPath, &Open, &Target))) {
        if (NT_SUCCESS(IopSendRename(File, Target, NewPath, Replace)))
            IopNoteRename(File, Replace);
        IopCloseFile(Target);
    }
    IopCloseFile(File);
}

// One that somebody has open goes with the last of these.
static VOID IopDeleteName(PVOID Context, PCUNICODE_STRING Path)
{
    const IOP_RETURN *Return = Context;
    IOP_OPEN Open = {
        .Disposition = FILE_OPEN,
        .Options = FILE_DELETE_ON_CLOSE,
        .ShareAccess = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
        .DesiredAccess = DELETE | SYNCHRONIZE,
        .MajorFunction = IRP_MJ_CREATE,
    };
    PFILE_OBJECT File;
    if (NT_SUCCESS(IopOpenOnVolume(Return->Real, Return->Volume, Path, &Open, &File)))
        IopCloseFile(File);
}

// ---- Files of programs

static BOOLEAN IopMayRevive(const FILE_OBJECT *File)
{
    return (File->Flags & FO_FILE_OPEN) && !(File->Flags & (FO_CLEANUP_COMPLETE | FO_STREAM_FILE));
}

static NTSTATUS IopReviveFile(PFILE_OBJECT File, const IOP_RETURN *Return)
{
    UNICODE_STRING Path;
    NTSTATUS Status = IoCopyFilePath(File, &Path);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopSetFileName(File, &Path);
    ExFreePool(Path.Buffer);
    if (!NT_SUCCESS(Status))
        return Status;
    if (File->Stream)
        CcDereferenceStream(File->Stream);
    File->Stream = nullptr;
    File->SectionKey = 0;
    File->Cached = File->Written = FALSE;
    Status = IopOpenAgain(File, Return->Real, Return->Volume);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopRestoreLocks(File);
    if (!NT_SUCCESS(Status)) {
        IopCleanupFile(File, TRUE);
        File->Generation--; // its requests fail from now on
    }
    return Status;
}

static VOID IopTryRevive(PFILE_OBJECT File, const IOP_RETURN *Return)
{
    ObReferenceObject(File);
    NTSTATUS Status = IopReviveFile(File, Return);
    if (!NT_SUCCESS(Status))
        DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL, "io: a program loses %wZ: 0x%08lX\n",
                   &File->FileName, (ULONG)Status);
    ObDereferenceObject(File);
}

static VOID IopReviveThose(const IOP_AWAY *Away, const IOP_RETURN *Return, BOOLEAN Locked)
{
    ULONG Index = 0;
    PFILE_OBJECT File;
    while ((File = IopNextFile(&Index)) != nullptr) {
        if (File->Device == Away->Device && IopMayRevive(File) && File->Locked == Locked)
            IopTryRevive(File, Return);
    }
}

// Those that have locks come first: what others ask for meets these. That one is to be deleted is said when all who had it
// open have it again.
static VOID IopReviveFiles(const IOP_AWAY *Away, const IOP_RETURN *Return)
{
    ULONG Index = 0;
    PFILE_OBJECT File;
    IopReviveThose(Away, Return, TRUE);
    IopReviveThose(Away, Return, FALSE);
    while ((File = IopNextFile(&Index)) != nullptr) {
        if (File->Device != Return->Volume || !IopMayRevive(File))
            continue;
        ObReferenceObject(File);
        (VOID) IopRestoreDisposition(File);
        ObDereferenceObject(File);
    }
}

// ---- It is there again

// It is not given up meanwhile: what was kept for it is in use.
static VOID IopBringBack(PIOP_AWAY Away, PDEVICE_OBJECT Real, PDEVICE_OBJECT Volume)
{
    IOP_RETURN Return = {Real, Volume};
    const IOP_NAME_MAKER Maker = {&Return, IopMakeName, IopRenameName, IopDeleteName};
    (VOID) KeCancelTimer(&Away->Timer);
    IopRepeatNames(Away, Volume, &Maker);
    CcVolumeReturned(Away, IopReopen, &Return);
    if (Volume->Failed) { // and gone again: those that did not come through are lost
        IopLimitWait(Away);
        return;
    }
    IopReviveFiles(Away, &Return);
    ObReferenceObject(Volume);
    Away->Back = Volume;
    DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_INFO_LEVEL,
               "io: the file system of the volume with serial number %08lX is there again\n",
               Away->SerialNumber);
    IopForgetAway(Away);
}

static VOID IopTryOnce(PIOP_AWAY Away)
{
    PDEVICE_OBJECT Volume, Real = PnpReferencePhysicalDevice(Away->InstancePath);
    if (!Real)
        return;
    NTSTATUS Status =
        Real->Vpb && !Real->Away ? IopMountExpected(Real, &Volume) : STATUS_NO_SUCH_DEVICE;
    if (NT_SUCCESS(Status)) {
        if (IopIsPending(Away) && Real->Vpb->SerialNumber == Away->SerialNumber)
            IopBringBack(Away, Real, Volume);
        ObDereferenceObject(Volume);
    }
    ObDereferenceObject(Real);
}

static VOID IopTry(PVOID Context)
{
    PIOP_AWAY Away = Context;
    do {
        Away->TryAgain = FALSE;
        if (IopIsPending(Away))
            IopTryOnce(Away);
    } while (Away->TryAgain && IopIsPending(Away));
    Away->Trying = FALSE;
    IopDereferenceAway(Away);
}

// A file system or a disk has come.
VOID IopTryReturns(VOID)
{
    for (PLIST_ENTRY Link = IopAways.Flink; Link != &IopAways; Link = Link->Flink) {
        PIOP_AWAY Away = CONTAINING_RECORD(Link, IOP_AWAY, Link);
        if (Away->Kind != IopFileSystemAway || !IopIsPending(Away))
            continue;
        Away->TryAgain = TRUE;
        if (Away->Trying)
            continue;
        Away->Trying = TRUE;
        Away->References++;
        Away->TryWork = (IOP_WORK){.Routine = IopTry, .Context = Away};
        IopQueueWork(&Away->TryWork);
    }
}
