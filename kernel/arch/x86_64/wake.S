// The way back from a sleep in which the processor has lost its state. The firmware starts it in real mode at the wake
// page, to which sleep.c has copied the trampoline; that one gets to 64-bit mode at the kernel's own addresses.
// Sources: ACPI Specification 6.4, 16.3.2 (waking vector); Intel SDM 3A, 10.8.5.
#include "layout.h"

#define CR0_PE    0x00000001
#define CR0_PG_WP 0x80010000
#define CR4_BITS  0x000000a0 // PGE, PAE
#define MSR_EFER  0xc0000080
#define EFER_BITS 0x00000900 // NXE, LME

// A symbol of the trampoline, from the start of its page.
#define AT(symbol) (symbol - wake_trampoline)

    .section .rodata.wake, "a"
    .balign 16
    .global wake_trampoline
    .code16
wake_trampoline:
    cli
    cld
    movw %cs, %ax
    movw %ax, %ds
    movzwl %ax, %ebx
    shll $4, %ebx // physical address of the page: the waking vector has no offset
    inb $0x92, %al // the kernel lies above 1 MiB: address line 20 must not be masked
    orb $2, %al
    andb $~1, %al // this bit resets
    outb %al, $0x92
    addl %ebx, AT(wake_gdt_pointer) + 2
    addl %ebx, AT(wake_to_protected)
    addl %ebx, AT(wake_to_long)
    lgdtl AT(wake_gdt_pointer)
    movl %cr0, %eax
    orl $CR0_PE, %eax
    movl %eax, %cr0
    ljmpl *AT(wake_to_protected)

    .code32
wake_protected:
    movl $0x18, %eax
    movl %eax, %ds
    movl %eax, %ss
    movl $CR4_BITS, %eax
    movl %eax, %cr4
    movl $(wake_pml4 - KERNEL_LINK_BASE), %eax
    movl %eax, %cr3
    movl $MSR_EFER, %ecx
    rdmsr
    orl $EFER_BITS, %eax
    wrmsr
    movl %cr0, %eax
    andl $~0x60000000, %eax // CD, NW: the caches are on
    orl $CR0_PG_WP, %eax
    movl %eax, %cr0
    ljmpl *AT(wake_to_long)(%ebx)

    .code64
wake_long:
    movq $wake_continue, %rax
    jmpq *%rax

    .balign 8
wake_gdt:
    .quad 0
    .quad 0x00209b0000000000 // SELECTOR_KERNEL_CODE: 64-bit code, ring 0
    .quad 0x00cf9b000000ffff // 32-bit code
    .quad 0x00cf93000000ffff // data
wake_gdt_pointer:
    .short wake_gdt_pointer - wake_gdt - 1
    .long AT(wake_gdt)
    .balign 4
wake_to_protected:
    .long AT(wake_protected)
    .short 0x10
    .balign 4
wake_to_long:
    .long AT(wake_long)
    .short SELECTOR_KERNEL_CODE
    .global wake_trampoline_end
wake_trampoline_end:

// bool wake_or_return(void (*sleep)(void)): false when sleep() returns, true when the processor comes here from the
// trampoline. C's state is on the kernel's stack: nothing else has run on it.
    .section .text
    .code64
    .global wake_or_return
wake_or_return:
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    subq $8, %rsp // aligned for the call
    movq %rsp, wake_stack
    callq *%rdi
    xorl %eax, %eax
1:  addq $8, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    retq
wake_continue:
    xorl %eax, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    movl %eax, %fs
    movl %eax, %gs
    movq wake_stack, %rsp
    movl $1, %eax
    jmp 1b

    .section .bss
    .balign 8
wake_stack:
    .skip 8
