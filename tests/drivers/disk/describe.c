// Names and sizes.
#include "suite.h"

static NTSTATUS TryOpen(PCWSTR Format)
{
    WCHAR Text[TextChars];
    UNICODE_STRING Name;
    IO_STATUS_BLOCK Io;
    HANDLE File;
    _snwprintf(Text, TextChars, Format, DiskNumber(), DiskNumber());
    RtlInitUnicodeString(&Name, Text);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    NTSTATUS Status = NtOpenFile(&File, GENERIC_READ | SYNCHRONIZE, &Attributes, &Io,
                                 FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_SYNCHRONOUS_IO_NONALERT);
    if (NT_SUCCESS(Status))
        NtClose(File);
    return Status;
}

VOID TestNames(void)
{
    HANDLE File;
    STORAGE_DEVICE_NUMBER Number = {};
    if (!AddDisk(&UsualDisk, &File))
        return;
    CHECK_STATUS(TryOpen(L"\\Device\\Harddisk%lu\\DR%lu"), STATUS_SUCCESS);
    CHECK_STATUS(TryOpen(L"\\Device\\Harddisk%lu\\Partition0"), STATUS_SUCCESS);
    CHECK_STATUS(TryOpen(L"\\\?\?\\SCSI#Disk&Ven_PROTEUS&Prod_Test_disk#unit#"
                         L"{53f56307-b6bf-11d0-94f2-00a0c91efb8b}"),
                 STATUS_SUCCESS);
    CHECK_STATUS(Control(File, IOCTL_STORAGE_GET_DEVICE_NUMBER, nullptr, 0, &Number, sizeof(Number),
                         nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Number.DeviceType, 7);
    CHECK_EQUAL(Number.DeviceNumber, DiskNumber());
    CHECK_EQUAL(Number.PartitionNumber, 0);
    RemoveDisk(File);
    CHECK_STATUS(TryOpen(L"\\\?\?\\PhysicalDrive%lu"), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(TryOpen(L"\\Device\\Harddisk%lu\\Partition0"), STATUS_OBJECT_PATH_NOT_FOUND);
}

static VOID CheckSize(HANDLE File, ULONGLONG Bytes, ULONG SectorBytes)
{
    DISK_GEOMETRY Geometry = {};
    DISK_GEOMETRY_EX Extended = {};
    GET_LENGTH_INFORMATION Length = {};
    STORAGE_READ_CAPACITY Capacity = {};
    CHECK_STATUS(Control(File, IOCTL_DISK_GET_DRIVE_GEOMETRY, nullptr, 0, &Geometry,
                         sizeof(Geometry), nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Geometry.BytesPerSector, SectorBytes);
    CHECK_EQUAL(Geometry.TracksPerCylinder, 255);
    CHECK_EQUAL(Geometry.SectorsPerTrack, 63);
    CHECK_EQUAL(Geometry.Cylinders.QuadPart, Bytes / SectorBytes / (255 * 63));
    CHECK_EQUAL(Geometry.MediaType, FixedMedia);
    CHECK_STATUS(Control(File, IOCTL_DISK_GET_DRIVE_GEOMETRY_EX, nullptr, 0, &Extended,
                         sizeof(Extended), nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Extended.DiskSize.QuadPart, Bytes);
    CHECK_EQUAL(Extended.Geometry.BytesPerSector, SectorBytes);
    CHECK_STATUS(
        Control(File, IOCTL_DISK_GET_LENGTH_INFO, nullptr, 0, &Length, sizeof(Length), nullptr),
        STATUS_SUCCESS);
    CHECK_EQUAL(Length.Length.QuadPart, Bytes);
    CHECK_STATUS(Control(File, IOCTL_STORAGE_READ_CAPACITY, nullptr, 0, &Capacity, sizeof(Capacity),
                         nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Capacity.BlockLength, SectorBytes);
    CHECK_EQUAL(Capacity.NumberOfBlocks.QuadPart, Bytes / SectorBytes);
    CHECK_EQUAL(Capacity.DiskLength.QuadPart, Bytes);
}

VOID TestGeometry(void)
{
    HANDLE File;
    GET_MEDIA_TYPES Types = {};
    DISK_GEOMETRY Geometry = {};
    if (!AddDisk(&UsualDisk, &File))
        return;
    CheckSize(File, UsualDisk.Blocks * 512, 512);
    CHECK_STATUS(
        Control(File, IOCTL_STORAGE_GET_MEDIA_TYPES_EX, nullptr, 0, &Types, sizeof(Types), nullptr),
        STATUS_SUCCESS);
    CHECK_EQUAL(Types.DeviceType, 7);
    CHECK_EQUAL(Types.MediaInfoCount, 1);
    CHECK_EQUAL(Types.MediaInfo[0].DeviceSpecific.DiskInfo.BytesPerSector, 512);
    CHECK_EQUAL(Types.MediaInfo[0].DeviceSpecific.DiskInfo.MediaCharacteristics,
                MEDIA_CURRENTLY_MOUNTED | MEDIA_READ_WRITE);
    CHECK_STATUS(Control(File, IOCTL_DISK_UPDATE_DRIVE_SIZE, nullptr, 0, &Geometry,
                         sizeof(Geometry), nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Geometry.BytesPerSector, 512);
    CHECK_STATUS(Control(File, IOCTL_DISK_IS_WRITABLE, nullptr, 0, nullptr, 0, nullptr),
                 STATUS_SUCCESS);
    RemoveDisk(File);
}

static VOID WriteAndRead(HANDLE File, ULONGLONG Offset, ULONG Length)
{
    PUCHAR Bytes = Buffer();
    FillPattern(Bytes, Length, Offset, 3);
    CHECK_STATUS(Transfer(File, TRUE, Offset, Bytes, Length), STATUS_SUCCESS);
    memset(Bytes, 0xEE, Length);
    CHECK_STATUS(Transfer(File, FALSE, Offset, Bytes, Length), STATUS_SUCCESS);
    CheckPattern(Bytes, Length, Offset, 3);
}

VOID TestLargeSectors(void)
{
    TARGET_CONFIG Config = UsualDisk;
    HANDLE File;
    Config.BlockBytes = 4096;
    Config.Blocks = 8192;
    if (!AddDisk(&Config, &File))
        return;
    CheckSize(File, Config.Blocks * 4096, 4096);
    WriteAndRead(File, 3 * 4096, 5 * 4096);
    WriteAndRead(File, 100 * 4096, 50 * 4096);
    CHECK_STATUS(Transfer(File, FALSE, 512, Buffer(), 4096), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Transfer(File, FALSE, 4096, Buffer(), 512), STATUS_INVALID_PARAMETER);
    RemoveDisk(File);
}

VOID TestHuge(void)
{
    TARGET_CONFIG Config = UsualDisk;
    TARGET_COUNTS Counts;
    HANDLE File;
    Config.Blocks = 1ULL << 34;
    if (!AddDisk(&Config, &File))
        return;
    CheckSize(File, 1ULL << 43, 512);
    TakeCounts(&Counts);
    WriteAndRead(File, (3ULL << 40) + 512, 0x24000);
    WriteAndRead(File, (1ULL << 43) - 0x8000, 0x8000);
    WriteAndRead(File, (2ULL << 40) - 0x4000, 0x8000); // around the end of 32-bit block numbers
    WriteAndRead(File, 512, 1024);
    TakeCounts(&Counts);
    CHECK_EQUAL(Counts.Commands[0x28] + Counts.Commands[0x2A], 0);
    CHECK(Counts.Commands[0x88] != 0 && Counts.Commands[0x8A] != 0);
    RemoveDisk(File);
}

VOID TestHostile(void)
{
    TARGET_CONFIG Config = UsualDisk;
    UCHAR Answer[512];
    HANDLE File;
    Config.Hostile = TRUE;
    if (!AddDisk(&Config, &File))
        return;
    for (ULONG Property = 0; Property < 16; Property++) {
        STORAGE_PROPERTY_QUERY Query = {.PropertyId = (STORAGE_PROPERTY_ID)Property};
        Control(File, IOCTL_STORAGE_QUERY_PROPERTY, &Query, sizeof(Query), Answer, sizeof(Answer),
                nullptr);
    }
    Control(File, IOCTL_DISK_GET_CACHE_INFORMATION, nullptr, 0, Answer, sizeof(Answer), nullptr);
    WriteAndRead(File, 0, 0x20000); // it is a disk all the same
    RemoveDisk(File);
}

VOID TestBounds(void)
{
    HANDLE File;
    PUCHAR Bytes = Buffer();
    ULONGLONG End = UsualDisk.Blocks * 512;
    if (!AddDisk(&UsualDisk, &File))
        return;
    CHECK_STATUS(Transfer(File, FALSE, End - 512, Bytes, 512), STATUS_SUCCESS);
    CHECK_STATUS(Transfer(File, FALSE, End - 512, Bytes, 1024), STATUS_NONEXISTENT_SECTOR);
    CHECK_STATUS(Transfer(File, TRUE, End, Bytes, 512), STATUS_NONEXISTENT_SECTOR);
    CHECK_STATUS(Transfer(File, FALSE, 1ULL << 62, Bytes, 512), STATUS_NONEXISTENT_SECTOR);
    CHECK_STATUS(Transfer(File, FALSE, 100, Bytes, 512), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Transfer(File, FALSE, 512, Bytes, 100), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Transfer(File, FALSE, 512, Bytes, 0), STATUS_SUCCESS);
    RemoveDisk(File);
}
