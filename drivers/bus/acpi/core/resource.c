// Resource descriptors of the namespace (ACPI Specification 6.4, 6.4) as those of the driver interface.
#include "core.h"

enum { AcpiHighestPort = 0xFFFF, AcpiMaximumItems = 1024 };

// ---- The set

static IO_RESOURCE_DESCRIPTOR *AcpiAddItem(PACPI_RESOURCE_SET Set)
{
    if (Set->Count == AcpiMaximumItems)
        return NULL;
    if (Set->Count == Set->Capacity) {
        ULONG Capacity = Set->Capacity ? Set->Capacity * 2 : 8;
        ACPI_RESOURCE_ITEM *Items =
            ExAllocatePoolWithTag(PagedPool, Capacity * sizeof(*Items), AcpiTag);
        if (!Items)
            return NULL;
        if (Set->Count)
            RtlCopyMemory(Items, Set->Items, Set->Count * sizeof(*Items));
        if (Set->Items)
            ExFreePoolWithTag(Set->Items, AcpiTag);
        Set->Items = Items;
        Set->Capacity = Capacity;
    }
    ACPI_RESOURCE_ITEM *Item = &Set->Items[Set->Count++];
    RtlZeroMemory(Item, sizeof(*Item));
    Item->Group = Set->Group;
    return &Item->Descriptor;
}

VOID AcpiFreeResources(PACPI_RESOURCE_SET Set)
{
    if (Set->Items)
        ExFreePoolWithTag(Set->Items, AcpiTag);
    *Set = (ACPI_RESOURCE_SET){};
}

// ---- Ranges

typedef struct _ACPI_RANGE {
    UCHAR Type;
    USHORT Flags;
    ULONG64 Length, Alignment, Minimum, Maximum; // Maximum: of the first address
} ACPI_RANGE;

// A range that is empty says that there is none; one that wraps around is a mistake.
static BOOLEAN AcpiIsRangeGood(const ACPI_RANGE *Range)
{
    ULONG64 Limit = Range->Type == CmResourceTypePort ? AcpiHighestPort : MAXLONGLONG;
    return Range->Length && Range->Minimum <= Range->Maximum && Range->Length - 1 <= Limit &&
           Range->Maximum <= Limit - (Range->Length - 1);
}

// Lengths of 4 GiB and more are in larger units.
static ULONG AcpiEncodeLength(ULONG64 Length, PUSHORT Flags)
{
    if (Length <= MAXULONG)
        return (ULONG)Length;
    if (Length <= CM_RESOURCE_MEMORY_LARGE_40_MAXLEN) {
        *Flags |= CM_RESOURCE_MEMORY_LARGE_40;
        return (ULONG)(Length >> 8);
    }
    if (Length <= CM_RESOURCE_MEMORY_LARGE_48_MAXLEN) {
        *Flags |= CM_RESOURCE_MEMORY_LARGE_48;
        return (ULONG)(Length >> 16);
    }
    *Flags |= CM_RESOURCE_MEMORY_LARGE_64;
    return (ULONG)(Length >> 32);
}

static BOOLEAN AcpiAddRange(PACPI_RESOURCE_SET Set, const ACPI_RANGE *Range)
{
    if (!AcpiIsRangeGood(Range))
        return TRUE;
    IO_RESOURCE_DESCRIPTOR *Item = AcpiAddItem(Set);
    if (!Item)
        return FALSE;
    Item->Type = Range->Type;
    Item->ShareDisposition = CmResourceShareDeviceExclusive;
    Item->Flags = Range->Flags;
    Item->u.Generic.Length = AcpiEncodeLength(Range->Length, &Item->Flags);
    if (Item->Flags & CM_RESOURCE_MEMORY_LARGE && Range->Type == CmResourceTypeMemory)
        Item->Type = CmResourceTypeMemoryLarge;
    Item->u.Generic.Alignment = Range->Alignment ? (ULONG)min(Range->Alignment, MAXULONG) : 1;
    Item->u.Generic.MinimumAddress.QuadPart = (LONGLONG)Range->Minimum;
    Item->u.Generic.MaximumAddress.QuadPart = (LONGLONG)(Range->Maximum + Range->Length - 1);
    return TRUE;
}

static BOOLEAN AcpiAddBusNumbers(PACPI_RESOURCE_SET Set, ULONG64 Minimum, ULONG64 Length)
{
    if (!Length || Length > 256 || Minimum > 256 - Length)
        return TRUE;
    IO_RESOURCE_DESCRIPTOR *Item = AcpiAddItem(Set);
    if (!Item)
        return FALSE;
    Item->Type = CmResourceTypeBusNumber;
    Item->ShareDisposition = CmResourceShareDeviceExclusive;
    Item->u.BusNumber.Length = (ULONG)Length;
    Item->u.BusNumber.MinBusNumber = (ULONG)Minimum;
    Item->u.BusNumber.MaxBusNumber = (ULONG)(Minimum + Length - 1);
    return TRUE;
}

// ---- Descriptors

static BOOLEAN AcpiAddIo(PACPI_RESOURCE_SET Set, const struct acpi_resource *Resource)
{
    const struct acpi_resource_io *Io = &Resource->data.io;
    ACPI_RANGE Range = {
        .Type = CmResourceTypePort,
        .Flags = CM_RESOURCE_PORT_IO |
                 (Io->io_decode == ACPI_DECODE_16 ? CM_RESOURCE_PORT_16_BIT_DECODE
                                                  : CM_RESOURCE_PORT_10_BIT_DECODE),
        .Length = Io->address_length,
        .Alignment = Io->alignment,
        .Minimum = Io->minimum,
        .Maximum = Io->maximum,
    };
    return AcpiAddRange(Set, &Range);
}

static BOOLEAN AcpiAddFixedIo(PACPI_RESOURCE_SET Set, const struct acpi_resource *Resource)
{
    const struct acpi_resource_fixed_io *Io = &Resource->data.fixed_io;
    ACPI_RANGE Range = {
        .Type = CmResourceTypePort,
        .Flags = CM_RESOURCE_PORT_IO | CM_RESOURCE_PORT_10_BIT_DECODE,
        .Length = Io->address_length,
        .Minimum = Io->address,
        .Maximum = Io->address,
    };
    return AcpiAddRange(Set, &Range);
}

static BOOLEAN AcpiAddMemory24(PACPI_RESOURCE_SET Set, const struct acpi_resource *Resource)
{
    const struct acpi_resource_memory24 *Memory = &Resource->data.memory24;
    ACPI_RANGE Range = {
        .Type = CmResourceTypeMemory,
        .Flags = Memory->write_protect == ACPI_READ_ONLY_MEMORY ? CM_RESOURCE_MEMORY_READ_ONLY : 0,
        .Length = (ULONG64)Memory->address_length << 8,
        .Alignment = Memory->alignment,
        .Minimum = (ULONG64)Memory->minimum << 8,
        .Maximum = (ULONG64)Memory->maximum << 8,
    };
    return AcpiAddRange(Set, &Range);
}

static BOOLEAN AcpiAddMemory32(PACPI_RESOURCE_SET Set, const struct acpi_resource *Resource)
{
    const struct acpi_resource_memory32 *Memory = &Resource->data.memory32;
    ACPI_RANGE Range = {
        .Type = CmResourceTypeMemory,
        .Flags = Memory->write_protect == ACPI_READ_ONLY_MEMORY ? CM_RESOURCE_MEMORY_READ_ONLY : 0,
        .Length = Memory->address_length,
        .Alignment = Memory->alignment,
        .Minimum = Memory->minimum,
        .Maximum = Memory->maximum,
    };
    return AcpiAddRange(Set, &Range);
}

static BOOLEAN AcpiAddFixedMemory32(PACPI_RESOURCE_SET Set, const struct acpi_resource *Resource)
{
    const struct acpi_resource_fixed_memory32 *Memory = &Resource->data.fixed_memory32;
    ACPI_RANGE Range = {
        .Type = CmResourceTypeMemory,
        .Flags = Memory->write_protect == ACPI_READ_ONLY_MEMORY ? CM_RESOURCE_MEMORY_READ_ONLY : 0,
        .Length = Memory->address_length,
        .Minimum = Memory->address,
        .Maximum = Memory->address,
    };
    return AcpiAddRange(Set, &Range);
}

// What all address descriptors have, with 64 bits.
static BOOLEAN AcpiAddAddress(PACPI_RESOURCE_SET Set, const struct acpi_resource_address *Common,
                              const struct acpi_address64_attribute *Address)
{
    BOOLEAN Window = Common->producer_consumer == ACPI_PRODUCER;
    ACPI_RANGE Range = {.Length = Address->address_length};
    switch (Common->resource_type) {
    case ACPI_BUS_NUMBER_RANGE:
        return AcpiAddBusNumbers(Set, Address->minimum, Address->address_length);
    case ACPI_IO_RANGE:
        Range.Type = CmResourceTypePort;
        Range.Flags = CM_RESOURCE_PORT_IO | CM_RESOURCE_PORT_16_BIT_DECODE;
        Range.Flags |= Window ? CM_RESOURCE_PORT_WINDOW_DECODE : 0;
        break;
    case ACPI_MEMORY_RANGE:
        Range.Type = CmResourceTypeMemory;
        Range.Flags = Window ? CM_RESOURCE_MEMORY_WINDOW_DECODE : 0;
        if (Common->info.mem.caching == ACPI_PREFETCHABLE_MEMORY)
            Range.Flags |= CM_RESOURCE_MEMORY_PREFETCHABLE;
        if (Common->info.mem.write_protect == ACPI_READ_ONLY_MEMORY)
            Range.Flags |= CM_RESOURCE_MEMORY_READ_ONLY;
        break;
    default:
        return TRUE; // of a vendor
    }
    // As the processor sees it. An address that is not fixed may lie anywhere up to the maximum.
    Range.Minimum = Address->minimum + Address->translation_offset;
    Range.Maximum = Range.Minimum;
    Range.Alignment = 1;
    BOOLEAN Fixed = Common->min_address_fixed && Common->max_address_fixed;
    ULONG64 Last = Address->minimum + Address->address_length - 1;
    if (!Fixed && Address->address_length && Address->maximum > Last && Last >= Address->minimum) {
        Range.Maximum += Address->maximum - Last;
        Range.Alignment = Address->granularity + 1;
    }
    return AcpiAddRange(Set, &Range);
}

static BOOLEAN AcpiAddAnyAddress(PACPI_RESOURCE_SET Set, const struct acpi_resource *Resource)
{
    const union acpi_resource_data *Data = &Resource->data;
    struct acpi_resource_address64 Address;
    if (Resource->type == ACPI_RESOURCE_TYPE_EXTENDED_ADDRESS64)
        Address.address = Data->ext_address64.address;
    else if (ACPI_FAILURE(acpi_resource_to_address64((struct acpi_resource *)Resource, &Address)))
        return TRUE;
    return AcpiAddAddress(Set, &Data->address, &Address.address);
}

// The interrupts that one descriptor names are alternatives.
static BOOLEAN AcpiAddInterrupt(PACPI_RESOURCE_SET Set, const struct acpi_resource *Resource)
{
    ACPI_LINE Line;
    for (ULONG i = 0; AcpiLineOfResource(Resource, i, &Line); i++) {
        IO_RESOURCE_DESCRIPTOR *Item = AcpiAddItem(Set);
        if (!Item)
            return FALSE;
        Item->Option = i ? IO_RESOURCE_ALTERNATIVE : 0;
        AcpiDescribeLine(&Line, Item);
    }
    return TRUE;
}

static BOOLEAN AcpiAddDma(PACPI_RESOURCE_SET Set, const struct acpi_resource *Resource)
{
    static const USHORT Widths[] = {CM_RESOURCE_DMA_8, CM_RESOURCE_DMA_8_AND_16,
                                    CM_RESOURCE_DMA_16};
    static const USHORT Types[] = {0, CM_RESOURCE_DMA_TYPE_A, CM_RESOURCE_DMA_TYPE_B,
                                   CM_RESOURCE_DMA_TYPE_F};
    const struct acpi_resource_dma *Dma = &Resource->data.dma;
    for (ULONG i = 0; i < Dma->channel_count; i++) {
        IO_RESOURCE_DESCRIPTOR *Item = AcpiAddItem(Set);
        if (!Item)
            return FALSE;
        Item->Option = i ? IO_RESOURCE_ALTERNATIVE : 0;
        Item->Type = CmResourceTypeDma;
        Item->ShareDisposition = CmResourceShareDeviceExclusive;
        Item->Flags =
            Widths[Dma->transfer % RTL_NUMBER_OF(Widths)] | Types[Dma->type % RTL_NUMBER_OF(Types)];
        Item->Flags |= Dma->bus_master == ACPI_BUS_MASTER ? CM_RESOURCE_DMA_BUS_MASTER : 0;
        Item->u.Dma.MinimumChannel = Item->u.Dma.MaximumChannel = Dma->channels[i];
    }
    return TRUE;
}

static BOOLEAN AcpiStartGroup(PACPI_RESOURCE_SET Set, const struct acpi_resource *Resource)
{
    UNREFERENCED_PARAMETER(Resource);
    Set->Group = ++Set->Groups;
    return TRUE;
}

static BOOLEAN AcpiEndGroups(PACPI_RESOURCE_SET Set, const struct acpi_resource *Resource)
{
    UNREFERENCED_PARAMETER(Resource);
    Set->Group = 0;
    return TRUE;
}

// FALSE: no memory. What has no routine is no resource of the driver interface.
typedef BOOLEAN ACPI_ADD_RESOURCE(PACPI_RESOURCE_SET Set, const struct acpi_resource *Resource);

static ACPI_ADD_RESOURCE *const AcpiAddRoutines[] = {
    [ACPI_RESOURCE_TYPE_IRQ] = AcpiAddInterrupt,
    [ACPI_RESOURCE_TYPE_DMA] = AcpiAddDma,
    [ACPI_RESOURCE_TYPE_START_DEPENDENT] = AcpiStartGroup,
    [ACPI_RESOURCE_TYPE_END_DEPENDENT] = AcpiEndGroups,
    [ACPI_RESOURCE_TYPE_IO] = AcpiAddIo,
    [ACPI_RESOURCE_TYPE_FIXED_IO] = AcpiAddFixedIo,
    [ACPI_RESOURCE_TYPE_MEMORY24] = AcpiAddMemory24,
    [ACPI_RESOURCE_TYPE_MEMORY32] = AcpiAddMemory32,
    [ACPI_RESOURCE_TYPE_FIXED_MEMORY32] = AcpiAddFixedMemory32,
    [ACPI_RESOURCE_TYPE_ADDRESS16] = AcpiAddAnyAddress,
    [ACPI_RESOURCE_TYPE_ADDRESS32] = AcpiAddAnyAddress,
    [ACPI_RESOURCE_TYPE_ADDRESS64] = AcpiAddAnyAddress,
    [ACPI_RESOURCE_TYPE_EXTENDED_ADDRESS64] = AcpiAddAnyAddress,
    [ACPI_RESOURCE_TYPE_EXTENDED_IRQ] = AcpiAddInterrupt,
};

static acpi_status AcpiAddResource(struct acpi_resource *Resource, void *Context)
{
    ACPI_ADD_RESOURCE *Add =
        Resource->type < RTL_NUMBER_OF(AcpiAddRoutines) ? AcpiAddRoutines[Resource->type] : NULL;
    return !Add || Add(Context, Resource) ? AE_OK : AE_NO_MEMORY;
}

NTSTATUS AcpiReadResources(acpi_handle Handle, PCSTR Name, PACPI_RESOURCE_SET Set)
{
    enum { PathSize = 128 };
    CHAR Path[PathSize];
    *Set = (ACPI_RESOURCE_SET){};
    if (!AcpiHasObject(Handle, Name))
        return STATUS_NOT_FOUND;
    acpi_status Status = AcpiWalkTemplate(Handle, Name, AcpiAddResource, Set);
    if (ACPI_SUCCESS(Status))
        return STATUS_SUCCESS;
    AcpiFreeResources(Set);
    AcpiPathName(Handle, Path, sizeof(Path));
    DbgPrintEx(DPFLTR_ACPI_ID, DPFLTR_WARNING_LEVEL, "acpi: %s: %s cannot be read: %s\n", Path,
               Name, acpi_format_exception(Status));
    return AcpiStatus(Status);
}
