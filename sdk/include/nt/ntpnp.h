// Queries about devices, as services: NtPlugPlayControl.
#ifndef NT_NTPNP_H
#define NT_NTPNP_H

#include <nt/ntbase.h>

typedef enum _PLUGPLAY_CONTROL_CLASS {
    PlugPlayControlEnumerateDevice = 0,      // PLUGPLAY_CONTROL_DEVICE_CONTROL_DATA
    PlugPlayControlStartDevice = 4,          // the same
    PlugPlayControlQueryAndRemoveDevice = 6, // PLUGPLAY_CONTROL_QUERY_AND_REMOVE_DATA
    PlugPlayControlProperty = 10,            // PLUGPLAY_CONTROL_PROPERTY_DATA
    PlugPlayControlGetRelatedDevice = 12,    // PLUGPLAY_CONTROL_RELATED_DEVICE_DATA
    PlugPlayControlDeviceStatus = 14,        // PLUGPLAY_CONTROL_STATUS_DATA
} PLUGPLAY_CONTROL_CLASS;

// DeviceInstance is a device's instance path; empty: the root of the tree.
typedef struct _PLUGPLAY_CONTROL_DEVICE_CONTROL_DATA {
    UNICODE_STRING DeviceInstance;
    ULONG Flags;
} PLUGPLAY_CONTROL_DEVICE_CONTROL_DATA, *PPLUGPLAY_CONTROL_DEVICE_CONTROL_DATA;

// Flags: eject the device when it has been removed. Others are ignored.
enum { PNP_QUERY_AND_REMOVE_EJECT_DEVICE = 8 };

// STATUS_PLUGPLAY_QUERY_VETOED: VetoType and VetoName say who has refused it. The name is the instance path of a device, without
// a terminator; its length in characters in and out. Of a name that is longer than there is room only the length is told.
typedef struct _PLUGPLAY_CONTROL_QUERY_AND_REMOVE_DATA {
    UNICODE_STRING DeviceInstance;
    ULONG Flags;
    ULONG VetoType; // out: PNP_VETO_TYPE of <cfg.h>; 0 where nobody has refused it
    PWCHAR VetoName;
    ULONG VetoNameLength;
} PLUGPLAY_CONTROL_QUERY_AND_REMOVE_DATA, *PPLUGPLAY_CONTROL_QUERY_AND_REMOVE_DATA;

enum { PNP_GET_PARENT_DEVICE = 1, PNP_GET_CHILD_DEVICE = 2, PNP_GET_SIBLING_DEVICE = 3 };

// The buffer gets the instance path without a terminator; its length in characters in and out.
// STATUS_NO_SUCH_DEVICE: there is none. STATUS_BUFFER_TOO_SMALL: the length says what is needed.
typedef struct _PLUGPLAY_CONTROL_RELATED_DEVICE_DATA {
    UNICODE_STRING TargetDeviceInstance;
    ULONG Relation; // PNP_GET_*
    PWCHAR RelatedDeviceInstance;
    ULONG RelatedDeviceInstanceLength;
} PLUGPLAY_CONTROL_RELATED_DEVICE_DATA, *PPLUGPLAY_CONTROL_RELATED_DEVICE_DATA;

enum { PNP_GET_DEVICE_STATUS = 0 };

typedef struct _PLUGPLAY_CONTROL_STATUS_DATA {
    UNICODE_STRING DeviceInstance;
    ULONG Operation;     // PNP_GET_DEVICE_STATUS
    ULONG DeviceStatus;  // DN_*
    ULONG DeviceProblem; // CM_PROB_*
} PLUGPLAY_CONTROL_STATUS_DATA, *PPLUGPLAY_CONTROL_STATUS_DATA;

// Property: DEVICE_REGISTRY_PROPERTY of <wdm.h>, or one of these. BufferSize: bytes in and out.
enum {
    PNP_PROPERTY_HOST_PROCESSES =
        0x10000,                     // ULONGs: the processes in which its drivers run, lowest first
    PNP_PROPERTY_SERVICES = 0x10001, // multi-string: its drivers, lowest first
    PNP_PROPERTY_RESOURCES = 0x10002,      // CM_RESOURCE_LIST, translated
    PNP_PROPERTY_PROBLEM_STATUS = 0x10003, // NTSTATUS
    PNP_PROPERTY_POWER_DATA = 0x10004, // CM_POWER_DATA, with PNP_ARMED_TO_WAKE beside Windows' bits
    PNP_PROPERTY_INTERRUPTS = 0x10008, // PNP_INTERRUPTs; of the root: the Executive's own
};

// CM_POWER_DATA.PD_Capabilities: a driver of the device's stack waits for it to wake the system.
#define PNP_ARMED_TO_WAKE 0x80000000u

enum { // PNP_INTERRUPT.Flags
    PNP_INTERRUPT_LEVEL = 1,
    PNP_INTERRUPT_ACTIVE_LOW = 2,
    PNP_INTERRUPT_MESSAGE = 4,
    PNP_INTERRUPT_STORM = 8, // it did not fall silent, and is not served any more
};

typedef struct _PNP_INTERRUPT {
    ULONG Vector; // of the processor
    ULONG Line;   // global interrupt number; of messages 0
    ULONG Ioapic, Pin;
    ULONG Flags;
    ULONG Count; // wraps
} PNP_INTERRUPT, *PPNP_INTERRUPT;

typedef struct _PLUGPLAY_CONTROL_PROPERTY_DATA {
    UNICODE_STRING DeviceInstance;
    ULONG Property;
    PVOID Buffer;
    ULONG BufferSize;
} PLUGPLAY_CONTROL_PROPERTY_DATA, *PPLUGPLAY_CONTROL_PROPERTY_DATA;

// Of <cfg.h>
#ifndef DN_ROOT_ENUMERATED
#define DN_ROOT_ENUMERATED 0x00000001
#define DN_DRIVER_LOADED   0x00000002
#define DN_STARTED         0x00000008
#define DN_HAS_PROBLEM     0x00000400
#define DN_REMOVABLE       0x00004000
#endif

#ifndef NT_EXECUTIVE
NTSYSAPI NTSTATUS NTAPI NtPlugPlayControl(PLUGPLAY_CONTROL_CLASS Class, PVOID Buffer,
                                          ULONG BufferLength);
#endif

#endif
