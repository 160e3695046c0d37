// The system service stubs, generated from the table of services.
//
// A service is a seL4 Call on the thread's service capability: label = service number, arguments 0..3
// in the message registers, the others in the IPC buffer, which lies at a fixed place behind the
// TEB. The result is message register 0. The registers that the kernel interface uses and that the
// Windows calling convention keeps (rbx, rsi, rdi, r15) are saved here.

#include "teb.h"

#define SERVICE_CPTR 0x100 // KI_CPTR_SERVICE of nt/nthost.h
#define SYS_CALL -1
#define SYS_YIELD -7
#define LABEL_SHIFT 12

// Argument n (from 4) is on the caller's stack behind the return address and the home parameters.
#define STACK_ARGUMENT(n) (0x28 + 8 * ((n)-4))
#define IPC_ARGUMENT(n) (TEB_IPC_BUFFER + 8 + 8 * (n))

    .text

    .macro COPY_ARGUMENTS count
    .set argument, 4
    .rept \count - 4
    mov     STACK_ARGUMENT(argument)(%rsp), %rax
    mov     %rax, %gs:IPC_ARGUMENT(argument)
    .set argument, argument + 1
    .endr
    .endm

    .set service_number, 0

    .macro SERVICE_STUB name, count
    .globl \name
    .p2align 4
\name:
    .if \count > 4
    COPY_ARGUMENTS \count
    .endif
    mov     $(service_number << LABEL_SHIFT | \count), %eax
    jmp     KiServiceCall
    .set service_number, service_number + 1
    .endm

    .p2align 4
    .seh_proc KiServiceCall
KiServiceCall:
    push    %rbx
    .seh_pushreg %rbx
    push    %rsi
    .seh_pushreg %rsi
    push    %rdi
    .seh_pushreg %rdi
    push    %r15
    .seh_pushreg %r15
    .seh_endprologue
    mov     %eax, %esi
    mov     %rcx, %r10
    mov     %r9, %r15
    mov     %r8, %r9
    mov     %rdx, %r8
    mov     $SERVICE_CPTR, %edi
    mov     $SYS_CALL, %rdx
    mov     %rsp, %rbx
    syscall
    mov     %rbx, %rsp
    mov     %r10d, %eax
    pop     %r15
    pop     %rdi
    pop     %rsi
    pop     %rbx
    ret
    .seh_endproc

// VOID KiYieldProcessor(VOID): the rest of the time slice goes to the next thread of the same priority.
    .globl KiYieldProcessor
    .p2align 4
    .seh_proc KiYieldProcessor
KiYieldProcessor:
    push    %rbx
    .seh_pushreg %rbx
    .seh_endprologue
    mov     $SYS_YIELD, %rdx
    mov     %rsp, %rbx
    syscall
    mov     %rbx, %rsp
    pop     %rbx
    ret
    .seh_endproc

// These do something before or after the service: dispatch/continue.c.
#define NtContinue KiContinueService
#define NtRaiseException KiRaiseExceptionService
#define NtYieldExecution KiYieldService

#define SERVICE(name, count) SERVICE_STUB name, count;
#define UNSUPPORTED(name, count) SERVICE_STUB name, count;
#include <nt/services.inc>
