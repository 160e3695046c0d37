// Handles whose object is the Executive's: files give the file object that the host has for them. Other
// types have no representation here.

#include "../ntos.h"

NTSTATUS ObpReferenceForeignObject(HANDLE Handle, ACCESS_MASK DesiredAccess,
                                   POBJECT_TYPE ObjectType, KPROCESSOR_MODE AccessMode,
                                   PVOID *Object)
{
    UNREFERENCED_PARAMETER(DesiredAccess);
    UNREFERENCED_PARAMETER(AccessMode);
    if (!KiIsConnected())
        return STATUS_INVALID_HANDLE;
    ULONG Device, File;
    NTSTATUS Status = NtHostReferenceFileDevice(Handle, &Device, &File);
    if (!NT_SUCCESS(Status))
        return Status == STATUS_OBJECT_TYPE_MISMATCH && !ObjectType ? STATUS_NOT_SUPPORTED : Status;
    if (ObjectType && ObjectType != &IopFileType)
        return STATUS_OBJECT_TYPE_MISMATCH;
    PFILE_OBJECT FileObject = IopReferenceFile(File);
    if (!FileObject)
        return STATUS_NOT_SUPPORTED; // of a device of another host
    *Object = FileObject;
    return STATUS_SUCCESS;
}
