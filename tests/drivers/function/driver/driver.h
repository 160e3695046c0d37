// functest.sys: drives any function of PCI, as far as its bus driver and the power manager are concerned.
#pragma once

#include <ntddk.h>

#include "../function.h"
#include "ask.h"
#include "layer.h"
#include "power.h"

enum { MostRanges = 6 };

typedef struct _MEMORY_RANGE {
    PUCHAR Address;
    ULONG Length;
} MEMORY_RANGE;

typedef struct _FUNCTION {
    LAYER Layer;
    BOOLEAN Started;
    POWER_POLICY Policy;
    MEMORY_RANGE Ranges[MostRanges];
    ULONG RangeCount;
    BUS_INTERFACE_STANDARD Bus;
    DEVICE_RESET_INTERFACE_STANDARD Reset;
    PIRP Wake; // the request that waits, or the last one's place
    KEVENT WakeDone;
    NTSTATUS WakeStatus;
    FAST_MUTEX Lock; // one request at a time
} FUNCTION, *PFUNCTION;

// control.c
DRIVER_DISPATCH FunctionControl;
// power.c
NTSTATUS FunctionSetPower(PFUNCTION Function, DEVICE_POWER_STATE State);
NTSTATUS FunctionWaitWake(PFUNCTION Function);
NTSTATUS FunctionCancelWake(PFUNCTION Function);
