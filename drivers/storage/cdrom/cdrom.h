// The CD-ROM class driver.
#pragma once

#include "block.h"

#include <ntddcdrm.h>

enum {
    CdTag = 'mRdC',
    CdBlockBytes = 2048, // of data, whatever the drive says of a medium that is not there
};

// ---- device.c

NTSTATUS NTAPI CdAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT Pdo);
NTSTATUS NTAPI CdInitFdo(PDEVICE_OBJECT DeviceObject);
NTSTATUS NTAPI CdStartFdo(PDEVICE_OBJECT DeviceObject);
NTSTATUS NTAPI CdRemoveDevice(PDEVICE_OBJECT DeviceObject, UCHAR Type);
NTSTATUS NTAPI CdReadWriteVerification(PDEVICE_OBJECT DeviceObject, PIRP Irp);

// ---- Device control

NTSTATUS NTAPI CdDeviceControl(PDEVICE_OBJECT DeviceObject, PIRP Irp);

BLOCK_CONTROL CdGetMediaTypesEx, CdIsWritable, CdUpdate;
BLOCK_CONTROL CdReadToc, CdReadTocEx, CdLastSession, CdDiskType;
