// Asynchronous procedure calls of the host's threads. A thread runs its kernel APCs itself: when it lowers its IRQL,
// leaves a critical or guarded region, begins to wait, and in the midst of a wait, which goes on afterwards.
// Code that computes is not interrupted: it might hold one of the host's own locks.
//
// A driver's thread has no user mode to return to. User APCs end waits of user mode that are alertable, and are run
// down with the thread.

#include "kep.h"

VOID NTAPI KeInitializeApc(PRKAPC Apc, PRKTHREAD Thread, KAPC_ENVIRONMENT Environment,
                           PKKERNEL_ROUTINE KernelRoutine, PKRUNDOWN_ROUTINE RundownRoutine,
                           PKNORMAL_ROUTINE NormalRoutine, KPROCESSOR_MODE Mode, PVOID Context)
{
    *Apc = (KAPC){
        .Type = ApcObject,
        .Size = sizeof(*Apc),
        .Thread = Thread,
        .KernelRoutine = KernelRoutine,
        .RundownRoutine = RundownRoutine,
        .NormalRoutine = NormalRoutine,
        .NormalContext = NormalRoutine ? Context : nullptr,
        .ApcStateIndex =
            Environment == CurrentApcEnvironment ? OriginalApcEnvironment : (CCHAR)Environment,
        .ApcMode = NormalRoutine ? Mode : KernelMode,
    };
}

// ---- Queues: special APCs before normal ones. With the dispatcher lock held.

static BOOLEAN KiIsSpecial(const KAPC *Apc)
{
    return !Apc->NormalRoutine;
}

static PKAPC KiFirstApc(PKTHREAD Thread, KPROCESSOR_MODE Mode)
{
    PLIST_ENTRY First = Thread->ApcList[(ULONG)Mode].Flink;
    return First == &Thread->ApcList[(ULONG)Mode] ? nullptr
                                                  : CONTAINING_RECORD(First, KAPC, ApcListEntry);
}

static VOID KiEnqueueApc(PKAPC Apc)
{
    PLIST_ENTRY Head = &Apc->Thread->ApcList[(ULONG)Apc->ApcMode], Before = Head->Blink;
    while (KiIsSpecial(Apc) && Before != Head &&
           !KiIsSpecial(CONTAINING_RECORD(Before, KAPC, ApcListEntry)))
        Before = Before->Blink;
    InsertHeadList(Before, &Apc->ApcListEntry);
    Apc->Inserted = TRUE;
    if (Apc->ApcMode == KernelMode)
        Apc->Thread->ApcPending = TRUE;
}

static VOID KiDequeueApc(PKAPC Apc)
{
    PKTHREAD Thread = Apc->Thread;
    RemoveEntryList(&Apc->ApcListEntry);
    Apc->Inserted = FALSE;
    if (!KiFirstApc(Thread, KernelMode))
        Thread->ApcPending = FALSE;
    if (!KiFirstApc(Thread, UserMode))
        Thread->UserApcPending = FALSE;
}

BOOLEAN KiCanDeliverApc(PKTHREAD Thread)
{
    if (!Thread->ApcPending || Thread->Irql >= APC_LEVEL || Thread->SpecialApcDisable)
        return FALSE;
    return KiIsSpecial(KiFirstApc(Thread, KernelMode)) ||
           (!Thread->KernelApcDisable && !Thread->KernelApcInProgress);
}

// ---- Delivery, on the thread itself

static VOID KiRunApc(PKTHREAD Thread, PKAPC Apc)
{
    // The kernel routine may free the APC, or queue it again.
    PKNORMAL_ROUTINE NormalRoutine = Apc->NormalRoutine;
    PVOID Context = Apc->NormalContext, First = Apc->SystemArgument1, Second = Apc->SystemArgument2;
    PKKERNEL_ROUTINE KernelRoutine = Apc->KernelRoutine;
    KfRaiseIrql(APC_LEVEL);
    KernelRoutine(Apc, &NormalRoutine, &Context, &First, &Second);
    if (Thread->Irql != APC_LEVEL)
        KeBugCheckEx(IRQL_UNEXPECTED_VALUE, Thread->Irql, (ULONG_PTR)KernelRoutine, APC_LEVEL, 0);
    if (!NormalRoutine) {
        Thread->Irql = PASSIVE_LEVEL; // without KeLowerIrql, which would come here again
        return;
    }
    Thread->KernelApcInProgress = TRUE;
    KeLowerIrql(PASSIVE_LEVEL); // special APCs may interrupt it
    NormalRoutine(Context, First, Second);
    Thread->KernelApcInProgress = FALSE;
}

VOID KiDeliverApcs(PKTHREAD Thread)
{
    for (;;) {
        KiLockDispatcher();
        PKAPC Apc = KiCanDeliverApc(Thread) ? KiFirstApc(Thread, KernelMode) : nullptr;
        if (Apc)
            KiDequeueApc(Apc);
        KiUnlockDispatcher();
        if (!Apc)
            return;
        KiRunApc(Thread, Apc);
    }
}

// ---- Insertion and removal

// The thread sleeps: a kernel APC makes it run and wait again, a user APC may end the wait.
static VOID KiWakeForApc(PKTHREAD Thread, KPROCESSOR_MODE Mode)
{
    if (!Thread->Waiting)
        return;
    if (Mode == KernelMode) {
        if (KiCanDeliverApc(Thread))
            KiEndWait(Thread, STATUS_KERNEL_APC);
    } else if (Thread->Alertable && Thread->WaitMode == UserMode) {
        Thread->UserApcPending = TRUE;
        KiEndWait(Thread, STATUS_USER_APC);
    }
}

BOOLEAN NTAPI KeInsertQueueApc(PRKAPC Apc, PVOID SystemArgument1, PVOID SystemArgument2,
                               KPRIORITY Increment)
{
    UNREFERENCED_PARAMETER(Increment);
    PKTHREAD Thread = Apc->Thread, Self = KiCurrentThread();
    KiLockDispatcher();
    BOOLEAN Insert = !Apc->Inserted && Thread->ApcQueueable;
    if (Insert) {
        Apc->SystemArgument1 = SystemArgument1;
        Apc->SystemArgument2 = SystemArgument2;
        KiEnqueueApc(Apc);
        KiWakeForApc(Thread, Apc->ApcMode);
    }
    KiUnlockDispatcher();
    KiCheckApcs(Self);
    return Insert;
}

BOOLEAN NTAPI KeRemoveQueueApc(PRKAPC Apc)
{
    KiLockDispatcher();
    BOOLEAN Removed = Apc->Inserted;
    if (Removed)
        KiDequeueApc(Apc);
    KiUnlockDispatcher();
    return Removed;
}

// ---- Alerts. Each mode has its own; one of kernel mode ends waits of both modes.

BOOLEAN NTAPI KeAlertThread(PKTHREAD Thread, KPROCESSOR_MODE AlertMode)
{
    KiLockDispatcher();
    BOOLEAN Previous = Thread->Alerted[(ULONG)AlertMode];
    if (!Previous) {
        if (Thread->Waiting && Thread->Alertable && AlertMode <= Thread->WaitMode)
            KiEndWait(Thread, STATUS_ALERTED);
        else
            Thread->Alerted[(ULONG)AlertMode] = TRUE;
    }
    KiUnlockDispatcher();
    return Previous;
}

BOOLEAN NTAPI KeTestAlertThread(KPROCESSOR_MODE AlertMode)
{
    PKTHREAD Thread = KiCurrentThread();
    KiLockDispatcher();
    BOOLEAN Alerted = Thread->Alerted[(ULONG)AlertMode];
    Thread->Alerted[(ULONG)AlertMode] = FALSE;
    if (!Alerted && AlertMode == UserMode && KiFirstApc(Thread, UserMode))
        Thread->UserApcPending = TRUE;
    KiUnlockDispatcher();
    return Alerted;
}

// Whether the wait that begins ends at once. STATUS_PENDING: it does not.
NTSTATUS KiTestAlert(PKTHREAD Thread)
{
    KPROCESSOR_MODE Mode = Thread->WaitMode;
    if (!Thread->Alertable)
        return Mode == UserMode && Thread->UserApcPending ? STATUS_USER_APC : STATUS_PENDING;
    if (Thread->Alerted[(ULONG)Mode]) {
        Thread->Alerted[(ULONG)Mode] = FALSE;
        return STATUS_ALERTED;
    }
    if (Mode == UserMode && KiFirstApc(Thread, UserMode)) {
        Thread->UserApcPending = TRUE;
        return STATUS_USER_APC;
    }
    if (!Thread->Alerted[KernelMode])
        return STATUS_PENDING;
    Thread->Alerted[KernelMode] = FALSE;
    return STATUS_ALERTED;
}

// ---- The end of a thread: it takes no more APCs. Kernel APCs that it could not run are a driver's error.

static PKAPC KiTakeForRundown(PKTHREAD Thread)
{
    KiLockDispatcher();
    Thread->ApcQueueable = FALSE;
    if (Thread->ApcPending)
        KeBugCheckEx(KERNEL_APC_PENDING_DURING_EXIT, (ULONG_PTR)Thread,
                     (USHORT)Thread->KernelApcDisable, Thread->Irql, 0);
    PKAPC Apc = KiFirstApc(Thread, UserMode);
    if (Apc)
        KiDequeueApc(Apc);
    KiUnlockDispatcher();
    return Apc;
}

VOID KiRunDownApcs(PKTHREAD Thread)
{
    KiCheckApcs(Thread);
    for (PKAPC Apc; (Apc = KiTakeForRundown(Thread));) {
        if (Apc->RundownRoutine)
            Apc->RundownRoutine(Apc);
        else
            ExFreePool(Apc);
    }
}
