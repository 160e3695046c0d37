// Work items: queues that a few threads of the host empty. A thread that takes an item makes sure that
// another one waits for the next, as the item may block.

#include "../ntos.h"

enum { MaximumThreads = 32, IdleThreads = 2 };

typedef struct _EXP_WORK_QUEUE {
    RTL_SRWLOCK Lock;
    LIST_ENTRY Items;
    KSEMAPHORE Available; // counts items
    ULONG Threads, Idle;
    BOOLEAN Starting;
    KPRIORITY Priority;
} EXP_WORK_QUEUE, *PEXP_WORK_QUEUE;

static EXP_WORK_QUEUE ExpQueues[MaximumWorkQueue];

static VOID NTAPI ExpWorkerThread(PVOID Context);

static BOOLEAN ExpStartThread(PEXP_WORK_QUEUE Queue)
{
    NTSTATUS Status = KiCreateThread(ExpWorkerThread, Queue, Queue->Priority, nullptr, nullptr);
    if (NT_SUCCESS(Status))
        return TRUE;
    RtlAcquireSRWLockExclusive(&Queue->Lock);
    Queue->Threads--;
    Queue->Starting = FALSE;
    RtlReleaseSRWLockExclusive(&Queue->Lock);
    return FALSE;
}

// The caller holds the lock, and starts a thread without it when this says so.
static BOOLEAN ExpNeedsThread(PEXP_WORK_QUEUE Queue)
{
    if (Queue->Idle || Queue->Starting || Queue->Threads == MaximumThreads ||
        IsListEmpty(&Queue->Items))
        return FALSE;
    Queue->Threads++;
    Queue->Starting = TRUE;
    return TRUE;
}

static PWORK_QUEUE_ITEM ExpTakeItem(PEXP_WORK_QUEUE Queue)
{
    RtlAcquireSRWLockExclusive(&Queue->Lock);
    PWORK_QUEUE_ITEM Item = CONTAINING_RECORD(RemoveHeadList(&Queue->Items), WORK_QUEUE_ITEM, List);
    Item->List.Flink = nullptr; // it may be queued again
    BOOLEAN Start = ExpNeedsThread(Queue);
    RtlReleaseSRWLockExclusive(&Queue->Lock);
    if (Start)
        ExpStartThread(Queue);
    return Item;
}

static VOID ExpRunItem(PWORK_QUEUE_ITEM Item)
{
    PWORKER_THREAD_ROUTINE Routine = Item->WorkerRoutine;
    Routine(Item->Parameter);
    IopPublishReady();
    IopPublishVolumes();
    PKTHREAD Thread = KiCurrentThread();
    if (Thread->Irql != PASSIVE_LEVEL || Thread->KernelApcDisable || Thread->SpecialApcDisable)
        KeBugCheckEx(WORKER_THREAD_RETURNED_AT_BAD_IRQL, (ULONG_PTR)Routine, Thread->Irql,
                     (ULONG_PTR)Item, 0);
}

// FALSE: no item came for a while, and others wait too.
static BOOLEAN ExpWaitForItem(PEXP_WORK_QUEUE Queue)
{
    LARGE_INTEGER Timeout = {.QuadPart = -10 * 10'000'000ll};
    RtlAcquireSRWLockExclusive(&Queue->Lock);
    Queue->Idle++;
    Queue->Starting = FALSE;
    RtlReleaseSRWLockExclusive(&Queue->Lock);
    NTSTATUS Status =
        KeWaitForSingleObject(&Queue->Available, Executive, KernelMode, FALSE, &Timeout);
    RtlAcquireSRWLockExclusive(&Queue->Lock);
    Queue->Idle--;
    BOOLEAN Leave = Status == STATUS_TIMEOUT && Queue->Idle >= IdleThreads;
    if (Leave)
        Queue->Threads--;
    RtlReleaseSRWLockExclusive(&Queue->Lock);
    if (Status != STATUS_TIMEOUT)
        ExpRunItem(ExpTakeItem(Queue));
    return !Leave;
}

static VOID NTAPI ExpWorkerThread(PVOID Context)
{
    while (ExpWaitForItem(Context))
        continue;
}

VOID NTAPI ExQueueWorkItem(PWORK_QUEUE_ITEM WorkItem, WORK_QUEUE_TYPE QueueType)
{
    // Types from CustomPriorityWorkQueue on give a priority; one of the queues stands for each.
    PEXP_WORK_QUEUE Queue =
        &ExpQueues[(ULONG)QueueType < MaximumWorkQueue ? QueueType : CriticalWorkQueue];
    RtlAcquireSRWLockExclusive(&Queue->Lock);
    if (WorkItem->List.Flink) {
        RtlReleaseSRWLockExclusive(&Queue->Lock);
        KeBugCheckEx(WORKER_INVALID, 1, (ULONG_PTR)WorkItem, 0, 0);
    }
    InsertTailList(&Queue->Items, &WorkItem->List);
    BOOLEAN Start = ExpNeedsThread(Queue);
    RtlReleaseSRWLockExclusive(&Queue->Lock);
    KeReleaseSemaphore(&Queue->Available, IO_NO_INCREMENT, 1, FALSE);
    if (Start)
        ExpStartThread(Queue);
}

NTSTATUS ExpInitializeWorkers(void)
{
    static const KPRIORITY Priorities[MaximumWorkQueue] = {
        [CriticalWorkQueue] = 13, [DelayedWorkQueue] = 12, [HyperCriticalWorkQueue] = 15};
    for (ULONG i = 0; i < MaximumWorkQueue; i++) {
        PEXP_WORK_QUEUE Queue = &ExpQueues[i];
        InitializeListHead(&Queue->Items);
        KeInitializeSemaphore(&Queue->Available, 0, MAXLONG);
        Queue->Priority = Priorities[i] ? Priorities[i] : 12;
    }
    return STATUS_SUCCESS;
}
