// The tests of the suite.
#pragma once

#include <test.h>

// life.c
VOID TestExitCodes(void);
VOID TestTerminateOther(void);
VOID TestTerminateWaiting(void);
VOID TestTerminateSelf(void);
VOID TestCreateSuspended(void);
VOID TestManyThreads(void);
VOID TestStackSizes(void);
VOID TestThreadIdentity(void);
VOID TestThreadOfChild(void);
VOID TestTlsTeardown(void);
VOID TestNextThread(void);
VOID TestYield(void);

// suspend.c
VOID TestSuspendCounts(void);
VOID TestSuspendRunning(void);
VOID TestSuspendWaiting(void);
VOID TestSuspendLimit(void);
VOID TestAlertResume(void);
VOID TestSuspendSelf(void);
VOID TestTerminateSuspended(void);

// context.c
VOID TestContextOfRunning(void);
VOID TestContextOfWaiting(void);
VOID TestSetContextOfRunning(void);
VOID TestSetContextOfWaiting(void);
VOID TestSetContextParts(void);
VOID TestSetContextBadAddress(void);
VOID TestContextFlags(void);
VOID TestWildStackPointer(void);

// apc.c
VOID TestApcOrder(void);
VOID TestApcInsideApc(void);
VOID TestSpecialApc(void);
VOID TestSpecialApcToWaiting(void);
VOID TestApcToOther(void);
VOID TestApcKeepsRegisters(void);
VOID TestApcReserve(void);
VOID TestApcToEnded(void);
VOID TestApcInAllThreads(void);

// info.c
VOID TestBasicInformation(void);
VOID TestTimes(void);
VOID TestPriorities(void);
VOID TestPriorityOrder(void);
VOID TestNames(void);
VOID TestOtherClasses(void);

// errors.c
VOID TestThreadErrors(void);
VOID TestSetErrors(void);
VOID TestCreateErrors(void);
VOID TestContextErrors(void);

// spin.S
VOID TestSpin(void); // counts TestSpins up for ever
extern volatile LONGLONG TestSpins;
extern const UCHAR TestSpinEnd[];
NTSTATUS TestReturnR12(void);

static inline NTSTATUS Poll(HANDLE Object)
{
    LARGE_INTEGER Now = {};
    return NtWaitForSingleObject(Object, FALSE, &Now);
}

// Let every other thread of this priority that can run go as far as it can, or for a while.
static inline VOID LetOthersRun(void)
{
    LARGE_INTEGER Delay = TestMilliseconds(20);
    NtDelayExecution(FALSE, &Delay);
}

static inline NTSTATUS SpinThread(PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    TestSpin();
    return STATUS_SUCCESS;
}
