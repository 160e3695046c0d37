// Disk counters of processes. Nobody reads them, so drivers are told that they are off.

#include "kep.h"

BOOLEAN NTAPI PsIsDiskCountersEnabled(void);
VOID NTAPI PsUpdateDiskCounters(PEPROCESS Process, ULONG64 BytesRead, ULONG64 BytesWritten,
                                ULONG ReadOperationCount, ULONG WriteOperationCount,
                                ULONG FlushOperationCount);

BOOLEAN NTAPI PsIsDiskCountersEnabled(void)
{
    return FALSE;
}

VOID NTAPI PsUpdateDiskCounters(PEPROCESS Process, ULONG64 BytesRead, ULONG64 BytesWritten,
                                ULONG ReadOperationCount, ULONG WriteOperationCount,
                                ULONG FlushOperationCount)
{
    UNREFERENCED_PARAMETER(Process);
    UNREFERENCED_PARAMETER(BytesRead);
    UNREFERENCED_PARAMETER(BytesWritten);
    UNREFERENCED_PARAMETER(ReadOperationCount);
    UNREFERENCED_PARAMETER(WriteOperationCount);
    UNREFERENCED_PARAMETER(FlushOperationCount);
}
