// System threads.

#include "suite.h"

static VOID NTAPI EndWithStatus(PVOID Context)
{
    PsTerminateSystemThread((NTSTATUS)(LONG_PTR)Context);
}

NTSTATUS NTAPI PsGetThreadExitStatus(PETHREAD Thread);

VOID TestThreadEnds(void)
{
    PKTHREAD Thread = TestStartThread(EndWithStatus, (PVOID)(LONG_PTR)STATUS_CANCELLED);
    REQUIRE(Thread != nullptr);
    CHECK_STATUS(TestWait(Thread, 10'000), STATUS_SUCCESS);
    CHECK_STATUS(TestWait(Thread, 0), STATUS_SUCCESS); // it stays signalled
    CHECK_STATUS(PsGetThreadExitStatus((PETHREAD)Thread), STATUS_CANCELLED);
    ObDereferenceObject(Thread);
}

typedef struct _IDENTITY {
    PKTHREAD Thread;
    HANDLE Id;
    BOOLEAN System;
} IDENTITY;

static VOID NTAPI TellIdentity(PVOID Context)
{
    IDENTITY *Identity = Context;
    Identity->Thread = KeGetCurrentThread();
    Identity->Id = PsGetCurrentThreadId();
    Identity->System = PsIsSystemThread((PETHREAD)KeGetCurrentThread());
}

VOID TestThreadIdentity(void)
{
    IDENTITY Identity = {};
    PKTHREAD Thread = TestStartThread(TellIdentity, &Identity);
    HANDLE Id = PsGetThreadId((PETHREAD)Thread);
    TestJoinThread(Thread);
    CHECK(Identity.Thread == Thread);
    CHECK(Identity.Id == Id);
    CHECK(Identity.System);
    CHECK(Identity.Id != PsGetCurrentThreadId());
    CHECK(PsGetCurrentProcess() == PsInitialSystemProcess);
}

static VOID NTAPI CountUp(PVOID Context)
{
    InterlockedIncrement((volatile LONG *)Context);
}

VOID TestManyThreads(void)
{
    enum { Count = 30 };
    volatile LONG Ran = 0;
    PKTHREAD Threads[Count];
    for (ULONG i = 0; i < Count; i++)
        Threads[i] = TestStartThread(CountUp, (PVOID)&Ran);
    for (ULONG i = 0; i < Count; i++)
        TestJoinThread(Threads[i]);
    CHECK_EQUAL(Ran, Count);
}

static VOID NTAPI FaultAndCatch(PVOID Context)
{
    NTSTATUS *volatile Status = Context; // in memory: no register survives to the handler
    __try {
        *(volatile ULONG *)8 = 1;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        *Status = GetExceptionCode();
    }
}

VOID TestThreadException(void)
{
    NTSTATUS Status = STATUS_SUCCESS;
    TestJoinThread(TestStartThread(FaultAndCatch, &Status));
    CHECK_STATUS(Status, STATUS_ACCESS_VIOLATION);
}
