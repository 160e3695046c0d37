// Software interrupts, and stacks that are none.

#include "suite.h"

static EXCEPTION_RECORD Seen;
static CONTEXT SeenContext;

static LONG SkipInterrupt(PEXCEPTION_POINTERS Pointers)
{
    Seen = *Pointers->ExceptionRecord;
    SeenContext = *Pointers->ContextRecord;
    Pointers->ContextRecord->Rip += 2;
    return EXCEPTION_CONTINUE_EXECUTION;
}

// Windows' assertion: it can be continued behind the instruction.
VOID TestAssertion(void)
{
    ULONG Continued = 0;
    Seen = (EXCEPTION_RECORD){};
    __try {
        __asm__ volatile("int $0x2C");
        Continued = 1;
    } __except (SkipInterrupt(GetExceptionInformation())) {
        CHECK(FALSE);
    }
    CHECK_EQUAL(Continued, 1);
    CHECK_STATUS((NTSTATUS)Seen.ExceptionCode, STATUS_ASSERTION_FAILURE);
    CHECK_EQUAL(*(PUSHORT)Seen.ExceptionAddress, 0x2CCD);
}

// An interrupt that no program may raise.
VOID TestOtherInterrupt(void)
{
    Seen = (EXCEPTION_RECORD){};
    __try {
        __asm__ volatile("int $0x80");
    } __except (SkipInterrupt(GetExceptionInformation())) {
        CHECK(FALSE);
    }
    CHECK_STATUS((NTSTATUS)Seen.ExceptionCode, STATUS_ACCESS_VIOLATION);
}

// The text is in the debug log; a bad address is a status, as there is nothing to go wrong.
VOID TestDebugPrint(void)
{
    CHECK_STATUS((NTSTATUS)DbgPrint("native-exception prints to the debug log: %d\n", 4711),
                 STATUS_SUCCESS);
    ULONG Status = 1;
    register ULONG Component __asm__("r8") = DPFLTR_DEFAULT_ID,
                             Level __asm__("r9") = DPFLTR_ERROR_LEVEL;
    __asm__ volatile("int $0x2D; int3"
                     : "+a"(Status)
                     : "c"(TEST_UNMAPPED), "d"(16), "r"(Component), "r"(Level)
                     : "memory");
    CHECK_STATUS((NTSTATUS)Status, STATUS_ACCESS_VIOLATION);
}

static NTSTATUS RunChild(PCWSTR Name)
{
    RTL_USER_PROCESS_INFORMATION Child;
    NTSTATUS Status = TestStartChild(Name, nullptr, FALSE, FALSE, &Child);
    return NT_SUCCESS(Status) ? TestFinishChild(&Child) : Status;
}

NTSTATUS TestChildFastFail(PCWSTR Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    __try { // no handler may run
        __asm__ volatile("int $0x29" ::"c"(FAST_FAIL_FATAL_APP_EXIT));
    } __except (EXCEPTION_EXECUTE_HANDLER) {
    }
    return STATUS_SUCCESS;
}

VOID TestFastFail(void)
{
    CHECK_STATUS(RunChild(L"fastfail"), STATUS_STACK_BUFFER_OVERRUN);
}

// ---- Stacks that are none: the dispatch ends with the exception itself, in every case.

enum { StackNull, StackUnmapped, StackKernel, StackHeap, StackMisaligned, StackKinds };

static ULONG_PTR WildStack(ULONG Kind)
{
    static const ULONG_PTR Addresses[] = {
        [StackNull] = 0,
        [StackUnmapped] = 0x10000,
        [StackKernel] = 0xFFFF800000001000,
    };
    ULONG_PTR Heap = (ULONG_PTR)RtlAllocateHeap(RtlProcessHeap(), HEAP_ZERO_MEMORY, 0x8000);
    if (Kind == StackHeap)
        return Heap + 0x4000;
    if (Kind == StackMisaligned)
        return (ULONG_PTR)&Heap | 3;
    return Addresses[Kind];
}

NTSTATUS TestChildWildStack(PCWSTR Argument)
{
    ULONG_PTR Stack = WildStack((ULONG)(Argument[0] - L'0'));
    __asm__ volatile("mov %0, %%rsp\n\tmov %0, %%rbp\n\tud2" ::"r"(Stack) : "memory");
    return STATUS_SUCCESS;
}

VOID TestWildStack(void)
{
    for (ULONG i = 0; i < StackKinds; i++) {
        RTL_USER_PROCESS_INFORMATION Child;
        WCHAR Kind[2] = {(WCHAR)(L'0' + i), 0};
        REQUIRE_STATUS(TestStartChild(L"wildstack", Kind, FALSE, FALSE, &Child), STATUS_SUCCESS);
        CHECK_STATUS(TestFinishChild(&Child), STATUS_ILLEGAL_INSTRUCTION);
    }
}

// A wild frame pointer below a frame that uses it: the frames above cannot be found.
NTSTATUS TestChildWildFrame(PCWSTR Argument)
{
    static const ULONG_PTR Frames[] = {0, 0x18, 0xFFFF800000001000, MAXULONG_PTR - 7};
    ULONG_PTR Frame = Frames[Argument[0] - L'0'];
    __try {
        __asm__ volatile("mov %0, %%rbp\n\tud2" ::"r"(Frame) : "memory");
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return STATUS_SUCCESS;
    }
    return STATUS_SUCCESS;
}

VOID TestWildFrame(void)
{
    for (ULONG i = 0; i < 4; i++) {
        RTL_USER_PROCESS_INFORMATION Child;
        WCHAR Kind[2] = {(WCHAR)(L'0' + i), 0};
        REQUIRE_STATUS(TestStartChild(L"wildframe", Kind, FALSE, FALSE, &Child), STATUS_SUCCESS);
        CHECK_STATUS(TestFinishChild(&Child), STATUS_ILLEGAL_INSTRUCTION);
    }
}
