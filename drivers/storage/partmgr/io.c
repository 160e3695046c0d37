// Reading and writing: the way that every block goes. No lock that another partition takes, no copy, no allocation:
// the packet itself goes on to the disk, with another offset.
#include "partmgr.h"

static NTSTATUS PmReadWriteDisk(PPM_DISK Disk, PIRP Irp)
{
    UCHAR Major = IoGetCurrentIrpStackLocation(Irp)->MajorFunction;
    if (Major == IRP_MJ_WRITE && (Disk->Attributes & DISK_ATTRIBUTE_READ_ONLY))
        return PmComplete(Irp, STATUS_MEDIA_WRITE_PROTECTED, 0);
    if (Disk->Counters.On)
        return PmCountTransfer(Disk, nullptr, Irp);
    return PmPassDown(Disk->Self, Irp);
}

// Read and Write have one layout.
static NTSTATUS PmCheckTransfer(const PM_PARTITION *Partition, const IO_STACK_LOCATION *Stack)
{
    LONGLONG Offset = Stack->Parameters.Read.ByteOffset.QuadPart;
    LONGLONG Length = Partition->Length;
    if (Stack->MajorFunction == IRP_MJ_WRITE &&
        (Partition->ReadOnly || (Partition->Disk->Attributes & DISK_ATTRIBUTE_READ_ONLY)))
        return STATUS_MEDIA_WRITE_PROTECTED;
    if (Offset < 0 || Offset > Length || Stack->Parameters.Read.Length > Length - Offset)
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

// While this runs the disk's device stays; behind that it looks after the packet itself.
static NTSTATUS PmReadWritePartition(PPM_PARTITION Partition, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    if (!ExAcquireRundownProtection(&Partition->Running))
        return PmComplete(Irp, STATUS_NO_SUCH_DEVICE, 0);
    NTSTATUS Status = Partition->Gone ? STATUS_NO_SUCH_DEVICE : PmCheckTransfer(Partition, Stack);
    if (NT_SUCCESS(Status)) {
        Stack->Parameters.Read.ByteOffset.QuadPart += Partition->Start;
        if (Partition->Counters.On || Partition->Disk->Counters.On) {
            Status = PmCountTransfer(Partition->Disk, Partition, Irp);
        } else {
            IoSkipCurrentIrpStackLocation(Irp);
            Status = IoCallDriver(Partition->Disk->Lower, Irp);
        }
    } else {
        (VOID) PmComplete(Irp, Status, 0);
    }
    ExReleaseRundownProtection(&Partition->Running);
    return Status;
}

NTSTATUS NTAPI PmReadWrite(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    if (PmKindOf(DeviceObject) == PmKindPartition)
        return PmReadWritePartition(PmPartitionOf(DeviceObject), Irp);
    if (PmKindOf(DeviceObject) == PmKindDisk)
        return PmReadWriteDisk(PmDiskOf(DeviceObject), Irp);
    return PmComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
}

NTSTATUS NTAPI PmFlush(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    if (PmKindOf(DeviceObject) == PmKindDisk)
        return PmPassDown(DeviceObject, Irp);
    if (PmKindOf(DeviceObject) != PmKindPartition)
        return PmComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    PPM_PARTITION Partition = PmPartitionOf(DeviceObject);
    if (!ExAcquireRundownProtection(&Partition->Running))
        return PmComplete(Irp, STATUS_NO_SUCH_DEVICE, 0);
    IoSkipCurrentIrpStackLocation(Irp);
    NTSTATUS Status = IoCallDriver(Partition->Disk->Lower, Irp);
    ExReleaseRundownProtection(&Partition->Running);
    return Status;
}
