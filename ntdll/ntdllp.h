// What the parts of ntdll offer to one another.
#pragma once

#include <nt.h>

// dispatch/: where the Executive's entry points (dispatch.S) go on
VOID LdrpDispatchUserException(PEXCEPTION_RECORD ExceptionRecord, PCONTEXT Context);
VOID LdrpDispatchUserApc(PVOID Argument1, PVOID Argument2, PVOID Argument3, PPS_APC_ROUTINE Routine,
                         PCONTEXT Context);
NTSTATUS LdrpRaiseUserException(NTSTATUS Status);
// The debug service that int 2Dh is: print to the debug log.
ULONG RtlpDebugPrint(PCSTR Text, USHORT Length, ULONG ComponentId, ULONG Level);

// heap/
VOID HeappInitializeProcess(void);

// ldr/
VOID LdrpSetSecurityCookie(PVOID Base);      // of the image, from its load configuration directory
VOID LdrpBeginShutdown(NTSTATUS ExitStatus); // the calling thread is the only one left
extern NTSTATUS LdrpExitStatus;
BOOLEAN NTAPI RtlDllShutdownInProgress(void);

// process/
VOID RtlpInitializeProcess(void); // what needs the heap but no module
NTSTATUS RtlpMakeFirstParameters(void);
VOID RtlpRunThread(PUSER_THREAD_START_ROUTINE Routine, PVOID Parameter);
VOID RtlpFlsThreadDetach(void);
ULONG RtlpProcessCookie(void); // a random value of this process

// sync/
VOID SyncpAbandonWaiters(void); // of threads that were ended
