// The adapter's resources: what PnP gave it, the miniport's access ranges, and mappings of them.
#include "storportp.h"

// ---- The lists of IRP_MN_START_DEVICE

static SIZE_T StorpListSize(const CM_RESOURCE_LIST *List)
{
    return FIELD_OFFSET(CM_RESOURCE_LIST, List[0].PartialResourceList.PartialDescriptors) +
           List->List[0].PartialResourceList.Count * sizeof(CM_PARTIAL_RESOURCE_DESCRIPTOR);
}

static PCM_RESOURCE_LIST StorpCopyList(const CM_RESOURCE_LIST *List)
{
    if (!List || !List->Count)
        return nullptr;
    SIZE_T Bytes = StorpListSize(List);
    PCM_RESOURCE_LIST Copy = ExAllocatePoolWithTag(NonPagedPoolNx, Bytes, StorTag);
    if (Copy)
        RtlCopyMemory(Copy, List, Bytes);
    return Copy;
}

typedef struct _STOR_RANGE {
    PHYSICAL_ADDRESS Start;
    ULONG64 Length;
    BOOLEAN IsPort;
} STOR_RANGE;

// A descriptor of memory or ports. The large forms count in units of 256 bytes, 64 KiB, 4 GiB.
static BOOLEAN StorpRangeOf(const CM_PARTIAL_RESOURCE_DESCRIPTOR *Descriptor, STOR_RANGE *Range)
{
    Range->Start = Descriptor->u.Generic.Start;
    Range->Length = Descriptor->u.Generic.Length;
    Range->IsPort = Descriptor->Type == CmResourceTypePort;
    switch (Descriptor->Type) {
    case CmResourceTypePort:
    case CmResourceTypeMemory:
        return TRUE;
    case CmResourceTypeMemoryLarge:
        if (Descriptor->Flags & CM_RESOURCE_MEMORY_LARGE_40)
            Range->Length <<= 8;
        else if (Descriptor->Flags & CM_RESOURCE_MEMORY_LARGE_48)
            Range->Length <<= 16;
        else
            Range->Length <<= 32;
        return TRUE;
    default:
        return FALSE;
    }
}

static const CM_PARTIAL_RESOURCE_LIST *StorpPartial(const CM_RESOURCE_LIST *List)
{
    static const CM_PARTIAL_RESOURCE_LIST None;
    return List ? &List->List[0].PartialResourceList : &None;
}

// The ranges that a miniport sees, bus-relative.
static NTSTATUS StorpFillRanges(PSTOR_ADAPTER Adapter)
{
    const CM_PARTIAL_RESOURCE_LIST *Raw = StorpPartial(Adapter->Raw);
    ULONG Count = 0, Room = max(Raw->Count, Adapter->Driver->Hw.NumberOfAccessRanges);
    STOR_RANGE Range;
    Adapter->AccessRanges =
        ExAllocatePoolWithTag(NonPagedPoolNx, max(Room, 1u) * sizeof(ACCESS_RANGE), StorTag);
    if (!Adapter->AccessRanges)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(Adapter->AccessRanges, max(Room, 1u) * sizeof(ACCESS_RANGE));
    for (ULONG i = 0; i < Raw->Count; i++) {
        if (!StorpRangeOf(&Raw->PartialDescriptors[i], &Range))
            continue;
        Adapter->AccessRanges[Count].RangeStart = Range.Start;
        Adapter->AccessRanges[Count].RangeLength = (ULONG)min(Range.Length, MAXULONG);
        Adapter->AccessRanges[Count++].RangeInMemory = !Range.IsPort;
    }
    Adapter->Config.NumberOfAccessRanges = max(Count, Adapter->Driver->Hw.NumberOfAccessRanges);
    Adapter->Config.AccessRanges = (PVOID)Adapter->AccessRanges;
    return STATUS_SUCCESS;
}

NTSTATUS StorpTakeResources(PSTOR_ADAPTER Adapter, PIO_STACK_LOCATION Stack)
{
    const CM_RESOURCE_LIST *Raw = Stack->Parameters.StartDevice.AllocatedResources;
    const CM_RESOURCE_LIST *Translated = Stack->Parameters.StartDevice.AllocatedResourcesTranslated;
    StorpFreeResources(Adapter);
    Adapter->Raw = StorpCopyList(Raw);
    Adapter->Translated = StorpCopyList(Translated);
    if ((Raw && Raw->Count && !Adapter->Raw) ||
        (Translated && Translated->Count && !Adapter->Translated))
        return STATUS_INSUFFICIENT_RESOURCES;
    return StorpFillRanges(Adapter);
}

VOID StorpFreeResources(PSTOR_ADAPTER Adapter)
{
    PVOID Blocks[] = {Adapter->Raw, Adapter->Translated, Adapter->AccessRanges};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Blocks); i++) {
        if (Blocks[i])
            ExFreePoolWithTag(Blocks[i], StorTag);
    }
    Adapter->Raw = Adapter->Translated = nullptr;
    Adapter->AccessRanges = nullptr;
}

// The first interrupt of the translated list: what the miniport is told of it.
VOID StorpDescribeInterrupt(PSTOR_ADAPTER Adapter)
{
    const CM_PARTIAL_RESOURCE_LIST *List = StorpPartial(Adapter->Translated);
    Adapter->HasInterrupt = Adapter->InterruptIsMessage = FALSE;
    for (ULONG i = 0; i < List->Count; i++) {
        const CM_PARTIAL_RESOURCE_DESCRIPTOR *Descriptor = &List->PartialDescriptors[i];
        if (Descriptor->Type != CmResourceTypeInterrupt)
            continue;
        Adapter->HasInterrupt = TRUE;
        Adapter->InterruptIsMessage = (Descriptor->Flags & CM_RESOURCE_INTERRUPT_MESSAGE) != 0;
        Adapter->Config.BusInterruptLevel = Descriptor->u.Interrupt.Level;
        Adapter->Config.BusInterruptVector = Descriptor->u.Interrupt.Vector;
        Adapter->Config.InterruptMode =
            Descriptor->Flags & CM_RESOURCE_INTERRUPT_LATCHED ? Latched : LevelSensitive;
        return;
    }
}

// ---- Mappings

// A bus-relative range within what the adapter was given, as the processor sees it.
BOOLEAN StorpTranslate(PSTOR_ADAPTER Adapter, PHYSICAL_ADDRESS Address, ULONG Length,
                       BOOLEAN IsPort, PPHYSICAL_ADDRESS Translated)
{
    const CM_PARTIAL_RESOURCE_LIST *Raw = StorpPartial(Adapter->Raw);
    const CM_PARTIAL_RESOURCE_LIST *Seen = StorpPartial(Adapter->Translated);
    STOR_RANGE From, To;
    for (ULONG i = 0; i < min(Raw->Count, Seen->Count); i++) {
        if (!StorpRangeOf(&Raw->PartialDescriptors[i], &From) || From.IsPort != IsPort ||
            !StorpRangeOf(&Seen->PartialDescriptors[i], &To))
            continue;
        ULONG64 Offset = (ULONG64)(Address.QuadPart - From.Start.QuadPart);
        if (Offset >= From.Length || Length > From.Length - Offset)
            continue;
        Translated->QuadPart = To.Start.QuadPart + (LONGLONG)Offset;
        return TRUE;
    }
    return FALSE;
}

static PVOID StorpMap(PSTOR_ADAPTER Adapter, PHYSICAL_ADDRESS Physical, ULONG Length,
                      BOOLEAN IsPort)
{
    PSTOR_MAPPING Mapping = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Mapping), StorTag);
    if (!Mapping)
        return nullptr;
    *Mapping = (STOR_MAPPING){
        .Next = Adapter->Mappings, .Physical = Physical, .Length = Length, .IsPort = IsPort};
    Mapping->Address =
        IsPort ? (PVOID)(ULONG_PTR)Physical.QuadPart : MmMapIoSpace(Physical, Length, MmNonCached);
    if (!Mapping->Address) {
        ExFreePoolWithTag(Mapping, StorTag);
        return nullptr;
    }
    Adapter->Mappings = Mapping;
    return Mapping->Address;
}

static VOID StorpUnmap(PSTOR_MAPPING Mapping)
{
    if (!Mapping->IsPort)
        MmUnmapIoSpace(Mapping->Address, Mapping->Length);
    ExFreePoolWithTag(Mapping, StorTag);
}

VOID StorpUnmapAll(PSTOR_ADAPTER Adapter)
{
    PSTOR_MAPPING Mapping;
    while ((Mapping = Adapter->Mappings)) {
        Adapter->Mappings = Mapping->Next;
        StorpUnmap(Mapping);
    }
}

PVOID NTAPI StorPortGetDeviceBase(PVOID HwDeviceExtension, INTERFACE_TYPE BusType,
                                  ULONG SystemIoBusNumber, STOR_PHYSICAL_ADDRESS IoAddress,
                                  ULONG NumberOfBytes, BOOLEAN InIoSpace)
{
    PSTOR_ADAPTER Adapter = StorpAdapterOf(HwDeviceExtension);
    PHYSICAL_ADDRESS Translated;
    UNREFERENCED_PARAMETER(BusType);
    UNREFERENCED_PARAMETER(SystemIoBusNumber);
    if (!StorpTranslate(Adapter, IoAddress, NumberOfBytes, InIoSpace, &Translated))
        return nullptr;
    return StorpMap(Adapter, Translated, NumberOfBytes, InIoSpace);
}

VOID NTAPI StorPortFreeDeviceBase(PVOID HwDeviceExtension, PVOID MappedAddress)
{
    PSTOR_MAPPING *Place = &StorpAdapterOf(HwDeviceExtension)->Mappings;
    while (*Place && (*Place)->Address != MappedAddress)
        Place = &(*Place)->Next;
    PSTOR_MAPPING Mapping = *Place;
    if (!Mapping)
        return;
    *Place = Mapping->Next;
    StorpUnmap(Mapping);
}

BOOLEAN NTAPI StorPortValidateRange(PVOID HwDeviceExtension, INTERFACE_TYPE BusType,
                                    ULONG SystemIoBusNumber, STOR_PHYSICAL_ADDRESS IoAddress,
                                    ULONG NumberOfBytes, BOOLEAN InIoSpace)
{
    PHYSICAL_ADDRESS Translated;
    UNREFERENCED_PARAMETER(BusType);
    UNREFERENCED_PARAMETER(SystemIoBusNumber);
    return StorpTranslate(StorpAdapterOf(HwDeviceExtension), IoAddress, NumberOfBytes, InIoSpace,
                          &Translated);
}

// ---- Configuration space

static PBUS_INTERFACE_STANDARD StorpBusOf(PSTOR_ADAPTER Adapter)
{
    return Adapter->Bus.GetBusData ? &Adapter->Bus : nullptr;
}

// The bus's table of functions, asked of the stack below. A bus of another host gives none.
VOID StorpQueryBusInterface(PSTOR_ADAPTER Adapter)
{
    static const GUID BusInterface = {
        0x496b8280, 0x6f25, 0x11d0, {0xbe, 0xaf, 0x08, 0x00, 0x2b, 0xe2, 0x09, 0x2f}};
    if (!NT_SUCCESS(StorpQueryInterface(Adapter, &BusInterface, 1, (PINTERFACE)&Adapter->Bus,
                                        sizeof(Adapter->Bus))))
        RtlZeroMemory(&Adapter->Bus, sizeof(Adapter->Bus));
}

VOID StorpReleaseBusInterface(PSTOR_ADAPTER Adapter)
{
    if (Adapter->Bus.InterfaceDereference)
        Adapter->Bus.InterfaceDereference(Adapter->Bus.Context);
    RtlZeroMemory(&Adapter->Bus, sizeof(Adapter->Bus));
}

ULONG NTAPI StorPortGetBusData(PVOID DeviceExtension, ULONG BusDataType, ULONG SystemIoBusNumber,
                               ULONG SlotNumber, PVOID Buffer, ULONG Length)
{
    PBUS_INTERFACE_STANDARD Bus = StorpBusOf(StorpAdapterOf(DeviceExtension));
    UNREFERENCED_PARAMETER(SystemIoBusNumber);
    UNREFERENCED_PARAMETER(SlotNumber);
    if (BusDataType != PCIConfiguration || !Bus)
        return 0;
    return Bus->GetBusData(Bus->Context, PCI_WHICHSPACE_CONFIG, Buffer, 0, Length);
}

ULONG NTAPI StorPortSetBusDataByOffset(PVOID DeviceExtension, ULONG BusDataType,
                                       ULONG SystemIoBusNumber, ULONG SlotNumber, PVOID Buffer,
                                       ULONG Offset, ULONG Length)
{
    PBUS_INTERFACE_STANDARD Bus = StorpBusOf(StorpAdapterOf(DeviceExtension));
    UNREFERENCED_PARAMETER(SystemIoBusNumber);
    UNREFERENCED_PARAMETER(SlotNumber);
    if (BusDataType != PCIConfiguration || !Bus)
        return 0;
    return Bus->SetBusData(Bus->Context, PCI_WHICHSPACE_CONFIG, Buffer, Offset, Length);
}
