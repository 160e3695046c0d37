// IOCTL_STORAGE_QUERY_PROPERTY: what adapters and logical units are.
#include "storportp.h"

// As much of the answer as the buffer takes; a header alone tells how much there is.
NTSTATUS StorpAnswerProperty(PIRP Irp, const VOID *Answer, ULONG Length)
{
    ULONG Room = IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.OutputBufferLength;
    if (Room < sizeof(STORAGE_DESCRIPTOR_HEADER))
        return StorpComplete(Irp, STATUS_INFO_LENGTH_MISMATCH, 0);
    Length = min(Length, Room);
    RtlCopyMemory(Irp->AssociatedIrp.SystemBuffer, Answer, Length);
    return StorpComplete(Irp, STATUS_SUCCESS, Length);
}

// ---- The adapter

static NTSTATUS StorpAdapterProperty(PSTOR_ADAPTER Adapter, PSTOR_UNIT Unit, PIRP Irp)
{
    const PORT_CONFIGURATION_INFORMATION *Config = &Adapter->Config;
    STORAGE_ADAPTER_DESCRIPTOR Answer = {
        .Version = sizeof(Answer),
        .Size = sizeof(Answer),
        .MaximumTransferLength = Config->MaximumTransferLength,
        .MaximumPhysicalPages = Config->NumberOfPhysicalBreaks,
        .AlignmentMask = Config->AlignmentMask,
        .CommandQueueing = TRUE,
        .AcceleratedTransfer = TRUE,
        .BusType = (UCHAR)Adapter->BusType,
        .BusMajorVersion = 2,
        .SrbType = Config->SrbType,
        .AddressType = Config->AddressType,
    };
    UNREFERENCED_PARAMETER(Unit);
    return StorpAnswerProperty(Irp, &Answer, sizeof(Answer));
}

// How much may be under way: at a unit, at all of the adapter's together.
static NTSTATUS StorpCapabilityProperty(PSTOR_ADAPTER Adapter, PSTOR_UNIT Unit, PIRP Irp)
{
    STORAGE_DEVICE_IO_CAPABILITY_DESCRIPTOR Answer = {
        .Version = sizeof(Answer),
        .Size = sizeof(Answer),
        .AdapterMaxIoCount = Adapter->Config.MaxNumberOfIO,
    };
    if (!Unit)
        return StorpComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    Answer.LunMaxIoCount = Unit->Depth;
    return StorpAnswerProperty(Irp, &Answer, sizeof(Answer));
}

// ---- The device

typedef struct _STOR_DEVICE_ANSWER {
    STORAGE_DEVICE_DESCRIPTOR Descriptor;
    UCHAR Raw[INQUIRYDATABUFFERSIZE];
    CHAR Vendor[9], Product[17], Revision[5];
    CHAR Serial[VPD_MAX_BUFFER_SIZE + 1];
} STOR_DEVICE_ANSWER, *PSTOR_DEVICE_ANSWER;

static VOID StorpCopyText(PSTR Target, const UCHAR *Source, ULONG Length)
{
    RtlCopyMemory(Target, Source, Length);
    Target[Length] = 0;
}

static VOID StorpFillDevice(PSTOR_UNIT Unit, PSTOR_DEVICE_ANSWER Answer)
{
    const INQUIRYDATA *Inquiry = &Unit->Inquiry;
    PSTORAGE_DEVICE_DESCRIPTOR Descriptor = &Answer->Descriptor;
    Descriptor->Version = sizeof(*Descriptor);
    Descriptor->Size = sizeof(*Answer);
    Descriptor->DeviceType = Inquiry->DeviceType;
    Descriptor->DeviceTypeModifier = Inquiry->DeviceTypeModifier;
    Descriptor->RemovableMedia = Inquiry->RemovableMedia;
    Descriptor->CommandQueueing = Inquiry->CommandQueue;
    Descriptor->BusType = Unit->Adapter->BusType;
    Descriptor->VendorIdOffset = FIELD_OFFSET(STOR_DEVICE_ANSWER, Vendor);
    Descriptor->ProductIdOffset = FIELD_OFFSET(STOR_DEVICE_ANSWER, Product);
    Descriptor->ProductRevisionOffset = FIELD_OFFSET(STOR_DEVICE_ANSWER, Revision);
    Descriptor->SerialNumberOffset =
        Unit->SerialNumber[0] ? FIELD_OFFSET(STOR_DEVICE_ANSWER, Serial) : 0;
    Descriptor->RawPropertiesLength = sizeof(Answer->Raw);
    RtlCopyMemory(Descriptor->RawDeviceProperties, Inquiry, sizeof(Answer->Raw));
    StorpCopyText(Answer->Vendor, Inquiry->VendorId, sizeof(Inquiry->VendorId));
    StorpCopyText(Answer->Product, Inquiry->ProductId, sizeof(Inquiry->ProductId));
    StorpCopyText(Answer->Revision, Inquiry->ProductRevisionLevel,
                  sizeof(Inquiry->ProductRevisionLevel));
    RtlCopyMemory(Answer->Serial, Unit->SerialNumber, sizeof(Answer->Serial));
}

static NTSTATUS StorpDeviceProperty(PSTOR_ADAPTER Adapter, PSTOR_UNIT Unit, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Adapter);
    if (!Unit)
        return StorpComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    PSTOR_DEVICE_ANSWER Answer = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Answer), StorTag);
    if (!Answer)
        return StorpComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    RtlZeroMemory(Answer, sizeof(*Answer));
    StorpFillDevice(Unit, Answer);
    NTSTATUS Status = StorpAnswerProperty(Irp, Answer, sizeof(*Answer));
    ExFreePoolWithTag(Answer, StorTag);
    return Status;
}

// ---- Its identifiers: the descriptors of VPD page 83h

static ULONG StorpPutId(PSTORAGE_IDENTIFIER Target, const VPD_IDENTIFICATION_DESCRIPTOR *Source)
{
    ULONG Bytes = ALIGN_UP_BY(
        (ULONG)FIELD_OFFSET(STORAGE_IDENTIFIER, Identifier[Source->IdentifierLength]), 4);
    if (!Target)
        return Bytes;
    Target->CodeSet = Source->CodeSet;
    Target->Type = Source->IdentifierType;
    Target->IdentifierSize = Source->IdentifierLength;
    Target->NextOffset = (USHORT)Bytes;
    Target->Association = Source->Association;
    RtlCopyMemory(Target->Identifier, Source->Identifier, Source->IdentifierLength);
    return Bytes;
}

// With Target null, the number of bytes; Count becomes that of the identifiers.
static ULONG StorpPutIds(PSTOR_UNIT Unit, PUCHAR Target, PULONG Count)
{
    enum { PageHeader = 4, DescriptorHeader = 4 };
    ULONG Bytes = 0;
    *Count = 0;
    for (ULONG Offset = PageHeader; Offset + DescriptorHeader <= Unit->DeviceIdLength;) {
        const VPD_IDENTIFICATION_DESCRIPTOR *Source = (PVOID)&Unit->DeviceIdPage[Offset];
        Offset += DescriptorHeader + Source->IdentifierLength;
        if (Offset > Unit->DeviceIdLength)
            break;
        Bytes += StorpPutId(Target ? (PVOID)(Target + Bytes) : nullptr, Source);
        ++*Count;
    }
    return Bytes;
}

static NTSTATUS StorpIdProperty(PSTOR_ADAPTER Adapter, PSTOR_UNIT Unit, PIRP Irp)
{
    ULONG Count, Head = FIELD_OFFSET(STORAGE_DEVICE_ID_DESCRIPTOR, Identifiers);
    UNREFERENCED_PARAMETER(Adapter);
    if (!Unit || !Unit->DeviceIdLength)
        return StorpComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    ULONG Size = Head + StorpPutIds(Unit, nullptr, &Count);
    PSTORAGE_DEVICE_ID_DESCRIPTOR Answer = ExAllocatePoolWithTag(NonPagedPoolNx, Size, StorTag);
    if (!Answer)
        return StorpComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    RtlZeroMemory(Answer, Size);
    Answer->Version = sizeof(*Answer);
    Answer->Size = Size;
    StorpPutIds(Unit, Answer->Identifiers, &Count);
    Answer->NumberOfIdentifiers = Count;
    NTSTATUS Status = StorpAnswerProperty(Irp, Answer, Size);
    ExFreePoolWithTag(Answer, StorTag);
    return Status;
}

// ---- What the miniport says

static NTSTATUS StorpMiniportProperty(PSTOR_ADAPTER Adapter, PSTOR_UNIT Unit, PIRP Irp)
{
    STORAGE_MINIPORT_DESCRIPTOR Answer = {
        .Version = sizeof(Answer),
        .Size = sizeof(Answer),
        .Portdriver = StoragePortCodeSetStorport,
        .LUNResetSupported = TRUE,
        .TargetResetSupported = Adapter->Config.ResetTargetSupported,
        .IoTimeoutValue = Adapter->IoTimeout,
    };
    UNREFERENCED_PARAMETER(Unit);
    return StorpAnswerProperty(Irp, &Answer, sizeof(Answer));
}

// ---- The table

static const struct {
    STORAGE_PROPERTY_ID Id;
    NTSTATUS (*Routine)(PSTOR_ADAPTER Adapter, PSTOR_UNIT Unit, PIRP Irp);
} StorpProperties[] = {
    {StorageAdapterProperty, StorpAdapterProperty},
    {StorageDeviceProperty, StorpDeviceProperty},
    {StorageDeviceIdProperty, StorpIdProperty},
    {StorageMiniportProperty, StorpMiniportProperty},
    {StorageDeviceIoCapabilityProperty, StorpCapabilityProperty},
    {StorageAdapterTemperatureProperty, StorpTemperatureProperty},
    {StorageDeviceTemperatureProperty, StorpTemperatureProperty},
    {StorageAdapterProtocolSpecificProperty, StorpProtocolProperty},
    {StorageDeviceProtocolSpecificProperty, StorpProtocolProperty},
};

NTSTATUS StorpQueryProperty(PSTOR_ADAPTER Adapter, PSTOR_UNIT Unit, PIRP Irp)
{
    PSTORAGE_PROPERTY_QUERY Query = Irp->AssociatedIrp.SystemBuffer;
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    if (Stack->Parameters.DeviceIoControl.InputBufferLength <
        (ULONG)FIELD_OFFSET(STORAGE_PROPERTY_QUERY, AdditionalParameters))
        return StorpComplete(Irp, STATUS_INFO_LENGTH_MISMATCH, 0);
    STORAGE_QUERY_TYPE Type = Query->QueryType;
    for (ULONG i = 0; i < RTL_NUMBER_OF(StorpProperties); i++) {
        if (StorpProperties[i].Id != Query->PropertyId)
            continue;
        if (Type == PropertyExistsQuery)
            return StorpComplete(Irp, STATUS_SUCCESS, 0);
        if (Type != PropertyStandardQuery)
            return StorpComplete(Irp, STATUS_NOT_SUPPORTED, 0);
        return StorpProperties[i].Routine(Adapter, Unit, Irp);
    }
    return StorpComplete(Irp, STATUS_NOT_SUPPORTED, 0);
}
