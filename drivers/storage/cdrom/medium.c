// The medium as a disk: how large it is and what it looks like.
#include "cdrom.h"

// The library finds out the size; the shape is that of Windows' CD-ROMs. A drive with no medium, or one whose blocks cannot
// be read as data, counts as one of data blocks.
NTSTATUS BlockLook(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
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

NTSTATUS CdUpdate(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    UNREFERENCED_PARAMETER(Irp);
    UNREFERENCED_PARAMETER(Stack);
    return BlockLook(Fdo);
}

NTSTATUS CdIsWritable(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    UNREFERENCED_PARAMETER(Fdo);
    UNREFERENCED_PARAMETER(Irp);
    UNREFERENCED_PARAMETER(Stack);
    return STATUS_MEDIA_WRITE_PROTECTED;
}

NTSTATUS CdGetMediaTypesEx(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    static const BLOCK_MEDIUM Medium = {
        .DeviceType = FILE_DEVICE_CD_ROM, .MediaType = CD_ROM, .Always = MEDIA_READ_ONLY};
    UNREFERENCED_PARAMETER(Stack);
    return BlockGetMediaTypesEx(Fdo, Irp, &Medium);
}
