// Requests of partmgr's own to the disk below: sectors for the table's routines, and what is asked about the disk.
#include "partmgr.h"

static NTSTATUS PmSend(PPM_DISK Disk, PIRP Irp, PKEVENT Done, PIO_STATUS_BLOCK IoStatus)
{
    if (!Irp)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = IoCallDriver(Disk->Lower, Irp);
    if (Status == STATUS_PENDING) {
        KeWaitForSingleObject(Done, Executive, KernelMode, FALSE, nullptr);
        Status = IoStatus->Status;
    }
    return Status;
}

NTSTATUS PmAskDisk(PPM_DISK Disk, ULONG Code, PVOID Output, ULONG Length)
{
    IO_STATUS_BLOCK IoStatus = {};
    KEVENT Done;
    KeInitializeEvent(&Done, NotificationEvent, FALSE);
    PIRP Irp = IoBuildDeviceIoControlRequest(Code, Disk->Lower, nullptr, 0, Output, Length, FALSE,
                                             &Done, &IoStatus);
    NTSTATUS Status = PmSend(Disk, Irp, &Done, &IoStatus);
    if (NT_SUCCESS(Status) && IoStatus.Information < Length)
        Status = STATUS_INFO_LENGTH_MISMATCH;
    return Status;
}

static BOOLEAN PmTransfer(PPM_DISK Disk, ULONG Major, uint64_t Sector, uint32_t Count, PVOID Buffer)
{
    IO_STATUS_BLOCK IoStatus = {};
    KEVENT Done;
    LARGE_INTEGER Offset = {.QuadPart = (LONGLONG)(Sector * Disk->Io.SectorSize)};
    KeInitializeEvent(&Done, NotificationEvent, FALSE);
    PIRP Irp = IoBuildSynchronousFsdRequest(Major, Disk->Lower, Buffer, Count * Disk->Io.SectorSize,
                                            &Offset, &Done, &IoStatus);
    if (Irp) // to look at the table anew is what the wish to verify is about
        IoGetNextIrpStackLocation(Irp)->Flags |= SL_OVERRIDE_VERIFY_VOLUME;
    NTSTATUS Status = PmSend(Disk, Irp, &Done, &IoStatus);
    if (!NT_SUCCESS(Status))
        Disk->IoStatus = Status;
    return NT_SUCCESS(Status);
}

static bool PmReadSectors(void *Context, uint64_t Sector, uint32_t Count, void *Buffer)
{
    return PmTransfer(Context, IRP_MJ_READ, Sector, Count, Buffer);
}

static bool PmWriteSectors(void *Context, uint64_t Sector, uint32_t Count, const void *Buffer)
{
    return PmTransfer(Context, IRP_MJ_WRITE, Sector, Count, (PVOID)Buffer);
}

// A disk without a cache need not know the request.
static bool PmFlushSectors(void *Context)
{
    PPM_DISK Disk = Context;
    IO_STATUS_BLOCK IoStatus = {};
    KEVENT Done;
    KeInitializeEvent(&Done, NotificationEvent, FALSE);
    PIRP Irp = IoBuildSynchronousFsdRequest(IRP_MJ_FLUSH_BUFFERS, Disk->Lower, nullptr, 0, nullptr,
                                            &Done, &IoStatus);
    NTSTATUS Status = PmSend(Disk, Irp, &Done, &IoStatus);
    if (NT_SUCCESS(Status) || Status == STATUS_INVALID_DEVICE_REQUEST ||
        Status == STATUS_NOT_IMPLEMENTED || Status == STATUS_NOT_SUPPORTED)
        return true;
    Disk->IoStatus = Status;
    return false;
}

static void *PmAllocate(uint32_t Size)
{
    return ExAllocatePoolWithTag(NonPagedPoolNx, Size, PmTag);
}

static void PmFree(void *Memory)
{
    ExFreePoolWithTag(Memory, PmTag);
}

VOID PmInitializeIo(PPM_DISK Disk)
{
    Disk->Io = (PT_DISK){
        .Read = PmReadSectors,
        .Write = PmWriteSectors,
        .Flush = PmFlushSectors,
        .Allocate = PmAllocate,
        .Free = PmFree,
        .Context = Disk,
        .SectorSize = 512,
    };
    Disk->Table = (PT_TABLE){.Style = PtStyleRaw};
}

NTSTATUS PmStatusOf(PPM_DISK Disk, PT_RESULT Result)
{
    switch (Result) {
    case PtDone:
        return STATUS_SUCCESS;
    case PtNoMemory:
        return STATUS_INSUFFICIENT_RESOURCES;
    case PtIoError:
        return Disk->IoStatus;
    default:
        return STATUS_INVALID_PARAMETER;
    }
}
