// Access to configuration space: memory-mapped where the firmware says where that is (the table MCFG), else by
// HalGetBusDataByOffset, which reaches segment 0 alone.
#include "pci.h"

// ---- The table

enum { TableQueryBytes = 4096 };

typedef struct _FIRMWARE_TABLE_QUERY { // SYSTEM_FIRMWARE_TABLE_INFORMATION
    ULONG ProviderSignature, Action, TableId, BufferLength;
    UCHAR Buffer[TableQueryBytes - 16];
} FIRMWARE_TABLE_QUERY;

NTSYSAPI NTSTATUS NTAPI ZwQuerySystemInformation(ULONG Class, PVOID Information, ULONG Length,
                                                 PULONG ReturnLength);

static FIRMWARE_TABLE_QUERY *PciReadMcfg(VOID)
{
    enum { SystemFirmwareTableInformation = 76, GetTable = 1 };
    ULONG Length;
    FIRMWARE_TABLE_QUERY *Query = ExAllocatePoolWithTag(PagedPool, sizeof(*Query), PciTag);
    if (!Query)
        return NULL;
    RtlZeroMemory(Query, sizeof(*Query));
    Query->ProviderSignature = 'ACPI';
    Query->Action = GetTable;
    Query->TableId = 'GFCM'; // the name's bytes as they lie in memory
    Query->BufferLength = sizeof(Query->Buffer);
    NTSTATUS Status =
        ZwQuerySystemInformation(SystemFirmwareTableInformation, Query, sizeof(*Query), &Length);
    if (NT_SUCCESS(Status))
        return Query;
    ExFreePoolWithTag(Query, PciTag);
    return NULL;
}

// 0: not in memory.
static ULONG64 PciAskBusSpace(ULONG Segment, ULONG Bus)
{
    FIRMWARE_TABLE_QUERY *Query = PciReadMcfg();
    if (!Query)
        return 0;
    ULONG64 Base = PciFindBusSpace(
        Query->Buffer, min(Query->BufferLength, (ULONG)sizeof(Query->Buffer)), Segment, Bus);
    ExFreePoolWithTag(Query, PciTag);
    return Base;
}

VOID PciMapBusSpace(PPCI_ROOT Root, ULONG Bus)
{
    PHYSICAL_ADDRESS Address;
    if (Root->Spaces[Bus])
        return;
    Address.QuadPart = (LONGLONG)PciAskBusSpace(Root->Segment, Bus);
    if (Address.QuadPart)
        Root->Spaces[Bus] = MmMapIoSpace(Address, PciBusSpaceBytes, MmNonCached);
}

VOID PciUnmapSpaces(PPCI_ROOT Root)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(Root->Spaces); i++) {
        if (Root->Spaces[i])
            MmUnmapIoSpace((PVOID)Root->Spaces[i], PciBusSpaceBytes);
        Root->Spaces[i] = NULL;
    }
}

// ---- Access

static volatile UCHAR *PciMappedSpace(const PCI_LOCATION *Location)
{
    volatile UCHAR *Bus = Location->Root->Spaces[Location->Bus];
    return Bus ? Bus + Location->Slot * PciExpressSpace : NULL;
}

static ULONG PciHalSlot(const PCI_LOCATION *Location)
{
    PCI_SLOT_NUMBER Slot = {};
    Slot.u.bits.DeviceNumber = PciDeviceNumber(Location);
    Slot.u.bits.FunctionNumber = PciFunctionNumber(Location);
    return Slot.u.AsULONG;
}

static uint32_t PciReadSpace(void *Context, uint32_t Offset, uint32_t Size)
{
    const PCI_LOCATION *Location = Context;
    volatile UCHAR *Space = PciMappedSpace(Location);
    ULONG Value = MAXULONG;
    if (!Space) {
        if (Location->Root->Segment == 0)
            HalGetBusDataByOffset(PCIConfiguration, Location->Bus, PciHalSlot(Location), &Value,
                                  Offset, Size);
        return Value;
    }
    switch (Size) {
    case sizeof(UCHAR):
        return READ_REGISTER_UCHAR((PUCHAR)Space + Offset);
    case sizeof(USHORT):
        return READ_REGISTER_USHORT((PUSHORT)(Space + Offset));
    default:
        return READ_REGISTER_ULONG((PULONG)(Space + Offset));
    }
}

static void PciWriteSpace(void *Context, uint32_t Offset, uint32_t Size, uint32_t Value)
{
    const PCI_LOCATION *Location = Context;
    volatile UCHAR *Space = PciMappedSpace(Location);
    if (!Space) {
        if (Location->Root->Segment == 0)
            HalSetBusDataByOffset(PCIConfiguration, Location->Bus, PciHalSlot(Location), &Value,
                                  Offset, Size);
        return;
    }
    switch (Size) {
    case sizeof(UCHAR):
        WRITE_REGISTER_UCHAR((PUCHAR)Space + Offset, (UCHAR)Value);
        break;
    case sizeof(USHORT):
        WRITE_REGISTER_USHORT((PUSHORT)(Space + Offset), (USHORT)Value);
        break;
    default:
        WRITE_REGISTER_ULONG((PULONG)(Space + Offset), Value);
        break;
    }
}

VOID PciOpenSpace(PPCI_LOCATION Location, PCI_SPACE *Space)
{
    *Space = (PCI_SPACE){
        .Read = PciReadSpace,
        .Write = PciWriteSpace,
        .Context = Location,
        .Length = PciMappedSpace(Location) ? PciExpressSpace : PciConventionalSpace,
    };
}
