// What disk.sys and cdrom.sys share: class drivers of devices that are read in whole blocks.
#pragma once

#include <ntddk.h>

#include <classpnp.h>

#include <ntdddisk.h>

#include "../classpnp/complete.h"

typedef struct _BLOCK_DATA { // the first of CommonExtension.DriverData
    BOOLEAN Named;           // the symbolic links are there
    UNICODE_STRING Interface;
} BLOCK_DATA, *PBLOCK_DATA;

static inline PFUNCTIONAL_DEVICE_EXTENSION BlockFdo(PDEVICE_OBJECT DeviceObject)
{
    return DeviceObject->DeviceExtension;
}

static inline PBLOCK_DATA BlockData(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    return Fdo->CommonExtension.DriverData;
}

// ---- driver.c

// ClassInitialize with what both drivers say.
NTSTATUS BlockInitialize(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath,
                         PCLASS_INIT_DATA Data);
// Memory for sense data and requests, and the device interface, which is enabled by BlockStarted.
NTSTATUS BlockInitFdo(PFUNCTIONAL_DEVICE_EXTENSION Fdo, ULONG SrbsKept, const GUID *Interface);
VOID BlockStarted(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PCSTR Key);
VOID BlockForgetInterface(PFUNCTIONAL_DEVICE_EXTENSION Fdo);
// ClassReadWriteVerification: whole blocks of the medium.
NTSTATUS NTAPI BlockReadWriteVerification(PDEVICE_OBJECT DeviceObject, PIRP Irp);

// ---- control.c

// Answers with a status and sets Irp->IoStatus.Information.
typedef NTSTATUS BLOCK_CONTROL(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp,
                               PIO_STACK_LOCATION Stack);

typedef struct _BLOCK_CONTROL_ENTRY {
    ULONG Code;
    USHORT Input, Output; // bytes, at least
    BLOCK_CONTROL *Routine;
} BLOCK_CONTROL_ENTRY;

// What the table does not have is the library's.
NTSTATUS BlockDeviceControl(PDEVICE_OBJECT DeviceObject, PIRP Irp,
                            const BLOCK_CONTROL_ENTRY *Entries, ULONG Count);

// ---- geometry.c

// The driver's own: finds out how large the medium is and what it looks like, where that may have changed.
NTSTATUS BlockLook(PFUNCTIONAL_DEVICE_EXTENSION Fdo);

// A device takes media of one kind: its geometry is also the answer about media types.
BLOCK_CONTROL BlockGetGeometry, BlockGetGeometryEx, BlockGetLength;

typedef struct _BLOCK_MEDIUM {
    DEVICE_TYPE DeviceType;
    STORAGE_MEDIA_TYPE MediaType;
    ULONG Always,
        Mounted; // characteristics: also of an empty device; of a medium beyond MEDIA_CURRENTLY_MOUNTED
} BLOCK_MEDIUM;

NTSTATUS BlockGetMediaTypesEx(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp,
                              const BLOCK_MEDIUM *Medium);
