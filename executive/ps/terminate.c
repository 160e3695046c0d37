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

// ---- Ports that want to know of a thread's end

typedef struct _PSP_TERMINATION_PORT {
    struct _PSP_TERMINATION_PORT *Next;
    PVOID Port; // referenced
} PSP_TERMINATION_PORT, *PPSP_TERMINATION_PORT;

NTSTATUS NtRegisterThreadTerminatePort(HANDLE PortHandle)
{
    PETHREAD Thread = KeGetCurrentThread();
    PVOID Port;
    NTSTATUS Status = LpcReferencePort(PortHandle, &Port);
    if (!NT_SUCCESS(Status))
        return Status;
    PPSP_TERMINATION_PORT Entry = ExAllocatePoolWithTag(PagedPool, sizeof(*Entry), 'pTsP');
    if (!Entry) {
        ObDereferenceObject(Port);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *Entry = (PSP_TERMINATION_PORT){.Next = Thread->TerminationPorts, .Port = Port};
    Thread->TerminationPorts = Entry;
    return STATUS_SUCCESS;
}

VOID PspTellTerminationPorts(PETHREAD Thread)
{
    PPSP_TERMINATION_PORT Entry;
    while ((Entry = Thread->TerminationPorts)) {
        Thread->TerminationPorts = Entry->Next;
        LpcSendClientDied(Entry->Port, &Thread->Cid, Thread->CreateTime);
        ObDereferenceObject(Entry->Port);
        ExFreePool(Entry);
    }
}
