// The safe strings that the logic uses, on the C library.
#pragma once

#include <stdarg.h>
#include <stdio.h>

static inline NTSTATUS RtlStringCbVPrintfA(PSTR Text, SIZE_T Size, PCSTR Format, va_list Arguments)
{
    int Length = vsnprintf(Text, Size, Format, Arguments);
    return Length >= 0 && (SIZE_T)Length < Size ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
}

static inline NTSTATUS RtlStringCbPrintfA(PSTR Text, SIZE_T Size, PCSTR Format, ...)
{
    va_list Arguments;
    va_start(Arguments, Format);
    NTSTATUS Status = RtlStringCbVPrintfA(Text, Size, Format, Arguments);
    va_end(Arguments);
    return Status;
}
