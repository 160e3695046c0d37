// Timers with a callback in place of a DPC: a KTIMER and a DPC in one block.

#include "../ntos.h"

typedef struct _EX_TIMER {
    KTIMER Timer; // first: drivers may wait for the EX_TIMER
    KDPC Dpc;
    PEXT_CALLBACK Callback;
    PVOID Context;
} EX_TIMER;

enum : ULONG { ExpTimerAttributes = EX_TIMER_HIGH_RESOLUTION | EX_TIMER_NO_WAKE };

static VOID NTAPI ExpTimerDpc(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    PEX_TIMER Timer = Context;
    Timer->Callback(Timer, Timer->Context);
}

PEX_TIMER NTAPI ExAllocateTimer(PEXT_CALLBACK Callback, PVOID Context, ULONG Attributes)
{
    if (Attributes & ~(ExpTimerAttributes | EX_TIMER_NOTIFICATION))
        return nullptr;
    PEX_TIMER Timer = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Timer), 'mTxE');
    if (!Timer)
        return nullptr;
    KeInitializeTimerEx(&Timer->Timer, Attributes & EX_TIMER_NOTIFICATION ? NotificationTimer
                                                                          : SynchronizationTimer);
    KeInitializeDpc(&Timer->Dpc, ExpTimerDpc, Timer);
    Timer->Callback = Callback;
    Timer->Context = Context;
    return Timer;
}

// The header's declarations of the following name their parameters in lower case.
// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name)

// Period in 100 ns. Timers of the host count milliseconds, so a shorter one is rounded up.
BOOLEAN NTAPI ExSetTimer(PEX_TIMER Timer, LONGLONG DueTime, LONGLONG Period,
                         PEXT_SET_PARAMETERS Parameters)
{
    UNREFERENCED_PARAMETER(Parameters);
    LARGE_INTEGER Due = {.QuadPart = DueTime};
    return KeSetTimerEx(&Timer->Timer, Due, (LONG)((Period + 9'999) / 10'000),
                        Timer->Callback ? &Timer->Dpc : nullptr);
}

BOOLEAN NTAPI ExCancelTimer(PEX_TIMER Timer, PEXT_CANCEL_PARAMETERS Parameters)
{
    UNREFERENCED_PARAMETER(Parameters);
    return KeCancelTimer(&Timer->Timer);
}

// The block goes when no callback can run any more: one that is queued or running holds the dispatch lock
// until it has returned, so passing through DISPATCH_LEVEL is enough, whatever Wait says.
BOOLEAN NTAPI ExDeleteTimer(PEX_TIMER Timer, BOOLEAN Cancel, BOOLEAN Wait,
                            PEXT_DELETE_PARAMETERS Parameters)
{
    UNREFERENCED_PARAMETER(Wait);
    BOOLEAN Cancelled = Cancel && KeCancelTimer(&Timer->Timer);
    KeRemoveQueueDpc(&Timer->Dpc);
    if (KeGetCurrentIrql() < DISPATCH_LEVEL)
        KeFlushQueuedDpcs();
    ExFreePoolWithTag(Timer, 'mTxE');
    if (Parameters && Parameters->DeleteCallback)
        Parameters->DeleteCallback(Parameters->DeleteContext);
    return Cancelled;
}

// NOLINTEND(readability-inconsistent-declaration-parameter-name)
