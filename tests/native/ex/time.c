// Time: services and the shared page.

#include "suite.h"

VOID TestSystemTime(void)
{
    LARGE_INTEGER Last = {}, Now;
    TIME_FIELDS Fields;
    for (ULONG i = 0; i < 1000; i++) {
        CHECK_STATUS(NtQuerySystemTime(&Now), STATUS_SUCCESS);
        CHECK(Now.QuadPart >= Last.QuadPart);
        Last = Now;
    }
    RtlTimeToTimeFields(&Now, &Fields);
    CHECK(Fields.Year >= 2020 && Fields.Year < 2200);
}

static BOOLEAN AdjustPrivilege(BOOLEAN Enable)
{
    BOOLEAN WasEnabled = FALSE;
    CHECK_STATUS(RtlAdjustPrivilege(SE_SYSTEMTIME_PRIVILEGE, Enable, FALSE, &WasEnabled),
                 STATUS_SUCCESS);
    return WasEnabled;
}

enum { Millisecond = 10'000 };

// Timers that were set for a time of day follow it; relative ones do not care.
VOID TestSetSystemTime(void)
{
    LARGE_INTEGER Now, New, Previous, Due, Far = TestMilliseconds(100'000);
    HANDLE Absolute, Relative;
    REQUIRE_STATUS(NtCreateTimer(&Absolute, TIMER_ALL_ACCESS, nullptr, NotificationTimer),
                   STATUS_SUCCESS);
    REQUIRE_STATUS(NtCreateTimer(&Relative, TIMER_ALL_ACCESS, nullptr, NotificationTimer),
                   STATUS_SUCCESS);
    BOOLEAN WasEnabled = AdjustPrivilege(TRUE);
    NtQuerySystemTime(&Now);
    Due.QuadPart = Now.QuadPart + 600'000ll * Millisecond;
    CHECK_STATUS(NtSetTimer(Absolute, &Due, nullptr, nullptr, FALSE, 0, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(NtSetTimer(Relative, &Far, nullptr, nullptr, FALSE, 0, nullptr), STATUS_SUCCESS);
    New.QuadPart = Due.QuadPart + 1;
    CHECK_STATUS(NtSetSystemTime(&New, &Previous), STATUS_SUCCESS);
    CHECK(Previous.QuadPart >= Now.QuadPart && Previous.QuadPart < Due.QuadPart);
    LARGE_INTEGER Zero = {};
    CHECK_STATUS(NtWaitForSingleObject(Absolute, FALSE, &Zero), STATUS_WAIT_0);
    CHECK_STATUS(NtWaitForSingleObject(Relative, FALSE, &Zero), STATUS_TIMEOUT);
    NtQuerySystemTime(&Now);
    CHECK(Now.QuadPart >= New.QuadPart);
    CHECK_STATUS(NtSetSystemTime(&Previous, nullptr), STATUS_SUCCESS);
    AdjustPrivilege(WasEnabled);
    NtClose(Absolute);
    NtClose(Relative);
}

VOID TestSetSystemTimePrivilege(void)
{
    LARGE_INTEGER Now;
    NtQuerySystemTime(&Now);
    BOOLEAN WasEnabled = AdjustPrivilege(FALSE);
    CHECK_STATUS(NtSetSystemTime(&Now, nullptr), STATUS_PRIVILEGE_NOT_HELD);
    AdjustPrivilege(TRUE);
    LARGE_INTEGER Bad = {.QuadPart = -5};
    CHECK_STATUS(NtSetSystemTime(&Bad, nullptr), STATUS_INVALID_PARAMETER);
    AdjustPrivilege(WasEnabled);
}

// The counter is read in the program: the shared page says so.
VOID TestPerformanceCounter(void)
{
    LARGE_INTEGER Frequency, Last = {}, Now, Service;
    CHECK(SharedUserData->QpcBypassEnabled & SHARED_GLOBAL_FLAGS_QPC_BYPASS_ENABLED);
    CHECK(RtlQueryPerformanceFrequency(&Frequency));
    CHECK(Frequency.QuadPart > 0);
    for (ULONG i = 0; i < 1000; i++) {
        CHECK(RtlQueryPerformanceCounter(&Now));
        CHECK(Now.QuadPart >= Last.QuadPart);
        Last = Now;
    }
    CHECK_STATUS(NtQueryPerformanceCounter(&Service, &Frequency), STATUS_SUCCESS);
    CHECK(Service.QuadPart >= Last.QuadPart);
    RtlQueryPerformanceCounter(&Now);
    CHECK(Now.QuadPart >= Service.QuadPart);
    LARGE_INTEGER Delay = TestMilliseconds(20);
    NtDelayExecution(FALSE, &Delay);
    RtlQueryPerformanceCounter(&Last);
    CHECK((Last.QuadPart - Now.QuadPart) * 1000 >= Frequency.QuadPart * 19);
}

VOID TestSharedData(void)
{
    CHECK_EQUAL(SharedUserData->NtMajorVersion, 10);
    CHECK_EQUAL(SharedUserData->NtMinorVersion, 0);
    CHECK_EQUAL(SharedUserData->NtBuildNumber, 19045);
    CHECK_EQUAL(SharedUserData->NativeProcessorArchitecture, PROCESSOR_ARCHITECTURE_AMD64);
    CHECK_EQUAL(SharedUserData->ActiveProcessorCount, 1);
    CHECK(wcscmp((PCWSTR)SharedUserData->NtSystemRoot, L"C:\\Windows") == 0);
    CHECK(SharedUserData->ProcessorFeatures[PF_COMPARE_EXCHANGE128]);
    NTSTATUS Status = STATUS_SUCCESS;
    __try { // programs only read it
        *(volatile ULONG *)&SharedUserData->NtMajorVersion = 11;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Status = (NTSTATUS)GetExceptionCode();
    }
    CHECK_STATUS(Status, STATUS_ACCESS_VIOLATION);
}

static ULONGLONG ReadShared(volatile const KSYSTEM_TIME *Time)
{
    for (;;) {
        LONG High = Time->High1Time;
        ULONG Low = Time->LowPart;
        if (High == Time->High2Time)
            return (ULONGLONG)High << 32 | Low;
    }
}

// It goes on while a program computes, and is right after a wait.
VOID TestSharedDataTicks(void)
{
    ULONGLONG Interrupt = ReadShared(&SharedUserData->InterruptTime);
    ULONGLONG Ticks = ReadShared(&SharedUserData->TickCount);
    while (ReadShared(&SharedUserData->TickCount) < Ticks + 3)
        continue;
    CHECK(ReadShared(&SharedUserData->InterruptTime) > Interrupt);
    LARGE_INTEGER Now, Delay = TestMilliseconds(50);
    NtDelayExecution(FALSE, &Delay);
    CHECK(ReadShared(&SharedUserData->InterruptTime) >= Interrupt + 50 * Millisecond);
    ULONGLONG Shared = ReadShared(&SharedUserData->SystemTime);
    NtQuerySystemTime(&Now);
    CHECK(Shared <= (ULONGLONG)Now.QuadPart);
    ULONG Before = NtGetTickCount();
    NtDelayExecution(FALSE, &Delay);
    CHECK(NtGetTickCount() - Before >= 30);
}

VOID TestTimerResolution(void)
{
    ULONG Coarsest, Finest, Current, Actual;
    CHECK_STATUS(NtQueryTimerResolution(&Coarsest, &Finest, &Current), STATUS_SUCCESS);
    CHECK(Finest <= Current && Current <= Coarsest);
    CHECK_STATUS(NtSetTimerResolution(Finest, TRUE, &Actual), STATUS_SUCCESS);
    CHECK(Actual <= Coarsest);
    CHECK_STATUS(NtSetTimerResolution(Finest, FALSE, &Actual), STATUS_SUCCESS);
    CHECK_STATUS(NtSetTimerResolution(Finest, FALSE, &Actual), STATUS_TIMER_RESOLUTION_NOT_SET);
}
