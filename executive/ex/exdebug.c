// NtSystemDebugControl. There is no kernel debugger, so what asks one is refused; what is here breaks the Executive on
// purpose, for who wants to see what happens then. It needs the privilege with which a program could end the system in
// other ways.
#include "exp.h"

// Each call needs a bit of the stack, and what follows it keeps it from being a jump.
__attribute__((noinline)) static ULONG ExpRecurse(volatile ULONG *Depth)
{
    volatile ULONG Here = *Depth + 1;
    if (Here == MAXULONG)
        return 0;
    return ExpRecurse(&Here) + Here;
}

static NTSTATUS ExpBreak(SYSDBG_FAULT Fault)
{
    ULONG Depth = 0;
    switch (Fault) {
    case SysDbgWriteToNothing:
        *(volatile ULONG *)0x18 = 1;
        break;
    case SysDbgInvalidInstruction:
        __builtin_trap();
    case SysDbgStackOverflow:
        return (NTSTATUS)ExpRecurse(&Depth);
    default:
        break;
    }
    return STATUS_INVALID_PARAMETER;
}

NTSTATUS NtSystemDebugControl(SYSDBG_COMMAND Command, VOID USER *InputBuffer,
                              ULONG InputBufferLength, VOID USER *OutputBuffer,
                              ULONG OutputBufferLength, ULONG USER *ReturnLength)
{
    SYSDBG_FAULT Fault;
    (void)OutputBuffer;
    (void)OutputBufferLength;
    (void)ReturnLength;
    if (!SeSinglePrivilegeCheck(RtlConvertUlongToLuid(SE_DEBUG_PRIVILEGE), UserMode))
        return STATUS_ACCESS_DENIED;
    if (Command != SysDbgBreakExecutive)
        return STATUS_DEBUGGER_INACTIVE;
    if (InputBufferLength != sizeof(Fault))
        return STATUS_INFO_LENGTH_MISMATCH;
    NTSTATUS Status = MmCopyFromUser(&Fault, InputBuffer, sizeof(Fault));
    return NT_SUCCESS(Status) ? ExpBreak(Fault) : Status;
}
