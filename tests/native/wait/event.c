// Events.

#include "suite.h"

VOID TestEventTypes(void)
{
    HANDLE Notification = MakeEvent(NotificationEvent, TRUE);
    HANDLE Synchronization = MakeEvent(SynchronizationEvent, TRUE);
    CHECK_STATUS(Poll(Notification), STATUS_WAIT_0);
    CHECK_STATUS(Poll(Notification), STATUS_WAIT_0);
    CHECK_STATUS(Poll(Synchronization), STATUS_WAIT_0);
    CHECK_STATUS(Poll(Synchronization), STATUS_TIMEOUT);
    NtClose(Notification);
    NtClose(Synchronization);
}

VOID TestEventPrevious(void)
{
    LONG Previous = 99;
    HANDLE Event = MakeEvent(NotificationEvent, FALSE);
    CHECK_STATUS(NtSetEvent(Event, &Previous), STATUS_SUCCESS);
    CHECK_EQUAL(Previous, 0);
    CHECK_STATUS(NtSetEvent(Event, &Previous), STATUS_SUCCESS);
    CHECK_EQUAL(Previous, 1);
    CHECK_STATUS(NtResetEvent(Event, &Previous), STATUS_SUCCESS);
    CHECK_EQUAL(Previous, 1);
    CHECK_STATUS(NtResetEvent(Event, &Previous), STATUS_SUCCESS);
    CHECK_EQUAL(Previous, 0);
    CHECK_STATUS(NtSetEventBoostPriority(Event), STATUS_SUCCESS);
    CHECK_STATUS(Poll(Event), STATUS_WAIT_0);
    CHECK_STATUS(NtClearEvent(Event), STATUS_SUCCESS);
    CHECK_STATUS(Poll(Event), STATUS_TIMEOUT);
    NtClose(Event);
}

VOID TestEventQuery(void)
{
    EVENT_BASIC_INFORMATION Information;
    ULONG Length = 0;
    HANDLE Event = MakeEvent(SynchronizationEvent, TRUE);
    CHECK_STATUS(
        NtQueryEvent(Event, EventBasicInformation, &Information, sizeof(Information), &Length),
        STATUS_SUCCESS);
    CHECK_EQUAL(Length, sizeof(Information));
    CHECK_EQUAL(Information.EventType, SynchronizationEvent);
    CHECK_EQUAL(Information.EventState, 1);
    CHECK_STATUS(
        NtQueryEvent(Event, (EVENT_INFORMATION_CLASS)1, &Information, sizeof(Information), nullptr),
        STATUS_INVALID_INFO_CLASS);
    NtClose(Event);
}

static HANDLE Waited;
static volatile LONG Woken;

static NTSTATUS WaitOnce(PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    NTSTATUS Status = NtWaitForSingleObject(Waited, FALSE, nullptr);
    __atomic_add_fetch(&Woken, 1, __ATOMIC_SEQ_CST);
    return Status;
}

enum { Waiters = 3 };

static BOOLEAN StartWaiters(EVENT_TYPE Type, HANDLE Threads[Waiters])
{
    Woken = 0;
    Waited = MakeEvent(Type, FALSE);
    for (ULONG i = 0; i < Waiters; i++) {
        Threads[i] = TestStartThread(WaitOnce, nullptr);
        if (!Threads[i])
            return FALSE;
    }
    LetOthersRun();
    return CHECK_EQUAL(Woken, 0);
}

// A pulse ends the waits of the moment and leaves the event as it was.
VOID TestPulse(void)
{
    HANDLE Threads[Waiters];
    LONG Previous = 99;
    REQUIRE(StartWaiters(NotificationEvent, Threads));
    CHECK_STATUS(NtPulseEvent(Waited, &Previous), STATUS_SUCCESS);
    CHECK_EQUAL(Previous, 0);
    for (ULONG i = 0; i < Waiters; i++)
        CHECK_STATUS(TestJoin(Threads[i]), STATUS_WAIT_0);
    CHECK_STATUS(Poll(Waited), STATUS_TIMEOUT);
    NtClose(Waited);
}

VOID TestPulseWakesOne(void)
{
    HANDLE Threads[Waiters];
    REQUIRE(StartWaiters(SynchronizationEvent, Threads));
    for (LONG i = 0; i < Waiters; i++) {
        CHECK_STATUS(NtPulseEvent(Waited, nullptr), STATUS_SUCCESS);
        LetOthersRun();
        CHECK_EQUAL(Woken, i + 1);
    }
    for (ULONG i = 0; i < Waiters; i++)
        CHECK_STATUS(TestJoin(Threads[i]), STATUS_WAIT_0);
    NtClose(Waited);
}

VOID TestNamedEvent(void)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\BaseNamedObjects\\WaitNamedEvent");
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, 0);
    HANDLE First, Second;
    CHECK_STATUS(NtOpenEvent(&First, EVENT_ALL_ACCESS, &Attributes), STATUS_OBJECT_NAME_NOT_FOUND);
    REQUIRE_STATUS(NtCreateEvent(&First, EVENT_ALL_ACCESS, &Attributes, NotificationEvent, FALSE),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtCreateEvent(&Second, EVENT_ALL_ACCESS, &Attributes, NotificationEvent, FALSE),
                 STATUS_OBJECT_NAME_COLLISION);
    REQUIRE_STATUS(NtOpenEvent(&Second, EVENT_MODIFY_STATE, &Attributes), STATUS_SUCCESS);
    CHECK_STATUS(Poll(Second), STATUS_ACCESS_DENIED);
    CHECK_STATUS(NtSetEvent(Second, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(Poll(First), STATUS_WAIT_0);
    Attributes.Attributes = OBJ_CASE_INSENSITIVE;
    HANDLE Third;
    CHECK_STATUS(NtOpenMutant(&Third, MUTANT_ALL_ACCESS, &Attributes), STATUS_OBJECT_TYPE_MISMATCH);
    NtClose(First);
    NtClose(Second);
    CHECK_STATUS(NtOpenEvent(&First, EVENT_ALL_ACCESS, &Attributes), STATUS_OBJECT_NAME_NOT_FOUND);
}
