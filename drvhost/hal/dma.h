// DMA adapters. A device that can address all memory gets the pages' own addresses; for one that cannot, or that
// has no scatter/gather, pages are copied through map registers: pages of the adapter's own, in one piece of
// physical memory that the device can address.
#pragma once

#include "../ntos.h"

typedef struct _HALP_ADAPTER HALP_ADAPTER, *PHALP_ADAPTER;

enum { HalpDriverMistake = 0xE6 }; // DRIVER_VERIFIER_DMA_VIOLATION

// A map register, and what a mapping that begins in it holds. A run of registers that was given out is known by
// its first one, which is the driver's MapRegisterBase.
typedef struct _HALP_REGISTER {
    PHALP_ADAPTER Adapter;
    BOOLEAN Taken;
    ULONG Count, Used; // of the run that begins here
    // The mapping
    ULONGLONG Offset; // of its data in the chain of MDLs
    ULONG Length;     // 0: it is over
    ULONG InPage;     // where the data begins
    ULONG Pages;      // registers that it takes up
} HALP_REGISTER, *PHALP_REGISTER;

// Somebody who wants registers, and the channel for some. It lies in memory that he gives.
typedef struct _HALP_WAIT {
    LIST_ENTRY Link;
    VOID (*Start)(PHALP_ADAPTER Adapter, struct _HALP_WAIT *Wait); // at DISPATCH_LEVEL, granted
    ULONG Registers;
    BOOLEAN Channel;
    PHALP_REGISTER Base; // what he got
    PVOID Routine, Context;
    PDEVICE_OBJECT Device;
} HALP_WAIT, *PHALP_WAIT;
static_assert(sizeof(HALP_WAIT) <= sizeof(WAIT_CONTEXT_BLOCK));

struct _HALP_ADAPTER {
    DMA_ADAPTER Header; // first
    ULONGLONG HighestAddress;
    ULONG AddressWidth;
    ULONG
    MaximumRegisters; // that one request can have; without registers a mere limit of its length
    BOOLEAN ScatterGather;
    BOOLEAN Bounces; // it has registers
    BOOLEAN ChannelBusy;
    BOOLEAN System; // the machine's controller transfers for it, through Channel:
    BOOLEAN Again;  // until it is stopped
    BOOLEAN Demand; // while the device asks
    ULONG Channel;
    ULONG Boundary;             // that its registers do not cross a multiple of; 0: any
    PHALP_REGISTER ChannelBase; // registers of the channel's owner
    KSPIN_LOCK Lock;            // for what follows, and the channel
    LIST_ENTRY Waiters;
    HALP_REGISTER Empty; // a run of none
    PUCHAR Bounce;       // the registers' pages
    ULONGLONG BounceAddress;
    HALP_REGISTER Register[];
};

static inline PHALP_ADAPTER HalpAdapter(PDMA_ADAPTER Adapter)
{
    return CONTAINING_RECORD(Adapter, HALP_ADAPTER, Header);
}

// What DMA_TRANSFER_CONTEXT_SIZE_V1 bytes of a driver hold.
typedef struct _HALP_CONTEXT {
    PHALP_WAIT Pending; // may be in the adapter's list
    HALP_WAIT Wait;
} HALP_CONTEXT, *PHALP_CONTEXT;
static_assert(sizeof(HALP_CONTEXT) <= DMA_TRANSFER_CONTEXT_SIZE_V1);

// ---- dmawalk.c: bytes of a chain of MDLs

typedef struct _HALP_PLACE {
    PMDL Mdl;
    ULONG Byte; // from the start of the MDL's first page
} HALP_PLACE, *PHALP_PLACE;

// FALSE: the chain ends before.
BOOLEAN HalpFindPlace(PMDL Mdl, ULONGLONG Offset, PHALP_PLACE Place);
// The next bytes that lie together in physical memory, at most Limit, within one MDL: their address and
// number; the place moves on. 0: the chain has ended. What the device cannot address comes page by page.
ULONG HalpNextRun(PHALP_ADAPTER Adapter, PHALP_PLACE Place, ULONG Limit, PULONGLONG Address,
                  PBOOLEAN Reachable);
ULONG HalpSpanPages(PMDL Mdl, ULONGLONG Offset, ULONG Length); // 0: the chain is too short
ULONG HalpCountElements(PHALP_ADAPTER Adapter, PMDL Mdl, ULONGLONG Offset, ULONG Length);
ULONG HalpCountRegisters(PHALP_ADAPTER Adapter, PMDL Mdl, ULONGLONG Offset, ULONG Length);
VOID HalpCopy(PMDL Mdl, ULONGLONG Offset, ULONG Length, PUCHAR Buffer, BOOLEAN ToBuffer);
BOOLEAN HalpOffsetOf(PMDL Mdl, PVOID CurrentVa, PULONGLONG Offset);

// ---- dmaregister.c

// Give out what Wait wants and start it, now or when it is there. STATUS_INSUFFICIENT_RESOURCES: never, or
// with Now set, not now.
NTSTATUS HalpRequest(PHALP_ADAPTER Adapter, PHALP_WAIT Wait, BOOLEAN Now);
BOOLEAN HalpCancelWait(PHALP_ADAPTER Adapter, PHALP_WAIT Wait);
VOID HalpReleaseRegisters(PHALP_ADAPTER Adapter, PHALP_REGISTER Base);
VOID HalpReleaseChannel(PHALP_ADAPTER Adapter, BOOLEAN KeepRegisters);
// The logical address of the bytes at Offset, as many as it is good for in *Length. 0 in *Length: no
// registers are left, or the chain has ended.
ULONGLONG HalpMap(PHALP_ADAPTER Adapter, PHALP_REGISTER Base, PMDL Mdl, ULONGLONG Offset,
                  PULONG Length, BOOLEAN WriteToDevice);
// Through the next registers, InPage into the first one.
ULONGLONG HalpMapThrough(PHALP_ADAPTER Adapter, PHALP_REGISTER Base, PMDL Mdl, ULONGLONG Offset,
                         ULONG InPage, PULONG Length, BOOLEAN WriteToDevice);
VOID HalpFlush(PHALP_ADAPTER Adapter, PHALP_REGISTER Base, PMDL Mdl, ULONGLONG Offset, ULONG Length,
               BOOLEAN WriteToDevice);

// ---- dmasystem.c

BOOLEAN HalpIsSystemDevice(const DEVICE_DESCRIPTION *Description);
VOID HalpDescribeSystem(PHALP_ADAPTER Adapter, const DEVICE_DESCRIPTION *Description);
ULONGLONG HalpMapSystem(PHALP_ADAPTER Adapter, PHALP_REGISTER Base, PMDL Mdl, ULONGLONG Offset,
                        PULONG Length, BOOLEAN WriteToDevice);
VOID HalpStopSystem(PHALP_ADAPTER Adapter); // of a bus master: nothing

// ---- The operations, by file

// dmasystem.c
ULONG NTAPI HalpReadDmaCounter(PDMA_ADAPTER DmaAdapter);
NTSTATUS NTAPI HalpCancelMappedTransfer(PDMA_ADAPTER DmaAdapter, PVOID DmaTransferContext);

// dmachannel.c
NTSTATUS NTAPI HalpAllocateAdapterChannel(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject,
                                          ULONG NumberOfMapRegisters,
                                          PDRIVER_CONTROL ExecutionRoutine, PVOID Context);
NTSTATUS NTAPI HalpAllocateAdapterChannelEx(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject,
                                            PVOID DmaTransferContext, ULONG NumberOfMapRegisters,
                                            ULONG Flags, PDRIVER_CONTROL ExecutionRoutine,
                                            PVOID ExecutionContext, PVOID *MapRegisterBase);
BOOLEAN NTAPI HalpCancelAdapterChannel(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject,
                                       PVOID DmaTransferContext);
VOID NTAPI HalpFreeAdapterChannel(PDMA_ADAPTER DmaAdapter);
VOID NTAPI HalpFreeAdapterObject(PDMA_ADAPTER DmaAdapter, IO_ALLOCATION_ACTION AllocationAction);
VOID NTAPI HalpFreeMapRegisters(PDMA_ADAPTER DmaAdapter, PVOID MapRegisterBase,
                                ULONG NumberOfMapRegisters);
PHYSICAL_ADDRESS NTAPI HalpMapTransfer(PDMA_ADAPTER DmaAdapter, PMDL Mdl, PVOID MapRegisterBase,
                                       PVOID CurrentVa, PULONG Length, BOOLEAN WriteToDevice);
NTSTATUS NTAPI HalpMapTransferEx(PDMA_ADAPTER DmaAdapter, PMDL Mdl, PVOID MapRegisterBase,
                                 ULONGLONG Offset, ULONG DeviceOffset, PULONG Length,
                                 BOOLEAN WriteToDevice, PSCATTER_GATHER_LIST ScatterGatherBuffer,
                                 ULONG ScatterGatherBufferLength,
                                 PDMA_COMPLETION_ROUTINE DmaCompletionRoutine,
                                 PVOID CompletionContext);
BOOLEAN NTAPI HalpFlushAdapterBuffers(PDMA_ADAPTER DmaAdapter, PMDL Mdl, PVOID MapRegisterBase,
                                      PVOID CurrentVa, ULONG Length, BOOLEAN WriteToDevice);
NTSTATUS NTAPI HalpFlushAdapterBuffersEx(PDMA_ADAPTER DmaAdapter, PMDL Mdl, PVOID MapRegisterBase,
                                         ULONGLONG Offset, ULONG Length, BOOLEAN WriteToDevice);

// dmalist.c
// One piece more in the list; it goes with the last one if it follows it. FALSE: the list has no room.
BOOLEAN HalpAddElement(PSCATTER_GATHER_LIST List, ULONG Capacity, ULONGLONG Address, ULONG Length);
NTSTATUS NTAPI HalpGetScatterGatherList(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject,
                                        PMDL Mdl, PVOID CurrentVa, ULONG Length,
                                        PDRIVER_LIST_CONTROL ExecutionRoutine, PVOID Context,
                                        BOOLEAN WriteToDevice);
NTSTATUS NTAPI HalpGetScatterGatherListEx(
    PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject, PVOID DmaTransferContext, PMDL Mdl,
    ULONGLONG Offset, ULONG Length, ULONG Flags, PDRIVER_LIST_CONTROL ExecutionRoutine,
    PVOID Context, BOOLEAN WriteToDevice, PDMA_COMPLETION_ROUTINE DmaCompletionRoutine,
    PVOID CompletionContext, PSCATTER_GATHER_LIST *ScatterGatherList);
NTSTATUS NTAPI HalpBuildScatterGatherList(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject,
                                          PMDL Mdl, PVOID CurrentVa, ULONG Length,
                                          PDRIVER_LIST_CONTROL ExecutionRoutine, PVOID Context,
                                          BOOLEAN WriteToDevice, PVOID ScatterGatherBuffer,
                                          ULONG ScatterGatherLength);
NTSTATUS NTAPI HalpBuildScatterGatherListEx(
    PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject, PVOID DmaTransferContext, PMDL Mdl,
    ULONGLONG Offset, ULONG Length, ULONG Flags, PDRIVER_LIST_CONTROL ExecutionRoutine,
    PVOID Context, BOOLEAN WriteToDevice, PVOID ScatterGatherBuffer, ULONG ScatterGatherLength,
    PDMA_COMPLETION_ROUTINE DmaCompletionRoutine, PVOID CompletionContext, PVOID ScatterGatherList);
VOID NTAPI HalpPutScatterGatherList(PDMA_ADAPTER DmaAdapter, PSCATTER_GATHER_LIST ScatterGather,
                                    BOOLEAN WriteToDevice);
NTSTATUS NTAPI HalpCalculateScatterGatherList(PDMA_ADAPTER DmaAdapter, PMDL Mdl, PVOID CurrentVa,
                                              ULONG Length, PULONG ScatterGatherListSize,
                                              PULONG NumberOfMapRegisters);
NTSTATUS NTAPI HalpBuildMdlFromScatterGatherList(PDMA_ADAPTER DmaAdapter,
                                                 PSCATTER_GATHER_LIST ScatterGather,
                                                 PMDL OriginalMdl, PMDL *TargetMdl);
NTSTATUS NTAPI HalpGetDmaTransferInfo(PDMA_ADAPTER DmaAdapter, PMDL Mdl, ULONGLONG Offset,
                                      ULONG Length, BOOLEAN WriteOnly,
                                      PDMA_TRANSFER_INFO TransferInfo);

// dmabuffer.c
PVOID NTAPI HalpAllocateCommonBuffer(PDMA_ADAPTER DmaAdapter, ULONG Length,
                                     PPHYSICAL_ADDRESS LogicalAddress, BOOLEAN CacheEnabled);
PVOID NTAPI HalpAllocateCommonBufferEx(PDMA_ADAPTER DmaAdapter, PPHYSICAL_ADDRESS MaximumAddress,
                                       ULONG Length, PPHYSICAL_ADDRESS LogicalAddress,
                                       BOOLEAN CacheEnabled, ULONG PreferredNode);
VOID NTAPI HalpFreeCommonBuffer(PDMA_ADAPTER DmaAdapter, ULONG Length,
                                PHYSICAL_ADDRESS LogicalAddress, PVOID VirtualAddress,
                                BOOLEAN CacheEnabled);
NTSTATUS NTAPI HalpAllocateDomainCommonBuffer(PDMA_ADAPTER DmaAdapter, HANDLE DomainHandle,
                                              PPHYSICAL_ADDRESS MaximumAddress, ULONG Length,
                                              ULONG Flags, MEMORY_CACHING_TYPE *CacheType,
                                              ULONG PreferredNode, PPHYSICAL_ADDRESS LogicalAddress,
                                              PVOID *VirtualAddress);
PVOID NTAPI HalpAllocateCommonBufferWithBounds(PDMA_ADAPTER DmaAdapter,
                                               PPHYSICAL_ADDRESS MinimumAddress,
                                               PPHYSICAL_ADDRESS MaximumAddress, ULONG Length,
                                               ULONG Flags, MEMORY_CACHING_TYPE *CacheType,
                                               ULONG PreferredNode,
                                               PPHYSICAL_ADDRESS LogicalAddress);
NTSTATUS NTAPI HalpAllocateCommonBufferVector(PDMA_ADAPTER DmaAdapter, PHYSICAL_ADDRESS LowAddress,
                                              PHYSICAL_ADDRESS HighAddress,
                                              MEMORY_CACHING_TYPE CacheType, ULONG IdealNode,
                                              ULONG Flags, ULONG NumberOfElements,
                                              ULONGLONG SizeOfElements,
                                              PDMA_COMMON_BUFFER_VECTOR *VectorOut);
VOID NTAPI HalpGetCommonBufferFromVectorByIndex(PDMA_ADAPTER DmaAdapter,
                                                PDMA_COMMON_BUFFER_VECTOR Vector, ULONG Index,
                                                PVOID *VirtualAddressOut,
                                                PPHYSICAL_ADDRESS LogicalAddressOut);
VOID NTAPI HalpFreeCommonBufferFromVector(PDMA_ADAPTER DmaAdapter, PDMA_COMMON_BUFFER_VECTOR Vector,
                                          ULONG Index);
VOID NTAPI HalpFreeCommonBufferVector(PDMA_ADAPTER DmaAdapter, PDMA_COMMON_BUFFER_VECTOR Vector);
