// What drivers of disks ask about the sectors at a disk's beginning.

#include "../ntos.h"

enum {
    IopMbrSignature = 0xAA55,
    IopMbrPartitions = 4,
    IopMbrGptType = 0xEE,
    IopSmallestSector = 512,
};

#pragma pack(push, 1)
typedef struct _IOP_MBR_PARTITION {
    UCHAR Flags, FirstChs[3], Type, LastChs[3];
    ULONG First, Count; // sectors
} IOP_MBR_PARTITION;

typedef struct _IOP_MBR {
    UCHAR Code[440];
    ULONG DiskSignature;
    USHORT Reserved;
    IOP_MBR_PARTITION Partitions[IopMbrPartitions];
    USHORT Signature;
} IOP_MBR, *PIOP_MBR;

// UEFI 2.8, 5.3.2
typedef struct _IOP_GPT_HEADER {
    CHAR Signature[8];
    ULONG Revision, Size, Checksum, Reserved;
    ULONG64 Self, Backup, FirstUsable, LastUsable;
    GUID DiskId;
} IOP_GPT_HEADER, *PIOP_GPT_HEADER;
#pragma pack(pop)
static_assert(sizeof(IOP_MBR) == IopSmallestSector);
static_assert(FIELD_OFFSET(IOP_GPT_HEADER, DiskId) == 56);

// In nonpaged pool, which is the caller's.
static NTSTATUS IopReadSector(PDEVICE_OBJECT Device, ULONG SectorSize, ULONG64 Sector,
                              PVOID *Buffer)
{
    KEVENT Event;
    IO_STATUS_BLOCK Io;
    LARGE_INTEGER Offset = {.QuadPart = (LONGLONG)(Sector * SectorSize)};
    PVOID Data = ExAllocatePoolWithTag(NonPagedPoolNx, max(SectorSize, (ULONG)PAGE_SIZE), 'bMoI');
    if (!Data)
        return STATUS_INSUFFICIENT_RESOURCES;
    KeInitializeEvent(&Event, NotificationEvent, FALSE);
    PIRP Irp =
        IoBuildSynchronousFsdRequest(IRP_MJ_READ, Device, Data, SectorSize, &Offset, &Event, &Io);
    NTSTATUS Status = STATUS_INSUFFICIENT_RESOURCES;
    if (Irp) {
        IoGetNextIrpStackLocation(Irp)->Flags |= SL_OVERRIDE_VERIFY_VOLUME;
        Status = IoCallDriver(Device, Irp);
    }
    if (Status == STATUS_PENDING) {
        KeWaitForSingleObject(&Event, Executive, KernelMode, FALSE, nullptr);
        Status = Io.Status;
    }
    if (NT_SUCCESS(Status))
        *Buffer = Data;
    else
        ExFreePoolWithTag(Data, 'bMoI');
    return Status;
}

// The sector, if its first entry is of the type: a disk manager's. The caller frees it.
VOID FASTCALL HalExamineMBR(PDEVICE_OBJECT DeviceObject, ULONG SectorSize, ULONG MBRTypeIdentifier,
                            PVOID *Buffer)
{
    PVOID Data;
    *Buffer = nullptr;
    if (!NT_SUCCESS(
            IopReadSector(DeviceObject, max(SectorSize, (ULONG)IopSmallestSector), 0, &Data)))
        return;
    PIOP_MBR Mbr = Data;
    if (Mbr->Signature == IopMbrSignature && Mbr->Partitions[0].Type == MBRTypeIdentifier)
        *Buffer = Data;
    else
        ExFreePoolWithTag(Data, 'bMoI');
}

static ULONG IopSum(const VOID *Data, ULONG Words)
{
    ULONG Sum = 0;
    for (ULONG i = 0; i < Words; i++)
        Sum += ((const ULONG *)Data)[i];
    return ~Sum + 1; // the sum of the sector and this is 0
}

static NTSTATUS IopReadGptSignature(PDEVICE_OBJECT Device, ULONG SectorSize,
                                    PDISK_SIGNATURE Signature)
{
    PIOP_GPT_HEADER Header;
    NTSTATUS Status = IopReadSector(Device, SectorSize, 1, (PVOID *)&Header);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = STATUS_DISK_CORRUPT_ERROR;
    if (RtlEqualMemory(Header->Signature, "EFI PART", sizeof(Header->Signature))) {
        Signature->PartitionStyle = 1; // PARTITION_STYLE_GPT
        Signature->Gpt.DiskId = Header->DiskId;
        Status = STATUS_SUCCESS;
    }
    ExFreePoolWithTag(Header, 'bMoI');
    return Status;
}

NTSTATUS NTAPI IoReadDiskSignature(PDEVICE_OBJECT DeviceObject, ULONG BytesPerSector,
                                   PDISK_SIGNATURE Signature)
{
    PIOP_MBR Mbr;
    ULONG SectorSize = max(BytesPerSector, (ULONG)IopSmallestSector);
    NTSTATUS Status = IopReadSector(DeviceObject, SectorSize, 0, (PVOID *)&Mbr);
    if (!NT_SUCCESS(Status))
        return Status;
    BOOLEAN Protects = FALSE, Valid = Mbr->Signature == IopMbrSignature;
    for (ULONG i = 0; i < IopMbrPartitions; i++)
        Protects |= Mbr->Partitions[i].Type == IopMbrGptType;
    if (Valid && !Protects) {
        Signature->PartitionStyle = 0; // PARTITION_STYLE_MBR
        Signature->Mbr.Signature = Mbr->DiskSignature;
        Signature->Mbr.CheckSum = IopSum(Mbr, IopSmallestSector / sizeof(ULONG));
    }
    ExFreePoolWithTag(Mbr, 'bMoI');
    if (!Valid)
        return STATUS_DISK_CORRUPT_ERROR;
    return Protects ? IopReadGptSignature(DeviceObject, SectorSize, Signature) : STATUS_SUCCESS;
}
