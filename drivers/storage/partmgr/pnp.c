// The life of a disk's filter.
#include "partmgr.h"

// ---- Adding

static VOID PmAdoptFromLower(PPM_DISK Disk)
{
    PDEVICE_OBJECT Self = Disk->Self;
    Self->Flags |= Disk->Lower->Flags & (DO_DIRECT_IO | DO_BUFFERED_IO | DO_POWER_PAGABLE);
    Self->Characteristics |= Disk->Lower->Characteristics &
                             (FILE_REMOVABLE_MEDIA | FILE_READ_ONLY_DEVICE | FILE_FLOPPY_DISKETTE);
}

NTSTATUS NTAPI PmAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDevice)
{
    PDEVICE_OBJECT Self;
    NTSTATUS Status = IoCreateDevice(DriverObject, sizeof(PM_DISK), nullptr, FILE_DEVICE_DISK,
                                     FILE_DEVICE_SECURE_OPEN, FALSE, &Self);
    if (!NT_SUCCESS(Status))
        return Status;
    PPM_DISK Disk = PmDiskOf(Self);
    *Disk = (PM_DISK){.Kind = PmKindDisk, .Self = Self, .Physical = PhysicalDevice};
    ExInitializeRundownProtection(&Disk->Running);
    PmInitializeCounters(&Disk->Counters);
    KeInitializeEvent(&Disk->Lock, SynchronizationEvent, TRUE);
    InitializeListHead(&Disk->Partitions);
    PmInitializeIo(Disk);
    Disk->Lower = IoAttachDeviceToDeviceStack(Self, PhysicalDevice);
    if (!Disk->Lower) {
        IoDeleteDevice(Self);
        return STATUS_NO_SUCH_DEVICE;
    }
    PmAdoptFromLower(Disk);
    Self->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

// ---- Starting

// A disk that cannot be read now may be later: it starts all the same.
static NTSTATUS PmStart(PPM_DISK Disk, PIRP Irp)
{
    NTSTATUS Status = IoForwardIrpSynchronously(Disk->Lower, Irp) ? Irp->IoStatus.Status
                                                                  : STATUS_INVALID_DEVICE_REQUEST;
    if (!NT_SUCCESS(Status))
        return PmComplete(Irp, Status, 0);
    PmLock(Disk);
    PmAdoptFromLower(Disk);
    if (!Disk->Interface.Buffer)
        (VOID) IoRegisterDeviceInterface(Disk->Physical, &GUID_DEVINTERFACE_DISK, nullptr,
                                         &Disk->Interface);
    if (!Disk->Started)
        PmLoadAttributes(Disk);
    Disk->Started = TRUE;
    (VOID) PmReadDisk(Disk);
    PmUnlock(Disk);
    return PmComplete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS PmQueryRelations(PPM_DISK Disk, PIRP Irp)
{
    if (IoGetCurrentIrpStackLocation(Irp)->Parameters.QueryDeviceRelations.Type != BusRelations)
        return PmPassDown(Disk->Self, Irp);
    PmLock(Disk);
    PmRefreshMedium(Disk);
    PDEVICE_RELATIONS Relations = PmListPartitions(Disk);
    PmUnlock(Disk);
    if (!Relations)
        return PmComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    Irp->IoStatus.Information = (ULONG_PTR)Relations;
    Irp->IoStatus.Status = STATUS_SUCCESS;
    return PmPassDown(Disk->Self, Irp);
}

// ---- Ending

// Partitions that are still open outlive the disk's devices, and reach for them no more.
static VOID PmOrphan(PPM_PARTITION Partition)
{
    Partition->Present = FALSE;
    Partition->Gone = TRUE;
    ExWaitForRundownProtectionRelease(&Partition->Running);
    RemoveEntryList(&Partition->Link);
    InitializeListHead(&Partition->Link);
    if (!Partition->Reported)
        PmDeletePartition(Partition);
}

static NTSTATUS PmRemove(PPM_DISK Disk, PIRP Irp)
{
    ExWaitForRundownProtectionRelease(&Disk->Running);
    while (!IsListEmpty(&Disk->Partitions))
        PmOrphan(CONTAINING_RECORD(Disk->Partitions.Flink, PM_PARTITION, Link));
    PmDropIdentity(Disk);
    PtFreeTable(&Disk->Io, &Disk->Table);
    if (Disk->Interface.Buffer)
        RtlFreeUnicodeString(&Disk->Interface);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    NTSTATUS Status = PmPassDown(Disk->Self, Irp);
    IoDetachDevice(Disk->Lower);
    IoDeleteDevice(Disk->Self);
    return Status;
}

NTSTATUS PmDiskPnp(PPM_DISK Disk, PIRP Irp)
{
    switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        return PmStart(Disk, Irp);
    case IRP_MN_QUERY_DEVICE_RELATIONS:
        return PmQueryRelations(Disk, Irp);
    case IRP_MN_REMOVE_DEVICE:
        return PmRemove(Disk, Irp);
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
    return PmPassDown(Disk->Self, Irp);
}
