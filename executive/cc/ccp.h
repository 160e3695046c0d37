// Private to cc.
#pragma once

#include "ntos.h"

#include "ccindex.h"

constexpr ULONG CcTag = '  cC';

enum { CC_LONGEST_TRANSFER = 256 }; // pages

typedef enum _CC_PAGE_STATE {
    CcPageReading, // Transfer brings it in
    CcPageValid,
} CC_PAGE_STATE;

// A page that is in memory, or on its way.
typedef struct _CC_PAGE {
    LIST_ENTRY Link; // by age, of all valid pages
    PCC_STREAM Stream;
    ULONG64 Number;
    PUCHAR Data;                   // address of the frame
    struct _CC_TRANSFER *Transfer; // read or write that is under way, or null
    ULONG DirtySince;              // CcpNow
    USHORT Pins;                   // those who need it to stay for a moment
    USHORT Mapped;                 // in use at an address of the host
    USHORT Held;                   // those of them who may be changing it
    UCHAR State;                   // CC_PAGE_STATE
    BOOLEAN Dirty : 1;
    BOOLEAN Charged : 1; // to the system's commitment
    BOOLEAN Touched : 1;
    BOOLEAN Wanted : 1; // touched again: it stays when its turn comes for the first time
} CC_PAGE, *PCC_PAGE;

struct _CC_STREAM {
    LIST_ENTRY Link; // of all streams with the same hash
    PVOID Owner;
    ULONG64 Key;
    ULONG References;
    ULONG Maps;
    ULONG Flags;       // CC_*
    ULONG Lockers;     // file objects by which byte ranges have been locked
    PFILE_OBJECT File; // of paging requests; referenced
    CC_SIZES Sizes;
    CC_INDEX Pages;
    SIZE_T PageCount, DirtyCount;
    LIST_ENTRY TransferListHead; // under way
    LIST_ENTRY UnusedLink;       // nobody has it open, but it has pages
    LIST_ENTRY DirtyLink;        // has dirty pages
    LIST_ENTRY ViewListHead;     // CC_VIEW (ccview.c)
    ULONG ViewCount;
    LIST_ENTRY Segments;     // mm's, of sections over it
    ULONG Sections;          // and images
    struct _CC_IMAGE *Image; // the file in one piece, or null (ccsection.c)
    NTSTATUS WriteStatus;    // of write-behind: it has failed, and is tried again at RetryAt
    NTSTATUS LostStatus;     // data has been given up: to be told once
    ULONG RetryAt;
    BOOLEAN Refused;           // by the file system, as it was busy
    BOOLEAN Ended;             // its file is deleted: nobody will want its pages
    ULONG WrittenAt;           // CcpNow, when pages were last written out
    struct _CC_ORPHAN *Orphan; // its host has ended, and it waits (ccorphan.c)
};

// Pages that are read or written by one paging request.
typedef struct _CC_TRANSFER {
    IO_PAGING Io;
    LIST_ENTRY Link;   // of the stream's
    PCC_STREAM Stream; // referenced
    ULONG References;
    KEVENT Done;
    NTSTATUS Status;
    ULONG64 First;
    ULONG64 ZeroFrom; // byte of the stream from which on what was read is not valid
    ULONG Count;
    PCC_PAGE *Pages; // behind the structure, then the addresses
} CC_TRANSFER, *PCC_TRANSFER;

extern CC_STATISTICS CcpStatistics;

static inline ULONG64 CcpPageOf(ULONG64 Offset)
{
    return Offset >> PAGE_SHIFT;
}

// ---- Pages (ccpage.c)

PUCHAR CcpAllocateData(VOID); // a page's memory; null: none
// In the index, being read; null: no memory.
PCC_PAGE CcpMakePage(PCC_STREAM Stream, ULONG64 Number, PUCHAR Data);
PCC_PAGE CcpNewPage(PCC_STREAM Stream, ULONG64 Number);
VOID CcpPageArrived(PCC_PAGE Page);
BOOLEAN CcpDetachPage(PCC_PAGE Page); // nobody else sees it any more; FALSE: somebody must
VOID CcpFreePage(PCC_PAGE Page);      // clean, in no transfer
PCC_PAGE CcpFindPage(PCC_STREAM Stream, ULONG64 Number);
static inline VOID CcpTouchPage(PCC_PAGE Page)
{
    Page->Wanted |= Page->Touched;
    Page->Touched = TRUE;
}
// The page, valid, brought in if need be. Count: how many pages from it on the caller wants.
NTSTATUS CcpGetPage(PCC_STREAM Stream, ULONG64 Number, ULONG Count, BOOLEAN Wait, PCC_PAGE *Page);

// ---- Transfers (cctransfer.c)

// Read what is missing of the range, without waiting. FALSE: no memory for any of it.
BOOLEAN CcpStartRead(PCC_STREAM Stream, ULONG64 First, ULONG Count, BOOLEAN Ahead);
VOID CcpReferenceTransfer(PCC_TRANSFER Transfer);
VOID CcpDereferenceTransfer(PCC_TRANSFER Transfer);
NTSTATUS CcpAwaitTransfer(PCC_TRANSFER Transfer); // its status; not referenced by the caller
// Empty, for at most Count pages; what it has is added page by page, and sent. CcpTransferEnded ends it.
PCC_TRANSFER CcpNewTransfer(PCC_STREAM Stream, ULONG64 First, ULONG Count);
VOID CcpAddPage(PCC_TRANSFER Transfer, PCC_PAGE Page);
NTSTATUS CcpSend(PCC_TRANSFER Transfer);
VOID CcpTransferEnded(PCC_TRANSFER Transfer, NTSTATUS Status);
BOOLEAN CcpMakeZeroPage(PCC_STREAM Stream, ULONG64 Number); // valid at once

// ---- Dirty pages (ccdirty.c)

extern LIST_ENTRY CcpDirtyStreams;
VOID CcpInitDirty(VOID);
ULONG CcpNow(VOID); // tenths of a second
SIZE_T CcpDirtyLimit(VOID);
BOOLEAN CcpMayDirty(SIZE_T Pages);
// Anyway: it is so already.
NTSTATUS CcpDirtyPage(PCC_PAGE Page, BOOLEAN Anyway);
VOID CcpCleanPage(PCC_PAGE Page);
VOID CcpUnchargePage(PCC_PAGE Page); // it is on the disk

// ---- Writing (ccflush.c, cclazy.c)

NTSTATUS CcpAwaitRange(PCC_STREAM Stream, ULONG64 First, ULONG64 End, BOOLEAN WriteOnly);
// What nobody is changing and has been dirty since before a time.
NTSTATUS CcpWriteOldPages(PCC_STREAM Stream, ULONG Before);
NTSTATUS CcpInitWriter(VOID);
VOID CcpWakeWriter(VOID);
VOID CcpWriteFailed(PCC_STREAM Stream, NTSTATUS Status);
VOID CcpWriteRefused(PCC_STREAM Stream);
NTSTATUS CcpTakeWriteError(PCC_STREAM Stream);

// ---- Giving up (ccpurge.c)

VOID CcpTruncate(PCC_STREAM Stream, ULONG64 Size);
VOID CcpNoteUse(PCC_STREAM Stream); // cache maps or sections have come or gone
BOOLEAN CcpReleaseIfUnused(PCC_STREAM Stream);
VOID CcpReleaseUnused(VOID);
BOOLEAN CcpAreManyUnused(VOID);

// ---- Streams whose host has ended (ccorphan.c)

typedef struct _CC_ORPHAN CC_ORPHAN, *PCC_ORPHAN;
VOID CcpInitOrphans(VOID);
PCC_STREAM CcpFindStreamOf(PVOID Owner); // any; not referenced
VOID CcpRenameStream(PCC_STREAM Stream, PVOID Owner, ULONG64 Key);
NTSTATUS CcpAwaitHome(PCC_STREAM Stream); // until it is no orphan
ULONG64 CcpImagePages(PCC_STREAM Stream); // from the first on, which its image holds

// ---- Views in hosts (ccview.c)

VOID CcpHidePage(PCC_PAGE Page);
VOID CcpDeleteViews(PCC_STREAM Stream);

// The page's writers in sections fault again, so that what they write is noticed.
static inline VOID CcpProtectPage(PCC_PAGE Page)
{
    if (Page->Stream->Sections)
        MmProtectStreamPage(&Page->Stream->Segments, Page->Number);
}
