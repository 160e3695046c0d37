// The medium as a disk: how large it is and what it looks like.
#include "cdrom.h"

#include <ntdddisk.h>

// The library finds out the size; the shape is that of Windows' CD-ROMs. A drive with no medium, or one whose blocks cannot
// be read as data, counts as one of data blocks.
NTSTATUS CdLook(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    enum { Heads = 64, Sectors = 32 };
    NTSTATUS Status = ClassReadDriveCapacity(Fdo->DeviceObject);
    PDISK_GEOMETRY Geometry = &Fdo->DiskGeometry;
    if (!NT_SUCCESS(Status))
        Geometry->BytesPerSector = CdBlockBytes;
    ULONG Cylinder = Heads * Sectors * Geometry->BytesPerSector;
    Geometry->MediaType = RemovableMedia;
    Geometry->TracksPerCylinder = Heads;
    Geometry->SectorsPerTrack = Sectors;
    Geometry->Cylinders.QuadPart = Fdo->CommonExtension.PartitionLength.QuadPart / Cylinder;
    return Status;
}

NTSTATUS CdGetGeometry(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    UNREFERENCED_PARAMETER(Stack);
    NTSTATUS Status = CdLook(Fdo);
    if (!NT_SUCCESS(Status))
        return Status;
    *(PDISK_GEOMETRY)Irp->AssociatedIrp.SystemBuffer = Fdo->DiskGeometry;
    Irp->IoStatus.Information = sizeof(DISK_GEOMETRY);
    return STATUS_SUCCESS;
}

NTSTATUS CdGetGeometryEx(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    PDISK_GEOMETRY_EX Geometry = Irp->AssociatedIrp.SystemBuffer;
    UNREFERENCED_PARAMETER(Stack);
    NTSTATUS Status = CdLook(Fdo);
    if (!NT_SUCCESS(Status))
        return Status;
    Geometry->Geometry = Fdo->DiskGeometry;
    Geometry->DiskSize = Fdo->CommonExtension.PartitionLength;
    Irp->IoStatus.Information = FIELD_OFFSET(DISK_GEOMETRY_EX, Data);
    return STATUS_SUCCESS;
}

NTSTATUS CdGetLength(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    UNREFERENCED_PARAMETER(Stack);
    NTSTATUS Status = CdLook(Fdo);
    if (!NT_SUCCESS(Status))
        return Status;
    ((PGET_LENGTH_INFORMATION)Irp->AssociatedIrp.SystemBuffer)->Length =
        Fdo->CommonExtension.PartitionLength;
    Irp->IoStatus.Information = sizeof(GET_LENGTH_INFORMATION);
    return STATUS_SUCCESS;
}

NTSTATUS CdUpdate(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    UNREFERENCED_PARAMETER(Irp);
    UNREFERENCED_PARAMETER(Stack);
    return CdLook(Fdo);
}

NTSTATUS CdIsWritable(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    UNREFERENCED_PARAMETER(Fdo);
    UNREFERENCED_PARAMETER(Irp);
    UNREFERENCED_PARAMETER(Stack);
    return STATUS_MEDIA_WRITE_PROTECTED;
}

NTSTATUS CdGetMediaTypes(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    return CdGetGeometry(Fdo, Irp, Stack);
}

// Also of an empty drive.
NTSTATUS CdGetMediaTypesEx(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    PGET_MEDIA_TYPES Types = Irp->AssociatedIrp.SystemBuffer;
    UNREFERENCED_PARAMETER(Stack);
    NTSTATUS Status = CdLook(Fdo);
    if (!NT_SUCCESS(Status) && Status != STATUS_NO_MEDIA_IN_DEVICE)
        return Status;
    *Types = (GET_MEDIA_TYPES){.DeviceType = FILE_DEVICE_CD_ROM, .MediaInfoCount = 1};
    typeof(&Types->MediaInfo[0].DeviceSpecific.RemovableDiskInfo) Info =
        &Types->MediaInfo[0].DeviceSpecific.RemovableDiskInfo;
    Info->Cylinders = Fdo->DiskGeometry.Cylinders;
    Info->MediaType = CD_ROM;
    Info->TracksPerCylinder = Fdo->DiskGeometry.TracksPerCylinder;
    Info->SectorsPerTrack = Fdo->DiskGeometry.SectorsPerTrack;
    Info->BytesPerSector = Fdo->DiskGeometry.BytesPerSector;
    Info->NumberMediaSides = 1;
    Info->MediaCharacteristics = MEDIA_READ_ONLY;
    if (NT_SUCCESS(Status))
        Info->MediaCharacteristics |= MEDIA_CURRENTLY_MOUNTED;
    Irp->IoStatus.Information = sizeof(GET_MEDIA_TYPES);
    return STATUS_SUCCESS;
}
