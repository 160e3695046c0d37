// PnP requests of a test's driver to the device below it, waited for.
#pragma once

#include <ntddk.h>

// Of Stack the minor function and the parameters. Nobody who knows the request: STATUS_NOT_SUPPORTED.
NTSTATUS AskLower(PDEVICE_OBJECT Lower, const IO_STACK_LOCATION *Stack);
NTSTATUS QueryLowerInterface(PDEVICE_OBJECT Lower, const GUID *Type, USHORT Size, USHORT Version,
                             PVOID Interface);
