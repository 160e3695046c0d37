// The log.

#include "loadlog.h"

static CHAR Log[512];

BOOLEAN NTAPI LogEntry(PVOID Base, ULONG Reason, PVOID Context);
BOOLEAN NTAPI LogEntry(PVOID Base, ULONG Reason, PVOID Context)
{
    UNREFERENCED_PARAMETER(Base);
    UNREFERENCED_PARAMETER(Reason);
    UNREFERENCED_PARAMETER(Context);
    return TRUE;
}

VOID LogEvent(PCSTR Text)
{
    if (strlen(Log) + strlen(Text) < sizeof(Log))
        strcat(Log, Text);
}

PCSTR LogText(void)
{
    return Log;
}

VOID LogClear(void)
{
    Log[0] = 0;
}
