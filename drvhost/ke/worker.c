// The threads that work on what the Executive asks. One that takes a request sees to it that another one
// waits for the next, for its own driver may block in any way: it wakes an idle one when more requests are
// there, and starts one when none is idle. The one that is woken has the same priority: it runs when the driver
// blocks, or takes long, and mostly finds that the first has done all the work.

#include "kep.h"

enum {
    KiMaximumWorkers = 64,
    KiIdleWorkers = 4, // more than these end when they have nothing to do
};

static RTL_SRWLOCK KiRequestLock; // of the ring's consuming side, and of the counts
static ULONG KiWorkers, KiIdle;
static BOOLEAN KiStarting; // a new worker is on its way
static BOOLEAN KiWoken;    // an idle one was woken, and has not run yet

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
static BOOLEAN KiTakeRequest(PHOST_REQUEST Request, PBOOLEAN More)
{
    PHOST_RING Ring = &KiShared->RequestRing;
    if (KiIsRingEmpty()) {
        __atomic_store_n(&Ring->Waiting, 1, __ATOMIC_SEQ_CST);
        if (KiIsRingEmpty())
            return FALSE;
    }
    *Request = KiShared->Requests[Ring->Head % HOST_RING_ENTRIES];
    __atomic_store_n(&Ring->Head, Ring->Head + 1, __ATOMIC_RELEASE);
    *More = !KiIsRingEmpty();
    if (!*More && KiIdle) { // another waits, who must hear of what comes while this one works
        __atomic_store_n(&Ring->Waiting, 1, __ATOMIC_SEQ_CST);
        *More = !KiIsRingEmpty();
    }
    return TRUE;
}

static VOID NTAPI KiWorkerThread(PVOID Context);

static VOID KiStartWorker(void)
{
    NTSTATUS Status =
        KiCreateThread(KiWorkerThread, nullptr, LOW_REALTIME_PRIORITY / 2 + 1, nullptr, nullptr);
    if (NT_SUCCESS(Status))
        return;
    DbgPrint("driver host %lu: no thread for requests: status %08lx\n", KiConnection.HostId,
             Status);
    KiLock(&KiRequestLock);
    KiWorkers--;
    KiStarting = FALSE;
    KiUnlock(&KiRequestLock);
}

// Called with the lock, which is given back. A request has been taken.
static VOID KiProvideWorker(BOOLEAN More)
{
    BOOLEAN Wake = More && KiIdle && !KiWoken;
    BOOLEAN Start = !KiIdle && !KiStarting && KiWorkers < KiMaximumWorkers;
    if (Start) {
        KiStarting = TRUE;
        KiWorkers++;
    }
    KiWoken |= Wake;
    KiUnlock(&KiRequestLock);
    if (Wake)
        KiSignalNotification(HOST_SLOT_WORK);
    if (Start)
        KiStartWorker();
}

static VOID KiCheckReturn(const HOST_REQUEST *Request)
{
    PKTHREAD Thread = KiCurrentThread();
    if (Thread->Irql != PASSIVE_LEVEL || Thread->KernelApcDisable || Thread->SpecialApcDisable) {
        DbgPrint(
            "a driver returned from request kind %u, function %02x:%02x at IRQL %u, APCs %d %d\n",
            Request->Kind, Request->MajorFunction, Request->MinorFunction, Thread->Irql,
            Thread->KernelApcDisable, Thread->SpecialApcDisable);
        KeBugCheckEx(IRQL_GT_ZERO_AT_SYSTEM_SERVICE, Request->MajorFunction, Thread->Irql,
                     (ULONG_PTR)Thread->KernelApcDisable, Request->Device);
    }
}

// FALSE: this worker is one too many.
static BOOLEAN KiServeNext(BOOLEAN First)
{
    HOST_REQUEST Request;
    BOOLEAN More;
    KiLock(&KiRequestLock);
    if (KiTakeRequest(&Request, &More)) {
        KiCurrentThread()->ArrivingId = Request.RequestId;
        // A close (they are quiet) takes a moment, and the request behind it mostly is what it came along with. Should it
        // block, the Executive sees that the ring does not get empty.
        BOOLEAN Quiet = Request.Kind == HostRequestIrp && (Request.Flags & HOST_REQUEST_QUIET) != 0;
        KiProvideWorker(More && !Quiet);
        IopDispatchRequest(&Request);
        IopPublishReady();
        IopPublishVolumes();
        KiCheckReturn(&Request);
        return TRUE;
    }
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
    KiWoken = FALSE;
    KiUnlock(&KiRequestLock);
    return TRUE;
}

static VOID NTAPI KiWorkerThread(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    KiLock(&KiRequestLock);
    KiStarting = FALSE;
    KiUnlock(&KiRequestLock);
    while (KiServeNext(FALSE))
        continue;
}

// The process's first thread cannot end: it waits, however many others do.
NTSTATUS KiServeRequests(void)
{
    KiWorkers = 1;
    for (;;) {
        __try {
            while (KiServeNext(TRUE))
                continue;
        } __except (DbgpReportException((PKI_EXCEPTION_POINTERS)GetExceptionInformation())) {
        }
    }
}
