// Counters of transfers (IOCTL_DISK_PERFORMANCE), of the disk and of each partition. Nothing is counted before somebody asks:
// until then a transfer looks at a flag and goes its way.
#include "partmgr.h"

static LONGLONG PmNow(VOID)
{
    ULONG64 Counter;
    return (LONGLONG)KeQueryInterruptTimePrecise(&Counter);
}

VOID PmInitializeCounters(PPM_COUNTERS Counters)
{
    KeInitializeSpinLock(&Counters->Lock);
}

// ---- Counting

static VOID PmCountBegin(PPM_COUNTERS Counters, LONGLONG Now)
{
    KIRQL Irql;
    KeAcquireSpinLock(&Counters->Lock, &Irql);
    if (Counters->Depth++ == 0)
        Counters->IdleTime += Now - Counters->IdleSince;
    KeReleaseSpinLock(&Counters->Lock, Irql);
}

static VOID PmCountEnd(PPM_COUNTERS Counters, UCHAR Major, LONGLONG Start, LONGLONG Now,
                       ULONG_PTR Bytes)
{
    KIRQL Irql;
    KeAcquireSpinLock(&Counters->Lock, &Irql);
    PM_TRANSFERS *Transfers = Major == IRP_MJ_READ ? &Counters->Reads : &Counters->Writes;
    Transfers->Count++;
    Transfers->Bytes += (LONGLONG)Bytes;
    Transfers->Time += Now - Start;
    if (--Counters->Depth == 0)
        Counters->IdleSince = Now;
    KeReleaseSpinLock(&Counters->Lock, Irql);
}

// The transfer's own stack location was copied for the disk: it keeps the time at which it began. Context is the device
// extension, whichever kind it is of.
static NTSTATUS NTAPI PmCounted(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    const IO_STACK_LOCATION *Stack = IoGetCurrentIrpStackLocation(Irp);
    LONGLONG Start = Stack->Parameters.Read.ByteOffset.QuadPart, Now = PmNow();
    ULONG_PTR Bytes = NT_SUCCESS(Irp->IoStatus.Status) ? Irp->IoStatus.Information : 0;
    PPM_PARTITION Partition = *(PM_KIND *)Context == PmKindPartition ? Context : nullptr;
    PPM_DISK Disk = Partition ? Partition->Disk : Context;
    UNREFERENCED_PARAMETER(DeviceObject);
    if (Irp->PendingReturned)
        IoMarkIrpPending(Irp);
    PmCountEnd(&Disk->Counters, Stack->MajorFunction, Start, Now, Bytes);
    if (Partition)
        PmCountEnd(&Partition->Counters, Stack->MajorFunction, Start, Now, Bytes);
    ExReleaseRundownProtection(Partition ? &Partition->Running : &Disk->Running);
    return STATUS_CONTINUE_COMPLETION;
}

NTSTATUS PmCountTransfer(PPM_DISK Disk, PPM_PARTITION Partition, PIRP Irp)
{
    LONGLONG Now = PmNow();
    if (!ExAcquireRundownProtection(Partition ? &Partition->Running : &Disk->Running)) {
        IoSkipCurrentIrpStackLocation(Irp);
        return IoCallDriver(Disk->Lower, Irp);
    }
    PmCountBegin(&Disk->Counters, Now);
    if (Partition)
        PmCountBegin(&Partition->Counters, Now);
    IoCopyCurrentIrpStackLocationToNext(Irp);
    IoSetCompletionRoutine(Irp, PmCounted, Partition ? (PVOID)Partition : Disk, TRUE, TRUE, TRUE);
    IoGetCurrentIrpStackLocation(Irp)->Parameters.Read.ByteOffset.QuadPart = Now;
    return IoCallDriver(Disk->Lower, Irp);
}

// ---- Telling

// Those that are on their way stay counted.
static VOID PmStartCounting(PPM_COUNTERS Counters)
{
    KIRQL Irql;
    KeAcquireSpinLock(&Counters->Lock, &Irql);
    if (!Counters->On) {
        Counters->Reads = Counters->Writes = (PM_TRANSFERS){};
        Counters->IdleTime = 0;
        Counters->IdleSince = PmNow();
        Counters->On = TRUE;
    }
    KeReleaseSpinLock(&Counters->Lock, Irql);
}

VOID PmTellCounters(PPM_COUNTERS Counters, ULONG Disk, PDISK_PERFORMANCE Performance)
{
    LARGE_INTEGER Time;
    KIRQL Irql;
    PmStartCounting(Counters);
    KeQuerySystemTime(&Time);
    RtlZeroMemory(Performance, sizeof(*Performance));
    KeAcquireSpinLock(&Counters->Lock, &Irql);
    LONGLONG Now = PmNow();
    Performance->BytesRead.QuadPart = Counters->Reads.Bytes;
    Performance->BytesWritten.QuadPart = Counters->Writes.Bytes;
    Performance->ReadTime.QuadPart = Counters->Reads.Time;
    Performance->WriteTime.QuadPart = Counters->Writes.Time;
    Performance->ReadCount = Counters->Reads.Count;
    Performance->WriteCount = Counters->Writes.Count;
    Performance->QueueDepth = Counters->Depth;
    Performance->IdleTime.QuadPart =
        Counters->IdleTime + (Counters->Depth ? 0 : Now - Counters->IdleSince);
    KeReleaseSpinLock(&Counters->Lock, Irql);
    Performance->QueryTime = Time;
    Performance->StorageDeviceNumber = Disk;
    RtlCopyMemory(Performance->StorageManagerName, L"Partmgr ",
                  sizeof(Performance->StorageManagerName));
}

VOID PmStopCounting(PPM_COUNTERS Counters)
{
    Counters->On = FALSE;
}
