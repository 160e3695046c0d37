// Requests that nobody waits for, the cleanups and closes of files. They are done one after the other for each device, by
// whichever worker took one: there may be very many at once, and all wait for a file system that is itself waiting for
// other requests, which need workers too.
//
// What a program asks of a volume behind a cleanup finds it done.

#include "kep.h"

typedef struct _KI_QUIET {
    LIST_ENTRY Link;
    HOST_REQUEST Request;
} KI_QUIET, *PKI_QUIET;

static RTL_SRWLOCK KiQuietLock;
static LIST_ENTRY KiQuietQueue = {&KiQuietQueue, &KiQuietQueue};
static LIST_ENTRY KiQuietActive = {&KiQuietActive, &KiQuietActive}; // at most one a device
static ULONG KiCleanups;                                            // in both
static KEVENT KiCleanedUp;

VOID KiInitQuiet(void)
{
    KeInitializeEvent(&KiCleanedUp, NotificationEvent, FALSE);
}

static BOOLEAN KiIsCleanup(const HOST_REQUEST *Request)
{
    return Request->MajorFunction == IRP_MJ_CLEANUP;
}

// With the lock.
static BOOLEAN KiListHas(PLIST_ENTRY Head, ULONG Device, BOOLEAN CleanupsOnly)
{
    for (PLIST_ENTRY Link = Head->Flink; Link != Head; Link = Link->Flink) {
        PKI_QUIET Quiet = CONTAINING_RECORD(Link, KI_QUIET, Link);
        if (Quiet->Request.Device == Device && (!CleanupsOnly || KiIsCleanup(&Quiet->Request)))
            return TRUE;
    }
    return FALSE;
}

// With the lock.
static BOOLEAN KiHasCleanup(ULONG Device)
{
    return KiCleanups &&
           (KiListHas(&KiQuietActive, Device, TRUE) || KiListHas(&KiQuietQueue, Device, TRUE));
}

// Paging requests may be what a cleanup waits for.
BOOLEAN KiMustAwaitCleanups(const HOST_REQUEST *Request)
{
    if (!__atomic_load_n(&KiCleanups, __ATOMIC_RELAXED) || Request->Kind != HostRequestIrp ||
        (Request->Flags & (HOST_REQUEST_PAGING | HOST_REQUEST_QUIET)))
        return FALSE;
    KiLock(&KiQuietLock);
    BOOLEAN Await = KiHasCleanup(Request->Device);
    KiUnlock(&KiQuietLock);
    return Await;
}

VOID KiAwaitCleanups(const HOST_REQUEST *Request)
{
    KiLock(&KiQuietLock);
    while (KiHasCleanup(Request->Device)) {
        KeClearEvent(&KiCleanedUp);
        KiUnlock(&KiQuietLock);
        KeWaitForSingleObject(&KiCleanedUp, Executive, KernelMode, FALSE, nullptr);
        KiLock(&KiQuietLock);
    }
    KiUnlock(&KiQuietLock);
}

// In the order in which they were taken from the ring. FALSE: it is not quiet, or there is no memory: the caller does it.
BOOLEAN KiQueueQuiet(const HOST_REQUEST *Request)
{
    if (!(Request->Flags & HOST_REQUEST_QUIET))
        return FALSE;
    PKI_QUIET Quiet = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Quiet), 'tuQK');
    if (!Quiet)
        return FALSE;
    Quiet->Request = *Request;
    KiLock(&KiQuietLock);
    InsertTailList(&KiQuietQueue, &Quiet->Link);
    KiCleanups += KiIsCleanup(Request);
    KiUnlock(&KiQuietLock);
    return TRUE;
}

// With the lock.
static PKI_QUIET KiNextQuiet(void)
{
    for (PLIST_ENTRY Link = KiQuietQueue.Flink; Link != &KiQuietQueue; Link = Link->Flink) {
        PKI_QUIET Quiet = CONTAINING_RECORD(Link, KI_QUIET, Link);
        if (KiListHas(&KiQuietActive, Quiet->Request.Device, FALSE))
            continue;
        RemoveEntryList(&Quiet->Link);
        InsertTailList(&KiQuietActive, &Quiet->Link);
        return Quiet;
    }
    return nullptr;
}

// With the lock, which is given back meanwhile.
static VOID KiDoQuiet(PKI_QUIET Quiet)
{
    KiUnlock(&KiQuietLock);
    IopDispatchRequest(&Quiet->Request);
    KiLock(&KiQuietLock);
    RemoveEntryList(&Quiet->Link);
    if (KiIsCleanup(&Quiet->Request)) {
        KiCleanups--;
        KeSetEvent(&KiCleanedUp, IO_NO_INCREMENT, FALSE); // who waits looks once more
    }
    ExFreePoolWithTag(Quiet, 'tuQK');
}

VOID KiServeQuiet(void)
{
    KiLock(&KiQuietLock);
    for (PKI_QUIET Quiet; (Quiet = KiNextQuiet()) != nullptr;)
        KiDoQuiet(Quiet);
    KiUnlock(&KiQuietLock);
}
