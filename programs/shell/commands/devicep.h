// What the commands about devices share: the PnP manager's queries.
#pragma once

#include "shell.h"

enum { DevicesPath = 256, DevicesBuffer = 4096, DevicesIndent = 2 };

enum { // DEVICE_REGISTRY_PROPERTY of <wdm.h>
    DevicesDescription = 0,
    DevicesHardwareId = 1,
    DevicesCompatibleIds = 2,
    DevicesClassName = 5,
    DevicesDriverKey = 7,
    DevicesManufacturer = 8,
    DevicesLocation = 10,
    DevicesObjectName = 11,
};

// TRUE: Related (DevicesPath) is the path of the parent, child or sibling.
BOOLEAN DevicesRelated(PCWSTR Path, ULONG Relation, PWSTR Related);
// Bytes of the property in Buffer (DevicesBuffer, and terminated twice behind it), 0: it has none.
ULONG DevicesProperty(PCWSTR Path, ULONG Property, PVOID Buffer);
BOOLEAN DevicesStatus(PCWSTR Path, PULONG Bits, PULONG Problem);
// Each device, depth first. The tree may change meanwhile. Visit returns FALSE to end it.
VOID DevicesForEach(BOOLEAN (*Visit)(PCWSTR Path, ULONG Depth, PVOID Context), PVOID Context);

// irq.c
VOID IrqShowSource(const PNP_INTERRUPT *Interrupt);

// devicename.c: of a function of PCI, what the pci.ids database calls it
VOID DevicesShowPciName(PCWSTR Path);

// deviceinfo.c
VOID DevicesShowDrivers(PCWSTR Path);
BOOLEAN DevicesShowState(PCWSTR Path); // FALSE: it has a problem
VOID DevicesShowDetails(PCWSTR Path, ULONG Indent);
