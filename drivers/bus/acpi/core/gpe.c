// General-purpose events: those that devices wake the machine with (_PRW) are told to ACPICA before it enables the others,
// for they stay off while nobody waits for them.
#include "core.h"

static acpi_status AcpiVisitWake(acpi_handle Handle, u32 Level, void *Context, void **ReturnValue)
{
    ACPI_WAKE Wake;
    UNREFERENCED_PARAMETER(Level);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(ReturnValue);
    if (AcpiReadWake(Handle, &Wake))
        (VOID) acpi_setup_gpe_for_wake(Handle, Wake.GpeDevice, Wake.Gpe);
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
