// Waiting for several objects.

#include "suite.h"

static NTSTATUS WaitMultiple(PVOID *Objects, ULONG Count, WAIT_TYPE Type, LONGLONG Milliseconds)
{
    LARGE_INTEGER Timeout = TestMilliseconds(Milliseconds);
    return KeWaitForMultipleObjects(Count, Objects, Type, Executive, KernelMode, FALSE, &Timeout,
                                    nullptr);
}

VOID TestWaitAny(void)
{
    KEVENT Events[3];
    PVOID Objects[3] = {&Events[0], &Events[1], &Events[2]};
    for (ULONG i = 0; i < 3; i++)
        KeInitializeEvent(&Events[i], SynchronizationEvent, FALSE);
    CHECK_STATUS(WaitMultiple(Objects, 3, WaitAny, 0), STATUS_TIMEOUT);
    KeSetEvent(&Events[2], 0, FALSE);
    KeSetEvent(&Events[1], 0, FALSE);
    CHECK_STATUS(WaitMultiple(Objects, 3, WaitAny, 0), STATUS_WAIT_1);
    CHECK_STATUS(WaitMultiple(Objects, 3, WaitAny, 0), STATUS_WAIT_2);
    CHECK_STATUS(WaitMultiple(Objects, 3, WaitAny, 0), STATUS_TIMEOUT);
}

typedef struct _SETTER {
    KEVENT *First, *Second;
} SETTER;

static VOID NTAPI SetBoth(PVOID Context)
{
    SETTER *Setter = Context;
    TestSleep(20);
    KeSetEvent(Setter->First, 0, FALSE);
    TestSleep(20);
    KeSetEvent(Setter->Second, 0, FALSE);
}

VOID TestWaitAll(void)
{
    KEVENT A, B;
    PVOID Objects[2] = {&A, &B};
    KeInitializeEvent(&A, SynchronizationEvent, FALSE);
    KeInitializeEvent(&B, SynchronizationEvent, FALSE);
    SETTER Setter = {&A, &B};
    PKTHREAD Thread = TestStartThread(SetBoth, &Setter);
    CHECK_STATUS(WaitMultiple(Objects, 2, WaitAll, 5'000), STATUS_SUCCESS);
    CHECK_EQUAL(KeReadStateEvent(&A), 0);
    CHECK_EQUAL(KeReadStateEvent(&B), 0);
    TestJoinThread(Thread);
}

VOID TestWaitAllTakesNothing(void)
{
    KEVENT A, B;
    PVOID Objects[2] = {&A, &B};
    KeInitializeEvent(&A, SynchronizationEvent, TRUE);
    KeInitializeEvent(&B, SynchronizationEvent, FALSE);
    CHECK_STATUS(WaitMultiple(Objects, 2, WaitAll, 20), STATUS_TIMEOUT);
    CHECK_EQUAL(KeReadStateEvent(&A), 1);
}

VOID TestWaitManyObjects(void)
{
    static KEVENT Events[MAXIMUM_WAIT_OBJECTS];
    static KWAIT_BLOCK Blocks[MAXIMUM_WAIT_OBJECTS];
    PVOID Objects[MAXIMUM_WAIT_OBJECTS];
    LARGE_INTEGER Timeout = TestMilliseconds(20);
    for (ULONG i = 0; i < MAXIMUM_WAIT_OBJECTS; i++) {
        KeInitializeEvent(&Events[i], NotificationEvent, FALSE);
        Objects[i] = &Events[i];
    }
    CHECK_STATUS(KeWaitForMultipleObjects(MAXIMUM_WAIT_OBJECTS, Objects, WaitAny, Executive,
                                          KernelMode, FALSE, &Timeout, Blocks),
                 STATUS_TIMEOUT);
    KeSetEvent(&Events[63], 0, FALSE);
    CHECK_STATUS(KeWaitForMultipleObjects(MAXIMUM_WAIT_OBJECTS, Objects, WaitAny, Executive,
                                          KernelMode, FALSE, &Timeout, Blocks),
                 STATUS_WAIT_63);
}

static VOID WaitForFour(PVOID Context)
{
    PVOID Objects[4] = {Context, Context, Context, Context};
    WaitMultiple(Objects, 4, WaitAny, 0);
}

VOID TestWaitTooMany(void)
{
    KEVENT Event;
    KeInitializeEvent(&Event, NotificationEvent, TRUE);
    EXPECT_BUGCHECK(WaitForFour, &Event, MAXIMUM_WAIT_OBJECTS_EXCEEDED);
}
