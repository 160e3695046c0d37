// Multiboot 1 and 2 headers, and a stack. The loader's magic and information block become main's
// arguments.

        .section .multiboot, "a"
        .balign 8
        .long   0x1BADB002, 0, -0x1BADB002

        .balign 8
multiboot2:
        .long   0xE85250D6, 0, multiboot2_end - multiboot2
        .long   -(0xE85250D6 + (multiboot2_end - multiboot2))
        .short  0, 0
        .long   8
multiboot2_end:

        .text
        .globl  _start
_start:
        cli
        mov     $stack_top, %esp
        cld
        push    %ebx
        push    %eax
        call    guest_main
1:      hlt
        jmp     1b

        .bss
        .balign 16
        .space  16384
stack_top:
        .section .note.GNU-stack, "", @progbits
