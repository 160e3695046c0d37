// Buffers: their addresses for the miniport's code, and for its device.
#include "storportp.h"

// Where the caller's buffer begins in the memory that the MDL describes. A caller gives the MDL's own address for
// memory that is mapped nowhere, or the address at which the MDL is mapped.
static BOOLEAN StorpOffsetInMdl(PMDL Mdl, PVOID Buffer, PULONG_PTR Offset)
{
    PUCHAR Bases[2] = {MmGetMdlVirtualAddress(Mdl), nullptr};
    if (Mdl->MdlFlags & (MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL))
        Bases[1] = Mdl->MappedSystemVa;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Bases); i++) {
        *Offset = (ULONG_PTR)((PUCHAR)Buffer - Bases[i]);
        if (*Offset <= MmGetMdlByteCount(Mdl))
            return TRUE;
    }
    return FALSE;
}

PVOID StorpMapBuffer(PIRP Irp, PVOID Buffer, ULONG Length)
{
    PMDL Mdl = Irp ? Irp->MdlAddress : nullptr;
    ULONG_PTR Offset;
    if (!Mdl)
        return Buffer; // nonpaged memory
    if (!StorpOffsetInMdl(Mdl, Buffer, &Offset) || Length > MmGetMdlByteCount(Mdl) - Offset)
        return Buffer; // other memory than the MDL's: SRB_FUNCTION_IO_CONTROL with a buffer of its own
    PUCHAR Mapped = MmGetSystemAddressForMdlSafe(Mdl, NormalPagePriority);
    return Mapped ? Mapped + Offset : nullptr;
}

// ---- Scatter/gather lists

// Pages that follow one another become one element. FALSE: there is no room for another.
static BOOLEAN StorpAddPiece(PSTOR_SCATTER_GATHER_LIST List, ULONG Room, ULONG64 Physical,
                             ULONG Length)
{
    if (List->NumberOfElements) {
        PSTOR_SCATTER_GATHER_ELEMENT Last = &List->List[List->NumberOfElements - 1];
        if ((ULONG64)Last->PhysicalAddress.QuadPart + Last->Length == Physical) {
            Last->Length += Length;
            return TRUE;
        }
    }
    if (List->NumberOfElements == Room)
        return FALSE;
    PSTOR_SCATTER_GATHER_ELEMENT New = &List->List[List->NumberOfElements++];
    New->PhysicalAddress.QuadPart = (LONGLONG)Physical;
    New->Length = Length;
    New->Reserved = 0;
    return TRUE;
}

static BOOLEAN StorpAddMdl(PSTOR_SCATTER_GATHER_LIST List, ULONG Room, PMDL Mdl, ULONG_PTR Offset,
                           ULONG Length)
{
    const PFN_NUMBER *Pfns = MmGetMdlPfnArray(Mdl);
    ULONG_PTR Position = MmGetMdlByteOffset(Mdl) + Offset;
    while (Length) {
        ULONG InPage = (ULONG)(Position & (PAGE_SIZE - 1));
        ULONG Piece = min(Length, PAGE_SIZE - InPage);
        if (!StorpAddPiece(List, Room, (Pfns[Position >> PAGE_SHIFT] << PAGE_SHIFT) + InPage,
                           Piece))
            return FALSE;
        Position += Piece;
        Length -= Piece;
    }
    return TRUE;
}

// Nonpaged memory without an MDL.
static BOOLEAN StorpAddMemory(PSTOR_SCATTER_GATHER_LIST List, ULONG Room, PUCHAR Buffer,
                              ULONG Length)
{
    while (Length) {
        ULONG Piece = min(Length, PAGE_SIZE - BYTE_OFFSET(Buffer));
        PHYSICAL_ADDRESS Physical = MmGetPhysicalAddress(Buffer);
        if (!Physical.QuadPart || !StorpAddPiece(List, Room, (ULONG64)Physical.QuadPart, Piece))
            return FALSE;
        Buffer += Piece;
        Length -= Piece;
    }
    return TRUE;
}

// The number of elements; 0: the buffer does not fit, or is not there. Mdl may be null.
ULONG StorpFillList(PMDL Mdl, PVOID Buffer, ULONG Length, PSTOR_SCATTER_GATHER_LIST List,
                    ULONG Room)
{
    ULONG_PTR Offset;
    BOOLEAN Fits;
    List->NumberOfElements = 0;
    List->Reserved = 0;
    if (Mdl && StorpOffsetInMdl(Mdl, Buffer, &Offset)) {
        if (Length > MmGetMdlByteCount(Mdl) - Offset)
            return 0;
        Fits = StorpAddMdl(List, Room, Mdl, Offset, Length);
    } else {
        Fits = StorpAddMemory(List, Room, Buffer, Length);
    }
    return Fits ? List->NumberOfElements : 0;
}

// The caller's buffer as it gave it: the address in the miniport's SRB may be a mapping of it.
PSTOR_SCATTER_GATHER_LIST NTAPI StorPortGetScatterGatherList(PVOID DeviceExtension,
                                                             PSCSI_REQUEST_BLOCK Srb)
{
    PSTOR_ADAPTER Adapter = StorpAdapterOf(DeviceExtension);
    PSTOR_REQUEST Request = StorpRequestOf(Srb);
    ULONG Length = SrbGetDataTransferLength(Srb);
    if (!Request->Irp || !Length || !(SrbGetSrbFlags(Srb) & SRB_FLAGS_UNSPECIFIED_DIRECTION))
        return nullptr;
    PMDL Mdl = Request->Irp->MdlAddress;
    PVOID Buffer = SrbGetDataBuffer(Request->CallerSrb);
    if (Request->Bounce) {
        Mdl = StorpBounceMdl(Request);
        Buffer = StorpBounceAddress(Request);
    }
    return StorpFillList(Mdl, Buffer, Length, Request->List, Adapter->Config.NumberOfPhysicalBreaks)
               ? Request->List
               : nullptr;
}

// ---- Single addresses

// A piece of memory of known physical address: Base and Physical are its start.
static BOOLEAN StorpInRegion(PVOID Address, PVOID Base, SIZE_T Bytes, PHYSICAL_ADDRESS Physical,
                             PSTOR_PHYSICAL_ADDRESS Found, PULONG Length)
{
    SIZE_T Offset = (SIZE_T)((PUCHAR)Address - (PUCHAR)Base);
    if (!Base || Offset >= Bytes)
        return FALSE;
    Found->QuadPart = Physical.QuadPart + (LONGLONG)Offset;
    *Length = (ULONG)(Bytes - Offset);
    return TRUE;
}

static PHYSICAL_ADDRESS StorpDataAddress(PSTOR_ADAPTER Adapter, PSCSI_REQUEST_BLOCK Srb,
                                         PVOID Address, PULONG Length)
{
    PHYSICAL_ADDRESS None = {};
    ULONG_PTR Offset = (ULONG_PTR)((PUCHAR)Address - (PUCHAR)SrbGetDataBuffer(Srb));
    if (Offset >= SrbGetDataTransferLength(Srb))
        return None;
    PSTOR_SCATTER_GATHER_LIST List = StorPortGetScatterGatherList(Adapter->HwExtension, Srb);
    for (ULONG i = 0; List && i < List->NumberOfElements; i++) {
        PSTOR_SCATTER_GATHER_ELEMENT Element = &List->List[i];
        if (Offset < Element->Length) {
            *Length = Element->Length - (ULONG)Offset;
            return (PHYSICAL_ADDRESS){.QuadPart =
                                          Element->PhysicalAddress.QuadPart + (LONGLONG)Offset};
        }
        Offset -= Element->Length;
    }
    return None;
}

// The extension and the sense buffer of the request. They are asked for before the data, whose addresses are the
// caller's and may be the same numbers.
static BOOLEAN StorpInRequest(PSTOR_ADAPTER Adapter, PSTOR_REQUEST Request, PVOID Address,
                              PSTOR_PHYSICAL_ADDRESS Physical, ULONG *Length)
{
    SIZE_T Into = (SIZE_T)((PUCHAR)Address - (PUCHAR)Request->Extension);
    SIZE_T IntoSense = (SIZE_T)((PUCHAR)Address - Request->Sense);
    if (Request->Extension && Into < Adapter->Config.SrbExtensionSize)
        *Length = (ULONG)(Adapter->Config.SrbExtensionSize - Into);
    else if (IntoSense < sizeof(Request->Sense))
        *Length =
            min((ULONG)(sizeof(Request->Sense) - IntoSense), PAGE_SIZE - BYTE_OFFSET(Address));
    else
        return FALSE;
    *Physical = MmGetPhysicalAddress(Address);
    return TRUE;
}

STOR_PHYSICAL_ADDRESS NTAPI StorPortGetPhysicalAddress(PVOID HwDeviceExtension,
                                                       PSCSI_REQUEST_BLOCK Srb,
                                                       PVOID VirtualAddress, ULONG *Length)
{
    PSTOR_ADAPTER Adapter = StorpAdapterOf(HwDeviceExtension);
    PSTOR_REQUEST Request = Srb ? StorpRequestOf(Srb) : nullptr;
    STOR_PHYSICAL_ADDRESS Physical;
    *Length = 0;
    if (StorpInRegion(VirtualAddress, Adapter->UncachedExtension, Adapter->UncachedBytes,
                      Adapter->UncachedPhysical, &Physical, Length))
        return Physical;
    if (Request && StorpInRequest(Adapter, Request, VirtualAddress, &Physical, Length))
        return Physical;
    if (Srb) {
        Physical = StorpDataAddress(Adapter, Srb, VirtualAddress, Length);
        if (*Length)
            return Physical;
    }
    // Other nonpaged memory: within a page all of it is contiguous.
    Physical = MmGetPhysicalAddress(VirtualAddress);
    if (Physical.QuadPart)
        *Length = PAGE_SIZE - BYTE_OFFSET(VirtualAddress);
    return Physical;
}

// Only of the uncached extension: nothing else is found by its physical address.
PVOID NTAPI StorPortGetVirtualAddress(PVOID HwDeviceExtension,
                                      STOR_PHYSICAL_ADDRESS PhysicalAddress)
{
    PSTOR_ADAPTER Adapter = StorpAdapterOf(HwDeviceExtension);
    ULONG64 Offset = (ULONG64)(PhysicalAddress.QuadPart - Adapter->UncachedPhysical.QuadPart);
    return Adapter->UncachedExtension && Offset < Adapter->UncachedBytes
               ? (PUCHAR)Adapter->UncachedExtension + Offset
               : nullptr;
}

// One piece of memory that the device can reach, for the adapter's whole life.
PVOID NTAPI StorPortGetUncachedExtension(PVOID HwDeviceExtension,
                                         PPORT_CONFIGURATION_INFORMATION ConfigInfo,
                                         ULONG NumberOfBytes)
{
    PSTOR_ADAPTER Adapter = StorpAdapterOf(HwDeviceExtension);
    PHYSICAL_ADDRESS Highest = {.QuadPart = MAXULONG};
    if (Adapter->UncachedExtension)
        return NumberOfBytes <= Adapter->UncachedBytes ? Adapter->UncachedExtension : nullptr;
    if (ConfigInfo->Dma64BitAddresses & ~SCSI_DMA64_SYSTEM_SUPPORTED)
        Highest.QuadPart = MAXLONGLONG;
    PVOID Memory = NumberOfBytes ? MmAllocateContiguousMemory(NumberOfBytes, Highest) : nullptr;
    if (!Memory)
        return nullptr;
    RtlZeroMemory(Memory, NumberOfBytes);
    Adapter->UncachedExtension = Memory;
    Adapter->UncachedBytes = NumberOfBytes;
    Adapter->UncachedPhysical = MmGetPhysicalAddress(Memory);
    return Memory;
}
