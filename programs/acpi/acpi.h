// acpi: the firmware's tables, its devices, and values of its objects.
#pragma once

#include <nt.h>

#ifndef FILE_DEVICE_ACPI
#define FILE_DEVICE_ACPI 0x32
#endif
#include <acpiioct.h>

#include "../lib/native.h"

// ---- The ACPI device (device.c)

NTSTATUS AcpiOpenDevice(PHANDLE Device);
// The value of an object by its path, as ACPI_EVAL_OUTPUT_BUFFER; freed by AcpiFree.
NTSTATUS AcpiEvaluate(HANDLE Device, PCSTR Path, const ULONG64 *Arguments, ULONG Count,
                      PACPI_EVAL_OUTPUT_BUFFER *Result);
// All devices, parents first.
NTSTATUS AcpiListDevices(HANDLE Device, ACPI_ENUM_CHILDREN_OUTPUT_BUFFER **Result);
PVOID AcpiAllocate(SIZE_T Size);
VOID AcpiFree(PVOID Memory);

// ---- Devices of the classes of <poclass.h>, each opened for reading (device.c)

NTSTATUS AcpiForEach(const GUID *Class, PCWSTR None, NTSTATUS (*Show)(HANDLE Device));
// "ACPI\PNP0C0A\1": the device that an interface is of.
VOID AcpiPrintInterface(PCWSTR Path);

// ---- Output

NTSTATUS AcpiShowBatteries(void);
NTSTATUS AcpiShowButtons(void);
NTSTATUS AcpiWaitForButton(PCWSTR Instance);
NTSTATUS AcpiShowThermal(void);
NTSTATUS AcpiShowTables(void);
NTSTATUS AcpiDumpTable(PCWSTR Signature);
NTSTATUS AcpiShowTree(void);
NTSTATUS AcpiShowValue(PCWSTR Path, const ULONG64 *Arguments, ULONG Count);
