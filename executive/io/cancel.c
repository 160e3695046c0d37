// Cancellation: by the program, and at the end of a thread.
#include "iop.h"

enum {
    // How long a thread's end waits for who works on its requests. Afterwards it goes without them.
    IOP_RUNDOWN_SECONDS = 10,
};

// ---- Services

// Which requests: those of Ring with UserData (null: all of it), or those that the caller's process has made, of Thread
// (null: of any) and with StatusBlock (0: all).
typedef struct _IOP_MEANT {
    PIOP_RING Ring; // null: the second
    PVOID UserData;
    PETHREAD Thread;
    ULONG_PTR StatusBlock;
} IOP_MEANT;

static BOOLEAN IopIsMeant(const IO_REQUEST *Request, const IOP_MEANT *Meant)
{
    if (Meant->Ring)
        return IopIsOfRing(Request, Meant->Ring, Meant->UserData);
    return Request->Process == PsGetCurrentProcess() &&
           (!Meant->Thread || Request->Thread == Meant->Thread) &&
           (!Meant->StatusBlock || Request->UserStatusBlock == Meant->StatusBlock);
}

// Cancelling one request can complete others: each is back in its list before it is cancelled.
static VOID IopTakeAll(PLIST_ENTRY From, PLIST_ENTRY To)
{
    InitializeListHead(To);
    if (IsListEmpty(From))
        return;
    *To = *From;
    To->Flink->Blink = To;
    To->Blink->Flink = To;
    InitializeListHead(From);
}

static BOOLEAN IopCancelOnFile(PFILE_OBJECT File, const IOP_MEANT *Meant)
{
    BOOLEAN Found = FALSE;
    LIST_ENTRY Requests;
    IopTakeAll(&File->RequestListHead, &Requests);
    while (!IsListEmpty(&Requests)) {
        PLIST_ENTRY Link = RemoveHeadList(&Requests);
        PIO_REQUEST Request = CONTAINING_RECORD(Link, IO_REQUEST, FileLink);
        InsertTailList(&File->RequestListHead, Link);
        if (Request->CancelRequested || !IopIsMeant(Request, Meant))
            continue;
        Found = TRUE;
        IopCancelRequest(Request);
    }
    return Found;
}

BOOLEAN IopCancelOfRing(PFILE_OBJECT File, PIOP_RING Ring, PVOID UserData)
{
    const IOP_MEANT Meant = {.Ring = Ring, .UserData = UserData};
    return IopCancelOnFile(File, &Meant);
}

// The last word on a cancelled request is its device's: as on Windows the service waits for it.
static NTSTATUS IopAwaitCancelled(PFILE_OBJECT File, const IOP_MEANT *Meant)
{
    PLIST_ENTRY Link = File->RequestListHead.Flink;
    while (Link != &File->RequestListHead) {
        PIO_REQUEST Request = CONTAINING_RECORD(Link, IO_REQUEST, FileLink);
        Link = Link->Flink;
        if (!Request->CancelRequested || !IopIsMeant(Request, Meant))
            continue;
        IopReferenceRequest(Request);
        NTSTATUS Status = IopWaitForRequest(Request, FALSE);
        IopDereferenceRequest(Request);
        if (Status != STATUS_SUCCESS)
            return Status;
        Link = File->RequestListHead.Flink;
    }
    return STATUS_SUCCESS;
}

NTSTATUS NtCancelIoFile(HANDLE FileHandle, IO_STATUS_BLOCK USER *IoStatusBlock)
{
    const IOP_MEANT Meant = {.Thread = KeGetCurrentThread()};
    PFILE_OBJECT File;
    NTSTATUS Status = IopProbeStatusBlock(IoStatusBlock);
    if (NT_SUCCESS(Status))
        Status = IopReferenceFile(FileHandle, 0, &File, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    if (IopCancelOnFile(File, &Meant))
        Status = IopAwaitCancelled(File, &Meant);
    ObDereferenceObject(File);
    return IopAnswerService(IoStatusBlock, Status, 0);
}

// Unlike other services these write the status block in every case.
static NTSTATUS IopAnswerCancel(IO_STATUS_BLOCK USER *StatusBlock, BOOLEAN Found)
{
    IO_STATUS_BLOCK Block = {.Status = Found ? STATUS_SUCCESS : STATUS_NOT_FOUND};
    NTSTATUS Status = MmCopyToUser(StatusBlock, &Block, sizeof(Block));
    return NT_SUCCESS(Status) ? Block.Status : Status;
}

NTSTATUS NtCancelIoFileEx(HANDLE FileHandle, const IO_STATUS_BLOCK USER *IoRequestToCancel,
                          IO_STATUS_BLOCK USER *IoStatusBlock)
{
    const IOP_MEANT Meant = {.StatusBlock = (ULONG_PTR)IoRequestToCancel};
    PFILE_OBJECT File;
    NTSTATUS Status = IopProbeStatusBlock(IoStatusBlock);
    if (NT_SUCCESS(Status))
        Status = IopReferenceFile(FileHandle, 0, &File, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    BOOLEAN Found = IopCancelOnFile(File, &Meant);
    ObDereferenceObject(File);
    return IopAnswerCancel(IoStatusBlock, Found);
}

static BOOLEAN IopCancelSynchronous(PETHREAD Thread, ULONG_PTR StatusBlock)
{
    for (PLIST_ENTRY Link = Thread->IoRequestListHead.Flink; Link != &Thread->IoRequestListHead;
         Link = Link->Flink) {
        PIO_REQUEST Request = CONTAINING_RECORD(Link, IO_REQUEST, ThreadLink);
        if (Request->Wait == IopWaitNone || Request->CancelRequested ||
            (StatusBlock && Request->UserStatusBlock != StatusBlock))
            continue;
        IopCancelRequest(Request); // a thread waits for one only
        return TRUE;
    }
    return FALSE;
}

NTSTATUS NtCancelSynchronousIoFile(HANDLE ThreadHandle,
                                   const IO_STATUS_BLOCK USER *IoRequestToCancel,
                                   IO_STATUS_BLOCK USER *IoStatusBlock)
{
    PETHREAD Thread;
    NTSTATUS Status = IopProbeStatusBlock(IoStatusBlock);
    if (NT_SUCCESS(Status))
        Status = ObReferenceObjectByHandle(ThreadHandle, THREAD_TERMINATE, PsThreadType, UserMode,
                                           (PVOID *)&Thread, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    BOOLEAN Found = IopCancelSynchronous(Thread, (ULONG_PTR)IoRequestToCancel);
    ObDereferenceObject(Thread);
    return IopAnswerCancel(IoStatusBlock, Found);
}

// ---- The end of a thread

typedef struct _IOP_RUNDOWN {
    KTIMER Timer;
    IOP_WORK Work;
    PETHREAD Thread; // alive until PsExitThread is done with it
    BOOLEAN Over;
} IOP_RUNDOWN, *PIOP_RUNDOWN;

static VOID IopDetachRequests(PETHREAD Thread)
{
    while (!IsListEmpty(&Thread->IoRequestListHead)) {
        PLIST_ENTRY Link = RemoveHeadList(&Thread->IoRequestListHead);
        InitializeListHead(Link);
        CONTAINING_RECORD(Link, IO_REQUEST, ThreadLink)->Detached = TRUE;
    }
}

static VOID IopResumeExit(PVOID Context)
{
    PIOP_RUNDOWN Rundown = Context;
    PETHREAD Thread = Rundown->Thread;
    KeCancelTimer(&Rundown->Timer);
    ExFreePool(Rundown);
    Thread->IoRundown = nullptr;
    IopDetachRequests(Thread);
    PsExitThread(Thread);
}

static VOID IopEndRundown(PIOP_RUNDOWN Rundown)
{
    if (Rundown->Over)
        return;
    Rundown->Over = TRUE;
    IopQueueWork(&Rundown->Work);
}

static VOID IopRundownTimeout(PKTIMER Timer, PVOID Context)
{
    UNREFERENCED_PARAMETER(Timer);
    IopEndRundown(Context);
}

VOID IopCheckRundown(PETHREAD Thread)
{
    if (Thread->IoRundown && IsListEmpty(&Thread->IoRequestListHead))
        IopEndRundown(Thread->IoRundown);
}

static VOID IopCancelThread(PETHREAD Thread)
{
    LIST_ENTRY Requests;
    IopTakeAll(&Thread->IoRequestListHead, &Requests);
    while (!IsListEmpty(&Requests)) {
        PLIST_ENTRY Link = RemoveHeadList(&Requests);
        InsertTailList(&Thread->IoRequestListHead, Link);
        IopCancelRequest(CONTAINING_RECORD(Link, IO_REQUEST, ThreadLink));
    }
}

BOOLEAN IoRundownThread(PETHREAD Thread)
{
    IopCancelThread(Thread);
    if (IsListEmpty(&Thread->IoRequestListHead))
        return TRUE;
    PIOP_RUNDOWN Rundown = ExAllocatePoolZero(NonPagedPool, sizeof(*Rundown), 'nuRI');
    if (!Rundown) {
        IopDetachRequests(Thread);
        return TRUE;
    }
    *Rundown = (IOP_RUNDOWN){
        .Work = {.Routine = IopResumeExit, .Context = Rundown},
        .Thread = Thread,
    };
    Thread->IoRundown = Rundown;
    KeInitializeTimer(&Rundown->Timer, NotificationTimer);
    LARGE_INTEGER Limit = {.QuadPart = -IOP_RUNDOWN_SECONDS * 10'000'000LL};
    KeSetTimer(&Rundown->Timer, Limit, 0, IopRundownTimeout, Rundown);
    return FALSE;
}
