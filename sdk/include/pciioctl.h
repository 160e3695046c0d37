// Device controls of the PCI bus driver. Of its control device \Device\Pci, for programs: what is on the buses. Of
// functions' physical device objects, for drivers: what IRP_MN_QUERY_INTERFACE gives as tables of functions to
// drivers in the same process. Behind <windows.h>'s, <ntddk.h>'s or <nt.h>'s types.
#ifndef PCIIOCTL_H
#define PCIIOCTL_H

// ---- The control device

// In: ULONG, a number from 0 on. Out: PCI_FUNCTION_DATA. STATUS_NO_MORE_ENTRIES: there are fewer functions.
#define IOCTL_PCI_QUERY_FUNCTION \
    CTL_CODE(FILE_DEVICE_BUS_EXTENDER, 0x800, METHOD_BUFFERED, FILE_READ_ACCESS)

enum { // PCI_RANGE_DATA.Flags
    PCI_RANGE_PORT = 1,
    PCI_RANGE_WIDE = 2, // 64 bits
    PCI_RANGE_PREFETCHABLE = 4,
};

typedef struct _PCI_RANGE_DATA {
    ULONGLONG Address, Length; // Length 0: there is none
    ULONG Flags, Reserved;
} PCI_RANGE_DATA, *PPCI_RANGE_DATA;

typedef struct _PCI_FUNCTION_DATA {
    ULONG Segment, Bus, Device, Function;
    ULONG Started;            // by its driver
    ULONG SpaceLength;        // bytes of configuration space that can be read
    PCI_RANGE_DATA Ranges[7]; // by base address register; the last one is the expansion ROM's
} PCI_FUNCTION_DATA, *PPCI_FUNCTION_DATA;

// In: PCI_SPACE_PLACE. Out: Length bytes of the function's configuration space.
#define IOCTL_PCI_READ_SPACE \
    CTL_CODE(FILE_DEVICE_BUS_EXTENDER, 0x801, METHOD_BUFFERED, FILE_READ_ACCESS)

typedef struct _PCI_SPACE_PLACE {
    ULONG Segment, Bus, Device, Function;
    ULONG Offset, Length;
} PCI_SPACE_PLACE, *PPCI_SPACE_PLACE;

// ---- Functions, by IRP_MJ_INTERNAL_DEVICE_CONTROL

// Out: PCI_ABILITIES. Only functions of PCI answer.
#define IOCTL_PCI_QUERY_ABILITIES \
    CTL_CODE(FILE_DEVICE_BUS_EXTENDER, 0x810, METHOD_BUFFERED, FILE_ANY_ACCESS)

typedef struct _PCI_ABILITIES {
    ULONG ResetTypes;     // bits by DEVICE_RESET_TYPE
    ULONG MessageEntries; // of the MSI-X table, while it is in use
} PCI_ABILITIES, *PPCI_ABILITIES;

// In and out: PCI_MESSAGE_ENTRY.
#define IOCTL_PCI_MESSAGE_ENTRY \
    CTL_CODE(FILE_DEVICE_BUS_EXTENDER, 0x811, METHOD_BUFFERED, FILE_ANY_ACCESS)

typedef enum _PCI_MESSAGE_ACTION {
    PciMessageQuery,
    PciMessageSet, // Entry sends Message
    PciMessageMask,
    PciMessageUnmask,
} PCI_MESSAGE_ACTION;

typedef struct _PCI_MESSAGE_ENTRY {
    ULONG Action; // PCI_MESSAGE_ACTION
    ULONG Entry, Message;
    ULONG Masked; // out
} PCI_MESSAGE_ENTRY, *PPCI_MESSAGE_ENTRY;

// In: PCI_DEVICE_PRESENCE_PARAMETERS. Out: ULONG, not 0 if there is such a function.
#define IOCTL_PCI_IS_PRESENT \
    CTL_CODE(FILE_DEVICE_BUS_EXTENDER, 0x812, METHOD_BUFFERED, FILE_ANY_ACCESS)

// In: ULONG, a DEVICE_RESET_TYPE. The function is as it was started, but at rest.
#define IOCTL_PCI_RESET CTL_CODE(FILE_DEVICE_BUS_EXTENDER, 0x813, METHOD_BUFFERED, FILE_ANY_ACCESS)

#endif
