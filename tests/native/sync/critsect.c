// Critical sections.

#include "suite.h"

typedef struct _SHARED {
    RTL_CRITICAL_SECTION Section;
    LONG Count, Inside, Wrong;
    volatile LONG Waiting, Passed;
} SHARED, *PSHARED;

static BOOLEAN TryFromOtherThread(PSHARED Shared);

VOID TestSectionRecursion(void)
{
    SHARED Shared = {};
    REQUIRE_STATUS(RtlInitializeCriticalSection(&Shared.Section), STATUS_SUCCESS);
    CHECK(!RtlIsCriticalSectionLocked(&Shared.Section));
    for (int i = 0; i < 3; i++)
        CHECK_STATUS(RtlEnterCriticalSection(&Shared.Section), STATUS_SUCCESS);
    CHECK(RtlTryEnterCriticalSection(&Shared.Section));
    CHECK_EQUAL(Shared.Section.RecursionCount, 4);
    CHECK(RtlIsCriticalSectionLockedByThread(&Shared.Section));
    for (int i = 0; i < 3; i++)
        RtlLeaveCriticalSection(&Shared.Section);
    CHECK(!TryFromOtherThread(&Shared));
    RtlLeaveCriticalSection(&Shared.Section);
    CHECK(!RtlIsCriticalSectionLocked(&Shared.Section));
    CHECK(TryFromOtherThread(&Shared));
    CHECK_STATUS(RtlDeleteCriticalSection(&Shared.Section), STATUS_SUCCESS);
}

static NTSTATUS NTAPI TryOnce(PVOID Context)
{
    PSHARED Shared = Context;
    if (!RtlTryEnterCriticalSection(&Shared->Section))
        return STATUS_UNSUCCESSFUL;
    RtlLeaveCriticalSection(&Shared->Section);
    return STATUS_SUCCESS;
}

static BOOLEAN TryFromOtherThread(PSHARED Shared)
{
    HANDLE Thread = TestStartThread(TryOnce, Shared);
    return Thread && TestJoin(Thread) == STATUS_SUCCESS;
}

VOID TestSectionOwner(void)
{
    SHARED Shared = {};
    RtlInitializeCriticalSection(&Shared.Section);
    RtlEnterCriticalSection(&Shared.Section);
    CHECK(Shared.Section.OwningThread == NtCurrentTeb()->ClientId.UniqueThread);
    CHECK(!TryFromOtherThread(&Shared));
    RtlLeaveCriticalSection(&Shared.Section);
    CHECK(!Shared.Section.OwningThread);
    RtlDeleteCriticalSection(&Shared.Section);
}

// Yields inside, so that the others find it taken.
static NTSTATUS NTAPI Compete(PVOID Context)
{
    PSHARED Shared = Context;
    for (int i = 0; i < 200; i++) {
        RtlEnterCriticalSection(&Shared->Section);
        if (Shared->Inside++)
            Shared->Wrong++;
        LONG Before = Shared->Count;
        if (i % 4 == 0)
            NtYieldExecution();
        Shared->Count = Before + 1;
        Shared->Inside--;
        RtlLeaveCriticalSection(&Shared->Section);
    }
    return STATUS_SUCCESS;
}

VOID TestSectionContention(void)
{
    SHARED Shared = {};
    RtlInitializeCriticalSection(&Shared.Section);
    SyncRunThreads(Compete, &Shared, SyncThreads);
    CHECK_EQUAL(Shared.Count, 200 * SyncThreads);
    CHECK_EQUAL(Shared.Wrong, 0);
    CHECK(Shared.Section.LockCount == -1);
    RtlDeleteCriticalSection(&Shared.Section);
}

static NTSTATUS NTAPI EnterAndPass(PVOID Context)
{
    PSHARED Shared = Context;
    SyncAdd(&Shared->Waiting, 1);
    RtlEnterCriticalSection(&Shared->Section);
    SyncAdd(&Shared->Passed, 1);
    RtlLeaveCriticalSection(&Shared->Section);
    return STATUS_SUCCESS;
}

VOID TestSectionWaiterGetsIt(void)
{
    SHARED Shared = {};
    HANDLE Threads[3];
    RtlInitializeCriticalSection(&Shared.Section);
    RtlEnterCriticalSection(&Shared.Section);
    for (int i = 0; i < 3; i++)
        Threads[i] = TestStartThread(EnterAndPass, &Shared);
    CHECK(SyncWaitForCount(&Shared.Waiting, 3));
    SyncSleep(20);
    CHECK_EQUAL(Shared.Passed, 0);
    RtlLeaveCriticalSection(&Shared.Section);
    for (int i = 0; i < 3; i++)
        CHECK_STATUS(TestJoin(Threads[i]), STATUS_SUCCESS);
    CHECK_EQUAL(Shared.Passed, 3);
    RtlDeleteCriticalSection(&Shared.Section);
}

VOID TestSectionSpinCount(void)
{
    RTL_CRITICAL_SECTION Section;
    CHECK_STATUS(RtlInitializeCriticalSectionAndSpinCount(&Section, 4000), STATUS_SUCCESS);
    CHECK_EQUAL(RtlSetCriticalSectionSpinCount(&Section, 100), 4000);
    CHECK_EQUAL(RtlSetCriticalSectionSpinCount(&Section, 0), 100);
    RtlDeleteCriticalSection(&Section);
    CHECK_STATUS(RtlInitializeCriticalSectionEx(&Section, 0, 1), STATUS_INVALID_PARAMETER_3);
}

// As on Windows: none is kept, marked by -1, unless it is asked for.
VOID TestSectionDebugInfo(void)
{
    SHARED Shared = {};
    RtlInitializeCriticalSection(&Shared.Section);
    CHECK((LONG_PTR)Shared.Section.DebugInfo == -1);
    RtlDeleteCriticalSection(&Shared.Section);
    CHECK(!Shared.Section.DebugInfo);

    REQUIRE_STATUS(RtlInitializeCriticalSectionEx(&Shared.Section, 0,
                                                  RTL_CRITICAL_SECTION_FLAG_FORCE_DEBUG_INFO),
                   STATUS_SUCCESS);
    PRTL_CRITICAL_SECTION_DEBUG Debug = Shared.Section.DebugInfo;
    REQUIRE((LONG_PTR)Debug != -1 && Debug);
    CHECK(Debug->CriticalSection == &Shared.Section);
    RtlEnterCriticalSection(&Shared.Section);
    HANDLE Thread = TestStartThread(EnterAndPass, &Shared);
    CHECK(SyncWaitForCount(&Shared.Waiting, 1));
    SyncSleep(20);
    RtlLeaveCriticalSection(&Shared.Section);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    CHECK_EQUAL(Debug->ContentionCount, 1);
    RtlDeleteCriticalSection(&Shared.Section);
}
