// Device control: what a disk answers beyond the library, by a table.
#include "disk.h"

static const struct {
    ULONG Code;
    USHORT Input, Output; // bytes, at least
    DISK_CONTROL *Routine;
} Controls[] = {
    {IOCTL_DISK_GET_DRIVE_GEOMETRY, 0, sizeof(DISK_GEOMETRY), DiskGetGeometry},
    {IOCTL_DISK_GET_DRIVE_GEOMETRY_EX, 0, FIELD_OFFSET(DISK_GEOMETRY_EX, Data), DiskGetGeometryEx},
    {IOCTL_DISK_GET_LENGTH_INFO, 0, sizeof(GET_LENGTH_INFORMATION), DiskGetLength},
    {IOCTL_DISK_IS_WRITABLE, 0, 0, DiskIsWritable},
    {IOCTL_DISK_GET_MEDIA_TYPES, 0, sizeof(DISK_GEOMETRY), DiskGetMediaTypes},
    {IOCTL_STORAGE_GET_MEDIA_TYPES, 0, sizeof(DISK_GEOMETRY), DiskGetMediaTypes},
    {IOCTL_STORAGE_GET_MEDIA_TYPES_EX, 0, sizeof(GET_MEDIA_TYPES), DiskGetMediaTypesEx},
    {IOCTL_DISK_UPDATE_DRIVE_SIZE, 0, sizeof(DISK_GEOMETRY), DiskUpdateSize},
    {IOCTL_DISK_UPDATE_PROPERTIES, 0, 0, DiskUpdateSize},
    {IOCTL_DISK_CONTROLLER_NUMBER, 0, sizeof(DISK_CONTROLLER_NUMBER), DiskControllerNumber},
    {IOCTL_DISK_INTERNAL_SET_VERIFY, 0, 0, DiskSetVerify},
    {IOCTL_DISK_INTERNAL_CLEAR_VERIFY, 0, 0, DiskSetVerify},
    {IOCTL_DISK_VERIFY, sizeof(VERIFY_INFORMATION), 0, DiskVerify},
    {IOCTL_DISK_REASSIGN_BLOCKS, sizeof(REASSIGN_BLOCKS), 0, DiskReassign},
    {IOCTL_DISK_REASSIGN_BLOCKS_EX, sizeof(REASSIGN_BLOCKS_EX), 0, DiskReassign},
    {IOCTL_DISK_GET_CACHE_INFORMATION, 0, sizeof(DISK_CACHE_INFORMATION), DiskGetCache},
    {IOCTL_DISK_SET_CACHE_INFORMATION, sizeof(DISK_CACHE_INFORMATION), 0, DiskSetCache},
    {IOCTL_DISK_GET_CACHE_SETTING, 0, sizeof(DISK_CACHE_SETTING), DiskGetCacheSetting},
    {IOCTL_DISK_SET_CACHE_SETTING, sizeof(DISK_CACHE_SETTING), 0, DiskSetCacheSetting},
    {IOCTL_ATA_PASS_THROUGH, sizeof(ATA_PASS_THROUGH_EX), sizeof(ATA_PASS_THROUGH_EX),
     DiskAtaPassThrough},
    {IOCTL_ATA_PASS_THROUGH_DIRECT, sizeof(ATA_PASS_THROUGH_DIRECT),
     sizeof(ATA_PASS_THROUGH_DIRECT), DiskAtaPassThroughDirect},
    {SMART_GET_VERSION, 0, sizeof(GETVERSIONINPARAMS), DiskSmartVersion},
    {SMART_SEND_DRIVE_COMMAND, FIELD_OFFSET(SENDCMDINPARAMS, bBuffer),
     FIELD_OFFSET(SENDCMDOUTPARAMS, bBuffer), DiskSmartSend},
    {SMART_RCV_DRIVE_DATA, FIELD_OFFSET(SENDCMDINPARAMS, bBuffer),
     FIELD_OFFSET(SENDCMDOUTPARAMS, bBuffer), DiskSmartReceive},
    {IOCTL_STORAGE_PREDICT_FAILURE, 0, sizeof(STORAGE_PREDICT_FAILURE), DiskPredictFailure},
};

static NTSTATUS Call(ULONG Index, PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    Irp->IoStatus.Information = 0;
    if (Stack->Parameters.DeviceIoControl.InputBufferLength < Controls[Index].Input)
        return DiskComplete(DeviceObject, Irp, STATUS_INFO_LENGTH_MISMATCH, 0);
    if (Stack->Parameters.DeviceIoControl.OutputBufferLength < Controls[Index].Output)
        return DiskComplete(DeviceObject, Irp, STATUS_BUFFER_TOO_SMALL, 0);
    NTSTATUS Status = Controls[Index].Routine(DiskFdo(DeviceObject), Irp, Stack);
    return DiskComplete(DeviceObject, Irp, Status, Irp->IoStatus.Information);
}

// ---- Not at DISPATCH_LEVEL: the routines wait for the disk

typedef struct _LATER {
    PIO_WORKITEM Item;
    PIRP Irp;
    ULONG Index;
} LATER, *PLATER;

static VOID NTAPI CallLater(PDEVICE_OBJECT DeviceObject, PVOID Context)
{
    LATER Later = *(PLATER)Context;
    ExFreePoolWithTag(Context, DiskTag);
    Call(Later.Index, DeviceObject, Later.Irp);
    IoFreeWorkItem(Later.Item);
}

static NTSTATUS QueueCall(ULONG Index, PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PIO_WORKITEM Item = IoAllocateWorkItem(DeviceObject);
    PLATER Later = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Later), DiskTag);
    if (!Item || !Later) {
        if (Item)
            IoFreeWorkItem(Item);
        if (Later)
            ExFreePoolWithTag(Later, DiskTag);
        return DiskComplete(DeviceObject, Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    }
    *Later = (LATER){.Item = Item, .Irp = Irp, .Index = Index};
    IoMarkIrpPending(Irp);
    IoQueueWorkItem(Item, CallLater, DelayedWorkQueue, Later);
    return STATUS_PENDING;
}

NTSTATUS NTAPI DiskDeviceControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    ULONG Code = IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.IoControlCode;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Controls); i++) {
        if (Controls[i].Code != Code)
            continue;
        return KeGetCurrentIrql() > APC_LEVEL ? QueueCall(i, DeviceObject, Irp)
                                              : Call(i, DeviceObject, Irp);
    }
    return ClassDeviceControl(DeviceObject, Irp);
}
