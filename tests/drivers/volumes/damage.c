// Damaged tables, power cuts, two disks that are the same, and disks that are kept off line or read-only.
#include "suite.h"

static PCWSTR const First = L"\\Device\\Harddisk0\\Partition1";

static BOOLEAN MakeOne(ULONG Slot, ULONG SectorSize)
{
    MakeMedium(Slot, DiskSectors, SectorSize, FALSE);
    AddDisk(Slot);
    HANDLE Disk = OpenDisk(0);
    if (!Disk)
        return FALSE;
    BeginLayout(PARTITION_STYLE_GPT, 1);
    AddGpt(2, 64 * SectorSize / SectorBytes, 1000 * SectorSize / SectorBytes);
    BOOLEAN Made = CHECK_STATUS(SetLayout(Disk), STATUS_SUCCESS);
    NtClose(Disk);
    return Made;
}

static VOID Damage(ULONG Slot, ULONGLONG Offset)
{
    UCHAR Byte;
    Peek(Slot, Offset, &Byte, 1);
    Byte ^= 0xFF;
    Poke(Slot, Offset, &Byte, 1);
}

VOID TestDamage(void)
{
    enum { Backup = (DiskSectors - 1) * SectorBytes };
    REQUIRE(MakeOne(0, SectorBytes));
    PullDisk(0);
    Damage(0, SectorBytes + 60);
    AddDisk(0);
    CHECK(Exists(First)); // from the backup
    HANDLE Disk = OpenDisk(0);
    REQUIRE(Disk);
    BeginLayout(PARTITION_STYLE_GPT, 1);
    AddGpt(2, 64, 1000);
    CHECK_STATUS(SetLayout(Disk), STATUS_SUCCESS); // repairs the primary
    NtClose(Disk);
    PullDisk(0);
    Damage(0, Backup + 60);
    AddDisk(0);
    CHECK(Exists(First));
    PullDisk(0);
    Damage(0, SectorBytes + 60);
    AddDisk(0);
    CHECK(!Exists(First)); // neither
    Disk = OpenDisk(0);
    REQUIRE(Disk);
    CHECK_EQUAL(GetLayout(Disk)->PartitionStyle, PARTITION_STYLE_RAW);
    NtClose(Disk);
    PullDisk(0);
}

// After so many sectors nothing is written any more: what the disk shows when it comes again is the old table or the
// new one. The unit tests do this for all kinds of changes.
VOID TestPowerCuts(void)
{
    ULONG Old = 0, New = 0;
    for (ULONG Cut = 0; Cut < 80; Cut += 3) {
        REQUIRE(MakeOne(0, SectorBytes));
        HANDLE Disk = OpenDisk(0);
        REQUIRE(Disk);
        BeginLayout(PARTITION_STYLE_GPT, 1);
        AddGpt(3, 2000, 1000);
        AddGpt(4, 3000, 500);
        CHECK_STATUS(RamControl(RAM_POWER, 0, Cut, 0), STATUS_SUCCESS);
        (VOID) SetLayout(Disk);
        NtClose(Disk);
        PullDisk(0);
        CHECK_STATUS(RamControl(RAM_POWER, 0, MAXULONGLONG, 0), STATUS_SUCCESS);
        AddDisk(0);
        Disk = OpenDisk(0);
        REQUIRE(Disk);
        PDRIVE_LAYOUT_INFORMATION_EX Layout = GetLayout(Disk);
        REQUIRE(Layout);
        CHECK_EQUAL(Layout->PartitionStyle, PARTITION_STYLE_GPT);
        BOOLEAN IsOld = Layout->PartitionCount == 1 &&
                        Layout->PartitionEntry[0].StartingOffset.QuadPart == 64 * SectorBytes;
        BOOLEAN IsNew = Layout->PartitionCount == 2 &&
                        Layout->PartitionEntry[1].StartingOffset.QuadPart == 3000 * SectorBytes;
        if (!IsOld && !IsNew)
            TestFail(__FILE__, __LINE__, "neither table after %lu sectors", Cut);
        Old += IsOld;
        New += IsNew;
        NtClose(Disk);
        PullDisk(0);
    }
    CHECK(Old > 5 && New > 5);
}

static ULONGLONG AttributesOf(ULONG Number)
{
    GET_DISK_ATTRIBUTES Get = {};
    HANDLE Disk = OpenDisk(Number);
    if (!Disk)
        return MAXULONGLONG;
    CHECK_STATUS(
        Control(Disk, IOCTL_DISK_GET_DISK_ATTRIBUTES, nullptr, 0, &Get, sizeof(Get), nullptr),
        STATUS_SUCCESS);
    NtClose(Disk);
    return Get.Attributes;
}

static NTSTATUS SetAttribute(ULONG Number, ULONGLONG Attribute, BOOLEAN On, BOOLEAN Persist)
{
    SET_DISK_ATTRIBUTES Set = {.Version = sizeof(Set),
                               .Persist = Persist,
                               .Attributes = On ? Attribute : 0,
                               .AttributesMask = Attribute};
    HANDLE Disk = OpenDisk(Number);
    if (!Disk)
        return STATUS_NO_SUCH_DEVICE;
    NTSTATUS Status =
        Control(Disk, IOCTL_DISK_SET_DISK_ATTRIBUTES, &Set, sizeof(Set), nullptr, 0, nullptr);
    NtClose(Disk);
    Settle();
    return Status;
}

static VOID CopyMedium(ULONG From, ULONG To)
{
    static UCHAR Block[RAM_BLOCK];
    for (ULONGLONG Offset = 0; Offset < DiskSectors * SectorBytes; Offset += sizeof(Block)) {
        Peek(From, Offset, Block, sizeof(Block));
        Poke(To, Offset, Block, sizeof(Block));
    }
}

// A copy of a disk is kept off line, until somebody wants it: then it gets identifiers of its own.
VOID TestCollision(void)
{
    REQUIRE(MakeOne(0, SectorBytes));
    MakeMedium(1, DiskSectors, SectorBytes, FALSE);
    CopyMedium(0, 1);
    AddDisk(1);
    CHECK_EQUAL(AttributesOf(0), 0);
    CHECK_EQUAL(AttributesOf(1), DISK_ATTRIBUTE_OFFLINE);
    CHECK(!Exists(L"\\Device\\Harddisk1\\Partition1"));
    CHECK_STATUS(SetAttribute(1, DISK_ATTRIBUTE_OFFLINE, FALSE, FALSE), STATUS_SUCCESS);
    CHECK_EQUAL(AttributesOf(1), 0);
    CHECK(Exists(L"\\Device\\Harddisk1\\Partition1"));
    CHECK(Exists(First));
    HANDLE Disk = OpenDisk(1);
    REQUIRE(Disk);
    GUID DiskId = MakeGuid(1), PartitionId = MakeGuid(2);
    PDRIVE_LAYOUT_INFORMATION_EX Layout = GetLayout(Disk);
    CHECK(Layout && memcmp(&Layout->Gpt.DiskId, &DiskId, sizeof(GUID)) != 0);
    CHECK(Layout &&
          memcmp(&Layout->PartitionEntry[0].Gpt.PartitionId, &PartitionId, sizeof(GUID)) != 0);
    NtClose(Disk);
    PullDisk(0);
    CopyMedium(1, 0);
    PullDisk(1);
    AddDisk(0); // alone nobody is in its way
    CHECK_EQUAL(AttributesOf(0), 0);
    PullDisk(0);
}

VOID TestDiskAttributes(void)
{
    UCHAR Sector[SectorBytes] = {};
    HANDLE File, Disk;
    REQUIRE(MakeOne(0, SectorBytes));
    REQUIRE_STATUS(OpenDevice(First, &File), STATUS_SUCCESS);
    CHECK_STATUS(SetAttribute(0, DISK_ATTRIBUTE_READ_ONLY, TRUE, FALSE), STATUS_SUCCESS);
    CHECK_STATUS(WriteAt(File, 0, Sector, sizeof(Sector)), STATUS_MEDIA_WRITE_PROTECTED);
    CHECK_STATUS(ReadAt(File, 0, Sector, sizeof(Sector)), STATUS_SUCCESS);
    Disk = OpenDisk(0);
    REQUIRE(Disk);
    CHECK_STATUS(WriteAt(Disk, 0, Sector, sizeof(Sector)), STATUS_MEDIA_WRITE_PROTECTED);
    BeginLayout(PARTITION_STYLE_GPT, 1);
    CHECK_STATUS(SetLayout(Disk), STATUS_MEDIA_WRITE_PROTECTED);
    NtClose(Disk);
    CHECK_STATUS(SetAttribute(0, DISK_ATTRIBUTE_READ_ONLY, FALSE, FALSE), STATUS_SUCCESS);
    CHECK_STATUS(WriteAt(File, 0, Sector, sizeof(Sector)), STATUS_SUCCESS);
    NtClose(File);
    CHECK_STATUS(SetAttribute(0, DISK_ATTRIBUTE_OFFLINE, TRUE, TRUE), STATUS_SUCCESS);
    CHECK(!Exists(First));
    PullDisk(0);
    AddDisk(0); // for good
    CHECK_EQUAL(AttributesOf(0), DISK_ATTRIBUTE_OFFLINE);
    CHECK(!Exists(First));
    CHECK_STATUS(SetAttribute(0, DISK_ATTRIBUTE_OFFLINE, FALSE, TRUE), STATUS_SUCCESS);
    CHECK(Exists(First));
    CHECK_STATUS(SetAttribute(0, 0x100, TRUE, FALSE), STATUS_INVALID_PARAMETER);
    PullDisk(0);
}

VOID TestLargeSectors(void)
{
    static UCHAR Block[4096];
    HANDLE File;
    MakeMedium(0, 1500, 4096, FALSE);
    AddDisk(0);
    HANDLE Disk = OpenDisk(0);
    REQUIRE(Disk);
    BeginLayout(PARTITION_STYLE_GPT, 1);
    AddGpt(2, 64 * 8, 1000 * 8);
    CHECK_STATUS(SetLayout(Disk), STATUS_SUCCESS);
    PDRIVE_LAYOUT_INFORMATION_EX Layout = GetLayout(Disk);
    CHECK(Layout && Layout->Gpt.StartingUsableOffset.QuadPart == 6 * 4096);
    NtClose(Disk);
    REQUIRE_STATUS(OpenDevice(First, &File), STATUS_SUCCESS);
    memset(Block, 0x77, sizeof(Block));
    CHECK_STATUS(WriteAt(File, 999 * 4096, Block, sizeof(Block)), STATUS_SUCCESS);
    memset(Block, 0, sizeof(Block));
    Peek(0, 1063 * 4096, Block, sizeof(Block));
    CHECK_EQUAL(Block[4095], 0x77);
    NtClose(File);
    PullDisk(0);
}

// A file system without a table, and media that are changed.
VOID TestSuperfloppy(void)
{
    static const UCHAR Fat[] = {0xEB, 0x3C, 0x90, 'M', 'S', 'D', 'O', 'S', '5', '.', '0',
                                0,    2,    4,    1,   0,   2,   0,   2,   0,   0,   0xF8};
    static const UCHAR Magic[] = {0x55, 0xAA};
    GET_LENGTH_INFORMATION Length;
    MakeMedium(0, DiskSectors, SectorBytes, FALSE);
    Poke(0, 0, Fat, sizeof(Fat));
    Poke(0, 510, Magic, sizeof(Magic));
    CHECK_STATUS(ControlByName(L"\\Device\\MountPointManager", IOCTL_MOUNTMGR_SCRUB_REGISTRY,
                               nullptr, 0, nullptr, 0),
                 STATUS_SUCCESS);
    AddDisk(0);
    CHECK_STATUS(
        ControlByName(First, IOCTL_DISK_GET_LENGTH_INFO, nullptr, 0, &Length, sizeof(Length)),
        STATUS_SUCCESS);
    CHECK_EQUAL(Length.Length.QuadPart, DiskSectors * SectorBytes);
    CHECK(Exists(L"\\\?\?\\D:"));
    PullDisk(0);
    MakeMedium(0, 100, SectorBytes, TRUE);
    MakeMedium(1, 0, SectorBytes, TRUE); // nothing in it
    MakeMedium(2, 200, SectorBytes, TRUE);
    AddDisk(0);
    CHECK_STATUS(
        ControlByName(First, IOCTL_DISK_GET_LENGTH_INFO, nullptr, 0, &Length, sizeof(Length)),
        STATUS_SUCCESS);
    CHECK_EQUAL(Length.Length.QuadPart, 100 * SectorBytes);
    CHECK_STATUS(RamControl(RAM_SWAP, 0, 1, 0), STATUS_SUCCESS);
    Settle();
    CHECK(!Exists(First));
    CHECK_STATUS(RamControl(RAM_SWAP, 0, 2, 0), STATUS_SUCCESS);
    Settle();
    CHECK_STATUS(
        ControlByName(First, IOCTL_DISK_GET_LENGTH_INFO, nullptr, 0, &Length, sizeof(Length)),
        STATUS_SUCCESS);
    CHECK_EQUAL(Length.Length.QuadPart, 200 * SectorBytes);
    PullDisk(0);
}
