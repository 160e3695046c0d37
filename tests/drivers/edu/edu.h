// What the program asks of the driver of QEMU's teaching device.
#pragma once

#define EDU_CODE(Number) CTL_CODE(0x22, 0x800 + (Number), METHOD_BUFFERED, FILE_ANY_ACCESS)

enum {
    EDU_INVERT = 0,    // ULONG in, ULONG out: the liveness register
    EDU_FACTORIAL = 1, // ULONG in, ULONG out: the result, told by an interrupt
    EDU_COPY = 2,      // bytes in and out: by DMA into the device and back
    EDU_REPORT = 3,    // EDU_REPORT_DATA out
    EDU_RESET = 4,     // by DEVICE_RESET_INTERFACE_STANDARD
    EDU_SET_BAR = 5,   // out: ULONG, what the first register is after an attempt to write it
    EDU_DIE = 6,       // the host ends, with the device in the middle of things
    EDU_LATENCY = 8,   // EDU_LATENCY_DATA out: of one interrupt
    EDU_REPEAT = 7,    // ULONG in: so many interrupts, one after the other
};

typedef struct _EDU_REPORT_DATA {
    ULONG Identification;            // register 0
    ULONG VendorAndDevice;           // by GetBusData
    ULONG ConfigLength;              // bytes that GetBusData gave of 64 at offset 0
    ULONG Messages;                  // 0: the line
    ULONG Interrupts;                // so far
    ULONG EduPresent, NoSuchPresent; // by PCI_DEVICE_PRESENT_INTERFACE
    NTSTATUS TableInterface;         // of PCI_MSIX_TABLE_CONFIG_INTERFACE, GetTableSize
    ULONG ResetTypes;
    ULONG Command;   // register of configuration space
    ULONG ByRequest; // IRP_MN_READ_CONFIG: vendor and device
    ULONG
    Scratch; // after IRP_MN_WRITE_CONFIG of the interrupt line's register with 0x55, which it gets back
} EDU_REPORT_DATA, *PEDU_REPORT_DATA;

// In ticks of the time-stamp counter: from the write that raises the interrupt to the service routine, from there to the
// DPC, from there to the thread that waited.
typedef struct _EDU_LATENCY_DATA {
    ULONG Service, Deferred, Thread;
} EDU_LATENCY_DATA, *PEDU_LATENCY_DATA;

#define EDU_DEVICE_NAME        L"\\Device\\EduTest"
#define EDU_SECOND_DEVICE_NAME L"\\Device\\EduTest2"

// Of the driver whose device has messages by the table MSI-X.
enum {
    MESSAGE_FIRE = 0x10, // all: MESSAGE_REQUEST_DATA in and out; this: raises the cause Entry
    MESSAGE_SET,
    MESSAGE_MASK,
    MESSAGE_UNMASK,
    MESSAGE_QUERY,
    MESSAGE_REPORT, // MESSAGE_REPORT_DATA out

    MESSAGE_ENTRIES = 5,
};

typedef struct _MESSAGE_REQUEST_DATA {
    ULONG Entry, Message, Masked;
} MESSAGE_REQUEST_DATA, *PMESSAGE_REQUEST_DATA;

typedef struct _MESSAGE_REPORT_DATA {
    ULONG Messages, TableSize;
    ULONG Counts[MESSAGE_ENTRIES]; // by message
} MESSAGE_REPORT_DATA, *PMESSAGE_REPORT_DATA;

#define MESSAGE_DEVICE_NAME L"\\Device\\MessageTest"
