// Suspending and resuming.

#include "suite.h"

static HANDLE Event;

static NTSTATUS WaitForEvent(PVOID Argument)
{
    return NtWaitForSingleObject(Event, Argument != nullptr, nullptr);
}

static BOOLEAN MakeEvent(void)
{
    return CHECK_STATUS(
        NtCreateEvent(&Event, EVENT_ALL_ACCESS, nullptr, SynchronizationEvent, FALSE),
        STATUS_SUCCESS);
}

VOID TestSuspendCounts(void)
{
    ULONG Count = 99;
    REQUIRE(MakeEvent());
    HANDLE Thread = TestStartThread(WaitForEvent, nullptr);
    REQUIRE(Thread);
    CHECK_STATUS(NtResumeThread(Thread, &Count), STATUS_SUCCESS);
    CHECK_EQUAL(Count, 0);
    for (ULONG i = 0; i < 3; i++) {
        CHECK_STATUS(NtSuspendThread(Thread, &Count), STATUS_SUCCESS);
        CHECK_EQUAL(Count, i);
    }
    ULONG Seen = 99;
    CHECK_STATUS(NtQueryInformationThread(Thread, ThreadSuspendCount, &Seen, sizeof(Seen), nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Seen, 3);
    NtSetEvent(Event, nullptr);
    for (ULONG i = 3; i-- > 0;) {
        LetOthersRun();
        CHECK_STATUS(Poll(Thread), STATUS_TIMEOUT);
        CHECK_STATUS(NtResumeThread(Thread, &Count), STATUS_SUCCESS);
        CHECK_EQUAL(Count, i + 1);
    }
    CHECK_STATUS(TestJoin(Thread), STATUS_WAIT_0);
    NtClose(Event);
}

VOID TestSuspendRunning(void)
{
    HANDLE Thread = TestStartThread(SpinThread, nullptr);
    REQUIRE(Thread);
    LetOthersRun();
    for (ULONG i = 0; i < 10; i++) {
        CHECK_STATUS(NtSuspendThread(Thread, nullptr), STATUS_SUCCESS);
        LONGLONG Before = TestSpins;
        LetOthersRun();
        CHECK_EQUAL(TestSpins, Before);
        CHECK_STATUS(NtResumeThread(Thread, nullptr), STATUS_SUCCESS);
        while (TestSpins == Before) // until it has gone on
            LetOthersRun();
    }
    NtTerminateThread(Thread, STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
}

// A suspended thread's wait goes on, and takes the signal.
VOID TestSuspendWaiting(void)
{
    REQUIRE(MakeEvent());
    HANDLE Thread = TestStartThread(WaitForEvent, nullptr);
    REQUIRE(Thread);
    LetOthersRun();
    CHECK_STATUS(NtSuspendThread(Thread, nullptr), STATUS_SUCCESS);
    NtSetEvent(Event, nullptr);
    LetOthersRun();
    CHECK_STATUS(Poll(Event), STATUS_TIMEOUT);
    CHECK_STATUS(Poll(Thread), STATUS_TIMEOUT);
    CHECK_STATUS(NtResumeThread(Thread, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), STATUS_WAIT_0);
    NtClose(Event);
}

VOID TestSuspendLimit(void)
{
    REQUIRE(MakeEvent());
    HANDLE Thread = TestStartThread(WaitForEvent, nullptr);
    REQUIRE(Thread);
    for (ULONG i = 0; i < MAXIMUM_SUSPEND_COUNT; i++)
        CHECK_STATUS(NtSuspendThread(Thread, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(NtSuspendThread(Thread, nullptr), STATUS_SUSPEND_COUNT_EXCEEDED);
    for (ULONG i = 0; i < MAXIMUM_SUSPEND_COUNT; i++)
        CHECK_STATUS(NtResumeThread(Thread, nullptr), STATUS_SUCCESS);
    NtSetEvent(Event, nullptr);
    CHECK_STATUS(TestJoin(Thread), STATUS_WAIT_0);
    CHECK_STATUS(NtSuspendThread(nullptr, nullptr), STATUS_INVALID_HANDLE);
    NtClose(Event);
}

VOID TestAlertResume(void)
{
    ULONG Count = 99;
    REQUIRE(MakeEvent());
    HANDLE Thread = TestStartThread(WaitForEvent, (PVOID)1);
    REQUIRE(Thread);
    LetOthersRun();
    CHECK_STATUS(NtSuspendThread(Thread, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(NtAlertResumeThread(Thread, &Count), STATUS_SUCCESS);
    CHECK_EQUAL(Count, 1);
    CHECK_STATUS(TestJoin(Thread), STATUS_ALERTED);
    NtClose(Event);
}

static NTSTATUS SuspendSelf(PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    ULONG Count = 99;
    NTSTATUS Status = NtSuspendThread(NtCurrentThread(), &Count);
    return Status == STATUS_SUCCESS && Count == 0 ? STATUS_ALREADY_COMMITTED : Status;
}

VOID TestSuspendSelf(void)
{
    HANDLE Thread = TestStartThread(SuspendSelf, nullptr);
    REQUIRE(Thread);
    LetOthersRun();
    CHECK_STATUS(Poll(Thread), STATUS_TIMEOUT);
    ULONG Count = 0;
    CHECK_STATUS(NtResumeThread(Thread, &Count), STATUS_SUCCESS);
    CHECK_EQUAL(Count, 1);
    CHECK_STATUS(TestJoin(Thread), STATUS_ALREADY_COMMITTED);
}

VOID TestTerminateSuspended(void)
{
    REQUIRE(MakeEvent());
    HANDLE Thread = TestStartThread(WaitForEvent, nullptr);
    REQUIRE(Thread);
    LetOthersRun();
    CHECK_STATUS(NtSuspendThread(Thread, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(NtTerminateThread(Thread, STATUS_CANCELLED), STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), STATUS_CANCELLED);
    REQUIRE((Thread = TestStartThread(SuspendSelf, nullptr)));
    LetOthersRun();
    CHECK_STATUS(NtTerminateThread(Thread, STATUS_CANCELLED), STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), STATUS_CANCELLED);
    NtClose(Event);
}
