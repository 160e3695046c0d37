// Semaphores.

#include "suite.h"

static HANDLE Semaphore;

static BOOLEAN Make(LONG Count, LONG Limit)
{
    return CHECK_STATUS(NtCreateSemaphore(&Semaphore, SEMAPHORE_ALL_ACCESS, nullptr, Count, Limit),
                        STATUS_SUCCESS);
}

static LONG Count(void)
{
    SEMAPHORE_BASIC_INFORMATION Information = {};
    CHECK_STATUS(NtQuerySemaphore(Semaphore, SemaphoreBasicInformation, &Information,
                                  sizeof(Information), nullptr),
                 STATUS_SUCCESS);
    return Information.CurrentCount;
}

VOID TestSemaphoreCounts(void)
{
    LONG Previous = 99;
    REQUIRE(Make(2, 5));
    CHECK_STATUS(Poll(Semaphore), STATUS_WAIT_0);
    CHECK_STATUS(Poll(Semaphore), STATUS_WAIT_0);
    CHECK_STATUS(Poll(Semaphore), STATUS_TIMEOUT);
    CHECK_STATUS(NtReleaseSemaphore(Semaphore, 3, &Previous), STATUS_SUCCESS);
    CHECK_EQUAL(Previous, 0);
    CHECK_EQUAL(Count(), 3);
    CHECK_STATUS(NtReleaseSemaphore(Semaphore, 1, &Previous), STATUS_SUCCESS);
    CHECK_EQUAL(Previous, 3);
    NtClose(Semaphore);
}

// What would go over the limit changes nothing, overflow included.
VOID TestSemaphoreLimit(void)
{
    LONG Previous = 99;
    REQUIRE(Make(1, 2));
    CHECK_STATUS(NtReleaseSemaphore(Semaphore, 2, &Previous), STATUS_SEMAPHORE_LIMIT_EXCEEDED);
    CHECK_STATUS(NtReleaseSemaphore(Semaphore, MAXLONG, &Previous),
                 STATUS_SEMAPHORE_LIMIT_EXCEEDED);
    CHECK_EQUAL(Previous, 99);
    CHECK_EQUAL(Count(), 1);
    NtClose(Semaphore);
    REQUIRE(Make(MAXLONG - 1, MAXLONG));
    CHECK_STATUS(NtReleaseSemaphore(Semaphore, 2, nullptr), STATUS_SEMAPHORE_LIMIT_EXCEEDED);
    CHECK_STATUS(NtReleaseSemaphore(Semaphore, 1, nullptr), STATUS_SUCCESS);
    NtClose(Semaphore);
}

static volatile LONG Woken;

static NTSTATUS WaitOnce(PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    NTSTATUS Status = NtWaitForSingleObject(Semaphore, FALSE, nullptr);
    __atomic_add_fetch(&Woken, 1, __ATOMIC_SEQ_CST);
    return Status;
}

VOID TestSemaphoreWakesMany(void)
{
    enum { Waiters = 5 };
    HANDLE Threads[Waiters];
    Woken = 0;
    REQUIRE(Make(0, 10));
    for (ULONG i = 0; i < Waiters; i++)
        REQUIRE((Threads[i] = TestStartThread(WaitOnce, nullptr)));
    LetOthersRun();
    CHECK_STATUS(NtReleaseSemaphore(Semaphore, 3, nullptr), STATUS_SUCCESS);
    LetOthersRun();
    CHECK_EQUAL(Woken, 3);
    CHECK_STATUS(NtReleaseSemaphore(Semaphore, 3, nullptr), STATUS_SUCCESS);
    for (ULONG i = 0; i < Waiters; i++)
        CHECK_STATUS(TestJoin(Threads[i]), STATUS_WAIT_0);
    CHECK_EQUAL(Count(), 1);
    NtClose(Semaphore);
}
