// Timers.

#include "suite.h"

enum { Millisecond = 10'000 };

typedef struct _TIMER_RUN {
    volatile LONG Count;
    ULONGLONG Last; // interrupt time of the latest callback
} TIMER_RUN, *PTIMER_RUN;

static ULONGLONG Now(void)
{
    LARGE_INTEGER Counter;
    return RtlGetInterruptTimePrecise(&Counter);
}

static VOID NTAPI CountTimer(PTP_CALLBACK_INSTANCE Instance, PVOID Context, PTP_TIMER Timer)
{
    UNREFERENCED_PARAMETER(Instance);
    UNREFERENCED_PARAMETER(Timer);
    PTIMER_RUN Run = Context;
    Run->Last = Now();
    PoolIncrement(&Run->Count);
}

VOID TestTimerOnce(void)
{
    TIMER_RUN Run = {};
    PTP_TIMER Timer;
    REQUIRE_STATUS(TpAllocTimer(&Timer, CountTimer, &Run, nullptr), STATUS_SUCCESS);
    CHECK(!TpIsTimerSet(Timer));
    ULONGLONG Start = Now();
    LARGE_INTEGER Due = TestMilliseconds(30);
    TpSetTimer(Timer, &Due, 0, 0);
    CHECK(TpIsTimerSet(Timer));
    REQUIRE(PoolWaitForCount(&Run.Count, 1));
    CHECK(Run.Last - Start >= 30 * Millisecond);
    CHECK(Run.Last - Start < 60 * Millisecond);
    CHECK(!TpIsTimerSet(Timer));
    PoolSleep(50);
    CHECK_EQUAL(Run.Count, 1);
    TpReleaseTimer(Timer);
}

VOID TestTimerAbsolute(void)
{
    TIMER_RUN Run = {};
    PTP_TIMER Timer;
    REQUIRE_STATUS(TpAllocTimer(&Timer, CountTimer, &Run, nullptr), STATUS_SUCCESS);
    ULONGLONG Start = Now();
    LARGE_INTEGER Due = RtlGetSystemTimePrecise();
    Due.QuadPart += 40 * Millisecond;
    TpSetTimer(Timer, &Due, 0, 0);
    REQUIRE(PoolWaitForCount(&Run.Count, 1));
    CHECK(Run.Last - Start >= 39 * Millisecond && Run.Last - Start < 70 * Millisecond);
    Due.QuadPart = 1; // long past
    TpSetTimer(Timer, &Due, 0, 0);
    CHECK(PoolWaitForCount(&Run.Count, 2));
    TpReleaseTimer(Timer);
}

VOID TestTimerPeriodic(void)
{
    TIMER_RUN Run = {};
    PTP_TIMER Timer;
    REQUIRE_STATUS(TpAllocTimer(&Timer, CountTimer, &Run, nullptr), STATUS_SUCCESS);
    LARGE_INTEGER Due = TestMilliseconds(10);
    ULONGLONG Start = Now();
    TpSetTimer(Timer, &Due, 10, 0);
    PoolSleep(205);
    CHECK(TpIsTimerSet(Timer));
    TpSetTimer(Timer, nullptr, 0, 0);
    TpWaitForTimer(Timer, TRUE);
    LONG Expected = (LONG)((Now() - Start) / (10 * Millisecond));
    if (Run.Count < Expected - 2 || Run.Count > Expected)
        TestFail(__FILE__, __LINE__, "%ld callbacks in %ld periods", Run.Count, Expected);
    TpReleaseTimer(Timer);
}

VOID TestTimerUnset(void)
{
    TIMER_RUN Run = {};
    PTP_TIMER Timer;
    REQUIRE_STATUS(TpAllocTimer(&Timer, CountTimer, &Run, nullptr), STATUS_SUCCESS);
    LARGE_INTEGER Due = TestMilliseconds(20);
    CHECK(!TpSetTimerEx(Timer, &Due, 0, 0));
    CHECK(TpSetTimerEx(Timer, nullptr, 0, 0));
    CHECK(!TpIsTimerSet(Timer));
    PoolSleep(40);
    CHECK_EQUAL(Run.Count, 0);
    TpSetTimer(Timer, &Due, 0, 0);
    TpReleaseTimer(Timer); // unsets it
    PoolSleep(40);
    CHECK_EQUAL(Run.Count, 0);
}

// The first may come up to 60 ms late, the second is due then: one wake does for both.
VOID TestTimerWindow(void)
{
    TIMER_RUN Early = {}, Late = {};
    PTP_TIMER EarlyTimer, LateTimer;
    REQUIRE_STATUS(TpAllocTimer(&EarlyTimer, CountTimer, &Early, nullptr), STATUS_SUCCESS);
    REQUIRE_STATUS(TpAllocTimer(&LateTimer, CountTimer, &Late, nullptr), STATUS_SUCCESS);
    LARGE_INTEGER EarlyDue = TestMilliseconds(20), LateDue = TestMilliseconds(60);
    ULONGLONG Start = Now();
    TpSetTimer(EarlyTimer, &EarlyDue, 0, 60);
    TpSetTimer(LateTimer, &LateDue, 0, 0);
    REQUIRE(PoolWaitForCount(&Late.Count, 1));
    CHECK(PoolWaitForCount(&Early.Count, 1));
    CHECK(Early.Last - Start >= 59 * Millisecond);
    CHECK(Early.Last - Start <= 85 * Millisecond);
    TpReleaseTimer(EarlyTimer);
    TpReleaseTimer(LateTimer);
}

enum { ManyTimers = 200 };
static LONG TimerOrder[ManyTimers], TimersExpired;

static VOID NTAPI NoteTimer(PTP_CALLBACK_INSTANCE Instance, PVOID Context, PTP_TIMER Timer)
{
    UNREFERENCED_PARAMETER(Instance);
    UNREFERENCED_PARAMETER(Timer);
    LONG Place = PoolIncrement(&TimersExpired) - 1;
    if (Place < ManyTimers)
        TimerOrder[Place] = (LONG)(LONG_PTR)Context;
}

VOID TestTimersInOrder(void)
{
    static PTP_TIMER Timers[ManyTimers];
    PTP_POOL Pool = PoolMake(1); // one thread, so that the order of callbacks is that of the timers
    TP_CALLBACK_ENVIRON Environ;
    TpInitializeCallbackEnviron(&Environ);
    TpSetCallbackThreadpool(&Environ, Pool);
    TimersExpired = 0;
    for (LONG i = 0; i < ManyTimers; i++)
        REQUIRE_STATUS(TpAllocTimer(&Timers[i], NoteTimer, (PVOID)(LONG_PTR)i, &Environ),
                       STATUS_SUCCESS);
    LARGE_INTEGER Base = RtlGetSystemTimePrecise();
    for (LONG i = 0; i < ManyTimers; i++) {
        LONG Shuffled = i * 77 % ManyTimers;
        LARGE_INTEGER Due = {.QuadPart = Base.QuadPart + (100 + Shuffled) * Millisecond};
        TpSetTimer(Timers[Shuffled], &Due, 0, 0);
    }
    CHECK(PoolWaitForCount(&TimersExpired, ManyTimers));
    LONG Wrong = 0;
    for (LONG i = 0; i < ManyTimers; i++) {
        Wrong += TimerOrder[i] != i;
        TpReleaseTimer(Timers[i]);
    }
    CHECK_EQUAL(Wrong, 0);
    TpReleasePool(Pool);
}

VOID TestTimerReset(void)
{
    TIMER_RUN Run = {};
    PTP_TIMER Timer;
    REQUIRE_STATUS(TpAllocTimer(&Timer, CountTimer, &Run, nullptr), STATUS_SUCCESS);
    ULONGLONG Start = Now();
    LARGE_INTEGER Far = TestMilliseconds(10'000), Near = TestMilliseconds(20);
    TpSetTimer(Timer, &Far, 0, 0);
    CHECK(TpSetTimerEx(Timer, &Near, 0, 0));
    REQUIRE(PoolWaitForCount(&Run.Count, 1));
    CHECK(Run.Last - Start < 60 * Millisecond);
    TpReleaseTimer(Timer);
}
