// IOCTL_STORAGE_QUERY_PROPERTY, by a table. What the library does not know is the port driver's to answer.
#include "classp.h"

#include "property.h"

// ---- Write cache

enum { CachePage = 0x08, ModeBytes = 192, DpoFua = 0x10, WriteCacheEnable = 0x04 };

static const uint8_t *CachingPage(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PUCHAR Buffer,
                                  UCHAR PageControl)
{
    size_t Length;
    RtlZeroMemory(Buffer, ModeBytes);
    ULONG Bytes =
        ClassModeSenseEx(Fdo->DeviceObject, (PCHAR)Buffer, ModeBytes, CachePage, PageControl);
    const uint8_t *Page = CoreFindModePage(Buffer, Bytes, CachePage, true, &Length);
    return Page && Length >= 3 ? Page : nullptr;
}

static NTSTATUS WriteCache(PPROPERTY_REQUEST Request)
{
    PSTORAGE_WRITE_CACHE_PROPERTY Property = (PVOID)Request->Buffer;
    UCHAR Buffer[ModeBytes];
    const uint8_t *Page = CachingPage(Request->Fdo, Buffer, 0);
    Property->UserDefinedPowerProtection =
        TEST_FLAG(Request->Fdo->DeviceFlags, DEV_POWER_PROTECTED);
    if (!Page)
        return STATUS_SUCCESS; // everything is unknown
    BOOLEAN Enabled = (Page[2] & WriteCacheEnable) != 0;
    Property->WriteCacheType = Enabled ? WriteCacheTypeWriteBack : WriteCacheTypeNone;
    Property->WriteCacheEnabled = Enabled ? WriteCacheEnabled : WriteCacheDisabled;
    Property->WriteThroughSupported =
        (Buffer[2] & DpoFua) ? WriteThroughSupported : WriteThroughNotSupported;
    Property->FlushCacheSupported = TRUE;
    Page = CachingPage(Request->Fdo, Buffer, 1);
    if (Page)
        Property->WriteCacheChangeable =
            (Page[2] & WriteCacheEnable) ? WriteCacheChangeable : WriteCacheNotChangeable;
    return STATUS_SUCCESS;
}

// ---- What was asked when the device started

static NTSTATUS AccessAlignment(PPROPERTY_REQUEST Request)
{
    const CLASS_READ_CAPACITY16_DATA *Data = &Request->Fdo->FunctionSupportInfo->ReadCapacity16Data;
    PSTORAGE_ACCESS_ALIGNMENT_DESCRIPTOR Descriptor = (PVOID)Request->Buffer;
    if (!NT_SUCCESS(Data->CommandStatus) || Data->BytesPerLogicalSector == 0)
        return STATUS_INVALID_DEVICE_REQUEST;
    Descriptor->BytesPerLogicalSector = Data->BytesPerLogicalSector;
    Descriptor->BytesPerPhysicalSector = Data->BytesPerPhysicalSector;
    Descriptor->BytesOffsetForSectorAlignment = Data->BytesOffsetForSectorAlignment;
    return STATUS_SUCCESS;
}

static NTSTATUS SeekPenalty(PPROPERTY_REQUEST Request)
{
    enum { DoesNotRotate = 1, SlowestRotation = 0x401 };
    const CLASS_VPD_B1_DATA *Data = &Request->Fdo->FunctionSupportInfo->DeviceCharacteristicsData;
    if (!NT_SUCCESS(Data->CommandStatus) ||
        (Data->MediumRotationRate != DoesNotRotate && Data->MediumRotationRate < SlowestRotation))
        return STATUS_INVALID_DEVICE_REQUEST; // the device does not tell
    ((PDEVICE_SEEK_PENALTY_DESCRIPTOR)Request->Buffer)->IncursSeekPenalty =
        Data->MediumRotationRate != DoesNotRotate;
    return STATUS_SUCCESS;
}

static BOOLEAN CanUnmap(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    const CLASS_FUNCTION_SUPPORT_INFO *Info = Fdo->FunctionSupportInfo;
    return NT_SUCCESS(Info->LBProvisioningData.CommandStatus) && Info->LBProvisioningData.LBPU &&
           NT_SUCCESS(Info->BlockLimitsData.CommandStatus) &&
           Info->BlockLimitsData.MaxUnmapLbaCount && Info->BlockLimitsData.MaxUnmapBlockDescrCount;
}

static NTSTATUS Trim(PPROPERTY_REQUEST Request)
{
    ((PDEVICE_TRIM_DESCRIPTOR)Request->Buffer)->TrimEnabled = CanUnmap(Request->Fdo);
    return STATUS_SUCCESS;
}

static NTSTATUS Provisioning(PPROPERTY_REQUEST Request)
{
    enum { ProvisioningThin = 2 };
    PFUNCTIONAL_DEVICE_EXTENSION Fdo = Request->Fdo;
    const CLASS_FUNCTION_SUPPORT_INFO *Info = Fdo->FunctionSupportInfo;
    PDEVICE_LB_PROVISIONING_DESCRIPTOR Descriptor = (PVOID)Request->Buffer;
    if (!NT_SUCCESS(Info->LBProvisioningData.CommandStatus))
        return STATUS_INVALID_DEVICE_REQUEST;
    Descriptor->ThinProvisioningEnabled =
        Info->LBProvisioningData.ProvisioningType == ProvisioningThin;
    Descriptor->ThinProvisioningReadZeros = Info->LBProvisioningData.LBPRZ;
    Descriptor->AnchorSupported = Info->LBProvisioningData.ANC_SUP;
    if (!NT_SUCCESS(Info->BlockLimitsData.CommandStatus))
        return STATUS_SUCCESS;
    ULONGLONG SectorSize = Fdo->DiskGeometry.BytesPerSector;
    Descriptor->UnmapGranularityAlignmentValid = Info->BlockLimitsData.UGAVALID;
    Descriptor->OptimalUnmapGranularity =
        Info->BlockLimitsData.OptimalUnmapGranularity * SectorSize;
    Descriptor->UnmapGranularityAlignment =
        Info->BlockLimitsData.UnmapGranularityAlignment * SectorSize;
    if (Request->Room >= sizeof(*Descriptor)) {
        Descriptor->MaxUnmapLbaCount = Info->BlockLimitsData.MaxUnmapLbaCount;
        Descriptor->MaxUnmapBlockDescriptorCount = Info->BlockLimitsData.MaxUnmapBlockDescrCount;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS MediumProduct(PPROPERTY_REQUEST Request)
{
    const CLASS_VPD_B1_DATA *Data = &Request->Fdo->FunctionSupportInfo->DeviceCharacteristicsData;
    if (!NT_SUCCESS(Data->CommandStatus))
        return STATUS_INVALID_DEVICE_REQUEST;
    ((PSTORAGE_MEDIUM_PRODUCT_TYPE_DESCRIPTOR)Request->Buffer)->MediumProductType =
        Data->MediumProductType;
    return STATUS_SUCCESS;
}

static NTSTATUS Power(PPROPERTY_REQUEST Request)
{
    UNREFERENCED_PARAMETER(Request); // no idle power management: all is FALSE
    return STATUS_SUCCESS;
}

// ---- The names of the device

static NTSTATUS DeviceId(PPROPERTY_REQUEST Request)
{
    enum { PageIdentifiers = 0x83, PageBytes = 1024 };
    PSTORAGE_DEVICE_ID_DESCRIPTOR Descriptor = (PVOID)Request->Buffer;
    const ULONG Fixed = FIELD_OFFSET(STORAGE_DEVICE_ID_DESCRIPTOR, Identifiers);
    ULONG Length;
    uint32_t Count;
    PUCHAR Page = ExAllocatePoolWithTag(NonPagedPoolNx, PageBytes, ClasspTag);
    if (!Page)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = ClasspInquiry(Request->Fdo, PageIdentifiers, Page, PageBytes, &Length);
    if (NT_SUCCESS(Status) && CoreVpdLength(Page, Length, PageIdentifiers) == 0)
        Status = STATUS_INVALID_DEVICE_REQUEST;
    if (NT_SUCCESS(Status)) {
        Request->Needed = Fixed + (ULONG)CoreMakeIdentifiers(Page, Length, Request->Buffer + Fixed,
                                                             Request->Room - Fixed, &Count);
        Descriptor->NumberOfIdentifiers = Count;
    }
    ExFreePoolWithTag(Page, ClasspTag);
    return Status;
}

// ---- The table

static const struct {
    STORAGE_PROPERTY_ID Id;
    ULONG Size;  // of the descriptor, or of its fixed part
    ULONG Least; // room without which only the header is told
    PROPERTY_ROUTINE *Routine;
} Properties[] = {
    {StorageDeviceIdProperty, FIELD_OFFSET(STORAGE_DEVICE_ID_DESCRIPTOR, Identifiers),
     FIELD_OFFSET(STORAGE_DEVICE_ID_DESCRIPTOR, Identifiers), DeviceId},
    {StorageDeviceWriteCacheProperty, sizeof(STORAGE_WRITE_CACHE_PROPERTY),
     sizeof(STORAGE_WRITE_CACHE_PROPERTY), WriteCache},
    {StorageAccessAlignmentProperty, sizeof(STORAGE_ACCESS_ALIGNMENT_DESCRIPTOR),
     sizeof(STORAGE_ACCESS_ALIGNMENT_DESCRIPTOR), AccessAlignment},
    {StorageDeviceSeekPenaltyProperty, sizeof(DEVICE_SEEK_PENALTY_DESCRIPTOR),
     sizeof(DEVICE_SEEK_PENALTY_DESCRIPTOR), SeekPenalty},
    {StorageDeviceTrimProperty, sizeof(DEVICE_TRIM_DESCRIPTOR), sizeof(DEVICE_TRIM_DESCRIPTOR),
     Trim},
    {StorageDeviceLBProvisioningProperty, sizeof(DEVICE_LB_PROVISIONING_DESCRIPTOR),
     DEVICE_LB_PROVISIONING_DESCRIPTOR_V1_SIZE, Provisioning},
    {StorageDevicePowerProperty, sizeof(DEVICE_POWER_DESCRIPTOR), sizeof(DEVICE_POWER_DESCRIPTOR),
     Power},
    {StorageDeviceMediumProductType, sizeof(STORAGE_MEDIUM_PRODUCT_TYPE_DESCRIPTOR),
     sizeof(STORAGE_MEDIUM_PRODUCT_TYPE_DESCRIPTOR), MediumProduct},
    {StorageDeviceUniqueIdProperty, sizeof(STORAGE_DEVICE_UNIQUE_IDENTIFIER),
     sizeof(STORAGE_DEVICE_UNIQUE_IDENTIFIER), ClasspUniqueId},
    {StorageDeviceAttributesProperty, sizeof(STORAGE_DEVICE_ATTRIBUTES_DESCRIPTOR),
     sizeof(STORAGE_DEVICE_ATTRIBUTES_DESCRIPTOR), ClasspAttributes},
    {StorageDeviceNumaProperty, sizeof(STORAGE_DEVICE_NUMA_PROPERTY),
     sizeof(STORAGE_DEVICE_NUMA_PROPERTY), ClasspNumaNode},
    {StorageDeviceUnsafeShutdownCount, sizeof(STORAGE_DEVICE_UNSAFE_SHUTDOWN_COUNT),
     sizeof(STORAGE_DEVICE_UNSAFE_SHUTDOWN_COUNT), ClasspUnsafeShutdowns},
    {StorageDeviceManagementStatus,
     FIELD_OFFSET(STORAGE_DEVICE_MANAGEMENT_STATUS, AdditionalReasons),
     FIELD_OFFSET(STORAGE_DEVICE_MANAGEMENT_STATUS, AdditionalReasons), ClasspManagementStatus},
};

// Of most, the version is the descriptor's size.
static ULONG PropertyVersion(STORAGE_PROPERTY_ID Id, ULONG Fixed)
{
    switch (Id) {
    case StorageDeviceIdProperty:
        return sizeof(STORAGE_DEVICE_ID_DESCRIPTOR);
    case StorageDeviceManagementStatus:
        return sizeof(STORAGE_DEVICE_MANAGEMENT_STATUS);
    case StorageDeviceUniqueIdProperty:
        return DUID_VERSION_1;
    default:
        return Fixed;
    }
}

// The descriptor is made with room for all of it, and as much is told as the caller has.
static NTSTATUS Answer(PFUNCTIONAL_DEVICE_EXTENSION Fdo, ULONG Index, PIRP Irp, ULONG Room)
{
    enum { VariableBytes = 2048 };
    const ULONG Fixed = Properties[Index].Size;
    PROPERTY_REQUEST Request = {.Fdo = Fdo, .Room = Fixed + VariableBytes, .Needed = Fixed};
    Request.Buffer = ExAllocatePoolWithTag(NonPagedPoolNx, Request.Room, ClasspTag);
    if (!Request.Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(Request.Buffer, Request.Room);
    NTSTATUS Status = Properties[Index].Routine(&Request);
    if (NT_SUCCESS(Status)) {
        PSTORAGE_DESCRIPTOR_HEADER Header = (PVOID)Request.Buffer;
        Header->Version = PropertyVersion(Properties[Index].Id, Fixed);
        Header->Size = Request.Needed;
        ULONG Bytes = Room < Properties[Index].Least ? (ULONG)sizeof(*Header)
                                                     : min(Room, min(Request.Needed, Request.Room));
        RtlCopyMemory(Irp->AssociatedIrp.SystemBuffer, Request.Buffer, Bytes);
        Irp->IoStatus.Information = Bytes;
    }
    ExFreePoolWithTag(Request.Buffer, ClasspTag);
    return Status;
}

NTSTATUS ClasspQueryProperty(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    const STORAGE_PROPERTY_QUERY *Query = Irp->AssociatedIrp.SystemBuffer;
    ULONG Room = Stack->Parameters.DeviceIoControl.OutputBufferLength;
    if ((ULONG)Query->QueryType >= PropertyQueryMaxDefined)
        return STATUS_INVALID_PARAMETER;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Properties); i++) {
        if (Properties[i].Id != Query->PropertyId)
            continue;
        if (Query->QueryType == PropertyExistsQuery)
            return STATUS_SUCCESS;
        if (Query->QueryType != PropertyStandardQuery)
            return STATUS_NOT_SUPPORTED;
        if (Room < sizeof(STORAGE_DESCRIPTOR_HEADER))
            return STATUS_BUFFER_TOO_SMALL;
        return Answer(Fdo, i, Irp, Room);
    }
    return ClasspForward;
}
