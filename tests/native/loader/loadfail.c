// A DLL that refuses to start.

#include "loadlog.h"

BOOLEAN NTAPI FailEntry(PVOID Base, ULONG Reason, PVOID Context);
BOOLEAN NTAPI FailEntry(PVOID Base, ULONG Reason, PVOID Context)
{
    UNREFERENCED_PARAMETER(Base);
    UNREFERENCED_PARAMETER(Context);
    LogReason('f', Reason);
    return FALSE;
}
