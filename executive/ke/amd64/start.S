// Entry of the root task, and the switch between fiber stacks.

        .section .bss, "bw"
        .balign 16
        .skip   16 * 1024
        .globl  KiInitialStackTop
KiInitialStackTop:

        .text

// The kernel passes the address of the BootInfo frame in rdi, and no stack.
        .globl  KiSystemStartup
KiSystemStartup:
        leaq    KiInitialStackTop(%rip), %rsp
        movq    %rdi, %rcx
        xorl    %ebp, %ebp
        subq    $32, %rsp
        call    KiInitializeSystem
        ud2

// VOID KiSwitchStack(PVOID *SavedSp, PVOID NewSp): keep the caller's context on its stack and go on
// where NewSp was saved.
        .globl  KiSwitchStack
        .def    KiSwitchStack; .scl 2; .type 32; .endef
        .seh_proc KiSwitchStack
KiSwitchStack:
        pushq   %rbx
        .seh_pushreg %rbx
        pushq   %rbp
        .seh_pushreg %rbp
        pushq   %rdi
        .seh_pushreg %rdi
        pushq   %rsi
        .seh_pushreg %rsi
        pushq   %r12
        .seh_pushreg %r12
        pushq   %r13
        .seh_pushreg %r13
        pushq   %r14
        .seh_pushreg %r14
        pushq   %r15
        .seh_pushreg %r15
        .seh_endprologue
        movq    %rsp, (%rcx)
        movq    %rdx, %rsp
        popq    %r15
        popq    %r14
        popq    %r13
        popq    %r12
        popq    %rsi
        popq    %rdi
        popq    %rbp
        popq    %rbx
        ret
        .seh_endproc

// VOID KiCaptureContext(PCONTEXT Context): the caller's rip, rsp and preserved registers.
        .globl  KiCaptureContext
KiCaptureContext:
        movq    %rbx, 0x90(%rcx)
        movq    %rbp, 0xa0(%rcx)
        movq    %rsi, 0xa8(%rcx)
        movq    %rdi, 0xb0(%rcx)
        movq    %r12, 0xd8(%rcx)
        movq    %r13, 0xe0(%rcx)
        movq    %r14, 0xe8(%rcx)
        movq    %r15, 0xf0(%rcx)
        movq    (%rsp), %rax
        movq    %rax, 0xf8(%rcx)
        leaq    8(%rsp), %rax
        movq    %rax, 0x98(%rcx)
        ret
