// What the parts of the test driver share.
#pragma once

#include <ntddk.h>
#include <power.h>
#include <stdio.h>

#include "layer.h"
#include "powertest.h"

enum { PowerTag = 'tseT', PowerDevices = 2 };

typedef enum _DEVICE_KIND { ControlDevice, BusDevice, ChildDevice, FunctionDevice } DEVICE_KIND;

// A device of the bus
typedef struct _CHILD {
    ULONG Number; // 1, 2
    PIRP WakeIrp;
    KTIMER WakeTimer, DelayTimer;
    KDPC WakeDpc, DelayDpc;
    PIRP Delayed;
} CHILD, *PCHILD;

typedef struct _FUNCTION {
    PULONG Idle;
    PIRP WakeIrp;
    KEVENT WakeDone;
    NTSTATUS WakeStatus;
} FUNCTION, *PFUNCTION;

// What a device extension begins with.
typedef struct _DEVICE {
    DEVICE_KIND Kind;
    PDEVICE_OBJECT Self, Physical, Lower;
    POWER_POLICY Policy;
    union {
        CHILD Child;
        FUNCTION Function;
    };
} DEVICE, *PDEVICE;

static inline PDEVICE DeviceOf(PDEVICE_OBJECT Self)
{
    return Self->DeviceExtension;
}

// driver.c
extern POWER_BEHAVIOUR Behaviour;
extern CHAR ServiceName[16];
extern PDEVICE TheFunction; // this driver's device, or null
VOID Record(PCSTR Who, const IO_STACK_LOCATION *Stack, PCSTR Suffix);
NTSTATUS MakeDevice(PDRIVER_OBJECT DriverObject, DEVICE_KIND Kind, PCWSTR Name, PDEVICE *Device);

// bus.c
extern PDEVICE Children[PowerDevices];
NTSTATUS BusPnp(PDEVICE Device, PIRP Irp);
NTSTATUS ChildPnp(PDEVICE Device, PIRP Irp);
NTSTATUS ChildPower(PDEVICE Device, PIRP Irp);
NTSTATUS MakeChildren(PDRIVER_OBJECT DriverObject);
VOID TellRelations(VOID); // they may be others

// function.c
NTSTATUS FunctionPnp(PDEVICE Device, PIRP Irp);
NTSTATUS FunctionPower(PDEVICE Device, PIRP Irp);
NTSTATUS RequestStates(PDEVICE Device, const POWER_REQUEST *Request);
NTSTATUS SetIdle(PDEVICE Device, ULONG Seconds);
NTSTATUS SetBusy(PDEVICE Device, ULONG Busy);
NTSTATUS Arm(PDEVICE Device);
NTSTATUS Disarm(PDEVICE Device);
NTSTATUS WaitArmed(PDEVICE Device, PNTSTATUS Status);

// interface.c
ULONG CheckInterface(PDEVICE Device);
