// What the parts of ntdll offer to one another.
#pragma once

#include <nt.h>

VOID HeappInitializeProcess(void);

// Set the image's security cookie (load configuration directory) to a random value.
VOID LdrpSetSecurityCookie(PVOID Base);
VOID LdrpDispatchUserException(PEXCEPTION_RECORD ExceptionRecord, PCONTEXT Context);
VOID LdrpDispatchUserApc(PCONTEXT Context);

VOID RtlpInitializeProcess(void); // process/: what needs the heap but no module
VOID RtlpFlsThreadDetach(void);
// The debug service that int 2Dh is: print to the debug log (dispatch.S).
ULONG RtlpDebugPrint(PCSTR Text, USHORT Length, ULONG ComponentId, ULONG Level);
ULONG RtlpProcessCookie(void); // a random value of this process
