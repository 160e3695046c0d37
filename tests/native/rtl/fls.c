// Fiber-local storage.

#include "suite.h"

static ULONG FlsIndex;
static volatile LONG FlsCalls;
static PVOID FlsLast;

static VOID NTAPI FlsGone(PVOID Value)
{
    FlsLast = Value;
    __atomic_add_fetch(&FlsCalls, 1, __ATOMIC_SEQ_CST);
}

VOID TestFlsValues(void)
{
    ULONG Index = 0, Other = 0;
    PVOID Value = (PVOID)1;
    REQUIRE_STATUS(RtlFlsAlloc(nullptr, &Index), STATUS_SUCCESS);
    REQUIRE_STATUS(RtlFlsAlloc(nullptr, &Other), STATUS_SUCCESS);
    CHECK(Index != Other);
    CHECK_STATUS(RtlFlsGetValue(Index, &Value), STATUS_SUCCESS);
    CHECK(!Value);
    CHECK_STATUS(RtlFlsSetValue(Index, (PVOID)0x77), STATUS_SUCCESS);
    CHECK_STATUS(RtlFlsGetValue(Index, &Value), STATUS_SUCCESS);
    CHECK_EQUAL(Value, 0x77);
    CHECK_STATUS(RtlFlsGetValue(Other, &Value), STATUS_SUCCESS);
    CHECK(!Value);
    CHECK_STATUS(RtlFlsFree(Index), STATUS_SUCCESS);
    CHECK_STATUS(RtlFlsFree(Other), STATUS_SUCCESS);
}

static NTSTATUS NTAPI UseFls(PVOID Argument)
{
    PVOID Value = nullptr;
    RtlFlsGetValue(FlsIndex, &Value);
    if (Value)
        return STATUS_UNSUCCESSFUL;
    return RtlFlsSetValue(FlsIndex, Argument);
}

VOID TestFlsOfThreads(void)
{
    PVOID Value = nullptr;
    FlsCalls = 0;
    REQUIRE_STATUS(RtlFlsAlloc(FlsGone, &FlsIndex), STATUS_SUCCESS);
    CHECK_STATUS(RtlFlsSetValue(FlsIndex, (PVOID)0x10), STATUS_SUCCESS);
    HANDLE Thread = TestStartThread(UseFls, (PVOID)0x20);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    CHECK_EQUAL(FlsCalls, 1); // when the thread ended
    CHECK_EQUAL(FlsLast, 0x20);
    CHECK_STATUS(RtlFlsGetValue(FlsIndex, &Value), STATUS_SUCCESS);
    CHECK_EQUAL(Value, 0x10);
    CHECK_STATUS(RtlFlsFree(FlsIndex), STATUS_SUCCESS);
}

VOID TestFlsFreeCalls(void)
{
    FlsCalls = 0;
    REQUIRE_STATUS(RtlFlsAlloc(FlsGone, &FlsIndex), STATUS_SUCCESS);
    CHECK_STATUS(RtlFlsSetValue(FlsIndex, (PVOID)0x30), STATUS_SUCCESS);
    CHECK_STATUS(RtlFlsFree(FlsIndex), STATUS_SUCCESS);
    CHECK_EQUAL(FlsCalls, 1);
    CHECK_EQUAL(FlsLast, 0x30);
}

VOID TestFlsBadIndex(void)
{
    PVOID Value;
    CHECK_STATUS(RtlFlsGetValue(100'000, &Value), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlFlsSetValue(100'000, nullptr), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlFlsFree(100'000), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlFlsFree(900), STATUS_INVALID_PARAMETER); // not in use
}
