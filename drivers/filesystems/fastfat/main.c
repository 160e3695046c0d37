// fastfat.sys: dispatch.
#include "ff.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_DISPATCH FfDispatch;

PDRIVER_OBJECT FfDriver;
static PDEVICE_OBJECT FfFileSystem; // \Fat
ERESOURCE FfVolumesLock;
LIST_ENTRY FfVolumes;

NTSTATUS FfComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_DISK_INCREMENT);
    return Status;
}

NTSTATUS FfStatus(PFF_VOLUME Volume, FAT_RESULT Result)
{
    static const NTSTATUS Statuses[] = {
        [FatDone] = STATUS_SUCCESS,
        [FatNoMemory] = STATUS_INSUFFICIENT_RESOURCES,
        [FatNotFat] = STATUS_UNRECOGNIZED_VOLUME,
        [FatCorrupt] = STATUS_FILE_CORRUPT_ERROR,
        [FatFull] = STATUS_DISK_FULL,
        [FatDirectoryFull] = STATUS_CANNOT_MAKE,
        [FatNotFound] = STATUS_OBJECT_NAME_NOT_FOUND,
        [FatExists] = STATUS_OBJECT_NAME_COLLISION,
        [FatBadName] = STATUS_OBJECT_NAME_INVALID,
        [FatNotEmpty] = STATUS_DIRECTORY_NOT_EMPTY,
        [FatTooLarge] = STATUS_DISK_FULL,
        [FatReadOnly] = STATUS_MEDIA_WRITE_PROTECTED,
    };
    if (Result == FatIoError)
        return NT_SUCCESS(Volume->StoreStatus) ? STATUS_UNEXPECTED_IO_ERROR : Volume->StoreStatus;
    return Statuses[Result];
}

PVOID FfBuffer(PIRP Irp)
{
    if (Irp->MdlAddress)
        return MmGetSystemAddressForMdlSafe(Irp->MdlAddress, NormalPagePriority);
    return Irp->UserBuffer ? Irp->UserBuffer : Irp->AssociatedIrp.SystemBuffer;
}

ULONG FfExceptionFilter(PEXCEPTION_POINTERS Pointers)
{
    return FsRtlIsNtstatusExpected(Pointers->ExceptionRecord->ExceptionCode)
               ? EXCEPTION_EXECUTE_HANDLER
               : EXCEPTION_CONTINUE_SEARCH;
}

// ---- Requests

static FF_HANDLER *const FfHandlers[IRP_MJ_MAXIMUM_FUNCTION + 1] = {
    [IRP_MJ_CREATE] = FfCreate,
    [IRP_MJ_CLEANUP] = FfCleanup,
    [IRP_MJ_CLOSE] = FfClose,
    [IRP_MJ_READ] = FfRead,
    [IRP_MJ_WRITE] = FfWrite,
    [IRP_MJ_QUERY_INFORMATION] = FfQueryInformation,
    [IRP_MJ_SET_INFORMATION] = FfSetInformation,
    [IRP_MJ_FLUSH_BUFFERS] = FfFlushBuffers,
    [IRP_MJ_QUERY_VOLUME_INFORMATION] = FfQueryVolume,
    [IRP_MJ_SET_VOLUME_INFORMATION] = FfSetVolume,
    [IRP_MJ_DIRECTORY_CONTROL] = FfDirectoryControl,
    [IRP_MJ_FILE_SYSTEM_CONTROL] = FfFsControl,
    [IRP_MJ_DEVICE_CONTROL] = FfDeviceControl,
    [IRP_MJ_LOCK_CONTROL] = FfLockControl,
    [IRP_MJ_PNP] = FfPnp,
};

// The control device is opened and closed, and asked to mount.
static NTSTATUS FfDispatchControl(PDEVICE_OBJECT DeviceObject, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    switch (Stack->MajorFunction) {
    case IRP_MJ_CREATE:
    case IRP_MJ_CLEANUP:
    case IRP_MJ_CLOSE:
        return FfComplete(Irp, STATUS_SUCCESS, 0);
    case IRP_MJ_FILE_SYSTEM_CONTROL:
        if (Stack->MinorFunction == IRP_MN_MOUNT_VOLUME)
            return FfMount(DeviceObject, Irp);
        if (Stack->Parameters.FileSystemControl.FsControlCode == FSCTL_INVALIDATE_VOLUMES)
            return FfInvalidate(Irp, Stack);
        break;
    case IRP_MJ_SHUTDOWN:
        return FfShutdown(NULL, Irp, Stack);
    default:
        break;
    }
    return FfComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
}

static NTSTATUS NTAPI FfDispatch(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    NTSTATUS Status;
    FsRtlEnterFileSystem();
    if (DeviceObject == FfFileSystem)
        Status = FfDispatchControl(DeviceObject, Irp, Stack);
    else if (FfHandlers[Stack->MajorFunction])
        Status = FfHandlers[Stack->MajorFunction](DeviceObject->DeviceExtension, Irp, Stack);
    else
        Status = FfComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    FsRtlExitFileSystem();
    return Status;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Fat");
    UNREFERENCED_PARAMETER(RegistryPath);
    FfDriver = DriverObject;
    InitializeListHead(&FfVolumes);
    ExInitializeResourceLite(&FfVolumesLock);
    for (ULONG i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++)
        DriverObject->MajorFunction[i] = FfDispatch;
    NTSTATUS Status = IoCreateDevice(DriverObject, 0, &Name, FILE_DEVICE_DISK_FILE_SYSTEM, 0, FALSE,
                                     &FfFileSystem);
    if (!NT_SUCCESS(Status))
        return Status;
    IoRegisterFileSystem(FfFileSystem);
    return STATUS_SUCCESS;
}
