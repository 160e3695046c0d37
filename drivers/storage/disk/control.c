// Device control: what a disk answers beyond the library, by a table.
#include "disk.h"

static const BLOCK_CONTROL_ENTRY Controls[] = {
    {IOCTL_DISK_GET_DRIVE_GEOMETRY, 0, sizeof(DISK_GEOMETRY), BlockGetGeometry},
    {IOCTL_DISK_GET_DRIVE_GEOMETRY_EX, 0, FIELD_OFFSET(DISK_GEOMETRY_EX, Data), BlockGetGeometryEx},
    {IOCTL_DISK_GET_LENGTH_INFO, 0, sizeof(GET_LENGTH_INFORMATION), BlockGetLength},
    {IOCTL_DISK_IS_WRITABLE, 0, 0, DiskIsWritable},
    {IOCTL_DISK_GET_MEDIA_TYPES, 0, sizeof(DISK_GEOMETRY), BlockGetGeometry},
    {IOCTL_STORAGE_GET_MEDIA_TYPES, 0, sizeof(DISK_GEOMETRY), BlockGetGeometry},
    {IOCTL_STORAGE_GET_MEDIA_TYPES_EX, 0, sizeof(GET_MEDIA_TYPES), DiskGetMediaTypesEx},
    {IOCTL_DISK_UPDATE_DRIVE_SIZE, 0, sizeof(DISK_GEOMETRY), DiskUpdateSize},
    {IOCTL_DISK_UPDATE_PROPERTIES, 0, 0, DiskUpdateSize},
    {IOCTL_DISK_CONTROLLER_NUMBER, 0, sizeof(DISK_CONTROLLER_NUMBER), DiskControllerNumber},
    {IOCTL_DISK_INTERNAL_SET_VERIFY, 0, 0, DiskSetVerify},
    {IOCTL_DISK_INTERNAL_CLEAR_VERIFY, 0, 0, DiskSetVerify},
    {IOCTL_DISK_VERIFY, sizeof(VERIFY_INFORMATION), 0, DiskVerify},
    {IOCTL_DISK_REASSIGN_BLOCKS, sizeof(REASSIGN_BLOCKS), 0, DiskReassign},
    {IOCTL_DISK_REASSIGN_BLOCKS_EX, sizeof(REASSIGN_BLOCKS_EX), 0, DiskReassign},
    {IOCTL_DISK_GET_CACHE_INFORMATION, 0, sizeof(DISK_CACHE_INFORMATION), DiskGetCache},
    {IOCTL_DISK_SET_CACHE_INFORMATION, sizeof(DISK_CACHE_INFORMATION), 0, DiskSetCache},
    {IOCTL_DISK_GET_CACHE_SETTING, 0, sizeof(DISK_CACHE_SETTING), DiskGetCacheSetting},
    {IOCTL_DISK_SET_CACHE_SETTING, sizeof(DISK_CACHE_SETTING), 0, DiskSetCacheSetting},
    {IOCTL_ATA_PASS_THROUGH, sizeof(ATA_PASS_THROUGH_EX), sizeof(ATA_PASS_THROUGH_EX),
     DiskAtaPassThrough},
    {IOCTL_ATA_PASS_THROUGH_DIRECT, sizeof(ATA_PASS_THROUGH_DIRECT),
     sizeof(ATA_PASS_THROUGH_DIRECT), DiskAtaPassThroughDirect},
    {SMART_GET_VERSION, 0, sizeof(GETVERSIONINPARAMS), DiskSmartVersion},
    {SMART_SEND_DRIVE_COMMAND, FIELD_OFFSET(SENDCMDINPARAMS, bBuffer),
     FIELD_OFFSET(SENDCMDOUTPARAMS, bBuffer), DiskSmartSend},
    {SMART_RCV_DRIVE_DATA, FIELD_OFFSET(SENDCMDINPARAMS, bBuffer),
     FIELD_OFFSET(SENDCMDOUTPARAMS, bBuffer), DiskSmartReceive},
    {IOCTL_STORAGE_PREDICT_FAILURE, 0, sizeof(STORAGE_PREDICT_FAILURE), DiskPredictFailure},
};

// Of its health log the library knows.
static BOOLEAN IsForLibrary(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    const FUNCTIONAL_DEVICE_EXTENSION *Fdo = BlockFdo(DeviceObject);
    return IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.IoControlCode ==
               IOCTL_STORAGE_PREDICT_FAILURE &&
           Fdo->DeviceDescriptor->BusType == BusTypeNvme && !Fdo->FailurePredicted;
}

NTSTATUS NTAPI DiskDeviceControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    if (IsForLibrary(DeviceObject, Irp))
        return ClassDeviceControl(DeviceObject, Irp);
    return BlockDeviceControl(DeviceObject, Irp, Controls, RTL_NUMBER_OF(Controls));
}
