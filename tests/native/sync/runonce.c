// One-time initialisation.

#include "suite.h"

typedef struct _ONCE {
    RTL_RUN_ONCE Once;
    volatile LONG Calls, Wrong;
    BOOLEAN Fails;
} ONCE, *PONCE;

static ULONG NTAPI Initialize(PRTL_RUN_ONCE RunOnce, PVOID Parameter, PVOID *Context)
{
    UNREFERENCED_PARAMETER(RunOnce);
    PONCE Once = Parameter;
    SyncAdd(&Once->Calls, 1);
    SyncSleep(10);
    *Context = (PVOID)0x1000;
    return !Once->Fails;
}

VOID TestRunOnce(void)
{
    ONCE Once = {};
    PVOID Context = nullptr;
    CHECK_STATUS(RtlRunOnceBeginInitialize(&Once.Once, RTL_RUN_ONCE_CHECK_ONLY, &Context),
                 STATUS_UNSUCCESSFUL);
    for (int i = 0; i < 3; i++) {
        Context = nullptr;
        CHECK_STATUS(RtlRunOnceExecuteOnce(&Once.Once, Initialize, &Once, &Context),
                     STATUS_SUCCESS);
        CHECK_EQUAL(Context, 0x1000);
    }
    CHECK_EQUAL(Once.Calls, 1);
    CHECK_STATUS(RtlRunOnceBeginInitialize(&Once.Once, RTL_RUN_ONCE_CHECK_ONLY, &Context),
                 STATUS_SUCCESS);
}

VOID TestRunOnceFails(void)
{
    ONCE Once = {.Fails = TRUE};
    CHECK(!NT_SUCCESS(RtlRunOnceExecuteOnce(&Once.Once, Initialize, &Once, nullptr)));
    CHECK(!NT_SUCCESS(RtlRunOnceExecuteOnce(&Once.Once, Initialize, &Once, nullptr)));
    CHECK_EQUAL(Once.Calls, 2);
    Once.Fails = FALSE;
    CHECK_STATUS(RtlRunOnceExecuteOnce(&Once.Once, Initialize, &Once, nullptr), STATUS_SUCCESS);
    CHECK_EQUAL(Once.Calls, 3);
}

static NTSTATUS NTAPI InitializeFromThread(PVOID Parameter)
{
    PONCE Once = Parameter;
    PVOID Context = nullptr;
    NTSTATUS Status = RtlRunOnceExecuteOnce(&Once->Once, Initialize, Once, &Context);
    if (Context != (PVOID)0x1000)
        SyncAdd(&Once->Wrong, 1);
    return Status;
}

VOID TestRunOnceRace(void)
{
    ONCE Once = {};
    SyncRunThreads(InitializeFromThread, &Once, SyncThreads);
    CHECK_EQUAL(Once.Calls, 1);
    CHECK_EQUAL(Once.Wrong, 0);
}

// Several may be at it; the first to complete wins, and the others take its context.
VOID TestRunOnceAsync(void)
{
    RTL_RUN_ONCE Once = RTL_RUN_ONCE_INIT;
    PVOID Context = nullptr;
    CHECK_STATUS(RtlRunOnceBeginInitialize(&Once, RTL_RUN_ONCE_ASYNC, &Context), STATUS_PENDING);
    CHECK_STATUS(RtlRunOnceBeginInitialize(&Once, RTL_RUN_ONCE_ASYNC, &Context), STATUS_PENDING);
    CHECK_STATUS(RtlRunOnceBeginInitialize(&Once, 0, &Context), STATUS_INVALID_PARAMETER_2);
    CHECK_STATUS(RtlRunOnceComplete(&Once, RTL_RUN_ONCE_ASYNC, (PVOID)0x2000), STATUS_SUCCESS);
    CHECK_STATUS(RtlRunOnceComplete(&Once, RTL_RUN_ONCE_ASYNC, (PVOID)0x3000),
                 STATUS_OBJECT_NAME_COLLISION);
    CHECK_STATUS(RtlRunOnceBeginInitialize(&Once, RTL_RUN_ONCE_CHECK_ONLY, &Context),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Context, 0x2000);
}

VOID TestRunOnceBadParameters(void)
{
    RTL_RUN_ONCE Once = RTL_RUN_ONCE_INIT;
    PVOID Context;
    CHECK_STATUS(RtlRunOnceBeginInitialize(&Once, 0x80, &Context), STATUS_INVALID_PARAMETER_2);
    CHECK_STATUS(
        RtlRunOnceBeginInitialize(&Once, RTL_RUN_ONCE_ASYNC | RTL_RUN_ONCE_CHECK_ONLY, &Context),
        STATUS_INVALID_PARAMETER_2);
    CHECK_STATUS(RtlRunOnceBeginInitialize(&Once, 0, &Context), STATUS_PENDING);
    CHECK_STATUS(RtlRunOnceComplete(&Once, 0, (PVOID)1), STATUS_INVALID_PARAMETER_3);
    CHECK_STATUS(RtlRunOnceComplete(&Once, RTL_RUN_ONCE_INIT_FAILED, (PVOID)0x10),
                 STATUS_INVALID_PARAMETER_2);
    CHECK_STATUS(RtlRunOnceComplete(&Once, RTL_RUN_ONCE_INIT_FAILED, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(RtlRunOnceBeginInitialize(&Once, 0, &Context), STATUS_PENDING);
    CHECK_STATUS(RtlRunOnceComplete(&Once, 0, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(RtlRunOnceComplete(&Once, 0, nullptr), STATUS_UNSUCCESSFUL);
}
