// The machine state of other threads.

#include "suite.h"

[[noreturn]] VOID TestEndThread(NTSTATUS Status);
VOID TestEndThread(NTSTATUS Status)
{
    NtTerminateThread(NtCurrentThread(), Status);
    __builtin_unreachable();
}

static HANDLE Event;

static NTSTATUS WaitForEvent(PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    return NtWaitForSingleObject(Event, FALSE, nullptr);
}

static HANDLE StartSpinning(void)
{
    HANDLE Thread = TestStartThread(SpinThread, nullptr);
    LONGLONG Before = TestSpins;
    while (Thread && TestSpins == Before)
        LetOthersRun();
    if (Thread)
        CHECK_STATUS(NtSuspendThread(Thread, nullptr), STATUS_SUCCESS);
    return Thread;
}

static HANDLE StartWaiting(void)
{
    CHECK_STATUS(NtCreateEvent(&Event, EVENT_ALL_ACCESS, nullptr, SynchronizationEvent, FALSE),
                 STATUS_SUCCESS);
    HANDLE Thread = TestStartThread(WaitForEvent, nullptr);
    LetOthersRun();
    if (Thread)
        CHECK_STATUS(NtSuspendThread(Thread, nullptr), STATUS_SUCCESS);
    return Thread;
}

static VOID End(HANDLE Thread, NTSTATUS Expected)
{
    CHECK_STATUS(NtResumeThread(Thread, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), Expected);
}

static PTEB TebOf(HANDLE Thread)
{
    THREAD_BASIC_INFORMATION Information = {};
    CHECK_STATUS(NtQueryInformationThread(Thread, ThreadBasicInformation, &Information,
                                          sizeof(Information), nullptr),
                 STATUS_SUCCESS);
    return Information.TebBaseAddress;
}

static VOID CheckStackPointer(HANDLE Thread, const CONTEXT *Context)
{
    PTEB Teb = TebOf(Thread);
    CHECK(Context->Rsp >= (ULONG_PTR)Teb->NtTib.StackLimit &&
          Context->Rsp < (ULONG_PTR)Teb->NtTib.StackBase);
}

VOID TestContextOfRunning(void)
{
    alignas(16) CONTEXT Context = {.ContextFlags = CONTEXT_CONTROL | CONTEXT_INTEGER};
    HANDLE Thread = StartSpinning();
    REQUIRE(Thread);
    CHECK_STATUS(NtGetContextThread(Thread, &Context), STATUS_SUCCESS);
    CHECK(Context.Rip >= (ULONG_PTR)TestSpin && Context.Rip < (ULONG_PTR)TestSpinEnd);
    CHECK_EQUAL(Context.R12, 0x1234);
    CHECK_EQUAL(Context.R13, 0x5678);
    CHECK_EQUAL(Context.Rsi, 0x9ABC);
    CheckStackPointer(Thread, &Context);
    NtTerminateThread(Thread, STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
}

// What a thread in a service has is the state in which it will return.
VOID TestContextOfWaiting(void)
{
    alignas(16) CONTEXT Context = {.ContextFlags = CONTEXT_CONTROL | CONTEXT_INTEGER};
    HANDLE Thread = StartWaiting();
    REQUIRE(Thread);
    CHECK_STATUS(NtGetContextThread(Thread, &Context), STATUS_SUCCESS);
    CheckStackPointer(Thread, &Context);
    CHECK_EQUAL(((PUCHAR)Context.Rip)[-2], 0x0F); // behind a syscall instruction
    CHECK_EQUAL(((PUCHAR)Context.Rip)[-1], 0x05);
    NtSetEvent(Event, nullptr);
    End(Thread, STATUS_WAIT_0);
    NtClose(Event);
}

static VOID SendAway(HANDLE Thread, NTSTATUS Expected)
{
    alignas(16) CONTEXT Context = {.ContextFlags = CONTEXT_CONTROL | CONTEXT_INTEGER};
    CHECK_STATUS(NtGetContextThread(Thread, &Context), STATUS_SUCCESS);
    Context.Rip = (ULONG_PTR)TestReturnR12;
    Context.Rsp = ALIGN_DOWN_BY(Context.Rsp, 16) - 0x40;
    Context.R12 = (ULONG)Expected;
    CHECK_STATUS(NtSetContextThread(Thread, &Context), STATUS_SUCCESS);
    Context.R12 = 0;
    CHECK_STATUS(NtGetContextThread(Thread, &Context), STATUS_SUCCESS);
    CHECK_EQUAL(Context.R12, (ULONG)Expected);
    CHECK_EQUAL(Context.Rip, (ULONG_PTR)TestReturnR12);
}

VOID TestSetContextOfRunning(void)
{
    HANDLE Thread = StartSpinning();
    REQUIRE(Thread);
    SendAway(Thread, STATUS_DEVICE_BUSY);
    End(Thread, STATUS_DEVICE_BUSY);
}

VOID TestSetContextOfWaiting(void)
{
    HANDLE Thread = StartWaiting();
    REQUIRE(Thread);
    SendAway(Thread, STATUS_FILE_CLOSED);
    CHECK_STATUS(NtResumeThread(Thread, nullptr), STATUS_SUCCESS);
    LetOthersRun();
    CHECK_STATUS(Poll(Thread), STATUS_TIMEOUT); // its service is not over
    NtSetEvent(Event, nullptr);
    CHECK_STATUS(TestJoin(Thread), STATUS_FILE_CLOSED);
    NtClose(Event);
}

// Only what the flags name changes.
VOID TestSetContextParts(void)
{
    alignas(16) CONTEXT Before = {.ContextFlags = CONTEXT_CONTROL | CONTEXT_INTEGER},
                        After = Before;
    HANDLE Thread = StartSpinning();
    REQUIRE(Thread);
    CHECK_STATUS(NtGetContextThread(Thread, &Before), STATUS_SUCCESS);
    alignas(16) CONTEXT Change = {.ContextFlags = CONTEXT_INTEGER, .R12 = 0x4321};
    CHECK_STATUS(NtSetContextThread(Thread, &Change), STATUS_SUCCESS);
    CHECK_STATUS(NtGetContextThread(Thread, &After), STATUS_SUCCESS);
    CHECK_EQUAL(After.R12, 0x4321);
    CHECK_EQUAL(After.R13, 0);
    CHECK_EQUAL(After.Rip, Before.Rip);
    CHECK_EQUAL(After.Rsp, Before.Rsp);
    Change = Before;
    Change.ContextFlags = CONTEXT_CONTROL;
    Change.Rip = (ULONG_PTR)TestReturnR12;
    Change.Rsp = ALIGN_DOWN_BY(Before.Rsp, 16) - 0x40;
    Change.EFlags = MAXULONG; // what a program may not set stays as it is
    CHECK_STATUS(NtSetContextThread(Thread, &Change), STATUS_SUCCESS);
    CHECK_STATUS(NtGetContextThread(Thread, &After), STATUS_SUCCESS);
    CHECK_EQUAL(After.R12, 0x4321);
    CHECK_EQUAL(After.EFlags & 0x3000, 0); // I/O privilege level
    Change.EFlags = 0x202;
    CHECK_STATUS(NtSetContextThread(Thread, &Change), STATUS_SUCCESS);
    End(Thread, 0x4321);
}

// An address that is none ends in an exception of the thread, not in the system. The child's first thread
// is sent there, as an exception that nobody handles ends the process.
VOID TestSetContextBadAddress(void)
{
    static const ULONGLONG Bad[] = {0, 0xFFFF800000000000, 0x0000800000000000, MAXULONGLONG};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Bad); i++) {
        RTL_USER_PROCESS_INFORMATION Child;
        alignas(16) CONTEXT Context = {.ContextFlags = CONTEXT_CONTROL};
        REQUIRE_STATUS(TestStartChild(L"wait", nullptr, FALSE, FALSE, &Child), STATUS_SUCCESS);
        LetOthersRun();
        CHECK_STATUS(NtSuspendThread(Child.ThreadHandle, nullptr), STATUS_SUCCESS);
        CHECK_STATUS(NtGetContextThread(Child.ThreadHandle, &Context), STATUS_SUCCESS);
        Context.Rip = Bad[i];
        CHECK_STATUS(NtSetContextThread(Child.ThreadHandle, &Context), STATUS_SUCCESS);
        CHECK_STATUS(NtAlertThread(Child.ThreadHandle), STATUS_SUCCESS); // ends its wait
        CHECK_STATUS(TestFinishChild(&Child), STATUS_ACCESS_VIOLATION);
    }
}

VOID TestWildStackPointer(void)
{
    static const ULONGLONG Bad[] = {0, 8, 0xFFFF800000000000, 0x7FFFFFFFFFF0, MAXULONGLONG - 7};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Bad); i++) {
        RTL_USER_PROCESS_INFORMATION Child;
        alignas(16) CONTEXT Context = {.ContextFlags = CONTEXT_FULL};
        REQUIRE_STATUS(TestStartChild(L"wait", nullptr, FALSE, FALSE, &Child), STATUS_SUCCESS);
        LetOthersRun();
        CHECK_STATUS(NtSuspendThread(Child.ThreadHandle, nullptr), STATUS_SUCCESS);
        CHECK_STATUS(NtGetContextThread(Child.ThreadHandle, &Context), STATUS_SUCCESS);
        Context.Rsp = Context.Rbp = Bad[i];
        Context.Rip = (ULONG_PTR)TestReturnR12; // pushes
        Context.ContextFlags = CONTEXT_CONTROL | CONTEXT_INTEGER;
        CHECK_STATUS(NtSetContextThread(Child.ThreadHandle, &Context), STATUS_SUCCESS);
        CHECK_STATUS(NtAlertThread(Child.ThreadHandle), STATUS_SUCCESS);
        CHECK_STATUS(TestFinishChild(&Child), STATUS_ACCESS_VIOLATION);
    }
}

// The answer says which parts it has.
VOID TestContextFlags(void)
{
    HANDLE Thread = StartSpinning();
    REQUIRE(Thread);
    alignas(16) CONTEXT Context = {.ContextFlags = CONTEXT_CONTROL, .R12 = 1, .Rsi = 2};
    CHECK_STATUS(NtGetContextThread(Thread, &Context), STATUS_SUCCESS);
    CHECK_EQUAL(Context.ContextFlags, CONTEXT_CONTROL);
    CHECK_EQUAL(Context.R12, 1); // not asked for
    CHECK_EQUAL(Context.Rsi, 2);
    CHECK(Context.Rip != 0);
    Context = (CONTEXT){.ContextFlags = CONTEXT_CONTROL | CONTEXT_INTEGER | CONTEXT_SEGMENTS};
    CHECK_STATUS(NtGetContextThread(Thread, &Context), STATUS_SUCCESS);
    CHECK_EQUAL(Context.ContextFlags, CONTEXT_CONTROL | CONTEXT_INTEGER | CONTEXT_SEGMENTS);
    CHECK(Context.SegCs != 0);
    NtTerminateThread(Thread, STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
}
