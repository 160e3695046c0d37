// Private to rambus.sys.
#pragma once

#include <ntddk.h>
#include <stdarg.h>
#include <stdio.h>

#include <ntdddisk.h>

#include <ntddstor.h>

#include "rambus.h"

enum { RamTag = 'sBmR' };

typedef struct _RAM_DISK RAM_DISK, *PRAM_DISK;

typedef struct _RAM_MEDIUM {
    PUCHAR Bytes;
    ULONG SectorSize;
    ULONGLONG Sectors;
    BOOLEAN Removable;
    ULONGLONG PowerLeft; // sectors
    RAM_COUNTS Counts;
    PRAM_DISK Disk; // that shows it
} RAM_MEDIUM, *PRAM_MEDIUM;

struct _RAM_DISK {
    PDEVICE_OBJECT Self;
    LIST_ENTRY Link;
    ULONG Slot; // what it was added with: its identity
    PRAM_MEDIUM Medium;
    ULONG Changes;
    BOOLEAN Present, Reported, Holding;
    ULONG Number;
    LIST_ENTRY Held; // IRPs, by Tail.Overlay.ListEntry
};

typedef struct _RAM_BUS {
    PDEVICE_OBJECT Self, Lower, Physical;
    KSPIN_LOCK Lock;
    LIST_ENTRY Disks;
    RAM_MEDIUM Media[RAM_MEDIA];
} RAM_BUS, *PRAM_BUS;

typedef struct _RAM_EXTENSION {
    BOOLEAN IsBus;
    union {
        RAM_BUS Bus;
        RAM_DISK Disk;
    };
} RAM_EXTENSION, *PRAM_EXTENSION;

extern PRAM_BUS RamBus;

static inline NTSTATUS RamComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

// ramdisk.c
NTSTATUS RamTransfer(PRAM_DISK Disk, PIRP Irp);
NTSTATUS RamDiskControl(PRAM_DISK Disk, PIRP Irp);
VOID RamRelease(PRAM_DISK Disk, NTSTATUS Status); // what is held: success: it is done now
// ramdiskpnp.c
NTSTATUS RamAddDisk(ULONG Slot, PRAM_MEDIUM Medium);
NTSTATUS RamDiskPnp(PRAM_DISK Disk, PIRP Irp);
