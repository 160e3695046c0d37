// Asynchronous procedure calls.

#include "suite.h"

static volatile LONG Order[8], Count;

static VOID NTAPI Note(PVOID Value, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    LONG Index = __atomic_fetch_add(&Count, 1, __ATOMIC_SEQ_CST);
    if (Index < (LONG)RTL_NUMBER_OF(Order))
        Order[Index] = (LONG)(ULONG_PTR)Value;
}

static VOID QueueNote(HANDLE Thread, ULONG_PTR Value)
{
    CHECK_STATUS(NtQueueApcThread(Thread, Note, (PVOID)Value, nullptr, nullptr), STATUS_SUCCESS);
}

static NTSTATUS WaitAlertably(LONGLONG Milliseconds)
{
    LARGE_INTEGER Delay = TestMilliseconds(Milliseconds);
    return NtDelayExecution(TRUE, &Delay);
}

// One alertable wait runs all that are queued, oldest first.
VOID TestApcOrder(void)
{
    Count = 0;
    for (ULONG i = 0; i < 4; i++)
        QueueNote(NtCurrentThread(), 10 + i);
    LetOthersRun();
    CHECK_EQUAL(Count, 0);
    CHECK_STATUS(WaitAlertably(5000), STATUS_USER_APC);
    REQUIRE(Count == 4);
    for (ULONG i = 0; i < 4; i++)
        CHECK_EQUAL(Order[i], 10 + i);
    CHECK_STATUS(WaitAlertably(1), STATUS_SUCCESS);
    QueueNote(NtCurrentThread(), 1);
    CHECK_STATUS(NtTestAlert(), STATUS_SUCCESS); // runs it too
    CHECK_EQUAL(Count, 5);
}

static VOID NTAPI QueueAnother(PVOID Left, PVOID Argument1, PVOID Argument2)
{
    Note(Left, Argument1, Argument2);
    if (Left)
        CHECK_STATUS(
            NtQueueApcThread(NtCurrentThread(), QueueAnother, (PUCHAR)Left - 1, nullptr, nullptr),
            STATUS_SUCCESS);
}

VOID TestApcInsideApc(void)
{
    Count = 0;
    CHECK_STATUS(NtQueueApcThread(NtCurrentThread(), QueueAnother, (PVOID)3, nullptr, nullptr),
                 STATUS_SUCCESS);
    CHECK_STATUS(WaitAlertably(5000), STATUS_USER_APC);
    CHECK_EQUAL(Count, 4);
    CHECK_EQUAL(Order[3], 0);
}

static const HANDLE SpecialApc = (HANDLE)1;

// A special APC does not wait for an alertable wait.
VOID TestSpecialApc(void)
{
    Count = 0;
    CHECK_STATUS(
        NtQueueApcThreadEx(NtCurrentThread(), SpecialApc, Note, (PVOID)1, nullptr, nullptr),
        STATUS_SUCCESS);
    CHECK_EQUAL(Count, 1);
    HANDLE Thread = TestStartThread(SpinThread, nullptr);
    REQUIRE(Thread);
    LetOthersRun();
    CHECK_STATUS(NtQueueApcThreadEx(Thread, SpecialApc, Note, (PVOID)2, nullptr, nullptr),
                 STATUS_SUCCESS);
    LetOthersRun();
    CHECK_EQUAL(Count, 2);
    LONGLONG Before = TestSpins;
    LetOthersRun();
    CHECK(TestSpins != Before); // and it has gone on
    QueueNote(Thread, 3);
    LetOthersRun();
    CHECK_EQUAL(Count, 2); // a normal one waits
    NtTerminateThread(Thread, STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
}

static HANDLE Event;

static NTSTATUS WaitForEvent(PVOID Argument)
{
    return NtWaitForSingleObject(Event, Argument != nullptr, nullptr);
}

static HANDLE StartWaiting(BOOLEAN Alertable)
{
    CHECK_STATUS(NtCreateEvent(&Event, EVENT_ALL_ACCESS, nullptr, SynchronizationEvent, FALSE),
                 STATUS_SUCCESS);
    HANDLE Thread = TestStartThread(WaitForEvent, Alertable ? (PVOID)1 : nullptr);
    LetOthersRun();
    return Thread;
}

// A thread in a wait that is not alertable gets it when the wait is over.
VOID TestSpecialApcToWaiting(void)
{
    Count = 0;
    HANDLE Thread = StartWaiting(FALSE);
    REQUIRE(Thread);
    CHECK_STATUS(NtQueueApcThreadEx(Thread, SpecialApc, Note, (PVOID)1, nullptr, nullptr),
                 STATUS_SUCCESS);
    LetOthersRun();
    CHECK_STATUS(Poll(Thread), STATUS_TIMEOUT);
    NtSetEvent(Event, nullptr);
    CHECK_STATUS(TestJoin(Thread), STATUS_WAIT_0);
    CHECK_EQUAL(Count, 1);
    NtClose(Event);
}

VOID TestApcToOther(void)
{
    Count = 0;
    HANDLE Thread = StartWaiting(TRUE);
    REQUIRE(Thread);
    QueueNote(Thread, 1);
    CHECK_STATUS(TestJoin(Thread), STATUS_USER_APC);
    CHECK_EQUAL(Count, 1);
    NtClose(Event);

    REQUIRE((Thread = StartWaiting(FALSE)));
    QueueNote(Thread, 1);
    LetOthersRun();
    CHECK_STATUS(Poll(Thread), STATUS_TIMEOUT);
    NtSetEvent(Event, nullptr);
    CHECK_STATUS(TestJoin(Thread), STATUS_WAIT_0);
    CHECK_EQUAL(Count, 1); // it never waited alertably
    NtClose(Event);
}

static VOID NTAPI Clobber(PVOID Context, PVOID Argument1, PVOID Argument2)
{
    Note(Context, Argument1, Argument2);
    __asm__ volatile("pcmpeqd %%xmm0, %%xmm0; pcmpeqd %%xmm7, %%xmm7; mov $-1, %%r8" ::
                         : "xmm0", "xmm7", "r8");
}

// Registers that a call would change are those of the interrupted code.
VOID TestApcKeepsRegisters(void)
{
    Count = 0;
    HANDLE Thread = TestStartThread(SpinThread, nullptr);
    REQUIRE(Thread);
    alignas(16) CONTEXT Before = {.ContextFlags = CONTEXT_INTEGER | CONTEXT_CONTROL},
                        After = Before;
    LetOthersRun();
    for (ULONG i = 0; i < 5; i++) {
        CHECK_STATUS(NtSuspendThread(Thread, nullptr), STATUS_SUCCESS);
        CHECK_STATUS(NtGetContextThread(Thread, &Before), STATUS_SUCCESS);
        CHECK_STATUS(NtQueueApcThreadEx(Thread, SpecialApc, Clobber, nullptr, nullptr, nullptr),
                     STATUS_SUCCESS);
        CHECK_STATUS(NtResumeThread(Thread, nullptr), STATUS_SUCCESS);
        LetOthersRun();
        CHECK_EQUAL(Count, i + 1);
        CHECK_STATUS(NtSuspendThread(Thread, nullptr), STATUS_SUCCESS);
        CHECK_STATUS(NtGetContextThread(Thread, &After), STATUS_SUCCESS);
        CHECK_EQUAL(After.Rsp, Before.Rsp);
        CHECK_EQUAL(After.R12, 0x1234);
        CHECK_EQUAL(After.R8, Before.R8);
        CHECK_EQUAL(After.Rsi, 0x9ABC);
        CHECK_STATUS(NtResumeThread(Thread, nullptr), STATUS_SUCCESS);
    }
    NtTerminateThread(Thread, STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
}

VOID TestApcReserve(void)
{
    HANDLE Reserve;
    Count = 0;
    REQUIRE_STATUS(NtAllocateReserveObject(&Reserve, nullptr, MemoryReserveUserApc),
                   STATUS_SUCCESS);
    for (ULONG i = 0; i < 3; i++) {
        CHECK_STATUS(
            NtQueueApcThreadEx(NtCurrentThread(), Reserve, Note, (PVOID)1, nullptr, nullptr),
            STATUS_SUCCESS);
        CHECK_STATUS(
            NtQueueApcThreadEx(NtCurrentThread(), Reserve, Note, (PVOID)1, nullptr, nullptr),
            STATUS_INVALID_PARAMETER_2);
        CHECK_STATUS(WaitAlertably(5000), STATUS_USER_APC);
        CHECK_EQUAL(Count, i + 1);
    }
    // A thread that ends with it in its queue gives it back.
    HANDLE Thread = StartWaiting(FALSE);
    REQUIRE(Thread);
    CHECK_STATUS(NtQueueApcThreadEx(Thread, Reserve, Note, (PVOID)1, nullptr, nullptr),
                 STATUS_SUCCESS);
    NtSetEvent(Event, nullptr);
    CHECK_STATUS(TestJoin(Thread), STATUS_WAIT_0);
    NtClose(Event);
    CHECK_STATUS(NtQueueApcThreadEx(NtCurrentThread(), Reserve, Note, (PVOID)1, nullptr, nullptr),
                 STATUS_SUCCESS);
    NtClose(Reserve);
    CHECK_STATUS(WaitAlertably(5000), STATUS_USER_APC);
}

static NTSTATUS ReturnAtOnce(PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    return STATUS_SUCCESS;
}

VOID TestApcToEnded(void)
{
    HANDLE Thread = TestStartThread(ReturnAtOnce, nullptr);
    REQUIRE(Thread);
    CHECK_STATUS(NtWaitForSingleObject(Thread, FALSE, nullptr), STATUS_WAIT_0);
    CHECK_STATUS(NtQueueApcThread(Thread, Note, nullptr, nullptr, nullptr), STATUS_UNSUCCESSFUL);
    CHECK_STATUS(NtSuspendThread(Thread, nullptr), STATUS_THREAD_IS_TERMINATING);
    NtClose(Thread);
}

VOID TestApcInAllThreads(void)
{
    enum { Threads = 10, Each = 20 };
    HANDLE Waiting[Threads];
    Count = 0;
    CHECK_STATUS(NtCreateEvent(&Event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE),
                 STATUS_SUCCESS);
    for (ULONG i = 0; i < Threads; i++) {
        HANDLE Thread;
        REQUIRE_STATUS(RtlCreateUserThread(NtCurrentProcess(), nullptr, TRUE, 0, 0, 0, WaitForEvent,
                                           (PVOID)1, &Thread, nullptr),
                       STATUS_SUCCESS);
        Waiting[i] = Thread;
        for (ULONG j = 0; j < Each; j++)
            QueueNote(Thread, j);
        CHECK_STATUS(NtResumeThread(Thread, nullptr), STATUS_SUCCESS);
    }
    LetOthersRun();
    NtSetEvent(Event, nullptr);
    for (ULONG i = 0; i < Threads; i++) // before its first instruction, or in its wait
        (VOID) TestJoin(Waiting[i]);
    CHECK_EQUAL(Count, Threads * Each);
    NtClose(Event);
}
