#pragma once

#include <ntddk.h>

#include <ntdddisk.h>
#include <ntddscsi.h>
#include <ntddstor.h>
#include <scsi.h>
#include <srbhelper.h>
#include <stdio.h>

#include "layer.h"
#include "target.h"

enum { TargetTag = 'tscS', ChunkBytes = 0x10000, ChunkBuckets = 256 };

typedef struct _CHUNK { // of a disk's contents; what was never written is zeros
    struct _CHUNK *Next;
    ULONGLONG Number;
    UCHAR Bytes[ChunkBytes];
} CHUNK, *PCHUNK;

typedef struct _UNIT {
    LIST_ENTRY Link;
    PDEVICE_OBJECT Self;
    TARGET_CONFIG Config;
    BOOLEAN Present, Reported; // it is there; it was with the last relations
    BOOLEAN NoMedium, Frozen, Claimed, Stopped;
    UCHAR CachePage[20];
    TARGET_FAULT Fault;
    TARGET_COUNTS Counts;
    KSPIN_LOCK Lock;
    LIST_ENTRY Queue, Held; // of IRPs: to be done, behind a frozen queue
    ULONG AtOnce;
    KTIMER Timer;
    KDPC Dpc;
    PCHUNK Chunks[ChunkBuckets];
} UNIT, *PUNIT;

typedef struct _BUS {
    PDEVICE_OBJECT Self, LowerDevice, PhysicalDevice;
    FAST_MUTEX Lock;
    LIST_ENTRY Units;
} BUS, *PBUS;

typedef struct _EXTENSION {
    BOOLEAN IsBus;
    union {
        BUS Bus;
        UNIT Unit;
    };
} EXTENSION, *PEXTENSION;

extern PBUS TheBus;

// unit.c: plug and play of a disk, and what its port driver tells
NTSTATUS UnitPnp(PUNIT Unit, PIRP Irp);
NTSTATUS UnitControl(PUNIT Unit, PIRP Irp);
// scsi.c: requests
VOID UnitInitialize(PUNIT Unit);
NTSTATUS UnitScsi(PUNIT Unit, PIRP Irp);
VOID UnitFree(PUNIT Unit);
// command.c: what the disk does. An SRB_STATUS_...
UCHAR UnitCommand(PUNIT Unit, PVOID Srb, PUCHAR Buffer);
UCHAR UnitSense(PVOID Srb, const UCHAR *Sense, UCHAR Bytes);
