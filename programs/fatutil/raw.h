// A volume as a whole, for the programs that write below its file system.
#pragma once

#include "fatutil.h"
#include "native.h"

#include <ntdddisk.h>

enum { RawNameChars = 128 };

typedef struct _RAW_VOLUME {
    HANDLE File;
    WCHAR Shown[RawNameChars]; // as the user wrote it, a letter in upper case
    WCHAR Path[RawNameChars];  // for NT
    FAT_STORE Store;           // reads and writes what has no file system between
    NTSTATUS Failed;           // the last transfer that did not succeed
    BOOLEAN Known;             // a file system knows it
    FILE_SYSTEM_NAMES Names;   // what it says
    ULONG SectorsPerTrack, Heads, HiddenSectors;
    BOOLEAN Removable;
    BOOLEAN IsSystem; // the system runs from it; known even if it cannot be opened
    BOOLEAN HasPartition;
    PARTITION_INFORMATION_EX Partition;
} RAW_VOLUME, *PRAW_VOLUME;

// Name: D:, \\?\Volume{...}\, \??\... or \Device\HarddiskVolumeN.
NTSTATUS RawOpen(PCWSTR Name, BOOLEAN Write, PRAW_VOLUME Volume);
VOID RawClose(PRAW_VOLUME Volume);
VOID RawFlushMounted(PRAW_VOLUME Volume); // what the file system has in memory goes to the disk
// For the caller alone. When others use it their handles are taken from them, if Force or the person at the console says so.
// STATUS_ACCESS_DENIED: they are not. Program: what the question names.
NTSTATUS RawLockOrDismount(PRAW_VOLUME Volume, PCWSTR Program, BOOLEAN Force);
// What was written is looked at from the begin by whoever opens the volume next.
NTSTATUS RawDismount(PRAW_VOLUME Volume);
BOOLEAN RawIsDirty(const RAW_VOLUME *Volume); // marked for a check
FAT_STAMP RawNow(VOID);                       // local time, as FAT has it
VOID RawSetPartitionType(const RAW_VOLUME *Volume,
                         UCHAR Type); // where there is an MBR with a FAT type
