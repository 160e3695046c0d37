// Devices that wake the machine (_PRW): ACPI Specification 6.4, 7.3.13. What they need for it is on as long as somebody
// waits for them; their event is on too, so that they are heard while the machine works.
#include "core.h"

enum { AcpiFirstWakeResource = 2 };

// The first element is the event's number, or a package of a GPE block device and the number.
static BOOLEAN AcpiReadWakeEvent(const union acpi_object *Event, PACPI_WAKE Wake)
{
    if (Event->type == ACPI_TYPE_PACKAGE) {
        if (Event->package.count < 2 ||
            Event->package.elements[0].type != ACPI_TYPE_LOCAL_REFERENCE)
            return FALSE;
        Wake->GpeDevice = Event->package.elements[0].reference.handle;
        Event = &Event->package.elements[1];
    }
    if (Event->type != ACPI_TYPE_INTEGER)
        return FALSE;
    Wake->Gpe = (ULONG)Event->integer.value;
    return TRUE;
}

static BOOLEAN AcpiParseWake(const union acpi_object *Package, PACPI_WAKE Wake)
{
    if (Package->type != ACPI_TYPE_PACKAGE || Package->package.count < AcpiFirstWakeResource ||
        !AcpiReadWakeEvent(&Package->package.elements[0], Wake))
        return FALSE;
    const union acpi_object *Deepest = &Package->package.elements[1];
    if (Deepest->type != ACPI_TYPE_INTEGER || Deepest->integer.value > ACPI_STATE_S5)
        return FALSE;
    Wake->Deepest = (UCHAR)Deepest->integer.value;
    AcpiCollectPower(Package, AcpiFirstWakeResource, &Wake->Power);
    return TRUE;
}

BOOLEAN AcpiReadWake(acpi_handle Device, PACPI_WAKE Wake)
{
    struct acpi_buffer Buffer = {ACPI_ALLOCATE_BUFFER, NULL};
    *Wake = (ACPI_WAKE){};
    if (!AcpiHasObject(Device, "_PRW") ||
        ACPI_FAILURE(acpi_evaluate_object(Device, "_PRW", NULL, &Buffer)))
        return FALSE;
    BOOLEAN Known = Buffer.pointer && AcpiParseWake(Buffer.pointer, Wake);
    acpi_os_free(Buffer.pointer);
    return Known;
}

// The deepest state that the device can be in to wake the machine from Sn: _SnW, else the shallowest that it may be in then
// (_SnD), else it is for us to say.
DEVICE_POWER_STATE AcpiWakeDeviceState(acpi_handle Device, UCHAR Sleep)
{
    static const CHAR Kinds[] = {'W', 'D'};
    ULONG64 State;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Kinds); i++) {
        CHAR Name[] = {'_', 'S', (CHAR)('0' + Sleep), Kinds[i], 0};
        if (AcpiHasObject(Device, Name) && ACPI_SUCCESS(AcpiEvaluateNumber(Device, Name, &State)) &&
            State <= ACPI_STATE_D3)
            return (DEVICE_POWER_STATE)(PowerDeviceD0 + State);
    }
    return PowerDeviceD3;
}

// _DSW knows of the states that the machine and the device go to; _PSW is its predecessor.
static acpi_status AcpiSwitchWake(acpi_handle Device, BOOLEAN On, UCHAR Sleep)
{
    DEVICE_POWER_STATE State = Sleep ? AcpiWakeDeviceState(Device, Sleep) : PowerDeviceD0;
    union acpi_object Arguments[] = {
        {.integer = {ACPI_TYPE_INTEGER, On}},
        {.integer = {ACPI_TYPE_INTEGER, Sleep}},
        {.integer = {ACPI_TYPE_INTEGER, On ? State - PowerDeviceD0 : 0}},
    };
    struct acpi_object_list List = {RTL_NUMBER_OF(Arguments), Arguments};
    if (AcpiHasObject(Device, "_DSW"))
        return acpi_evaluate_object(Device, "_DSW", &List, NULL);
    return AcpiHasObject(Device, "_PSW") ? AcpiCallWithNumber(Device, "_PSW", On) : AE_OK;
}

NTSTATUS AcpiArmWake(acpi_handle Device, const ACPI_WAKE *Wake)
{
    acpi_status Status = AcpiNeedPower(&Wake->Power);
    if (ACPI_FAILURE(Status))
        return AcpiStatus(Status);
    Status = AcpiSwitchWake(Device, TRUE, ACPI_STATE_S0);
    if (ACPI_SUCCESS(Status))
        Status = acpi_enable_gpe(Wake->GpeDevice, Wake->Gpe);
    if (ACPI_FAILURE(Status)) {
        (VOID) AcpiSwitchWake(Device, FALSE, ACPI_STATE_S0);
        AcpiReleasePower(&Wake->Power);
    }
    return AcpiStatus(Status);
}

VOID AcpiDisarmWake(acpi_handle Device, const ACPI_WAKE *Wake)
{
    (VOID) acpi_disable_gpe(Wake->GpeDevice, Wake->Gpe);
    (VOID) AcpiSwitchWake(Device, FALSE, ACPI_STATE_S0);
    AcpiReleasePower(&Wake->Power);
}

// The machine goes to Sn. ACPICA has the events that may wake it on then, and no others.
BOOLEAN AcpiPrepareWake(acpi_handle Device, const ACPI_WAKE *Wake, UCHAR Sleep)
{
    if (Sleep > Wake->Deepest)
        return FALSE;
    return ACPI_SUCCESS(AcpiSwitchWake(Device, TRUE, Sleep)) &&
           ACPI_SUCCESS(acpi_set_gpe_wake_mask(Wake->GpeDevice, Wake->Gpe, ACPI_GPE_ENABLE));
}

// It works again. The firmware may have forgotten what it was told before.
VOID AcpiResumeWake(acpi_handle Device, const ACPI_WAKE *Wake)
{
    (VOID) acpi_set_gpe_wake_mask(Wake->GpeDevice, Wake->Gpe, ACPI_GPE_DISABLE);
    (VOID) AcpiSwitchWake(Device, TRUE, ACPI_STATE_S0);
}
