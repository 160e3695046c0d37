// srbtest.sys: a function driver of logical units that sends them raw SRBs as a class driver does. The program
// asks it to run a scenario; the answer tells what was wrong, or nothing.
#pragma once

#define SRBTEST_RUN CTL_CODE(FILE_DEVICE_UNKNOWN, 0x900, METHOD_BUFFERED, FILE_ANY_ACCESS)

typedef enum _SRBTEST_SCENARIO {
    SrbTestClaim,    // once, and once only
    SrbTestSimple,   // a read by an SRB
    SrbTestExtended, // and by an extended one
    SrbTestBad,      // SRBs that are refused
    SrbTestOrdered,  // an ordered one among simple ones, all of which are answered late
    SrbTestUntagged, // one without a tag among them
    SrbTestHead,     // queued while the unit is paused, which the program ends
    SrbTestFrozen,   // a failure freezes the queue until it is released
    SrbTestFlushed,  // or flushed
    SrbTestLocked,   // a locked queue
    SrbTestCancel,   // a request that waits is cancelled
    SrbTestAligned,  // buffers that are not aligned as the miniport wants
} SRBTEST_SCENARIO;

enum { SrbTestTextBytes = 256 };

typedef struct _SRBTEST_ANSWER {
    CHAR Text[SrbTestTextBytes]; // empty: all is well
} SRBTEST_ANSWER;
