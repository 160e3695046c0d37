// Threads: their life, suspension, contexts, APCs, information.

#include "suite.h"

static const TEST Tests[] = {
    {"exit codes", TestExitCodes},
    {"a running thread is ended", TestTerminateOther},
    {"a waiting thread is ended", TestTerminateWaiting},
    {"a thread ends itself", TestTerminateSelf},
    {"a thread is created suspended", TestCreateSuspended},
    {"forty threads together, five times", TestManyThreads},
    {"stack sizes", TestStackSizes},
    {"thread identifiers", TestThreadIdentity},
    {"a thread in another process", TestThreadOfChild},
    {"TLS callbacks and data of threads", TestTlsTeardown},
    {"walking the threads of a process", TestNextThread},
    {"yielding", TestYield},
    {"suspend counts", TestSuspendCounts},
    {"a running thread is suspended", TestSuspendRunning},
    {"a waiting thread is suspended", TestSuspendWaiting},
    {"the suspend count has a limit", TestSuspendLimit},
    {"alert and resume", TestAlertResume},
    {"a thread suspends itself", TestSuspendSelf},
    {"a suspended thread is ended", TestTerminateSuspended},
    {"the context of a running thread", TestContextOfRunning},
    {"the context of a waiting thread", TestContextOfWaiting},
    {"a running thread gets another context", TestSetContextOfRunning},
    {"a waiting thread gets another context", TestSetContextOfWaiting},
    {"parts of a context", TestSetContextParts},
    {"a context with an address that is none", TestSetContextBadAddress},
    {"a context with a wild stack pointer", TestWildStackPointer},
    {"context flags", TestContextFlags},
    {"APCs run in order, in alertable waits", TestApcOrder},
    {"an APC queues an APC", TestApcInsideApc},
    {"special APCs run at once", TestSpecialApc},
    {"special APCs wait for the end of a wait", TestSpecialApcToWaiting},
    {"APCs to another thread", TestApcToOther},
    {"APCs keep registers", TestApcKeepsRegisters},
    {"reserved APCs", TestApcReserve},
    {"APCs to a thread that has ended", TestApcToEnded},
    {"many APCs to many threads", TestApcInAllThreads},
    {"basic information", TestBasicInformation},
    {"processor times", TestTimes},
    {"priorities", TestPriorities},
    {"the higher priority runs", TestPriorityOrder},
    {"thread names", TestNames},
    {"other classes of information", TestOtherClasses},
    {"errors of thread services", TestThreadErrors},
    {"errors of changes", TestSetErrors},
    {"errors of creation", TestCreateErrors},
    {"errors of contexts", TestContextErrors},
};

// Until something ends it.
static NTSTATUS ChildWait(PCWSTR Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    LARGE_INTEGER Delay = TestMilliseconds(60'000);
    return NtDelayExecution(TRUE, &Delay);
}

static const TEST_CHILD Children[] = {{L"wait", ChildWait}};

const TEST_SUITE TestSuite = TEST_SUITE_WITH_CHILDREN(Tests, Children);
