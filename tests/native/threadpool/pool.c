// How many threads a pool has, and its end.

#include "suite.h"

typedef struct _CROWD {
    volatile LONG Inside, Most, Done;
    HANDLE Go;
} CROWD, *PCROWD;

static VOID NTAPI WaitInCrowd(PTP_CALLBACK_INSTANCE Instance, PVOID Context)
{
    UNREFERENCED_PARAMETER(Instance);
    PCROWD Crowd = Context;
    LONG Inside = PoolIncrement(&Crowd->Inside);
    if (Inside > Crowd->Most)
        Crowd->Most = Inside;
    NtWaitForSingleObject(Crowd->Go, FALSE, nullptr);
    __atomic_sub_fetch(&Crowd->Inside, 1, __ATOMIC_SEQ_CST);
    PoolIncrement(&Crowd->Done);
}

static VOID NTAPI CrowdOpen(PTP_CALLBACK_INSTANCE Instance, PVOID Context)
{
    UNREFERENCED_PARAMETER(Instance);
    NtSetEvent(((PCROWD)Context)->Go, nullptr);
}

// The last callback is what all the others wait for.
VOID TestGrowth(void)
{
    enum { Blocked = 20 };
    CROWD Crowd = {.Go = PoolMakeEvent(NotificationEvent)};
    for (int i = 0; i < Blocked; i++)
        REQUIRE_STATUS(TpSimpleTryPost(WaitInCrowd, &Crowd, nullptr), STATUS_SUCCESS);
    REQUIRE_STATUS(TpSimpleTryPost(CrowdOpen, &Crowd, nullptr), STATUS_SUCCESS);
    CHECK(PoolWaitForCount(&Crowd.Done, Blocked));
    CHECK_EQUAL(Crowd.Most, Blocked);
    NtClose(Crowd.Go);
}

VOID TestMaxThreads(void)
{
    CROWD Crowd = {.Go = PoolMakeEvent(NotificationEvent)};
    PTP_POOL Pool = PoolMake(3);
    TP_CALLBACK_ENVIRON Environ;
    TpInitializeCallbackEnviron(&Environ);
    TpSetCallbackThreadpool(&Environ, Pool);
    for (int i = 0; i < 10; i++)
        REQUIRE_STATUS(TpSimpleTryPost(WaitInCrowd, &Crowd, &Environ), STATUS_SUCCESS);
    CHECK(PoolWaitForCount(&Crowd.Inside, 3));
    PoolSleep(100);
    CHECK_EQUAL(Crowd.Inside, 3);
    TpSetPoolMaxThreads(Pool, 5);
    CHECK(PoolWaitForCount(&Crowd.Inside, 5));
    NtSetEvent(Crowd.Go, nullptr);
    CHECK(PoolWaitForCount(&Crowd.Done, 10));
    CHECK_EQUAL(Crowd.Most, 5);
    TpReleasePool(Pool);
    NtClose(Crowd.Go);
}

static LONG ThreadCount(void)
{
    static UCHAR Buffer[0x10000];
    NTSTATUS Status =
        NtQuerySystemInformation(SystemProcessInformation, Buffer, sizeof(Buffer), nullptr);
    if (!CHECK_STATUS(Status, STATUS_SUCCESS))
        return 0;
    PSYSTEM_PROCESS_INFORMATION Process = (PVOID)Buffer;
    while (Process->UniqueProcessId != NtCurrentTeb()->ClientId.UniqueProcess)
        Process = (PVOID)((PUCHAR)Process + Process->NextEntryOffset);
    return (LONG)Process->NumberOfThreads;
}

// When the threads of the pools before have left.
static LONG SettledThreadCount(void)
{
    LONG Count = ThreadCount(), Before;
    do {
        Before = Count;
        PoolSleep(50);
        Count = ThreadCount();
    } while (Count != Before);
    return Count;
}

VOID TestMinThreads(void)
{
    PTP_POOL Pool = PoolMake(10);
    LONG Before = SettledThreadCount();
    CHECK_STATUS(TpSetPoolMinThreads(Pool, 6), STATUS_SUCCESS);
    CHECK_EQUAL(ThreadCount(), Before + 6);
    TpReleasePool(Pool);
    for (int i = 0; i < 400 && ThreadCount() > Before; i++)
        PoolSleep(5);
    CHECK_EQUAL(ThreadCount(), Before);
}

typedef struct _LONG_RUN {
    volatile LONG Entered;
    NTSTATUS Status;
    HANDLE Go;
} LONG_RUN, *PLONG_RUN;

static VOID NTAPI RunLong(PTP_CALLBACK_INSTANCE Instance, PVOID Context)
{
    PLONG_RUN Run = Context;
    Run->Status = TpCallbackMayRunLong(Instance);
    PoolIncrement(&Run->Entered);
    NtWaitForSingleObject(Run->Go, FALSE, nullptr);
}

static VOID NTAPI CountSimple(PTP_CALLBACK_INSTANCE Instance, PVOID Context)
{
    UNREFERENCED_PARAMETER(Instance);
    PoolIncrement(Context);
}

VOID TestMayRunLong(void)
{
    LONG_RUN Run = {.Go = PoolMakeEvent(NotificationEvent)};
    LONG Count = 0;
    TP_CALLBACK_ENVIRON Environ;
    TpInitializeCallbackEnviron(&Environ);
    PTP_POOL Pool = PoolMake(1);
    TpSetCallbackThreadpool(&Environ, Pool);
    REQUIRE_STATUS(TpSimpleTryPost(RunLong, &Run, &Environ), STATUS_SUCCESS);
    REQUIRE(PoolWaitForCount(&Run.Entered, 1));
    CHECK_STATUS(Run.Status, STATUS_TOO_MANY_THREADS); // the pool may not have another
    TpReleasePool(Pool);
    NtSetEvent(Run.Go, nullptr);

    NtResetEvent(Run.Go, nullptr);
    Pool = PoolMake(2);
    TpSetCallbackThreadpool(&Environ, Pool);
    REQUIRE_STATUS(TpSimpleTryPost(RunLong, &Run, &Environ), STATUS_SUCCESS);
    REQUIRE(PoolWaitForCount(&Run.Entered, 2));
    CHECK_STATUS(Run.Status, STATUS_SUCCESS);
    for (int i = 0; i < 10; i++)
        TpSimpleTryPost(CountSimple, &Count, &Environ);
    CHECK(PoolWaitForCount(&Count, 10));
    NtSetEvent(Run.Go, nullptr);
    TpReleasePool(Pool);
    PoolSleep(20);
    NtClose(Run.Go);
}

VOID TestLongFunction(void)
{
    enum { Functions = 5 };
    CROWD Crowd = {.Go = PoolMakeEvent(NotificationEvent)};
    TP_CALLBACK_ENVIRON Environ;
    PTP_POOL Pool = PoolMake(10);
    TpInitializeCallbackEnviron(&Environ);
    TpSetCallbackThreadpool(&Environ, Pool);
    TpSetCallbackLongFunction(&Environ);
    for (int i = 0; i < Functions; i++)
        REQUIRE_STATUS(TpSimpleTryPost(WaitInCrowd, &Crowd, &Environ), STATUS_SUCCESS);
    CHECK(PoolWaitForCount(&Crowd.Inside, Functions));
    NtSetEvent(Crowd.Go, nullptr);
    CHECK(PoolWaitForCount(&Crowd.Done, Functions));
    TpReleasePool(Pool);
    NtClose(Crowd.Go);
}

static VOID NTAPI NoteStack(PTP_CALLBACK_INSTANCE Instance, PVOID Context)
{
    UNREFERENCED_PARAMETER(Instance);
    PTEB Teb = NtCurrentTeb();
    __atomic_store_n((LONG *)Context,
                     (LONG)((PUCHAR)Teb->NtTib.StackBase - (PUCHAR)Teb->DeallocationStack),
                     __ATOMIC_SEQ_CST);
}

VOID TestStackInformation(void)
{
    PTP_POOL Pool = PoolMake(1);
    TP_POOL_STACK_INFORMATION Information;
    CHECK_STATUS(TpQueryPoolStackInformation(Pool, &Information), STATUS_SUCCESS);
    CHECK(Information.StackReserve >= Information.StackCommit && Information.StackCommit);
    TP_POOL_STACK_INFORMATION Wanted = {.StackReserve = 0x60000, .StackCommit = 0x8000};
    CHECK_STATUS(TpSetPoolStackInformation(Pool, &Wanted), STATUS_SUCCESS);
    CHECK_STATUS(TpQueryPoolStackInformation(Pool, &Information), STATUS_SUCCESS);
    CHECK_EQUAL(Information.StackReserve, 0x60000);

    LONG Size = 0;
    TP_CALLBACK_ENVIRON Environ;
    TpInitializeCallbackEnviron(&Environ);
    TpSetCallbackThreadpool(&Environ, Pool);
    REQUIRE_STATUS(TpSimpleTryPost(NoteStack, &Size, &Environ), STATUS_SUCCESS);
    CHECK(PoolWaitForCount(&Size, 0x60000));
    TpReleasePool(Pool);
}

VOID TestPoolsEnd(void)
{
    LONG Count = 0;
    ULONG Handles = 0;
    for (int i = 0; i < 22; i++) {
        if (i == 2)
            Handles = PoolHandleCount();
        PTP_POOL Pool = PoolMake(2);
        TP_CALLBACK_ENVIRON Environ;
        TpInitializeCallbackEnviron(&Environ);
        TpSetCallbackThreadpool(&Environ, Pool);
        REQUIRE_STATUS(TpSimpleTryPost(CountSimple, &Count, &Environ), STATUS_SUCCESS);
        TpReleasePool(Pool); // the callback keeps it
        REQUIRE(PoolWaitForCount(&Count, i + 1));
    }
    for (int i = 0; i < 400 && PoolHandleCount() > Handles; i++)
        PoolSleep(5);
    CHECK_EQUAL(PoolHandleCount(), Handles);
}
