// Every service of the suite with wrong arguments.

#include "suite.h"

#include <arguments.h>

static HANDLE Event, Mutant, Semaphore, Timer, Keyed, Port, Packet, Other, PacketReserve;
static LARGE_INTEGER Zero, Soon;
static HANDLE Pair[2];

static UNICODE_STRING Names[] = {
    RTL_CONSTANT_STRING(L"\\BaseNamedObjects\\WaitErrorsEvent"),
    RTL_CONSTANT_STRING(L"\\BaseNamedObjects\\WaitErrorsMutant"),
    RTL_CONSTANT_STRING(L"\\BaseNamedObjects\\WaitErrorsSemaphore"),
    RTL_CONSTANT_STRING(L"\\BaseNamedObjects\\WaitErrorsTimer"),
    RTL_CONSTANT_STRING(L"\\BaseNamedObjects\\WaitErrorsKeyed"),
    RTL_CONSTANT_STRING(L"\\BaseNamedObjects\\WaitErrorsPort"),
};
enum { NameEvent, NameMutant, NameSemaphore, NameTimer, NameKeyed, NamePort, NameCount };
static OBJECT_ATTRIBUTES Named[NameCount];

static BOOLEAN MakeObjects(void)
{
    for (ULONG i = 0; i < NameCount; i++)
        Named[i] = TestAttributes(&Names[i], OBJ_OPENIF);
    NTSTATUS Status =
        NtCreateEvent(&Event, EVENT_ALL_ACCESS, &Named[NameEvent], NotificationEvent, TRUE);
    if (NT_SUCCESS(Status))
        Status = NtCreateMutant(&Mutant, MUTANT_ALL_ACCESS, &Named[NameMutant], FALSE);
    if (NT_SUCCESS(Status))
        Status =
            NtCreateSemaphore(&Semaphore, SEMAPHORE_ALL_ACCESS, &Named[NameSemaphore], 0, MAXLONG);
    if (NT_SUCCESS(Status))
        Status = NtCreateTimer(&Timer, TIMER_ALL_ACCESS, &Named[NameTimer], NotificationTimer);
    if (NT_SUCCESS(Status))
        Status = NtCreateKeyedEvent(&Keyed, KEYEDEVENT_ALL_ACCESS, &Named[NameKeyed], 0);
    if (NT_SUCCESS(Status))
        Status = NtCreateIoCompletion(&Port, IO_COMPLETION_ALL_ACCESS, &Named[NamePort], 0);
    if (NT_SUCCESS(Status))
        Status = NtCreateWaitCompletionPacket(&Packet, 1, nullptr);
    if (NT_SUCCESS(Status))
        Status = NtCreateEvent(&Other, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE);
    if (NT_SUCCESS(Status))
        Status = NtAllocateReserveObject(&PacketReserve, nullptr, MemoryReserveIoCompletion);
    Pair[0] = Event;
    Pair[1] = Other;
    Soon.QuadPart = -1;
    return CHECK_STATUS(Status, STATUS_SUCCESS);
}

static VOID CloseObjects(void)
{
    HANDLE *All[] = {&Event, &Mutant, &Semaphore, &Timer,        &Keyed,
                     &Port,  &Packet, &Other,     &PacketReserve};
    for (ULONG i = 0; i < RTL_NUMBER_OF(All); i++) {
        CHECK_STATUS(NtClose(*All[i]), STATUS_SUCCESS);
        *All[i] = nullptr;
    }
}

#define CREATED \
    TEST_OUT_HANDLE, TEST_VALUE(MAXIMUM_ALLOWED), TEST_ATTRIBUTES(nullptr, TEST_NULL_ALLOWED)
#define OPENED(Id) TEST_OUT_HANDLE, TEST_VALUE(MAXIMUM_ALLOWED), TEST_ATTRIBUTES(&Named[Id], 0)

static const TEST_SERVICE EventServices[] = {
    TEST_SERVICE(NtCreateEvent, CREATED, TEST_VALUE(NotificationEvent), TEST_VALUE(FALSE)),
    TEST_SERVICE(NtOpenEvent, OPENED(NameEvent)),
    TEST_SERVICE(NtSetEvent, TEST_HANDLE(&Event, EVENT_MODIFY_STATE),
                 TEST_OPTIONAL_OUT(sizeof(LONG))),
    TEST_SERVICE(NtResetEvent, TEST_HANDLE(&Other, EVENT_MODIFY_STATE),
                 TEST_OPTIONAL_OUT(sizeof(LONG))),
    TEST_SERVICE(NtPulseEvent, TEST_HANDLE(&Other, EVENT_MODIFY_STATE),
                 TEST_OPTIONAL_OUT(sizeof(LONG))),
    TEST_SERVICE(NtClearEvent, TEST_HANDLE(&Other, EVENT_MODIFY_STATE)),
    TEST_SERVICE(NtSetEventBoostPriority, TEST_HANDLE(&Event, EVENT_MODIFY_STATE)),
    TEST_SERVICE(
        NtQueryEvent, TEST_HANDLE(&Event, EVENT_QUERY_STATE), TEST_VALUE(EventBasicInformation),
        TEST_ANSWER(sizeof(EVENT_BASIC_INFORMATION), TEST_EXACT), TEST_OPTIONAL_OUT(sizeof(ULONG))),
};

static const TEST_SERVICE MutantServices[] = {
    TEST_SERVICE(NtCreateMutant, CREATED, TEST_VALUE(FALSE)),
    TEST_SERVICE(NtOpenMutant, OPENED(NameMutant)),
    TEST_SERVICE_GIVES(STATUS_MUTANT_NOT_OWNED, NtReleaseMutant, TEST_HANDLE(&Mutant, 0),
                       TEST_OPTIONAL_OUT(sizeof(LONG))),
    TEST_SERVICE(NtQueryMutant, TEST_HANDLE(&Mutant, MUTANT_QUERY_STATE),
                 TEST_VALUE(MutantBasicInformation),
                 TEST_ANSWER(sizeof(MUTANT_BASIC_INFORMATION), TEST_EXACT),
                 TEST_OPTIONAL_OUT(sizeof(ULONG))),
    TEST_SERVICE(NtQueryMutant, TEST_HANDLE(&Mutant, MUTANT_QUERY_STATE),
                 TEST_VALUE(MutantOwnerInformation),
                 TEST_ANSWER(sizeof(MUTANT_OWNER_INFORMATION), TEST_EXACT),
                 TEST_OPTIONAL_OUT(sizeof(ULONG))),
};

static const TEST_SERVICE SemaphoreServices[] = {
    TEST_SERVICE(NtCreateSemaphore, CREATED, TEST_VALUE(0), TEST_VALUE(1)),
    TEST_SERVICE(NtOpenSemaphore, OPENED(NameSemaphore)),
    TEST_SERVICE(NtReleaseSemaphore, TEST_HANDLE(&Semaphore, SEMAPHORE_MODIFY_STATE), TEST_VALUE(1),
                 TEST_OPTIONAL_OUT(sizeof(LONG))),
    TEST_SERVICE(NtQuerySemaphore, TEST_HANDLE(&Semaphore, SEMAPHORE_QUERY_STATE),
                 TEST_VALUE(SemaphoreBasicInformation),
                 TEST_ANSWER(sizeof(SEMAPHORE_BASIC_INFORMATION), TEST_EXACT),
                 TEST_OPTIONAL_OUT(sizeof(ULONG))),
};

static const TIMER_SET_COALESCABLE_TIMER_INFO Coalescable = {.DueTime.QuadPart = -1};

static const TEST_SERVICE TimerServices[] = {
    TEST_SERVICE(NtCreateTimer, CREATED, TEST_VALUE(NotificationTimer)),
    TEST_SERVICE(NtOpenTimer, OPENED(NameTimer)),
    TEST_SERVICE(NtSetTimer, TEST_HANDLE(&Timer, TIMER_MODIFY_STATE), TEST_IN(&Soon), TEST_VALUE(0),
                 TEST_VALUE(0), TEST_VALUE(FALSE), TEST_VALUE(0),
                 TEST_OPTIONAL_OUT(sizeof(BOOLEAN))),
    TEST_SERVICE(NtSetTimerEx, TEST_HANDLE(&Timer, TIMER_MODIFY_STATE),
                 TEST_VALUE(TimerSetCoalescableTimer), TEST_CHANGE(&Coalescable, TEST_EXACT)),
    TEST_SERVICE(NtCancelTimer, TEST_HANDLE(&Timer, TIMER_MODIFY_STATE),
                 TEST_OPTIONAL_OUT(sizeof(BOOLEAN))),
    TEST_SERVICE(
        NtQueryTimer, TEST_HANDLE(&Timer, TIMER_QUERY_STATE), TEST_VALUE(TimerBasicInformation),
        TEST_ANSWER(sizeof(TIMER_BASIC_INFORMATION), TEST_EXACT), TEST_OPTIONAL_OUT(sizeof(ULONG))),
};

static const TEST_SERVICE WaitServices[] = {
    TEST_SERVICE(NtWaitForSingleObject, TEST_HANDLE_FLAGS(&Event, SYNCHRONIZE, TEST_ANY_TYPE),
                 TEST_VALUE(FALSE), TEST_OPTIONAL_IN(&Zero)),
    TEST_SERVICE(NtWaitForMultipleObjects, TEST_VALUE(2), TEST_IN(&Pair), TEST_VALUE(WaitAny),
                 TEST_VALUE(FALSE), TEST_OPTIONAL_IN(&Zero)),
    TEST_SERVICE(NtSignalAndWaitForSingleObject, TEST_HANDLE(&Event, EVENT_MODIFY_STATE),
                 TEST_HANDLE_FLAGS(&Event, SYNCHRONIZE, TEST_ANY_TYPE), TEST_VALUE(FALSE),
                 TEST_OPTIONAL_IN(&Zero)),
    TEST_SERVICE(NtDelayExecution, TEST_VALUE(FALSE), TEST_IN(&Zero)),
};

static const TEST_SERVICE KeyedServices[] = {
    TEST_SERVICE(NtCreateKeyedEvent, CREATED, TEST_VALUE(0)),
    TEST_SERVICE(NtOpenKeyedEvent, OPENED(NameKeyed)),
    TEST_SERVICE_GIVES(STATUS_TIMEOUT, NtWaitForKeyedEvent,
                       TEST_HANDLE_FLAGS(&Keyed, KEYEDEVENT_WAIT, TEST_NULL_ALLOWED),
                       TEST_VALUE(0x1000), TEST_VALUE(FALSE), TEST_TIMEOUT(&Zero)),
    TEST_SERVICE_GIVES(STATUS_TIMEOUT, NtReleaseKeyedEvent,
                       TEST_HANDLE_FLAGS(&Keyed, KEYEDEVENT_WAKE, TEST_NULL_ALLOWED),
                       TEST_VALUE(0x1000), TEST_VALUE(FALSE), TEST_TIMEOUT(&Zero)),
};

static const TEST_SERVICE PortServices[] = {
    TEST_SERVICE(NtCreateIoCompletion, CREATED, TEST_VALUE(0)),
    TEST_SERVICE(NtOpenIoCompletion, OPENED(NamePort)),
    TEST_SERVICE(NtSetIoCompletion, TEST_HANDLE(&Port, IO_COMPLETION_MODIFY_STATE), TEST_VALUE(1),
                 TEST_VALUE(2), TEST_VALUE(3), TEST_VALUE(4)),
    TEST_SERVICE(NtSetIoCompletionEx, TEST_HANDLE(&Port, IO_COMPLETION_MODIFY_STATE),
                 TEST_HANDLE_FLAGS(nullptr, 0, TEST_NULL_ALLOWED), TEST_VALUE(2), TEST_VALUE(3),
                 TEST_VALUE(4), TEST_VALUE(5)),
    TEST_SERVICE(NtQueryIoCompletion, TEST_HANDLE(&Port, IO_COMPLETION_QUERY_STATE),
                 TEST_VALUE(IoCompletionBasicInformation),
                 TEST_ANSWER(sizeof(IO_COMPLETION_BASIC_INFORMATION), TEST_EXACT),
                 TEST_OPTIONAL_OUT(sizeof(ULONG))),
    TEST_SERVICE(NtCreateWaitCompletionPacket, CREATED),
    TEST_SERVICE(NtAllocateReserveObject, TEST_OUT_HANDLE,
                 TEST_ATTRIBUTES(nullptr, TEST_NULL_ALLOWED),
                 TEST_VALUE(MemoryReserveIoCompletion)),
    TEST_SERVICE_GIVES(STATUS_CANCELLED, NtCancelWaitCompletionPacket, TEST_HANDLE(&Packet, 1),
                       TEST_VALUE(TRUE)),
};

// The port is empty.
static const TEST_SERVICE EmptyPortServices[] = {
    TEST_SERVICE_GIVES(STATUS_TIMEOUT, NtRemoveIoCompletion,
                       TEST_HANDLE(&Port, IO_COMPLETION_MODIFY_STATE), TEST_OUT(sizeof(PVOID)),
                       TEST_OUT(sizeof(PVOID)), TEST_OUT(sizeof(IO_STATUS_BLOCK)),
                       TEST_TIMEOUT(&Zero)),
    TEST_SERVICE_GIVES(STATUS_TIMEOUT, NtRemoveIoCompletionEx,
                       TEST_HANDLE(&Port, IO_COMPLETION_MODIFY_STATE),
                       TEST_OUT(sizeof(FILE_IO_COMPLETION_INFORMATION)), TEST_VALUE(1),
                       TEST_OUT(sizeof(ULONG)), TEST_TIMEOUT(&Zero), TEST_VALUE(FALSE)),
};

static VOID RunTable(const TEST_SERVICE *Services, ULONG Count)
{
    if (MakeObjects())
        TestServices(Services, Count);
    CloseObjects();
}

#define ERROR_TEST(Area)                                         \
    VOID Test##Area##Errors(void)                                \
    {                                                            \
        RunTable(Area##Services, RTL_NUMBER_OF(Area##Services)); \
    }
ERROR_TEST(Event)
ERROR_TEST(Mutant)
ERROR_TEST(Semaphore)
ERROR_TEST(Timer)
ERROR_TEST(Wait)
ERROR_TEST(Keyed)
ERROR_TEST(Port)
ERROR_TEST(EmptyPort)

// Wrong values, which depend on the service.
VOID TestWrongValues(void)
{
    HANDLE Handle;
    REQUIRE(MakeObjects());
    CHECK_STATUS(NtCreateEvent(&Handle, EVENT_ALL_ACCESS, nullptr, (EVENT_TYPE)2, FALSE),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtCreateTimer(&Handle, TIMER_ALL_ACCESS, nullptr, (TIMER_TYPE)2),
                 STATUS_INVALID_PARAMETER_4);
    CHECK_STATUS(NtCreateSemaphore(&Handle, SEMAPHORE_ALL_ACCESS, nullptr, 2, 1),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtCreateSemaphore(&Handle, SEMAPHORE_ALL_ACCESS, nullptr, -1, 1),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtCreateSemaphore(&Handle, SEMAPHORE_ALL_ACCESS, nullptr, 0, 0),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtReleaseSemaphore(Semaphore, 0, nullptr), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtReleaseSemaphore(Semaphore, -1, nullptr), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtCreateKeyedEvent(&Handle, KEYEDEVENT_ALL_ACCESS, nullptr, 1),
                 STATUS_INVALID_PARAMETER_4);
    CHECK_STATUS(NtWaitForKeyedEvent(Keyed, (PVOID)1, FALSE, &Zero), STATUS_INVALID_PARAMETER_1);
    CHECK_STATUS(NtSetTimer(Timer, &Soon, nullptr, nullptr, FALSE, -1, nullptr),
                 STATUS_INVALID_PARAMETER_6);
    CHECK_STATUS(NtWaitForMultipleObjects(0, Pair, WaitAny, FALSE, &Zero),
                 STATUS_INVALID_PARAMETER_1);
    CHECK_STATUS(NtWaitForMultipleObjects(MAXIMUM_WAIT_OBJECTS + 1, Pair, WaitAny, FALSE, &Zero),
                 STATUS_INVALID_PARAMETER_1);
    CHECK_STATUS(NtWaitForMultipleObjects(2, Pair, (WAIT_TYPE)2, FALSE, &Zero),
                 STATUS_INVALID_PARAMETER_3);
    ULONG Count;
    FILE_IO_COMPLETION_INFORMATION Entry;
    CHECK_STATUS(NtRemoveIoCompletionEx(Port, &Entry, 0, &Count, &Zero, FALSE),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtRemoveIoCompletionEx(Port, &Entry, MAXULONG, &Count, &Zero, FALSE),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtAllocateReserveObject(&Handle, nullptr, (MEMORY_RESERVE_TYPE)2),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtSetIoCompletionEx(Port, Event, nullptr, nullptr, 0, 0),
                 STATUS_OBJECT_TYPE_MISMATCH);
    CloseObjects();
}
