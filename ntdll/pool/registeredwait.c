// Registered waits: RtlRegisterWait and its relatives.

#include "poolp.h"

typedef struct _TPP_REGISTERED_WAIT {
    TPP_ENDING Ending;
    PTP_WAIT Wait;
    HANDLE Handle;
    WAITORTIMERCALLBACKFUNC Function;
    PVOID Context;
    ULONG Milliseconds;
    BOOLEAN Once;
} TPP_REGISTERED_WAIT, *PTPP_REGISTERED_WAIT;

static NTSTATUS TppArmRegistered(PTPP_REGISTERED_WAIT Registered)
{
    LARGE_INTEGER Timeout = {.QuadPart = -10'000LL * Registered->Milliseconds};
    return TppArmWait(Registered->Wait, Registered->Handle,
                      Registered->Milliseconds == TppInfinite ? nullptr : &Timeout);
}

// The next wait begins when the callback has returned, so that a registration has one at a time.
static VOID NTAPI TppRunRegistered(PTP_CALLBACK_INSTANCE Instance, PVOID Context, PTP_WAIT Wait,
                                   TP_WAIT_RESULT WaitResult)
{
    UNREFERENCED_PARAMETER(Instance);
    PTPP_REGISTERED_WAIT Registered = Context;
    Registered->Function(Registered->Context, WaitResult == STATUS_TIMEOUT);
    if (Registered->Once)
        return;
    TppAcquire();
    if (!Wait->Object.Released && !Wait->Object.Waiters)
        TppArmRegistered(Registered);
    TppRelease();
}

static VOID TppRegisteredFreed(PVOID Context)
{
    PTPP_REGISTERED_WAIT Registered = Context;
    TppSetEnding(&Registered->Ending);
    RtlFreeHeap(RtlProcessHeap(), 0, Registered);
}

static NTSTATUS TppStartRegistered(PTPP_REGISTERED_WAIT Registered, PHANDLE WaitHandle)
{
    TppAcquire();
    Registered->Wait->Object.Freed = TppRegisteredFreed;
    *WaitHandle = Registered; // before the first callback, which may use it
    NTSTATUS Status = TppArmRegistered(Registered);
    if (!NT_SUCCESS(Status)) {
        *WaitHandle = nullptr;
        TppReleaseOwner(&Registered->Wait->Object);
    }
    TppRelease();
    return Status;
}

NTSTATUS NTAPI RtlRegisterWait(PHANDLE WaitHandle, HANDLE Handle, WAITORTIMERCALLBACKFUNC Function,
                               PVOID Context, ULONG Milliseconds, ULONG Flags)
{
    TP_CALLBACK_ENVIRON Environ;
    NTSTATUS Status = Function ? TppOldEnviron(Flags, &Environ) : STATUS_INVALID_PARAMETER_3;
    if (!NT_SUCCESS(Status))
        return Status;
    PTPP_REGISTERED_WAIT Registered = RtlAllocateHeap(RtlProcessHeap(), 0, sizeof(*Registered));
    if (!Registered)
        return STATUS_NO_MEMORY;
    *Registered = (TPP_REGISTERED_WAIT){
        .Handle = Handle,
        .Function = Function,
        .Context = Context,
        .Milliseconds = Milliseconds,
        .Once = (Flags & WT_EXECUTEONLYONCE) != 0,
    };
    Status = TpAllocWait(&Registered->Wait, TppRunRegistered, Registered, &Environ);
    if (!NT_SUCCESS(Status)) {
        RtlFreeHeap(RtlProcessHeap(), 0, Registered);
        return Status;
    }
    return TppStartRegistered(Registered, WaitHandle);
}

NTSTATUS NTAPI RtlDeregisterWaitEx(HANDLE WaitHandle, HANDLE CompletionEvent)
{
    PTPP_REGISTERED_WAIT Registered = WaitHandle;
    if (!Registered)
        return STATUS_INVALID_HANDLE;
    return TppDeregister(&Registered->Wait->Object, &Registered->Ending, CompletionEvent);
}

NTSTATUS NTAPI RtlDeregisterWait(HANDLE WaitHandle)
{
    return RtlDeregisterWaitEx(WaitHandle, nullptr);
}
