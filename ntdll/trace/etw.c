// Event tracing, the provider's side. There is no tracing session here that could enable a provider, so
// what providers see is what they see on Windows while nobody listens: they register, are told that they are
// not enabled, and what they write goes nowhere.

#include "../ntdllp.h"

#include <nt/ntetw.h>

enum : ULONG {
    EtwSuccess = 0,
    EtwInvalidHandle = 6,
    EtwNotEnoughMemory = 8,
    EtwInvalidParameter = 87,
};

// EVENT_ACTIVITY_CTRL_*
enum { EtwGetId = 1, EtwSetId, EtwCreateId, EtwGetSetId, EtwCreateSetId };

constexpr ULONG EtwSignature = 0x52777445;

typedef struct _ETW_REGISTRATION {
    ULONG Signature;
    GUID Provider;
} ETW_REGISTRATION, *PETW_REGISTRATION;

// ---- Registrations

static ULONG EtwpRegister(const GUID *Provider, PULONGLONG Handle)
{
    if (!Provider || !Handle)
        return EtwInvalidParameter;
    PETW_REGISTRATION Registration = RtlAllocateHeap(RtlProcessHeap(), 0, sizeof(*Registration));
    if (!Registration)
        return EtwNotEnoughMemory;
    *Registration = (ETW_REGISTRATION){EtwSignature, *Provider};
    *Handle = (ULONGLONG)(ULONG_PTR)Registration;
    return EtwSuccess;
}

static PETW_REGISTRATION EtwpRegistration(ULONGLONG Handle)
{
    PETW_REGISTRATION Registration = (PETW_REGISTRATION)(ULONG_PTR)Handle;
    return Registration && Registration->Signature == EtwSignature ? Registration : nullptr;
}

static ULONG EtwpUnregister(ULONGLONG Handle)
{
    PETW_REGISTRATION Registration = EtwpRegistration(Handle);
    if (!Registration)
        return EtwInvalidHandle;
    Registration->Signature = 0;
    RtlFreeHeap(RtlProcessHeap(), 0, Registration);
    return EtwSuccess;
}

// The callback tells of sessions that enable the provider.
ULONG NTAPI EtwEventRegister(const GUID *ProviderId, PVOID EnableCallback, PVOID CallbackContext,
                             PREGHANDLE RegHandle)
{
    UNREFERENCED_PARAMETER(EnableCallback);
    UNREFERENCED_PARAMETER(CallbackContext);
    return EtwpRegister(ProviderId, RegHandle);
}

ULONG NTAPI EtwEventUnregister(REGHANDLE RegHandle)
{
    return EtwpUnregister(RegHandle);
}

ULONG NTAPI EtwRegisterTraceGuidsW(PVOID RequestAddress, PVOID RequestContext,
                                   const GUID *ControlGuid, ULONG GuidCount, PVOID TraceGuidReg,
                                   PCWSTR MofImagePath, PCWSTR MofResourceName,
                                   PTRACEHANDLE RegistrationHandle)
{
    UNREFERENCED_PARAMETER(RequestContext);
    UNREFERENCED_PARAMETER(GuidCount);
    UNREFERENCED_PARAMETER(TraceGuidReg);
    UNREFERENCED_PARAMETER(MofImagePath);
    UNREFERENCED_PARAMETER(MofResourceName);
    return RequestAddress ? EtwpRegister(ControlGuid, RegistrationHandle) : EtwInvalidParameter;
}

ULONG NTAPI EtwRegisterTraceGuidsA(PVOID RequestAddress, PVOID RequestContext,
                                   const GUID *ControlGuid, ULONG GuidCount, PVOID TraceGuidReg,
                                   PCSTR MofImagePath, PCSTR MofResourceName,
                                   PTRACEHANDLE RegistrationHandle)
{
    UNREFERENCED_PARAMETER(MofImagePath);
    UNREFERENCED_PARAMETER(MofResourceName);
    return EtwRegisterTraceGuidsW(RequestAddress, RequestContext, ControlGuid, GuidCount,
                                  TraceGuidReg, nullptr, nullptr, RegistrationHandle);
}

ULONG NTAPI EtwUnregisterTraceGuids(TRACEHANDLE RegistrationHandle)
{
    return EtwpUnregister(RegistrationHandle);
}

// ---- Events of a registered provider, which nobody has enabled

BOOLEAN NTAPI EtwEventEnabled(REGHANDLE RegHandle, const VOID *EventDescriptor)
{
    UNREFERENCED_PARAMETER(RegHandle);
    UNREFERENCED_PARAMETER(EventDescriptor);
    return FALSE;
}

BOOLEAN NTAPI EtwEventProviderEnabled(REGHANDLE RegHandle, UCHAR Level, ULONGLONG Keyword)
{
    UNREFERENCED_PARAMETER(RegHandle);
    UNREFERENCED_PARAMETER(Level);
    UNREFERENCED_PARAMETER(Keyword);
    return FALSE;
}

ULONG NTAPI EtwEventWrite(REGHANDLE RegHandle, const VOID *EventDescriptor, ULONG UserDataCount,
                          PVOID UserData)
{
    UNREFERENCED_PARAMETER(UserDataCount);
    UNREFERENCED_PARAMETER(UserData);
    if (!EventDescriptor)
        return EtwInvalidParameter;
    return EtwpRegistration(RegHandle) ? EtwSuccess : EtwInvalidHandle;
}

ULONG NTAPI EtwEventWriteTransfer(REGHANDLE RegHandle, const VOID *EventDescriptor,
                                  const GUID *ActivityId, const GUID *RelatedActivityId,
                                  ULONG UserDataCount, PVOID UserData)
{
    UNREFERENCED_PARAMETER(ActivityId);
    UNREFERENCED_PARAMETER(RelatedActivityId);
    return EtwEventWrite(RegHandle, EventDescriptor, UserDataCount, UserData);
}

ULONG NTAPI EtwEventWriteString(REGHANDLE RegHandle, UCHAR Level, ULONGLONG Keyword, PCWSTR String)
{
    UNREFERENCED_PARAMETER(Level);
    UNREFERENCED_PARAMETER(Keyword);
    if (!String)
        return EtwInvalidParameter;
    return EtwpRegistration(RegHandle) ? EtwSuccess : EtwInvalidHandle;
}

ULONG NTAPI EtwEventSetInformation(REGHANDLE RegHandle, ULONG InformationClass, PVOID Information,
                                   ULONG InformationLength)
{
    UNREFERENCED_PARAMETER(InformationClass);
    UNREFERENCED_PARAMETER(Information);
    UNREFERENCED_PARAMETER(InformationLength);
    return EtwpRegistration(RegHandle) ? EtwSuccess : EtwInvalidHandle;
}

// ---- The activity of the calling thread

static ULONG EtwpNewActivity(GUID *Id)
{
    ULARGE_INTEGER Time;
    ULONG Range, Sequence;
    CHAR Seed[6];
    NTSTATUS Status = NtAllocateUuids(&Time, &Range, &Sequence, Seed);
    if (!NT_SUCCESS(Status))
        return RtlNtStatusToDosErrorNoTeb(Status);
    *Id = (GUID){.Data1 = Time.LowPart,
                 .Data2 = (USHORT)Time.HighPart,
                 .Data3 = (USHORT)((Time.HighPart >> 16 & 0x0FFF) | 0x1000)};
    Id->Data4[0] = (UCHAR)((Sequence >> 8 & 0x3F) | 0x80);
    Id->Data4[1] = (UCHAR)Sequence;
    memcpy(Id->Data4 + 2, Seed, sizeof(Seed));
    return EtwSuccess;
}

ULONG NTAPI EtwEventActivityIdControl(ULONG ControlCode, GUID *ActivityId)
{
    GUID *Current = &NtCurrentTeb()->ActivityId, Before = *Current, New;
    ULONG Result = EtwSuccess;
    if (!ActivityId)
        return EtwInvalidParameter;
    switch (ControlCode) {
    case EtwGetId:
        *ActivityId = Before;
        break;
    case EtwSetId:
        *Current = *ActivityId;
        break;
    case EtwCreateId:
        Result = EtwpNewActivity(ActivityId);
        break;
    case EtwGetSetId:
        *Current = *ActivityId;
        *ActivityId = Before;
        break;
    case EtwCreateSetId:
        Result = EtwpNewActivity(&New);
        if (Result)
            break;
        *Current = New;
        *ActivityId = Before;
        break;
    default:
        Result = EtwInvalidParameter;
    }
    return Result;
}

// ---- The older functions want a session, of which there is none

TRACEHANDLE NTAPI EtwGetTraceLoggerHandle(PVOID Buffer)
{
    UNREFERENCED_PARAMETER(Buffer);
    RtlSetLastWin32Error(EtwInvalidHandle);
    return (TRACEHANDLE)-1;
}

UCHAR NTAPI EtwGetTraceEnableLevel(TRACEHANDLE SessionHandle)
{
    UNREFERENCED_PARAMETER(SessionHandle);
    RtlSetLastWin32Error(EtwInvalidHandle);
    return 0;
}

ULONG NTAPI EtwGetTraceEnableFlags(TRACEHANDLE SessionHandle)
{
    UNREFERENCED_PARAMETER(SessionHandle);
    RtlSetLastWin32Error(EtwInvalidHandle);
    return 0;
}

ULONG NTAPI EtwLogTraceEvent(TRACEHANDLE SessionHandle, PVOID EventTrace)
{
    UNREFERENCED_PARAMETER(SessionHandle);
    return EventTrace ? EtwInvalidHandle : EtwInvalidParameter;
}

ULONG NTAPI EtwTraceMessageVa(TRACEHANDLE SessionHandle, ULONG MessageFlags,
                              const GUID *MessageGuid, USHORT MessageNumber, va_list Arguments)
{
    UNREFERENCED_PARAMETER(SessionHandle);
    UNREFERENCED_PARAMETER(MessageFlags);
    UNREFERENCED_PARAMETER(MessageGuid);
    UNREFERENCED_PARAMETER(MessageNumber);
    UNREFERENCED_PARAMETER(Arguments);
    return EtwInvalidHandle;
}

ULONG __cdecl EtwTraceMessage(TRACEHANDLE SessionHandle, ULONG MessageFlags,
                              const GUID *MessageGuid, USHORT MessageNumber, ...)
{
    UNREFERENCED_PARAMETER(SessionHandle);
    UNREFERENCED_PARAMETER(MessageFlags);
    UNREFERENCED_PARAMETER(MessageGuid);
    UNREFERENCED_PARAMETER(MessageNumber);
    return EtwInvalidHandle;
}
