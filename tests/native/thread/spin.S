// A thread that is always in the program, with known registers.

    .text

// VOID TestSpin(void)
    .globl TestSpin
    .globl TestSpinEnd
    .p2align 4
TestSpin:
    mov     $0x1234, %r12d
    mov     $0x5678, %r13d
    mov     $0x9ABC, %esi
1:  lock incq TestSpins(%rip)
    jmp     1b
TestSpinEnd:

// NTSTATUS TestReturnR12(void): for a thread that was sent here.
    .globl TestReturnR12
    .p2align 4
TestReturnR12:
    mov     %r12d, %ecx
    call    TestEndThread
    ud2

    .bss
    .globl TestSpins
    .p2align 3
TestSpins:
    .skip   8
