// void neighbour_loop(void)
// A thread that uses no memory but its own and no system call: it holds a pattern in every register
// and looks at all of them for ever. neighbour_rounds counts; neighbour_bad says which one was wrong.

    .macro load_general
    movq neighbour_pattern + 0x00, %rax
    movq neighbour_pattern + 0x08, %rbx
    movq neighbour_pattern + 0x10, %rcx
    movq neighbour_pattern + 0x18, %rdx
    movq neighbour_pattern + 0x20, %rsi
    movq neighbour_pattern + 0x28, %rdi
    movq neighbour_pattern + 0x30, %rbp
    movq neighbour_pattern + 0x38, %rsp
    movq neighbour_pattern + 0x40, %r8
    movq neighbour_pattern + 0x48, %r9
    movq neighbour_pattern + 0x50, %r10
    movq neighbour_pattern + 0x58, %r11
    movq neighbour_pattern + 0x60, %r12
    movq neighbour_pattern + 0x68, %r13
    movq neighbour_pattern + 0x70, %r14
    movq neighbour_pattern + 0x78, %r15
    .endm

    .macro check index, register
    cmpq neighbour_pattern + 8 * \index, %\register
    movq $\index + 1, neighbour_looks_at
    jne bad
    .endm

    .macro check_xmm index
    movq %xmm\index, %rax
    cmpq neighbour_pattern + 0x80 + 8 * \index, %rax
    movq $\index + 17, neighbour_looks_at
    jne bad
    .endm

    .section .text
    .global neighbour_loop
neighbour_loop:
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    movq neighbour_pattern + 0x80 + 8 * \n, %xmm\n
    .endr
    movq neighbour_pattern + 0x100, %rax
    wrfsbase %rax
    movq neighbour_pattern + 0x108, %rax
    wrgsbase %rax
    load_general
1:
    check 0, rax
    check 1, rbx
    check 2, rcx
    check 3, rdx
    check 4, rsi
    check 5, rdi
    check 6, rbp
    check 7, rsp
    check 8, r8
    check 9, r9
    check 10, r10
    check 11, r11
    check 12, r12
    check 13, r13
    check 14, r14
    check 15, r15
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    check_xmm \n
    .endr
    rdfsbase %rax
    cmpq neighbour_pattern + 0x100, %rax
    movq $33, neighbour_looks_at
    jne bad
    rdgsbase %rax
    cmpq neighbour_pattern + 0x108, %rax
    movq $34, neighbour_looks_at
    jne bad
    movq neighbour_pattern, %rax
    incq neighbour_rounds
    jmp 1b
bad:
    movq neighbour_looks_at, %rax
    movq %rax, neighbour_bad
2:
    jmp 2b

// A page of its own: nobody else has any business there.
    .section .bss
    .balign 4096
    .global neighbour_pattern, neighbour_rounds, neighbour_bad, neighbour_page
neighbour_page:
neighbour_pattern:
    .skip 34 * 8
neighbour_looks_at:
    .skip 8
neighbour_rounds:
    .skip 8
neighbour_bad:
    .skip 8
    .balign 4096
