// Device control: what a drive answers beyond the library, by a table.
#include "cdrom.h"

#include <ntdddisk.h>

static const struct {
    ULONG Code;
    USHORT Input, Output; // bytes, at least
    CD_CONTROL *Routine;
} Controls[] = {
    {IOCTL_CDROM_GET_DRIVE_GEOMETRY, 0, sizeof(DISK_GEOMETRY), CdGetGeometry},
    {IOCTL_DISK_GET_DRIVE_GEOMETRY, 0, sizeof(DISK_GEOMETRY), CdGetGeometry},
    {IOCTL_CDROM_GET_DRIVE_GEOMETRY_EX, 0, FIELD_OFFSET(DISK_GEOMETRY_EX, Data), CdGetGeometryEx},
    {IOCTL_DISK_GET_DRIVE_GEOMETRY_EX, 0, FIELD_OFFSET(DISK_GEOMETRY_EX, Data), CdGetGeometryEx},
    {IOCTL_DISK_GET_LENGTH_INFO, 0, sizeof(GET_LENGTH_INFORMATION), CdGetLength},
    {IOCTL_DISK_GET_MEDIA_TYPES, 0, sizeof(DISK_GEOMETRY), CdGetMediaTypes},
    {IOCTL_STORAGE_GET_MEDIA_TYPES, 0, sizeof(DISK_GEOMETRY), CdGetMediaTypes},
    {IOCTL_STORAGE_GET_MEDIA_TYPES_EX, 0, sizeof(GET_MEDIA_TYPES), CdGetMediaTypesEx},
    {IOCTL_DISK_IS_WRITABLE, 0, 0, CdIsWritable},
    {IOCTL_DISK_UPDATE_PROPERTIES, 0, 0, CdUpdate},
    {IOCTL_CDROM_READ_TOC, 0, sizeof(CDROM_TOC), CdReadToc},
    {IOCTL_CDROM_READ_TOC_EX, sizeof(CDROM_READ_TOC_EX), MINIMUM_CDROM_READ_TOC_EX_SIZE,
     CdReadTocEx},
    {IOCTL_CDROM_GET_LAST_SESSION, 0, sizeof(CDROM_TOC_SESSION_DATA), CdLastSession},
    {IOCTL_CDROM_DISK_TYPE, 0, sizeof(CDROM_DISK_DATA), CdDiskType},
};

static NTSTATUS Call(ULONG Index, PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    Irp->IoStatus.Information = 0;
    if (Stack->Parameters.DeviceIoControl.InputBufferLength < Controls[Index].Input)
        return CdComplete(DeviceObject, Irp, STATUS_INFO_LENGTH_MISMATCH, 0);
    if (Stack->Parameters.DeviceIoControl.OutputBufferLength < Controls[Index].Output)
        return CdComplete(DeviceObject, Irp, STATUS_BUFFER_TOO_SMALL, 0);
    NTSTATUS Status = Controls[Index].Routine(CdFdo(DeviceObject), Irp, Stack);
    return CdComplete(DeviceObject, Irp, Status, Irp->IoStatus.Information);
}

// ---- Not at DISPATCH_LEVEL: the routines wait for the drive

typedef struct _LATER {
    PIO_WORKITEM Item;
    PIRP Irp;
    ULONG Index;
} LATER, *PLATER;

static VOID NTAPI CallLater(PDEVICE_OBJECT DeviceObject, PVOID Context)
{
    LATER Later = *(PLATER)Context;
    ExFreePoolWithTag(Context, CdTag);
    Call(Later.Index, DeviceObject, Later.Irp);
    IoFreeWorkItem(Later.Item);
}

static NTSTATUS QueueCall(ULONG Index, PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PIO_WORKITEM Item = IoAllocateWorkItem(DeviceObject);
    PLATER Later = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Later), CdTag);
    if (!Item || !Later) {
        if (Item)
            IoFreeWorkItem(Item);
        if (Later)
            ExFreePoolWithTag(Later, CdTag);
        return CdComplete(DeviceObject, Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    }
    *Later = (LATER){.Item = Item, .Irp = Irp, .Index = Index};
    IoMarkIrpPending(Irp);
    IoQueueWorkItem(Item, CallLater, DelayedWorkQueue, Later);
    return STATUS_PENDING;
}

NTSTATUS NTAPI CdDeviceControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
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
