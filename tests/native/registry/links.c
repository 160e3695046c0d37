// Keys that are symbolic links.

#include "suite.h"

static NTSTATUS OpenLink(HANDLE Parent, PCWSTR Name, PHANDLE Link)
{
    UNICODE_STRING String = TestString(Name);
    OBJECT_ATTRIBUTES Attributes;
    InitializeObjectAttributes(&Attributes, &String, OBJ_CASE_INSENSITIVE, Parent, nullptr);
    return NtOpenKeyEx(Link, KEY_ALL_ACCESS, &Attributes, REG_OPTION_OPEN_LINK);
}

static NTSTATUS SetTarget(HANDLE Link, PCWSTR Target)
{
    return KeySet(Link, L"SymbolicLinkValue", REG_LINK, Target,
                  (ULONG)(wcslen(Target) * sizeof(WCHAR)));
}

VOID TestLink(void)
{
    HANDLE Key = KeyFresh(L"links"), Target, Link, Through;
    REQUIRE_STATUS(KeyCreate(Key, L"target", 0, &Target), STATUS_SUCCESS);
    CHECK_STATUS(KeySetNumber(Target, L"x", 9), STATUS_SUCCESS);
    REQUIRE_STATUS(KeyCreate(Key, L"link", REG_OPTION_CREATE_LINK, &Link), STATUS_SUCCESS);
    CHECK_STATUS(KeyOpen(Key, L"link", KEY_READ, &Through), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(SetTarget(Link, TEST_ROOT L"\\links\\target"), STATUS_SUCCESS);
    REQUIRE_STATUS(KeyOpen(Key, L"link", KEY_ALL_ACCESS, &Through), STATUS_SUCCESS);
    CHECK_EQUAL(KeyGetNumber(Through, L"x"), 9);
    HANDLE Sub;
    REQUIRE_STATUS(KeyCreate(nullptr, TEST_ROOT L"\\links\\link\\sub", 0, &Sub), STATUS_SUCCESS);
    NtClose(Sub);
    CHECK_STATUS(KeyOpen(Target, L"sub", KEY_READ, &Sub), STATUS_SUCCESS);
    NtClose(Sub);
    NtClose(Through);
    CHECK_STATUS(KeyCreate(Key, L"target", REG_OPTION_CREATE_LINK, &Through),
                 STATUS_OBJECT_NAME_COLLISION);
    // The link itself
    REQUIRE_STATUS(OpenLink(Key, L"link", &Through), STATUS_SUCCESS);
    KEY_FLAGS_INFORMATION Flags;
    ULONG Length;
    CHECK_STATUS(NtQueryKey(Through, KeyFlagsInformation, &Flags, sizeof(Flags), &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Flags.KeyFlags & 2, 2);
    CHECK_STATUS(NtDeleteKey(Through), STATUS_SUCCESS);
    NtClose(Through);
    CHECK_STATUS(KeyOpen(Key, L"link", KEY_READ, &Through), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_EQUAL(KeyGetNumber(Target, L"x"), 9);
    NtClose(Link);
    NtClose(Target);
    NtClose(Key);
}

VOID TestLinkValue(void)
{
    HANDLE Key = KeyFresh(L"linkvalue"), Link, Through;
    REQUIRE_STATUS(KeyCreate(Key, L"link", REG_OPTION_CREATE_LINK | REG_OPTION_VOLATILE, &Link),
                   STATUS_SUCCESS);
    CHECK_STATUS(KeySetNumber(Link, L"x", 1), STATUS_ACCESS_DENIED);
    CHECK_STATUS(KeySet(Link, L"SymbolicLinkValue", REG_SZ, L"a", 2), STATUS_ACCESS_DENIED);
    CHECK_STATUS(KeySet(Link, L"SymbolicLinkValue", REG_LINK, "abc", 3), STATUS_SUCCESS);
    CHECK_STATUS(KeyOpen(Key, L"link", KEY_READ, &Through), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(SetTarget(Link, L"relative"), STATUS_SUCCESS);
    CHECK_STATUS(KeyOpen(Key, L"link", KEY_READ, &Through), STATUS_OBJECT_PATH_SYNTAX_BAD);
    CHECK_STATUS(SetTarget(Link, L"\\BaseNamedObjects"), STATUS_SUCCESS);
    CHECK_STATUS(KeyOpen(Key, L"link", KEY_READ, &Through), STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_STATUS(SetTarget(Link, L"\\Registry\\None"), STATUS_SUCCESS);
    CHECK_STATUS(KeyOpen(Key, L"link", KEY_READ, &Through), STATUS_OBJECT_NAME_NOT_FOUND);
    NtClose(Link);
    NtClose(Key);
}

VOID TestLinkLoop(void)
{
    HANDLE Key = KeyFresh(L"loop"), First, Second, Through;
    REQUIRE_STATUS(KeyCreate(Key, L"first", REG_OPTION_CREATE_LINK, &First), STATUS_SUCCESS);
    REQUIRE_STATUS(KeyCreate(Key, L"second", REG_OPTION_CREATE_LINK, &Second), STATUS_SUCCESS);
    CHECK_STATUS(SetTarget(First, TEST_ROOT L"\\loop\\second"), STATUS_SUCCESS);
    CHECK_STATUS(SetTarget(Second, TEST_ROOT L"\\loop\\first"), STATUS_SUCCESS);
    NTSTATUS Status = KeyOpen(Key, L"first", KEY_READ, &Through);
    CHECK_STATUS(Status, STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(SetTarget(First, TEST_ROOT L"\\loop\\first\\longer and longer"), STATUS_SUCCESS);
    CHECK(!NT_SUCCESS(KeyOpen(Key, L"first", KEY_READ, &Through)));
    NtClose(First);
    NtClose(Second);
    NtClose(Key);
}

VOID TestCurrentControlSet(void)
{
    HANDLE Key;
    alignas(8) UCHAR Buffer[256];
    static const WCHAR Path[] = L"\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Control";
    PKEY_NAME_INFORMATION Name = (PVOID)Buffer;
    ULONG Length;
    REQUIRE_STATUS(KeyOpen(nullptr, L"\\Registry\\Machine\\System\\CurrentControlSet\\Control",
                           KEY_READ, &Key),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtQueryKey(Key, KeyNameInformation, Buffer, sizeof(Buffer), &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Name->NameLength, sizeof(Path) - sizeof(WCHAR));
    CHECK(!memcmp(Name->Name, Path, Name->NameLength));
    NtClose(Key);
    CHECK_STATUS(KeyOpen(nullptr, L"\\Registry\\User\\S-1-5-18\\Environment", KEY_READ, &Key),
                 STATUS_SUCCESS);
    NtClose(Key);
}

VOID TestCurrentProfile(void)
{
    HANDLE Key;
    alignas(8) UCHAR Buffer[256];
    static const WCHAR Path[] =
        L"\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Hardware Profiles\\0001\\Software";
    PKEY_NAME_INFORMATION Name = (PVOID)Buffer;
    ULONG Length;
    REQUIRE_STATUS(KeyOpen(nullptr,
                           L"\\Registry\\Machine\\System\\CurrentControlSet\\Hardware Profiles"
                           L"\\Current\\Software",
                           KEY_READ, &Key),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtQueryKey(Key, KeyNameInformation, Buffer, sizeof(Buffer), &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Name->NameLength, sizeof(Path) - sizeof(WCHAR));
    CHECK(!memcmp(Name->Name, Path, Name->NameLength));
    NtClose(Key);
}
