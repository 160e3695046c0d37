// Entry of a root task. The kernel starts it with the address of the BootInfo frame in rdi and no
// stack. The registers are kept as they came for the tests of the start convention.

    .section .bss
    .balign 16
    .global root_stack_top
root_stack:
    .skip 64 * 1024
root_stack_top:

    .global start_registers
start_registers:
    .skip 17 * 8
    .balign 16
    .global start_fpu
start_fpu:
    .skip 512

    .section .text
    .global _start
_start:
    movq %rax, start_registers + 0x00
    movq %rbx, start_registers + 0x08
    movq %rcx, start_registers + 0x10
    movq %rdx, start_registers + 0x18
    movq %rsi, start_registers + 0x20
    movq %rdi, start_registers + 0x28
    movq %rbp, start_registers + 0x30
    movq %rsp, start_registers + 0x38
    movq %r8, start_registers + 0x40
    movq %r9, start_registers + 0x48
    movq %r10, start_registers + 0x50
    movq %r11, start_registers + 0x58
    movq %r12, start_registers + 0x60
    movq %r13, start_registers + 0x68
    movq %r14, start_registers + 0x70
    movq %r15, start_registers + 0x78
    movq $root_stack_top, %rsp
    pushfq
    popq start_registers + 0x80
    fxsave start_fpu
    xorl %ebp, %ebp
    call root_main
    ud2
