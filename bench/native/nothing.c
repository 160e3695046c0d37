// The smallest program: starts and ends.

#include <nt.h>

VOID NtProcessStartup(PPEB Peb);
VOID NtProcessStartup(PPEB Peb)
{
    UNREFERENCED_PARAMETER(Peb);
    RtlExitUserProcess(STATUS_SUCCESS);
}
