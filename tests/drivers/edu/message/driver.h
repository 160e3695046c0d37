// msixtest.sys.
#pragma once

#include <ntddk.h>

#include "../edu.h"
#include "ask.h"
#include "layer.h"

enum { // registers (Intel 82574 datasheet, 10.2)
    MessageCauseSet = 0xC8,
    MessageMaskSet = 0xD0,
    MessageAutoClear = 0xDC,
    MessageVectors = 0xE4,
    MessageVectorValid = 8,
    MessageFirstCause = 20, // bit
    MessageRegisterBytes = 0x1000,
};

typedef struct _MESSAGE_DEVICE {
    LAYER Layer;
    PUCHAR Registers;
    PIO_INTERRUPT_MESSAGE_INFO Messages;
    PCI_MSIX_TABLE_CONFIG_INTERFACE Table;
    volatile LONG Counts[MESSAGE_ENTRIES]; // by message
} MESSAGE_DEVICE, *PMESSAGE_DEVICE;

VOID MessageFire(PMESSAGE_DEVICE Device, ULONG Cause);
// control.c
DRIVER_DISPATCH MessageControl;
