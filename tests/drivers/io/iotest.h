// What the test driver iotest.sys understands.
#pragma once

#define IOTEST_CODE(Function, Method) \
    CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800 + (Function), (Method), FILE_ANY_ACCESS)

// Input: ULONG number of a test that the driver runs by itself; output: ULONG line that failed, 0: none.
#define IOTEST_SELF       IOTEST_CODE(0, METHOD_BUFFERED)
#define IOTEST_BUFFERED   IOTEST_CODE(1, METHOD_BUFFERED)   // output: the input, each byte + 1
#define IOTEST_IN_DIRECT  IOTEST_CODE(2, METHOD_IN_DIRECT)  // information: sum of the MDL's bytes
#define IOTEST_OUT_DIRECT IOTEST_CODE(3, METHOD_OUT_DIRECT) // output: the input, each byte + 1
#define IOTEST_NEITHER    IOTEST_CODE(4, METHOD_NEITHER)    // the same, at the caller's addresses
#define IOTEST_DPC        IOTEST_CODE(5, METHOD_BUFFERED)   // completed by a DPC
#define IOTEST_WORK       IOTEST_CODE(6, METHOD_BUFFERED)   // by a work item
#define IOTEST_THREAD     IOTEST_CODE(7, METHOD_BUFFERED)   // by a system thread
#define IOTEST_START      IOTEST_CODE(8, METHOD_BUFFERED)   // through StartIo; input: ULONG key
#define IOTEST_QUEUE      IOTEST_CODE(9, METHOD_BUFFERED)   // waits in the cancel-safe queue
#define IOTEST_RELEASE    IOTEST_CODE(10, METHOD_BUFFERED)  // completes what waits there, and below
#define IOTEST_STACK      IOTEST_CODE(11, METHOD_BUFFERED)  // goes down a stack, stops, resumes
#define IOTEST_UNWIND     IOTEST_CODE(12, METHOD_BUFFERED)  // an exception that the driver handles
#define IOTEST_INTERFACE  IOTEST_CODE(13, METHOD_BUFFERED)  // output: the interface's name
#define IOTEST_ORDER      IOTEST_CODE(14, METHOD_BUFFERED)  // output: keys in the order of StartIo
// Completed by a DPC of low importance; information: how many it has completed. The dispatch routine waits for the DPC if the
// input, a ULONG, is IOTEST_HELD_KEY.
#define IOTEST_LATER      IOTEST_CODE(15, METHOD_BUFFERED)

enum { IOTEST_HELD_KEY = 77 }; // a packet of IOTEST_START with this key ends with IOTEST_RELEASE

// The tests of IOTEST_SELF, in order
enum {
    IoTestWorkItems,
    IoTestRemoveLock,
    IoTestBuiltControls,
    IoTestBuiltTransfers,
    IoTestAsynchronous,
    IoTestOwnPointer,
    IoTestForeignPointer,
    IoTestCompletionStops,
    IoTestGuardedCompletion,
    IoTestPartialMdl,
    IoTestAssociated,
    IoTestDriverExtension,
    IoTestShareAccess,
    IoTestDeviceTimer,
    IoTestQueueContext,
    IoTestDeferredStart,
    IoTestErrorLog,
    IoTestDiskSectors,
    IoTestCount,
};
