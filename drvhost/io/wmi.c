// Windows management instrumentation. The system has no consumer: drivers register, and are never asked.

#include "../ntos.h"

NTSTATUS NTAPI IoWMIRegistrationControl(PDEVICE_OBJECT DeviceObject, ULONG Action)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    switch (Action & 0xFFFF) { // flags of trace providers above
    case WMIREG_ACTION_REGISTER:
    case WMIREG_ACTION_DEREGISTER:
    case WMIREG_ACTION_REREGISTER:
    case WMIREG_ACTION_UPDATE_GUIDS:
    case WMIREG_ACTION_BLOCK_IRPS:
        return STATUS_SUCCESS;
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

// The event is the caller's until it was accepted; then it is ours to free. Nobody waits for it.
NTSTATUS NTAPI IoWMIWriteEvent(PVOID WnodeEventItem)
{
    ExFreePool(WnodeEventItem);
    return STATUS_SUCCESS;
}

ULONG NTAPI IoWMIDeviceObjectToProviderId(PDEVICE_OBJECT DeviceObject)
{
    return IopDeviceNumber(DeviceObject);
}

NTSTATUS NTAPI IoWMISuggestInstanceName(PDEVICE_OBJECT PhysicalDeviceObject,
                                        PUNICODE_STRING SymbolicLinkName, BOOLEAN CombineNames,
                                        PUNICODE_STRING SuggestedInstanceName)
{
    UNREFERENCED_PARAMETER(PhysicalDeviceObject);
    UNREFERENCED_PARAMETER(SymbolicLinkName);
    UNREFERENCED_PARAMETER(CombineNames);
    *SuggestedInstanceName = (UNICODE_STRING){};
    return STATUS_NOT_SUPPORTED;
}
