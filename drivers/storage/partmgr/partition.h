// What volmgr.sys asks of the partition below it, within a driver host: an internal device control.
#pragma once

#include <ntddk.h>

#include <ntdddisk.h>

#define IOCTL_PARTITION_QUERY_IDENTITY \
    CTL_CODE(IOCTL_DISK_BASE, 0x0F00, METHOD_BUFFERED, FILE_ANY_ACCESS)

enum {
    PARTITION_IDENTITY_CHARS = 200,
    PARTITION_UNIQUE_ID_BYTES = 2 * PARTITION_IDENTITY_CHARS,
};

// Instance names the partition among all of all disks. UniqueId and StableGuid are what the mount manager gets,
// in the forms of Windows: GPT: DMIO:ID: and the partition's identifier; MBR: signature and offset; else the name of the
// disk's device interface. HasStableGuid: StableGuid means something.
typedef struct _PARTITION_IDENTITY {
    PARTITION_INFORMATION_EX Information;
    ULONG DiskNumber;
    BOOLEAN Removable;
    BOOLEAN HasStableGuid;
    USHORT UniqueIdLength;
    GUID StableGuid;
    UCHAR UniqueId[PARTITION_UNIQUE_ID_BYTES];
    WCHAR Instance[PARTITION_IDENTITY_CHARS];
} PARTITION_IDENTITY, *PPARTITION_IDENTITY;
