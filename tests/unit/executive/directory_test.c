// The namespace: lookups, links, lifetimes of names, listings.
#include "doubles.h"
#include "services.h"
#include "user.h"

static NTSTATUS CreateEvent(PCWSTR Path, ULONG Attributes, HANDLE *Handle)
{
    UNICODE_STRING Name = TestString(Path);
    OBJECT_ATTRIBUTES Object = TestName(&Name, Attributes);
    return NtCreateEvent(TEST_USER(Handle), EVENT_ALL_ACCESS, TEST_USER(&Object), NotificationEvent,
                         FALSE);
}

static NTSTATUS OpenEvent(PCWSTR Path, ULONG Attributes, HANDLE *Handle)
{
    UNICODE_STRING Name = TestString(Path);
    OBJECT_ATTRIBUTES Object = TestName(&Name, Attributes);
    return NtOpenEvent(TEST_USER(Handle), EVENT_ALL_ACCESS, TEST_USER(&Object));
}

static NTSTATUS OpenDirectory(PCWSTR Path, HANDLE *Handle)
{
    UNICODE_STRING Name = TestString(Path);
    OBJECT_ATTRIBUTES Object = TestName(&Name, 0);
    return NtOpenDirectoryObject(TEST_USER(Handle), DIRECTORY_ALL_ACCESS, TEST_USER(&Object));
}

static HANDLE MakeLink(PCWSTR Path, PCWSTR Target)
{
    HANDLE Handle = nullptr;
    UNICODE_STRING Name = TestString(Path), To = TestString(Target);
    OBJECT_ATTRIBUTES Object = TestName(&Name, 0);
    assert_success(NtCreateSymbolicLinkObject(TEST_USER(&Handle), SYMBOLIC_LINK_ALL_ACCESS,
                                              TEST_USER(&Object), TEST_USER(&To)));
    return Handle;
}

static void names_live_as_long_as_handles(void **State)
{
    (void)State;
    HANDLE First, Second;
    LONG Blocks = TestPoolBlocks;
    assert_success(CreateEvent(L"\\BaseNamedObjects\\one", 0, &First));
    assert_success(OpenEvent(L"\\BaseNamedObjects\\one", 0, &Second));
    assert_success(NtCompareObjects(First, Second));
    assert_success(NtClose(First));
    assert_success(OpenEvent(L"\\BaseNamedObjects\\one", 0, &First));
    assert_success(NtClose(First));
    assert_success(NtClose(Second));
    assert_status(OpenEvent(L"\\BaseNamedObjects\\one", 0, &First), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(TestPoolBlocks, Blocks);
}

static void case_matters_only_when_asked(void **State)
{
    (void)State;
    HANDLE Lower, Upper, Found;
    assert_success(CreateEvent(L"\\BaseNamedObjects\\name", 0, &Lower));
    assert_status(OpenEvent(L"\\BaseNamedObjects\\NAME", 0, &Found), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_success(OpenEvent(L"\\basenamedOBJECTS\\NAME", OBJ_CASE_INSENSITIVE, &Found));
    assert_success(NtClose(Found));
    assert_status(CreateEvent(L"\\BaseNamedObjects\\NAME", OBJ_CASE_INSENSITIVE, &Upper),
                  STATUS_OBJECT_NAME_COLLISION);
    assert_success(CreateEvent(L"\\BaseNamedObjects\\NAME", 0, &Upper));
    assert_status(NtCompareObjects(Lower, Upper), STATUS_NOT_SAME_OBJECT);
    assert_success(NtClose(Lower));
    assert_success(NtClose(Upper));
}

static void collisions(void **State)
{
    (void)State;
    HANDLE First, Second;
    UNICODE_STRING Name = TestString(L"\\BaseNamedObjects\\there");
    OBJECT_ATTRIBUTES Object = TestName(&Name, OBJ_OPENIF);
    assert_success(CreateEvent(L"\\BaseNamedObjects\\there", 0, &First));
    assert_status(CreateEvent(L"\\BaseNamedObjects\\there", 0, &Second),
                  STATUS_OBJECT_NAME_COLLISION);
    assert_status(CreateEvent(L"\\BaseNamedObjects\\there", OBJ_OPENIF, &Second),
                  STATUS_OBJECT_NAME_EXISTS);
    assert_success(NtCompareObjects(First, Second));
    assert_success(NtClose(Second));
    assert_status(NtCreateMutant(TEST_USER(&Second), MUTANT_ALL_ACCESS, TEST_USER(&Object), FALSE),
                  STATUS_OBJECT_TYPE_MISMATCH);
    assert_success(NtClose(First));
}

static void malformed_names(void **State)
{
    (void)State;
    HANDLE Handle;
    assert_status(OpenEvent(L"", 0, &Handle), STATUS_OBJECT_PATH_SYNTAX_BAD);
    assert_status(OpenEvent(L"event", 0, &Handle), STATUS_OBJECT_PATH_SYNTAX_BAD);
    assert_status(OpenEvent(L"\\BaseNamedObjects\\\\x", 0, &Handle), STATUS_OBJECT_NAME_INVALID);
    assert_status(OpenEvent(L"\\BaseNamedObjects\\", 0, &Handle), STATUS_OBJECT_NAME_INVALID);
    assert_status(OpenEvent(L"\\Nowhere\\x", 0, &Handle), STATUS_OBJECT_PATH_NOT_FOUND);
    assert_status(OpenEvent(L"\\BaseNamedObjects", 0, &Handle), STATUS_OBJECT_TYPE_MISMATCH);
    assert_status(NtOpenEvent(TEST_USER(&Handle), 1, nullptr), STATUS_INVALID_PARAMETER);
    assert_success(CreateEvent(L"\\BaseNamedObjects\\leaf", 0, &Handle));
    HANDLE Below;
    assert_status(OpenEvent(L"\\BaseNamedObjects\\leaf\\below", 0, &Below),
                  STATUS_OBJECT_TYPE_MISMATCH);
    assert_success(NtClose(Handle));
}

static void relative_names(void **State)
{
    (void)State;
    HANDLE Directory, Event, Found;
    assert_success(OpenDirectory(L"\\BaseNamedObjects", &Directory));
    UNICODE_STRING Name = TestString(L"relative");
    OBJECT_ATTRIBUTES Object = TestName(&Name, 0);
    Object.RootDirectory = Directory;
    assert_success(NtCreateEvent(TEST_USER(&Event), EVENT_ALL_ACCESS, TEST_USER(&Object),
                                 NotificationEvent, FALSE));
    assert_success(OpenEvent(L"\\BaseNamedObjects\\relative", 0, &Found));
    assert_success(NtClose(Found));
    Name = TestString(L"\\relative");
    assert_status(NtOpenEvent(TEST_USER(&Found), 1, TEST_USER(&Object)),
                  STATUS_OBJECT_PATH_SYNTAX_BAD);
    Object.RootDirectory = Event;
    assert_status(NtOpenEvent(TEST_USER(&Found), 1, TEST_USER(&Object)),
                  STATUS_OBJECT_TYPE_MISMATCH);
    assert_success(NtClose(Event));
    assert_success(NtClose(Directory));
}

static void links_lead_on(void **State)
{
    (void)State;
    HANDLE Event, Found;
    HANDLE Link = MakeLink(L"\\BaseNamedObjects\\way", L"\\BaseNamedObjects");
    HANDLE Loop = MakeLink(L"\\BaseNamedObjects\\loop", L"\\BaseNamedObjects\\loop");
    assert_success(CreateEvent(L"\\BaseNamedObjects\\way\\goal", 0, &Event));
    assert_success(OpenEvent(L"\\BaseNamedObjects\\goal", 0, &Found));
    assert_success(NtClose(Found));
    assert_status(OpenEvent(L"\\BaseNamedObjects\\way\\goal", OBJ_DONT_REPARSE, &Found),
                  STATUS_REPARSE_POINT_ENCOUNTERED);
    assert_status(OpenEvent(L"\\BaseNamedObjects\\loop", 0, &Found), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_status(CreateEvent(L"\\BaseNamedObjects\\way", 0, &Found), STATUS_OBJECT_NAME_COLLISION);

    WCHAR Buffer[32];
    UNICODE_STRING Target = {.MaximumLength = sizeof(Buffer), .Buffer = Buffer};
    ULONG Length = 0;
    assert_success(NtQuerySymbolicLinkObject(Link, TEST_USER(&Target), TEST_USER(&Length)));
    assert_int_equal(Target.Length, sizeof(L"\\BaseNamedObjects") - sizeof(WCHAR));
    assert_int_equal(Length, sizeof(L"\\BaseNamedObjects"));
    Target.MaximumLength = 4;
    assert_status(NtQuerySymbolicLinkObject(Link, TEST_USER(&Target), nullptr),
                  STATUS_BUFFER_TOO_SMALL);
    assert_success(NtClose(Event));
    assert_success(NtClose(Link));
    assert_success(NtClose(Loop));
}

static void dos_devices_of_a_user_hide_the_global_ones(void **State)
{
    (void)State;
    PTOKEN User;
    assert_success(TestCreateUserToken(&User));
    HANDLE Event, Found;
    assert_success(CreateEvent(L"\\BaseNamedObjects\\device", 0, &Event));
    HANDLE Global = MakeLink(L"\\\?\?\\X:", L"\\BaseNamedObjects\\device");
    assert_success(OpenEvent(L"\\GLOBAL\?\?\\X:", 0, &Found));
    assert_success(NtClose(Found));

    TestActAs(User);
    // Through the global directory, to an event that is not the user's.
    assert_status(OpenEvent(L"\\\?\?\\X:", 0, &Found), STATUS_ACCESS_DENIED);
    HANDLE Own = MakeLink(L"\\DosDevices\\X:", L"\\Nowhere");
    assert_status(OpenEvent(L"\\\?\?\\X:", 0, &Found), STATUS_OBJECT_NAME_NOT_FOUND);
    ULONG Map;
    UCHAR Types[32];
    ObQueryDeviceMapInformation(&TestProcess, &Map, Types);
    assert_int_equal(Map, 1U << ('X' - 'A'));
    assert_success(NtClose(Own));
    TestActAs(SeSystemToken);
    assert_success(OpenEvent(L"\\\?\?\\x:", OBJ_CASE_INSENSITIVE, &Found));
    assert_success(NtClose(Found));
    assert_success(NtClose(Global));
    assert_success(NtClose(Event));
    ObDereferenceObject(User);
}

static void permanent_objects_stay(void **State)
{
    (void)State;
    HANDLE Handle;
    assert_success(CreateEvent(L"\\BaseNamedObjects\\stays", OBJ_PERMANENT, &Handle));
    assert_success(NtClose(Handle));
    UNICODE_STRING Name = TestString(L"\\BaseNamedObjects\\stays");
    OBJECT_ATTRIBUTES Object = TestName(&Name, 0);
    assert_success(NtOpenEvent(TEST_USER(&Handle), SYNCHRONIZE, TEST_USER(&Object)));
    assert_status(NtMakeTemporaryObject(Handle), STATUS_ACCESS_DENIED);
    assert_success(NtClose(Handle));
    assert_success(NtOpenEvent(TEST_USER(&Handle), DELETE, TEST_USER(&Object)));
    assert_success(NtMakeTemporaryObject(Handle));
    assert_success(NtClose(Handle));
    assert_status(OpenEvent(L"\\BaseNamedObjects\\stays", 0, &Handle),
                  STATUS_OBJECT_NAME_NOT_FOUND);
}

// Directories nest as deep as a program likes; giving them up must not use stack for each.
static void deep_directories_go_away(void **State)
{
    (void)State;
    enum { DEPTH = 20000 };
    LONG Blocks = TestPoolBlocks;
    HANDLE Parent;
    assert_success(OpenDirectory(L"\\BaseNamedObjects", &Parent));
    UNICODE_STRING Name = TestString(L"d");
    for (ULONG i = 0; i < DEPTH; i++) {
        OBJECT_ATTRIBUTES Object = TestName(&Name, 0);
        HANDLE Child;
        Object.RootDirectory = Parent;
        assert_success(
            NtCreateDirectoryObject(TEST_USER(&Child), DIRECTORY_ALL_ACCESS, TEST_USER(&Object)));
        assert_success(NtClose(Parent));
        Parent = Child;
    }
    assert_success(NtClose(Parent));
    assert_int_equal(TestPoolBlocks, Blocks);
}

static void full_names_are_told(void **State)
{
    (void)State;
    HANDLE Handle;
    struct {
        OBJECT_NAME_INFORMATION Information;
        WCHAR Buffer[64];
    } Name;
    ULONG Length = 0;
    assert_success(CreateEvent(L"\\BaseNamedObjects\\told", 0, &Handle));
    assert_status(
        NtQueryObject(Handle, ObjectNameInformation, TEST_USER(&Name), 0, TEST_USER(&Length)),
        STATUS_INFO_LENGTH_MISMATCH);
    assert_int_equal(Length, sizeof(OBJECT_NAME_INFORMATION) + sizeof(L"\\BaseNamedObjects\\told"));
    assert_status(NtQueryObject(Handle, ObjectNameInformation, TEST_USER(&Name),
                                sizeof(OBJECT_NAME_INFORMATION), TEST_USER(&Length)),
                  STATUS_BUFFER_OVERFLOW);
    assert_success(NtQueryObject(Handle, ObjectNameInformation, TEST_USER(&Name), sizeof(Name),
                                 TEST_USER(&Length)));
    assert_ptr_equal(Name.Information.Name.Buffer, Name.Buffer);
    assert_memory_equal(Name.Buffer, L"\\BaseNamedObjects\\told",
                        sizeof(L"\\BaseNamedObjects\\told"));
    assert_success(NtClose(Handle));
    assert_success(OpenDirectory(L"\\", &Handle));
    assert_success(NtQueryObject(Handle, ObjectNameInformation, TEST_USER(&Name), sizeof(Name),
                                 TEST_USER(&Length)));
    assert_int_equal(Name.Information.Name.Length, sizeof(WCHAR));
    assert_success(NtClose(Handle));
}

static void types_are_told(void **State)
{
    (void)State;
    static UCHAR Buffer[8192];
    ULONG Length = 0;
    assert_success(NtQueryObject(nullptr, ObjectTypesInformation, TEST_USER(Buffer), sizeof(Buffer),
                                 TEST_USER(&Length)));
    ULONG Count = ((POBJECT_TYPES_INFORMATION)Buffer)->NumberOfTypes;
    POBJECT_TYPE_INFORMATION Type = (POBJECT_TYPE_INFORMATION)(Buffer + sizeof(PVOID));
    BOOLEAN Found = FALSE;
    for (ULONG i = 0; i < Count; i++) {
        assert_ptr_equal(Type->TypeName.Buffer, Type + 1);
        if (Type->TypeName.Length == sizeof(L"Directory") - sizeof(WCHAR) &&
            memcmp(Type->TypeName.Buffer, L"Directory", Type->TypeName.Length) == 0)
            Found = TRUE;
        Type = (POBJECT_TYPE_INFORMATION)ALIGN_UP_BY(
            (ULONG_PTR)(Type + 1) + Type->TypeName.MaximumLength, sizeof(PVOID));
    }
    assert_true(Found);
    assert_ptr_equal(Type, Buffer + Length);
}

static void a_listing_can_be_continued(void **State)
{
    (void)State;
    HANDLE Root;
    assert_success(OpenDirectory(L"\\", &Root));
    ULONG Context = 0, Length, Seen = 0;
    UCHAR Buffer[128];
    NTSTATUS Status;
    while ((Status = NtQueryDirectoryObject(Root, TEST_USER(Buffer), sizeof(Buffer), TRUE, FALSE,
                                            TEST_USER(&Context), TEST_USER(&Length))) ==
           STATUS_SUCCESS)
        Seen++;
    assert_status(Status, STATUS_NO_MORE_ENTRIES);
    assert_int_equal(Context, Seen);

    static UCHAR Large[4096];
    assert_success(NtQueryDirectoryObject(Root, TEST_USER(Large), sizeof(Large), FALSE, TRUE,
                                          TEST_USER(&Context), TEST_USER(&Length)));
    POBJECT_DIRECTORY_INFORMATION Entry = (POBJECT_DIRECTORY_INFORMATION)Large;
    ULONG Counted = 0;
    while (Entry[Counted].Name.Buffer)
        Counted++;
    assert_int_equal(Counted, Seen);
    assert_status(NtQueryDirectoryObject(Root, TEST_USER(Large), 40, FALSE, TRUE,
                                         TEST_USER(&Context), TEST_USER(&Length)),
                  STATUS_BUFFER_TOO_SMALL);
    assert_true(Length > 40);
    assert_success(NtClose(Root));
}

static void shadow_directories_are_searched_too(void **State)
{
    (void)State;
    HANDLE Shadow, Directory, Event, Found;
    UNICODE_STRING Name = TestString(L"\\BaseNamedObjects\\front");
    OBJECT_ATTRIBUTES Object = TestName(&Name, 0);
    assert_success(OpenDirectory(L"\\BaseNamedObjects", &Shadow));
    assert_success(NtCreateDirectoryObjectEx(TEST_USER(&Directory), DIRECTORY_ALL_ACCESS,
                                             TEST_USER(&Object), Shadow, 0));
    assert_success(CreateEvent(L"\\BaseNamedObjects\\behind", 0, &Event));
    assert_success(OpenEvent(L"\\BaseNamedObjects\\front\\behind", 0, &Found));
    assert_success(NtClose(Found));
    assert_success(NtClose(Event));
    assert_success(NtClose(Directory));
    assert_success(NtClose(Shadow));
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(names_live_as_long_as_handles),
        cmocka_unit_test(case_matters_only_when_asked),
        cmocka_unit_test(collisions),
        cmocka_unit_test(malformed_names),
        cmocka_unit_test(relative_names),
        cmocka_unit_test(links_lead_on),
        cmocka_unit_test(dos_devices_of_a_user_hide_the_global_ones),
        cmocka_unit_test(permanent_objects_stay),
        cmocka_unit_test(deep_directories_go_away),
        cmocka_unit_test(full_names_are_told),
        cmocka_unit_test(types_are_told),
        cmocka_unit_test(a_listing_can_be_continued),
        cmocka_unit_test(shadow_directories_are_searched_too),
    };
    return cmocka_run_group_tests(Tests, TestStart, TestStop);
}
