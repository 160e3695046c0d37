// Services that end, stop and continue threads and processes.
#include "psp.h"

static NTSTATUS PspReferenceThread(HANDLE Handle, ACCESS_MASK Access, PETHREAD *Thread)
{
    return ObReferenceObjectByHandle(Handle, Access, PsThreadType, UserMode, (PVOID *)Thread,
                                     nullptr);
}

static NTSTATUS PspReferenceProcess(HANDLE Handle, ACCESS_MASK Access, PEPROCESS *Process)
{
    return ObReferenceObjectByHandle(Handle, Access, PsProcessType, UserMode, (PVOID *)Process,
                                     nullptr);
}

// Every thread of the process but the caller.
static VOID PspTerminateOtherThreads(PEPROCESS Process, NTSTATUS ExitStatus)
{
    PLIST_ENTRY Link = Process->ThreadListHead.Flink;
    while (Link != &Process->ThreadListHead) {
        PETHREAD Thread = CONTAINING_RECORD(Link, ETHREAD, ThreadListEntry);
        Link = Link->Flink;
        if (Thread != KeGetCurrentThread())
            PsTerminateThread(Thread, ExitStatus);
    }
}

NTSTATUS NtTerminateProcess(HANDLE ProcessHandle, NTSTATUS ExitStatus)
{
    if (!ProcessHandle) { // the first step of an orderly end: the others are gone when it returns
        PspTerminateOtherThreads(PsGetCurrentProcess(), ExitStatus);
        return STATUS_SUCCESS;
    }
    PEPROCESS Process;
    NTSTATUS Status = PspReferenceProcess(ProcessHandle, PROCESS_TERMINATE, &Process);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = PsTerminateProcess(Process, ExitStatus);
    ObDereferenceObject(Process);
    return Status;
}

NTSTATUS NtTerminateThread(HANDLE ThreadHandle, NTSTATUS ExitStatus)
{
    PETHREAD Thread;
    if (!ThreadHandle) {
        if (PspIsLastThread(KeGetCurrentThread()))
            return STATUS_CANT_TERMINATE_SELF;
        ThreadHandle = NtCurrentThread();
    }
    NTSTATUS Status = PspReferenceThread(ThreadHandle, THREAD_TERMINATE, &Thread);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = PsTerminateThread(Thread, ExitStatus);
    ObDereferenceObject(Thread);
    return Status;
}
