// The registry: keys, values, links, deletion, security, notifications.
#include "doubles.h"
#include "services.h"
#include "user.h"

NTSTATUS NtCreateKey(HANDLE USER *KeyHandle, ACCESS_MASK DesiredAccess,
                     const OBJECT_ATTRIBUTES USER *ObjectAttributes, ULONG TitleIndex,
                     const UNICODE_STRING USER *Class, ULONG CreateOptions,
                     ULONG USER *Disposition);
NTSTATUS NtDeleteKey(HANDLE KeyHandle);
NTSTATUS NtDeleteValueKey(HANDLE KeyHandle, const UNICODE_STRING USER *ValueName);
NTSTATUS NtEnumerateKey(HANDLE KeyHandle, ULONG Index, ULONG KeyInformationClass,
                        VOID USER *KeyInformation, ULONG Length, ULONG USER *ResultLength);
NTSTATUS NtEnumerateValueKey(HANDLE KeyHandle, ULONG Index, ULONG KeyValueInformationClass,
                             VOID USER *KeyValueInformation, ULONG Length,
                             ULONG USER *ResultLength);
NTSTATUS NtNotifyChangeKey(HANDLE KeyHandle, HANDLE Event, PVOID ApcRoutine, PVOID ApcContext,
                           IO_STATUS_BLOCK USER *IoStatusBlock, ULONG CompletionFilter,
                           BOOLEAN WatchTree, VOID USER *Buffer, ULONG BufferSize,
                           BOOLEAN Asynchronous);
NTSTATUS NtOpenKey(HANDLE USER *KeyHandle, ACCESS_MASK DesiredAccess,
                   const OBJECT_ATTRIBUTES USER *ObjectAttributes);
NTSTATUS NtOpenKeyEx(HANDLE USER *KeyHandle, ACCESS_MASK DesiredAccess,
                     const OBJECT_ATTRIBUTES USER *ObjectAttributes, ULONG OpenOptions);
NTSTATUS NtQueryKey(HANDLE KeyHandle, ULONG KeyInformationClass, VOID USER *KeyInformation,
                    ULONG Length, ULONG USER *ResultLength);
NTSTATUS NtQueryValueKey(HANDLE KeyHandle, const UNICODE_STRING USER *ValueName,
                         ULONG KeyValueInformationClass, VOID USER *KeyValueInformation,
                         ULONG Length, ULONG USER *ResultLength);
NTSTATUS NtRenameKey(HANDLE KeyHandle, const UNICODE_STRING USER *NewName);
NTSTATUS NtSetValueKey(HANDLE KeyHandle, const UNICODE_STRING USER *ValueName, ULONG TitleIndex,
                       ULONG Type, const VOID USER *Data, ULONG DataSize);

static NTSTATUS Create(PCWSTR Path, ULONG Options, HANDLE *Key)
{
    UNICODE_STRING Name = TestString(Path);
    OBJECT_ATTRIBUTES Object = TestName(&Name, 0);
    return NtCreateKey(TEST_USER(Key), KEY_ALL_ACCESS, TEST_USER(&Object), 0, nullptr, Options,
                       nullptr);
}

static NTSTATUS Open(PCWSTR Path, HANDLE *Key)
{
    UNICODE_STRING Name = TestString(Path);
    OBJECT_ATTRIBUTES Object = TestName(&Name, 0);
    return NtOpenKey(TEST_USER(Key), KEY_ALL_ACCESS, TEST_USER(&Object));
}

static NTSTATUS SetNumber(HANDLE Key, PCWSTR Value, ULONG Number)
{
    UNICODE_STRING Name = TestString(Value);
    return NtSetValueKey(Key, TEST_USER(&Name), 0, REG_DWORD, TEST_USER(&Number), sizeof(Number));
}

static ULONG GetNumber(HANDLE Key, PCWSTR Value)
{
    UNICODE_STRING Name = TestString(Value);
    struct {
        KEY_VALUE_PARTIAL_INFORMATION Information;
        ULONG Rest;
    } Buffer;
    ULONG Length, Number;
    assert_success(NtQueryValueKey(Key, TEST_USER(&Name), KeyValuePartialInformation,
                                   TEST_USER(&Buffer), sizeof(Buffer), TEST_USER(&Length)));
    assert_int_equal(Buffer.Information.Type, REG_DWORD);
    assert_int_equal(Length, FIELD_OFFSET(KEY_VALUE_PARTIAL_INFORMATION, Data) + sizeof(ULONG));
    memcpy(&Number, Buffer.Information.Data, sizeof(Number));
    return Number;
}

static void keys_and_values(void **State)
{
    (void)State;
    HANDLE Key, Again;
    ULONG Disposition;
    UNICODE_STRING Name = TestString(L"\\Registry\\Machine\\Software\\Test");
    OBJECT_ATTRIBUTES Object = TestName(&Name, 0);
    assert_success(NtCreateKey(TEST_USER(&Key), KEY_ALL_ACCESS, TEST_USER(&Object), 0, nullptr, 0,
                               TEST_USER(&Disposition)));
    assert_int_equal(Disposition, REG_CREATED_NEW_KEY);
    assert_success(NtCreateKey(TEST_USER(&Again), KEY_ALL_ACCESS, TEST_USER(&Object), 0, nullptr, 0,
                               TEST_USER(&Disposition)));
    assert_int_equal(Disposition, REG_OPENED_EXISTING_KEY);
    assert_success(SetNumber(Key, L"number", 5));
    assert_int_equal(GetNumber(Again, L"NUMBER"), 5);
    assert_success(NtClose(Again));
    UNICODE_STRING Value = TestString(L"number");
    assert_success(NtDeleteValueKey(Key, TEST_USER(&Value)));
    assert_status(NtDeleteValueKey(Key, TEST_USER(&Value)), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_success(NtDeleteKey(Key));
    assert_success(NtClose(Key));
    assert_status(Open(L"\\Registry\\Machine\\Software\\Test", &Key), STATUS_OBJECT_NAME_NOT_FOUND);
}

static void names_are_lenient_about_separators(void **State)
{
    (void)State;
    HANDLE Key;
    assert_success(Open(L"\\REGISTRY\\machine\\\\software\\", &Key));
    assert_success(NtClose(Key));
    assert_status(Open(L"\\Registry\\Machine\\None\\Below", &Key), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_status(Create(L"\\Registry\\Machine\\Software\\None\\Below", 0, &Key),
                  STATUS_OBJECT_NAME_NOT_FOUND);
}

static void answers_are_cut_short(void **State)
{
    (void)State;
    HANDLE Key;
    struct {
        KEY_VALUE_FULL_INFORMATION Information;
        UCHAR Rest[64];
    } Full;
    ULONG Length, Fixed = FIELD_OFFSET(KEY_VALUE_FULL_INFORMATION, Name);
    UNICODE_STRING Name = TestString(L"abc");
    assert_success(Create(L"\\Registry\\Machine\\Software\\Cut", 0, &Key));
    assert_success(NtSetValueKey(Key, TEST_USER(&Name), 0, REG_BINARY,
                                 TEST_USER((const UCHAR *)"0123456789"), 10));
    assert_status(NtQueryValueKey(Key, TEST_USER(&Name), KeyValueFullInformation, TEST_USER(&Full),
                                  Fixed - 1, TEST_USER(&Length)),
                  STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(Length, Fixed + 8 + 10);
    memset(&Full, 0xCC, sizeof(Full));
    assert_status(NtQueryValueKey(Key, TEST_USER(&Name), KeyValueFullInformation, TEST_USER(&Full),
                                  Fixed + 8 + 4, TEST_USER(&Length)),
                  STATUS_BUFFER_OVERFLOW);
    assert_int_equal(Full.Information.DataOffset, Fixed + 8);
    assert_memory_equal((PUCHAR)&Full + Fixed + 8, "0123\xCC", 5);
    assert_success(NtQueryValueKey(Key, TEST_USER(&Name), KeyValueFullInformation, TEST_USER(&Full),
                                   sizeof(Full), TEST_USER(&Length)));
    assert_memory_equal((PUCHAR)&Full + Full.Information.DataOffset, "0123456789", 10);
    assert_status(NtQueryValueKey(Key, TEST_USER(&Name), 99, TEST_USER(&Full), sizeof(Full),
                                  TEST_USER(&Length)),
                  STATUS_INVALID_PARAMETER);
    assert_success(NtDeleteKey(Key));
    assert_success(NtClose(Key));
}

static void keys_are_enumerated_in_order(void **State)
{
    (void)State;
    HANDLE Key, Child;
    static const PCWSTR Names[] = {L"\\Registry\\Machine\\Software\\List\\b",
                                   L"\\Registry\\Machine\\Software\\List\\A",
                                   L"\\Registry\\Machine\\Software\\List\\c"};
    assert_success(Create(L"\\Registry\\Machine\\Software\\List", 0, &Key));
    for (ULONG i = 0; i < 3; i++) {
        assert_success(Create(Names[i], 0, &Child));
        assert_success(NtClose(Child));
    }
    struct {
        KEY_BASIC_INFORMATION Information;
        WCHAR Rest[32];
    } Basic;
    ULONG Length;
    for (ULONG i = 0; i < 3; i++) {
        assert_success(NtEnumerateKey(Key, i, KeyBasicInformation, TEST_USER(&Basic), sizeof(Basic),
                                      TEST_USER(&Length)));
        assert_int_equal(Basic.Information.NameLength, sizeof(WCHAR));
        assert_int_equal(Basic.Information.Name[0], L"Abc"[i]);
    }
    assert_status(NtEnumerateKey(Key, 3, KeyBasicInformation, TEST_USER(&Basic), sizeof(Basic),
                                 TEST_USER(&Length)),
                  STATUS_NO_MORE_ENTRIES);
    assert_status(NtDeleteKey(Key), STATUS_CANNOT_DELETE);
    KEY_FULL_INFORMATION Full;
    assert_success(
        NtQueryKey(Key, KeyFullInformation, TEST_USER(&Full), sizeof(Full), TEST_USER(&Length)));
    assert_int_equal(Full.SubKeys, 3);
    assert_success(NtClose(Key));
}

// The root of a mounted hive has the name under which it hangs.
static void mounted_hives_look_like_keys(void **State)
{
    (void)State;
    HANDLE Key;
    struct {
        KEY_NAME_INFORMATION Information;
        WCHAR Rest[64];
    } Name;
    ULONG Length;
    assert_success(Open(L"\\Registry\\Machine\\Software\\List\\b", &Key));
    assert_success(
        NtQueryKey(Key, KeyNameInformation, TEST_USER(&Name), sizeof(Name), TEST_USER(&Length)));
    PCWSTR Expected = L"\\REGISTRY\\MACHINE\\SOFTWARE\\List\\b";
    assert_int_equal(Name.Information.NameLength, TestString(Expected).Length);
    assert_memory_equal(Name.Information.Name, Expected, Name.Information.NameLength);
    struct {
        OBJECT_NAME_INFORMATION Information;
        WCHAR Rest[64];
    } Object;
    assert_success(NtQueryObject(Key, ObjectNameInformation, TEST_USER(&Object), sizeof(Object),
                                 TEST_USER(&Length)));
    assert_memory_equal(Object.Rest, Expected, Object.Information.Name.Length);
    assert_success(NtClose(Key));
    assert_success(Open(L"\\Registry\\Machine\\System", &Key));
    assert_status(NtDeleteKey(Key), STATUS_CANNOT_DELETE);
    assert_success(NtClose(Key));
}

static void a_deleted_key_is_dead(void **State)
{
    (void)State;
    HANDLE First, Second, New;
    assert_success(Create(L"\\Registry\\Machine\\Software\\Dead", 0, &First));
    assert_success(Open(L"\\Registry\\Machine\\Software\\Dead", &Second));
    assert_success(NtDeleteKey(First));
    assert_status(SetNumber(Second, L"x", 1), STATUS_KEY_DELETED);
    assert_status(NtDeleteKey(Second), STATUS_KEY_DELETED);
    UNICODE_STRING Name = TestString(L"below");
    OBJECT_ATTRIBUTES Object = TestName(&Name, 0);
    Object.RootDirectory = Second;
    assert_status(NtOpenKey(TEST_USER(&New), KEY_READ, TEST_USER(&Object)), STATUS_KEY_DELETED);
    // A new key of the name, which may get the old cell, has nothing to do with the old handles.
    assert_success(Create(L"\\Registry\\Machine\\Software\\Dead", 0, &New));
    assert_status(SetNumber(Second, L"x", 1), STATUS_KEY_DELETED);
    assert_success(SetNumber(New, L"x", 1));
    assert_success(NtDeleteKey(New));
    assert_success(NtClose(First));
    assert_success(NtClose(Second));
    assert_success(NtClose(New));
}

static void renamed_keys_keep_their_handles(void **State)
{
    (void)State;
    HANDLE Key, Found;
    UNICODE_STRING Name = TestString(L"After");
    assert_success(Create(L"\\Registry\\Machine\\Software\\Before", 0, &Key));
    assert_success(NtRenameKey(Key, TEST_USER(&Name)));
    assert_success(SetNumber(Key, L"n", 7));
    assert_success(Open(L"\\Registry\\Machine\\Software\\After", &Found));
    assert_int_equal(GetNumber(Found, L"n"), 7);
    assert_success(NtClose(Found));
    assert_success(NtDeleteKey(Key));
    assert_success(NtClose(Key));
}

static void links_are_followed(void **State)
{
    (void)State;
    HANDLE Link, Target, Found;
    UNICODE_STRING Value = TestString(L"SymbolicLinkValue"),
                   Path = TestString(L"\\Registry\\Machine\\Software\\Target");
    assert_success(Create(L"\\Registry\\Machine\\Software\\Target", 0, &Target));
    assert_success(Create(L"\\Registry\\Machine\\Software\\Link",
                          REG_OPTION_CREATE_LINK | REG_OPTION_VOLATILE, &Link));
    assert_status(SetNumber(Link, L"other", 1), STATUS_ACCESS_DENIED);
    assert_status(Open(L"\\Registry\\Machine\\Software\\Link", &Found),
                  STATUS_OBJECT_NAME_NOT_FOUND);
    assert_success(
        NtSetValueKey(Link, TEST_USER(&Value), 0, REG_LINK, TEST_USER(Path.Buffer), Path.Length));
    assert_success(SetNumber(Target, L"n", 3));
    assert_success(Open(L"\\Registry\\Machine\\Software\\Link", &Found));
    assert_int_equal(GetNumber(Found, L"n"), 3);
    assert_success(NtClose(Found));
    assert_success(Create(L"\\Registry\\Machine\\Software\\Link\\Below", 0, &Found));
    assert_success(NtDeleteKey(Found));
    assert_success(NtClose(Found));
    assert_success(NtDeleteKey(Link));
    assert_success(NtDeleteKey(Target));
    assert_success(NtClose(Link));
    assert_success(NtClose(Target));
}

static void volatile_keys_have_volatile_children(void **State)
{
    (void)State;
    HANDLE Key, Child;
    assert_success(Create(L"\\Registry\\Machine\\Software\\Vol", REG_OPTION_VOLATILE, &Key));
    assert_status(Create(L"\\Registry\\Machine\\Software\\Vol\\Stable", 0, &Child),
                  STATUS_CHILD_MUST_BE_VOLATILE);
    assert_success(
        Create(L"\\Registry\\Machine\\Software\\Vol\\Fine", REG_OPTION_VOLATILE, &Child));
    assert_success(NtDeleteKey(Child));
    assert_success(NtDeleteKey(Key));
    assert_success(NtClose(Child));
    assert_success(NtClose(Key));
}

static void the_current_control_set_is_a_link(void **State)
{
    (void)State;
    HANDLE Set, Found;
    assert_success(Create(L"\\Registry\\Machine\\System\\ControlSet001", 0, &Set));
    assert_success(SetNumber(Set, L"n", 9));
    assert_success(Open(L"\\Registry\\Machine\\System\\CurrentControlSet", &Found));
    assert_int_equal(GetNumber(Found, L"n"), 9);
    assert_success(NtClose(Found));
    assert_success(NtClose(Set));
    ULONG Number, Length = sizeof(Number);
    assert_success(CmQueryValue(L"\\Registry\\Machine\\System\\CurrentControlSet", L"n", nullptr,
                                &Number, &Length));
    assert_int_equal(Number, 9);
}

static void descriptors_guard_keys(void **State)
{
    (void)State;
    PTOKEN User;
    HANDLE Key, Child;
    assert_success(TestCreateUserToken(&User));
    TestActAs(User);
    assert_status(Open(L"\\Registry\\Machine\\Software", &Key), STATUS_ACCESS_DENIED);
    UNICODE_STRING Name = TestString(L"\\Registry\\Machine\\Software");
    OBJECT_ATTRIBUTES Object = TestName(&Name, 0);
    assert_success(NtOpenKey(TEST_USER(&Key), KEY_READ, TEST_USER(&Object)));
    assert_status(SetNumber(Key, L"x", 1), STATUS_ACCESS_DENIED);
    assert_status(Create(L"\\Registry\\Machine\\Software\\Mine", 0, &Child), STATUS_ACCESS_DENIED);
    assert_status(NtOpenKeyEx(TEST_USER(&Child), KEY_ALL_ACCESS, TEST_USER(&Object),
                              REG_OPTION_BACKUP_RESTORE),
                  STATUS_ACCESS_DENIED);
    TestActAs(SeSystemToken);
    assert_success(NtClose(Key));
    ObDereferenceObject(User);
}

static void changes_are_told(void **State)
{
    (void)State;
    HANDLE Key, Child, Event;
    IO_STATUS_BLOCK Block = {};
    LARGE_INTEGER Now = {};
    assert_success(
        NtCreateEvent(TEST_USER(&Event), EVENT_ALL_ACCESS, nullptr, NotificationEvent, TRUE));
    assert_success(Create(L"\\Registry\\Machine\\Software\\Watched", 0, &Key));
    assert_status(NtNotifyChangeKey(Key, Event, nullptr, nullptr, TEST_USER(&Block), 0, FALSE,
                                    nullptr, 0, TRUE),
                  STATUS_INVALID_PARAMETER);
    ULONG Filter = REG_NOTIFY_CHANGE_NAME | REG_NOTIFY_CHANGE_LAST_SET;
    assert_status(NtNotifyChangeKey(Key, Event, nullptr, nullptr, TEST_USER(&Block), Filter, TRUE,
                                    nullptr, 0, TRUE),
                  STATUS_PENDING);
    assert_status(NtWaitForSingleObject(Event, FALSE, TEST_USER(&Now)), STATUS_TIMEOUT);
    assert_success(Create(L"\\Registry\\Machine\\Software\\Watched\\Child", 0, &Child));
    assert_status(NtWaitForSingleObject(Event, FALSE, TEST_USER(&Now)), STATUS_SUCCESS);
    assert_status(Block.Status, STATUS_NOTIFY_ENUM_DIR);

    // What happens while nobody waits is told to the next.
    assert_success(SetNumber(Child, L"deep", 1));
    assert_status(NtNotifyChangeKey(Key, nullptr, nullptr, nullptr, TEST_USER(&Block), Filter, TRUE,
                                    nullptr, 0, FALSE),
                  STATUS_NOTIFY_ENUM_DIR);
    // Closing the handle ends the wait.
    assert_status(NtNotifyChangeKey(Key, Event, nullptr, nullptr, TEST_USER(&Block), Filter, TRUE,
                                    nullptr, 0, TRUE),
                  STATUS_PENDING);
    assert_success(NtClose(Key));
    assert_status(Block.Status, STATUS_NOTIFY_CLEANUP);
    assert_success(NtClose(Child));
    assert_success(NtClose(Event));
}

static void bad_pointers_change_nothing(void **State)
{
    (void)State;
    HANDLE Key;
    LONG Blocks;
    ULONG Length;
    UNICODE_STRING Name = TestString(L"v");
    assert_success(Create(L"\\Registry\\Machine\\Software\\Bad", 0, &Key));
    assert_success(SetNumber(Key, L"v", 1));
    Blocks = TestPoolBlocks;
    assert_status(NtSetValueKey(Key, TEST_USER(&Name), 0, REG_BINARY, TEST_BAD_POINTER, 100),
                  STATUS_ACCESS_VIOLATION);
    assert_status(NtSetValueKey(Key, (const UNICODE_STRING USER *)TEST_BAD_POINTER, 0, REG_BINARY,
                                TEST_USER(&Length), 4),
                  STATUS_ACCESS_VIOLATION);
    assert_status(
        NtSetValueKey(Key, TEST_USER(&Name), 0, REG_BINARY, TEST_USER(&Length), 0xFFFFFFFF),
        STATUS_INVALID_PARAMETER);
    assert_status(NtQueryValueKey(Key, TEST_USER(&Name), KeyValuePartialInformation,
                                  TEST_BAD_POINTER, 64, TEST_USER(&Length)),
                  STATUS_ACCESS_VIOLATION);
    assert_status(NtQueryValueKey(Key, TEST_USER(&Name), KeyValuePartialInformation,
                                  TEST_BAD_POINTER, 64, (ULONG USER *)TEST_BAD_POINTER),
                  STATUS_ACCESS_VIOLATION);
    assert_int_equal(TestPoolBlocks, Blocks);
    assert_int_equal(GetNumber(Key, L"v"), 1);
    assert_success(NtDeleteKey(Key));
    assert_success(NtClose(Key));
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(keys_and_values),
        cmocka_unit_test(names_are_lenient_about_separators),
        cmocka_unit_test(answers_are_cut_short),
        cmocka_unit_test(keys_are_enumerated_in_order),
        cmocka_unit_test(mounted_hives_look_like_keys),
        cmocka_unit_test(a_deleted_key_is_dead),
        cmocka_unit_test(renamed_keys_keep_their_handles),
        cmocka_unit_test(links_are_followed),
        cmocka_unit_test(volatile_keys_have_volatile_children),
        cmocka_unit_test(the_current_control_set_is_a_link),
        cmocka_unit_test(descriptors_guard_keys),
        cmocka_unit_test(changes_are_told),
        cmocka_unit_test(bad_pointers_change_nothing),
    };
    return cmocka_run_group_tests(Tests, TestStart, TestStop);
}
