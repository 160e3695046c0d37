// What the program asks of acpitest.sys, the driver of the devices TEST0001.
#pragma once

#define ACPITEST_CODE(Number) CTL_CODE(0x22, 0x800 + (Number), METHOD_BUFFERED, FILE_ANY_ACCESS)
#define ACPITEST_DEVICE_NAME \
    L"\\Device\\AcpiTest" // and a number: _UID's, or for functions of PCI theirs and 1

// All: ACPITEST_REQUEST in and out. Status is what became of it. Version: the interface's, 1 or 2.
enum {
    ACPITEST_SEND, // the control Code with Input bytes of Data, and room for Output: Data, Length
    ACPITEST_SEND_LATER, // the same, not waited for
    ACPITEST_SENT,       // what became of that; STATUS_PENDING: it is under way
    ACPITEST_CANCEL,     // that one, and wait for it
    ACPITEST_QUERY, // the interface of Version and of Value bytes; Value, Length: its size and version
    ACPITEST_CONNECT, // to event Value, latched if Flags has 1, shareable if it has 2
    ACPITEST_DISCONNECT,
    ACPITEST_ENABLE,
    ACPITEST_DISABLE,
    ACPITEST_CLEAR,
    ACPITEST_REGISTER,
    ACPITEST_UNREGISTER,
    ACPITEST_HEARD, // Value: how many notifications so far; Data: the last ones, bytes. Length: events served
    ACPITEST_WAIT_WAKE,   // for Value, a SYSTEM_POWER_STATE; Status is that of sending it
    ACPITEST_WAKE_STATUS, // of that request; STATUS_PENDING: it waits
    ACPITEST_CANCEL_WAKE, // and wait for its end
    ACPITEST_SET_POWER,   // of the device: Value, a DEVICE_POWER_STATE
    ACPITEST_DIE,         // the driver's process ends
    ACPITEST_REQUESTS,
};

enum { ACPITEST_LATCHED = 1, ACPITEST_SHAREABLE = 2, ACPITEST_DATA = 1024 };

typedef struct _ACPITEST_REQUEST {
    ULONG Version, Value, Flags, Code;
    ULONG Input, Output, Length;
    NTSTATUS Status;
    UCHAR Data[ACPITEST_DATA];
} ACPITEST_REQUEST, *PACPITEST_REQUEST;
