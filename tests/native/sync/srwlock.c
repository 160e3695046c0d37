// Slim reader/writer locks.

#include "suite.h"

typedef struct _SHARED {
    RTL_SRWLOCK Lock;
    volatile LONG Readers, Writers, MostReaders, Wrong, Count, Stop, WriterDone;
} SHARED, *PSHARED;

static NTSTATUS NTAPI TryShared(PVOID Context)
{
    if (!RtlTryAcquireSRWLockShared(Context))
        return STATUS_UNSUCCESSFUL;
    RtlReleaseSRWLockShared(Context);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI TryExclusive(PVOID Context)
{
    if (!RtlTryAcquireSRWLockExclusive(Context))
        return STATUS_UNSUCCESSFUL;
    RtlReleaseSRWLockExclusive(Context);
    return STATUS_SUCCESS;
}

static NTSTATUS InThread(PUSER_THREAD_START_ROUTINE Routine, PVOID Context)
{
    HANDLE Thread = TestStartThread(Routine, Context);
    return Thread ? TestJoin(Thread) : STATUS_NO_MEMORY;
}

VOID TestSrwExclusive(void)
{
    RTL_SRWLOCK Lock = RTL_SRWLOCK_INIT;
    RtlAcquireSRWLockExclusive(&Lock);
    CHECK_STATUS(InThread(TryShared, &Lock), STATUS_UNSUCCESSFUL);
    CHECK_STATUS(InThread(TryExclusive, &Lock), STATUS_UNSUCCESSFUL);
    RtlReleaseSRWLockExclusive(&Lock);
    CHECK_STATUS(InThread(TryExclusive, &Lock), STATUS_SUCCESS);
    CHECK(!Lock.Ptr);
}

VOID TestSrwShared(void)
{
    RTL_SRWLOCK Lock;
    RtlInitializeSRWLock(&Lock);
    RtlAcquireSRWLockShared(&Lock);
    RtlAcquireSRWLockShared(&Lock);
    CHECK_STATUS(InThread(TryShared, &Lock), STATUS_SUCCESS);
    CHECK_STATUS(InThread(TryExclusive, &Lock), STATUS_UNSUCCESSFUL);
    RtlReleaseSRWLockShared(&Lock);
    CHECK_STATUS(InThread(TryExclusive, &Lock), STATUS_UNSUCCESSFUL);
    RtlReleaseSRWLockShared(&Lock);
    CHECK_STATUS(InThread(TryExclusive, &Lock), STATUS_SUCCESS);
}

VOID TestSrwTry(void)
{
    RTL_SRWLOCK Lock = RTL_SRWLOCK_INIT;
    CHECK(RtlTryAcquireSRWLockExclusive(&Lock));
    CHECK(!RtlTryAcquireSRWLockExclusive(&Lock)); // it is not recursive
    CHECK(!RtlTryAcquireSRWLockShared(&Lock));
    RtlReleaseSRWLockExclusive(&Lock);
    CHECK(RtlTryAcquireSRWLockShared(&Lock));
    CHECK(!RtlTryAcquireSRWLockExclusive(&Lock));
    RtlReleaseSRWLockShared(&Lock);
}

static VOID Read(PSHARED Shared)
{
    RtlAcquireSRWLockShared(&Shared->Lock);
    LONG Readers = SyncAdd(&Shared->Readers, 1);
    if (Readers > Shared->MostReaders)
        Shared->MostReaders = Readers;
    NtYieldExecution();
    if (Shared->Writers)
        SyncAdd(&Shared->Wrong, 1);
    SyncAdd(&Shared->Readers, -1);
    RtlReleaseSRWLockShared(&Shared->Lock);
}

static VOID Write(PSHARED Shared)
{
    RtlAcquireSRWLockExclusive(&Shared->Lock);
    if (SyncAdd(&Shared->Writers, 1) != 1 || Shared->Readers)
        SyncAdd(&Shared->Wrong, 1);
    LONG Before = Shared->Count;
    NtYieldExecution();
    Shared->Count = Before + 1;
    SyncAdd(&Shared->Writers, -1);
    RtlReleaseSRWLockExclusive(&Shared->Lock);
}

static NTSTATUS NTAPI ReadAndWrite(PVOID Context)
{
    for (int i = 0; i < 200; i++) {
        if (i % 4)
            Read(Context);
        else
            Write(Context);
    }
    return STATUS_SUCCESS;
}

VOID TestSrwContention(void)
{
    SHARED Shared = {};
    SyncRunThreads(ReadAndWrite, &Shared, SyncThreads);
    CHECK_EQUAL(Shared.Count, 50 * SyncThreads);
    CHECK_EQUAL(Shared.Wrong, 0);
    CHECK(Shared.MostReaders > 1);
    CHECK(!Shared.Lock.Ptr);
}

static NTSTATUS NTAPI ReadUntilStop(PVOID Context)
{
    PSHARED Shared = Context;
    while (!Shared->Stop)
        Read(Shared);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI WriteOnce(PVOID Context)
{
    PSHARED Shared = Context;
    Write(Shared);
    SyncAdd(&Shared->WriterDone, 1);
    return STATUS_SUCCESS;
}

// Readers that come and go without a gap.
VOID TestSrwWriterGetsTurn(void)
{
    SHARED Shared = {};
    HANDLE Threads[4];
    for (int i = 0; i < 3; i++)
        Threads[i] = TestStartThread(ReadUntilStop, &Shared);
    SyncSleep(10);
    Threads[3] = TestStartThread(WriteOnce, &Shared);
    CHECK(SyncWaitForCount(&Shared.WriterDone, 1));
    Shared.Stop = 1;
    for (int i = 0; i < 4; i++)
        CHECK_STATUS(TestJoin(Threads[i]), STATUS_SUCCESS);
    CHECK_EQUAL(Shared.Wrong, 0);
}

static NTSTATUS StatusOfRelease(VOID(NTAPI *Release)(PRTL_SRWLOCK))
{
    RTL_SRWLOCK Lock = RTL_SRWLOCK_INIT;
    __try {
        Release(&Lock);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return (NTSTATUS)GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

VOID TestSrwNotOwned(void)
{
    CHECK_STATUS(StatusOfRelease(RtlReleaseSRWLockExclusive), STATUS_RESOURCE_NOT_OWNED);
    CHECK_STATUS(StatusOfRelease(RtlReleaseSRWLockShared), STATUS_RESOURCE_NOT_OWNED);
}
