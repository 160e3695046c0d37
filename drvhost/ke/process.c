// Processes: the host's own, and stand-ins for those that requests come from. The latter are never freed:
// drivers compare and keep their addresses.

#include "kep.h"

#undef PsGetCurrentProcess

OBJECT_TYPE ObpProcessType = {.Name = "Process"};

// Drivers know the system process by its address: their own code runs in it.
PEPROCESS PsInitialSystemProcess;

static RTL_SRWLOCK KiProcessLock;
static PEPROCESS KiProcesses;

static PEPROCESS KiNewProcess(HANDLE ProcessId)
{
    PEPROCESS Process = ObpAllocateObject(&ObpProcessType, sizeof(*Process));
    if (!Process)
        return nullptr;
    KiInitializeHeader(&Process->Pcb.Header, ProcessObject, sizeof(Process->Pcb), 0);
    Process->UniqueProcessId = ProcessId;
    Process->Next = KiProcesses;
    KiProcesses = Process;
    return Process;
}

PEPROCESS PspReferenceProcessById(HANDLE ProcessId)
{
    RtlAcquireSRWLockExclusive(&KiProcessLock);
    PEPROCESS Process = KiProcesses;
    while (Process && Process->UniqueProcessId != ProcessId)
        Process = Process->Next;
    if (!Process)
        Process = KiNewProcess(ProcessId);
    if (Process)
        ObfReferenceObject(Process);
    RtlReleaseSRWLockExclusive(&KiProcessLock);
    return Process;
}

NTSTATUS NTAPI PsLookupProcessByProcessId(HANDLE ProcessId, PEPROCESS *Process)
{
    *Process = PspReferenceProcessById(ProcessId);
    return *Process ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

VOID KiInitializeThreads(void)
{
    KiCurrentThread();
    PsInitialSystemProcess = PspReferenceProcessById((HANDLE)__readgsqword(KI_TEB_CLIENT_ID));
}

PEPROCESS NTAPI IoGetCurrentProcess(void)
{
    return PsInitialSystemProcess;
}

PEPROCESS NTAPI PsGetCurrentProcess(void)
{
    return PsInitialSystemProcess;
}

HANDLE NTAPI PsGetProcessId(PEPROCESS Process)
{
    return Process->UniqueProcessId;
}

HANDLE NTAPI PsGetCurrentProcessId(void)
{
    return PsInitialSystemProcess->UniqueProcessId;
}

PEPROCESS NTAPI PsGetThreadProcess(PETHREAD Thread)
{
    PEPROCESS Process = PspReferenceProcessById(Thread->Cid.UniqueProcess);
    if (Process)
        ObfDereferenceObject(Process); // it stays, as all of them
    return Process;
}
