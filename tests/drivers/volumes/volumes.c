// What a volume says of itself.
#include "suite.h"

static PCWSTR const Volume = L"\\Device\\HarddiskVolume1";

static NTSTATUS Ask(ULONG Code, PVOID Input, ULONG InputLength, PVOID Output, ULONG OutputLength)
{
    return ControlByName(Volume, Code, Input, InputLength, Output, OutputLength);
}

// A GPT with one partition, of sectors 64 to 1063.
static BOOLEAN MakeVolume(VOID)
{
    MakeMedium(0, DiskSectors, SectorBytes, FALSE);
    AddDisk(0);
    HANDLE Disk = OpenDisk(0);
    if (!Disk)
        return FALSE;
    BeginLayout(PARTITION_STYLE_GPT, 1);
    AddGpt(0x2222, 64, 1000);
    BOOLEAN Made = CHECK_STATUS(SetLayout(Disk), STATUS_SUCCESS);
    NtClose(Disk);
    return Made;
}

VOID TestIdentity(void)
{
    union {
        MOUNTDEV_NAME Name;
        MOUNTDEV_UNIQUE_ID Id;
        UCHAR Space[200];
    } Answer;
    MOUNTDEV_STABLE_GUID Guid;
    VOLUME_NUMBER Number;
    GUID Expected = MakeGuid(0x2222);
    REQUIRE(MakeVolume());
    CHECK_STATUS(Ask(IOCTL_MOUNTDEV_QUERY_DEVICE_NAME, nullptr, 0, &Answer, sizeof(Answer)),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Answer.Name.NameLength, wcslen(Volume) * sizeof(WCHAR));
    CHECK(memcmp(Answer.Name.Name, Volume, Answer.Name.NameLength) == 0);
    CHECK_STATUS(Ask(IOCTL_MOUNTDEV_QUERY_DEVICE_NAME, nullptr, 0, &Answer, sizeof(MOUNTDEV_NAME)),
                 STATUS_BUFFER_OVERFLOW);
    CHECK_STATUS(Ask(IOCTL_MOUNTDEV_QUERY_DEVICE_NAME, nullptr, 0, &Answer, 2),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Ask(IOCTL_MOUNTDEV_QUERY_UNIQUE_ID, nullptr, 0, &Answer, sizeof(Answer)),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Answer.Id.UniqueIdLength, 24);
    CHECK(memcmp(Answer.Id.UniqueId, "DMIO:ID:", 8) == 0);
    CHECK(memcmp(Answer.Id.UniqueId + 8, &Expected, sizeof(GUID)) == 0);
    CHECK_STATUS(Ask(IOCTL_MOUNTDEV_QUERY_STABLE_GUID, nullptr, 0, &Guid, sizeof(Guid)),
                 STATUS_SUCCESS);
    CHECK(memcmp(&Guid.StableGuid, &Expected, sizeof(GUID)) == 0);
    CHECK_STATUS(Ask(IOCTL_MOUNTDEV_QUERY_SUGGESTED_LINK_NAME, nullptr, 0, &Answer, sizeof(Answer)),
                 STATUS_NOT_FOUND);
    CHECK_STATUS(Ask(IOCTL_VOLUME_QUERY_VOLUME_NUMBER, nullptr, 0, &Number, sizeof(Number)),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Number.VolumeNumber, 1);
    CHECK(memcmp(Number.VolumeManagerName, L"VOLMGR  ", 16) == 0);
    // By its interface, whose name comes from the instance.
    CHECK(Exists(L"\\\?\?\\STORAGE#Volume#{00000001-1234-5678-0102-030405060708}#0000000000008000#"
                 L"{53f5630d-b6bf-11d0-94f2-00a0c91efb8b}"));
    PullDisk(0);
}

static ULONG HostOf(PCWSTR Path)
{
    ULONG Processes[8] = {};
    PLUGPLAY_CONTROL_PROPERTY_DATA Data = {.Property = PNP_PROPERTY_HOST_PROCESSES,
                                           .Buffer = Processes,
                                           .BufferSize = sizeof(Processes)};
    RtlInitUnicodeString(&Data.DeviceInstance, Path);
    CHECK_STATUS(NtPlugPlayControl(PlugPlayControlProperty, &Data, sizeof(Data)), STATUS_SUCCESS);
    CHECK_EQUAL(Data.BufferSize, sizeof(ULONG)); // of all its drivers
    return Processes[0];
}

// A request for a volume goes from the Executive into the host of the disk, and nowhere else.
VOID TestOneHost(void)
{
    REQUIRE(MakeVolume());
    ULONG Bus = HostOf(BUS_PATH);
    CHECK(Bus != 0);
    CHECK_EQUAL(HostOf(L"RAMBUS\\Disk\\0"), Bus);
    CHECK_EQUAL(
        HostOf(L"STORAGE\\Partition\\{00000001-1234-5678-0102-030405060708}#0000000000008000"),
        Bus);
    PullDisk(0);
}

VOID TestPlaces(void)
{
    VOLUME_DISK_EXTENTS Extents;
    VOLUME_LOGICAL_OFFSET Logical = {5000};
    VOLUME_PHYSICAL_OFFSETS Physical;
    VOLUME_READ_PLEX_INPUT Plex = {.ByteOffset.QuadPart = 1024, .Length = SectorBytes};
    UCHAR Sector[SectorBytes], Pattern[SectorBytes];
    REQUIRE(MakeVolume());
    CHECK_STATUS(Ask(IOCTL_VOLUME_GET_VOLUME_DISK_EXTENTS, nullptr, 0, &Extents, sizeof(Extents)),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Extents.NumberOfDiskExtents, 1);
    CHECK_EQUAL(Extents.Extents[0].DiskNumber, 0);
    CHECK_EQUAL(Extents.Extents[0].StartingOffset.QuadPart, 64 * SectorBytes);
    CHECK_EQUAL(Extents.Extents[0].ExtentLength.QuadPart, 1000 * SectorBytes);
    CHECK_STATUS(Ask(IOCTL_VOLUME_LOGICAL_TO_PHYSICAL, &Logical, sizeof(Logical), &Physical,
                     sizeof(Physical)),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Physical.PhysicalOffset[0].Offset, 64 * SectorBytes + 5000);
    CHECK_STATUS(Ask(IOCTL_VOLUME_PHYSICAL_TO_LOGICAL, &Physical.PhysicalOffset[0],
                     sizeof(Physical.PhysicalOffset[0]), &Logical, sizeof(Logical)),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Logical.LogicalOffset, 5000);
    Logical.LogicalOffset = 1000 * SectorBytes;
    CHECK_STATUS(Ask(IOCTL_VOLUME_LOGICAL_TO_PHYSICAL, &Logical, sizeof(Logical), &Physical,
                     sizeof(Physical)),
                 STATUS_INVALID_PARAMETER);
    memset(Pattern, 0x5A, sizeof(Pattern));
    Poke(0, 66 * SectorBytes, Pattern, sizeof(Pattern));
    CHECK_STATUS(Ask(IOCTL_VOLUME_READ_PLEX, &Plex, sizeof(Plex), Sector, sizeof(Sector)),
                 STATUS_SUCCESS);
    CHECK(memcmp(Sector, Pattern, sizeof(Sector)) == 0);
    Plex.PlexNumber = 1;
    CHECK_STATUS(Ask(IOCTL_VOLUME_READ_PLEX, &Plex, sizeof(Plex), Sector, sizeof(Sector)),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Ask(IOCTL_VOLUME_IS_CLUSTERED, nullptr, 0, nullptr, 0), STATUS_UNSUCCESSFUL);
    CHECK_STATUS(Ask(IOCTL_VOLUME_IS_PARTITION, nullptr, 0, nullptr, 0), STATUS_SUCCESS);
    PullDisk(0);
}

VOID TestOffline(void)
{
    UCHAR Sector[SectorBytes];
    HANDLE File;
    REQUIRE(MakeVolume());
    REQUIRE_STATUS(OpenDevice(Volume, &File), STATUS_SUCCESS);
    CHECK_STATUS(Control(File, IOCTL_VOLUME_IS_OFFLINE, nullptr, 0, nullptr, 0, nullptr),
                 STATUS_UNSUCCESSFUL);
    CHECK_STATUS(Control(File, IOCTL_VOLUME_OFFLINE, nullptr, 0, nullptr, 0, nullptr),
                 STATUS_SUCCESS);
    CHECK_STATUS(Control(File, IOCTL_VOLUME_IS_OFFLINE, nullptr, 0, nullptr, 0, nullptr),
                 STATUS_SUCCESS);
    CHECK_STATUS(ReadAt(File, 0, Sector, sizeof(Sector)), STATUS_DEVICE_OFF_LINE);
    CHECK_STATUS(Control(File, IOCTL_VOLUME_ONLINE, nullptr, 0, nullptr, 0, nullptr),
                 STATUS_SUCCESS);
    CHECK_STATUS(ReadAt(File, 0, Sector, sizeof(Sector)), STATUS_SUCCESS);
    NtClose(File);
    PullDisk(0);
}

// A read-only partition, and one that is hidden when it comes again.
VOID TestGptAttributes(void)
{
    VOLUME_GET_GPT_ATTRIBUTES_INFORMATION Get;
    VOLUME_SET_GPT_ATTRIBUTES_INFORMATION Set = {.GptAttributes =
                                                     GPT_BASIC_DATA_ATTRIBUTE_READ_ONLY};
    UCHAR Sector[SectorBytes] = {};
    HANDLE File;
    REQUIRE(MakeVolume());
    REQUIRE_STATUS(OpenDevice(Volume, &File), STATUS_SUCCESS);
    CHECK_STATUS(WriteAt(File, 0, Sector, sizeof(Sector)), STATUS_SUCCESS);
    CHECK_STATUS(
        Control(File, IOCTL_VOLUME_SET_GPT_ATTRIBUTES, &Set, sizeof(Set), nullptr, 0, nullptr),
        STATUS_SUCCESS);
    CHECK_STATUS(
        Control(File, IOCTL_VOLUME_GET_GPT_ATTRIBUTES, nullptr, 0, &Get, sizeof(Get), nullptr),
        STATUS_SUCCESS);
    CHECK_EQUAL(Get.GptAttributes, GPT_BASIC_DATA_ATTRIBUTE_READ_ONLY);
    CHECK_STATUS(WriteAt(File, 0, Sector, sizeof(Sector)), STATUS_MEDIA_WRITE_PROTECTED);
    CHECK_STATUS(ReadAt(File, 0, Sector, sizeof(Sector)), STATUS_SUCCESS);
    CHECK_STATUS(Control(File, IOCTL_DISK_IS_WRITABLE, nullptr, 0, nullptr, 0, nullptr),
                 STATUS_MEDIA_WRITE_PROTECTED);
    Set.GptAttributes = GPT_BASIC_DATA_ATTRIBUTE_HIDDEN;
    CHECK_STATUS(
        Control(File, IOCTL_VOLUME_SET_GPT_ATTRIBUTES, &Set, sizeof(Set), nullptr, 0, nullptr),
        STATUS_SUCCESS);
    CHECK_STATUS(WriteAt(File, 0, Sector, sizeof(Sector)), STATUS_SUCCESS);
    NtClose(File);
    PullDisk(0);
    AddDisk(0);
    CHECK(Exists(Volume));
    CHECK(!Exists(L"\\\?\?\\STORAGE#Volume#{00000001-1234-5678-0102-030405060708}#0000000000008000#"
                  L"{53f5630d-b6bf-11d0-94f2-00a0c91efb8b}"));
    PullDisk(0);
}
