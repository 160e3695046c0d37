// Duplicating and comparing handles.

#include "suite.h"

#define SELF NtCurrentProcess()

static HANDLE Duplicate(HANDLE Source, ACCESS_MASK Access, ULONG Attributes, ULONG Options)
{
    HANDLE Copy = nullptr;
    CHECK_STATUS(NtDuplicateObject(SELF, Source, SELF, &Copy, Access, Attributes, Options),
                 STATUS_SUCCESS);
    return Copy;
}

VOID TestDuplicateAccess(void)
{
    HANDLE Event = MakeEvent(nullptr);
    HANDLE Less = Duplicate(Event, EVENT_QUERY_STATE, 0, 0);
    HANDLE Generic = Duplicate(Event, GENERIC_READ, 0, 0);
    HANDLE Same = Duplicate(Event, 0, 0, DUPLICATE_SAME_ACCESS);
    CHECK_EQUAL(HandleAccess(Less), EVENT_QUERY_STATE);
    CHECK_EQUAL(HandleAccess(Generic), STANDARD_RIGHTS_READ | EVENT_QUERY_STATE);
    CHECK_EQUAL(HandleAccess(Same), EVENT_ALL_ACCESS);
    CHECK_STATUS(NtSetEvent(Less, nullptr), STATUS_ACCESS_DENIED);
    CHECK_STATUS(NtSetEvent(Same, nullptr), STATUS_SUCCESS);
    // An object without security lets more be had; one with it is asked.
    HANDLE More = Duplicate(Less, EVENT_MODIFY_STATE, 0, 0);
    CHECK_STATUS(NtSetEvent(More, nullptr), STATUS_SUCCESS);
    HANDLE Handles[] = {More, Same, Generic, Less, Event};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Handles); i++)
        NtClose(Handles[i]);
}

VOID TestDuplicateAttributes(void)
{
    HANDLE Event = MakeEvent(nullptr);
    HANDLE Inheritable = Duplicate(Event, 0, OBJ_INHERIT, DUPLICATE_SAME_ACCESS);
    HANDLE Same = Duplicate(Inheritable, 0, 0, DUPLICATE_SAME_ACCESS | DUPLICATE_SAME_ATTRIBUTES);
    HANDLE None = Duplicate(Inheritable, 0, 0, DUPLICATE_SAME_ACCESS);
    HANDLE Protected = Duplicate(Event, 0, OBJ_PROTECT_CLOSE, DUPLICATE_SAME_ACCESS);
    CHECK_EQUAL(HandleAttributes(Inheritable), OBJ_INHERIT);
    CHECK_EQUAL(HandleAttributes(Same), OBJ_INHERIT);
    CHECK_EQUAL(HandleAttributes(None), 0);
    CHECK_EQUAL(HandleAttributes(Protected), OBJ_PROTECT_CLOSE);
    OBJECT_HANDLE_FLAG_INFORMATION Flags = {};
    NtSetInformationObject(Protected, ObjectHandleFlagInformation, &Flags, sizeof(Flags));
    HANDLE Handles[] = {Protected, None, Same, Inheritable, Event};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Handles); i++)
        CHECK_STATUS(NtClose(Handles[i]), STATUS_SUCCESS);
}

VOID TestDuplicateCloseSource(void)
{
    HANDLE Event = MakeEvent(nullptr);
    HANDLE Copy = Duplicate(Event, 0, 0, DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE);
    CHECK(Copy && (Copy == Event || NtSetEvent(Event, nullptr) == STATUS_INVALID_HANDLE));
    // Closing alone: no target.
    CHECK_STATUS(NtDuplicateObject(SELF, Copy, nullptr, nullptr, 0, 0, DUPLICATE_CLOSE_SOURCE),
                 STATUS_SUCCESS);
    CHECK_STATUS(NtSetEvent(Copy, nullptr), STATUS_INVALID_HANDLE);
}

NTSTATUS ChildWaits(PCWSTR Argument)
{
    LARGE_INTEGER Interval = TestMilliseconds(20'000);
    UNREFERENCED_PARAMETER(Argument);
    return NtDelayExecution(FALSE, &Interval);
}

VOID TestDuplicateBetweenProcesses(void)
{
    RTL_USER_PROCESS_INFORMATION Child;
    HANDLE Event = MakeEvent(nullptr), Foreign, Back, Self;
    ULONG Before, After;
    REQUIRE_STATUS(TestStartChild(L"waits", L"", TRUE, FALSE, &Child), STATUS_SUCCESS);
    HANDLE Process = Child.ProcessHandle;
    NtQueryInformationProcess(Process, ProcessHandleCount, &Before, sizeof(Before), nullptr);
    CHECK_STATUS(NtDuplicateObject(SELF, Event, Process, &Foreign, 0, 0, DUPLICATE_SAME_ACCESS),
                 STATUS_SUCCESS);
    NtQueryInformationProcess(Process, ProcessHandleCount, &After, sizeof(After), nullptr);
    CHECK_EQUAL(After, Before + 1);
    CHECK_STATUS(NtDuplicateObject(Process, Foreign, SELF, &Back, 0, 0,
                                   DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE),
                 STATUS_SUCCESS);
    CHECK_STATUS(NtCompareObjects(Event, Back), STATUS_SUCCESS);
    NtQueryInformationProcess(Process, ProcessHandleCount, &After, sizeof(After), nullptr);
    CHECK_EQUAL(After, Before);
    // The pseudo handle means its user.
    CHECK_STATUS(
        NtDuplicateObject(SELF, NtCurrentProcess(), Process, &Foreign, 0, 0, DUPLICATE_SAME_ACCESS),
        STATUS_SUCCESS);
    CHECK_STATUS(NtDuplicateObject(Process, Foreign, SELF, &Self, 0, 0, DUPLICATE_SAME_ACCESS),
                 STATUS_SUCCESS);
    CHECK_STATUS(NtCompareObjects(Self, NtCurrentProcess()), STATUS_SUCCESS);
    NtTerminateProcess(Process, STATUS_CANCELLED);
    NtWaitForSingleObject(Process, FALSE, nullptr);
    NTSTATUS Status =
        NtDuplicateObject(SELF, Event, Process, &Foreign, 0, 0, DUPLICATE_SAME_ACCESS);
    CHECK_STATUS(Status, STATUS_PROCESS_IS_TERMINATING);
    TestFinishChild(&Child);
    NtClose(Self);
    NtClose(Back);
    NtClose(Event);
}

VOID TestDuplicateErrors(void)
{
    HANDLE Event = MakeEvent(nullptr), Copy, Weak;
    CHECK_BAD_OUTPUT(NtDuplicateObject(SELF, Event, SELF, Bad, 0, 0, DUPLICATE_SAME_ACCESS));
    CHECK_STATUS(NtDuplicateObject(SELF, (HANDLE)0x7770, SELF, &Copy, 0, 0, 0),
                 STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtDuplicateObject((HANDLE)0x7770, Event, SELF, &Copy, 0, 0, 0),
                 STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtDuplicateObject(SELF, Event, (HANDLE)0x7770, &Copy, 0, 0, 0),
                 STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtDuplicateObject(SELF, Event, nullptr, &Copy, 0, 0, 0), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtDuplicateObject(Event, Event, SELF, &Copy, 0, 0, 0),
                 STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_STATUS(NtDuplicateObject(SELF, Event, SELF, &Copy, 0, 0, 8), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtDuplicateObject(SELF, Event, SELF, &Copy, 0, 0x80000000, 0),
                 STATUS_INVALID_PARAMETER);
    REQUIRE_STATUS(NtDuplicateObject(SELF, SELF, SELF, &Weak, PROCESS_QUERY_INFORMATION, 0, 0),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtDuplicateObject(Weak, Event, SELF, &Copy, 0, 0, 0), STATUS_ACCESS_DENIED);
    CHECK_STATUS(NtDuplicateObject(SELF, Event, Weak, &Copy, 0, 0, 0), STATUS_ACCESS_DENIED);
    NtClose(Weak);
    NtClose(Event);
}

VOID TestCompareObjects(void)
{
    HANDLE Event = MakeEvent(nullptr), Other = MakeEvent(nullptr);
    HANDLE Copy = Duplicate(Event, EVENT_QUERY_STATE, 0, 0);
    CHECK_STATUS(NtCompareObjects(Event, Copy), STATUS_SUCCESS);
    CHECK_STATUS(NtCompareObjects(Event, Other), STATUS_NOT_SAME_OBJECT);
    CHECK_STATUS(NtCompareObjects(Event, (HANDLE)0x7770), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtCompareObjects((HANDLE)0x7770, Event), STATUS_INVALID_HANDLE);
    NtClose(Copy);
    NtClose(Other);
    NtClose(Event);
}
