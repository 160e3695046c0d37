// mingw-w64's <wdm.h> with the layouts of 64-bit Windows 10 where its own differ. The other driver headers
// (<ntddk.h>, <ntifs.h>) include this one.
#ifndef PROTEUS_WDM_H
#define PROTEUS_WDM_H

// DEVICE_OBJECT is aligned to 16 bytes.
struct __declspec(align(16)) _DEVICE_OBJECT;

// The fields of DEVICE_DESCRIPTION version 3, behind its last old one.
#define DmaPort                  \
    DmaPort;                     \
    ULONG DmaAddressWidth;       \
    ULONG DmaControllerInstance; \
    ULONG DmaRequestLine;        \
    PHYSICAL_ADDRESS DeviceAddress
// SCATTER_GATHER_LIST ends in a flexible array: the [1] that follows in the header makes nothing of it.
#define Elements \
    Elements[0]; \
    UCHAR ElementsEnd[0]

// DMA_OPERATIONS goes on behind its last old member.
#include <ddk/dmaoperations.h>
#define BuildMdlFromScatterGatherList \
    BuildMdlFromScatterGatherList;    \
    DDK_DMA_OPERATIONS_3

// Declared by the intrinsics' header as external, then defined as static: under a name of their own they are.
#include <intrin.h>
#define InterlockedBitTestAndSet   WdmInterlockedBitTestAndSet
#define InterlockedBitTestAndReset WdmInterlockedBitTestAndReset

// Ports are accessed by functions of hal.dll. The header's own are the instructions, which work in a driver, too, but
// each is a fault then. Under names of their own nobody uses them.
#define READ_PORT_UCHAR         WdmReadPortUchar
#define READ_PORT_USHORT        WdmReadPortUshort
#define READ_PORT_ULONG         WdmReadPortUlong
#define WRITE_PORT_UCHAR        WdmWritePortUchar
#define WRITE_PORT_USHORT       WdmWritePortUshort
#define WRITE_PORT_ULONG        WdmWritePortUlong
// So it is with the IRQL: Windows' kernel exports what the header does by accesses to cr8.
#define KeGetCurrentIrql        WdmGetCurrentIrql
#define KeLowerIrql             WdmLowerIrql
#define KfRaiseIrql             WdmRaiseIrql
#define KeRaiseIrqlToDpcLevel   WdmRaiseIrqlToDpcLevel
#define KeRaiseIrqlToSynchLevel WdmRaiseIrqlToSynchLevel

#include <ddk/annotations.h>

#include_next <wdm.h>

#undef DmaPort
#undef Elements
#undef BuildMdlFromScatterGatherList
#undef DDK_DMA_OPERATIONS_3
#undef DDK_DMA_COMPLETION
#undef READ_PORT_UCHAR
#undef READ_PORT_USHORT
#undef READ_PORT_ULONG
#undef WRITE_PORT_UCHAR
#undef WRITE_PORT_USHORT
#undef WRITE_PORT_ULONG
#undef KeGetCurrentIrql
#undef KeLowerIrql
#undef KfRaiseIrql
#undef KeRaiseIrqlToDpcLevel
#undef KeRaiseIrqlToSynchLevel

#include <ddk/wdmdma.h>
#include <ddk/wdmlayout.h>
#include <ddk/wdmmore.h>
#include <ddk/wdmpci.h>

#endif
