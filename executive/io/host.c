// Driver hosts: their start, their end, and the watchdog over them.
#include "hostp.h"

constexpr ULONG IopHostTag = 'tsoH';

enum {
    IOP_CONNECT_SECONDS = 20,  // that a new host has to load its images
    IOP_WATCHDOG_SECONDS = 10, // that a host may stay at one raised IRQL
    IOP_LAST_SECONDS = 3,      // that it has then to say where
};

LIST_ENTRY IopHostListHead = {&IopHostListHead, &IopHostListHead};
static ULONG IopNextHostId = 1;
static KTIMER IopWatchdogTimer;
static BOOLEAN IopWatchdogRuns;

PIO_HOST IopCurrentHost(VOID)
{
    return PsGetCurrentProcess()->Host;
}

VOID IopReferenceHost(PIO_HOST Host)
{
    Host->References++;
}

VOID IoEnumerateHosts(IO_HOST_ROUTINE *Routine, PVOID Context)
{
    for (PLIST_ENTRY Link = IopHostListHead.Flink; Link != &IopHostListHead; Link = Link->Flink) {
        PIO_HOST Host = CONTAINING_RECORD(Link, IO_HOST, Link);
        if (Host->Process && !Host->Ended)
            Routine(Host->Process, Context);
    }
}

// ---- Privileges

NTSTATUS IopGrantResource(PIO_HOST Host, IOP_RESOURCE Kind, ULONG64 Start, ULONG64 End)
{
    IOP_GRANT *Grant = ExAllocatePoolWithTag(NonPagedPool, sizeof(*Grant), IopHostTag);
    if (!Grant)
        return STATUS_INSUFFICIENT_RESOURCES;
    *Grant = (IOP_GRANT){.Kind = Kind, .Start = Start, .End = End};
    InsertTailList(&Host->GrantListHead, &Grant->Link);
    return STATUS_SUCCESS;
}

VOID IopRevokeResource(PIO_HOST Host, IOP_RESOURCE Kind, ULONG64 Start, ULONG64 End)
{
    for (PLIST_ENTRY Link = Host->GrantListHead.Flink; Link != &Host->GrantListHead;
         Link = Link->Flink) {
        IOP_GRANT *Grant = CONTAINING_RECORD(Link, IOP_GRANT, Link);
        if (Grant->Kind != Kind || Grant->Start != Start || Grant->End != End)
            continue;
        RemoveEntryList(&Grant->Link);
        ExFreePool(Grant);
        break;
    }
    if (IopIsGranted(Host, Kind, Start, End))
        return;
    if (Kind == IopDmaResource)
        IopStopHostDma(Host, Start, End);
    else
        IopTakeBackCaps(Host, Kind, Start, End);
}

BOOLEAN IopIsGranted(PIO_HOST Host, IOP_RESOURCE Kind, ULONG64 Start, ULONG64 End)
{
    for (PLIST_ENTRY Link = Host->GrantListHead.Flink; Link != &Host->GrantListHead;
         Link = Link->Flink) {
        const IOP_GRANT *Grant = CONTAINING_RECORD(Link, IOP_GRANT, Link);
        if (Grant->Kind == Kind && Start >= Grant->Start && End <= Grant->End)
            return TRUE;
    }
    return FALSE;
}

static VOID IopReleaseGrants(PIO_HOST Host)
{
    while (!IsListEmpty(&Host->GrantListHead))
        ExFreePool(CONTAINING_RECORD(RemoveHeadList(&Host->GrantListHead), IOP_GRANT, Link));
}

// ---- Start

static VOID IopDeleteHost(PIO_HOST Host)
{
    IopReleaseGrants(Host);
    for (ULONG i = 0; i < Host->EntryCount; i++)
        ExFreePool(Host->Entries[i]);
    if (Host->Entries)
        ExFreePool(Host->Entries);
    IopDeleteArena(Host);
    if (Host->Shared)
        MmFreeSystemPages(Host->Shared, IOP_SHARED_PAGES);
    if (Host->CNode)
        MmDeleteKernelObject(Host->CNode);
    const seL4_CPtr Notifications[] = {Host->WorkNotification, Host->ResumeNotification,
                                       Host->IdleNotification};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Notifications); i++) {
        if (Notifications[i])
            MmDeleteKernelObject(Notifications[i]);
    }
    if (Host->Name.Buffer)
        ExFreePool(Host->Name.Buffer);
    ExFreePool(Host);
}

VOID IopDereferenceHost(PIO_HOST Host)
{
    if (--Host->References)
        return;
    RemoveEntryList(&Host->Link);
    IopDeleteHost(Host);
}

static NTSTATUS IopMakeHostCaps(PIO_HOST Host)
{
    const struct {
        seL4_CPtr *Cap;
        ULONG Slot;
    } Notifications[] = {
        {&Host->WorkNotification, HOST_SLOT_WORK},
        {&Host->ResumeNotification, HOST_SLOT_RESUME},
        {&Host->IdleNotification, HOST_SLOT_IDLE},
    };
    Host->CNode = MmCreateKernelObject(seL4_CapTableObject, HOST_CNODE_BITS);
    if (!Host->CNode)
        return STATUS_NO_MEMORY;
    seL4_Error Error = seL4_NoError;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Notifications) && Error == seL4_NoError; i++) {
        seL4_CPtr Cap = MmCreateKernelObject(seL4_NotificationObject, 0);
        *Notifications[i].Cap = Cap;
        if (!Cap)
            return STATUS_NO_MEMORY;
        Error = seL4_CNode_Copy(Host->CNode, Notifications[i].Slot, HOST_CNODE_BITS, MmRootCNode,
                                Cap, seL4_WordBits, seL4_AllRights);
    }
    if (Error == seL4_NoError)
        Error = KeMintHostNotification(Host->Id, Host->CNode, HOST_SLOT_REPLY);
    Host->UsedSlots[0] = (1ull << HOST_SLOT_FIRST_FREE) - 1;
    return Error == seL4_NoError ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

static NTSTATUS IopMakeHost(PCUNICODE_STRING Name, PIO_HOST *Result)
{
    PIO_HOST Host = ExAllocatePoolZero(NonPagedPool, sizeof(*Host), IopHostTag);
    if (!Host)
        return STATUS_INSUFFICIENT_RESOURCES;
    Host->Id = IopNextHostId++;
    Host->References = 1;
    InitializeListHead(&Host->FreeEntries);
    InitializeListHead(&Host->Backlog);
    InitializeListHead(&Host->Given);
    InitializeListHead(&Host->GrantListHead);
    InitializeListHead(&Host->CapListHead);
    InitializeListHead(&Host->PinListHead);
    InitializeListHead(&Host->DriverListHead);
    InitializeListHead(&Host->ForwardListHead);
    KeInitializeEvent(&Host->ConnectedEvent, NotificationEvent, FALSE);
    InsertTailList(&IopHostListHead, &Host->Link);
    NTSTATUS Status = STATUS_SUCCESS;
    Host->Name.Buffer = ExAllocatePoolWithTag(PagedPool, Name->Length + sizeof(WCHAR), IopHostTag);
    Host->Shared = MmAllocateSystemPages(IOP_SHARED_PAGES);
    if (!Host->Name.Buffer || !Host->Shared)
        Status = STATUS_INSUFFICIENT_RESOURCES;
    if (NT_SUCCESS(Status)) {
        memset(Host->Shared, 0, sizeof(*Host->Shared));
        IopShowSections(Host);
        memcpy(Host->Name.Buffer, Name->Buffer, Name->Length);
        Host->Name.Length = Host->Name.MaximumLength = Name->Length;
        Status = IopMakeHostCaps(Host);
    }
    if (NT_SUCCESS(Status))
        Status = IopInitArena(Host);
    if (!NT_SUCCESS(Status)) {
        IopDereferenceHost(Host);
        return Status;
    }
    *Result = Host;
    return STATUS_SUCCESS;
}

// The host's own code knows the images and how to unwind, so the thread tells by itself where it is.
static VOID IopAskStuckThread(PIO_HOST Host, ULONG ThreadId)
{
    PETHREAD Thread;
    if (!NT_SUCCESS(PsLookupThreadByThreadId((HANDLE)(ULONG_PTR)ThreadId, &Thread)))
        return;
    if (Thread->Process == Host->Process)
        KeInterruptThread(Thread, HOST_WATCHDOG_EXCEPTION);
    ObDereferenceObject(Thread);
}

static VOID IopWatchHost(PIO_HOST Host)
{
    ULONG Dispatch = Host->Shared->DispatchEntries;
    ULONG Interrupts = Host->Shared->InterruptEntries;
    BOOLEAN Raised = (Dispatch & 1) || (Interrupts & 1);
    BOOLEAN Same = Dispatch == Host->SeenDispatch && Interrupts == Host->SeenInterrupts;
    Host->StuckSeconds = Raised && Same ? Host->StuckSeconds + 1 : 0;
    Host->SeenDispatch = Dispatch;
    Host->SeenInterrupts = Interrupts;
    if (Host->StuckSeconds == IOP_WATCHDOG_SECONDS)
        IopAskStuckThread(Host, Interrupts & 1 ? Host->Shared->InterruptThread
                                               : Host->Shared->DispatchThread);
    if (Host->StuckSeconds >= IOP_WATCHDOG_SECONDS + IOP_LAST_SECONDS)
        IopEndHost(Host, "a thread of its does not leave a raised IRQL");
    else
        IopProvideWorker(Host); // the one that works may do so for long
    if (Host->Shared->Resting)  // and what has interrupted since may have had no answer for us
        IopWatchRest();
}

static VOID IopWatchHosts(PKTIMER Timer, PVOID Context)
{
    UNREFERENCED_PARAMETER(Timer);
    UNREFERENCED_PARAMETER(Context);
    KeReleaseHeldVectors();
    PLIST_ENTRY Link = IopHostListHead.Flink;
    while (Link != &IopHostListHead) {
        PIO_HOST Host = CONTAINING_RECORD(Link, IO_HOST, Link);
        Link = Link->Flink;
        if (Host->Connected && !Host->Ended)
            IopWatchHost(Host);
    }
}

static VOID IopStartWatchdog(VOID)
{
    if (IopWatchdogRuns)
        return;
    IopWatchdogRuns = TRUE;
    KeInitializeTimer(&IopWatchdogTimer, NotificationTimer);
    LARGE_INTEGER Due = {.QuadPart = -10'000'000};
    KeSetTimer(&IopWatchdogTimer, Due, 1000, IopWatchHosts, nullptr);
}

NTSTATUS IopCreateHost(PCUNICODE_STRING Name, PIO_HOST *Result)
{
    PIO_HOST Host;
    NTSTATUS Status = IopMakeHost(Name, &Host);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = PsCreateHostProcess(Host, Host->CNode, &Host->Process);
    if (!NT_SUCCESS(Status)) {
        IopDereferenceHost(Host);
        return Status;
    }
    IopReferenceHost(Host); // the process's
    IopStartWatchdog();
    LARGE_INTEGER Timeout = {.QuadPart = -10'000'000ll * IOP_CONNECT_SECONDS};
    Status = KeWaitForSingleObject(&Host->ConnectedEvent, Executive, KernelMode, FALSE, &Timeout);
    if (Status == STATUS_TIMEOUT)
        IopEndHost(Host, "it does not connect");
    if (!Host->Connected || Host->Ended) {
        IopDereferenceHost(Host);
        return STATUS_DEVICE_DOES_NOT_EXIST;
    }
    DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_INFO_LEVEL, "io: driver host %wZ is process %lu\n",
               &Host->Name, (ULONG)(ULONG_PTR)Host->Process->UniqueProcessId);
    *Result = Host;
    return STATUS_SUCCESS;
}

PCUNICODE_STRING IoQueryHostName(PEPROCESS Process)
{
    return Process->Host ? &Process->Host->Name : nullptr;
}

// ---- End

static VOID IopDumpHost(PIO_HOST Host, const EXCEPTION_RECORD *Record, const CONTEXT *Context,
                        PCSTR Reason)
{
    WCHAR Comment[80];
    _snwprintf(Comment, RTL_NUMBER_OF(Comment), L"driver host %wZ: %hs", &Host->Name, Reason);
    Comment[RTL_NUMBER_OF(Comment) - 1] = 0;
    const DBG_CRASH Crash = {
        .Process = Host->Process,
        .Thread = Record ? KeGetCurrentThread() : nullptr,
        .Record = Record,
        .Context = Context,
        .Comment = Comment,
    };
    DbgDumpProcess(&Crash);
    Host->Dumped = TRUE;
}

VOID IopEndHost(PIO_HOST Host, PCSTR Reason)
{
    if (Host->Ended || Host->Process->Exiting)
        return;
    DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL,
               "io: driver host %wZ (process %lu) is ended: %s\n", &Host->Name,
               (ULONG)(ULONG_PTR)Host->Process->UniqueProcessId, Reason);
    if (!Host->Dumped)
        IopDumpHost(Host, nullptr, nullptr, Reason);
    PsTerminateProcess(Host->Process, STATUS_DRIVER_INTERNAL_ERROR);
}

VOID IoHostEnded(PEPROCESS Process)
{
    PIO_HOST Host = Process->Host;
    Process->Host = nullptr;
    Host->Ended = TRUE;
    DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL,
               "io: driver host %wZ has ended: status 0x%08lX\n", &Host->Name,
               (ULONG)Process->ExitStatus);
    IopReleaseHostCaps(Host);
    IopHoldVolumes(Host);
    IopStopHostDma(Host, 0, MAXULONG64);
    IopAbandonHostRequests(Host);
    if (Host->Connected)
        IopHeedLastCuts(Host);
    CcOwnerEnded(Host); // while its devices still have names
    IopFailHostDevices(Host);
    IopAbandonForwards(Host);
    ObDeleteHostLinks(Process->UniqueProcessId);
    PnpHostEnded(Host);
    PoHostEnded(Host);
    IopReleaseHostPins(Host);
    KeSetEvent(&Host->ConnectedEvent);
    ObDereferenceObject(Host->Process);
    Host->Process = nullptr;
    IopDereferenceHost(Host);
}

// ---- The host reports

static NTSTATUS IopMapHostMemory(PIO_HOST Host)
{
    PVOID Base;
    NTSTATUS Status = MmMapSystemPages(Host->Process, Host->Shared, IOP_SHARED_PAGES, TRUE, &Base);
    if (!NT_SUCCESS(Status))
        return Status;
    Host->SharedAddress = (ULONG_PTR)Base;
    Status = MmMapSystemPages(Host->Process, Host->Arena.Base, IOP_ARENA_PAGES, TRUE, &Base);
    Host->Arena.HostAddress = (ULONG_PTR)Base;
    return Status;
}

NTSTATUS NtHostConnect(HOST_CONNECTION USER *Connection)
{
    PIO_HOST Host = IopCurrentHost();
    HOST_CONNECTION Answer;
    if (!Host || Host->Connected)
        return STATUS_ACCESS_DENIED;
    NTSTATUS Status = MmCopyFromUser(&Answer, Connection, sizeof(Answer));
    if (!NT_SUCCESS(Status))
        return Status;
    if (Answer.Size != sizeof(Answer))
        return STATUS_INFO_LENGTH_MISMATCH;
    if (!Host->SharedAddress)
        Status = IopMapHostMemory(Host);
    if (!NT_SUCCESS(Status))
        return Status;
    Answer = (HOST_CONNECTION){
        .Size = sizeof(Answer),
        .HostId = Host->Id,
        .Shared = Host->SharedAddress,
        .ArenaBase = Host->Arena.HostAddress,
        .ArenaSize = IOP_ARENA_PAGES * PAGE_SIZE,
    };
    Status = MmCopyToUser(Connection, &Answer, sizeof(Answer));
    if (!NT_SUCCESS(Status))
        return Status;
    Host->Connected = TRUE;
    Host->Shared->ReplyRing.Waiting = 1;
    KeSetEvent(&Host->ConnectedEvent);
    return STATUS_SUCCESS;
}

// As an exception: the code of one that no driver handled, or of the bug check.
static EXCEPTION_RECORD IopBugCheckRecord(ULONG Code, const ULONG_PTR Parameters[4],
                                          const CONTEXT *Context)
{
    if (Code == KMODE_EXCEPTION_NOT_HANDLED)
        return (EXCEPTION_RECORD){
            .ExceptionCode = (DWORD)Parameters[0],
            .ExceptionAddress = (PVOID)Parameters[1],
            .NumberParameters = 2,
            .ExceptionInformation = {Parameters[2], Parameters[3]},
        };
    return (EXCEPTION_RECORD){
        .ExceptionCode = Code,
        .ExceptionAddress = (PVOID)Context->Rip,
        .NumberParameters = 4,
        .ExceptionInformation = {Parameters[0], Parameters[1], Parameters[2], Parameters[3]},
    };
}

NTSTATUS NtHostBugCheck(ULONG Code, ULONG_PTR Parameter1, ULONG_PTR Parameter2,
                        ULONG_PTR Parameter3, ULONG_PTR Parameter4, const CONTEXT USER *Context)
{
    const ULONG_PTR Parameters[4] = {Parameter1, Parameter2, Parameter3, Parameter4};
    PIO_HOST Host = IopCurrentHost();
    CONTEXT Where;
    if (!Host)
        return STATUS_ACCESS_DENIED;
    DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL,
               "io: driver host %wZ stops: 0x%lX (0x%llX, 0x%llX, 0x%llX, 0x%llX)\n", &Host->Name,
               Code, Parameter1, Parameter2, Parameter3, Parameter4);
    if (NT_SUCCESS(MmCopyFromUser(&Where, Context, sizeof(Where)))) {
        EXCEPTION_RECORD Record = IopBugCheckRecord(Code, Parameters, &Where);
        IopDumpHost(Host, &Record, &Where, "bug check");
    }
    IopEndHost(Host, "bug check");
    return STATUS_SUCCESS;
}
