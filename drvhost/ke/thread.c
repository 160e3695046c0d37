// Threads of the host. The environment block of each holds its KTHREAD where drivers look for it
// (gs:[188h]); a thread that ke sees for the first time gets one then.

#include "kep.h"

static RTL_SRWLOCK KiThreadListLock;
static LIST_ENTRY KiThreadList = {&KiThreadList, &KiThreadList};

// What drivers find at gs:[20h]; they look at nothing in it but the number, which is 0.
static UCHAR KiPrcb[PAGE_SIZE];

static VOID KiDeleteThread(PVOID Object)
{
    if (((PETHREAD)Object)->Handle)
        NtClose(((PETHREAD)Object)->Handle);
}

OBJECT_TYPE ObpThreadType = {.Name = "Thread", .Delete = KiDeleteThread};

static CLIENT_ID KiTebClientId(void)
{
    return (CLIENT_ID){(HANDLE)__readgsqword(KI_TEB_CLIENT_ID),
                       (HANDLE)__readgsqword(KI_TEB_CLIENT_ID + sizeof(HANDLE))};
}

static PETHREAD KiAllocateThread(void)
{
    PETHREAD Thread = ObpAllocateObject(&ObpThreadType, sizeof(*Thread));
    if (!Thread)
        return nullptr;
    KiInitializeHeader(&Thread->Tcb.Header, ThreadObject, sizeof(Thread->Tcb), 0);
    InitializeListHead(&Thread->Tcb.MutantListHead);
    InitializeListHead(&Thread->Tcb.ApcList[KernelMode]);
    InitializeListHead(&Thread->Tcb.ApcList[UserMode]);
    Thread->Tcb.ApcQueueable = TRUE;
    Thread->ExitStatus = STATUS_PENDING;
    Thread->Tcb.Priority = LOW_REALTIME_PRIORITY / 2;
    return Thread;
}

// Make the calling thread the one that Thread describes.
static VOID KiEnterThread(PETHREAD Thread)
{
    Thread->Cid = KiTebClientId();
    Thread->Tcb.ThreadId = Thread->Cid.UniqueThread;
    __writegsqword(KI_TEB_PRCB, (ULONG64)KiPrcb);
    __writegsdword(KI_TEB_NUMBER, 0);
    __writegsdword(KI_TEB_PROCESSOR, 0);
    __writegsqword(KI_TEB_THREAD, (ULONG64)&Thread->Tcb);
    RtlAcquireSRWLockExclusive(&KiThreadListLock);
    InsertTailList(&KiThreadList, &Thread->ThreadListEntry);
    RtlReleaseSRWLockExclusive(&KiThreadListLock);
}

PKTHREAD KiAdoptThread(void)
{
    PETHREAD Thread = KiAllocateThread();
    if (!Thread) {
        DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL, "driver host: no memory for a thread\n");
        NtTerminateProcess(ZwCurrentProcess(), STATUS_NO_MEMORY);
    }
    KiEnterThread(Thread);
    return &Thread->Tcb;
}

// ---- Creation and end

static NTSTATUS NTAPI KiThreadStartup(PVOID Parameter)
{
    PETHREAD Thread = Parameter;
    KiEnterThread(Thread);
    __try {
        Thread->StartRoutine(Thread->StartContext);
    } __except (DbgpReportException((PKI_EXCEPTION_POINTERS)GetExceptionInformation())) {
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
    return STATUS_SUCCESS;
}

// The stack is that of a deep stack of drivers, and then that of the services they call.
enum { KiStackReserve = 0x40000, KiStackCommit = 0x8000 };

static NTSTATUS KiStartThread(PETHREAD Thread, PHANDLE Handle)
{
    OBJECT_ATTRIBUTES Attributes;
    InitializeObjectAttributes(&Attributes, nullptr, OBJ_KERNEL_HANDLE, nullptr, nullptr);
    NTSTATUS Status = NtCreateThreadEx(Handle, THREAD_ALL_ACCESS, &Attributes, ZwCurrentProcess(),
                                       KiThreadStartup, Thread, THREAD_CREATE_SUSPENDED, 0,
                                       KiStackCommit, KiStackReserve, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    KI_THREAD_BASIC_INFORMATION Information;
    Status = NtQueryInformationThread(*Handle, ThreadBasicInformation, &Information,
                                      sizeof(Information), nullptr);
    if (!NT_SUCCESS(Status)) {
        NtClose(*Handle);
        return Status;
    }
    Thread->Cid = Information.ClientId;
    Thread->Tcb.ThreadId = Information.ClientId.UniqueThread;
    return STATUS_SUCCESS;
}

NTSTATUS KiOpenThread(PKTHREAD Thread, PHANDLE Handle)
{
    OBJECT_ATTRIBUTES Attributes;
    InitializeObjectAttributes(&Attributes, nullptr, OBJ_KERNEL_HANDLE, nullptr, nullptr);
    return NtOpenThread(Handle, THREAD_ALL_ACCESS, &Attributes, &((PETHREAD)Thread)->Cid);
}

static VOID KiSetNativePriority(HANDLE Handle, KPRIORITY Priority)
{
    NtSetInformationThread(Handle, ThreadPriority, &Priority, sizeof(Priority));
}

NTSTATUS KiCreateThread(PKSTART_ROUTINE Routine, PVOID Context, KPRIORITY Priority, PHANDLE Handle,
                        PETHREAD *Result)
{
    PETHREAD Thread = KiAllocateThread();
    if (!Thread)
        return STATUS_INSUFFICIENT_RESOURCES;
    Thread->StartRoutine = Routine;
    Thread->StartContext = Context;
    Thread->SystemThread = TRUE;
    Thread->Tcb.Priority = Priority;
    HANDLE New;
    NTSTATUS Status = KiStartThread(Thread, &New);
    if (!NT_SUCCESS(Status)) {
        ObfDereferenceObject(Thread);
        return Status;
    }
    Status = ObpBindHandle(New, Thread);
    if (!NT_SUCCESS(Status)) {
        NtTerminateThread(New, Status);
        NtClose(New);
        ObfDereferenceObject(Thread);
        return Status;
    }

    // The handle is the thread's own unless the caller wants it; priorities are set through it.
    KiSetNativePriority(New, Priority);
    if (Result) {
        ObfReferenceObject(Thread);
        *Result = Thread;
    }
    NtResumeThread(New, nullptr);
    if (Handle)
        *Handle = New;
    else
        ZwClose(New);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI PsCreateSystemThread(PHANDLE ThreadHandle, ULONG DesiredAccess,
                                    POBJECT_ATTRIBUTES ObjectAttributes, HANDLE ProcessHandle,
                                    PCLIENT_ID ClientId, PKSTART_ROUTINE StartRoutine,
                                    PVOID StartContext)
{
    UNREFERENCED_PARAMETER(DesiredAccess);
    UNREFERENCED_PARAMETER(ObjectAttributes);
    UNREFERENCED_PARAMETER(ProcessHandle); // a driver's threads live in its host
    PETHREAD Thread;
    NTSTATUS Status = KiCreateThread(StartRoutine, StartContext, LOW_REALTIME_PRIORITY / 2,
                                     ThreadHandle, &Thread);
    if (!NT_SUCCESS(Status))
        return Status;
    if (ClientId)
        *ClientId = Thread->Cid;
    ObfDereferenceObject(Thread);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI PsTerminateSystemThread(NTSTATUS ExitStatus)
{
    PETHREAD Thread = (PETHREAD)KiCurrentThread();
    if (!Thread->SystemThread)
        return STATUS_INVALID_PARAMETER;
    KiRequireIrql(APC_LEVEL, "PsTerminateSystemThread");
    KiRunDownApcs(&Thread->Tcb);
    Thread->ExitStatus = ExitStatus;
    RtlAcquireSRWLockExclusive(&KiThreadListLock);
    RemoveEntryList(&Thread->ThreadListEntry);
    RtlReleaseSRWLockExclusive(&KiThreadListLock);

    KiLockDispatcher();
    KiAbandonMutants(&Thread->Tcb);
    if (Thread->Tcb.Queue) {
        KiLeaveQueue(&Thread->Tcb);
        RemoveEntryList(&Thread->Tcb.QueueListEntry);
        Thread->Tcb.Queue = nullptr;
    }
    Thread->Tcb.Header.SignalState = 1;
    KiWakeWaiters(&Thread->Tcb.Header);
    KiUnlockDispatcher();
    __writegsqword(KI_TEB_THREAD, 0);
    ObfDereferenceObject(Thread);
    RtlExitUserThread(ExitStatus);
}

// ---- Looking up

PETHREAD PspReferenceThreadById(HANDLE ThreadId)
{
    PETHREAD Found = nullptr;
    RtlAcquireSRWLockExclusive(&KiThreadListLock);
    for (PLIST_ENTRY Link = KiThreadList.Flink; Link != &KiThreadList; Link = Link->Flink) {
        PETHREAD Thread = CONTAINING_RECORD(Link, ETHREAD, ThreadListEntry);
        if (Thread->Cid.UniqueThread != ThreadId)
            continue;
        ObfReferenceObject(Thread);
        Found = Thread;
        break;
    }
    RtlReleaseSRWLockExclusive(&KiThreadListLock);
    return Found;
}

NTSTATUS PspWrapThread(HANDLE Handle, const CLIENT_ID *Cid, PETHREAD *Thread)
{
    *Thread = PspReferenceThreadById(Cid->UniqueThread);
    if (!*Thread)
        *Thread = KiAllocateThread();
    if (!*Thread || (*Thread)->Cid.UniqueThread) {
        NtClose(Handle);
        return *Thread ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
    }
    (*Thread)->Cid = *Cid;
    (*Thread)->Tcb.ThreadId = Cid->UniqueThread;
    (*Thread)->Tcb.ApcQueueable = FALSE;
    (*Thread)->Handle = Handle;
    KiMakeRemote(&(*Thread)->Tcb.Header);
    return STATUS_SUCCESS;
}

VOID KiCancelArriving(ULONG RequestId)
{
    RtlAcquireSRWLockExclusive(&KiThreadListLock);
    for (PLIST_ENTRY Link = KiThreadList.Flink; Link != &KiThreadList; Link = Link->Flink) {
        PKTHREAD Thread = &CONTAINING_RECORD(Link, ETHREAD, ThreadListEntry)->Tcb;
        if (Thread->ArrivingId == RequestId)
            Thread->CancelledId = RequestId;
    }
    RtlReleaseSRWLockExclusive(&KiThreadListLock);
}

NTSTATUS NTAPI PsLookupThreadByThreadId(HANDLE ThreadId, PETHREAD *Thread)
{
    *Thread = PspReferenceThreadById(ThreadId);
    return *Thread ? STATUS_SUCCESS : STATUS_INVALID_CID;
}
