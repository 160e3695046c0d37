// Handles.

#include "suite.h"

VOID TestHandleValues(void)
{
    HANDLE First = MakeEvent(nullptr), Second = MakeEvent(nullptr);
    CHECK((ULONG_PTR)First % 4 == 0 && (ULONG_PTR)Second % 4 == 0 && First && First != Second);
    // The low bits are the program's.
    CHECK_STATUS(NtSetEvent((HANDLE)((ULONG_PTR)First | 3), nullptr), STATUS_SUCCESS);
    CHECK_STATUS(NtSetEvent(nullptr, nullptr), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtSetEvent((HANDLE)0x7FFFFFFFFFFFFFFC, nullptr), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtSetEvent((HANDLE)0xFFFFFFFF80000004, nullptr), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtSetEvent((HANDLE)0x7770, nullptr), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtSetEvent(NtCurrentProcess(), nullptr), STATUS_OBJECT_TYPE_MISMATCH);
    NtClose(Second);
    NtClose(First);
}

VOID TestHandleClose(void)
{
    HANDLE Event = MakeEvent(nullptr);
    CHECK_STATUS(NtClose(Event), STATUS_SUCCESS);
    CHECK_STATUS(NtClose(Event), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtClose(nullptr), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtClose((HANDLE)0x7770), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtClose(NtCurrentProcess()), STATUS_SUCCESS); // without effect
}

VOID TestHandleProtect(void)
{
    HANDLE Event = MakeEvent(nullptr), Copy;
    OBJECT_HANDLE_FLAG_INFORMATION Flags = {.Inherit = FALSE, .ProtectFromClose = TRUE};
    CHECK_STATUS(NtSetInformationObject(Event, ObjectHandleFlagInformation, &Flags, sizeof(Flags)),
                 STATUS_SUCCESS);
    CHECK_STATUS(NtClose(Event), STATUS_HANDLE_NOT_CLOSABLE);
    CHECK_EQUAL(HandleAttributes(Event), OBJ_PROTECT_CLOSE);
    REQUIRE_STATUS(NtDuplicateObject(NtCurrentProcess(), Event, NtCurrentProcess(), &Copy, 0, 0,
                                     DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtSetEvent(Event, nullptr), STATUS_SUCCESS); // it is still there
    Flags.ProtectFromClose = FALSE;
    CHECK_STATUS(NtSetInformationObject(Event, ObjectHandleFlagInformation, &Flags, sizeof(Flags)),
                 STATUS_SUCCESS);
    CHECK_STATUS(NtClose(Event), STATUS_SUCCESS);
    CHECK_STATUS(NtClose(Copy), STATUS_SUCCESS);
}

// ---- Inheritance

// Argument: the values of an inheritable and another handle, in hexadecimal.
NTSTATUS ChildInherits(PCWSTR Argument)
{
    UNICODE_STRING String;
    ULONG Inherited, Other;
    RtlInitUnicodeString(&String, Argument);
    RtlUnicodeStringToInteger(&String, 16, &Inherited);
    PCWSTR Second = wcschr(Argument, L' ');
    if (!Second)
        return STATUS_INVALID_PARAMETER;
    RtlInitUnicodeString(&String, Second + 1);
    RtlUnicodeStringToInteger(&String, 16, &Other);
    NTSTATUS Status = NtSetEvent((HANDLE)(ULONG_PTR)Inherited, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    return NtSetEvent((HANDLE)(ULONG_PTR)Other, nullptr);
}

static NTSTATUS RunInheriting(HANDLE First, HANDLE Second, BOOLEAN Inherit)
{
    WCHAR Argument[40];
    RTL_USER_PROCESS_INFORMATION Child;
    _snwprintf(Argument, 40, L"%x %x", (ULONG)(ULONG_PTR)First, (ULONG)(ULONG_PTR)Second);
    NTSTATUS Status = TestStartChild(L"inherits", Argument, FALSE, Inherit, &Child);
    return NT_SUCCESS(Status) ? TestFinishChild(&Child) : Status;
}

VOID TestHandleInherit(void)
{
    OBJECT_ATTRIBUTES Attributes = TestAttributes(nullptr, OBJ_INHERIT);
    HANDLE Inherited = MakeEvent(&Attributes), Other = MakeEvent(nullptr);
    OBJECT_HANDLE_FLAG_INFORMATION Flags = {.Inherit = TRUE};
    EVENT_BASIC_INFORMATION State;
    CHECK_STATUS(RunInheriting(Inherited, Other, TRUE), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtQueryEvent(Inherited, EventBasicInformation, &State, sizeof(State), nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(State.EventState, 1);
    CHECK_STATUS(RunInheriting(Inherited, Inherited, FALSE), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtSetInformationObject(Other, ObjectHandleFlagInformation, &Flags, sizeof(Flags)),
                 STATUS_SUCCESS);
    CHECK_STATUS(RunInheriting(Inherited, Other, TRUE), STATUS_SUCCESS);
    NtClose(Other);
    NtClose(Inherited);
}

// ---- Lives

VOID TestHandlePermanent(void)
{
    OBJECT_ATTRIBUTES *Attributes = NAMED(L"\\BaseNamedObjects\\Lasting", 0);
    HANDLE Event;
    BOOLEAN WasEnabled;
    REQUIRE_STATUS(RtlAdjustPrivilege(SE_CREATE_PERMANENT_PRIVILEGE, TRUE, FALSE, &WasEnabled),
                   STATUS_SUCCESS);
    Attributes->Attributes = OBJ_PERMANENT;
    Event = MakeEvent(Attributes);
    Attributes->Attributes = 0;
    NtClose(Event);
    REQUIRE_STATUS(NtOpenEvent(&Event, EVENT_ALL_ACCESS, Attributes), STATUS_SUCCESS);
    CHECK_EQUAL(HandleAttributes(Event), OBJ_PERMANENT);
    CHECK_STATUS(NtMakeTemporaryObject(Event), STATUS_SUCCESS);
    CHECK_STATUS(OpenEvent(Attributes), STATUS_SUCCESS);
    CHECK_STATUS(NtMakePermanentObject(Event), STATUS_SUCCESS);
    NtClose(Event);
    REQUIRE_STATUS(NtOpenEvent(&Event, EVENT_QUERY_STATE, Attributes), STATUS_SUCCESS);
    CHECK_STATUS(NtMakeTemporaryObject(Event), STATUS_ACCESS_DENIED); // takes DELETE
    NtClose(Event);
    REQUIRE_STATUS(NtOpenEvent(&Event, DELETE, Attributes), STATUS_SUCCESS);
    CHECK_STATUS(NtMakeTemporaryObject(Event), STATUS_SUCCESS);
    NtClose(Event);
    CHECK_STATUS(OpenEvent(Attributes), STATUS_OBJECT_NAME_NOT_FOUND);
    RtlAdjustPrivilege(SE_CREATE_PERMANENT_PRIVILEGE, FALSE, FALSE, &WasEnabled);
    Attributes->Attributes = OBJ_PERMANENT;
    CHECK_STATUS(NtCreateEvent(&Event, EVENT_ALL_ACCESS, Attributes, NotificationEvent, FALSE),
                 STATUS_PRIVILEGE_NOT_HELD);
    Event = MakeEvent(nullptr);
    CHECK_STATUS(NtMakePermanentObject(Event), STATUS_PRIVILEGE_NOT_HELD);
    NtClose(Event);
    RtlAdjustPrivilege(SE_CREATE_PERMANENT_PRIVILEGE, TRUE, FALSE, &WasEnabled);
    CHECK_STATUS(NtMakePermanentObject((HANDLE)0x7770), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtMakeTemporaryObject((HANDLE)0x7770), STATUS_INVALID_HANDLE);
}

VOID TestHandleExclusive(void)
{
    OBJECT_ATTRIBUTES *Attributes = NAMED(L"\\BaseNamedObjects\\Mine", OBJ_EXCLUSIVE);
    HANDLE Event = MakeEvent(Attributes), Second, Foreign;
    RTL_USER_PROCESS_INFORMATION Child;
    CHECK_EQUAL(HandleAttributes(Event), OBJ_EXCLUSIVE);
    CHECK_STATUS(NtOpenEvent(&Second, EVENT_ALL_ACCESS, Attributes), STATUS_SUCCESS);
    NtClose(Second);
    REQUIRE_STATUS(TestStartChild(L"waits", L"", TRUE, FALSE, &Child), STATUS_SUCCESS);
    CHECK_STATUS(NtDuplicateObject(NtCurrentProcess(), Event, Child.ProcessHandle, &Foreign, 0, 0,
                                   DUPLICATE_SAME_ACCESS),
                 STATUS_ACCESS_DENIED);
    NtTerminateProcess(Child.ProcessHandle, STATUS_CANCELLED);
    TestFinishChild(&Child);
    NtClose(Event);
}

VOID TestHandleMany(void)
{
    enum { MANY = 3000 };
    static HANDLE Handles[MANY];
    ULONG Before, Count, After;
    HANDLE Event = MakeEvent(nullptr);
    NtQueryInformationProcess(NtCurrentProcess(), ProcessHandleCount, &Before, sizeof(Before),
                              nullptr);
    for (Count = 0; Count < MANY; Count++)
        REQUIRE(NT_SUCCESS(NtDuplicateObject(NtCurrentProcess(), Event, NtCurrentProcess(),
                                             &Handles[Count], 0, 0, DUPLICATE_SAME_ACCESS)));
    PROCESS_HANDLE_INFORMATION Counts;
    CHECK_STATUS(NtQueryInformationProcess(NtCurrentProcess(), ProcessHandleCount, &Counts,
                                           sizeof(Counts), nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Counts.HandleCount, Before + MANY);
    CHECK(Counts.HandleCountHighWatermark >= Before + MANY);
    for (ULONG i = 0; i < MANY; i++)
        for (ULONG j = i + 1; j < i + 4 && j < MANY; j++)
            REQUIRE(Handles[i] != Handles[j]);
    CHECK_STATUS(NtSetEvent(Handles[MANY - 1], nullptr), STATUS_SUCCESS);
    while (Count)
        REQUIRE(NT_SUCCESS(NtClose(Handles[--Count])));
    NtQueryInformationProcess(NtCurrentProcess(), ProcessHandleCount, &After, sizeof(After),
                              nullptr);
    CHECK_EQUAL(After, Before);
    CHECK_STATUS(NtSetEvent(Handles[MANY - 1], nullptr), STATUS_INVALID_HANDLE);
    NtClose(Event);
}
