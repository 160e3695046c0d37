// Waits for several objects, alerts, signalling and waiting in one service, many threads.

#include "suite.h"

static LARGE_INTEGER Zero;

VOID TestWaitAny(void)
{
    HANDLE Events[3];
    for (ULONG i = 0; i < 3; i++)
        Events[i] = MakeEvent(SynchronizationEvent, FALSE);
    CHECK_STATUS(NtWaitForMultipleObjects(3, Events, WaitAny, FALSE, &Zero), STATUS_TIMEOUT);
    NtSetEvent(Events[2], nullptr);
    NtSetEvent(Events[1], nullptr);
    CHECK_STATUS(NtWaitForMultipleObjects(3, Events, WaitAny, FALSE, &Zero), STATUS_WAIT_1);
    CHECK_STATUS(NtWaitForMultipleObjects(3, Events, WaitAny, FALSE, &Zero), STATUS_WAIT_2);
    CHECK_STATUS(NtWaitForMultipleObjects(3, Events, WaitAny, FALSE, &Zero), STATUS_TIMEOUT);
    for (ULONG i = 0; i < 3; i++)
        NtClose(Events[i]);
}

VOID TestWaitAll(void)
{
    HANDLE Events[2] = {MakeEvent(SynchronizationEvent, TRUE),
                        MakeEvent(SynchronizationEvent, FALSE)};
    CHECK_STATUS(NtWaitForMultipleObjects(2, Events, WaitAll, FALSE, &Zero), STATUS_TIMEOUT);
    CHECK_STATUS(Poll(Events[0]), STATUS_WAIT_0); // it was not taken
    NtSetEvent(Events[0], nullptr);
    NtSetEvent(Events[1], nullptr);
    CHECK_STATUS(NtWaitForMultipleObjects(2, Events, WaitAll, FALSE, &Zero), STATUS_WAIT_0);
    CHECK_STATUS(Poll(Events[0]), STATUS_TIMEOUT);
    CHECK_STATUS(Poll(Events[1]), STATUS_TIMEOUT);
    NtClose(Events[0]);
    NtClose(Events[1]);
}

static HANDLE Set[2];

static NTSTATUS WaitForSet(PVOID Argument)
{
    return NtWaitForMultipleObjects(2, Set, (WAIT_TYPE)(ULONG_PTR)Argument, FALSE, nullptr);
}

// A wait for all does not hold one object while it waits for the other.
VOID TestWaitAllTakesTogether(void)
{
    for (ULONG i = 0; i < 2; i++)
        Set[i] = MakeEvent(SynchronizationEvent, FALSE);
    HANDLE Thread = TestStartThread(WaitForSet, (PVOID)(ULONG_PTR)WaitAll);
    REQUIRE(Thread);
    LetOthersRun();
    NtSetEvent(Set[0], nullptr);
    LetOthersRun();
    CHECK_STATUS(Poll(Set[0]), STATUS_WAIT_0);
    NtSetEvent(Set[1], nullptr);
    LetOthersRun();
    CHECK_STATUS(Poll(Thread), STATUS_TIMEOUT);
    NtSetEvent(Set[0], nullptr);
    CHECK_STATUS(TestJoin(Thread), STATUS_WAIT_0);
    CHECK_STATUS(Poll(Set[1]), STATUS_TIMEOUT);
    for (ULONG i = 0; i < 2; i++)
        NtClose(Set[i]);
}

VOID TestWaitTimeout(void)
{
    HANDLE Event = MakeEvent(NotificationEvent, FALSE);
    LARGE_INTEGER Start, End, Timeout = TestMilliseconds(15);
    NtQuerySystemTime(&Start);
    CHECK_STATUS(NtWaitForSingleObject(Event, FALSE, &Timeout), STATUS_TIMEOUT);
    NtQuerySystemTime(&End);
    CHECK(End.QuadPart - Start.QuadPart >= -Timeout.QuadPart);
    Timeout.QuadPart = End.QuadPart - 1; // a time of day that has passed
    CHECK_STATUS(NtWaitForSingleObject(Event, FALSE, &Timeout), STATUS_TIMEOUT);
    Timeout.QuadPart = MINLONGLONG; // 29,000 years, ended by the event
    NtSetEvent(Event, nullptr);
    CHECK_STATUS(NtWaitForSingleObject(Event, FALSE, &Timeout), STATUS_WAIT_0);
    NtClose(Event);
}

VOID TestWaitDuplicates(void)
{
    HANDLE Event = MakeEvent(NotificationEvent, TRUE);
    HANDLE Twice[2] = {Event, Event};
    CHECK_STATUS(NtWaitForMultipleObjects(2, Twice, WaitAny, FALSE, &Zero), STATUS_WAIT_0);
    CHECK_STATUS(NtWaitForMultipleObjects(2, Twice, WaitAll, FALSE, &Zero),
                 STATUS_INVALID_PARAMETER_MIX);
    NtClose(Event);
}

static NTSTATUS ReturnArgument(PVOID Argument)
{
    return (NTSTATUS)(ULONG_PTR)Argument;
}

VOID TestWaitForThreads(void)
{
    enum { Count = 20 };
    HANDLE Threads[Count];
    for (ULONG i = 0; i < Count; i++)
        REQUIRE((Threads[i] = TestStartThread(ReturnArgument, (PVOID)(ULONG_PTR)i)));
    LARGE_INTEGER Timeout = TestMilliseconds(10'000);
    CHECK_STATUS(NtWaitForMultipleObjects(Count, Threads, WaitAll, FALSE, &Timeout), STATUS_WAIT_0);
    for (ULONG i = 0; i < Count; i++)
        CHECK_STATUS(TestJoin(Threads[i]), (NTSTATUS)i);
}

// ---- Alerts

static volatile LONG ApcRan;

static VOID NTAPI CountApc(PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    ApcRan += (LONG)(ULONG_PTR)Context;
}

VOID TestAlertable(void)
{
    HANDLE Event = MakeEvent(NotificationEvent, TRUE);
    LARGE_INTEGER Timeout = TestMilliseconds(5'000);
    ApcRan = 0;
    CHECK_STATUS(NtQueueApcThread(NtCurrentThread(), CountApc, (PVOID)1, nullptr, nullptr),
                 STATUS_SUCCESS);
    CHECK_STATUS(NtWaitForSingleObject(Event, FALSE, &Timeout), STATUS_WAIT_0);
    CHECK_EQUAL(ApcRan, 0);
    NtResetEvent(Event, nullptr);
    CHECK_STATUS(NtWaitForSingleObject(Event, TRUE, &Timeout), STATUS_USER_APC);
    CHECK_EQUAL(ApcRan, 1);
    CHECK_STATUS(NtAlertThread(NtCurrentThread()), STATUS_SUCCESS);
    CHECK_STATUS(NtWaitForMultipleObjects(1, &Event, WaitAny, TRUE, &Timeout), STATUS_ALERTED);
    CHECK_STATUS(NtAlertThread(NtCurrentThread()), STATUS_SUCCESS);
    CHECK_STATUS(NtTestAlert(), STATUS_ALERTED);
    CHECK_STATUS(NtTestAlert(), STATUS_SUCCESS);
    NtClose(Event);
}

static HANDLE Never;

static NTSTATUS WaitAlertably(PVOID Argument)
{
    return NtWaitForSingleObject(Never, Argument != nullptr, nullptr);
}

VOID TestAlertEndsWait(void)
{
    Never = MakeEvent(NotificationEvent, FALSE);
    HANDLE Thread = TestStartThread(WaitAlertably, (PVOID)1);
    REQUIRE(Thread);
    LetOthersRun();
    CHECK_STATUS(NtAlertThread(Thread), STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), STATUS_ALERTED);

    REQUIRE((Thread = TestStartThread(WaitAlertably, nullptr)));
    LetOthersRun();
    CHECK_STATUS(NtAlertThread(Thread), STATUS_SUCCESS);
    LetOthersRun();
    CHECK_STATUS(Poll(Thread), STATUS_TIMEOUT);
    NtSetEvent(Never, nullptr);
    CHECK_STATUS(TestJoin(Thread), STATUS_WAIT_0);
    NtClose(Never);
}

// ---- Signal and wait

VOID TestSignalAndWait(void)
{
    HANDLE Event = MakeEvent(SynchronizationEvent, FALSE), Mutant, Semaphore;
    SEMAPHORE_BASIC_INFORMATION Information;
    REQUIRE_STATUS(NtCreateMutant(&Mutant, MUTANT_ALL_ACCESS, nullptr, TRUE), STATUS_SUCCESS);
    REQUIRE_STATUS(NtCreateSemaphore(&Semaphore, SEMAPHORE_ALL_ACCESS, nullptr, 0, 1),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtSignalAndWaitForSingleObject(Event, Event, FALSE, &Zero), STATUS_WAIT_0);
    CHECK_STATUS(NtSignalAndWaitForSingleObject(Semaphore, Event, FALSE, &Zero), STATUS_TIMEOUT);
    CHECK_STATUS(NtQuerySemaphore(Semaphore, SemaphoreBasicInformation, &Information,
                                  sizeof(Information), nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Information.CurrentCount, 1);
    CHECK_STATUS(NtSignalAndWaitForSingleObject(Mutant, Semaphore, FALSE, &Zero), STATUS_WAIT_0);
    CHECK_STATUS(NtReleaseMutant(Mutant, nullptr), STATUS_MUTANT_NOT_OWNED);
    NtClose(Event);
    NtClose(Mutant);
    NtClose(Semaphore);
}

// What cannot be signalled leaves the caller where it is.
VOID TestSignalAndWaitErrors(void)
{
    HANDLE Event = MakeEvent(NotificationEvent, TRUE), Mutant, Semaphore, Timer;
    REQUIRE_STATUS(NtCreateMutant(&Mutant, MUTANT_ALL_ACCESS, nullptr, FALSE), STATUS_SUCCESS);
    REQUIRE_STATUS(NtCreateSemaphore(&Semaphore, SEMAPHORE_ALL_ACCESS, nullptr, 1, 1),
                   STATUS_SUCCESS);
    REQUIRE_STATUS(NtCreateTimer(&Timer, TIMER_ALL_ACCESS, nullptr, NotificationTimer),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtSignalAndWaitForSingleObject(Mutant, Event, FALSE, &Zero),
                 STATUS_MUTANT_NOT_OWNED);
    CHECK_STATUS(NtSignalAndWaitForSingleObject(Semaphore, Event, FALSE, &Zero),
                 STATUS_SEMAPHORE_LIMIT_EXCEEDED);
    CHECK_STATUS(NtSignalAndWaitForSingleObject(Timer, Event, FALSE, &Zero),
                 STATUS_OBJECT_TYPE_MISMATCH);
    NtClose(Event);
    NtClose(Mutant);
    NtClose(Semaphore);
    NtClose(Timer);
}

// ---- Many threads

static HANDLE Gate;

static NTSTATUS WaitAtGate(PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    return NtWaitForSingleObject(Gate, FALSE, nullptr);
}

VOID TestManyWaiters(void)
{
    enum { Count = 60 };
    HANDLE Threads[Count];
    Gate = MakeEvent(NotificationEvent, FALSE);
    for (ULONG i = 0; i < Count; i++)
        REQUIRE((Threads[i] = TestStartThread(WaitAtGate, nullptr)));
    LetOthersRun();
    NtSetEvent(Gate, nullptr);
    for (ULONG i = 0; i < Count; i++)
        CHECK_STATUS(TestJoin(Threads[i]), STATUS_WAIT_0);
    NtClose(Gate);
}

static HANDLE Ping, Pong;
enum { Rounds = 500 };

static NTSTATUS Answer(PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    for (ULONG i = 0; i < Rounds; i++) {
        NTSTATUS Status = NtWaitForSingleObject(Ping, FALSE, nullptr);
        if (Status == STATUS_WAIT_0)
            Status = NtSetEvent(Pong, nullptr);
        if (Status != STATUS_SUCCESS)
            return Status;
    }
    return STATUS_SUCCESS;
}

VOID TestPingPong(void)
{
    Ping = MakeEvent(SynchronizationEvent, FALSE);
    Pong = MakeEvent(SynchronizationEvent, FALSE);
    HANDLE Thread = TestStartThread(Answer, nullptr);
    REQUIRE(Thread);
    LARGE_INTEGER Timeout = TestMilliseconds(10'000);
    for (ULONG i = 0; i < Rounds; i++)
        REQUIRE_STATUS(NtSignalAndWaitForSingleObject(Ping, Pong, FALSE, &Timeout), STATUS_WAIT_0);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    NtClose(Ping);
    NtClose(Pong);
}
