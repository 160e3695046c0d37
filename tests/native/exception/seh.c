// __try, __except, __finally, longjmp.

#include "suite.h"
#include "testdll.h"

typedef struct _JUMP_BUFFER {
    alignas(16) UCHAR Space[256];
} JUMP_BUFFER;
int _setjmpex(void *Buffer, void *Frame) __attribute__((returns_twice));
#define SetJump(Buffer) _setjmpex((Buffer), __builtin_frame_address(0))
[[noreturn]] VOID longjmp(void *Buffer, int Value);

static VOID Raise(NTSTATUS Status)
{
    RtlRaiseStatus(Status);
}

VOID TestExceptRaised(void)
{
    NTSTATUS Code = 0;
    __try {
        Raise(STATUS_OBJECT_NAME_INVALID);
        CHECK(FALSE);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Code = (NTSTATUS)GetExceptionCode();
    }
    CHECK_STATUS(Code, STATUS_OBJECT_NAME_INVALID);
}

static EXCEPTION_RECORD SeenRecord;
static ULONG_PTR SeenRsp;

static LONG SaveRecord(PEXCEPTION_POINTERS Pointers)
{
    SeenRecord = *Pointers->ExceptionRecord;
    SeenRsp = Pointers->ContextRecord->Rsp;
    return EXCEPTION_EXECUTE_HANDLER;
}

VOID TestFilterSees(void)
{
    EXCEPTION_RECORD Record = {
        .ExceptionCode = 0xE0001234,
        .NumberParameters = 3,
        .ExceptionInformation = {11, 22, 33},
    };
    ULONG_PTR Here = (ULONG_PTR)&Record;
    __try {
        RtlRaiseException(&Record);
    } __except (SaveRecord(GetExceptionInformation())) {
        Record.NumberParameters = 0;
    }
    CHECK_EQUAL(SeenRecord.ExceptionCode, 0xE0001234);
    CHECK_EQUAL(SeenRecord.NumberParameters, 3);
    CHECK_EQUAL(SeenRecord.ExceptionInformation[2], 33);
    CHECK(SeenRecord.ExceptionAddress != nullptr);
    CHECK(SeenRsp <= Here && Here - SeenRsp < 0x1000);
}

VOID TestContinueSearch(void)
{
    ULONG Outer = 0, Inner = 0;
    __try {
        __try {
            Raise(STATUS_DEVICE_BUSY);
        } __except (GetExceptionCode() == (DWORD)STATUS_TIMEOUT ? EXCEPTION_EXECUTE_HANDLER
                                                                : EXCEPTION_CONTINUE_SEARCH) {
            Inner++;
        }
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Outer++;
    }
    CHECK_EQUAL(Inner, 0);
    CHECK_EQUAL(Outer, 1);
}

static volatile LONG *RepairPointer;
static LONG RepairTarget;

LONG TestReadThrough(volatile LONG *Address); // registers.S: reads through rcx

static LONG Repair(PEXCEPTION_POINTERS Pointers)
{
    if (Pointers->ExceptionRecord->ExceptionCode != (DWORD)STATUS_ACCESS_VIOLATION)
        return EXCEPTION_CONTINUE_SEARCH;
    Pointers->ContextRecord->Rcx = (ULONG_PTR)&RepairTarget;
    return EXCEPTION_CONTINUE_EXECUTION;
}

// The leaf that faults has no unwind information: its caller's frame is found without.
VOID TestContinueExecution(void)
{
    LONG Value = 0;
    RepairTarget = 4711;
    __try {
        Value = TestReadThrough(RepairPointer);
    } __except (Repair(GetExceptionInformation())) {
        CHECK(FALSE);
    }
    CHECK_EQUAL(Value, 4711);
}

static ULONG Order[8], OrderCount;

static VOID Note(ULONG Value)
{
    if (OrderCount < RTL_NUMBER_OF(Order))
        Order[OrderCount++] = Value;
}

static VOID RaiseInTwoFinally(void)
{
    __try {
        __try {
            Raise(STATUS_CANCELLED);
        } __finally {
            Note(AbnormalTermination() ? 1 : 100);
        }
    } __finally {
        Note(AbnormalTermination() ? 2 : 200);
    }
}

VOID TestFinallyOrder(void)
{
    OrderCount = 0;
    __try {
        RaiseInTwoFinally();
    } __except (Note(0), EXCEPTION_EXECUTE_HANDLER) {
        Note(3);
    }
    REQUIRE(OrderCount == 4);
    for (ULONG i = 0; i < 4; i++)
        CHECK_EQUAL(Order[i], i);
}

VOID TestFinallyWithoutException(void)
{
    ULONG Ran = 0;
    BOOLEAN Abnormal = TRUE;
    __try {
        Ran = 1;
    } __finally {
        Abnormal = AbnormalTermination();
        Ran += 10;
    }
    CHECK_EQUAL(Ran, 11);
    CHECK(!Abnormal);
}

static DWORD NestedFlags;

// Asked a second time, about the exception that it raised itself.
static LONG FilterThatRaises(PEXCEPTION_POINTERS Pointers)
{
    if (Pointers->ExceptionRecord->ExceptionCode == (DWORD)STATUS_CANCELLED)
        Raise(STATUS_INTEGER_OVERFLOW);
    NestedFlags = Pointers->ExceptionRecord->ExceptionFlags;
    return EXCEPTION_CONTINUE_SEARCH;
}

VOID TestNestedException(void)
{
    NTSTATUS Code = 0;
    ULONG Inner = 0;
    NestedFlags = 0;
    __try {
        __try {
            Raise(STATUS_CANCELLED);
        } __except (FilterThatRaises(GetExceptionInformation())) {
            Inner++;
        }
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Code = (NTSTATUS)GetExceptionCode();
    }
    CHECK_EQUAL(Inner, 0);
    CHECK_STATUS(Code, STATUS_INTEGER_OVERFLOW);
    CHECK(NestedFlags & EXCEPTION_NESTED_CALL);
}

static VOID RaiseInFinally(void)
{
    __try {
        Raise(STATUS_CANCELLED);
    } __finally {
        Note(1);
        Raise(STATUS_DATA_ERROR);
    }
}

VOID TestExceptionInFinally(void)
{
    NTSTATUS Code = 0;
    OrderCount = 0;
    __try {
        __try {
            RaiseInFinally();
        } __except (GetExceptionCode() == (DWORD)STATUS_CANCELLED) {
            Note(2);
        }
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Code = (NTSTATUS)GetExceptionCode();
    }
    CHECK_EQUAL(OrderCount, 1); // the __finally ran once, the inner handler not at all
    CHECK_STATUS(Code, STATUS_DATA_ERROR);
}

static ULONG DeepFinally;

__attribute__((noinline)) static VOID Deep(ULONG Depth)
{
    volatile UCHAR Local[200];
    Local[Depth] = (UCHAR)Depth;
    __try {
        if (Depth)
            Deep(Depth - 1);
        else
            Raise(STATUS_CANCELLED);
    } __finally {
        DeepFinally += Local[Depth] == (UCHAR)Depth;
    }
}

VOID TestDeepUnwind(void)
{
    DeepFinally = 0;
    NTSTATUS Code = 0;
    __try {
        Deep(99);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Code = (NTSTATUS)GetExceptionCode();
    }
    CHECK_STATUS(Code, STATUS_CANCELLED);
    CHECK_EQUAL(DeepFinally, 100);
}

static VOID RaiseFromCallback(PVOID Argument)
{
    RtlRaiseStatus((NTSTATUS)(ULONG_PTR)Argument);
}

VOID TestAcrossDll(void)
{
    ULONG Finally = 0, Handled = 0;
    CHECK_EQUAL(TestDllAttachCount(), 1);
    __try {
        TestDllRaise(STATUS_FILE_CLOSED);
    } __except (GetExceptionCode() == (DWORD)STATUS_FILE_CLOSED) {
        Handled++;
    }
    __try {
        TestDllCall(RaiseFromCallback, (PVOID)(ULONG_PTR)(ULONG)STATUS_FILE_INVALID, &Finally);
    } __except (GetExceptionCode() == (DWORD)STATUS_FILE_INVALID) {
        Handled++;
    }
    CHECK_EQUAL(Handled, 2);
    CHECK_EQUAL(Finally, 1);
}

static LONG ContinueCancelled(DWORD Code)
{
    return Code == (DWORD)STATUS_CANCELLED ? EXCEPTION_CONTINUE_EXECUTION
                                           : EXCEPTION_CONTINUE_SEARCH;
}

VOID TestNoncontinuable(void)
{
    NTSTATUS Code = 0;
    __try {
        __try {
            Raise(STATUS_CANCELLED);
        } __except (ContinueCancelled(GetExceptionCode())) {
            CHECK(FALSE);
        }
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Code = (NTSTATUS)GetExceptionCode();
    }
    CHECK_STATUS(Code, STATUS_NONCONTINUABLE_EXCEPTION);
}

// registers.S: calls Function with known values in the preserved registers, then stores what they are:
// rbx, rsi, rdi, r12..r15, and the low halves of xmm6 and xmm15. ClobberRegisters changes them all,
// properly described, and calls its argument.
ULONG TestCallWithRegisters(ULONG (*Function)(void), PULONGLONG Result);
VOID TestClobberRegisters(VOID (*Function)(void));

static VOID RaiseCancelled(void)
{
    Raise(STATUS_CANCELLED);
}

static ULONG CatchClobber(void)
{
    __try {
        TestClobberRegisters(RaiseCancelled);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return 1;
    }
    return 0;
}

VOID TestRegistersSurvive(void)
{
    ULONGLONG Result[9] = {};
    CHECK_EQUAL(TestCallWithRegisters(CatchClobber, Result), 1);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Result); i++)
        CHECK_EQUAL(Result[i], 0x1111 * (i + 1));
}

static JUMP_BUFFER Jump;

__attribute__((noinline)) static VOID JumpOut(int Value)
{
    longjmp(&Jump, Value);
}

VOID TestLongJump(void)
{
    volatile ULONG Passes = 0;
    int Value = SetJump(&Jump);
    Passes++;
    if (!Value)
        JumpOut(42);
    CHECK_EQUAL(Value, 42);
    CHECK_EQUAL(Passes, 2);

    Passes = 0;
    Value = SetJump(&Jump);
    if (!Passes++)
        JumpOut(0);
    CHECK_EQUAL(Value, 1);
}

__attribute__((noinline)) static VOID JumpThroughFinally(PULONG Ran)
{
    __try {
        JumpOut(7);
    } __finally {
        ++*Ran;
    }
}

VOID TestLongJumpRunsFinally(void)
{
    ULONG Ran = 0;
    int Value = SetJump(&Jump);
    if (!Value)
        JumpThroughFinally(&Ran);
    CHECK_EQUAL(Value, 7);
    CHECK_EQUAL(*(volatile ULONG *)&Ran, 1);
}
