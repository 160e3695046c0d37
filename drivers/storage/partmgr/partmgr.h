// partmgr.sys: a filter above each disk, and a device for each of its partitions.
#pragma once

#include "layoutex.h"
#include "partition.h"

enum { PM_PATH_CHARS = 256 };
constexpr ULONG PmTag = 'mtrP';

typedef enum _PM_KIND {
    PmKindDisk,
    PmKindPartition,
    PmKindIdentity, // keeps a disk's identifier taken; nobody opens it
} PM_KIND;

// Transfers that were counted, of one direction. Times are units of 100 ns.
typedef struct _PM_TRANSFERS {
    ULONG Count;
    LONGLONG Bytes, Time;
} PM_TRANSFERS;

typedef struct _PM_COUNTERS {
    volatile BOOLEAN On;
    KSPIN_LOCK Lock; // of what follows
    PM_TRANSFERS Reads, Writes;
    ULONG Depth; // transfers on their way
    LONGLONG IdleTime, IdleSince;
} PM_COUNTERS, *PPM_COUNTERS;

// The filter device of a disk.
typedef struct _PM_DISK {
    PM_KIND Kind;
    PDEVICE_OBJECT Self, Lower, Physical;
    EX_RUNDOWN_REF Running; // requests of its own routines
    KEVENT Lock;            // a mutex at PASSIVE_LEVEL: of all that follows but Io while started
    BOOLEAN Started;
    BOOLEAN Removable;
    BOOLEAN Collides; // another disk has the same identifier
    ULONG Number;
    volatile ULONGLONG Attributes; // DISK_ATTRIBUTE_*
    ULONG MediaChanges;
    PT_DISK Io;
    NTSTATUS IoStatus; // of the last failure of Io's routines
    PT_TABLE Table;
    LIST_ENTRY Partitions;
    PDEVICE_OBJECT Identity;
    UNICODE_STRING Interface; // \??\...: of the disk
    PM_COUNTERS Counters;
} PM_DISK, *PPM_DISK;

// A partition's physical device.
typedef struct _PM_PARTITION {
    PM_KIND Kind;
    PDEVICE_OBJECT Self;
    PPM_DISK Disk;          // while Running can be had
    LIST_ENTRY Link;        // in Disk's list until the device is deleted
    EX_RUNDOWN_REF Running; // calls of its dispatch routines, not the packets that they pass down
    BOOLEAN Present;        // the table has it
    BOOLEAN Reported;       // the PnP manager knows it
    volatile BOOLEAN Gone;
    volatile BOOLEAN ReadOnly;
    ULONG Number;
    LONGLONG Start;
    volatile LONGLONG Length; // grows while it is used
    PT_STYLE Style;
    PT_GUID DiskId;
    PT_PARTITION Entry;
    UNICODE_STRING Interface;
    PM_COUNTERS Counters;
} PM_PARTITION, *PPM_PARTITION;

static inline PPM_DISK PmDiskOf(PDEVICE_OBJECT Device)
{
    return Device->DeviceExtension;
}

static inline PPM_PARTITION PmPartitionOf(PDEVICE_OBJECT Device)
{
    return Device->DeviceExtension;
}

static inline PM_KIND PmKindOf(PDEVICE_OBJECT Device)
{
    return *(PM_KIND *)Device->DeviceExtension;
}

static inline VOID PmLock(PPM_DISK Disk)
{
    KeWaitForSingleObject(&Disk->Lock, Executive, KernelMode, FALSE, nullptr);
}

static inline VOID PmUnlock(PPM_DISK Disk)
{
    KeSetEvent(&Disk->Lock, IO_NO_INCREMENT, FALSE);
}

// ---- main.c
NTSTATUS PmComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information);
DRIVER_DISPATCH PmPassDown; // of a disk

// ---- pnp.c, partitionpnp.c
DRIVER_ADD_DEVICE PmAddDevice;
NTSTATUS PmDiskPnp(PPM_DISK Disk, PIRP Irp);
NTSTATUS PmPartitionPnp(PPM_PARTITION Partition, PIRP Irp);

// ---- geometry.c, sector.c
NTSTATUS PmGetGeometryEx(PPM_DISK Disk, PVOID Buffer, ULONG Room, PULONG_PTR Information);
NTSTATUS PmAskDisk(PPM_DISK Disk, ULONG Code, PVOID Output, ULONG Length);
VOID PmInitializeIo(PPM_DISK Disk);
// Success and failure of the table's routines as a status.
NTSTATUS PmStatusOf(PPM_DISK Disk, PT_RESULT Result);

// ---- disk.c; Disk is locked
NTSTATUS PmReadDisk(PPM_DISK Disk);  // its size and its table, and what follows from them
VOID PmRefreshMedium(PPM_DISK Disk); // read it again if the medium has been changed
NTSTATUS PmReplaceTable(PPM_DISK Disk, PT_TABLE *New); // write it; takes it over when that succeeds
NTSTATUS PmEraseDisk(PPM_DISK Disk);
VOID PmTableChanged(PPM_DISK Disk); // devices follow the table

// ---- identity.c; Disk is locked
VOID PmTakeIdentity(PPM_DISK Disk); // of the table; Collides: another disk has it
VOID PmDropIdentity(PPM_DISK Disk);
NTSTATUS PmChangeIdentity(PPM_DISK Disk); // new identifiers, written to the disk
VOID PmFillIdentity(PPM_PARTITION Partition, PPARTITION_IDENTITY Identity);

// ---- attributes.c; Disk is locked
VOID PmLoadAttributes(PPM_DISK Disk);
NTSTATUS PmSetAttributes(PPM_DISK Disk, const SET_DISK_ATTRIBUTES *Set);
static inline BOOLEAN PmIsOffline(const PM_DISK *Disk)
{
    return Disk->Collides || (Disk->Attributes & DISK_ATTRIBUTE_OFFLINE);
}

// ---- partition.c; Disk is locked
VOID PmFollowTable(PPM_DISK Disk);
VOID PmDeletePartition(PPM_PARTITION Partition);
PDEVICE_RELATIONS PmListPartitions(PPM_DISK Disk);

// ---- layout.c
NTSTATUS PmGetLayoutEx(PPM_DISK Disk, PVOID Buffer, ULONG Length, PULONG_PTR Information);
NTSTATUS PmGetLayout(PPM_DISK Disk, PVOID Buffer, ULONG Length, PULONG_PTR Information);
NTSTATUS PmTakeLayoutEx(PPM_DISK Disk, const VOID *Buffer, ULONG Length, PT_TABLE *New);
NTSTATUS PmTakeLayout(PPM_DISK Disk, const VOID *Buffer, ULONG Length, PT_TABLE *New);

// ---- control.c, partitioncontrol.c
NTSTATUS PmDiskControl(PPM_DISK Disk, PIRP Irp);
NTSTATUS PmPartitionControl(PPM_PARTITION Partition, PIRP Irp);

// ---- performance.c
VOID PmInitializeCounters(PPM_COUNTERS Counters);
VOID PmTellCounters(PPM_COUNTERS Counters, ULONG Disk, PDISK_PERFORMANCE Performance);
VOID PmStopCounting(PPM_COUNTERS Counters);
// A transfer goes to the disk, counted. Partition may be null.
NTSTATUS PmCountTransfer(PPM_DISK Disk, PPM_PARTITION Partition, PIRP Irp);

// ---- io.c
DRIVER_DISPATCH PmReadWrite, PmFlush;
