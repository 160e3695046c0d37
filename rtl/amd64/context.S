// Capture and restore of a thread's context, and the calls of language handlers.
// CONTEXT offsets are those of 64-bit Windows.

#define ContextFlags 0x30
#define MxCsr 0x34
#define SegCs 0x38
#define SegDs 0x3a
#define SegEs 0x3c
#define SegFs 0x3e
#define SegGs 0x40
#define SegSs 0x42
#define EFlags 0x44
#define Rax 0x78
#define Rcx 0x80
#define Rdx 0x88
#define Rbx 0x90
#define Rsp 0x98
#define Rbp 0xa0
#define Rsi 0xa8
#define Rdi 0xb0
#define R8 0xb8
#define R9 0xc0
#define R10 0xc8
#define R11 0xd0
#define R12 0xd8
#define R13 0xe0
#define R14 0xe8
#define R15 0xf0
#define Rip 0xf8
#define FltSave 0x100

// CONTEXT_AMD64 | CONTROL | INTEGER | SEGMENTS | FLOATING_POINT
#define CAPTURED_FLAGS 0x10000f

#define DISPATCHER_LANGUAGE_HANDLER 0x30

    .text

// VOID RtlCaptureContext(PCONTEXT Context): the state of the caller as it is after this returns.
    .globl RtlCaptureContext
    .p2align 4
    .seh_proc RtlCaptureContext
RtlCaptureContext:
    pushfq
    .seh_stackalloc 8
    .seh_endprologue
    mov     %rax, Rax(%rcx)
    mov     %rcx, Rcx(%rcx)
    mov     %rdx, Rdx(%rcx)
    mov     %rbx, Rbx(%rcx)
    mov     %rbp, Rbp(%rcx)
    mov     %rsi, Rsi(%rcx)
    mov     %rdi, Rdi(%rcx)
    mov     %r8, R8(%rcx)
    mov     %r9, R9(%rcx)
    mov     %r10, R10(%rcx)
    mov     %r11, R11(%rcx)
    mov     %r12, R12(%rcx)
    mov     %r13, R13(%rcx)
    mov     %r14, R14(%rcx)
    mov     %r15, R15(%rcx)
    fxsave64 FltSave(%rcx)
    stmxcsr MxCsr(%rcx)
    mov     %cs, SegCs(%rcx)
    mov     %ds, SegDs(%rcx)
    mov     %es, SegEs(%rcx)
    mov     %fs, SegFs(%rcx)
    mov     %gs, SegGs(%rcx)
    mov     %ss, SegSs(%rcx)
    mov     (%rsp), %rax
    mov     %eax, EFlags(%rcx)
    mov     8(%rsp), %rax
    mov     %rax, Rip(%rcx)
    lea     16(%rsp), %rax
    mov     %rax, Rsp(%rcx)
    movl    $CAPTURED_FLAGS, ContextFlags(%rcx)
    mov     Rax(%rcx), %rax
    add     $8, %rsp
    ret
    .seh_endproc

// VOID RtlpRestoreRegisters(PCONTEXT Context): continue with every register of the context. Flags and
// address go through the two words below the new stack pointer, which hold nothing by the calling
// convention. (An interrupt return would need the code selector, and the one in cs is no descriptor
// after a `sysret` of every kernel.)
    .globl RtlpRestoreRegisters
    .p2align 4
RtlpRestoreRegisters:
    fxrstor64 FltSave(%rcx)
    ldmxcsr MxCsr(%rcx)
    mov     Rsp(%rcx), %rax
    mov     Rip(%rcx), %rdx
    mov     %rdx, -8(%rax)
    mov     EFlags(%rcx), %edx
    mov     %rdx, -16(%rax)
    lea     -16(%rax), %rsp
    mov     Rax(%rcx), %rax
    mov     Rdx(%rcx), %rdx
    mov     Rbx(%rcx), %rbx
    mov     Rbp(%rcx), %rbp
    mov     Rsi(%rcx), %rsi
    mov     Rdi(%rcx), %rdi
    mov     R8(%rcx), %r8
    mov     R9(%rcx), %r9
    mov     R10(%rcx), %r10
    mov     R11(%rcx), %r11
    mov     R12(%rcx), %r12
    mov     R13(%rcx), %r13
    mov     R14(%rcx), %r14
    mov     R15(%rcx), %r15
    mov     Rcx(%rcx), %rcx
    popfq
    ret

// EXCEPTION_DISPOSITION RtlpExecuteHandlerForException(Record, Frame, Context, Dispatcher)
// An exception inside the handler is found here: see RtlpNestedExceptionHandler.
    .globl RtlpExecuteHandlerForException
    .p2align 4
    .seh_proc RtlpExecuteHandlerForException
    .seh_handler RtlpNestedExceptionHandler, @except, @unwind
RtlpExecuteHandlerForException:
    sub     $0x28, %rsp
    .seh_stackalloc 0x28
    .seh_endprologue
    mov     %r9, 0x20(%rsp)
    call    *DISPATCHER_LANGUAGE_HANDLER(%r9)
    nop
    add     $0x28, %rsp
    ret
    .seh_endproc

    .globl RtlpExecuteHandlerForUnwind
    .p2align 4
    .seh_proc RtlpExecuteHandlerForUnwind
    .seh_handler RtlpCollidedUnwindHandler, @except, @unwind
RtlpExecuteHandlerForUnwind:
    sub     $0x28, %rsp
    .seh_stackalloc 0x28
    .seh_endprologue
    mov     %r9, 0x20(%rsp)
    call    *DISPATCHER_LANGUAGE_HANDLER(%r9)
    nop
    add     $0x28, %rsp
    ret
    .seh_endproc

// VOID RtlpConsolidateFrames(PCONTEXT Context, PEXCEPTION_RECORD Record): call the function that
// Record names, in a frame whose caller, to an unwinder, is Context (the frames between are gone), and
// continue with Context at the address that it returns.
#define FRAME_CONTEXT 0x20
#define FRAME_SIZE 0x500
#define CONTEXT_QWORDS (0x4d0 / 8)
#define MACHINE_FRAME_RSP 0x18
#define EXCEPTION_INFORMATION 0x20

    .globl RtlpConsolidateFrames
    .p2align 4
    .seh_proc RtlpConsolidateFrames
    .seh_pushframe
    .seh_stackalloc FRAME_SIZE
    .seh_savereg %rbx, FRAME_CONTEXT + Rbx
    .seh_savereg %rbp, FRAME_CONTEXT + Rbp
    .seh_savereg %rsi, FRAME_CONTEXT + Rsi
    .seh_savereg %rdi, FRAME_CONTEXT + Rdi
    .seh_savereg %r12, FRAME_CONTEXT + R12
    .seh_savereg %r13, FRAME_CONTEXT + R13
    .seh_savereg %r14, FRAME_CONTEXT + R14
    .seh_savereg %r15, FRAME_CONTEXT + R15
    .seh_savexmm %xmm6, FRAME_CONTEXT + 0x200
    .seh_savexmm %xmm7, FRAME_CONTEXT + 0x210
    .seh_savexmm %xmm8, FRAME_CONTEXT + 0x220
    .seh_savexmm %xmm9, FRAME_CONTEXT + 0x230
    .seh_savexmm %xmm10, FRAME_CONTEXT + 0x240
    .seh_savexmm %xmm11, FRAME_CONTEXT + 0x250
    .seh_savexmm %xmm12, FRAME_CONTEXT + 0x260
    .seh_savexmm %xmm13, FRAME_CONTEXT + 0x270
    .seh_savexmm %xmm14, FRAME_CONTEXT + 0x280
    .seh_savexmm %xmm15, FRAME_CONTEXT + 0x290
    .seh_endprologue
RtlpConsolidateFrames:
    lea     -(FRAME_SIZE + 0x28)(%rsp), %rsp
    mov     %rdx, %r8
    mov     %rcx, %rsi
    lea     FRAME_CONTEXT(%rsp), %rdi
    mov     $CONTEXT_QWORDS, %ecx
    cld
    rep movsq
    mov     FRAME_CONTEXT + Rip(%rsp), %rax
    mov     %rax, FRAME_SIZE(%rsp)
    mov     FRAME_CONTEXT + Rsp(%rsp), %rax
    mov     %rax, FRAME_SIZE + MACHINE_FRAME_RSP(%rsp)
    mov     %r8, %rcx
    call    *EXCEPTION_INFORMATION(%r8)
    lea     FRAME_CONTEXT(%rsp), %rcx
    mov     %rax, Rip(%rcx)
    jmp     RtlpRestoreRegisters
    .seh_endproc
