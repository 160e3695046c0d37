// __chkstk: called by functions with more than a page of locals, before they move rsp down by rax. Each
// page is touched in turn, so that the guard page moves with the stack and is never jumped over.
// Every register is kept.

#define PAGE_SIZE 0x1000
#define TIB_STACK_LIMIT 0x10

    .text
    .globl __chkstk
    .p2align 4
__chkstk:
    push    %rcx
    push    %rax
    lea     24(%rsp), %rcx          // the caller's rsp
    sub     %rax, %rcx
    jae     1f
    xor     %ecx, %ecx              // more than there is below: let it fault at the end
1:  mov     %gs:TIB_STACK_LIMIT, %rax
    cmp     %rax, %rcx
    jae     3f
    and     $-PAGE_SIZE, %rcx
2:  sub     $PAGE_SIZE, %rax
    testb   $0, (%rax)
    cmp     %rax, %rcx
    jb      2b
3:  pop     %rax
    pop     %rcx
    ret
