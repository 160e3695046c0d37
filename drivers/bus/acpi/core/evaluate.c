// Evaluating objects, for the driver's own use.
#include "core.h"

acpi_status AcpiEvaluateNumber(acpi_handle Handle, PCSTR Name, PULONG64 Value)
{
    union acpi_object Result;
    struct acpi_buffer Buffer = {sizeof(Result), &Result};
    acpi_status Status = acpi_evaluate_object(Handle, (acpi_string)Name, NULL, &Buffer);
    if (ACPI_FAILURE(Status))
        return Status == AE_BUFFER_OVERFLOW ? AE_TYPE : Status;
    if (!Buffer.length || Result.type != ACPI_TYPE_INTEGER)
        return AE_TYPE;
    *Value = Result.integer.value;
    return AE_OK;
}

acpi_status AcpiCallWithNumber(acpi_handle Handle, PCSTR Name, ULONG64 Argument)
{
    union acpi_object Object = {.integer = {ACPI_TYPE_INTEGER, Argument}};
    struct acpi_object_list List = {1, &Object};
    return acpi_evaluate_object(Handle, (acpi_string)Name, &List, NULL);
}

BOOLEAN AcpiHasObject(acpi_handle Handle, PCSTR Name)
{
    acpi_handle Found;
    return ACPI_SUCCESS(acpi_get_handle(Handle, (acpi_string)Name, &Found));
}

VOID AcpiPathName(acpi_handle Handle, PSTR Path, ULONG Size)
{
    struct acpi_buffer Buffer = {Size, Path};
    Path[0] = 0;
    if (ACPI_FAILURE(acpi_get_name(Handle, ACPI_FULL_PATHNAME_NO_TRAILING, &Buffer)))
        Path[0] = 0;
}

ULONG AcpiDeviceStatus(acpi_handle Handle)
{
    enum { Everything = 0xF, PathSize = 128 };
    CHAR Path[PathSize];
    ULONG64 Value;
    // A method that does not find what it names is another matter.
    if (!AcpiHasObject(Handle, "_STA"))
        return Everything;
    acpi_status Status = AcpiEvaluateNumber(Handle, "_STA", &Value);
    if (ACPI_SUCCESS(Status))
        return (ULONG)Value;
    AcpiPathName(Handle, Path, sizeof(Path));
    DbgPrintEx(DPFLTR_ACPI_ID, DPFLTR_WARNING_LEVEL, "acpi: %s is taken as absent: _STA: %s\n",
               Path, acpi_format_exception(Status));
    return 0;
}
