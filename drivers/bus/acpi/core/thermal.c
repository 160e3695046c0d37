// Thermal zones: ACPI Specification 6.4, 11.4. Temperatures are tenths of kelvins, periods tenths of seconds.
#include "core.h"

static BOOLEAN AcpiReadOptional(acpi_handle Zone, PCSTR Name, PULONG64 Value)
{
    return AcpiHasObject(Zone, Name) && ACPI_SUCCESS(AcpiEvaluateNumber(Zone, Name, Value));
}

static BOOLEAN AcpiHasReached(acpi_handle Zone, PCSTR Name)
{
    ULONG64 Limit, Temperature;
    return AcpiReadOptional(Zone, Name, &Limit) && AcpiReadOptional(Zone, "_TMP", &Temperature) &&
           Temperature >= Limit;
}

// Above the temperature for passive cooling the zone has its own period for it.
ULONG AcpiThermalPeriod(acpi_handle Zone)
{
    enum { MillisecondsPerTenth = 100, Longest = 3600 * 10 };
    ULONG64 Period = 0, Passive;
    if (!AcpiReadOptional(Zone, "_TZP", &Period))
        Period = 0;
    if (AcpiReadOptional(Zone, "_TSP", &Passive) && Passive && AcpiHasReached(Zone, "_PSV"))
        Period = Period ? min(Period, Passive) : Passive;
    return (ULONG)min(Period, (ULONG64)Longest) * MillisecondsPerTenth;
}
