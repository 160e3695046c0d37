// The power policy of a function driver: a request of the system becomes one for the state of the driver's own device.
//
// The driver embeds a POWER_POLICY in its device extension and calls PowerDispatch for IRP_MJ_POWER. Its device
// object has DO_POWER_PAGABLE: all of this is at PASSIVE_LEVEL.
#pragma once

#include <wdm.h>

typedef struct _POWER_POLICY {
    PDEVICE_OBJECT Self, PhysicalDevice, Lower;
    // The device is about to lose its power (with Wake: but may see what ends the system's sleep), and has it again.
    // Either may be null.
    VOID (*PowerDown)(PDEVICE_OBJECT Self, BOOLEAN Wake);
    VOID (*PowerUp)(PDEVICE_OBJECT Self);
    // The device is to wake the system, if it can: the bus is asked to when it starts.
    BOOLEAN Wakes;
    BOOLEAN WakeAsked;
    KEVENT WakeEnds; // that request waits no longer
    SYSTEM_POWER_STATE SystemWake;
    DEVICE_POWER_STATE State;
    SYSTEM_POWER_STATE SystemState;
    DEVICE_POWER_STATE States[PowerSystemMaximum]; // for each of the system's
} POWER_POLICY, *PPOWER_POLICY;

VOID PowerStarted(PPOWER_POLICY Policy); // the bus has started the device
VOID PowerRemoved(PPOWER_POLICY Policy); // the bus has removed it; only if it Wakes
NTSTATUS PowerDispatch(PPOWER_POLICY Policy, PIRP Irp);
