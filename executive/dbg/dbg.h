// Dbg: messages to the debug log, by component and level.
#pragma once

// One of the Executive's own. Works from the first instruction on.
ULONG DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...)
    __attribute__((format(printf, 3, 4)));
BOOLEAN DbgIsWanted(ULONG ComponentId, ULONG Level);
// What is wanted as the registry says; again when the system volume's has taken the place of the boot archive's.
NTSTATUS DbgReadFilters(VOID);

// A process that has crashed, before it ends. Its dump goes to \SystemRoot\Minidump.
typedef struct _DBG_CRASH {
    PEPROCESS Process;
    PETHREAD Thread;                // whose fault it is, or null
    const EXCEPTION_RECORD *Record; // and why, with the registers then; both or none
    const CONTEXT *Context;
    PCWSTR Comment;
} DBG_CRASH, *PDBG_CRASH;

VOID DbgDumpProcess(const DBG_CRASH *Crash);
// For that of one thread.
VOID DbgDumpThread(PETHREAD Thread, const EXCEPTION_RECORD *Record, const CONTEXT *Context,
                   PCWSTR Comment);
