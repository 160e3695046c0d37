// What is told about keys and values, and what happens when it does not fit.

#include "suite.h"

static alignas(8) UCHAR Buffer[1024];

VOID TestKeyClasses(void)
{
    HANDLE Key = KeyFresh(L"query"), Sub;
    ULONG Length;
    REQUIRE_STATUS(KeyCreate(Key, L"Subkey", 0, &Sub), STATUS_SUCCESS);
    CHECK_STATUS(KeySet(Key, L"value", REG_SZ, L"text", 10), STATUS_SUCCESS);

    PKEY_BASIC_INFORMATION Basic = (PVOID)Buffer;
    CHECK_STATUS(NtQueryKey(Key, KeyBasicInformation, Buffer, sizeof(Buffer), &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Length, FIELD_OFFSET(KEY_BASIC_INFORMATION, Name) + 10);
    CHECK_EQUAL(Basic->NameLength, 10);
    CHECK(!memcmp(Basic->Name, L"query", 10));

    PKEY_NODE_INFORMATION Node = (PVOID)Buffer;
    CHECK_STATUS(NtQueryKey(Key, KeyNodeInformation, Buffer, sizeof(Buffer), &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Node->NameLength, 10);
    CHECK_EQUAL(Node->ClassOffset, MAXULONG);

    PKEY_FULL_INFORMATION Full = (PVOID)Buffer;
    CHECK_STATUS(NtQueryKey(Key, KeyFullInformation, Buffer, sizeof(Buffer), &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Full->SubKeys, 1);
    CHECK_EQUAL(Full->Values, 1);
    CHECK_EQUAL(Full->MaxNameLen, 12);
    CHECK_EQUAL(Full->MaxValueNameLen, 10);
    CHECK_EQUAL(Full->MaxValueDataLen, 10);

    PKEY_NAME_INFORMATION Name = (PVOID)Buffer;
    static const WCHAR Path[] = L"\\REGISTRY\\MACHINE\\SOFTWARE\\Test\\query";
    CHECK_STATUS(NtQueryKey(Key, KeyNameInformation, Buffer, sizeof(Buffer), &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Name->NameLength, sizeof(Path) - sizeof(WCHAR));
    CHECK(!memcmp(Name->Name, Path, Name->NameLength));

    PKEY_CACHED_INFORMATION Cached = (PVOID)Buffer;
    CHECK_STATUS(NtQueryKey(Key, KeyCachedInformation, Buffer, sizeof(Buffer), &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Length, sizeof(*Cached));
    CHECK_EQUAL(Cached->SubKeys, 1);
    CHECK_EQUAL(Cached->NameLength, 10);
    CHECK_STATUS(NtQueryKey(Key, MaxKeyInfoClass, Buffer, sizeof(Buffer), &Length),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtEnumerateKey(Key, 0, KeyNameInformation, Buffer, sizeof(Buffer), &Length),
                 STATUS_INVALID_PARAMETER);

    PUNICODE_STRING String = (PVOID)Buffer;
    CHECK_STATUS(NtQueryObject(Key, ObjectNameInformation, Buffer, sizeof(Buffer), &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(String->Length, sizeof(Path) - sizeof(WCHAR));
    NtClose(Sub);
    NtClose(Key);
}

typedef NTSTATUS (*QUERY)(HANDLE Key, ULONG Class, ULONG Length, PULONG Needed);

// With every length from 0 to what is needed: too small below the fixed part, overflow below the whole,
// and never a byte behind the buffer.
static VOID CheckLengths(QUERY Query, HANDLE Key, ULONG Class, ULONG Fixed)
{
    ULONG Whole = 0, Needed;
    Query(Key, Class, 0, &Whole);
    for (ULONG Length = 0; Length <= Whole; Length++) {
        NTSTATUS Expected = Length < Fixed   ? STATUS_BUFFER_TOO_SMALL
                            : Length < Whole ? STATUS_BUFFER_OVERFLOW
                                             : STATUS_SUCCESS;
        memset(Buffer, 0xCC, sizeof(Buffer));
        Needed = 0;
        NTSTATUS Status = Query(Key, Class, Length, &Needed);
        BOOLEAN Untouched = TRUE;
        for (ULONG i = Length; i < sizeof(Buffer); i++)
            Untouched = Untouched && Buffer[i] == 0xCC;
        if (Status != Expected || Needed != Whole || !Untouched)
            TestFail(__FILE__, __LINE__, "class %lu, length %lu: %08lx, needed %lu of %lu%s", Class,
                     Length, Status, Needed, Whole, Untouched ? "" : ", written behind the buffer");
    }
}

static NTSTATUS QueryKey(HANDLE Key, ULONG Class, ULONG Length, PULONG Needed)
{
    return NtQueryKey(Key, Class, Buffer, Length, Needed);
}

static NTSTATUS EnumerateKey(HANDLE Key, ULONG Class, ULONG Length, PULONG Needed)
{
    return NtEnumerateKey(Key, 0, Class, Buffer, Length, Needed);
}

VOID TestKeyBuffers(void)
{
    HANDLE Key = KeyFresh(L"keybuffers"), Sub;
    UNICODE_STRING Name = TestString(L"Sub"), Class = TestString(L"class");
    OBJECT_ATTRIBUTES Attributes;
    InitializeObjectAttributes(&Attributes, &Name, 0, Key, nullptr);
    REQUIRE_STATUS(NtCreateKey(&Sub, KEY_ALL_ACCESS, &Attributes, 0, &Class, 0, nullptr),
                   STATUS_SUCCESS);
    CheckLengths(QueryKey, Sub, KeyBasicInformation, FIELD_OFFSET(KEY_BASIC_INFORMATION, Name));
    CheckLengths(QueryKey, Sub, KeyNodeInformation, FIELD_OFFSET(KEY_NODE_INFORMATION, Name));
    CheckLengths(QueryKey, Sub, KeyFullInformation, FIELD_OFFSET(KEY_FULL_INFORMATION, Class));
    CheckLengths(QueryKey, Sub, KeyNameInformation, FIELD_OFFSET(KEY_NAME_INFORMATION, Name));
    CheckLengths(QueryKey, Sub, KeyCachedInformation, sizeof(KEY_CACHED_INFORMATION));
    CheckLengths(QueryKey, Sub, KeyFlagsInformation, sizeof(KEY_FLAGS_INFORMATION));
    CheckLengths(EnumerateKey, Key, KeyBasicInformation, FIELD_OFFSET(KEY_BASIC_INFORMATION, Name));
    CheckLengths(EnumerateKey, Key, KeyNodeInformation, FIELD_OFFSET(KEY_NODE_INFORMATION, Name));
    CheckLengths(EnumerateKey, Key, KeyFullInformation, FIELD_OFFSET(KEY_FULL_INFORMATION, Class));
    NtClose(Sub);
    NtClose(Key);
}

static UNICODE_STRING ValueName;

static NTSTATUS QueryValue(HANDLE Key, ULONG Class, ULONG Length, PULONG Needed)
{
    return NtQueryValueKey(Key, &ValueName, Class, Buffer, Length, Needed);
}

static NTSTATUS EnumerateValue(HANDLE Key, ULONG Class, ULONG Length, PULONG Needed)
{
    return NtEnumerateValueKey(Key, 0, Class, Buffer, Length, Needed);
}

VOID TestValueClasses(void)
{
    HANDLE Key = KeyFresh(L"valueclasses");
    UNICODE_STRING Name = TestString(L"odd"); // 6 bytes: data must be aligned behind it
    ULONG Length;
    CHECK_STATUS(KeySet(Key, L"odd", REG_BINARY, "abcdef", 6), STATUS_SUCCESS);
    PKEY_VALUE_BASIC_INFORMATION Basic = (PVOID)Buffer;
    CHECK_STATUS(
        NtQueryValueKey(Key, &Name, KeyValueBasicInformation, Buffer, sizeof(Buffer), &Length),
        STATUS_SUCCESS);
    CHECK_EQUAL(Basic->Type, REG_BINARY);
    CHECK_EQUAL(Basic->NameLength, 6);
    CHECK(!memcmp(Basic->Name, L"odd", 6));
    PKEY_VALUE_FULL_INFORMATION Full = (PVOID)Buffer;
    static const ULONG FullClasses[] = {KeyValueFullInformation, KeyValueFullInformationAlign64};
    for (ULONG i = 0; i < 2; i++) {
        CHECK_STATUS(NtQueryValueKey(Key, &Name, FullClasses[i], Buffer, sizeof(Buffer), &Length),
                     STATUS_SUCCESS);
        CHECK_EQUAL(Full->DataOffset % (i ? 8 : 4), 0);
        CHECK_EQUAL(Full->DataLength, 6);
        CHECK(!memcmp(Buffer + Full->DataOffset, "abcdef", 6));
    }
    PKEY_VALUE_PARTIAL_INFORMATION_ALIGN64 Aligned = (PVOID)Buffer;
    CHECK_STATUS(NtQueryValueKey(Key, &Name, KeyValuePartialInformationAlign64, Buffer,
                                 sizeof(Buffer), &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Aligned->DataLength, 6);
    CHECK(!memcmp(Aligned->Data, "abcdef", 6));
    CHECK_STATUS(NtQueryValueKey(Key, &Name, MaxKeyValueInfoClass, Buffer, sizeof(Buffer), &Length),
                 STATUS_INVALID_PARAMETER);
    NtClose(Key);
}

VOID TestValueBuffers(void)
{
    static const struct {
        ULONG Class, Fixed;
    } Classes[] = {
        {KeyValueBasicInformation, FIELD_OFFSET(KEY_VALUE_BASIC_INFORMATION, Name)},
        {KeyValueFullInformation, FIELD_OFFSET(KEY_VALUE_FULL_INFORMATION, Name)},
        {KeyValueFullInformationAlign64, FIELD_OFFSET(KEY_VALUE_FULL_INFORMATION, Name)},
        {KeyValuePartialInformation, FIELD_OFFSET(KEY_VALUE_PARTIAL_INFORMATION, Data)},
        {KeyValuePartialInformationAlign64,
         FIELD_OFFSET(KEY_VALUE_PARTIAL_INFORMATION_ALIGN64, Data)},
    };
    HANDLE Key = KeyFresh(L"valuebuffers");
    ValueName = TestString(L"value");
    CHECK_STATUS(KeySet(Key, L"value", REG_SZ, L"some text", 20), STATUS_SUCCESS);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Classes); i++) {
        CheckLengths(QueryValue, Key, Classes[i].Class, Classes[i].Fixed);
        CheckLengths(EnumerateValue, Key, Classes[i].Class, Classes[i].Fixed);
    }
    NtClose(Key);
}

VOID TestEnumerateKeys(void)
{
    enum { Count = 1000 };
    HANDLE Key = KeyFresh(L"thousand"), Sub;
    WCHAR Name[16], Last[16] = L"";
    for (ULONG i = 0; i < Count; i++) {
        _snwprintf(Name, RTL_NUMBER_OF(Name), L"Key %04u", i * 7 % Count);
        REQUIRE_STATUS(KeyCreate(Key, Name, i % 3 ? 0 : REG_OPTION_VOLATILE, &Sub), STATUS_SUCCESS);
        NtClose(Sub);
    }
    // In two orders, as stable and volatile keys lie apart; each of them once.
    static UCHAR Seen[Count];
    ULONG Length, Descents = 0;
    PKEY_BASIC_INFORMATION Basic = (PVOID)Buffer;
    for (ULONG i = 0; i < Count; i++) {
        REQUIRE_STATUS(NtEnumerateKey(Key, i, KeyBasicInformation, Buffer, sizeof(Buffer), &Length),
                       STATUS_SUCCESS);
        memcpy(Name, Basic->Name, Basic->NameLength);
        Name[Basic->NameLength / sizeof(WCHAR)] = 0;
        UNICODE_STRING Digits = TestString(Name + 4);
        ULONG Number = Count;
        RtlUnicodeStringToInteger(&Digits, 10, &Number);
        REQUIRE(Number < Count);
        Seen[Number]++;
        if (wcscmp(Last, Name) > 0)
            Descents++;
        wcscpy(Last, Name);
    }
    CHECK(Descents <= 1);
    for (ULONG i = 0; i < Count; i++)
        REQUIRE(Seen[i] == 1);
    CHECK_STATUS(NtEnumerateKey(Key, Count, KeyBasicInformation, Buffer, sizeof(Buffer), &Length),
                 STATUS_NO_MORE_ENTRIES);
    CHECK_STATUS(
        NtEnumerateKey(Key, MAXULONG, KeyBasicInformation, Buffer, sizeof(Buffer), &Length),
        STATUS_NO_MORE_ENTRIES);
    NtClose(Key);
}

VOID TestEnumerateValues(void)
{
    enum { Count = 300 };
    HANDLE Key = KeyFresh(L"manyvalues");
    WCHAR Name[16];
    ULONG Length, Sum = 0;
    for (ULONG i = 0; i < Count; i++) {
        _snwprintf(Name, RTL_NUMBER_OF(Name), L"Value %u", i);
        CHECK_STATUS(KeySetNumber(Key, Name, i), STATUS_SUCCESS);
    }
    PKEY_VALUE_PARTIAL_INFORMATION Partial = (PVOID)Buffer;
    for (ULONG i = 0; i < Count; i++) {
        REQUIRE_STATUS(NtEnumerateValueKey(Key, i, KeyValuePartialInformation, Buffer,
                                           sizeof(Buffer), &Length),
                       STATUS_SUCCESS);
        Sum += *(PULONG)Partial->Data;
    }
    CHECK_EQUAL(Sum, Count * (Count - 1) / 2);
    CHECK_STATUS(NtEnumerateValueKey(Key, Count, KeyValuePartialInformation, Buffer, sizeof(Buffer),
                                     &Length),
                 STATUS_NO_MORE_ENTRIES);
    NtClose(Key);
}
