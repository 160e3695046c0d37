// What ke offers the other folders beside the documented interface.
#pragma once

typedef struct _KTHREAD KTHREAD;
typedef struct _ETHREAD ETHREAD;
typedef struct _KPROCESS KPROCESS;
typedef struct _EPROCESS EPROCESS;

// DISPATCHER_HEADER.Type, KDPC.Type, KDEVICE_QUEUE.Type
enum {
    EventNotificationObject = 0,
    EventSynchronizationObject = 1,
    MutantObject = 2,
    ProcessObject = 3,
    QueueObject = 4,
    SemaphoreObject = 5,
    ThreadObject = 6,
    TimerNotificationObject = 8,
    TimerSynchronizationObject = 9,
    ApcObject = 18,
    DpcObject = 19,
    DeviceQueueObject = 20,
    InterruptObject = 22,
    ThreadedDpcObject = 24,
};

enum { SYNCH_LEVEL = 12 };

// What the headers leave out
typedef enum _KAPC_ENVIRONMENT {
    OriginalApcEnvironment,
    AttachedApcEnvironment,
    CurrentApcEnvironment,
} KAPC_ENVIRONMENT;

VOID NTAPI KeInitializeApc(PRKAPC Apc, PRKTHREAD Thread, KAPC_ENVIRONMENT Environment,
                           PKKERNEL_ROUTINE KernelRoutine, PKRUNDOWN_ROUTINE RundownRoutine,
                           PKNORMAL_ROUTINE NormalRoutine, KPROCESSOR_MODE Mode, PVOID Context);
BOOLEAN NTAPI KeInsertQueueApc(PRKAPC Apc, PVOID SystemArgument1, PVOID SystemArgument2,
                               KPRIORITY Increment);
BOOLEAN NTAPI KeRemoveQueueApc(PRKAPC Apc);
BOOLEAN NTAPI KeTestAlertThread(KPROCESSOR_MODE AlertMode);

// Functions that the headers have as inline ones, see ntos.h
PKTHREAD NTAPI KeGetCurrentThread(void);
PETHREAD NTAPI PsGetCurrentThread(void);
ULONG NTAPI KeGetCurrentProcessorNumber(void);
VOID NTAPI KeInitializeSpinLock(PKSPIN_LOCK SpinLock);
ULONG_PTR NTAPI IoGetRemainingStackSize(void);

// A thread of the host. Drivers know it by its address alone; the dispatcher header comes first, so that
// it can be waited for.
struct _KTHREAD {
    DISPATCHER_HEADER Header;
    volatile KIRQL Irql;
    BOOLEAN HoldsDispatch; // it is the one thread at or above DISPATCH_LEVEL
    BOOLEAN IsInterrupt;   // it runs an interrupt service routine: beside the one above
    volatile BOOLEAN Waiting;
    UCHAR WaitType; // WAIT_TYPE
    BOOLEAN Alertable;
    KPROCESSOR_MODE WaitMode;
    BOOLEAN WaitsOutside; // in the Executive, for objects of its own: alerts end its sleep
    BOOLEAN Alerted[MaximumMode];
    SHORT KernelApcDisable, SpecialApcDisable; // negative: disabled
    BOOLEAN ApcQueueable, KernelApcInProgress, UserApcPending;
    volatile BOOLEAN ApcPending; // there are kernel APCs
    LIST_ENTRY ApcList[MaximumMode];
    KPRIORITY Priority;
    NTSTATUS WaitStatus;
    ULONG WaitCount;
    PKWAIT_BLOCK WaitBlocks;
    KWAIT_BLOCK WaitBlock[THREAD_WAIT_OBJECTS];
    HANDLE ThreadId;
    LIST_ENTRY MutantListHead;
    LIST_ENTRY QueueListEntry; // in its queue's list of threads
    PKQUEUE Queue;
    BOOLEAN QueueActive;    // counted among the queue's running threads
    PLIST_ENTRY QueueEntry; // what a wait for a queue gave it
    PDEVICE_OBJECT DeviceToVerify;
    ULONG_PTR TopLevelIrp;
    ULONG RequestorProcess; // for whom it serves a request; 0: none
    ULONG RequestId;        // that request
    BOOLEAN RequestorImpersonates;
    ULONG ArrivingId; // of the request that it has taken last
    ULONG
    CancelledId; // one that was cancelled when it was not yet among the host's (io/irprequest.c)
    PVOID CurrentDriver; // DRIVER_OBJECT whose routine was called last, for the log
};

// Threads that drivers create are objects with a handle; those that the host adopts are the same.
struct _ETHREAD {
    struct _KTHREAD Tcb;
    CLIENT_ID Cid;
    LIST_ENTRY ThreadListEntry;
    HANDLE Handle; // of a stand-in for a thread of another process
    PKSTART_ROUTINE StartRoutine;
    PVOID StartContext;
    NTSTATUS ExitStatus;
    BOOLEAN SystemThread;
};

struct _KPROCESS {
    DISPATCHER_HEADER Header;
};

struct _EPROCESS {
    struct _KPROCESS Pcb;
    HANDLE UniqueProcessId;
    PEPROCESS Next;
};

// thread.c
VOID KiInitializeThreads(void);
PKTHREAD KiAdoptThread(void); // that ke has not seen
// The request is cancelled that a thread has taken and not yet made known.
VOID KiCancelArriving(ULONG RequestId);

static inline PKTHREAD KiCurrentThread(void)
{
    enum {
        TebThread = 0x188
    }; // KPRCB.CurrentThread: the environment block is read like Windows' KPCR
    PKTHREAD Thread = (PKTHREAD)__readgsqword(TebThread);
    return Thread ? Thread : KiAdoptThread();
}

// Slim locks are free mostly, and then cost one interlocked instruction. Bit 0 of their word: held exclusively.
static inline VOID KiLock(PRTL_SRWLOCK Lock)
{
    PVOID Free = nullptr;
    if (!__atomic_compare_exchange_n(&Lock->Ptr, &Free, (PVOID)1, FALSE, __ATOMIC_ACQUIRE,
                                     __ATOMIC_RELAXED))
        RtlAcquireSRWLockExclusive(Lock);
}

static inline VOID KiUnlock(PRTL_SRWLOCK Lock)
{
    PVOID Held = (PVOID)1;
    if (!__atomic_compare_exchange_n(&Lock->Ptr, &Held, nullptr, FALSE, __ATOMIC_RELEASE,
                                     __ATOMIC_RELAXED))
        RtlReleaseSRWLockExclusive(Lock);
}
NTSTATUS KiCreateThread(PKSTART_ROUTINE Routine, PVOID Context, KPRIORITY Priority, PHANDLE Handle,
                        PETHREAD *Thread); // Handle and Thread may be null
PETHREAD PspReferenceThreadById(HANDLE ThreadId);
// One of the host, or a stand-in for another process's. The handle becomes its own.
NTSTATUS PspWrapThread(HANDLE Handle, const CLIENT_ID *Cid, PETHREAD *Thread);
PEPROCESS PspReferenceProcessById(HANDLE ProcessId); // makes a stand-in for a foreign one

// The self-test and the real start share this: threads, timers, DPCs, pool, work queues.
NTSTATUS KiInitializeSystem(void);

// An object of the Executive (ob/remote.c): it has no state here. The byte is a flag of timers that are set, and
// 0 in anything else.
enum { KiRemoteMark = 0x80 };
static inline VOID KiMakeRemote(PDISPATCHER_HEADER Object)
{
    Object->DebugActive = KiRemoteMark;
}
static inline BOOLEAN KiIsRemote(const DISPATCHER_HEADER *Object)
{
    return Object->DebugActive == KiRemoteMark;
}

// dispatcher lock
VOID KiLockDispatcher(void);
VOID KiUnlockDispatcher(void);

// time.c
ULONGLONG KiInterruptTime(void); // precise, 100 ns

// bugcheck.c
// Set by a test to see a bug check instead of ending: it does not return either.
[[noreturn]] VOID KiBugCheck(ULONG Code, const ULONG_PTR Parameters[4], PCONTEXT Context);
extern VOID (*KiBugCheckHook)(ULONG Code, const ULONG_PTR Parameters[4]);

// What the Executive gave the host, or null in a program that has no connection to it.
extern PHOST_SHARED KiShared;
extern HOST_CONNECTION KiConnection;

static inline BOOLEAN KiIsConnected(void)
{
    return KiShared != nullptr;
}

// sel4.c: the few things that go to the kernel itself
VOID KiWaitNotification(ULONG Slot);
VOID KiSignalNotification(ULONG Slot);
VOID KiAcknowledgeInterrupt(ULONG Slot);
ULONG KiReadPort(ULONG Slot, USHORT Port, ULONG Size);
VOID KiWritePort(ULONG Slot, USHORT Port, ULONG Size, ULONG Value);

VOID KiWriteIrql(KIRQL NewIrql); // irql.c: what "mov cr8, r" means

// Waits by address for locks that may be taken at any IRQL; bit 0 held, bit 1 somebody waits.
VOID KiAcquireLockWord(volatile ULONG_PTR *Lock);
BOOLEAN KiTryLockWord(volatile ULONG_PTR *Lock);
VOID KiReleaseLockWord(volatile ULONG_PTR *Lock);

// start.c, worker.c
NTSTATUS KiHostStart(void);
NTSTATUS KiServeRequests(void);
// HOST_RING: tell the other side, if it waits, that there is something in the ring.
static inline BOOLEAN KiRingMustSignal(PHOST_RING Ring)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return Ring->Waiting && __atomic_exchange_n(&Ring->Waiting, 0, __ATOMIC_SEQ_CST);
}
