// Dispatcher objects: what signals them, and whom that wakes.
#include "kep.h"

static BOOLEAN KiIsMutant(const DISPATCHER_HEADER *Object)
{
    return Object->Type == MutantObject;
}

// Would a wait of this thread for the object end now?
BOOLEAN KiIsSignalled(const DISPATCHER_HEADER *Object, PETHREAD Thread)
{
    if (Object->SignalState > 0)
        return TRUE;
    return KiIsMutant(Object) && Thread && ((const KMUTANT *)Object)->OwnerThread == Thread;
}

static NTSTATUS KiAcquireMutant(PKMUTANT Mutant, PETHREAD Thread)
{
    if (--Mutant->Header.SignalState == 0) {
        Mutant->OwnerThread = Thread;
        if (Thread)
            InsertTailList(&Thread->MutantListHead, &Mutant->MutantListEntry);
    }
    BOOLEAN Abandoned = Mutant->Abandoned;
    Mutant->Abandoned = FALSE;
    return Abandoned ? STATUS_ABANDONED_WAIT_0 : STATUS_WAIT_0;
}

// What a wait that the object ends does to it.
NTSTATUS KiSatisfyWait(PDISPATCHER_HEADER Object, PETHREAD Thread)
{
    switch (Object->Type) {
    case EventSynchronizationObject:
    case TimerSynchronizationObject:
        Object->SignalState = 0;
        return STATUS_WAIT_0;
    case SemaphoreObject:
        Object->SignalState--;
        return STATUS_WAIT_0;
    case MutantObject:
        return KiAcquireMutant((PKMUTANT)Object, Thread);
    default:
        return STATUS_WAIT_0;
    }
}

static BOOLEAN KiAllSignalled(PKFIBER Fiber)
{
    for (ULONG i = 0; i < Fiber->WaitCount; i++) {
        if (!KiIsSignalled(Fiber->WaitBlocks[i].Object, Fiber->Thread))
            return FALSE;
    }
    return TRUE;
}

// STATUS_WAIT_0 + the index of the object that ended the wait, or STATUS_PENDING.
NTSTATUS KiTrySatisfy(PKFIBER Fiber)
{
    if (Fiber->WaitType == WaitAll) {
        if (!KiAllSignalled(Fiber))
            return STATUS_PENDING;
        NTSTATUS Status = STATUS_WAIT_0;
        for (ULONG i = 0; i < Fiber->WaitCount; i++) {
            if (KiSatisfyWait(Fiber->WaitBlocks[i].Object, Fiber->Thread) != STATUS_WAIT_0)
                Status = STATUS_ABANDONED_WAIT_0;
        }
        return Status;
    }
    for (ULONG i = 0; i < Fiber->WaitCount; i++) {
        PDISPATCHER_HEADER Object = Fiber->WaitBlocks[i].Object;
        if (KiIsSignalled(Object, Fiber->Thread))
            return KiSatisfyWait(Object, Fiber->Thread) + (NTSTATUS)Fiber->WaitBlocks[i].WaitKey;
    }
    return STATUS_PENDING;
}

VOID KiEndWait(PKFIBER Fiber, NTSTATUS Status)
{
    ASSERT(Fiber->Waiting);
    for (ULONG i = 0; i < Fiber->WaitCount; i++)
        RemoveEntryList(&Fiber->WaitBlocks[i].WaitListEntry);
    Fiber->Waiting = FALSE;
    Fiber->WaitStatus = Status;
    KiReadyFiber(Fiber);
}

static VOID KiCallWaitRoutines(PLIST_ENTRY Blocks)
{
    while (!IsListEmpty(Blocks)) {
        PKWAIT_BLOCK Block = CONTAINING_RECORD(RemoveHeadList(Blocks), KWAIT_BLOCK, WaitListEntry);
        Block->Routine(Block);
    }
}

// End the wait that the block belongs to, if it can end.
static BOOLEAN KiWakeBlock(PKWAIT_BLOCK Block, PLIST_ENTRY Routines)
{
    if (!Block->Fiber) {
        RemoveEntryList(&Block->WaitListEntry);
        (VOID) KiSatisfyWait(Block->Object, nullptr);
        InsertTailList(Routines, &Block->WaitListEntry);
        return TRUE;
    }
    NTSTATUS Status = KiTrySatisfy(Block->Fiber);
    if (Status == STATUS_PENDING)
        return FALSE;
    KiEndWait(Block->Fiber, Status);
    return TRUE;
}

// The object has been signalled: end the waits that this satisfies, oldest first. Routines come last,
// as the object may go with what they give up.
VOID KiWakeWaiters(PDISPATCHER_HEADER Object)
{
    LIST_ENTRY Routines;
    InitializeListHead(&Routines);
    PLIST_ENTRY Entry = Object->WaitListHead.Flink;
    while (Entry != &Object->WaitListHead) {
        PKWAIT_BLOCK Block = CONTAINING_RECORD(Entry, KWAIT_BLOCK, WaitListEntry);
        if (!KiIsSignalled(Object, Block->Fiber ? Block->Fiber->Thread : nullptr))
            break;
        // The wait may have had several blocks in this list.
        Entry = KiWakeBlock(Block, &Routines) ? Object->WaitListHead.Flink : Entry->Flink;
    }
    KiCallWaitRoutines(&Routines);
}

BOOLEAN KeRegisterWait(PKWAIT_BLOCK Block, PVOID Object, VOID (*Routine)(PKWAIT_BLOCK Block))
{
    ASSERT(!KiIsMutant(Object));
    *Block = (KWAIT_BLOCK){.Object = Object, .Routine = Routine};
    if (KiIsSignalled(Object, nullptr)) {
        (VOID) KiSatisfyWait(Object, nullptr);
        Routine(Block);
        return TRUE;
    }
    InsertTailList(&Block->Object->WaitListHead, &Block->WaitListEntry);
    return FALSE;
}

VOID KeUnregisterWait(PKWAIT_BLOCK Block)
{
    RemoveEntryList(&Block->WaitListEntry);
}

static VOID KiInitHeader(PDISPATCHER_HEADER Object, KOBJECTS Type, LONG SignalState)
{
    Object->Type = (UCHAR)Type;
    Object->SignalState = SignalState;
    InitializeListHead(&Object->WaitListHead);
}

static LONG KiSetSignal(PDISPATCHER_HEADER Object, LONG State)
{
    LONG Previous = Object->SignalState;
    Object->SignalState = State;
    if (State > 0 && Previous <= 0)
        KiWakeWaiters(Object);
    return Previous;
}

VOID KeInitializeEvent(PKEVENT Event, EVENT_TYPE Type, BOOLEAN State)
{
    KiInitHeader(&Event->Header,
                 Type == NotificationEvent ? EventNotificationObject : EventSynchronizationObject,
                 State ? 1 : 0);
}

LONG KeSetEvent(PKEVENT Event)
{
    return KiSetSignal(&Event->Header, 1);
}

LONG KeResetEvent(PKEVENT Event)
{
    LONG Previous = Event->Header.SignalState;
    Event->Header.SignalState = 0;
    return Previous;
}

LONG KePulseEvent(PKEVENT Event)
{
    LONG Previous = KiSetSignal(&Event->Header, 1);
    Event->Header.SignalState = 0;
    return Previous;
}

VOID KeInitializeSemaphore(PKSEMAPHORE Semaphore, LONG Count, LONG Limit)
{
    KiInitHeader(&Semaphore->Header, SemaphoreObject, Count);
    Semaphore->Limit = Limit;
}

NTSTATUS KeReleaseSemaphore(PKSEMAPHORE Semaphore, LONG Adjustment, PLONG PreviousCount)
{
    LONG Count = Semaphore->Header.SignalState;
    if (Adjustment <= 0 || Adjustment > Semaphore->Limit - Count)
        return STATUS_SEMAPHORE_LIMIT_EXCEEDED;
    if (PreviousCount)
        *PreviousCount = Count;
    Semaphore->Header.SignalState = Count + Adjustment;
    KiWakeWaiters(&Semaphore->Header);
    return STATUS_SUCCESS;
}

VOID KeInitializeMutant(PKMUTANT Mutant, PETHREAD InitialOwner)
{
    KiInitHeader(&Mutant->Header, MutantObject, 1);
    Mutant->OwnerThread = nullptr;
    Mutant->Abandoned = FALSE;
    if (InitialOwner)
        KiAcquireMutant(Mutant, InitialOwner);
}

static VOID KiFreeMutant(PKMUTANT Mutant, BOOLEAN Abandoned)
{
    if (Mutant->OwnerThread)
        RemoveEntryList(&Mutant->MutantListEntry);
    Mutant->OwnerThread = nullptr;
    Mutant->Abandoned = Abandoned;
    KiSetSignal(&Mutant->Header, 1);
}

NTSTATUS KeReleaseMutant(PKMUTANT Mutant, PETHREAD Thread, PLONG PreviousCount)
{
    LONG Count = Mutant->Header.SignalState;
    if (Count > 0 || Mutant->OwnerThread != Thread)
        return STATUS_MUTANT_NOT_OWNED;
    if (PreviousCount)
        *PreviousCount = Count;
    if (Count == 0)
        KiFreeMutant(Mutant, FALSE);
    else
        Mutant->Header.SignalState++;
    return STATUS_SUCCESS;
}

VOID KeAbandonMutants(PETHREAD Thread)
{
    while (!IsListEmpty(&Thread->MutantListHead)) {
        PLIST_ENTRY Entry = Thread->MutantListHead.Flink;
        KiFreeMutant(CONTAINING_RECORD(Entry, KMUTANT, MutantListEntry), TRUE);
    }
}

VOID KeInitializeTimer(PKTIMER Timer, TIMER_TYPE Type)
{
    KiInitHeader(&Timer->Header,
                 Type == NotificationTimer ? TimerNotificationObject : TimerSynchronizationObject,
                 0);
    Timer->Inserted = FALSE;
    Timer->Wakes = FALSE;
    Timer->Period = 0;
}

VOID KeInitializeObject(PDISPATCHER_HEADER Object, KOBJECTS Type)
{
    KiInitHeader(Object, Type, 0);
}

VOID KeSignalObject(PDISPATCHER_HEADER Object)
{
    KiSetSignal(Object, 1);
}
