// A DLL that imports, and forwards.

#include "loadlog.h"

__declspec(dllimport) ULONG BValue(void);
__declspec(dllimport) ULONG BOrdinal(void);

ULONG AValue(void);
ULONG ACallOrdinal(void);

BOOLEAN NTAPI AEntry(PVOID Base, ULONG Reason, PVOID Context);
BOOLEAN NTAPI AEntry(PVOID Base, ULONG Reason, PVOID Context)
{
    UNREFERENCED_PARAMETER(Base);
    UNREFERENCED_PARAMETER(Context);
    LogReason('a', Reason);
    return TRUE;
}

ULONG AValue(void)
{
    return BValue() + 1;
}

ULONG ACallOrdinal(void)
{
    return BOrdinal();
}
