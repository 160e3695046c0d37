// Timers.

#include "poolp.h"

enum { TppMillisecond = 10'000 }; // 100 ns

// A periodic timer keeps its beat; beats that were missed altogether are left out.
static VOID TppTimerExpired(PTPP_ALARM Alarm)
{
    PTP_TIMER Timer = CONTAINING_RECORD(Alarm, TP_TIMER, Alarm);
    if (Timer->Period) {
        ULONGLONG Now = TppDueTime(&(LARGE_INTEGER){}), Next = Alarm->Due + Timer->Period;
        if (Next <= Now)
            Next += (Now - Next) / Timer->Period * Timer->Period + Timer->Period;
        TppSetAlarm(Alarm, Next, Alarm->Window);
    }
    TppMakeReady(&Timer->Object);
}

NTSTATUS NTAPI TpAllocTimer(PTP_TIMER *Timer, PTP_TIMER_CALLBACK Callback, PVOID Context,
                            PTP_CALLBACK_ENVIRON CallbackEnviron)
{
    NTSTATUS Status = TppAllocate(TppTimer, sizeof(**Timer), (PVOID)Callback, Context,
                                  CallbackEnviron, (PTPP_OBJECT *)Timer);
    if (NT_SUCCESS(Status))
        (*Timer)->Alarm.Expired = TppTimerExpired;
    return Status;
}

VOID TppSetTimer(PTP_TIMER Timer, PLARGE_INTEGER DueTime, ULONG Period, ULONG WindowLength)
{
    TppCancelAlarm(&Timer->Alarm);
    Timer->Period = (ULONGLONG)Period * TppMillisecond;
    if (DueTime)
        TppSetAlarm(&Timer->Alarm, TppDueTime(DueTime), (ULONGLONG)WindowLength * TppMillisecond);
}

LOGICAL NTAPI TpSetTimerEx(PTP_TIMER Timer, PLARGE_INTEGER DueTime, ULONG Period,
                           ULONG WindowLength)
{
    TppAcquire();
    BOOLEAN WasSet = Timer->Alarm.Set;
    TppSetTimer(Timer, DueTime, Period, WindowLength);
    TppRelease();
    return WasSet;
}

VOID NTAPI TpSetTimer(PTP_TIMER Timer, PLARGE_INTEGER DueTime, ULONG Period, ULONG WindowLength)
{
    TpSetTimerEx(Timer, DueTime, Period, WindowLength);
}

LOGICAL NTAPI TpIsTimerSet(PTP_TIMER Timer)
{
    return __atomic_load_n(&Timer->Alarm.Set, __ATOMIC_RELAXED);
}

VOID NTAPI TpWaitForTimer(PTP_TIMER Timer, LOGICAL CancelPendingCallbacks)
{
    TppWaitFor(&Timer->Object, CancelPendingCallbacks);
}

VOID NTAPI TpReleaseTimer(PTP_TIMER Timer)
{
    TppEnd(&Timer->Object);
}
