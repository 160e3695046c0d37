// sleeptest STATE SECONDS: the system sleeps in S1 or S3 until a timer wakes it, and says how long its clocks have taken
// that to be: milliseconds of the system time, of interrupt time with and without the sleep, of the performance counter.

#include <native.h>

BOOLEAN NTAPI RtlQueryUnbiasedInterruptTime(PULONGLONG UnbiasedTime);

typedef struct _SLEEP_CLOCKS {
    LONGLONG System, Interrupt, Unbiased, Counter;
} SLEEP_CLOCKS;

static ULONG SleepNumber(PCWSTR Text)
{
    ULONG Number = 0;
    for (; *Text >= L'0' && *Text <= L'9'; Text++)
        Number = 10 * Number + (ULONG)(*Text - L'0');
    return Number;
}

static SLEEP_CLOCKS SleepReadClocks(void)
{
    LARGE_INTEGER System, Counter, Frequency;
    ULONGLONG Unbiased = 0;
    NtQuerySystemTime(&System);
    NtQueryPerformanceCounter(&Counter, &Frequency);
    (VOID) RtlQueryUnbiasedInterruptTime(&Unbiased);
    LARGE_INTEGER Ignored;
    return (SLEEP_CLOCKS){
        .System = System.QuadPart / 10'000,
        .Interrupt = (LONGLONG)RtlGetInterruptTimePrecise(&Ignored) / 10'000,
        .Unbiased = (LONGLONG)Unbiased / 10'000,
        .Counter = Counter.QuadPart / (Frequency.QuadPart / 1000),
    };
}

static NTSTATUS SleepUntilWoken(ULONG State, ULONG Seconds)
{
    HANDLE Timer;
    BOOLEAN WasEnabled;
    LARGE_INTEGER Due = {.QuadPart = -10'000'000ll * Seconds};
    NTSTATUS Status = RtlAdjustPrivilege(SE_SHUTDOWN_PRIVILEGE, TRUE, FALSE, &WasEnabled);
    if (NT_SUCCESS(Status))
        Status = NtCreateTimer(&Timer, TIMER_ALL_ACCESS, nullptr, NotificationTimer);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtSetTimer(Timer, &Due, nullptr, nullptr, TRUE, 0, nullptr);
    if (NT_SUCCESS(Status) && State == 1)
        Status = NtSetSystemPowerState(PowerActionSleep, PowerSystemSleeping1,
                                       POWER_ACTION_LIGHTEST_FIRST);
    else if (NT_SUCCESS(Status))
        Status = NtSetSystemPowerState(PowerActionSleep, PowerSystemSleeping3, 0);
    // A timer that wakes the system counts its sleep.
    LARGE_INTEGER Moment = {.QuadPart = -20'000'000};
    if (NT_SUCCESS(Status) && NtWaitForSingleObject(Timer, FALSE, &Moment) != STATUS_WAIT_0)
        ConPrint(L"the timer has not expired\n");
    NtClose(Timer);
    return Status;
}

VOID NtProcessStartup(PPEB Peb);
VOID NtProcessStartup(PPEB Peb)
{
    WCHAR Line[128] = L"";
    PWSTR Words[4];
    wcsncpy(Line, Peb->ProcessParameters->CommandLine.Buffer, RTL_NUMBER_OF(Line) - 1);
    ULONG Count = 0;
    for (PWSTR At = Line; *At && Count < RTL_NUMBER_OF(Words);) {
        while (*At == L' ')
            *At++ = 0;
        if (*At)
            Words[Count++] = At;
        while (*At && *At != L' ')
            At++;
    }
    if (Count < 3)
        RtlExitUserProcess(STATUS_INVALID_PARAMETER);
    SLEEP_CLOCKS Before = SleepReadClocks();
    NTSTATUS Status = SleepUntilWoken(SleepNumber(Words[1]), SleepNumber(Words[2]));
    SLEEP_CLOCKS After = SleepReadClocks();
    ConPrint(L"status %08lx system %lld interrupt %lld unbiased %lld counter %lld automatic %lu\n",
             Status, After.System - Before.System, After.Interrupt - Before.Interrupt,
             After.Unbiased - Before.Unbiased, After.Counter - Before.Counter,
             (ULONG)(NtIsSystemResumeAutomatic() != 0));
    RtlExitUserProcess(Status);
}
