// How large the medium is and what it looks like.
#include "block.h"

NTSTATUS BlockGetGeometry(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    UNREFERENCED_PARAMETER(Stack);
    NTSTATUS Status = BlockLook(Fdo);
    if (!NT_SUCCESS(Status))
        return Status;
    *(PDISK_GEOMETRY)Irp->AssociatedIrp.SystemBuffer = Fdo->DiskGeometry;
    Irp->IoStatus.Information = sizeof(DISK_GEOMETRY);
    return STATUS_SUCCESS;
}

// What follows in the structure, a partition table's identity, is the partition manager's to add.
NTSTATUS BlockGetGeometryEx(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    PDISK_GEOMETRY_EX Geometry = Irp->AssociatedIrp.SystemBuffer;
    UNREFERENCED_PARAMETER(Stack);
    NTSTATUS Status = BlockLook(Fdo);
    if (!NT_SUCCESS(Status))
        return Status;
    Geometry->Geometry = Fdo->DiskGeometry;
    Geometry->DiskSize = Fdo->CommonExtension.PartitionLength;
    Irp->IoStatus.Information = FIELD_OFFSET(DISK_GEOMETRY_EX, Data);
    return STATUS_SUCCESS;
}

NTSTATUS BlockGetLength(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    UNREFERENCED_PARAMETER(Stack);
    NTSTATUS Status = BlockLook(Fdo);
    if (!NT_SUCCESS(Status))
        return Status;
    ((PGET_LENGTH_INFORMATION)Irp->AssociatedIrp.SystemBuffer)->Length =
        Fdo->CommonExtension.PartitionLength;
    Irp->IoStatus.Information = sizeof(GET_LENGTH_INFORMATION);
    return STATUS_SUCCESS;
}

NTSTATUS BlockGetMediaTypesEx(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp,
                              const BLOCK_MEDIUM *Medium)
{
    PGET_MEDIA_TYPES Types = Irp->AssociatedIrp.SystemBuffer;
    NTSTATUS Status = BlockLook(Fdo);
    if (!NT_SUCCESS(Status) && Status != STATUS_NO_MEDIA_IN_DEVICE)
        return Status;
    *Types = (GET_MEDIA_TYPES){.DeviceType = Medium->DeviceType, .MediaInfoCount = 1};
    // The forms for fixed and for removable media are alike.
    typeof(&Types->MediaInfo[0].DeviceSpecific.DiskInfo) Info =
        &Types->MediaInfo[0].DeviceSpecific.DiskInfo;
    Info->Cylinders = Fdo->DiskGeometry.Cylinders;
    Info->MediaType = Medium->MediaType;
    Info->TracksPerCylinder = Fdo->DiskGeometry.TracksPerCylinder;
    Info->SectorsPerTrack = Fdo->DiskGeometry.SectorsPerTrack;
    Info->BytesPerSector = Fdo->DiskGeometry.BytesPerSector;
    Info->NumberMediaSides = 1;
    Info->MediaCharacteristics = Medium->Always;
    if (NT_SUCCESS(Status))
        Info->MediaCharacteristics |= MEDIA_CURRENTLY_MOUNTED | Medium->Mounted;
    Irp->IoStatus.Information = sizeof(GET_MEDIA_TYPES);
    return STATUS_SUCCESS;
}
