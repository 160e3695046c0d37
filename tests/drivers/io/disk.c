// What drivers ask about a disk's first sectors, of a disk in memory.

#include "driver.h"

#include <ntdddisk.h>

enum { SectorSize = 512, DiskSectors = 256, DiskSignature = 0x1BADB002 };

PDEVICE_OBJECT TestDisk;
static UCHAR Sectors[4][SectorSize]; // the others are zero

static NTSTATUS ReadDisk(PIRP Irp, const IO_STACK_LOCATION *Stack)
{
    ULONG Length = Stack->Parameters.Read.Length;
    ULONGLONG Offset = (ULONGLONG)Stack->Parameters.Read.ByteOffset.QuadPart;
    if (Offset + Length > DiskSectors * SectorSize)
        return TestComplete(Irp, STATUS_NONEXISTENT_SECTOR, 0);
    PUCHAR Buffer = Irp->AssociatedIrp.SystemBuffer;
    RtlZeroMemory(Buffer, Length);
    if (Offset < sizeof(Sectors))
        RtlCopyMemory(Buffer, (PUCHAR)Sectors + Offset, min(Length, sizeof(Sectors) - Offset));
    return TestComplete(Irp, STATUS_SUCCESS, Length);
}

NTSTATUS TestDiskDispatch(PIRP Irp)
{
    const IO_STACK_LOCATION *Stack = IoGetCurrentIrpStackLocation(Irp);
    if (Stack->MajorFunction == IRP_MJ_READ)
        return ReadDisk(Irp, Stack);
    PVOID Buffer = Irp->AssociatedIrp.SystemBuffer;
    switch (Stack->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_DISK_GET_DRIVE_GEOMETRY:
        *(PDISK_GEOMETRY)Buffer = (DISK_GEOMETRY){
            .MediaType = FixedMedia, .SectorsPerTrack = 63, .BytesPerSector = SectorSize};
        return TestComplete(Irp, STATUS_SUCCESS, sizeof(DISK_GEOMETRY));
    case IOCTL_DISK_GET_LENGTH_INFO:
        ((PGET_LENGTH_INFORMATION)Buffer)->Length.QuadPart = DiskSectors * SectorSize;
        return TestComplete(Irp, STATUS_SUCCESS, sizeof(GET_LENGTH_INFORMATION));
    default:
        return TestComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
}

static VOID PutPartition(ULONG Index, UCHAR Type, ULONG First, ULONG Count)
{
    PUCHAR Entry = &Sectors[0][446 + 16 * Index];
    Entry[4] = Type;
    RtlCopyMemory(Entry + 8, &First, sizeof(First));
    RtlCopyMemory(Entry + 12, &Count, sizeof(Count));
}

static ULONG CheckSector(VOID)
{
    DISK_SIGNATURE Signature = {0};
    PVOID Sector;
    ULONG Sum = 0;
    EXPECT(IoReadDiskSignature(TestDisk, SectorSize, &Signature) == STATUS_SUCCESS);
    EXPECT(Signature.PartitionStyle == PARTITION_STYLE_MBR);
    EXPECT(Signature.Mbr.Signature == DiskSignature);
    for (ULONG i = 0; i < SectorSize / sizeof(ULONG); i++)
        Sum += ((PULONG)Sectors[0])[i];
    EXPECT(Sum + Signature.Mbr.CheckSum == 0);
    HalExamineMBR(TestDisk, SectorSize, 0x0C, &Sector);
    EXPECT(Sector && RtlEqualMemory(Sector, Sectors[0], SectorSize));
    ExFreePool(Sector);
    HalExamineMBR(TestDisk, SectorSize, 0x54, &Sector);
    EXPECT(!Sector);
    return 0;
}

static ULONG CheckTable(VOID)
{
    PDRIVE_LAYOUT_INFORMATION_EX Layout;
    EXPECT(IoReadPartitionTableEx(TestDisk, &Layout) == STATUS_SUCCESS);
    EXPECT(Layout->PartitionStyle == PARTITION_STYLE_MBR && Layout->PartitionCount == 4);
    EXPECT(Layout->Mbr.Signature == DiskSignature);
    EXPECT(Layout->PartitionEntry[0].StartingOffset.QuadPart == 16 * SectorSize);
    EXPECT(Layout->PartitionEntry[0].PartitionLength.QuadPart == 100 * SectorSize);
    EXPECT(Layout->PartitionEntry[0].Mbr.PartitionType == 0x0C);
    EXPECT(Layout->PartitionEntry[1].PartitionNumber == 2);
    EXPECT(Layout->PartitionEntry[1].Mbr.PartitionType == 0x07);
    EXPECT(Layout->PartitionEntry[2].Mbr.PartitionType == 0);
    ExFreePool(Layout);
    return 0;
}

ULONG TestDiskSectors(VOID)
{
    ULONG Signature = DiskSignature;
    EXPECT(IoCreateDevice(TestDevice->DriverObject, 0, NULL, FILE_DEVICE_DISK, 0, FALSE,
                          &TestDisk) == STATUS_SUCCESS);
    TestDisk->Flags |= DO_BUFFERED_IO;
    TestDisk->Flags &= ~DO_DEVICE_INITIALIZING;
    EXPECT(IoReadDiskSignature(TestDisk, SectorSize, &(DISK_SIGNATURE){0}) ==
           STATUS_DISK_CORRUPT_ERROR);
    RtlCopyMemory(&Sectors[0][440], &Signature, sizeof(Signature));
    PutPartition(0, 0x0C, 16, 100);
    PutPartition(1, 0x07, 128, 64);
    Sectors[0][510] = 0x55;
    Sectors[0][511] = 0xAA;
    ULONG Failed = CheckSector();
    if (!Failed)
        Failed = CheckTable();
    IoDeleteDevice(TestDisk);
    TestDisk = NULL;
    return Failed;
}
