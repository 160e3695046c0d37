// Slim reader/writer locks and condition variables.
//
// A lock's word: bit 0 held exclusively, bit 1 threads may be waiting, from bit 2 the number of shared
// holders. Who finds it taken sets bit 1 and waits on the address; who frees it with bit 1 set clears the
// bit and wakes all, who then compete again. New shared holders wait behind those that wait already, so
// that a writer's turn comes.

#include "syncp.h"

enum : ULONG_PTR { SrwExclusive = 1, SrwWaiting = 2, SrwShared = 4 };

static ULONG_PTR *SrwState(PRTL_SRWLOCK Lock)
{
    return (ULONG_PTR *)&Lock->Ptr;
}

static BOOLEAN SrwTry(PRTL_SRWLOCK Lock, ULONG_PTR Old, ULONG_PTR New)
{
    return __atomic_compare_exchange_n(SrwState(Lock), &Old, New, FALSE, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

static VOID SrwWait(PRTL_SRWLOCK Lock, ULONG_PTR State)
{
    if (!(State & SrwWaiting) && !SrwTry(Lock, State, State | SrwWaiting))
        return;
    State |= SrwWaiting;
    RtlWaitOnAddress(&Lock->Ptr, &State, sizeof(State), nullptr);
}

VOID NTAPI RtlInitializeSRWLock(PRTL_SRWLOCK Lock)
{
    Lock->Ptr = nullptr;
}

BOOLEAN NTAPI RtlTryAcquireSRWLockExclusive(PRTL_SRWLOCK Lock)
{
    ULONG_PTR State = __atomic_load_n(SrwState(Lock), __ATOMIC_RELAXED);
    return (State & ~SrwWaiting) == 0 && SrwTry(Lock, State, State | SrwExclusive);
}

VOID NTAPI RtlAcquireSRWLockExclusive(PRTL_SRWLOCK Lock)
{
    for (;;) {
        ULONG_PTR State = __atomic_load_n(SrwState(Lock), __ATOMIC_RELAXED);
        if (State & ~SrwWaiting)
            SrwWait(Lock, State);
        else if (SrwTry(Lock, State, State | SrwExclusive))
            return;
    }
}

BOOLEAN NTAPI RtlTryAcquireSRWLockShared(PRTL_SRWLOCK Lock)
{
    ULONG_PTR State = __atomic_load_n(SrwState(Lock), __ATOMIC_RELAXED);
    while (!(State & SrwExclusive)) {
        if (__atomic_compare_exchange_n(SrwState(Lock), &State, State + SrwShared, FALSE,
                                        __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return TRUE;
    }
    return FALSE;
}

VOID NTAPI RtlAcquireSRWLockShared(PRTL_SRWLOCK Lock)
{
    for (;;) {
        ULONG_PTR State = __atomic_load_n(SrwState(Lock), __ATOMIC_RELAXED);
        if (State & (SrwExclusive | SrwWaiting))
            SrwWait(Lock, State);
        else if (SrwTry(Lock, State, State + SrwShared))
            return;
    }
}

VOID NTAPI RtlReleaseSRWLockExclusive(PRTL_SRWLOCK Lock)
{
    if (!(__atomic_load_n(SrwState(Lock), __ATOMIC_RELAXED) & SrwExclusive))
        RtlRaiseStatus(STATUS_RESOURCE_NOT_OWNED);
    ULONG_PTR State = __atomic_exchange_n(SrwState(Lock), 0, __ATOMIC_RELEASE);
    if (State & SrwWaiting)
        RtlWakeAddressAll(&Lock->Ptr);
}

VOID NTAPI RtlReleaseSRWLockShared(PRTL_SRWLOCK Lock)
{
    ULONG_PTR State = __atomic_load_n(SrwState(Lock), __ATOMIC_RELAXED), New;
    do {
        if (State < SrwShared)
            RtlRaiseStatus(STATUS_RESOURCE_NOT_OWNED);
        New = State - SrwShared;
        if (New == SrwWaiting)
            New = 0; // the last one out wakes those that wait
    } while (!__atomic_compare_exchange_n(SrwState(Lock), &State, New, FALSE, __ATOMIC_RELEASE,
                                          __ATOMIC_RELAXED));
    if (!New && (State & SrwWaiting))
        RtlWakeAddressAll(&Lock->Ptr);
}

// ---- Condition variables: a counter of wakes, which sleepers wait on to change.

static ULONG_PTR *ConditionCounter(PRTL_CONDITION_VARIABLE Variable)
{
    return (ULONG_PTR *)&Variable->Ptr;
}

VOID NTAPI RtlInitializeConditionVariable(PRTL_CONDITION_VARIABLE Variable)
{
    Variable->Ptr = nullptr;
}

VOID NTAPI RtlWakeConditionVariable(PRTL_CONDITION_VARIABLE Variable)
{
    __atomic_add_fetch(ConditionCounter(Variable), 1, __ATOMIC_SEQ_CST);
    RtlWakeAddressSingle(&Variable->Ptr);
}

VOID NTAPI RtlWakeAllConditionVariable(PRTL_CONDITION_VARIABLE Variable)
{
    __atomic_add_fetch(ConditionCounter(Variable), 1, __ATOMIC_SEQ_CST);
    RtlWakeAddressAll(&Variable->Ptr);
}

NTSTATUS NTAPI RtlSleepConditionVariableSRW(PRTL_CONDITION_VARIABLE Variable, PRTL_SRWLOCK Lock,
                                            PLARGE_INTEGER Timeout, ULONG Flags)
{
    if (Flags & ~(ULONG)RTL_CONDITION_VARIABLE_LOCKMODE_SHARED)
        return STATUS_INVALID_PARAMETER_4;
    BOOLEAN Shared = (Flags & RTL_CONDITION_VARIABLE_LOCKMODE_SHARED) != 0;

    ULONG_PTR Seen = __atomic_load_n(ConditionCounter(Variable), __ATOMIC_SEQ_CST);
    if (Shared)
        RtlReleaseSRWLockShared(Lock);
    else
        RtlReleaseSRWLockExclusive(Lock);
    NTSTATUS Status = RtlWaitOnAddress(&Variable->Ptr, &Seen, sizeof(Seen), Timeout);
    if (Shared)
        RtlAcquireSRWLockShared(Lock);
    else
        RtlAcquireSRWLockExclusive(Lock);
    return Status;
}

NTSTATUS NTAPI RtlSleepConditionVariableCS(PRTL_CONDITION_VARIABLE Variable,
                                           PRTL_CRITICAL_SECTION Section, PLARGE_INTEGER Timeout)
{
    ULONG_PTR Seen = __atomic_load_n(ConditionCounter(Variable), __ATOMIC_SEQ_CST);
    RtlLeaveCriticalSection(Section);
    NTSTATUS Status = RtlWaitOnAddress(&Variable->Ptr, &Seen, sizeof(Seen), Timeout);
    RtlEnterCriticalSection(Section);
    return Status;
}
