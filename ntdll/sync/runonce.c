// One-time initialisation. The word: bits 0..1 the state, the rest the caller's context.

#include "syncp.h"

enum : ULONG_PTR {
    RunOnceInitial = 0,
    RunOncePending = 1, // one thread is at it
    RunOnceComplete = 2,
    RunOncePendingAsync = 3, // several may be at it, the first to complete wins
    RunOnceStateMask = 3,
};

static ULONG_PTR *RunOnceWord(PRTL_RUN_ONCE RunOnce)
{
    return (ULONG_PTR *)&RunOnce->Ptr;
}

VOID NTAPI RtlRunOnceInitialize(PRTL_RUN_ONCE RunOnce)
{
    RunOnce->Ptr = nullptr;
}

// STATUS_SUCCESS: complete, *Context is set. STATUS_PENDING: the caller is to initialise.
NTSTATUS NTAPI RtlRunOnceBeginInitialize(PRTL_RUN_ONCE RunOnce, ULONG Flags, PVOID *Context)
{
    if (Flags & ~(ULONG)(RTL_RUN_ONCE_CHECK_ONLY | RTL_RUN_ONCE_ASYNC))
        return STATUS_INVALID_PARAMETER_2;
    BOOLEAN Async = (Flags & RTL_RUN_ONCE_ASYNC) != 0;
    if (Async && (Flags & RTL_RUN_ONCE_CHECK_ONLY))
        return STATUS_INVALID_PARAMETER_2;

    for (;;) {
        ULONG_PTR Word = __atomic_load_n(RunOnceWord(RunOnce), __ATOMIC_ACQUIRE);
        ULONG_PTR State = Word & RunOnceStateMask;
        if (State == RunOnceComplete) {
            if (Context)
                *Context = (PVOID)(Word & ~RunOnceStateMask);
            return STATUS_SUCCESS;
        }
        if (Flags & RTL_RUN_ONCE_CHECK_ONLY)
            return STATUS_UNSUCCESSFUL;
        if (State == RunOnceInitial) {
            ULONG_PTR Next = Async ? RunOncePendingAsync : RunOncePending;
            if (__atomic_compare_exchange_n(RunOnceWord(RunOnce), &Word, Next, FALSE,
                                            __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
                return STATUS_PENDING;
            continue;
        }
        if ((State == RunOncePendingAsync) != Async)
            return STATUS_INVALID_PARAMETER_2;
        if (Async)
            return STATUS_PENDING;
        RtlWaitOnAddress(&RunOnce->Ptr, &Word, sizeof(Word), nullptr);
    }
}

NTSTATUS NTAPI RtlRunOnceComplete(PRTL_RUN_ONCE RunOnce, ULONG Flags, PVOID Context)
{
    if (Flags & ~(ULONG)(RTL_RUN_ONCE_INIT_FAILED | RTL_RUN_ONCE_ASYNC))
        return STATUS_INVALID_PARAMETER_2;
    BOOLEAN Failed = (Flags & RTL_RUN_ONCE_INIT_FAILED) != 0;
    BOOLEAN Async = (Flags & RTL_RUN_ONCE_ASYNC) != 0;
    if (Failed && (Async || Context))
        return STATUS_INVALID_PARAMETER_2;
    if ((ULONG_PTR)Context & RunOnceStateMask)
        return STATUS_INVALID_PARAMETER_3;

    ULONG_PTR Expected = Async ? RunOncePendingAsync : RunOncePending;
    ULONG_PTR New = Failed ? (ULONG_PTR)RunOnceInitial : (ULONG_PTR)Context | RunOnceComplete;
    ULONG_PTR Seen = Expected;
    if (!__atomic_compare_exchange_n(RunOnceWord(RunOnce), &Seen, New, FALSE, __ATOMIC_RELEASE,
                                     __ATOMIC_RELAXED))
        return (Seen & RunOnceStateMask) == RunOnceComplete && Async ? STATUS_OBJECT_NAME_COLLISION
                                                                     : STATUS_UNSUCCESSFUL;
    if (!Async)
        RtlWakeAddressAll(&RunOnce->Ptr);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlRunOnceExecuteOnce(PRTL_RUN_ONCE RunOnce, PRTL_RUN_ONCE_INIT_FN Function,
                                     PVOID Parameter, PVOID *Context)
{
    NTSTATUS Status = RtlRunOnceBeginInitialize(RunOnce, 0, Context);
    if (Status != STATUS_PENDING)
        return Status;

    PVOID Result = nullptr;
    if (!Function(RunOnce, Parameter, &Result)) {
        RtlRunOnceComplete(RunOnce, RTL_RUN_ONCE_INIT_FAILED, nullptr);
        return STATUS_UNSUCCESSFUL;
    }
    Status = RtlRunOnceComplete(RunOnce, 0, Result);
    if (NT_SUCCESS(Status) && Context)
        *Context = Result;
    return Status;
}
