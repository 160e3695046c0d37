// Waiting for changes. A handle's first NtNotifyChangeKey starts a watch, which lasts until the handle is
// closed: what changes while nobody waits is told to the next who does.
#include "cmp.h"

#include "ex/ex.h"

#ifndef REG_NOTIFY_THREAD_AGNOSTIC
#define REG_NOTIFY_THREAD_AGNOSTIC 0x10000000
#endif
#define CMP_FILTERS                                                                       \
    (REG_NOTIFY_CHANGE_NAME | REG_NOTIFY_CHANGE_ATTRIBUTES | REG_NOTIFY_CHANGE_LAST_SET | \
     REG_NOTIFY_CHANGE_SECURITY)

typedef struct _CM_WATCH {
    LIST_ENTRY Links; // in the key control's list
    ULONG Filter;
    BOOLEAN Tree;
    BOOLEAN IsSecond;   // its waiters have it as their second key
    BOOLEAN Triggered;  // a change that nobody was told yet
    LIST_ENTRY Waiters; // CM_WAITER.Links
} CM_WATCH, *PCM_WATCH;

// A call that waits, for one key or for two: the second is open for this waiter alone.
enum { CMP_MOST_WATCHED = 2 };

typedef struct _CM_WAITER {
    LIST_ENTRY Links[CMP_MOST_WATCHED];
    PCM_KEY Second; // referenced, or null
    BOOLEAN Synchronous;
    NTSTATUS Status; // STATUS_PENDING until completed
    KEVENT Done;     // of a synchronous one
    PKEVENT Event;   // the program's, referenced, or null
    PEX_USER_APC Apc;
    PEPROCESS Process;       // referenced
    ULONG_PTR IoStatusBlock; // in Process
} CM_WAITER, *PCM_WAITER;

static ULONG CmpWatchCount;

// ---- Waiters

static VOID CmpUnlinkWaiter(PCM_WAITER Waiter)
{
    for (ULONG i = 0; i < CMP_MOST_WATCHED; i++) {
        RemoveEntryList(&Waiter->Links[i]);
        InitializeListHead(&Waiter->Links[i]);
    }
}

// Unlinked before.
static VOID CmpFreeWaiter(PCM_WAITER Waiter)
{
    if (Waiter->Second) {
        CmpCloseWatch(Waiter->Second);
        ObDereferenceObject(Waiter->Second);
    }
    if (Waiter->Event)
        ObDereferenceObject(Waiter->Event);
    if (Waiter->Apc)
        ExCancelUserApc(Waiter->Apc);
    ObDereferenceObject(Waiter->Process);
    ExFreePoolWithTag(Waiter, CM_TAG_WATCH);
}

static VOID CmpCompleteAsynchronous(PCM_WAITER Waiter)
{
    IO_STATUS_BLOCK Block = {.Status = Waiter->Status};
    // A process that ended, or freed its block, does not want to know.
    if (!Waiter->Process->Exiting)
        MmWriteProcess(Waiter->Process, Waiter->IoStatusBlock, &Block, sizeof(Block));
    if (Waiter->Event)
        KeSetEvent(Waiter->Event);
    if (Waiter->Apc)
        ExQueueUserApc(Waiter->Apc, (PVOID)Waiter->IoStatusBlock, nullptr);
    Waiter->Apc = nullptr;
    CmpFreeWaiter(Waiter);
}

// The waiters are in no watch any more, as completing one may let others run.
static VOID CmpCompleteAll(PLIST_ENTRY Waiters, NTSTATUS Status)
{
    while (!IsListEmpty(Waiters)) {
        PCM_WAITER Waiter = CONTAINING_RECORD(Waiters->Flink, CM_WAITER, Links[0]);
        CmpUnlinkWaiter(Waiter);
        Waiter->Status = Status;
        if (Waiter->Synchronous)
            KeSetEvent(&Waiter->Done); // its service frees it
        else
            CmpCompleteAsynchronous(Waiter);
    }
}

static VOID CmpMoveWaiters(PCM_WATCH Watch, PLIST_ENTRY To)
{
    while (!IsListEmpty(&Watch->Waiters)) {
        PLIST_ENTRY Link = Watch->Waiters.Flink;
        PCM_WAITER Waiter = Watch->IsSecond ? CONTAINING_RECORD(Link, CM_WAITER, Links[1])
                                            : CONTAINING_RECORD(Link, CM_WAITER, Links[0]);
        CmpUnlinkWaiter(Waiter);
        InsertTailList(To, &Waiter->Links[0]);
    }
}

// ---- Changes

static VOID CmpTriggerWatches(PCM_KEY_CONTROL Control, ULONG Filter, BOOLEAN Below,
                              PLIST_ENTRY Waiters)
{
    for (PLIST_ENTRY Link = Control->Watches.Flink; Link != &Control->Watches; Link = Link->Flink) {
        PCM_WATCH Watch = CONTAINING_RECORD(Link, CM_WATCH, Links);
        if (!(Watch->Filter & Filter) || (Below && !Watch->Tree))
            continue;
        Watch->Triggered = IsListEmpty(&Watch->Waiters);
        CmpMoveWaiters(Watch, Waiters);
    }
}

VOID CmpReportChange(CM_PLACE Place, ULONG Filter)
{
    CmpNoteChange(Place.Hive);
    if (!CmpWatchCount)
        return;
    LIST_ENTRY Waiters;
    InitializeListHead(&Waiters);
    BOOLEAN More = TRUE, Below = FALSE;
    for (CM_PLACE Next = Place; More; More = CmpParent(Next, &Next)) {
        PCM_KEY_CONTROL Control = CmpFindControl(CmpEnterMount(Next));
        if (Control)
            CmpTriggerWatches(Control, Filter, Below, &Waiters);
        Below = TRUE;
    }
    CmpCompleteAll(&Waiters, STATUS_NOTIFY_ENUM_DIR);
}

VOID CmpEndWatches(PCM_KEY_CONTROL Control)
{
    LIST_ENTRY Waiters;
    InitializeListHead(&Waiters);
    CmpTriggerWatches(Control, CMP_FILTERS, FALSE, &Waiters);
    CmpCompleteAll(&Waiters, STATUS_KEY_DELETED);
}

VOID CmpCloseWatch(PCM_KEY Key)
{
    PCM_WATCH Watch = Key->Watch;
    if (!Watch)
        return;
    LIST_ENTRY Waiters;
    InitializeListHead(&Waiters);
    Key->Watch = nullptr;
    RemoveEntryList(&Watch->Links);
    CmpWatchCount--;
    CmpMoveWaiters(Watch, &Waiters);
    ExFreePoolWithTag(Watch, CM_TAG_WATCH);
    CmpCompleteAll(&Waiters, STATUS_NOTIFY_CLEANUP);
}

// ---- The service

static NTSTATUS CmpStartWatch(PCM_KEY Key, ULONG Filter, BOOLEAN Tree)
{
    if (Key->Watch)
        return STATUS_SUCCESS; // the first call decided what is watched
    PCM_WATCH Watch = ExAllocatePoolZero(PagedPool, sizeof(*Watch), CM_TAG_WATCH);
    if (!Watch)
        return STATUS_INSUFFICIENT_RESOURCES;
    Watch->Filter = Filter;
    Watch->Tree = Tree;
    InitializeListHead(&Watch->Waiters);
    InsertTailList(&Key->Control->Watches, &Watch->Links);
    CmpWatchCount++;
    Key->Watch = Watch;
    return STATUS_SUCCESS;
}

// What a call of one of the services asks for.
typedef struct _CM_NOTIFY {
    HANDLE KeyHandle, Event;
    PVOID ApcRoutine, ApcContext;
    IO_STATUS_BLOCK USER *IoStatusBlock;
    ULONG Filter;
    BOOLEAN Tree, Asynchronous;
    const OBJECT_ATTRIBUTES USER *Second; // or null
} CM_NOTIFY, *PCM_NOTIFY;

static NTSTATUS CmpCreateWaiter(PCM_NOTIFY Notify, PCM_WAITER *Result)
{
    PCM_WAITER Waiter = ExAllocatePoolZero(NonPagedPool, sizeof(*Waiter), CM_TAG_WATCH);
    if (!Waiter)
        return STATUS_INSUFFICIENT_RESOURCES;
    for (ULONG i = 0; i < CMP_MOST_WATCHED; i++)
        InitializeListHead(&Waiter->Links[i]);
    Waiter->Synchronous = !Notify->Asynchronous;
    Waiter->Status = STATUS_PENDING;
    Waiter->IoStatusBlock = (ULONG_PTR)Notify->IoStatusBlock;
    Waiter->Process = PsGetCurrentProcess();
    ObReferenceObject(Waiter->Process);
    KeInitializeEvent(&Waiter->Done, NotificationEvent, FALSE);
    NTSTATUS Status = ExReferenceUserEvent(Notify->Event, &Waiter->Event);
    if (NT_SUCCESS(Status) && Notify->ApcRoutine)
        Status = ExAllocateUserApc(Notify->ApcRoutine, Notify->ApcContext, &Waiter->Apc);
    if (!NT_SUCCESS(Status)) {
        CmpFreeWaiter(Waiter);
        return Status;
    }
    if (Waiter->Event)
        KeResetEvent(Waiter->Event);
    *Result = Waiter;
    return STATUS_SUCCESS;
}

// The service itself reports a synchronous end: status block, event, APC.
static NTSTATUS CmpFinishSynchronous(PCM_WAITER Waiter)
{
    NTSTATUS Status = KeWaitForSingleObject(&Waiter->Done, UserRequest, UserMode, FALSE, nullptr);
    if (Waiter->Status == STATUS_PENDING) {
        CmpUnlinkWaiter(Waiter); // the wait was broken off
        CmpFreeWaiter(Waiter);
        return Status;
    }
    Status = Waiter->Status;
    CmpCompleteAsynchronous(Waiter);
    return Status;
}

static NTSTATUS CmpWaitForChange(PCM_KEY Key, PCM_WAITER Waiter)
{
    PCM_WATCH Watch = Key->Watch;
    if (Watch->Triggered) {
        Watch->Triggered = FALSE;
        Waiter->Status = STATUS_NOTIFY_ENUM_DIR;
        BOOLEAN Synchronous = Waiter->Synchronous;
        CmpCompleteAsynchronous(Waiter);
        return Synchronous ? STATUS_NOTIFY_ENUM_DIR : STATUS_PENDING;
    }
    InsertTailList(&Watch->Waiters, &Waiter->Links[0]);
    if (Waiter->Second)
        InsertTailList(&Waiter->Second->Watch->Waiters, &Waiter->Links[1]);
    return Waiter->Synchronous ? CmpFinishSynchronous(Waiter) : STATUS_PENDING;
}

// The second key is opened for this one wait.
static NTSTATUS CmpOpenSecond(PCM_NOTIFY Notify, PCM_WAITER Waiter)
{
    OB_ATTRIBUTES Attributes;
    NTSTATUS Status = ObCaptureAttributes(&Attributes, Notify->Second);
    if (!NT_SUCCESS(Status))
        return Status;
    HANDLE Handle;
    PCM_KEY Key;
    Attributes.Attributes |= OBJ_CASE_INSENSITIVE;
    Status =
        ObOpenObjectByName(&Attributes, CmKeyObjectType, UserMode, KEY_NOTIFY, nullptr, &Handle);
    ObReleaseAttributes(&Attributes);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = CmpReferenceKey(Handle, KEY_NOTIFY, &Key);
    ObCloseHandle(PsGetCurrentProcess(), Handle, UserMode);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = CmpStartWatch(Key, Notify->Filter, Notify->Tree);
    if (!NT_SUCCESS(Status)) {
        ObDereferenceObject(Key);
        return Status;
    }
    Key->Watch->IsSecond = TRUE;
    Waiter->Second = Key;
    return STATUS_SUCCESS;
}

static NTSTATUS CmpNotifyKey(PCM_NOTIFY Notify, PCM_KEY Key)
{
    PCM_WAITER Waiter;
    NTSTATUS Status = CmpCreateWaiter(Notify, &Waiter);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Notify->Second)
        Status = CmpOpenSecond(Notify, Waiter);
    if (NT_SUCCESS(Status) && Key->Control->Deleted) // while the second was opened
        Status = STATUS_KEY_DELETED;
    if (NT_SUCCESS(Status))
        Status = CmpStartWatch(Key, Notify->Filter, Notify->Tree);
    if (NT_SUCCESS(Status))
        return CmpWaitForChange(Key, Waiter);
    CmpFreeWaiter(Waiter);
    return Status;
}

static NTSTATUS CmpNotify(PCM_NOTIFY Notify)
{
    Notify->Filter &= ~(ULONG)REG_NOTIFY_THREAD_AGNOSTIC;
    if (!Notify->Filter || (Notify->Filter & ~(ULONG)CMP_FILTERS))
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = MmProbeForWrite(Notify->IoStatusBlock, sizeof(*Notify->IoStatusBlock), 1);
    if (!NT_SUCCESS(Status))
        return Status;
    PCM_KEY Key;
    Status = CmpReferenceKey(Notify->KeyHandle, KEY_NOTIFY, &Key);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = CmpNotifyKey(Notify, Key);
    ObDereferenceObject(Key);
    return Status;
}

// The buffer was meant for the names of changed keys; Windows never filled it either.
NTSTATUS NtNotifyChangeKey(HANDLE KeyHandle, HANDLE Event, PVOID ApcRoutine, PVOID ApcContext,
                           IO_STATUS_BLOCK USER *IoStatusBlock, ULONG CompletionFilter,
                           BOOLEAN WatchTree, VOID USER *Buffer, ULONG BufferSize,
                           BOOLEAN Asynchronous)
{
    (void)Buffer, (void)BufferSize;
    CM_NOTIFY Notify = {KeyHandle,        Event,     ApcRoutine,   ApcContext, IoStatusBlock,
                        CompletionFilter, WatchTree, Asynchronous, nullptr};
    return CmpNotify(&Notify);
}

// Of further keys there can be one, as on Windows.
NTSTATUS NtNotifyChangeMultipleKeys(HANDLE MasterKeyHandle, ULONG Count,
                                    const OBJECT_ATTRIBUTES USER *SubordinateObjects, HANDLE Event,
                                    PVOID ApcRoutine, PVOID ApcContext,
                                    IO_STATUS_BLOCK USER *IoStatusBlock, ULONG CompletionFilter,
                                    BOOLEAN WatchTree, VOID USER *Buffer, ULONG BufferSize,
                                    BOOLEAN Asynchronous)
{
    (void)Buffer, (void)BufferSize;
    if (Count > 1 || (Count && !SubordinateObjects))
        return STATUS_INVALID_PARAMETER;
    CM_NOTIFY Notify = {MasterKeyHandle, Event,         ApcRoutine,
                        ApcContext,      IoStatusBlock, CompletionFilter,
                        WatchTree,       Asynchronous,  Count ? SubordinateObjects : nullptr};
    return CmpNotify(&Notify);
}
