// Due times: a tree ordered by them, and the thread that sleeps until the next one.
//
// The thread wakes at the first time that suits every alarm's window, and then serves all alarms that
// are due. It leaves when nobody has used alarms for a while.

#include "poolp.h"

constexpr LONG TppAlarmPriority = 2; // above the process' other threads: its turns are short
constexpr LONGLONG TppAlarmLinger = 10'000'000LL * 10;

static RTL_RB_TREE TppAlarms;
static RTL_CONDITION_VARIABLE TppAlarmsChanged;
static ULONGLONG TppSleepsUntil;
static ULONG TppAlarmUsers;
static BOOLEAN TppAlarmThread;

static ULONGLONG TppNow(void)
{
    LARGE_INTEGER Counter;
    return RtlGetInterruptTimePrecise(&Counter);
}

// Times of day are taken for what they are when the alarm is set: a clock that is set later does not
// move it.
ULONGLONG TppDueTime(const LARGE_INTEGER *Time)
{
    ULONGLONG Now = TppNow();
    if (Time->QuadPart < 0) {
        ULONGLONG Delay = 0 - (ULONGLONG)Time->QuadPart;
        return Delay < MAXLONG64 - Now ? Now + Delay : MAXLONG64;
    }
    LONGLONG Delay = Time->QuadPart - RtlGetSystemTimePrecise().QuadPart;
    return Delay > 0 ? Now + (ULONGLONG)Delay : Now;
}

static PTPP_ALARM TppAlarmOf(PRTL_BALANCED_NODE Node)
{
    return CONTAINING_RECORD(Node, TPP_ALARM, Node);
}

static PTPP_ALARM TppFirstAlarm(void)
{
    return TppAlarms.Min ? TppAlarmOf(TppAlarms.Min) : nullptr;
}

static PTPP_ALARM TppNextAlarm(PTPP_ALARM Alarm)
{
    PRTL_BALANCED_NODE Node = &Alarm->Node;
    if (Node->Right) {
        for (Node = Node->Right; Node->Left; Node = Node->Left)
            ;
        return TppAlarmOf(Node);
    }
    PRTL_BALANCED_NODE Above = RTL_BALANCED_NODE_GET_PARENT_POINTER(Node);
    while (Above && Above->Right == Node) {
        Node = Above;
        Above = RTL_BALANCED_NODE_GET_PARENT_POINTER(Node);
    }
    return Above ? TppAlarmOf(Above) : nullptr;
}

// The latest time at which no alarm is later than its window allows.
static ULONGLONG TppLatestWake(void)
{
    ULONGLONG Wake = MAXLONG64;
    for (PTPP_ALARM Alarm = TppFirstAlarm(); Alarm && Alarm->Due < Wake;
         Alarm = TppNextAlarm(Alarm)) {
        if (Alarm->Due + Alarm->Window < Wake)
            Wake = Alarm->Due + Alarm->Window;
    }
    return Wake;
}

VOID TppCancelAlarm(PTPP_ALARM Alarm)
{
    if (!Alarm->Set)
        return;
    Alarm->Set = FALSE;
    RtlRbRemoveNode(&TppAlarms, &Alarm->Node);
}

VOID TppSetAlarm(PTPP_ALARM Alarm, ULONGLONG Due, ULONGLONG Window)
{
    TppCancelAlarm(Alarm);
    Alarm->Due = Due;
    Alarm->Window = Window;
    Alarm->Set = TRUE;

    PRTL_BALANCED_NODE Parent = nullptr, Node = TppAlarms.Root;
    BOOLEAN Right = FALSE;
    while (Node) {
        Parent = Node;
        Right = Due >= TppAlarmOf(Node)->Due;
        Node = Node->Children[Right];
    }
    RtlRbInsertNodeEx(&TppAlarms, Parent, Right, &Alarm->Node);
    if (Due + Window < TppSleepsUntil)
        RtlWakeConditionVariable(&TppAlarmsChanged);
}

static VOID TppExpireAlarms(void)
{
    ULONGLONG Now = TppNow();
    for (PTPP_ALARM Alarm = TppFirstAlarm(); Alarm && Alarm->Due <= Now; Alarm = TppFirstAlarm()) {
        TppCancelAlarm(Alarm);
        Alarm->Expired(Alarm);
    }
}

// Returns STATUS_TIMEOUT when the time is over. MAXLONG64: nothing is set.
static NTSTATUS TppSleepUntil(ULONGLONG Wake)
{
    ULONGLONG Now = TppNow();
    LARGE_INTEGER Delay = {.QuadPart = -TppAlarmLinger};
    if (Wake <= Now)
        return STATUS_TIMEOUT;
    if (Wake != MAXLONG64 && Wake - Now < (ULONGLONG)TppAlarmLinger)
        Delay.QuadPart = -(LONGLONG)(Wake - Now);
    TppSleepsUntil = Wake;
    NTSTATUS Status = RtlSleepConditionVariableSRW(&TppAlarmsChanged, &TppLock, &Delay, 0);
    TppSleepsUntil = 0;
    return Status;
}

static NTSTATUS NTAPI TppWatchAlarms(PVOID Parameter)
{
    UNREFERENCED_PARAMETER(Parameter);
    LONG Priority = TppAlarmPriority;
    NtSetInformationThread(NtCurrentThread(), ThreadBasePriority, &Priority, sizeof(Priority));
    TppAcquire();
    for (;;) {
        TppExpireAlarms();
        NTSTATUS Status = TppSleepUntil(TppLatestWake());
        if (Status == STATUS_TIMEOUT && !TppAlarmUsers && !TppFirstAlarm())
            break;
        TppRelease(); // ends objects, and lets others in
        TppAcquire();
    }
    TppAlarmThread = FALSE;
    TppRelease();
    return STATUS_SUCCESS;
}

NTSTATUS TppReferenceAlarms(void)
{
    if (!TppAlarmThread) {
        NTSTATUS Status = RtlCreateUserThread(NtCurrentProcess(), nullptr, FALSE, 0, 0, 0,
                                              TppWatchAlarms, nullptr, nullptr, nullptr);
        if (!NT_SUCCESS(Status))
            return Status;
        TppAlarmThread = TRUE;
    }
    TppAlarmUsers++;
    return STATUS_SUCCESS;
}

VOID TppDereferenceAlarms(void)
{
    TppAlarmUsers--;
}
