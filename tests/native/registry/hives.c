// Hives in files: loading, unloading, restoring.

#include "suite.h"

#define HIVE_FILE L"\\SystemRoot\\System32\\config\\TEST"
#define HIVE_KEY  L"\\Registry\\Machine\\TEST"

static NTSTATUS Load(PCWSTR Target, PCWSTR File)
{
    UNICODE_STRING TargetName = TestString(Target), FileName = TestString(File);
    OBJECT_ATTRIBUTES Key = TestAttributes(&TargetName, OBJ_CASE_INSENSITIVE);
    OBJECT_ATTRIBUTES Source = TestAttributes(&FileName, OBJ_CASE_INSENSITIVE);
    return NtLoadKey(&Key, &Source);
}

static NTSTATUS Unload(PCWSTR Target, ULONG Flags)
{
    UNICODE_STRING Name = TestString(Target);
    OBJECT_ATTRIBUTES Key = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    return NtUnloadKey2(&Key, Flags);
}

static VOID SetPrivileges(BOOLEAN Enable)
{
    BOOLEAN Before;
    CHECK_STATUS(RtlAdjustPrivilege(SE_RESTORE_PRIVILEGE, Enable, FALSE, &Before), STATUS_SUCCESS);
    CHECK_STATUS(RtlAdjustPrivilege(SE_BACKUP_PRIVILEGE, Enable, FALSE, &Before), STATUS_SUCCESS);
}

static const struct {
    PCWSTR Name;
    ULONG Type, Size;
    PCWSTR Data;
} Values[] = {
    {L"", REG_SZ, 16, L"default"},
    {L"Text", REG_SZ, 34, L"from a .reg file"},
    {L"Expanded", REG_EXPAND_SZ, 30, L"%SystemRoot%\\x"},
    {L"Number", REG_DWORD, 4, L"\x2a\0"},
    {L"Bytes", REG_BINARY, 3, L"\x0201\x0003"},
    {L"Long", REG_QWORD, 8, L"\x0708\x0506\x0304\x0102"},
    {L"List", REG_MULTI_SZ, 30, L"one\0two\0three\0"},
    {L"Empty", REG_BINARY, 0, L""},
    {L"Odd type", 0x1234, 1, L"\x05"},
};

static VOID CheckValues(HANDLE Key)
{
    alignas(8) UCHAR Buffer[128];
    PKEY_VALUE_PARTIAL_INFORMATION Information = (PVOID)Buffer;
    ULONG Length;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Values); i++) {
        UNICODE_STRING Name = TestString(Values[i].Name);
        NTSTATUS Status = NtQueryValueKey(Key, &Name, KeyValuePartialInformation, Buffer,
                                          sizeof(Buffer), &Length);
        if (Status || Information->Type != Values[i].Type ||
            Information->DataLength != Values[i].Size ||
            memcmp(Information->Data, Values[i].Data, Values[i].Size))
            TestFail(__FILE__, __LINE__, "value '%ws': %08lx, type %lx, %lu bytes", Values[i].Name,
                     Status, Information->Type, Information->DataLength);
    }
}

VOID TestLoad(void)
{
    HANDLE Key;
    SetPrivileges(TRUE);
    REQUIRE_STATUS(Load(HIVE_KEY, HIVE_FILE), STATUS_SUCCESS);
    REQUIRE_STATUS(KeyOpen(nullptr, HIVE_KEY L"\\values", KEY_READ, &Key), STATUS_SUCCESS);
    CheckValues(Key);
    NtClose(Key);
    static const PCWSTR Keys[] = {L"\\deep\\deeper\\deepest", L"\\Order\\BELOW_IT",
                                  L"\\Order\\BELOW^IT", L"\\Order\\BELOWIT", L"\\Order\\BELOW"};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Keys); i++) {
        WCHAR Path[64] = HIVE_KEY;
        wcscat(Path, Keys[i]);
        if (CHECK_STATUS(KeyOpen(nullptr, Path, KEY_READ, &Key), STATUS_SUCCESS))
            NtClose(Key);
    }
    // What is loaded is as any other key, and gone when it is unloaded.
    REQUIRE_STATUS(KeyCreate(nullptr, HIVE_KEY L"\\New", 0, &Key), STATUS_SUCCESS);
    CHECK_STATUS(KeySetNumber(Key, L"x", 1), STATUS_SUCCESS);
    NtClose(Key);
    CHECK_STATUS(Unload(HIVE_KEY, 0), STATUS_SUCCESS);
    CHECK_STATUS(KeyOpen(nullptr, HIVE_KEY, KEY_READ, &Key), STATUS_OBJECT_NAME_NOT_FOUND);
}

VOID TestLoadRefused(void)
{
    SetPrivileges(TRUE);
    CHECK_STATUS(Load(HIVE_KEY, L"\\SystemRoot\\None"), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(Load(HIVE_KEY, L"\\SystemRoot\\System32\\ntdll.dll"), STATUS_NOT_REGISTRY_FILE);
    CHECK_STATUS(Load(HIVE_KEY, L"\\SystemRoot\\System32"), STATUS_NOT_REGISTRY_FILE);
    CHECK_STATUS(Load(HIVE_KEY, L"\\Registry\\Machine"), STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_STATUS(Load(L"\\Registry\\Machine\\SOFTWARE", HIVE_FILE), STATUS_ACCESS_DENIED);
    CHECK_STATUS(Load(L"\\Registry\\Machine\\SOFTWARE\\None", HIVE_FILE), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Load(L"\\Registry\\TEST", HIVE_FILE), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Load(L"\\BaseNamedObjects\\x", HIVE_FILE), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(Load(HIVE_KEY, L"\\SystemRoot\\System32\\config\\SYSTEM"),
                 STATUS_SHARING_VIOLATION);
    REQUIRE_STATUS(Load(HIVE_KEY, HIVE_FILE), STATUS_SUCCESS);
    CHECK_STATUS(Load(L"\\Registry\\User\\TEST", HIVE_FILE), STATUS_SHARING_VIOLATION);
    CHECK_STATUS(Unload(HIVE_KEY L"\\Deep", 0), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Unload(HIVE_KEY, 2), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Unload(HIVE_KEY, 0), STATUS_SUCCESS);
    CHECK_STATUS(Unload(HIVE_KEY, 0), STATUS_OBJECT_NAME_NOT_FOUND);
}

VOID TestUnload(void)
{
    HANDLE Root, Key, Event, Again;
    IO_STATUS_BLOCK Block = {};
    UNICODE_STRING TargetName = TestString(HIVE_KEY), FileName = TestString(HIVE_FILE);
    OBJECT_ATTRIBUTES Target = TestAttributes(&TargetName, OBJ_CASE_INSENSITIVE);
    OBJECT_ATTRIBUTES File = TestAttributes(&FileName, OBJ_CASE_INSENSITIVE);
    SetPrivileges(TRUE);
    REQUIRE_STATUS(NtLoadKeyEx(&Target, &File, REG_LOAD_HIVE_OPEN_HANDLE, nullptr, nullptr,
                               KEY_ALL_ACCESS, &Root, nullptr),
                   STATUS_SUCCESS);
    REQUIRE_STATUS(KeyOpen(Root, L"Values", KEY_ALL_ACCESS, &Key), STATUS_SUCCESS);
    CHECK_STATUS(Unload(HIVE_KEY, 0), STATUS_CANNOT_DELETE);
    NtClose(Root);
    CHECK_STATUS(Unload(HIVE_KEY, 0), STATUS_CANNOT_DELETE);
    CHECK_EQUAL(KeyGetNumber(Key, L"Number"), 42);
    REQUIRE_STATUS(NtCreateEvent(&Event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtNotifyChangeKey(Key, Event, nullptr, nullptr, &Block, REG_NOTIFY_CHANGE_NAME,
                                   TRUE, nullptr, 0, TRUE),
                 STATUS_PENDING);
    CHECK_STATUS(Unload(HIVE_KEY, REG_FORCE_UNLOAD), STATUS_SUCCESS);
    CHECK_STATUS(Block.Status, STATUS_KEY_DELETED);
    CHECK_STATUS(KeySetNumber(Key, L"x", 1), STATUS_KEY_DELETED);
    CHECK_STATUS(KeyOpen(Key, L"", KEY_READ, &Again), STATUS_KEY_DELETED);
    // The same file can be loaded again, and the old handle does not lead there.
    REQUIRE_STATUS(Load(HIVE_KEY, HIVE_FILE), STATUS_SUCCESS);
    CHECK_STATUS(KeySetNumber(Key, L"x", 1), STATUS_KEY_DELETED);
    CHECK_STATUS(NtClose(Key), STATUS_SUCCESS);
    CHECK_STATUS(Unload(HIVE_KEY, 0), STATUS_SUCCESS);
    NtClose(Event);
}

VOID TestHivePrivileges(void)
{
    HANDLE Key = KeyFresh(L"privileges"), File;
    IO_STATUS_BLOCK Block;
    UNICODE_STRING Name = TestString(HIVE_FILE);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    REQUIRE_STATUS(NtOpenFile(&File, FILE_READ_DATA, &Attributes, &Block, FILE_SHARE_READ, 0),
                   STATUS_SUCCESS);
    SetPrivileges(FALSE);
    CHECK_STATUS(Load(HIVE_KEY, HIVE_FILE), STATUS_PRIVILEGE_NOT_HELD);
    CHECK_STATUS(Unload(HIVE_KEY, 0), STATUS_PRIVILEGE_NOT_HELD);
    CHECK_STATUS(NtSaveKey(Key, File), STATUS_PRIVILEGE_NOT_HELD);
    CHECK_STATUS(NtRestoreKey(Key, File, 0), STATUS_PRIVILEGE_NOT_HELD);
    SetPrivileges(TRUE);
    CHECK_STATUS(NtSaveKey(Key, File), STATUS_ACCESS_DENIED); // it is open for reading
    CHECK_STATUS(NtSaveKeyEx(Key, File, 3), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtSaveKey(Key, Key), STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_STATUS(NtSaveKey(File, File), STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_STATUS(NtLockRegistryKey(Key), STATUS_PRIVILEGE_NOT_HELD);
    CHECK_STATUS(NtInitializeRegistry(2000), STATUS_INVALID_PARAMETER);
    NtClose(File);
    NtClose(Key);
}

VOID TestOpenSubKeys(void)
{
    HANDLE Key, Same;
    ULONG Count = 99, Needed;
    UNICODE_STRING Name = TestString(HIVE_KEY), Inner = TestString(TEST_ROOT);
    OBJECT_ATTRIBUTES Target = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    OBJECT_ATTRIBUTES NoRoot = TestAttributes(&Inner, OBJ_CASE_INSENSITIVE);
    SetPrivileges(TRUE);
    REQUIRE_STATUS(Load(HIVE_KEY, HIVE_FILE), STATUS_SUCCESS);
    CHECK_STATUS(NtQueryOpenSubKeys(&Target, &Count), STATUS_SUCCESS);
    CHECK_EQUAL(Count, 0);
    REQUIRE_STATUS(KeyOpen(nullptr, HIVE_KEY L"\\Values", KEY_READ, &Key), STATUS_SUCCESS);
    REQUIRE_STATUS(KeyOpen(nullptr, HIVE_KEY L"\\Values", KEY_READ, &Same), STATUS_SUCCESS);
    CHECK_STATUS(NtQueryOpenSubKeys(&Target, &Count), STATUS_SUCCESS);
    CHECK_EQUAL(Count, 2);
    CHECK_STATUS(NtQueryOpenSubKeys(&NoRoot, &Count), STATUS_INVALID_PARAMETER);

    alignas(8) UCHAR Buffer[512];
    PKEY_OPEN_SUBKEYS_INFORMATION Information = (PVOID)Buffer;
    UNICODE_STRING Expected = TestString(L"\\REGISTRY\\MACHINE\\TEST\\Values");
    CHECK_STATUS(NtQueryOpenSubKeysEx(&Target, 8, Buffer, &Needed), STATUS_BUFFER_OVERFLOW);
    CHECK_STATUS(NtQueryOpenSubKeysEx(&Target, Needed, Buffer, &Needed), STATUS_SUCCESS);
    CHECK_EQUAL(Information->Count, 2);
    CHECK_EQUAL(Information->KeyArray[1].ProcessId, NtCurrentTeb()->ClientId.UniqueProcess);
    CHECK(RtlEqualUnicodeString(&Information->KeyArray[1].KeyName, &Expected, TRUE));
    NtClose(Same);
    NtClose(Key);
    CHECK_STATUS(Unload(HIVE_KEY, 0), STATUS_SUCCESS);
}

VOID TestRestore(void)
{
    HANDLE Key = KeyFresh(L"restore"), Sub, File, Below;
    IO_STATUS_BLOCK Block;
    UNICODE_STRING Name = TestString(HIVE_FILE);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    SetPrivileges(TRUE);
    REQUIRE_STATUS(NtOpenFile(&File, FILE_READ_DATA, &Attributes, &Block, FILE_SHARE_READ, 0),
                   STATUS_SUCCESS);
    REQUIRE_STATUS(KeyCreate(Key, L"Old", 0, &Sub), STATUS_SUCCESS);
    CHECK_STATUS(KeySetNumber(Key, L"old", 1), STATUS_SUCCESS);
    CHECK_STATUS(NtRestoreKey(Key, File, 0), STATUS_ACCESS_DENIED); // Old is open
    CHECK_STATUS(NtRestoreKey(Key, File, REG_REFRESH_HIVE), STATUS_NOT_SUPPORTED);
    CHECK_STATUS(NtRestoreKey(Key, File, 0x100), STATUS_INVALID_PARAMETER);
    CHECK_EQUAL(KeyGetNumber(Key, L"old"), 1);
    CHECK_STATUS(NtRestoreKey(Key, File, REG_FORCE_RESTORE), STATUS_SUCCESS);
    CHECK_STATUS(KeySetNumber(Sub, L"x", 1), STATUS_KEY_DELETED);
    NtClose(Sub);
    CHECK_EQUAL(KeyGetNumber(Key, L"old"), MAXULONG);
    CHECK_STATUS(KeyOpen(Key, L"Old", KEY_READ, &Sub), STATUS_OBJECT_NAME_NOT_FOUND);
    REQUIRE_STATUS(KeyOpen(Key, L"Values", KEY_READ, &Sub), STATUS_SUCCESS);
    CheckValues(Sub);
    NtClose(Sub);
    CHECK_STATUS(KeyOpen(Key, L"Deep\\Deeper\\Deepest", KEY_READ, &Below), STATUS_SUCCESS);
    NtClose(Below);
    CHECK_STATUS(NtRestoreKey(Key, File, 0), STATUS_SUCCESS);
    NtClose(File);
    NtClose(Key);
}

VOID TestCompress(void)
{
    HANDLE Root, Key;
    SetPrivileges(TRUE);
    REQUIRE_STATUS(Load(HIVE_KEY, HIVE_FILE), STATUS_SUCCESS);
    REQUIRE_STATUS(KeyOpen(nullptr, HIVE_KEY, KEY_ALL_ACCESS, &Root), STATUS_SUCCESS);
    REQUIRE_STATUS(KeyCreate(Root, L"Volatile", REG_OPTION_VOLATILE, &Key), STATUS_SUCCESS);
    CHECK_STATUS(NtCompressKey(Key), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtCompressKey(Root), STATUS_CANNOT_DELETE); // Volatile is open
    NtClose(Key);
    CHECK_STATUS(NtCompressKey(Root), STATUS_SUCCESS);
    CHECK_STATUS(KeyOpen(Root, L"Volatile", KEY_READ, &Key), STATUS_SUCCESS);
    NtClose(Key);
    REQUIRE_STATUS(KeyOpen(Root, L"Values", KEY_READ, &Key), STATUS_SUCCESS);
    CheckValues(Key);
    HANDLE Both[] = {Root, Root};
    CHECK_STATUS(NtCompactKeys(2, Both), STATUS_SUCCESS);
    Both[1] = Key; // open for reading
    CHECK_STATUS(NtCompactKeys(2, Both), STATUS_ACCESS_DENIED);
    CHECK_STATUS(NtFlushKey(Root), STATUS_SUCCESS);
    NtClose(Key);
    NtClose(Root);
    CHECK_STATUS(Unload(HIVE_KEY, 0), STATUS_SUCCESS);
}

VOID TestSystemHives(void)
{
    HANDLE List;
    alignas(8) UCHAR Buffer[256];
    PKEY_VALUE_PARTIAL_INFORMATION Information = (PVOID)Buffer;
    UNICODE_STRING Name = TestString(L"\\REGISTRY\\MACHINE\\TEST");
    ULONG Length;
    SetPrivileges(TRUE);
    REQUIRE_STATUS(KeyOpen(nullptr,
                           L"\\Registry\\Machine\\SYSTEM\\CurrentControlSet\\Control\\hivelist",
                           KEY_READ, &List),
                   STATUS_SUCCESS);
    CHECK_STATUS(
        NtQueryValueKey(List, &Name, KeyValuePartialInformation, Buffer, sizeof(Buffer), &Length),
        STATUS_OBJECT_NAME_NOT_FOUND);
    REQUIRE_STATUS(Load(HIVE_KEY, HIVE_FILE), STATUS_SUCCESS);
    CHECK_STATUS(
        NtQueryValueKey(List, &Name, KeyValuePartialInformation, Buffer, sizeof(Buffer), &Length),
        STATUS_SUCCESS);
    static const WCHAR End[] = L"\\System32\\config\\TEST";
    CHECK_EQUAL(Information->Type, REG_SZ);
    CHECK(Information->DataLength > sizeof(End) &&
          !memcmp(Information->Data + Information->DataLength - sizeof(End), End, sizeof(End)));
    CHECK_STATUS(Unload(HIVE_KEY, 0), STATUS_SUCCESS);
    CHECK_STATUS(
        NtQueryValueKey(List, &Name, KeyValuePartialInformation, Buffer, sizeof(Buffer), &Length),
        STATUS_OBJECT_NAME_NOT_FOUND);
    NtClose(List);
    CHECK_STATUS(Unload(L"\\Registry\\Machine\\SOFTWARE", REG_FORCE_UNLOAD), STATUS_CANNOT_DELETE);
    CHECK_STATUS(Unload(L"\\Registry\\Machine\\SYSTEM", 0), STATUS_CANNOT_DELETE);
    CHECK_STATUS(Unload(L"\\Registry\\Machine", 0), STATUS_INVALID_PARAMETER);
}
