// A DLL with frames of its own, for exceptions that cross images.

#include <nt.h>

#include "testdll.h"

static ULONG Attached;

BOOLEAN NTAPI TestDllEntry(PVOID Base, ULONG Reason, PVOID Context);
BOOLEAN NTAPI TestDllEntry(PVOID Base, ULONG Reason, PVOID Context)
{
    UNREFERENCED_PARAMETER(Base);
    UNREFERENCED_PARAMETER(Context);
    if (Reason == DLL_PROCESS_ATTACH)
        Attached++;
    return TRUE;
}

ULONG TestDllAttachCount(void)
{
    return Attached;
}

VOID TestDllRaise(NTSTATUS Status)
{
    RtlRaiseStatus(Status);
}

// Calls back, and notes that its __finally ran.
VOID TestDllCall(VOID (*Routine)(PVOID), PVOID Argument, PULONG Finally)
{
    __try {
        Routine(Argument);
    } __finally {
        ++*Finally;
    }
}
