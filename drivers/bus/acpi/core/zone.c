// What a thermal zone says of itself: ACPI Specification 6.4, 11.4. What it does not have is 0.
#include "core.h"

static ULONG AcpiReadZone(acpi_handle Zone, PCSTR Name)
{
    ULONG64 Value;
    if (!AcpiHasObject(Zone, Name) || ACPI_FAILURE(AcpiEvaluateNumber(Zone, Name, &Value)))
        return 0;
    return (ULONG)min(Value, (ULONG64)MAXULONG);
}

// _AC0 is the hottest; the first that is missing ends them.
static UCHAR AcpiReadActivePoints(acpi_handle Zone, PULONG Points)
{
    CHAR Name[] = "_AC0";
    UCHAR Count = 0;
    for (; Count < MAX_ACTIVE_COOLING_LEVELS; Count++) {
        Name[3] = (CHAR)('0' + Count);
        if (!AcpiHasObject(Zone, Name))
            break;
        Points[Count] = AcpiReadZone(Zone, Name);
    }
    return Count;
}

NTSTATUS AcpiQueryZone(acpi_handle Zone, PTHERMAL_INFORMATION Information)
{
    ULONG64 Temperature;
    acpi_status Status = AcpiEvaluateNumber(Zone, "_TMP", &Temperature);
    if (ACPI_FAILURE(Status))
        return AcpiStatus(Status);
    *Information = (THERMAL_INFORMATION){
        .ThermalConstant1 = AcpiReadZone(Zone, "_TC1"),
        .ThermalConstant2 = AcpiReadZone(Zone, "_TC2"),
        .SamplingPeriod = AcpiReadZone(Zone, "_TSP"),
        .CurrentTemperature = (ULONG)min(Temperature, (ULONG64)MAXULONG),
        .PassiveTripPoint = AcpiReadZone(Zone, "_PSV"),
        .CriticalTripPoint = AcpiReadZone(Zone, "_CRT"),
    };
    Information->ActiveTripPointCount = AcpiReadActivePoints(Zone, Information->ActiveTripPoint);
    return STATUS_SUCCESS;
}

NTSTATUS AcpiSetCoolingPolicy(acpi_handle Zone, ULONG Policy)
{
    if (Policy != ACTIVE_COOLING && Policy != PASSIVE_COOLING)
        return STATUS_INVALID_PARAMETER;
    return AcpiStatus(AcpiCallWithNumber(Zone, "_SCP", Policy));
}
