// Pnp: the tree of devices, their drivers and resources.
#pragma once

// Start what finds devices and loads drivers; the boot drivers first, then Ready is called. Returns at
// once.
VOID PnpInitSystem(VOID (*Ready)(VOID));
// Some driver that was to be unloaded has no open files any more.
VOID PnpUnloadUnused(VOID);
// A driver host has ended: its devices have failed.
struct _IO_HOST;
VOID PnpHostEnded(struct _IO_HOST *Host);
// Of the device's stack, which is found under it again when it is built anew; null: it is no physical device.
struct _DEVICE_OBJECT;
PCWSTR PnpInstancePath(const struct _DEVICE_OBJECT *Device);
struct _DEVICE_OBJECT *
PnpReferencePhysicalDevice(PCWSTR InstancePath); // null: it does not work now

// Whether the driver of the console's serial line may have it. Comes back when it has it, or has given it back.
NTSTATUS PnpOfferConsole(BOOLEAN Offer);

// ---- The tree as power sees it

// A stack that has been started.
typedef struct _PNP_STACK {
    struct _DEVICE_OBJECT *Device; // the physical one
    ULONG Level;                   // the root's is 0
    BOOLEAN IsPlatform;            // ACPI's, which does what the whole machine has to do
    PCWSTR Name;                   // its instance path
} PNP_STACK;

BOOLEAN PnpHasPlatform(VOID); // such a device works
// Nothing of the tree changes until it is released. FALSE: PnP has not come to rest in that time.
BOOLEAN PnpHoldTree(ULONG Seconds);
VOID PnpReleaseTree(VOID);
VOID PnpForEachStack(VOID (*Routine)(const PNP_STACK *Stack, PVOID Context), PVOID Context);

// A file has been closed: a device that was pulled out may wait for it.
VOID PnpDeviceClosed(VOID);
