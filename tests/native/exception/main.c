// Exceptions: structured and vectored handling, faults of the processor, contexts.

#include "suite.h"

static const TEST Tests[] = {
    {"__except handles a raised status", TestExceptRaised},
    {"a filter sees record and context", TestFilterSees},
    {"a filter passes an exception on", TestContinueSearch},
    {"a filter repairs and continues", TestContinueExecution},
    {"__finally blocks run from the inside out", TestFinallyOrder},
    {"__finally runs without an exception", TestFinallyWithoutException},
    {"an exception in a filter", TestNestedException},
    {"an exception in a __finally", TestExceptionInFinally},
    {"unwinding a hundred frames", TestDeepUnwind},
    {"an exception crosses a DLL", TestAcrossDll},
    {"a noncontinuable exception cannot be continued", TestNoncontinuable},
    {"unwinding restores preserved registers", TestRegistersSurvive},
    {"longjmp returns the value", TestLongJump},
    {"longjmp runs __finally blocks between", TestLongJumpRunsFinally},
    {"reading address 0", TestReadNull},
    {"writing address 0", TestWriteNull},
    {"executing what is not there", TestExecuteNothing},
    {"division by zero", TestDivideByZero},
    {"an illegal instruction", TestIllegalInstruction},
    {"a privileged instruction", TestPrivilegedInstruction},
    {"a breakpoint", TestBreakpoint},
    {"a single step", TestSingleStep},
    {"writing a read-only page", TestWriteReadOnly},
    {"a guard page raises once", TestGuardPage},
    {"a stack grows", TestStackGrows},
    {"a stack overflow is an exception", TestStackOverflow},
    {"floating-point registers survive an exception", TestFloatingPointSurvives},
    {"a vectored handler comes before __except", TestVectoredFirst},
    {"vectored handlers are called in order", TestVectoredOrder},
    {"a vectored handler continues execution", TestVectoredContinues},
    {"a vectored handler removes itself", TestVectoredRemoveWhileRunning},
    {"continue handlers are called after a repair", TestContinueHandlers},
    {"RtlCaptureContext and RtlRestoreContext", TestCaptureRestore},
    {"NtContinue sets all registers", TestNtContinue},
    {"NtContinue refuses bad pointers", TestNtContinueBadPointer},
    {"NtRaiseException dispatches", TestNtRaiseException},
    {"a back trace names the callers", TestBackTrace},
    {"an unhandled exception ends the process with its code", TestUnhandledEndsProcess},
};

static const TEST_CHILD Children[] = {{L"unhandled", TestChildUnhandled}};

const TEST_SUITE TestSuite = TEST_SUITE_WITH_CHILDREN(Tests, Children);
