// What the program knows of a disk, all of it from documented control requests.
#pragma once

#include "../lib/native.h"

#include <ntdddisk.h>
#include <ntddstor.h>

enum { DiskTextChars = 64, DiskMost = 64 };

typedef enum _DISK_ANSWER { DiskUnknown, DiskNo, DiskYes } DISK_ANSWER;

typedef struct _DISK {
    ULONG Number;
    NTSTATUS Status; // of opening it; the rest is known when that succeeded
    WCHAR Model[DiskTextChars], Serial[DiskTextChars], Revision[DiskTextChars];
    ULONGLONG Bytes;
    ULONG SectorBytes, PhysicalBytes; // 0: not known
    ULONG Bus;                        // STORAGE_BUS_TYPE
    BOOLEAN Removable, NoMedium;
    DISK_ANSWER ReadOnly, WriteCache, Trim, Turns;
    ULONG MaximumTransfer;
} DISK, *PDISK;

// The numbers of the disks that have a name, in order. Their count.
ULONG DiskList(PULONG Numbers, ULONG Most);
VOID DiskQuery(ULONG Number, PDISK Disk);
VOID DiskPrintTable(const DISK *Disks, ULONG Count);
VOID DiskPrintDetails(const DISK *Disk);
