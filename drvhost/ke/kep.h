// Private to ke.
#pragma once

#include "../ntos.h"

// ---- Offsets of the thread environment block, which this code reads like the processor's block on Windows

enum {
    KI_TEB_SELF = 0x30,
    KI_TEB_CLIENT_ID = 0x40,
    KI_TEB_PRCB = 0x20,       // KPCR.CurrentPrcb
    KI_TEB_NUMBER = 0x184,    // KPRCB.Number
    KI_TEB_THREAD = 0x188,    // KPRCB.CurrentThread
    KI_TEB_PROCESSOR = 0x1A4, // number of the processor as KeGetCurrentProcessorNumber reads it
    KI_TEB_STACK_BASE = 0x08,
    KI_TEB_STACK_LIMIT = 0x10,
    KI_TEB_DEALLOCATION_STACK = 0x1478,
};

// lock.c, with the dispatcher lock held
VOID KiQueueWake(PKTHREAD Thread);

// irql.c
VOID KiEnterDispatch(PKTHREAD Thread);
VOID KiLeaveDispatch(PKTHREAD Thread);
// Run queued DPCs on this thread if nobody else is at DISPATCH_LEVEL, who would do it when he leaves.
VOID KiDrainIfIdle(PKTHREAD Thread);
VOID KiRequireIrql(KIRQL Highest, PCSTR Routine); // bug check when above

// dpc.c
BOOLEAN KiDpcsQueued(void);
VOID KiRunDpcs(void);
BOOLEAN KiQueueDpc(PRKDPC Dpc, PVOID SystemArgument1, PVOID SystemArgument2);

// worker.c
ULONG KiRequestsWaiting(void); // that no worker has taken yet

// Requests that nobody waits for (quiet.c)
VOID KiInitQuiet(void);
BOOLEAN KiMustAwaitCleanups(const HOST_REQUEST *Request); // that were taken before it
VOID KiAwaitCleanups(const HOST_REQUEST *Request);
BOOLEAN KiQueueQuiet(const HOST_REQUEST *Request); // FALSE: the caller does it
VOID KiServeQuiet(void);                           // what is in the queue

// rest.c
VOID KiRest(void); // until the processor has nothing else to do, or for a millisecond

// apc.c
BOOLEAN KiCanDeliverApc(PKTHREAD Thread); // with the dispatcher lock held, as KiTestAlert
NTSTATUS KiTestAlert(PKTHREAD Thread);    // STATUS_PENDING: nothing ends its wait
VOID KiDeliverApcs(PKTHREAD Thread);
VOID KiRunDownApcs(PKTHREAD Thread);
static inline VOID KiCheckApcs(PKTHREAD Thread)
{
    if (Thread->ApcPending)
        KiDeliverApcs(Thread);
}

// wait.c, dispatcher.c; all with the dispatcher lock held
enum { KiWaitToSee = 2 }; // beside WAIT_TYPE: for all, of which nothing is taken
VOID KiInitializeWaitBlock(PKWAIT_BLOCK Block, PKTHREAD Thread, PVOID Object, ULONG Key);
VOID KiEndWait(PKTHREAD Thread, NTSTATUS Status);
VOID KiCancelWait(PKTHREAD Thread);                            // by the thread itself, which runs
VOID KiGiveBack(PDISPATCHER_HEADER Object, BOOLEAN Abandoned); // what KiSatisfyWait took
BOOLEAN KiIsSignalled(const DISPATCHER_HEADER *Object, PKTHREAD Thread);
NTSTATUS KiSatisfyWait(PDISPATCHER_HEADER Object, PKTHREAD Thread);
NTSTATUS KiTrySatisfy(PKTHREAD Thread);
VOID KiWakeWaiters(PDISPATCHER_HEADER Object);
VOID KiAbandonMutants(PKTHREAD Thread);
VOID KiInitializeHeader(PDISPATCHER_HEADER Object, UCHAR Type, ULONG Size, LONG SignalState);
// Sleep until Waiting is false; releases the lock. Deadline: interrupt time, MAXULONGLONG for ever.
NTSTATUS KiBlock(PKTHREAD Thread, ULONGLONG Deadline);
VOID KiLockDispatcherForWait(PKTHREAD Thread); // takes it
VOID KiInsertWaitBlocks(PKTHREAD Thread);
ULONGLONG KiDeadline(PLARGE_INTEGER Timeout);

// remote.c: WaitMode and Alertable are in the thread
NTSTATUS KiWaitRemote(PKTHREAD Thread, PKWAIT_BLOCK Blocks, ULONG Count, PVOID Objects[],
                      WAIT_TYPE Type, PLARGE_INTEGER Timeout);

// queue.c
VOID KiLeaveQueue(PKTHREAD Thread);  // it is about to wait for something else
VOID KiRejoinQueue(PKTHREAD Thread); // it runs again

// timer.c
NTSTATUS KiInitializeTimers(void);

// thread.c
NTSTATUS KiOpenThread(PKTHREAD Thread, PHANDLE Handle); // to be closed by NtClose
