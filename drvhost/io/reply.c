// The reply ring: what the host tells the Executive.

#include "../ntos.h"

static RTL_SRWLOCK IopReplyLock;
static BOOLEAN IopReplyUnsignalled; // of the thread at DISPATCH_LEVEL

static BOOLEAN IopIsReplyRingFull(PHOST_RING Ring)
{
    return Ring->Tail - __atomic_load_n(&Ring->Head, __ATOMIC_ACQUIRE) >= HOST_RING_ENTRIES;
}

// The Executive empties the ring without waiting for anybody: it is full for a moment only.
static VOID IopWaitForReplyRing(PHOST_RING Ring)
{
    LARGE_INTEGER Moment = {.QuadPart = -1'000};
    while (IopIsReplyRingFull(Ring)) {
        KiSignalNotification(HOST_SLOT_REPLY);
        ZwDelayExecution(FALSE, &Moment);
    }
}

// With the lock.
static VOID IopPutReply(PHOST_RING Ring, const HOST_REPLY *Reply)
{
    IopWaitForReplyRing(Ring);
    KiShared->Replies[Ring->Tail % HOST_RING_ENTRIES] = *Reply;
    __atomic_store_n(&Ring->Tail, Ring->Tail + 1, __ATOMIC_RELEASE);
}

VOID IopSendReplyLater(const HOST_REPLY *Reply)
{
    KiLock(&IopReplyLock);
    IopPutReply(&KiShared->ReplyRing, Reply);
    KiUnlock(&IopReplyLock);
    __atomic_thread_fence(__ATOMIC_SEQ_CST); // the Executive sets this, and looks once more
    if (KiShared->SignalQuiet)
        IopSignalReplies();
}

VOID IopSendReply(const HOST_REPLY *Reply)
{
    PHOST_RING Ring = &KiShared->ReplyRing;
    KiLock(&IopReplyLock);
    IopPutReply(Ring, Reply);
    BOOLEAN Later = KiCurrentThread()->HoldsDispatch;
    BOOLEAN Signal = !Later && KiRingMustSignal(Ring);
    IopReplyUnsignalled |= Later;
    KiUnlock(&IopReplyLock);
    if (Signal)
        KiSignalNotification(HOST_SLOT_REPLY);
}

// With the dispatch lock: are there replies that were not signalled?
BOOLEAN IopTakeUnsignalled(void)
{
    BOOLEAN Unsignalled = IopReplyUnsignalled;
    IopReplyUnsignalled = FALSE;
    return Unsignalled;
}

VOID IopSignalReplies(void)
{
    if (KiRingMustSignal(&KiShared->ReplyRing))
        KiSignalNotification(HOST_SLOT_REPLY);
}

VOID IopReply(ULONG RequestId, NTSTATUS Status, ULONG_PTR Information)
{
    HOST_REPLY Reply = {
        .Kind = HostReplyComplete,
        .RequestId = RequestId,
        .Status = Status,
        .Information = Information,
    };
    IopSendReply(&Reply);
}
