// What drivers ask of a device that the ACPI driver reports, by IRP_MJ_INTERNAL_DEVICE_CONTROL: events of the
// firmware. ACPI_INTERFACE_STANDARD and ACPI_INTERFACE_STANDARD2 are made of these requests, so they work in every
// process. Behind <ntddk.h>.
#ifndef ACPIEVENT_H
#define ACPIEVENT_H

// Out: ULONG, ACPI_EVENT_VERSION. A device that answers has the requests below.
#define IOCTL_ACPI_EVENT_PROBE CTL_CODE(FILE_DEVICE_ACPI, 0x810, METHOD_BUFFERED, FILE_ANY_ACCESS)

enum { ACPI_EVENT_VERSION = 1 };

// In: ACPI_EVENT_SOURCE. Out: ULONG, the connection's number at this device. A general-purpose event is enabled by it.
// Connections end with IRP_MN_REMOVE_DEVICE.
#define IOCTL_ACPI_EVENT_CONNECT CTL_CODE(FILE_DEVICE_ACPI, 0x811, METHOD_BUFFERED, FILE_ANY_ACCESS)

typedef enum _ACPI_EVENT_KIND {
    AcpiGeneralPurposeEvent,
    AcpiDeviceNotification, // of the device itself; one connection at a time
} ACPI_EVENT_KIND;

typedef struct _ACPI_EVENT_SOURCE {
    ULONG Kind;      // ACPI_EVENT_KIND
    ULONG Gpe;       // number of a general-purpose event
    ULONG Latched;   // its mode; not 0: triggered by an edge
    ULONG Shareable; // not 0: with others that say so too
} ACPI_EVENT_SOURCE, *PACPI_EVENT_SOURCE;

// In: ACPI_EVENT_CHANGE.
#define IOCTL_ACPI_EVENT_CHANGE CTL_CODE(FILE_DEVICE_ACPI, 0x812, METHOD_BUFFERED, FILE_ANY_ACCESS)

typedef enum _ACPI_EVENT_ACTION {
    AcpiEventDisconnect, // its waiting request is completed: STATUS_CANCELLED
    AcpiEventEnable,
    AcpiEventDisable,
    AcpiEventClear,
} ACPI_EVENT_ACTION;

typedef struct _ACPI_EVENT_CHANGE {
    ULONG Connection;
    ULONG Action; // ACPI_EVENT_ACTION
} ACPI_EVENT_CHANGE, *PACPI_EVENT_CHANGE;

// In: ULONG, the connection. Out: ULONG, the notification's value, or the number of the general-purpose event. Stays
// pending until there is one. A general-purpose event stays off until the next of these requests says that it has been
// looked at.
#define IOCTL_ACPI_EVENT_WAIT CTL_CODE(FILE_DEVICE_ACPI, 0x813, METHOD_BUFFERED, FILE_ANY_ACCESS)

#endif
