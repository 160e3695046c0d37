// The disk class driver.
#pragma once

#include <ntddk.h>

#include <classpnp.h>

#include "core.h" // of classpnp
#include "sat.h"

enum { DiskTag = 'ksiD' };

typedef struct _DISK_DATA { // CommonExtension.DriverData
    BOOLEAN Named;          // the symbolic links are there
    BOOLEAN ReadOnly;       // the medium was write-protected when it was looked at
    UNICODE_STRING Interface;
    FAST_MUTEX CacheLock;
} DISK_DATA, *PDISK_DATA;

static inline PFUNCTIONAL_DEVICE_EXTENSION DiskFdo(PDEVICE_OBJECT DeviceObject)
{
    return DeviceObject->DeviceExtension;
}

static inline PDISK_DATA DiskData(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    return Fdo->CommonExtension.DriverData;
}

// Ends a request that holds the remove lock.
NTSTATUS DiskComplete(PDEVICE_OBJECT DeviceObject, PIRP Irp, NTSTATUS Status,
                      ULONG_PTR Information);

// ---- device.c, name.c

NTSTATUS NTAPI DiskAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT Pdo);
NTSTATUS NTAPI DiskInitFdo(PDEVICE_OBJECT DeviceObject);
NTSTATUS NTAPI DiskStartFdo(PDEVICE_OBJECT DeviceObject);
NTSTATUS NTAPI DiskStopDevice(PDEVICE_OBJECT DeviceObject, UCHAR Type);
NTSTATUS NTAPI DiskRemoveDevice(PDEVICE_OBJECT DeviceObject, UCHAR Type);
NTSTATUS NTAPI DiskReadWriteVerification(PDEVICE_OBJECT DeviceObject, PIRP Irp);
NTSTATUS NTAPI DiskShutdownFlush(PDEVICE_OBJECT DeviceObject, PIRP Irp);

// A number that no disk has, with the directory \Device\HarddiskN.
NTSTATUS DiskTakeNumber(PULONG Number, PHANDLE Directory);
NTSTATUS DiskMakeLinks(PFUNCTIONAL_DEVICE_EXTENSION Fdo);
VOID DiskDeleteLinks(PFUNCTIONAL_DEVICE_EXTENSION Fdo);

// ---- Commands

typedef struct _DISK_COMMAND {
    UCHAR Cdb[16];
    UCHAR CdbLength;
    BOOLEAN Write;
    ULONG TimeOut; // seconds; 0: as usual
    PVOID Data;    // any memory
    ULONG Length;
    ULONG Transferred;
    UCHAR Sense[252];
    UCHAR SenseLength; // 0: there was none
} DISK_COMMAND, *PDISK_COMMAND;

NTSTATUS DiskSend(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PDISK_COMMAND Command);

// ---- Device control. Each answers with a status and sets Irp->IoStatus.Information.

typedef NTSTATUS DISK_CONTROL(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack);

NTSTATUS NTAPI DiskDeviceControl(PDEVICE_OBJECT DeviceObject, PIRP Irp);

DISK_CONTROL DiskGetGeometry, DiskGetGeometryEx, DiskGetLength, DiskIsWritable, DiskGetMediaTypes,
    DiskGetMediaTypesEx, DiskUpdateSize, DiskControllerNumber, DiskSetVerify;
DISK_CONTROL DiskVerify, DiskReassign;
DISK_CONTROL DiskGetCache, DiskSetCache, DiskGetCacheSetting, DiskSetCacheSetting;
DISK_CONTROL DiskAtaPassThrough, DiskAtaPassThroughDirect;
DISK_CONTROL DiskSmartVersion, DiskSmartSend, DiskSmartReceive, DiskPredictFailure;

// ---- cache.c

// Looks at the mode pages: write cache, FUA, write protection.
VOID DiskReadModes(PFUNCTIONAL_DEVICE_EXTENSION Fdo);

// ---- ata.c

// In Command, the registers afterwards are returned; false: none came.
NTSTATUS DiskSendAta(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PSAT_REQUEST Command, PVOID Data,
                     ULONG TimeOut, PULONG Transferred, PBOOLEAN Registers);
