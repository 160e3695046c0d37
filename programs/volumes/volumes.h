// volumes and mountvol: the names that the mount manager has, and what the volumes say.
#pragma once

#include "../lib/native.h"

#include <ntdddisk.h>

#include <mountmgr.h>

#include <ntddvol.h>

enum { NameChars = 128, MostVolumes = 256, MostWords = 8 };

// ---- points.c: the mount manager

typedef struct _VOLUME {
    WCHAR Device[NameChars]; // \Device\HarddiskVolumeN
    WCHAR Name[NameChars];   // \??\Volume{...}
    WCHAR Letter;            // 0: none
} VOLUME, *PVOLUME;

NTSTATUS AskManager(ULONG Code, PVOID Input, ULONG InputLength, PVOID Output, ULONG OutputLength,
                    PULONG Length);
// All volumes with names, sorted by letter, then by device; the count. Freed with the process.
NTSTATUS ListVolumes(PVOLUME *Volumes, PULONG Count);
// D:, D:\, \\?\Volume{...}\, \Device\HarddiskVolumeN, or N. Null: there is none.
const VOLUME *FindVolume(const VOLUME *Volumes, ULONG Count, PCWSTR Text);
NTSTATUS AssignLetter(WCHAR Letter, const VOLUME *Volume);
NTSTATUS RemoveLetter(WCHAR Letter);
BOOLEAN IsLetter(PCWSTR Text, PWCHAR Letter); // X: or X:\ with any case

// ---- folder.c: volumes in folders

// STATUS_INVALID_DEVICE_REQUEST: the folder's file system has no mount points.
NTSTATUS MountInFolder(PCWSTR Path, const VOLUME *Volume);
NTSTATUS CheckFolderIsMountPoint(PCWSTR Path);

// ---- describe.c: a volume

typedef struct _VOLUME_FACTS {
    ULONG Disk, Partition;
    ULONGLONG Start, Length; // bytes
    PARTITION_INFORMATION_EX Information;
} VOLUME_FACTS;

NTSTATUS AskVolume(PCWSTR Device, VOLUME_FACTS *Facts);

// Of the file system on it, which is mounted for that. An error: there is none.
NTSTATUS AskFileSystem(PCWSTR Device, PFILE_SYSTEM_NAMES Names, PULONGLONG Free); // bytes
PCWSTR ContentsText(const PARTITION_INFORMATION_EX *Information); // of the partition's type
VOID SizeText(ULONGLONG Bytes, PWSTR Text, ULONG Chars);          // 512 B, 1.5 MB, 20 GB
