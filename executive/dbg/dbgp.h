// Private to dbg: dumps on their way to the disk.
#pragma once

#include "ntos.h"

constexpr ULONG DBG_TAG = 'pgbD';

enum { DBG_DUMP_NAME = 40 };

// A dump as it will lie in the file, in pool.
typedef struct _DBG_DUMP {
    LIST_ENTRY Link;
    WCHAR Name[DBG_DUMP_NAME]; // of the program or the driver host
    ULONG ProcessId;
    LARGE_INTEGER Time;
    ULONG Size;
    UCHAR Data[];
} DBG_DUMP, *PDBG_DUMP;

// The process as it is now. Does not wait. Null: no memory.
PDBG_DUMP DbgpCapture(const DBG_CRASH *Crash);
