// edutest.sys, the driver of QEMU's teaching device (docs/specs/edu.txt of QEMU).
#pragma once

#include <ntddk.h>

#include "ask.h"
#include "edu.h"
#include "layer.h"

enum { // registers
    EduIdentification = 0x00,
    EduLiveness = 0x04,
    EduFactorial = 0x08,
    EduStatus = 0x20,
    EduInterruptStatus = 0x24,
    EduInterruptRaise = 0x60,
    EduInterruptAcknowledge = 0x64,
    EduDmaSource = 0x80,
    EduDmaTarget = 0x88,
    EduDmaCount = 0x90,
    EduDmaCommand = 0x98,
    EduBuffer = 0x40000, // of the device, as DMA addresses it
    EduBufferBytes = 4096,
};

enum {
    EduStatusInterrupt = 0x80, // when the factorial is done
    EduDmaStart = 1,
    EduDmaToMemory = 2,
    EduDmaInterrupt = 4,
};

typedef struct _EDU {
    LAYER Layer;
    BOOLEAN Started;
    PUCHAR Registers;
    ULONG RegistersLength;
    IO_CONNECT_INTERRUPT_PARAMETERS Connection;
    PVOID ConnectionContext; // interrupt object or message table
    ULONG Messages;
    KDPC Dpc;
    KEVENT Interrupted;
    volatile LONG Interrupts;
    ULONG64 Served, Deferred; // when
    BUS_INTERFACE_STANDARD Bus;
    PCI_DEVICE_PRESENT_INTERFACE Present;
    DEVICE_RESET_INTERFACE_STANDARD Reset;
    NTSTATUS TableStatus;
    PDMA_ADAPTER Adapter;
    PUCHAR Buffer; // common with the device
    PHYSICAL_ADDRESS BufferAddress;
    FAST_MUTEX Lock; // one request at a time
} EDU, *PEDU;

ULONG EduRead(PEDU Edu, ULONG Register);
VOID EduWrite(PEDU Edu, ULONG Register, ULONG Value);
// FALSE: no interrupt came within two seconds.
BOOLEAN EduAwaitInterrupt(PEDU Edu);

// pnp.c
DRIVER_DISPATCH EduPnp;
DRIVER_ADD_DEVICE EduAddDevice;
// control.c
DRIVER_DISPATCH EduControl;
// config.c
VOID EduTryConfig(PEDU Edu, PULONG Identifiers, PULONG Scratch);
