// fstest: what is done to a file system, and what is to be there afterwards. tests/system/test_fat_*.py compare from outside.
#pragma once

#include <native.h>

typedef NTSTATUS FS_COMMAND(PWSTR *Words, ULONG Count);
FS_COMMAND FsAttributes, FsCalls, FsFollow, FsGrow, FsHold, FsKeep, FsLimits, FsLoad, FsLockTest,
    FsReplaced, FsLook, FsModel, FsPut, FsReopens, FsSettle, FsShare, FsWorker;

// ---- util.c

enum { FsMostPath = 32000 }; // bytes

typedef struct _FS_RANDOM {
    ULONGLONG State;
} FS_RANDOM;

ULONG FsRandom(FS_RANDOM *Random, ULONG Below);
ULONGLONG FsNumber(PCWSTR Text); // with K, M, G behind it
PVOID FsAllocate(SIZE_T Bytes);  // zeroed; ends the program when there is no memory
VOID FsFree(PVOID Block);
ULONG FsCrc(ULONG Crc, const VOID *Data, SIZE_T Length); // as zlib's
// An NT path, or a name below Root.
NTSTATUS FsOpen(HANDLE Root, PCUNICODE_STRING Name, ACCESS_MASK Access, ULONG Share,
                ULONG Disposition, ULONG Options, ULONG Attributes, PHANDLE File);
NTSTATUS FsOpenPath(PCWSTR DosPath, ACCESS_MASK Access, ULONG Share, ULONG Disposition,
                    ULONG Options, PHANDLE File);
NTSTATUS FsRead(HANDLE File, ULONGLONG Offset, PVOID Buffer, ULONG Length, PULONG Done);
NTSTATUS FsWrite(HANDLE File, ULONGLONG Offset, const VOID *Buffer, ULONG Length, PULONG Done);
NTSTATUS FsSet(HANDLE File, FILE_INFORMATION_CLASS Class, const VOID *Data, ULONG Length);
// Text outside ASCII as \uXXXX.
VOID FsEscape(PCWSTR Name, ULONG Length, PWSTR Text);
