// A file system for tests: one directory of small files in memory, and the file \sectors, which is the device below.
#include <ntifs.h>

#include "layer.h"
#include "testfs.h"

DRIVER_INITIALIZE DriverEntry;

enum { MaxFiles = 32, MaxName = 64, MaxData = 8192 };

typedef struct _FILE_NODE {
    FSRTL_ADVANCED_FCB_HEADER Header; // first
    BOOLEAN Used, DeletePending;
    ULONG Opens;
    WCHAR Name[MaxName]; // with the backslash at its beginning
    USHORT NameLength;   // bytes
    SHARE_ACCESS Share;
    FILE_LOCK Lock;
    ULONG Size;
    UCHAR Data[MaxData];
} FILE_NODE, *PFILE_NODE;

typedef struct _VOLUME {
    PVPB Vpb;
    PDEVICE_OBJECT Target;
    FAST_MUTEX Mutex;
    PNOTIFY_SYNC NotifySync;
    LIST_ENTRY NotifyList;
    PFILE_OBJECT Locker;
    BOOLEAN Dismounted;
    ULONG Opens;
    FILE_NODE Root, Sectors, Whole;
    FILE_NODE Files[MaxFiles];
} VOLUME, *PVOLUME;

// Of a directory's handle: where its listing goes on, and by which names.
typedef struct _LISTING {
    ULONG Next;
    UNICODE_STRING Pattern;
    WCHAR Text[MaxName];
} LISTING, *PLISTING;

static PDEVICE_OBJECT ControlDevice;
static ULONG Mounts;

static PVOLUME VolumeOf(PDEVICE_OBJECT DeviceObject)
{
    return *(PVOLUME *)DeviceObject->DeviceExtension;
}

// ---- Mounting

static NTSTATUS ReadTarget(PDEVICE_OBJECT Target, PVOID Buffer, ULONG Length)
{
    KEVENT Event;
    IO_STATUS_BLOCK Io;
    LARGE_INTEGER Offset = {};
    KeInitializeEvent(&Event, NotificationEvent, FALSE);
    PIRP Irp =
        IoBuildSynchronousFsdRequest(IRP_MJ_READ, Target, Buffer, Length, &Offset, &Event, &Io);
    if (!Irp)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = IoCallDriver(Target, Irp);
    if (Status == STATUS_PENDING)
        KeWaitForSingleObject(&Event, Executive, KernelMode, FALSE, nullptr);
    return Status == STATUS_PENDING ? Io.Status : Status;
}

static VOID SetUpNode(PFILE_NODE Node, PCWSTR Name)
{
    Node->Used = TRUE;
    Node->NameLength = (USHORT)(wcslen(Name) * sizeof(WCHAR));
    RtlCopyMemory(Node->Name, Name, Node->NameLength);
    FsRtlInitializeFileLock(&Node->Lock, nullptr, nullptr);
}

static NTSTATUS MakeVolume(PDRIVER_OBJECT Driver, PVPB Vpb, PDEVICE_OBJECT Target)
{
    static const WCHAR Label[] = L"TESTFS";
    PDEVICE_OBJECT Device;
    PVOLUME Volume = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Volume), 'lVsT');
    if (!Volume)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(Volume, sizeof(*Volume));
    NTSTATUS Status = IoCreateDevice(Driver, sizeof(PVOLUME), nullptr, FILE_DEVICE_DISK_FILE_SYSTEM,
                                     0, FALSE, &Device);
    if (!NT_SUCCESS(Status)) {
        ExFreePool(Volume);
        return Status;
    }
    *(PVOLUME *)Device->DeviceExtension = Volume;
    Volume->Vpb = Vpb;
    Volume->Target = Target;
    ExInitializeFastMutex(&Volume->Mutex);
    FsRtlNotifyInitializeSync(&Volume->NotifySync);
    InitializeListHead(&Volume->NotifyList);
    SetUpNode(&Volume->Root, L"\\");
    SetUpNode(&Volume->Sectors, L"\\sectors");
    Volume->Sectors.Size = TestFsSectors * TestFsSectorSize;
    SetUpNode(&Volume->Whole, L"");
    Device->StackSize = (CCHAR)(Target->StackSize + 1);
    Vpb->DeviceObject = Device;
    Vpb->SerialNumber = 0x12345678;
    Vpb->VolumeLabelLength = sizeof(Label) - sizeof(WCHAR);
    RtlCopyMemory(Vpb->VolumeLabel, Label, sizeof(Label));
    Device->Flags &= ~DO_DEVICE_INITIALIZING;
    Mounts++;
    return STATUS_SUCCESS;
}

static NTSTATUS MountVolume(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PDEVICE_OBJECT Target = Stack->Parameters.MountVolume.DeviceObject;
    PULONG Sector = ExAllocatePoolWithTag(NonPagedPoolNx, TestFsSectorSize, 'csST');
    if (!Sector)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = ReadTarget(Target, Sector, TestFsSectorSize);
    if (NT_SUCCESS(Status) && *Sector != TESTFS_SIGNATURE)
        Status = STATUS_UNRECOGNIZED_VOLUME;
    if (NT_SUCCESS(Status))
        Status = MakeVolume(DeviceObject->DriverObject, Stack->Parameters.MountVolume.Vpb, Target);
    ExFreePool(Sector);
    return Status;
}

// ---- Opening

static PFILE_NODE FindNode(PVOLUME Volume, PCUNICODE_STRING Name)
{
    PFILE_NODE Fixed[] = {&Volume->Root, &Volume->Sectors};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Fixed) + MaxFiles; i++) {
        PFILE_NODE Node =
            i < RTL_NUMBER_OF(Fixed) ? Fixed[i] : &Volume->Files[i - RTL_NUMBER_OF(Fixed)];
        UNICODE_STRING There = {Node->NameLength, Node->NameLength, Node->Name};
        if (Node->Used && RtlEqualUnicodeString(&There, Name, TRUE))
            return Node;
    }
    return nullptr;
}

static VOID Report(PVOLUME Volume, PFILE_NODE Node, ULONG Filter, ULONG Action)
{
    STRING Name = {Node->NameLength, Node->NameLength, (PCHAR)Node->Name};
    FsRtlNotifyFullReportChange(Volume->NotifySync, &Volume->NotifyList, &Name, sizeof(WCHAR),
                                nullptr, nullptr, Filter, Action, nullptr);
}

static PFILE_NODE MakeNode(PVOLUME Volume, PCUNICODE_STRING Name)
{
    for (ULONG i = 0; i < MaxFiles; i++) {
        PFILE_NODE Node = &Volume->Files[i];
        if (Node->Used || Name->Length > sizeof(Node->Name))
            continue;
        RtlZeroMemory(Node, sizeof(*Node));
        Node->Used = TRUE;
        Node->NameLength = Name->Length;
        RtlCopyMemory(Node->Name, Name->Buffer, Name->Length);
        FsRtlInitializeFileLock(&Node->Lock, nullptr, nullptr);
        Report(Volume, Node, FILE_NOTIFY_CHANGE_FILE_NAME, FILE_ACTION_ADDED);
        return Node;
    }
    return nullptr;
}

// A name that is relative to the root's handle has no backslash.
static NTSTATUS WholeName(PFILE_OBJECT File, PWCH Buffer, PUNICODE_STRING Name)
{
    *Name = (UNICODE_STRING){0, MaxName * sizeof(WCHAR), Buffer};
    if (File->RelatedFileObject)
        (VOID) RtlAppendUnicodeToString(Name, L"\\");
    return RtlAppendUnicodeStringToString(Name, &File->FileName);
}

static NTSTATUS OpenNode(PVOLUME Volume, PIRP Irp, PULONG_PTR Information)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PFILE_OBJECT File = Stack->FileObject;
    ULONG Disposition = Stack->Parameters.Create.Options >> 24;
    WCHAR Buffer[MaxName];
    UNICODE_STRING Name;
    if (!NT_SUCCESS(WholeName(File, Buffer, &Name)))
        return STATUS_OBJECT_NAME_INVALID;
    BOOLEAN IsWhole = !Name.Length;
    PFILE_NODE Node = IsWhole ? &Volume->Whole : FindNode(Volume, &Name);
    *Information = FILE_OPENED;
    if (Stack->Flags & SL_OPEN_TARGET_DIRECTORY) {
        *Information = Node ? FILE_EXISTS : FILE_DOES_NOT_EXIST;
        RtlMoveMemory(File->FileName.Buffer, File->FileName.Buffer + 1,
                      File->FileName.Length - sizeof(WCHAR));
        File->FileName.Length -= sizeof(WCHAR);
        Node = &Volume->Root;
    } else if (!Node && Disposition == FILE_OPEN) {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    } else if (Node && Disposition == FILE_CREATE) {
        return STATUS_OBJECT_NAME_COLLISION;
    } else if (!Node) {
        Node = MakeNode(Volume, &Name);
        *Information = FILE_CREATED;
    }
    if (!Node)
        return STATUS_DISK_FULL;
    ACCESS_MASK Access = Stack->Parameters.Create.SecurityContext->DesiredAccess;
    NTSTATUS Status = IoCheckShareAccess(Access, Stack->Parameters.Create.ShareAccess, File,
                                         &Node->Share, Node->Opens != 0);
    if (!NT_SUCCESS(Status))
        return Status;
    if (!Node->Opens)
        IoSetShareAccess(Access, Stack->Parameters.Create.ShareAccess, File, &Node->Share);
    Node->Opens++;
    Volume->Opens++;
    File->FsContext = Node;
    if (Stack->Parameters.Create.Options & FILE_DELETE_ON_CLOSE)
        Node->DeletePending = TRUE;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI FsCreate(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    ULONG_PTR Information = FILE_OPENED;
    if (DeviceObject == ControlDevice)
        return Complete(Irp, STATUS_SUCCESS, FILE_OPENED);
    PVOLUME Volume = VolumeOf(DeviceObject);
    if (Volume->Dismounted)
        return Complete(Irp, STATUS_VOLUME_DISMOUNTED, 0);
    ExAcquireFastMutex(&Volume->Mutex);
    NTSTATUS Status = OpenNode(Volume, Irp, &Information);
    ExReleaseFastMutex(&Volume->Mutex);
    return Complete(Irp, Status, Information);
}

static VOID SetLocked(PVOLUME Volume, PFILE_OBJECT Locker)
{
    KIRQL Irql;
    Volume->Locker = Locker;
    IoAcquireVpbSpinLock(&Irql);
    if (Locker)
        Volume->Vpb->Flags |= VPB_LOCKED;
    else
        Volume->Vpb->Flags &= ~VPB_LOCKED;
    IoReleaseVpbSpinLock(Irql);
}

static NTSTATUS NTAPI FsCleanup(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PFILE_OBJECT File = IoGetCurrentIrpStackLocation(Irp)->FileObject;
    PFILE_NODE Node = File->FsContext;
    if (DeviceObject == ControlDevice || !Node)
        return Complete(Irp, STATUS_SUCCESS, 0);
    PVOLUME Volume = VolumeOf(DeviceObject);
    (VOID) FsRtlFastUnlockAll(&Node->Lock, File, IoGetRequestorProcess(Irp), nullptr);
    FsRtlNotifyCleanup(Volume->NotifySync, &Volume->NotifyList, File);
    ExAcquireFastMutex(&Volume->Mutex);
    IoRemoveShareAccess(File, &Node->Share);
    Volume->Opens--;
    if (!--Node->Opens && Node->DeletePending) {
        Report(Volume, Node, FILE_NOTIFY_CHANGE_FILE_NAME, FILE_ACTION_REMOVED);
        Node->Used = FALSE;
    }
    if (Volume->Locker == File)
        SetLocked(Volume, nullptr);
    File->Flags |= FO_CLEANUP_COMPLETE;
    ExReleaseFastMutex(&Volume->Mutex);
    return Complete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI FsClose(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PFILE_OBJECT File = IoGetCurrentIrpStackLocation(Irp)->FileObject;
    UNREFERENCED_PARAMETER(DeviceObject);
    if (File->FsContext2)
        ExFreePool(File->FsContext2);
    return Complete(Irp, STATUS_SUCCESS, 0);
}

// ---- Data

static NTSTATUS NTAPI SectorsDone(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    PIRP Original = Context;
    UNREFERENCED_PARAMETER(DeviceObject);
    Original->IoStatus = Irp->IoStatus;
    MmUnlockPages(Irp->MdlAddress);
    IoFreeMdl(Irp->MdlAddress);
    IoFreeIrp(Irp);
    IoCompleteRequest(Original, IO_NO_INCREMENT);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

// The caller's pages go to the device as they are.
static NTSTATUS TransferSectors(PVOLUME Volume, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    LARGE_INTEGER Offset = Stack->Parameters.Read.ByteOffset;
    PIRP Below =
        IoBuildAsynchronousFsdRequest(Stack->MajorFunction, Volume->Target, Irp->UserBuffer,
                                      Stack->Parameters.Read.Length, &Offset, nullptr);
    if (!Below)
        return Complete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    IoMarkIrpPending(Irp);
    IoSetCompletionRoutine(Below, SectorsDone, Irp, TRUE, TRUE, TRUE);
    (VOID) IoCallDriver(Volume->Target, Below);
    return STATUS_PENDING;
}

static NTSTATUS Transfer(PFILE_NODE Node, PIRP Irp, PULONG_PTR Information)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    BOOLEAN Write = Stack->MajorFunction == IRP_MJ_WRITE;
    ULONG Length = Stack->Parameters.Read.Length;
    LONGLONG Offset = Stack->Parameters.Read.ByteOffset.QuadPart;
    if (Write && Offset == -1)
        Offset = Node->Size;
    if (Write ? !FsRtlCheckLockForWriteAccess(&Node->Lock, Irp)
              : !FsRtlCheckLockForReadAccess(&Node->Lock, Irp))
        return STATUS_FILE_LOCK_CONFLICT;
    if (Write && (Offset > MaxData || Length > MaxData - Offset))
        return STATUS_DISK_FULL;
    if (!Write && Offset >= Node->Size)
        return STATUS_END_OF_FILE;
    if (!Write)
        Length = min(Length, Node->Size - (ULONG)Offset);
    __try {
        if (Write)
            RtlCopyMemory(Node->Data + Offset, Irp->UserBuffer, Length);
        else
            RtlCopyMemory(Irp->UserBuffer, Node->Data + Offset, Length);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return STATUS_INVALID_USER_BUFFER;
    }
    if (Write)
        Node->Size = max(Node->Size, (ULONG)Offset + Length);
    *Information = Length;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI FsTransfer(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PVOLUME Volume = VolumeOf(DeviceObject);
    PFILE_NODE Node = IoGetCurrentIrpStackLocation(Irp)->FileObject->FsContext;
    ULONG_PTR Information = 0;
    if (Volume->Dismounted)
        return Complete(Irp, STATUS_VOLUME_DISMOUNTED, 0);
    if (Node == &Volume->Sectors || Node == &Volume->Whole)
        return TransferSectors(Volume, Irp);
    NTSTATUS Status = Transfer(Node, Irp, &Information);
    return Complete(Irp, Status, Information);
}

// ---- Information

static NTSTATUS NTAPI FsQueryInformation(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PFILE_NODE Node = Stack->FileObject->FsContext;
    PVOID Buffer = Irp->AssociatedIrp.SystemBuffer;
    UNREFERENCED_PARAMETER(DeviceObject);
    switch (Stack->Parameters.QueryFile.FileInformationClass) {
    case FileStandardInformation:
        *(PFILE_STANDARD_INFORMATION)Buffer = (FILE_STANDARD_INFORMATION){
            .EndOfFile.QuadPart = Node->Size,
            .NumberOfLinks = 1,
            .DeletePending = Node->DeletePending,
            .Directory = Node->NameLength == sizeof(WCHAR),
        };
        return Complete(Irp, STATUS_SUCCESS, sizeof(FILE_STANDARD_INFORMATION));
    case FileBasicInformation:
        *(PFILE_BASIC_INFORMATION)Buffer =
            (FILE_BASIC_INFORMATION){.FileAttributes = FILE_ATTRIBUTE_NORMAL};
        return Complete(Irp, STATUS_SUCCESS, sizeof(FILE_BASIC_INFORMATION));
    case FileNameInformation: {
        PFILE_NAME_INFORMATION Name = Buffer;
        constexpr ULONG Head = FIELD_OFFSET(FILE_NAME_INFORMATION, FileName);
        ULONG Room = Stack->Parameters.QueryFile.Length - Head;
        ULONG Size = min(Room, (ULONG)Node->NameLength);
        Name->FileNameLength = Node->NameLength;
        RtlCopyMemory(Name->FileName, Node->Name, Size);
        return Complete(Irp, Size < Node->NameLength ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS,
                        Head + Size);
    }
    default:
        return Complete(Irp, STATUS_INVALID_PARAMETER, 0);
    }
}

// To a name in the root: that of the target, or the one in the buffer.
static NTSTATUS Rename(PVOLUME Volume, PFILE_NODE Node, PIO_STACK_LOCATION Stack,
                       PFILE_RENAME_INFORMATION Rename)
{
    PFILE_OBJECT Target = Stack->Parameters.SetFile.FileObject;
    UNICODE_STRING New = {(USHORT)Rename->FileNameLength, (USHORT)Rename->FileNameLength,
                          Rename->FileName};
    WCHAR Buffer[MaxName];
    UNICODE_STRING Whole = {0, sizeof(Buffer), Buffer};
    if (Target && Target->FsContext != &Volume->Root)
        return STATUS_INVALID_PARAMETER;
    (VOID) RtlAppendUnicodeToString(&Whole, L"\\");
    if (!NT_SUCCESS(RtlAppendUnicodeStringToString(&Whole, Target ? &Target->FileName : &New)))
        return STATUS_OBJECT_NAME_INVALID;
    PFILE_NODE There = FindNode(Volume, &Whole);
    if (There && There != Node) {
        if (!Stack->Parameters.SetFile.ReplaceIfExists)
            return STATUS_OBJECT_NAME_COLLISION;
        There->Used = FALSE;
    }
    Report(Volume, Node, FILE_NOTIFY_CHANGE_FILE_NAME, FILE_ACTION_RENAMED_OLD_NAME);
    Node->NameLength = Whole.Length;
    RtlCopyMemory(Node->Name, Whole.Buffer, Whole.Length);
    Report(Volume, Node, FILE_NOTIFY_CHANGE_FILE_NAME, FILE_ACTION_RENAMED_NEW_NAME);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI FsSetInformation(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PVOLUME Volume = VolumeOf(DeviceObject);
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PFILE_NODE Node = Stack->FileObject->FsContext;
    PVOID Buffer = Irp->AssociatedIrp.SystemBuffer;
    NTSTATUS Status = STATUS_SUCCESS;
    ExAcquireFastMutex(&Volume->Mutex);
    switch (Stack->Parameters.SetFile.FileInformationClass) {
    case FileDispositionInformation:
        Node->DeletePending = ((PFILE_DISPOSITION_INFORMATION)Buffer)->DeleteFile;
        break;
    case FileEndOfFileInformation:
        Node->Size =
            min((ULONG)((PFILE_END_OF_FILE_INFORMATION)Buffer)->EndOfFile.LowPart, (ULONG)MaxData);
        break;
    case FileRenameInformation:
        Status = Rename(Volume, Node, Stack, Buffer);
        break;
    default:
        Status = STATUS_INVALID_PARAMETER;
    }
    ExReleaseFastMutex(&Volume->Mutex);
    return Complete(Irp, Status, 0);
}

static NTSTATUS NTAPI FsQueryVolume(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PVOLUME Volume = VolumeOf(DeviceObject);
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PFILE_FS_VOLUME_INFORMATION Answer = Irp->AssociatedIrp.SystemBuffer;
    constexpr ULONG Head = FIELD_OFFSET(FILE_FS_VOLUME_INFORMATION, VolumeLabel);
    if (Stack->Parameters.QueryVolume.FsInformationClass != FileFsVolumeInformation)
        return Complete(Irp, STATUS_INVALID_PARAMETER, 0);
    ULONG Size = Volume->Vpb->VolumeLabelLength;
    if (Stack->Parameters.QueryVolume.Length < Head + Size)
        return Complete(Irp, STATUS_BUFFER_OVERFLOW, 0);
    RtlZeroMemory(Answer, Head);
    Answer->VolumeSerialNumber = Volume->Vpb->SerialNumber;
    Answer->VolumeLabelLength = Size;
    RtlCopyMemory(Answer->VolumeLabel, Volume->Vpb->VolumeLabel, Size);
    return Complete(Irp, STATUS_SUCCESS, Head + Size);
}

// ---- Directories

static PLISTING ListingOf(PIO_STACK_LOCATION Stack)
{
    PFILE_OBJECT File = Stack->FileObject;
    PUNICODE_STRING Pattern = Stack->Parameters.QueryDirectory.FileName;
    PLISTING Listing = File->FsContext2;
    if (!Listing) {
        Listing = ExAllocatePoolWithTag(PagedPool, sizeof(*Listing), 'iLsT');
        if (!Listing)
            return nullptr;
        *Listing = (LISTING){.Pattern = {0, sizeof(Listing->Text), Listing->Text}};
        if (Pattern)
            (VOID) RtlUpcaseUnicodeString(&Listing->Pattern, Pattern, FALSE);
        else
            (VOID) RtlAppendUnicodeToString(&Listing->Pattern, L"*");
        File->FsContext2 = Listing;
    }
    if (Stack->Flags & SL_RESTART_SCAN)
        Listing->Next = 0;
    return Listing;
}

// Names alone; as many as there is room for.
static NTSTATUS List(PVOLUME Volume, PIRP Irp, PLISTING Listing, PULONG_PTR Information)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG Length = Stack->Parameters.QueryDirectory.Length;
    PUCHAR Buffer = Irp->UserBuffer;
    PFILE_NAMES_INFORMATION Last = nullptr;
    constexpr ULONG Head = FIELD_OFFSET(FILE_NAMES_INFORMATION, FileName);
    ULONG Used = 0;
    for (; Listing->Next < MaxFiles; Listing->Next++) {
        PFILE_NODE Node = &Volume->Files[Listing->Next];
        UNICODE_STRING Name = {(USHORT)(Node->NameLength - sizeof(WCHAR)),
                               (USHORT)(Node->NameLength - sizeof(WCHAR)), Node->Name + 1};
        if (!Node->Used || !FsRtlIsNameInExpression(&Listing->Pattern, &Name, TRUE, nullptr))
            continue;
        ULONG Start = (Used + 7) & ~7u;
        if (Start + Head + Name.Length > Length)
            return Last ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
        PFILE_NAMES_INFORMATION Entry = (PFILE_NAMES_INFORMATION)(Buffer + Start);
        if (Last)
            Last->NextEntryOffset = (ULONG)((PUCHAR)Entry - (PUCHAR)Last);
        *Entry = (FILE_NAMES_INFORMATION){.FileNameLength = Name.Length};
        RtlCopyMemory(Entry->FileName, Name.Buffer, Name.Length);
        Last = Entry;
        Used = Start + Head + Name.Length;
        *Information = Used;
        if (Stack->Flags & SL_RETURN_SINGLE_ENTRY) {
            Listing->Next++;
            break;
        }
    }
    return Last ? STATUS_SUCCESS : STATUS_NO_MORE_FILES;
}

static NTSTATUS NTAPI FsDirectory(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PVOLUME Volume = VolumeOf(DeviceObject);
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG_PTR Information = 0;
    NTSTATUS Status = STATUS_INVALID_PARAMETER;
    if (Stack->MinorFunction == IRP_MN_NOTIFY_CHANGE_DIRECTORY) {
        STRING Name = {Volume->Root.NameLength, Volume->Root.NameLength, (PCHAR)Volume->Root.Name};
        FsRtlNotifyFullChangeDirectory(Volume->NotifySync, &Volume->NotifyList, Stack->FileObject,
                                       &Name, (Stack->Flags & SL_WATCH_TREE) != 0, FALSE,
                                       Stack->Parameters.NotifyDirectory.CompletionFilter, Irp,
                                       nullptr, nullptr);
        return STATUS_PENDING;
    }
    if (Stack->Parameters.QueryDirectory.FileInformationClass == FileNamesInformation) {
        PLISTING Listing = ListingOf(Stack);
        Status = STATUS_INSUFFICIENT_RESOURCES;
        if (Listing)
            Status = List(Volume, Irp, Listing, &Information);
    }
    return Complete(Irp, Status, Information);
}

static NTSTATUS NTAPI FsLock(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PFILE_NODE Node = IoGetCurrentIrpStackLocation(Irp)->FileObject->FsContext;
    UNREFERENCED_PARAMETER(DeviceObject);
    return FsRtlProcessFileLock(&Node->Lock, Irp, nullptr);
}

// ---- Controls

static NTSTATUS Dismount(PVOLUME Volume)
{
    KIRQL Irql;
    IoAcquireVpbSpinLock(&Irql);
    Volume->Vpb->Flags &= ~(VPB_MOUNTED | VPB_LOCKED);
    Volume->Vpb->DeviceObject = nullptr;
    IoReleaseVpbSpinLock(Irql);
    Volume->Locker = nullptr;
    Volume->Dismounted = TRUE;
    return STATUS_SUCCESS;
}

static NTSTATUS AddOne(PIRP Irp, PIO_STACK_LOCATION Stack, PULONG_PTR Information)
{
    ULONG Length = min(Stack->Parameters.FileSystemControl.InputBufferLength,
                       Stack->Parameters.FileSystemControl.OutputBufferLength);
    PUCHAR In = Stack->Parameters.FileSystemControl.Type3InputBuffer, Out = Irp->UserBuffer;
    for (ULONG i = 0; i < Length; i++)
        Out[i] = (UCHAR)(In[i] + 1);
    *Information = Length;
    return STATUS_SUCCESS;
}

static NTSTATUS UserControl(PVOLUME Volume, PIRP Irp, PULONG_PTR Information)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PFILE_OBJECT File = Stack->FileObject;
    switch (Stack->Parameters.FileSystemControl.FsControlCode) {
    case FSCTL_LOCK_VOLUME:
        if (Volume->Locker || Volume->Opens > 1)
            return STATUS_ACCESS_DENIED;
        SetLocked(Volume, File);
        return STATUS_SUCCESS;
    case FSCTL_UNLOCK_VOLUME:
        if (Volume->Locker != File)
            return STATUS_NOT_LOCKED;
        SetLocked(Volume, nullptr);
        return STATUS_SUCCESS;
    case FSCTL_DISMOUNT_VOLUME:
        return Dismount(Volume);
    case FSCTL_IS_VOLUME_MOUNTED:
        return Volume->Dismounted ? STATUS_VOLUME_DISMOUNTED : STATUS_SUCCESS;
    case FSCTL_TESTFS_MOUNTS:
        *(PULONG)Irp->AssociatedIrp.SystemBuffer = Mounts;
        *Information = sizeof(ULONG);
        return STATUS_SUCCESS;
    case FSCTL_TESTFS_ADD:
        return AddOne(Irp, Stack, Information);
    default:
        return STATUS_INVALID_DEVICE_REQUEST;
    }
}

static NTSTATUS NTAPI FsControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG_PTR Information = 0;
    NTSTATUS Status = STATUS_INVALID_DEVICE_REQUEST;
    if (Stack->MinorFunction == IRP_MN_MOUNT_VOLUME)
        Status = MountVolume(DeviceObject, Irp);
    else if (Stack->MinorFunction == IRP_MN_USER_FS_REQUEST && DeviceObject != ControlDevice)
        Status = UserControl(VolumeOf(DeviceObject), Irp, &Information);
    return Complete(Irp, Status, Information);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\TestFs");
    NTSTATUS Status = IoCreateDevice(DriverObject, 0, &Name, FILE_DEVICE_DISK_FILE_SYSTEM, 0, FALSE,
                                     &ControlDevice);
    if (!NT_SUCCESS(Status))
        return Status;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = FsCreate;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = FsCleanup;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = FsClose;
    DriverObject->MajorFunction[IRP_MJ_READ] = FsTransfer;
    DriverObject->MajorFunction[IRP_MJ_WRITE] = FsTransfer;
    DriverObject->MajorFunction[IRP_MJ_QUERY_INFORMATION] = FsQueryInformation;
    DriverObject->MajorFunction[IRP_MJ_SET_INFORMATION] = FsSetInformation;
    DriverObject->MajorFunction[IRP_MJ_QUERY_VOLUME_INFORMATION] = FsQueryVolume;
    DriverObject->MajorFunction[IRP_MJ_DIRECTORY_CONTROL] = FsDirectory;
    DriverObject->MajorFunction[IRP_MJ_LOCK_CONTROL] = FsLock;
    DriverObject->MajorFunction[IRP_MJ_FILE_SYSTEM_CONTROL] = FsControl;
    IoRegisterFileSystem(ControlDevice);
    return STATUS_SUCCESS;
}
