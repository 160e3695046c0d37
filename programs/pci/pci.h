// pci: shows what is on the PCI buses.
#pragma once

#include <native.h>

#include <pciioctl.h>

#include "pcicore.h"

enum { PciSpaceBytes = 4096 };

// A function as the bus driver tells of it, with a copy of its configuration space.
typedef struct _PCI_SHOWN {
    PCI_FUNCTION_DATA Data;
    PCI_HEADER Header;
    PCI_SPACE Space; // of Bytes
    UCHAR Bytes[PciSpaceBytes];
} PCI_SHOWN, *PPCI_SHOWN;

VOID PciShowLine(const PCI_SHOWN *Function, BOOLEAN Numbers); // one line
VOID PciShowDetails(const PCI_SHOWN *Function);               // -v
VOID PciShowBytes(const PCI_SHOWN *Function, ULONG Length);   // -x
VOID PciShowCapabilities(const PCI_SHOWN *Function);          // of -v
VOID PciShowDriver(const PCI_SHOWN *Function);                // of -v
