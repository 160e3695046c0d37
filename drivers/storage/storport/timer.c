// The miniport's timers: the one of RequestTimerCall, and those that StorPortInitializeTimer makes.
#include "storportp.h"

static VOID NTAPI StorpTimerDpc(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    PSTOR_TIMER Timer = Context;
    PSTOR_ADAPTER Adapter = Timer->Adapter;
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    if (!Adapter->Started)
        return;
    if (Timer != &Adapter->MiniportTimer) {
        Timer->Routine(Adapter->HwExtension, Timer->Context);
        return;
    }
    PHW_TIMER Routine = Adapter->MiniportTimerRoutine;
    KIRQL Irql = StorpLockMiniport(Adapter);
    if (Routine)
        Routine(Adapter->HwExtension);
    StorpUnlockMiniport(Adapter, Irql);
}

VOID StorpInitTimer(PSTOR_ADAPTER Adapter, PSTOR_TIMER Timer)
{
    Timer->Adapter = Adapter;
    KeInitializeTimer(&Timer->Timer);
    KeInitializeDpc(&Timer->Dpc, StorpTimerDpc, Timer);
}

// 0: cancel. At DIRQL a timer cannot be set: the DPC of completions does that.
VOID StorpSetMiniportTimer(PSTOR_ADAPTER Adapter, PHW_TIMER Routine, ULONG Microseconds)
{
    LARGE_INTEGER Due = {.QuadPart = -10ll * Microseconds};
    Adapter->MiniportTimerRoutine = Routine;
    if (KeGetCurrentIrql() > DISPATCH_LEVEL) {
        Adapter->MiniportTimerDelay = Microseconds;
        InterlockedExchange(&Adapter->MiniportTimerChanged, TRUE);
        KeInsertQueueDpc(&Adapter->CompletionDpc, nullptr, nullptr);
    } else if (Microseconds) {
        KeSetTimer(&Adapter->MiniportTimer.Timer, Due, &Adapter->MiniportTimer.Dpc);
    } else {
        KeCancelTimer(&Adapter->MiniportTimer.Timer);
    }
}

// ---- StorPortInitializeTimer and its relatives

ULONG StorpInitializeTimer(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PVOID *Handle = va_arg(Arguments, PVOID *);
    KIRQL Irql;
    if (!Handle)
        return STOR_STATUS_INVALID_PARAMETER;
    PSTOR_TIMER Timer = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Timer), StorTag);
    if (!Timer)
        return STOR_STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(Timer, sizeof(*Timer));
    StorpInitTimer(Adapter, Timer);
    KeAcquireSpinLock(&Adapter->UnitLock, &Irql);
    InsertTailList(&Adapter->Timers, &Timer->Link);
    KeReleaseSpinLock(&Adapter->UnitLock, Irql);
    *Handle = Timer;
    return STOR_STATUS_SUCCESS;
}

ULONG StorpRequestTimer(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PSTOR_TIMER Timer = va_arg(Arguments, PSTOR_TIMER);
    PHW_TIMER_EX Routine = va_arg(Arguments, PHW_TIMER_EX);
    PVOID Context = va_arg(Arguments, PVOID);
    ULONGLONG Microseconds = va_arg(Arguments, ULONGLONG);
    if (!Timer || (Microseconds && !Routine))
        return STOR_STATUS_INVALID_PARAMETER;
    if (KeGetCurrentIrql() > DISPATCH_LEVEL)
        return STOR_STATUS_INVALID_IRQL;
    if (!Adapter->Started)
        return STOR_STATUS_INVALID_DEVICE_STATE;
    if (!Microseconds) {
        KeCancelTimer(&Timer->Timer);
        return STOR_STATUS_SUCCESS;
    }
    if (KeReadStateTimer(&Timer->Timer) == FALSE && Timer->Timer.Header.Inserted)
        return STOR_STATUS_BUSY;
    LARGE_INTEGER Due = {.QuadPart = -10ll * (LONGLONG)Microseconds};
    Timer->Routine = Routine;
    Timer->Context = Context;
    KeSetTimer(&Timer->Timer, Due, &Timer->Dpc);
    return STOR_STATUS_SUCCESS;
}

static VOID StorpDeleteTimer(PSTOR_TIMER Timer)
{
    KeCancelTimer(&Timer->Timer);
    KeRemoveQueueDpc(&Timer->Dpc);
    ExFreePoolWithTag(Timer, StorTag);
}

ULONG StorpFreeTimer(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PSTOR_TIMER Timer = va_arg(Arguments, PSTOR_TIMER);
    KIRQL Irql;
    if (!Timer)
        return STOR_STATUS_INVALID_PARAMETER;
    KeAcquireSpinLock(&Adapter->UnitLock, &Irql);
    RemoveEntryList(&Timer->Link);
    KeReleaseSpinLock(&Adapter->UnitLock, Irql);
    StorpDeleteTimer(Timer);
    return STOR_STATUS_SUCCESS;
}

// The adapter stops. What a miniport has not freed goes with it.
VOID StorpStopTimers(PSTOR_ADAPTER Adapter)
{
    KeCancelTimer(&Adapter->SecondTimer);
    KeCancelTimer(&Adapter->RetryTimer);
    KeCancelTimer(&Adapter->MiniportTimer.Timer);
    for (PLIST_ENTRY Link = Adapter->Timers.Flink; Link != &Adapter->Timers; Link = Link->Flink)
        KeCancelTimer(&CONTAINING_RECORD(Link, STOR_TIMER, Link)->Timer);
    KeFlushQueuedDpcs();
}
