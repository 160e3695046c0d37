// Exceptions that no driver handled: the log says who, where and why, then the host ends.

#include "../ntos.h"

LONG DbgpReportException(PKI_EXCEPTION_POINTERS Pointers)
{
    PEXCEPTION_RECORD Record = Pointers->ExceptionRecord;
    CHAR Name[160];
    DbgpFormatAddress(Record->ExceptionAddress, Name, sizeof(Name));
    DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL,
               "*** exception %08lx at %s, not handled (%p, %p), IRQL %u\n", Record->ExceptionCode,
               Name, (PVOID)Record->ExceptionInformation[0], (PVOID)Record->ExceptionInformation[1],
               KeGetCurrentIrql());
    const ULONG_PTR Parameters[4] = {
        (ULONG_PTR)(LONG)Record->ExceptionCode,
        (ULONG_PTR)Record->ExceptionAddress,
        Record->ExceptionInformation[0],
        Record->ExceptionInformation[1],
    };
    KiBugCheck(KMODE_EXCEPTION_NOT_HANDLED, Parameters, Pointers->ContextRecord);
}

LONG DbgpReportWatchdog(PKI_EXCEPTION_POINTERS Pointers)
{
    CHAR Name[160];
    DbgpFormatAddress((PVOID)Pointers->ContextRecord->Rip, Name, sizeof(Name));
    DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL,
               "*** a thread does not leave IRQL %u: it is at %s\n", KeGetCurrentIrql(), Name);
    const ULONG_PTR Parameters[4] = {0, Pointers->ContextRecord->Rip, KeGetCurrentIrql(), 0};
    KiBugCheck(DbgpWatchdogViolation, Parameters, Pointers->ContextRecord);
}
