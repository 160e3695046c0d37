// Services that need more than their stub. NtContinue and NtRaiseException: the Executive cannot reach the
// floating-point registers of a thread, so these two load them from the context before they call it.

#include "../ntdllp.h"

NTSTATUS KiContinueService(PCONTEXT Context, BOOLEAN TestAlert);
NTSTATUS KiRaiseExceptionService(PEXCEPTION_RECORD Record, PCONTEXT Context, BOOLEAN FirstChance);
NTSTATUS KiContinueWithFloatingPoint(PCONTEXT Context, BOOLEAN TestAlert);
NTSTATUS KiRaiseWithFloatingPoint(PEXCEPTION_RECORD Record, PCONTEXT Context, BOOLEAN FirstChance);

NTSTATUS KiYieldService(void);
VOID KiYieldProcessor(void);

NTSTATUS NTAPI NtYieldExecution(void)
{
    NTSTATUS Status = KiYieldService();
    if (Status == STATUS_SUCCESS)
        KiYieldProcessor();
    return Status;
}

// Is there floating-point state to load? The program's pointer is probed: the services report a bad one.
static NTSTATUS KiProbeFloatingPoint(const CONTEXT *Context, PBOOLEAN Present)
{
    if ((ULONG_PTR)Context & (alignof(CONTEXT) - 1))
        return STATUS_DATATYPE_MISALIGNMENT;
    __try {
        ULONG Flags = *(const volatile ULONG *)&Context->ContextFlags;
        (VOID) * (const volatile ULONGLONG *)&Context->LastExceptionFromRip;
        *Present = (Flags & CONTEXT_FLOATING_POINT) == CONTEXT_FLOATING_POINT;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return (NTSTATUS)GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI NtContinue(PCONTEXT ContextRecord, BOOLEAN TestAlert)
{
    BOOLEAN Present = FALSE;
    NTSTATUS Status = KiProbeFloatingPoint(ContextRecord, &Present);
    if (!NT_SUCCESS(Status))
        return Status;
    return Present ? KiContinueWithFloatingPoint(ContextRecord, TestAlert)
                   : KiContinueService(ContextRecord, TestAlert);
}

NTSTATUS NTAPI NtRaiseException(PEXCEPTION_RECORD ExceptionRecord, PCONTEXT ContextRecord,
                                BOOLEAN FirstChance)
{
    BOOLEAN Present = FALSE;
    NTSTATUS Status = KiProbeFloatingPoint(ContextRecord, &Present);
    if (!NT_SUCCESS(Status))
        return Status;
    return Present ? KiRaiseWithFloatingPoint(ExceptionRecord, ContextRecord, FirstChance)
                   : KiRaiseExceptionService(ExceptionRecord, ContextRecord, FirstChance);
}
