// The CD-ROM class driver.
#pragma once

#include <ntddk.h>

#include <classpnp.h>

#include <ntddcdrm.h>

enum {
    CdTag = 'mRdC',
    CdBlockBytes = 2048, // of data, whatever the drive says of a medium that is not there
};

typedef struct _CD_DATA { // CommonExtension.DriverData
    BOOLEAN Named;        // the symbolic link is there
    UNICODE_STRING Interface;
} CD_DATA, *PCD_DATA;

static inline PFUNCTIONAL_DEVICE_EXTENSION CdFdo(PDEVICE_OBJECT DeviceObject)
{
    return DeviceObject->DeviceExtension;
}

static inline PCD_DATA CdData(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    return Fdo->CommonExtension.DriverData;
}

// Ends a request that holds the remove lock.
NTSTATUS CdComplete(PDEVICE_OBJECT DeviceObject, PIRP Irp, NTSTATUS Status, ULONG_PTR Information);

// ---- device.c

NTSTATUS NTAPI CdAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT Pdo);
NTSTATUS NTAPI CdInitFdo(PDEVICE_OBJECT DeviceObject);
NTSTATUS NTAPI CdStartFdo(PDEVICE_OBJECT DeviceObject);
NTSTATUS NTAPI CdStopDevice(PDEVICE_OBJECT DeviceObject, UCHAR Type);
NTSTATUS NTAPI CdRemoveDevice(PDEVICE_OBJECT DeviceObject, UCHAR Type);
NTSTATUS NTAPI CdReadWriteVerification(PDEVICE_OBJECT DeviceObject, PIRP Irp);

// ---- Device control. Each answers with a status and sets Irp->IoStatus.Information.

typedef NTSTATUS CD_CONTROL(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack);

NTSTATUS NTAPI CdDeviceControl(PDEVICE_OBJECT DeviceObject, PIRP Irp);

CD_CONTROL CdGetGeometry, CdGetGeometryEx, CdGetLength, CdGetMediaTypes, CdGetMediaTypesEx,
    CdIsWritable, CdUpdate;
CD_CONTROL CdReadToc, CdReadTocEx, CdLastSession, CdDiskType;

// ---- medium.c

// How large the medium is that is in the drive now.
NTSTATUS CdLook(PFUNCTIONAL_DEVICE_EXTENSION Fdo);
