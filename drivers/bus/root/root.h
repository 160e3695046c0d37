// root.sys: the bus of what no bus finds. Its devices are the keys below Enum\ROOT.
#pragma once

#include <ntddk.h>

enum {
    RootTag = 'tooR',
    RootIdChars = 128, // of a device's identifier, as SERIAL\0000
    RootValueBytes = 2048,
};

typedef struct _ROOT_BUS {
    PDEVICE_OBJECT Self, LowerDevice;
    FAST_MUTEX Lock;
    LIST_ENTRY Devices; // ROOT_DEVICE
} ROOT_BUS, *PROOT_BUS;

typedef struct _ROOT_DEVICE {
    LIST_ENTRY Link;
    PDEVICE_OBJECT Self;
    PROOT_BUS Bus;
    BOOLEAN Present; // its key is there, and it fits this machine
    WCHAR Device[RootIdChars], Instance[RootIdChars];
} ROOT_DEVICE, *PROOT_DEVICE;

// What a device extension begins with.
typedef struct _ROOT_EXTENSION {
    BOOLEAN IsBus;
    union {
        ROOT_BUS Bus;
        ROOT_DEVICE Device;
    };
} ROOT_EXTENSION, *PROOT_EXTENSION;

static inline PROOT_EXTENSION RootExtension(PDEVICE_OBJECT DeviceObject)
{
    return DeviceObject->DeviceExtension;
}

NTSTATUS RootComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information);

// device.c
NTSTATUS RootDevicePnp(PROOT_DEVICE Device, PIRP Irp);
// bus.c
NTSTATUS RootBusPnp(PROOT_BUS Bus, PIRP Irp);

// firmware.c. Does this machine have what the device's value Firmware names?
BOOLEAN RootFitsFirmware(PROOT_DEVICE Device);

// registry.c. Texts and values are pool of the caller's.
NTSTATUS RootScan(PROOT_BUS Bus, NTSTATUS (*Found)(PROOT_BUS Bus, PCWSTR Device, PCWSTR Instance));
// A value of the device's key, or of its LogConf subkey. Null: there is none of that type.
NTSTATUS RootOpenKey(HANDLE Parent, PCWSTR Name, PHANDLE Key);
PVOID RootQueryValue(HANDLE Key, PCWSTR Name, ULONG Type, PULONG Length);
PVOID RootReadValue(PROOT_DEVICE Device, BOOLEAN Configuration, PCWSTR Name, ULONG Type,
                    PULONG Length);
