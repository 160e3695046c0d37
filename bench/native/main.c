// What the Executive's services cost.

#include "bench.h"

static const TEST Tests[] = {
    {"boot", BenchBoot},
    {"a service that does nothing", BenchService},
    {"yielding to nobody", BenchYield},
    {"switching between two threads", BenchSwitch},
    {"events between two threads", BenchEvents},
    {"events between two processes", BenchEventsOfProcesses},
    {"first touch of pages in order", BenchFirstTouch},
    {"first touch of pages at random", BenchFirstTouchAtRandom},
    {"a thread from start to end", BenchThread},
    {"a process from start to end", BenchProcess},
    {"LPC", BenchLpc},
    {"ALPC", BenchAlpc},
};

static const TEST_CHILD Children[] = {{L"pong", BenchPongChild}};

const TEST_SUITE TestSuite = TEST_SUITE_WITH_CHILDREN(Tests, Children);

// Since power on, firmware included; and what this first program finds taken of the memory.
VOID BenchBoot(void)
{
    TestMeasured("boot-to-first-program", BenchNow(), "instructions");
    SYSTEM_BASIC_INFORMATION Basic;
    SYSTEM_PERFORMANCE_INFORMATION Performance;
    REQUIRE_STATUS(NtQuerySystemInformation(SystemBasicInformation, &Basic, sizeof(Basic), nullptr),
                   STATUS_SUCCESS);
    REQUIRE_STATUS(NtQuerySystemInformation(SystemPerformanceInformation, &Performance,
                                            sizeof(Performance), nullptr),
                   STATUS_SUCCESS);
    TestMeasured("memory-available", (ULONGLONG)Performance.AvailablePages * (PAGE_SIZE / 1024),
                 "KiB");
}
