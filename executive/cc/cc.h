// Cc: the page cache. A stream is the data of one file, or metadata that a file system treats as one: its
// pages and sizes. Reads, writes, sections and the file system's own accesses share the pages.
#pragma once

#include "ccreadahead.h"

typedef struct _CC_STREAM CC_STREAM, *PCC_STREAM;

typedef struct _CC_SIZES {
    ULONG64 Allocation, File, Valid; // bytes; Valid MAXLONG64: all that is on the disk
} CC_SIZES, *PCC_SIZES;

// Where data comes from or goes to. Process null: an address of the Executive.
typedef struct _CC_BUFFER {
    PEPROCESS Process;
    ULONG_PTR Address;
} CC_BUFFER;

typedef struct _CC_RANGE {
    ULONG64 Start, End; // bytes
} CC_RANGE;
#define CC_WHOLE ((CC_RANGE){0, MAXLONG64})

NTSTATUS CcInitSystem(VOID);

// ---- Streams. Owner is the driver host that has the file, Key what the host knows the stream by.

PCC_STREAM CcFindStream(PVOID Owner, ULONG64 Key);                   // referenced; null: none
NTSTATUS CcOpenStream(PVOID Owner, ULONG64 Key, PCC_STREAM *Stream); // found or made
VOID CcReferenceStream(PCC_STREAM Stream);
VOID CcDereferenceStream(PCC_STREAM Stream);

// The host has ended: its files are dead. Those with data to be written, or mapped, wait for their volume.
VOID CcOwnerEnded(PVOID Owner);
// A file that a stream belongs to from now on.
typedef struct _CC_HOME {
    PFILE_OBJECT File; // referenced
    PVOID Owner;
    ULONG64 Key;
} CC_HOME;
// Opens the file (MayCreate: or makes it), and makes it as long as that.
typedef NTSTATUS CC_REOPEN(PVOID Context, PCUNICODE_STRING Path, ULONG64 Size, BOOLEAN MayCreate,
                           CC_HOME *Home);
// A volume (IoFileVolume) is mounted again, and nobody has opened anything on it yet; or it will not be.
VOID CcVolumeReturned(PVOID Volume, CC_REOPEN *Reopen, PVOID Context);
VOID CcVolumeLost(PVOID Volume);

enum {
    CC_PIN_ACCESS = 1, // metadata: the file system alone writes, and says what is dirty
    CC_NO_READ_AHEAD = 2,
    CC_NO_WRITE_BEHIND = 4,
};

// One more cache map, which begins with these sizes if it is the first. Paging requests go by File, which stays
// referenced while the stream has pages.
NTSTATUS CcInitializeStream(PCC_STREAM Stream, PFILE_OBJECT File, const CC_SIZES *Sizes,
                            ULONG Flags);
// One less. TruncateSize: what lies behind is thrown away with the last one.
VOID CcUninitializeStream(PCC_STREAM Stream, const ULONG64 *TruncateSize);
ULONG CcCountStreamMaps(PCC_STREAM Stream);
// A file object has had byte ranges locked: until all of those are gone, the file system sees all reads and writes.
VOID CcLockStream(PCC_STREAM Stream);
VOID CcUnlockStream(PCC_STREAM Stream);
BOOLEAN CcIsStreamLocked(PCC_STREAM Stream);
CC_SIZES CcQueryStreamSizes(PCC_STREAM Stream);
VOID CcSetStreamSizes(PCC_STREAM Stream, const CC_SIZES *Sizes);

// ---- Data. Wait FALSE: STATUS_CANT_WAIT if something would have to be read.

NTSTATUS CcReadStream(PCC_STREAM Stream, PCC_READ_AHEAD ReadAhead, CC_ADVICE Advice,
                      const CC_BUFFER *Buffer, ULONG64 Offset, ULONG Length, BOOLEAN Wait,
                      PULONG Done);

// Process and address null: zeros.
NTSTATUS CcWriteStream(PCC_STREAM Stream, const CC_BUFFER *Buffer, ULONG64 Offset, ULONG64 Length,
                       BOOLEAN Wait, PULONG64 Done);
// Does a write change nothing but the data?
BOOLEAN CcIsWritable(PCC_STREAM Stream, ULONG64 Offset, ULONG Length);
// Wait until there is room for that much more to be written later.
NTSTATUS CcThrottleWrite(ULONG Length);
BOOLEAN CcMayWrite(ULONG Length); // would it not wait?

NTSTATUS CcFlushStream(PCC_STREAM Stream,
                       const CC_RANGE *Range); // also: the error of an earlier write
// Throw away, dirty or not. FALSE: some of it is in use.
BOOLEAN CcPurgeStream(PCC_STREAM Stream, const CC_RANGE *Range);
// The same of what is behind Size, if nobody has it open or mapped; never waits.
VOID CcCutStream(PCC_STREAM Stream, ULONG64 Size);
NTSTATUS CcWaitForWriter(VOID); // what is to be written behind now
VOID CcSetStreamBehaviour(PCC_STREAM Stream, BOOLEAN NoReadAhead, BOOLEAN NoWriteBehind);

SIZE_T CcCountDirtyPages(PCC_STREAM Stream);
SIZE_T CcCountOwnerDirtyPages(PVOID Owner);
ULONG64 CcQueryFlushedData(PCC_STREAM Stream);          // bytes from the start that are on the disk
BOOLEAN CcMayTruncate(PCC_STREAM Stream, ULONG64 Size); // nobody has mapped what would go
BOOLEAN CcHasWritableViews(PCC_STREAM Stream);
BOOLEAN CcReleaseImage(PCC_STREAM Stream, BOOLEAN Deleted); // FALSE: it is in use
NTSTATUS CcCloseStream(PCC_STREAM Stream); // written, and given up; STATUS_USER_MAPPED_FILE
// A page of the stream, brought in, without a reference: the caller takes one at once.
NTSTATUS CcUsePage(PCC_STREAM Stream, ULONG64 Number, ULONG Count, PVOID *Data);
VOID CcSetStreamDirty(PCC_STREAM Stream, const CC_RANGE *Range);
VOID CcScheduleRead(PCC_STREAM Stream, ULONG64 Offset, ULONG Length); // does not wait

// ---- Pages that a file system uses at addresses of its own: at most 256 KiB at a time.

enum {
    CC_HOLD_PINNED = 1, // they may be changed, and are not written behind meanwhile
    CC_HOLD_NO_WAIT = 2,
    CC_HOLD_ZERO = 4,  // whole pages that begin as zeros
    CC_HOLD_DIRTY = 8, // when they are released: they have been changed
    CC_HOLD_KEEP = 16, // they are not released, only dirty
};
NTSTATUS CcHoldPages(PCC_STREAM Stream, PEPROCESS Process, ULONG64 Offset, ULONG Length,
                     ULONG Flags, PVOID *Address);
NTSTATUS CcReleasePages(PCC_STREAM Stream, PEPROCESS Process, ULONG64 Offset, ULONG Length,
                        ULONG Flags);

// ---- Sections

// One more section over the stream, of a file that has this size now.
VOID CcOpenSection(PCC_STREAM Stream, PFILE_OBJECT File, ULONG64 Size);
VOID CcCloseSection(PCC_STREAM Stream);
VOID CcAddSegment(PCC_STREAM Stream, PLIST_ENTRY Link); // mm's, of the section
// The page, without a reference. STATUS_CANT_WAIT: it has to be fetched first.
NTSTATUS CcSectionPage(PCC_STREAM Stream, ULONG64 Number, PVOID *Data);
NTSTATUS CcFetchPage(PCC_STREAM Stream, ULONG64 Number);
VOID CcDirtySectionPage(PCC_STREAM Stream, ULONG64 Number);
// The whole file in one piece, as long as it is not unmapped.
NTSTATUS CcMapImage(PCC_STREAM Stream, PFILE_OBJECT File, ULONG64 Size, PVOID *Data);
BOOLEAN CcReferenceImage(PCC_STREAM Stream, const VOID *Data); // FALSE: that is not where it is
VOID CcUnmapImage(PCC_STREAM Stream);

// Pages in use by files that are open, and by others; those that are to be written.
typedef struct _CC_STATISTICS {
    SIZE_T Pages, PeakPages, DirtyPages, PageReads, PagesRead, PageWrites, PagesWritten, ReadAheads;
    SIZE_T Hits, Misses;
} CC_STATISTICS;
VOID CcQueryStatistics(CC_STATISTICS *Statistics);
SIZE_T CcQueryDirtyLimit(VOID); // pages that may be dirty before writers wait
// Memory is short: give up clean pages, about so many. Returns how many; does not wait.
ULONG CcReclaimPages(ULONG Count);
SIZE_T CcReclaimablePages(VOID);
