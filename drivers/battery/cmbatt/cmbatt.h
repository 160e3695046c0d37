// cmbatt.sys: batteries and power supplies with methods of the firmware.
#pragma once

#include "core/core.h"
#include "power.h"

constexpr ULONG CmbTag = 'BmCA';

typedef struct _CMB_DEVICE {
    PDEVICE_OBJECT Self, Lower, PhysicalDevice;
    LIST_ENTRY Link; // of all that are started
    POWER_POLICY Power;
    BOOLEAN Adapter; // a power supply
    BOOLEAN Started;
    PVOID Class;            // the battery class's
    EX_RUNDOWN_REF Running; // requests at it
    ACPI_INTERFACE_STANDARD2 Acpi;
    BOOLEAN Registered; // for its notifications
    KMUTEX Lock;        // of what follows
    ULONG Tag;          // of the battery that is there, or was there last
    BOOLEAN Present;
    volatile BOOLEAN Stale; // Static is to be read anew
    CMB_STATIC Static;
} CMB_DEVICE, *PCMB_DEVICE;

static inline PCMB_DEVICE CmbOf(PDEVICE_OBJECT DeviceObject)
{
    return DeviceObject->DeviceExtension;
}

NTSTATUS CmbComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information);

// acpi.c: the firmware's methods
NTSTATUS CmbEvaluateNumber(PCMB_DEVICE Device, PCSTR Method, PULONG Number);
NTSTATUS CmbEvaluateStatus(PCMB_DEVICE Device, PCMB_STATUS Status);
NTSTATUS CmbEvaluateStatic(PCMB_DEVICE Device, PCMB_STATIC Static);

// battery.c: the battery class's functions
VOID CmbMiniport(PCMB_DEVICE Device, PBATTERY_MINIPORT_INFO Miniport);

// pnp.c
DRIVER_ADD_DEVICE CmbAddDevice;
DRIVER_DISPATCH CmbPnp, CmbPass;
ULONG CmbIsOnLine(VOID); // CmbUnknown: there is no supply
