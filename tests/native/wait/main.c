// Waiting: dispatcher objects, completion ports, keyed events, alerts.

#include "suite.h"

static const TEST Tests[] = {
    {"event types", TestEventTypes},
    {"events return their previous state", TestEventPrevious},
    {"event query", TestEventQuery},
    {"a pulse wakes all waiters of a notification event", TestPulse},
    {"a pulse wakes one waiter of a synchronization event", TestPulseWakesOne},
    {"named events", TestNamedEvent},
    {"mutants count their owner's waits", TestMutantRecursion},
    {"only the owner releases a mutant", TestMutantNotOwned},
    {"a mutant excludes", TestMutantExcludes},
    {"an abandoned mutant says so once", TestMutantAbandoned},
    {"an abandoned mutant among several objects", TestMutantAbandonedInAny},
    {"mutant query", TestMutantQuery},
    {"semaphores count", TestSemaphoreCounts},
    {"semaphores keep their limit", TestSemaphoreLimit},
    {"a semaphore wakes as many as it counts", TestSemaphoreWakesMany},
    {"relative timers", TestTimerRelative},
    {"absolute timers", TestTimerAbsolute},
    {"timer types", TestTimerTypes},
    {"periodic timers", TestTimerPeriodic},
    {"timers are cancelled", TestTimerCancel},
    {"timer APCs", TestTimerApc},
    {"timer query", TestTimerQuery},
    {"delays", TestDelay},
    {"waiting for any", TestWaitAny},
    {"waiting for all", TestWaitAll},
    {"a wait for all takes all or nothing", TestWaitAllTakesTogether},
    {"time-outs", TestWaitTimeout},
    {"an object twice in a wait", TestWaitDuplicates},
    {"waiting for threads", TestWaitForThreads},
    {"alertable waits", TestAlertable},
    {"an alert ends an alertable wait only", TestAlertEndsWait},
    {"signal and wait", TestSignalAndWait},
    {"signal and wait refuses", TestSignalAndWaitErrors},
    {"sixty threads wait", TestManyWaiters},
    {"two threads in turns", TestPingPong},
    {"keyed events meet", TestKeyedEvent},
    {"keyed events keep keys apart", TestKeyedEventOrder},
    {"the keyed event without a handle", TestKeyedEventDefault},
    {"keyed events time out", TestKeyedEventTimeout},
    {"alert by thread ID", TestAlertByThreadId},
    {"an alert by thread ID is remembered", TestAlertByThreadIdRemembered},
    {"alert by thread ID refuses", TestAlertByThreadIdErrors},
    {"ports are in order", TestPortOrder},
    {"several packets at once", TestPortMany},
    {"several threads at a port", TestPortThreads},
    {"the last waiter is served first", TestPortLastWaiterFirst},
    {"alerts and time-outs at a port", TestPortAlertable},
    {"waiting for a port", TestPortIsWaitable},
    {"reserved packets", TestPortReserve},
    {"ports closed with packets", TestPortClosedWithPackets},
    {"a wait completion packet is queued when its object is signalled", TestPacketSignals},
    {"a wait completion packet for a signalled object", TestPacketAlreadySignalled},
    {"a wait completion packet in use", TestPacketInUse},
    {"wait completion packets are cancelled", TestPacketCancel},
    {"what wait completion packets wait for", TestPacketTargets},
    {"a wait completion packet waits its turn", TestPacketTakesSignal},
    {"handles of wait completion packets closed in any order", TestPacketClosed},
    {"two hundred wait completion packets", TestPacketMany},
    {"wait completion packets refuse", TestPacketArguments},
    {"errors of event services", TestEventErrors},
    {"errors of mutant services", TestMutantErrors},
    {"errors of semaphore services", TestSemaphoreErrors},
    {"errors of timer services", TestTimerErrors},
    {"errors of waits", TestWaitErrors},
    {"errors of keyed event services", TestKeyedErrors},
    {"errors of completion port services", TestPortErrors},
    {"errors of removal from a completion port", TestEmptyPortErrors},
    {"wrong values", TestWrongValues},
};

static NTSTATUS ChildNothing(PCWSTR Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    return STATUS_SUCCESS;
}

static const TEST_CHILD Children[] = {{L"nothing", ChildNothing}};

const TEST_SUITE TestSuite = TEST_SUITE_WITH_CHILDREN(Tests, Children);
