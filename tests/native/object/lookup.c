// Names.

#include "suite.h"

#define BASE L"\\BaseNamedObjects\\"

VOID TestLookupCase(void)
{
    HANDLE Event = MakeEvent(NAMED(BASE L"MixedCase", 0)), Lower;
    CHECK_STATUS(OpenEvent(NAMED(BASE L"mixedcase", 0)), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(OpenEvent(NAMED(L"\\BASENAMEDOBJECTS\\mixedcase", OBJ_CASE_INSENSITIVE)),
                 STATUS_SUCCESS);
    // Names that differ in case only live side by side, if case counts.
    CHECK_STATUS(NtCreateEvent(&Lower, EVENT_ALL_ACCESS,
                               NAMED(BASE L"mixedcase", OBJ_CASE_INSENSITIVE), NotificationEvent,
                               FALSE),
                 STATUS_OBJECT_NAME_COLLISION);
    Lower = MakeEvent(NAMED(BASE L"mixedcase", 0));
    CHECK_STATUS(NtCompareObjects(Event, Lower), STATUS_NOT_SAME_OBJECT);
    NtClose(Lower);
    NtClose(Event);
}

VOID TestLookupSyntax(void)
{
    CHECK_STATUS(OpenEvent(NAMED(L"NoRoot", 0)), STATUS_OBJECT_PATH_SYNTAX_BAD);
    CHECK_STATUS(OpenEvent(NAMED(L"", 0)), STATUS_OBJECT_PATH_SYNTAX_BAD);
    CHECK_STATUS(OpenEvent(NAMED(L"\\BaseNamedObjects\\\\X", 0)), STATUS_OBJECT_NAME_INVALID);
    CHECK_STATUS(OpenEvent(NAMED(L"\\BaseNamedObjects\\", 0)), STATUS_OBJECT_NAME_INVALID);
    CHECK_STATUS(OpenEvent(NAMED(L"\\NoSuch\\X", 0)), STATUS_OBJECT_PATH_NOT_FOUND);
    CHECK_STATUS(OpenEvent(NAMED(L"\\NoSuch", 0)), STATUS_OBJECT_NAME_NOT_FOUND);
    HANDLE Directory = MakeDirectory(nullptr), Event;
    CHECK_STATUS(NtCreateEvent(&Event, EVENT_ALL_ACCESS, NAMED_AT(Directory, L"", 0),
                               NotificationEvent, FALSE),
                 STATUS_OBJECT_NAME_INVALID);
    NtClose(Directory);
}

VOID TestLookupThroughObjects(void)
{
    HANDLE Event = MakeEvent(NAMED(BASE L"Event", 0)), Handle;
    CHECK_STATUS(OpenEvent(NAMED(BASE L"Event\\Below", 0)), STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_STATUS(OpenEvent(NAMED_AT(Event, L"Below", 0)), STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_STATUS(OpenEvent(NAMED_AT((HANDLE)0x7770, L"Below", 0)), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtOpenMutant(&Handle, MUTANT_ALL_ACCESS, NAMED(BASE L"Event", 0)),
                 STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_STATUS(NtOpenDirectoryObject(&Handle, DIRECTORY_QUERY, NAMED(BASE L"Event", 0)),
                 STATUS_OBJECT_TYPE_MISMATCH);
    NtClose(Event);
}

VOID TestLookupDosDevices(void)
{
    HANDLE Session, Global, Event;
    REQUIRE_STATUS(NtOpenDirectoryObject(&Session, DIRECTORY_QUERY, NAMED(L"\\??", 0)),
                   STATUS_SUCCESS);
    REQUIRE_STATUS(NtOpenDirectoryObject(&Global, DIRECTORY_QUERY, NAMED(L"\\GLOBAL??", 0)),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtCompareObjects(Session, Global), STATUS_SUCCESS); // SYSTEM has none of its own
    NtClose(Session);
    REQUIRE_STATUS(NtOpenDirectoryObject(&Session, DIRECTORY_QUERY, NAMED(L"\\DosDevices", 0)),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtCompareObjects(Session, Global), STATUS_SUCCESS);
    Event = MakeEvent(NAMED(L"\\??\\SuiteEvent", 0));
    CHECK_STATUS(OpenEvent(NAMED(L"\\GLOBAL??\\SuiteEvent", 0)), STATUS_SUCCESS);
    CHECK_STATUS(OpenEvent(NAMED(L"\\??\\Global\\SuiteEvent", 0)), STATUS_SUCCESS);
    CHECK_STATUS(OpenEvent(NAMED(L"\\??\\GLOBALROOT\\GLOBAL??\\SuiteEvent", 0)), STATUS_SUCCESS);
    NtClose(Event);
    NtClose(Global);
    NtClose(Session);
}

VOID TestLookupDeviceMap(void)
{
    HANDLE Directory = MakeDirectory(nullptr), Drive;
    RTL_USER_PROCESS_INFORMATION Child;
    PROCESS_DEVICEMAP_INFORMATION Map = {.Set.DirectoryHandle = Directory};
    UNICODE_STRING Target = STRING_OF(L"\\Device\\Nothing");
    REQUIRE_STATUS(TestStartChild(L"waits", L"", TRUE, FALSE, &Child), STATUS_SUCCESS);
    REQUIRE_STATUS(NtCreateSymbolicLinkObject(&Drive, SYMBOLIC_LINK_QUERY,
                                              NAMED_AT(Directory, L"Q:", 0), &Target),
                   STATUS_SUCCESS);
    CHECK_STATUS(
        NtSetInformationProcess(Child.ProcessHandle, ProcessDeviceMap, &Map, sizeof(Map.Set)),
        STATUS_SUCCESS);
    CHECK_STATUS(NtQueryInformationProcess(Child.ProcessHandle, ProcessDeviceMap, &Map,
                                           sizeof(Map.Query), nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Map.Query.DriveMap, 1 << ('Q' - 'A'));
    CHECK_STATUS(NtQueryInformationProcess(NtCurrentProcess(), ProcessDeviceMap, &Map,
                                           sizeof(Map.Query), nullptr),
                 STATUS_SUCCESS);
    CHECK(!(Map.Query.DriveMap & 1 << ('Q' - 'A')));
    NtTerminateProcess(Child.ProcessHandle, STATUS_CANCELLED);
    CHECK_STATUS(TestFinishChild(&Child), STATUS_CANCELLED);
    NtClose(Drive);
    NtClose(Directory);
}

VOID TestLookupAttributes(void)
{
    HANDLE Event;
    OBJECT_ATTRIBUTES Attributes = *NAMED(BASE L"Event", 0);
    UNICODE_STRING Odd = {3, 4, L"\\A"}, Long = {0xFFFE, 0xFFFE, TEST_UNMAPPED};
    SECURITY_QUALITY_OF_SERVICE Qos = {sizeof(Qos), 9, 0, 0};
    Attributes.Length--;
    CHECK_STATUS(OpenEvent(&Attributes), STATUS_INVALID_PARAMETER);
    Attributes.Length++;
    Attributes.Attributes = 0x80000000;
    CHECK_STATUS(OpenEvent(&Attributes), STATUS_INVALID_PARAMETER);
    Attributes.Attributes = 0;
    Attributes.ObjectName = &Odd;
    NTSTATUS Status = OpenEvent(&Attributes);
    CHECK(Status == STATUS_OBJECT_NAME_INVALID || Status == STATUS_INVALID_PARAMETER);
    Attributes.ObjectName = &Long;
    CHECK_STATUS(OpenEvent(&Attributes), STATUS_ACCESS_VIOLATION);
    Attributes.ObjectName = TEST_KERNEL;
    CHECK_STATUS(OpenEvent(&Attributes), STATUS_ACCESS_VIOLATION);
    Attributes.ObjectName = nullptr;
    Attributes.SecurityDescriptor = TEST_KERNEL;
    CHECK_STATUS(NtCreateEvent(&Event, EVENT_ALL_ACCESS, &Attributes, NotificationEvent, FALSE),
                 STATUS_ACCESS_VIOLATION);
    Attributes.SecurityDescriptor = nullptr;
    Attributes.SecurityQualityOfService = &Qos;
    CHECK_STATUS(NtCreateEvent(&Event, EVENT_ALL_ACCESS, &Attributes, NotificationEvent, FALSE),
                 STATUS_INVALID_PARAMETER);
    Attributes.SecurityQualityOfService = TEST_KERNEL;
    CHECK_STATUS(NtCreateEvent(&Event, EVENT_ALL_ACCESS, &Attributes, NotificationEvent, FALSE),
                 STATUS_ACCESS_VIOLATION);
}
