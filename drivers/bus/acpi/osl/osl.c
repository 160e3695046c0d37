// Start and end of the OS layer, what ACPICA prints, and what it asks and here is nothing to say about.
#include "osl.h"

#include <ntstrsafe.h>

NTSTATUS OslInitialize(PDEVICE_OBJECT Device)
{
    OslInitializeRegisters();
    NTSTATUS Status = OslReadRootPointer();
    return NT_SUCCESS(Status) ? OslStartQueues(Device) : Status;
}

VOID OslTerminate(VOID)
{
    OslStopQueues();
    OslUnmapRegisters();
}

acpi_status acpi_os_initialize(void)
{
    return AE_OK;
}

acpi_status acpi_os_terminate(void)
{
    return AE_OK;
}

// ---- Messages: lines come in pieces

static struct {
    KSPIN_LOCK Lock;
    CHAR Text[256];
    SIZE_T Length;
} OslLine;

static VOID OslFlushLine(VOID)
{
    OslLine.Text[OslLine.Length] = 0;
    DbgPrintEx(DPFLTR_ACPI_ID, DPFLTR_WARNING_LEVEL, "acpi: %s\n", OslLine.Text);
    OslLine.Length = 0;
}

void acpi_os_vprintf(const char *format, va_list args)
{
    CHAR Text[256];
    RtlStringCbVPrintfA(Text, sizeof(Text), format, args); // what does not fit is cut off
    KIRQL Irql = OslAcquireLock(&OslLine.Lock);
    for (ULONG i = 0; Text[i]; i++) {
        if (Text[i] == '\n')
            OslFlushLine();
        else
            OslLine.Text[OslLine.Length++] = Text[i];
        if (OslLine.Length == sizeof(OslLine.Text) - 1)
            OslFlushLine();
    }
    OslReleaseLock(&OslLine.Lock, Irql);
}

void acpi_os_printf(const char *format, ...)
{
    va_list Arguments;
    va_start(Arguments, format);
    acpi_os_vprintf(format, Arguments);
    va_end(Arguments);
}

// ---- Nothing is overridden

acpi_status acpi_os_predefined_override(const struct acpi_predefined_names *init_val,
                                        acpi_string *new_val)
{
    UNREFERENCED_PARAMETER(init_val);
    *new_val = NULL;
    return AE_OK;
}

acpi_status acpi_os_table_override(struct acpi_table_header *existing_table,
                                   struct acpi_table_header **new_table)
{
    UNREFERENCED_PARAMETER(existing_table);
    *new_table = NULL;
    return AE_OK;
}

acpi_status acpi_os_physical_table_override(struct acpi_table_header *existing_table,
                                            acpi_physical_address *new_address,
                                            u32 *new_table_length)
{
    UNREFERENCED_PARAMETER(existing_table);
    *new_address = 0;
    *new_table_length = 0;
    return AE_OK;
}

// ---- What AML says on purpose

acpi_status acpi_os_signal(u32 function, void *info)
{
    const struct acpi_signal_fatal_info *Fatal = info;
    if (function == ACPI_SIGNAL_FATAL && Fatal)
        DbgPrintEx(DPFLTR_ACPI_ID, DPFLTR_WARNING_LEVEL,
                   "acpi: the firmware reports a fatal error: type %x, code %x, argument %x\n",
                   Fatal->type, Fatal->code, Fatal->argument);
    return AE_OK;
}
