// Timers: one list in the order of their due times, and one thread that sleeps until the first is due.

#include "kep.h"

static LIST_ENTRY KiTimerList = {&KiTimerList, &KiTimerList}; // dispatcher lock
static HANDLE KiTimerThreadId;
static ULONGLONG KiTimerWakeTime = MAXULONGLONG; // until when the thread sleeps

VOID NTAPI KeInitializeTimerEx(PKTIMER Timer, TIMER_TYPE Type)
{
    KiInitializeHeader(&Timer->Header,
                       Type == NotificationTimer ? TimerNotificationObject
                                                 : TimerSynchronizationObject,
                       sizeof(*Timer), 0);
    Timer->DueTime.QuadPart = 0;
    Timer->Dpc = nullptr;
    Timer->Processor = 0;
    Timer->Period = 0;
    InitializeListHead(&Timer->TimerListEntry);
}

VOID NTAPI KeInitializeTimer(PKTIMER Timer)
{
    KeInitializeTimerEx(Timer, NotificationTimer);
}

static VOID KiRemoveTimer(PKTIMER Timer)
{
    RemoveEntryList(&Timer->TimerListEntry);
    InitializeListHead(&Timer->TimerListEntry);
    Timer->Header.Inserted = FALSE;
}

static VOID KiInsertTimer(PKTIMER Timer, ULONGLONG DueTime)
{
    Timer->DueTime.QuadPart = DueTime;
    Timer->Header.Inserted = TRUE;
    PLIST_ENTRY Before = KiTimerList.Blink; // most are due later than those that wait already
    while (Before != &KiTimerList &&
           CONTAINING_RECORD(Before, KTIMER, TimerListEntry)->DueTime.QuadPart > DueTime)
        Before = Before->Blink;
    InsertHeadList(Before, &Timer->TimerListEntry);
}

// The timer thread sleeps too long for this one.
static BOOLEAN KiMustWakeTimerThread(ULONGLONG DueTime)
{
    if (DueTime >= KiTimerWakeTime)
        return FALSE;
    KiTimerWakeTime = DueTime;
    return TRUE;
}

static BOOLEAN KiSetTimer(PKTIMER Timer, LARGE_INTEGER DueTime, ULONG Period, PKDPC Dpc)
{
    if (KiIsRemote(&Timer->Header))
        return ObpSetTimer(Timer, DueTime, Period);
    ULONGLONG Due = KiDeadline(&DueTime);
    KiLockDispatcher();
    BOOLEAN WasSet = Timer->Header.Inserted;
    if (WasSet)
        KiRemoveTimer(Timer);
    Timer->Header.SignalState = 0;
    Timer->Dpc = Dpc;
    Timer->Period = Period;
    KiInsertTimer(Timer, Due);
    BOOLEAN Wake = KiMustWakeTimerThread(Due);
    KiUnlockDispatcher();
    if (Wake)
        NtAlertThreadByThreadId(KiTimerThreadId);
    return WasSet;
}

BOOLEAN NTAPI KeSetTimerEx(PKTIMER Timer, LARGE_INTEGER DueTime, LONG Period, PKDPC Dpc)
{
    return KiSetTimer(Timer, DueTime, (ULONG)Period, Dpc);
}

BOOLEAN NTAPI KeSetTimer(PKTIMER Timer, LARGE_INTEGER DueTime, PKDPC Dpc)
{
    return KiSetTimer(Timer, DueTime, 0, Dpc);
}

// The delay that the caller tolerates is not made use of: one thread serves all timers of the host.
BOOLEAN NTAPI KeSetCoalescableTimer(PKTIMER Timer, LARGE_INTEGER DueTime, ULONG Period,
                                    ULONG TolerableDelay, PKDPC Dpc)
{
    UNREFERENCED_PARAMETER(TolerableDelay);
    return KiSetTimer(Timer, DueTime, Period, Dpc);
}

BOOLEAN NTAPI KeCancelTimer(PKTIMER Timer)
{
    if (KiIsRemote(&Timer->Header))
        return ObpCancelTimer(Timer);
    KiLockDispatcher();
    BOOLEAN WasSet = Timer->Header.Inserted;
    if (WasSet)
        KiRemoveTimer(Timer);
    KiUnlockDispatcher();
    return WasSet;
}

BOOLEAN NTAPI KeReadStateTimer(PKTIMER Timer)
{
    return KiIsRemote(&Timer->Header) ? ObpReadTimer(Timer) : Timer->Header.SignalState > 0;
}

ULONGLONG NTAPI KeQueryTimerDueTime(PKTIMER Timer)
{
    KiLockDispatcher();
    ULONGLONG DueTime = Timer->Header.Inserted ? Timer->DueTime.QuadPart : 0;
    KiUnlockDispatcher();
    return DueTime;
}

// ---- Expiration

static VOID KiExpireTimer(PKTIMER Timer, ULONGLONG Now)
{
    KiRemoveTimer(Timer);
    Timer->Header.SignalState = 1;
    KiWakeWaiters(&Timer->Header);
    if (Timer->Period) {
        ULONGLONG Next = Timer->DueTime.QuadPart + Timer->Period * 10'000ull;
        KiInsertTimer(Timer, Next > Now ? Next : Now + 1);
    }
    if (Timer->Dpc) {
        ULONGLONG System = (ULONGLONG)RtlGetSystemTimePrecise();
        KiQueueDpc(Timer->Dpc, ULongToPtr((ULONG)System), ULongToPtr((ULONG)(System >> 32)));
    }
}

// When the next timer is due, after those that are due now have expired.
static ULONGLONG KiExpireTimers(void)
{
    KiLockDispatcher();
    ULONGLONG Now = KiInterruptTime(), Next = MAXULONGLONG;
    while (!IsListEmpty(&KiTimerList)) {
        PKTIMER First = CONTAINING_RECORD(KiTimerList.Flink, KTIMER, TimerListEntry);
        Next = First->DueTime.QuadPart;
        if (Next > Now)
            break;
        KiExpireTimer(First, Now);
        Next = MAXULONGLONG;
    }
    KiTimerWakeTime = Next;
    KiUnlockDispatcher();
    return Next;
}

static VOID NTAPI KiTimerThread(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    PKTHREAD Thread = KiCurrentThread();
    for (;;) {
        ULONGLONG Next = KiExpireTimers();
        KiDrainIfIdle(Thread);
        LARGE_INTEGER Left = {.QuadPart = 0}, *Timeout = nullptr;
        if (Next != MAXULONGLONG) {
            ULONGLONG Now = KiInterruptTime();
            if (Next <= Now)
                continue;
            Left.QuadPart = -(LONGLONG)(Next - Now);
            Timeout = &Left;
        }
        NtWaitForAlertByThreadId(&KiTimerList, Timeout);
    }
}

NTSTATUS KiInitializeTimers(void)
{
    PETHREAD Thread;
    NTSTATUS Status = KiCreateThread(KiTimerThread, nullptr, HIGH_PRIORITY, nullptr, &Thread);
    if (NT_SUCCESS(Status))
        KiTimerThreadId = Thread->Cid.UniqueThread;
    return Status;
}
