// How large the disk is and what it looks like.
#include "disk.h"

// Removable media may be others than at the last look.
static NTSTATUS Look(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    if (!TEST_FLAG(Fdo->DeviceObject->Characteristics, FILE_REMOVABLE_MEDIA))
        return Fdo->CommonExtension.PartitionLength.QuadPart
                   ? STATUS_SUCCESS
                   : ClassReadDriveCapacity(Fdo->DeviceObject);
    return ClassReadDriveCapacity(Fdo->DeviceObject);
}

NTSTATUS DiskGetGeometry(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    UNREFERENCED_PARAMETER(Stack);
    NTSTATUS Status = Look(Fdo);
    if (!NT_SUCCESS(Status))
        return Status;
    *(PDISK_GEOMETRY)Irp->AssociatedIrp.SystemBuffer = Fdo->DiskGeometry;
    Irp->IoStatus.Information = sizeof(DISK_GEOMETRY);
    return STATUS_SUCCESS;
}

// What follows in the structure, the partition table's identity, is the partition manager's to add.
NTSTATUS DiskGetGeometryEx(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    PDISK_GEOMETRY_EX Geometry = Irp->AssociatedIrp.SystemBuffer;
    UNREFERENCED_PARAMETER(Stack);
    NTSTATUS Status = Look(Fdo);
    if (!NT_SUCCESS(Status))
        return Status;
    Geometry->Geometry = Fdo->DiskGeometry;
    Geometry->DiskSize = Fdo->CommonExtension.PartitionLength;
    Irp->IoStatus.Information = FIELD_OFFSET(DISK_GEOMETRY_EX, Data);
    return STATUS_SUCCESS;
}

NTSTATUS DiskGetLength(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    UNREFERENCED_PARAMETER(Stack);
    NTSTATUS Status = Look(Fdo);
    if (!NT_SUCCESS(Status))
        return Status;
    ((PGET_LENGTH_INFORMATION)Irp->AssociatedIrp.SystemBuffer)->Length =
        Fdo->CommonExtension.PartitionLength;
    Irp->IoStatus.Information = sizeof(GET_LENGTH_INFORMATION);
    return STATUS_SUCCESS;
}

NTSTATUS DiskIsWritable(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    UNREFERENCED_PARAMETER(Irp);
    UNREFERENCED_PARAMETER(Stack);
    DiskReadModes(Fdo);
    return DiskData(Fdo)->ReadOnly ? STATUS_MEDIA_WRITE_PROTECTED : STATUS_SUCCESS;
}

// A disk takes media of one kind.
NTSTATUS DiskGetMediaTypes(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    return DiskGetGeometry(Fdo, Irp, Stack);
}

NTSTATUS DiskGetMediaTypesEx(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    PGET_MEDIA_TYPES Types = Irp->AssociatedIrp.SystemBuffer;
    BOOLEAN Removable = TEST_FLAG(Fdo->DeviceObject->Characteristics, FILE_REMOVABLE_MEDIA);
    UNREFERENCED_PARAMETER(Stack);
    NTSTATUS Status = Look(Fdo);
    if (!NT_SUCCESS(Status) && Status != STATUS_NO_MEDIA_IN_DEVICE)
        return Status;
    *Types = (GET_MEDIA_TYPES){.DeviceType = FILE_DEVICE_DISK, .MediaInfoCount = 1};
    // The forms for fixed and for removable disks are alike.
    typeof(&Types->MediaInfo[0].DeviceSpecific.DiskInfo) Info =
        &Types->MediaInfo[0].DeviceSpecific.DiskInfo;
    Info->Cylinders = Fdo->DiskGeometry.Cylinders;
    Info->MediaType = (STORAGE_MEDIA_TYPE)(Removable ? RemovableMedia : FixedMedia);
    Info->TracksPerCylinder = Fdo->DiskGeometry.TracksPerCylinder;
    Info->SectorsPerTrack = Fdo->DiskGeometry.SectorsPerTrack;
    Info->BytesPerSector = Fdo->DiskGeometry.BytesPerSector;
    Info->NumberMediaSides = 1;
    if (NT_SUCCESS(Status)) {
        Info->MediaCharacteristics = MEDIA_CURRENTLY_MOUNTED;
        Info->MediaCharacteristics |=
            DiskData(Fdo)->ReadOnly ? MEDIA_WRITE_PROTECTED : MEDIA_READ_WRITE;
    }
    Irp->IoStatus.Information = sizeof(GET_MEDIA_TYPES);
    return STATUS_SUCCESS;
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
