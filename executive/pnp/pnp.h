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
// A file has been closed: a device that was pulled out may wait for it.
VOID PnpDeviceClosed(VOID);
