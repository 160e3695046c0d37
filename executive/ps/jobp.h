// Private to the files about jobs.
#pragma once

#include "psp.h"

struct _PSP_JOB {
    DISPATCHER_HEADER Header; // would be signalled by the time limit
    PPSP_JOB Parent;          // that it is nested in, referenced; never changes once it is set
    ULONG ActiveProcesses, TotalProcesses, TerminatedProcesses, PageFaults; // with nested jobs
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION Limits;
    ULONG UiRestrictions;
    PVOID CompletionPort; // referenced
    PVOID CompletionKey;
    BOOLEAN Ended; // kill-on-close has come: nobody joins any more
};

constexpr ULONG PspDeepestJob = 32; // jobs in one another

NTSTATUS PspReferenceJob(HANDLE Handle, ACCESS_MASK Access, PPSP_JOB *Job);
BOOLEAN PspIsInJob(PEPROCESS Process, PPSP_JOB Job);
// The process of the job, nested ones included, that follows this one; null: the first, and the end.
PEPROCESS PspNextInJob(PPSP_JOB Job, PEPROCESS Process);
