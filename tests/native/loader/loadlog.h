// What the DLLs of this suite say about themselves, in the order in which they say it.
#pragma once

#include <nt.h>

VOID LogEvent(PCSTR Text);
PCSTR LogText(void);
VOID LogClear(void);

// "a+" for the start of DLL a, "a-" for its end, "a>" and "a<" for a thread's.
static inline VOID LogReason(CHAR Letter, ULONG Reason)
{
    static const CHAR Marks[] = {
        [DLL_PROCESS_DETACH] = '-',
        [DLL_PROCESS_ATTACH] = '+',
        [DLL_THREAD_ATTACH] = '>',
        [DLL_THREAD_DETACH] = '<',
    };
    const CHAR Text[] = {Letter, Marks[Reason], ' ', 0};
    LogEvent(Text);
}
