// When entry points are called.

#include "suite.h"

VOID TestOrder(void)
{
    PVOID A, Delay;
    LogClear();
    REQUIRE_STATUS(Load(L"loada.dll", &A), STATUS_SUCCESS);
    REQUIRE_STATUS(Load(L"loaddelay.dll", &Delay), STATUS_SUCCESS);
    LogIs("b+ a+ d+ "); // what a DLL needs comes before it
    CHECK_STATUS(LdrUnloadDll(Delay), STATUS_SUCCESS);
    CHECK_STATUS(LdrUnloadDll(A), STATUS_SUCCESS);
    LogIs("d- a- b- "); // and goes behind it
}

static NTSTATUS Thread(PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    LogEvent("run ");
    return STATUS_SUCCESS;
}

VOID TestThreads(void)
{
    PVOID A;
    REQUIRE_STATUS(Load(L"loada.dll", &A), STATUS_SUCCESS);
    LogClear();
    HANDLE Handle = TestStartThread(Thread, nullptr);
    REQUIRE(Handle);
    CHECK_STATUS(TestJoin(Handle), STATUS_SUCCESS);
    LogIs("b> a> run a< b< ");
    CHECK_STATUS(LdrUnloadDll(A), STATUS_SUCCESS);
    LogClear();
}

VOID TestDisabledThreads(void)
{
    PVOID A, Tls;
    REQUIRE_STATUS(Load(L"loada.dll", &A), STATUS_SUCCESS);
    CHECK_STATUS(LdrDisableThreadCalloutsForDll(A), STATUS_SUCCESS);
    LogClear();
    HANDLE Handle = TestStartThread(Thread, nullptr);
    REQUIRE(Handle);
    CHECK_STATUS(TestJoin(Handle), STATUS_SUCCESS);
    LogIs("b> run b< ");
    CHECK_STATUS(LdrUnloadDll(A), STATUS_SUCCESS);
    // TLS callbacks need the calls.
    REQUIRE_STATUS(Load(L"loadtls.dll", &Tls), STATUS_SUCCESS);
    CHECK(!NT_SUCCESS(LdrDisableThreadCalloutsForDll(Tls)));
    CHECK_STATUS(LdrUnloadDll(Tls), STATUS_SUCCESS);
    CHECK_STATUS(LdrDisableThreadCalloutsForDll(Tls), STATUS_DLL_NOT_FOUND);
    LogClear();
}
