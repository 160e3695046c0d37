// The tests of the suite.
#pragma once

#include <test.h>

// seh.c
VOID TestExceptRaised(void);
VOID TestFilterSees(void);
VOID TestContinueSearch(void);
VOID TestContinueExecution(void);
VOID TestFinallyOrder(void);
VOID TestFinallyWithoutException(void);
VOID TestNestedException(void);
VOID TestExceptionInFinally(void);
VOID TestDeepUnwind(void);
VOID TestAcrossDll(void);
VOID TestNoncontinuable(void);
VOID TestRegistersSurvive(void);
VOID TestLongJump(void);
VOID TestLongJumpRunsFinally(void);

// hardware.c
VOID TestReadNull(void);
VOID TestWriteNull(void);
VOID TestExecuteNothing(void);
VOID TestDivideByZero(void);
VOID TestIllegalInstruction(void);
VOID TestPrivilegedInstruction(void);
VOID TestBreakpoint(void);
VOID TestSingleStep(void);
VOID TestWriteReadOnly(void);
VOID TestGuardPage(void);
VOID TestStackGrows(void);
VOID TestStackOverflow(void);
VOID TestStackOverflowByDefault(void);
VOID TestFloatingPointSurvives(void);
VOID TestFloatingPointExceptions(void);

// software.c
VOID TestAssertion(void);
VOID TestOtherInterrupt(void);
VOID TestDebugPrint(void);
VOID TestFastFail(void);
NTSTATUS TestChildFastFail(PCWSTR Argument);
VOID TestWildStack(void);
NTSTATUS TestChildWildStack(PCWSTR Argument);
VOID TestWildFrame(void);
NTSTATUS TestChildWildFrame(PCWSTR Argument);

// vectored.c
VOID TestVectoredFirst(void);
VOID TestVectoredOrder(void);
VOID TestVectoredContinues(void);
VOID TestVectoredRemoveWhileRunning(void);
VOID TestContinueHandlers(void);

// context.c
VOID TestCaptureRestore(void);
VOID TestNtContinue(void);
VOID TestNtContinueBadPointer(void);
VOID TestNtRaiseException(void);
VOID TestBackTrace(void);
VOID TestUnhandledEndsProcess(void);
NTSTATUS TestChildUnhandled(PCWSTR Argument);
