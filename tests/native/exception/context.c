// Contexts: capturing and restoring, the services that continue and raise, walking the stack.

#include "suite.h"

VOID TestCaptureRestore(void)
{
    volatile ULONG Passes = 0;
    CONTEXT Context;
    RtlCaptureContext(&Context);
    if (++Passes < 3) {
        Context.ContextFlags = CONTEXT_FULL;
        RtlRestoreContext(&Context, nullptr);
    }
    CHECK_EQUAL(Passes, 3);
}

// What TestContinued (registers.S) stores, in its order.
typedef struct _CONTINUED {
    ULONGLONG Rax, Rcx, Rdx, Rbx, Rbp, Rsi, Rdi, R8, R9, R10, R12, R13, R14, R15, Xmm0, Xmm7;
    ULONGLONG MxCsr;
    PCONTEXT Back;
    PVOID Restore;
} CONTINUED;
static_assert(offsetof(CONTINUED, MxCsr) == 0x80 && offsetof(CONTINUED, Restore) == 0x90);

VOID TestContinued(void);

VOID TestNtContinue(void)
{
    static CONTINUED Seen;
    CONTEXT Back, Context;
    alignas(16) UCHAR Stack[1024];
    volatile ULONG Passes = 0;
    RtlCaptureContext(&Back);
    if (!Passes++) {
        Seen = (CONTINUED){.Back = &Back, .Restore = (PVOID)RtlRestoreContext};
        Context = Back;
        Context.ContextFlags = CONTEXT_FULL;
        Context.Rip = (ULONG_PTR)TestContinued;
        Context.Rsp = (ULONG_PTR)Stack + sizeof(Stack) - 0x28;
        for (ULONG i = 0; i < 16; i++) {
            if (&(&Context.Rax)[i] != &Context.Rsp)
                (&Context.Rax)[i] = 0x100 + i; // in the order of the registers' numbers
        }
        Context.R11 = (ULONG_PTR)&Seen;
        Context.Xmm0.Low = 0xF0;
        Context.Xmm7.Low = 0xF7;
        Context.MxCsr = Context.FltSave.MxCsr = 0x3F80; // rounding down
        CHECK_STATUS(NtContinue(&Context, FALSE), STATUS_SUCCESS);
        return; // it came back
    }
    static const UCHAR Numbers[] = {0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Numbers); i++)
        CHECK_EQUAL((&Seen.Rax)[i], 0x100u + Numbers[i]);
    CHECK_EQUAL(Seen.Xmm0, 0xF0);
    CHECK_EQUAL(Seen.Xmm7, 0xF7);
    CHECK_EQUAL(Seen.MxCsr & 0xFFC0, 0x3F80);
}

VOID TestNtContinueBadPointer(void)
{
    CHECK_STATUS(NtContinue(nullptr, FALSE), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtContinue(TEST_UNMAPPED, FALSE), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtContinue((PCONTEXT)TEST_KERNEL, FALSE), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtContinue((PCONTEXT)8, FALSE), STATUS_DATATYPE_MISALIGNMENT);
}

static LONG HasParameter(PEXCEPTION_POINTERS Pointers, ULONG_PTR Value)
{
    return Pointers->ExceptionRecord->ExceptionInformation[0] == Value;
}

VOID TestNtRaiseException(void)
{
    EXCEPTION_RECORD Record = {
        .ExceptionCode = (DWORD)STATUS_REQUEST_ABORTED,
        .NumberParameters = 1,
        .ExceptionInformation = {99},
    };
    NTSTATUS Code = 0;
    __try {
        CONTEXT Context;
        RtlCaptureContext(&Context);
        Record.ExceptionAddress = (PVOID)Context.Rip;
        NtRaiseException(&Record, &Context, TRUE);
    } __except (HasParameter(GetExceptionInformation(), 99)) {
        Code = (NTSTATUS)GetExceptionCode();
    }
    CHECK_STATUS(Code, STATUS_REQUEST_ABORTED);

    CONTEXT Context = {.ContextFlags = CONTEXT_FULL};
    CHECK_STATUS(NtRaiseException(TEST_UNMAPPED, &Context, TRUE), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtRaiseException(&Record, nullptr, TRUE), STATUS_ACCESS_VIOLATION);
}

USHORT NTAPI RtlCaptureStackBackTrace(ULONG FramesToSkip, ULONG FramesToCapture, PVOID *BackTrace,
                                      PULONG BackTraceHash);

static PVOID Trace[16];

__attribute__((noinline)) static USHORT Capture(void)
{
    USHORT Count = RtlCaptureStackBackTrace(0, RTL_NUMBER_OF(Trace), Trace, nullptr);
    __asm__ volatile("");
    return Count;
}

__attribute__((noinline)) static USHORT CaptureCaller(void)
{
    USHORT Count = Capture();
    __asm__ volatile("");
    return Count;
}

static BOOLEAN IsIn(PVOID Address, PVOID Function)
{
    DWORD64 Base;
    PRUNTIME_FUNCTION Entry = RtlLookupFunctionEntry((DWORD64)Function, &Base, nullptr);
    DWORD64 Rva = (DWORD64)Address - Base;
    return Entry && Rva >= Entry->BeginAddress && Rva < Entry->EndAddress;
}

// The address of a function of ntdll; by its name alone it is that of the import's jump.
static PVOID ExportOfNtdll(PCSTR Name)
{
    UNICODE_STRING Dll = RTL_CONSTANT_STRING(L"ntdll.dll");
    ANSI_STRING Procedure;
    PVOID Base, Address = nullptr;
    RtlInitAnsiString(&Procedure, Name);
    NTSTATUS Status = LdrGetDllHandle(nullptr, nullptr, &Dll, &Base);
    if (NT_SUCCESS(Status))
        Status = LdrGetProcedureAddress(Base, &Procedure, 0, &Address);
    CHECK_STATUS(Status, STATUS_SUCCESS);
    return Address;
}

VOID TestBackTrace(void)
{
    USHORT Count = CaptureCaller();
    REQUIRE(Count >= 4);
    CHECK(IsIn(Trace[0], (PVOID)Capture));
    CHECK(IsIn(Trace[1], (PVOID)CaptureCaller));
    CHECK(IsIn(Trace[2], (PVOID)TestBackTrace));
    CHECK(IsIn(Trace[Count - 1], ExportOfNtdll("RtlUserThreadStart")));
}

NTSTATUS TestChildUnhandled(PCWSTR Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    RtlRaiseStatus(STATUS_BAD_DEVICE_TYPE);
}

VOID TestUnhandledEndsProcess(void)
{
    RTL_USER_PROCESS_INFORMATION Child;
    REQUIRE_STATUS(TestStartChild(L"unhandled", nullptr, FALSE, FALSE, &Child), STATUS_SUCCESS);
    CHECK_STATUS(TestFinishChild(&Child), STATUS_BAD_DEVICE_TYPE);
}
