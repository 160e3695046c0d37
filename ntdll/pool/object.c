// What work, timers, waits, I/O and simple callbacks have in common: references, pending callbacks,
// waiting until none is left.

#include "poolp.h"

RTL_SRWLOCK TppLock;

static LIST_ENTRY TppDead = {&TppDead, &TppDead}; // by ReadyEntry; ended when the lock is released

// ---- References

// The part of the end that calls others, who may come back to the pool.
static VOID TppDestroy(PTPP_OBJECT Object)
{
    if (Object->Kind == TppWait)
        NtClose(((PTP_WAIT)Object)->Packet);
    if (Object->RaceDll)
        LdrUnloadDll(Object->RaceDll);
    if (Object->Freed)
        Object->Freed(Object->Context);
    RtlFreeHeap(RtlProcessHeap(), 0, Object);
}

VOID TppRelease(void)
{
    LIST_ENTRY Dead;
    InitializeListHead(&Dead);
    while (!IsListEmpty(&TppDead))
        InsertTailList(&Dead, RemoveHeadList(&TppDead));
    RtlReleaseSRWLockExclusive(&TppLock);
    while (!IsListEmpty(&Dead))
        TppDestroy(CONTAINING_RECORD(RemoveHeadList(&Dead), TPP_OBJECT, ReadyEntry));
}

VOID TppDereference(PTPP_OBJECT Object)
{
    if (--Object->References)
        return;
    TppLeaveGroup(Object);
    TppDereferencePool(Object->Pool);
    TppDereferenceAlarms();
    InsertTailList(&TppDead, &Object->ReadyEntry);
}

VOID TppStop(PTPP_OBJECT Object)
{
    if (Object->Kind == TppTimer)
        TppCancelAlarm(&((PTP_TIMER)Object)->Alarm);
    else if (Object->Kind == TppWait)
        TppDisarmWait((PTP_WAIT)Object);
}

VOID TppReleaseOwner(PTPP_OBJECT Object)
{
    Object->Released = TRUE;
    TppStop(Object);
    TppDereference(Object);
}

VOID TppEnd(PTPP_OBJECT Object)
{
    TppAcquire();
    TppReleaseOwner(Object);
    TppRelease();
}

// ---- Making

static NTSTATUS TppCheckEnviron(PTP_CALLBACK_ENVIRON Environ)
{
    if (!Environ)
        return STATUS_SUCCESS;
    if (Environ->Version != 1 && Environ->Version != 3)
        return STATUS_INVALID_PARAMETER;
    if (Environ->u.s.Private)
        return STATUS_INVALID_PARAMETER;
    if (Environ->Version == 3 && (ULONG)Environ->CallbackPriority >= TP_CALLBACK_PRIORITY_COUNT)
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

static VOID TppApplyEnviron(PTPP_OBJECT Object, PTP_CALLBACK_ENVIRON Environ)
{
    Object->Priority = TP_CALLBACK_PRIORITY_NORMAL;
    if (!Environ)
        return;
    Object->LongFunction = Environ->u.s.LongFunction;
    Object->Finalization = Environ->FinalizationCallback;
    Object->CancelCallback = Environ->CleanupGroupCancelCallback;
    Object->RaceDll = Environ->RaceDll;
    if (Environ->Version == 3)
        Object->Priority = Environ->CallbackPriority;
}

// Whatever the object's callbacks need is there after this: a thread of the pool, and the one that
// watches due times.
static NTSTATUS TppAttach(PTPP_OBJECT Object, PTP_POOL Pool, PTP_CLEANUP_GROUP Group)
{
    TppAcquire();
    NTSTATUS Status = TppReferencePool(Pool, &Pool);
    if (!NT_SUCCESS(Status))
        goto Failed;
    Status = TppReferenceAlarms();
    if (!NT_SUCCESS(Status))
        goto DereferencePool;
    if (Pool->Threads == Pool->LongThreads && Pool->Threads < Pool->MaxThreads)
        Status = TppStartThread(Pool);
    if (!NT_SUCCESS(Status) && !Pool->Threads)
        goto DereferenceAlarms;
    Object->Pool = Pool;
    TppJoinGroup(Object, Group);
    TppRelease();
    return STATUS_SUCCESS;

DereferenceAlarms:
    TppDereferenceAlarms();
DereferencePool:
    TppDereferencePool(Pool);
Failed:
    TppRelease();
    return Status;
}

NTSTATUS TppAllocate(TPP_KIND Kind, SIZE_T Size, PVOID Callback, PVOID Context,
                     PTP_CALLBACK_ENVIRON Environ, PTPP_OBJECT *Object)
{
    NTSTATUS Status = Callback ? TppCheckEnviron(Environ) : STATUS_INVALID_PARAMETER;
    if (!NT_SUCCESS(Status))
        return Status;
    PTP_POOL Pool = Environ ? Environ->Pool : nullptr;
    if (!Pool && Environ && Environ->u.s.Persistent)
        Status = TppPersistentPool(&Pool);
    if (NT_SUCCESS(Status) && Environ && Environ->RaceDll)
        Status = LdrAddRefDll(0, Environ->RaceDll);
    if (!NT_SUCCESS(Status))
        return Status;

    PTPP_OBJECT New = RtlAllocateHeap(RtlProcessHeap(), HEAP_ZERO_MEMORY, Size);
    Status = STATUS_NO_MEMORY;
    if (New) {
        New->Kind = Kind;
        New->References = 1;
        New->Callback.Any = Callback;
        New->Context = Context;
        TppApplyEnviron(New, Environ);
        Status = TppAttach(New, Pool, Environ ? Environ->CleanupGroup : nullptr);
    }
    if (!NT_SUCCESS(Status)) {
        RtlFreeHeap(RtlProcessHeap(), 0, New);
        if (Environ && Environ->RaceDll)
            LdrUnloadDll(Environ->RaceDll);
        return Status;
    }
    *Object = New;
    return STATUS_SUCCESS;
}

// ---- Pending callbacks

VOID TppMakeReady(PTPP_OBJECT Object)
{
    Object->References++;
    if (!Object->Pending++)
        InsertTailList(&Object->Pool->Ready[Object->Priority], &Object->ReadyEntry);
    TppWakeThread(Object->Pool);
}

PTPP_OBJECT TppTakeReady(PTP_POOL Pool)
{
    for (int i = 0; i < TP_CALLBACK_PRIORITY_COUNT; i++) {
        if (IsListEmpty(&Pool->Ready[i]))
            continue;
        PLIST_ENTRY Entry = RemoveHeadList(&Pool->Ready[i]);
        PTPP_OBJECT Object = CONTAINING_RECORD(Entry, TPP_OBJECT, ReadyEntry);
        if (--Object->Pending)
            InsertTailList(&Pool->Ready[i], Entry);
        return Object;
    }
    return nullptr;
}

// The caller has a reference.
ULONG TppCancelPending(PTPP_OBJECT Object)
{
    ULONG Count = Object->Pending + Object->Expected;
    if (Object->Pending)
        RemoveEntryList(&Object->ReadyEntry);
    Object->References -= Object->Pending;
    Object->Pending = 0;
    if (Object->Kind == TppWait)
        ((PTP_WAIT)Object)->TimedOut = 0;
    Object->Unwanted += Object->Expected;
    Object->Expected = 0;
    TppNoteQuiet(Object);
    return Count;
}

static BOOLEAN TppIsQuiet(PTPP_OBJECT Object)
{
    return !Object->Pending && !Object->Running && !Object->Expected;
}

VOID TppNoteQuiet(PTPP_OBJECT Object)
{
    if (Object->Waiters && TppIsQuiet(Object))
        RtlWakeAllConditionVariable(&Object->Quiet);
}

VOID TppWaitUntilQuiet(PTPP_OBJECT Object, BOOLEAN Cancel)
{
    Object->Waiters++;
    if (Cancel)
        TppCancelPending(Object);
    while (!TppIsQuiet(Object))
        RtlSleepConditionVariableSRW(&Object->Quiet, &TppLock, nullptr, 0);
    Object->Waiters--;
}

VOID TppWaitFor(PTPP_OBJECT Object, LOGICAL Cancel)
{
    TppAcquire();
    TppWaitUntilQuiet(Object, Cancel != 0);
    TppRelease();
}
