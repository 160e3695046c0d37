// Event tracing, the provider's side. nt.h does not include this.
#ifndef NT_NTETW_H
#define NT_NTETW_H

#include <nt.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef ULONGLONG REGHANDLE, *PREGHANDLE, TRACEHANDLE, *PTRACEHANDLE;

ULONG NTAPI EtwEventRegister(const GUID *ProviderId, PVOID EnableCallback, PVOID CallbackContext,
                             PREGHANDLE RegHandle);
ULONG NTAPI EtwEventUnregister(REGHANDLE RegHandle);
BOOLEAN NTAPI EtwEventEnabled(REGHANDLE RegHandle, const VOID *EventDescriptor);
BOOLEAN NTAPI EtwEventProviderEnabled(REGHANDLE RegHandle, UCHAR Level, ULONGLONG Keyword);
ULONG NTAPI EtwEventWrite(REGHANDLE RegHandle, const VOID *EventDescriptor, ULONG UserDataCount,
                          PVOID UserData);
ULONG NTAPI EtwEventWriteTransfer(REGHANDLE RegHandle, const VOID *EventDescriptor,
                                  const GUID *ActivityId, const GUID *RelatedActivityId,
                                  ULONG UserDataCount, PVOID UserData);
ULONG NTAPI EtwEventWriteString(REGHANDLE RegHandle, UCHAR Level, ULONGLONG Keyword, PCWSTR String);
ULONG NTAPI EtwEventSetInformation(REGHANDLE RegHandle, ULONG InformationClass, PVOID Information,
                                   ULONG InformationLength);
ULONG NTAPI EtwEventActivityIdControl(ULONG ControlCode, GUID *ActivityId);
ULONG NTAPI EtwRegisterTraceGuidsW(PVOID RequestAddress, PVOID RequestContext,
                                   const GUID *ControlGuid, ULONG GuidCount, PVOID TraceGuidReg,
                                   PCWSTR MofImagePath, PCWSTR MofResourceName,
                                   PTRACEHANDLE RegistrationHandle);
ULONG NTAPI EtwRegisterTraceGuidsA(PVOID RequestAddress, PVOID RequestContext,
                                   const GUID *ControlGuid, ULONG GuidCount, PVOID TraceGuidReg,
                                   PCSTR MofImagePath, PCSTR MofResourceName,
                                   PTRACEHANDLE RegistrationHandle);
ULONG NTAPI EtwUnregisterTraceGuids(TRACEHANDLE RegistrationHandle);
TRACEHANDLE NTAPI EtwGetTraceLoggerHandle(PVOID Buffer);
UCHAR NTAPI EtwGetTraceEnableLevel(TRACEHANDLE SessionHandle);
ULONG NTAPI EtwGetTraceEnableFlags(TRACEHANDLE SessionHandle);
ULONG NTAPI EtwLogTraceEvent(TRACEHANDLE SessionHandle, PVOID EventTrace);
ULONG NTAPI EtwTraceMessageVa(TRACEHANDLE SessionHandle, ULONG MessageFlags,
                              const GUID *MessageGuid, USHORT MessageNumber, va_list Arguments);
ULONG __cdecl EtwTraceMessage(TRACEHANDLE SessionHandle, ULONG MessageFlags,
                              const GUID *MessageGuid, USHORT MessageNumber, ...);

#ifdef __cplusplus
}
#endif

#endif
