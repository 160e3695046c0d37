// System DMA for driver hosts (nt/nthost.h): channels of the controller that every PC has.
#pragma once

typedef enum _HOST_DMA_OPERATION {
    HostDmaProbe, // nothing but the check that the host has the channel
    HostDmaStart, // as soon as the device wants it
    HostDmaStop,
    HostDmaQuery, // what of the transfer is left
} HOST_DMA_OPERATION;

// The data lies in the host's memory, in one piece of physical memory that the controller reaches: below 16 MiB,
// not across a multiple of 64 KiB (of 128 KiB for channels 5 to 7, which transfer words).
typedef struct _HOST_DMA {
    ULONG Channel;   // 0 to 3, 5 to 7
    ULONG Operation; // HOST_DMA_OPERATION
    PVOID Address;
    ULONG Length;
    ULONG Mode; // HOST_DMA_*
} HOST_DMA, *PHOST_DMA;

enum {
    HOST_DMA_TO_DEVICE = 1,
    HOST_DMA_AGAIN = 2,  // and again, from the start, until it is stopped
    HOST_DMA_DEMAND = 4, // while the device asks for it, not byte by byte
};

// STATUS_ACCESS_DENIED: the host does not have the channel. Left: bytes, of HostDmaQuery alone.
#ifndef NT_EXECUTIVE
NTSTATUS NTAPI NtHostDma(const HOST_DMA *Dma, PULONG Left);
#endif
