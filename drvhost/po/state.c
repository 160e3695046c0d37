// What drivers need of the whole system: states to be kept (PoRegisterSystemState), and power requests with a reason.
// The system falls asleep only when it is told to, so these are counts that keep nothing from happening; but a driver
// that says that work has come or that a user is there ends the system's sleep.

#include "../ntos.h"

enum { PopStateTag = 'tSoP' };

VOID NTAPI PoSetSystemState(EXECUTION_STATE Flags)
{
    NtHostSetSystemState(Flags);
}

typedef struct _POP_STATE {
    EXECUTION_STATE Flags;
} POP_STATE, *PPOP_STATE;

PVOID NTAPI PoRegisterSystemState(PVOID StateHandle, EXECUTION_STATE Flags)
{
    PPOP_STATE State = StateHandle;
    if (!State)
        State = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*State), PopStateTag);
    if (!State)
        return nullptr;
    State->Flags = Flags & ~ES_CONTINUOUS;
    if (State->Flags)
        PoSetSystemState(State->Flags);
    return State;
}

VOID NTAPI PoUnregisterSystemState(PVOID StateHandle)
{
    ExFreePoolWithTag(StateHandle, PopStateTag);
}

// ---- Power requests

enum { PopRequestTypes = PowerRequestExecutionRequired + 1 };

typedef struct _POP_POWER_REQUEST {
    PDEVICE_OBJECT Device; // referenced
    LONG Counts[PopRequestTypes];
} POP_POWER_REQUEST, *PPOP_POWER_REQUEST;

NTSTATUS NTAPI PoCreatePowerRequest(PVOID *PowerRequest, PDEVICE_OBJECT DeviceObject,
                                    PCOUNTED_REASON_CONTEXT Context)
{
    *PowerRequest = nullptr;
    if (!DeviceObject || (Context && Context->Version != DIAGNOSTIC_REASON_VERSION))
        return STATUS_INVALID_PARAMETER;
    PPOP_POWER_REQUEST Request =
        ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Request), PopStateTag);
    if (!Request)
        return STATUS_INSUFFICIENT_RESOURCES;
    *Request = (POP_POWER_REQUEST){.Device = DeviceObject};
    ObfReferenceObject(DeviceObject);
    *PowerRequest = Request;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI PoSetPowerRequest(PVOID PowerRequest, POWER_REQUEST_TYPE Type)
{
    PPOP_POWER_REQUEST Request = PowerRequest;
    if ((ULONG)Type >= PopRequestTypes)
        return STATUS_INVALID_PARAMETER;
    InterlockedIncrement(&Request->Counts[Type]);
    if (Type == PowerRequestSystemRequired)
        PoSetSystemState(ES_SYSTEM_REQUIRED);
    return STATUS_SUCCESS;
}

// One that is not set cannot be cleared.
NTSTATUS NTAPI PoClearPowerRequest(PVOID PowerRequest, POWER_REQUEST_TYPE Type)
{
    PPOP_POWER_REQUEST Request = PowerRequest;
    if ((ULONG)Type >= PopRequestTypes)
        return STATUS_INVALID_PARAMETER;
    for (LONG Count = Request->Counts[Type]; Count > 0;) {
        LONG Seen = InterlockedCompareExchange(&Request->Counts[Type], Count - 1, Count);
        if (Seen == Count)
            return STATUS_SUCCESS;
        Count = Seen;
    }
    return STATUS_INVALID_DEVICE_STATE;
}

VOID NTAPI PoDeletePowerRequest(PVOID PowerRequest)
{
    PPOP_POWER_REQUEST Request = PowerRequest;
    ObfDereferenceObject(Request->Device);
    ExFreePoolWithTag(Request, PopStateTag);
}
