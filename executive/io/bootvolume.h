// Private to the boot volume.
#pragma once

#include "iop.h"

// ---- The archive as a tree (bootarchive.c): \Windows holds its files

// STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_PATH_NOT_FOUND.
NTSTATUS IopFindInVolume(PCUNICODE_STRING Path, PBOOLEAN Directory, const VOID **Data,
                         PSIZE_T Size);

typedef struct _IOP_ENTRY {
    UNICODE_STRING Name; // last component
    BOOLEAN Directory;
    SIZE_T Size;
} IOP_ENTRY;

// The next entry of a directory from *Index on, or STATUS_NO_MORE_FILES.
NTSTATUS IopNextInVolume(PCUNICODE_STRING Directory, PULONG Index, IOP_ENTRY *Entry);

// ---- Open files

// A file or directory, once for all who have it open.
typedef struct _IOP_BOOT_NODE {
    LIST_ENTRY Link;
    ULONG References;
    IOP_SHARE Share;
    BOOLEAN Directory;
    const VOID *Data;
    SIZE_T Size;
    UNICODE_STRING Path; // as \Windows\System32\ntdll.dll, empty for the root; its text follows
} IOP_BOOT_NODE, *PIOP_BOOT_NODE;

// FsContext of a file object.
typedef struct _IOP_BOOT_FILE {
    PIOP_BOOT_NODE Node;
    // A directory's enumeration
    UNICODE_STRING Pattern; // pool; empty: all
    ULONG NextEntry;        // counts the volume's files
    BOOLEAN Enumerating;
    LIST_ENTRY Watchers; // requests that wait for changes, which never come
} IOP_BOOT_FILE, *PIOP_BOOT_FILE;

extern const IOP_OPERATIONS IopBootVolumeOperations;

const UNICODE_STRING *IopSystemVolumeName(VOID); // empty: there is none

ULONG IopBootAttributes(BOOLEAN Directory);
ULONG64 IopBootAllocation(SIZE_T Size);
NTSTATUS IopBootDirectoryControl(PIO_REQUEST Request);
NTSTATUS IopBootQuery(PIO_REQUEST Request);
NTSTATUS IopBootQueryVolume(PIO_REQUEST Request);
