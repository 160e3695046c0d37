// Private to ke: machine start, serial lines, fibers, the dispatch loop.
#pragma once

#include "ntos.h"

// ---- Boot

extern const seL4_BootInfo *KiBootInfo;
// The first chunk of a kind after the BootInfo frame, or null. Size without the header.
const VOID *KiFindBootChunk(seL4_BootInfoID Id, PSIZE_T Size);

// ---- Serial lines (serial.c)

typedef enum _KI_SERIAL_PORT { KiConsolePort, KiDebugPort, KiSerialPorts } KI_SERIAL_PORT;

VOID KiInitSerial(VOID);
VOID KiWakeSerial(VOID);  // the UARTs have lost their settings
VOID KiSaveDisplay(VOID); // the mode of the framebuffer, over the sleep of the machine
VOID KiWakeDisplay(VOID);
VOID KiInitConsoleInput(VOID); // when interrupts can be connected
VOID KiSerialWrite(KI_SERIAL_PORT Port, PCSTR Text, SIZE_T Length);
extern BOOLEAN KiConsoleReleased; // a driver has the console's line
VOID KiSeizeConsole(VOID);        // which has nothing more to say with it

// ---- Faults of the Executive itself (crash.c, bugcheck.c, backtrace.c)

extern seL4_CPtr
    KiCrashTcb; // of the thread that shows the stop screen for the Executive; 0: there is none yet
VOID KiInitCrashThread(VOID);
// The stop screen for a fault message: its label and first four words.
[[noreturn]] VOID KiBugCheckFault(seL4_Word Label, const seL4_Word Mr[4]);
VOID KiPrintBoth(PCSTR Format, ...); // on both serial lines; and kept for the screen
// Function names (symbol.c). Null: not known. Distance: bytes behind its start.
VOID KiInitSymbols(VOID);
PCSTR KiFindSymbol(ULONG_PTR Address, PULONG Distance);
VOID KiPrintBacktrace(PCONTEXT Context); // changes the context
// The preserved registers of the caller, without those of floating point (amd64/start.S).
VOID KiCaptureContext(PCONTEXT Context);

// ---- I/O ports

// A capability to the ports [First, Last], 0 if the kernel refuses.
seL4_CPtr KiIssuePorts(USHORT First, USHORT Last);
// The capability of the console's serial line, once a driver may have it; else 0.
seL4_CPtr KiConsolePortsIfReleased(USHORT First, USHORT Last);
// The capability of the serial line that has these ports, or 0.
seL4_CPtr KiFindSerialPorts(USHORT First, USHORT Last);

BOOLEAN KiIssuePortsInto(seL4_CPtr Slot, USHORT First, USHORT Last);
UCHAR KiReadPort(seL4_CPtr Cap, USHORT Port);
VOID KiWritePort(seL4_CPtr Cap, USHORT Port, UCHAR Value);

// ---- Fibers (fiber.c). A fiber is a stack of the Executive: the dispatch loop runs on the current one,
// and with it the service or fault that it received. One that must wait is parked, and the loop goes on
// on another.

typedef struct _KFIBER {
    LIST_ENTRY Link;                // of ready fibers, or of idle stacks
    PVOID StackPointer;             // while it does not run
    PETHREAD Thread;                // whose service runs on it; null: the Executive's own
    VOID (*Routine)(PVOID Context); // of the Executive's own
    PVOID Context;
    // The wait that parks it
    PKWAIT_BLOCK WaitBlocks;
    ULONG WaitCount;
    NTSTATUS WaitStatus;
    WAIT_TYPE WaitType;
    KPROCESSOR_MODE WaitMode;
    BOOLEAN Waiting, Alertable;
    PLIST_ENTRY QueueEntry; // handed over by the queue that it waited for
} KFIBER, *PKFIBER;

extern PKFIBER KiCurrentFiber;
extern LIST_ENTRY KiReadyFibers;

VOID KiInitFibers(VOID);
// The bounds of the stack that the Executive runs on. FALSE: the pointer is not in it.
BOOLEAN KiStackOf(ULONG_PTR StackPointer, PULONG_PTR Low, PULONG_PTR High);
// Is there a stack for the loop to go on with? A wait that may fail asks before it parks.
BOOLEAN KiReserveStack(KPROCESSOR_MODE WaitMode);
VOID KiPark(VOID); // returns when the fiber was made ready
VOID KiReadyFiber(PKFIBER Fiber);
[[noreturn]] VOID KiRunReadyFiber(VOID); // gives up the current stack
[[noreturn]] VOID KiDispatchLoop(VOID);

// ---- Waits (dispatcher.c, wait.c)

BOOLEAN KiIsSignalled(const DISPATCHER_HEADER *Object, PETHREAD Thread);
NTSTATUS KiSatisfyWait(PDISPATCHER_HEADER Object, PETHREAD Thread);
NTSTATUS KiTrySatisfy(PKFIBER Fiber);
VOID KiEndWait(PKFIBER Fiber, NTSTATUS Status);
VOID KiWakeWaiters(PDISPATCHER_HEADER Object);
VOID KiInterruptForTermination(PETHREAD Thread);
VOID KiRundownApcs(PETHREAD Thread);
VOID KiDeliverSpecialApc(PETHREAD Thread);

// ---- Time (clock.c, timer.c, hpet.c, pit.c)

// An interrupt source that can be set to fire once.
typedef struct _KI_ALARM {
    PCSTR Name;
    BOOLEAN (*Initialize)(VOID);
    // Fire in Delay (100 ns) or, when the hardware cannot wait so long, earlier.
    VOID (*Arm)(ULONGLONG Delay);
    // The hardware has lost what was set up in it.
    VOID (*Wake)(VOID);
    // Frequency of the TSC in Hz by the source's own counter, or null.
    ULONGLONG (*MeasureTsc)(VOID);
} KI_ALARM;
extern const KI_ALARM KiHpetAlarm, KiPitAlarm;

VOID KiInitClock(VOID);
VOID KiClockInterrupt(VOID);
// Around a sleep in which the machine's clocks may begin anew. It is no time that timers count.
VOID KiStopClock(VOID);
VOID KiWakeClock(VOID);
// The time of the next timer has changed, or the first thread runs again.
VOID KiUpdateAlarm(VOID);
VOID KiUpdateSharedTime(VOID);
ULONGLONG KiTimeToNextTimer(VOID); // 100 ns, all ones: there is none
VOID KiExpireTimers(VOID);
ULONGLONG KiReadRealTimeClock(VOID); // system time, 0: no usable clock
VOID KiWriteRealTimeClock(ULONGLONG SystemTime);
BOOLEAN KiSetClockAlarm(ULONG Seconds); // from now; FALSE: it cannot be set
BOOLEAN KiClearClockAlarm(VOID);        // TRUE: it has gone off
VOID KiInitProcessorFeatures(KUSER_SHARED_DATA *Shared);
extern ULONG KiRunningThreads; // threads that run programs, or could

// ---- Processor time (times.c)

VOID KiInitTimes(VOID);
VOID KiForgetElapsed(VOID);            // the time since the last charge is nobody's
VOID KiInsertRunning(PETHREAD Thread); // it can run
VOID KiRemoveRunning(PETHREAD Thread);
// Who has the time since the last call: a thread in its program, or in the Executive, or the one that an
// interrupt has stopped.
VOID KiChargeUser(PETHREAD Thread);
VOID KiChargeKernel(PETHREAD Thread);
VOID KiChargeInterrupted(VOID);
ULONGLONG KiCyclesToTime(ULONGLONG Cycles); // 100 ns

// ---- Interrupts (interrupt.c)

enum {
    KI_NOTIFICATION = 63, // badge bit of everything that is not a thread's message
    KI_INTERRUPTS = 16,   // of the Executive: the badge bits from 0 on, and the vectors
    KI_HOST_BITS = KI_NOTIFICATION - KI_INTERRUPTS, // the other bits: driver hosts
    KI_MESSAGE_ADDRESS = 0xFEE00000, // Intel SDM 3A, 10.11.1: local APIC 0, fixed delivery
};
// Route an interrupt to the Executive; its handler is called by the dispatch loop, which then
// acknowledges it.
typedef VOID (*KI_INTERRUPT_ROUTINE)(VOID);
// GlobalInterrupt: as ACPI counts them over all IOAPICs.
BOOLEAN KiConnectLine(ULONG GlobalInterrupt, BOOLEAN Level, BOOLEAN ActiveLow,
                      KI_INTERRUPT_ROUTINE Routine);
VOID KiDisconnectLine(KI_INTERRUPT_ROUTINE Routine);
// An interrupt that a device sends as a message. *Address and *Data are what it must write.
BOOLEAN KiConnectMessage(KI_INTERRUPT_ROUTINE Routine, PULONG Address, PULONG Data);
VOID KiInitInterrupts(VOID);
VOID KiHandleNotification(seL4_Word Badge);

// ---- ACPI tables (acpi.c)

// A mapped table by its signature, checksum verified. Null: there is none, or it is shorter than Least.
const VOID *KiFindAcpiTable(PCSTR Signature, ULONG Least);

// ---- The end of the machine's work (reset.c, poweroff.c)

VOID KiWaitForEnd(VOID); // the moment that the machine may take for it

// ---- Threads (thread.c, dispatch.c, leave.c)

typedef enum _KI_THREAD_STATE {
    KiThreadInitialized, // never run
    KiThreadUser,        // runs the program, or is just being answered
    KiThreadService,     // its service or fault is parked
    KiThreadHeld,        // suspended: its answer is kept back
    KiThreadSuspended,   // suspended in the program
    KiThreadTerminated,
} KI_THREAD_STATE;

enum {
    KWORK_TERMINATE = 1,
    KWORK_SUSPEND = 2,
    KWORK_APC = 4,
    KWORK_CONTEXT = 8, // NewContext replaces the state that the answer would go back to
};

extern seL4_CPtr KiEndpoint;

VOID KiSetThreadState(PETHREAD Thread, KI_THREAD_STATE State);
// Keep the way back to the current caller, so that others can be received.
VOID KiSaveCaller(PETHREAD Thread);
// The service of the current fiber is done. TRUE: answer with the next receive; FALSE: nothing is left
// to answer.
BOOLEAN KiLeaveService(PETHREAD Thread, NTSTATUS Status);
VOID KiHandleFault(PETHREAD Thread, seL4_Word Label, const seL4_Word Mr[4]);

// The last suspension of a thread whose answer is kept back ended.
VOID KiReleaseHeld(PETHREAD Thread);

// ---- The service table (services.c)

typedef VOID (*KI_SERVICE_ROUTINE)(VOID);
typedef NTSTATUS (*KI_SERVICE4)(ULONG_PTR, ULONG_PTR, ULONG_PTR, ULONG_PTR);
typedef NTSTATUS (*KI_SERVICE16)(ULONG_PTR, ULONG_PTR, ULONG_PTR, ULONG_PTR, ULONG_PTR, ULONG_PTR,
                                 ULONG_PTR, ULONG_PTR, ULONG_PTR, ULONG_PTR, ULONG_PTR, ULONG_PTR,
                                 ULONG_PTR, ULONG_PTR, ULONG_PTR, ULONG_PTR);

typedef struct _KI_SERVICE {
    KI_SERVICE_ROUTINE Routine; // null: not supported
    ULONG Arguments;
    PCSTR Name;
} KI_SERVICE;

extern const KI_SERVICE KiServices[];
extern const ULONG KiServiceCount;
NTSTATUS KiUnsupportedService(ULONG Number);

// ---- Machine state of threads (context.c)

VOID KiContextFromRegisters(PCONTEXT Context, const seL4_UserContext *Registers);
VOID KiRegistersFromContext(seL4_UserContext *Registers, const CONTEXT *Context);
// What the thread goes on with: after its service if it is in one.
NTSTATUS KiReadThread(PETHREAD Thread, seL4_UserContext *Registers, NTSTATUS ServiceStatus);
NTSTATUS KiResumeAt(PETHREAD Thread, const seL4_UserContext *Registers);

// ---- Exceptions and APCs into the program (exception.c, apc.c)

VOID KiDeliverApc(PETHREAD Thread, NTSTATUS Status);
// Have a stopped or current thread go on here.
NTSTATUS KiRedirectThread(PETHREAD Thread, const CONTEXT *Context);

// ---- Stacks (amd64/start.S)

VOID KiSwitchStack(PVOID *SavedStack, PVOID NewStack);
