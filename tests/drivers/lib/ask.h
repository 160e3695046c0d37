// Requests of a test's driver to the device below it, waited for.
#pragma once

#include <ntddk.h>

// PnP. Of Stack the minor function and the parameters. Nobody who knows the request: STATUS_NOT_SUPPORTED.
NTSTATUS AskLower(PDEVICE_OBJECT Lower, const IO_STACK_LOCATION *Stack);
NTSTATUS QueryLowerInterface(PDEVICE_OBJECT Lower, const GUID *Type, USHORT Size, USHORT Version,
                             PVOID Interface);
VOID ReleaseInterface(PVOID Interface); // an INTERFACE, or none

// A device control request with one buffer for both directions. Information: null if of no interest.
NTSTATUS ControlLower(PDEVICE_OBJECT Lower, BOOLEAN Internal, ULONG Code, PVOID Buffer,
                      ULONG InputLength, ULONG OutputLength, PULONG_PTR Information);
