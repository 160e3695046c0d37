// Opening: the rest of a name below a device or a file, given to the device as a create request.
#include "iop.h"

// ---- May it be opened?

static NTSTATUS IopCheckDevice(PDEVICE_OBJECT Device)
{
    PDEVICE_OBJECT Top = IopTopOfStack(Device);
    if (Device->Deleted || (Device->Driver && Device->Driver->Unloading) || Top->Failed ||
        ((Device->Flags | Top->Flags) & DO_DEVICE_INITIALIZING))
        return STATUS_NO_SUCH_DEVICE;
    if ((Device->Flags & DO_EXCLUSIVE) && Device->OpenCount)
        return STATUS_ACCESS_DENIED;
    return STATUS_SUCCESS;
}

// The device's own security is for who opens it and not a file on it; and for files too when the device
// does not check them itself (FILE_DEVICE_SECURE_OPEN). Otherwise it must let the name through.
static NTSTATUS IopCheckAccess(PDEVICE_OBJECT Device, PACCESS_STATE AccessState,
                               KPROCESSOR_MODE Mode, BOOLEAN WholeDevice)
{
    if (Mode == KernelMode)
        return STATUS_SUCCESS;
    if ((AccessState->RemainingDesiredAccess & ACCESS_SYSTEM_SECURITY) &&
        !SeSinglePrivilegeCheck(RtlConvertUlongToLuid(SE_SECURITY_PRIVILEGE), Mode))
        return STATUS_PRIVILEGE_NOT_HELD;
    BOOLEAN Secure = WholeDevice || (Device->Characteristics & FILE_DEVICE_SECURE_OPEN);
    if (!Secure && SeTokenHasTraverse(AccessState->Token))
        return STATUS_SUCCESS;
    PSECURITY_DESCRIPTOR Descriptor;
    NTSTATUS Status = ObGetObjectSecurity(Device, &Descriptor);
    if (!NT_SUCCESS(Status))
        return Status;
    ACCESS_MASK Granted = 0;
    BOOLEAN Allowed = SeAccessCheck(Descriptor, AccessState->Token,
                                    Secure ? AccessState->RemainingDesiredAccess : FILE_TRAVERSE,
                                    Secure ? AccessState->PreviouslyGrantedAccess : 0,
                                    ObGetGenericMapping(IoFileObjectType), Mode, &Granted, &Status);
    if (Descriptor)
        ExFreePool(Descriptor);
    if (!Allowed)
        return Status;
    if (Secure) {
        AccessState->PreviouslyGrantedAccess |= Granted;
        AccessState->RemainingDesiredAccess &= ~(Granted | MAXIMUM_ALLOWED);
    }
    return STATUS_SUCCESS;
}

// What the device did not refuse is granted: who has files of its own checks them.
static VOID IopGrant(PACCESS_STATE AccessState)
{
    ACCESS_MASK Remaining = AccessState->RemainingDesiredAccess;
    if (Remaining & MAXIMUM_ALLOWED)
        Remaining |= FILE_ALL_ACCESS;
    AccessState->PreviouslyGrantedAccess |= Remaining & ~(ACCESS_MASK)MAXIMUM_ALLOWED;
    AccessState->RemainingDesiredAccess = 0;
}

// ---- Where it goes

typedef struct _IOP_PLACE {
    PDEVICE_OBJECT Device; // whose name it is
    PDEVICE_OBJECT Target; // referenced: who gets the requests
    ULONG FileFlags;       // FO_*
    BOOLEAN RawVolume;
} IOP_PLACE;

// Who only looks at a device itself need not know what is on it.
static BOOLEAN IopIsDirectOpen(const IOP_OPEN *Open, ACCESS_MASK Access)
{
    constexpr ACCESS_MASK Looking = SYNCHRONIZE | FILE_READ_ATTRIBUTES | READ_CONTROL |
                                    ACCESS_SYSTEM_SECURITY | WRITE_OWNER | WRITE_DAC;
    return !(Access & ~Looking) && Open->MajorFunction == IRP_MJ_CREATE;
}

static NTSTATUS IopFindPlace(PDEVICE_OBJECT Device, const IOP_OPEN *Open, ACCESS_MASK Access,
                             BOOLEAN WholeDevice, IOP_PLACE *Place)
{
    PFILE_OBJECT Related = Open->RelatedFile;
    *Place = (IOP_PLACE){.Device = Device, .Target = Device};
    if (Related) {
        NTSTATUS Status = IopAwaitFile(Related);
        if (Status != STATUS_SUCCESS)
            return Status;
    }
    if (Device->Vpb && Related && Related->RealDevice) {
        Place->Target = Related->Device; // mounted or not: its file system knows
    } else if (Device->Vpb && WholeDevice && IopIsDirectOpen(Open, Access)) {
        Place->FileFlags = FO_DIRECT_DEVICE_OPEN;
    } else if (Device->Vpb) {
        NTSTATUS Status = IopFindVolume(Device, WholeDevice, &Place->Target);
        if (!NT_SUCCESS(Status))
            return Status;
        Place->FileFlags = WholeDevice ? FO_VOLUME_OPEN : 0;
        Place->RawVolume = Place->Target == Device;
        return STATUS_SUCCESS;
    }
    ObReferenceObject(Place->Target);
    return STATUS_SUCCESS;
}

// ---- The file object

static const struct {
    ULONG Option, Flags;
} IopOpenOptions[] = {
    {FILE_SYNCHRONOUS_IO_ALERT, FO_SYNCHRONOUS_IO | FO_ALERTABLE_IO},
    {FILE_SYNCHRONOUS_IO_NONALERT, FO_SYNCHRONOUS_IO},
    {FILE_NO_INTERMEDIATE_BUFFERING, FO_NO_INTERMEDIATE_BUFFERING},
    {FILE_WRITE_THROUGH, FO_WRITE_THROUGH},
    {FILE_SEQUENTIAL_ONLY, FO_SEQUENTIAL_ONLY},
    {FILE_RANDOM_ACCESS, FO_RANDOM_ACCESS},
    {FILE_DELETE_ON_CLOSE, FO_DELETE_ON_CLOSE},
};

static ULONG IopFileFlags(const IOP_OPEN *Open, ULONG Attributes)
{
    ULONG Flags = Attributes & OBJ_CASE_INSENSITIVE ? 0 : FO_OPENED_CASE_SENSITIVE;
    if (Open->FileAttributes & FILE_ATTRIBUTE_TEMPORARY)
        Flags |= FO_TEMPORARY_FILE;
    for (ULONG i = 0; i < RTL_NUMBER_OF(IopOpenOptions); i++) {
        if (Open->Options & IopOpenOptions[i].Option)
            Flags |= IopOpenOptions[i].Flags;
    }
    return Flags;
}

// Target is Device, or the volume that is mounted on it.
static VOID IopSetTarget(PFILE_OBJECT File, PDEVICE_OBJECT Device, PDEVICE_OBJECT Target)
{
    ObReferenceObject(Target);
    File->Device = Target;
    File->Generation = Target->Generation;
    if (Target->Driver)
        Target->Driver->FileCount++;
    if (Target == Device)
        return;
    ObReferenceObject(Device);
    File->RealDevice = Device;
    File->RealGeneration = Device->Generation;
}

static NTSTATUS IopMakeFile(const IOP_PLACE *Place, PCUNICODE_STRING Name, const IOP_OPEN *Open,
                            ULONG Attributes, PFILE_OBJECT *Result)
{
    PFILE_OBJECT File;
    NTSTATUS Status = ObCreateObject(IoFileObjectType, sizeof(FILE_OBJECT), (PVOID *)&File);
    if (!NT_SUCCESS(Status))
        return Status;
    KeInitializeEvent(&File->Event, NotificationEvent, FALSE);
    KeInitializeEvent(&File->LockFree, SynchronizationEvent, FALSE);
    InitializeListHead(&File->RequestListHead);
    InitializeListHead(&File->SameLink);
    File->Flags = IopFileFlags(Open, Attributes) | Place->FileFlags;
    File->RawVolume = Place->RawVolume;
    IopSetTarget(File, Place->Device, Place->Target);
    Status = IopSetFileName(File, Name);
    if (Open->RelatedFile) {
        ObReferenceObject(Open->RelatedFile);
        File->RelatedFile = Open->RelatedFile;
        if (NT_SUCCESS(Status) && File->RealDevice)
            Status = IopSetPath(File, Open->RelatedFile, Name);
    }
    if (NT_SUCCESS(Status))
        *Result = File;
    else
        ObDereferenceObject(File);
    return Status;
}

// A file object that a driver makes for its own use of the cache: it is open, and was never opened.
NTSTATUS IopMakeStreamFile(PDEVICE_OBJECT Device, PFILE_OBJECT *File)
{
    static const IOP_OPEN Open;
    const IOP_PLACE Place = {.Device = Device, .Target = Device};
    UNICODE_STRING Name = {};
    NTSTATUS Status = IopMakeFile(&Place, &Name, &Open, 0, File);
    if (!NT_SUCCESS(Status))
        return Status;
    IopCountOpen(*File);
    (*File)->Flags |= FO_STREAM_FILE | FO_CLEANUP_COMPLETE | FO_FILE_OPEN;
    (*File)->ReadAccess = (*File)->WriteAccess = TRUE;
    return STATUS_SUCCESS;
}

// ---- The request

// Nobody waits any more: the thread that opened it has ended.
static VOID IopOrphanCreate(PIO_REQUEST Request)
{
    PFILE_OBJECT File = Request->File;
    if (NT_SUCCESS(Request->IoStatus.Status))
        File->Flags |= FO_FILE_OPEN; // so that its last reference cleans up and closes
    else
        IopCountClose(File);
}

// What the file is like comes with the answer, if its file system can be asked.
static VOID IopAskWithOpen(PIO_REQUEST Request)
{
    Request->File->Asked = IopNameClock();
    Request->Captured =
        ExAllocatePoolZero(NonPagedPool, sizeof(FILE_NETWORK_OPEN_INFORMATION), 'rcRI');
    if (Request->Captured)
        Request->Flags |= HOST_REQUEST_TELL;
}

static NTSTATUS IopSendCreate(PFILE_OBJECT File, PIOP_OPEN Open, KPROCESSOR_MODE Mode,
                              ULONG Attributes)
{
    PIO_REQUEST Request = IopAllocateRequest(File->Device, File, Open->MajorFunction, 0);
    if (!Request)
        return STATUS_INSUFFICIENT_RESOURCES;
    IopJoinThread(Request);
    if (Mode == KernelMode) {
        Request->RequestorMode = KernelMode;
        Request->Flags |= HOST_REQUEST_KERNEL_MODE;
    }
    File->GrantedAccess = Open->DesiredAccess;
    File->ShareAccess = Open->ShareAccess;
    Request->Open = Open;
    Request->Wait = IopWaitApi;
    Request->Flags |= HOST_REQUEST_SYNCHRONOUS;
    Request->StackFlags = Open->StackFlags;
    if (!(Attributes & OBJ_CASE_INSENSITIVE))
        Request->StackFlags |= SL_CASE_SENSITIVE;
    Request->Parameters[1] = Open->Disposition << 24 | Open->Options;
    Request->Parameters[2] = Open->FileAttributes | (ULONG)Open->ShareAccess << 16;
    Request->Parameters[3] = Open->EaLength;
    if (IopFileMayChange(File, Open))
        Request->Flags |= HOST_REQUEST_TELL;
    if (IopAsksWithOpen(File, Open))
        IopAskWithOpen(Request);

    IopReleaseForOpen(File, Open);
    IopCountOpen(File);
    IopReferenceRequest(Request);
    IopStartRequest(Request);
    Request->Open = nullptr;
    NTSTATUS Status = IopWaitForRequest(Request, FALSE);
    if (Status != STATUS_SUCCESS) {
        Request->Completion = IopOrphanCreate;
    } else {
        Status = Request->IoStatus.Status;
        Open->Information = Request->IoStatus.Information;
        Open->Answered = Request->Told;
        if (Request->Told)
            *Open->Attributes = *(PFILE_NETWORK_OPEN_INFORMATION)Request->Captured;
        if (NT_SUCCESS(Status) && Status != STATUS_REPARSE)
            File->Flags |= FO_FILE_OPEN;
        else
            IopCountClose(File);
        if (File->Flags & FO_FILE_OPEN)
            IopReleaseSame(File, Open);
        if ((File->Flags & FO_FILE_OPEN) && Open->Information == FILE_CREATED)
            IopNoteName(File, IopNameMade, (Open->Options & FILE_DIRECTORY_FILE) != 0, nullptr);
    }
    IopDereferenceRequest(Request);
    return Status;
}

// The device has put another name into the file object: the lookup starts again with it.
static NTSTATUS IopReparse(PFILE_OBJECT File, PUNICODE_STRING CompleteName)
{
    PWCH Buffer = ExAllocatePoolWithTag(PagedPool, File->FileName.Length + sizeof(WCHAR), 'peRI');
    if (!Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    memcpy(Buffer, File->FileName.Buffer, File->FileName.Length);
    ExFreePool(CompleteName->Buffer);
    CompleteName->Buffer = Buffer;
    CompleteName->Length = CompleteName->MaximumLength = File->FileName.Length;
    return STATUS_REPARSE;
}

// ---- For a volume that has come back

NTSTATUS IopOpenOnVolume(PDEVICE_OBJECT Real, PDEVICE_OBJECT Volume, PCUNICODE_STRING Path,
                         PIOP_OPEN Open, PFILE_OBJECT *File)
{
    const IOP_PLACE Place = {.Device = Real, .Target = Volume};
    NTSTATUS Status = IopMakeFile(&Place, Path, Open, OBJ_CASE_INSENSITIVE, File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopSendCreate(*File, Open, KernelMode, OBJ_CASE_INSENSITIVE);
    if (!NT_SUCCESS(Status))
        ObDereferenceObject(*File);
    return Status;
}

static ULONG IopOptionsOf(const FILE_OBJECT *File)
{
    ULONG Options = 0;
    for (ULONG i = 0; i < RTL_NUMBER_OF(IopOpenOptions); i++) {
        if ((File->Flags & IopOpenOptions[i].Flags) == IopOpenOptions[i].Flags)
            Options |= IopOpenOptions[i].Option;
    }
    if (Options & FILE_SYNCHRONOUS_IO_ALERT)
        Options &= ~(ULONG)FILE_SYNCHRONOUS_IO_NONALERT;
    return Options;
}

NTSTATUS IopOpenAgain(PFILE_OBJECT File, PDEVICE_OBJECT Real, PDEVICE_OBJECT Volume)
{
    PDEVICE_OBJECT OldVolume = File->Device, OldReal = File->RealDevice;
    IOP_OPEN Open = {
        .Disposition = FILE_OPEN,
        .Options = IopOptionsOf(File),
        .FileAttributes = FILE_ATTRIBUTE_NORMAL,
        .ShareAccess = File->ShareAccess,
        .DesiredAccess = File->GrantedAccess,
        .MajorFunction = IRP_MJ_CREATE,
    };
    IopCountClose(File);
    IopFileChangesNoMore(File);
    IopLeaveSameFiles(File);
    File->Flags &= ~(ULONG)FO_FILE_OPEN;
    File->FsContext = File->FsContext2 = nullptr;
    File->RealDevice = nullptr;
    IopSetTarget(File, Real, Volume);
    IopLeaveDevice(OldVolume);
    if (OldReal)
        ObDereferenceObject(OldReal);
    ULONG Attributes = File->Flags & FO_OPENED_CASE_SENSITIVE ? 0 : OBJ_CASE_INSENSITIVE;
    NTSTATUS Status = IopSendCreate(File, &Open, KernelMode, Attributes);
    if (!NT_SUCCESS(Status))
        File->Generation--; // its requests fail from now on
    return Status;
}

// ---- Parse routines

static NTSTATUS IopOpened(PFILE_OBJECT File, PACCESS_STATE AccessState, PIOP_OPEN Open,
                          NTSTATUS Status, PVOID *Found)
{
    IopGrant(AccessState);
    Open->Status = Status;
    *Found = File;
    return STATUS_SUCCESS;
}

static NTSTATUS IopOpenOnce(PDEVICE_OBJECT Device, PACCESS_STATE AccessState, KPROCESSOR_MODE Mode,
                            ULONG Attributes, PUNICODE_STRING CompleteName,
                            PUNICODE_STRING RemainingName, PIOP_OPEN Open, PVOID *Found)
{
    PFILE_OBJECT File = nullptr;
    IOP_PLACE Place;
    BOOLEAN WholeDevice = !RemainingName->Length && !Open->RelatedFile;
    BOOLEAN Plain = IopIsPlainOpen(Open, Attributes, Mode);
    NTSTATUS Status = IopFindPlace(Device, Open, Open->DesiredAccess, WholeDevice, &Place);
    if (!NT_SUCCESS(Status))
        return Status;
    if (IopKnowsAttributes(Device, Place.Target, RemainingName, Open, Attributes, &Status)) {
        ObDereferenceObject(Place.Target);
        return Open->Answered ? STATUS_UNSUCCESSFUL : Status;
    }
    if (Plain && !Open->RelatedFile)
        File = IopTakeKept(Device, Place.Target, RemainingName, Open,
                           IopFileFlags(Open, Attributes) | Place.FileFlags);
    if (!File)
        Status = IopMakeFile(&Place, RemainingName, Open, Attributes, &File);
    ObDereferenceObject(Place.Target);
    if (!NT_SUCCESS(Status))
        return Status;
    if (File->Flags & FO_FILE_OPEN) {
        Open->Information = FILE_OPENED;
        return IopOpened(File, AccessState, Open, STATUS_SUCCESS, Found);
    }
    Open->AccessState = AccessState;
    Status = IopSendCreate(File, Open, Mode, Attributes);
    Open->AccessState = nullptr;
    if (File->RelatedFile)
        ObDereferenceObject(File->RelatedFile);
    File->RelatedFile = nullptr;
    IopLearnAttributes(File, Open, Attributes, Status);
    if (Open->Answered) {
        IopCloseFile(File);
        return STATUS_UNSUCCESSFUL;
    }
    if (Status == STATUS_REPARSE && Open->Information != IO_REMOUNT)
        Status = IopReparse(File, CompleteName);
    if (!NT_SUCCESS(Status) || Status == STATUS_REPARSE) {
        ObDereferenceObject(File);
        return Status;
    }
    File->Plain = Plain;
    return IopOpened(File, AccessState, Open, Status, Found);
}

// Files that are kept may be in its way under another name.
static BOOLEAN IopMayTryAgain(PDEVICE_OBJECT Device, const IOP_OPEN *Open, NTSTATUS Status)
{
    if (Status == STATUS_SHARING_VIOLATION)
        return IopReleaseKept(Device, TRUE);
    return (Status == STATUS_REPARSE && Open->Information == IO_REMOUNT) ||
           (Status == STATUS_DEVICE_DOES_NOT_EXIST && IopIsExpected(Device));
}

// A volume that is not what was mounted any more has the open begin once more.
static NTSTATUS IopOpen(PDEVICE_OBJECT Device, PACCESS_STATE AccessState, KPROCESSOR_MODE Mode,
                        ULONG Attributes, PUNICODE_STRING CompleteName,
                        PUNICODE_STRING RemainingName, PIOP_OPEN Open, PVOID *Found)
{
    enum { MaxTries = 4 };
    BOOLEAN WholeDevice = !RemainingName->Length && !Open->RelatedFile;
    NTSTATUS Status = Device->Away ? IopAwaitReturn(&Device) : STATUS_SUCCESS;
    if (NT_SUCCESS(Status))
        Status = IopCheckDevice(Device);
    Open->DesiredAccess =
        AccessState->RemainingDesiredAccess | AccessState->PreviouslyGrantedAccess;
    if (NT_SUCCESS(Status))
        Status = IopCheckAccess(Device, AccessState, Mode, WholeDevice);
    if (!NT_SUCCESS(Status))
        return Status;
    for (ULONG i = 0; i < MaxTries; i++) {
        Open->Information = IO_REPARSE;
        Status = IopOpenOnce(Device, AccessState, Mode, Attributes, CompleteName, RemainingName,
                             Open, Found);
        if (!IopMayTryAgain(Device, Open, Status))
            return Status;
    }
    return STATUS_WRONG_VOLUME;
}

NTSTATUS IopParseDevice(PVOID Object, POBJECT_TYPE Type, PACCESS_STATE AccessState,
                        KPROCESSOR_MODE Mode, ULONG Attributes, PUNICODE_STRING CompleteName,
                        PUNICODE_STRING RemainingName, PVOID Context, PVOID *Found)
{
    if (Type == IoFileObjectType && Context) {
        PIOP_OPEN Open = Context;
        Open->RelatedFile = nullptr;
        return IopOpen(Object, AccessState, Mode, Attributes, CompleteName, RemainingName, Open,
                       Found);
    }
    if (RemainingName->Length || (Type && Type != IoDeviceObjectType))
        return STATUS_OBJECT_TYPE_MISMATCH;
    ObReferenceObject(Object);
    *Found = Object;
    return STATUS_SUCCESS;
}

NTSTATUS IopParseFile(PVOID Object, POBJECT_TYPE Type, PACCESS_STATE AccessState,
                      KPROCESSOR_MODE Mode, ULONG Attributes, PUNICODE_STRING CompleteName,
                      PUNICODE_STRING RemainingName, PVOID Context, PVOID *Found)
{
    PFILE_OBJECT Related = Object;
    if (Type != IoFileObjectType || !Context)
        return STATUS_OBJECT_TYPE_MISMATCH;
    PIOP_OPEN Open = Context;
    Open->RelatedFile = Related;
    PDEVICE_OBJECT Device = Related->RealDevice ? Related->RealDevice : Related->Device;
    return IopOpen(Device, AccessState, Mode, Attributes, CompleteName, RemainingName, Open, Found);
}
