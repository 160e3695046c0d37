// Device control: what a drive answers beyond the library, by a table.
#include "cdrom.h"

static const BLOCK_CONTROL_ENTRY Controls[] = {
    {IOCTL_CDROM_GET_DRIVE_GEOMETRY, 0, sizeof(DISK_GEOMETRY), BlockGetGeometry},
    {IOCTL_DISK_GET_DRIVE_GEOMETRY, 0, sizeof(DISK_GEOMETRY), BlockGetGeometry},
    {IOCTL_CDROM_GET_DRIVE_GEOMETRY_EX, 0, FIELD_OFFSET(DISK_GEOMETRY_EX, Data),
     BlockGetGeometryEx},
    {IOCTL_DISK_GET_DRIVE_GEOMETRY_EX, 0, FIELD_OFFSET(DISK_GEOMETRY_EX, Data), BlockGetGeometryEx},
    {IOCTL_DISK_GET_LENGTH_INFO, 0, sizeof(GET_LENGTH_INFORMATION), BlockGetLength},
    {IOCTL_DISK_GET_MEDIA_TYPES, 0, sizeof(DISK_GEOMETRY), BlockGetGeometry},
    {IOCTL_STORAGE_GET_MEDIA_TYPES, 0, sizeof(DISK_GEOMETRY), BlockGetGeometry},
    {IOCTL_STORAGE_GET_MEDIA_TYPES_EX, 0, sizeof(GET_MEDIA_TYPES), CdGetMediaTypesEx},
    {IOCTL_DISK_IS_WRITABLE, 0, 0, CdIsWritable},
    {IOCTL_DISK_UPDATE_PROPERTIES, 0, 0, CdUpdate},
    {IOCTL_CDROM_READ_TOC, 0, sizeof(CDROM_TOC), CdReadToc},
    {IOCTL_CDROM_READ_TOC_EX, sizeof(CDROM_READ_TOC_EX), MINIMUM_CDROM_READ_TOC_EX_SIZE,
     CdReadTocEx},
    {IOCTL_CDROM_GET_LAST_SESSION, 0, sizeof(CDROM_TOC_SESSION_DATA), CdLastSession},
    {IOCTL_CDROM_DISK_TYPE, 0, sizeof(CDROM_DISK_DATA), CdDiskType},
};

NTSTATUS NTAPI CdDeviceControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    return BlockDeviceControl(DeviceObject, Irp, Controls, RTL_NUMBER_OF(Controls));
}
