// The machine state of threads, in the kernel's form and in the program's.
#include "kep.h"

enum {
    KI_SYSCALL_LENGTH = 2,
    KI_CONTEXT_REGISTERS = offsetof(seL4_UserContext, fs_base) / sizeof(seL4_Word),
    KI_FLAGS_MASK = 0x3F4DD5, // what a program may set: CF PF AF ZF SF TF DF OF AC ID ...
    KI_FLAGS_FIXED = 0x202,
};

typedef struct _KI_SELECTORS {
    USHORT Code, Stack;
} KI_SELECTORS;

// Programs run with the selectors that the Executive itself runs with.
static KI_SELECTORS KiSelectors(VOID)
{
    KI_SELECTORS Selectors;
    __asm__("movw %%cs, %0; movw %%ss, %1" : "=r"(Selectors.Code), "=r"(Selectors.Stack));
    return Selectors;
}

VOID KeSetContextSelectors(PCONTEXT Context)
{
    KI_SELECTORS Selectors = KiSelectors();
    Context->SegCs = Selectors.Code;
    Context->SegSs = Context->SegDs = Context->SegEs = Selectors.Stack;
    Context->SegFs = Context->SegGs = Selectors.Stack;
}

VOID KiContextFromRegisters(PCONTEXT Context, const seL4_UserContext *Registers)
{
    *Context = (CONTEXT){
        .ContextFlags = CONTEXT_CONTROL | CONTEXT_INTEGER | CONTEXT_SEGMENTS,
        .MxCsr = INITIAL_MXCSR,
        .EFlags = (ULONG)Registers->rflags,
        .Rax = Registers->rax,
        .Rcx = Registers->rcx,
        .Rdx = Registers->rdx,
        .Rbx = Registers->rbx,
        .Rsp = Registers->rsp,
        .Rbp = Registers->rbp,
        .Rsi = Registers->rsi,
        .Rdi = Registers->rdi,
        .R8 = Registers->r8,
        .R9 = Registers->r9,
        .R10 = Registers->r10,
        .R11 = Registers->r11,
        .R12 = Registers->r12,
        .R13 = Registers->r13,
        .R14 = Registers->r14,
        .R15 = Registers->r15,
        .Rip = Registers->rip,
    };
    Context->FltSave.ControlWord = INITIAL_FPCSR;
    Context->FltSave.MxCsr = INITIAL_MXCSR;
    KeSetContextSelectors(Context);
}

// Only the parts that ContextFlags names; the bases of fs and gs stay.
VOID KiRegistersFromContext(seL4_UserContext *Registers, const CONTEXT *Context)
{
    ULONG Flags = Context->ContextFlags & ~CONTEXT_AMD64;
    if (Flags & (CONTEXT_CONTROL & ~CONTEXT_AMD64)) {
        // An address that is none would fault in the kernel; the program shall fault instead.
        Registers->rip = Context->Rip < seL4_UserTop ? Context->Rip : seL4_UserTop - 1;
        Registers->rsp = Context->Rsp;
        Registers->rflags = (Context->EFlags & KI_FLAGS_MASK) | KI_FLAGS_FIXED;
    }
    if (Flags & (CONTEXT_INTEGER & ~CONTEXT_AMD64)) {
        Registers->rax = Context->Rax;
        Registers->rcx = Context->Rcx;
        Registers->rdx = Context->Rdx;
        Registers->rbx = Context->Rbx;
        Registers->rbp = Context->Rbp;
        Registers->rsi = Context->Rsi;
        Registers->rdi = Context->Rdi;
        Registers->r8 = Context->R8;
        Registers->r9 = Context->R9;
        Registers->r10 = Context->R10;
        Registers->r11 = Context->R11;
        Registers->r12 = Context->R12;
        Registers->r13 = Context->R13;
        Registers->r14 = Context->R14;
        Registers->r15 = Context->R15;
    }
}

// The parts of New that its ContextFlags names replace those of Context.
VOID KeMergeContext(PCONTEXT Context, const CONTEXT *New)
{
    seL4_UserContext Registers = {};
    ULONG Flags = Context->ContextFlags;
    Context->ContextFlags = CONTEXT_FULL;
    KiRegistersFromContext(&Registers, Context);
    KiRegistersFromContext(&Registers, New);
    KiContextFromRegisters(Context, &Registers);
    Context->ContextFlags = Flags | New->ContextFlags;
}

// Is the thread at, or just behind, the syscall instruction of a stub? The code is that of seL4's
// convention: `syscall; mov rsp, rbx`.
static BOOLEAN KiIsAtSystemCall(PETHREAD Thread, ULONG_PTR Address)
{
    static const UCHAR Code[] = {0x0F, 0x05, 0x48, 0x89, 0xDC};
    UCHAR Here[sizeof(Code)];
    for (ULONG Passed = 0; Passed <= KI_SYSCALL_LENGTH; Passed += KI_SYSCALL_LENGTH) {
        if (NT_SUCCESS(MmReadProcess(Thread->Process, Here, Address - Passed, sizeof(Here))) &&
            memcmp(Here, Code, sizeof(Code)) == 0)
            return TRUE;
    }
    return FALSE;
}

// A thread in a service is stopped at its syscall instruction, before the answer: what it will go on
// with is behind it, with the status in the first message register. The kernel does not keep the stack
// pointer of a system call: the program has it in rbx.
NTSTATUS KiReadThread(PETHREAD Thread, seL4_UserContext *Registers, NTSTATUS ServiceStatus)
{
    seL4_Error Error =
        seL4_TCB_ReadRegisters(Thread->Tcb, FALSE, 0, seL4_UserContextRegisters, Registers);
    if (Error != seL4_NoError)
        return STATUS_UNSUCCESSFUL;
    BOOLEAN InService = !Thread->InFault && Thread->State != KiThreadSuspended &&
                        Thread->State != KiThreadInitialized;
    if (InService) {
        Registers->rip += KI_SYSCALL_LENGTH;
        Registers->rsp = Registers->rbx;
        Registers->r10 = (ULONG)ServiceStatus;
        Registers->rdi = 0; // badge and message tag of the answer
        Registers->rsi = 1;
    } else if (!Thread->InFault && KiIsAtSystemCall(Thread, Registers->rip)) {
        Registers->rsp = Registers->rbx;
    }
    return STATUS_SUCCESS;
}

// Let the thread run with these registers, its bases of fs and gs unchanged; whatever it waits for
// from the Executive is given up.
NTSTATUS KiResumeAt(PETHREAD Thread, const seL4_UserContext *Registers)
{
    Thread->InFault = FALSE;
    KiSetThreadState(Thread, KiThreadUser);
    seL4_Error Error =
        seL4_TCB_WriteRegisters(Thread->Tcb, TRUE, 0, KI_CONTEXT_REGISTERS, Registers);
    return Error == seL4_NoError ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
