// From the boot loader to C: multiboot headers, then from 32-bit protected mode without paging to
// 64-bit mode at the kernel's own addresses. Runs once; the memory goes to user level afterwards.
// Sources: Multiboot Specification 0.6.96, 3.1; Multiboot2 Specification 2.0, 3.1; Intel SDM 3A, 10.8.5.
#include "layout.h"

#define CR0_BITS       0x80010001 // PG, WP, PE
#define CR4_BITS       0x000000a0 // PGE, PAE
#define MSR_EFER       0xc0000080
#define EFER_BITS      0x00000900 // NXE, LME
#define CPUID_EXTENDED 0x80000001
#define EDX_NX         (1 << 20)
#define EDX_1G_PAGES   (1 << 26)
#define EDX_LONG_MODE  (1 << 29)

    .section .head, "ax"
    .balign 4
multiboot1_header:
    .long 0x1badb002
    .long 0x00000003 // modules page-aligned, memory map wanted
    .long -(0x1badb002 + 0x00000003)

    .balign 8
multiboot2_header:
    .long 0xe85250d6
    .long 0 // i386 protected mode
    .long multiboot2_header_end - multiboot2_header
    .long -(0xe85250d6 + (multiboot2_header_end - multiboot2_header))

    .balign 8
    .short 5, 1 // framebuffer: of whatever size and depth; optional
    .long 20
    .long 0, 0, 0
    .balign 8
    .short 6, 0 // modules page-aligned
    .long 8
    .short 0, 0
    .long 8
multiboot2_header_end:

    .code32
    .global _start
_start:
    cli
    cld
    movl %eax, %edi // magic of the loader
    movl %ebx, %esi // physical address of its information
    movl $(kernel_stack_top - KERNEL_LINK_BASE), %esp

    movl $CPUID_EXTENDED, %eax
    cpuid
    andl $(EDX_NX | EDX_1G_PAGES | EDX_LONG_MODE), %edx
    cmpl $(EDX_NX | EDX_1G_PAGES | EDX_LONG_MODE), %edx
    jne unsupported

    movl $CR4_BITS, %eax
    movl %eax, %cr4
    movl $(boot_pml4 - KERNEL_LINK_BASE), %eax
    movl %eax, %cr3
    movl $MSR_EFER, %ecx
    rdmsr
    orl $EFER_BITS, %eax
    wrmsr
    movl $CR0_BITS, %eax
    movl %eax, %cr0
    lgdt boot_gdt_pointer
    ljmp $SELECTOR_KERNEL_CODE, $long_mode

// No way to say so: the screen may be in any mode, and a release kernel owns no serial line.
unsupported:
    hlt
    jmp unsupported

    .code64
long_mode:
    xorl %eax, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    movl %eax, %fs
    movl %eax, %gs
    movq $kernel_stack_top, %rsp
    movq $start_kernel, %rax
    jmpq *%rax

    .balign 8
boot_gdt:
    .quad 0
    .quad 0x00209b0000000000 // 64-bit code, present, ring 0
boot_gdt_pointer:
    .short boot_gdt_pointer - boot_gdt - 1
    .long boot_gdt

// The last steps run in resident code: nothing of what boot_kernel() was made of is mapped afterwards.
    .section .text
start_kernel:
    xorl %ebp, %ebp // the end of a backtrace
    movl %edi, %edi
    movl %esi, %esi
    call boot_kernel
    call arch_unmap_boot
    jmp restore_current

// The first 4 GiB, at their physical addresses and in the window, and the first GiB as the image.
    .section .boot.tables, "aw"
    .balign 4096
boot_pml4:
    .quad boot_pdpt - KERNEL_LINK_BASE + 0x3
    .fill 510, 8, 0
    .quad boot_pdpt - KERNEL_LINK_BASE + 0x3
boot_pdpt:
    .set gib, 0
    .rept 4
    .quad (gib << 30) + 0x83 // page, writable, present
    .set gib, gib + 1
    .endr
    .fill 506, 8, 0
    .quad 0x83
    .quad 0
