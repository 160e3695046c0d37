// Between the test and its file system: files in memory, whose paging requests are counted, delayed and failed as
// the test says. The device itself (no name) takes the control requests.
#pragma once

#define CCFS_DEVICE L"\\Device\\CcTest"

enum { CCFS_MOST = 64 * 1024 * 1024 }; // bytes of a file

#define CCFS_CODE(Number, Method) \
    CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800 + (Number), Method, FILE_ANY_ACCESS)
#define CCFS_MAKE CCFS_CODE(0, METHOD_BUFFERED) // CCFS_FILE: a file with a pattern in it
#define CCFS_COUNT \
    CCFS_CODE(1, METHOD_BUFFERED) // CCFS_FILE in, CCFS_COUNTERS out, which begin anew
#define CCFS_TROUBLE CCFS_CODE(2, METHOD_BUFFERED) // CCFS_TROUBLES
#define CCFS_PEEK \
    CCFS_CODE(3, METHOD_BUFFERED) // CCFS_FILE (Size: offset) in, bytes of the disk out
#define CCFS_RUN \
    CCFS_CODE(4, METHOD_BUFFERED) // CCFS_STEP: something that the file system does itself

typedef struct _CCFS_FILE {
    WCHAR Name[16];
    ULONG64 Size;
} CCFS_FILE;

typedef struct _CCFS_COUNTERS {
    ULONG Reads, PagesRead, Writes, PagesWritten, CachedReads, CachedWrites, Closes, LazyWrites;
} CCFS_COUNTERS;

// Paging requests of a file that touch [First, End).
typedef struct _CCFS_TROUBLES {
    WCHAR Name[16];
    ULONG64 First, End;
    LONG ReadStatus, WriteStatus; // 0: all is well
    ULONG Milliseconds;           // that each takes
} CCFS_TROUBLES;

typedef enum _CCFS_ACTION {
    CcfsMapData = 1,        // Result: Length bytes of the stream at Offset, added up
    CcfsPinAndSet,          // Length bytes at Offset become Value; not flushed
    CcfsFlush,              // CcFlushCache
    CcfsPurge,              // CcPurgeCacheSection; Result: its answer
    CcfsPrepareAndSet,      // CcPreparePinWrite with zeros, then one byte
    CcfsMdlRead,            // CcMdlRead; Result: the bytes added up
    CcfsMdlWrite,           // CcPrepareMdlWrite, all bytes Value
    CcfsDirty,              // Result: CcIsThereDirtyData
    CcfsCanTruncate,        // MmCanFileBeTruncated to Offset
    CcfsFlushImage,         // MmFlushImageSection for Length (MMFLUSH_TYPE)
    CcfsForceClosed,        // MmForceSectionClosed
    CcfsWritableReferences, // MmDoesFileHaveUserWritableReferences
    CcfsCanWrite,           // CcCanIWrite of Length bytes without waiting
    CcfsZero,               // CcZeroData of [Offset, Offset + Length)
    CcfsForget,             // the file system's own use of the file ends
    CcfsMany,               // Length times: map, pin, unpin at places of the stream
    CcfsLogAndSet,          // as CcfsPinAndSet, with the value as its log sequence number
    CcfsLogOldest,          // of what is dirty
    CcfsLogDirty,           // how many pages
    CcfsFilter, // how often the callbacks around flushing and locking have been called, since last asked
    CcfsLogFlushed, // up to which one the log was to be written
    CcfsCut, // CcUninitializeCacheMap by a file object without a cache map: the file has Offset bytes
} CCFS_ACTION;

typedef struct _CCFS_STEP {
    WCHAR Name[16];
    ULONG Action, Length;
    ULONG64 Offset;
    ULONG Value;
    ULONG64 Result; // out
    LONG Status;    // out: of an exception, or of IoStatus
} CCFS_STEP;

static inline UCHAR CcfsPattern(ULONG64 Offset)
{
    return (UCHAR)(Offset * 31 + (Offset >> 12) * 7 + 1);
}
