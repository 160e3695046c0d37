// Keyed events and alerts by thread ID.

#include "suite.h"

static HANDLE Keyed;
static LARGE_INTEGER Zero;
static volatile LONG Order[4], Arrived;

static BOOLEAN Make(void)
{
    Arrived = 0;
    return CHECK_STATUS(NtCreateKeyedEvent(&Keyed, KEYEDEVENT_ALL_ACCESS, nullptr, 0),
                        STATUS_SUCCESS);
}

static NTSTATUS WaitForKey(PVOID Argument)
{
    NTSTATUS Status = NtWaitForKeyedEvent(Keyed, Argument, FALSE, nullptr);
    Order[__atomic_fetch_add(&Arrived, 1, __ATOMIC_SEQ_CST)] = (LONG)(ULONG_PTR)Argument;
    return Status;
}

static NTSTATUS ReleaseKey(PVOID Argument)
{
    return NtReleaseKeyedEvent(Keyed, Argument, FALSE, nullptr);
}

// Either side waits for the other.
VOID TestKeyedEvent(void)
{
    REQUIRE(Make());
    HANDLE Thread = TestStartThread(WaitForKey, (PVOID)0x100);
    REQUIRE(Thread);
    LetOthersRun();
    CHECK_STATUS(NtReleaseKeyedEvent(Keyed, (PVOID)0x200, FALSE, &Zero), STATUS_TIMEOUT);
    CHECK_STATUS(NtReleaseKeyedEvent(Keyed, (PVOID)0x100, FALSE, &Zero), STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);

    REQUIRE((Thread = TestStartThread(ReleaseKey, (PVOID)0x100)));
    LetOthersRun();
    CHECK_STATUS(Poll(Thread), STATUS_TIMEOUT);
    CHECK_STATUS(NtWaitForKeyedEvent(Keyed, (PVOID)0x100, FALSE, &Zero), STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    NtClose(Keyed);
}

VOID TestKeyedEventOrder(void)
{
    HANDLE Threads[3];
    REQUIRE(Make());
    for (ULONG i = 0; i < 3; i++)
        REQUIRE((Threads[i] = TestStartThread(WaitForKey, (PVOID)(0x100 + 0x10ull * i))));
    LetOthersRun();
    for (ULONG i = 3; i-- > 0;) {
        CHECK_STATUS(NtReleaseKeyedEvent(Keyed, (PVOID)(0x100 + 0x10ull * i), FALSE, &Zero),
                     STATUS_SUCCESS);
        CHECK_STATUS(TestJoin(Threads[i]), STATUS_SUCCESS);
        CHECK_EQUAL(Order[2 - i], 0x100 + 0x10 * i);
    }
    NtClose(Keyed);
}

VOID TestKeyedEventDefault(void)
{
    Keyed = nullptr;
    Arrived = 0;
    HANDLE Thread = TestStartThread(WaitForKey, (PVOID)0x300);
    REQUIRE(Thread);
    LetOthersRun();
    CHECK_STATUS(NtReleaseKeyedEvent(nullptr, (PVOID)0x300, FALSE, &Zero), STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
}

VOID TestKeyedEventTimeout(void)
{
    LARGE_INTEGER Timeout = TestMilliseconds(10);
    REQUIRE(Make());
    CHECK_STATUS(NtWaitForKeyedEvent(Keyed, (PVOID)0x100, FALSE, &Timeout), STATUS_TIMEOUT);
    CHECK_STATUS(NtReleaseKeyedEvent(Keyed, (PVOID)0x100, FALSE, &Timeout), STATUS_TIMEOUT);
    NtAlertThread(NtCurrentThread());
    CHECK_STATUS(NtWaitForKeyedEvent(Keyed, (PVOID)0x100, TRUE, &Timeout), STATUS_ALERTED);
    NtClose(Keyed);
}

// ---- Alerts by thread ID

static NTSTATUS WaitForAlert(PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    return NtWaitForAlertByThreadId(nullptr, nullptr);
}

static HANDLE ThreadId(HANDLE Thread)
{
    THREAD_BASIC_INFORMATION Information = {};
    CHECK_STATUS(NtQueryInformationThread(Thread, ThreadBasicInformation, &Information,
                                          sizeof(Information), nullptr),
                 STATUS_SUCCESS);
    return Information.ClientId.UniqueThread;
}

VOID TestAlertByThreadId(void)
{
    HANDLE Thread = TestStartThread(WaitForAlert, nullptr);
    REQUIRE(Thread);
    LetOthersRun();
    CHECK_STATUS(NtAlertThread(Thread), STATUS_SUCCESS); // another kind of alert
    LetOthersRun();
    CHECK_STATUS(Poll(Thread), STATUS_TIMEOUT);
    CHECK_STATUS(NtAlertThreadByThreadId(ThreadId(Thread)), STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), STATUS_ALERTED);
}

VOID TestAlertByThreadIdRemembered(void)
{
    HANDLE Self = NtCurrentTeb()->ClientId.UniqueThread;
    LARGE_INTEGER Timeout = TestMilliseconds(5);
    CHECK_STATUS(NtAlertThreadByThreadId(Self), STATUS_SUCCESS);
    CHECK_STATUS(NtAlertThreadByThreadId(Self), STATUS_SUCCESS);
    CHECK_STATUS(NtWaitForAlertByThreadId(nullptr, &Timeout), STATUS_ALERTED);
    CHECK_STATUS(NtWaitForAlertByThreadId(nullptr, &Timeout), STATUS_TIMEOUT);
    CHECK_STATUS(NtWaitForAlertByThreadId(nullptr, &Zero), STATUS_TIMEOUT);
}

VOID TestAlertByThreadIdErrors(void)
{
    CHECK_STATUS(NtWaitForAlertByThreadId(nullptr, TEST_UNMAPPED), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtAlertThreadByThreadId((HANDLE)0x7FFFFFF0), STATUS_INVALID_CID);
    CHECK_STATUS(NtAlertThreadByThreadId(nullptr), STATUS_INVALID_CID);
    // A thread of another process
    RTL_USER_PROCESS_INFORMATION Child;
    REQUIRE_STATUS(TestStartChild(L"nothing", nullptr, TRUE, FALSE, &Child), STATUS_SUCCESS);
    CHECK_STATUS(NtAlertThreadByThreadId(Child.ClientId.UniqueThread), STATUS_ACCESS_DENIED);
    CHECK_STATUS(TestFinishChild(&Child), STATUS_SUCCESS);
}
