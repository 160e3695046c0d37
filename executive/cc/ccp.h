// Private to cc.
#pragma once

#include "ntos.h"

#include "ccindex.h"

constexpr ULONG CcTag = '  cC';

enum {
    CC_LONGEST_TRANSFER = 256, // pages
};

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
    ULONG DirtySince;              // CcpTicks
    USHORT Pins;                   // those who need it to stay
    UCHAR State;                   // CC_PAGE_STATE
    BOOLEAN Dirty : 1;
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
    BOOLEAN Locked;    // byte ranges of it have been
    PFILE_OBJECT File; // of paging requests; referenced
    CC_SIZES Sizes;
    CC_INDEX Pages;
    SIZE_T PageCount, DirtyCount;
    ULONG Transfers; // under way
    KEVENT Idle;     // synchronization event: a transfer has ended
    ULONG IdleWaiters;
    LIST_ENTRY UnusedLink; // nobody has it open, but it has pages
};

// Pages that are read or written by one paging request.
typedef struct _CC_TRANSFER {
    IO_PAGING Io;
    PCC_STREAM Stream; // referenced
    ULONG References;
    BOOLEAN Write;
    KEVENT Done;
    NTSTATUS Status;
    ULONG64 First;
    ULONG64 ZeroFrom; // byte of the stream from which on what was read is not valid
    ULONG Count;
    PCC_PAGE *Pages; // behind the structure, then the addresses
} CC_TRANSFER, *PCC_TRANSFER;

extern CC_STATISTICS CcpStatistics;

// ---- Pages (ccpage.c)

// In the index, being read; null: no memory.
PCC_PAGE CcpNewPage(PCC_STREAM Stream, ULONG64 Number);
VOID CcpPageArrived(PCC_PAGE Page);
VOID CcpFreePage(PCC_PAGE Page); // not dirty, in no transfer
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

// ---- Streams (ccstream.c)

VOID CcpReleaseUnused(ULONG Most); // streams that nobody has open any more, but so many
static inline ULONG64 CcpPageOf(ULONG64 Offset)
{
    return Offset >> PAGE_SHIFT;
}
