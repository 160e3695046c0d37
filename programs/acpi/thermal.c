// Thermal zones.
#include <initguid.h>

#include "acpi.h"

#include <poclass.h>

enum { ZeroCelsius = 2732 }; // tenths of kelvins, as the firmware rounds it

static VOID PrintTemperature(PCWSTR Name, ULONG Tenths)
{
    LONG Celsius = (LONG)Tenths - ZeroCelsius;
    ConPrint(L"  %-14ws %ws%ld.%ld C\n", Name, Celsius < 0 ? L"-" : L"", labs(Celsius) / 10,
             labs(Celsius) % 10);
}

static NTSTATUS ShowZone(HANDLE Device)
{
    THERMAL_INFORMATION Zone;
    NTSTATUS Status = DeviceControl(Device, IOCTL_THERMAL_QUERY_INFORMATION, nullptr, 0, &Zone,
                                    sizeof(Zone), nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    PrintTemperature(L"temperature", Zone.CurrentTemperature);
    if (Zone.CriticalTripPoint)
        PrintTemperature(L"critical", Zone.CriticalTripPoint);
    if (Zone.PassiveTripPoint)
        PrintTemperature(L"passive", Zone.PassiveTripPoint);
    for (ULONG i = 0; i < min(Zone.ActiveTripPointCount, MAX_ACTIVE_COOLING_LEVELS); i++)
        PrintTemperature(L"active", Zone.ActiveTripPoint[i]);
    return STATUS_SUCCESS;
}

NTSTATUS AcpiShowThermal(void)
{
    return AcpiForEach(&GUID_DEVICE_THERMAL_ZONE, L"There are no thermal zones.", ShowZone);
}
