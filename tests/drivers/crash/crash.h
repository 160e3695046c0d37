// The ways in which crash.sys breaks.
#pragma once

#define CRASH_CODE(Function) \
    CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800 + (Function), METHOD_BUFFERED, FILE_ANY_ACCESS)

#define CRASH_WAIT           CRASH_CODE(0)  // no crash: waits for ever
#define CRASH_DISPATCH       CRASH_CODE(1)  // writes to nothing in the dispatch routine
#define CRASH_DPC            CRASH_CODE(2)  // in a DPC
#define CRASH_THREAD         CRASH_CODE(3)  // in a system thread
#define CRASH_STACK          CRASH_CODE(4)  // recurses without end
#define CRASH_LOOP           CRASH_CODE(5)  // spins at DISPATCH_LEVEL
#define CRASH_OVERRUN        CRASH_CODE(6)  // writes behind a pool block and frees it
#define CRASH_COMPLETE_TWICE CRASH_CODE(7)  // completes one packet twice
#define CRASH_REPLY          CRASH_CODE(8)  // answers requests that it was never given
#define CRASH_RING           CRASH_CODE(9)  // makes nonsense of the reply ring's counters
#define CRASH_IRQL           CRASH_CODE(10) // returns at DISPATCH_LEVEL
#define CRASH_BUGCHECK       CRASH_CODE(11) // KeBugCheckEx
#define CRASH_ISR            CRASH_CODE(12) // writes to nothing in an interrupt service routine
#define CRASH_ISR_LOOP       CRASH_CODE(13) // spins there
