// When a host is woken: for several requests together, while programs go on making them; and from the rest that its
// interrupt threads take (HOST_SHARED.Resting).
//
// A burst is what is asked of a host until a thread waits. As the last one was, so the next is likely to be.
//
// Whatever is put off is done at the latest when the timer comes round: a program may make requests and then
// compute for long, and a host that rests is woken by its own thread of low priority only when the processor is idle.
#include "hostp.h"

enum {
    IOP_LONGEST_DELAY = 10'000, // 1 ms
    IOP_CLOSE_DELAY = 50'000,   // of what nobody waits for
    IOP_MOST_UNTOLD = 16,
};

static LIST_ENTRY IopBurstingHosts = {&IopBurstingHosts, &IopBurstingHosts};
static KTIMER IopDelayTimer;
static LONG64 IopDelay; // that it was set to

// A millisecond without a request: the program that made them does something else, and is not waited for again.
static VOID IopTellInTime(PIO_HOST Host)
{
    if (Host->Untold && Host->Burst == Host->SeenBurst)
        Host->LastBurst = 0;
    Host->SeenBurst = Host->Burst;
    if (Host->Untold)
        IopWakeHost(Host);
}

// Closes are not signalled. One that takes long is, so that nobody has to look for it.
static BOOLEAN IopLookForCloses(PIO_HOST Host)
{
    enum { MostTicks = 8 };
    BOOLEAN Look = Host->Closes && !Host->Shared->SignalQuiet;
    if (!Look)
        return FALSE;
    if (++Host->CloseTicks == MostTicks)
        __atomic_store_n(&Host->Shared->SignalQuiet, 1, __ATOMIC_SEQ_CST);
    IopDrainReplies(Host);
    return TRUE;
}

VOID IopCloseAnswered(PIO_HOST Host)
{
    Host->CloseTicks = 0;
    if (--Host->Closes == 0)
        Host->Shared->SignalQuiet = 0;
}

static BOOLEAN IopResumeHost(PIO_HOST Host)
{
    ULONG Interrupts = Host->Shared->InterruptEntries;
    BOOLEAN Busy = Host->RestInterrupts != Interrupts;
    Host->RestInterrupts = Interrupts;
    if (Host->Shared->Resting)
        seL4_Signal(Host->ResumeNotification);
    return Busy;
}

static VOID IopStartDelay(LONG64 Longest);

static VOID IopDelayOver(PKTIMER Timer, PVOID Context)
{
    UNREFERENCED_PARAMETER(Timer);
    UNREFERENCED_PARAMETER(Context);
    BOOLEAN Busy = FALSE, Closing = FALSE;
    PLIST_ENTRY Link = IopHostListHead.Flink;
    while (Link != &IopHostListHead) {
        PIO_HOST Host = CONTAINING_RECORD(Link, IO_HOST, Link);
        Link = Link->Flink; // one that answers nonsense ends
        if (!Host->Connected || Host->Ended)
            continue;
        IopTellInTime(Host);
        Busy |= IopResumeHost(Host);
        Closing |= IopLookForCloses(Host);
    }
    if (Busy) // one may begin to rest right now
        IopStartDelay(IOP_LONGEST_DELAY);
    else if (Closing)
        IopStartDelay(IOP_CLOSE_DELAY);
}

static VOID IopStartDelay(LONG64 Longest)
{
    LARGE_INTEGER Delay = {.QuadPart = -Longest};
    if (IopDelayTimer.Inserted && IopDelay <= Longest)
        return;
    IopDelay = Longest;
    KeSetTimer(&IopDelayTimer, Delay, 0, IopDelayOver, nullptr);
}

NTSTATUS IopInitDelays(VOID)
{
    KeInitializeTimer(&IopDelayTimer, NotificationTimer);
    return STATUS_SUCCESS;
}

VOID IopWatchRest(VOID)
{
    IopStartDelay(IOP_LONGEST_DELAY);
}

static VOID IopEndBurst(PIO_HOST Host)
{
    RemoveEntryList(&Host->BurstLink);
    Host->LastBurst = Host->Burst;
    Host->Burst = Host->Untold = 0;
}

VOID IopForgetBurst(PIO_HOST Host)
{
    if (Host->Burst)
        IopEndBurst(Host);
}

VOID IopWakeHost(PIO_HOST Host)
{
    Host->Untold = 0;
    if (!Host->Shared->RequestRing.Waiting)
        return;
    Host->Shared->RequestRing.Waiting = 0;
    seL4_Signal(Host->WorkNotification);
}

// A host that has much to do hears of new requests when there are many of them, or no more for now. Otherwise one in two
// halves lets the device begin while the second is made.
static ULONG IopMostUntold(PIO_HOST Host)
{
    ULONG Known = Host->GivenCount - min(Host->Untold, Host->GivenCount);
    return Known >= HOST_REST_REQUESTS ? IOP_MOST_UNTOLD
                                       : min(Host->LastBurst / 2, IOP_MOST_UNTOLD);
}

VOID IopWakeHostSoon(PIO_HOST Host)
{
    if (!Host->Burst++)
        InsertTailList(&IopBurstingHosts, &Host->BurstLink);
    if (++Host->Untold >= IopMostUntold(Host))
        IopWakeHost(Host);
    else
        IopStartDelay(IOP_LONGEST_DELAY);
}

// It goes with the next one that comes, or when the timer comes round.
VOID IopWakeHostLater(PIO_HOST Host)
{
    Host->Untold++;
    IopStartDelay(IOP_CLOSE_DELAY);
}

VOID IopProvideWorker(PIO_HOST Host)
{
    PHOST_RING Ring = &Host->Shared->RequestRing;
    Ring->Waiting = 1;
    if (Ring->Head != Host->RequestTail || Host->Shared->Deferred)
        IopWakeHost(Host);
}

static VOID IopHostThreadWaits(PIO_HOST Host, PETHREAD Thread)
{
    if (Host->Connected && !Host->Ended &&
        Host->Shared->WorkThread == (ULONG)(ULONG_PTR)Thread->Cid.UniqueThread)
        IopProvideWorker(Host);
}

VOID IoThreadWaits(PETHREAD Thread)
{
    if (Thread->Process->Host) { // it works on requests, and is not who makes them
        IopHostThreadWaits(Thread->Process->Host, Thread);
        return;
    }
    while (!IsListEmpty(&IopBurstingHosts)) {
        PIO_HOST Host = CONTAINING_RECORD(IopBurstingHosts.Flink, IO_HOST, BurstLink);
        ULONG Untold = Host->Untold;
        IopEndBurst(Host);
        if (Untold)
            IopWakeHost(Host);
    }
}
