// Messages of the Executive, formatted.
#include "ntos.h"

ULONG DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...)
{
    if (!DbgIsWanted(ComponentId, Level))
        return STATUS_SUCCESS;
    CHAR Line[512];
    va_list Arguments;
    va_start(Arguments, Format);
    SIZE_T Length = KeFormatText(Line, sizeof(Line), Format, Arguments);
    va_end(Arguments);
    KeWriteDebugLog(Line, Length);
    return STATUS_SUCCESS;
}
