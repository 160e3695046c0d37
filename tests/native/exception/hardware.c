// Faults of the processor.

#include "suite.h"

static EXCEPTION_RECORD Seen;
static CONTEXT SeenContext;

static LONG Save(PEXCEPTION_POINTERS Pointers)
{
    Seen = *Pointers->ExceptionRecord;
    SeenContext = *Pointers->ContextRecord;
    return EXCEPTION_EXECUTE_HANDLER;
}

// Run the routine, which has to raise Code. The record is in Seen then.
static BOOLEAN Raises(VOID (*Routine)(void), NTSTATUS Code, PCSTR File, int Line)
{
    Seen = (EXCEPTION_RECORD){};
    __try {
        Routine();
    } __except (Save(GetExceptionInformation())) {
        return TestCheckStatus((NTSTATUS)Seen.ExceptionCode, Code, "the exception", "expected",
                               File, Line);
    }
    TestFail(File, Line, "there was no exception");
    return FALSE;
}
#define CHECK_RAISES(Routine, Code) Raises(Routine, Code, __FILE__, __LINE__)

static VOID CheckAccess(ULONG Kind, ULONG_PTR Address)
{
    CHECK_EQUAL(Seen.NumberParameters, 2);
    CHECK_EQUAL(Seen.ExceptionInformation[0], Kind);
    CHECK_EQUAL(Seen.ExceptionInformation[1], Address);
    CHECK_EQUAL(Seen.ExceptionAddress, SeenContext.Rip);
}

static volatile ULONG *Target;

static VOID Read(void)
{
    (VOID) * Target;
}

static VOID Write(void)
{
    *Target = 1;
}

static VOID Execute(void)
{
    ((VOID(*)(void))(ULONG_PTR)Target)();
}

VOID TestReadNull(void)
{
    Target = nullptr;
    if (CHECK_RAISES(Read, STATUS_ACCESS_VIOLATION))
        CheckAccess(EXCEPTION_READ_FAULT, 0);
}

VOID TestWriteNull(void)
{
    Target = (volatile ULONG *)0x18;
    if (CHECK_RAISES(Write, STATUS_ACCESS_VIOLATION))
        CheckAccess(EXCEPTION_WRITE_FAULT, 0x18);
}

// seL4 on x86 has no pages that can be read but not executed; what is not there cannot be executed.
VOID TestExecuteNothing(void)
{
    Target = TEST_UNMAPPED;
    if (CHECK_RAISES(Execute, STATUS_ACCESS_VIOLATION))
        CheckAccess(EXCEPTION_EXECUTE_FAULT, (ULONG_PTR)TEST_UNMAPPED);
}

static VOID Divide(void)
{
    __asm__ volatile("xor %%ecx, %%ecx; mov $1, %%eax; cltd; idivl %%ecx" ::: "rax", "rcx", "rdx");
}

VOID TestDivideByZero(void)
{
    CHECK_RAISES(Divide, STATUS_INTEGER_DIVIDE_BY_ZERO);
}

static VOID Illegal(void)
{
    __asm__ volatile("ud2");
}

VOID TestIllegalInstruction(void)
{
    CHECK_RAISES(Illegal, STATUS_ILLEGAL_INSTRUCTION);
}

static VOID Privileged(void)
{
    __asm__ volatile("hlt");
}

VOID TestPrivilegedInstruction(void)
{
    CHECK_RAISES(Privileged, STATUS_PRIVILEGED_INSTRUCTION);
}

static VOID Breakpoint(void)
{
    __asm__ volatile("int3");
}

// A breakpoint's address is that of the instruction.
VOID TestBreakpoint(void)
{
    if (CHECK_RAISES(Breakpoint, STATUS_BREAKPOINT))
        CHECK_EQUAL(*(PUCHAR)Seen.ExceptionAddress, 0xCC);
}

VOID TestSetTrapFlag(void); // registers.S
extern const UCHAR TestTrapFlagNext[];

VOID TestSingleStep(void)
{
    if (!CHECK_RAISES(TestSetTrapFlag, STATUS_SINGLE_STEP))
        return;
    CHECK_EQUAL(Seen.ExceptionAddress, (ULONG_PTR)TestTrapFlagNext);
}

VOID TestWriteReadOnly(void)
{
    Target = TestReadOnlyPage();
    CHECK_EQUAL(*Target, 0);
    if (CHECK_RAISES(Write, STATUS_ACCESS_VIOLATION))
        CheckAccess(EXCEPTION_WRITE_FAULT, (ULONG_PTR)Target);
}

VOID TestGuardPage(void)
{
    PVOID Base = nullptr;
    SIZE_T Size = PAGE_SIZE;
    REQUIRE_STATUS(NtAllocateVirtualMemory(NtCurrentProcess(), &Base, 0, &Size,
                                           MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE | PAGE_GUARD),
                   STATUS_SUCCESS);
    Target = Base;
    CHECK_RAISES(Read, STATUS_GUARD_PAGE_VIOLATION);
    Read();
    Write();
    CHECK_EQUAL(*Target, 1);
    Size = 0;
    CHECK_STATUS(NtFreeVirtualMemory(NtCurrentProcess(), &Base, &Size, MEM_RELEASE),
                 STATUS_SUCCESS);
}

// ---- Stacks

// Recursion to a depth of Bytes. Returns the lowest stack limit that was seen.
__attribute__((noinline)) static ULONG_PTR UseStack(SIZE_T Bytes)
{
    volatile UCHAR Local[1024];
    volatile UCHAR *Place = &Local[Bytes % sizeof(Local)];
    *Place = (UCHAR)(Bytes / sizeof(Local));
    if (Bytes < sizeof(Local))
        return (ULONG_PTR)NtCurrentTeb()->NtTib.StackLimit;
    ULONG_PTR Limit = UseStack(Bytes - sizeof(Local));
    return *Place == (UCHAR)(Bytes / sizeof(Local)) ? Limit : 0;
}

static NTSTATUS GrowingThread(PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    ULONG_PTR Before = (ULONG_PTR)NtCurrentTeb()->NtTib.StackLimit;
    ULONG_PTR After = UseStack(256 * 1024);
    CHECK(After != 0 && After + 200 * 1024 < Before);
    // A frame of many pages touches them in order.
    volatile UCHAR Large[64 * 1024];
    Large[0] = 1;
    return Large[0] == 1 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

VOID TestStackGrows(void)
{
    HANDLE Thread = TestStartThread(GrowingThread, nullptr);
    REQUIRE(Thread);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
}

__attribute__((noinline)) static ULONG Endless(ULONG Depth)
{
    volatile UCHAR Local[512];
    Local[Depth % sizeof(Local)] = (UCHAR)Depth;
    if (Depth == MAXULONG)
        return 0;
    return Endless(Depth + 1) + Local[Depth % sizeof(Local)];
}

static NTSTATUS OverflowingThread(PVOID Argument)
{
    NtCurrentTeb()->GuaranteedStackBytes = (ULONG)(ULONG_PTR)Argument; // SetThreadStackGuarantee
    __try {
        return (NTSTATUS)Endless(0);
    } __except (GetExceptionCode() == (DWORD)STATUS_STACK_OVERFLOW ? EXCEPTION_EXECUTE_HANDLER
                                                                   : EXCEPTION_CONTINUE_SEARCH) {
        return STATUS_ALREADY_COMMITTED;
    }
}

static VOID Overflow(ULONG Guarantee)
{
    HANDLE Thread = nullptr;
    REQUIRE_STATUS(RtlCreateUserThread(NtCurrentProcess(), nullptr, FALSE, 0, 128 * 1024, 0,
                                       OverflowingThread, (PVOID)(ULONG_PTR)Guarantee, &Thread,
                                       nullptr),
                   STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), STATUS_ALREADY_COMMITTED);
}

VOID TestStackOverflow(void)
{
    Overflow(4 * PAGE_SIZE);
    Overflow(16 * PAGE_SIZE);
}

VOID TestStackOverflowByDefault(void)
{
    Overflow(0);
}

// ---- Floating point

static LONG ClobberFloatingPoint(PEXCEPTION_POINTERS Pointers)
{
    __asm__ volatile("pcmpeqd %%xmm0, %%xmm0; pcmpeqd %%xmm5, %%xmm5; fninit" ::: "xmm0", "xmm5");
    Pointers->ContextRecord->Rip += 2; // behind ud2
    return EXCEPTION_CONTINUE_EXECUTION;
}

VOID TestFloatingPointSurvives(void)
{
    ULONGLONG Volatile = 0x1234567890ABCDEF, After = 0;
    USHORT Control = 0x037F, ControlAfter = 0;
    __try {
        __asm__ volatile("fldcw %3\n\tmovq %2, %%xmm5\n\tud2\n\tmovq %%xmm5, %0\n\tfnstcw %1\n\t"
                         "fninit"
                         : "=r"(After), "=m"(ControlAfter)
                         : "r"(Volatile), "m"(Control)
                         : "xmm5", "memory");
    } __except (ClobberFloatingPoint(GetExceptionInformation())) {
        CHECK(FALSE);
    }
    CHECK_EQUAL(After, Volatile);
    CHECK_EQUAL(ControlAfter, Control);
}

// ---- Floating-point exceptions of the x87. Those of SSE are not tested: QEMU 7.2 raises none without KVM.

static double Zero, One = 1.0, Huge = 1e308;
static float Small;

// Zero divided by zero, one by zero, and a number too large for its destination.
static VOID InvalidX87(void)
{
    USHORT Control = 0x037E;
    __asm__ volatile("fninit\n\tfldcw %0\n\tfldl %1\n\tfdivl %1\n\tfwait" ::"m"(Control),
                     "m"(Zero));
}

static VOID DivideX87(void)
{
    USHORT Control = 0x037B;
    __asm__ volatile("fninit\n\tfldcw %0\n\tfldl %1\n\tfdivl %2\n\tfwait" ::"m"(Control), "m"(One),
                     "m"(Zero));
}

static VOID OverflowX87(void)
{
    USHORT Control = 0x0377;
    __asm__ volatile("fninit\n\tfldcw %1\n\tfldl %2\n\tfstps %0\n\tfwait"
                     : "=m"(Small)
                     : "m"(Control), "m"(Huge));
}

VOID TestFloatingPointExceptions(void)
{
    static const struct {
        VOID (*Routine)(void);
        NTSTATUS Code;
    } Cases[] = {
        {InvalidX87, STATUS_FLOAT_INVALID_OPERATION},
        {DivideX87, STATUS_FLOAT_DIVIDE_BY_ZERO},
        {OverflowX87, STATUS_FLOAT_OVERFLOW},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++) {
        CHECK_RAISES(Cases[i].Routine, Cases[i].Code);
        __asm__ volatile("fninit");
    }
}
