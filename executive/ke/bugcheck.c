// The end of the system: the stop screen on both serial lines, and debug output.
#include "kep.h"

#include <stdarg.h>

static VOID KiPrintBoth(PCSTR Format, ...)
{
    CHAR Line[256];
    va_list Arguments;
    va_start(Arguments, Format);
    LONG Length = _vsnprintf(Line, sizeof(Line), Format, Arguments);
    va_end(Arguments);
    if (Length < 0 || Length > (LONG)sizeof(Line))
        Length = sizeof(Line);
    KiSerialWrite(KiConsolePort, Line, (SIZE_T)Length);
    KiSerialWrite(KiDebugPort, Line, (SIZE_T)Length);
}

[[noreturn]] VOID KeBugCheckEx(ULONG Code, ULONG_PTR Parameter1, ULONG_PTR Parameter2,
                               ULONG_PTR Parameter3, ULONG_PTR Parameter4)
{
    KiPrintBoth("\r\n*** STOP: 0x%08lX (0x%p, 0x%p, 0x%p, 0x%p)\r\n", Code, (PVOID)Parameter1,
                (PVOID)Parameter2, (PVOID)Parameter3, (PVOID)Parameter4);
    for (;;)
        (VOID) seL4_TCB_Suspend(seL4_CapInitThreadTCB);
}

[[noreturn]] VOID KiBugCheckFault(seL4_Word Label, const seL4_Word Mr[4])
{
    if (Label == seL4_Fault_VMFault)
        KeBugCheckEx(PAGE_FAULT_IN_NONPAGED_AREA, Mr[seL4_VMFault_Addr], Mr[seL4_VMFault_FSR],
                     Mr[seL4_VMFault_IP], 0);
    KeBugCheckEx(KMODE_EXCEPTION_NOT_HANDLED, Label, Mr[0], Mr[1], Mr[3]);
}

[[noreturn]] VOID KeAssertFailed(PCSTR Text, PCSTR File, ULONG Line)
{
    KiPrintBoth("\r\n*** Assertion failed: %s (%s:%lu)\r\n", Text, File, Line);
    KeBugCheckEx(MANUALLY_INITIATED_CRASH, (ULONG_PTR)Text, (ULONG_PTR)File, Line, 0);
}

ULONG DbgPrint(PCSTR Format, ...)
{
    CHAR Line[512];
    va_list Arguments;
    va_start(Arguments, Format);
    LONG Length = _vsnprintf(Line, sizeof(Line), Format, Arguments);
    va_end(Arguments);
    if (Length < 0 || Length > (LONG)sizeof(Line))
        Length = sizeof(Line);
    KiSerialWrite(KiDebugPort, Line, (SIZE_T)Length);
    return STATUS_SUCCESS;
}
