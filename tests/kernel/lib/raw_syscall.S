// void raw_syscall(raw_registers_t *registers)
// Load all fifteen general registers from *registers, execute `syscall`, and store all of them back
// with what the kernel left. No register is free to hold the pointer meanwhile, so it waits in the
// thread block (gs:8) beside the caller's stack pointer (gs:16); gs:24 takes the kernel's rsp.

    .section .text
    .global raw_syscall
    .global raw_syscall_return
raw_syscall:
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rdi, %gs:8
    movq %rsp, %gs:16

    movq 0x00(%rdi), %rax
    movq 0x08(%rdi), %rbx
    movq 0x10(%rdi), %rcx
    movq 0x18(%rdi), %rdx
    movq 0x20(%rdi), %rsi
    movq 0x30(%rdi), %rbp
    movq 0x38(%rdi), %rsp
    movq 0x40(%rdi), %r8
    movq 0x48(%rdi), %r9
    movq 0x50(%rdi), %r10
    movq 0x58(%rdi), %r11
    movq 0x60(%rdi), %r12
    movq 0x68(%rdi), %r13
    movq 0x70(%rdi), %r14
    movq 0x78(%rdi), %r15
    movq 0x28(%rdi), %rdi
    syscall
raw_syscall_return:
    movq %rsp, %gs:24
    movq %gs:8, %rsp
    movq %rax, 0x00(%rsp)
    movq %rbx, 0x08(%rsp)
    movq %rcx, 0x10(%rsp)
    movq %rdx, 0x18(%rsp)
    movq %rsi, 0x20(%rsp)
    movq %rdi, 0x28(%rsp)
    movq %rbp, 0x30(%rsp)
    movq %r8, 0x40(%rsp)
    movq %r9, 0x48(%rsp)
    movq %r10, 0x50(%rsp)
    movq %r11, 0x58(%rsp)
    movq %r12, 0x60(%rsp)
    movq %r13, 0x68(%rsp)
    movq %r14, 0x70(%rsp)
    movq %r15, 0x78(%rsp)
    movq %rsp, %rdi
    movq %gs:24, %rax
    movq %rax, 0x38(%rdi)

    movq %gs:16, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    ret
