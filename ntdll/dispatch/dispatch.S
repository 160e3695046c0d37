// Entry points of ntdll that the Executive makes a thread continue at: exceptions and APCs. Each finds a
// CONTEXT at the top of the stack. Its integer part was filled in by the Executive; the
// floating-point state is still in the registers and is saved here, before any code that could
// change it.
//
// The unwind information makes the interrupted code the caller of the dispatcher, so that handlers in
// its frames are found: every preserved register is in the CONTEXT, and a machine frame behind it
// has Rip and Rsp.

#define ContextFlags 0x30
#define MxCsr 0x34
#define Rbx 0x90
#define Rbp 0xa0
#define Rsi 0xa8
#define Rdi 0xb0
#define R12 0xd8
#define R13 0xe0
#define R14 0xe8
#define R15 0xf0
#define FltSave 0x100
#define Xmm(n) (0x1a0 + 16 * (n))

#define CONTEXT_FLOATING_POINT 0x8

#define EXCEPTION_FRAME_RECORD 0x4f0  // EXCEPTION_RECORD, behind CONTEXT and CONTEXT_EX
#define EXCEPTION_FRAME_MACHINE 0x590 // machine frame
#define APC_FRAME_MACHINE 0x4f0

    .macro SAVED_IN_CONTEXT
    .seh_savereg %rbx, Rbx
    .seh_savereg %rbp, Rbp
    .seh_savereg %rsi, Rsi
    .seh_savereg %rdi, Rdi
    .seh_savereg %r12, R12
    .seh_savereg %r13, R13
    .seh_savereg %r14, R14
    .seh_savereg %r15, R15
    .seh_savexmm %xmm6, Xmm(6)
    .seh_savexmm %xmm7, Xmm(7)
    .seh_savexmm %xmm8, Xmm(8)
    .seh_savexmm %xmm9, Xmm(9)
    .seh_savexmm %xmm10, Xmm(10)
    .seh_savexmm %xmm11, Xmm(11)
    .seh_savexmm %xmm12, Xmm(12)
    .seh_savexmm %xmm13, Xmm(13)
    .seh_savexmm %xmm14, Xmm(14)
    .seh_savexmm %xmm15, Xmm(15)
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
    SAVED_IN_CONTEXT
    .seh_endprologue
KiUserExceptionDispatcher:
    SAVE_FLOATING_POINT
    lea     EXCEPTION_FRAME_RECORD(%rsp), %rcx
    mov     %rsp, %rdx
    call    LdrpDispatchUserException
    int3
    .seh_endproc

// rsp -> CONTEXT whose home parameters are: argument 1, 2, 3 and the routine.
    .globl KiUserApcDispatcher
    .p2align 4
    .seh_proc KiUserApcDispatcher
    .seh_pushframe
    .seh_stackalloc APC_FRAME_MACHINE
    SAVED_IN_CONTEXT
    .seh_endprologue
KiUserApcDispatcher:
    SAVE_FLOATING_POINT
    mov     %rsp, %rcx
    call    LdrpDispatchUserApc
    int3
    .seh_endproc

// A service wants an exception raised at its caller: the status is in rax, the return address on the
// stack.
    .globl KiRaiseUserExceptionDispatcher
    .p2align 4
    .seh_proc KiRaiseUserExceptionDispatcher
KiRaiseUserExceptionDispatcher:
    sub     $0x28, %rsp
    .seh_stackalloc 0x28
    .seh_endprologue
    mov     %eax, %ecx
    call    RtlRaiseStatus
    int3
    .seh_endproc

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
