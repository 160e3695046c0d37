// File objects: their type, their end, their names.
#include "iop.h"

constexpr ULONG IopNameTag = 'mNFI';

POBJECT_TYPE IoFileObjectType;
static IOP_NUMBERS IopFileNumbers;

ULONG IopFileNumber(PFILE_OBJECT File)
{
    if (!File->Number && !NT_SUCCESS(IopAllocateNumber(&IopFileNumbers, File, &File->Number)))
        return 0;
    return File->Number;
}

PFILE_OBJECT IopLookupFile(ULONG Number)
{
    PFILE_OBJECT File = IopLookupNumber(&IopFileNumbers, Number);
    if (File)
        ObReferenceObject(File);
    return File;
}

PFILE_OBJECT IopNextFile(PULONG Index)
{
    return IopNextNumbered(&IopFileNumbers, Index);
}

// ---- Cleanup, when the last handle is gone, and close, when nothing refers to the file any more

static const IOP_OPERATIONS *IopFileOperations(PFILE_OBJECT File)
{
    return IopTopOfStack(File->Device)->Operations;
}

// A request that nobody hears of. No memory for it: the device is never told, which costs its memory only.
static PIO_REQUEST IopFileRequest(PFILE_OBJECT File, UCHAR MajorFunction)
{
    PIO_REQUEST Request = IopAllocateRequest(File->Device, File, MajorFunction, 0);
    if (!Request)
        return nullptr;
    Request->Flags |= HOST_REQUEST_SYNCHRONOUS;
    if (KeGetCurrentThread()) { // byte-range locks are a process's
        ObReferenceObject(PsGetCurrentProcess());
        Request->Process = PsGetCurrentProcess();
    }
    return Request;
}

static VOID IopCleanedUp(PIO_REQUEST Request)
{
    IopFileCleanedUp(Request->File, Request->Told ? Request->Captured : nullptr);
}

// What the file is like afterwards is told with it, if that is of use.
static PIO_REQUEST IopCleanupRequest(PFILE_OBJECT File)
{
    constexpr ULONG Size = sizeof(FILE_NETWORK_OPEN_INFORMATION);
    PIO_REQUEST Request = IopFileRequest(File, IRP_MJ_CLEANUP);
    if (!Request)
        return nullptr;
    Request->Completion = IopCleanedUp;
    if (IopAsksWithCleanup(File))
        Request->Captured = ExAllocatePoolZero(NonPagedPool, Size, IopNameTag);
    if (!Request->Captured)
        return Request;
    Request->Flags |= HOST_REQUEST_TELL;
    Request->Buffering = HostBufferSystem;
    Request->OutputLength = Size;
    return Request;
}

static VOID IopSendCleanup(PVOID Context)
{
    PFILE_OBJECT File = Context;
    PIO_REQUEST Request = IopCleanupRequest(File);
    if (Request)
        IopStartRequest(Request);
    IopForgetLocks(File);
    ObDereferenceObject(File);
}

// The cleanup of an ordinary file of a volume may go along with what is asked of the file system next: the host begins
// nothing that comes behind it before it is done. Where it lets go of what others see by themselves (locks, the lock of a
// volume, requests that wait), or has to reach the medium, it is waited for.
static BOOLEAN IopMayCleanUpLater(PFILE_OBJECT File)
{
    return File->RealDevice && !File->Locked &&
           !(File->Flags & (FO_VOLUME_OPEN | FO_WRITE_THROUGH)) &&
           IsListEmpty(&File->RequestListHead);
}

VOID IopCleanupFile(PFILE_OBJECT File, BOOLEAN MayWait)
{
    if (!(File->Flags & FO_FILE_OPEN) || (File->Flags & FO_CLEANUP_COMPLETE))
        return;
    File->Flags |= FO_CLEANUP_COMPLETE;
    IopDropLocks(File);
    BOOLEAN Deletes = File->DeletePending || (File->Flags & FO_DELETE_ON_CLOSE);
    if (Deletes && !IopNoteDisposition(File, TRUE))
        IopNoteName(File, IopNameDeleted, FALSE, nullptr);
    IopLeaveSameFiles(File);
    if (IopFileOperations(File)->Cleanup) {
        IopFileOperations(File)->Cleanup(File);
        return;
    }
    PIO_REQUEST Request = MayWait ? IopCleanupRequest(File) : nullptr;
    if (!Request) {
        ObReferenceObject(File);
        File->Work = (IOP_WORK){.Routine = IopSendCleanup, .Context = File};
        IopQueueWork(&File->Work);
        return;
    }
    if (IopMayCleanUpLater(File)) {
        Request->Flags |= HOST_REQUEST_QUIET;
        IopStartRequest(Request);
        return;
    }
    IopReferenceRequest(Request);
    IopStartRequest(Request);
    (VOID) IopWaitForRequest(Request, FALSE);
    IopDereferenceRequest(Request);
    IopForgetLocks(File);
}

VOID IopCloseFile(PFILE_OBJECT File)
{
    IopCleanupFile(File, KeGetCurrentThread() && !KeIsTerminating(KeGetCurrentThread()));
    ObDereferenceObject(File);
}

// The reference that keeps the file until the device knows is the request's.
static VOID IopFinishClose(PDEVICE_OBJECT Device)
{
    Device->CloseCount--;
    PnpDeviceClosed();
}

static VOID IopCloseCompleted(PIO_REQUEST Request)
{
    IopFinishClose(Request->File->Device);
}

static VOID IopSendClose(PVOID Context)
{
    PFILE_OBJECT File = Context;
    PIO_REQUEST Request = IopFileRequest(File, IRP_MJ_CLOSE);
    if (Request) {
        Request->Completion = IopCloseCompleted;
        if (File->RealDevice) // a file of a volume; a device may be about to go with its last one
            Request->Flags |= HOST_REQUEST_QUIET;
        IopStartRequest(Request);
    } else {
        IopFinishClose(File->Device);
    }
    ObDereferenceObject(File);
}

// One that was opened and never got a handle is cleaned up here.
static BOOLEAN IopRetireFile(PVOID Object)
{
    PFILE_OBJECT File = Object;
    if (!(File->Flags & FO_FILE_OPEN))
        return FALSE;
    if (!(File->Flags & FO_CLEANUP_COMPLETE)) {
        IopCleanupFile(File, FALSE);
        if (!IopFileOperations(File)->Cleanup) {
            ObDereferenceObject(File); // the cleanup has its own reference
            return TRUE;
        }
    }
    File->Flags &= ~(ULONG)FO_FILE_OPEN;
    IopCountClose(File);
    if (IopFileOperations(File)->Close) {
        IopFileOperations(File)->Close(File);
        return FALSE;
    }
    File->Device->CloseCount++;
    File->Work = (IOP_WORK){.Routine = IopSendClose, .Context = File};
    IopQueueWork(&File->Work);
    return TRUE;
}

VOID IopLeaveDevice(PDEVICE_OBJECT Device)
{
    PDRIVER_OBJECT Driver = Device->Driver;
    if (Driver && --Driver->FileCount == 0 && Driver->Unloading)
        PnpUnloadUnused();
    ObDereferenceObject(Device);
}

static VOID IopDeleteFile(PVOID Object)
{
    PFILE_OBJECT File = Object;
    IopLeaveSameFiles(File);
    if (File->Device)
        IopFileChangesNoMore(File);
    if (File->Number)
        IopFreeNumber(&IopFileNumbers, File->Number);
    if (File->FileName.Buffer)
        ExFreePoolWithTag(File->FileName.Buffer, IopNameTag);
    if (File->Path.Buffer)
        ExFreePoolWithTag(File->Path.Buffer, IopNameTag);
    if (File->CompletionPort)
        ObDereferenceObject(File->CompletionPort);
    if (File->RelatedFile)
        ObDereferenceObject(File->RelatedFile);
    if (File->Stream)
        CcDereferenceStream(File->Stream);
    IopDropLocks(File);
    if (File->Device)
        IopLeaveDevice(File->Device);
    if (File->RealDevice)
        ObDereferenceObject(File->RealDevice);
}

static NTSTATUS IopHandleMade(PVOID Object, PEPROCESS Process, ACCESS_MASK GrantedAccess)
{
    UNREFERENCED_PARAMETER(Process);
    UNREFERENCED_PARAMETER(GrantedAccess);
    ((PFILE_OBJECT)Object)->Flags |= FO_HANDLE_CREATED;
    return STATUS_SUCCESS;
}

// The locks of a process go with its last handle.
static VOID IopReleaseLocks(PFILE_OBJECT File)
{
    PIO_REQUEST Request =
        IopAllocateRequest(File->Device, File, IRP_MJ_LOCK_CONTROL, IRP_MN_UNLOCK_ALL);
    if (!Request)
        return;
    ObReferenceObject(PsGetCurrentProcess());
    Request->Process = PsGetCurrentProcess();
    IopStartRequest(Request);
}

static VOID IopHandleClosed(PEPROCESS Process, PVOID Object, ACCESS_MASK GrantedAccess,
                            ULONG ProcessHandleCount, ULONG SystemHandleCount)
{
    UNREFERENCED_PARAMETER(GrantedAccess);
    PFILE_OBJECT File = Object;
    PETHREAD Thread = KeGetCurrentThread();
    BOOLEAN MayWait = Thread && Thread->Process == Process && !KeIsTerminating(Thread);
    if (ProcessHandleCount == 1 && File->Locked && MayWait)
        IopReleaseLocks(File);
    if (SystemHandleCount == 1 && !IopKeepFile(File, MayWait))
        IopCleanupFile(File, MayWait);
}

// ---- Names

// The name in the device, from who manages it; what it was opened as when that does not say.
static NTSTATUS IopAskName(PFILE_OBJECT File, PFILE_NAME_INFORMATION Name, ULONG Length)
{
    IOP_CALL Call = {
        .MajorFunction = IRP_MJ_QUERY_INFORMATION,
        .File = File,
        .Parameters = {Length, FileNameInformation},
        .Output = Name,
        .OutputLength = Length,
    };
    NTSTATUS Status = STATUS_INVALID_DEVICE_REQUEST;
    if (File->Flags & FO_FILE_OPEN)
        Status = IopCallDevice(File->Device, &Call, nullptr);
    if (NT_SUCCESS(Status) && Name->FileNameLength <= Length - sizeof(*Name))
        return Status;
    if (Status != STATUS_INVALID_DEVICE_REQUEST && Status != STATUS_INVALID_PARAMETER &&
        Status != STATUS_NOT_IMPLEMENTED && Status != STATUS_NOT_SUPPORTED)
        return NT_SUCCESS(Status) ? STATUS_NAME_TOO_LONG : Status;
    if (File->FileName.Length > Length - (ULONG)sizeof(*Name))
        return STATUS_BUFFER_OVERFLOW;
    Name->FileNameLength = File->FileName.Length;
    memcpy(Name->FileName, File->FileName.Buffer, Name->FileNameLength);
    return STATUS_SUCCESS;
}

static NTSTATUS IopComposeName(PFILE_OBJECT File, const FILE_NAME_INFORMATION *Name,
                               POBJECT_NAME_INFORMATION Information, ULONG Length,
                               PULONG ReturnLength)
{
    ULONG DeviceLength;
    PDEVICE_OBJECT Device = File->RealDevice ? File->RealDevice : File->Device;
    NTSTATUS Status = ObQueryNameString(Device, Information, Length, &DeviceLength);
    if (!NT_SUCCESS(Status) && Status != STATUS_BUFFER_OVERFLOW &&
        Status != STATUS_INFO_LENGTH_MISMATCH)
        return Status;
    // Without the terminator of the device's name, and with one behind the whole.
    ULONG Prefix = DeviceLength > sizeof(*Information)
                       ? DeviceLength - (ULONG)sizeof(*Information) - (ULONG)sizeof(WCHAR)
                       : 0;
    ULONG Whole = Prefix + Name->FileNameLength;
    if (Whole > UNICODE_STRING_MAX_BYTES - sizeof(WCHAR))
        return STATUS_NAME_TOO_LONG;
    *ReturnLength = (ULONG)sizeof(*Information) + Whole + (ULONG)sizeof(WCHAR);
    if (Length < sizeof(*Information))
        return STATUS_INFO_LENGTH_MISMATCH;
    if (Length < *ReturnLength)
        return STATUS_BUFFER_OVERFLOW;
    PWCH Buffer = (PWCH)(Information + 1);
    memcpy((PUCHAR)Buffer + Prefix, Name->FileName, Name->FileNameLength);
    Buffer[Whole / sizeof(WCHAR)] = UNICODE_NULL;
    Information->Name = (UNICODE_STRING){(USHORT)Whole, (USHORT)(Whole + sizeof(WCHAR)), Buffer};
    return STATUS_SUCCESS;
}

static NTSTATUS IopQueryFileName(PVOID Object, BOOLEAN HasName,
                                 POBJECT_NAME_INFORMATION Information, ULONG Length,
                                 PULONG ReturnLength)
{
    UNREFERENCED_PARAMETER(HasName);
    constexpr ULONG Usual = 512, Longest = sizeof(FILE_NAME_INFORMATION) + UNICODE_STRING_MAX_BYTES;
    NTSTATUS Status = STATUS_BUFFER_OVERFLOW;
    // Most names are short, and large blocks of pool are pages that must be found and mapped.
    for (ULONG Size = Usual; Status == STATUS_BUFFER_OVERFLOW; Size = Longest) {
        PFILE_NAME_INFORMATION Name = ExAllocatePoolWithTag(PagedPool, Size, IopNameTag);
        if (!Name)
            return STATUS_INSUFFICIENT_RESOURCES;
        Status = IopAskName(Object, Name, Size);
        BOOLEAN Fits = NT_SUCCESS(Status);
        if (Fits)
            Status = IopComposeName(Object, Name, Information, Length, ReturnLength);
        ExFreePoolWithTag(Name, IopNameTag);
        if (Fits || Size == Longest)
            break;
    }
    return Status;
}

NTSTATUS IopSetFileName(PFILE_OBJECT File, PCUNICODE_STRING Name)
{
    PWCH Buffer = nullptr;
    if (Name->Length) {
        Buffer = ExAllocatePoolWithTag(PagedPool, Name->Length, IopNameTag);
        if (!Buffer)
            return STATUS_INSUFFICIENT_RESOURCES;
        memcpy(Buffer, Name->Buffer, Name->Length);
    }
    if (File->FileName.Buffer)
        ExFreePoolWithTag(File->FileName.Buffer, IopNameTag);
    File->FileName = (UNICODE_STRING){Name->Length, Name->Length, Buffer};
    return STATUS_SUCCESS;
}

// ---- Paths on the volume

const UNICODE_STRING *IopFilePath(const FILE_OBJECT *File)
{
    return File->Path.Length ? &File->Path : &File->FileName;
}

// Two names, one behind the other.
static NTSTATUS IopJoin(PCUNICODE_STRING First, PCUNICODE_STRING Second, PUNICODE_STRING Path)
{
    static const UNICODE_STRING Separator = RTL_CONSTANT_STRING(L"\\");
    ULONG Length = First->Length + sizeof(WCHAR) + Second->Length;
    if (Length > UNICODE_STRING_MAX_BYTES)
        return STATUS_NAME_TOO_LONG;
    *Path = (UNICODE_STRING){.MaximumLength = (USHORT)Length,
                             .Buffer = ExAllocatePoolWithTag(PagedPool, Length, IopNameTag)};
    if (!Path->Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlAppendUnicodeStringToString(Path, First);
    BOOLEAN Ends = First->Length && First->Buffer[First->Length / sizeof(WCHAR) - 1] == L'\\';
    if (!Ends && Second->Length && Second->Buffer[0] != L'\\')
        RtlAppendUnicodeStringToString(Path, &Separator);
    RtlAppendUnicodeStringToString(Path, Second);
    return STATUS_SUCCESS;
}

static VOID IopReplacePath(PFILE_OBJECT File, PCUNICODE_STRING Path)
{
    if (File->Path.Buffer)
        ExFreePoolWithTag(File->Path.Buffer, IopNameTag);
    File->Path = *Path;
}

NTSTATUS IopSetPath(PFILE_OBJECT File, PFILE_OBJECT Directory, PCUNICODE_STRING Name)
{
    UNICODE_STRING Path;
    NTSTATUS Status = IopJoin(IopFilePath(Directory), Name, &Path);
    if (NT_SUCCESS(Status))
        IopReplacePath(File, &Path);
    return Status;
}

NTSTATUS IoCopyFilePath(PFILE_OBJECT File, PUNICODE_STRING Path)
{
    static const UNICODE_STRING Nothing = {};
    const UNICODE_STRING *Own = IopFilePath(File);
    if (!Own->Length || Own->Buffer[0] != L'\\')
        return STATUS_OBJECT_NAME_INVALID;
    return IopJoin(Own, &Nothing, Path);
}

// The file system knows the new name; others have been opened under the old one, or below it. Where there is no memory, a
// file keeps the path that it had.
VOID IopNoteRename(PFILE_OBJECT File, BOOLEAN Replaces)
{
    constexpr ULONG Room = 2048;
    UNICODE_STRING Old, New, Path;
    ULONG Index = 0;
    PFILE_OBJECT Other;
    PFILE_NAME_INFORMATION Name = ExAllocatePoolWithTag(PagedPool, Room, IopNameTag);
    if (!Name || !NT_SUCCESS(IopAskName(File, Name, Room)) ||
        !NT_SUCCESS(IoCopyFilePath(File, &Old))) {
        if (Name)
            ExFreePoolWithTag(Name, IopNameTag);
        return;
    }
    New = (UNICODE_STRING){(USHORT)Name->FileNameLength, (USHORT)Name->FileNameLength,
                           Name->FileName};
    IopNoteName(File, IopNameChanged, Replaces, &New);
    while ((Other = IopNextFile(&Index)) != nullptr) {
        UNICODE_STRING Rest = *IopFilePath(Other);
        if (Other->Device != File->Device || !RtlPrefixUnicodeString(&Old, &Rest, TRUE))
            continue;
        Rest.Buffer += Old.Length / sizeof(WCHAR);
        Rest.Length -= Old.Length;
        if ((!Rest.Length || Rest.Buffer[0] == L'\\') && NT_SUCCESS(IopJoin(&New, &Rest, &Path)))
            IopReplacePath(Other, &Path);
    }
    ExFreePoolWithTag(Old.Buffer, IopNameTag);
    ExFreePoolWithTag(Name, IopNameTag);
}

// The host may end while it does this: then nobody knows whether it has happened, and a fresh one does it if it has not.
ULONG64 IopNoteRenaming(PFILE_OBJECT File, PFILE_OBJECT Target, PCUNICODE_STRING Name,
                        BOOLEAN Replaces)
{
    UNICODE_STRING New, Directory = *IopFilePath(File);
    while (Directory.Length && Directory.Buffer[Directory.Length / sizeof(WCHAR) - 1] != L'\\')
        Directory.Length -= sizeof(WCHAR);
    NTSTATUS Status = Target ? IoCopyFilePath(Target, &New) : IopJoin(&Directory, Name, &New);
    if (!NT_SUCCESS(Status))
        return 0;
    ULONG64 Number = IopNoteName(File, IopNameChanged, Replaces, &New);
    ExFreePoolWithTag(New.Buffer, IopNameTag);
    return Number;
}

// ---- The type

NTSTATUS IopInitFiles(VOID)
{
    static const OBJECT_TYPE_INITIALIZER Initializer = {
        .Name = L"File",
        .BodySize = sizeof(FILE_OBJECT),
        .GenericMapping = {FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE,
                           FILE_ALL_ACCESS},
        .ValidAccess = FILE_ALL_ACCESS,
        .InvalidAttributes = OBJ_PERMANENT | OBJ_EXCLUSIVE | OBJ_OPENLINK,
        .Waitable = TRUE,
        .MaintainHandleCount = TRUE,
        .Delete = IopDeleteFile,
        .Retire = IopRetireFile,
        .Open = IopHandleMade,
        .Close = IopHandleClosed,
        .Parse = IopParseFile,
        .QueryName = IopQueryFileName,
        .QuerySecurity = IopQueryFileSecurity,
        .SetSecurity = IopSetFileSecurity,
    };
    IopInitSameFiles();
    IopInitKeptFiles();
    return ObCreateObjectType(&Initializer, &IoFileObjectType);
}
