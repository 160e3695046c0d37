// Version, times, errors, debug output, messages.

#include "suite.h"

VOID TestVersion(void)
{
    RTL_OSVERSIONINFOEXW Version = {.dwOSVersionInfoSize = sizeof(Version)};
    CHECK_STATUS(RtlGetVersion((PRTL_OSVERSIONINFOW)&Version), STATUS_SUCCESS);
    CHECK_EQUAL(Version.dwMajorVersion, 10);
    CHECK_EQUAL(Version.dwMinorVersion, 0);
    CHECK_EQUAL(Version.dwBuildNumber, 19045);
    CHECK_EQUAL(Version.dwPlatformId, VER_PLATFORM_WIN32_NT);
    ULONG Major = 0, Minor = 9, Build = 0;
    RtlGetNtVersionNumbers(&Major, &Minor, &Build);
    CHECK_EQUAL(Major, 10);
    CHECK_EQUAL(Minor, 0);
    CHECK_EQUAL(Build & 0xFFFF, 19045);
}

VOID TestVerifyVersion(void)
{
    RTL_OSVERSIONINFOEXW Version = {.dwOSVersionInfoSize = sizeof(Version), .dwMajorVersion = 6};
    ULONGLONG Mask = VerSetConditionMask(0, VER_MAJORVERSION, VER_GREATER_EQUAL);
    CHECK_STATUS(RtlVerifyVersionInfo(&Version, VER_MAJORVERSION, Mask), STATUS_SUCCESS);
    Version.dwMajorVersion = 11;
    CHECK_STATUS(RtlVerifyVersionInfo(&Version, VER_MAJORVERSION, Mask), STATUS_REVISION_MISMATCH);
}

VOID TestTimes(void)
{
    enum { Second = 10'000'000 };
    LARGE_INTEGER System, Counter;
    CHECK_STATUS(NtQuerySystemTime(&System), STATUS_SUCCESS);
    LONGLONG Difference = RtlGetSystemTimePrecise().QuadPart - System.QuadPart;
    CHECK(Difference > -Second && Difference < Second);
    ULONGLONG Before = RtlGetInterruptTimePrecise(&Counter);
    for (int i = 0; i < 10'000; i++) {
        ULONGLONG Now = RtlGetInterruptTimePrecise(&Counter);
        if (Now + 1 < Before) // the last digit is rounded
            TestFail(__FILE__, __LINE__, "time went from %llu to %llu", Before, Now);
        Before = Now;
    }
    ULONGLONG Milliseconds = RtlGetInterruptTimePrecise(&Counter) / 10'000;
    ULONG Ticks = NtGetTickCount();
    CHECK(Ticks <= Milliseconds && Ticks + 40 > Milliseconds);
}

VOID TestPointers(void)
{
    PVOID Encoded = RtlEncodePointer(&Encoded);
    CHECK(Encoded != &Encoded);
    CHECK(RtlDecodePointer(Encoded) == &Encoded);
    CHECK(RtlDecodeSystemPointer(RtlEncodeSystemPointer(&Encoded)) == &Encoded);
    CHECK(RtlDecodePointer(RtlEncodePointer(nullptr)) == nullptr);
}

VOID TestErrors(void)
{
    CHECK_EQUAL(RtlNtStatusToDosError(STATUS_ACCESS_DENIED), 5);
    CHECK_STATUS(RtlGetLastNtStatus(), STATUS_ACCESS_DENIED);
    RtlSetLastWin32Error(1234);
    CHECK_EQUAL(RtlGetLastWin32Error(), 1234);
    RtlSetLastWin32ErrorAndNtStatusFromNtStatus(STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_EQUAL(RtlGetLastWin32Error(), 2);
}

VOID TestErrorMode(void)
{
    ULONG Old = MAXULONG;
    CHECK_STATUS(RtlSetThreadErrorMode(0x10, &Old), STATUS_SUCCESS);
    CHECK_EQUAL(Old, 0);
    CHECK_EQUAL(RtlGetThreadErrorMode(), 0x10);
    CHECK_STATUS(RtlSetThreadErrorMode(0x1, &Old), STATUS_INVALID_PARAMETER_1);
    CHECK_STATUS(RtlSetThreadErrorMode(0, nullptr), STATUS_SUCCESS);
}

VOID TestDebugPrint(void)
{
    CHECK(NT_SUCCESS((NTSTATUS)DbgPrint("rtl: %s %d\n", "a line", 1)));
    CHECK(NT_SUCCESS((NTSTATUS)DbgPrintEx(0, 0, "rtl: %ws\n", L"another")));
}

static VOID CheckShown(ULONG Component, ULONG Level, BOOLEAN Shown)
{
    CHECK_STATUS(NtQueryDebugFilterState(Component, Level), Shown);
    CHECK_STATUS(DbgQueryDebugFilterState(Component, Level), Shown);
}

VOID TestDebugFilter(void)
{
    CheckShown(DPFLTR_IHVAUDIO_ID, DPFLTR_ERROR_LEVEL, TRUE);
    CheckShown(DPFLTR_IHVAUDIO_ID, DPFLTR_TRACE_LEVEL, FALSE);
    CHECK_STATUS(NtSetDebugFilterState(DPFLTR_IHVAUDIO_ID, DPFLTR_TRACE_LEVEL, TRUE),
                 STATUS_SUCCESS);
    CheckShown(DPFLTR_IHVAUDIO_ID, DPFLTR_TRACE_LEVEL, TRUE);
    CheckShown(DPFLTR_IHVAUDIO_ID, DPFLTR_INFO_LEVEL, FALSE);
    CheckShown(DPFLTR_IHVVIDEO_ID, DPFLTR_TRACE_LEVEL, FALSE);
    // A level above 31 is bits.
    CHECK_STATUS(DbgSetDebugFilterState(DPFLTR_IHVAUDIO_ID, DPFLTR_MASK | 0x14, TRUE),
                 STATUS_SUCCESS);
    CheckShown(DPFLTR_IHVAUDIO_ID, 4, TRUE);
    CheckShown(DPFLTR_IHVAUDIO_ID, 31, TRUE);
    CHECK_STATUS(NtSetDebugFilterState(DPFLTR_IHVAUDIO_ID, MAXULONG, FALSE), STATUS_SUCCESS);
    CheckShown(DPFLTR_IHVAUDIO_ID, DPFLTR_TRACE_LEVEL, FALSE);
    CheckShown(DPFLTR_IHVAUDIO_ID, DPFLTR_ERROR_LEVEL, TRUE); // of every component
    CHECK_STATUS(NtQueryDebugFilterState(DPFLTR_ENDOFTABLE_ID, 0), STATUS_INVALID_PARAMETER_1);
    CHECK_STATUS(NtSetDebugFilterState(DPFLTR_ENDOFTABLE_ID, 0, TRUE), STATUS_INVALID_PARAMETER_1);
    CHECK_STATUS((NTSTATUS)DbgPrintEx(DPFLTR_IHVAUDIO_ID, DPFLTR_INFO_LEVEL, "not shown\n"),
                 STATUS_SUCCESS);
}

VOID TestMessages(void)
{
    WCHAR Buffer[100];
    ULONG Length = 0;
    ULONG_PTR Arguments[] = {(ULONG_PTR)L"first", (ULONG_PTR)L"second", 42};
    CHECK_STATUS(RtlFormatMessage(L"%2 before %1%n", 0, FALSE, FALSE, TRUE, (va_list *)Arguments,
                                  Buffer, sizeof(Buffer), &Length),
                 STATUS_SUCCESS);
    CHECK(!wcscmp(Buffer, L"second before first\r\n"));
    CHECK_EQUAL(Length, (wcslen(Buffer) + 1) * sizeof(WCHAR));
    CHECK_STATUS(RtlFormatMessage(L"%3!04x!%%", 0, FALSE, FALSE, TRUE, (va_list *)Arguments, Buffer,
                                  sizeof(Buffer), &Length),
                 STATUS_SUCCESS);
    CHECK(!wcscmp(Buffer, L"002a%"));
    CHECK_STATUS(RtlFormatMessage(L"%1 long text", 0, FALSE, FALSE, TRUE, (va_list *)Arguments,
                                  Buffer, 8, &Length),
                 STATUS_BUFFER_OVERFLOW);
}
