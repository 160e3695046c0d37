// Device controls of a volume; those that it does not know are its partition's.
#include "volmgr.h"

#include "ask.h"

// What an answer is made from.
typedef struct _VM_REQUEST {
    PVM_VOLUME Volume;
    PVOID Buffer; // input and output
    ULONG InputLength, OutputLength;
    ULONG_PTR Information;
} VM_REQUEST, *PVM_REQUEST;

typedef NTSTATUS VM_CONTROL(PVM_REQUEST Request);

// ---- What the mount manager asks

// A length in 16 bits, and so many bytes behind it. Who gives too little room learns the length.
static NTSTATUS VmPutCounted(PVM_REQUEST Request, const VOID *Data, USHORT Length)
{
    PMOUNTDEV_NAME Answer = Request->Buffer;
    ULONG Head = FIELD_OFFSET(MOUNTDEV_NAME, Name);
    Answer->NameLength = Length;
    if (Request->OutputLength < Head + Length) {
        Request->Information = sizeof(MOUNTDEV_NAME);
        return STATUS_BUFFER_OVERFLOW;
    }
    RtlCopyMemory(Answer->Name, Data, Length);
    Request->Information = Head + Length;
    return STATUS_SUCCESS;
}

static NTSTATUS VmDeviceName(PVM_REQUEST Request)
{
    PCWSTR Name = Request->Volume->Name;
    return VmPutCounted(Request, Name, (USHORT)(wcslen(Name) * sizeof(WCHAR)));
}

static NTSTATUS VmWithIdentity(PVM_REQUEST Request,
                               NTSTATUS (*Routine)(PVM_REQUEST, const PARTITION_IDENTITY *))
{
    PPARTITION_IDENTITY Identity = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Identity), VmTag);
    if (!Identity)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = VmQueryIdentity(Request->Volume->Partition, Identity);
    if (NT_SUCCESS(Status))
        Status = Routine(Request, Identity);
    ExFreePoolWithTag(Identity, VmTag);
    return Status;
}

static NTSTATUS VmPutUniqueId(PVM_REQUEST Request, const PARTITION_IDENTITY *Identity)
{
    return VmPutCounted(Request, Identity->UniqueId, Identity->UniqueIdLength);
}

static NTSTATUS VmUniqueId(PVM_REQUEST Request)
{
    return VmWithIdentity(Request, VmPutUniqueId);
}

static NTSTATUS VmPutStableGuid(PVM_REQUEST Request, const PARTITION_IDENTITY *Identity)
{
    if (!Identity->HasStableGuid)
        return STATUS_UNSUCCESSFUL;
    ((PMOUNTDEV_STABLE_GUID)Request->Buffer)->StableGuid = Identity->StableGuid;
    Request->Information = sizeof(MOUNTDEV_STABLE_GUID);
    return STATUS_SUCCESS;
}

static NTSTATUS VmStableGuid(PVM_REQUEST Request)
{
    return VmWithIdentity(Request, VmPutStableGuid);
}

static NTSTATUS VmNoLinkName(PVM_REQUEST Request)
{
    UNREFERENCED_PARAMETER(Request);
    return STATUS_NOT_FOUND;
}

static NTSTATUS VmYes(PVM_REQUEST Request)
{
    UNREFERENCED_PARAMETER(Request);
    return STATUS_SUCCESS;
}

static NTSTATUS VmNo(PVM_REQUEST Request)
{
    UNREFERENCED_PARAMETER(Request);
    return STATUS_UNSUCCESSFUL;
}

// ---- Where it lies

static NTSTATUS VmPutExtents(PVM_REQUEST Request, const PARTITION_IDENTITY *Identity)
{
    PVOLUME_DISK_EXTENTS Extents = Request->Buffer;
    RtlZeroMemory(Extents, sizeof(*Extents));
    Extents->NumberOfDiskExtents = 1;
    Extents->Extents[0].DiskNumber = Identity->DiskNumber;
    Extents->Extents[0].StartingOffset = Identity->Information.StartingOffset;
    Extents->Extents[0].ExtentLength = Identity->Information.PartitionLength;
    Request->Information = sizeof(*Extents);
    return STATUS_SUCCESS;
}

static NTSTATUS VmExtents(PVM_REQUEST Request)
{
    return VmWithIdentity(Request, VmPutExtents);
}

static NTSTATUS VmPutPhysical(PVM_REQUEST Request, const PARTITION_IDENTITY *Identity)
{
    LONGLONG Logical = ((PVOLUME_LOGICAL_OFFSET)Request->Buffer)->LogicalOffset;
    PVOLUME_PHYSICAL_OFFSETS Physical = Request->Buffer;
    if (Logical < 0 || Logical >= Identity->Information.PartitionLength.QuadPart)
        return STATUS_INVALID_PARAMETER;
    RtlZeroMemory(Physical, sizeof(*Physical));
    Physical->NumberOfPhysicalOffsets = 1;
    Physical->PhysicalOffset[0].DiskNumber = Identity->DiskNumber;
    Physical->PhysicalOffset[0].Offset = Identity->Information.StartingOffset.QuadPart + Logical;
    Request->Information = sizeof(*Physical);
    return STATUS_SUCCESS;
}

static NTSTATUS VmPhysical(PVM_REQUEST Request)
{
    return VmWithIdentity(Request, VmPutPhysical);
}

static NTSTATUS VmPutLogical(PVM_REQUEST Request, const PARTITION_IDENTITY *Identity)
{
    VOLUME_PHYSICAL_OFFSET Physical = *(PVOLUME_PHYSICAL_OFFSET)Request->Buffer;
    LONGLONG Start = Identity->Information.StartingOffset.QuadPart;
    if (Physical.DiskNumber != Identity->DiskNumber || Physical.Offset < Start ||
        Physical.Offset - Start >= Identity->Information.PartitionLength.QuadPart)
        return STATUS_INVALID_PARAMETER;
    ((PVOLUME_LOGICAL_OFFSET)Request->Buffer)->LogicalOffset = Physical.Offset - Start;
    Request->Information = sizeof(VOLUME_LOGICAL_OFFSET);
    return STATUS_SUCCESS;
}

static NTSTATUS VmLogical(PVM_REQUEST Request)
{
    return VmWithIdentity(Request, VmPutLogical);
}

static NTSTATUS VmPutFailoverSet(PVM_REQUEST Request, const PARTITION_IDENTITY *Identity)
{
    PVOLUME_FAILOVER_SET Set = Request->Buffer;
    Set->NumberOfDisks = 1;
    Set->DiskNumbers[0] = Identity->DiskNumber;
    Request->Information = sizeof(*Set);
    return STATUS_SUCCESS;
}

static NTSTATUS VmFailoverSet(PVM_REQUEST Request)
{
    return VmWithIdentity(Request, VmPutFailoverSet);
}

static NTSTATUS VmNumber(PVM_REQUEST Request)
{
    PVOLUME_NUMBER Number = Request->Buffer;
    Number->VolumeNumber = Request->Volume->Number;
    RtlCopyMemory(Number->VolumeManagerName, L"VOLMGR  ", sizeof(Number->VolumeManagerName));
    Request->Information = sizeof(*Number);
    return STATUS_SUCCESS;
}

static NTSTATUS VmIsDynamic(PVM_REQUEST Request)
{
    *(PBOOLEAN)Request->Buffer = FALSE;
    Request->Information = sizeof(BOOLEAN);
    return STATUS_SUCCESS;
}

// ---- On line and off

static NTSTATUS VmOnline(PVM_REQUEST Request)
{
    Request->Volume->Offline = FALSE;
    return STATUS_SUCCESS;
}

static NTSTATUS VmOffline(PVM_REQUEST Request)
{
    Request->Volume->Offline = TRUE;
    return STATUS_SUCCESS;
}

static NTSTATUS VmIsOffline(PVM_REQUEST Request)
{
    return Request->Volume->Offline ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

// ---- Attributes

static NTSTATUS VmPutAttributes(PVM_REQUEST Request, const PARTITION_IDENTITY *Identity)
{
    PVOLUME_GET_GPT_ATTRIBUTES_INFORMATION Answer = Request->Buffer;
    if (Identity->Information.PartitionStyle != PARTITION_STYLE_GPT)
        return STATUS_INVALID_DEVICE_REQUEST;
    Answer->GptAttributes = Identity->Information.Gpt.Attributes;
    Request->Information = sizeof(*Answer);
    return STATUS_SUCCESS;
}

static NTSTATUS VmGetAttributes(PVM_REQUEST Request)
{
    return VmWithIdentity(Request, VmPutAttributes);
}

static NTSTATUS VmChangeAttributes(PVM_REQUEST Request, const PARTITION_IDENTITY *Identity)
{
    const VOLUME_SET_GPT_ATTRIBUTES_INFORMATION *Wanted = Request->Buffer;
    SET_PARTITION_INFORMATION_EX Set = {.PartitionStyle = PARTITION_STYLE_GPT};
    if (Identity->Information.PartitionStyle != PARTITION_STYLE_GPT)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (Wanted->RevertOnClose || Wanted->ApplyToAllConnectedVolumes)
        return STATUS_NOT_SUPPORTED;
    Set.Gpt = Identity->Information.Gpt;
    Set.Gpt.Attributes = Wanted->GptAttributes;
    return AskDevice(Request->Volume->Partition, IOCTL_DISK_SET_PARTITION_INFO_EX, &Set,
                     sizeof(Set), nullptr, 0);
}

static NTSTATUS VmSetAttributes(PVM_REQUEST Request)
{
    return VmWithIdentity(Request, VmChangeAttributes);
}

// ---- Dispatch

static const struct {
    ULONG Code, InputLength, OutputLength; // least lengths
    VM_CONTROL *Routine;
} VmControls[] = {
    {IOCTL_MOUNTDEV_QUERY_DEVICE_NAME, 0, sizeof(MOUNTDEV_NAME), VmDeviceName},
    {IOCTL_MOUNTDEV_QUERY_UNIQUE_ID, 0, sizeof(MOUNTDEV_UNIQUE_ID), VmUniqueId},
    {IOCTL_MOUNTDEV_QUERY_STABLE_GUID, 0, sizeof(MOUNTDEV_STABLE_GUID), VmStableGuid},
    {IOCTL_MOUNTDEV_QUERY_SUGGESTED_LINK_NAME, 0, 0, VmNoLinkName},
    {IOCTL_MOUNTDEV_LINK_CREATED, sizeof(MOUNTDEV_NAME), 0, VmYes},
    {IOCTL_MOUNTDEV_LINK_DELETED, sizeof(MOUNTDEV_NAME), 0, VmYes},
    {IOCTL_VOLUME_GET_VOLUME_DISK_EXTENTS, 0, sizeof(VOLUME_DISK_EXTENTS), VmExtents},
    {IOCTL_VOLUME_LOGICAL_TO_PHYSICAL, sizeof(VOLUME_LOGICAL_OFFSET),
     sizeof(VOLUME_PHYSICAL_OFFSETS), VmPhysical},
    {IOCTL_VOLUME_PHYSICAL_TO_LOGICAL, sizeof(VOLUME_PHYSICAL_OFFSET),
     sizeof(VOLUME_LOGICAL_OFFSET), VmLogical},
    {IOCTL_VOLUME_QUERY_FAILOVER_SET, 0, sizeof(VOLUME_FAILOVER_SET), VmFailoverSet},
    {IOCTL_VOLUME_QUERY_VOLUME_NUMBER, 0, sizeof(VOLUME_NUMBER), VmNumber},
    {IOCTL_VOLUME_IS_DYNAMIC, 0, sizeof(BOOLEAN), VmIsDynamic},
    {IOCTL_VOLUME_SUPPORTS_ONLINE_OFFLINE, 0, 0, VmYes},
    {IOCTL_VOLUME_ONLINE, 0, 0, VmOnline},
    {IOCTL_VOLUME_POST_ONLINE, 0, 0, VmYes},
    {IOCTL_VOLUME_OFFLINE, 0, 0, VmOffline},
    {IOCTL_VOLUME_IS_OFFLINE, 0, 0, VmIsOffline},
    {IOCTL_VOLUME_IS_IO_CAPABLE, 0, 0, VmYes},
    {IOCTL_VOLUME_IS_PARTITION, 0, 0, VmYes},
    {IOCTL_VOLUME_IS_CLUSTERED, 0, 0, VmNo},
    {IOCTL_VOLUME_UPDATE_PROPERTIES, 0, 0, VmYes},
    {IOCTL_VOLUME_GET_GPT_ATTRIBUTES, 0, sizeof(VOLUME_GET_GPT_ATTRIBUTES_INFORMATION),
     VmGetAttributes},
    {IOCTL_VOLUME_SET_GPT_ATTRIBUTES, sizeof(VOLUME_SET_GPT_ATTRIBUTES_INFORMATION), 0,
     VmSetAttributes},
};

static NTSTATUS VmRun(PVM_VOLUME Volume, PIRP Irp, ULONG Index)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    VM_REQUEST Request = {
        .Volume = Volume,
        .Buffer = Irp->AssociatedIrp.SystemBuffer,
        .InputLength = Stack->Parameters.DeviceIoControl.InputBufferLength,
        .OutputLength = Stack->Parameters.DeviceIoControl.OutputBufferLength,
    };
    NTSTATUS Status = STATUS_INVALID_PARAMETER;
    if (Request.InputLength >= VmControls[Index].InputLength &&
        Request.OutputLength >= VmControls[Index].OutputLength)
        Status = VmControls[Index].Routine(&Request);
    return VmComplete(Irp, Status, Request.Information);
}

// The only plex is the volume: the packet becomes a read of it.
static NTSTATUS VmReadPlex(PVM_VOLUME Volume, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    const VOLUME_READ_PLEX_INPUT *Input = Irp->AssociatedIrp.SystemBuffer;
    if (Stack->Parameters.DeviceIoControl.InputBufferLength < sizeof(*Input) || Input->PlexNumber ||
        !Irp->MdlAddress || Stack->Parameters.DeviceIoControl.OutputBufferLength != Input->Length)
        return VmComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    if (Volume->Offline)
        return VmComplete(Irp, STATUS_DEVICE_OFF_LINE, 0);
    PIO_STACK_LOCATION Next = IoGetNextIrpStackLocation(Irp);
    *Next = (IO_STACK_LOCATION){.MajorFunction = IRP_MJ_READ, .FileObject = Stack->FileObject};
    Next->Parameters.Read.Length = Input->Length;
    Next->Parameters.Read.ByteOffset = Input->ByteOffset;
    return IoCallDriver(Volume->Partition, Irp);
}

NTSTATUS VmVolumeControl(PVM_VOLUME Volume, PIRP Irp)
{
    ULONG Code = IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.IoControlCode;
    for (ULONG i = 0; i < RTL_NUMBER_OF(VmControls); i++) {
        if (VmControls[i].Code == Code)
            return VmRun(Volume, Irp, i);
    }
    if (Code == IOCTL_VOLUME_READ_PLEX)
        return VmReadPlex(Volume, Irp);
    IoSkipCurrentIrpStackLocation(Irp);
    return IoCallDriver(Volume->Partition, Irp);
}
