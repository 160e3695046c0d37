// disktest: reads and writes whose data says where it belongs. tests/system/disks.py makes the same on the host.
#pragma once

#include <native.h>

enum { DtSector = 512, DtMaxDepth = 64, DtMaxLength = 4 << 20 };

// ---- Data: word i of the sector at byte offset 512 * n is Tag << 56 | n << 8 | i.

VOID DtFillPattern(PVOID Buffer, ULONGLONG Offset, ULONG Length, UCHAR Tag);
// The first byte offset in the buffer that is wrong, or Length.
ULONG DtCheckPattern(const VOID *Buffer, ULONGLONG Offset, ULONG Length, UCHAR Tag);

// ---- Targets

typedef struct _DT_TARGET {
    HANDLE File, Port, Event;
    ULONGLONG Size;
    ULONG Sector;
} DT_TARGET, *PDT_TARGET;

// Sized: its size is asked, which needs a medium.
NTSTATUS DtOpen(PCWSTR Name, BOOLEAN Write, BOOLEAN Sized, PDT_TARGET Target);
VOID DtClose(PDT_TARGET Target);
NTSTATUS DtControl(PDT_TARGET Target, ULONG Code, const VOID *Input, ULONG InputLength,
                   PVOID Output, ULONG OutputLength);
NTSTATUS DtFlush(PDT_TARGET Target);

// ---- Requests

typedef struct _DT_REQUEST {
    IO_STATUS_BLOCK IoStatus;
    PUCHAR Memory,
        Buffer; // Buffer: somewhere in Memory, which has room for a page more than the longest
    ULONGLONG Offset;
    ULONG Length;
    BOOLEAN Write;
    UCHAR Tag;
} DT_REQUEST, *PDT_REQUEST;

typedef struct _DT_RUN DT_RUN, *PDT_RUN;
struct _DT_RUN {
    PDT_TARGET Target;
    ULONG Depth, LongestRequest;
    BOOLEAN (*Next)(PDT_RUN Run, PDT_REQUEST Request); // FALSE: there is none
    VOID (*Done)(PDT_RUN Run, PDT_REQUEST Request, NTSTATUS Status);
    ULONG Requests, Errors, Wrong; // done, with an error status, with other data than expected
    PVOID Context;
};

// Until Next gives no more and all have ended. An error: nothing was run.
NTSTATUS DtRun(PDT_RUN Run);
// A Done: counts; compares what was read with the pattern.
VOID DtCount(PDT_RUN Run, PDT_REQUEST Request, NTSTATUS Status);

// ---- A part of the target, in requests of different lengths in no order

typedef struct _DT_SWEEP {
    DT_RUN Run;
    ULONGLONG Begin, End, Block; // Block: the longest request
    ULONGLONG Step, StepCount;
    BOOLEAN Write;
    UCHAR Tag;
} DT_SWEEP, *PDT_SWEEP;

VOID DtInitSweep(PDT_SWEEP Sweep, PDT_TARGET Target, BOOLEAN Write, UCHAR Tag, ULONGLONG Begin,
                 ULONGLONG End, ULONG Block, ULONG Depth);
// TRUE: all requests succeeded, and all that was read was right.
BOOLEAN DtSweep(PDT_SWEEP Sweep);

// ---- Commands: what main.c's table lists. Words[0] is the target.

typedef NTSTATUS DT_COMMAND(PDT_TARGET Target, PWSTR *Words, ULONG Count);
DT_COMMAND DtData, DtFill, DtCheck, DtOnce, DtStress, DtJournal, DtLayout, DtTrim, DtScsi, DtCd;

ULONGLONG DtNumber(PCWSTR Text); // with K, M, G behind it
ULONGLONG DtSeconds(void);
PVOID DtAllocate(SIZE_T Bytes);
VOID DtFree(PVOID Block);
