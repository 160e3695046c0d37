// IRQL and spin locks.

#include "suite.h"

VOID TestRaiseLower(void)
{
    KIRQL Old;
    KeRaiseIrql(APC_LEVEL, &Old);
    CHECK_EQUAL(Old, PASSIVE_LEVEL);
    CHECK_EQUAL(KeGetCurrentIrql(), APC_LEVEL);
    CHECK(KeAreAllApcsDisabled());
    KIRQL Apc;
    KeRaiseIrql(DISPATCH_LEVEL, &Apc);
    CHECK_EQUAL(Apc, APC_LEVEL);
    KeLowerIrql(Apc);
    KeLowerIrql(Old);
    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
    CHECK(!KeAreAllApcsDisabled());
}

VOID TestSpinLock(void)
{
    KSPIN_LOCK Lock;
    KIRQL Irql;
    KeInitializeSpinLock(&Lock);
    KeAcquireSpinLock(&Lock, &Irql);
    CHECK_EQUAL(KeGetCurrentIrql(), DISPATCH_LEVEL);
    CHECK(!KeTestSpinLock(&Lock));
    CHECK(!KeTryToAcquireSpinLockAtDpcLevel(&Lock));
    KeReleaseSpinLock(&Lock, Irql);
    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
    CHECK(KeTestSpinLock(&Lock));
    KLOCK_QUEUE_HANDLE Handle;
    KeAcquireInStackQueuedSpinLock(&Lock, &Handle);
    CHECK_EQUAL(KeGetCurrentIrql(), DISPATCH_LEVEL);
    KeReleaseInStackQueuedSpinLock(&Handle);
    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
}

static VOID TakeAgain(PVOID Context)
{
    KeAcquireSpinLockAtDpcLevel(Context);
}

VOID TestSpinLockTwice(void)
{
    KSPIN_LOCK Lock;
    KIRQL Irql;
    KeInitializeSpinLock(&Lock);
    KeAcquireSpinLock(&Lock, &Irql);
    EXPECT_BUGCHECK(TakeAgain, &Lock, 0x0F); // SPIN_LOCK_ALREADY_OWNED
    KeReleaseSpinLock(&Lock, Irql);
}

typedef struct _SHARED {
    KSPIN_LOCK Lock;
    volatile ULONG Inside, Worst, Total;
} SHARED;

static VOID NTAPI TakeOften(PVOID Context)
{
    SHARED *Shared = Context;
    KIRQL Irql;
    for (ULONG i = 0; i < 50; i++) {
        KeAcquireSpinLock(&Shared->Lock, &Irql);
        if (++Shared->Inside > Shared->Worst)
            Shared->Worst = Shared->Inside;
        KeStallExecutionProcessor(200);
        Shared->Total++;
        Shared->Inside--;
        KeReleaseSpinLock(&Shared->Lock, Irql);
    }
}

VOID TestSpinLockContention(void)
{
    SHARED Shared = {};
    PKTHREAD Threads[4];
    for (ULONG i = 0; i < 4; i++)
        Threads[i] = TestStartThread(TakeOften, &Shared);
    for (ULONG i = 0; i < 4; i++)
        TestJoinThread(Threads[i]);
    CHECK_EQUAL(Shared.Worst, 1);
    CHECK_EQUAL(Shared.Total, 200);
}

static VOID WaitLong(PVOID Context)
{
    TestWait(Context, 1'000);
}

VOID TestWaitAtDispatch(void)
{
    KEVENT Event;
    KIRQL Irql;
    KeInitializeEvent(&Event, NotificationEvent, FALSE);
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    CHECK_STATUS(TestWait(&Event, 0), STATUS_TIMEOUT); // not waiting is allowed
    EXPECT_BUGCHECK(WaitLong, &Event, IRQL_NOT_LESS_OR_EQUAL);
    KeLowerIrql(Irql);
}

static VOID ReleaseFree(PVOID Context)
{
    KeReleaseSpinLockFromDpcLevel(Context);
}

VOID TestSpinLockNotOwned(void)
{
    KSPIN_LOCK Lock;
    KeInitializeSpinLock(&Lock);
    EXPECT_BUGCHECK(ReleaseFree, &Lock, 0x10); // SPIN_LOCK_NOT_OWNED
}

VOID TestReaderWriterSpinLock(void)
{
    EX_SPIN_LOCK Lock = 0;
    KIRQL Irql = ExAcquireSpinLockShared(&Lock);
    CHECK_EQUAL(KeGetCurrentIrql(), DISPATCH_LEVEL);
    ExAcquireSpinLockSharedAtDpcLevel(&Lock);
    CHECK(!ExTryConvertSharedSpinLockExclusive(&Lock));
    ExReleaseSpinLockSharedFromDpcLevel(&Lock);
    CHECK(ExTryConvertSharedSpinLockExclusive(&Lock));
    ExReleaseSpinLockExclusive(&Lock, Irql);
    CHECK_EQUAL(Lock, 0);
    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
}

VOID TestInterlockedList(void)
{
    LIST_ENTRY Head, A, B;
    KSPIN_LOCK Lock;
    KeInitializeSpinLock(&Lock);
    InitializeListHead(&Head);
    CHECK(ExInterlockedInsertTailList(&Head, &A, &Lock) == nullptr);
    CHECK(ExInterlockedInsertHeadList(&Head, &B, &Lock) == &A);
    CHECK(ExInterlockedRemoveHeadList(&Head, &Lock) == &B);
    CHECK(ExInterlockedRemoveHeadList(&Head, &Lock) == &A);
    CHECK(ExInterlockedRemoveHeadList(&Head, &Lock) == nullptr);
    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
}
