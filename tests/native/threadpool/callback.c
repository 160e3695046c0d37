// What a callback asks the pool to do when it has returned.

#include "suite.h"

typedef struct _COMPLETION {
    HANDLE Event, Semaphore, Mutant, Go;
    RTL_CRITICAL_SECTION Section;
    volatile LONG Entered, Left;
} COMPLETION, *PCOMPLETION;

static VOID NTAPI AskObjects(PTP_CALLBACK_INSTANCE Instance, PVOID Context)
{
    PCOMPLETION Completion = Context;
    NtWaitForSingleObject(Completion->Mutant, FALSE, nullptr);
    TpCallbackSetEventOnCompletion(Instance, Completion->Event);
    TpCallbackReleaseSemaphoreOnCompletion(Instance, Completion->Semaphore, 3);
    TpCallbackReleaseMutexOnCompletion(Instance, Completion->Mutant);
    PoolIncrement(&Completion->Entered);
    NtWaitForSingleObject(Completion->Go, FALSE, nullptr);
}

VOID TestCompletionObjects(void)
{
    COMPLETION Completion = {
        .Event = PoolMakeEvent(NotificationEvent),
        .Go = PoolMakeEvent(NotificationEvent),
    };
    REQUIRE_STATUS(NtCreateSemaphore(&Completion.Semaphore, SEMAPHORE_ALL_ACCESS, nullptr, 0, 10),
                   STATUS_SUCCESS);
    REQUIRE_STATUS(NtCreateMutant(&Completion.Mutant, MUTANT_ALL_ACCESS, nullptr, FALSE),
                   STATUS_SUCCESS);
    REQUIRE_STATUS(TpSimpleTryPost(AskObjects, &Completion, nullptr), STATUS_SUCCESS);
    REQUIRE(PoolWaitForCount(&Completion.Entered, 1));
    CHECK(!PoolIsSet(Completion.Event));
    CHECK(!PoolIsSet(Completion.Mutant));
    NtSetEvent(Completion.Go, nullptr);

    LARGE_INTEGER Timeout = TestMilliseconds(2000);
    CHECK_STATUS(NtWaitForSingleObject(Completion.Event, FALSE, &Timeout), STATUS_WAIT_0);
    CHECK(PoolIsSet(Completion.Mutant)); // is ours now
    SEMAPHORE_BASIC_INFORMATION Semaphore;
    CHECK_STATUS(NtQuerySemaphore(Completion.Semaphore, SemaphoreBasicInformation, &Semaphore,
                                  sizeof(Semaphore), nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Semaphore.CurrentCount, 3);
    NtReleaseMutant(Completion.Mutant, nullptr);
    NtClose(Completion.Event);
    NtClose(Completion.Go);
    NtClose(Completion.Semaphore);
    NtClose(Completion.Mutant);
}

static VOID NTAPI AskSection(PTP_CALLBACK_INSTANCE Instance, PVOID Context)
{
    PCOMPLETION Completion = Context;
    RtlEnterCriticalSection(&Completion->Section);
    TpCallbackLeaveCriticalSectionOnCompletion(Instance, &Completion->Section);
    TpCallbackSetEventOnCompletion(Instance, Completion->Event);
    PoolIncrement(&Completion->Entered);
    NtWaitForSingleObject(Completion->Go, FALSE, nullptr);
}

VOID TestCompletionCriticalSection(void)
{
    COMPLETION Completion = {
        .Event = PoolMakeEvent(NotificationEvent),
        .Go = PoolMakeEvent(NotificationEvent),
    };
    RtlInitializeCriticalSection(&Completion.Section);
    REQUIRE_STATUS(TpSimpleTryPost(AskSection, &Completion, nullptr), STATUS_SUCCESS);
    REQUIRE(PoolWaitForCount(&Completion.Entered, 1));
    CHECK(!RtlTryEnterCriticalSection(&Completion.Section));
    NtSetEvent(Completion.Go, nullptr);
    LARGE_INTEGER Timeout = TestMilliseconds(2000);
    CHECK_STATUS(NtWaitForSingleObject(Completion.Event, FALSE, &Timeout), STATUS_WAIT_0);
    if (CHECK(RtlTryEnterCriticalSection(&Completion.Section)))
        RtlLeaveCriticalSection(&Completion.Section);
    RtlDeleteCriticalSection(&Completion.Section);
    NtClose(Completion.Event);
    NtClose(Completion.Go);
}

static VOID NTAPI GoAlone(PTP_CALLBACK_INSTANCE Instance, PVOID Context, PTP_WORK Work)
{
    UNREFERENCED_PARAMETER(Work);
    PCOMPLETION Completion = Context;
    TpDisassociateCallback(Instance);
    PoolIncrement(&Completion->Entered);
    NtWaitForSingleObject(Completion->Go, FALSE, nullptr);
    PoolIncrement(&Completion->Left);
}

VOID TestDisassociate(void)
{
    static COMPLETION Completion;
    Completion = (COMPLETION){.Go = PoolMakeEvent(NotificationEvent)};
    PTP_WORK Work;
    REQUIRE_STATUS(TpAllocWork(&Work, GoAlone, &Completion, nullptr), STATUS_SUCCESS);
    TpPostWork(Work);
    REQUIRE(PoolWaitForCount(&Completion.Entered, 1));
    TpWaitForWork(Work, FALSE); // would hang
    CHECK_EQUAL(Completion.Left, 0);
    TpReleaseWork(Work);
    NtSetEvent(Completion.Go, nullptr);
    CHECK(PoolWaitForCount(&Completion.Left, 1));
    NtClose(Completion.Go);
}

static VOID NTAPI Finalize(PTP_CALLBACK_INSTANCE Instance, PVOID Context)
{
    UNREFERENCED_PARAMETER(Instance);
    PCOMPLETION Completion = Context;
    Completion->Left = Completion->Entered * 10;
}

static VOID NTAPI EnterOnly(PTP_CALLBACK_INSTANCE Instance, PVOID Context, PTP_WORK Work)
{
    UNREFERENCED_PARAMETER(Instance);
    UNREFERENCED_PARAMETER(Work);
    PoolIncrement(&((PCOMPLETION)Context)->Entered);
}

VOID TestFinalization(void)
{
    COMPLETION Completion = {};
    TP_CALLBACK_ENVIRON Environ;
    TpInitializeCallbackEnviron(&Environ);
    TpSetCallbackFinalizationCallback(&Environ, Finalize);
    PTP_WORK Work;
    REQUIRE_STATUS(TpAllocWork(&Work, EnterOnly, &Completion, &Environ), STATUS_SUCCESS);
    TpPostWork(Work);
    TpWaitForWork(Work, FALSE);
    CHECK_EQUAL(Completion.Left, 10);
    TpReleaseWork(Work);
}
