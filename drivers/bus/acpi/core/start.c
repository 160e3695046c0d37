// ACPICA's start and end.
#include "core.h"

// AML that loops is given up after so many seconds.
enum {
    AcpiLoopSeconds =
        30, // of the clock, which goes on while a busy host lets a virtual machine wait
    AcpiInitialTables = 32,
};

static const struct {
    acpi_status Status;
    NTSTATUS Result;
} AcpiStatuses[] = {
    {AE_OK, STATUS_SUCCESS},
    {AE_NOT_FOUND, STATUS_OBJECT_NAME_NOT_FOUND},
    {AE_NOT_EXIST, STATUS_OBJECT_NAME_NOT_FOUND},
    {AE_NO_MEMORY, STATUS_INSUFFICIENT_RESOURCES},
    {AE_BUFFER_OVERFLOW, STATUS_BUFFER_OVERFLOW},
    {AE_TYPE, STATUS_INVALID_DEVICE_REQUEST},
    {AE_BAD_PARAMETER, STATUS_INVALID_PARAMETER},
    {AE_BAD_PATHNAME, STATUS_OBJECT_PATH_SYNTAX_BAD},
    {AE_BAD_CHARACTER, STATUS_OBJECT_NAME_INVALID},
    {AE_SUPPORT, STATUS_NOT_SUPPORTED},
    {AE_TIME, STATUS_TIMEOUT},
    {AE_AML_LOOP_TIMEOUT, STATUS_IO_TIMEOUT},
    {AE_AML_METHOD_LIMIT, STATUS_STACK_OVERFLOW},
};

NTSTATUS AcpiStatus(acpi_status Status)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(AcpiStatuses); i++) {
        if (AcpiStatuses[i].Status == Status)
            return AcpiStatuses[i].Result;
    }
    return STATUS_ACPI_FATAL;
}

static NTSTATUS AcpiSay(PCSTR What, acpi_status Status)
{
    if (ACPI_FAILURE(Status))
        DbgPrintEx(DPFLTR_ACPI_ID, DPFLTR_WARNING_LEVEL, "acpi: %s: %s\n", What,
                   acpi_format_exception(Status));
    return AcpiStatus(Status);
}

NTSTATUS AcpiFindTables(VOID)
{
    acpi_gbl_max_loop_iterations = AcpiLoopSeconds;
    acpi_status Status = acpi_initialize_subsystem();
    if (ACPI_FAILURE(Status))
        return AcpiSay("no start", Status);
    Status = acpi_initialize_tables(NULL, AcpiInitialTables, FALSE);
    if (ACPI_FAILURE(Status)) {
        (VOID) acpi_terminate();
        return AcpiSay("no tables", Status);
    }
    return STATUS_SUCCESS;
}

// The interrupt model: the firmware routes to the I/O APICs from now on. Old firmware has no such method.
static VOID AcpiTellInterruptModel(VOID)
{
    enum { ApicModel = 1 };
    acpi_status Status = AcpiCallWithNumber(NULL, "\\_PIC", ApicModel);
    if (Status != AE_NOT_FOUND)
        (VOID) AcpiSay("\\_PIC", Status);
}

// A table whose AML is wrong takes its own definitions away, not those of the others.
NTSTATUS AcpiStart(VOID)
{
    acpi_status Status = acpi_load_tables();
    if (ACPI_FAILURE(Status))
        (VOID) AcpiSay("a definition block is wrong", Status);
    Status = acpi_enable_subsystem(ACPI_FULL_INITIALIZATION);
    if (ACPI_FAILURE(Status))
        return AcpiSay("the hardware cannot be enabled", Status);
    AcpiFindBootController(); // objects may need it to be initialised
    AcpiTellInterruptModel();
    Status = acpi_initialize_objects(ACPI_FULL_INITIALIZATION);
    if (ACPI_FAILURE(Status))
        return AcpiSay("objects cannot be initialised", Status);
    AcpiFindControllers();
    AcpiEnableEvents();
    return STATUS_SUCCESS;
}

VOID AcpiEnd(VOID)
{
    AcpiForgetControllers();
    AcpiForgetPowerResources();
    (VOID) acpi_terminate();
}
