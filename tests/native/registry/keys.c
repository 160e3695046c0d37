// Keys: making, naming, deleting, renaming them.

#include "suite.h"

VOID TestCreateAndOpen(void)
{
    HANDLE Key = KeyFresh(L"create"), Sub, Again;
    ULONG Disposition = 0;
    UNICODE_STRING Name = TestString(L"Sub");
    OBJECT_ATTRIBUTES Attributes;
    InitializeObjectAttributes(&Attributes, &Name, 0, Key, nullptr);
    REQUIRE_STATUS(NtCreateKey(&Sub, KEY_ALL_ACCESS, &Attributes, 0, nullptr, 0, &Disposition),
                   STATUS_SUCCESS);
    CHECK_EQUAL(Disposition, REG_CREATED_NEW_KEY);
    CHECK_STATUS(NtCreateKey(&Again, KEY_READ, &Attributes, 0, nullptr, 0, &Disposition),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Disposition, REG_OPENED_EXISTING_KEY);
    NtClose(Again);
    CHECK_STATUS(KeyOpen(Key, L"sUB", KEY_READ, &Again), STATUS_SUCCESS);
    NtClose(Again);
    CHECK_STATUS(KeyOpen(nullptr, TEST_ROOT L"\\create\\sub", KEY_READ, &Again), STATUS_SUCCESS);
    NtClose(Again);
    CHECK_STATUS(KeyOpen(Key, L"", KEY_READ, &Again), STATUS_SUCCESS); // the key itself
    NtClose(Again);
    CHECK_STATUS(KeyOpen(Key, L"None", KEY_READ, &Again), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(KeyOpen(Key, L"None\\Below", KEY_READ, &Again), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(KeyCreate(Key, L"None\\Below", 0, &Again), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(KeyOpen(nullptr, L"\\BaseNamedObjects", KEY_READ, &Again),
                 STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_STATUS(KeyCreate(nullptr, L"\\Registry\\Machine\\NoHive", 0, &Again),
                 STATUS_INVALID_PARAMETER);
    NtClose(Sub);
    NtClose(Key);
}

VOID TestKeyNames(void)
{
    HANDLE Key = KeyFresh(L"names"), Sub;
    static WCHAR Long[257];
    for (ULONG i = 0; i < 256; i++)
        Long[i] = L'a';
    CHECK_STATUS(KeyCreate(Key, Long, 0, &Sub), STATUS_INVALID_PARAMETER);
    Long[255] = 0;
    CHECK_STATUS(KeyCreate(Key, Long, 0, &Sub), STATUS_SUCCESS);
    NtClose(Sub);
    static const PCWSTR Names[] = {
        L" ", L"..", L"a/b", L"*?<>|:\"", L"\x6F22\x5B57", L"\xFFFF", L"\x00DC\x0062\x0065\x0072"};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Names); i++) {
        if (!CHECK_STATUS(KeyCreate(Key, Names[i], 0, &Sub), STATUS_SUCCESS))
            continue;
        NtClose(Sub);
        if (CHECK_STATUS(KeyOpen(Key, Names[i], KEY_READ, &Sub), STATUS_SUCCESS))
            NtClose(Sub);
    }
    CHECK_STATUS(KeyOpen(Key, L"\x00FC\x0042\x0045\x0052", KEY_READ, &Sub), STATUS_SUCCESS);
    NtClose(Sub);
    WCHAR Odd[] = L"odd";
    UNICODE_STRING Name = {5, 6, Odd};
    OBJECT_ATTRIBUTES Attributes;
    InitializeObjectAttributes(&Attributes, &Name, 0, Key, nullptr);
    CHECK_STATUS(NtCreateKey(&Sub, KEY_READ, &Attributes, 0, nullptr, 0, nullptr),
                 STATUS_OBJECT_NAME_INVALID);
    NtClose(Key);
}

// 512 keys lie below \Registry on the way down, its own children counted.
VOID TestDepth(void)
{
    HANDLE At = KeyFresh(L"deep"), Next;
    ULONG Depth = 4; // Machine, SOFTWARE, Test, deep
    NTSTATUS Status;
    while ((Status = KeyCreate(At, L"d", 0, &Next)) == STATUS_SUCCESS) {
        NtClose(At);
        At = Next;
        Depth++;
    }
    NtClose(At);
    CHECK_STATUS(Status, STATUS_INVALID_PARAMETER);
    CHECK_EQUAL(Depth, 512);
    HANDLE Root;
    REQUIRE_STATUS(KeyOpen(nullptr, TEST_ROOT, KEY_ALL_ACCESS, &Root), STATUS_SUCCESS);
    KeyDeleteTree(Root, L"deep");
    CHECK_STATUS(KeyOpen(Root, L"deep", KEY_READ, &Next), STATUS_OBJECT_NAME_NOT_FOUND);
    NtClose(Root);
}

VOID TestDelete(void)
{
    HANDLE Key = KeyFresh(L"delete"), Sub, Other, Again;
    REQUIRE_STATUS(KeyCreate(Key, L"Sub", 0, &Sub), STATUS_SUCCESS);
    REQUIRE_STATUS(KeyOpen(Key, L"Sub", KEY_READ, &Other), STATUS_SUCCESS);
    CHECK_STATUS(NtDeleteKey(Key), STATUS_CANNOT_DELETE);
    CHECK_STATUS(NtDeleteKey(Other), STATUS_ACCESS_DENIED);
    CHECK_STATUS(NtDeleteKey(Sub), STATUS_SUCCESS);
    CHECK_STATUS(NtDeleteKey(Sub), STATUS_KEY_DELETED);
    CHECK_EQUAL(KeyGetNumber(Other, L"x"), MAXULONG);
    // The name is free again, and the old handles do not lead to the new key.
    CHECK_STATUS(KeyCreate(Key, L"Sub", 0, &Again), STATUS_SUCCESS);
    CHECK_STATUS(KeySetNumber(Again, L"x", 5), STATUS_SUCCESS);
    CHECK_EQUAL(KeyGetNumber(Other, L"x"), MAXULONG);
    CHECK_STATUS(KeySetNumber(Sub, L"x", 6), STATUS_KEY_DELETED);
    CHECK_STATUS(NtClose(Sub), STATUS_SUCCESS);
    CHECK_STATUS(NtClose(Other), STATUS_SUCCESS);
    NtClose(Again);
    NtClose(Key);
    REQUIRE_STATUS(KeyOpen(nullptr, L"\\Registry\\Machine\\SOFTWARE", DELETE, &Key),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtDeleteKey(Key), STATUS_CANNOT_DELETE);
    NtClose(Key);
    REQUIRE_STATUS(KeyOpen(nullptr, L"\\Registry\\Machine", DELETE, &Key), STATUS_SUCCESS);
    CHECK_STATUS(NtDeleteKey(Key), STATUS_CANNOT_DELETE);
    NtClose(Key);
}

VOID TestDeletedKey(void)
{
    HANDLE Key = KeyFresh(L"deleted"), Sub;
    UCHAR Buffer[512];
    ULONG Length = sizeof(Buffer);
    LARGE_INTEGER Time = {};
    IO_STATUS_BLOCK Block;
    UNICODE_STRING Name = TestString(L"x");
    KEY_VALUE_ENTRY Entry = {.ValueName = &Name};
    REQUIRE_STATUS(NtDeleteKey(Key), STATUS_SUCCESS);
    CHECK_STATUS(NtQueryKey(Key, KeyFullInformation, Buffer, sizeof(Buffer), &Length),
                 STATUS_KEY_DELETED);
    CHECK_STATUS(NtEnumerateKey(Key, 0, KeyBasicInformation, Buffer, sizeof(Buffer), &Length),
                 STATUS_KEY_DELETED);
    CHECK_STATUS(
        NtEnumerateValueKey(Key, 0, KeyValueBasicInformation, Buffer, sizeof(Buffer), &Length),
        STATUS_KEY_DELETED);
    CHECK_STATUS(
        NtQueryValueKey(Key, &Name, KeyValueBasicInformation, Buffer, sizeof(Buffer), &Length),
        STATUS_KEY_DELETED);
    CHECK_STATUS(NtSetValueKey(Key, &Name, 0, REG_NONE, Buffer, 1), STATUS_KEY_DELETED);
    CHECK_STATUS(NtDeleteValueKey(Key, &Name), STATUS_KEY_DELETED);
    CHECK_STATUS(NtRenameKey(Key, &Name), STATUS_KEY_DELETED);
    CHECK_STATUS(NtFlushKey(Key), STATUS_KEY_DELETED);
    CHECK_STATUS(NtSetInformationKey(Key, KeyWriteTimeInformation, &Time, sizeof(Time)),
                 STATUS_KEY_DELETED);
    Length = sizeof(Buffer);
    CHECK_STATUS(NtQueryMultipleValueKey(Key, &Entry, 1, Buffer, &Length, nullptr),
                 STATUS_KEY_DELETED);
    CHECK_STATUS(NtNotifyChangeKey(Key, nullptr, nullptr, nullptr, &Block, REG_NOTIFY_CHANGE_NAME,
                                   FALSE, nullptr, 0, TRUE),
                 STATUS_KEY_DELETED);
    CHECK_STATUS(
        NtQuerySecurityObject(Key, OWNER_SECURITY_INFORMATION, Buffer, sizeof(Buffer), &Length),
        STATUS_KEY_DELETED);
    CHECK_STATUS(KeyOpen(Key, L"Sub", KEY_READ, &Sub), STATUS_KEY_DELETED);
    CHECK_STATUS(KeyCreate(Key, L"Sub", 0, &Sub), STATUS_KEY_DELETED);
    CHECK_STATUS(NtCompressKey(Key), STATUS_KEY_DELETED);
    CHECK_STATUS(NtCompactKeys(1, &Key), STATUS_KEY_DELETED);
    CHECK_STATUS(NtQueryObject(Key, ObjectNameInformation, Buffer, sizeof(Buffer), &Length),
                 STATUS_KEY_DELETED);
    CHECK_STATUS(NtClose(Key), STATUS_SUCCESS);
}

VOID TestVolatile(void)
{
    HANDLE Key = KeyFresh(L"volatile"), Volatile, Sub;
    KEY_FLAGS_INFORMATION Flags;
    ULONG Length;
    REQUIRE_STATUS(KeyCreate(Key, L"v", REG_OPTION_VOLATILE, &Volatile), STATUS_SUCCESS);
    CHECK_STATUS(KeyCreate(Volatile, L"stable", 0, &Sub), STATUS_CHILD_MUST_BE_VOLATILE);
    REQUIRE_STATUS(KeyCreate(Volatile, L"sub", REG_OPTION_VOLATILE, &Sub), STATUS_SUCCESS);
    CHECK_STATUS(NtQueryKey(Sub, KeyFlagsInformation, &Flags, sizeof(Flags), &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Flags.KeyFlags & 1, 1);
    NtClose(Sub);
    // An existing key is opened as what it is.
    CHECK_STATUS(KeyCreate(Volatile, L"sub", 0, &Sub), STATUS_SUCCESS);
    CHECK_STATUS(KeySetNumber(Sub, L"x", 7), STATUS_SUCCESS);
    CHECK_EQUAL(KeyGetNumber(Sub, L"x"), 7);
    CHECK_STATUS(NtDeleteKey(Volatile), STATUS_CANNOT_DELETE);
    CHECK_STATUS(NtDeleteKey(Sub), STATUS_SUCCESS);
    CHECK_STATUS(NtDeleteKey(Volatile), STATUS_SUCCESS);
    NtClose(Sub);
    NtClose(Volatile);
    NtClose(Key);
}

VOID TestClass(void)
{
    HANDLE Key = KeyFresh(L"class"), Sub;
    UNICODE_STRING Name = TestString(L"Sub"), Class = TestString(L"the class");
    OBJECT_ATTRIBUTES Attributes;
    InitializeObjectAttributes(&Attributes, &Name, 0, Key, nullptr);
    REQUIRE_STATUS(NtCreateKey(&Sub, KEY_ALL_ACCESS, &Attributes, 0, &Class, 0, nullptr),
                   STATUS_SUCCESS);
    alignas(8) UCHAR Buffer[256];
    PKEY_FULL_INFORMATION Full = (PVOID)Buffer;
    PKEY_NODE_INFORMATION Node = (PVOID)Buffer;
    ULONG Length;
    CHECK_STATUS(NtQueryKey(Sub, KeyFullInformation, Buffer, sizeof(Buffer), &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Full->ClassLength, Class.Length);
    CHECK(!memcmp(Buffer + Full->ClassOffset, Class.Buffer, Class.Length));
    CHECK_STATUS(NtEnumerateKey(Key, 0, KeyNodeInformation, Buffer, sizeof(Buffer), &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Node->ClassLength, Class.Length);
    CHECK(!memcmp(Buffer + Node->ClassOffset, Class.Buffer, Class.Length));
    CHECK_STATUS(NtQueryKey(Key, KeyFullInformation, Buffer, sizeof(Buffer), &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Full->ClassLength, 0);
    CHECK_EQUAL(Full->MaxClassLen, Class.Length);
    NtClose(Sub);
    NtClose(Key);
}

VOID TestRename(void)
{
    HANDLE Key = KeyFresh(L"rename"), Sub, Other, Below;
    UNICODE_STRING New = TestString(L"New"), Taken = TestString(L"OTHER");
    UNICODE_STRING Path = TestString(L"a\\b"), Empty = {}, Case = TestString(L"NEW");
    REQUIRE_STATUS(KeyCreate(Key, L"Sub", 0, &Sub), STATUS_SUCCESS);
    REQUIRE_STATUS(KeyCreate(Key, L"Other", 0, &Other), STATUS_SUCCESS);
    REQUIRE_STATUS(KeyCreate(Sub, L"Below", 0, &Below), STATUS_SUCCESS);
    CHECK_STATUS(KeySetNumber(Below, L"x", 3), STATUS_SUCCESS);
    CHECK_STATUS(NtRenameKey(Sub, &Taken), STATUS_OBJECT_NAME_COLLISION);
    CHECK_STATUS(NtRenameKey(Sub, &Path), STATUS_OBJECT_NAME_INVALID);
    CHECK_STATUS(NtRenameKey(Sub, &Empty), STATUS_OBJECT_NAME_INVALID);
    CHECK_STATUS(NtRenameKey(Sub, &New), STATUS_SUCCESS);
    CHECK_STATUS(NtRenameKey(Sub, &Case), STATUS_SUCCESS);
    CHECK_EQUAL(KeyGetNumber(Below, L"x"), 3);
    CHECK_STATUS(KeySetNumber(Sub, L"y", 4), STATUS_SUCCESS);
    HANDLE Again;
    CHECK_STATUS(KeyOpen(Key, L"Sub", KEY_READ, &Again), STATUS_OBJECT_NAME_NOT_FOUND);
    REQUIRE_STATUS(KeyOpen(Key, L"New\\Below", KEY_READ, &Again), STATUS_SUCCESS);
    CHECK_EQUAL(KeyGetNumber(Again, L"x"), 3);
    NtClose(Again);
    alignas(8) UCHAR Buffer[256];
    PKEY_NAME_INFORMATION Name = (PVOID)Buffer;
    static const WCHAR End[] = L"\\rename\\NEW\\Below";
    ULONG Length, EndSize = sizeof(End) - sizeof(WCHAR);
    CHECK_STATUS(NtQueryKey(Below, KeyNameInformation, Buffer, sizeof(Buffer), &Length),
                 STATUS_SUCCESS);
    CHECK(Name->NameLength > EndSize &&
          !memcmp((PUCHAR)Name->Name + Name->NameLength - EndSize, End, EndSize));
    NtClose(Below);
    NtClose(Other);
    NtClose(Sub);
    NtClose(Key);
    REQUIRE_STATUS(KeyOpen(nullptr, L"\\Registry\\Machine\\SOFTWARE", KEY_WRITE, &Key),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtRenameKey(Key, &New), STATUS_ACCESS_DENIED);
    NtClose(Key);
}

static LONGLONG WriteTime(HANDLE Key)
{
    KEY_CACHED_INFORMATION Information;
    ULONG Length;
    if (!CHECK_STATUS(
            NtQueryKey(Key, KeyCachedInformation, &Information, sizeof(Information), &Length),
            STATUS_SUCCESS))
        return 0;
    return Information.LastWriteTime.QuadPart;
}

VOID TestWriteTime(void)
{
    HANDLE Key = KeyFresh(L"time"), Sub;
    KEY_WRITE_TIME_INFORMATION Past = {{.QuadPart = 0x01D0000000000000}};
    LARGE_INTEGER Now, Wait = TestMilliseconds(2);
    NtQuerySystemTime(&Now);
    CHECK(Now.QuadPart - WriteTime(Key) >= 0 && Now.QuadPart - WriteTime(Key) < 10'000'000);
    static const PCWSTR Steps[] = {L"value", L"delete", L"subkey", L"delete subkey"};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Steps); i++) {
        CHECK_STATUS(NtSetInformationKey(Key, KeyWriteTimeInformation, &Past, sizeof(Past)),
                     STATUS_SUCCESS);
        CHECK_EQUAL(WriteTime(Key), Past.LastWriteTime.QuadPart);
        NtDelayExecution(FALSE, &Wait);
        UNICODE_STRING Name = TestString(L"x");
        if (i == 0)
            CHECK_STATUS(KeySetNumber(Key, L"x", 1), STATUS_SUCCESS);
        else if (i == 1)
            CHECK_STATUS(NtDeleteValueKey(Key, &Name), STATUS_SUCCESS);
        else if (i == 2)
            CHECK_STATUS(KeyCreate(Key, L"Sub", 0, &Sub), STATUS_SUCCESS);
        else
            CHECK_STATUS(NtDeleteKey(Sub), STATUS_SUCCESS);
        if (WriteTime(Key) <= Now.QuadPart)
            TestFail(__FILE__, __LINE__, "%ws did not change the time", Steps[i]);
    }
    NtClose(Sub);
    NtClose(Key);
}

VOID TestKeyFlagsAndTags(void)
{
    HANDLE Key = KeyFresh(L"flags"), Other;
    KEY_FLAGS_INFORMATION Flags;
    KEY_HANDLE_TAGS_INFORMATION Tags = {0x1234};
    ULONG Length;
    CHECK_STATUS(NtQueryKey(Key, KeyFlagsInformation, &Flags, sizeof(Flags), &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Flags.KeyFlags, 0);
    CHECK_STATUS(NtSetInformationKey(Key, KeySetHandleTagsInformation, &Tags, sizeof(Tags)),
                 STATUS_SUCCESS);
    Tags.HandleTags = 0;
    CHECK_STATUS(NtQueryKey(Key, KeyHandleTagsInformation, &Tags, sizeof(Tags), &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Tags.HandleTags, 0x1234);
    REQUIRE_STATUS(KeyOpen(Key, L"", KEY_READ, &Other), STATUS_SUCCESS);
    CHECK_STATUS(NtQueryKey(Other, KeyHandleTagsInformation, &Tags, sizeof(Tags), &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Tags.HandleTags, 0);
    NtClose(Other);
    NtClose(Key);
}
