// Vectored exception handlers.

#include "suite.h"

static ULONG Calls[8], CallCount;
static LONG Answer;

static VOID Note(ULONG Value)
{
    if (CallCount < RTL_NUMBER_OF(Calls))
        Calls[CallCount++] = Value;
}

static LONG NTAPI First(PEXCEPTION_POINTERS Pointers)
{
    UNREFERENCED_PARAMETER(Pointers);
    Note(1);
    return Answer;
}

static LONG NTAPI Second(PEXCEPTION_POINTERS Pointers)
{
    UNREFERENCED_PARAMETER(Pointers);
    Note(2);
    return EXCEPTION_CONTINUE_SEARCH;
}

static LONG NTAPI Repairing(PEXCEPTION_POINTERS Pointers)
{
    if (Pointers->ExceptionRecord->ExceptionCode != (DWORD)STATUS_ILLEGAL_INSTRUCTION)
        return EXCEPTION_CONTINUE_SEARCH;
    Note(3);
    Pointers->ContextRecord->Rip += 2;
    return EXCEPTION_CONTINUE_EXECUTION;
}

static LONG NTAPI Continued(PEXCEPTION_POINTERS Pointers)
{
    UNREFERENCED_PARAMETER(Pointers);
    Note(4);
    return EXCEPTION_CONTINUE_SEARCH;
}

static VOID RaiseCaught(void)
{
    __try {
        RtlRaiseStatus(STATUS_CANCELLED);
    } __except (Note(9), EXCEPTION_EXECUTE_HANDLER) {
        return;
    }
}

VOID TestVectoredFirst(void)
{
    CallCount = 0;
    Answer = EXCEPTION_CONTINUE_SEARCH;
    PVOID Handle = RtlAddVectoredExceptionHandler(1, First);
    REQUIRE(Handle);
    RaiseCaught();
    CHECK_EQUAL(RtlRemoveVectoredExceptionHandler(Handle), 1);
    CHECK_EQUAL(RtlRemoveVectoredExceptionHandler(Handle), 0);
    RaiseCaught();
    CHECK_EQUAL(CallCount, 3);
    CHECK_EQUAL(Calls[0], 1);
    CHECK_EQUAL(Calls[1], 9);
    CHECK_EQUAL(Calls[2], 9);
}

VOID TestVectoredOrder(void)
{
    CallCount = 0;
    Answer = EXCEPTION_CONTINUE_SEARCH;
    PVOID Last = RtlAddVectoredExceptionHandler(0, Second);
    PVOID Front = RtlAddVectoredExceptionHandler(1, First);
    RaiseCaught();
    CHECK_EQUAL(Calls[0], 1);
    CHECK_EQUAL(Calls[1], 2);
    RtlRemoveVectoredExceptionHandler(Last);
    RtlRemoveVectoredExceptionHandler(Front);
}

static VOID Illegal(void)
{
    __asm__ volatile("ud2");
}

VOID TestVectoredContinues(void)
{
    CallCount = 0;
    PVOID Handle = RtlAddVectoredExceptionHandler(1, Repairing);
    Illegal();
    RtlRemoveVectoredExceptionHandler(Handle);
    CHECK_EQUAL(CallCount, 1);
}

static PVOID SelfHandle;

static LONG NTAPI RemovesItself(PEXCEPTION_POINTERS Pointers)
{
    UNREFERENCED_PARAMETER(Pointers);
    Note(RtlRemoveVectoredExceptionHandler(SelfHandle));
    return EXCEPTION_CONTINUE_SEARCH;
}

VOID TestVectoredRemoveWhileRunning(void)
{
    CallCount = 0;
    PVOID Last = RtlAddVectoredExceptionHandler(0, Second);
    SelfHandle = RtlAddVectoredExceptionHandler(1, RemovesItself);
    RaiseCaught();
    RaiseCaught();
    RtlRemoveVectoredExceptionHandler(Last);
    // Itself (removed: 1), the other one, __except; then the other one and __except.
    static const ULONG Expected[] = {1, 2, 9, 2, 9};
    CHECK_EQUAL(CallCount, RTL_NUMBER_OF(Expected));
    for (ULONG i = 0; i < RTL_NUMBER_OF(Expected); i++)
        CHECK_EQUAL(Calls[i], Expected[i]);
}

VOID TestContinueHandlers(void)
{
    CallCount = 0;
    PVOID Exception = RtlAddVectoredExceptionHandler(1, Repairing);
    PVOID Continue = RtlAddVectoredContinueHandler(1, Continued);
    Illegal();
    RtlRemoveVectoredExceptionHandler(Exception);
    CHECK_EQUAL(RtlRemoveVectoredContinueHandler(Continue), 1);
    CHECK_EQUAL(CallCount, 2);
    CHECK_EQUAL(Calls[0], 3);
    CHECK_EQUAL(Calls[1], 4);
}
