// Faults of programs. What mm cannot make good becomes a Windows exception, which is dispatched in the
// program: a CONTEXT and an EXCEPTION_RECORD on its stack, and on it goes in ntdll.
#include "kep.h"

KE_USER_ENTRIES KeUserEntries;

// Intel SDM 3A, 6.3.1
enum {
    TRAP_DIVIDE = 0,
    TRAP_DEBUG = 1,
    TRAP_BREAKPOINT = 3,
    TRAP_OVERFLOW = 4,
    TRAP_BOUND = 5,
    TRAP_INVALID_OPCODE = 6,
    TRAP_STACK = 12,
    TRAP_PROTECTION = 13,
    TRAP_X87 = 16,
    TRAP_ALIGNMENT = 17,
    TRAP_SIMD = 19,

    // Error code of a protection fault by an `int n` that programs may not use: the gate's selector.
    TRAP_ERROR_IDT = 2,
    TRAP_ERROR_INDEX_SHIFT = 3,
    INT_OPCODE = 0xCD,
    INT_LENGTH = 2,
    INT3_LENGTH = 1,

    PAGE_FAULT_WRITE = 2,
    PAGE_FAULT_FETCH = 16,
};

// Windows' software interrupts.
enum {
    INT_BREAKPOINT = 0x03,
    INT_OVERFLOW = 0x04,
    INT_FAST_FAIL = 0x29,
    INT_ASSERTION = 0x2C,
    INT_DEBUG_SERVICE = 0x2D,

    BREAKPOINT_PRINT = 1, // services of the last
    KI_LONGEST_PRINT = 512,
};

// On the program's stack at KiUserExceptionDispatcher, as on Windows.
typedef struct _KI_EXCEPTION_FRAME {
    CONTEXT Context;
    CONTEXT_EX ContextEx;
    ULONG_PTR Alignment;
    EXCEPTION_RECORD Record;
    ULONG_PTR Reserved;
    ULONG_PTR Machine[5]; // rip, cs, eflags, rsp, ss: for the unwinder
} KI_EXCEPTION_FRAME;
static_assert(offsetof(KI_EXCEPTION_FRAME, ContextEx) == 0x4D0);
static_assert(offsetof(KI_EXCEPTION_FRAME, Record) == 0x4F0);
static_assert(offsetof(KI_EXCEPTION_FRAME, Machine) == 0x590);
static_assert(sizeof(KI_EXCEPTION_FRAME) % 16 == 0);

// Enter ntdll on the program's own stack.
NTSTATUS KeRaiseUserException(PETHREAD Thread, PEXCEPTION_RECORD Record, const CONTEXT *Context)
{
    if (!KeUserEntries.KiUserExceptionDispatcher)
        return STATUS_UNSUCCESSFUL;
    ULONG_PTR Stack = ALIGN_DOWN_BY(Context->Rsp, 16) - sizeof(KI_EXCEPTION_FRAME);
    if (Stack > Context->Rsp)
        return STATUS_ACCESS_VIOLATION;
    KI_EXCEPTION_FRAME *Frame = ExAllocatePoolZero(NonPagedPool, sizeof(*Frame), 'fxEK');
    if (!Frame)
        return STATUS_INSUFFICIENT_RESOURCES;
    Frame->Context = *Context;
    Frame->Record = *Record;
    Frame->ContextEx.All =
        (CONTEXT_CHUNK){-(LONG)sizeof(CONTEXT), sizeof(CONTEXT) + sizeof(CONTEXT_EX)};
    Frame->ContextEx.Legacy = (CONTEXT_CHUNK){-(LONG)sizeof(CONTEXT), sizeof(CONTEXT)};
    Frame->Machine[0] = Context->Rip;
    Frame->Machine[1] = Context->SegCs;
    Frame->Machine[2] = Context->EFlags;
    Frame->Machine[3] = Context->Rsp;
    Frame->Machine[4] = Context->SegSs;
    NTSTATUS Status = MmWriteProcess(Thread->Process, Stack, Frame, sizeof(*Frame));
    ExFreePool(Frame);
    if (!NT_SUCCESS(Status))
        return Status;

    CONTEXT Entry = *Context;
    Entry.ContextFlags = CONTEXT_FULL;
    Entry.Rip = KeUserEntries.KiUserExceptionDispatcher;
    Entry.Rsp = Stack;
    Entry.EFlags &= ~(ULONG)0x100; // the trap flag is the interrupted code's
    return KiRedirectThread(Thread, &Entry);
}

static VOID KiRaise(PETHREAD Thread, PEXCEPTION_RECORD Record, PCONTEXT Context)
{
    if (NT_SUCCESS(KeRaiseUserException(Thread, Record, Context)))
        return;
    DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL,
               "process %lu: exception 0x%08lX at 0x%p cannot be dispatched (0x%p, 0x%p)\n",
               (ULONG)(ULONG_PTR)Thread->Cid.UniqueProcess, (ULONG)Record->ExceptionCode,
               Record->ExceptionAddress, (PVOID)Record->ExceptionInformation[0],
               (PVOID)Record->ExceptionInformation[1]);
    DbgDumpThread(Thread, Record, Context, L"an exception that cannot be dispatched");
    PsTerminateProcess(Thread->Process, (NTSTATUS)Record->ExceptionCode);
}

static VOID KiRaiseFault(PETHREAD Thread, NTSTATUS Code, ULONG Count, ULONG_PTR First,
                         ULONG_PTR Second, LONG Adjust)
{
    seL4_UserContext Registers;
    if (!NT_SUCCESS(KiReadThread(Thread, &Registers, STATUS_SUCCESS)))
        return;
    Registers.rip += (ULONG_PTR)(LONG_PTR)Adjust;
    CONTEXT Context;
    KiContextFromRegisters(&Context, &Registers);
    EXCEPTION_RECORD Record = {
        .ExceptionCode = (DWORD)Code,
        .ExceptionAddress = (PVOID)Registers.rip,
        .NumberParameters = Count,
        .ExceptionInformation = {First, Second},
    };
    KiRaise(Thread, &Record, &Context);
}

static VOID KiHandlePageFault(PETHREAD Thread, const seL4_Word Mr[4])
{
    ULONG_PTR Address = Mr[seL4_VMFault_Addr];
    BOOLEAN Write = (Mr[seL4_VMFault_FSR] & PAGE_FAULT_WRITE) != 0;
    NTSTATUS Status = MmAccessFault(Thread->Process->AddressSpace, Address, Write);
    if (NT_SUCCESS(Status))
        return;
    ULONG_PTR Kind = Write ? EXCEPTION_WRITE_FAULT : EXCEPTION_READ_FAULT;
    if (Mr[seL4_VMFault_PrefetchFault] || (Mr[seL4_VMFault_FSR] & PAGE_FAULT_FETCH))
        Kind = EXCEPTION_EXECUTE_FAULT;
    if (Status == STATUS_NO_MEMORY)
        Status = STATUS_IN_PAGE_ERROR;
    KiRaiseFault(Thread, Status, 2, Kind, Address, 0);
}

// Fast fail never comes back: no handler of the program, which is corrupt, may run.
static VOID KiFastFail(PETHREAD Thread)
{
    seL4_UserContext Registers = {};
    KiReadThread(Thread, &Registers, STATUS_SUCCESS);
    DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL, "process %lu: fast fail %lu at 0x%p\n",
               (ULONG)(ULONG_PTR)Thread->Cid.UniqueProcess, (ULONG)Registers.rcx,
               (PVOID)Registers.rip);
    CONTEXT Context;
    KiContextFromRegisters(&Context, &Registers);
    const EXCEPTION_RECORD Record = {
        .ExceptionCode = (DWORD)STATUS_STACK_BUFFER_OVERRUN,
        .ExceptionFlags = EXCEPTION_NONCONTINUABLE,
        .ExceptionAddress = (PVOID)Registers.rip,
        .NumberParameters = 1,
        .ExceptionInformation = {Registers.rcx},
    };
    DbgDumpThread(Thread, &Record, &Context, L"fast fail");
    PsTerminateProcess(Thread->Process, STATUS_STACK_BUFFER_OVERRUN);
}

static NTSTATUS KiPrintFromUser(const seL4_UserContext *Registers)
{
    CHAR Text[KI_LONGEST_PRINT];
    SIZE_T Length = min((USHORT)Registers->rdx, sizeof(Text));
    NTSTATUS Status = MmCopyFromUser(Text, (const VOID USER *)Registers->rcx, Length);
    if (NT_SUCCESS(Status))
        KeWriteDebugLog(Text, Length);
    return Status;
}

// The program's text goes to the debug log, if messages of its component (r8) and level (r9) are wanted. The service returns
// in rax, behind the int3 that follows it.
static VOID KiDebugPrint(PETHREAD Thread, seL4_UserContext *Registers)
{
    NTSTATUS Status = STATUS_SUCCESS;
    if (DbgIsWanted((ULONG)Registers->r8, (ULONG)Registers->r9))
        Status = KiPrintFromUser(Registers);
    CONTEXT Context;
    Registers->rax = (ULONG)Status;
    Registers->rip += INT_LENGTH + INT3_LENGTH;
    KiContextFromRegisters(&Context, Registers);
    (VOID) KeSetNewContext(Thread, &Context);
}

// Interrupt 2Dh: the service in eax. What there is no debugger for is a breakpoint.
static VOID KiDebugService(PETHREAD Thread)
{
    seL4_UserContext Registers;
    if (!NT_SUCCESS(KiReadThread(Thread, &Registers, STATUS_SUCCESS)))
        return;
    if ((ULONG)Registers.rax == BREAKPOINT_PRINT)
        KiDebugPrint(Thread, &Registers);
    else
        KiRaiseFault(Thread, STATUS_BREAKPOINT, 1, (ULONG)Registers.rax, 0, INT_LENGTH);
}

static VOID KiSoftwareInterrupt(PETHREAD Thread, ULONG Vector)
{
    switch (Vector) {
    case INT_BREAKPOINT:
        KiRaiseFault(Thread, STATUS_BREAKPOINT, 1, 0, 0, 0);
        break;
    case INT_OVERFLOW:
        KiRaiseFault(Thread, STATUS_INTEGER_OVERFLOW, 0, 0, 0, 0);
        break;
    case INT_FAST_FAIL:
        KiFastFail(Thread);
        break;
    case INT_ASSERTION:
        KiRaiseFault(Thread, STATUS_ASSERTION_FAILURE, 0, 0, 0, 0);
        break;
    case INT_DEBUG_SERVICE:
        KiDebugService(Thread);
        break;
    default:
        KiRaiseFault(Thread, STATUS_ACCESS_VIOLATION, 2, EXCEPTION_READ_FAULT, MAXULONG_PTR, 0);
        break;
    }
}

// Is the instruction one that only a kernel may use? Intel SDM 3A, 5.9, and the I/O instructions.
static BOOLEAN KiIsPrivileged(ULONG_PTR Address)
{
    UCHAR Code[3];
    if (!NT_SUCCESS(MmCopyFromUser(Code, (const VOID USER *)Address, sizeof(Code))))
        return FALSE;
    switch (Code[0]) {
    case 0x0F: // lgdt and kin, clts, invd, wbinvd, mov cr/dr, wrmsr, rdmsr
        return Code[1] == 0x00 || Code[1] == 0x01 || Code[1] == 0x06 || Code[1] == 0x08 ||
               Code[1] == 0x09 || (Code[1] >= 0x20 && Code[1] <= 0x23) || Code[1] == 0x30 ||
               Code[1] == 0x32;
    case 0x44: // mov cr8
        return Code[1] == 0x0F && (Code[2] == 0x20 || Code[2] == 0x22);
    case 0x6C ... 0x6F: // ins, outs
    case 0xE4 ... 0xE7: // in, out with an immediate port
    case 0xEC ... 0xEF: // in, out
    case 0xF4:          // hlt
    case 0xFA:          // cli
    case 0xFB:          // sti
        return TRUE;
    default:
        return FALSE;
    }
}

// The number in the instruction is better than the one in the error code: virtual machines that scale it
// by the size of a gate (16) instead of 8 are in use.
static ULONG KiInterruptNumber(ULONG_PTR Address, ULONG ErrorCode)
{
    UCHAR Code[INT_LENGTH];
    if (NT_SUCCESS(MmCopyFromUser(Code, (const VOID USER *)Address, sizeof(Code))) &&
        Code[0] == INT_OPCODE)
        return Code[1];
    return ErrorCode >> TRAP_ERROR_INDEX_SHIFT;
}

static VOID KiHandleProtectionFault(PETHREAD Thread, ULONG_PTR Address, ULONG ErrorCode)
{
    if (ErrorCode & TRAP_ERROR_IDT)
        KiSoftwareInterrupt(Thread, KiInterruptNumber(Address, ErrorCode));
    else if (KiIsPrivileged(Address))
        KiRaiseFault(Thread, STATUS_PRIVILEGED_INSTRUCTION, 0, 0, 0, 0);
    else
        KiRaiseFault(Thread, STATUS_ACCESS_VIOLATION, 2, EXCEPTION_READ_FAULT, MAXULONG_PTR, 0);
}

static VOID KiHandleTrap(PETHREAD Thread, ULONG Vector, ULONG_PTR Address, ULONG ErrorCode)
{
    switch (Vector) {
    case TRAP_DIVIDE:
        KiRaiseFault(Thread, STATUS_INTEGER_DIVIDE_BY_ZERO, 0, 0, 0, 0);
        break;
    case TRAP_DEBUG:
        KiRaiseFault(Thread, STATUS_SINGLE_STEP, 0, 0, 0, 0);
        break;
    case TRAP_BREAKPOINT: // a trap: it reports the next instruction
        KiRaiseFault(Thread, STATUS_BREAKPOINT, 1, 0, 0, -INT3_LENGTH);
        break;
    case TRAP_OVERFLOW:
        KiRaiseFault(Thread, STATUS_INTEGER_OVERFLOW, 0, 0, 0, 0);
        break;
    case TRAP_BOUND:
        KiRaiseFault(Thread, STATUS_ARRAY_BOUNDS_EXCEEDED, 0, 0, 0, 0);
        break;
    case TRAP_INVALID_OPCODE:
        KiRaiseFault(Thread, STATUS_ILLEGAL_INSTRUCTION, 0, 0, 0, 0);
        break;
    case TRAP_PROTECTION:
        KiHandleProtectionFault(Thread, Address, ErrorCode);
        break;
    case TRAP_X87:
    case TRAP_SIMD:
        // Which of the floating-point codes it is only the program can tell, from its own state.
        KiRaiseFault(Thread,
                     Vector == TRAP_SIMD ? STATUS_FLOAT_MULTIPLE_TRAPS
                                         : STATUS_FLOAT_MULTIPLE_FAULTS,
                     2, 0, 0, 0);
        break;
    case TRAP_ALIGNMENT:
        KiRaiseFault(Thread, STATUS_DATATYPE_MISALIGNMENT, 0, 0, 0, 0);
        break;
    default:
        KiRaiseFault(Thread, STATUS_ACCESS_VIOLATION, 2, EXCEPTION_READ_FAULT, MAXULONG_PTR, 0);
        break;
    }
}

VOID KiHandleFault(PETHREAD Thread, seL4_Word Label, const seL4_Word Mr[4])
{
    switch (Label) {
    case seL4_Fault_VMFault:
        KiHandlePageFault(Thread, Mr);
        break;
    case seL4_Fault_UserException:
        KiHandleTrap(Thread, (ULONG)Mr[seL4_UserException_Number], Mr[seL4_UserException_FaultIP],
                     (ULONG)seL4_GetMR(seL4_UserException_Code));
        break;
    default: // a system call that is none, or a capability that the thread does not have
        KiRaiseFault(Thread, STATUS_ILLEGAL_INSTRUCTION, 0, 0, 0, 0);
        break;
    }
}
