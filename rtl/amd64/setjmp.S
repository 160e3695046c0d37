// setjmp: the jump buffer as x64 compilers lay it out (restore.c: RTLP_JUMP_BUFFER).

#define JbFrame 0x00
#define JbRbx 0x08
#define JbRsp 0x10
#define JbRbp 0x18
#define JbRsi 0x20
#define JbRdi 0x28
#define JbR12 0x30
#define JbR13 0x38
#define JbR14 0x40
#define JbR15 0x48
#define JbRip 0x50
#define JbMxCsr 0x58
#define JbFpCsr 0x5c
#define JbXmm(n) (0x60 + 16 * ((n) - 6))

    .text

// int _setjmpex(jmp_buf Buffer, void *Frame). Frame null: longjmp only restores, it does not unwind.
    .globl _setjmpex
    .globl _setjmp
    .p2align 4
_setjmpex:
_setjmp:
    mov     %rdx, JbFrame(%rcx)
    mov     %rbx, JbRbx(%rcx)
    mov     %rbp, JbRbp(%rcx)
    mov     %rsi, JbRsi(%rcx)
    mov     %rdi, JbRdi(%rcx)
    mov     %r12, JbR12(%rcx)
    mov     %r13, JbR13(%rcx)
    mov     %r14, JbR14(%rcx)
    mov     %r15, JbR15(%rcx)
    lea     8(%rsp), %rax
    mov     %rax, JbRsp(%rcx)
    mov     (%rsp), %rax
    mov     %rax, JbRip(%rcx)
    stmxcsr JbMxCsr(%rcx)
    fnstcw  JbFpCsr(%rcx)
    movdqa  %xmm6, JbXmm(6)(%rcx)
    movdqa  %xmm7, JbXmm(7)(%rcx)
    movdqa  %xmm8, JbXmm(8)(%rcx)
    movdqa  %xmm9, JbXmm(9)(%rcx)
    movdqa  %xmm10, JbXmm(10)(%rcx)
    movdqa  %xmm11, JbXmm(11)(%rcx)
    movdqa  %xmm12, JbXmm(12)(%rcx)
    movdqa  %xmm13, JbXmm(13)(%rcx)
    movdqa  %xmm14, JbXmm(14)(%rcx)
    movdqa  %xmm15, JbXmm(15)(%rcx)
    xor     %eax, %eax
    ret
