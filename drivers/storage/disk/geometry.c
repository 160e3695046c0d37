// How large the disk is and what it looks like.
#include "disk.h"

// Removable media may be others than at the last look.
NTSTATUS BlockLook(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    if (!TEST_FLAG(Fdo->DeviceObject->Characteristics, FILE_REMOVABLE_MEDIA))
        return Fdo->CommonExtension.PartitionLength.QuadPart
                   ? STATUS_SUCCESS
                   : ClassReadDriveCapacity(Fdo->DeviceObject);
    return ClassReadDriveCapacity(Fdo->DeviceObject);
}

NTSTATUS DiskIsWritable(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    UNREFERENCED_PARAMETER(Irp);
    UNREFERENCED_PARAMETER(Stack);
    DiskReadModes(Fdo);
    return DiskData(Fdo)->ReadOnly ? STATUS_MEDIA_WRITE_PROTECTED : STATUS_SUCCESS;
}

NTSTATUS DiskGetMediaTypesEx(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    BOOLEAN Removable = TEST_FLAG(Fdo->DeviceObject->Characteristics, FILE_REMOVABLE_MEDIA);
    const BLOCK_MEDIUM Medium = {
        .DeviceType = FILE_DEVICE_DISK,
        .MediaType = (STORAGE_MEDIA_TYPE)(Removable ? RemovableMedia : FixedMedia),
        .Mounted = DiskData(Fdo)->ReadOnly ? MEDIA_WRITE_PROTECTED : MEDIA_READ_WRITE,
    };
    UNREFERENCED_PARAMETER(Stack);
    return BlockGetMediaTypesEx(Fdo, Irp, &Medium);
}

// Both codes; only the first has an answer.
NTSTATUS DiskUpdateSize(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    NTSTATUS Status = ClassReadDriveCapacity(Fdo->DeviceObject);
    if (!NT_SUCCESS(Status))
        return Status;
    DiskReadModes(Fdo);
    if (Stack->Parameters.DeviceIoControl.IoControlCode != IOCTL_DISK_UPDATE_DRIVE_SIZE)
        return STATUS_SUCCESS;
    *(PDISK_GEOMETRY)Irp->AssociatedIrp.SystemBuffer = Fdo->DiskGeometry;
    Irp->IoStatus.Information = sizeof(DISK_GEOMETRY);
    return STATUS_SUCCESS;
}

NTSTATUS DiskControllerNumber(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    SCSI_ADDRESS Address = {};
    IO_STATUS_BLOCK IoStatus;
    UNREFERENCED_PARAMETER(Stack);
    ClassSendDeviceIoControlSynchronous(IOCTL_SCSI_GET_ADDRESS,
                                        Fdo->CommonExtension.LowerDeviceObject, &Address, 0,
                                        sizeof(Address), FALSE, &IoStatus);
    if (!NT_SUCCESS(IoStatus.Status))
        return IoStatus.Status;
    *(PDISK_CONTROLLER_NUMBER)Irp->AssociatedIrp.SystemBuffer = (DISK_CONTROLLER_NUMBER){
        .ControllerNumber = Address.PortNumber, .DiskNumber = Address.TargetId};
    Irp->IoStatus.Information = sizeof(DISK_CONTROLLER_NUMBER);
    return STATUS_SUCCESS;
}

// Of file systems, which have seen that the medium may be another, or that it is the same.
NTSTATUS DiskSetVerify(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    if (Irp->RequestorMode != KernelMode)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (Stack->Parameters.DeviceIoControl.IoControlCode == IOCTL_DISK_INTERNAL_SET_VERIFY)
        SET_FLAG(Fdo->DeviceObject->Flags, DO_VERIFY_VOLUME);
    else
        CLEAR_FLAG(Fdo->DeviceObject->Flags, DO_VERIFY_VOLUME);
    return STATUS_SUCCESS;
}
