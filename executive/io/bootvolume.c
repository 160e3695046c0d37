// The volume of the boot archive: files that are in memory, and cannot be changed.
#include "bootvolume.h"

constexpr ULONG IopBootTag = 'tBFI';
constexpr ACCESS_MASK IopBootRights = FILE_GENERIC_READ | FILE_GENERIC_EXECUTE;

static LIST_ENTRY IopBootNodes = {&IopBootNodes, &IopBootNodes};

// ---- Nodes

static PIOP_BOOT_NODE IopFindNode(PCUNICODE_STRING Path)
{
    for (PLIST_ENTRY Link = IopBootNodes.Flink; Link != &IopBootNodes; Link = Link->Flink) {
        PIOP_BOOT_NODE Node = CONTAINING_RECORD(Link, IOP_BOOT_NODE, Link);
        if (RtlEqualUnicodeString(&Node->Path, Path, TRUE))
            return Node;
    }
    return nullptr;
}

static NTSTATUS IopReferenceNode(PCUNICODE_STRING Path, PIOP_BOOT_NODE *Result)
{
    PIOP_BOOT_NODE Node = IopFindNode(Path);
    if (Node) {
        Node->References++;
        *Result = Node;
        return STATUS_SUCCESS;
    }
    IOP_BOOT_NODE New = {.References = 1};
    NTSTATUS Status = IopFindInVolume(Path, &New.Directory, &New.Data, &New.Size);
    if (!NT_SUCCESS(Status))
        return Status;
    Node = ExAllocatePoolWithTag(PagedPool, sizeof(*Node) + Path->Length, IopBootTag);
    if (!Node)
        return STATUS_INSUFFICIENT_RESOURCES;
    *Node = New;
    Node->Path = (UNICODE_STRING){Path->Length, Path->Length, (PWCH)(Node + 1)};
    memcpy(Node->Path.Buffer, Path->Buffer, Path->Length);
    InsertTailList(&IopBootNodes, &Node->Link);
    *Result = Node;
    return STATUS_SUCCESS;
}

static VOID IopDereferenceNode(PIOP_BOOT_NODE Node)
{
    if (--Node->References)
        return;
    RemoveEntryList(&Node->Link);
    ExFreePoolWithTag(Node, IopBootTag);
}

// ---- Opening

// The whole path, in pool, without separators at its end; *Trailing: there were some.
static NTSTATUS IopBootPath(PFILE_OBJECT File, PUNICODE_STRING Path, PBOOLEAN Trailing)
{
    UNICODE_STRING Base = {}, Name = File->FileName;
    if (File->RelatedFile) {
        PIOP_BOOT_FILE Related = File->RelatedFile->FsContext;
        Base = Related->Node->Path;
        if (Name.Length && *Name.Buffer == OBJ_NAME_PATH_SEPARATOR)
            return STATUS_OBJECT_NAME_INVALID;
        if (Name.Length && !Related->Node->Directory)
            return STATUS_OBJECT_PATH_NOT_FOUND;
    }
    ULONG Length = (ULONG)Base.Length + sizeof(WCHAR) + Name.Length;
    if (Length > UNICODE_STRING_MAX_BYTES)
        return STATUS_NAME_TOO_LONG;
    Path->Buffer = ExAllocatePoolWithTag(PagedPool, Length, IopBootTag);
    if (!Path->Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    Path->Length = 0;
    Path->MaximumLength = (USHORT)Length;
    RtlAppendUnicodeStringToString(Path, &Base);
    if (File->RelatedFile && Name.Length)
        RtlAppendUnicodeToString(Path, L"\\");
    RtlAppendUnicodeStringToString(Path, &Name);
    *Trailing = FALSE;
    while (Path->Length && Path->Buffer[Path->Length / sizeof(WCHAR) - 1] == L'\\') {
        Path->Length -= sizeof(WCHAR);
        *Trailing = Path->Length != 0;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS IopBootCheck(const IOP_OPEN *Open, const IOP_BOOT_NODE *Node, BOOLEAN Trailing)
{
    if (Open->Disposition == FILE_CREATE)
        return STATUS_OBJECT_NAME_COLLISION;
    if (Open->Disposition != FILE_OPEN && Open->Disposition != FILE_OPEN_IF)
        return STATUS_MEDIA_WRITE_PROTECTED;
    if (Trailing && !Node->Directory)
        return STATUS_OBJECT_NAME_INVALID;
    if ((Open->Options & FILE_DIRECTORY_FILE) && !Node->Directory)
        return STATUS_NOT_A_DIRECTORY;
    if ((Open->Options & FILE_NON_DIRECTORY_FILE) && Node->Directory)
        return STATUS_FILE_IS_A_DIRECTORY;
    return Open->Options & FILE_DELETE_ON_CLOSE ? STATUS_CANNOT_DELETE : STATUS_SUCCESS;
}

static BOOLEAN IopIsMissing(NTSTATUS Status)
{
    return Status == STATUS_OBJECT_NAME_NOT_FOUND || Status == STATUS_OBJECT_PATH_NOT_FOUND;
}

// What the archive does not have is looked for on the system volume: driver hosts have \Device\BootVolume as their
// system's volume for ever, since what reads disks must not be read from one.
static NTSTATUS IopBootPassOn(PFILE_OBJECT File, PCUNICODE_STRING Path)
{
    const UNICODE_STRING *Volume = IopSystemVolumeName();
    if (Volume->Length + Path->Length > UNICODE_STRING_MAX_BYTES)
        return STATUS_NAME_TOO_LONG;
    UNICODE_STRING Name = {.MaximumLength = Volume->Length + Path->Length};
    Name.Buffer = ExAllocatePoolWithTag(PagedPool, Name.MaximumLength, IopBootTag);
    if (!Name.Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlAppendUnicodeStringToString(&Name, Volume);
    RtlAppendUnicodeStringToString(&Name, Path);
    NTSTATUS Status = IopSetFileName(File, &Name);
    ExFreePoolWithTag(Name.Buffer, IopBootTag);
    return NT_SUCCESS(Status) ? STATUS_REPARSE : Status;
}

static NTSTATUS IopBootOpenNode(PFILE_OBJECT File, PIOP_OPEN Open, PIOP_BOOT_NODE *Node)
{
    UNICODE_STRING Path;
    BOOLEAN Trailing;
    NTSTATUS Status = IopBootPath(File, &Path, &Trailing);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopReferenceNode(&Path, Node);
    if (IopIsMissing(Status) && IoHasSystemVolume())
        Status = IopBootPassOn(File, &Path);
    ExFreePoolWithTag(Path.Buffer, IopBootTag);
    if (Status == STATUS_OBJECT_NAME_NOT_FOUND && Open->Disposition != FILE_OPEN &&
        Open->Disposition != FILE_OVERWRITE)
        return STATUS_MEDIA_WRITE_PROTECTED;
    if (!NT_SUCCESS(Status) || Status == STATUS_REPARSE)
        return Status;
    Status = IopBootCheck(Open, *Node, Trailing);
    if (NT_SUCCESS(Status))
        Status = IopTakeShare(File, &(*Node)->Share, Open->DesiredAccess, Open->ShareAccess);
    if (!NT_SUCCESS(Status))
        IopDereferenceNode(*Node);
    return Status;
}

static NTSTATUS IopBootCreate(PIO_REQUEST Request)
{
    PIOP_OPEN Open = Request->Open;
    PFILE_OBJECT File = Request->File;
    ACCESS_MASK Changes =
        Open->DesiredAccess & ~(IopBootRights | MAXIMUM_ALLOWED | ACCESS_SYSTEM_SECURITY);
    if (Open->EaLength)
        return STATUS_EAS_NOT_SUPPORTED;
    if (Open->Options & FILE_OPEN_BY_FILE_ID)
        return STATUS_NOT_SUPPORTED;
    PIOP_BOOT_FILE Boot = ExAllocatePoolZero(PagedPool, sizeof(*Boot), IopBootTag);
    if (!Boot)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status =
        Changes ? STATUS_MEDIA_WRITE_PROTECTED : IopBootOpenNode(File, Open, &Boot->Node);
    if (!NT_SUCCESS(Status) || Status == STATUS_REPARSE) {
        Request->IoStatus.Information = IO_REPARSE;
        ExFreePoolWithTag(Boot, IopBootTag);
        return Status;
    }
    InitializeListHead(&Boot->Watchers);
    File->FsContext = Boot;
    if (Open->AccessState->RemainingDesiredAccess & MAXIMUM_ALLOWED) {
        Open->AccessState->RemainingDesiredAccess &= ~(ACCESS_MASK)MAXIMUM_ALLOWED;
        Open->AccessState->RemainingDesiredAccess |= IopBootRights;
    }
    Request->IoStatus.Information = FILE_OPENED;
    return STATUS_SUCCESS;
}

static VOID IopBootCleanup(PFILE_OBJECT File)
{
    PIOP_BOOT_FILE Boot = File->FsContext;
    IopReturnShare(File, &Boot->Node->Share);
    while (!IsListEmpty(&Boot->Watchers)) {
        PLIST_ENTRY Link = RemoveHeadList(&Boot->Watchers);
        IopCompleteRequest(CONTAINING_RECORD(Link, IO_REQUEST, OwnerLink), STATUS_NOTIFY_CLEANUP,
                           0);
    }
}

static VOID IopBootClose(PFILE_OBJECT File)
{
    PIOP_BOOT_FILE Boot = File->FsContext;
    if (Boot->Pattern.Buffer)
        ExFreePool(Boot->Pattern.Buffer);
    IopDereferenceNode(Boot->Node);
    ExFreePoolWithTag(Boot, IopBootTag);
}

// ---- Requests on open files

static NTSTATUS IopBootRead(PIO_REQUEST Request)
{
    PIOP_BOOT_NODE Node = ((PIOP_BOOT_FILE)Request->File->FsContext)->Node;
    ULONG64 Offset = Request->Parameters[2];
    if (Node->Directory)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (!Request->OutputLength)
        return STATUS_SUCCESS;
    if (Offset >= Node->Size)
        return STATUS_END_OF_FILE;
    ULONG Size = (ULONG)min((ULONG64)Request->OutputLength, Node->Size - Offset);
    Request->IoStatus.Information = Size;
    return IopCopyToRequest(Request, 0, (const UCHAR *)Node->Data + Offset, Size);
}

static NTSTATUS IopBootRefuse(PIO_REQUEST Request)
{
    UNREFERENCED_PARAMETER(Request);
    return STATUS_MEDIA_WRITE_PROTECTED;
}

static NTSTATUS IopBootNoEas(PIO_REQUEST Request)
{
    UNREFERENCED_PARAMETER(Request);
    return STATUS_EAS_NOT_SUPPORTED;
}

static NTSTATUS IopBootFlush(PIO_REQUEST Request)
{
    UNREFERENCED_PARAMETER(Request);
    return STATUS_SUCCESS;
}

static NTSTATUS IopBootSubmit(PIO_REQUEST Request)
{
    static const IOP_DISPATCH Functions[IRP_MJ_MAXIMUM_FUNCTION + 1] = {
        [IRP_MJ_CREATE] = IopBootCreate,
        [IRP_MJ_READ] = IopBootRead,
        [IRP_MJ_WRITE] = IopBootRefuse,
        [IRP_MJ_QUERY_INFORMATION] = IopBootQuery,
        [IRP_MJ_SET_INFORMATION] = IopBootRefuse,
        [IRP_MJ_QUERY_EA] = IopBootNoEas,
        [IRP_MJ_SET_EA] = IopBootNoEas,
        [IRP_MJ_FLUSH_BUFFERS] = IopBootFlush,
        [IRP_MJ_QUERY_VOLUME_INFORMATION] = IopBootQueryVolume,
        [IRP_MJ_SET_VOLUME_INFORMATION] = IopBootRefuse,
        [IRP_MJ_DIRECTORY_CONTROL] = IopBootDirectoryControl,
    };
    return IopDispatch(Functions, Request);
}

// Only a wait for changes is ever pending.
static VOID IopBootCancel(PIO_REQUEST Request)
{
    RemoveEntryList(&Request->OwnerLink);
    IopCompleteRequest(Request, STATUS_CANCELLED, 0);
}

const IOP_OPERATIONS IopBootVolumeOperations = {
    .Submit = IopBootSubmit,
    .Cancel = IopBootCancel,
    .Cleanup = IopBootCleanup,
    .Close = IopBootClose,
};

NTSTATUS IopInitBootVolume(VOID)
{
    static const IOP_DEVICE Description = {
        .Operations = &IopBootVolumeOperations,
        .Name = RTL_CONSTANT_STRING(L"\\Device\\BootVolume"),
        .DeviceType = FILE_DEVICE_DISK,
        .Characteristics = FILE_READ_ONLY_DEVICE | FILE_DEVICE_IS_MOUNTED,
        .SectorSize = 1,
    };
    IOP_DEVICE Volume = Description;
    Volume.SecurityDescriptor = SeWellKnownDescriptor(SeUnrestrictedDescriptor);
    PDEVICE_OBJECT Device;
    return IopCreateDeviceObject(&Volume, &Device);
}
