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
#define EDX_LONG_MODE  (1 << 29)

#define PTE_TABLE      0x003 // writable, present
#define PTE_LARGE_PAGE 0x083
#define LARGE_PAGE     0x200000
#define TABLE_SIZE     4096
#define BOOT_GIB       4 // how much boot can reach

// Addresses, so that a loader need not understand ELF: QEMU writes what it has loaded as ELF again when the machine wakes up
// from S3. The file is laid out as memory is (kernel.ld).
#define MULTIBOOT1_FLAGS 0x00010003 // modules page-aligned, memory map wanted, addresses given

    .section .head, "ax"
    .balign 4
multiboot1_header:
    .long 0x1badb002
    .long MULTIBOOT1_FLAGS
    .long -(0x1badb002 + MULTIBOOT1_FLAGS)
    .long multiboot1_header
    .long multiboot1_header // load
    .long kernel_load_end - KERNEL_LINK_BASE
    .long kernel_image_end - KERNEL_LINK_BASE
    .long _start

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
    andl $(EDX_NX | EDX_LONG_MODE), %edx
    cmpl $(EDX_NX | EDX_LONG_MODE), %edx
    jne unsupported

    movl $(boot_pds - KERNEL_LINK_BASE), %ebx
    movl $PTE_LARGE_PAGE, %eax
    movl $(BOOT_GIB * TABLE_SIZE / 8), %ecx
1:  movl %eax, (%ebx)
    addl $LARGE_PAGE, %eax
    addl $8, %ebx
    loop 1b

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

// The first GiBs, at their physical addresses and in the window, and the first one as the image.
    .section .boot.tables, "aw"
    .balign TABLE_SIZE
boot_pml4:
    .quad boot_pdpt - KERNEL_LINK_BASE + PTE_TABLE
    .fill 510, 8, 0
    .quad boot_pdpt - KERNEL_LINK_BASE + PTE_TABLE
boot_pdpt:
    .set gib, 0
    .rept BOOT_GIB
    .quad boot_pds - KERNEL_LINK_BASE + gib * TABLE_SIZE + PTE_TABLE
    .set gib, gib + 1
    .endr
    .fill 510 - BOOT_GIB, 8, 0
    .quad boot_pds - KERNEL_LINK_BASE + PTE_TABLE
    .quad 0

    .section .boot.page_directories, "aw", @nobits
    .balign TABLE_SIZE
boot_pds:
    .skip BOOT_GIB * TABLE_SIZE
