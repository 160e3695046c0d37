// Values: types, sizes, names.

#include "suite.h"

static PUCHAR Room;
enum { RoomSize = 2 << 20 };

static BOOLEAN GetRoom(void)
{
    SIZE_T Size = RoomSize;
    if (!Room)
        NtAllocateVirtualMemory(NtCurrentProcess(), (PVOID *)&Room, 0, &Size,
                                MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    return CHECK(Room);
}

// Set the value, and read it back.
static VOID RoundTrip(HANDLE Key, PCWSTR Value, ULONG Type, PUCHAR Data, ULONG Size)
{
    constexpr ULONG Header = FIELD_OFFSET(KEY_VALUE_PARTIAL_INFORMATION, Data);
    UNICODE_STRING Name = TestString(Value);
    PUCHAR Buffer = Room + RoomSize / 2;
    PKEY_VALUE_PARTIAL_INFORMATION Information = (PVOID)Buffer;
    ULONG Length;
    if (!CHECK_STATUS(KeySet(Key, Value, Type, Data, Size), STATUS_SUCCESS) ||
        !CHECK_STATUS(
            NtQueryValueKey(Key, &Name, KeyValuePartialInformation, Buffer, RoomSize / 2, &Length),
            STATUS_SUCCESS))
        return;
    CHECK_EQUAL(Length, Header + Size);
    CHECK_EQUAL(Information->Type, Type);
    CHECK_EQUAL(Information->DataLength, Size);
    CHECK(!memcmp(Information->Data, Data, Size));
}

VOID TestValueTypes(void)
{
    HANDLE Key = KeyFresh(L"types");
    static const ULONG Types[] = {REG_NONE,  REG_SZ,       REG_EXPAND_SZ, REG_BINARY, REG_DWORD,
                                  REG_QWORD, REG_MULTI_SZ, REG_LINK,      99,         0xFFFF1234};
    if (!GetRoom())
        return;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Types); i++)
        RoundTrip(Key, L"v", Types[i], (PUCHAR)L"data", 10);
    NtClose(Key);
}

VOID TestValueSizes(void)
{
    HANDLE Key = KeyFresh(L"sizes");
    static const ULONG Sizes[] = {0,    1,    2,     3,     4,     5,     8,      100,     4000,
                                  4096, 8192, 16343, 16344, 16345, 32688, 100000, 1000000, 7};
    if (!GetRoom())
        return;
    for (ULONG i = 0; i < RoomSize / 2; i++)
        Room[i] = (UCHAR)(i * 7 + i / 251);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Sizes); i++)
        RoundTrip(Key, L"grows", REG_BINARY, Room, Sizes[i]);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Sizes); i++) {
        WCHAR Name[16];
        _snwprintf(Name, RTL_NUMBER_OF(Name), L"size %u", Sizes[i]);
        RoundTrip(Key, Name, REG_BINARY, Room, Sizes[i]);
    }
    HANDLE Root;
    NtClose(Key);
    REQUIRE_STATUS(KeyOpen(nullptr, TEST_ROOT, KEY_ALL_ACCESS, &Root), STATUS_SUCCESS);
    KeyDeleteTree(Root, L"sizes");
    NtClose(Root);
}

VOID TestValueNames(void)
{
    HANDLE Key = KeyFresh(L"valuenames");
    static WCHAR Long[16386];
    for (ULONG i = 0; i < 16384; i++)
        Long[i] = L'n';
    CHECK_STATUS(KeySetNumber(Key, Long, 1), STATUS_INVALID_PARAMETER);
    Long[16383] = 0;
    CHECK_STATUS(KeySetNumber(Key, Long, 2), STATUS_SUCCESS);
    CHECK_EQUAL(KeyGetNumber(Key, Long), 2);
    CHECK_STATUS(KeySetNumber(Key, L"", 3), STATUS_SUCCESS);
    CHECK_EQUAL(KeyGetNumber(Key, L""), 3);
    CHECK_STATUS(KeySetNumber(Key, L"a\\b", 4), STATUS_SUCCESS);
    CHECK_EQUAL(KeyGetNumber(Key, L"A\\B"), 4);
    CHECK_STATUS(KeySetNumber(Key, L"\x6F22", 5), STATUS_SUCCESS);
    CHECK_EQUAL(KeyGetNumber(Key, L"\x6F22"), 5);
    CHECK_EQUAL(KeyGetNumber(Key, L"none"), MAXULONG);
    WCHAR Text[] = L"odd";
    ULONG Number = 1;
    UNICODE_STRING Odd = {3, 6, Text};
    CHECK_STATUS(NtSetValueKey(Key, &Odd, 0, REG_DWORD, &Number, 4), STATUS_INVALID_PARAMETER);
    NtClose(Key);
}

VOID TestDeleteValue(void)
{
    HANDLE Key = KeyFresh(L"deletevalue");
    UNICODE_STRING Name = TestString(L"b");
    for (WCHAR Text[] = L"a"; Text[0] <= L'e'; Text[0]++)
        CHECK_STATUS(KeySetNumber(Key, Text, Text[0]), STATUS_SUCCESS);
    CHECK_STATUS(NtDeleteValueKey(Key, &Name), STATUS_SUCCESS);
    CHECK_STATUS(NtDeleteValueKey(Key, &Name), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_EQUAL(KeyGetNumber(Key, L"b"), MAXULONG);
    CHECK_EQUAL(KeyGetNumber(Key, L"e"), L'e');
    KEY_CACHED_INFORMATION Information;
    ULONG Length;
    CHECK_STATUS(NtQueryKey(Key, KeyCachedInformation, &Information, sizeof(Information), &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Information.Values, 4);
    NtClose(Key);
}

VOID TestMultipleValues(void)
{
    HANDLE Key = KeyFresh(L"multiple");
    UNICODE_STRING Names[] = {TestString(L"one"), TestString(L"two"), TestString(L"none")};
    KEY_VALUE_ENTRY Entries[3] = {
        [0].ValueName = &Names[0], [1].ValueName = &Names[1], [2].ValueName = &Names[2]};
    UCHAR Buffer[64];
    ULONG Length = sizeof(Buffer), Required = 0;
    CHECK_STATUS(KeySet(Key, L"one", REG_BINARY, "abcde", 5), STATUS_SUCCESS);
    CHECK_STATUS(KeySetNumber(Key, L"two", 0x11223344), STATUS_SUCCESS);
    CHECK_STATUS(NtQueryMultipleValueKey(Key, Entries, 2, Buffer, &Length, &Required),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Length, 12);
    CHECK_EQUAL(Required, 12);
    CHECK_EQUAL(Entries[0].Type, REG_BINARY);
    CHECK_EQUAL(Entries[0].DataLength, 5);
    CHECK(!memcmp(Buffer + Entries[0].DataOffset, "abcde", 5));
    CHECK_EQUAL(*(PULONG)(Buffer + Entries[1].DataOffset), 0x11223344);
    Length = 7;
    CHECK_STATUS(NtQueryMultipleValueKey(Key, Entries, 2, Buffer, &Length, &Required),
                 STATUS_BUFFER_OVERFLOW);
    CHECK_EQUAL(Required, 12);
    Length = sizeof(Buffer);
    CHECK_STATUS(NtQueryMultipleValueKey(Key, Entries, 3, Buffer, &Length, &Required),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(NtQueryMultipleValueKey(Key, Entries, 0x10001, Buffer, &Length, &Required),
                 STATUS_INSUFFICIENT_RESOURCES);
    NtClose(Key);
}
