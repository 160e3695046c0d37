// Shared by the parts of the suite.
#pragma once

#include <service.h>

#include "function.h"

// The kinds of functions that the machine has, in the order in which they are started.
typedef enum _KIND {
    KIND_RESETS,   // a virtio device: resets itself, alone behind a port
    KIND_ALONE,    // an 82574: alone behind a port
    KIND_WAKES,    // an 82559ER: D1, D2, PME#
    KIND_NO_POWER, // edu: no capability of power management
    KIND_COUNT
} KIND;

VOID StartFunctions(void);
VOID Choose(KIND Kind); // which one all that follows is about

// Everything that goes wrong is reported; what the driver reports of the request is the result.
NTSTATUS Ask(ULONG Code, PFUNCTION_REQUEST Request);
NTSTATUS AskValue(ULONG Code, ULONG Value);
ULONG ReadConfig(ULONG Offset, ULONG Size);
VOID WriteConfig(ULONG Offset, ULONG Size, ULONG Value);
ULONG ReadRange(ULONG Index, ULONG Offset);
VOID WriteRange(ULONG Index, ULONG Offset, ULONG Value);
ULONG FindCapability(ULONG Id); // 0: it has none
