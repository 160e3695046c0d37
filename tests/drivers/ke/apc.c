// Asynchronous procedure calls: when they run, at which IRQL, and when they do not.

#include "suite.h"

#include <string.h>

// Each APC of a test writes its letter here: small in the kernel routine, capital in the normal one.
typedef struct _JOURNAL {
    volatile LONG Length;
    CHAR Text[32];
    KIRQL KernelIrql, NormalIrql;
    PKTHREAD Thread;
    PVOID First, Second;
} JOURNAL;

typedef struct _LETTER {
    KAPC Apc; // first
    JOURNAL *Journal;
    CHAR Letter;
} LETTER;

#define CHECK_TEXT(Journal, Expected) CHECK(!strcmp((Journal).Text, Expected))

static VOID WriteLetter(JOURNAL *Journal, CHAR Letter)
{
    Journal->Text[InterlockedIncrement(&Journal->Length) - 1] = Letter;
}

static VOID NTAPI LetterKernel(PKAPC Apc, PKNORMAL_ROUTINE *Routine, PVOID *Context, PVOID *First,
                               PVOID *Second)
{
    LETTER *Letter = (LETTER *)Apc;
    JOURNAL *Journal = Letter->Journal;
    (void)Routine;
    (void)Context;
    Journal->First = *First;
    Journal->Second = *Second;
    Journal->KernelIrql = KeGetCurrentIrql();
    Journal->Thread = KeGetCurrentThread();
    WriteLetter(Journal, (CHAR)(Letter->Letter + 32));
}

static VOID NTAPI LetterNormal(PVOID Context, PVOID First, PVOID Second)
{
    LETTER *Letter = Context;
    (void)First;
    (void)Second;
    Letter->Journal->NormalIrql = KeGetCurrentIrql();
    WriteLetter(Letter->Journal, Letter->Letter);
}

static VOID NTAPI LetterRundown(PKAPC Apc)
{
    WriteLetter(((LETTER *)Apc)->Journal, '-');
}

static VOID MakeLetter(LETTER *Letter, JOURNAL *Journal, CHAR Which, PKTHREAD Thread,
                       BOOLEAN Special, KPROCESSOR_MODE Mode)
{
    Letter->Journal = Journal;
    Letter->Letter = Which;
    KeInitializeApc(&Letter->Apc, Thread, OriginalApcEnvironment, LetterKernel, LetterRundown,
                    Special ? NULL : LetterNormal, Mode, Letter);
}

static BOOLEAN Queue(LETTER *Letter)
{
    return KeInsertQueueApc(&Letter->Apc, (PVOID)1, (PVOID)2, IO_NO_INCREMENT);
}

VOID TestApcSelf(void)
{
    JOURNAL Journal = {};
    LETTER A;
    MakeLetter(&A, &Journal, 'A', KeGetCurrentThread(), FALSE, KernelMode);
    CHECK(Queue(&A));
    CHECK_TEXT(Journal, "aA");
    CHECK_EQUAL(Journal.KernelIrql, APC_LEVEL);
    CHECK_EQUAL(Journal.NormalIrql, PASSIVE_LEVEL);
    CHECK(Journal.Thread == KeGetCurrentThread());
    CHECK(Journal.First == (PVOID)1 && Journal.Second == (PVOID)2);
    CHECK(!A.Apc.Inserted);
    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
}

VOID TestApcDisabled(void)
{
    JOURNAL Journal = {};
    LETTER A;
    KMUTEX Mutex;
    KIRQL Irql;
    MakeLetter(&A, &Journal, 'A', KeGetCurrentThread(), FALSE, KernelMode);
    KeRaiseIrql(APC_LEVEL, &Irql);
    CHECK(Queue(&A));
    CHECK_EQUAL(Journal.Length, 0);
    KeLowerIrql(Irql);
    CHECK_TEXT(Journal, "aA");

    KeEnterCriticalRegion();
    KeEnterCriticalRegion();
    CHECK(KeAreApcsDisabled());
    CHECK(!KeAreAllApcsDisabled());
    CHECK(Queue(&A));
    KeLeaveCriticalRegion();
    CHECK_EQUAL(Journal.Length, 2);
    KeLeaveCriticalRegion();
    CHECK_TEXT(Journal, "aAaA");

    KeEnterGuardedRegion();
    CHECK(KeAreAllApcsDisabled());
    CHECK(Queue(&A));
    CHECK_EQUAL(Journal.Length, 4);
    KeLeaveGuardedRegion();
    CHECK_TEXT(Journal, "aAaAaA");

    KeInitializeMutex(&Mutex, 0);
    CHECK_STATUS(TestWait(&Mutex, 0), STATUS_SUCCESS);
    CHECK(Queue(&A));
    CHECK_EQUAL(Journal.Length, 6);
    KeReleaseMutex(&Mutex, FALSE);
    CHECK_TEXT(Journal, "aAaAaAaA");
}

VOID TestApcSpecial(void)
{
    JOURNAL Journal = {};
    LETTER A, B, C;
    KIRQL Irql;
    MakeLetter(&A, &Journal, 'A', KeGetCurrentThread(), FALSE, KernelMode);
    MakeLetter(&B, &Journal, 'B', KeGetCurrentThread(), TRUE, KernelMode);
    MakeLetter(&C, &Journal, 'C', KeGetCurrentThread(), TRUE, KernelMode);
    KeRaiseIrql(APC_LEVEL, &Irql);
    Queue(&A);
    Queue(&B);
    Queue(&C);
    KeLowerIrql(Irql);
    CHECK_TEXT(Journal, "bcaA");

    KeEnterCriticalRegion();
    Queue(&A);
    Queue(&B);
    CHECK_TEXT(Journal, "bcaAb");
    KeLeaveCriticalRegion();
    CHECK_TEXT(Journal, "bcaAbaA");

    KeEnterGuardedRegion(); // also those
    Queue(&C);
    CHECK_EQUAL(Journal.Length, 7);
    KeLeaveGuardedRegion();
    CHECK_TEXT(Journal, "bcaAbaAc");
}

// ---- APCs for a thread that waits

typedef struct _SLEEPER {
    KEVENT Event, Ready;
    KQUEUE Queue;
    ULONG How;
    KPROCESSOR_MODE Mode;
    BOOLEAN Alertable;
    NTSTATUS Status;
} SLEEPER;

enum { SleepForEvent, SleepForQueue, SleepForTime, SleepInRegion };

static NTSTATUS SleepAs(SLEEPER *Sleeper)
{
    LARGE_INTEGER Interval = TestMilliseconds(200);
    switch (Sleeper->How) {
    case SleepForQueue:
        return (NTSTATUS)(LONG_PTR)KeRemoveQueue(&Sleeper->Queue, KernelMode, &Interval);
    case SleepForTime:
        return KeDelayExecutionThread(KernelMode, FALSE, &Interval);
    default:
        return KeWaitForSingleObject(&Sleeper->Event, Executive, Sleeper->Mode, Sleeper->Alertable,
                                     NULL);
    }
}

static VOID NTAPI Sleep(PVOID Context)
{
    SLEEPER *Sleeper = Context;
    BOOLEAN Region = Sleeper->How == SleepInRegion;
    if (Region)
        KeEnterCriticalRegion();
    KeSetEvent(&Sleeper->Ready, IO_NO_INCREMENT, FALSE);
    Sleeper->Status = SleepAs(Sleeper);
    if (Region)
        KeLeaveCriticalRegion();
}

static PKTHREAD StartSleeper(SLEEPER *Sleeper, ULONG How, KPROCESSOR_MODE Mode, BOOLEAN Alertable)
{
    KeInitializeEvent(&Sleeper->Event, SynchronizationEvent, FALSE);
    KeInitializeEvent(&Sleeper->Ready, NotificationEvent, FALSE);
    KeInitializeQueue(&Sleeper->Queue, 1);
    Sleeper->How = How;
    Sleeper->Mode = Mode;
    Sleeper->Alertable = Alertable;
    PKTHREAD Thread = TestStartThread(Sleep, Sleeper);
    TestWait(&Sleeper->Ready, 10'000);
    TestSleep(20);
    return Thread;
}

VOID TestApcInWait(void)
{
    JOURNAL Journal = {};
    SLEEPER Sleeper;
    LETTER A, B;
    PKTHREAD Thread = StartSleeper(&Sleeper, SleepForEvent, KernelMode, FALSE);
    MakeLetter(&A, &Journal, 'A', Thread, FALSE, KernelMode);
    MakeLetter(&B, &Journal, 'B', Thread, TRUE, KernelMode);
    CHECK(Queue(&A));
    TestSleep(20);
    CHECK_TEXT(Journal, "aA");
    CHECK(Journal.Thread == Thread);
    CHECK(Queue(&B));
    TestSleep(20);
    CHECK_TEXT(Journal, "aAb");
    KeSetEvent(&Sleeper.Event, IO_NO_INCREMENT, FALSE);
    TestJoinThread(Thread);
    CHECK_STATUS(Sleeper.Status, STATUS_SUCCESS);
    CHECK_EQUAL(KeReadStateEvent(&Sleeper.Event), 0);
}

VOID TestApcInOtherWaits(void)
{
    static const NTSTATUS Expected[] = {
        [SleepForQueue] = STATUS_TIMEOUT, [SleepForTime] = STATUS_SUCCESS};
    ULONG64 Counter;
    for (ULONG How = SleepForQueue; How <= SleepForTime; How++) {
        JOURNAL Journal = {};
        SLEEPER Sleeper;
        LETTER A;
        ULONGLONG Start = KeQueryInterruptTimePrecise(&Counter);
        PKTHREAD Thread = StartSleeper(&Sleeper, How, KernelMode, FALSE);
        MakeLetter(&A, &Journal, 'A', Thread, FALSE, KernelMode);
        CHECK(Queue(&A));
        TestJoinThread(Thread);
        CHECK_TEXT(Journal, "aA");
        CHECK_STATUS(Sleeper.Status, Expected[How]);
        CHECK(KeQueryInterruptTimePrecise(&Counter) - Start >= 2'000'000); // the whole time
        if (How == SleepForQueue)
            KeRundownQueue(&Sleeper.Queue);
    }
}

VOID TestApcInRegion(void)
{
    JOURNAL Journal = {};
    SLEEPER Sleeper;
    LETTER A, B;
    PKTHREAD Thread = StartSleeper(&Sleeper, SleepInRegion, KernelMode, FALSE);
    MakeLetter(&A, &Journal, 'A', Thread, FALSE, KernelMode);
    MakeLetter(&B, &Journal, 'B', Thread, TRUE, KernelMode);
    Queue(&A);
    Queue(&B);
    TestSleep(20);
    CHECK_TEXT(Journal, "b");
    KeSetEvent(&Sleeper.Event, IO_NO_INCREMENT, FALSE);
    TestJoinThread(Thread);
    CHECK_TEXT(Journal, "baA"); // when it left the region
    CHECK_STATUS(Sleeper.Status, STATUS_SUCCESS);
}

static VOID NTAPI DropNormal(PKAPC Apc, PKNORMAL_ROUTINE *Routine, PVOID *Context, PVOID *First,
                             PVOID *Second)
{
    (void)Context;
    (void)First;
    (void)Second;
    *Routine = NULL;
    ExFreePoolWithTag(Apc, 'cpAT');
}

static VOID NTAPI ChangeArguments(PKAPC Apc, PKNORMAL_ROUTINE *Routine, PVOID *Context,
                                  PVOID *First, PVOID *Second)
{
    (void)Apc;
    (void)Routine;
    (void)Context;
    *First = (PVOID)((ULONG_PTR)*First + 10);
    *Second = (PVOID)((ULONG_PTR)*Second + 20);
}

static VOID NTAPI KeepArguments(PVOID Context, PVOID First, PVOID Second)
{
    JOURNAL *Journal = Context;
    Journal->First = First;
    Journal->Second = Second;
}

VOID TestApcKernelRoutine(void)
{
    JOURNAL Journal = {};
    KAPC Apc, *Pooled = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Pooled), 'cpAT');
    REQUIRE(Pooled != NULL);
    KeInitializeApc(Pooled, KeGetCurrentThread(), OriginalApcEnvironment, DropNormal, NULL,
                    KeepArguments, KernelMode, &Journal);
    CHECK(KeInsertQueueApc(Pooled, (PVOID)1, (PVOID)2, 0));
    CHECK(Journal.First == NULL);
    KeInitializeApc(&Apc, KeGetCurrentThread(), CurrentApcEnvironment, ChangeArguments, NULL,
                    KeepArguments, KernelMode, &Journal);
    CHECK(KeInsertQueueApc(&Apc, (PVOID)1, (PVOID)2, 0));
    CHECK(Journal.First == (PVOID)11 && Journal.Second == (PVOID)22);
}

VOID TestApcRemove(void)
{
    JOURNAL Journal = {};
    LETTER A;
    MakeLetter(&A, &Journal, 'A', KeGetCurrentThread(), FALSE, KernelMode);
    CHECK(!KeRemoveQueueApc(&A.Apc));
    KeEnterCriticalRegion();
    CHECK(Queue(&A));
    CHECK(!Queue(&A));
    CHECK(KeRemoveQueueApc(&A.Apc));
    CHECK(!KeRemoveQueueApc(&A.Apc));
    KeLeaveCriticalRegion();
    CHECK_EQUAL(Journal.Length, 0);
    CHECK(Queue(&A)); // it can be used again
    CHECK_TEXT(Journal, "aA");
}

// ---- User APCs

VOID TestApcUser(void)
{
    JOURNAL Journal = {};
    SLEEPER Sleeper;
    LETTER A;
    PKTHREAD Thread = StartSleeper(&Sleeper, SleepForEvent, UserMode, TRUE);
    MakeLetter(&A, &Journal, 'A', Thread, FALSE, UserMode);
    CHECK(Queue(&A));
    TestJoinThread(Thread);
    CHECK_STATUS(Sleeper.Status, STATUS_USER_APC);
    CHECK_TEXT(Journal, "-"); // a system thread has no user mode in which it could run

    Thread = StartSleeper(&Sleeper, SleepForEvent, KernelMode, TRUE);
    MakeLetter(&A, &Journal, 'A', Thread, FALSE, UserMode);
    CHECK(Queue(&A));
    TestSleep(20);
    KeSetEvent(&Sleeper.Event, IO_NO_INCREMENT, FALSE);
    TestJoinThread(Thread);
    CHECK_STATUS(Sleeper.Status, STATUS_SUCCESS);
}

VOID TestApcRundown(void)
{
    JOURNAL Journal = {};
    SLEEPER Sleeper;
    LETTER A, B;
    PKTHREAD Thread = StartSleeper(&Sleeper, SleepForEvent, KernelMode, FALSE);
    MakeLetter(&A, &Journal, 'A', Thread, FALSE, UserMode);
    MakeLetter(&B, &Journal, 'B', Thread, FALSE, UserMode);
    CHECK(Queue(&A));
    CHECK(Queue(&B));
    KeSetEvent(&Sleeper.Event, IO_NO_INCREMENT, FALSE);
    TestJoinThread(Thread);
    CHECK_TEXT(Journal, "--");
}

VOID TestApcAfterEnd(void)
{
    JOURNAL Journal = {};
    SLEEPER Sleeper;
    LETTER A;
    PKTHREAD Thread = StartSleeper(&Sleeper, SleepForTime, KernelMode, FALSE);
    CHECK_STATUS(TestWait(Thread, 10'000), STATUS_SUCCESS);
    MakeLetter(&A, &Journal, 'A', Thread, FALSE, KernelMode);
    CHECK(!Queue(&A));
    ObDereferenceObject(Thread);
    CHECK_EQUAL(Journal.Length, 0);
}
