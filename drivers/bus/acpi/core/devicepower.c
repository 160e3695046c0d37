// Power of devices: power resources, which several devices may need, and the methods that switch one device. ACPI
// Specification 6.4, 7.2 and 7.3.
#include "core.h"

enum { AcpiMaximumPowerResources = 128 };

// Those that somebody needs, or needed.
static struct {
    acpi_handle Handle;
    ULONG Users;
} AcpiPowerResources[AcpiMaximumPowerResources];
static ULONG AcpiPowerResourceCount;

VOID AcpiForgetPowerResources(VOID)
{
    AcpiPowerResourceCount = 0;
}

// The count of users; null: there are too many.
static PULONG AcpiUsersOf(acpi_handle Handle)
{
    for (ULONG i = 0; i < AcpiPowerResourceCount; i++) {
        if (AcpiPowerResources[i].Handle == Handle)
            return &AcpiPowerResources[i].Users;
    }
    if (AcpiPowerResourceCount == AcpiMaximumPowerResources)
        return NULL;
    AcpiPowerResources[AcpiPowerResourceCount].Handle = Handle;
    AcpiPowerResources[AcpiPowerResourceCount].Users = 0;
    return &AcpiPowerResources[AcpiPowerResourceCount++].Users;
}

static VOID AcpiReleasePowerResource(acpi_handle Handle)
{
    PULONG Users = AcpiUsersOf(Handle);
    if (Users && *Users && --*Users == 0)
        (VOID) acpi_evaluate_object(Handle, "_OFF", NULL, NULL);
}

static acpi_status AcpiNeedPowerResource(acpi_handle Handle)
{
    PULONG Users = AcpiUsersOf(Handle);
    if (!Users)
        return AE_LIMIT;
    acpi_status Status = *Users ? AE_OK : acpi_evaluate_object(Handle, "_ON", NULL, NULL);
    if (ACPI_SUCCESS(Status))
        ++*Users;
    return Status;
}

VOID AcpiReleasePower(const ACPI_POWER_LIST *List)
{
    for (ULONG i = List->Count; i-- > 0;)
        AcpiReleasePowerResource(List->Handles[i]);
}

acpi_status AcpiNeedPower(const ACPI_POWER_LIST *List)
{
    for (ULONG i = 0; i < List->Count; i++) {
        acpi_status Status = AcpiNeedPowerResource(List->Handles[i]);
        if (ACPI_FAILURE(Status)) {
            while (i-- > 0)
                AcpiReleasePowerResource(List->Handles[i]);
            return Status;
        }
    }
    return AE_OK;
}

// What is no power resource is left out.
VOID AcpiCollectPower(const union acpi_object *Package, ULONG First, PACPI_POWER_LIST List)
{
    List->Count = 0;
    for (ULONG i = First; i < Package->package.count && List->Count < AcpiMaximumPowerList; i++) {
        const union acpi_object *Element = &Package->package.elements[i];
        if (Element->type == ACPI_TYPE_LOCAL_REFERENCE &&
            Element->reference.actual_type == ACPI_TYPE_POWER)
            List->Handles[List->Count++] = Element->reference.handle;
    }
}

// Of a device's state: _PR0 to _PR3. Empty: there are none.
static VOID AcpiReadPowerList(acpi_handle Device, DEVICE_POWER_STATE State, PACPI_POWER_LIST List)
{
    CHAR Name[] = {'_', 'P', 'R', (CHAR)('0' + State - PowerDeviceD0), 0};
    struct acpi_buffer Buffer = {ACPI_ALLOCATE_BUFFER, NULL};
    List->Count = 0;
    if (!AcpiHasObject(Device, Name) ||
        ACPI_FAILURE(acpi_evaluate_object(Device, Name, NULL, &Buffer)))
        return;
    const union acpi_object *Package = Buffer.pointer;
    if (Package && Package->type == ACPI_TYPE_PACKAGE)
        AcpiCollectPower(Package, 0, List);
    acpi_os_free(Buffer.pointer);
}

static acpi_status AcpiCallState(acpi_handle Device, DEVICE_POWER_STATE State)
{
    CHAR Name[] = {'_', 'P', 'S', (CHAR)('0' + State - PowerDeviceD0), 0};
    return AcpiHasObject(Device, Name) ? acpi_evaluate_object(Device, Name, NULL, NULL) : AE_OK;
}

// What the new state needs is on before the device is switched, and what only the old one needed goes off behind it.
NTSTATUS AcpiSetDevicePower(PACPI_NODE Node, DEVICE_POWER_STATE State)
{
    ACPI_POWER_LIST New;
    if (!Node->Handle || State == Node->State)
        return STATUS_SUCCESS;
    AcpiReadPowerList(Node->Handle, State, &New);
    acpi_status Status = AcpiNeedPower(&New);
    if (ACPI_FAILURE(Status))
        return AcpiStatus(Status);
    Status = AcpiCallState(Node->Handle, State);
    if (ACPI_FAILURE(Status)) {
        AcpiReleasePower(&New);
        return AcpiStatus(Status);
    }
    AcpiReleasePower(&Node->Power);
    Node->Power = New;
    Node->State = State;
    return STATUS_SUCCESS;
}

BOOLEAN AcpiHasDeviceState(acpi_handle Device, DEVICE_POWER_STATE State)
{
    CHAR Method[] = {'_', 'P', 'S', (CHAR)('0' + State - PowerDeviceD0), 0};
    CHAR List[] = {'_', 'P', 'R', (CHAR)('0' + State - PowerDeviceD0), 0};
    return AcpiHasObject(Device, Method) || AcpiHasObject(Device, List);
}
