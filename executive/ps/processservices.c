// Services on processes, and walks over what there is.
#include "psp.h"

static NTSTATUS PspReferenceProcess(HANDLE Handle, ACCESS_MASK Access, PEPROCESS *Process)
{
    return ObReferenceObjectByHandle(Handle, Access, PsProcessType, UserMode, (PVOID *)Process,
                                     nullptr);
}

// Who may debug may open every process and thread with every right.
KPROCESSOR_MODE PspOpenMode(VOID)
{
    LUID Debug = RtlConvertUlongToLuid(SE_DEBUG_PRIVILEGE);
    return SeSinglePrivilegeCheck(Debug, UserMode) ? KernelMode : UserMode;
}

NTSTATUS NtOpenProcess(HANDLE USER *ProcessHandle, ACCESS_MASK DesiredAccess,
                       const OBJECT_ATTRIBUTES USER *ObjectAttributes,
                       const CLIENT_ID USER *ClientId)
{
    CLIENT_ID Cid;
    OB_ATTRIBUTES Attributes;
    NTSTATUS Status = MmProbeForWrite(ProcessHandle, sizeof(HANDLE), sizeof(HANDLE));
    if (NT_SUCCESS(Status) && !ClientId)
        return STATUS_INVALID_PARAMETER_MIX;
    if (NT_SUCCESS(Status))
        Status = MmCopyFromUser(&Cid, ClientId, sizeof(Cid));
    if (NT_SUCCESS(Status))
        Status = ObCaptureAttributes(&Attributes, ObjectAttributes);
    if (!NT_SUCCESS(Status))
        return Status;
    if (DesiredAccess & PROCESS_QUERY_INFORMATION)
        DesiredAccess |= PROCESS_QUERY_LIMITED_INFORMATION; // which is a part of it
    ULONG HandleAttributes = Attributes.Attributes;
    BOOLEAN Named = Attributes.ObjectName.Buffer != nullptr;
    ObReleaseAttributes(&Attributes);
    if (Named)
        return STATUS_INVALID_PARAMETER_MIX;

    PEPROCESS Process;
    if (Cid.UniqueThread) {
        PETHREAD Thread;
        Status = PsLookupThreadByThreadId(Cid.UniqueThread, &Thread);
        if (!NT_SUCCESS(Status))
            return Status;
        Process = Thread->Process;
        ObReferenceObject(Process);
        ObDereferenceObject(Thread);
        if (Cid.UniqueProcess && Cid.UniqueProcess != Process->UniqueProcessId)
            Status = STATUS_INVALID_CID;
    } else {
        Status = PsLookupProcessByProcessId(Cid.UniqueProcess, &Process);
        if (!NT_SUCCESS(Status))
            return STATUS_INVALID_CID;
    }
    HANDLE Handle = nullptr;
    if (NT_SUCCESS(Status))
        Status = ObOpenObjectByPointer(Process, HandleAttributes, DesiredAccess, PsProcessType,
                                       PspOpenMode(), &Handle);
    ObDereferenceObject(Process);
    return ObReturnHandle(Status, Handle, ProcessHandle);
}

// ---- Suspension of all threads

static VOID PspForEachThread(PEPROCESS Process, VOID (*Routine)(PETHREAD Thread))
{
    PLIST_ENTRY Link = Process->ThreadListHead.Flink;
    while (Link != &Process->ThreadListHead) {
        PETHREAD Thread = CONTAINING_RECORD(Link, ETHREAD, ThreadListEntry);
        Link = Link->Flink;
        Routine(Thread);
    }
}

static VOID PspSuspendOne(PETHREAD Thread)
{
    ULONG Count;
    (VOID) KeSuspendThread(Thread, &Count);
}

static VOID PspResumeOne(PETHREAD Thread)
{
    (VOID) KeResumeThread(Thread);
}

static NTSTATUS PspForEachThreadOf(HANDLE ProcessHandle, VOID (*Routine)(PETHREAD Thread))
{
    PEPROCESS Process;
    NTSTATUS Status = PspReferenceProcess(ProcessHandle, PROCESS_SUSPEND_RESUME, &Process);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = Process->Exiting ? STATUS_PROCESS_IS_TERMINATING : STATUS_SUCCESS;
    if (NT_SUCCESS(Status))
        PspForEachThread(Process, Routine);
    ObDereferenceObject(Process);
    return Status;
}

NTSTATUS NtSuspendProcess(HANDLE ProcessHandle)
{
    return PspForEachThreadOf(ProcessHandle, PspSuspendOne);
}

NTSTATUS NtResumeProcess(HANDLE ProcessHandle)
{
    return PspForEachThreadOf(ProcessHandle, PspResumeOne);
}

// ---- Walks: the next one, after the given one, that the caller may open so

NTSTATUS NtGetNextProcess(HANDLE ProcessHandle, ACCESS_MASK DesiredAccess, ULONG HandleAttributes,
                          ULONG Flags, HANDLE USER *NewProcessHandle)
{
    if (Flags & ~(ULONG)PROCESS_GET_NEXT_FLAGS_PREVIOUS_PROCESS)
        return STATUS_INVALID_PARAMETER;
    BOOLEAN Back = Flags != 0;
    PEPROCESS Start = nullptr;
    NTSTATUS Status = MmProbeForWrite(NewProcessHandle, sizeof(HANDLE), sizeof(HANDLE));
    if (NT_SUCCESS(Status) && ProcessHandle)
        Status = PspReferenceProcess(ProcessHandle, 0, &Start);
    if (!NT_SUCCESS(Status))
        return Status;
    HANDLE Handle = nullptr;
    Status = STATUS_NO_MORE_ENTRIES;
    PLIST_ENTRY Link = Start ? &Start->ActiveProcessLinks : &PsActiveProcessHead;
    while ((Link = Back ? Link->Blink : Link->Flink) != &PsActiveProcessHead) {
        PEPROCESS Process = CONTAINING_RECORD(Link, EPROCESS, ActiveProcessLinks);
        NTSTATUS Opened = ObOpenObjectByPointer(Process, HandleAttributes, DesiredAccess,
                                                PsProcessType, PspOpenMode(), &Handle);
        if (!NT_SUCCESS(Opened))
            continue;
        Status = Opened;
        break;
    }
    if (Start)
        ObDereferenceObject(Start);
    return ObReturnHandle(Status, Handle, NewProcessHandle);
}

NTSTATUS NtGetNextThread(HANDLE ProcessHandle, HANDLE ThreadHandle, ACCESS_MASK DesiredAccess,
                         ULONG HandleAttributes, ULONG Flags, HANDLE USER *NewThreadHandle)
{
    if (Flags)
        return STATUS_INVALID_PARAMETER;
    PEPROCESS Process;
    PETHREAD Start = nullptr;
    NTSTATUS Status = MmProbeForWrite(NewThreadHandle, sizeof(HANDLE), sizeof(HANDLE));
    if (NT_SUCCESS(Status))
        Status = PspReferenceProcess(ProcessHandle, PROCESS_QUERY_INFORMATION, &Process);
    if (!NT_SUCCESS(Status))
        return Status;
    if (ThreadHandle)
        Status = ObReferenceObjectByHandle(ThreadHandle, 0, PsThreadType, UserMode, (PVOID *)&Start,
                                           nullptr);
    if (NT_SUCCESS(Status) && Start && Start->Process != Process)
        Status = STATUS_INVALID_PARAMETER;
    HANDLE Handle = nullptr;
    if (NT_SUCCESS(Status)) {
        Status = STATUS_NO_MORE_ENTRIES;
        // A thread that has ended is out of the list: the walk ends there.
        PLIST_ENTRY Head = &Process->ThreadListHead;
        PLIST_ENTRY Link = Start ? Start->ThreadListEntry.Flink : Head->Flink;
        for (; Link != Head && Link != &Start->ThreadListEntry; Link = Link->Flink) {
            PETHREAD Thread = CONTAINING_RECORD(Link, ETHREAD, ThreadListEntry);
            NTSTATUS Opened = ObOpenObjectByPointer(Thread, HandleAttributes, DesiredAccess,
                                                    PsThreadType, PspOpenMode(), &Handle);
            if (NT_SUCCESS(Opened)) {
                Status = Opened;
                break;
            }
        }
    }
    if (Start)
        ObDereferenceObject(Start);
    ObDereferenceObject(Process);
    return ObReturnHandle(Status, Handle, NewThreadHandle);
}
