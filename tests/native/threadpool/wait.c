// Waits for objects.

#include "suite.h"

typedef struct _WAIT_RUN {
    volatile LONG Signalled, TimedOut;
    HANDLE Again; // the callback waits for it next, up to Rounds times
    LONG Rounds;
} WAIT_RUN, *PWAIT_RUN;

static VOID NTAPI CountWait(PTP_CALLBACK_INSTANCE Instance, PVOID Context, PTP_WAIT Wait,
                            TP_WAIT_RESULT Result)
{
    UNREFERENCED_PARAMETER(Instance);
    PWAIT_RUN Run = Context;
    LONG Count = PoolIncrement(Result == STATUS_WAIT_0 ? &Run->Signalled : &Run->TimedOut);
    if (Run->Again && Count < Run->Rounds)
        TpSetWait(Wait, Run->Again, nullptr);
}

VOID TestWaitSignalled(void)
{
    WAIT_RUN Run = {};
    HANDLE Event = PoolMakeEvent(SynchronizationEvent);
    PTP_WAIT Wait;
    REQUIRE_STATUS(TpAllocWait(&Wait, CountWait, &Run, nullptr), STATUS_SUCCESS);
    TpSetWait(Wait, Event, nullptr);
    PoolSleep(20);
    CHECK_EQUAL(Run.Signalled, 0);
    NtSetEvent(Event, nullptr);
    CHECK(PoolWaitForCount(&Run.Signalled, 1));
    CHECK(!PoolIsSet(Event)); // the wait took the signal
    NtSetEvent(Event, nullptr);
    PoolSleep(20);
    CHECK_EQUAL(Run.Signalled, 1); // a wait is for once
    TpSetWait(Wait, Event, nullptr);
    CHECK(PoolWaitForCount(&Run.Signalled, 2)); // it was signalled already
    TpReleaseWait(Wait);
    NtClose(Event);
}

VOID TestWaitTimeout(void)
{
    WAIT_RUN Run = {};
    HANDLE Event = PoolMakeEvent(NotificationEvent);
    PTP_WAIT Wait;
    REQUIRE_STATUS(TpAllocWait(&Wait, CountWait, &Run, nullptr), STATUS_SUCCESS);
    LARGE_INTEGER Timeout = TestMilliseconds(20);
    TpSetWait(Wait, Event, &Timeout);
    CHECK(PoolWaitForCount(&Run.TimedOut, 1));
    NtSetEvent(Event, nullptr);
    PoolSleep(20);
    CHECK_EQUAL(Run.Signalled, 0);
    Timeout = TestMilliseconds(5000);
    TpSetWait(Wait, Event, &Timeout);
    CHECK(PoolWaitForCount(&Run.Signalled, 1));
    CHECK_EQUAL(Run.TimedOut, 1);
    TpReleaseWait(Wait);
    NtClose(Event);
}

VOID TestWaitZeroTimeout(void)
{
    WAIT_RUN Run = {};
    HANDLE Event = PoolMakeEvent(SynchronizationEvent);
    PTP_WAIT Wait;
    REQUIRE_STATUS(TpAllocWait(&Wait, CountWait, &Run, nullptr), STATUS_SUCCESS);
    LARGE_INTEGER Zero = {};
    TpSetWait(Wait, Event, &Zero);
    CHECK(PoolWaitForCount(&Run.TimedOut, 1));
    NtSetEvent(Event, nullptr);
    TpSetWait(Wait, Event, &Zero);
    CHECK(PoolWaitForCount(&Run.Signalled, 1));
    CHECK_EQUAL(Run.TimedOut, 1);
    TpReleaseWait(Wait);
    NtClose(Event);
}

VOID TestWaitReplaced(void)
{
    WAIT_RUN Run = {};
    HANDLE First = PoolMakeEvent(NotificationEvent), Second = PoolMakeEvent(NotificationEvent);
    PTP_WAIT Wait;
    REQUIRE_STATUS(TpAllocWait(&Wait, CountWait, &Run, nullptr), STATUS_SUCCESS);
    CHECK(!TpSetWaitEx(Wait, First, nullptr, nullptr));
    CHECK(TpSetWaitEx(Wait, Second, nullptr, nullptr));
    NtSetEvent(First, nullptr);
    PoolSleep(20);
    CHECK_EQUAL(Run.Signalled, 0);
    CHECK(TpSetWaitEx(Wait, nullptr, nullptr, nullptr));
    NtSetEvent(Second, nullptr);
    TpWaitForWait(Wait, FALSE);
    CHECK_EQUAL(Run.Signalled, 0);
    // Signalled, then replaced: the callback of the first wait is pending, and still comes.
    TpSetWait(Wait, First, nullptr);
    TpSetWait(Wait, nullptr, nullptr);
    TpWaitForWait(Wait, FALSE);
    CHECK_EQUAL(Run.Signalled, 1);
    TpReleaseWait(Wait);
    NtClose(First);
    NtClose(Second);
}

VOID TestWaitRearmed(void)
{
    WAIT_RUN Run = {.Again = PoolMakeEvent(NotificationEvent), .Rounds = 200};
    NtSetEvent(Run.Again, nullptr);
    PTP_WAIT Wait;
    REQUIRE_STATUS(TpAllocWait(&Wait, CountWait, &Run, nullptr), STATUS_SUCCESS);
    TpSetWait(Wait, Run.Again, nullptr);
    CHECK(PoolWaitForCount(&Run.Signalled, Run.Rounds));
    TpWaitForWait(Wait, FALSE);
    TpReleaseWait(Wait);
    NtClose(Run.Again);
}

VOID TestManyWaits(void)
{
    enum { Waits = 300 };
    static PTP_WAIT Wait[Waits];
    static HANDLE Events[Waits];
    WAIT_RUN Run = {};
    ULONG Handles = PoolHandleCount();
    for (int i = 0; i < Waits; i++) {
        Events[i] = PoolMakeEvent(NotificationEvent);
        REQUIRE_STATUS(TpAllocWait(&Wait[i], CountWait, &Run, nullptr), STATUS_SUCCESS);
        TpSetWait(Wait[i], Events[i], nullptr);
    }
    for (int i = 0; i < Waits; i++)
        NtSetEvent(Events[Waits - 1 - i], nullptr);
    CHECK(PoolWaitForCount(&Run.Signalled, Waits));
    for (int i = 0; i < Waits; i++) {
        TpWaitForWait(Wait[i], FALSE);
        TpReleaseWait(Wait[i]);
        NtClose(Events[i]);
    }
    CHECK_EQUAL(PoolHandleCount(), Handles);
}

VOID TestWaitBadHandle(void)
{
    WAIT_RUN Run = {};
    PTP_WAIT Wait;
    REQUIRE_STATUS(TpAllocWait(&Wait, CountWait, &Run, nullptr), STATUS_SUCCESS);
    NTSTATUS Raised = STATUS_SUCCESS;
    __try {
        TpSetWait(Wait, (HANDLE)0x7FFFFFF0, nullptr);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Raised = (NTSTATUS)GetExceptionCode();
    }
    CHECK_STATUS(Raised, STATUS_INVALID_HANDLE);
    TpReleaseWait(Wait);
}

static VOID NTAPI NoIo(PTP_CALLBACK_INSTANCE Instance, PVOID Context, PVOID ApcContext,
                       PIO_STATUS_BLOCK IoStatusBlock, PTP_IO Io)
{
    UNREFERENCED_PARAMETER(Instance);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(ApcContext);
    UNREFERENCED_PARAMETER(IoStatusBlock);
    UNREFERENCED_PARAMETER(Io);
}

VOID TestIoBadHandle(void)
{
    PTP_IO Io;
    HANDLE Event = PoolMakeEvent(NotificationEvent);
    CHECK(!NT_SUCCESS(TpAllocIoCompletion(&Io, nullptr, NoIo, nullptr, nullptr)));
    CHECK(!NT_SUCCESS(TpAllocIoCompletion(&Io, Event, NoIo, nullptr, nullptr)));
    NtClose(Event);
}
