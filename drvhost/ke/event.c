// Events, semaphores, mutants and mutexes. The Wait parameter of those that signal says that a wait
// follows at once; each takes the dispatcher lock by itself, so it means nothing here.

#include "kep.h"

static LONG KiSetSignal(PDISPATCHER_HEADER Object, LONG State, LONG StateAfterwards)
{
    KiLockDispatcher();
    LONG Previous = Object->SignalState;
    Object->SignalState = State;
    if (State > 0 && Previous <= 0)
        KiWakeWaiters(Object);
    if (StateAfterwards <= 0)
        Object->SignalState = StateAfterwards;
    KiUnlockDispatcher();
    return Previous;
}

VOID NTAPI KeInitializeEvent(PRKEVENT Event, EVENT_TYPE Type, BOOLEAN State)
{
    KiInitializeHeader(&Event->Header,
                       Type == NotificationEvent ? EventNotificationObject
                                                 : EventSynchronizationObject,
                       sizeof(*Event), State ? 1 : 0);
}

LONG NTAPI KeSetEvent(PRKEVENT Event, KPRIORITY Increment, BOOLEAN Wait)
{
    UNREFERENCED_PARAMETER(Increment);
    UNREFERENCED_PARAMETER(Wait);
    if (KiIsRemote(&Event->Header))
        return ObpSignalEvent(Event, ObpSetEvent);
    return KiSetSignal(&Event->Header, 1, 1);
}

LONG NTAPI KePulseEvent(PRKEVENT Event, KPRIORITY Increment, BOOLEAN Wait)
{
    UNREFERENCED_PARAMETER(Increment);
    UNREFERENCED_PARAMETER(Wait);
    if (KiIsRemote(&Event->Header))
        return ObpSignalEvent(Event, ObpPulseEvent);
    return KiSetSignal(&Event->Header, 1, 0);
}

LONG NTAPI KeResetEvent(PRKEVENT Event)
{
    if (KiIsRemote(&Event->Header))
        return ObpSignalEvent(Event, ObpResetEvent);
    return KiSetSignal(&Event->Header, 0, 0);
}

VOID NTAPI KeClearEvent(PRKEVENT Event)
{
    if (KiIsRemote(&Event->Header))
        ObpSignalEvent(Event, ObpResetEvent);
    else
        __atomic_store_n(&Event->Header.SignalState, 0, __ATOMIC_SEQ_CST);
}

LONG NTAPI KeReadStateEvent(PRKEVENT Event)
{
    return KiIsRemote(&Event->Header) ? ObpReadEvent(Event) : Event->Header.SignalState;
}

// ---- Semaphores

VOID NTAPI KeInitializeSemaphore(PRKSEMAPHORE Semaphore, LONG Count, LONG Limit)
{
    KiInitializeHeader(&Semaphore->Header, SemaphoreObject, sizeof(*Semaphore), Count);
    Semaphore->Limit = Limit;
}

LONG NTAPI KeReleaseSemaphore(PRKSEMAPHORE Semaphore, KPRIORITY Increment, LONG Adjustment,
                              BOOLEAN Wait)
{
    UNREFERENCED_PARAMETER(Increment);
    UNREFERENCED_PARAMETER(Wait);
    LONG Previous = 0;
    if (KiIsRemote(&Semaphore->Header)) {
        if (ObpReleaseSemaphore(Semaphore, Adjustment, &Previous) ==
            STATUS_SEMAPHORE_LIMIT_EXCEEDED)
            ExRaiseStatus(STATUS_SEMAPHORE_LIMIT_EXCEEDED);
        return Previous;
    }
    KiLockDispatcher();
    LONG Count = Semaphore->Header.SignalState;
    if (Adjustment <= 0 || Adjustment > Semaphore->Limit - Count) {
        KiUnlockDispatcher();
        ExRaiseStatus(STATUS_SEMAPHORE_LIMIT_EXCEEDED);
    }
    Semaphore->Header.SignalState = Count + Adjustment;
    KiWakeWaiters(&Semaphore->Header);
    KiUnlockDispatcher();
    return Count;
}

LONG NTAPI KeReadStateSemaphore(PRKSEMAPHORE Semaphore)
{
    return KiIsRemote(&Semaphore->Header) ? ObpReadSemaphore(Semaphore)
                                          : Semaphore->Header.SignalState;
}

// ---- Mutants. A mutex is one that disables normal kernel APCs while it is owned.

static VOID KiInitializeMutant(PRKMUTANT Mutant, UCHAR ApcDisable)
{
    KiInitializeHeader(&Mutant->Header, MutantObject, sizeof(*Mutant), 1);
    Mutant->OwnerThread = nullptr;
    Mutant->Abandoned = FALSE;
    Mutant->ApcDisable = ApcDisable;
}

VOID NTAPI KeInitializeMutex(PRKMUTEX Mutex, ULONG Level)
{
    UNREFERENCED_PARAMETER(Level);
    KiInitializeMutant(Mutex, 1);
}

VOID NTAPI KeInitializeMutant(PRKMUTANT Mutant, BOOLEAN InitialOwner)
{
    KiInitializeMutant(Mutant, 0);
    if (InitialOwner)
        KeWaitForSingleObject(Mutant, Executive, KernelMode, FALSE, nullptr);
}

static VOID KiFreeMutant(PRKMUTANT Mutant, BOOLEAN Abandoned)
{
    if (Mutant->OwnerThread) {
        RemoveEntryList(&Mutant->MutantListEntry);
        Mutant->OwnerThread->KernelApcDisable += Mutant->ApcDisable;
    }
    Mutant->OwnerThread = nullptr;
    Mutant->Abandoned = Abandoned;
    Mutant->Header.SignalState = 1;
    KiWakeWaiters(&Mutant->Header);
}

LONG NTAPI KeReleaseMutant(PRKMUTANT Mutant, KPRIORITY Increment, BOOLEAN Abandoned, BOOLEAN Wait)
{
    UNREFERENCED_PARAMETER(Increment);
    UNREFERENCED_PARAMETER(Wait);
    KiLockDispatcher();
    LONG Previous = Mutant->Header.SignalState;
    if (!Abandoned && (Previous > 0 || Mutant->OwnerThread != KiCurrentThread())) {
        NTSTATUS Status = Mutant->Abandoned ? STATUS_ABANDONED : STATUS_MUTANT_NOT_OWNED;
        KiUnlockDispatcher();
        ExRaiseStatus(Status);
    }
    if (Abandoned || Previous == 0)
        KiFreeMutant(Mutant, Abandoned);
    else
        Mutant->Header.SignalState++;
    KiUnlockDispatcher();
    KiCheckApcs(KiCurrentThread());
    return Previous;
}

LONG NTAPI KeReleaseMutex(PRKMUTEX Mutex, BOOLEAN Wait)
{
    return KeReleaseMutant(Mutex, 1, FALSE, Wait);
}

LONG NTAPI KeReadStateMutex(PRKMUTEX Mutex)
{
    return Mutex->Header.SignalState;
}

LONG NTAPI KeReadStateMutant(PRKMUTANT Mutant)
{
    return Mutant->Header.SignalState;
}
