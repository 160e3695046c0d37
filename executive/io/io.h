// Io: devices, files and requests.
#pragma once

extern POBJECT_TYPE IoFileObjectType, IoDeviceObjectType;

NTSTATUS IoInitSystem(void);

// The whole of a file that is in memory.
typedef struct _IO_FILE_IMAGE {
    const VOID *Data;
    SIZE_T Size;
    PVOID Object;        // the file object: referenced until the image is released
    UNICODE_STRING Name; // as the object namespace knows it
    BOOLEAN Mapped;      // of the cache's pages, which stay until it is released
} IO_FILE_IMAGE, *PIO_FILE_IMAGE;

NTSTATUS IoReferenceFileImage(HANDLE FileHandle, ACCESS_MASK DesiredAccess, PIO_FILE_IMAGE File);
// By name, for the current caller's rights.
NTSTATUS IoOpenFileImage(PCUNICODE_STRING Name, KPROCESSOR_MODE Mode, PIO_FILE_IMAGE File);
// As a service opens it: by captured attributes, with the caller's rights.
NTSTATUS IoOpenFileImageAs(POB_ATTRIBUTES Attributes, ACCESS_MASK Access, PIO_FILE_IMAGE File);
VOID IoReleaseFileImage(PIO_FILE_IMAGE File);

// A file whose data the cache has or can have, with its size now.
typedef struct _IO_FILE_STREAM {
    PFILE_OBJECT Object; // referenced until it is released
    PCC_STREAM Stream;
    ULONG64 Size;
    UNICODE_STRING Name; // as the object namespace knows it
} IO_FILE_STREAM, *PIO_FILE_STREAM;

// STATUS_NOT_SUPPORTED: it is another kind of file.
NTSTATUS IoReferenceFileStream(HANDLE FileHandle, ACCESS_MASK DesiredAccess, PIO_FILE_STREAM File);
VOID IoReleaseFileStream(PIO_FILE_STREAM File);
PCC_STREAM IoQueryFileStream(PVOID FileObject); // null: it has none
NTSTATUS IoSetFileSize(PVOID FileObject, ULONG64 Size);
NTSTATUS IoGrowFile(PVOID FileObject, ULONG64 Size); // unless it is as large
NTSTATUS IoQueryFileSize(PVOID FileObject, PULONG64 Size);
// For reading and writing by the Executive; referenced. Others may read it meanwhile.
NTSTATUS IoOpenSystemFile(PCUNICODE_STRING Name, BOOLEAN Create, PVOID *FileObject);
NTSTATUS IoFlushFile(PVOID FileObject);             // down to the disk
VOID IoCloseSystemFile(PVOID FileObject);           // waits
NTSTATUS IoMakeSystemFolder(PCUNICODE_STRING Name); // unless it is there
// Deletes the oldest files whose names fit the pattern until there are no more than Most.
NTSTATUS IoKeepNewestFiles(PCUNICODE_STRING Folder, PCUNICODE_STRING Pattern, ULONG Most);

// ---- Paging requests, for the cache

// Whole pages of a file, which are in memory at these addresses. Done is called once, and must not wait; the
// structure stays until then.
typedef struct _IO_PAGING IO_PAGING, *PIO_PAGING;
struct _IO_PAGING {
    PFILE_OBJECT File;
    ULONG64 Offset;
    ULONG Length;
    BOOLEAN Write;
    BOOLEAN Ahead; // nobody waits for the data yet
    BOOLEAN Lazy;  // nobody has asked for the write
    const ULONG64 *Pages;
    VOID (*Done)(PIO_PAGING Paging, NTSTATUS Status, ULONG_PTR Information);
};
// The volume of a file whose host has ended, which CcVolumeReturned or CcVolumeLost will tell of; null: nothing will.
PVOID IoFileVolume(PFILE_OBJECT File);
// From the volume's root; pool. STATUS_OBJECT_NAME_INVALID: it has none.
NTSTATUS IoCopyFilePath(PFILE_OBJECT File, PUNICODE_STRING Path);
// An error: Done is not called.
NTSTATUS IoStartPaging(PIO_PAGING Paging);
// A stream of a host has its first section, or has lost its last.
VOID IoStreamHasSections(ULONG64 Key, BOOLEAN Has);

// ---- The system volume (systemvolume.c)

// Look for it, now that devices have been looked for, and have \SystemRoot and C: lead to it. Ready is called
// on a fiber of its own.
NTSTATUS IoStartSystemVolume(VOID (*Ready)(VOID));
BOOLEAN IoHasSystemVolume(VOID);

// ---- The boot console

VOID IoConsoleReturned(VOID); // the console's line is the Executive's again

// ---- Driver hosts

// The badge bits of hosts that have replied; host number n has bit n % BitCount.
VOID IoHostsNotified(ULONG64 Bits, ULONG BitCount);
// The thread makes no more requests for now: hosts that have some are woken.
VOID IoThreadWaits(PETHREAD Thread);
// Null: the process is no driver host.
PCUNICODE_STRING IoQueryHostName(PEPROCESS Process);
// The process was a driver host and has ended.
VOID IoHostEnded(PEPROCESS Process);
typedef VOID IO_HOST_ROUTINE(PEPROCESS Process, PVOID Context); // must not wait
VOID IoEnumerateHosts(IO_HOST_ROUTINE *Routine, PVOID Context);

// For the Executive's own reading and writing of open files. A stream takes the data where it is, whatever
// Offset says.
NTSTATUS IoReadFileData(PVOID FileObject, ULONG64 Offset, PVOID Data, ULONG Length, PULONG Read);
NTSTATUS IoWriteFileData(PVOID FileObject, ULONG64 Offset, const VOID *Data, ULONG Length);

// Cancel what the thread, which ends, has asked for. FALSE: something is still under way, and
// PsExitThread is called again when it is over, or has taken too long.
BOOLEAN IoRundownThread(PETHREAD Thread);
