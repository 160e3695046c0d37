// Executive resources.

#include "suite.h"

static ERESOURCE Resource;

static VOID Initialize(void)
{
    CHECK_STATUS(ExInitializeResourceLite(&Resource), STATUS_SUCCESS);
}

// Another thread tries, and tells whether it got the resource at once.
typedef struct _TRY {
    BOOLEAN (*Acquire)(PERESOURCE, BOOLEAN);
    BOOLEAN Got;
} TRY;

static VOID NTAPI TryOnce(PVOID Context)
{
    TRY *Try = Context;
    Try->Got = Try->Acquire(&Resource, FALSE);
    if (Try->Got)
        ExReleaseResourceLite(&Resource);
}

static BOOLEAN OtherGets(BOOLEAN (*Acquire)(PERESOURCE, BOOLEAN))
{
    TRY Try = {Acquire, FALSE};
    TestJoinThread(TestStartThread(TryOnce, &Try));
    return Try.Got;
}

VOID TestResourceExclusive(void)
{
    Initialize();
    CHECK(ExAcquireResourceExclusiveLite(&Resource, TRUE));
    CHECK(ExAcquireResourceExclusiveLite(&Resource, FALSE)); // again
    CHECK(ExAcquireResourceSharedLite(&Resource, FALSE));    // the owner may read too
    CHECK(ExIsResourceAcquiredExclusiveLite(&Resource));
    CHECK_EQUAL(ExIsResourceAcquiredSharedLite(&Resource), 3);
    CHECK(!OtherGets(ExAcquireResourceSharedLite));
    CHECK(!OtherGets(ExAcquireResourceExclusiveLite));
    for (ULONG i = 0; i < 3; i++)
        ExReleaseResourceLite(&Resource);
    CHECK(!ExIsResourceAcquiredExclusiveLite(&Resource));
    CHECK(OtherGets(ExAcquireResourceExclusiveLite));
    ExDeleteResourceLite(&Resource);
}

VOID TestResourceShared(void)
{
    Initialize();
    CHECK(ExAcquireResourceSharedLite(&Resource, TRUE));
    CHECK(OtherGets(ExAcquireResourceSharedLite));
    CHECK(!OtherGets(ExAcquireResourceExclusiveLite));
    CHECK(!ExAcquireResourceExclusiveLite(&Resource, FALSE));
    CHECK(!ExIsResourceAcquiredExclusiveLite(&Resource));
    ExReleaseResourceLite(&Resource);
    CHECK(OtherGets(ExAcquireResourceExclusiveLite));
    ExDeleteResourceLite(&Resource);
}

static volatile LONG Readers, Writers, Errors, Rounds;

static VOID ReadOnce(void)
{
    ExAcquireResourceSharedLite(&Resource, TRUE);
    InterlockedIncrement(&Readers);
    if (Writers)
        InterlockedIncrement(&Errors);
    KeStallExecutionProcessor(100);
    InterlockedDecrement(&Readers);
    ExReleaseResourceLite(&Resource);
}

static VOID WriteOnce(void)
{
    ExAcquireResourceExclusiveLite(&Resource, TRUE);
    if (InterlockedIncrement(&Writers) != 1 || Readers)
        InterlockedIncrement(&Errors);
    KeStallExecutionProcessor(100);
    InterlockedDecrement(&Writers);
    ExReleaseResourceLite(&Resource);
}

static VOID NTAPI ReadAndWrite(PVOID Context)
{
    ULONG Seed = (ULONG)(ULONG_PTR)Context;
    for (ULONG i = 0; i < 60; i++) {
        Seed = Seed * 1103515245 + 12345;
        if (Seed >> 16 & 3)
            ReadOnce();
        else
            WriteOnce();
        InterlockedIncrement(&Rounds);
    }
}

VOID TestResourceContention(void)
{
    PKTHREAD Threads[6];
    Initialize();
    for (ULONG i = 0; i < 6; i++)
        Threads[i] = TestStartThread(ReadAndWrite, (PVOID)(ULONG_PTR)(i + 1));
    for (ULONG i = 0; i < 6; i++)
        TestJoinThread(Threads[i]);
    CHECK_EQUAL(Errors, 0);
    CHECK_EQUAL(Rounds, 360);
    CHECK_EQUAL(Resource.ActiveCount, 0);
    CHECK_EQUAL(ExGetExclusiveWaiterCount(&Resource), 0);
    CHECK_EQUAL(ExGetSharedWaiterCount(&Resource), 0);
    ExDeleteResourceLite(&Resource);
}

static VOID NTAPI WriteThread(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    WriteOnce();
}

VOID TestResourceWriterComesBeforeReaders(void)
{
    Initialize();
    ExAcquireResourceSharedLite(&Resource, TRUE);
    PKTHREAD Writer = TestStartThread(WriteThread, nullptr);
    TestSleep(30);
    CHECK_EQUAL(ExGetExclusiveWaiterCount(&Resource), 1);
    CHECK(!OtherGets(ExAcquireResourceSharedLite));
    CHECK(!OtherGets(ExAcquireSharedWaitForExclusive));
    CHECK(OtherGets(ExAcquireSharedStarveExclusive));
    CHECK(ExAcquireResourceSharedLite(&Resource, FALSE)); // who reads already may again
    CHECK(!ExAcquireSharedWaitForExclusive(&Resource, FALSE));
    ExReleaseResourceLite(&Resource);
    ExReleaseResourceLite(&Resource);
    TestJoinThread(Writer);
    ExDeleteResourceLite(&Resource);
}

VOID TestResourceConvert(void)
{
    Initialize();
    ExAcquireResourceExclusiveLite(&Resource, TRUE);
    ExConvertExclusiveToSharedLite(&Resource);
    CHECK(!ExIsResourceAcquiredExclusiveLite(&Resource));
    CHECK_EQUAL(ExIsResourceAcquiredSharedLite(&Resource), 1);
    CHECK(OtherGets(ExAcquireResourceSharedLite));
    ExReleaseResourceLite(&Resource);
    CHECK(OtherGets(ExAcquireResourceExclusiveLite));
    ExDeleteResourceLite(&Resource);
}

static VOID NTAPI ReleaseFor(PVOID Owner)
{
    ExReleaseResourceForThreadLite(&Resource, (ERESOURCE_THREAD)Owner);
}

VOID TestResourceOwnerPointer(void)
{
    static ULONG64 Structure;
    PVOID Owner = (PVOID)((ULONG_PTR)&Structure | 3);
    Initialize();
    ExAcquireResourceSharedLite(&Resource, TRUE);
    ExSetResourceOwnerPointer(&Resource, Owner);
    CHECK_EQUAL(ExIsResourceAcquiredSharedLite(&Resource), 0);
    CHECK(!OtherGets(ExAcquireResourceExclusiveLite));
    TestJoinThread(TestStartThread(ReleaseFor, Owner));
    CHECK(OtherGets(ExAcquireResourceExclusiveLite));
    ExDeleteResourceLite(&Resource);
}

static VOID ReleaseIt(PVOID Context)
{
    ExReleaseResourceLite(Context);
}

VOID TestResourceNotOwned(void)
{
    Initialize();
    EXPECT_BUGCHECK(ReleaseIt, &Resource, RESOURCE_NOT_OWNED);
    ExDeleteResourceLite(&Resource);
}
