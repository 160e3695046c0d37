// What the program knows of a disk, all of it from documented control requests.
#pragma once

#include "../lib/native.h"

#include <ntdddisk.h>
#include <ntddstor.h>

enum { DiskTextChars = 64, DiskMost = 64 };

typedef enum _DISK_ANSWER { DiskUnknown, DiskNo, DiskYes } DISK_ANSWER;

typedef struct _DISK_HEALTH {
    BOOLEAN Known, Failing, HasTemperature, HasLife;
    ULONG Warnings;    // bits of NVM Express
    LONG Temperature;  // degrees Celsius
    ULONG Spare, Used; // per cent
    ULONGLONG Hours, Cycles, Unsafe, MediaErrors;
    ULONGLONG Read, Written; // bytes
} DISK_HEALTH, *PDISK_HEALTH;

enum { DiskFirmwareSlots = 8 };

typedef struct _DISK_FIRMWARE {
    ULONG Count; // 0: the disk does not tell
    ULONG Active, Pending;
    BOOLEAN Upgrade;
    struct {
        ULONG Number;
        BOOLEAN ReadOnly;
        CHAR Revision[STORAGE_HW_FIRMWARE_REVISION_LENGTH + 1];
    } Slots[DiskFirmwareSlots];
} DISK_FIRMWARE, *PDISK_FIRMWARE;

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
    DISK_HEALTH Health;
    DISK_FIRMWARE Firmware;
} DISK, *PDISK;

// The numbers of the disks that have a name, in order. Their count.
ULONG DiskList(PULONG Numbers, ULONG Most);
VOID DiskQuery(ULONG Number, PDISK Disk);
NTSTATUS DiskShowPerformance(ULONG Seconds); // of all disks, during that time
VOID DiskPrintTable(const DISK *Disks, ULONG Count);
VOID DiskPrintDetails(const DISK *Disk);
VOID DiskQueryHealth(HANDLE File, PDISK Disk);
VOID DiskPrintHealth(const DISK_HEALTH *Health);
VOID DiskQueryFirmware(HANDLE File, PDISK Disk);
VOID DiskPrintFirmware(const DISK_FIRMWARE *Firmware);
VOID DiskSizeText(ULONGLONG Bytes, PWSTR Text); // DiskTextChars
