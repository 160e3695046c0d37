// Device controls that are waited for.
#pragma once

#include <wdm.h>

// IRP_MJ_DEVICE_CONTROL, and IRP_MJ_INTERNAL_DEVICE_CONTROL. At APC_LEVEL or below: else STATUS_INVALID_DEVICE_STATE.
NTSTATUS AskDevice(PDEVICE_OBJECT Device, ULONG Code, const VOID *Input, ULONG InputLength,
                   PVOID Output, ULONG OutputLength);
NTSTATUS AskDriver(PDEVICE_OBJECT Device, ULONG Code, const VOID *Input, ULONG InputLength,
                   PVOID Output, ULONG OutputLength);

typedef struct _ASK {
    ULONG Code;
    BOOLEAN Internal;
    const VOID *Input;
    PVOID Output;
    ULONG InputLength, OutputLength;
} ASK;

// Returned: bytes of the output; may be null.
NTSTATUS AskAndCount(PDEVICE_OBJECT Device, const ASK *Ask, PULONG_PTR Returned);
