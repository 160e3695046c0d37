// Entry to and exit from the kernel. A thread's registers go straight into its TCB: the processor
// pushes its interrupt frame there (the TSS's rsp0 points behind it), and the stubs push the rest.
// Interrupts are off in the kernel. The general registers of `context_t` are saved by every entry, so
// that any thread can follow any other.
#include "layout.h"

    .section .text
    .code64

// ---- System calls: number in rdx, user rip in rcx, user rflags in r11. The user's rsp is not kept;
// user level holds it in another register (sel4/syscalls.h).
    .global syscall_entry
    .balign 16
syscall_entry:
    movq kernel + KERNEL_CURRENT, %rsp
    movq %rcx, TCB_NEXT_IP(%rsp)
    leaq -2(%rcx), %rcx
    movq %rcx, TCB_FAULT_IP(%rsp)
    movq %r11, TCB_FLAGS(%rsp)
    movq $1, TCB_IS_SYSCALL(%rsp)
    movq %rdi, TCB_RDI(%rsp)
    movq %rsi, TCB_RSI(%rsp)
    movq %rax, TCB_RAX(%rsp)
    movq %rbx, TCB_RBX(%rsp)
    movq %rbp, TCB_RBP(%rsp)
    movq %r12, TCB_R12(%rsp)
    movq %r13, TCB_R13(%rsp)
    movq %r14, TCB_R14(%rsp)
    movq %rdx, TCB_RDX(%rsp)
    movq %r10, TCB_R10(%rsp)
    movq %r8, TCB_R8(%rsp)
    movq %r9, TCB_R9(%rsp)
    movq %r15, TCB_R15(%rsp)
    movq $kernel_stack_top, %rsp

    leaq 8(%rdx), %rax
    cmpq $8, %rax // seL4_SysCall (-1) to seL4_SysNBRecv (-8)
    jae 1f
    call handle_syscall
    jmp restore_current
1:  movq %rdx, %rdi
    call handle_unknown_syscall

// ---- Resume kernel.current.
    .global restore_current
restore_current:
    movq kernel + KERNEL_CURRENT, %rsp
    movq TCB_RDI(%rsp), %rdi
    movq TCB_RSI(%rsp), %rsi
    movq TCB_RAX(%rsp), %rax
    movq TCB_RBX(%rsp), %rbx
    movq TCB_RBP(%rsp), %rbp
    movq TCB_R12(%rsp), %r12
    movq TCB_R13(%rsp), %r13
    movq TCB_R14(%rsp), %r14
    movq TCB_RDX(%rsp), %rdx
    movq TCB_R10(%rsp), %r10
    movq TCB_R8(%rsp), %r8
    movq TCB_R9(%rsp), %r9
    movq TCB_R15(%rsp), %r15
    cmpq $0, TCB_IS_SYSCALL(%rsp)
    je 1f
    // No user code lies at the end of the lower half (seL4_UserTop), so rcx is canonical: sysret cannot
    // fault in the kernel (Intel SDM 2B, SYSRET).
    movq TCB_NEXT_IP(%rsp), %rcx
    movq TCB_FLAGS(%rsp), %r11
    movq TCB_RSP(%rsp), %rsp
    sysretq
1:  movq TCB_RCX(%rsp), %rcx
    movq TCB_R11(%rsp), %r11
    addq $TCB_NEXT_IP, %rsp
    iretq

// ---- Exceptions and interrupts. Stub v, 16 bytes long, completes the frame with an error code where
// the processor pushes none, and leaves the vector where fault_ip will be.
    .global interrupt_stubs
    .balign 16
interrupt_stubs:
    .set vector, 0
    .rept 256
    .balign 16
    .if (vector != 8) && !((vector >= 10) && (vector <= 14)) && (vector != 17) && (vector != 21)
    pushq $0
    .endif
    pushq $vector
    jmp interrupt_entry
    .set vector, vector + 1
    .endr

// Offsets from here on are in the frame that rsp points to: a context_t up to ss.
#define FRAME(offset) (offset - TCB_CONTEXT)(%rsp)
interrupt_entry:
    pushq %r11
    pushq %rcx
    pushq %r15
    pushq %r9
    pushq %r8
    pushq %r10
    pushq %rdx
    pushq %r14
    pushq %r13
    pushq %r12
    pushq %rbp
    pushq %rbx
    pushq %rax
    pushq %rsi
    pushq %rdi
    cld
    .global clear_ac
clear_ac:
    nopl (%rax) // boot puts clac here when the processor has SMAP: user level may have set AC
    movq FRAME(TCB_FAULT_IP), %rdi
    testb $3, FRAME(TCB_CS)
    jz from_kernel
    movq FRAME(TCB_NEXT_IP), %rax
    movq %rax, FRAME(TCB_FAULT_IP)
    movq $0, FRAME(TCB_IS_SYSCALL)
from_idle:
    movq $kernel_stack_top, %rsp
    call handle_trap
    jmp restore_current

// In the kernel interrupts are enabled in two places: in the idle thread, whose stack is the frame of
// its TCB, and in irq_take(), which only wants to know the vector. Any exception is a kernel bug.
from_kernel:
    cmpq $VECTOR_EXCEPTION_END, %rdi
    jb 1f
    movq kernel + KERNEL_IDLE, %rax
    cmpq %rax, kernel + KERNEL_CURRENT
    je from_idle
    movq %rdi, irq_taken_vector
    popq %rdi
    popq %rsi
    popq %rax
    popq %rbx
    popq %rbp
    popq %r12
    popq %r13
    popq %r14
    popq %rdx
    popq %r10
    popq %r8
    popq %r9
    popq %r15
    popq %rcx
    popq %r11
    addq $16, %rsp // vector, error code
    iretq
1:  movq %rsp, %rsi
    andq $~15, %rsp
    call handle_kernel_fault // does not return

// Non-maskable interrupts come from nothing that the kernel drives, at any time, on a stack of their own.
    .global nmi_entry
nmi_entry:
    iretq

// ---- The idle thread: user level of nobody. An interrupt leaves by restore_current, which resumes the
// loop through its saved context if there is still nothing to do.
    .global idle_loop
idle_loop:
    sti
    hlt
    jmp idle_loop

// ---- Stacks
    .section .bss.stacks, "aw", @nobits
    .balign 4096
    .global kernel_stack_guard
kernel_stack_guard:
    .skip 4096
    .skip KERNEL_STACK_SIZE
    .global kernel_stack_top
kernel_stack_top:
    .skip EXCEPTION_STACK_SIZE
    .global nmi_stack_top
nmi_stack_top:
    .skip EXCEPTION_STACK_SIZE
    .global double_fault_stack_top
double_fault_stack_top:
