// Measuring with the time-stamp counter, which counts instructions under -icount shift=0.
#pragma once

#include <test.h>

enum { BenchRounds = 8 };

static inline ULONGLONG BenchNow(void)
{
    return __builtin_ia32_rdtsc();
}

// The least time of a round; the first rounds take slow ways once and do not matter then.
typedef struct _BENCH {
    ULONGLONG Start, Least;
} BENCH, *PBENCH;

static inline VOID BenchStart(PBENCH Bench)
{
    Bench->Start = BenchNow();
}

static inline VOID BenchStop(PBENCH Bench)
{
    ULONGLONG Time = BenchNow() - Bench->Start;
    if (!Bench->Least || Time < Bench->Least)
        Bench->Least = Time;
}

// A round was so many operations.
static inline VOID BenchReport(PBENCH Bench, PCSTR Name, ULONG Operations)
{
    TestMeasured(Name, Bench->Least / Operations, "instructions");
}

VOID BenchBoot(void);
VOID BenchService(void);
VOID BenchYield(void);
VOID BenchSwitch(void);
VOID BenchEvents(void);
VOID BenchEventsOfProcesses(void);
VOID BenchFirstTouch(void);
VOID BenchFirstTouchAtRandom(void);
VOID BenchThread(void);
VOID BenchProcess(void);
VOID BenchLpc(void);
VOID BenchAlpc(void);

NTSTATUS BenchPongChild(PCWSTR Argument); // the other process of BenchEventsOfProcesses
