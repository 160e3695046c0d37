// Requests by an I/O ring: they go to the system, many with one service, when there are no more results without it.
#pragma once

#include "core/diskbench.h"

#include <native.h>

#include <nt/ntioring.h>

typedef struct _DB_RING {
    HANDLE Handle;
    NT_IORING_INFO Info;
} DB_RING;

// For requests on File, Depth of them at a time.
NTSTATUS DbOpenRing(DB_RING *Ring, HANDLE File, ULONG Depth);
VOID DbCloseRing(DB_RING *Ring);
VOID DbPutIntoRing(DB_RING *Ring, DB_REQUEST **Requests, ULONG Count);
// Waits for one at least; Results tells how each of Done has ended.
NTSTATUS DbTakeFromRing(DB_RING *Ring, DB_REQUEST **Done, IO_STATUS_BLOCK *Results, ULONG Most,
                        PULONG Count);
