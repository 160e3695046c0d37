// I/O rings: queues shared with the Executive, and the requests that go through them.

#include "suite.h"

static const TEST Tests[] = {
    {"nothing is submitted", TestNothing},
    {"completions come in order", TestOrder},
    {"the queues wrap around", TestWrapping},
    {"no completion is lost", TestFullCompletions},
    {"queues that the program spoils", TestSpoiltQueues},
    {"sizes", TestSizes},
    {"the queues are committed memory", TestCommittedMemory},
    {"arguments of the services", TestServiceErrors},
    {"wrong values", TestWrongValues},
    {"entries that are wrong", TestBadEntries},
    {"another process cannot use it", TestOtherProcess},
    {"reading a file", TestRead},
    {"a file for synchronous I/O", TestSynchronousFile},
    {"registered files", TestRegisteredFiles},
    {"registered buffers", TestRegisteredBuffers},
    {"rights of handles", TestRights},
    {"waiting for some completions", TestWait},
    {"time-outs", TestTimeout},
    {"the event of completions", TestEvent},
    {"an entry that waits for those before", TestDrain},
    {"cancelling", TestCancel},
    {"writing and flushing", TestWriteAndFlush},
    {"the handle is closed with requests under way", TestCloseInFlight},
    {"a thread ends with requests under way", TestThreadEnds},
    {"a process ends with requests under way", TestProcessEnds},
};

static const TEST_CHILD Children[] = {{L"use", ChildUse}, {L"end", ChildEnd}};

const TEST_SUITE TestSuite = TEST_SUITE_WITH_CHILDREN(Tests, Children);
