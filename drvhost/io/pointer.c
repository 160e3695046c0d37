// Devices by name: the top of the stack that a name leads to, and a file object that keeps it.

#include "../ntos.h"

static NTSTATUS IopOpenByName(PUNICODE_STRING Name, ACCESS_MASK Access, ULONG OpenOptions,
                              PFILE_OBJECT *FileObject)
{
    OBJECT_ATTRIBUTES Attributes;
    IO_STATUS_BLOCK IoStatus;
    HANDLE Handle;
    InitializeObjectAttributes(&Attributes, Name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, nullptr,
                               nullptr);
    NTSTATUS Status =
        ZwOpenFile(&Handle, Access, &Attributes, &IoStatus,
                   FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, OpenOptions);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopHoldFile(Handle, FileObject);
    if (!NT_SUCCESS(Status))
        NtClose(Handle);
    return Status;
}

// Of a device of this host the stack's top; of another's the proxy that stands for its stack; of a file on a volume
// of this host the top of the volume's.
PDEVICE_OBJECT NTAPI IoGetRelatedDeviceObject(PFILE_OBJECT FileObject)
{
    return IoGetAttachedDevice(IoGetBaseFileSystemDeviceObject(FileObject));
}

PDEVICE_OBJECT NTAPI IoGetBaseFileSystemDeviceObject(PFILE_OBJECT FileObject)
{
    if (FileObject->Vpb && FileObject->Vpb->DeviceObject)
        return FileObject->Vpb->DeviceObject;
    PVPB Vpb = FileObject->DeviceObject->Vpb;
    if (!(FileObject->Flags & FO_DIRECT_DEVICE_OPEN) && Vpb && Vpb->DeviceObject)
        return Vpb->DeviceObject;
    return FileObject->DeviceObject;
}

NTSTATUS NTAPI IoGetDeviceObjectPointer(PUNICODE_STRING ObjectName, ACCESS_MASK DesiredAccess,
                                        PFILE_OBJECT *FileObject, PDEVICE_OBJECT *DeviceObject)
{
    *FileObject = nullptr;
    *DeviceObject = nullptr;
    NTSTATUS Status = IopOpenByName(ObjectName, DesiredAccess, FILE_NON_DIRECTORY_FILE, FileObject);
    if (NT_SUCCESS(Status))
        *DeviceObject = IoGetRelatedDeviceObject(*FileObject);
    return Status;
}

NTSTATUS NTAPI IoAttachDevice(PDEVICE_OBJECT SourceDevice, PUNICODE_STRING TargetDevice,
                              PDEVICE_OBJECT *AttachedDevice)
{
    PFILE_OBJECT File;
    *AttachedDevice = nullptr;
    NTSTATUS Status =
        IopOpenByName(TargetDevice, FILE_READ_ATTRIBUTES, FILE_NON_DIRECTORY_FILE, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IoAttachDeviceToDeviceStackSafe(SourceDevice, File->DeviceObject, AttachedDevice);
    ObfDereferenceObject(File);
    return Status;
}
