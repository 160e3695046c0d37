// The life of a partition's function device, which is the bus of its volume.
#include "volmgr.h"

NTSTATUS NTAPI VmAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDevice)
{
    PDEVICE_OBJECT Self;
    NTSTATUS Status = IoCreateDevice(DriverObject, sizeof(VM_PARTITION), nullptr, FILE_DEVICE_DISK,
                                     FILE_DEVICE_SECURE_OPEN, FALSE, &Self);
    if (!NT_SUCCESS(Status))
        return Status;
    PVM_PARTITION Partition = VmPartitionOf(Self);
    *Partition = (VM_PARTITION){.Kind = VmKindPartition, .Self = Self, .Physical = PhysicalDevice};
    Partition->Lower = IoAttachDeviceToDeviceStack(Self, PhysicalDevice);
    if (!Partition->Lower) {
        IoDeleteDevice(Self);
        return STATUS_NO_SUCH_DEVICE;
    }
    Self->Flags |= Partition->Lower->Flags & (DO_DIRECT_IO | DO_BUFFERED_IO | DO_POWER_PAGABLE);
    Self->Characteristics |= Partition->Lower->Characteristics & FILE_REMOVABLE_MEDIA;
    Self->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static NTSTATUS VmStart(PVM_PARTITION Partition, PIRP Irp)
{
    NTSTATUS Status = IoForwardIrpSynchronously(Partition->Lower, Irp)
                          ? Irp->IoStatus.Status
                          : STATUS_INVALID_DEVICE_REQUEST;
    if (NT_SUCCESS(Status) && !Partition->Volume)
        Status = VmCreateVolume(Partition);
    return VmComplete(Irp, Status, 0);
}

static NTSTATUS VmQueryRelations(PVM_PARTITION Partition, PIRP Irp)
{
    DEVICE_RELATION_TYPE Type =
        IoGetCurrentIrpStackLocation(Irp)->Parameters.QueryDeviceRelations.Type;
    if (Type == BusRelations) {
        PDEVICE_RELATIONS Relations = ExAllocatePoolWithTag(PagedPool, sizeof(*Relations), VmTag);
        if (!Relations)
            return VmComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
        Relations->Count = Partition->Volume ? 1 : 0;
        if (Partition->Volume) {
            Partition->Volume->Reported = TRUE;
            Relations->Objects[0] = Partition->Volume->Self;
            ObReferenceObject(Partition->Volume->Self);
        }
        Irp->IoStatus.Information = (ULONG_PTR)Relations;
        Irp->IoStatus.Status = STATUS_SUCCESS;
    }
    IoSkipCurrentIrpStackLocation(Irp);
    return IoCallDriver(Partition->Lower, Irp);
}

// A volume that is still open outlives its partition, and reaches for it no more.
static VOID VmOrphan(PVM_VOLUME Volume)
{
    Volume->Gone = TRUE;
    VmRemoveLink(Volume);
    ExWaitForRundownProtectionRelease(&Volume->Running);
    Volume->Orphaned = TRUE;
    if (!Volume->Reported)
        VmDeleteVolume(Volume);
}

static NTSTATUS VmRemove(PVM_PARTITION Partition, PIRP Irp)
{
    if (Partition->Volume)
        VmOrphan(Partition->Volume);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    IoSkipCurrentIrpStackLocation(Irp);
    NTSTATUS Status = IoCallDriver(Partition->Lower, Irp);
    IoDetachDevice(Partition->Lower);
    IoDeleteDevice(Partition->Self);
    return Status;
}

NTSTATUS VmPartitionPnp(PVM_PARTITION Partition, PIRP Irp)
{
    switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        return VmStart(Partition, Irp);
    case IRP_MN_QUERY_DEVICE_RELATIONS:
        return VmQueryRelations(Partition, Irp);
    case IRP_MN_REMOVE_DEVICE:
        return VmRemove(Partition, Irp);
    case IRP_MN_QUERY_STOP_DEVICE:
    case IRP_MN_CANCEL_STOP_DEVICE:
    case IRP_MN_STOP_DEVICE:
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
    case IRP_MN_SURPRISE_REMOVAL:
        Irp->IoStatus.Status = STATUS_SUCCESS;
        break;
    default:
        break;
    }
    IoSkipCurrentIrpStackLocation(Irp);
    return IoCallDriver(Partition->Lower, Irp);
}
