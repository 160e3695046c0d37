// What the drivers of the tests do alike with packets, and with a device above another one.
#pragma once

#include <ntddk.h>

NTSTATUS Complete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information);
NTSTATUS PassOn(PDEVICE_OBJECT Lower, PIRP Irp);
// Down and up again; the packet is not complete after it.
NTSTATUS PassOnAndWait(PDEVICE_OBJECT Lower, PIRP Irp);
NTSTATUS PassPower(PDEVICE_OBJECT Lower, PIRP Irp);
// PnP: what needs no more than the driver's consent gets it, and every packet goes on.
NTSTATUS PassPnp(PDEVICE_OBJECT Lower, PIRP Irp, BOOLEAN MayStop);
// PnP: the removal goes on, and the device is no more after it.
NTSTATUS PassRemoval(PDEVICE_OBJECT Self, PDEVICE_OBJECT Lower, PIRP Irp);

DRIVER_DISPATCH AcceptOpenClose;
DRIVER_UNLOAD UnloadNothing;

// What a device extension begins with that the following is for.
typedef struct _LAYER {
    PDEVICE_OBJECT Self, Lower, PhysicalDevice;
} LAYER, *PLAYER;

// The extension is there, but requests come only after LayerAttach, which deletes the device if it fails.
NTSTATUS LayerCreate(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDevice, PCWSTR Name,
                     ULONG ExtensionBytes, PDEVICE_OBJECT *Self);
NTSTATUS LayerAttach(PLAYER Layer);
NTSTATUS LayerRemove(PLAYER Layer, PIRP Irp); // IRP_MN_REMOVE_DEVICE
// Everything but these is passed on, and the device opens for everybody.
VOID LayerSetRoutines(PDRIVER_OBJECT DriverObject, PDRIVER_ADD_DEVICE AddDevice,
                      PDRIVER_DISPATCH Control, PDRIVER_DISPATCH Pnp);
