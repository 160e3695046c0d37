// General-purpose events: those that devices wake the machine with (_PRW) are told to ACPICA before it enables the others,
// for they stay off while the machine runs.
#include "core.h"

// ACPI Specification 6.4, 7.3.13: the first element is the event's number, or a package of a GPE block device and the number.
static BOOLEAN AcpiReadWakeEvent(const union acpi_object *Package, acpi_handle *GpeDevice,
                                 PULONG Number)
{
    if (Package->type != ACPI_TYPE_PACKAGE || Package->package.count < 2)
        return FALSE;
    const union acpi_object *Event = &Package->package.elements[0];
    *GpeDevice = NULL;
    if (Event->type == ACPI_TYPE_PACKAGE) {
        if (Event->package.count < 2 ||
            Event->package.elements[0].type != ACPI_TYPE_LOCAL_REFERENCE)
            return FALSE;
        *GpeDevice = Event->package.elements[0].reference.handle;
        Event = &Event->package.elements[1];
    }
    if (Event->type != ACPI_TYPE_INTEGER)
        return FALSE;
    *Number = (ULONG)Event->integer.value;
    return TRUE;
}

static acpi_status AcpiVisitWake(acpi_handle Handle, u32 Level, void *Context, void **ReturnValue)
{
    struct acpi_buffer Buffer = {ACPI_ALLOCATE_BUFFER, NULL};
    acpi_handle GpeDevice;
    ULONG Number;
    UNREFERENCED_PARAMETER(Level);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(ReturnValue);
    if (!AcpiHasObject(Handle, "_PRW") ||
        ACPI_FAILURE(acpi_evaluate_object(Handle, "_PRW", NULL, &Buffer)))
        return AE_OK;
    if (Buffer.pointer && AcpiReadWakeEvent(Buffer.pointer, &GpeDevice, &Number))
        (VOID) acpi_setup_gpe_for_wake(Handle, GpeDevice, Number);
    acpi_os_free(Buffer.pointer);
    return AE_OK;
}

VOID AcpiEnableEvents(VOID)
{
    (VOID) acpi_walk_namespace(ACPI_TYPE_DEVICE, ACPI_ROOT_OBJECT, ACPI_UINT32_MAX, AcpiVisitWake,
                               NULL, NULL, NULL);
    acpi_status Status = acpi_update_all_gpes();
    if (ACPI_FAILURE(Status))
        DbgPrintEx(DPFLTR_ACPI_ID, DPFLTR_WARNING_LEVEL, "acpi: events cannot be enabled: %s\n",
                   acpi_format_exception(Status));
}
