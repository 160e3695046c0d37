// Ps: processes and threads.
#pragma once

// The kernel's objects of a thread that has ended, for the next thread of the same process: making and
// deleting them is the larger part of what a thread costs.
typedef struct _KE_SPARE_THREAD {
    seL4_CPtr Tcb, CNode, ReplySlot; // 0: none
    PETHREAD Badge;                  // whom the capabilities in the CNode name
    KPRIORITY Priority;
} KE_SPARE_THREAD;

struct _EPROCESS {
    DISPATCHER_HEADER Header; // signalled when the process has ended
    LIST_ENTRY ActiveProcessLinks;
    LIST_ENTRY ThreadListHead;
    ULONG ActiveThreads;
    HANDLE UniqueProcessId;
    HANDLE InheritedFromUniqueProcessId;
    PMM_ADDRESS_SPACE AddressSpace;
    PHANDLE_TABLE ObjectTable;
    PTOKEN Token;
    PVOID DeviceMap; // the directory that \?? is for this process, referenced; null: its session's
    struct _PSP_JOB *Job; // the innermost that it is in, referenced (ps)
    PSECTION SectionObject;
    PVOID SectionBaseAddress;
    PPEB Peb; // user address
    NTSTATUS ExitStatus;
    KPRIORITY BasePriority;
    UCHAR PriorityClass;
    BOOLEAN Exiting;
    BOOLEAN TimerResolutionSet; // NtSetTimerResolution
    LARGE_INTEGER CreateTime, ExitTime;
    ULONGLONG KernelTime, UserTime; // 100 ns, of threads that have ended
    UNICODE_STRING ImageFileName;   // NT path, pool
    ULONG Cookie, HardErrorMode;
    LIST_ENTRY CidLink;          // of process ids (cid.c)
    KE_SPARE_THREAD SpareThread; // ke
    struct _IO_HOST *Host;       // of a driver host (io)
    seL4_CPtr HostCNode;         // of a driver host: what all its threads hold
};

struct _ETHREAD {
    DISPATCHER_HEADER Header;   // signalled when the thread has ended
    LIST_ENTRY ThreadListEntry; // in its process
    PEPROCESS Process;
    CLIENT_ID Cid;
    PTEB Teb; // user address
    seL4_CPtr Tcb, CNode, ReplySlot;
    LIST_ENTRY MutantListHead; // mutants that it owns
    LIST_ENTRY ApcListHead;
    PTOKEN ImpersonationToken;
    BOOLEAN Alerted;
    BOOLEAN AlertByIdPending; // NtAlertThreadByThreadId came first
    PKEVENT AlertByIdEvent;   // or the thread waits for it
    ULONG SuspendCount;
    NTSTATUS ExitStatus;
    KPRIORITY BasePriority, Priority;
    LARGE_INTEGER CreateTime, ExitTime;
    PVOID Win32StartAddress;
    struct _KFIBER *Fiber;     // that its service is parked on, or null
    UCHAR State;               // KI_THREAD_STATE (ke)
    UCHAR Work;                // KWORK_* (ke): to do before it returns to the program
    BOOLEAN InFault;           // what is being worked on is a fault, not a service
    NTSTATUS HeldStatus;       // of the service whose answer waits for the thread's resumption
    PCONTEXT NewContext;       // pool: set while a service was in flight
    struct _MM_PFN *IpcBuffer; // the frame that the kernel writes its messages to, referenced
    UNICODE_STRING Name;       // NtSetInformationThread, pool
    LIST_ENTRY CidLink;        // of thread ids (cid.c)
    struct _PSP_TERMINATION_PORT *TerminationPorts; // told of its end (ps)
    PVOID UserStack;              // allocated by the Executive, which frees it: its lowest address
    LIST_ENTRY IoRequestListHead; // io: requests that it has made and that are not complete
    struct _IOP_RUNDOWN *IoRundown;     // io: its end waits for them
    LIST_ENTRY RunningLink;             // of threads that can run, by priority (ke)
    ULONGLONG KernelCycles, UserCycles; // of the processor (ke)
    ULONG ExecutionState;               // ES_*, what it has asked for to last (po)
};

extern POBJECT_TYPE PsProcessType, PsThreadType, PsJobType;
extern PEPROCESS PsInitialSystemProcess;
extern LIST_ENTRY PsActiveProcessHead;

NTSTATUS PsLookupProcessByProcessId(HANDLE ProcessId, PEPROCESS *Process); // referenced
NTSTATUS PsLookupThreadByThreadId(HANDLE ThreadId, PETHREAD *Thread);      // referenced
// The impersonation token if there is one, else the process token; not referenced.
PTOKEN PsEffectiveToken(void);

NTSTATUS PsInitSystem(void);
// Start the first program. The object manager and everything else is there.
VOID PsLoadNtdll(void); // before any process
VOID PsStartInitialProcess(void);
// Run a native program of the boot archive, without a command line, to its end.
NTSTATUS PsRunBootProgram(PCWSTR Path);
// Start a driver host: its image, with the system's token. One reference belongs to the caller.
NTSTATUS PsCreateHostProcess(struct _IO_HOST *Host, seL4_CPtr HostCNode, PEPROCESS *Process);
// The thread will not run its program again: take everything from it, and end its process if it was the
// last. Called by ke when the thread's service is over, or for a thread that is in none.
VOID PsExitThread(PETHREAD Thread);
NTSTATUS PsTerminateProcess(PEPROCESS Process, NTSTATUS ExitStatus);
NTSTATUS PsTerminateThread(PETHREAD Thread, NTSTATUS ExitStatus);
// Of its threads, those that have ended included, 100 ns.
VOID PsQueryProcessTimes(PEPROCESS Process, PULONGLONG KernelTime, PULONGLONG UserTime);
// May the process have so many committed pages?
NTSTATUS PsCheckCommit(PEPROCESS Process, SIZE_T Pages);
