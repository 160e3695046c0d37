// Raising exceptions.

#include "../ntos.h"

[[noreturn]] VOID NTAPI ExRaiseStatus(NTSTATUS Status)
{
    RtlRaiseStatus(Status);
}

[[noreturn]] VOID NTAPI ExRaiseAccessViolation(void)
{
    RtlRaiseStatus(STATUS_ACCESS_VIOLATION);
}

[[noreturn]] VOID NTAPI ExRaiseDatatypeMisalignment(void)
{
    RtlRaiseStatus(STATUS_DATATYPE_MISALIGNMENT);
}

// The host's requests come from the Executive, which has probed what a program gave: a driver that asks
// acts for the kernel. IRPs carry the requestor's own mode.
KPROCESSOR_MODE NTAPI ExGetPreviousMode(void)
{
    return KernelMode;
}
