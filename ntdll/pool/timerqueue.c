// Timer queues: RtlCreateTimerQueue and its relatives.

#include "poolp.h"

typedef struct _TPP_TIMER_QUEUE {
    TPP_ENDING Ending;
    ULONG References; // the owner's and each timer's
    LIST_ENTRY Timers;
} TPP_TIMER_QUEUE, *PTPP_TIMER_QUEUE;

typedef struct _TPP_QUEUE_TIMER {
    TPP_ENDING Ending;
    PTPP_TIMER_QUEUE Queue;
    LIST_ENTRY Link; // empty when the timer was deleted
    PTP_TIMER Timer;
    WAITORTIMERCALLBACKFUNC Function;
    PVOID Context;
} TPP_QUEUE_TIMER, *PTPP_QUEUE_TIMER;

static TPP_TIMER_QUEUE TppDefaultQueue = {
    .References = 1,
    .Timers = {&TppDefaultQueue.Timers, &TppDefaultQueue.Timers},
};

static PTPP_TIMER_QUEUE TppQueueOf(HANDLE TimerQueue)
{
    return TimerQueue ? TimerQueue : &TppDefaultQueue;
}

// The lock is not held.
static VOID TppDereferenceQueue(PTPP_TIMER_QUEUE Queue)
{
    TppAcquire();
    ULONG Left = --Queue->References;
    TppRelease();
    if (Left)
        return;
    TppSetEnding(&Queue->Ending);
    RtlFreeHeap(RtlProcessHeap(), 0, Queue);
}

NTSTATUS NTAPI RtlCreateTimerQueue(PHANDLE TimerQueue)
{
    PTPP_TIMER_QUEUE Queue = RtlAllocateHeap(RtlProcessHeap(), HEAP_ZERO_MEMORY, sizeof(*Queue));
    if (!Queue)
        return STATUS_NO_MEMORY;
    Queue->References = 1;
    InitializeListHead(&Queue->Timers);
    *TimerQueue = Queue;
    return STATUS_SUCCESS;
}

// ---- Timers

static VOID NTAPI TppRunQueueTimer(PTP_CALLBACK_INSTANCE Instance, PVOID Context, PTP_TIMER Timer)
{
    UNREFERENCED_PARAMETER(Instance);
    UNREFERENCED_PARAMETER(Timer);
    PTPP_QUEUE_TIMER QueueTimer = Context;
    QueueTimer->Function(QueueTimer->Context, TRUE);
}

static VOID TppQueueTimerFreed(PVOID Context)
{
    PTPP_QUEUE_TIMER QueueTimer = Context;
    PTPP_TIMER_QUEUE Queue = QueueTimer->Queue;
    TppSetEnding(&QueueTimer->Ending);
    RtlFreeHeap(RtlProcessHeap(), 0, QueueTimer);
    TppDereferenceQueue(Queue);
}

static VOID TppSetQueueTimer(PTPP_QUEUE_TIMER QueueTimer, ULONG DueTime, ULONG Period)
{
    LARGE_INTEGER Due = {.QuadPart = -10'000LL * DueTime};
    TppSetTimer(QueueTimer->Timer, DueTime == TppInfinite ? nullptr : &Due, Period, 0);
}

static VOID TppStartQueueTimer(PTPP_QUEUE_TIMER QueueTimer, ULONG DueTime, ULONG Period)
{
    TppAcquire();
    QueueTimer->Timer->Object.Freed = TppQueueTimerFreed;
    QueueTimer->Queue->References++;
    InsertTailList(&QueueTimer->Queue->Timers, &QueueTimer->Link);
    TppSetQueueTimer(QueueTimer, DueTime, Period);
    TppRelease();
}

NTSTATUS NTAPI RtlCreateTimer(HANDLE TimerQueue, PHANDLE Timer, WAITORTIMERCALLBACKFUNC Function,
                              PVOID Context, ULONG DueTime, ULONG Period, ULONG Flags)
{
    TP_CALLBACK_ENVIRON Environ;
    NTSTATUS Status = Function ? TppOldEnviron(Flags, &Environ) : STATUS_INVALID_PARAMETER_3;
    if (!NT_SUCCESS(Status))
        return Status;
    PTPP_QUEUE_TIMER QueueTimer =
        RtlAllocateHeap(RtlProcessHeap(), HEAP_ZERO_MEMORY, sizeof(*QueueTimer));
    if (!QueueTimer)
        return STATUS_NO_MEMORY;
    QueueTimer->Queue = TppQueueOf(TimerQueue);
    QueueTimer->Function = Function;
    QueueTimer->Context = Context;
    Status = TpAllocTimer(&QueueTimer->Timer, TppRunQueueTimer, QueueTimer, &Environ);
    if (!NT_SUCCESS(Status)) {
        RtlFreeHeap(RtlProcessHeap(), 0, QueueTimer);
        return Status;
    }
    *Timer = QueueTimer;
    TppStartQueueTimer(QueueTimer, DueTime, Flags & WT_EXECUTEONLYONCE ? 0 : Period);
    return STATUS_SUCCESS;
}

// A timer that has expired for good stays as it is.
NTSTATUS NTAPI RtlUpdateTimer(HANDLE TimerQueue, HANDLE Timer, ULONG DueTime, ULONG Period)
{
    UNREFERENCED_PARAMETER(TimerQueue);
    PTPP_QUEUE_TIMER QueueTimer = Timer;
    if (!QueueTimer)
        return STATUS_INVALID_PARAMETER_2;
    TppAcquire();
    if (QueueTimer->Timer->Alarm.Set)
        TppSetQueueTimer(QueueTimer, DueTime, Period);
    TppRelease();
    return STATUS_SUCCESS;
}

// FALSE: it was deleted already.
static BOOLEAN TppUnlinkQueueTimer(PTPP_QUEUE_TIMER QueueTimer)
{
    TppAcquire();
    BOOLEAN Linked = !IsListEmpty(&QueueTimer->Link);
    RemoveEntryList(&QueueTimer->Link);
    InitializeListHead(&QueueTimer->Link);
    TppRelease();
    return Linked;
}

NTSTATUS NTAPI RtlDeleteTimer(HANDLE TimerQueue, HANDLE Timer, HANDLE CompletionEvent)
{
    UNREFERENCED_PARAMETER(TimerQueue);
    PTPP_QUEUE_TIMER QueueTimer = Timer;
    if (!QueueTimer || !TppUnlinkQueueTimer(QueueTimer))
        return STATUS_INVALID_PARAMETER_2;
    return TppDeregister(&QueueTimer->Timer->Object, &QueueTimer->Ending, CompletionEvent);
}

// ---- The end of a queue

static PTPP_QUEUE_TIMER TppTakeQueueTimer(PTPP_TIMER_QUEUE Queue)
{
    PTPP_QUEUE_TIMER QueueTimer = nullptr;
    TppAcquire();
    if (!IsListEmpty(&Queue->Timers)) {
        QueueTimer = CONTAINING_RECORD(RemoveHeadList(&Queue->Timers), TPP_QUEUE_TIMER, Link);
        InitializeListHead(&QueueTimer->Link);
    }
    TppRelease();
    return QueueTimer;
}

NTSTATUS NTAPI RtlDeleteTimerQueueEx(HANDLE TimerQueue, HANDLE CompletionEvent)
{
    PTPP_TIMER_QUEUE Queue = TimerQueue;
    if (!Queue)
        return STATUS_INVALID_HANDLE;
    BOOLEAN Wait = CompletionEvent == TPP_WAIT_FOR_CALLBACKS;
    NTSTATUS Status = STATUS_SUCCESS;
    Queue->Ending.Event = Wait ? nullptr : CompletionEvent;
    PTPP_QUEUE_TIMER QueueTimer;
    while ((QueueTimer = TppTakeQueueTimer(Queue))) {
        NTSTATUS TimerStatus = TppDeregister(&QueueTimer->Timer->Object, &QueueTimer->Ending,
                                             Wait ? TPP_WAIT_FOR_CALLBACKS : nullptr);
        if (TimerStatus == STATUS_PENDING)
            Status = STATUS_PENDING;
    }
    TppDereferenceQueue(Queue);
    return Status;
}

NTSTATUS NTAPI RtlDeleteTimerQueue(HANDLE TimerQueue)
{
    return RtlDeleteTimerQueueEx(TimerQueue, nullptr);
}
