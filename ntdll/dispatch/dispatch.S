// Entry points of ntdll that the Executive makes a thread continue at: exceptions and APCs. Each finds a
// CONTEXT at the top of the stack. Its integer part was filled in by the Executive; the
// floating-point state is still in the registers and is saved here, before any code that could
// change it.
//
// The unwind information makes the interrupted code the caller of the dispatcher, so that handlers in
// its frames are found: every preserved register is in the CONTEXT, and a machine frame has Rip and Rsp.

#define P1Home 0x00
#define P2Home 0x08
#define P3Home 0x10
#define P4Home 0x18
#define ContextFlags 0x30
#define MxCsr 0x34
#define Rbx 0x90
#define Rbp 0xa0
#define Rsi 0xa8
#define Rdi 0xb0
#define R12 0xd8
#define R13 0xe0
#define R14 0xe8
#define Rsp 0x98
#define R15 0xf0
#define Rip 0xf8
#define FltSave 0x100
#define Xmm(n) (0x1a0 + 16 * (n))

#define CONTEXT_FLOATING_POINT 0x8

#define EXCEPTION_FRAME_RECORD 0x4f0  // EXCEPTION_RECORD, behind CONTEXT and CONTEXT_EX
#define EXCEPTION_FRAME_MACHINE 0x590 // machine frame

// An APC's frame: home parameters, a fifth argument, a machine frame, then the CONTEXT.
#define APC_FRAME_ARGUMENT5 0x20
#define APC_FRAME_MACHINE 0x28
#define APC_FRAME_CONTEXT 0x50
#define MACHINE_FRAME_RSP 0x18

    .macro SAVED_IN_CONTEXT offset
    .seh_savereg %rbx, \offset + Rbx
    .seh_savereg %rbp, \offset + Rbp
    .seh_savereg %rsi, \offset + Rsi
    .seh_savereg %rdi, \offset + Rdi
    .seh_savereg %r12, \offset + R12
    .seh_savereg %r13, \offset + R13
    .seh_savereg %r14, \offset + R14
    .seh_savereg %r15, \offset + R15
    .seh_savexmm %xmm6, \offset + Xmm(6)
    .seh_savexmm %xmm7, \offset + Xmm(7)
    .seh_savexmm %xmm8, \offset + Xmm(8)
    .seh_savexmm %xmm9, \offset + Xmm(9)
    .seh_savexmm %xmm10, \offset + Xmm(10)
    .seh_savexmm %xmm11, \offset + Xmm(11)
    .seh_savexmm %xmm12, \offset + Xmm(12)
    .seh_savexmm %xmm13, \offset + Xmm(13)
    .seh_savexmm %xmm14, \offset + Xmm(14)
    .seh_savexmm %xmm15, \offset + Xmm(15)
    .endm

    .macro SAVE_FLOATING_POINT
    fxsave64 FltSave(%rsp)
    stmxcsr MxCsr(%rsp)
    orl     $CONTEXT_FLOATING_POINT, ContextFlags(%rsp)
    cld
    .endm

    .text

// rsp -> CONTEXT, then EXCEPTION_RECORD.
    .globl KiUserExceptionDispatcher
    .p2align 4
    .seh_proc KiUserExceptionDispatcher
    .seh_pushframe
    .seh_stackalloc EXCEPTION_FRAME_MACHINE
    SAVED_IN_CONTEXT 0
    .seh_endprologue
KiUserExceptionDispatcher:
    SAVE_FLOATING_POINT
    lea     EXCEPTION_FRAME_RECORD(%rsp), %rcx
    mov     %rsp, %rdx
    call    LdrpDispatchUserException
    int3
    .seh_endproc

// rsp -> CONTEXT whose home fields are: argument 1, 2, 3 and the routine.
    .globl KiUserApcDispatcher
    .p2align 4
    .seh_proc KiUserApcDispatcher
    .seh_pushframe
    .seh_stackalloc APC_FRAME_MACHINE
    SAVED_IN_CONTEXT APC_FRAME_CONTEXT
    .seh_endprologue
KiUserApcDispatcher:
    SAVE_FLOATING_POINT
    sub     $APC_FRAME_CONTEXT, %rsp
    mov     APC_FRAME_CONTEXT + Rip(%rsp), %rax
    mov     %rax, APC_FRAME_MACHINE(%rsp)
    mov     APC_FRAME_CONTEXT + Rsp(%rsp), %rax
    mov     %rax, APC_FRAME_MACHINE + MACHINE_FRAME_RSP(%rsp)
    mov     APC_FRAME_CONTEXT + P1Home(%rsp), %rcx
    mov     APC_FRAME_CONTEXT + P2Home(%rsp), %rdx
    mov     APC_FRAME_CONTEXT + P3Home(%rsp), %r8
    mov     APC_FRAME_CONTEXT + P4Home(%rsp), %r9
    lea     APC_FRAME_CONTEXT(%rsp), %rax
    mov     %rax, APC_FRAME_ARGUMENT5(%rsp)
    call    LdrpDispatchUserApc
    int3
    .seh_endproc

// A service wants an exception raised at its caller: the status is in rax, the return address on the
// stack. When a handler continues, the service returns the status.
    .globl KiRaiseUserExceptionDispatcher
    .p2align 4
    .seh_proc KiRaiseUserExceptionDispatcher
KiRaiseUserExceptionDispatcher:
    sub     $0x28, %rsp
    .seh_stackalloc 0x28
    .seh_endprologue
    mov     %eax, %ecx
    call    LdrpRaiseUserException
    nop
    add     $0x28, %rsp
    ret
    .seh_endproc

// NTSTATUS KiContinueWithFloatingPoint(PCONTEXT Context, BOOLEAN TestAlert), and the same for
// NtRaiseException(Record, Context, FirstChance): the floating-point state goes into the registers, where
// the kernel leaves it, then the service sets the rest.
    .globl KiContinueWithFloatingPoint
    .p2align 4
KiContinueWithFloatingPoint:
    fxrstor64 FltSave(%rcx)
    ldmxcsr MxCsr(%rcx)
    jmp     KiContinueService

    .globl KiRaiseWithFloatingPoint
    .p2align 4
KiRaiseWithFloatingPoint:
    fxrstor64 FltSave(%rdx)
    ldmxcsr MxCsr(%rdx)
    jmp     KiRaiseExceptionService

// The first instructions of a new thread: rcx = CONTEXT to continue with, rdx = base of ntdll.
    .globl LdrInitializeThunk
    .p2align 4
    .seh_proc LdrInitializeThunk
LdrInitializeThunk:
    sub     $0x28, %rsp
    .seh_stackalloc 0x28
    .seh_endprologue
    call    LdrpInitializeThread
    int3
    .seh_endproc

// rcx = start routine, rdx = its argument. The base of every user thread's stack.
    .globl RtlUserThreadStart
    .p2align 4
    .seh_proc RtlUserThreadStart
RtlUserThreadStart:
    sub     $0x28, %rsp
    .seh_stackalloc 0x28
    .seh_endprologue
    call    RtlpRunThread
    int3
    .seh_endproc

// ULONG RtlpDebugPrint(Text, Length, ComponentId, Level): interrupt 2Dh, service 1. The debugger (here
// the Executive) goes on behind the int3 that follows.
#define BREAKPOINT_PRINT 1

    .globl RtlpDebugPrint
    .p2align 4
RtlpDebugPrint:
    mov     $BREAKPOINT_PRINT, %eax
    int     $0x2d
    int3
    ret
