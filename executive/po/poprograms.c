// Programs at the end of the system, and while it sleeps.
//
// \KernelObjects\SystemShutdown is an event that is set when the system is about to end. A program that has it open
// is given time to end by itself; then all are ended, the session manager last.
#include "pop.h"

enum { POP_PROGRAM_SECONDS = 15 }; // that the end of all programs may take

static PKEVENT PopShutdownEvent;

NTSTATUS PopInitPrograms(VOID)
{
    NTSTATUS Status = ObCreateObject(ExEventObjectType, sizeof(KEVENT), (PVOID *)&PopShutdownEvent);
    if (!NT_SUCCESS(Status))
        return Status;
    KeInitializeEvent(PopShutdownEvent, NotificationEvent, FALSE);
    OB_ATTRIBUTES Attributes = {
        .ObjectName = RTL_CONSTANT_STRING(L"\\KernelObjects\\SystemShutdown"),
        .Attributes = OBJ_PERMANENT,
        .SecurityDescriptor = SeWellKnownDescriptor(SeSystemOnlyDescriptor),
    };
    ObReferenceObject(PopShutdownEvent);
    return ObInsertObject(PopShutdownEvent, &Attributes, 0, KernelMode, nullptr);
}

// ---- Kinds of processes

static BOOLEAN PopIsProgram(const EPROCESS *Process)
{
    return Process != PsInitialSystemProcess && !Process->HostCNode;
}

// The first program is nobody's child.
static BOOLEAN PopIsSessionManager(const EPROCESS *Process)
{
    return !Process->InheritedFromUniqueProcessId;
}

static BOOLEAN PopIsShutdownHandle(const OB_HANDLE_SNAPSHOT *Entry, PVOID Context)
{
    if (Entry->Object == PopShutdownEvent)
        *(BOOLEAN *)Context = TRUE;
    return Entry->Object != PopShutdownEvent;
}

static BOOLEAN PopListens(PEPROCESS Process)
{
    BOOLEAN Found = FALSE;
    if (Process->ObjectTable && !PopIsSessionManager(Process))
        ObEnumerateTable(Process->ObjectTable, PopIsShutdownHandle, &Found);
    return Found;
}

static BOOLEAN PopIsOrdinary(PEPROCESS Process)
{
    return !PopIsSessionManager(Process);
}

static BOOLEAN PopIsAny(PEPROCESS Process)
{
    UNREFERENCED_PARAMETER(Process);
    return TRUE;
}

// ---- The end

// Null: no such program runs. Referenced.
static PEPROCESS PopFindProgram(BOOLEAN (*Wanted)(PEPROCESS Process))
{
    for (PLIST_ENTRY Link = PsActiveProcessHead.Flink; Link != &PsActiveProcessHead;
         Link = Link->Flink) {
        PEPROCESS Process = CONTAINING_RECORD(Link, EPROCESS, ActiveProcessLinks);
        if (!PopIsProgram(Process) || Process->Header.SignalState || !Wanted(Process))
            continue;
        ObReferenceObject(Process);
        return Process;
    }
    return nullptr;
}

// FALSE: some still run at the end of the time.
static BOOLEAN PopAwaitPrograms(BOOLEAN (*Wanted)(PEPROCESS Process), ULONG Milliseconds)
{
    ULONGLONG Deadline = KeQueryUnbiasedInterruptTime() + Milliseconds * 10'000ull;
    PEPROCESS Process;
    while ((Process = PopFindProgram(Wanted))) {
        LONGLONG Left = (LONGLONG)(Deadline - KeQueryUnbiasedInterruptTime());
        LARGE_INTEGER Timeout = {.QuadPart = Left > 0 ? -Left : 0};
        NTSTATUS Status =
            KeWaitForSingleObject(&Process->Header, Executive, KernelMode, FALSE, &Timeout);
        if (Status == STATUS_TIMEOUT)
            DbgPrintEx(DPFLTR_POWER_ID, DPFLTR_WARNING_LEVEL,
                       "po: process %lu (%wZ) takes too long to end\n",
                       (ULONG)(ULONG_PTR)Process->UniqueProcessId, &Process->ImageFileName);
        ObDereferenceObject(Process);
        if (Status == STATUS_TIMEOUT)
            return FALSE;
    }
    return TRUE;
}

static VOID PopTerminatePrograms(BOOLEAN (*Wanted)(PEPROCESS Process))
{
    PLIST_ENTRY Link = PsActiveProcessHead.Flink;
    while (Link != &PsActiveProcessHead) {
        PEPROCESS Process = CONTAINING_RECORD(Link, EPROCESS, ActiveProcessLinks);
        ObReferenceObject(Process);
        if (PopIsProgram(Process) && Wanted(Process))
            (VOID) PsTerminateProcess(Process, DBG_TERMINATE_PROCESS);
        Link = Link->Flink;
        ObDereferenceObject(Process);
    }
    (VOID) PopAwaitPrograms(Wanted, POP_PROGRAM_SECONDS * 1000);
}

VOID PopEndPrograms(VOID)
{
    KeSetEvent(PopShutdownEvent);
    (VOID) PopAwaitPrograms(PopListens, PopReadMilliseconds(L"WaitToKillServiceTimeout", 5000));
    PopTerminatePrograms(PopIsOrdinary);
    PopTerminatePrograms(PopIsAny);
}

// ---- Sleep

static VOID PopForEachThread(VOID (*Routine)(PETHREAD Thread))
{
    for (PLIST_ENTRY Link = PsActiveProcessHead.Flink; Link != &PsActiveProcessHead;
         Link = Link->Flink) {
        PEPROCESS Process = CONTAINING_RECORD(Link, EPROCESS, ActiveProcessLinks);
        if (!PopIsProgram(Process) || Process->Exiting)
            continue;
        for (PLIST_ENTRY Next = Process->ThreadListHead.Flink; Next != &Process->ThreadListHead;
             Next = Next->Flink)
            Routine(CONTAINING_RECORD(Next, ETHREAD, ThreadListEntry));
    }
}

static VOID PopFreezeThread(PETHREAD Thread)
{
    ULONG Count;
    (VOID) KeSuspendThread(Thread, &Count);
}

static VOID PopThawThread(PETHREAD Thread)
{
    (VOID) KeResumeThread(Thread);
}

// What they have asked for goes on; the answers wait.
VOID PopFreezePrograms(VOID)
{
    PopForEachThread(PopFreezeThread);
}

VOID PopThawPrograms(VOID)
{
    PopForEachThread(PopThawThread);
}
