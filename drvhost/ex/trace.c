// Event tracing. There is no consumer of a driver's events: registrations succeed, no event is enabled, and
// what is written all the same is gone, as on a Windows where nobody listens.

#include "../ntos.h"

NTSTATUS NTAPI EtwRegister(const GUID *ProviderId, PETWENABLECALLBACK EnableCallback,
                           PVOID CallbackContext, PULONG64 RegHandle)
{
    static volatile LONG64 Handles;
    UNREFERENCED_PARAMETER(EnableCallback);
    UNREFERENCED_PARAMETER(CallbackContext);
    if (!ProviderId || !RegHandle)
        return STATUS_INVALID_PARAMETER;
    *RegHandle = (ULONG64)__atomic_add_fetch(&Handles, 1, __ATOMIC_RELAXED);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI EtwUnregister(ULONG64 RegHandle)
{
    return RegHandle ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
}

BOOLEAN NTAPI EtwEventEnabled(ULONG64 RegHandle, PCEVENT_DESCRIPTOR EventDescriptor)
{
    UNREFERENCED_PARAMETER(RegHandle);
    UNREFERENCED_PARAMETER(EventDescriptor);
    return FALSE;
}

BOOLEAN NTAPI EtwProviderEnabled(ULONG64 RegHandle, UCHAR Level, ULONGLONG Keyword)
{
    UNREFERENCED_PARAMETER(RegHandle);
    UNREFERENCED_PARAMETER(Level);
    UNREFERENCED_PARAMETER(Keyword);
    return FALSE;
}

NTSTATUS NTAPI EtwWrite(ULONG64 RegHandle, PCEVENT_DESCRIPTOR EventDescriptor,
                        const GUID *ActivityId, ULONG UserDataCount,
                        PEVENT_DATA_DESCRIPTOR UserData)
{
    UNREFERENCED_PARAMETER(EventDescriptor);
    UNREFERENCED_PARAMETER(ActivityId);
    UNREFERENCED_PARAMETER(UserDataCount);
    UNREFERENCED_PARAMETER(UserData);
    return RegHandle ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
}

NTSTATUS NTAPI EtwWriteTransfer(ULONG64 RegHandle, PCEVENT_DESCRIPTOR EventDescriptor,
                                const GUID *ActivityId, const GUID *RelatedActivityId,
                                ULONG UserDataCount, PEVENT_DATA_DESCRIPTOR UserData)
{
    UNREFERENCED_PARAMETER(RelatedActivityId);
    return EtwWrite(RegHandle, EventDescriptor, ActivityId, UserDataCount, UserData);
}

NTSTATUS NTAPI EtwWriteString(ULONG64 RegHandle, UCHAR Level, ULONGLONG Keyword,
                              const GUID *ActivityId, PCWSTR String)
{
    UNREFERENCED_PARAMETER(Level);
    UNREFERENCED_PARAMETER(Keyword);
    UNREFERENCED_PARAMETER(String);
    return EtwWrite(RegHandle, nullptr, ActivityId, 0, nullptr);
}

NTSTATUS NTAPI EtwActivityIdControl(ULONG ControlCode, GUID *ActivityId)
{
    enum { EtwCreateId = 3 };
    return ControlCode == EtwCreateId ? ExUuidCreate((UUID *)ActivityId) : STATUS_NOT_SUPPORTED;
}

NTSTATUS NTAPI EtwSetInformation(ULONG64 RegHandle, ULONG InformationClass, PVOID Information,
                                 ULONG Length)
{
    UNREFERENCED_PARAMETER(InformationClass);
    UNREFERENCED_PARAMETER(Information);
    UNREFERENCED_PARAMETER(Length);
    return RegHandle ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
}
