// drvhost.exe: everything is in ntoskrnl.exe, which the loader has brought in with it.

#include <nt.h>

NTSTATUS KiHostStart(void);

VOID NtProcessStartup(PPEB Peb);
VOID NtProcessStartup(PPEB Peb)
{
    UNREFERENCED_PARAMETER(Peb);
    NtTerminateProcess(NtCurrentProcess(), KiHostStart());
}
