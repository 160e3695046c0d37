// Files that the Executive keeps open for itself, without a handle.
#include "iop.h"

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

// Whoever opens it next finds it closed.
VOID IoCloseSystemFile(PVOID FileObject)
{
    IopCleanupFile(FileObject, TRUE);
    ObDereferenceObject(FileObject);
}

NTSTATUS IoFlushFile(PVOID FileObject)
{
    PFILE_OBJECT File = FileObject;
    IOP_CALL Call = {.MajorFunction = IRP_MJ_FLUSH_BUFFERS, .File = File};
    return IopCallDevice(File->Device, &Call, nullptr);
}
