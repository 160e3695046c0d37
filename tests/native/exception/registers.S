// Functions that own every preserved register, with unwind information that says so.

    .macro SAVE_ALL
    push    %rbx
    .seh_pushreg %rbx
    push    %rsi
    .seh_pushreg %rsi
    push    %rdi
    .seh_pushreg %rdi
    push    %r12
    .seh_pushreg %r12
    push    %r13
    .seh_pushreg %r13
    push    %r14
    .seh_pushreg %r14
    push    %r15
    .seh_pushreg %r15
    push    %rbp
    .seh_pushreg %rbp
    sub     $0x48, %rsp
    .seh_stackalloc 0x48
    movaps  %xmm6, 0x20(%rsp)
    .seh_savexmm %xmm6, 0x20
    movaps  %xmm15, 0x30(%rsp)
    .seh_savexmm %xmm15, 0x30
    .seh_endprologue
    .endm

    .macro RESTORE_ALL
    movaps  0x20(%rsp), %xmm6
    movaps  0x30(%rsp), %xmm15
    add     $0x48, %rsp
    pop     %rbp
    pop     %r15
    pop     %r14
    pop     %r13
    pop     %r12
    pop     %rdi
    pop     %rsi
    pop     %rbx
    ret
    .endm

    .macro SET_ALL value, step
    mov     $\value, %ebx
    mov     $\value + \step, %esi
    mov     $\value + 2 * \step, %edi
    mov     $\value + 3 * \step, %r12d
    mov     $\value + 4 * \step, %r13d
    mov     $\value + 5 * \step, %r14d
    mov     $\value + 6 * \step, %r15d
    mov     $\value + 7 * \step, %r10d
    movq    %r10, %xmm6
    mov     $\value + 8 * \step, %r10d
    movq    %r10, %xmm15
    .endm

    .text

// ULONG TestCallWithRegisters(ULONG (*Function)(void), PULONGLONG Result)
    .globl TestCallWithRegisters
    .p2align 4
    .seh_proc TestCallWithRegisters
TestCallWithRegisters:
    SAVE_ALL
    mov     %rdx, %rbp
    SET_ALL 0x1111, 0x1111
    call    *%rcx
    mov     %rbx, 0x00(%rbp)
    mov     %rsi, 0x08(%rbp)
    mov     %rdi, 0x10(%rbp)
    mov     %r12, 0x18(%rbp)
    mov     %r13, 0x20(%rbp)
    mov     %r14, 0x28(%rbp)
    mov     %r15, 0x30(%rbp)
    movq    %xmm6, 0x38(%rbp)
    movq    %xmm15, 0x40(%rbp)
    RESTORE_ALL
    .seh_endproc

// VOID TestClobberRegisters(VOID (*Function)(void))
    .globl TestClobberRegisters
    .p2align 4
    .seh_proc TestClobberRegisters
TestClobberRegisters:
    SAVE_ALL
    SET_ALL 0xAAAA, 0
    call    *%rcx
    nop
    RESTORE_ALL
    .seh_endproc

// LONG TestReadThrough(const LONG *Address): reads through rcx.
    .globl TestReadThrough
    .p2align 4
TestReadThrough:
    movl    (%rcx), %eax
    ret

// VOID TestSetTrapFlag(void): the single-step exception comes behind the nop.
    .globl TestSetTrapFlag
    .globl TestTrapFlagNext
    .p2align 4
    .seh_proc TestSetTrapFlag
TestSetTrapFlag:
    sub     $0x28, %rsp
    .seh_stackalloc 0x28
    .seh_endprologue
    pushfq
    orl     $0x100, (%rsp)
    popfq
    nop
TestTrapFlagNext:
    add     $0x28, %rsp
    ret
    .seh_endproc

// VOID TestContinued(void): where TestNtContinue goes on. Stores the registers at r11 and returns to
// TestContinueDone by the stack that the context gave it.
    .globl TestContinued
    .p2align 4
TestContinued:
    mov     %rax, 0x00(%r11)
    mov     %rcx, 0x08(%r11)
    mov     %rdx, 0x10(%r11)
    mov     %rbx, 0x18(%r11)
    mov     %rbp, 0x20(%r11)
    mov     %rsi, 0x28(%r11)
    mov     %rdi, 0x30(%r11)
    mov     %r8, 0x38(%r11)
    mov     %r9, 0x40(%r11)
    mov     %r10, 0x48(%r11)
    mov     %r12, 0x50(%r11)
    mov     %r13, 0x58(%r11)
    mov     %r14, 0x60(%r11)
    mov     %r15, 0x68(%r11)
    movq    %xmm0, 0x70(%r11)
    movq    %xmm7, 0x78(%r11)
    stmxcsr 0x80(%r11)
    mov     0x88(%r11), %rcx        // the context to go back with
    xor     %edx, %edx
    jmp     *0x90(%r11)             // RtlRestoreContext(context, null)
