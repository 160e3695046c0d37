// Every service of the suite with wrong arguments.

#include "suite.h"

#include <arguments.h>

static LARGE_INTEGER Time;

VOID TestTimeErrors(void)
{
    static const TEST_SERVICE Services[] = {
        TEST_SERVICE(NtQuerySystemTime, TEST_OUT(sizeof(LARGE_INTEGER))),
        TEST_SERVICE(NtQueryPerformanceCounter, TEST_OUT(sizeof(LARGE_INTEGER)),
                     TEST_OPTIONAL_OUT(sizeof(LARGE_INTEGER))),
        TEST_SERVICE(NtQueryTimerResolution, TEST_OUT(sizeof(ULONG)), TEST_OUT(sizeof(ULONG)),
                     TEST_OUT(sizeof(ULONG))),
        TEST_SERVICE(NtSetTimerResolution, TEST_VALUE(10'000), TEST_VALUE(TRUE),
                     TEST_OUT(sizeof(ULONG))),
    };
    TestServices(Services, RTL_NUMBER_OF(Services));

    static const TEST_SERVICE Unprivileged[] = {
        TEST_SERVICE_GIVES(STATUS_PRIVILEGE_NOT_HELD, NtSetSystemTime, TEST_IN(&Time),
                           TEST_OPTIONAL_OUT(sizeof(LARGE_INTEGER))),
    };
    BOOLEAN WasEnabled;
    RtlAdjustPrivilege(SE_SYSTEMTIME_PRIVILEGE, FALSE, FALSE, &WasEnabled);
    NtQuerySystemTime(&Time);
    TestServices(Unprivileged, RTL_NUMBER_OF(Unprivileged));
    RtlAdjustPrivilege(SE_SYSTEMTIME_PRIVILEGE, WasEnabled, FALSE, &WasEnabled);
}

VOID TestIdentifierErrors(void)
{
    static const TEST_SERVICE Services[] = {
        TEST_SERVICE(NtAllocateLocallyUniqueId, TEST_OUT(sizeof(LUID))),
        TEST_SERVICE(NtQueryDefaultLocale, TEST_VALUE(TRUE), TEST_OUT(sizeof(LCID))),
        TEST_SERVICE(NtQueryDefaultUILanguage, TEST_OUT(sizeof(LANGID))),
        TEST_SERVICE(NtQueryInstallUILanguage, TEST_OUT(sizeof(LANGID))),
    };
    TestServices(Services, RTL_NUMBER_OF(Services));
    ULARGE_INTEGER Start;
    ULONG Range, Sequence;
    CHAR Seed[6];
    CHECK_STATUS(NtAllocateUuids(nullptr, &Range, &Sequence, Seed), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtAllocateUuids(&Start, nullptr, &Sequence, Seed), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtAllocateUuids(&Start, &Range, TEST_KERNEL, Seed), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtAllocateUuids(&Start, &Range, &Sequence, TestEndOfPage(3)),
                 STATUS_ACCESS_VIOLATION);
}

VOID TestInformationErrors(void)
{
    static const TEST_SERVICE Services[] = {
        TEST_SERVICE(NtQuerySystemInformation, TEST_VALUE(SystemBasicInformation),
                     TEST_ANSWER(sizeof(SYSTEM_BASIC_INFORMATION), TEST_EXACT),
                     TEST_OPTIONAL_OUT(sizeof(ULONG))),
        TEST_SERVICE(NtQuerySystemInformation, TEST_VALUE(SystemProcessorInformation),
                     TEST_ANSWER(sizeof(SYSTEM_PROCESSOR_INFORMATION), TEST_EXACT),
                     TEST_OPTIONAL_OUT(sizeof(ULONG))),
        TEST_SERVICE(NtQuerySystemInformation, TEST_VALUE(SystemPerformanceInformation),
                     TEST_ANSWER(sizeof(SYSTEM_PERFORMANCE_INFORMATION), 0),
                     TEST_OPTIONAL_OUT(sizeof(ULONG))),
        TEST_SERVICE(NtQuerySystemInformation, TEST_VALUE(SystemKernelDebuggerInformation),
                     TEST_ANSWER(sizeof(SYSTEM_KERNEL_DEBUGGER_INFORMATION), 0),
                     TEST_OPTIONAL_OUT(sizeof(ULONG))),
    };
    TestServices(Services, RTL_NUMBER_OF(Services));
}

// ---- Hard errors. The one that stops the system has a program of its own (native-stop).

static UNICODE_STRING Text = RTL_CONSTANT_STRING(L"a hard error of the test");
static ULONG_PTR Parameters[2] = {(ULONG_PTR)&Text, 0x4711};

VOID TestHardErrors(void)
{
    static const TEST_SERVICE Services[] = {
        TEST_SERVICE(NtRaiseHardError, TEST_VALUE((ULONG)STATUS_DEVICE_DATA_ERROR), TEST_VALUE(2),
                     TEST_VALUE(1),
                     TEST_POINTER(TEST_READ | TEST_NULL_WAITS, &Parameters, sizeof(Parameters), 1),
                     TEST_VALUE(OptionOk), TEST_OUT(sizeof(ULONG))),
    };
    TestServices(Services, RTL_NUMBER_OF(Services));
    ULONG Response = 99;
    CHECK_STATUS(NtRaiseHardError(STATUS_DEVICE_DATA_ERROR, 2, 1, Parameters, OptionOk, &Response),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Response, 0); // the caller decides
    CHECK_STATUS(NtRaiseHardError(STATUS_DEVICE_DATA_ERROR, 6, 0, Parameters, OptionOk, &Response),
                 STATUS_INVALID_PARAMETER_2);
    CHECK_STATUS(NtRaiseHardError(STATUS_DEVICE_DATA_ERROR, 1, 0, nullptr, OptionOk, &Response),
                 STATUS_INVALID_PARAMETER_2);
    CHECK_STATUS(NtRaiseHardError(STATUS_DEVICE_DATA_ERROR, 0, 0, nullptr, 9, &Response),
                 STATUS_INVALID_PARAMETER_4);
    CHECK_STATUS(NtRaiseHardError(STATUS_DEVICE_DATA_ERROR, 2, 2, Parameters, OptionOk, &Response),
                 STATUS_ACCESS_VIOLATION); // 0x4711 is no string
    BOOLEAN WasEnabled;
    RtlAdjustPrivilege(SE_SHUTDOWN_PRIVILEGE, FALSE, FALSE, &WasEnabled);
    CHECK_STATUS(
        NtRaiseHardError(STATUS_DEVICE_DATA_ERROR, 0, 0, nullptr, OptionShutdownSystem, &Response),
        STATUS_PRIVILEGE_NOT_HELD);
    RtlAdjustPrivilege(SE_SHUTDOWN_PRIVILEGE, WasEnabled, FALSE, &WasEnabled);
}
