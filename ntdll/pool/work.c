// Simple callbacks and work.

#include "poolp.h"

// The object lives as long as its one callback.
NTSTATUS NTAPI TpSimpleTryPost(PTP_SIMPLE_CALLBACK Callback, PVOID Context,
                               PTP_CALLBACK_ENVIRON CallbackEnviron)
{
    PTPP_OBJECT Object;
    NTSTATUS Status =
        TppAllocate(TppSimple, sizeof(*Object), (PVOID)Callback, Context, CallbackEnviron, &Object);
    if (!NT_SUCCESS(Status))
        return Status;
    TppAcquire();
    TppMakeReady(Object);
    TppReleaseOwner(Object);
    TppRelease();
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI TpAllocWork(PTP_WORK *Work, PTP_WORK_CALLBACK Callback, PVOID Context,
                           PTP_CALLBACK_ENVIRON CallbackEnviron)
{
    return TppAllocate(TppWork, sizeof(**Work), (PVOID)Callback, Context, CallbackEnviron,
                       (PTPP_OBJECT *)Work);
}

VOID NTAPI TpPostWork(PTP_WORK Work)
{
    TppAcquire();
    TppMakeReady(&Work->Object);
    TppRelease();
}

VOID NTAPI TpWaitForWork(PTP_WORK Work, LOGICAL CancelPendingCallbacks)
{
    TppWaitFor(&Work->Object, CancelPendingCallbacks);
}

VOID NTAPI TpReleaseWork(PTP_WORK Work)
{
    TppEnd(&Work->Object);
}
