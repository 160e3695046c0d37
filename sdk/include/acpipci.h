// What the PCI bus driver asks of the ACPI driver, by device control requests on the physical device
// object of a PCI root bridge (IRP_MJ_INTERNAL_DEVICE_CONTROL). Both sides include this file behind <ntddk.h>.
#ifndef ACPIPCI_H
#define ACPIPCI_H

// A function below the root bridge, by the device and function numbers of the bridges on the way and its
// own. Depth 0: the root bridge itself.
enum { ACPI_PCI_MAX_DEPTH = 16 };

typedef struct _ACPI_PCI_PATH {
    ULONG Depth;
    struct {
        UCHAR Device, Function;
    } Element[ACPI_PCI_MAX_DEPTH];
} ACPI_PCI_PATH, *PACPI_PCI_PATH;

// Out: ACPI_PCI_BRIDGE. What the firmware says of the root bridge (_SEG, _CRS, and the answer of _OSC,
// PCI Firmware Specification 3.3, 4.5).
#define IOCTL_ACPI_PCI_QUERY_BRIDGE \
    CTL_CODE(FILE_DEVICE_ACPI, 0x801, METHOD_BUFFERED, FILE_READ_ACCESS)

typedef struct _ACPI_PCI_BRIDGE {
    ULONG Segment, FirstBus, LastBus;
    ULONG Control; // bits of the _OSC control field that were granted: native hot plug is bit 0
} ACPI_PCI_BRIDGE, *PACPI_PCI_BRIDGE;

// In: ACPI_PCI_ROUTE_QUERY. Out: ACPI_PCI_ROUTE. Where the pin of the function at Path is wired to: the
// routing table (_PRT) of the nearest bridge above it that has one, the pins of bridges without being
// swizzled on the way. STATUS_NOT_FOUND: nowhere.
#define IOCTL_ACPI_PCI_QUERY_ROUTE \
    CTL_CODE(FILE_DEVICE_ACPI, 0x802, METHOD_BUFFERED, FILE_READ_ACCESS)

typedef struct _ACPI_PCI_ROUTE_QUERY {
    ACPI_PCI_PATH Path;
    ULONG Pin; // 1 to 4: INTA# to INTD#, as in the configuration register
} ACPI_PCI_ROUTE_QUERY, *PACPI_PCI_ROUTE_QUERY;

typedef struct _ACPI_PCI_ROUTE {
    ULONG Interrupt; // global system interrupt
    BOOLEAN Level, ActiveLow, Shared;
} ACPI_PCI_ROUTE, *PACPI_PCI_ROUTE;

// In: ACPI_PCI_EVALUATION. Out: ULONG64, the result if it is a number, else 0. Evaluates a method of the
// namespace's device for the function at Path. STATUS_OBJECT_NAME_NOT_FOUND: it has no such device or method.
#define IOCTL_ACPI_PCI_EVALUATE \
    CTL_CODE(FILE_DEVICE_ACPI, 0x803, METHOD_BUFFERED, FILE_READ_ACCESS | FILE_WRITE_ACCESS)

typedef struct _ACPI_PCI_EVALUATION {
    ACPI_PCI_PATH Path;
    CHAR Method[4];      // '_', 'E', 'J', '0'
    ULONG ArgumentCount; // 0 or 1
    ULONG64 Argument;
} ACPI_PCI_EVALUATION, *PACPI_PCI_EVALUATION;

// Out: ACPI_PCI_NOTIFICATION. Stays pending until the firmware notifies a device below this root bridge (or
// the bridge itself); what comes while no request is pending is kept. Value: ACPI Specification 6.4, 5.6.6
// (0 bus check, 1 device check, 2 wake, 3 eject request).
#define IOCTL_ACPI_PCI_WAIT_NOTIFICATION \
    CTL_CODE(FILE_DEVICE_ACPI, 0x804, METHOD_BUFFERED, FILE_READ_ACCESS)

typedef struct _ACPI_PCI_NOTIFICATION {
    ACPI_PCI_PATH Path;
    ULONG Value;
} ACPI_PCI_NOTIFICATION, *PACPI_PCI_NOTIFICATION;

// In: ACPI_PCI_FORWARD, and behind it the input of Code. Out: what Code gives. A request of <acpiioct.h> or <acpievent.h>
// that a driver has sent to the function at Path. STATUS_INVALID_DEVICE_REQUEST: the namespace has no device for it.
#define IOCTL_ACPI_PCI_FORWARD \
    CTL_CODE(FILE_DEVICE_ACPI, 0x805, METHOD_BUFFERED, FILE_READ_ACCESS | FILE_WRITE_ACCESS)

typedef struct _ACPI_PCI_FORWARD {
    ACPI_PCI_PATH Path;
    ULONG Code;
    ULONG MajorFunction; // IRP_MJ_DEVICE_CONTROL or IRP_MJ_INTERNAL_DEVICE_CONTROL
} ACPI_PCI_FORWARD, *PACPI_PCI_FORWARD;

// In: ACPI_PCI_PATH. The drivers of the function at Path have gone: their connections to events end, and the global lock
// is free.
#define IOCTL_ACPI_PCI_FORGET \
    CTL_CODE(FILE_DEVICE_ACPI, 0x806, METHOD_BUFFERED, FILE_READ_ACCESS | FILE_WRITE_ACCESS)

// In: ACPI_PCI_PATH. Out: ACPI_PCI_WAKE: the nearest device on the way to the function (itself, a bridge, the root bridge)
// that can wake the machine (_PRW). STATUS_NOT_FOUND: there is none.
#define IOCTL_ACPI_PCI_QUERY_WAKE \
    CTL_CODE(FILE_DEVICE_ACPI, 0x807, METHOD_BUFFERED, FILE_READ_ACCESS)

typedef struct _ACPI_PCI_WAKE {
    ULONG Depth;       // of the path to that device
    ULONG Deepest;     // n of Sn
    ULONG DeviceState; // DEVICE_POWER_STATE, the deepest from which the device can do it
} ACPI_PCI_WAKE, *PACPI_PCI_WAKE;

// In: ACPI_PCI_WAIT_WAKE. Arms the device at Path, which has a _PRW, and stays pending until the firmware says that it has
// woken the machine.
#define IOCTL_ACPI_PCI_WAIT_WAKE \
    CTL_CODE(FILE_DEVICE_ACPI, 0x808, METHOD_BUFFERED, FILE_READ_ACCESS | FILE_WRITE_ACCESS)

typedef struct _ACPI_PCI_WAIT_WAKE {
    ACPI_PCI_PATH Path;
    ULONG Sleep; // n of Sn, from which it is to wake the machine at least
    // It stays armed, and the request pending, whatever the firmware says: a bridge.
    BOOLEAN KeepsWaiting;
} ACPI_PCI_WAIT_WAKE, *PACPI_PCI_WAIT_WAKE;

#endif
