// What ends a wait, for each kind of dispatcher object. All of it with the dispatcher lock held.

#include "kep.h"

VOID KiInitializeHeader(PDISPATCHER_HEADER Object, UCHAR Type, ULONG Size, LONG SignalState)
{
    Object->Lock = 0;
    Object->Type = Type;
    Object->Size = (UCHAR)(Size / sizeof(ULONG));
    Object->SignalState = SignalState;
    InitializeListHead(&Object->WaitListHead);
}

BOOLEAN KiIsSignalled(const DISPATCHER_HEADER *Object, PKTHREAD Thread)
{
    if (Object->SignalState > 0)
        return TRUE;
    return Object->Type == MutantObject && ((const KMUTANT *)Object)->OwnerThread == Thread;
}

static NTSTATUS KiAcquireMutant(PKMUTANT Mutant, PKTHREAD Thread)
{
    if (--Mutant->Header.SignalState == 0) {
        Mutant->OwnerThread = Thread;
        Thread->KernelApcDisable -= Mutant->ApcDisable;
        InsertTailList(&Thread->MutantListHead, &Mutant->MutantListEntry);
    }
    BOOLEAN Abandoned = Mutant->Abandoned;
    Mutant->Abandoned = FALSE;
    return Abandoned ? STATUS_ABANDONED_WAIT_0 : STATUS_WAIT_0;
}

NTSTATUS KiSatisfyWait(PDISPATCHER_HEADER Object, PKTHREAD Thread)
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

VOID KiGiveBack(PDISPATCHER_HEADER Object, BOOLEAN Abandoned)
{
    PKMUTANT Mutant = (PKMUTANT)Object;
    switch (Object->Type) {
    case EventSynchronizationObject:
    case TimerSynchronizationObject:
        Object->SignalState = 1;
        break;
    case SemaphoreObject:
        Object->SignalState++;
        break;
    case MutantObject:
        if (Object->SignalState++ < 0)
            return; // the thread had it before
        Mutant->OwnerThread->KernelApcDisable += Mutant->ApcDisable;
        RemoveEntryList(&Mutant->MutantListEntry);
        Mutant->OwnerThread = nullptr;
        Mutant->Abandoned = Abandoned;
        break;
    default:
        return;
    }
    KiWakeWaiters(Object);
}

static NTSTATUS KiTrySatisfyAll(PKTHREAD Thread)
{
    for (ULONG i = 0; i < Thread->WaitCount; i++) {
        if (!KiIsSignalled(Thread->WaitBlocks[i].Object, Thread))
            return STATUS_PENDING;
    }
    if (Thread->WaitType == KiWaitToSee)
        return STATUS_WAIT_0;
    NTSTATUS Status = STATUS_WAIT_0;
    for (ULONG i = 0; i < Thread->WaitCount; i++) {
        if (KiSatisfyWait(Thread->WaitBlocks[i].Object, Thread) != STATUS_WAIT_0)
            Status = STATUS_ABANDONED_WAIT_0;
    }
    return Status;
}

// The status of the wait if it can end now, STATUS_PENDING if not. A delay waits for no object.
NTSTATUS KiTrySatisfy(PKTHREAD Thread)
{
    if (!Thread->WaitCount)
        return STATUS_PENDING;
    if (Thread->WaitType != WaitAny)
        return KiTrySatisfyAll(Thread);
    for (ULONG i = 0; i < Thread->WaitCount; i++) {
        PDISPATCHER_HEADER Object = Thread->WaitBlocks[i].Object;
        if (KiIsSignalled(Object, Thread))
            return KiSatisfyWait(Object, Thread) + Thread->WaitBlocks[i].WaitKey;
    }
    return STATUS_PENDING;
}

// The object has been signalled: end the waits that this satisfies, oldest first.
VOID KiWakeWaiters(PDISPATCHER_HEADER Object)
{
    PLIST_ENTRY Entry = Object->WaitListHead.Flink;
    while (Entry != &Object->WaitListHead) {
        PKTHREAD Thread = CONTAINING_RECORD(Entry, KWAIT_BLOCK, WaitListEntry)->Thread;
        if (!KiIsSignalled(Object, Thread))
            return;
        NTSTATUS Status = KiTrySatisfy(Thread);
        if (Status == STATUS_PENDING) {
            Entry = Entry->Flink; // it waits for others too
        } else {
            KiEndWait(Thread, Status);
            Entry = Object->WaitListHead.Flink; // the wait may have had several blocks in this list
        }
    }
}

static VOID KiAbandonMutant(PKMUTANT Mutant)
{
    RemoveEntryList(&Mutant->MutantListEntry);
    Mutant->OwnerThread = nullptr;
    Mutant->Abandoned = TRUE;
    Mutant->Header.SignalState = 1;
    KiWakeWaiters(&Mutant->Header);
}

VOID KiAbandonMutants(PKTHREAD Thread)
{
    while (!IsListEmpty(&Thread->MutantListHead)) {
        PLIST_ENTRY Entry = Thread->MutantListHead.Flink;
        KiAbandonMutant(CONTAINING_RECORD(Entry, KMUTANT, MutantListEntry));
    }
}
