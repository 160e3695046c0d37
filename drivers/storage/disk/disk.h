// The disk class driver.
#pragma once

#include "block.h"
#include "core.h" // of classpnp
#include "sat.h"

enum { DiskTag = 'ksiD' };

typedef struct _DISK_DATA { // CommonExtension.DriverData
    BLOCK_DATA Block;
    BOOLEAN ReadOnly; // the medium was write-protected when it was looked at
    FAST_MUTEX CacheLock;
} DISK_DATA, *PDISK_DATA;

static inline PDISK_DATA DiskData(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    return Fdo->CommonExtension.DriverData;
}

// ---- device.c, name.c

NTSTATUS NTAPI DiskAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT Pdo);
NTSTATUS NTAPI DiskInitFdo(PDEVICE_OBJECT DeviceObject);
NTSTATUS NTAPI DiskStartFdo(PDEVICE_OBJECT DeviceObject);
NTSTATUS NTAPI DiskRemoveDevice(PDEVICE_OBJECT DeviceObject, UCHAR Type);
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

// ---- Device control

NTSTATUS NTAPI DiskDeviceControl(PDEVICE_OBJECT DeviceObject, PIRP Irp);

BLOCK_CONTROL DiskIsWritable, DiskGetMediaTypesEx, DiskUpdateSize, DiskControllerNumber,
    DiskSetVerify;
BLOCK_CONTROL DiskVerify, DiskReassign;
BLOCK_CONTROL DiskGetCache, DiskSetCache, DiskGetCacheSetting, DiskSetCacheSetting;
BLOCK_CONTROL DiskAtaPassThrough, DiskAtaPassThroughDirect;
BLOCK_CONTROL DiskSmartVersion, DiskSmartSend, DiskSmartReceive, DiskPredictFailure;

// ---- cache.c

// Looks at the mode pages: write cache, FUA, write protection.
VOID DiskReadModes(PFUNCTIONAL_DEVICE_EXTENSION Fdo);

// ---- ata.c

// In Command, the registers afterwards are returned; false: none came.
NTSTATUS DiskSendAta(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PSAT_REQUEST Command, PVOID Data,
                     ULONG TimeOut, PULONG Transferred, PBOOLEAN Registers);
