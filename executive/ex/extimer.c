// Timers, with an APC to the thread that set them.
#include "exp.h"

POBJECT_TYPE ExTimerObjectType;

// The thread is referenced while the timer may still queue to it. While the APC is queued it keeps a
// reference to the timer.
typedef struct _ETIMER {
    KTIMER Timer;
    KAPC Apc;
    PETHREAD Thread;
    BOOLEAN Resume; // its expiry ends the system's sleep
} ETIMER, *PETIMER;

// ---- The APC

static VOID ExpTimerApcDone(PKAPC Apc)
{
    ObDereferenceObject(CONTAINING_RECORD(Apc, ETIMER, Apc));
}

static VOID ExpForgetThread(PETIMER Timer)
{
    PETHREAD Thread = Timer->Thread;
    Timer->Thread = nullptr;
    if (Thread)
        ObDereferenceObject(Thread);
}

static VOID ExpQueueTimerApc(PETIMER Timer)
{
    LARGE_INTEGER Now;
    KeQuerySystemTime(&Now);
    Timer->Apc.SystemArgument1 = (PVOID)(ULONG_PTR)Now.LowPart;
    Timer->Apc.SystemArgument2 = (PVOID)(LONG_PTR)Now.HighPart;
    ObReferenceObject(Timer);
    if (KeInsertQueueApc(&Timer->Apc))
        return;
    // The thread has ended, or has not run since the APC of the last period.
    if (!Timer->Apc.Inserted)
        KeCancelTimer(&Timer->Timer);
    ObDereferenceObject(Timer);
}

static VOID ExpTimerExpired(PKTIMER KernelTimer, PVOID Context)
{
    PETIMER Timer = Context;
    if (Timer->Resume)
        PoWakeSystem(FALSE);
    if (Timer->Thread)
        ExpQueueTimerApc(Timer);
    if (!KernelTimer->Period || !KernelTimer->Inserted)
        ExpForgetThread(Timer);
}

// ---- The object

static BOOLEAN ExpCancelTimer(PETIMER Timer)
{
    BOOLEAN WasSet = KeCancelTimer(&Timer->Timer);
    if (Timer->Apc.Inserted && KeRemoveQueueApc(&Timer->Apc))
        ObDereferenceObject(Timer); // of the APC; the caller has its own
    ExpForgetThread(Timer);
    return WasSet;
}

// No APC is queued now, as that would keep a reference.
static VOID ExpDeleteTimer(PVOID Object)
{
    PETIMER Timer = Object;
    KeCancelTimer(&Timer->Timer);
    ExpForgetThread(Timer);
}

static const OBJECT_TYPE_INITIALIZER ExpTimerTypeInfo = {
    .Name = L"Timer",
    .BodySize = sizeof(ETIMER),
    .GenericMapping = {STANDARD_RIGHTS_READ | TIMER_QUERY_STATE,
                       STANDARD_RIGHTS_WRITE | TIMER_MODIFY_STATE,
                       STANDARD_RIGHTS_EXECUTE | SYNCHRONIZE, TIMER_ALL_ACCESS},
    .ValidAccess = TIMER_ALL_ACCESS,
    .InvalidAttributes = OBJ_OPENLINK,
    .Waitable = TRUE,
    .Delete = ExpDeleteTimer,
};

NTSTATUS ExpInitTimers(void)
{
    return ObCreateObjectType(&ExpTimerTypeInfo, &ExTimerObjectType);
}

// ---- Services

NTSTATUS NtCreateTimer(HANDLE USER *TimerHandle, ACCESS_MASK DesiredAccess,
                       const OBJECT_ATTRIBUTES USER *ObjectAttributes, TIMER_TYPE TimerType)
{
    if (TimerType != NotificationTimer && TimerType != SynchronizationTimer)
        return STATUS_INVALID_PARAMETER_4;
    OB_ATTRIBUTES Attributes;
    PETIMER Timer;
    NTSTATUS Status = ObBeginCreateService(ExTimerObjectType, TimerHandle, ObjectAttributes,
                                           &Attributes, (PVOID *)&Timer);
    if (!NT_SUCCESS(Status))
        return Status;
    KeInitializeTimer(&Timer->Timer, TimerType);
    return ObInsertService(Timer, &Attributes, DesiredAccess, TimerHandle);
}

NTSTATUS NtOpenTimer(HANDLE USER *TimerHandle, ACCESS_MASK DesiredAccess,
                     const OBJECT_ATTRIBUTES USER *ObjectAttributes)
{
    return ObOpenService(ExTimerObjectType, TimerHandle, DesiredAccess, ObjectAttributes);
}

static NTSTATUS ExpReferenceTimer(HANDLE Handle, ACCESS_MASK Access, PETIMER *Timer)
{
    return ObReferenceObjectByHandle(Handle, Access, ExTimerObjectType, UserMode, (PVOID *)Timer,
                                     nullptr);
}

static VOID ExpSetTimer(PETIMER Timer, LARGE_INTEGER DueTime, PVOID Routine, PVOID Context,
                        ULONG Period)
{
    ExpCancelTimer(Timer);
    Timer->Timer.Wakes = Timer->Resume;
    if (Routine) {
        Timer->Thread = KeGetCurrentThread();
        ObReferenceObject(Timer->Thread);
        Timer->Apc = (KAPC){
            .Thread = Timer->Thread,
            .Free = ExpTimerApcDone,
            .NormalRoutine = Routine,
            .NormalContext = Context,
        };
    }
    KeSetTimer(&Timer->Timer, DueTime, Period, ExpTimerExpired, Timer);
}

NTSTATUS NtSetTimer(HANDLE TimerHandle, const LARGE_INTEGER USER *DueTime, PVOID TimerApcRoutine,
                    PVOID TimerContext, BOOLEAN ResumeTimer, LONG Period,
                    BOOLEAN USER *PreviousState)
{
    if (Period < 0)
        return STATUS_INVALID_PARAMETER_6;
    LARGE_INTEGER Due;
    NTSTATUS Status = MmCopyFromUser(&Due, DueTime, sizeof(Due));
    if (NT_SUCCESS(Status))
        Status = ExpProbeOptional(PreviousState);
    if (!NT_SUCCESS(Status))
        return Status;
    PETIMER Timer;
    Status = ExpReferenceTimer(TimerHandle, TIMER_MODIFY_STATE, &Timer);
    if (!NT_SUCCESS(Status))
        return Status;
    BOOLEAN Previous = Timer->Timer.Header.SignalState > 0;
    Timer->Resume = ResumeTimer;
    ExpSetTimer(Timer, Due, TimerApcRoutine, TimerContext, (ULONG)Period);
    ObDereferenceObject(Timer);
    return ExpWriteOptional(PreviousState, Previous);
}

// A tolerable delay allows a later expiry; it does not ask for one.
NTSTATUS NtSetTimerEx(HANDLE TimerHandle, ULONG TimerInformationClass,
                      const VOID USER *TimerInformation, ULONG TimerInformationLength)
{
    TIMER_SET_COALESCABLE_TIMER_INFO Information;
    if (TimerInformationClass != TimerSetCoalescableTimer)
        return STATUS_INVALID_INFO_CLASS;
    if (TimerInformationLength != sizeof(Information))
        return STATUS_INFO_LENGTH_MISMATCH;
    NTSTATUS Status = MmCopyFromUser(&Information, TimerInformation, sizeof(Information));
    if (!NT_SUCCESS(Status))
        return Status;
    if ((LONG)Information.Period < 0)
        return STATUS_INVALID_PARAMETER;
    PETIMER Timer;
    Status = ExpReferenceTimer(TimerHandle, TIMER_MODIFY_STATE, &Timer);
    if (!NT_SUCCESS(Status))
        return Status;
    BOOLEAN Previous = Timer->Timer.Header.SignalState > 0;
    ExpSetTimer(Timer, Information.DueTime, (PVOID)Information.TimerApcRoutine,
                Information.TimerContext, Information.Period);
    ObDereferenceObject(Timer);
    return ExpWriteOptional((BOOLEAN USER *)(ULONG_PTR)Information.PreviousState, Previous);
}

NTSTATUS NtCancelTimer(HANDLE TimerHandle, BOOLEAN USER *CurrentState)
{
    NTSTATUS Status = ExpProbeOptional(CurrentState);
    if (!NT_SUCCESS(Status))
        return Status;
    PETIMER Timer;
    Status = ExpReferenceTimer(TimerHandle, TIMER_MODIFY_STATE, &Timer);
    if (!NT_SUCCESS(Status))
        return Status;
    ExpCancelTimer(Timer);
    BOOLEAN State = Timer->Timer.Header.SignalState > 0;
    ObDereferenceObject(Timer);
    return ExpWriteOptional(CurrentState, State);
}

NTSTATUS NtQueryTimer(HANDLE TimerHandle, ULONG TimerInformationClass, VOID USER *TimerInformation,
                      ULONG TimerInformationLength, ULONG USER *ReturnLength)
{
    if (TimerInformationClass != TimerBasicInformation)
        return STATUS_INVALID_INFO_CLASS;
    if (TimerInformationLength != sizeof(TIMER_BASIC_INFORMATION))
        return STATUS_INFO_LENGTH_MISMATCH;
    PETIMER Timer;
    NTSTATUS Status = ExpReferenceTimer(TimerHandle, TIMER_QUERY_STATE, &Timer);
    if (!NT_SUCCESS(Status))
        return Status;
    TIMER_BASIC_INFORMATION Information = {
        .RemainingTime.QuadPart = (LONGLONG)KeQueryTimerRemaining(&Timer->Timer),
        .TimerState = Timer->Timer.Header.SignalState > 0,
    };
    ObDereferenceObject(Timer);
    return ExpReturnExact(&Information, sizeof(Information), TimerInformation,
                          TimerInformationLength, ReturnLength);
}
