// Processes and threads that come and go leave nothing behind.

#include <test.h>

#ifndef LEAK_PROCESSES
#define LEAK_PROCESSES 1'000
#endif

static NTSTATUS SecondThread(PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    return STATUS_SUCCESS;
}

// A process with two threads.
static NTSTATUS ShortLife(PCWSTR Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    HANDLE Thread;
    NTSTATUS Status = RtlCreateUserThread(NtCurrentProcess(), nullptr, FALSE, 0, 0, 0, SecondThread,
                                          nullptr, &Thread, nullptr);
    return NT_SUCCESS(Status) ? NtWaitForSingleObject(Thread, FALSE, nullptr) : Status;
}

static BOOLEAN StartAndEnd(ULONG Count)
{
    for (ULONG i = 0; i < Count; i++) {
        RTL_USER_PROCESS_INFORMATION Child;
        if (!CHECK_STATUS(TestStartChild(L"short", nullptr, FALSE, FALSE, &Child),
                          STATUS_SUCCESS) ||
            !CHECK_STATUS(TestFinishChild(&Child), STATUS_SUCCESS))
            return FALSE;
        if (i % 500 == 499)
            TestComment("%lu processes", i + 1);
    }
    return TRUE;
}

static VOID TestProcesses(void)
{
    TestComment("%lu processes", (ULONG)LEAK_PROCESSES); // whose code is in memory from here on
    REQUIRE(StartAndEnd(20));                            // what is made once is there then
    static TEST_IN_USE Before, After;
    TestMeasure(&After); // its own page is there before it counts
    TestMeasure(&Before);
    REQUIRE(StartAndEnd(LEAK_PROCESSES));
    TestMeasure(&After);
    TestCheckInUse(&Before, &After);
}

static VOID TestThreads(void)
{
    for (ULONG Round = 0; Round < 2; Round++) {
        static TEST_IN_USE Before, Now;
        if (!Round)
            TestMeasure(&Before); // its own pages are there before they count
        for (ULONG i = 0; i < (Round ? 4 * LEAK_PROCESSES : 20); i++) {
            HANDLE Thread = TestStartThread(SecondThread, nullptr);
            REQUIRE(Thread);
            REQUIRE(CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS));
        }
        TestMeasure(&Now);
        if (Round)
            TestCheckInUse(&Before, &Now);
        Before = Now;
    }
}

// Ended from outside, at every point of their start.
static VOID TestEndedEarly(void)
{
    for (ULONG Round = 0; Round < 2; Round++) {
        static TEST_IN_USE Before, Now;
        if (!Round)
            TestMeasure(&Before); // its own pages are there before they count
        for (ULONG i = 0; i < (Round ? LEAK_PROCESSES / 4 : 20); i++) {
            RTL_USER_PROCESS_INFORMATION Child;
            LARGE_INTEGER Moment = {.QuadPart = -(LONGLONG)(i % 100) * 100};
            REQUIRE_STATUS(TestStartChild(L"short", nullptr, i % 5 == 0, FALSE, &Child),
                           STATUS_SUCCESS);
            NtDelayExecution(FALSE, &Moment);
            NtTerminateProcess(Child.ProcessHandle, STATUS_CANCELLED);
            TestFinishChild(&Child);
        }
        TestMeasure(&Now);
        if (Round)
            TestCheckInUse(&Before, &Now);
        Before = Now;
    }
}

static const TEST Tests[] = {
    {"processes with two threads leave nothing behind", TestProcesses},
    {"threads leave nothing behind", TestThreads},
    {"processes ended from outside leave nothing behind", TestEndedEarly},
};

static const TEST_CHILD Children[] = {{L"short", ShortLife}};

const TEST_SUITE TestSuite = TEST_SUITE_WITH_CHILDREN(Tests, Children);
