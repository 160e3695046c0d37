// stornvme.sys: a StorPort miniport for NVM Express controllers. Every active namespace is a logical unit of
// bus 0, target 0.
#pragma once

#include <storport.h>

#include <srbhelper.h>

#include "core/doorbell.h"
#include "core/firmware.h"
#include "core/hostmemory.h"
#include "core/translate.h"

enum {
    NvmeTag = 'emvN',
    NvmePageShift = 12,
    NvmePageBytes = 1 << NvmePageShift,
    NvmeQueueDepth = 128, // entries of an I/O queue; one stays free
    NvmeAdminDepth = 32,
    NvmeMaximumQueues = 16, // for I/O
    NvmeMaximumNamespaces = 64,
    NvmeMaximumEvents = 1, // asynchronous event requests under way
    NvmeListBytes = 2048,  // of a request's list of pages
    NvmeListEntries = NvmeListBytes / 8,
    NvmePieceBytes =
        16 << 10, // a list of pieces that are as long at least is shorter than one of pages
    NvmeMaximumTransfer = NvmeListEntries * NvmePageBytes, // with the first page beside the list
    NvmeAdminMilliseconds = 5000,
    NvmeResetSeconds = 60, // the longest that requests are held for a reset
};

typedef struct _NVME_ADAPTER NVME_ADAPTER, *PNVME_ADAPTER;

// What is done when a command is complete. Runs in the interrupt routine, or when the controller is reset:
// then Completion is null.
typedef VOID NVME_DONE(PNVME_ADAPTER Adapter, PVOID Context, const NVME_COMPLETION *Completion);

typedef struct _NVME_SLOT {
    NVME_DONE *Done; // null: free
    PVOID Context;
} NVME_SLOT;

// A submission queue with its completion queue. Commands are put in under StorPort's start lock; completions
// are taken out by the interrupt routine. What both touch is the ring of free identifiers: the one takes
// from its head, the other adds at its tail.
typedef struct _NVME_QUEUE {
    NVME_COMMAND *Commands;
    volatile NVME_COMPLETION *Completions;
    ULONG64 CommandsPhysical, CompletionsPhysical;
    PUCHAR Lists; // NvmeListBytes for each slot; null: the admin queue
    ULONG64 ListsPhysical;
    NVME_DOORBELL TailDoorbell, HeadDoorbell;
    ULONG Message; // of its interrupt
    USHORT Id, Depth;
    USHORT Tail, Head, Phase;
    ULONG Untold;                      // commands that the controller has not been told of
    volatile ULONG FreeHead, FreeTail; // count up
    USHORT Free[NvmeQueueDepth];
    NVME_SLOT Slots[NvmeQueueDepth];
} NVME_QUEUE, *PNVME_QUEUE;

// Memory for the controller.
typedef struct _NVME_HOST_MEMORY {
    NVME_HOST_WISH Wish;
    BOOLEAN Asked;         // for it; what was got is in the list
    NVME_HOST_PIECE *List; // a page
    ULONG64 ListPhysical, Bytes;
    ULONG Count;
} NVME_HOST_MEMORY;

struct _NVME_ADAPTER {
    NVME_REGISTERS *Registers;
    ULONG RegistersLength;
    ULONG64 Capabilities;
    ULONG MessageCount;   // 0: a line
    ULONG QueueCount;     // of I/O queues that work
    BOOLEAN WantsShadows; // unless the registry says no
    BOOLEAN HasShadows;   // the controller has taken the pages
    NVME_SHADOWS Shadows; // two pages, one behind the other
    ULONG64 ShadowsPhysical;
    volatile BOOLEAN Running; // the controller takes commands
    volatile BOOLEAN
        Polling; // the admin queue is looked at by who waits, not by the interrupt routine
    BOOLEAN Gone;
    BOOLEAN Passive;         // waiting may sleep
    volatile LONG Resetting; // a work item resets the controller
    PVOID ResetSrb;          // that asked for it; null: nobody waits
    PVOID Worker;
    NVME_IDENTITY Identity;
    NVME_FIRMWARE Firmware;
    NVME_HOST_MEMORY HostMemory;
    ULONG NamespaceCount;                             // that the controller can have
    NVME_NAMESPACE Namespaces[NvmeMaximumNamespaces]; // by logical unit
    PVOID Page;                                       // for what the controller identifies: a page
    ULONG64 PagePhysical;
    PULONG64 List; // of pages, for a long admin command: a page
    ULONG64 ListPhysical;
    volatile LONG ListTaken;
    STOR_DPC EventDpc, FirmwareDpc, TellDpc;
    PVOID FirmwareSrb;     // for FirmwareDpc
    NVME_COMPLETION Event; // that EventDpc looks at
    NVME_QUEUE Admin;
    NVME_QUEUE Queues[NvmeMaximumQueues];
};

// Of each request.
typedef struct _NVME_REQUEST {
    PNVME_QUEUE Queue;
    USHORT CommandId;
    BOOLEAN Started; // it is the controller's
    BOOLEAN CacheOn; // of a change of the cache
    BOOLEAN HasList; // the adapter's
    ULONG RangeCount;
    NVME_COMMAND Command;
} NVME_REQUEST, *PNVME_REQUEST;

// adapter.c
HW_FIND_ADAPTER NvmeFindAdapter;
HW_INITIALIZE NvmeInitialize;
HW_ADAPTER_CONTROL NvmeAdapterControl;

// reset.c: everything under way ends, the controller starts anew
HW_RESET_BUS NvmeResetBus;
VOID NvmeResetForSrb(PNVME_ADAPTER Adapter, PVOID Srb);
VOID NvmeAwaitReset(PNVME_ADAPTER Adapter);
VOID NvmeEndAll(PNVME_ADAPTER Adapter);

// watch.c
VOID NvmeStartWatch(PNVME_ADAPTER Adapter);

// controller.c: FALSE: the controller does not do what it should; the log says what.
BOOLEAN NvmeStartController(PNVME_ADAPTER Adapter);
VOID NvmeStopController(PNVME_ADAPTER Adapter); // orderly
VOID NvmeDisableController(PNVME_ADAPTER Adapter);
BOOLEAN NvmeIsGone(PNVME_ADAPTER Adapter);

// identify.c
BOOLEAN NvmeIdentifyController(PNVME_ADAPTER Adapter);
BOOLEAN NvmeFindNamespaces(PNVME_ADAPTER Adapter);

// queue.c
VOID NvmeResetQueue(PNVME_QUEUE Queue);
// FALSE: it is full. The command's identifier is filled in.
BOOLEAN NvmeSubmit(PNVME_QUEUE Queue, NVME_COMMAND *Command, NVME_DONE *Done, PVOID Context);
// The same in two steps; the controller is told once for all that have been put in.
BOOLEAN NvmePut(PNVME_QUEUE Queue, NVME_COMMAND *Command, NVME_DONE *Done, PVOID Context);
VOID NvmeTell(PNVME_QUEUE Queue);
BOOLEAN NvmeIsBusy(const NVME_QUEUE *Queue);
// The identifier of the next command, for who must know it before; NvmeSubmit then takes the same.
BOOLEAN NvmePeekId(const NVME_QUEUE *Queue, PUSHORT CommandId);
BOOLEAN NvmeProcessQueue(PNVME_ADAPTER Adapter, PNVME_QUEUE Queue); // FALSE: there was nothing
VOID NvmeDrainQueue(PNVME_ADAPTER Adapter,
                    PNVME_QUEUE Queue); // everything ends without a completion

// admin.c: while Polling. FALSE: it failed, or did not come back.
BOOLEAN NvmeAdminCommand(PNVME_ADAPTER Adapter, NVME_COMMAND *Command, PULONG Result);
VOID NvmeWait(PNVME_ADAPTER Adapter, ULONG Microseconds);
VOID NvmeAskForEvents(PNVME_ADAPTER Adapter);
HW_DPC_ROUTINE NvmeEventDpc;

// protocol.c: commands of programs
VOID NvmeStartProtocol(PNVME_ADAPTER Adapter, PVOID Srb, ULONG NamespaceId); // 0: none

// At most two pages of nonpaged memory. FALSE: it has no address.
BOOLEAN NvmeDescribeMemory(PNVME_ADAPTER Adapter, NVME_COMMAND *Command, PUCHAR Data, ULONG Bytes);

// hostmemory.c: while Polling
VOID NvmeLendMemory(PNVME_ADAPTER Adapter);

// firmware.c
HW_DPC_ROUTINE NvmeFirmwareDpc;
VOID NvmeStartControl(PNVME_ADAPTER Adapter, PVOID Srb);

// request.c
HW_BUILDIO NvmeBuildIo;
HW_STARTIO NvmeStartIo;
HW_DPC_ROUTINE NvmeTellDpc;

// complete.c
NVME_DONE NvmeRequestDone;
VOID NvmeCompleteSrb(PNVME_ADAPTER Adapter, PVOID Srb, UCHAR SrbStatus);
VOID NvmeFailSrb(PNVME_ADAPTER Adapter, PVOID Srb, UCHAR SenseKey, USHORT SenseCode);

// interrupt.c
HW_INTERRUPT NvmeLineInterrupt;
HW_MESSAGE_SIGNALED_INTERRUPT_ROUTINE NvmeMessageInterrupt;
