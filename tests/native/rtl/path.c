// Paths.

#include "suite.h"

VOID TestPathTypes(void)
{
    static const struct {
        PCWSTR Path;
        RTL_PATH_TYPE Type;
    } Cases[] = {
        {L"C:\\Windows", RtlPathTypeDriveAbsolute},
        {L"C:file", RtlPathTypeDriveRelative},
        {L"\\file", RtlPathTypeRooted},
        {L"file", RtlPathTypeRelative},
        {L"\\\\server\\share", RtlPathTypeUncAbsolute},
        {L"\\\\.\\COM1", RtlPathTypeLocalDevice},
        {L"\\\\.", RtlPathTypeRootLocalDevice},
        {L"", RtlPathTypeRelative},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++) {
        RTL_PATH_TYPE Type = RtlDetermineDosPathNameType_U(Cases[i].Path);
        if (Type != Cases[i].Type)
            TestFail(__FILE__, __LINE__, "'%ws' is of type %d, not %d", Cases[i].Path, Type,
                     Cases[i].Type);
    }
}

VOID TestFullPaths(void)
{
    static const struct {
        PCWSTR Path, Full;
    } Cases[] = {
        {L"C:\\a\\b", L"C:\\a\\b"},
        {L"C:\\a\\..\\b", L"C:\\b"},
        {L"C:\\a\\.\\b\\", L"C:\\a\\b\\"},
        {L"C:/a/b", L"C:\\a\\b"},
        {L"C:\\..\\..\\a", L"C:\\a"},
        {L"C:\\a\\\\b", L"C:\\a\\b"},
        {L"C:\\a. ", L"C:\\a"},
        {L"\\\\s\\h\\a\\..\\b", L"\\\\s\\h\\b"},
        {L"\\\\.\\COM1", L"\\\\.\\COM1"},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++) {
        WCHAR Buffer[100];
        ULONG Length = RtlGetFullPathName_U(Cases[i].Path, sizeof(Buffer), Buffer, nullptr);
        if (Length != wcslen(Cases[i].Full) * sizeof(WCHAR) || wcscmp(Buffer, Cases[i].Full))
            TestFail(__FILE__, __LINE__, "'%ws' became '%ws'", Cases[i].Path, Buffer);
    }
    WCHAR Small[4];
    CHECK_EQUAL(RtlGetFullPathName_U(L"C:\\abcdef", sizeof(Small), Small, nullptr),
                10 * sizeof(WCHAR)); // what it needs
}

VOID TestNtPaths(void)
{
    static const struct {
        PCWSTR Path, Native;
    } Cases[] = {
        {L"C:\\a\\b", L"\\??\\C:\\a\\b"},
        {L"\\\\s\\h\\f", L"\\??\\UNC\\s\\h\\f"},
        {L"\\\\.\\pipe\\x", L"\\??\\pipe\\x"},
        {L"\\\\?\\C:\\a\\..\\b", L"\\??\\C:\\a\\..\\b"}, // as it is
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++) {
        UNICODE_STRING Native;
        if (!CHECK_STATUS(
                RtlDosPathNameToNtPathName_U_WithStatus(Cases[i].Path, &Native, nullptr, nullptr),
                STATUS_SUCCESS))
            continue;
        CHECK(RtlIsText(&Native, Cases[i].Native));
        RtlFreeUnicodeString(&Native);
    }
    UNICODE_STRING Native;
    CHECK(!NT_SUCCESS(RtlDosPathNameToNtPathName_U_WithStatus(L"", &Native, nullptr, nullptr)));
}

VOID TestDeviceNames(void)
{
    CHECK(RtlIsDosDeviceName_U(L"NUL"));
    CHECK(RtlIsDosDeviceName_U(L"com1"));
    CHECK(!RtlIsDosDeviceName_U(L"com"));
    CHECK(!RtlIsDosDeviceName_U(L"nulx"));
}

VOID TestCurrentDirectory(void)
{
    WCHAR Buffer[200];
    ULONG Length = RtlGetCurrentDirectory_U(sizeof(Buffer), Buffer);
    CHECK(Length && Length < sizeof(Buffer) && Buffer[1] == L':');
    CHECK_EQUAL(Length, wcslen(Buffer) * sizeof(WCHAR));
    WCHAR Full[200];
    CHECK(RtlGetFullPathName_U(L"x", sizeof(Full), Full, nullptr) > Length);
    CHECK(!wcsncmp(Buffer, Full, Length / sizeof(WCHAR)));
    UNICODE_STRING Missing = RTL_CONSTANT_STRING(L"C:\\NotThere\\AtAll");
    CHECK(!NT_SUCCESS(RtlSetCurrentDirectory_U(&Missing)));
}
