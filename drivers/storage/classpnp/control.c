// Device control: the requests that the library answers for every class, by a table.
#include "classp.h"

static const struct {
    ULONG Code;
    USHORT Input, Output; // bytes, at least
    CLASSP_CONTROL *Routine;
} Controls[] = {
    {IOCTL_STORAGE_CHECK_VERIFY, 0, 0, ClasspCheckVerify},
    {IOCTL_STORAGE_CHECK_VERIFY2, 0, 0, ClasspCheckVerify},
    {IOCTL_STORAGE_MEDIA_REMOVAL, sizeof(PREVENT_MEDIA_REMOVAL), 0, ClasspMediaRemoval},
    {IOCTL_STORAGE_EJECTION_CONTROL, sizeof(PREVENT_MEDIA_REMOVAL), 0, ClasspEjectionControl},
    {IOCTL_STORAGE_MCN_CONTROL, sizeof(PREVENT_MEDIA_REMOVAL), 0, ClasspMcnControl},
    {IOCTL_STORAGE_EJECT_MEDIA, 0, 0, ClasspEject},
    {IOCTL_STORAGE_LOAD_MEDIA, 0, 0, ClasspLoad},
    {IOCTL_STORAGE_LOAD_MEDIA2, 0, 0, ClasspLoad},
    {IOCTL_STORAGE_RESERVE, 0, 0, ClasspReserve},
    {IOCTL_STORAGE_RELEASE, 0, 0, ClasspReserve},
    {IOCTL_STORAGE_FIND_NEW_DEVICES, 0, 0, ClasspFindNewDevices},
    {IOCTL_STORAGE_PERSISTENT_RESERVE_IN, 0, 0, ClasspPersistentIn},
    {IOCTL_STORAGE_PERSISTENT_RESERVE_OUT, 0, 0, ClasspPersistentOut},
    {IOCTL_STORAGE_GET_DEVICE_NUMBER, 0, sizeof(STORAGE_DEVICE_NUMBER), ClasspDeviceNumber},
    {IOCTL_STORAGE_GET_DEVICE_NUMBER_EX, 0, sizeof(STORAGE_DEVICE_NUMBER_EX), ClasspDeviceNumberEx},
    {IOCTL_STORAGE_PREDICT_FAILURE, 0, sizeof(STORAGE_PREDICT_FAILURE), ClasspPredictByHealth},
    {IOCTL_STORAGE_FAILURE_PREDICTION_CONFIG, sizeof(STORAGE_FAILURE_PREDICTION_CONFIG), 0,
     ClasspPredictConfig},
    {IOCTL_STORAGE_GET_HOTPLUG_INFO, 0, sizeof(STORAGE_HOTPLUG_INFO), ClasspGetHotplug},
    {IOCTL_STORAGE_SET_HOTPLUG_INFO, sizeof(STORAGE_HOTPLUG_INFO), 0, ClasspSetHotplug},
    {IOCTL_STORAGE_QUERY_PROPERTY, FIELD_OFFSET(STORAGE_PROPERTY_QUERY, AdditionalParameters), 0,
     ClasspQueryProperty},
    {IOCTL_STORAGE_MANAGE_DATA_SET_ATTRIBUTES, sizeof(DEVICE_MANAGE_DATA_SET_ATTRIBUTES), 0,
     ClasspManageDataSet},
    {IOCTL_STORAGE_READ_CAPACITY, 0, sizeof(STORAGE_READ_CAPACITY), ClasspReadCapacity},
    {IOCTL_STORAGE_CHECK_PRIORITY_HINT_SUPPORT, 0, sizeof(STORAGE_PRIORITY_HINT_SUPPORT),
     ClasspPriorityHint},
    {IOCTL_STORAGE_FIRMWARE_GET_INFO, sizeof(STORAGE_HW_FIRMWARE_INFO_QUERY),
     FIELD_OFFSET(STORAGE_HW_FIRMWARE_INFO, Slot), ClasspFirmwareInfo},
    {IOCTL_STORAGE_FIRMWARE_DOWNLOAD, FIELD_OFFSET(STORAGE_HW_FIRMWARE_DOWNLOAD, ImageBuffer), 0,
     ClasspFirmwareDownload},
    {IOCTL_STORAGE_FIRMWARE_ACTIVATE, sizeof(STORAGE_HW_FIRMWARE_ACTIVATE), 0,
     ClasspFirmwareActivate},
    {IOCTL_SCSI_PASS_THROUGH, sizeof(SCSI_PASS_THROUGH), 0, ClasspPassThrough},
    {IOCTL_SCSI_PASS_THROUGH_DIRECT, sizeof(SCSI_PASS_THROUGH_DIRECT), 0, ClasspPassThrough},
};

// The requests that every class has are known under the codes of disks, CD-ROMs and tapes as well.
static ULONG StorageCode(ULONG Code)
{
    ULONG Function = Code >> 2 & 0xFFF;
    switch (DEVICE_TYPE_FROM_CTL_CODE(Code)) {
    case FILE_DEVICE_DISK:
    case FILE_DEVICE_CD_ROM:
    case FILE_DEVICE_TAPE:
        if (Function >= 0x200 && Function <= 0x206)
            return (Code & 0xFFFF) | IOCTL_STORAGE_BASE << 16;
        return Code;
    default:
        return Code;
    }
}

static NTSTATUS Control(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PDEVICE_OBJECT Self = Fdo->DeviceObject;
    ULONG Code = StorageCode(Stack->Parameters.DeviceIoControl.IoControlCode);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Controls); i++) {
        if (Controls[i].Code != Code)
            continue;
        Irp->IoStatus.Information = 0;
        if (Stack->Parameters.DeviceIoControl.InputBufferLength < Controls[i].Input)
            return ClasspComplete(Self, Irp, STATUS_INFO_LENGTH_MISMATCH, 0);
        if (Stack->Parameters.DeviceIoControl.OutputBufferLength < Controls[i].Output)
            return ClasspComplete(Self, Irp, STATUS_BUFFER_TOO_SMALL, 0);
        NTSTATUS Status = Controls[i].Routine(Fdo, Irp, Stack);
        if (Status == ClasspForward)
            break;
        return ClasspComplete(Self, Irp, Status, Irp->IoStatus.Information);
    }
    return ClasspPassDown(Self, Irp);
}

// ---- Not at DISPATCH_LEVEL: the routines of drivers and these wait for devices

typedef struct _LATER {
    PIO_WORKITEM Item;
    PIRP Irp;
    PDRIVER_DISPATCH Routine;
} LATER, *PLATER;

static VOID NTAPI ControlLater(PDEVICE_OBJECT DeviceObject, PVOID Context)
{
    LATER Later = *(PLATER)Context;
    ExFreePoolWithTag(Context, CLASS_TAG_DEVICE_CONTROL);
    Later.Routine(DeviceObject, Later.Irp);
    IoFreeWorkItem(Later.Item);
}

static NTSTATUS QueueControl(PDEVICE_OBJECT DeviceObject, PIRP Irp, PDRIVER_DISPATCH Routine)
{
    PIO_WORKITEM Item = IoAllocateWorkItem(DeviceObject);
    PLATER Later = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Later), CLASS_TAG_DEVICE_CONTROL);
    if (!Item || !Later) {
        if (Item)
            IoFreeWorkItem(Item);
        if (Later)
            ExFreePoolWithTag(Later, CLASS_TAG_DEVICE_CONTROL);
        return ClasspComplete(DeviceObject, Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    }
    *Later = (LATER){.Item = Item, .Irp = Irp, .Routine = Routine};
    IoMarkIrpPending(Irp);
    IoQueueWorkItem(Item, ControlLater, DelayedWorkQueue, Later);
    return STATUS_PENDING;
}

// What a class driver does not answer itself. The request holds the remove lock, which is given back.
NTSTATUS NTAPI ClassDeviceControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    if (!ClasspCommon(DeviceObject)->IsFdo)
        return ClasspComplete(DeviceObject, Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    if (KeGetCurrentIrql() > APC_LEVEL)
        return QueueControl(DeviceObject, Irp, ClassDeviceControl);
    return Control(ClasspFdo(DeviceObject), Irp);
}

NTSTATUS NTAPI ClasspDeviceControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    if (ClassAcquireRemoveLock(DeviceObject, Irp) != NO_REMOVE)
        return ClasspComplete(DeviceObject, Irp, STATUS_DEVICE_DOES_NOT_EXIST, 0);
    PDRIVER_DISPATCH Routine = ClasspCommon(DeviceObject)->DevInfo->ClassDeviceControl;
    return KeGetCurrentIrql() > APC_LEVEL ? QueueControl(DeviceObject, Irp, Routine)
                                          : Routine(DeviceObject, Irp);
}

// ---- The short ones

NTSTATUS ClasspDeviceNumber(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    UNREFERENCED_PARAMETER(Stack);
    *(PSTORAGE_DEVICE_NUMBER)Irp->AssociatedIrp.SystemBuffer = (STORAGE_DEVICE_NUMBER){
        .DeviceType = Fdo->DeviceObject->DeviceType,
        .DeviceNumber = Fdo->DeviceNumber,
        .PartitionNumber = Fdo->CommonExtension.PartitionNumber,
    };
    Irp->IoStatus.Information = sizeof(STORAGE_DEVICE_NUMBER);
    return STATUS_SUCCESS;
}

NTSTATUS ClasspGetHotplug(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    UNREFERENCED_PARAMETER(Stack);
    *(PSTORAGE_HOTPLUG_INFO)Irp->AssociatedIrp.SystemBuffer = Fdo->PrivateFdoData->Hotplug;
    Irp->IoStatus.Information = sizeof(STORAGE_HOTPLUG_INFO);
    return STATUS_SUCCESS;
}

// Whether the medium can be removed is not for programs to say.
NTSTATUS ClasspSetHotplug(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    const STORAGE_HOTPLUG_INFO *Given = Irp->AssociatedIrp.SystemBuffer;
    PSTORAGE_HOTPLUG_INFO Info = &Fdo->PrivateFdoData->Hotplug;
    UNREFERENCED_PARAMETER(Stack);
    if (Given->Size != sizeof(*Given) || Given->MediaRemovable != Info->MediaRemovable ||
        Given->MediaHotplug != Info->MediaHotplug)
        return STATUS_INVALID_PARAMETER;
    Info->DeviceHotplug = Given->DeviceHotplug != 0;
    Info->WriteCacheEnableOverride = Given->WriteCacheEnableOverride != 0;
    return STATUS_SUCCESS;
}

NTSTATUS ClasspFindNewDevices(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    UNREFERENCED_PARAMETER(Irp);
    UNREFERENCED_PARAMETER(Stack);
    ClassInvalidateBusRelations(Fdo->DeviceObject);
    return STATUS_SUCCESS;
}

NTSTATUS ClasspPriorityHint(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    UNREFERENCED_PARAMETER(Fdo);
    UNREFERENCED_PARAMETER(Stack);
    *(PSTORAGE_PRIORITY_HINT_SUPPORT)Irp->AssociatedIrp.SystemBuffer =
        (STORAGE_PRIORITY_HINT_SUPPORT){};
    Irp->IoStatus.Information = sizeof(STORAGE_PRIORITY_HINT_SUPPORT);
    return STATUS_SUCCESS;
}

// The code wants a handle for reading and writing; whose unit it is, and the data, the port driver checks.
NTSTATUS ClasspPassThrough(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    const SCSI_PASS_THROUGH *Request = Irp->AssociatedIrp.SystemBuffer; // both forms begin alike
    UNREFERENCED_PARAMETER(Fdo);
    UNREFERENCED_PARAMETER(Stack);
    if (Request->Length != sizeof(*Request))
        return STATUS_REVISION_MISMATCH;
    if (Request->CdbLength == 0 || Request->CdbLength > sizeof(Request->Cdb))
        return STATUS_INVALID_PARAMETER;
    return ClasspForward;
}
