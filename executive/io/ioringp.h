// Private to I/O rings.
#pragma once

#include "iop.h"

#include <nt/ntioring.h>

enum {
    IOP_RING_MOST_SUBMISSIONS = 0x10000, // entries of the queues at most
    IOP_RING_MOST_COMPLETIONS = 0x20000,
    IOP_RING_MOST_REGISTERED = 0x4000, // files, and buffers
};

typedef struct _IOP_RING_FILE {
    PFILE_OBJECT File; // referenced; null: none at this index
    ACCESS_MASK Granted;
} IOP_RING_FILE, *PIOP_RING_FILE;

// The queues are in pages that the program writes to as well: what is in them is copied before it is looked at, and what
// the system knows of them (CompletionTail) is here.
struct _IOP_RING {
    PEPROCESS Process;   // that sees the queues; referenced
    PVOID Base, View;    // system pages, null: none; where Process sees them
    ULONG PageCount;     // of Base
    NT_IORING_INFO Info; // with the addresses of the program
    PNT_IORING_SUBMISSION_QUEUE Submissions;
    PNT_IORING_COMPLETION_QUEUE Completions;
    ULONG CompletionTail;
    BOOLEAN Submitting; // by one thread at a time
    ULONG InFlight;     // requests without a completion
    ULONG64 Joined;     // requests there have been
    ULONG64 Completed;  // entries put into the completion queue
    ULONG64 WakeAt;     // of Completed: somebody waits for that
    KEVENT Progress;    // notification event
    PKEVENT UserEvent;  // referenced; null: none
    ULONG FileCount, BufferCount;
    PIOP_RING_FILE Files;        // pool
    IORING_BUFFER_INFO *Buffers; // pool
};

VOID IopPutCompletion(PIOP_RING Ring, ULONG64 UserData, NTSTATUS Status, ULONG_PTR Information);
// Whatever comes of it becomes an entry of the completion queue, now or later.
VOID IopPerformRingEntry(PIOP_RING Ring, const NT_IORING_SQE *Entry);
VOID IopForgetRingFiles(PIOP_RING Ring);
VOID IopForgetRingBuffers(PIOP_RING Ring);
