// Handles: values, reuse, inheritance, protection, duplication, counts.
#include "doubles.h"
#include "services.h"

static HANDLE MakeEvent(void)
{
    HANDLE Handle = nullptr;
    assert_success(
        NtCreateEvent(TEST_USER(&Handle), EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE));
    return Handle;
}

static void values_are_multiples_of_four_and_reused(void **State)
{
    (void)State;
    HANDLE First = MakeEvent(), Second = MakeEvent();
    assert_int_equal((ULONG_PTR)First % 4, 0);
    assert_int_not_equal((ULONG_PTR)First, 0);
    assert_ptr_not_equal(First, Second);
    assert_success(NtClose(First));
    assert_ptr_equal(MakeEvent(), First);
    assert_success(NtClose(First));
    assert_success(NtClose(Second));
    assert_status(NtClose(Second), STATUS_INVALID_HANDLE);
}

// Enough for the table to get its second level.
static void a_table_grows(void **State)
{
    (void)State;
    enum { COUNT = 3000 };
    static HANDLE Handles[COUNT];
    LONG Blocks = TestPoolBlocks;
    for (ULONG i = 0; i < COUNT; i++) {
        Handles[i] = MakeEvent();
        assert_int_not_equal((ULONG_PTR)Handles[i] % 1024, 0);
    }
    assert_int_equal(ObGetHandleCount(TestProcess.ObjectTable), COUNT);
    for (ULONG i = 0; i < COUNT; i++)
        assert_success(NtSetEvent(Handles[i], nullptr));
    for (ULONG i = 0; i < COUNT; i++)
        assert_success(NtClose(Handles[i]));
    assert_int_equal(ObGetHandleCount(TestProcess.ObjectTable), 0);
    assert_in_range(TestPoolBlocks, Blocks, Blocks + 2 + COUNT / 255);
}

static void bad_handles_are_refused(void **State)
{
    (void)State;
    const ULONG_PTR Bad[] = {0, 1, 2, 3, 1024, 0x7FFFFFFC, ~(ULONG_PTR)0 << 32};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Bad); i++) {
        assert_status(NtClose((HANDLE)Bad[i]), STATUS_INVALID_HANDLE);
        assert_status(NtSetEvent((HANDLE)Bad[i], nullptr), STATUS_INVALID_HANDLE);
    }
    assert_success(NtClose(NtCurrentProcess()));
}

static void the_low_bits_do_not_matter(void **State)
{
    (void)State;
    HANDLE Handle = MakeEvent();
    assert_success(NtSetEvent((HANDLE)((ULONG_PTR)Handle | 3), nullptr));
    assert_success(NtClose((HANDLE)((ULONG_PTR)Handle | 1)));
}

static void types_and_rights_are_checked(void **State)
{
    (void)State;
    HANDLE Event = nullptr, Mutant = nullptr;
    assert_success(
        NtCreateEvent(TEST_USER(&Event), SYNCHRONIZE, nullptr, NotificationEvent, FALSE));
    assert_success(NtCreateMutant(TEST_USER(&Mutant), MUTANT_ALL_ACCESS, nullptr, FALSE));
    assert_status(NtSetEvent(Event, nullptr), STATUS_ACCESS_DENIED);
    assert_status(NtSetEvent(Mutant, nullptr), STATUS_OBJECT_TYPE_MISMATCH);
    assert_success(NtClose(Event));
    assert_success(NtClose(Mutant));
}

static void a_protected_handle_stays(void **State)
{
    (void)State;
    HANDLE Handle = MakeEvent();
    OBJECT_HANDLE_FLAG_INFORMATION Flags = {.ProtectFromClose = TRUE};
    assert_success(NtSetInformationObject(Handle, ObjectHandleFlagInformation, TEST_USER(&Flags),
                                          sizeof(Flags)));
    assert_status(NtClose(Handle), STATUS_HANDLE_NOT_CLOSABLE);
    Flags.ProtectFromClose = FALSE;
    assert_success(NtSetInformationObject(Handle, ObjectHandleFlagInformation, TEST_USER(&Flags),
                                          sizeof(Flags)));
    assert_success(NtClose(Handle));
}

static void inherited_handles_keep_their_values(void **State)
{
    (void)State;
    HANDLE Private = MakeEvent(), Shared = MakeEvent();
    OBJECT_HANDLE_FLAG_INFORMATION Flags = {.Inherit = TRUE};
    assert_success(NtSetInformationObject(Shared, ObjectHandleFlagInformation, TEST_USER(&Flags),
                                          sizeof(Flags)));
    EPROCESS Child = {};
    assert_success(ObCreateHandleTable(&Child, &TestProcess, &Child.ObjectTable));
    assert_int_equal(ObGetHandleCount(Child.ObjectTable), 1);
    assert_status(ObCloseHandle(&Child, Private, UserMode), STATUS_INVALID_HANDLE);
    assert_success(ObCloseHandle(&Child, Shared, UserMode));
    ObFreeHandleTable(Child.ObjectTable);

    const HANDLE List[] = {Shared, Shared};
    assert_success(ObCreateHandleTableWithList(&Child, &TestProcess, List, 2, &Child.ObjectTable));
    assert_int_equal(ObGetHandleCount(Child.ObjectTable), 1);
    ObKillProcessHandles(&Child);
    ObFreeHandleTable(Child.ObjectTable);
    assert_status(
        ObCreateHandleTableWithList(&Child, &TestProcess, &Private, 1, &Child.ObjectTable),
        STATUS_INVALID_PARAMETER);
    assert_success(NtClose(Private));
    assert_success(NtClose(Shared));
}

static void duplicates_have_no_more_rights_than_allowed(void **State)
{
    (void)State;
    HANDLE Handle = MakeEvent(), Copy = nullptr;
    assert_success(ObDuplicateObject(&TestProcess, Handle, &TestOtherProcess, &Copy, SYNCHRONIZE, 0,
                                     0, UserMode));
    assert_success(ObDuplicateObject(&TestProcess, Handle, &TestProcess, &Copy, SYNCHRONIZE, 0,
                                     DUPLICATE_CLOSE_SOURCE, UserMode));
    assert_status(NtSetEvent(Handle, nullptr), STATUS_INVALID_HANDLE);
    assert_status(NtSetEvent(Copy, nullptr), STATUS_ACCESS_DENIED);
    OBJECT_BASIC_INFORMATION Information;
    assert_success(NtQueryObject(Copy, ObjectBasicInformation, TEST_USER(&Information),
                                 sizeof(Information), nullptr));
    assert_int_equal(Information.HandleCount, 2);
    assert_int_equal(Information.GrantedAccess, SYNCHRONIZE);
    assert_success(NtClose(Copy));
    ObKillProcessHandles(&TestOtherProcess);
}

static void bad_pointers_leave_no_handle(void **State)
{
    (void)State;
    ULONG Count = ObGetHandleCount(TestProcess.ObjectTable);
    LONG Blocks = TestPoolBlocks;
    assert_status(NtCreateEvent((HANDLE USER *)TEST_BAD_POINTER, EVENT_ALL_ACCESS, nullptr,
                                NotificationEvent, FALSE),
                  STATUS_ACCESS_VIOLATION);
    HANDLE Handle;
    assert_status(NtCreateEvent(TEST_USER(&Handle), EVENT_ALL_ACCESS,
                                (const OBJECT_ATTRIBUTES USER *)TEST_BAD_POINTER, NotificationEvent,
                                FALSE),
                  STATUS_ACCESS_VIOLATION);
    OBJECT_ATTRIBUTES Attributes = TestName((UNICODE_STRING *)0x20, 0);
    assert_status(NtCreateEvent(TEST_USER(&Handle), EVENT_ALL_ACCESS, TEST_USER(&Attributes),
                                NotificationEvent, FALSE),
                  STATUS_ACCESS_VIOLATION);
    Attributes = TestName(nullptr, 0x80000000);
    assert_status(NtCreateEvent(TEST_USER(&Handle), EVENT_ALL_ACCESS, TEST_USER(&Attributes),
                                NotificationEvent, FALSE),
                  STATUS_INVALID_PARAMETER);
    assert_int_equal(ObGetHandleCount(TestProcess.ObjectTable), Count);
    assert_int_equal(TestPoolBlocks, Blocks);
}

static void waits_see_the_state(void **State)
{
    (void)State;
    HANDLE Handles[2] = {MakeEvent(), MakeEvent()};
    LARGE_INTEGER Now = {};
    assert_status(NtWaitForSingleObject(Handles[0], FALSE, TEST_USER(&Now)), STATUS_TIMEOUT);
    assert_success(NtSetEvent(Handles[1], nullptr));
    assert_status(NtWaitForMultipleObjects(2, TEST_USER(Handles), WaitAny, FALSE, TEST_USER(&Now)),
                  STATUS_WAIT_1);
    assert_status(NtWaitForMultipleObjects(0, TEST_USER(Handles), WaitAny, FALSE, TEST_USER(&Now)),
                  STATUS_INVALID_PARAMETER_1);
    assert_status(NtWaitForMultipleObjects(65, TEST_USER(Handles), WaitAny, FALSE, TEST_USER(&Now)),
                  STATUS_INVALID_PARAMETER_1);
    HANDLE Twice[2] = {Handles[0], Handles[0]};
    assert_status(NtWaitForMultipleObjects(2, TEST_USER(Twice), WaitAll, FALSE, TEST_USER(&Now)),
                  STATUS_INVALID_PARAMETER_MIX);
    assert_success(NtClose(Handles[0]));
    assert_success(NtClose(Handles[1]));
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(values_are_multiples_of_four_and_reused),
        cmocka_unit_test(a_table_grows),
        cmocka_unit_test(bad_handles_are_refused),
        cmocka_unit_test(the_low_bits_do_not_matter),
        cmocka_unit_test(types_and_rights_are_checked),
        cmocka_unit_test(a_protected_handle_stays),
        cmocka_unit_test(inherited_handles_keep_their_values),
        cmocka_unit_test(duplicates_have_no_more_rights_than_allowed),
        cmocka_unit_test(bad_pointers_leave_no_handle),
        cmocka_unit_test(waits_see_the_state),
    };
    return cmocka_run_group_tests(Tests, TestStart, TestStop);
}
