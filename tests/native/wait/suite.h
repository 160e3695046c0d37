// The tests of the suite.
#pragma once

#include <test.h>

// event.c
VOID TestEventTypes(void);
VOID TestEventPrevious(void);
VOID TestEventQuery(void);
VOID TestPulse(void);
VOID TestPulseWakesOne(void);
VOID TestNamedEvent(void);

// mutant.c
VOID TestMutantRecursion(void);
VOID TestMutantNotOwned(void);
VOID TestMutantExcludes(void);
VOID TestMutantAbandoned(void);
VOID TestMutantAbandonedInAny(void);
VOID TestMutantQuery(void);

// semaphore.c
VOID TestSemaphoreCounts(void);
VOID TestSemaphoreLimit(void);
VOID TestSemaphoreWakesMany(void);

// timer.c
VOID TestTimerRelative(void);
VOID TestTimerAbsolute(void);
VOID TestTimerTypes(void);
VOID TestTimerPeriodic(void);
VOID TestTimerCancel(void);
VOID TestTimerApc(void);
VOID TestTimerQuery(void);
VOID TestDelay(void);

// several.c
VOID TestWaitAny(void);
VOID TestWaitAll(void);
VOID TestWaitAllTakesTogether(void);
VOID TestWaitTimeout(void);
VOID TestWaitDuplicates(void);
VOID TestWaitForThreads(void);
VOID TestAlertable(void);
VOID TestAlertEndsWait(void);
VOID TestSignalAndWait(void);
VOID TestSignalAndWaitErrors(void);
VOID TestManyWaiters(void);
VOID TestPingPong(void);

// keyed.c
VOID TestKeyedEvent(void);
VOID TestKeyedEventOrder(void);
VOID TestKeyedEventDefault(void);
VOID TestKeyedEventTimeout(void);
VOID TestAlertByThreadId(void);
VOID TestAlertByThreadIdRemembered(void);
VOID TestAlertByThreadIdErrors(void);

// port.c
VOID TestPortOrder(void);
VOID TestPortMany(void);
VOID TestPortThreads(void);
VOID TestPortLastWaiterFirst(void);
VOID TestPortAlertable(void);
VOID TestPortIsWaitable(void);
VOID TestPortReserve(void);
VOID TestPortClosedWithPackets(void);

// packet.c
VOID TestPacketSignals(void);
VOID TestPacketAlreadySignalled(void);
VOID TestPacketInUse(void);
VOID TestPacketCancel(void);
VOID TestPacketTargets(void);
VOID TestPacketTakesSignal(void);
VOID TestPacketClosed(void);
VOID TestPacketMany(void);
VOID TestPacketArguments(void);

// errors.c
VOID TestEventErrors(void);
VOID TestMutantErrors(void);
VOID TestSemaphoreErrors(void);
VOID TestTimerErrors(void);
VOID TestWaitErrors(void);
VOID TestKeyedErrors(void);
VOID TestPortErrors(void);
VOID TestEmptyPortErrors(void);
VOID TestWrongValues(void);

// Objects of a test, without names. Null: failed, reported.
static inline HANDLE MakeEvent(EVENT_TYPE Type, BOOLEAN State)
{
    HANDLE Event = nullptr;
    CHECK_STATUS(NtCreateEvent(&Event, EVENT_ALL_ACCESS, nullptr, Type, State), STATUS_SUCCESS);
    return Event;
}

static inline HANDLE MakePort(void)
{
    HANDLE Port = nullptr;
    CHECK_STATUS(NtCreateIoCompletion(&Port, IO_COMPLETION_ALL_ACCESS, nullptr, 0), STATUS_SUCCESS);
    return Port;
}

static inline NTSTATUS Poll(HANDLE Object)
{
    LARGE_INTEGER Now = {};
    return NtWaitForSingleObject(Object, FALSE, &Now);
}

// Let every other thread that can run go as far as it can.
static inline VOID LetOthersRun(void)
{
    LARGE_INTEGER Delay = TestMilliseconds(20);
    NtDelayExecution(FALSE, &Delay);
}
