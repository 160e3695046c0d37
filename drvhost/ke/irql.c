// Interrupt request levels. Each thread has its own; at most one thread of the host is at or above
// DISPATCH_LEVEL, by a lock that raising to it takes and lowering from it gives back. An interrupt service
// routine runs beside that thread, as on another processor.
//
// Queued DPCs run when the lock is given back. Who queues one at a lower level tries the lock: if it is
// taken, the holder finds the DPC when he leaves.

#include "kep.h"

static RTL_SRWLOCK KiDispatchLock;

static VOID KiCountDispatch(PKTHREAD Thread)
{
    if (!KiShared)
        return;
    KiShared->DispatchThread = (ULONG)(ULONG_PTR)Thread->ThreadId;
    KiShared->DispatchEntries++;
}

VOID KiEnterDispatch(PKTHREAD Thread)
{
    KiLock(&KiDispatchLock);
    Thread->HoldsDispatch = TRUE;
    KiCountDispatch(Thread);
}

static BOOLEAN KiTryEnterDispatch(PKTHREAD Thread)
{
    if (!RtlTryAcquireSRWLockExclusive(&KiDispatchLock))
        return FALSE;
    Thread->HoldsDispatch = TRUE;
    KiCountDispatch(Thread);
    return TRUE;
}

static VOID KiRunDpcsAtDispatch(PKTHREAD Thread)
{
    Thread->Irql = DISPATCH_LEVEL;
    KiRunDpcs();
}

VOID KiLeaveDispatch(PKTHREAD Thread)
{
    do {
        if (KiDpcsQueued())
            KiRunDpcsAtDispatch(Thread);
        KiCountDispatch(Thread);
        Thread->HoldsDispatch = FALSE;
        BOOLEAN Replied = IopTakeUnsignalled();
        KiUnlock(&KiDispatchLock);
        if (Replied)
            IopSignalReplies();
        // One may have been queued meanwhile by somebody who found the lock taken.
    } while (KiDpcsQueued() && KiTryEnterDispatch(Thread));
}

VOID KiDrainIfIdle(PKTHREAD Thread)
{
    if (Thread->Irql >= DISPATCH_LEVEL || !KiDpcsQueued() || !KiTryEnterDispatch(Thread))
        return;
    KIRQL Irql = Thread->Irql;
    KiLeaveDispatch(Thread);
    Thread->Irql = Irql;
}

KIRQL NTAPI KeGetCurrentIrql(void)
{
    return KiCurrentThread()->Irql;
}

KIRQL NTAPI KfRaiseIrql(KIRQL NewIrql)
{
    PKTHREAD Thread = KiCurrentThread();
    KIRQL OldIrql = Thread->Irql;
    if (NewIrql < OldIrql || NewIrql > HIGH_LEVEL)
        KeBugCheckEx(IRQL_NOT_GREATER_OR_EQUAL, NewIrql, OldIrql, 0, 0);
    if (NewIrql >= DISPATCH_LEVEL && !Thread->HoldsDispatch && !Thread->IsInterrupt)
        KiEnterDispatch(Thread);
    Thread->Irql = NewIrql;
    return OldIrql;
}

VOID NTAPI KeLowerIrql(KIRQL NewIrql)
{
    PKTHREAD Thread = KiCurrentThread();
    if (NewIrql > Thread->Irql)
        KeBugCheckEx(IRQL_NOT_LESS_OR_EQUAL, NewIrql, Thread->Irql, 0, 0);
    if (NewIrql < DISPATCH_LEVEL && Thread->HoldsDispatch)
        KiLeaveDispatch(Thread);
    Thread->Irql = NewIrql;
    if (NewIrql < APC_LEVEL)
        KiCheckApcs(Thread);
}

KIRQL NTAPI KeRaiseIrqlToDpcLevel(void)
{
    return KfRaiseIrql(DISPATCH_LEVEL);
}

KIRQL NTAPI KeRaiseIrqlToSynchLevel(void)
{
    return KfRaiseIrql(SYNCH_LEVEL);
}

// Drivers that were compiled with inline accesses to cr8 come here by way of the emulation.
VOID KiWriteIrql(KIRQL NewIrql)
{
    if (NewIrql >= KiCurrentThread()->Irql)
        KfRaiseIrql(NewIrql);
    else
        KeLowerIrql(NewIrql);
}

VOID KiRequireIrql(KIRQL Highest, PCSTR Routine)
{
    KIRQL Irql = KiCurrentThread()->Irql;
    if (Irql <= Highest)
        return;
    DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL,
               "%s called at IRQL %u; at most %u is allowed\n", Routine, Irql, Highest);
    KeBugCheckEx(IRQL_NOT_LESS_OR_EQUAL, (ULONG_PTR)Routine, Irql, 0, 0);
}
