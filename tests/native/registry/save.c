// Saves a key to the console, where tests/system/test_registry.py takes it from.

#include "suite.h"

static HANDLE OpenConsole(void)
{
    HANDLE Console = nullptr;
    IO_STATUS_BLOCK Block;
    UNICODE_STRING Name = TestString(L"\\Device\\BootConsole");
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    NTSTATUS Status = NtOpenFile(&Console, FILE_WRITE_DATA | SYNCHRONIZE, &Attributes, &Block,
                                 FILE_SHARE_WRITE, FILE_SYNCHRONOUS_IO_NONALERT);
    if (Status)
        TestComment("console: %08lx", Status);
    return Console;
}

static VOID FillValues(HANDLE Key)
{
    static UCHAR Big[50'000];
    for (ULONG i = 0; i < sizeof(Big); i++)
        Big[i] = (UCHAR)(i * 7 + i / 256);
    KeySet(Key, L"", REG_SZ, L"the default", 24);
    KeySet(Key, L"Text", REG_SZ, L"some text", 20);
    KeySet(Key, L"List", REG_MULTI_SZ, L"one\0two\0", 18);
    KeySetNumber(Key, L"Number", 42);
    KeySet(Key, L"Empty", REG_BINARY, "", 0);
    KeySet(Key, L"Odd type", 0x1234, "odd", 3);
    KeySet(Key, L"\x6F22\x5B57", REG_NONE, "x", 1);
    KeySet(Key, L"Big", REG_BINARY, Big, sizeof(Big));
}

static VOID FillKeys(HANDLE Key)
{
    HANDLE Sub, Below;
    KeyCreate(Key, L"Many", 0, &Sub);
    for (ULONG i = 0; i < 700; i++) {
        WCHAR Name[16];
        _snwprintf(Name, RTL_NUMBER_OF(Name), L"Key %u", i * 11 % 700);
        KeyCreate(Sub, Name, 0, &Below);
        KeySetNumber(Below, L"Index", i * 11 % 700);
        NtClose(Below);
    }
    NtClose(Sub);
    KeyCreate(Key, L"Volatile", REG_OPTION_VOLATILE, &Sub); // is not saved
    NtClose(Sub);
    KeyCreate(Key, L"Secured", 0, &Sub);
    SECURITY_DESCRIPTOR Descriptor;
    RtlCreateSecurityDescriptor(&Descriptor, SECURITY_DESCRIPTOR_REVISION);
    RtlSetDaclSecurityDescriptor(&Descriptor, TRUE, nullptr, FALSE);
    NtSetSecurityObject(Sub, DACL_SECURITY_INFORMATION, &Descriptor);
    NtClose(Sub);
    KeyCreate(Key, L"Deleted", 0, &Sub);
    NtDeleteKey(Sub);
    NtClose(Sub);
}

static VOID TestSave(void)
{
    HANDLE Key, Console = OpenConsole();
    BOOLEAN Before;
    REQUIRE_STATUS(KeyCreate(nullptr, TEST_ROOT, 0, &Key), STATUS_SUCCESS);
    FillValues(Key);
    FillKeys(Key);
    RtlAdjustPrivilege(SE_BACKUP_PRIVILEGE, TRUE, FALSE, &Before);
    TestComment("hive:");
    CHECK_STATUS(NtSaveKey(Key, Console), STATUS_SUCCESS);
}

static const TEST Tests[] = {{"a key is saved to the console", TestSave}};

const TEST_SUITE TestSuite = TEST_SUITE_OF(Tests);
