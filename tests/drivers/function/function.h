// What the program asks of the driver of any function of PCI.
#pragma once

#define FUNCTION_CODE(Number) CTL_CODE(0x22, 0x800 + (Number), METHOD_BUFFERED, FILE_ANY_ACCESS)
#define FUNCTION_DEVICE_NAME  L"\\Device\\FunctionTest" // and a number, in the order of the starts

// All: FUNCTION_REQUEST in and out. What the driver could not do at all is the control's status; what became of it is
// the request's.
enum {
    FUNCTION_READ,        // Value of Size bytes at Offset of configuration space
    FUNCTION_WRITE,       // there
    FUNCTION_READ_RANGE,  // ULONG Value at Offset of the memory range Index, counted from 0
    FUNCTION_WRITE_RANGE, // there
    FUNCTION_SET_POWER,   // to the DEVICE_POWER_STATE Value
    FUNCTION_RESET_TYPES, // Value: bits by DEVICE_RESET_TYPE
    FUNCTION_RESET,       // of the DEVICE_RESET_TYPE Value
    FUNCTION_WAIT_WAKE,   // sends the request, which stays; Status is that of sending it
    FUNCTION_CANCEL_WAKE, // and waits until it is over
    FUNCTION_WAKE_STATUS, // STATUS_PENDING: it still waits
    FUNCTION_CAPABILITIES, // Value: DeviceState of the system's state Offset; Size: bits by state that it wakes from
    FUNCTION_IDENTIFIERS, // Value: vendor and device
    FUNCTION_REQUESTS,
};

typedef struct _FUNCTION_REQUEST {
    ULONG Index, Offset, Size, Value;
    NTSTATUS Status;
} FUNCTION_REQUEST, *PFUNCTION_REQUEST;
