// Waiting on addresses, and the alerts by thread ID below it.

#include "suite.h"

typedef struct _SHARED {
    volatile ULONG64 Value;
    volatile LONG Waiting, Awake;
    SIZE_T Size;
    HANDLE ThreadId;
} SHARED, *PSHARED;

static NTSTATUS NTAPI WaitForChange(PVOID Context)
{
    PSHARED Shared = Context;
    ULONG64 Zero = 0;
    SyncAdd(&Shared->Waiting, 1);
    NTSTATUS Status = STATUS_SUCCESS;
    while (!Shared->Value && Status == STATUS_SUCCESS)
        Status = RtlWaitOnAddress(&Shared->Value, &Zero, Shared->Size, nullptr);
    SyncAdd(&Shared->Awake, 1);
    return Status;
}

VOID TestWaitAddressValue(void)
{
    static const SIZE_T Sizes[] = {1, 2, 4, 8};
    ULONG64 Value = 0x0101010101010101, Other = 0x0202020202020202;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Sizes); i++)
        CHECK_STATUS(RtlWaitOnAddress(&Value, &Other, Sizes[i], nullptr), STATUS_SUCCESS);
    // Only the bytes that were named count.
    ULONG64 Upper = 0xFF01010101010101;
    LARGE_INTEGER Zero = {};
    CHECK_STATUS(RtlWaitOnAddress(&Value, &Upper, 4, &Zero), STATUS_TIMEOUT);
    CHECK_STATUS(RtlWaitOnAddress(&Value, &Upper, 8, nullptr), STATUS_SUCCESS);
}

VOID TestWaitAddressWake(void)
{
    for (SIZE_T Size = 1; Size <= 8; Size *= 2) {
        SHARED Shared = {.Size = Size};
        HANDLE Threads[SyncThreads];
        for (int i = 0; i < SyncThreads; i++)
            Threads[i] = TestStartThread(WaitForChange, &Shared);
        CHECK(SyncWaitForCount(&Shared.Waiting, SyncThreads));
        SyncSleep(5);
        RtlWakeAddressAll((PVOID)&Shared.Value); // nothing has changed: they wait on
        SyncSleep(5);
        CHECK_EQUAL(Shared.Awake, 0);
        Shared.Value = 1;
        RtlWakeAddressAll((PVOID)&Shared.Value);
        for (int i = 0; i < SyncThreads; i++)
            CHECK_STATUS(TestJoin(Threads[i]), STATUS_SUCCESS);
    }
}

VOID TestWaitAddressTimeout(void)
{
    ULONG Value = 5, Same = 5;
    LARGE_INTEGER Timeout = TestMilliseconds(20), Counter;
    ULONGLONG Start = RtlGetInterruptTimePrecise(&Counter);
    CHECK_STATUS(RtlWaitOnAddress(&Value, &Same, sizeof(Value), &Timeout), STATUS_TIMEOUT);
    CHECK(RtlGetInterruptTimePrecise(&Counter) - Start >= 20 * 10'000);
}

VOID TestWaitAddressSingle(void)
{
    SHARED Shared = {.Size = 8};
    HANDLE Threads[3];
    for (int i = 0; i < 3; i++)
        Threads[i] = TestStartThread(WaitForChange, &Shared);
    CHECK(SyncWaitForCount(&Shared.Waiting, 3));
    SyncSleep(10);
    Shared.Value = 1;
    for (LONG i = 1; i <= 3; i++) {
        RtlWakeAddressSingle((PVOID)&Shared.Value);
        CHECK(SyncWaitForCount(&Shared.Awake, i));
        SyncSleep(5);
        CHECK_EQUAL(Shared.Awake, i);
    }
    for (int i = 0; i < 3; i++)
        CHECK_STATUS(TestJoin(Threads[i]), STATUS_SUCCESS);
}

VOID TestWaitAddressBadSize(void)
{
    ULONG64 Value = 0, Same = 0;
    static const SIZE_T Sizes[] = {0, 3, 5, 6, 7, 9, 16};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Sizes); i++)
        CHECK_STATUS(RtlWaitOnAddress(&Value, &Same, Sizes[i], nullptr), STATUS_INVALID_PARAMETER);
}

static NTSTATUS NTAPI WaitForAlert(PVOID Context)
{
    PSHARED Shared = Context;
    LARGE_INTEGER Timeout = TestMilliseconds(2000);
    Shared->ThreadId = NtCurrentTeb()->ClientId.UniqueThread;
    SyncAdd(&Shared->Waiting, 1);
    while (!Shared->Value)
        SyncSleep(1);
    return NtWaitForAlertByThreadId(nullptr, &Timeout);
}

VOID TestAlertIsRemembered(void)
{
    SHARED Shared = {};
    HANDLE Thread = TestStartThread(WaitForAlert, &Shared);
    CHECK(SyncWaitForCount(&Shared.Waiting, 1));
    CHECK_STATUS(NtAlertThreadByThreadId(Shared.ThreadId), STATUS_SUCCESS);
    CHECK_STATUS(NtAlertThreadByThreadId(Shared.ThreadId), STATUS_SUCCESS); // one is remembered
    Shared.Value = 1;
    CHECK_STATUS(TestJoin(Thread), STATUS_ALERTED);
    CHECK_STATUS(NtAlertThreadByThreadId((HANDLE)0x7FFFFFFC), STATUS_INVALID_CID);
}
