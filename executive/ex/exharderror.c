// NtRaiseHardError. There is nobody to show a message box to: errors go to the debug log, and the caller
// decides, as on Windows when no subsystem has taken over. A program that may shut the system down can ask
// for its end, which is the stop screen.
#include "exp.h"

constexpr ULONG EXP_MAXIMUM_PARAMETERS = 5;
constexpr ULONG EXP_RETURN_TO_CALLER = 0; // ResponseReturnToCaller

typedef struct _EXP_HARD_ERROR {
    NTSTATUS Status;
    ULONG Count;
    ULONG StringMask; // which parameters are addresses of UNICODE_STRINGs
    ULONG_PTR Parameters[EXP_MAXIMUM_PARAMETERS];
    UNICODE_STRING Strings[EXP_MAXIMUM_PARAMETERS];
} EXP_HARD_ERROR, *PEXP_HARD_ERROR;

static VOID ExpFreeHardError(PEXP_HARD_ERROR Error)
{
    for (ULONG i = 0; i < Error->Count; i++)
        MmFreeCapturedString(&Error->Strings[i]);
}

static NTSTATUS ExpCaptureHardError(PEXP_HARD_ERROR Error, const ULONG_PTR USER *Parameters)
{
    NTSTATUS Status =
        MmCopyFromUser(Error->Parameters, Parameters, Error->Count * sizeof(ULONG_PTR));
    for (ULONG i = 0; NT_SUCCESS(Status) && i < Error->Count; i++) {
        if (Error->StringMask >> i & 1)
            Status = MmCaptureUnicodeString(&Error->Strings[i],
                                            (const UNICODE_STRING USER *)Error->Parameters[i]);
    }
    if (!NT_SUCCESS(Status))
        ExpFreeHardError(Error);
    return Status;
}

static VOID ExpLogHardError(const EXP_HARD_ERROR *Error)
{
    DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL, "process %lu: hard error 0x%08lX\n",
               (ULONG)(ULONG_PTR)PsGetCurrentProcess()->UniqueProcessId, (ULONG)Error->Status);
    for (ULONG i = 0; i < Error->Count; i++) {
        if (Error->StringMask >> i & 1)
            DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL, "    %wZ\n", &Error->Strings[i]);
        else
            DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL, "    0x%p\n",
                       (PVOID)Error->Parameters[i]);
    }
}

NTSTATUS NtRaiseHardError(NTSTATUS ErrorStatus, ULONG NumberOfParameters,
                          ULONG UnicodeStringParameterMask, const ULONG_PTR USER *Parameters,
                          ULONG ValidResponseOptions, ULONG USER *Response)
{
    EXP_HARD_ERROR Error = {
        .Status = ErrorStatus,
        .Count = NumberOfParameters,
        .StringMask = UnicodeStringParameterMask,
    };
    if (NumberOfParameters > EXP_MAXIMUM_PARAMETERS || (NumberOfParameters && !Parameters))
        return STATUS_INVALID_PARAMETER_2;
    if (ValidResponseOptions > OptionCancelTryContinue)
        return STATUS_INVALID_PARAMETER_4;
    NTSTATUS Status = MmProbeForWrite(Response, sizeof(*Response), 1);
    if (NT_SUCCESS(Status))
        Status = ExpCaptureHardError(&Error, Parameters);
    if (!NT_SUCCESS(Status))
        return Status;
    BOOLEAN Shutdown = ValidResponseOptions == OptionShutdownSystem;
    if (Shutdown && !SeSinglePrivilegeCheck(RtlConvertUlongToLuid(SE_SHUTDOWN_PRIVILEGE), UserMode))
        Status = STATUS_PRIVILEGE_NOT_HELD;
    if (NT_SUCCESS(Status)) {
        ExpLogHardError(&Error);
        if (Shutdown)
            KeBugCheckEx(FATAL_UNHANDLED_HARD_ERROR, (ULONG)ErrorStatus, Error.Parameters[0],
                         Error.Parameters[1], Error.Parameters[2]);
        Status = MmWriteUser(Response, EXP_RETURN_TO_CALLER);
    }
    ExpFreeHardError(&Error);
    return Status;
}
