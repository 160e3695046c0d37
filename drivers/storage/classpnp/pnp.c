// Plug and play of functional devices.
#include "classp.h"

// ---- Start

static NTSTATUS GetDescriptors(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    PDEVICE_OBJECT Lower = Fdo->CommonExtension.LowerDeviceObject;
    STORAGE_PROPERTY_ID Adapter = StorageAdapterProperty, Device = StorageDeviceProperty,
                        Miniport = StorageMiniportProperty;
    if (Fdo->AdapterDescriptor)
        return STATUS_SUCCESS;
    NTSTATUS Status =
        ClassGetDescriptor(Lower, &Device, (PSTORAGE_DESCRIPTOR_HEADER *)&Fdo->DeviceDescriptor);
    if (!NT_SUCCESS(Status))
        return Status;
    // Not every port driver tells what it is.
    ClassGetDescriptor(Lower, &Miniport, (PSTORAGE_DESCRIPTOR_HEADER *)&Fdo->MiniportDescriptor);
    return ClassGetDescriptor(Lower, &Adapter,
                              (PSTORAGE_DESCRIPTOR_HEADER *)&Fdo->AdapterDescriptor);
}

static VOID UseDescriptors(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    PCLASS_PRIVATE_FDO_DATA Private = Fdo->PrivateFdoData;
    const STORAGE_ADAPTER_DESCRIPTOR *Adapter = Fdo->AdapterDescriptor;
    const STORAGE_DEVICE_DESCRIPTOR *Device = Fdo->DeviceDescriptor;
    PDEVICE_OBJECT Self = Fdo->DeviceObject;
    ULONG Support = Fdo->CommonExtension.DriverExtension->SrbSupport;
    Private->Extended = Adapter->Size > FIELD_OFFSET(STORAGE_ADAPTER_DESCRIPTOR, SrbType) &&
                        Adapter->SrbType == SRB_TYPE_STORAGE_REQUEST_BLOCK &&
                        (Support & CLASS_SRB_STORAGE_REQUEST_BLOCK);
    SET_FLAG(Fdo->SrbFlags, SRB_FLAGS_NO_QUEUE_FREEZE);
    if (Adapter->CommandQueueing && Device->CommandQueueing)
        SET_FLAG(Fdo->SrbFlags, SRB_FLAGS_QUEUE_ACTION_ENABLE);
    if (Device->RemovableMedia)
        SET_FLAG(Self->Characteristics, FILE_REMOVABLE_MEDIA);
    Self->AlignmentRequirement = max(Self->AlignmentRequirement, Adapter->AlignmentMask);
    Private->Hotplug = (STORAGE_HOTPLUG_INFO){
        .Size = sizeof(STORAGE_HOTPLUG_INFO),
        .MediaRemovable = Device->RemovableMedia,
        .DeviceHotplug = Device->BusType == BusTypeUsb || Device->BusType == BusType1394 ||
                         Device->BusType == BusTypeSd,
    };
}

// In seconds: the miniport's wish comes first, then the class driver's registry value.
static ULONG ChooseTimeOut(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    const STORAGE_MINIPORT_DESCRIPTOR *Miniport = Fdo->MiniportDescriptor;
    enum { NeededBytes = RTL_SIZEOF_THROUGH_FIELD(STORAGE_MINIPORT_DESCRIPTOR, IoTimeoutValue) };
    if (Miniport && Miniport->Size >= NeededBytes && Miniport->IoTimeoutValue)
        return Miniport->IoTimeoutValue;
    ULONG Seconds = ClassQueryTimeOutRegistryValue(Fdo->DeviceObject);
    return Seconds ? Seconds : (ULONG)ClasspDefaultTimeOut;
}

NTSTATUS ClasspStartFdo(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    PCLASS_DEV_INFO Info = Fdo->CommonExtension.DevInfo;
    PDEVICE_OBJECT Self = Fdo->DeviceObject;
    NTSTATUS Status = GetDescriptors(Fdo);
    if (!NT_SUCCESS(Status))
        return Status;
    UseDescriptors(Fdo);
    if (Fdo->TimeOutValue == 0)
        Fdo->TimeOutValue = ChooseTimeOut(Fdo);
    if (!Fdo->CommonExtension.IsInitialized) {
        Status = Info->ClassInitDevice(Self);
        if (!NT_SUCCESS(Status))
            return Status;
        Fdo->CommonExtension.IsInitialized = TRUE;
    }
    Status = ClasspStartTransfers(Fdo);
    if (!NT_SUCCESS(Status))
        return Status;
    ClasspQuerySupport(Fdo);
    return Info->ClassStartDevice(Self);
}

static NTSTATUS Start(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PCOMMON_DEVICE_EXTENSION Common = ClasspCommon(DeviceObject);
    NTSTATUS Status = ClassForwardIrpSynchronous(Common, Irp);
    if (NT_SUCCESS(Status))
        Status = ClasspStartFdo(ClasspFdo(DeviceObject));
    if (NT_SUCCESS(Status))
        Common->CurrentState = IRP_MN_START_DEVICE;
    return ClasspComplete(DeviceObject, Irp, Status, 0);
}

// ---- Stop and removal

static NTSTATUS QueryEnd(PDEVICE_OBJECT DeviceObject, PIRP Irp, UCHAR Minor)
{
    PCOMMON_DEVICE_EXTENSION Common = ClasspCommon(DeviceObject);
    if (Common->PagingPathCount || Common->DumpPathCount || Common->HibernationPathCount)
        return ClasspComplete(DeviceObject, Irp, STATUS_DEVICE_BUSY, 0);
    NTSTATUS Status = Minor == IRP_MN_QUERY_STOP_DEVICE
                          ? Common->DevInfo->ClassStopDevice(DeviceObject, Minor)
                          : Common->DevInfo->ClassRemoveDevice(DeviceObject, Minor);
    if (!NT_SUCCESS(Status))
        return ClasspComplete(DeviceObject, Irp, Status, 0);
    Common->PreviousState = Common->CurrentState;
    Common->CurrentState = Minor;
    Irp->IoStatus.Status = STATUS_SUCCESS;
    return ClasspPassDown(DeviceObject, Irp);
}

static NTSTATUS CancelEnd(PDEVICE_OBJECT DeviceObject, PIRP Irp, UCHAR Minor)
{
    PCOMMON_DEVICE_EXTENSION Common = ClasspCommon(DeviceObject);
    ClassForwardIrpSynchronous(Common, Irp);
    if (Minor == IRP_MN_CANCEL_STOP_DEVICE)
        Common->DevInfo->ClassStopDevice(DeviceObject, Minor);
    else
        Common->DevInfo->ClassRemoveDevice(DeviceObject, Minor);
    Common->CurrentState = Common->PreviousState;
    Common->PreviousState = 0xFF;
    return ClasspComplete(DeviceObject, Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS Stop(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PCOMMON_DEVICE_EXTENSION Common = ClasspCommon(DeviceObject);
    NTSTATUS Status = Common->DevInfo->ClassStopDevice(DeviceObject, IRP_MN_STOP_DEVICE);
    if (NT_SUCCESS(Status))
        Status = ClassForwardIrpSynchronous(Common, Irp);
    if (NT_SUCCESS(Status)) {
        Common->CurrentState = IRP_MN_STOP_DEVICE;
        Common->PreviousState = 0xFF;
    }
    return ClasspComplete(DeviceObject, Irp, Status, 0);
}

static NTSTATUS Surprise(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PCOMMON_DEVICE_EXTENSION Common = ClasspCommon(DeviceObject);
    Common->IsRemoved = REMOVE_PENDING; // nothing new begins
    ClassRemoveDevice(DeviceObject, IRP_MN_SURPRISE_REMOVAL);
    Common->CurrentState = IRP_MN_SURPRISE_REMOVAL;
    Irp->IoStatus.Status = STATUS_SUCCESS;
    return ClasspPassDown(DeviceObject, Irp);
}

// The driver's part of the end of a device, and with IRP_MN_REMOVE_DEVICE the library's.
NTSTATUS NTAPI ClassRemoveDevice(PDEVICE_OBJECT DeviceObject, UCHAR RemoveType)
{
    PFUNCTIONAL_DEVICE_EXTENSION Fdo = ClasspFdo(DeviceObject);
    PCOMMON_DEVICE_EXTENSION Common = &Fdo->CommonExtension;
    ClasspStopPolling(Fdo);
    NTSTATUS Status = Common->IsInitialized || RemoveType == IRP_MN_REMOVE_DEVICE
                          ? Common->DevInfo->ClassRemoveDevice(DeviceObject, RemoveType)
                          : STATUS_SUCCESS;
    if (RemoveType != IRP_MN_REMOVE_DEVICE)
        return Status;
    ClasspStopTransfers(Fdo);
    ClassDeleteSrbLookasideList(Common);
    ClasspReleaseFileLocks(Fdo, nullptr);
    return Status;
}

static NTSTATUS Remove(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PFUNCTIONAL_DEVICE_EXTENSION Fdo = ClasspFdo(DeviceObject);
    PCOMMON_DEVICE_EXTENSION Common = &Fdo->CommonExtension;
    PDEVICE_OBJECT Lower = Common->LowerDeviceObject;
    Common->IsRemoved = REMOVE_PENDING;
    InterlockedDecrement(&Common->RemoveLock);          // this request's own
    if (InterlockedDecrement(&Common->RemoveLock) != 0) // the device's
        KeWaitForSingleObject(&Common->RemoveEvent, Executive, KernelMode, FALSE, nullptr);
    ClassRemoveDevice(DeviceObject, IRP_MN_REMOVE_DEVICE);
    Common->IsRemoved = REMOVE_COMPLETE;
    Irp->IoStatus.Status = STATUS_SUCCESS;
    IoSkipCurrentIrpStackLocation(Irp);
    NTSTATUS Status = IoCallDriver(Lower, Irp);
    IoDetachDevice(Lower);
    ClasspFreePrivate(Fdo);
    IoDeleteDevice(DeviceObject);
    return Status;
}

// ---- Others

static PULONG UsageCount(PCOMMON_DEVICE_EXTENSION Common, DEVICE_USAGE_NOTIFICATION_TYPE Type)
{
    switch (Type) {
    case DeviceUsageTypePaging:
        return &Common->PagingPathCount;
    case DeviceUsageTypeDumpFile:
        return &Common->DumpPathCount;
    case DeviceUsageTypeHibernation:
        return &Common->HibernationPathCount;
    default:
        return nullptr;
    }
}

static NTSTATUS Usage(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PCOMMON_DEVICE_EXTENSION Common = ClasspCommon(DeviceObject);
    PULONG Count = UsageCount(Common, Stack->Parameters.UsageNotification.Type);
    BOOLEAN InPath = Stack->Parameters.UsageNotification.InPath;
    if (!Count)
        return ClasspPassDown(DeviceObject, Irp);
    NTSTATUS Status = ClassForwardIrpSynchronous(Common, Irp);
    if (NT_SUCCESS(Status)) {
        IoAdjustPagingPathCount((volatile LONG *)Count, InPath);
        if (InPath)
            CLEAR_FLAG(DeviceObject->Flags, DO_POWER_PAGABLE);
        IoInvalidateDeviceState(ClasspFdo(DeviceObject)->LowerPdo);
    }
    return ClasspComplete(DeviceObject, Irp, Status, 0);
}

static NTSTATUS QueryState(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PCOMMON_DEVICE_EXTENSION Common = ClasspCommon(DeviceObject);
    if (Common->PagingPathCount || Common->DumpPathCount || Common->HibernationPathCount)
        Irp->IoStatus.Information |= PNP_DEVICE_NOT_DISABLEABLE;
    Irp->IoStatus.Status = STATUS_SUCCESS;
    return ClasspPassDown(DeviceObject, Irp);
}

NTSTATUS NTAPI ClasspPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UCHAR Minor = IoGetCurrentIrpStackLocation(Irp)->MinorFunction;
    ULONG Removed = ClassAcquireRemoveLock(DeviceObject, Irp);
    if (Removed == REMOVE_COMPLETE ||
        (Removed && Minor != IRP_MN_REMOVE_DEVICE && Minor != IRP_MN_SURPRISE_REMOVAL))
        return ClasspComplete(DeviceObject, Irp, STATUS_DEVICE_DOES_NOT_EXIST, 0);
    switch (Minor) {
    case IRP_MN_START_DEVICE:
        return Start(DeviceObject, Irp);
    case IRP_MN_QUERY_STOP_DEVICE:
    case IRP_MN_QUERY_REMOVE_DEVICE:
        return QueryEnd(DeviceObject, Irp, Minor);
    case IRP_MN_CANCEL_STOP_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
        return CancelEnd(DeviceObject, Irp, Minor);
    case IRP_MN_STOP_DEVICE:
        return Stop(DeviceObject, Irp);
    case IRP_MN_SURPRISE_REMOVAL:
        return Surprise(DeviceObject, Irp);
    case IRP_MN_REMOVE_DEVICE:
        return Remove(DeviceObject, Irp);
    case IRP_MN_DEVICE_USAGE_NOTIFICATION:
        return Usage(DeviceObject, Irp);
    case IRP_MN_QUERY_PNP_DEVICE_STATE:
        return QueryState(DeviceObject, Irp);
    default:
        return ClasspPassDown(DeviceObject, Irp);
    }
}

// ---- Children

VOID NTAPI ClassInvalidateBusRelations(PDEVICE_OBJECT Fdo)
{
    IoInvalidateDeviceRelations(ClasspFdo(Fdo)->LowerPdo, BusRelations);
}

BOOLEAN NTAPI ClassMarkChildMissing(PPHYSICAL_DEVICE_EXTENSION PdoExtension,
                                    BOOLEAN AcquireChildLock)
{
    PFUNCTIONAL_DEVICE_EXTENSION Fdo = PdoExtension->CommonExtension.PartitionZeroExtension;
    if (AcquireChildLock)
        ClassAcquireChildLock(Fdo);
    BOOLEAN WasEnumerated = PdoExtension->IsEnumerated;
    PdoExtension->IsMissing = TRUE;
    if (AcquireChildLock)
        ClassReleaseChildLock(Fdo);
    return WasEnumerated;
}

VOID NTAPI ClassMarkChildrenMissing(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    ClassAcquireChildLock(Fdo);
    for (PPHYSICAL_DEVICE_EXTENSION Child = Fdo->CommonExtension.ChildList; Child;
         Child = Child->CommonExtension.ChildList)
        ClassMarkChildMissing(Child, FALSE);
    ClassReleaseChildLock(Fdo);
}
