// The thread pool: work, timers, waits, groups, the threads themselves, and the older functions.

#include "suite.h"

static const TEST Tests[] = {
    {"a simple callback runs on another thread", TestSimpleCallback},
    {"work runs as often as it is posted", TestWorkCounts},
    {"ten thousand work items", TestTenThousand},
    {"pending work can be cancelled", TestWorkCancel},
    {"released work still runs", TestWorkReleasedEarly},
    {"callbacks run by priority", TestPriorities},
    {"a callback waits for other work", TestNestedWait},
    {"bad parameters are refused", TestWorkBadParameters},
    {"a pool whose callbacks wait grows", TestGrowth},
    {"a pool keeps to its most threads", TestMaxThreads},
    {"a pool has its fewest threads", TestMinThreads},
    {"a callback that may run long makes room", TestMayRunLong},
    {"a long function makes room by itself", TestLongFunction},
    {"stack sizes of a pool", TestStackInformation},
    {"pools end and leave nothing", TestPoolsEnd},
    {"event, semaphore and mutant after a callback", TestCompletionObjects},
    {"a critical section is left after a callback", TestCompletionCriticalSection},
    {"a disassociated callback is not waited for", TestDisassociate},
    {"the finalization callback comes last", TestFinalization},
    {"releasing a group waits for its members", TestGroupWaits},
    {"releasing a group cancels its members", TestGroupCancels},
    {"a group leaves out members that were released", TestGroupReleasedMember},
    {"a group of timers, waits and work", TestGroupMixed},
    {"a timer expires once", TestTimerOnce},
    {"a timer for a time of day", TestTimerAbsolute},
    {"a periodic timer keeps its period", TestTimerPeriodic},
    {"a timer is unset", TestTimerUnset},
    {"timers with windows share a wake", TestTimerWindow},
    {"two hundred timers expire in order", TestTimersInOrder},
    {"setting a timer again moves it", TestTimerReset},
    {"a wait is satisfied", TestWaitSignalled},
    {"a wait times out", TestWaitTimeout},
    {"a wait with time-out zero", TestWaitZeroTimeout},
    {"a wait is replaced", TestWaitReplaced},
    {"a wait is set again by its callback", TestWaitRearmed},
    {"three hundred waits", TestManyWaits},
    {"a wait for no handle raises", TestWaitBadHandle},
    {"I/O callbacks want a file", TestIoBadHandle},
    {"RtlQueueWorkItem", TestQueueWorkItem},
    {"work for the persistent thread", TestPersistentThread},
    {"a registered wait calls at each signal", TestRegisterWait},
    {"a registered wait for once", TestRegisterWaitOnce},
    {"a registered wait times out again and again", TestRegisterWaitTimeout},
    {"the ways to deregister a wait", TestDeregisterWaits},
    {"a wait is deregistered in its callback", TestDeregisterInCallback},
    {"timers of a queue", TestQueueTimer},
    {"RtlUpdateTimer", TestUpdateTimer},
    {"the ways to delete a timer", TestDeleteTimer},
    {"deleting a timer queue ends its timers", TestDeleteTimerQueue},
};

const TEST_SUITE TestSuite = TEST_SUITE_OF(Tests);

PTP_POOL PoolMake(ULONG MaxThreads)
{
    PTP_POOL Pool = nullptr;
    if (CHECK_STATUS(TpAllocPool(&Pool, nullptr), STATUS_SUCCESS))
        TpSetPoolMaxThreads(Pool, MaxThreads);
    return Pool;
}

VOID PoolSleep(ULONG Milliseconds)
{
    LARGE_INTEGER Delay = TestMilliseconds(Milliseconds);
    NtDelayExecution(FALSE, &Delay);
}

BOOLEAN PoolWaitForCount(volatile LONG *Counter, LONG Value)
{
    for (int i = 0; i < 1000 && __atomic_load_n(Counter, __ATOMIC_SEQ_CST) < Value; i++)
        PoolSleep(5);
    return __atomic_load_n(Counter, __ATOMIC_SEQ_CST) == Value;
}

ULONG PoolHandleCount(void)
{
    ULONG Count = 0;
    CHECK_STATUS(NtQueryInformationProcess(NtCurrentProcess(), ProcessHandleCount, &Count,
                                           sizeof(Count), nullptr),
                 STATUS_SUCCESS);
    return Count;
}

HANDLE PoolMakeEvent(EVENT_TYPE Type)
{
    HANDLE Event = nullptr;
    CHECK_STATUS(NtCreateEvent(&Event, EVENT_ALL_ACCESS, nullptr, Type, FALSE), STATUS_SUCCESS);
    return Event;
}

BOOLEAN PoolIsSet(HANDLE Event)
{
    LARGE_INTEGER Now = {};
    return NtWaitForSingleObject(Event, FALSE, &Now) == STATUS_WAIT_0;
}

static VOID NTAPI PoolHoldUp(PTP_CALLBACK_INSTANCE Instance, PVOID Context)
{
    UNREFERENCED_PARAMETER(Instance);
    PPOOL_BLOCKED Blocked = Context;
    PoolIncrement(&Blocked->Entered);
    NtWaitForSingleObject(Blocked->Go, FALSE, nullptr);
}

BOOLEAN PoolBlock(PPOOL_BLOCKED Blocked)
{
    *Blocked = (POOL_BLOCKED){.Pool = PoolMake(1), .Go = PoolMakeEvent(NotificationEvent)};
    TpInitializeCallbackEnviron(&Blocked->Environ);
    TpSetCallbackThreadpool(&Blocked->Environ, Blocked->Pool);
    return CHECK_STATUS(TpSimpleTryPost(PoolHoldUp, Blocked, &Blocked->Environ), STATUS_SUCCESS) &&
           CHECK(PoolWaitForCount(&Blocked->Entered, 1));
}

VOID PoolUnblock(PPOOL_BLOCKED Blocked)
{
    NtSetEvent(Blocked->Go, nullptr);
    TpReleasePool(Blocked->Pool);
}
