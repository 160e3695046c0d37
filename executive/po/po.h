// Po: shutdown, sleep, and the power states of devices.
#pragma once

struct _IO_REQUEST;
struct _DEVICE_OBJECT;
struct _IO_HOST;

NTSTATUS PoInitSystem(void);
// The system ends: no more programs are started.
BOOLEAN PoIsShuttingDown(VOID);
VOID PoWakeSystem(BOOLEAN ByUser); // if it sleeps

// ---- Devices

// A driver wants Request (IRP_MJ_POWER) sent to the top of the stack that its device is in. It is started when
// the stack's requests before it are complete.
VOID PoSubmitRequest(struct _IO_REQUEST *Request);
// The stack on this physical device is about to be started: it will be in D0, unless its drivers say else.
VOID PoDeviceStarts(struct _DEVICE_OBJECT *PhysicalDevice);
DEVICE_POWER_STATE PoQueryDeviceState(struct _DEVICE_OBJECT *Device); // of its stack
BOOLEAN PoIsArmedToWake(struct _DEVICE_OBJECT *Device);               // a driver of its stack waits
VOID PoDeleteDevice(struct _DEVICE_OBJECT *Device);                   // the last reference is gone
VOID PoHostEnded(struct _IO_HOST *Host);                              // what it has registered goes
