// Layouts of one disk: written, read, and what devices there are then.
#include "suite.h"

static UCHAR Buffer[RAM_BLOCK];

// Whose table it is, behind the geometry; the answer is cut where the room ends.
static VOID CheckTableInfo(HANDLE Disk, PARTITION_STYLE Style, const VOID *Id, ULONG IdBytes)
{
    enum { Fixed = FIELD_OFFSET(DISK_GEOMETRY_EX, Data) };
    union {
        DISK_GEOMETRY_EX Geometry;
        UCHAR Space[256];
    } Answer = {};
    IO_STATUS_BLOCK Io = {};
    const DISK_PARTITION_INFO *Table = (PVOID)(Answer.Space + Fixed);
    const DISK_DETECTION_INFO *Detection = (PVOID)(Answer.Space + Fixed + sizeof(*Table));
    CHECK_STATUS(NtDeviceIoControlFile(Disk, nullptr, nullptr, nullptr, &Io,
                                       IOCTL_DISK_GET_DRIVE_GEOMETRY_EX, nullptr, 0, &Answer,
                                       sizeof(Answer)),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Io.Information, Fixed + sizeof(*Table) + sizeof(*Detection));
    CHECK_EQUAL(Answer.Geometry.Geometry.BytesPerSector, SectorBytes);
    CHECK_EQUAL(Answer.Geometry.DiskSize.QuadPart, (LONGLONG)DiskSectors * SectorBytes);
    CHECK_EQUAL(Table->SizeOfPartitionInfo, sizeof(*Table));
    CHECK_EQUAL(Table->PartitionStyle, Style);
    CHECK(memcmp(&Table->Mbr, Id, IdBytes) == 0);
    CHECK_EQUAL(Detection->SizeOfDetectInfo, sizeof(*Detection));
    CHECK_EQUAL(Detection->DetectionType, DetectNone);
    CHECK_STATUS(NtDeviceIoControlFile(Disk, nullptr, nullptr, nullptr, &Io,
                                       IOCTL_DISK_GET_DRIVE_GEOMETRY_EX, nullptr, 0, &Answer,
                                       sizeof(DISK_GEOMETRY_EX)),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Io.Information, Fixed);
}

VOID TestEmptyDisk(void)
{
    MakeMedium(0, DiskSectors, SectorBytes, FALSE);
    AddDisk(0);
    HANDLE Disk = OpenDisk(0);
    REQUIRE(Disk);
    PDRIVE_LAYOUT_INFORMATION_EX Layout = GetLayout(Disk);
    REQUIRE(Layout);
    CHECK_EQUAL(Layout->PartitionStyle, PARTITION_STYLE_RAW);
    CheckTableInfo(Disk, PARTITION_STYLE_RAW, "", 0);
    CHECK_EQUAL(Layout->PartitionCount, 0);
    CHECK(!Exists(L"\\Device\\HarddiskVolume1"));
    NtClose(Disk);
    PullDisk(0);
    CHECK(!Exists(L"\\Device\\Harddisk0\\DR0"));
}

static VOID CheckTransfer(PCWSTR Name, ULONGLONG Start, ULONGLONG Length)
{
    HANDLE File;
    REQUIRE_STATUS(OpenDevice(Name, &File), STATUS_SUCCESS);
    for (ULONG i = 0; i < sizeof(Buffer); i++)
        Buffer[i] = (UCHAR)(i * 7 + Start);
    CHECK_STATUS(WriteAt(File, Length - sizeof(Buffer), Buffer, sizeof(Buffer)), STATUS_SUCCESS);
    UCHAR Expected[SectorBytes], Sector[SectorBytes];
    memcpy(Expected, Buffer, sizeof(Expected));
    Peek(0, Start + Length - sizeof(Buffer), Sector, sizeof(Sector));
    CHECK(memcmp(Sector, Expected, sizeof(Sector)) == 0);
    memset(Buffer, 0, sizeof(Buffer));
    CHECK_STATUS(ReadAt(File, Length - sizeof(Buffer), Buffer, sizeof(Buffer)), STATUS_SUCCESS);
    CHECK(memcmp(Buffer, Expected, sizeof(Expected)) == 0);
    CHECK_STATUS(ReadAt(File, Length - sizeof(Buffer) + SectorBytes, Buffer, sizeof(Buffer)),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(WriteAt(File, Length, Buffer, SectorBytes), STATUS_INVALID_PARAMETER);
    NtClose(File);
}

VOID TestGptLayout(void)
{
    MakeMedium(0, DiskSectors, SectorBytes, FALSE);
    AddDisk(0);
    HANDLE Disk = OpenDisk(0);
    REQUIRE(Disk);
    BeginLayout(PARTITION_STYLE_GPT, 1);
    AddGpt(2, 64, 1000);
    AddGpt(3, 2000, 1000);
    CHECK_STATUS(SetLayout(Disk), STATUS_SUCCESS);
    PDRIVE_LAYOUT_INFORMATION_EX Layout = GetLayout(Disk);
    REQUIRE(Layout);
    GUID DiskId = MakeGuid(1), First = MakeGuid(2);
    CHECK_EQUAL(Layout->PartitionStyle, PARTITION_STYLE_GPT);
    CHECK_EQUAL(Layout->PartitionCount, 2);
    CHECK(memcmp(&Layout->Gpt.DiskId, &DiskId, sizeof(GUID)) == 0);
    CheckTableInfo(Disk, PARTITION_STYLE_GPT, &DiskId, sizeof(DiskId));
    CHECK_EQUAL(Layout->Gpt.StartingUsableOffset.QuadPart, 34 * SectorBytes);
    CHECK_EQUAL(Layout->Gpt.UsableLength.QuadPart, (DiskSectors - 67) * SectorBytes);
    CHECK_EQUAL(Layout->Gpt.MaxPartitionCount, 128);
    CHECK(memcmp(&Layout->PartitionEntry[0].Gpt.PartitionId, &First, sizeof(GUID)) == 0);
    CHECK(wcscmp(Layout->PartitionEntry[0].Gpt.Name, L"Basic data partition") == 0);
    CHECK_EQUAL(Layout->PartitionEntry[1].PartitionNumber, 2);
    CHECK_EQUAL(Layout->PartitionEntry[1].StartingOffset.QuadPart, 2000 * SectorBytes);
    CheckTransfer(L"\\Device\\HarddiskVolume1", 64 * SectorBytes, 1000 * SectorBytes);
    CheckTransfer(L"\\Device\\Harddisk0\\Partition2", 2000 * SectorBytes, 1000 * SectorBytes);
    NtClose(Disk);
    PullDisk(0);
    CHECK(!Exists(L"\\Device\\HarddiskVolume1"));
    CHECK(!Exists(L"\\Device\\Harddisk0\\Partition2"));
    AddDisk(0); // and it is all there again
    CHECK(Exists(L"\\Device\\HarddiskVolume1"));
    CHECK(Exists(L"\\Device\\Harddisk0\\Partition2"));
    PullDisk(0);
}

VOID TestMbrLayout(void)
{
    const ULONG Signature = 0xABCD1234;
    MakeMedium(0, DiskSectors, SectorBytes, FALSE);
    AddDisk(0);
    HANDLE Disk = OpenDisk(0);
    REQUIRE(Disk);
    BeginLayout(PARTITION_STYLE_MBR, 0xABCD1234);
    AddMbr(7, 63, 500);
    AddMbr(0x0F, 1000, 2000);
    AddMbr(0, 0, 0);
    AddMbr(0, 0, 0);
    AddMbr(0x0B, 1063, 500);
    AddMbr(5, 2000, 600);
    AddMbr(0, 0, 0);
    AddMbr(0, 0, 0);
    AddMbr(0x83, 2063, 500);
    AddMbr(0, 0, 0);
    AddMbr(0, 0, 0);
    AddMbr(0, 0, 0);
    CHECK_STATUS(SetLayout(Disk), STATUS_SUCCESS);
    PDRIVE_LAYOUT_INFORMATION_EX Layout = GetLayout(Disk);
    REQUIRE(Layout);
    CHECK_EQUAL(Layout->PartitionStyle, PARTITION_STYLE_MBR);
    CHECK_EQUAL(Layout->PartitionCount, 12);
    CHECK_EQUAL(Layout->Mbr.Signature, 0xABCD1234);
    CheckTableInfo(Disk, PARTITION_STYLE_MBR, &Signature, sizeof(Signature));
    CHECK_EQUAL(Layout->PartitionEntry[0].PartitionNumber, 1);
    CHECK_EQUAL(Layout->PartitionEntry[1].PartitionNumber, 0);
    CHECK_EQUAL(Layout->PartitionEntry[4].PartitionNumber, 2);
    CHECK_EQUAL(Layout->PartitionEntry[8].PartitionNumber, 3);
    CHECK(Layout->PartitionEntry[0].Mbr.RecognizedPartition);
    CHECK(!Layout->PartitionEntry[8].Mbr.RecognizedPartition);
    CheckTransfer(L"\\Device\\Harddisk0\\Partition3", 2063 * SectorBytes, 500 * SectorBytes);
    NtClose(Disk);
    PullDisk(0);
}

// The older forms, and asked of a partition.
VOID TestOldLayout(void)
{
    struct {
        DRIVE_LAYOUT_INFORMATION Layout;
        PARTITION_INFORMATION More[3];
    } Old = {.Layout = {.PartitionCount = 4, .Signature = 77}};
    PARTITION_INFORMATION Information;
    PARTITION_INFORMATION_EX InformationEx;
    STORAGE_DEVICE_NUMBER Number;
    GET_LENGTH_INFORMATION Length;
    SET_PARTITION_INFORMATION Set = {0x0C};
    MakeMedium(0, DiskSectors, SectorBytes, FALSE);
    AddDisk(0);
    HANDLE Disk = OpenDisk(0);
    REQUIRE(Disk);
    Old.Layout.PartitionEntry[0] = (PARTITION_INFORMATION){
        .StartingOffset.QuadPart = 63 * SectorBytes,
        .PartitionLength.QuadPart = 1000 * SectorBytes,
        .PartitionType = 7,
        .BootIndicator = TRUE,
    };
    CHECK_STATUS(Control(Disk, IOCTL_DISK_SET_DRIVE_LAYOUT, &Old, sizeof(Old), nullptr, 0, nullptr),
                 STATUS_SUCCESS);
    memset(&Old, 0, sizeof(Old));
    CHECK_STATUS(Control(Disk, IOCTL_DISK_GET_DRIVE_LAYOUT, nullptr, 0, &Old, sizeof(Old), nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Old.Layout.Signature, 77);
    CHECK_EQUAL(Old.Layout.PartitionEntry[0].PartitionType, 7);
    Settle();
    PCWSTR Name = L"\\Device\\Harddisk0\\Partition1";
    CHECK_STATUS(ControlByName(Name, IOCTL_DISK_SET_PARTITION_INFO, &Set, sizeof(Set), nullptr, 0),
                 STATUS_SUCCESS);
    CHECK_STATUS(ControlByName(Name, IOCTL_DISK_GET_PARTITION_INFO, nullptr, 0, &Information,
                               sizeof(Information)),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Information.PartitionType, 0x0C);
    CHECK(Information.BootIndicator);
    CHECK_EQUAL(Information.HiddenSectors, 63);
    CHECK_STATUS(ControlByName(Name, IOCTL_DISK_GET_PARTITION_INFO_EX, nullptr, 0, &InformationEx,
                               sizeof(InformationEx)),
                 STATUS_SUCCESS);
    CHECK_EQUAL(InformationEx.PartitionNumber, 1);
    CHECK_EQUAL(InformationEx.Mbr.PartitionId.Data1, 77);
    CHECK_STATUS(
        ControlByName(Name, IOCTL_STORAGE_GET_DEVICE_NUMBER, nullptr, 0, &Number, sizeof(Number)),
        STATUS_SUCCESS);
    CHECK_EQUAL(Number.DeviceNumber, 0);
    CHECK_EQUAL(Number.PartitionNumber, 1);
    CHECK_STATUS(
        ControlByName(Name, IOCTL_DISK_GET_LENGTH_INFO, nullptr, 0, &Length, sizeof(Length)),
        STATUS_SUCCESS);
    CHECK_EQUAL(Length.Length.QuadPart, 1000 * SectorBytes);
    NtClose(Disk);
    PullDisk(0);
}

// What is refused changes nothing on the disk.
VOID TestBadLayouts(void)
{
    MakeMedium(0, DiskSectors, SectorBytes, FALSE);
    AddDisk(0);
    HANDLE Disk = OpenDisk(0);
    REQUIRE(Disk);
    PDRIVE_LAYOUT_INFORMATION_EX Layout = BeginLayout(PARTITION_STYLE_GPT, 1);
    AddGpt(2, 64, 1000);
    CHECK_STATUS(SetLayout(Disk), STATUS_SUCCESS);
    ULONGLONG Written = Counts(0).SectorsWritten;
    AddGpt(3, 1000, 1000); // overlaps
    CHECK_STATUS(SetLayout(Disk), STATUS_INVALID_PARAMETER);
    Layout->PartitionEntry[1].StartingOffset.QuadPart = 1100 * SectorBytes + 1;
    CHECK_STATUS(SetLayout(Disk), STATUS_INVALID_PARAMETER);
    Layout->PartitionEntry[1].StartingOffset.QuadPart = -SectorBytes;
    CHECK_STATUS(SetLayout(Disk), STATUS_INVALID_PARAMETER);
    Layout->PartitionEntry[1].StartingOffset.QuadPart = MAXLONGLONG - SectorBytes + 1;
    CHECK_STATUS(SetLayout(Disk), STATUS_INVALID_PARAMETER);
    Layout->PartitionCount = 1000;
    CHECK_STATUS(Control(Disk, IOCTL_DISK_SET_DRIVE_LAYOUT_EX, Layout, 500, nullptr, 0, nullptr),
                 STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(Control(Disk, IOCTL_DISK_SET_DRIVE_LAYOUT_EX, Layout, 5, nullptr, 0, nullptr),
                 STATUS_INFO_LENGTH_MISMATCH);
    Layout->PartitionStyle = 9;
    Layout->PartitionCount = 1;
    CHECK_STATUS(SetLayout(Disk), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Control(Disk, IOCTL_DISK_GET_DRIVE_LAYOUT_EX, nullptr, 0, Layout, 100, nullptr),
                 STATUS_BUFFER_TOO_SMALL);
    CHECK_EQUAL(Counts(0).SectorsWritten, Written);
    CHECK(Exists(L"\\Device\\HarddiskVolume1"));
    NtClose(Disk);
    PullDisk(0);
}

// From GPT to MBR and back. An MBR may be given with fewer entries than it has.
VOID TestStyles(void)
{
    AddDisk(0);
    HANDLE Disk = OpenDisk(0);
    REQUIRE(Disk);
    for (ULONG Entries = 0; Entries < 3; Entries++) {
        BeginLayout(PARTITION_STYLE_GPT, 1);
        AddGpt(2, 64, 1000);
        CHECK_STATUS(SetLayout(Disk), STATUS_SUCCESS);
        CHECK_EQUAL(GetLayout(Disk)->PartitionStyle, PARTITION_STYLE_GPT);
        BeginLayout(PARTITION_STYLE_MBR, 0x5678);
        for (ULONG i = 0; i < Entries; i++)
            AddMbr(7, 100 + 1000 * i, 500);
        CHECK_STATUS(SetLayout(Disk), STATUS_SUCCESS);
        PDRIVE_LAYOUT_INFORMATION_EX Layout = GetLayout(Disk);
        REQUIRE(Layout);
        CHECK_EQUAL(Layout->PartitionStyle, PARTITION_STYLE_MBR);
        CHECK_EQUAL(Layout->Mbr.Signature, 0x5678);
        CHECK_EQUAL(Layout->PartitionCount, 4);
        for (ULONG i = 0; i < 4; i++)
            CHECK_EQUAL(Layout->PartitionEntry[i].Mbr.PartitionType, i < Entries ? 7 : 0);
    }
    NtClose(Disk);
    PullDisk(0);
}

VOID TestDelete(void)
{
    CREATE_DISK Create = {.PartitionStyle = PARTITION_STYLE_GPT, .Gpt = {MakeGuid(9), 128}};
    MakeMedium(0, DiskSectors, SectorBytes, FALSE);
    AddDisk(0);
    HANDLE Disk = OpenDisk(0);
    REQUIRE(Disk);
    CHECK_STATUS(
        Control(Disk, IOCTL_DISK_CREATE_DISK, &Create, sizeof(Create), nullptr, 0, nullptr),
        STATUS_SUCCESS);
    CHECK_EQUAL(GetLayout(Disk)->PartitionStyle, PARTITION_STYLE_GPT);
    CHECK_EQUAL(GetLayout(Disk)->PartitionCount, 0);
    BeginLayout(PARTITION_STYLE_GPT, 9);
    AddGpt(2, 64, 1000);
    CHECK_STATUS(SetLayout(Disk), STATUS_SUCCESS);
    CHECK(Exists(L"\\Device\\HarddiskVolume1"));
    Create = (CREATE_DISK){.PartitionStyle = PARTITION_STYLE_MBR, .Mbr = {0x1234}};
    CHECK_STATUS(
        Control(Disk, IOCTL_DISK_CREATE_DISK, &Create, sizeof(Create), nullptr, 0, nullptr),
        STATUS_SUCCESS);
    Settle();
    CHECK_EQUAL(GetLayout(Disk)->PartitionStyle, PARTITION_STYLE_MBR);
    CHECK_EQUAL(GetLayout(Disk)->PartitionCount, 4);
    CHECK(!Exists(L"\\Device\\HarddiskVolume1"));
    CHECK_STATUS(Control(Disk, IOCTL_DISK_DELETE_DRIVE_LAYOUT, nullptr, 0, nullptr, 0, nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(GetLayout(Disk)->PartitionStyle, PARTITION_STYLE_RAW);
    CHECK_STATUS(
        Control(Disk, IOCTL_DISK_CREATE_DISK, &Create, sizeof(Create) - 1, nullptr, 0, nullptr),
        STATUS_INFO_LENGTH_MISMATCH);
    NtClose(Disk);
    PullDisk(0);
}
