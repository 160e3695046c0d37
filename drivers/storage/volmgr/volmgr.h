// volmgr.sys: the function driver of partitions. Each has one volume, a device of its own below it in the tree.
#pragma once

#include <ntddk.h>

#include <mountdev.h>

#include <ntddvol.h>

#include "../partmgr/partition.h"

enum { VM_NAME_CHARS = 64, VM_MOST_VOLUMES = 4096 };
constexpr ULONG VmTag = 'mloV';

typedef enum _VM_KIND {
    VmKindPartition,
    VmKindVolume,
} VM_KIND;

typedef struct _VM_VOLUME VM_VOLUME, *PVM_VOLUME;

// The function device of a partition.
typedef struct _VM_PARTITION {
    VM_KIND Kind;
    PDEVICE_OBJECT Self, Lower, Physical;
    PVM_VOLUME Volume; // once it has been started
} VM_PARTITION, *PVM_PARTITION;

// A volume's physical device. What is on the disk is asked of the partition each time: it changes.
struct _VM_VOLUME {
    VM_KIND Kind;
    PDEVICE_OBJECT Self;
    PDEVICE_OBJECT Partition; // the physical one; while Running can be had
    EX_RUNDOWN_REF Running;   // calls of its dispatch routines, not the packets that they pass down
    BOOLEAN Reported;         // the PnP manager knows it
    BOOLEAN Orphaned;         // its partition's device is gone
    BOOLEAN Hidden;
    volatile BOOLEAN Offline, Gone;
    ULONG Number;
    WCHAR Name[VM_NAME_CHARS]; // \Device\HarddiskVolumeN
    WCHAR Link[VM_NAME_CHARS]; // \Device\HarddiskN\PartitionM, while it is there
    WCHAR Instance[PARTITION_IDENTITY_CHARS];
    UNICODE_STRING Interface;
};

static inline VM_KIND VmKindOf(PDEVICE_OBJECT Device)
{
    return *(VM_KIND *)Device->DeviceExtension;
}

static inline PVM_VOLUME VmVolumeOf(PDEVICE_OBJECT Device)
{
    return Device->DeviceExtension;
}

static inline PVM_PARTITION VmPartitionOf(PDEVICE_OBJECT Device)
{
    return Device->DeviceExtension;
}

// ---- main.c
NTSTATUS VmComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information);

// ---- pnp.c, volumepnp.c
DRIVER_ADD_DEVICE VmAddDevice;
NTSTATUS VmPartitionPnp(PVM_PARTITION Partition, PIRP Irp);
NTSTATUS VmVolumePnp(PVM_VOLUME Volume, PIRP Irp);

// ---- volume.c
NTSTATUS VmQueryIdentity(PDEVICE_OBJECT Partition, PPARTITION_IDENTITY Identity);
NTSTATUS VmCreateVolume(PVM_PARTITION Partition);
VOID VmRemoveLink(PVM_VOLUME Volume);
VOID VmDeleteVolume(PVM_VOLUME Volume);

// ---- control.c
NTSTATUS VmVolumeControl(PVM_VOLUME Volume, PIRP Irp);
