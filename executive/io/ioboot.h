// Private to io.
#pragma once

#include "ntos.h"

typedef enum _IOP_DEVICE_KIND { IopVolumeDevice, IopConsoleDevice } IOP_DEVICE_KIND;

typedef struct _DEVICE_OBJECT {
    IOP_DEVICE_KIND Kind;
    UNICODE_STRING Name; // constant
} DEVICE_OBJECT, *PDEVICE_OBJECT;

typedef struct _FILE_OBJECT {
    KEVENT Event;          // first: a file that nothing is going on in is signalled
    PDEVICE_OBJECT Device; // referenced
    BOOLEAN Directory;
    BOOLEAN Synchronous;
    UNICODE_STRING Path; // in the volume, as \Windows\System32\ntdll.dll; pool
    const VOID *Data;
    SIZE_T Size;
    ULONG64 Position;
    // A directory's enumeration
    UNICODE_STRING Pattern; // pool; empty: all
    ULONG NextEntry;        // counts the volume's files
    BOOLEAN Enumerating;
} FILE_OBJECT, *PFILE_OBJECT;

// What an open wants; the parse context of NtCreateFile.
typedef struct _IOP_OPEN {
    ULONG Disposition;
    ULONG Options; // FILE_DIRECTORY_FILE ...
    ULONG_PTR Information;
} IOP_OPEN, *PIOP_OPEN;

// ---- The volume of the boot archive (volume.c): \Windows holds the archive's files

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

NTSTATUS IopReferenceFile(HANDLE Handle, ACCESS_MASK Access, PFILE_OBJECT *File);
// Complete a request: status block, event, and the file's own event.
NTSTATUS IopComplete(PFILE_OBJECT File, IO_STATUS_BLOCK USER *IoStatusBlock, HANDLE Event,
                     NTSTATUS Status, ULONG_PTR Information);

NTSTATUS IopReadConsole(PFILE_OBJECT File, VOID USER *Buffer, ULONG Length, PULONG Read);
NTSTATUS IopWriteConsole(const VOID USER *Buffer, ULONG Length, PULONG Written);
