// floptest.sys: a floppy disk of 1.44 MB, as far as a test of system DMA needs it.
#pragma once

#include <ntddk.h>

#include "floppy.h"
#include "layer.h"

typedef struct _FLOPPY {
    LAYER Layer;
    BOOLEAN Started;
    PUCHAR Ports; // from 3F2 on
    ULONG Channel;
    PVOID Connection; // of the interrupt
    KDPC Dpc;
    KEVENT Interrupted;
    volatile LONG Interrupts;
    PDMA_ADAPTER Adapter, AgainAdapter; // the second begins anew by itself
    ULONG MapRegisters;
    PUCHAR Common;
    PHYSICAL_ADDRESS CommonAddress;
    PVOID MapRegisterBase; // of the transfer under way
    KEVENT Allocated;
    FAST_MUTEX Lock; // one request at a time
    FLOPPY_REPORT_DATA Report;
} FLOPPY, *PFLOPPY;

// controller.c: the controller (82077AA), without data
NTSTATUS FloppyReset(PFLOPPY Floppy);
NTSTATUS FloppySeek(PFLOPPY Floppy, ULONG Sector);
// The data is transferred by DMA, which has been prepared.
NTSTATUS FloppyTransfer(PFLOPPY Floppy, const FLOPPY_PLACE *Place, BOOLEAN Write);
NTSTATUS FloppyAwaitInterrupt(PFLOPPY Floppy);

// transfer.c
NTSTATUS FloppyMakeAdapters(PFLOPPY Floppy);
VOID FloppyFreeAdapters(PFLOPPY Floppy);
// One transfer through map registers, of the first bytes of the MDL.
NTSTATUS FloppyMove(PFLOPPY Floppy, const FLOPPY_PLACE *Place, PMDL Mdl, BOOLEAN Write);
NTSTATUS FloppyMoveCommon(PFLOPPY Floppy, const FLOPPY_PLACE *Place);
