// What a thermal zone's temperature asks for: fans (_ACx, _ALx), slower processors (_PSV), the system's end (_CRT). ACPI
// Specification 6.4, 11.1.
#include "core.h"

enum { AcpiMaximumFans = 16 }; // of a level

typedef struct _ACPI_FANS {
    ULONG Count;
    PACPI_NODE Nodes[AcpiMaximumFans];
} ACPI_FANS;

BOOLEAN AcpiIsFan(const ACPI_NODE *Node)
{
    return Node->Known && strcmp(Node->Known->Id, "PNP0C0B") == 0;
}

static VOID AcpiReadFans(PLIST_ENTRY Nodes, acpi_handle Zone, ULONG Level, ACPI_FANS *Fans)
{
    CHAR Name[] = {'_', 'A', 'L', (CHAR)('0' + Level), 0};
    struct acpi_buffer Buffer = {ACPI_ALLOCATE_BUFFER, NULL};
    Fans->Count = 0;
    if (!AcpiHasObject(Zone, Name) || ACPI_FAILURE(acpi_evaluate_object(Zone, Name, NULL, &Buffer)))
        return;
    const union acpi_object *Package = Buffer.pointer;
    ULONG Count = Package && Package->type == ACPI_TYPE_PACKAGE ? Package->package.count : 0;
    for (ULONG i = 0; i < Count && Fans->Count < AcpiMaximumFans; i++) {
        const union acpi_object *Element = &Package->package.elements[i];
        PACPI_NODE Node = Element->type == ACPI_TYPE_LOCAL_REFERENCE
                              ? AcpiFindNode(Nodes, Element->reference.handle)
                              : NULL;
        if (Node && AcpiIsFan(Node))
            Fans->Nodes[Fans->Count++] = Node;
    }
    acpi_os_free(Buffer.pointer);
}

// It runs while a level of some zone wants it to.
NTSTATUS AcpiSetFan(PACPI_NODE Fan)
{
    return AcpiSetDevicePower(Fan, Fan->Cooling ? PowerDeviceD0 : PowerDeviceD3);
}

// Firmware that has moved its trip points is believed; which fans a level has, it says when it is switched on.
static VOID AcpiSwitchLevel(PLIST_ENTRY Nodes, PACPI_NODE Zone, ULONG Level, BOOLEAN On)
{
    ACPI_FANS Fans;
    AcpiReadFans(Nodes, Zone->Handle, Level, &Fans);
    for (ULONG i = 0; i < Fans.Count; i++) {
        PACPI_NODE Fan = Fans.Nodes[i];
        if (On)
            Fan->Cooling++;
        else if (Fan->Cooling)
            Fan->Cooling--;
        (VOID) AcpiSetFan(Fan);
    }
    Zone->Levels = On ? Zone->Levels | 1u << Level : Zone->Levels & ~(1u << Level);
}

static VOID AcpiCoolActively(PLIST_ENTRY Nodes, PACPI_NODE Zone,
                             const THERMAL_INFORMATION *Information)
{
    for (ULONG Level = 0; Level < MAX_ACTIVE_COOLING_LEVELS; Level++) {
        BOOLEAN On = Level < Information->ActiveTripPointCount &&
                     Information->ActiveTripPoint[Level] &&
                     Information->CurrentTemperature >= Information->ActiveTripPoint[Level];
        if (On != ((Zone->Levels >> Level & 1) != 0))
            AcpiSwitchLevel(Nodes, Zone, Level, On);
    }
}

// A zone whose temperature nobody knows stays as it is.
BOOLEAN AcpiWatchZone(PLIST_ENTRY Nodes, PACPI_NODE Zone, PACPI_ZONE_NEWS News)
{
    THERMAL_INFORMATION Information;
    *News = (ACPI_ZONE_NEWS){};
    if (!NT_SUCCESS(AcpiQueryZone(Zone->Handle, &Information)))
        return FALSE;
    ULONG Temperature = Information.CurrentTemperature;
    BOOLEAN Passive = Information.PassiveTripPoint && Temperature >= Information.PassiveTripPoint;
    News->Temperature = Temperature;
    News->Limit = Information.CriticalTripPoint;
    News->Critical = Information.CriticalTripPoint && Temperature >= Information.CriticalTripPoint;
    News->PassiveChanged = Passive != Zone->Passive;
    Zone->Passive = Passive;
    AcpiCoolActively(Nodes, Zone, &Information);
    return TRUE;
}
