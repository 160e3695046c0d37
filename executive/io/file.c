// File objects, and the two devices that there are before there are drivers.
#include "ioboot.h"

constexpr ULONG IopTag = 'liFI';

POBJECT_TYPE IoFileObjectType, IoDeviceObjectType;

static VOID IopDeleteFile(PVOID Object)
{
    PFILE_OBJECT File = Object;
    if (File->Path.Buffer)
        ExFreePool(File->Path.Buffer);
    if (File->Pattern.Buffer)
        ExFreePool(File->Pattern.Buffer);
    if (File->Device)
        ObDereferenceObject(File->Device);
}

static NTSTATUS IopQueryFileName(PVOID Object, BOOLEAN HasName,
                                 POBJECT_NAME_INFORMATION Information, ULONG Length,
                                 PULONG ReturnLength)
{
    UNREFERENCED_PARAMETER(HasName);
    PFILE_OBJECT File = Object;
    PUNICODE_STRING Device = &File->Device->Name;
    ULONG NameLength = (ULONG)Device->Length + File->Path.Length;
    ULONG Whole = sizeof(*Information) + NameLength + sizeof(WCHAR);
    *ReturnLength = Whole;
    if (Length < Whole)
        return STATUS_INFO_LENGTH_MISMATCH;
    PWCH Buffer = (PWCH)(Information + 1);
    memcpy(Buffer, Device->Buffer, Device->Length);
    memcpy((PUCHAR)Buffer + Device->Length, File->Path.Buffer, File->Path.Length);
    Buffer[NameLength / sizeof(WCHAR)] = 0;
    Information->Name =
        (UNICODE_STRING){(USHORT)NameLength, (USHORT)(NameLength + sizeof(WCHAR)), Buffer};
    return STATUS_SUCCESS;
}

static NTSTATUS IopCopyPath(PFILE_OBJECT File, PCUNICODE_STRING Path)
{
    if (Path->Length == 0)
        return STATUS_SUCCESS;
    File->Path.Buffer = ExAllocatePoolWithTag(PagedPool, Path->Length, IopTag);
    if (!File->Path.Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    memcpy(File->Path.Buffer, Path->Buffer, Path->Length);
    File->Path.Length = File->Path.MaximumLength = Path->Length;
    return STATUS_SUCCESS;
}

// The archive can be read, and nothing else.
static NTSTATUS IopCheckOpen(const FILE_OBJECT *File, const IOP_OPEN *Open, BOOLEAN Exists)
{
    if (Open->Disposition == FILE_CREATE)
        return Exists ? STATUS_OBJECT_NAME_COLLISION : STATUS_MEDIA_WRITE_PROTECTED;
    if (Open->Disposition != FILE_OPEN && Open->Disposition != FILE_OPEN_IF)
        return STATUS_MEDIA_WRITE_PROTECTED;
    if ((Open->Options & FILE_DIRECTORY_FILE) && !File->Directory)
        return STATUS_NOT_A_DIRECTORY;
    if ((Open->Options & FILE_NON_DIRECTORY_FILE) && File->Directory)
        return STATUS_FILE_IS_A_DIRECTORY;
    return Open->Options & FILE_DELETE_ON_CLOSE ? STATUS_CANNOT_DELETE : STATUS_SUCCESS;
}

static NTSTATUS IopOpenInVolume(PFILE_OBJECT File, PCUNICODE_STRING Remaining, PIOP_OPEN Open)
{
    UNICODE_STRING Path = *Remaining;
    while (Path.Length && Path.Buffer[Path.Length / sizeof(WCHAR) - 1] == L'\\')
        Path.Length -= sizeof(WCHAR);
    NTSTATUS Status = IopFindInVolume(&Path, &File->Directory, &File->Data, &File->Size);
    if (Status == STATUS_OBJECT_NAME_NOT_FOUND && Open->Disposition != FILE_OPEN)
        return STATUS_MEDIA_WRITE_PROTECTED;
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopCheckOpen(File, Open, TRUE);
    return NT_SUCCESS(Status) ? IopCopyPath(File, &Path) : Status;
}

static NTSTATUS IopParseDevice(PVOID Object, POBJECT_TYPE Type, PACCESS_STATE AccessState,
                               KPROCESSOR_MODE Mode, ULONG Attributes, PUNICODE_STRING CompleteName,
                               PUNICODE_STRING RemainingName, PVOID Context, PVOID *Found)
{
    UNREFERENCED_PARAMETER(Type);
    UNREFERENCED_PARAMETER(Mode);
    UNREFERENCED_PARAMETER(Attributes);
    UNREFERENCED_PARAMETER(CompleteName);
    constexpr ACCESS_MASK Changes = FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_WRITE_EA |
                                    FILE_DELETE_CHILD | FILE_WRITE_ATTRIBUTES | DELETE | WRITE_DAC |
                                    WRITE_OWNER;
    PDEVICE_OBJECT Device = Object;
    IOP_OPEN Default = {.Disposition = FILE_OPEN};
    PIOP_OPEN Open = Context ? Context : &Default;
    PFILE_OBJECT File;
    NTSTATUS Status = ObCreateObject(IoFileObjectType, sizeof(FILE_OBJECT), (PVOID *)&File);
    if (!NT_SUCCESS(Status))
        return Status;
    KeInitializeEvent(&File->Event, NotificationEvent, TRUE);
    ObReferenceObject(Device);
    File->Device = Device;
    File->Synchronous =
        (Open->Options & (FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT)) != 0;
    if (Device->Kind == IopVolumeDevice) {
        if (AccessState->RemainingDesiredAccess & Changes)
            Status = STATUS_MEDIA_WRITE_PROTECTED;
        else
            Status = IopOpenInVolume(File, RemainingName, Open);
    } else if (RemainingName->Length) {
        Status = STATUS_OBJECT_NAME_NOT_FOUND;
    }
    if (!NT_SUCCESS(Status)) {
        ObDereferenceObject(File);
        return Status;
    }
    Open->Information = FILE_OPENED;
    *Found = File;
    return STATUS_SUCCESS;
}

NTSTATUS IopReferenceFile(HANDLE Handle, ACCESS_MASK Access, PFILE_OBJECT *File)
{
    return ObReferenceObjectByHandle(Handle, Access, IoFileObjectType, UserMode, (PVOID *)File,
                                     nullptr);
}

NTSTATUS IopComplete(PFILE_OBJECT File, IO_STATUS_BLOCK USER *IoStatusBlock, HANDLE Event,
                     NTSTATUS Status, ULONG_PTR Information)
{
    PKEVENT UserEvent = nullptr;
    if (NT_ERROR(Status))
        return Status;
    IO_STATUS_BLOCK Block = {.Status = Status, .Information = Information};
    NTSTATUS Written = MmCopyToUser(IoStatusBlock, &Block, sizeof(Block));
    if (NT_SUCCESS(Written) && Event)
        Written = ExReferenceUserEvent(Event, &UserEvent);
    if (UserEvent) {
        KeSetEvent(UserEvent);
        ObDereferenceObject(UserEvent);
    }
    KeSetEvent(&File->Event);
    return NT_SUCCESS(Written) ? Status : Written;
}

// ---- Whole files, for sections and processes

static NTSTATUS IopFillFileImage(PFILE_OBJECT File, PIO_FILE_IMAGE Image)
{
    if (!File->Data)
        return STATUS_INVALID_FILE_FOR_SECTION;
    USHORT Length = File->Device->Name.Length + File->Path.Length;
    PWCH Buffer = ExAllocatePoolWithTag(PagedPool, Length, IopTag);
    if (!Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    memcpy(Buffer, File->Device->Name.Buffer, File->Device->Name.Length);
    memcpy((PUCHAR)Buffer + File->Device->Name.Length, File->Path.Buffer, File->Path.Length);
    *Image = (IO_FILE_IMAGE){
        .Data = File->Data,
        .Size = File->Size,
        .Object = File,
        .Name = {Length, Length, Buffer},
    };
    return STATUS_SUCCESS;
}

NTSTATUS IoReferenceFileImage(HANDLE FileHandle, ACCESS_MASK DesiredAccess, PIO_FILE_IMAGE Image)
{
    PFILE_OBJECT File;
    NTSTATUS Status = IopReferenceFile(FileHandle, DesiredAccess, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopFillFileImage(File, Image);
    if (!NT_SUCCESS(Status))
        ObDereferenceObject(File);
    return Status;
}

NTSTATUS IoOpenFileImage(PCUNICODE_STRING Name, KPROCESSOR_MODE Mode, PIO_FILE_IMAGE Image)
{
    PFILE_OBJECT File;
    NTSTATUS Status = ObReferenceObjectByName(Name, OBJ_CASE_INSENSITIVE, FILE_EXECUTE,
                                              IoFileObjectType, Mode, nullptr, (PVOID *)&File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopFillFileImage(File, Image);
    if (!NT_SUCCESS(Status))
        ObDereferenceObject(File);
    return Status;
}

VOID IoReleaseFileImage(PIO_FILE_IMAGE Image)
{
    ExFreePool(Image->Name.Buffer);
    ObDereferenceObject(Image->Object);
}

// ---- Start

static NTSTATUS IopCreateDevice(PCWSTR Name, IOP_DEVICE_KIND Kind)
{
    PDEVICE_OBJECT Device;
    NTSTATUS Status = ObCreateObject(IoDeviceObjectType, sizeof(DEVICE_OBJECT), (PVOID *)&Device);
    if (!NT_SUCCESS(Status))
        return Status;
    Device->Kind = Kind;
    RtlInitUnicodeString(&Device->Name, Name);
    OB_ATTRIBUTES Attributes = {
        .ObjectName = Device->Name,
        .Attributes = OBJ_PERMANENT,
        .SecurityDescriptor = SeWellKnownDescriptor(SeUnrestrictedDescriptor),
    };
    return ObInsertObject(Device, &Attributes, 0, KernelMode, nullptr);
}

NTSTATUS IoInitSystem(VOID)
{
    static const OBJECT_TYPE_INITIALIZER DeviceType = {
        .Name = L"Device",
        .BodySize = sizeof(DEVICE_OBJECT),
        .GenericMapping = {FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE,
                           FILE_ALL_ACCESS},
        .ValidAccess = FILE_ALL_ACCESS,
        .Parse = IopParseDevice,
    };
    static const OBJECT_TYPE_INITIALIZER FileType = {
        .Name = L"File",
        .BodySize = sizeof(FILE_OBJECT),
        .GenericMapping = {FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE,
                           FILE_ALL_ACCESS},
        .ValidAccess = FILE_ALL_ACCESS,
        .Waitable = TRUE,
        .Delete = IopDeleteFile,
        .QueryName = IopQueryFileName,
    };
    static const struct {
        PCWSTR Path, Target;
    } Links[] = {
        {L"\\SystemRoot", L"\\Device\\BootVolume\\Windows"},
        {L"\\GLOBAL\?\?\\C:", L"\\Device\\BootVolume"},
        {L"\\GLOBAL\?\?\\CON", L"\\Device\\BootConsole"},
        {L"\\GLOBAL\?\?\\CONIN$", L"\\Device\\BootConsole"},
        {L"\\GLOBAL\?\?\\CONOUT$", L"\\Device\\BootConsole"},
    };
    NTSTATUS Status = ObCreateObjectType(&DeviceType, &IoDeviceObjectType);
    if (NT_SUCCESS(Status))
        Status = ObCreateObjectType(&FileType, &IoFileObjectType);
    if (NT_SUCCESS(Status))
        Status = IopCreateDevice(L"\\Device\\BootVolume", IopVolumeDevice);
    if (NT_SUCCESS(Status))
        Status = IopCreateDevice(L"\\Device\\BootConsole", IopConsoleDevice);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Links) && NT_SUCCESS(Status); i++)
        Status = ObCreateSystemLink(Links[i].Path, Links[i].Target);
    return Status;
}
