// Files that the Executive keeps open for itself, without a handle.
#include "iop.h"

constexpr ULONG IopFoundTag = 'nFoI';

NTSTATUS IoOpenSystemFile(PCUNICODE_STRING Name, BOOLEAN Create, PVOID *FileObject)
{
    IOP_OPEN Open = {
        .Disposition = Create ? FILE_OPEN_IF : FILE_OPEN,
        .Options = FILE_NON_DIRECTORY_FILE,
        .FileAttributes = FILE_ATTRIBUTE_NORMAL,
        .ShareAccess = FILE_SHARE_READ,
        .MajorFunction = IRP_MJ_CREATE,
    };
    return ObReferenceObjectByName(Name, OBJ_CASE_INSENSITIVE,
                                   FILE_READ_DATA | FILE_WRITE_DATA | SYNCHRONIZE, IoFileObjectType,
                                   KernelMode, &Open, FileObject);
}

// The file system is told at once that nobody uses the file any more: whoever else refers to it (the cache) does not keep
// others from it.
VOID IoCloseSystemFile(PVOID FileObject)
{
    IopCleanupFile(FileObject, TRUE);
    ObDereferenceObject(FileObject);
}

// ---- Folders

static NTSTATUS IopOpenSystemFolder(PCUNICODE_STRING Name, ULONG Disposition, PFILE_OBJECT *Folder)
{
    IOP_OPEN Open = {
        .Disposition = Disposition,
        .Options = FILE_DIRECTORY_FILE,
        .FileAttributes = FILE_ATTRIBUTE_NORMAL,
        .ShareAccess = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
        .MajorFunction = IRP_MJ_CREATE,
    };
    return ObReferenceObjectByName(Name, OBJ_CASE_INSENSITIVE, FILE_LIST_DIRECTORY | SYNCHRONIZE,
                                   IoFileObjectType, KernelMode, &Open, (PVOID *)Folder);
}

NTSTATUS IoMakeSystemFolder(PCUNICODE_STRING Name)
{
    PFILE_OBJECT Folder;
    NTSTATUS Status = IopOpenSystemFolder(Name, FILE_OPEN_IF, &Folder);
    if (NT_SUCCESS(Status))
        IoCloseSystemFile(Folder);
    return Status;
}

enum { IOP_FOUND_CHARS = 256, IOP_MOST_DELETED = 64 };

typedef union _IOP_FOUND {
    FILE_DIRECTORY_INFORMATION Entry;
    UCHAR Bytes[sizeof(FILE_DIRECTORY_INFORMATION) + IOP_FOUND_CHARS * sizeof(WCHAR)];
} IOP_FOUND, *PIOP_FOUND;

static NTSTATUS IopNextEntry(PFILE_OBJECT Folder, PCUNICODE_STRING Pattern, BOOLEAN First,
                             PIOP_FOUND Found)
{
    IOP_CALL Call = {
        .MajorFunction = IRP_MJ_DIRECTORY_CONTROL,
        .MinorFunction = IRP_MN_QUERY_DIRECTORY,
        .StackFlags = SL_RETURN_SINGLE_ENTRY | (First ? SL_RESTART_SCAN : 0),
        .File = Folder,
        .Parameters = {sizeof(*Found), 0, FileDirectoryInformation},
        .Input = Pattern->Buffer,
        .InputLength = Pattern->Length,
        .Output = Found,
        .OutputLength = sizeof(*Found),
    };
    return IopCallDevice(Folder->Device, &Call, nullptr);
}

// How many there are, and of these the oldest.
static ULONG IopCountFiles(PFILE_OBJECT Folder, PCUNICODE_STRING Pattern, PIOP_FOUND Found,
                           PIOP_FOUND Oldest)
{
    ULONG Count = 0;
    while (NT_SUCCESS(IopNextEntry(Folder, Pattern, !Count, Found)) &&
           Found->Entry.FileNameLength <= IOP_FOUND_CHARS * sizeof(WCHAR)) {
        if (!Count++ || Found->Entry.LastWriteTime.QuadPart < Oldest->Entry.LastWriteTime.QuadPart)
            *Oldest = *Found;
    }
    return Count;
}

static NTSTATUS IopDeleteFound(PCUNICODE_STRING Folder, const IOP_FOUND *Found)
{
    IOP_OPEN Open = {
        .Disposition = FILE_OPEN,
        .Options = FILE_NON_DIRECTORY_FILE | FILE_DELETE_ON_CLOSE,
        .ShareAccess = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
        .MajorFunction = IRP_MJ_CREATE,
    };
    WCHAR Buffer[IOP_FOUND_CHARS + 64];
    UNICODE_STRING Path = {.MaximumLength = sizeof(Buffer), .Buffer = Buffer};
    UNICODE_STRING Name = {(USHORT)Found->Entry.FileNameLength, (USHORT)Found->Entry.FileNameLength,
                           (PWCH)Found->Entry.FileName};
    PFILE_OBJECT File;
    RtlCopyUnicodeString(&Path, Folder);
    NTSTATUS Status = RtlAppendUnicodeToString(&Path, L"\\");
    if (NT_SUCCESS(Status))
        Status = RtlAppendUnicodeStringToString(&Path, &Name);
    if (NT_SUCCESS(Status))
        Status = ObReferenceObjectByName(&Path, OBJ_CASE_INSENSITIVE, DELETE | SYNCHRONIZE,
                                         IoFileObjectType, KernelMode, &Open, (PVOID *)&File);
    if (NT_SUCCESS(Status))
        IoCloseSystemFile(File);
    return Status;
}

NTSTATUS IoKeepNewestFiles(PCUNICODE_STRING FolderName, PCUNICODE_STRING Pattern, ULONG Most)
{
    PFILE_OBJECT Folder;
    NTSTATUS Status = IopOpenSystemFolder(FolderName, FILE_OPEN, &Folder);
    if (!NT_SUCCESS(Status))
        return Status;
    PIOP_FOUND Found = ExAllocatePoolZero(PagedPool, 2 * sizeof(*Found), IopFoundTag);
    if (!Found)
        Status = STATUS_INSUFFICIENT_RESOURCES;
    // A file that somebody has open stays until it is closed: the count alone does not end this.
    for (ULONG i = 0; i < IOP_MOST_DELETED && NT_SUCCESS(Status); i++) {
        if (IopCountFiles(Folder, Pattern, &Found[0], &Found[1]) <= Most)
            break;
        Status = IopDeleteFound(FolderName, &Found[1]);
    }
    if (Found)
        ExFreePool(Found);
    IoCloseSystemFile(Folder);
    return Status;
}

NTSTATUS IoFlushFile(PVOID FileObject)
{
    PFILE_OBJECT File = FileObject;
    IOP_CALL Call = {.MajorFunction = IRP_MJ_FLUSH_BUFFERS, .File = File};
    return IopCallDevice(File->Device, &Call, nullptr);
}
