// kbdclass.sys: what programs see of a keyboard.
#pragma once

#include <ntddk.h>

#include <kbdmou.h>

#include "irpqueue.h"
#include "pnp.h"

enum {
    ClassQueueLength = 100, // events kept for who does not read
    ClassMaximumNumber = 64,
};

typedef struct _CLASS_DEVICE {
    PDEVICE_OBJECT Self, Lower, PhysicalDevice;
    ULONG Number; // of \Device\KeyboardClassN
    BOOLEAN Started;
    EX_RUNDOWN_REF Running; // requests
    UNICODE_STRING InterfaceName;

    IRP_QUEUE Reads; // its lock is taken within Lock

    KSPIN_LOCK Lock; // of the events
    BOOLEAN WasOpened;
    KEYBOARD_INPUT_DATA Events[ClassQueueLength];
    ULONG Head, Tail; // count up
} CLASS_DEVICE, *PCLASS_DEVICE;

static inline PCLASS_DEVICE ClassOf(PDEVICE_OBJECT DeviceObject)
{
    return DeviceObject->DeviceExtension;
}

NTSTATUS ClassComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information);

// ---- pnp.c
DRIVER_ADD_DEVICE ClassAddDevice;
DRIVER_DISPATCH ClassPnp, ClassPass;

// ---- read.c
VOID ClassInitializeReads(PCLASS_DEVICE Device);
DRIVER_DISPATCH ClassRead;
// End the reads of a file, or all: null.
VOID ClassCancelReads(PCLASS_DEVICE Device, PFILE_OBJECT File);
// The port driver's callback, at DISPATCH_LEVEL.
VOID NTAPI ClassServiceCallback(PDEVICE_OBJECT DeviceObject, PKEYBOARD_INPUT_DATA Start,
                                PKEYBOARD_INPUT_DATA End, PULONG Consumed);
