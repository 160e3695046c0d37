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
    ULONG Command; // register of configuration space
} EDU_REPORT_DATA, *PEDU_REPORT_DATA;

#define EDU_DEVICE_NAME L"\\Device\\EduTest"
