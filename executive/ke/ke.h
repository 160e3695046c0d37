// Ke: dispatcher objects and waits, timers, APCs, fibers, time. Semantics are those of the Windows
// kernel's functions of the same names; an argument that Windows has only for IRQL is left out.
#pragma once

// ---- Dispatcher objects. The header comes first in every object that can be waited for.

typedef enum _KOBJECTS {
    EventNotificationObject = 0,
    EventSynchronizationObject = 1,
    MutantObject = 2,
    ProcessObject = 3,
    QueueObject = 4,
    SemaphoreObject = 5,
    ThreadObject = 6,
    TimerNotificationObject = 8,
    TimerSynchronizationObject = 9,
} KOBJECTS;

typedef struct _DISPATCHER_HEADER {
    UCHAR Type; // KOBJECTS
    LONG SignalState;
    LIST_ENTRY WaitListHead; // KWAIT_BLOCKs
} DISPATCHER_HEADER, *PDISPATCHER_HEADER;

typedef struct _KEVENT {
    DISPATCHER_HEADER Header;
} KEVENT, *PKEVENT;

typedef struct _KSEMAPHORE {
    DISPATCHER_HEADER Header;
    LONG Limit;
} KSEMAPHORE, *PKSEMAPHORE;

typedef struct _KMUTANT {
    DISPATCHER_HEADER Header;
    LIST_ENTRY MutantListEntry; // in the owner's list, for abandonment
    PETHREAD OwnerThread;
    BOOLEAN Abandoned;
} KMUTANT, *PKMUTANT;

typedef struct _KTIMER KTIMER, *PKTIMER;
// Called by the dispatch loop when a timer expires. Must not wait.
typedef VOID (*PKTIMER_ROUTINE)(PKTIMER Timer, PVOID Context);

struct _KTIMER {
    DISPATCHER_HEADER Header;
    RTL_BALANCED_NODE TreeNode; // by due time
    ULONGLONG DueTime;          // 100 ns; interrupt time, or system time when Absolute
    ULONG Period;               // milliseconds, 0: once
    BOOLEAN Inserted, Absolute;
    BOOLEAN Wakes; // the system from its sleep, which counts then; set while it is not inserted
    PKTIMER_ROUTINE Routine; // or null
    PVOID Context;
};

// A queue of entries with waiting consumers: I/O completion ports, worker queues.
typedef struct _KQUEUE {
    DISPATCHER_HEADER Header;
    LIST_ENTRY EntryListHead;
} KQUEUE, *PKQUEUE;

// A claim on an object: of a fiber that waits, or of a routine that is called in place of one.
typedef struct _KWAIT_BLOCK KWAIT_BLOCK, *PKWAIT_BLOCK;
struct _KWAIT_BLOCK {
    LIST_ENTRY WaitListEntry; // in the object
    struct _KFIBER *Fiber;
    VOID (*Routine)(PKWAIT_BLOCK Block); // when Fiber is null
    PDISPATCHER_HEADER Object;
    ULONG WaitKey; // index of the object in the wait
};

VOID KeInitializeEvent(PKEVENT Event, EVENT_TYPE Type, BOOLEAN State);
LONG KeSetEvent(PKEVENT Event); // returns the previous state, as the four below
LONG KeResetEvent(PKEVENT Event);
LONG KePulseEvent(PKEVENT Event);
VOID KeInitializeSemaphore(PKSEMAPHORE Semaphore, LONG Count, LONG Limit);
NTSTATUS KeReleaseSemaphore(PKSEMAPHORE Semaphore, LONG Adjustment, PLONG PreviousCount);
VOID KeInitializeMutant(PKMUTANT Mutant, PETHREAD InitialOwner);
// STATUS_MUTANT_NOT_OWNED when Thread is not the owner.
NTSTATUS KeReleaseMutant(PKMUTANT Mutant, PETHREAD Thread, PLONG PreviousCount);
VOID KeAbandonMutants(PETHREAD Thread);
VOID KeInitializeTimer(PKTIMER Timer, TIMER_TYPE Type);
// DueTime: absolute system time, or negative relative time, 100 ns. Returns: was it already set.
BOOLEAN KeSetTimer(PKTIMER Timer, LARGE_INTEGER DueTime, ULONG Period, PKTIMER_ROUTINE Routine,
                   PVOID Context);
BOOLEAN KeCancelTimer(PKTIMER Timer);
ULONGLONG KeQueryTimerRemaining(const KTIMER *Timer); // 100 ns
VOID KeInitializeQueue(PKQUEUE Queue);
LONG KeInsertQueue(PKQUEUE Queue, PLIST_ENTRY Entry); // returns the previous number of entries
BOOLEAN KeRemoveEntryQueue(PKQUEUE Queue, PLIST_ENTRY Entry); // FALSE: it is not in the queue
// The entry, or a wait status cast to a pointer, as Windows does.
PLIST_ENTRY KeRemoveQueue(PKQUEUE Queue, KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                          PLARGE_INTEGER Timeout);
// A header whose only state is to be signalled for ever: processes, threads, ...
VOID KeInitializeObject(PDISPATCHER_HEADER Object, KOBJECTS Type);
// Signal a process or thread object, for ever.
VOID KeSignalObject(PDISPATCHER_HEADER Object);

// Wait on the current fiber. Timeout as for KeSetTimer; null waits for ever; zero polls.
NTSTATUS KeWaitForSingleObject(PVOID Object, KWAIT_REASON Reason, KPROCESSOR_MODE WaitMode,
                               BOOLEAN Alertable, PLARGE_INTEGER Timeout);
NTSTATUS KeWaitForMultipleObjects(ULONG Count, PVOID Objects[], WAIT_TYPE WaitType,
                                  KWAIT_REASON Reason, KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                                  PLARGE_INTEGER Timeout);
NTSTATUS KeDelayExecutionThread(KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                                PLARGE_INTEGER Interval);

// Have Routine called once, when a wait for the object would end, which it then does to the object. It
// must not wait; the object may go in it. Not for mutants, which only a thread can own. TRUE: that was
// at once.
BOOLEAN KeRegisterWait(PKWAIT_BLOCK Block, PVOID Object, VOID (*Routine)(PKWAIT_BLOCK Block));
VOID KeUnregisterWait(PKWAIT_BLOCK Block); // Routine has not been called

// ---- APCs of user threads (kernel-mode APCs do not exist here: fibers make them unnecessary).

typedef struct _KAPC KAPC, *PKAPC;
struct _KAPC {
    LIST_ENTRY ApcListEntry;
    PETHREAD Thread;
    VOID (*Free)(PKAPC Apc); // called when the APC was delivered or the thread ended
    PVOID NormalRoutine;     // user address
    PVOID NormalContext, SystemArgument1, SystemArgument2;
    BOOLEAN Inserted;
    BOOLEAN Special; // delivered at the next return to user mode, not only in alertable waits
};

BOOLEAN KeInsertQueueApc(PKAPC Apc); // FALSE: the thread is terminating
BOOLEAN KeRemoveQueueApc(PKAPC Apc);
BOOLEAN KeAlertThread(PETHREAD Thread);
BOOLEAN KeTestAlertThread(PETHREAD Thread);

// ---- Threads of programs: what ps builds on. The states of a thread are ke's.

NTSTATUS KeInitializeThread(PETHREAD Thread); // its TEB is mapped; undone by KeDeleteThread
VOID KeDeleteThread(PETHREAD Thread);
VOID KeDeleteSpareThread(PEPROCESS Process); // before its address space goes
NTSTATUS KeStartThread(PETHREAD Thread, const CONTEXT *Context);
enum { KE_HIGHEST_PRIORITY = 31 };
VOID KeSetPriorityThread(PETHREAD Thread, KPRIORITY Priority);
NTSTATUS KeSuspendThread(PETHREAD Thread, PULONG PreviousCount);
ULONG KeResumeThread(PETHREAD Thread); // returns the previous count
// Have the thread end: at once, or when its service is over. PsExitThread does the rest.
VOID KeTerminateThread(PETHREAD Thread);
BOOLEAN KeIsTerminating(PETHREAD Thread);
// The ended thread's mutants are abandoned, its APCs given back.
VOID KeRundownThread(PETHREAD Thread);
NTSTATUS KeGetContextThread(PETHREAD Thread, PCONTEXT Context);
NTSTATUS KeSetContextThread(PETHREAD Thread, const CONTEXT *Context);
// Have the thread take an exception where it is, wherever that is.
NTSTATUS KeInterruptThread(PETHREAD Thread, NTSTATUS Code);
// What the thread goes on with when its service is over.
NTSTATUS KeSetNewContext(PETHREAD Thread, const CONTEXT *Context);

// The parts of New that its ContextFlags names replace those of Context.
VOID KeMergeContext(PCONTEXT Context, const CONTEXT *New);
// Have the thread, which is in a service, go on in the dispatcher of exceptions.
NTSTATUS KeRaiseUserException(PETHREAD Thread, PEXCEPTION_RECORD Record, const CONTEXT *Context);
// The selectors that programs run with.
VOID KeSetContextSelectors(PCONTEXT Context);

// Where the Executive enters ntdll. Zero until ps has found them.
typedef struct _KE_USER_ENTRIES {
    ULONG_PTR LdrInitializeThunk, RtlUserThreadStart, KiUserExceptionDispatcher,
        KiUserApcDispatcher, KiRaiseUserExceptionDispatcher;
} KE_USER_ENTRIES;
extern KE_USER_ENTRIES KeUserEntries;

// ---- Devices of driver hosts

// What an interrupt vector is fed from: a line, or a message that the device writes.
typedef struct _KE_VECTOR_SOURCE {
    BOOLEAN Message;
    BOOLEAN Level, ActiveLow; // of a line
    ULONG Line;               // global interrupt number
} KE_VECTOR_SOURCE;

// Vectors are what translated resources hold. A line that has one gets the same again. Messages get Count
// in a row, the first a multiple of the power of two that Count fits in: a device that has one place for
// all its messages changes the low bits.
NTSTATUS KeAllocateVectors(const KE_VECTOR_SOURCE *Source, ULONG Count, PULONG First);
VOID KeFreeVectors(ULONG First, ULONG Count);
BOOLEAN KeQueryVector(ULONG Vector, KE_VECTOR_SOURCE *Source); // FALSE: it is free
// The Executive's own interrupts, by index. FALSE: there is none.
BOOLEAN KeQueryOwnInterrupt(ULONG Index, KE_VECTOR_SOURCE *Source, PULONG Vector, PULONG Count);
// What a device has to write to have its message vector delivered.
VOID KeQueryMessage(ULONG Vector, PULONG64 Address, PULONG Data);
// A host's connection of a vector. In: empty slots of its CNode. A connection is over, with Vector 0, when it is
// disconnected or the vector becomes free.
typedef struct _KE_CONNECTION {
    LIST_ENTRY Link;
    ULONG Vector;           // 0: none
    seL4_CPtr Notification; // ours
    seL4_CNode CNode;
    ULONG WaitSlot; // gets the notification to wait on
    ULONG PassSlot; // gets what is called when an interrupt has been served
} KE_CONNECTION, *PKE_CONNECTION;

NTSTATUS KeConnectVector(ULONG Vector, PKE_CONNECTION Connection);
VOID KeDisconnectVector(PKE_CONNECTION Connection);
BOOLEAN KeIsVectorShared(ULONG Vector); // several have connected it
// The line of a vector is up, and nobody takes it. TRUE: a device that has it is not connected (its driver starts, or has
// failed), and may be the cause. The line stays masked until that changes, or KeReleaseHeldVectors is called; ten times.
BOOLEAN KeHoldVector(ULONG Vector);
VOID KeReleaseHeldVectors(VOID);
// The global number of an ISA interrupt, with its trigger mode.
ULONG KeQueryIsaInterrupt(ULONG Irq, PBOOLEAN Level, PBOOLEAN ActiveLow);
// Where a global interrupt comes in. FALSE: nowhere.
BOOLEAN KeFindPin(ULONG GlobalInterrupt, PULONG Ioapic, PULONG Pin);
// A capability to just these ports. It stays the Executive's; 0: others hold some of them.
seL4_CPtr KeTakePorts(USHORT First, USHORT Last);
// One access of 1, 2 or 4 bytes, whoever has the port. STATUS_CONFLICTING_ADDRESSES: several have it.
NTSTATUS KeReadPort(USHORT Port, ULONG Size, PULONG Value);
NTSTATUS KeWritePort(USHORT Port, ULONG Size, ULONG Value);

// A register in the PCI configuration space of segment 0, reached by ports: Offset is below 256 and a multiple
// of the access's size. Reading gives ones when nothing is there.
typedef struct _KE_PCI_REGISTER {
    ULONG Bus, Device, Function, Offset;
} KE_PCI_REGISTER;
ULONG KeReadPciRegister(const KE_PCI_REGISTER *Register, ULONG Size); // 1, 2 or 4
VOID KeWritePciRegister(const KE_PCI_REGISTER *Register, ULONG Size, ULONG Value);

// What the Executive has ports for.
typedef enum _KE_PORTS_USE {
    KePortsFree,
    KePortsConsole, // the console's serial line, while no driver has it and when one does
    KePortsDebug,   // the debug log's
} KE_PORTS_USE;
KE_PORTS_USE KeQueryPortsUse(ULONG64 First, ULONG64 Last);

// A driver gets these ports, and has lost them. If they are those of the console's serial line, the console goes with
// them: meanwhile the Executive writes to it no more, but for the stop screen and its last words. TRUE: it is back.
VOID KeYieldPorts(ULONG64 First, ULONG64 Last);
BOOLEAN KeReclaimPorts(ULONG64 First, ULONG64 Last);
BOOLEAN KeIsConsoleReleased(VOID); // a driver has it
// A capability with which a host tells the Executive to look at its ring (IoHostsNotified).
seL4_Error KeMintHostNotification(ULONG HostId, seL4_CNode CNode, ULONG Slot);

// Could another thread run if this one gave way?
BOOLEAN KeIsOtherThreadReady(PETHREAD Thread);
VOID KeQueryThreadTimes(PETHREAD Thread, PULONGLONG KernelTime, PULONGLONG UserTime); // 100 ns

// ---- The current service

PETHREAD KeGetCurrentThread(void); // null on a fiber of the Executive's own
PEPROCESS PsGetCurrentProcess(void);

// A fiber of the Executive's own (write-behind, reaper ...): runs Routine(Context) once.
NTSTATUS KeCreateSystemFiber(VOID (*Routine)(PVOID Context), PVOID Context);

// ---- Time, 100 ns units

ULONGLONG KeQueryInterruptTime(void);         // since boot
ULONGLONG KeQueryUnbiasedInterruptTime(void); // without the time that the machine slept
ULONG KeQueryProcessorMhz(VOID);
VOID KeQuerySystemTime(PLARGE_INTEGER Time); // since 1601, UTC
VOID KeSetSystemTime(PLARGE_INTEGER NewTime);
LARGE_INTEGER KeQueryPerformanceCounter(PLARGE_INTEGER Frequency);
extern KUSER_SHARED_DATA *KeUserSharedData; // the Executive's view of the shared page

// Give the Executive's own thread another CSpace root, for mm.
seL4_Error KiSetExecutiveCSpace(seL4_CPtr Root);

// Text to the user's console.
VOID KeDisplayString(PCUNICODE_STRING String);

VOID KeWriteConsole(PCSTR Text, SIZE_T Length);
// Until something was typed. Another status than STATUS_SUCCESS ended the wait.
NTSTATUS KeWaitForConsole(VOID);
BOOLEAN KeHasConsoleInput(VOID);
CHAR KeTakeConsoleCharacter(VOID); // the next byte: there is one

// The firmware's ACPI tables: first "RSDP", the kernel's copy of the pointer structure, then the root table, the
// others in the order in which it lists them, DSDT and FACS behind the FACP. Tables whose checksum is wrong are left out.
typedef struct _KE_ACPI_TABLE {
    ULONG Signature; // as it lies in memory
    ULONG Length;
    const VOID *Table;
} KE_ACPI_TABLE, *PKE_ACPI_TABLE;

const KE_ACPI_TABLE *KeQueryAcpiTables(PULONG Count);

// The firmware's SMBIOS structures. Null: none were found.
typedef struct _KE_SMBIOS {
    UCHAR Major, Minor, Revision;
    ULONG Length;
    const VOID *Table;
} KE_SMBIOS, *PKE_SMBIOS;

const KE_SMBIOS *KeQuerySmbios(VOID);

// The screen as the boot loader set it up. FALSE: there is none with colours in its pixels.
typedef struct _KE_FRAMEBUFFER {
    ULONG64 Address;
    ULONG Width, Height, Pitch, BitsPerPixel; // Pitch: bytes from row to row
} KE_FRAMEBUFFER, *PKE_FRAMEBUFFER;

// The boot menu asked for all that there is to say.
BOOLEAN KeIsVerboseStart(VOID);
BOOLEAN KeQueryFramebuffer(PKE_FRAMEBUFFER Framebuffer);
// Its points have 24 or 32 bits, as the screens of this system must.
BOOLEAN KeIsDrawnOn(const KE_FRAMEBUFFER *Framebuffer);
// Since the machine has slept it may be dark: nobody could set it up again.
BOOLEAN KeIsDisplayInDoubt(VOID);

// ---- The end of the machine's work

VOID KeResetMachine(VOID);    // comes back if it is not reset
VOID KePowerOffMachine(VOID); // the same if it is not off
[[noreturn]] VOID KeHaltMachine(PCSTR Text);

// ---- Sleep in which the processor loses its state (S3)

// How long until the next timer that wakes the system, 100 ns; all ones: there is none.
ULONGLONG KeQueryNextWake(VOID);
// Where the firmware is to start the processor. FALSE: the kernel has no way back from such a sleep.
BOOLEAN KeQueryWakeAddress(PULONG64 Address);
// Values for the PM1 control registers, with the sleep type; returns when the machine is awake again.
// A timer that wakes the system does so by the real time clock.
NTSTATUS KeSleepMachine(ULONG ControlA, ULONG ControlB, PBOOLEAN ByTimer);

// ---- Failure and debug output

// Bug check codes, with Windows' numbers and meanings.
enum {
    KMODE_EXCEPTION_NOT_HANDLED = 0x1E,
    MEMORY_MANAGEMENT = 0x1A,
    INSTALL_MORE_MEMORY = 0x7D,
    PAGE_FAULT_IN_NONPAGED_AREA = 0x50,
    SESSION1_INITIALIZATION_FAILED = 0x6D,
    PHASE0_INITIALIZATION_FAILED = 0x31,
    PHASE1_INITIALIZATION_FAILED = 0x32,
    SPECIAL_POOL_DETECTED_MEMORY_CORRUPTION = 0xC1,
    BAD_POOL_CALLER = 0xC2,
    NO_MORE_STACKS = 0x2B, // PANIC_STACK_SWITCH on Windows
    INACCESSIBLE_BOOT_DEVICE = 0x7B,
    FATAL_UNHANDLED_HARD_ERROR = 0x4C,
    MANUALLY_INITIATED_CRASH = 0xE2,
    CRITICAL_PROCESS_DIED = 0xEF,
};

[[noreturn]] VOID KeBugCheckEx(ULONG Code, ULONG_PTR Parameter1, ULONG_PTR Parameter2,
                               ULONG_PTR Parameter3, ULONG_PTR Parameter4);
// Cut to Size; how long it is. Without a zero behind it.
SIZE_T KeFormatText(PCHAR Text, SIZE_T Size, PCSTR Format, va_list Arguments);
VOID KeWriteDebugLog(PCSTR Text, SIZE_T Length); // and in a verbose start to the screen
