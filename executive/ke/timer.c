// Timers, in trees by due time: those that count interrupt time, with the system's sleep or without it, and those that were set for a time
// of day, which follow it when it is changed.
#include "kep.h"

typedef enum _KI_TIME_BASE {
    KiInterruptBase, // without the system's sleep
    KiWakeBase,      // with it
    KiSystemBase,
    KiTimeBases,
} KI_TIME_BASE;

static RTL_RB_TREE KiTimers[KiTimeBases];

static PKTIMER KiTimerOfNode(PRTL_BALANCED_NODE Node)
{
    return CONTAINING_RECORD(Node, KTIMER, TreeNode);
}

static ULONGLONG KiQueryBase(KI_TIME_BASE Base)
{
    if (Base == KiInterruptBase)
        return KeQueryUnbiasedInterruptTime();
    if (Base == KiWakeBase)
        return KeQueryInterruptTime();
    LARGE_INTEGER Time;
    KeQuerySystemTime(&Time);
    return (ULONGLONG)Time.QuadPart;
}

static KI_TIME_BASE KiBaseOf(const KTIMER *Timer)
{
    if (Timer->Absolute)
        return KiSystemBase;
    return Timer->Wakes ? KiWakeBase : KiInterruptBase;
}

static VOID KiInsertTimer(PKTIMER Timer)
{
    PRTL_RB_TREE Tree = &KiTimers[KiBaseOf(Timer)];
    PRTL_BALANCED_NODE Parent = nullptr;
    PRTL_BALANCED_NODE Node = Tree->Root;
    BOOLEAN Right = FALSE;
    while (Node) {
        Parent = Node;
        Right = Timer->DueTime >= KiTimerOfNode(Node)->DueTime;
        Node = Node->Children[Right];
    }
    RtlRbInsertNodeEx(Tree, Parent, Right, &Timer->TreeNode);
    Timer->Inserted = TRUE;
}

static VOID KiRemoveTimer(PKTIMER Timer)
{
    RtlRbRemoveNode(&KiTimers[KiBaseOf(Timer)], &Timer->TreeNode);
    Timer->Inserted = FALSE;
}

ULONGLONG KeQueryTimerRemaining(const KTIMER *Timer)
{
    ULONGLONG Now = KiQueryBase(KiBaseOf(Timer));
    return Timer->DueTime > Now ? Timer->DueTime - Now : 0;
}

ULONGLONG KiTimeToNextTimer(VOID)
{
    ULONGLONG Least = MAXULONGLONG;
    for (ULONG i = 0; i < KiTimeBases; i++) {
        if (KiTimers[i].Min)
            Least = min(Least, KeQueryTimerRemaining(KiTimerOfNode(KiTimers[i].Min)));
    }
    return Least;
}

static ULONGLONG KiFindNextWake(PRTL_BALANCED_NODE Node)
{
    if (!Node)
        return MAXULONGLONG;
    const KTIMER *Timer = KiTimerOfNode(Node);
    ULONGLONG Least = min(KiFindNextWake(Node->Children[0]), KiFindNextWake(Node->Children[1]));
    return Timer->Wakes ? min(Least, KeQueryTimerRemaining(Timer)) : Least;
}

ULONGLONG KeQueryNextWake(VOID)
{
    return min(KiFindNextWake(KiTimers[KiWakeBase].Root),
               KiFindNextWake(KiTimers[KiSystemBase].Root));
}

static VOID KiExpireTimer(PKTIMER Timer, ULONGLONG Now)
{
    KiRemoveTimer(Timer);
    if (Timer->Period) {
        // Expirations that were missed are one.
        ULONGLONG Period = Timer->Period * 10000ull;
        Timer->DueTime += (Now - Timer->DueTime) / Period * Period + Period;
        KiInsertTimer(Timer);
    }
    Timer->Header.SignalState = 1;
    // One that nobody waits for may go with what its routine gives up.
    BOOLEAN Awaited = !IsListEmpty(&Timer->Header.WaitListHead);
    if (Timer->Routine)
        Timer->Routine(Timer, Timer->Context);
    if (Awaited)
        KiWakeWaiters(&Timer->Header); // who is woken may have the timer's last reference
}

VOID KiExpireTimers(VOID)
{
    for (ULONG i = 0; i < KiTimeBases; i++) {
        ULONGLONG Now = KiTimers[i].Min ? KiQueryBase(i) : 0;
        while (KiTimers[i].Min && KiTimerOfNode(KiTimers[i].Min)->DueTime <= Now)
            KiExpireTimer(KiTimerOfNode(KiTimers[i].Min), Now);
    }
}

BOOLEAN KeSetTimer(PKTIMER Timer, LARGE_INTEGER DueTime, ULONG Period, PKTIMER_ROUTINE Routine,
                   PVOID Context)
{
    BOOLEAN WasSet = KeCancelTimer(Timer);
    Timer->Header.SignalState = 0;
    Timer->Period = Period;
    Timer->Routine = Routine;
    Timer->Context = Context;
    Timer->Absolute = DueTime.QuadPart > 0;
    if (Timer->Absolute)
        Timer->DueTime = (ULONGLONG)DueTime.QuadPart;
    else
        Timer->DueTime = KiQueryBase(KiBaseOf(Timer)) + (ULONGLONG)-DueTime.QuadPart;
    KiInsertTimer(Timer);
    KI_TIME_BASE Base = KiBaseOf(Timer);
    if (KeQueryTimerRemaining(Timer) == 0)
        KiExpireTimers(); // its routine may free it
    if (KiTimers[Base].Min == &Timer->TreeNode)
        KiUpdateAlarm();
    return WasSet;
}

BOOLEAN KeCancelTimer(PKTIMER Timer)
{
    if (!Timer->Inserted)
        return FALSE;
    KiRemoveTimer(Timer);
    return TRUE;
}
