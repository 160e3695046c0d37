// Rest from interrupts: while much is under way, and the processor has other things to do, what a device finishes can
// wait a little for more of its kind. An interrupt thread then waits for a thread of the lowest priority to run, which
// shows that the processor has nothing else to do. The Executive ends the rest after a millisecond.

#include "kep.h"

static RTL_SRWLOCK KiRestLock; // one thread rests at a time: HOST_SLOT_RESUME wakes one
static PETHREAD KiIdleThread;

static VOID NTAPI KiRunIdle(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    for (;;) {
        KiWaitNotification(HOST_SLOT_IDLE);
        KiSignalNotification(HOST_SLOT_RESUME);
    }
}

static BOOLEAN KiHasIdleThread(void)
{
    constexpr KPRIORITY Lowest = LOW_PRIORITY + 1;
    return KiIdleThread ||
           NT_SUCCESS(KiCreateThread(KiRunIdle, nullptr, Lowest, nullptr, &KiIdleThread));
}

VOID KiRest(void)
{
    if (!RtlTryAcquireSRWLockExclusive(&KiRestLock))
        return;
    if (KiHasIdleThread()) {
        KiShared->Resting = 1;
        KiSignalNotification(HOST_SLOT_IDLE);
        KiWaitNotification(HOST_SLOT_RESUME);
        KiShared->Resting = 0;
    }
    KiUnlock(&KiRestLock);
}
