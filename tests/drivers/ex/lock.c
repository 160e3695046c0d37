// Mutexes of the executive, rundown protection, sequenced lists, exceptions, callbacks.

#include "suite.h"

static FAST_MUTEX Mutex;
static volatile LONG Inside, Worst;

VOID TestFastMutex(void)
{
    ExInitializeFastMutex(&Mutex);
    ExAcquireFastMutex(&Mutex);
    CHECK_EQUAL(KeGetCurrentIrql(), APC_LEVEL);
    CHECK(!ExTryToAcquireFastMutex(&Mutex));
    ExReleaseFastMutex(&Mutex);
    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
    CHECK(ExTryToAcquireFastMutex(&Mutex));
    ExReleaseFastMutex(&Mutex);
}

static VOID NTAPI TakeOften(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    for (ULONG i = 0; i < 40; i++) {
        ExAcquireFastMutex(&Mutex);
        if (InterlockedIncrement(&Inside) > Worst)
            Worst = Inside;
        KeStallExecutionProcessor(200);
        InterlockedDecrement(&Inside);
        ExReleaseFastMutex(&Mutex);
    }
}

VOID TestFastMutexContention(void)
{
    PKTHREAD Threads[4];
    ExInitializeFastMutex(&Mutex);
    for (ULONG i = 0; i < 4; i++)
        Threads[i] = TestStartThread(TakeOften, nullptr);
    for (ULONG i = 0; i < 4; i++)
        TestJoinThread(Threads[i]);
    CHECK_EQUAL(Worst, 1);
    CHECK_EQUAL(Mutex.Count, 1);
}

VOID TestGuardedMutex(void)
{
    KGUARDED_MUTEX Guarded;
    KeInitializeGuardedMutex(&Guarded);
    KeAcquireGuardedMutex(&Guarded);
    CHECK(KeAreAllApcsDisabled());
    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
    CHECK(!KeTryToAcquireGuardedMutex(&Guarded));
    KeReleaseGuardedMutex(&Guarded);
    CHECK(!KeAreAllApcsDisabled());
}

VOID TestRundown(void)
{
    EX_RUNDOWN_REF Rundown;
    ExInitializeRundownProtection(&Rundown);
    CHECK(ExAcquireRundownProtection(&Rundown));
    ExReleaseRundownProtection(&Rundown);
    ExWaitForRundownProtectionRelease(&Rundown);
    CHECK(!ExAcquireRundownProtection(&Rundown));
    ExReInitializeRundownProtection(&Rundown);
    CHECK(ExAcquireRundownProtection(&Rundown));
    ExReleaseRundownProtection(&Rundown);
}

static volatile BOOLEAN Released;

static VOID NTAPI ReleaseLater(PVOID Context)
{
    TestSleep(30);
    Released = TRUE;
    ExReleaseRundownProtection(Context);
}

VOID TestRundownWaits(void)
{
    EX_RUNDOWN_REF Rundown;
    ExInitializeRundownProtection(&Rundown);
    ExAcquireRundownProtection(&Rundown);
    PKTHREAD Thread = TestStartThread(ReleaseLater, &Rundown);
    ExWaitForRundownProtectionRelease(&Rundown);
    CHECK(Released);
    CHECK(!ExAcquireRundownProtection(&Rundown));
    TestJoinThread(Thread);
}

VOID TestSList(void)
{
    static SLIST_HEADER Head;
    static DECLSPEC_ALIGN(16) SLIST_ENTRY Entries[3];
    InitializeSListHead(&Head);
    CHECK(InterlockedPopEntrySList(&Head) == nullptr);
    for (ULONG i = 0; i < 3; i++)
        InterlockedPushEntrySList(&Head, &Entries[i]);
    CHECK_EQUAL(ExQueryDepthSList(&Head), 3);
    CHECK(InterlockedPopEntrySList(&Head) == &Entries[2]);
    CHECK(InterlockedFlushSList(&Head) == &Entries[1]);
    CHECK_EQUAL(ExQueryDepthSList(&Head), 0);
}

static ULONG Order;

static VOID RaiseInside(void)
{
    __try {
        ExRaiseStatus(STATUS_DISK_FULL);
    } __finally {
        Order = Order * 10 + 1;
    }
}

VOID TestSeh(void)
{
    NTSTATUS Status = STATUS_SUCCESS;
    Order = 0;
    __try {
        RaiseInside();
    } __except (GetExceptionCode() == STATUS_DISK_FULL ? EXCEPTION_EXECUTE_HANDLER
                                                       : EXCEPTION_CONTINUE_SEARCH) {
        Status = GetExceptionCode();
        Order = Order * 10 + 2;
    }
    CHECK_STATUS(Status, STATUS_DISK_FULL);
    CHECK_EQUAL(Order, 12);
}

static ULONG_PTR Notified;

static VOID NTAPI OnCallback(PVOID Context, PVOID Argument1, PVOID Argument2)
{
    Notified = (ULONG_PTR)Context + (ULONG_PTR)Argument1 + (ULONG_PTR)Argument2;
}

VOID TestCallback(void)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Callback\\ProteusTest");
    OBJECT_ATTRIBUTES Attributes;
    PCALLBACK_OBJECT Callback, Same;
    InitializeObjectAttributes(&Attributes, &Name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    CHECK_STATUS(ExCreateCallback(&Callback, &Attributes, FALSE, TRUE),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    REQUIRE_STATUS(ExCreateCallback(&Callback, &Attributes, TRUE, TRUE), STATUS_SUCCESS);
    CHECK_STATUS(ExCreateCallback(&Same, &Attributes, FALSE, TRUE), STATUS_SUCCESS);
    CHECK(Same == Callback);
    PVOID Registration = ExRegisterCallback(Callback, OnCallback, (PVOID)100);
    CHECK(Registration != nullptr);
    ExNotifyCallback(Callback, (PVOID)10, (PVOID)1);
    CHECK_EQUAL(Notified, 111);
    ExUnregisterCallback(Registration);
    Notified = 0;
    ExNotifyCallback(Callback, (PVOID)10, (PVOID)1);
    CHECK_EQUAL(Notified, 0);
    ObDereferenceObject(Same);
    ObDereferenceObject(Callback);
}
