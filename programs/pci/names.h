// Names of the pci.ids database (tools/mkpcinames makes the tables).
#pragma once

#include <native.h>

typedef struct _PCI_NAME {
    ULONG Number; // vendor << 16 | device; vendor; class, subclass, interface in one
    ULONG Place;  // in PciNameText
} PCI_NAME;

typedef struct _PCI_NAMES {
    const PCI_NAME *Entries; // by number
    ULONG Count;
} PCI_NAMES;

extern const CHAR PciNameText[];
extern const PCI_NAMES PciVendors, PciDevices, PciClasses, PciSubclasses, PciInterfaces;

PCSTR PciFindName(const PCI_NAMES *Names, ULONG Number); // null: it has none
