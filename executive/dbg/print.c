// Messages of the Executive, formatted.
#include "ntos.h"

#include <stdarg.h>

ULONG DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...)
{
    if (!DbgIsWanted(ComponentId, Level))
        return STATUS_SUCCESS;
    CHAR Line[512];
    va_list Arguments;
    va_start(Arguments, Format);
    LONG Length = _vsnprintf(Line, sizeof(Line), Format, Arguments);
    va_end(Arguments);
    if (Length < 0 || Length > (LONG)sizeof(Line))
        Length = sizeof(Line);
    KeWriteDebugLog(Line, (SIZE_T)Length);
    return STATUS_SUCCESS;
}
