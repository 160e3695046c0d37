// Idle detection, busy marks and system states. The system never sleeps: what drivers say is kept and nobody
// acts on it.

#include "../ntos.h"

#undef PoSetDeviceBusy

// Null: idle detection is off, which a driver has to expect.
PULONG NTAPI PoRegisterDeviceForIdleDetection(PDEVICE_OBJECT DeviceObject,
                                              ULONG ConservationIdleTime, ULONG PerformanceIdleTime,
                                              DEVICE_POWER_STATE State)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(ConservationIdleTime);
    UNREFERENCED_PARAMETER(PerformanceIdleTime);
    UNREFERENCED_PARAMETER(State);
    return nullptr;
}

VOID NTAPI PoSetDeviceBusyEx(PULONG IdlePointer)
{
    UNREFERENCED_PARAMETER(IdlePointer);
}

VOID NTAPI PoStartDeviceBusy(PULONG IdlePointer)
{
    UNREFERENCED_PARAMETER(IdlePointer);
}

VOID NTAPI PoEndDeviceBusy(PULONG IdlePointer)
{
    UNREFERENCED_PARAMETER(IdlePointer);
}

VOID NTAPI PoSetSystemState(EXECUTION_STATE Flags)
{
    UNREFERENCED_PARAMETER(Flags);
}

// No request of the power manager is timed.
BOOLEAN NTAPI PoQueryWatchdogTime(PDEVICE_OBJECT Pdo, PULONG SecondsRemaining)
{
    UNREFERENCED_PARAMETER(Pdo);
    *SecondsRemaining = 0;
    return FALSE;
}
