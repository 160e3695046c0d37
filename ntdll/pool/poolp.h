// The thread pool's own structures.
//
// A pool is a completion port, threads that wait there, and lists of objects with callbacks to run.
// Work and expired timers are put on the lists; the port brings completed I/O, satisfied waits, and
// empty packets that only wake a thread for the lists, so that posting work needs no memory and
// cannot fail. Due times stand in one ordered tree that one more thread of the process watches
// (alarm.c). One lock guards all of it: callbacks run without it.
#pragma once

#include "../ntdllp.h"

// ---- Due times

typedef struct _TPP_ALARM {
    RTL_BALANCED_NODE Node; // in the tree while Set
    ULONGLONG Due;          // interrupt time, 100 ns
    ULONGLONG Window;       // how much later will do
    VOID (*Expired)(struct _TPP_ALARM *Alarm);
    BOOLEAN Set;
} TPP_ALARM, *PTPP_ALARM;

// ---- Pools and the objects whose callbacks they run

struct _TP_POOL {
    HANDLE Port;
    ULONG References; // the owner's and each object's
    BOOLEAN Closing;  // none is left: the threads leave
    BOOLEAN Alertable;
    ULONG MinThreads, MaxThreads;
    ULONG Threads;       // that exist or are about to
    ULONG IdleThreads;   // that wait at the port
    ULONG LongThreads;   // in a callback that may run long
    ULONG WakePackets;   // on their way through the port
    ULONG Started;       // callbacks begun, ever: tells whether the pool gets on
    ULONG StartedBefore; // when the growth alarm was set
    ULONG StandStills;   // times that it found no callback begun
    TPP_ALARM Growth;
    TP_POOL_STACK_INFORMATION Stack; // 0: the image's
    LIST_ENTRY Ready[TP_CALLBACK_PRIORITY_COUNT];
};

struct _TP_CLEANUP_GROUP {
    ULONG References; // the owner's and each member's
    LIST_ENTRY Members;
};

typedef enum _TPP_KIND { TppSimple, TppWork, TppTimer, TppWait, TppIo } TPP_KIND;

typedef struct _TPP_OBJECT {
    TPP_KIND Kind;
    ULONG References; // the owner's, each pending or running callback's, each expected packet's
    ULONG Pending;    // callbacks to run: the object is on a list of the pool
    ULONG Running;    // callbacks that run, without those that were disassociated
    ULONG Expected;   // packets that will come to the port and count as callbacks
    ULONG Unwanted;   // packets that will come, and whose callbacks were cancelled
    ULONG Waiters;    // threads that wait until it is quiet
    BOOLEAN Released;
    BOOLEAN Cancelled; // callbacks were, by the release of its group's members
    BOOLEAN LongFunction;
    TP_CALLBACK_PRIORITY Priority;
    PTP_POOL Pool;
    LIST_ENTRY ReadyEntry;
    PTP_CLEANUP_GROUP Group; // or null
    LIST_ENTRY GroupEntry;
    union {
        PTP_SIMPLE_CALLBACK Simple;
        PTP_WORK_CALLBACK Work;
        PTP_TIMER_CALLBACK Timer;
        PTP_WAIT_CALLBACK Wait;
        PTP_IO_CALLBACK Io;
        PVOID Any;
    } Callback;
    PVOID Context;
    PTP_SIMPLE_CALLBACK Finalization;
    PTP_CLEANUP_GROUP_CANCEL_CALLBACK CancelCallback;
    PVOID RaceDll;                // kept loaded while the object is there
    VOID (*Freed)(PVOID Context); // tells the older family of functions; or null
    RTL_CONDITION_VARIABLE Quiet; // Pending, Running or Expected became 0
} TPP_OBJECT, *PTPP_OBJECT;

struct _TP_WORK {
    TPP_OBJECT Object;
};

struct _TP_TIMER {
    TPP_OBJECT Object;
    TPP_ALARM Alarm;
    ULONGLONG Period; // 100 ns, 0: once
};

struct _TP_WAIT {
    TPP_OBJECT Object;
    HANDLE Packet;      // wait completion packet
    ULONG_PTR Sequence; // of the latest wait: comes back as the packet's context
    BOOLEAN Armed;      // the packet is bound to an object
    ULONG TimedOut;     // of the pending callbacks, those for a time-out
    TPP_ALARM Timeout;
};

struct _TP_IO {
    TPP_OBJECT Object;
    BOOLEAN AnyPacket; // runs for packets that were not announced too
};

// What a callback that the port brought needs beside its object.
typedef struct _TPP_PACKET {
    PTPP_OBJECT Object; // null: only wakes
    PVOID ApcContext;
    IO_STATUS_BLOCK IoStatusBlock;
} TPP_PACKET, *PTPP_PACKET;

// ---- The lock

extern RTL_SRWLOCK TppLock;

static inline VOID TppAcquire(void)
{
    RtlAcquireSRWLockExclusive(&TppLock);
}

// object.c: releases it, then ends the objects whose last reference went meanwhile.
VOID TppRelease(void);

// The functions below are called with the lock held, if they say nothing else.

// alarm.c
ULONGLONG TppDueTime(const LARGE_INTEGER *Time); // of a time-out, as interrupt time
VOID TppSetAlarm(PTPP_ALARM Alarm, ULONGLONG Due, ULONGLONG Window);
VOID TppCancelAlarm(PTPP_ALARM Alarm);
NTSTATUS TppReferenceAlarms(void); // after this setting alarms cannot fail
VOID TppDereferenceAlarms(void);

// pool.c
NTSTATUS TppReferencePool(PTP_POOL Pool, PTP_POOL *Referenced); // null: the process' own
VOID TppDereferencePool(PTP_POOL Pool);
NTSTATUS TppPersistentPool(PTP_POOL *Pool); // lock not held; one thread, that never ends

// worker.c
NTSTATUS TppStartThread(PTP_POOL Pool);
VOID TppWakeThread(PTP_POOL Pool); // a callback is ready
VOID TppWakeAll(PTP_POOL Pool);
VOID TppGrow(PTPP_ALARM Alarm);
BOOLEAN TppHasReady(PTP_POOL Pool);

// object.c
// Lock not held. Size bytes that begin with a TPP_OBJECT.
NTSTATUS TppAllocate(TPP_KIND Kind, SIZE_T Size, PVOID Callback, PVOID Context,
                     PTP_CALLBACK_ENVIRON Environ, PTPP_OBJECT *Object);
VOID TppDereference(PTPP_OBJECT Object);
VOID TppMakeReady(PTPP_OBJECT Object);      // one more pending callback
PTPP_OBJECT TppTakeReady(PTP_POOL Pool);    // its pending callback is the caller's now
ULONG TppCancelPending(PTPP_OBJECT Object); // returns how many there were
VOID TppNoteQuiet(PTPP_OBJECT Object);
VOID TppWaitUntilQuiet(PTPP_OBJECT Object, BOOLEAN Cancel);
VOID TppStop(PTPP_OBJECT Object); // nothing new becomes pending
VOID TppReleaseOwner(PTPP_OBJECT Object);
VOID TppWaitFor(PTPP_OBJECT Object, LOGICAL Cancel); // lock not held
VOID TppEnd(PTPP_OBJECT Object);                     // lock not held; the owner lets go

// callback.c: run one callback; the lock is not held while it runs. Packet null: it was on a list.
VOID TppRun(PTPP_OBJECT Object, const TPP_PACKET *Packet);

// group.c
VOID TppJoinGroup(PTPP_OBJECT Object, PTP_CLEANUP_GROUP Group);
VOID TppLeaveGroup(PTPP_OBJECT Object);

// wait.c, io.c: a packet came. TRUE: its callback is to be run.
BOOLEAN TppWaitPacketArrived(PTP_WAIT Wait, ULONG_PTR Sequence);
BOOLEAN TppIoPacketArrived(PTP_IO Io);
BOOLEAN TppDisarmWait(PTP_WAIT Wait); // TRUE: it waited, and nothing will come of it
NTSTATUS TppArmWait(PTP_WAIT Wait, HANDLE Handle, PLARGE_INTEGER Timeout);

// timer.c
VOID TppSetTimer(PTP_TIMER Timer, PLARGE_INTEGER DueTime, ULONG Period, ULONG WindowLength);

// callback.c
NTSTATUS TppMayRunLong(PTP_CALLBACK_INSTANCE Instance);

// older.c: what registered waits and timers begin with
typedef struct _TPP_ENDING {
    HANDLE Event; // set when the last callback has run, or null
} TPP_ENDING, *PTPP_ENDING;

// INFINITE and INVALID_HANDLE_VALUE of the functions that are documented for these
constexpr ULONG TppInfinite = MAXULONG;
#define TPP_WAIT_FOR_CALLBACKS ((HANDLE)(LONG_PTR) - 1)

// Lock not held. STATUS_PENDING: callbacks still run. Event TPP_WAIT_FOR_CALLBACKS: waits for them.
NTSTATUS TppDeregister(PTPP_OBJECT Object, PTPP_ENDING Ending, HANDLE Event);
VOID TppSetEnding(PTPP_ENDING Ending);
NTSTATUS TppOldEnviron(ULONG Flags, PTP_CALLBACK_ENVIRON Environ); // lock not held
