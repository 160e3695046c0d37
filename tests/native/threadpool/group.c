// Cleanup groups.

#include "suite.h"

typedef struct _MEMBER {
    volatile LONG Ran, Cancelled;
    PVOID Parameter;
} MEMBER, *PMEMBER;

static VOID NTAPI MemberWork(PTP_CALLBACK_INSTANCE Instance, PVOID Context, PTP_WORK Work)
{
    UNREFERENCED_PARAMETER(Instance);
    UNREFERENCED_PARAMETER(Work);
    PoolSleep(5);
    PoolIncrement(&((PMEMBER)Context)->Ran);
}

static VOID NTAPI MemberSimple(PTP_CALLBACK_INSTANCE Instance, PVOID Context)
{
    UNREFERENCED_PARAMETER(Instance);
    PoolIncrement(&((PMEMBER)Context)->Ran);
}

static VOID NTAPI MemberTimer(PTP_CALLBACK_INSTANCE Instance, PVOID Context, PTP_TIMER Timer)
{
    UNREFERENCED_PARAMETER(Instance);
    UNREFERENCED_PARAMETER(Timer);
    PoolIncrement(&((PMEMBER)Context)->Ran);
}

static VOID NTAPI MemberWait(PTP_CALLBACK_INSTANCE Instance, PVOID Context, PTP_WAIT Wait,
                             TP_WAIT_RESULT Result)
{
    UNREFERENCED_PARAMETER(Instance);
    UNREFERENCED_PARAMETER(Wait);
    UNREFERENCED_PARAMETER(Result);
    PoolIncrement(&((PMEMBER)Context)->Ran);
}

static VOID NTAPI MemberCancelled(PVOID Context, PVOID Parameter)
{
    PMEMBER Member = Context;
    Member->Cancelled++;
    Member->Parameter = Parameter;
}

static PTP_CLEANUP_GROUP MakeGroup(PTP_CALLBACK_ENVIRON Environ, PTP_POOL Pool)
{
    PTP_CLEANUP_GROUP Group = nullptr;
    CHECK_STATUS(TpAllocCleanupGroup(&Group), STATUS_SUCCESS);
    TpInitializeCallbackEnviron(Environ);
    TpSetCallbackThreadpool(Environ, Pool);
    TpSetCallbackCleanupGroup(Environ, Group, MemberCancelled);
    return Group;
}

VOID TestGroupWaits(void)
{
    MEMBER Members[4] = {};
    TP_CALLBACK_ENVIRON Environ;
    PTP_CLEANUP_GROUP Group = MakeGroup(&Environ, nullptr);
    for (int i = 0; i < 4; i++) {
        PTP_WORK Work;
        REQUIRE_STATUS(TpAllocWork(&Work, MemberWork, &Members[i], &Environ), STATUS_SUCCESS);
        TpPostWork(Work);
        TpPostWork(Work);
    }
    TpReleaseCleanupGroupMembers(Group, FALSE, nullptr);
    for (int i = 0; i < 4; i++) {
        CHECK_EQUAL(Members[i].Ran, 2);
        CHECK_EQUAL(Members[i].Cancelled, 0);
    }
    TpReleaseCleanupGroup(Group);
}

VOID TestGroupCancels(void)
{
    POOL_BLOCKED Blocked;
    REQUIRE(PoolBlock(&Blocked));
    MEMBER Posted = {}, Idle = {}, Simple = {};
    PTP_CLEANUP_GROUP Group = MakeGroup(&Blocked.Environ, Blocked.Pool);
    PTP_WORK Work;
    REQUIRE_STATUS(TpAllocWork(&Work, MemberWork, &Idle, &Blocked.Environ), STATUS_SUCCESS);
    REQUIRE_STATUS(TpAllocWork(&Work, MemberWork, &Posted, &Blocked.Environ), STATUS_SUCCESS);
    TpPostWork(Work);
    REQUIRE_STATUS(TpSimpleTryPost(MemberSimple, &Simple, &Blocked.Environ), STATUS_SUCCESS);
    TpReleaseCleanupGroupMembers(Group, TRUE, &Posted);
    CHECK_EQUAL(Posted.Cancelled, 1);
    CHECK_EQUAL(Idle.Cancelled, 1);
    CHECK_EQUAL(Simple.Cancelled, 1);
    CHECK(Posted.Parameter == &Posted);
    PoolUnblock(&Blocked);
    PoolSleep(30);
    CHECK_EQUAL(Posted.Ran + Idle.Ran + Simple.Ran, 0);
    TpReleaseCleanupGroup(Group);
    NtClose(Blocked.Go);
}

VOID TestGroupReleasedMember(void)
{
    MEMBER Member = {};
    TP_CALLBACK_ENVIRON Environ;
    PTP_CLEANUP_GROUP Group = MakeGroup(&Environ, nullptr);
    PTP_WORK Work;
    REQUIRE_STATUS(TpAllocWork(&Work, MemberWork, &Member, &Environ), STATUS_SUCCESS);
    TpPostWork(Work);
    TpReleaseWork(Work);
    TpReleaseCleanupGroupMembers(Group, FALSE, nullptr);
    CHECK_EQUAL(Member.Ran, 1); // its callback was waited for
    REQUIRE_STATUS(TpAllocWork(&Work, MemberWork, &Member, &Environ), STATUS_SUCCESS);
    TpReleaseWork(Work);
    TpReleaseCleanupGroupMembers(Group, TRUE, nullptr);
    CHECK_EQUAL(Member.Cancelled, 0);
    TpReleaseCleanupGroup(Group);
}

VOID TestGroupMixed(void)
{
    MEMBER TimerMember = {}, WaitMember = {}, WorkMember = {};
    TP_CALLBACK_ENVIRON Environ;
    PTP_CLEANUP_GROUP Group = MakeGroup(&Environ, nullptr);
    PTP_TIMER Timer;
    PTP_WAIT Wait;
    PTP_WORK Work;
    HANDLE Event = PoolMakeEvent(NotificationEvent);
    LARGE_INTEGER Due = TestMilliseconds(1);
    REQUIRE_STATUS(TpAllocTimer(&Timer, MemberTimer, &TimerMember, &Environ), STATUS_SUCCESS);
    REQUIRE_STATUS(TpAllocWait(&Wait, MemberWait, &WaitMember, &Environ), STATUS_SUCCESS);
    REQUIRE_STATUS(TpAllocWork(&Work, MemberWork, &WorkMember, &Environ), STATUS_SUCCESS);
    TpSetTimer(Timer, &Due, 2, 0);
    TpSetWait(Wait, Event, nullptr);
    TpPostWork(Work);
    PoolSleep(20);
    TpReleaseCleanupGroupMembers(Group, FALSE, nullptr);
    LONG Ran = TimerMember.Ran;
    CHECK(Ran >= 2);
    CHECK_EQUAL(WorkMember.Ran, 1);
    NtSetEvent(Event, nullptr);
    PoolSleep(20);
    CHECK_EQUAL(TimerMember.Ran, Ran);
    CHECK_EQUAL(WaitMember.Ran, 0);
    TpReleaseCleanupGroup(Group);
    NtClose(Event);
}
