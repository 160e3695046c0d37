// Numbers that assembler and C share: selectors, vectors, offsets in a TCB (checked in thread.c).
#pragma once

#define KERNEL_LINK_BASE 0xffffffff80000000 // KERNEL_BASE for the assembler

#define SELECTOR_KERNEL_CODE 0x08
#define SELECTOR_KERNEL_DATA 0x10
#define SELECTOR_TSS         0x18 // two slots
#define SELECTOR_SYSRET      0x28 // sysret adds 8 for the stack, 16 for the code selector
#define SELECTOR_USER_DATA   0x33
#define SELECTOR_USER_CODE   0x3b

#define VECTOR_NMI           2
#define VECTOR_DOUBLE_FAULT  8
#define VECTOR_PAGE_FAULT    14
#define VECTOR_EXCEPTION_END 0x20 // the processor's own vectors end here
#define VECTOR_PIC           0x20 // where the masked PICs are told to deliver
#define VECTOR_USER          0x30 // vector of user interrupt 0 (seL4_IRQOffset)
#define VECTOR_TIMER         0x9c // right behind the last user interrupt
#define VECTOR_SOFTWARE      0x9e // user level may raise this and the following by an instruction
#define VECTOR_ERROR         0xfe
#define VECTOR_SPURIOUS      0xff

#define KERNEL_STACK_SIZE    0x2000
#define EXCEPTION_STACK_SIZE 0x1000 // of each vector with a stack of its own

// rflags
#define FLAGS_FIXED  0x00002
#define FLAGS_TRAP   0x00100
#define FLAGS_IF     0x00200
#define FLAGS_DF     0x00400
#define FLAGS_IOPL   0x03000
#define FLAGS_NT     0x04000
#define FLAGS_RF     0x10000
#define FLAGS_AC     0x40000
#define FLAGS_STATUS 0x008d5 // CF PF AF ZF SF OF

// Offsets in a TCB
#define TCB_CONTEXT    0xa0
#define TCB_RDI        (TCB_CONTEXT + 0x00)
#define TCB_RSI        (TCB_CONTEXT + 0x08)
#define TCB_RAX        (TCB_CONTEXT + 0x10)
#define TCB_RBX        (TCB_CONTEXT + 0x18)
#define TCB_RBP        (TCB_CONTEXT + 0x20)
#define TCB_R12        (TCB_CONTEXT + 0x28)
#define TCB_R13        (TCB_CONTEXT + 0x30)
#define TCB_R14        (TCB_CONTEXT + 0x38)
#define TCB_RDX        (TCB_CONTEXT + 0x40)
#define TCB_R10        (TCB_CONTEXT + 0x48)
#define TCB_R8         (TCB_CONTEXT + 0x50)
#define TCB_R9         (TCB_CONTEXT + 0x58)
#define TCB_R15        (TCB_CONTEXT + 0x60)
#define TCB_RCX        (TCB_CONTEXT + 0x68)
#define TCB_R11        (TCB_CONTEXT + 0x70)
#define TCB_FAULT_IP   (TCB_CONTEXT + 0x78)
#define TCB_ERROR_CODE (TCB_CONTEXT + 0x80)
#define TCB_NEXT_IP    (TCB_CONTEXT + 0x88)
#define TCB_CS         (TCB_CONTEXT + 0x90)
#define TCB_FLAGS      (TCB_CONTEXT + 0x98)
#define TCB_RSP        (TCB_CONTEXT + 0xa0)
#define TCB_SS         (TCB_CONTEXT + 0xa8)
#define TCB_FRAME_END  (TCB_CONTEXT + 0xb0) // 16-aligned: the processor pushes its frame from here
#define TCB_IS_SYSCALL (TCB_CONTEXT + 0xb0)

// Offsets in the kernel's state
#define KERNEL_CURRENT 0x00
#define KERNEL_IDLE    0x08
