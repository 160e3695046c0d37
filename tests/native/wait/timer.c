// Timers, and waiting for the time.

#include "suite.h"

static HANDLE Timer;

static BOOLEAN Make(TIMER_TYPE Type)
{
    return CHECK_STATUS(NtCreateTimer(&Timer, TIMER_ALL_ACCESS, nullptr, Type), STATUS_SUCCESS);
}

static NTSTATUS Set(LONGLONG DueTime, LONG Period)
{
    LARGE_INTEGER Due = {.QuadPart = DueTime};
    return NtSetTimer(Timer, &Due, nullptr, nullptr, FALSE, Period, nullptr);
}

static LONGLONG Now(void)
{
    LARGE_INTEGER Time;
    CHECK_STATUS(NtQuerySystemTime(&Time), STATUS_SUCCESS);
    return Time.QuadPart;
}

enum { Millisecond = 10'000 }; // 100 ns

// Never early. How late is the machine's affair.
VOID TestTimerRelative(void)
{
    REQUIRE(Make(NotificationTimer));
    CHECK_STATUS(Poll(Timer), STATUS_TIMEOUT);
    LONGLONG Start = Now();
    CHECK_STATUS(Set(-20 * Millisecond, 0), STATUS_SUCCESS);
    CHECK_STATUS(Poll(Timer), STATUS_TIMEOUT);
    CHECK_STATUS(NtWaitForSingleObject(Timer, FALSE, nullptr), STATUS_WAIT_0);
    CHECK(Now() - Start >= 20 * Millisecond);
    NtClose(Timer);
}

VOID TestTimerAbsolute(void)
{
    REQUIRE(Make(NotificationTimer));
    LONGLONG Due = Now() + 20 * Millisecond;
    CHECK_STATUS(Set(Due, 0), STATUS_SUCCESS);
    CHECK_STATUS(NtWaitForSingleObject(Timer, FALSE, nullptr), STATUS_WAIT_0);
    CHECK(Now() >= Due);
    CHECK_STATUS(Set(Now() - 1000 * Millisecond, 0), STATUS_SUCCESS); // long past
    CHECK_STATUS(Poll(Timer), STATUS_WAIT_0);
    NtClose(Timer);
}

VOID TestTimerTypes(void)
{
    REQUIRE(Make(NotificationTimer));
    CHECK_STATUS(Set(-1, 0), STATUS_SUCCESS);
    CHECK_STATUS(NtWaitForSingleObject(Timer, FALSE, nullptr), STATUS_WAIT_0);
    CHECK_STATUS(Poll(Timer), STATUS_WAIT_0);
    BOOLEAN Previous = FALSE;
    LARGE_INTEGER Far = TestMilliseconds(100'000);
    CHECK_STATUS(NtSetTimer(Timer, &Far, nullptr, nullptr, FALSE, 0, &Previous), STATUS_SUCCESS);
    CHECK(Previous);
    CHECK_STATUS(Poll(Timer), STATUS_TIMEOUT);
    NtClose(Timer);
    REQUIRE(Make(SynchronizationTimer));
    CHECK_STATUS(Set(-1, 0), STATUS_SUCCESS);
    CHECK_STATUS(NtWaitForSingleObject(Timer, FALSE, nullptr), STATUS_WAIT_0);
    CHECK_STATUS(Poll(Timer), STATUS_TIMEOUT);
    NtClose(Timer);
}

VOID TestTimerPeriodic(void)
{
    REQUIRE(Make(SynchronizationTimer));
    LONGLONG Start = Now();
    CHECK_STATUS(Set(-5 * Millisecond, 10), STATUS_SUCCESS);
    for (ULONG i = 0; i < 4; i++)
        CHECK_STATUS(NtWaitForSingleObject(Timer, FALSE, nullptr), STATUS_WAIT_0);
    CHECK(Now() - Start >= 35 * Millisecond);
    CHECK_STATUS(NtCancelTimer(Timer, nullptr), STATUS_SUCCESS);
    LetOthersRun();
    LetOthersRun();
    (VOID) Poll(Timer); // what was due before
    LetOthersRun();
    CHECK_STATUS(Poll(Timer), STATUS_TIMEOUT);
    NtClose(Timer);
}

VOID TestTimerCancel(void)
{
    BOOLEAN State = TRUE;
    REQUIRE(Make(NotificationTimer));
    CHECK_STATUS(Set(-10 * Millisecond, 0), STATUS_SUCCESS);
    CHECK_STATUS(NtCancelTimer(Timer, &State), STATUS_SUCCESS);
    CHECK(!State);
    LetOthersRun();
    CHECK_STATUS(Poll(Timer), STATUS_TIMEOUT);
    CHECK_STATUS(NtCancelTimer(Timer, &State), STATUS_SUCCESS);
    NtClose(Timer);
}

static volatile LONG ApcCalls;
static PVOID ApcContext;
static LARGE_INTEGER ApcTime;

static VOID NTAPI TimerApc(PVOID Context, ULONG TimeLow, LONG TimeHigh)
{
    ApcCalls++;
    ApcContext = Context;
    ApcTime = (LARGE_INTEGER){.LowPart = TimeLow, .HighPart = TimeHigh};
}

VOID TestTimerApc(void)
{
    ApcCalls = 0;
    REQUIRE(Make(NotificationTimer));
    LARGE_INTEGER Due = TestMilliseconds(5), Delay = TestMilliseconds(5'000);
    LONGLONG Start = Now();
    CHECK_STATUS(NtSetTimer(Timer, &Due, TimerApc, (PVOID)&ApcCalls, FALSE, 0, nullptr),
                 STATUS_SUCCESS);
    LetOthersRun();
    CHECK_EQUAL(ApcCalls, 0); // that was no alertable wait
    CHECK_STATUS(NtDelayExecution(TRUE, &Delay), STATUS_USER_APC);
    CHECK_EQUAL(ApcCalls, 1);
    CHECK_EQUAL(ApcContext, (ULONG_PTR)&ApcCalls);
    CHECK(ApcTime.QuadPart >= Start + 5 * Millisecond && ApcTime.QuadPart <= Now());

    // Cancelling takes a queued APC back.
    CHECK_STATUS(NtSetTimer(Timer, &Due, TimerApc, nullptr, FALSE, 0, nullptr), STATUS_SUCCESS);
    LetOthersRun();
    CHECK_STATUS(NtCancelTimer(Timer, nullptr), STATUS_SUCCESS);
    Delay = TestMilliseconds(1);
    CHECK_STATUS(NtDelayExecution(TRUE, &Delay), STATUS_SUCCESS);
    CHECK_EQUAL(ApcCalls, 1);
    NtClose(Timer);
}

VOID TestTimerQuery(void)
{
    TIMER_BASIC_INFORMATION Information;
    REQUIRE(Make(NotificationTimer));
    CHECK_STATUS(Set(-100'000ll * Millisecond, 0), STATUS_SUCCESS);
    CHECK_STATUS(
        NtQueryTimer(Timer, TimerBasicInformation, &Information, sizeof(Information), nullptr),
        STATUS_SUCCESS);
    CHECK(!Information.TimerState);
    CHECK(Information.RemainingTime.QuadPart > 0 &&
          Information.RemainingTime.QuadPart <= 100'000ll * Millisecond);
    NtClose(Timer);
}

VOID TestDelay(void)
{
    LONGLONG Start = Now();
    LARGE_INTEGER Delay = TestMilliseconds(20), Until = {.QuadPart = Start + 40 * Millisecond};
    CHECK_STATUS(NtDelayExecution(FALSE, &Delay), STATUS_SUCCESS);
    CHECK(Now() - Start >= 20 * Millisecond);
    CHECK_STATUS(NtDelayExecution(FALSE, &Until), STATUS_SUCCESS);
    CHECK(Now() >= Until.QuadPart);
}
