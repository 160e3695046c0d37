// Waiting for changes.

#include "suite.h"

static IO_STATUS_BLOCK Block;

static NTSTATUS Watch(HANDLE Key, HANDLE Event, ULONG Filter, BOOLEAN Tree)
{
    Block = (IO_STATUS_BLOCK){.Status = STATUS_PENDING};
    return NtNotifyChangeKey(Key, Event, nullptr, nullptr, &Block, Filter, Tree, nullptr, 0, TRUE);
}

static HANDLE NewEvent(void)
{
    HANDLE Event = nullptr;
    CHECK_STATUS(NtCreateEvent(&Event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE),
                 STATUS_SUCCESS);
    return Event;
}

static BOOLEAN IsSet(HANDLE Event)
{
    LARGE_INTEGER None = {};
    return NtWaitForSingleObject(Event, FALSE, &None) == STATUS_WAIT_0;
}

VOID TestNotifyName(void)
{
    HANDLE Key = KeyFresh(L"notify"), Event = NewEvent(), Sub;
    CHECK_STATUS(Watch(Key, Event, REG_NOTIFY_CHANGE_NAME, FALSE), STATUS_PENDING);
    CHECK(!IsSet(Event));
    REQUIRE_STATUS(KeyCreate(Key, L"Sub", 0, &Sub), STATUS_SUCCESS);
    CHECK(IsSet(Event));
    CHECK_STATUS(Block.Status, STATUS_NOTIFY_ENUM_DIR);
    CHECK_STATUS(Watch(Key, Event, REG_NOTIFY_CHANGE_NAME, FALSE), STATUS_PENDING);
    CHECK(!IsSet(Event)); // the call resets it
    CHECK_STATUS(NtDeleteKey(Sub), STATUS_SUCCESS);
    CHECK(IsSet(Event));
    NtClose(Sub);
    NtClose(Event);
    NtClose(Key);
}

// Each kind of change, and which filter it answers to.
VOID TestNotifyFilter(void)
{
    static const ULONG Filters[] = {REG_NOTIFY_CHANGE_NAME, REG_NOTIFY_CHANGE_LAST_SET,
                                    REG_NOTIFY_CHANGE_SECURITY};
    HANDLE Event = NewEvent();
    SECURITY_DESCRIPTOR Descriptor;
    RtlCreateSecurityDescriptor(&Descriptor, SECURITY_DESCRIPTOR_REVISION);
    RtlSetDaclSecurityDescriptor(&Descriptor, TRUE, nullptr, FALSE);
    for (ULONG Filter = 0; Filter < 3; Filter++) {
        for (ULONG Change = 0; Change < 3; Change++) {
            HANDLE Key = KeyFresh(L"filter"), Sub = nullptr;
            CHECK_STATUS(Watch(Key, Event, Filters[Filter], FALSE), STATUS_PENDING);
            if (Change == 0)
                CHECK_STATUS(KeyCreate(Key, L"Sub", 0, &Sub), STATUS_SUCCESS);
            else if (Change == 1)
                CHECK_STATUS(KeySetNumber(Key, L"x", 1), STATUS_SUCCESS);
            else
                CHECK_STATUS(NtSetSecurityObject(Key, DACL_SECURITY_INFORMATION, &Descriptor),
                             STATUS_SUCCESS);
            if (IsSet(Event) != (Filter == Change))
                TestFail(__FILE__, __LINE__, "filter %lu, change %lu", Filter, Change);
            if (Sub)
                NtClose(Sub);
            NtClose(Key);
        }
    }
    NtClose(Event);
}

VOID TestNotifySubtree(void)
{
    HANDLE Key = KeyFresh(L"subtree"), One = NewEvent(), All = NewEvent(), Sub, Below, Second;
    IO_STATUS_BLOCK Other;
    REQUIRE_STATUS(KeyCreate(Key, L"Sub", 0, &Sub), STATUS_SUCCESS);
    REQUIRE_STATUS(KeyCreate(Sub, L"Below", 0, &Below), STATUS_SUCCESS);
    REQUIRE_STATUS(KeyOpen(Key, L"", KEY_NOTIFY, &Second), STATUS_SUCCESS);
    CHECK_STATUS(Watch(Key, One, REG_NOTIFY_CHANGE_LAST_SET, FALSE), STATUS_PENDING);
    CHECK_STATUS(NtNotifyChangeKey(Second, All, nullptr, nullptr, &Other,
                                   REG_NOTIFY_CHANGE_LAST_SET, TRUE, nullptr, 0, TRUE),
                 STATUS_PENDING);
    CHECK_STATUS(KeySetNumber(Below, L"x", 1), STATUS_SUCCESS);
    CHECK(!IsSet(One));
    CHECK(IsSet(All));
    NtClose(Second);
    NtClose(Below);
    NtClose(Sub);
    NtClose(One);
    NtClose(All);
    NtClose(Key);
}

static NTSTATUS SynchronousThread(PVOID Argument)
{
    IO_STATUS_BLOCK Own = {};
    NTSTATUS Status = NtNotifyChangeKey(Argument, nullptr, nullptr, nullptr, &Own,
                                        REG_NOTIFY_CHANGE_LAST_SET, FALSE, nullptr, 0, FALSE);
    return Own.Status == Status ? Status : STATUS_UNSUCCESSFUL;
}

VOID TestNotifySynchronous(void)
{
    HANDLE Key = KeyFresh(L"synchronous");
    HANDLE Thread = TestStartThread(SynchronousThread, Key);
    LARGE_INTEGER Soon = TestMilliseconds(20);
    REQUIRE(Thread);
    CHECK_STATUS(NtWaitForSingleObject(Thread, FALSE, &Soon), STATUS_TIMEOUT);
    CHECK_STATUS(KeySetNumber(Key, L"x", 1), STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), STATUS_NOTIFY_ENUM_DIR);
    // A thread that is ended while it waits leaves nothing behind.
    HANDLE Other;
    REQUIRE_STATUS(KeyOpen(Key, L"", KEY_NOTIFY, &Other), STATUS_SUCCESS);
    Thread = TestStartThread(SynchronousThread, Other);
    CHECK_STATUS(NtWaitForSingleObject(Thread, FALSE, &Soon), STATUS_TIMEOUT);
    CHECK_STATUS(NtTerminateThread(Thread, STATUS_CANCELLED), STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), STATUS_CANCELLED);
    CHECK_STATUS(KeySetNumber(Key, L"x", 2), STATUS_SUCCESS);
    NtClose(Other);
    NtClose(Key);
}

VOID TestNotifyPending(void)
{
    HANDLE Key = KeyFresh(L"pending"), Event = NewEvent();
    CHECK_STATUS(Watch(Key, Event, REG_NOTIFY_CHANGE_LAST_SET, FALSE), STATUS_PENDING);
    CHECK_STATUS(KeySetNumber(Key, L"x", 1), STATUS_SUCCESS);
    CHECK(IsSet(Event));
    CHECK_STATUS(KeySetNumber(Key, L"x", 2), STATUS_SUCCESS); // nobody waits
    CHECK_STATUS(Watch(Key, Event, REG_NOTIFY_CHANGE_LAST_SET, FALSE), STATUS_PENDING);
    CHECK(IsSet(Event));
    CHECK_STATUS(Block.Status, STATUS_NOTIFY_ENUM_DIR);
    CHECK_STATUS(Watch(Key, Event, REG_NOTIFY_CHANGE_LAST_SET, FALSE), STATUS_PENDING);
    CHECK(!IsSet(Event)); // it is told once
    NtClose(Event);
    NtClose(Key);
}

VOID TestNotifyClosed(void)
{
    HANDLE Key = KeyFresh(L"closed"), Event = NewEvent();
    CHECK_STATUS(Watch(Key, Event, REG_NOTIFY_CHANGE_NAME, TRUE), STATUS_PENDING);
    CHECK_STATUS(NtClose(Key), STATUS_SUCCESS);
    CHECK(IsSet(Event));
    CHECK_STATUS(Block.Status, STATUS_NOTIFY_CLEANUP);
    NtClose(Event);
}

VOID TestNotifyDeleted(void)
{
    HANDLE Key = KeyFresh(L"notifydeleted"), Event = NewEvent();
    CHECK_STATUS(Watch(Key, Event, REG_NOTIFY_CHANGE_LAST_SET, FALSE), STATUS_PENDING);
    CHECK_STATUS(NtDeleteKey(Key), STATUS_SUCCESS);
    CHECK(IsSet(Event));
    CHECK_STATUS(Block.Status, STATUS_KEY_DELETED);
    NtClose(Key);
    NtClose(Event);
}

static ULONG ApcCalls;
static PVOID ApcSeen;

static VOID Apc(PVOID Context, PIO_STATUS_BLOCK Status, ULONG Reserved)
{
    ApcCalls++;
    ApcSeen = Context;
    CHECK_STATUS(Status->Status, STATUS_NOTIFY_ENUM_DIR);
    CHECK_EQUAL(Reserved, 0);
}

VOID TestNotifyApc(void)
{
    HANDLE Key = KeyFresh(L"apc");
    LARGE_INTEGER Soon = TestMilliseconds(50);
    CHECK_STATUS(NtNotifyChangeKey(Key, nullptr, Apc, &ApcCalls, &Block, REG_NOTIFY_CHANGE_LAST_SET,
                                   FALSE, nullptr, 0, TRUE),
                 STATUS_PENDING);
    CHECK_STATUS(KeySetNumber(Key, L"x", 1), STATUS_SUCCESS);
    CHECK_EQUAL(ApcCalls, 0);
    CHECK_STATUS(NtDelayExecution(TRUE, &Soon), STATUS_USER_APC);
    CHECK_EQUAL(ApcCalls, 1);
    CHECK_EQUAL(ApcSeen, &ApcCalls);
    NtClose(Key);
}

VOID TestNotifyMultiple(void)
{
    HANDLE Event = NewEvent();
    UNICODE_STRING Name = TestString(TEST_ROOT L"\\second"), None = TestString(L"\\Registry\\None");
    OBJECT_ATTRIBUTES Second = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    OBJECT_ATTRIBUTES Missing = TestAttributes(&None, OBJ_CASE_INSENSITIVE);
    for (ULONG Change = 0; Change < 3; Change++) {
        HANDLE First = KeyFresh(L"first"), Other = KeyFresh(L"second");
        Block = (IO_STATUS_BLOCK){.Status = STATUS_PENDING};
        CHECK_STATUS(NtNotifyChangeMultipleKeys(First, 1, &Second, Event, nullptr, nullptr, &Block,
                                                REG_NOTIFY_CHANGE_LAST_SET, FALSE, nullptr, 0,
                                                TRUE),
                     STATUS_PENDING);
        CHECK(!IsSet(Event));
        if (Change == 2)
            NtClose(First);
        else
            CHECK_STATUS(KeySetNumber(Change ? Other : First, L"x", 1), STATUS_SUCCESS);
        CHECK(IsSet(Event));
        CHECK_STATUS(Block.Status, Change == 2 ? STATUS_NOTIFY_CLEANUP : STATUS_NOTIFY_ENUM_DIR);
        NtClose(Other);
        if (Change != 2)
            NtClose(First);
    }
    HANDLE Key = KeyFresh(L"first");
    CHECK_STATUS(NtNotifyChangeMultipleKeys(Key, 1, &Missing, Event, nullptr, nullptr, &Block,
                                            REG_NOTIFY_CHANGE_NAME, FALSE, nullptr, 0, TRUE),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(NtNotifyChangeMultipleKeys(Key, 2, &Second, Event, nullptr, nullptr, &Block,
                                            REG_NOTIFY_CHANGE_NAME, FALSE, nullptr, 0, TRUE),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtNotifyChangeMultipleKeys(Key, 0, nullptr, Event, nullptr, nullptr, &Block,
                                            REG_NOTIFY_CHANGE_NAME, FALSE, nullptr, 0, TRUE),
                 STATUS_PENDING);
    NtClose(Key);
    CHECK(IsSet(Event));
    NtClose(Event);
}
