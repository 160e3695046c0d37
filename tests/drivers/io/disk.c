// What drivers ask about a disk's first sectors, of a disk in memory.

#include "driver.h"

#include <ntdddisk.h>

enum { SectorSize = 512, DiskSectors = 256, DiskSignature = 0x1BADB002 };

PDEVICE_OBJECT TestDisk;
static UCHAR Sectors[DiskSectors][SectorSize];

static NTSTATUS MoveDisk(PIRP Irp, const IO_STACK_LOCATION *Stack)
{
    ULONG Length = Stack->Parameters.Read.Length; // in the same place of a write
    ULONGLONG Offset = (ULONGLONG)Stack->Parameters.Read.ByteOffset.QuadPart;
    if (Offset + Length > sizeof(Sectors))
        return TestComplete(Irp, STATUS_NONEXISTENT_SECTOR, 0);
    PUCHAR Buffer = Irp->AssociatedIrp.SystemBuffer, Place = (PUCHAR)Sectors + Offset;
    if (Stack->MajorFunction == IRP_MJ_READ)
        RtlCopyMemory(Buffer, Place, Length);
    else
        RtlCopyMemory(Place, Buffer, Length);
    return TestComplete(Irp, STATUS_SUCCESS, Length);
}

NTSTATUS TestDiskDispatch(PIRP Irp)
{
    const IO_STACK_LOCATION *Stack = IoGetCurrentIrpStackLocation(Irp);
    if (Stack->MajorFunction == IRP_MJ_READ || Stack->MajorFunction == IRP_MJ_WRITE)
        return MoveDisk(Irp, Stack);
    if (Stack->MajorFunction == IRP_MJ_FLUSH_BUFFERS)
        return TestComplete(Irp, STATUS_SUCCESS, 0);
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

// What is written is read again, as the layout that it was.
static ULONG CheckWriting(VOID)
{
    PDRIVE_LAYOUT_INFORMATION_EX Layout;
    SET_PARTITION_INFORMATION_EX Set = {.PartitionStyle = PARTITION_STYLE_MBR,
                                        .Mbr.PartitionType = 0x83};
    EXPECT(IoReadPartitionTableEx(TestDisk, &Layout) == STATUS_SUCCESS);
    Layout->PartitionEntry[2].Mbr.PartitionType = 0x06;
    Layout->PartitionEntry[2].StartingOffset.QuadPart = 200 * SectorSize;
    Layout->PartitionEntry[2].PartitionLength.QuadPart = 20 * SectorSize;
    EXPECT(IoWritePartitionTableEx(TestDisk, Layout) == STATUS_SUCCESS);
    Layout->PartitionEntry[2].StartingOffset.QuadPart = 100 * SectorSize; // into the first one
    EXPECT(IoWritePartitionTableEx(TestDisk, Layout) == STATUS_INVALID_PARAMETER);
    ExFreePool(Layout);
    EXPECT(IoSetPartitionInformationEx(TestDisk, 2, &Set) == STATUS_SUCCESS);
    EXPECT(IoSetPartitionInformationEx(TestDisk, 9, &Set) == STATUS_INVALID_PARAMETER);
    EXPECT(IoReadPartitionTableEx(TestDisk, &Layout) == STATUS_SUCCESS);
    EXPECT(Layout->PartitionEntry[0].Mbr.PartitionType == 0x0C);
    EXPECT(Layout->PartitionEntry[1].Mbr.PartitionType == 0x83);
    EXPECT(Layout->PartitionEntry[2].StartingOffset.QuadPart == 200 * SectorSize);
    EXPECT(Layout->PartitionEntry[2].PartitionNumber == 3);
    ExFreePool(Layout);
    EXPECT(IoVerifyPartitionTable(TestDisk, FALSE) == STATUS_SUCCESS);
    return 0;
}

// A GPT whose first copy is damaged is repaired from the second, when that is wanted.
static ULONG CheckGpt(VOID)
{
    PDRIVE_LAYOUT_INFORMATION_EX Layout;
    CREATE_DISK Create = {.PartitionStyle = PARTITION_STYLE_GPT,
                          .Gpt = {.DiskId = {1, 2, 3, {4}}, .MaxPartitionCount = 128}};
    EXPECT(IoCreateDisk(TestDisk, &Create) == STATUS_SUCCESS);
    EXPECT(IoReadPartitionTableEx(TestDisk, &Layout) == STATUS_SUCCESS);
    EXPECT(Layout->PartitionStyle == PARTITION_STYLE_GPT && Layout->PartitionCount == 0);
    EXPECT(RtlEqualMemory(&Layout->Gpt.DiskId, &Create.Gpt.DiskId, sizeof(GUID)));
    ExFreePool(Layout);
    Sectors[1][40] ^= 1;
    EXPECT(IoVerifyPartitionTable(TestDisk, FALSE) == STATUS_DISK_CORRUPT_ERROR);
    EXPECT(IoVerifyPartitionTable(TestDisk, TRUE) == STATUS_SUCCESS);
    EXPECT(IoVerifyPartitionTable(TestDisk, FALSE) == STATUS_SUCCESS);
    EXPECT(IoCreateDisk(TestDisk, NULL) == STATUS_SUCCESS);
    EXPECT(IoReadPartitionTableEx(TestDisk, &Layout) == STATUS_SUCCESS);
    EXPECT(Layout->PartitionStyle == PARTITION_STYLE_RAW);
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
    if (!Failed)
        Failed = CheckWriting();
    if (!Failed)
        Failed = CheckGpt();
    IoDeleteDevice(TestDisk);
    TestDisk = NULL;
    return Failed;
}
