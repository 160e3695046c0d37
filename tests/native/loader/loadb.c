// A DLL that others import from: by name, by ordinal, and through a forwarder.

#include "loadlog.h"

ULONG BData = 0xB0B0;
PULONG BPointer = &BData; // relocated

ULONG BValue(void);
ULONG BOrdinal(void);

BOOLEAN NTAPI BEntry(PVOID Base, ULONG Reason, PVOID Context);
BOOLEAN NTAPI BEntry(PVOID Base, ULONG Reason, PVOID Context)
{
    UNREFERENCED_PARAMETER(Base);
    UNREFERENCED_PARAMETER(Context);
    LogReason('b', Reason);
    return TRUE;
}

ULONG BValue(void)
{
    return *BPointer;
}

ULONG BOrdinal(void)
{
    return 7;
}
