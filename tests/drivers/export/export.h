// What the two exporting drivers offer, and what the client tells of them.
#pragma once

typedef struct _EXPORT_STATE {
    ULONG Entries;     // calls of DriverEntry
    ULONG Initialized; // calls of DllInitialize
    WCHAR Path[80];    // that DllInitialize got
} EXPORT_STATE;

#define EXPORT_QUERY CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS)
