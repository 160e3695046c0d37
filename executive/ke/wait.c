// Waiting: the current fiber is parked until an object, the time, an alert or an APC makes it ready.
#include "kep.h"

enum { KI_WAIT_OBJECTS = MAXIMUM_WAIT_OBJECTS };

// Why a wait of this thread must not begin, or must end: STATUS_PENDING when nothing speaks against it.
static NTSTATUS KiTestInterruption(PETHREAD Thread, KPROCESSOR_MODE WaitMode, BOOLEAN Alertable)
{
    if (!Thread || WaitMode != UserMode)
        return STATUS_PENDING;
    if (Thread->Work & KWORK_TERMINATE)
        return STATUS_THREAD_IS_TERMINATING;
    if (!Alertable)
        return STATUS_PENDING;
    if (Thread->Alerted) {
        Thread->Alerted = FALSE;
        return STATUS_ALERTED;
    }
    if (!IsListEmpty(&Thread->ApcListHead)) {
        Thread->Work |= KWORK_APC;
        return STATUS_USER_APC;
    }
    return STATUS_PENDING;
}

static VOID KiWaitTimeout(PKTIMER Timer, PVOID Context)
{
    UNREFERENCED_PARAMETER(Timer);
    PKFIBER Fiber = Context;
    if (Fiber->Waiting)
        KiEndWait(Fiber, STATUS_TIMEOUT);
}

static NTSTATUS KiParkForWait(PKFIBER Fiber, PLARGE_INTEGER Timeout)
{
    KTIMER Timer;
    for (ULONG i = 0; i < Fiber->WaitCount; i++) {
        PKWAIT_BLOCK Block = &Fiber->WaitBlocks[i];
        InsertTailList(&Block->Object->WaitListHead, &Block->WaitListEntry);
    }
    Fiber->Waiting = TRUE;
    if (Timeout) {
        KeInitializeTimer(&Timer, NotificationTimer);
        KeSetTimer(&Timer, *Timeout, 0, KiWaitTimeout, Fiber);
    }
    KiPark();
    if (Timeout)
        KeCancelTimer(&Timer);
    return Fiber->WaitStatus;
}

static NTSTATUS KiWait(PKWAIT_BLOCK Blocks, ULONG Count, WAIT_TYPE WaitType,
                       KPROCESSOR_MODE WaitMode, BOOLEAN Alertable, PLARGE_INTEGER Timeout)
{
    PKFIBER Fiber = KiCurrentFiber;
    Fiber->WaitBlocks = Blocks;
    Fiber->WaitCount = Count;
    Fiber->WaitType = WaitType;
    Fiber->WaitMode = WaitMode;
    Fiber->Alertable = Alertable;

    NTSTATUS Status = KiTestInterruption(Fiber->Thread, WaitMode, Alertable);
    if (Status == STATUS_PENDING && Count)
        Status = KiTrySatisfy(Fiber);
    if (Status != STATUS_PENDING)
        return Status;
    if (Timeout && Timeout->QuadPart == 0)
        return STATUS_TIMEOUT;
    if (!KiReserveStack(WaitMode))
        return STATUS_INSUFFICIENT_RESOURCES;
    return KiParkForWait(Fiber, Timeout);
}

static VOID KiInitWaitBlock(PKWAIT_BLOCK Block, PVOID Object, ULONG Key)
{
    *Block = (KWAIT_BLOCK){.Fiber = KiCurrentFiber, .Object = Object, .WaitKey = Key};
}

NTSTATUS KeWaitForSingleObject(PVOID Object, KWAIT_REASON Reason, KPROCESSOR_MODE WaitMode,
                               BOOLEAN Alertable, PLARGE_INTEGER Timeout)
{
    UNREFERENCED_PARAMETER(Reason);
    KWAIT_BLOCK Block;
    KiInitWaitBlock(&Block, Object, 0);
    return KiWait(&Block, 1, WaitAny, WaitMode, Alertable, Timeout);
}

NTSTATUS KeWaitForMultipleObjects(ULONG Count, PVOID Objects[], WAIT_TYPE WaitType,
                                  KWAIT_REASON Reason, KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                                  PLARGE_INTEGER Timeout)
{
    UNREFERENCED_PARAMETER(Reason);
    KWAIT_BLOCK Blocks[KI_WAIT_OBJECTS];
    ASSERT(Count && Count <= KI_WAIT_OBJECTS);
    for (ULONG i = 0; i < Count; i++)
        KiInitWaitBlock(&Blocks[i], Objects[i], i);
    return KiWait(Blocks, Count, WaitType, WaitMode, Alertable, Timeout);
}

NTSTATUS KeDelayExecutionThread(KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                                PLARGE_INTEGER Interval)
{
    NTSTATUS Status = KiWait(nullptr, 0, WaitAny, WaitMode, Alertable, Interval);
    return Status == STATUS_TIMEOUT ? STATUS_SUCCESS : Status;
}

// End the wait of a thread's fiber, if it is one that this reason may end.
static BOOLEAN KiInterruptWait(PETHREAD Thread, BOOLEAN AlertableOnly)
{
    PKFIBER Fiber = Thread->Fiber;
    if (!Fiber || !Fiber->Waiting || Fiber->WaitMode != UserMode)
        return FALSE;
    if (AlertableOnly && !Fiber->Alertable)
        return FALSE;
    NTSTATUS Status = KiTestInterruption(Thread, UserMode, Fiber->Alertable);
    if (Status == STATUS_PENDING)
        return FALSE;
    KiEndWait(Fiber, Status);
    return TRUE;
}

VOID KiInterruptForTermination(PETHREAD Thread)
{
    KiInterruptWait(Thread, FALSE);
}

BOOLEAN KeAlertThread(PETHREAD Thread)
{
    BOOLEAN Previous = Thread->Alerted;
    Thread->Alerted = TRUE;
    KiInterruptWait(Thread, TRUE);
    return Previous;
}

BOOLEAN KeTestAlertThread(PETHREAD Thread)
{
    BOOLEAN Alerted = Thread->Alerted;
    Thread->Alerted = FALSE;
    if (!Alerted && !IsListEmpty(&Thread->ApcListHead))
        Thread->Work |= KWORK_APC;
    return Alerted;
}

// ---- APCs

BOOLEAN KeInsertQueueApc(PKAPC Apc)
{
    PETHREAD Thread = Apc->Thread;
    if (Apc->Inserted || (Thread->Work & KWORK_TERMINATE) || Thread->State == KiThreadTerminated)
        return FALSE;
    Apc->Inserted = TRUE;
    InsertTailList(&Thread->ApcListHead, &Apc->ApcListEntry);
    if (Apc->Special)
        KiDeliverSpecialApc(Thread);
    else
        KiInterruptWait(Thread, TRUE);
    return TRUE;
}

BOOLEAN KeRemoveQueueApc(PKAPC Apc)
{
    if (!Apc->Inserted)
        return FALSE;
    Apc->Inserted = FALSE;
    RemoveEntryList(&Apc->ApcListEntry);
    return TRUE;
}

// The thread has ended: nobody will deliver what is queued.
VOID KiRundownApcs(PETHREAD Thread)
{
    while (!IsListEmpty(&Thread->ApcListHead)) {
        PKAPC Apc = CONTAINING_RECORD(RemoveHeadList(&Thread->ApcListHead), KAPC, ApcListEntry);
        Apc->Inserted = FALSE;
        if (Apc->Free)
            Apc->Free(Apc);
    }
}
