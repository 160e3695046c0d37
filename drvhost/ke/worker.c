// The threads that work on what the Executive asks. One of them takes request after request. Its driver may wait, in any
// way: all end in the Executive, which then wakes another one for what is there, or comes (IoThreadWaits). So one is always
// idle: who takes a request and finds none starts one. A driver that computes for long is noticed by the watchdog.

#include "kep.h"

enum {
    KiMaximumWorkers = 64,
    KiIdleWorkers = 4, // more than these end when they have nothing to do
};

static RTL_SRWLOCK KiRequestLock; // of the ring's consuming side, and of the counts
static ULONG KiWorkers, KiIdle;
static BOOLEAN KiStarting; // a new worker is on its way

// Above programs: what is left to do for a request that has been answered is done before its program goes on. Beside them
// in a host of file systems, which is known by quiet requests: that goes along with the next request, and saves two
// switches.
static KPRIORITY KiWorkerPriority = LOW_REALTIME_PRIORITY / 2 + 1;

static VOID KiFollowPriority(KPRIORITY *Priority)
{
    if (*Priority == KiWorkerPriority)
        return;
    *Priority = KiWorkerPriority;
    KeSetPriorityThread(KeGetCurrentThread(), *Priority);
}

ULONG KiRequestsWaiting(void)
{
    return __atomic_load_n(&KiShared->RequestRing.Tail, __ATOMIC_ACQUIRE) -
           KiShared->RequestRing.Head;
}

static BOOLEAN KiIsRingEmpty(void)
{
    return KiRequestsWaiting() == 0;
}

// FALSE: there is none, and the Executive knows that somebody is about to wait.
static BOOLEAN KiTakeRequest(PHOST_REQUEST Request)
{
    PHOST_RING Ring = &KiShared->RequestRing;
    if (KiIsRingEmpty()) {
        __atomic_store_n(&Ring->Waiting, 1, __ATOMIC_SEQ_CST);
        if (KiIsRingEmpty())
            return FALSE;
    }
    *Request = KiShared->Requests[Ring->Head % HOST_RING_ENTRIES];
    __atomic_store_n(&Ring->Head, Ring->Head + 1, __ATOMIC_RELEASE);
    KiShared->WorkThread = (ULONG)(ULONG_PTR)KiCurrentThread()->ThreadId;
    return TRUE;
}

static VOID NTAPI KiWorkerThread(PVOID Context);

static VOID KiStartWorker(void)
{
    NTSTATUS Status = KiCreateThread(KiWorkerThread, nullptr, KiWorkerPriority, nullptr, nullptr);
    if (NT_SUCCESS(Status))
        return;
    DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL,
               "driver host %lu: no thread for requests: status %08lx\n", KiConnection.HostId,
               Status);
    KiLock(&KiRequestLock);
    KiWorkers--;
    KiStarting = FALSE;
    KiUnlock(&KiRequestLock);
}

// Called with the lock, which is given back. A request has been taken.
static VOID KiProvideWorker(void)
{
    BOOLEAN Start = !KiIdle && !KiStarting && KiWorkers < KiMaximumWorkers;
    if (Start) {
        KiStarting = TRUE;
        KiWorkers++;
    }
    KiUnlock(&KiRequestLock);
    if (Start)
        KiStartWorker();
}

static VOID KiCheckReturn(const HOST_REQUEST *Request)
{
    PKTHREAD Thread = KiCurrentThread();
    if (Thread->Irql != PASSIVE_LEVEL || Thread->KernelApcDisable || Thread->SpecialApcDisable) {
        DbgPrintEx(
            DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL,
            "a driver returned from request kind %u, function %02x:%02x at IRQL %u, APCs %d %d\n",
            Request->Kind, Request->MajorFunction, Request->MinorFunction, Thread->Irql,
            Thread->KernelApcDisable, Thread->SpecialApcDisable);
        KeBugCheckEx(IRQL_GT_ZERO_AT_SYSTEM_SERVICE, Request->MajorFunction, Thread->Irql,
                     (ULONG_PTR)Thread->KernelApcDisable, Request->Device);
    }
}

// DPCs that have waited for more requests; whoever is at DISPATCH_LEVEL runs them when he leaves. The lock is held.
static BOOLEAN KiRunDeferred(void)
{
    if (!KiDpcsQueued())
        return FALSE;
    KiUnlock(&KiRequestLock);
    KiDrainIfIdle(KiCurrentThread());
    KiLock(&KiRequestLock);
    return TRUE;
}

// FALSE: this worker is one too many.
static BOOLEAN KiServeNext(BOOLEAN First)
{
    HOST_REQUEST Request;
    BOOLEAN Looked = FALSE;
    KiLock(&KiRequestLock);
    while (!KiTakeRequest(&Request)) {
        if (!Looked && (Looked = KiRunDeferred()))
            continue;
        Looked = FALSE;
        if (KiIdle >= KiIdleWorkers && !First) {
            KiWorkers--;
            KiUnlock(&KiRequestLock);
            return FALSE;
        }
        KiIdle++;
        KiUnlock(&KiRequestLock);
        KiWaitNotification(HOST_SLOT_WORK);
        KiLock(&KiRequestLock);
        KiIdle--;
    }
    KiCurrentThread()->ArrivingId = Request.RequestId;
    BOOLEAN Await = KiMustAwaitCleanups(&Request);
    BOOLEAN Queued = KiQueueQuiet(&Request);
    KiProvideWorker();
    if (Await)
        KiAwaitCleanups(&Request);
    if (!Queued)
        IopDispatchRequest(&Request);
    if (Request.Flags & HOST_REQUEST_QUIET) {
        KiWorkerPriority = LOW_REALTIME_PRIORITY / 2;
        KiServeQuiet();
    }
    IopPublishReady();
    IopPublishVolumes();
    KiCheckReturn(&Request);
    return TRUE;
}

static VOID NTAPI KiWorkerThread(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    KiLock(&KiRequestLock);
    KiStarting = FALSE;
    KiUnlock(&KiRequestLock);
    KPRIORITY Priority = KiWorkerPriority;
    while (KiServeNext(FALSE))
        KiFollowPriority(&Priority);
}

// The process's first thread cannot end: it waits, however many others do.
NTSTATUS KiServeRequests(void)
{
    KiWorkers = 1;
    KiInitQuiet();
    KPRIORITY Priority = 0;
    KiFollowPriority(&Priority);
    for (;;) {
        __try {
            while (KiServeNext(TRUE))
                KiFollowPriority(&Priority);
        } __except (DbgpReportException((PKI_EXCEPTION_POINTERS)GetExceptionInformation())) {
        }
    }
}
