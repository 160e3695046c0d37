// ACPI_INTERFACE_STANDARD and ACPI_INTERFACE_STANDARD2 for a device that acpi.sys reports, whichever process asks.
#pragma once

#include <ntddk.h>

// IRP_MN_QUERY_INTERFACE, which goes to Device: fills in the interface if it is one of these and Device gives them. Else
// the answer is Status, as it was.
NTSTATUS AcpiClientQueryInterface(PDEVICE_OBJECT Device, const IO_STACK_LOCATION *Stack,
                                  NTSTATUS Status);
