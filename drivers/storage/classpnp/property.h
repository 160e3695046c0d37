// A property that is asked for.
#pragma once

typedef struct _PROPERTY_REQUEST {
    PFUNCTIONAL_DEVICE_EXTENSION Fdo;
    PUCHAR Buffer; // zeroed
    ULONG Room;    // at least the descriptor's fixed part
    ULONG Needed;  // what the whole descriptor has
} PROPERTY_REQUEST, *PPROPERTY_REQUEST;

typedef NTSTATUS PROPERTY_ROUTINE(PPROPERTY_REQUEST Request);

// facts.c
PROPERTY_ROUTINE ClasspUniqueId, ClasspAttributes, ClasspNumaNode, ClasspUnsafeShutdowns,
    ClasspManagementStatus;
