// Drivers that a native program starts: their service keys, NtLoadDriver and its opposite, their devices.
#pragma once

#include <test.h>

// Services\NAME in the registry, for System32\drivers\IMAGE, started on demand.
NTSTATUS ServiceMake(PCWSTR Name, PCWSTR Image);
// And loads it.
NTSTATUS ServiceLoad(PCWSTR Name, PCWSTR Image);
NTSTATUS ServiceUnload(PCWSTR Name);

NTSTATUS ServiceSetText(PCWSTR Key, PCWSTR Name, PCWSTR Text); // makes the key if need be
// The driver of devices with this hardware ID (PCI\VEN_1234&DEV_11E8).
NTSTATUS ServiceMakeFor(PCWSTR HardwareId, PCWSTR Name, PCWSTR Image);
// Starts a device that has no driver yet, or runs without one.
NTSTATUS ServiceStartDevice(PCWSTR Path);

// Until There() says so, as buses may still be looked at when a program starts. Drivers may be loaded after it.
BOOLEAN ServiceAwait(BOOLEAN (*There)(void));
// Awaits a device whose hardware ID its instance path begins with, and starts it with this driver.
NTSTATUS ServiceStartFor(PCWSTR HardwareId, PCWSTR Name, PCWSTR Image);

// Calls Visit with the instance path of each device, depth first.
VOID ServiceForEachDevice(VOID (*Visit)(PCWSTR Path));

// An overlapped handle; one that waits by itself with FILE_SYNCHRONOUS_IO_NONALERT as Options.
NTSTATUS ServiceOpen(PCWSTR Device, ACCESS_MASK Access, ULONG Options, PHANDLE File);
